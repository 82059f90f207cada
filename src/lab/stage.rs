//! The stage on which every algorithm plays: arrivals, callbacks, refreshes and the user, merged in order of time. The same events
//! at the same moments for all.

use super::conditions::{Action, Conditions};
use super::random::Random;
use super::trace::Trace;

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// The unit of this index arrives.
    Arrive(usize),
    /// The user does something.
    Act(Action),
    /// The sound device takes its next frames. It was silent for so many microseconds before, because the callback came late.
    Callback {
        /// Silence before.
        silent_us: f64,
    },
    /// The moment to choose the frame for the refresh that lights up at `visible_us`.
    Choose {
        /// When it lights up.
        visible_us: f64,
    },
    /// The moment that the algorithm asked for.
    Wake,
    /// The last unit has come, and half a second has passed.
    End,
}

/// The events of one run.
#[derive(Debug)]
pub struct Stage<'a> {
    trace: &'a Trace,
    conditions: &'a Conditions,
    random: Random,
    next_unit: usize,
    next_action: usize,
    callback_us: f64,
    silent_us: f64,
    refresh: u64,
    refresh_from_us: f64,
    end_us: f64,
}

impl<'a> Stage<'a> {
    /// At the start.
    #[must_use]
    pub fn new(trace: &'a Trace, conditions: &'a Conditions) -> Self {
        let end_us = trace.bounds().1 as f64 + 500e3;
        let random = Random::new(conditions.seed ^ 0x5EA6_1A55);
        // Callbacks and refreshes stand in no phase to arrivals.
        let mut stage = Self {
            trace,
            conditions,
            random,
            next_unit: 0,
            next_action: 0,
            callback_us: 0.0,
            silent_us: 0.0,
            refresh: 0,
            refresh_from_us: 0.0,
            end_us,
        };
        stage.callback_us = stage.random.between(0.0, conditions.period_us());
        stage.refresh_from_us = stage.random.between(0.0, conditions.refresh_us());
        if let Some((callback, refresh)) = conditions.phases_us {
            stage.callback_us = callback.rem_euclid(conditions.period_us());
            stage.refresh_from_us = refresh.rem_euclid(conditions.refresh_us());
        }
        stage
    }

    /// The next event and its moment in microseconds; `wake`: the algorithm's own next moment.
    pub fn next(&mut self, wake: Option<f64>) -> (f64, Event) {
        let arrival = self.trace.units.get(self.next_unit).map_or(f64::INFINITY, |unit| unit.arrival_us as f64);
        let action = self.conditions.actions.get(self.next_action).map_or(f64::INFINITY, |(at, _)| *at as f64);
        let visible = self.refresh_from_us + (self.refresh + 1) as f64 * self.conditions.refresh_us();
        let choose = visible - self.conditions.draw_us;
        let wake = wake.unwrap_or(f64::INFINITY);
        let first = arrival.min(action).min(self.callback_us).min(choose).min(wake).min(self.end_us);
        if first == self.end_us {
            return (first, Event::End);
        }
        if first == arrival {
            self.next_unit += 1;
            return (first, Event::Arrive(self.next_unit - 1));
        }
        if first == action {
            self.next_action += 1;
            return (first, Event::Act(self.conditions.actions[self.next_action - 1].1));
        }
        if first == wake {
            return (first, Event::Wake);
        }
        if first == self.callback_us {
            let silent_us = std::mem::take(&mut self.silent_us);
            self.callback_us += self.conditions.period_us();
            if let Some((per_second, least, most)) = self.conditions.hiccups
                && self.random.chance(per_second * self.conditions.period_us() / 1e6)
            {
                self.silent_us = self.random.between(least, most);
                self.callback_us += self.silent_us;
            }
            return (first, Event::Callback { silent_us });
        }
        self.refresh += 1;
        (first, Event::Choose { visible_us: visible })
    }

    /// When the next callback is due, as an undisturbed device would have it.
    #[must_use]
    pub fn callback_due(&self) -> f64 {
        self.callback_us - self.silent_us
    }

    /// How long decoding the next picture takes, in microseconds.
    pub fn decode_us(&mut self, frame_us: i64) -> f64 {
        let spike =
            self.conditions.decode_spikes.filter(|(per_second, _)| self.random.chance(per_second * frame_us as f64 / 1e6));
        self.conditions.decode_us + spike.map_or(0.0, |(_, longer)| longer)
    }
}
