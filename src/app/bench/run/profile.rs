//! Profiles of load: from their numbers to when each session begins and ends. Pure: reads no clock and knows no server.

use std::time::Duration;

use crate::app::scenario::Profile;

/// Sessions of a run at most, one after another.
pub const MOST_LIVES: usize = 1_000_000;

/// One session, since the run's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Its number, in the order in which sessions are due.
    pub number: u32,
    /// Its place among those that live at once; whoever follows another takes its place.
    pub place: u32,
    /// When its create is due.
    pub begin: Duration,
    /// When its end is wanted.
    pub end: Duration,
    /// Whether that is the end of the run, which leaves it less than the others have.
    pub cut_short: bool,
}

impl Life {
    /// One that has all of its time, not yet numbered.
    const fn whole(place: u32, begin: Duration, end: Duration) -> Self {
        Self { number: 0, place, begin, end, cut_short: false }
    }
}

/// A stretch of the run that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// When it begins.
    pub at: Duration,
    /// When it ends.
    pub until: Duration,
    /// What it is.
    pub name: String,
}

/// The numbers of a profile, every default filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Course.
    pub profile: Profile,
    /// Sessions at once, at most.
    pub sessions: u32,
    /// From one arrival to the next; none: all within a second.
    pub gap: Option<Duration>,
    /// How long it is; of a ramp: how long it rises.
    pub duration: Duration,
    /// Of a ramp: sessions at its foot.
    pub from: u32,
    /// Of a ramp: how long its top is held.
    pub hold: Duration,
    /// Of a sweep: sessions at each step.
    pub steps: Vec<u32>,
    /// Of a sweep: how long each step is.
    pub step: Duration,
    /// Of a churn: how long each session lives.
    pub life: Duration,
    /// Of a storm: from one cut to the next.
    pub every: Duration,
}

impl Shape {
    /// How long the run is.
    #[must_use]
    pub fn length(&self) -> Duration {
        match self.profile {
            Profile::Ramp => self.duration + self.hold,
            Profile::Sweep => self.step * u32::try_from(self.steps.len()).unwrap_or(u32::MAX),
            _ => self.duration,
        }
    }

    /// Every session, in the order in which they are due; those that would begin at the end or after it are none.
    #[must_use]
    pub fn lives(&self) -> Vec<Life> {
        let end = self.length();
        let mut lives = match self.profile {
            Profile::Single | Profile::Constant | Profile::Soak | Profile::Storm => {
                let gap = self.gap_of(self.sessions, end);
                (0..self.sessions).map(|place| Life::whole(place, gap * place, end)).collect()
            }
            Profile::Ramp => self.ramp(end),
            Profile::Sweep => self.sweep(end),
            Profile::Churn => self.churn(end),
        };
        lives.retain(|life| life.begin < life.end);
        lives.sort_by_key(|life| (life.begin, life.place));
        for (number, life) in (0..).zip(&mut lives) {
            life.number = number;
        }
        lives
    }

    /// Moments at which every stream is cut.
    #[must_use]
    pub fn cuts(&self) -> Vec<Duration> {
        if self.profile != Profile::Storm {
            return Vec::new();
        }
        (1..=MOST_LIVES as u32).map(|count| self.every * count).take_while(|at| *at < self.length()).collect()
    }

    /// The stretches that the profile itself has.
    #[must_use]
    pub fn phases(&self) -> Vec<Phase> {
        let all = self.length();
        let phase = |at, until, name: String| Phase { at, until, name };
        match self.profile {
            Profile::Ramp => {
                let mut phases = vec![phase(
                    Duration::ZERO,
                    self.duration,
                    format!("ramp from {} to {}", self.from, counted(self.sessions)),
                )];
                if self.hold > Duration::ZERO {
                    phases.push(phase(self.duration, all, format!("hold {}", counted(self.sessions))));
                }
                phases
            }
            Profile::Sweep => (1..)
                .zip(&self.steps)
                .map(|(number, sessions)| {
                    let name = format!("step {number} of {}: {}", self.steps.len(), counted(*sessions));
                    phase(self.step * (number - 1), self.step * number, name)
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// From one arrival to the next: as it was said, else so that all of them come within a second, or a quarter of the time.
    fn gap_of(&self, count: u32, within: Duration) -> Duration {
        self.gap.unwrap_or_else(|| Duration::from_secs(1).min(within / 4) / count.max(1))
    }

    /// The foot arrives as any constant load does; the others come evenly, the last at the top.
    fn ramp(&self, end: Duration) -> Vec<Life> {
        let gap = self.gap_of(self.from, self.duration);
        let rise = self.sessions.saturating_sub(self.from);
        let foot = (0..self.from).map(|place| (place, gap * place));
        let slope =
            (1..=rise).map(|count| (self.from + count - 1, self.duration.mul_f64(f64::from(count) / f64::from(rise))));
        foot.chain(slope).map(|(place, begin)| Life::whole(place, begin, end)).collect()
    }

    /// Where a step wants fewer, the newest end.
    fn sweep(&self, end: Duration) -> Vec<Life> {
        let mut done: Vec<Life> = Vec::new();
        let mut alive: Vec<Life> = Vec::new();
        for (index, wanted) in (0..).zip(&self.steps) {
            let (at, wanted) = (self.step * index, *wanted);
            while alive.len() > wanted as usize {
                done.extend(alive.pop().map(|life| Life { end: at, ..life }));
            }
            let there = alive.len() as u32;
            let gap = self.gap_of(wanted - there, self.step);
            alive.extend((there..wanted).map(|place| Life::whole(place, at + gap * (place - there), end)));
        }
        done.extend(alive);
        done
    }

    fn churn(&self, end: Duration) -> Vec<Life> {
        // Spread over a life, so that at any time some come and some go.
        let gap = self.gap.unwrap_or_else(|| self.life / self.sessions.max(1));
        let most = MOST_LIVES / self.sessions.max(1) as usize + 1;
        let of_place = |place: u32| {
            let begins = (0..most as u32).map(move |count| gap * place + self.life * count);
            begins.take_while(|begin| *begin < end).map(move |begin| Life {
                cut_short: begin + self.life > end,
                ..Life::whole(place, begin, (begin + self.life).min(end))
            })
        };
        (0..self.sessions).flat_map(of_place).collect()
    }
}

/// So many sessions, in words.
#[must_use]
pub fn counted(sessions: u32) -> String {
    format!("{sessions} session{}", if sessions == 1 { "" } else { "s" })
}

/// Most sessions that live at once.
#[must_use]
pub fn peak(lives: &[Life]) -> u32 {
    let begins = lives.iter().map(|life| (life.begin, 1));
    let mut changes: Vec<(Duration, i64)> = begins.chain(lives.iter().map(|life| (life.end, -1))).collect();
    changes.sort_unstable();
    let (mut now, mut peak) = (0, 0);
    for (_, change) in changes {
        now += change;
        peak = peak.max(now);
    }
    u32::try_from(peak).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn shape(profile: Profile, sessions: u32, duration: u32) -> Shape {
        Shape {
            profile,
            sessions,
            gap: None,
            duration: S * duration,
            from: 0,
            hold: Duration::ZERO,
            steps: Vec::new(),
            step: S,
            life: S,
            every: S,
        }
    }

    fn spans(shape: &Shape) -> Vec<(u64, u64)> {
        shape.lives().iter().map(|life| (life.begin.as_millis() as u64, life.end.as_millis() as u64)).collect()
    }

    #[test]
    fn thirty_sessions_at_one_each_five_seconds_are_due_at_0_5_10_and_so_on() {
        let shape = Shape { gap: Some(S * 5), ..shape(Profile::Constant, 30, 200) };
        let expected: Vec<(u64, u64)> = (0..30).map(|count| (count * 5000, 200_000)).collect();
        assert_eq!(spans(&shape), expected);
        assert_eq!(peak(&shape.lives()), 30);
    }

    #[test]
    fn without_a_rate_all_arrive_within_a_second() {
        let lives = shape(Profile::Constant, 1000, 60).lives();
        assert_eq!(lives.len(), 1000);
        assert!(lives.iter().all(|life| life.begin < S));
        assert_eq!(lives[1].begin, Duration::from_millis(1));
    }

    #[test]
    fn a_ramp_rises_evenly_and_reaches_its_top_at_its_end() {
        let shape = Shape { from: 1, hold: S * 5, ..shape(Profile::Ramp, 5, 8) };
        assert_eq!(spans(&shape), [(0, 13_000), (2000, 13_000), (4000, 13_000), (6000, 13_000), (8000, 13_000)]);
        assert_eq!(shape.length(), S * 13);
        assert_eq!(shape.phases().len(), 2);
    }

    #[test]
    fn a_sweep_has_its_number_at_each_step_and_the_newest_go_first() {
        let shape = Shape { gap: Some(Duration::ZERO), steps: vec![1, 3, 2], step: S * 10, ..shape(Profile::Sweep, 3, 1) };
        assert_eq!(spans(&shape), [(0, 30_000), (10_000, 30_000), (10_000, 20_000)]);
        assert_eq!(shape.phases().iter().map(|phase| phase.at).collect::<Vec<_>>(), [Duration::ZERO, S * 10, S * 20]);
    }

    #[test]
    fn in_a_churn_every_session_is_followed_by_another_in_its_place_until_the_end() {
        let shape = Shape { life: S * 4, ..shape(Profile::Churn, 2, 10) };
        let places: Vec<(u32, u64)> = shape.lives().iter().map(|life| (life.place, life.begin.as_secs())).collect();
        assert_eq!(places, [(0, 0), (1, 2), (0, 4), (1, 6), (0, 8)]);
        let cut_short: Vec<bool> = shape.lives().iter().map(|life| life.cut_short).collect();
        assert_eq!(cut_short, [false, false, false, false, true], "the last has two of its four seconds");
        assert_eq!(peak(&shape.lives()), 2);
    }

    #[test]
    fn a_storm_cuts_all_streams_at_equal_distances_and_never_at_the_end() {
        let shape = Shape { every: S * 3, ..shape(Profile::Storm, 2, 9) };
        assert_eq!(shape.cuts(), [S * 3, S * 6]);
        assert!(Shape { profile: Profile::Constant, ..shape }.cuts().is_empty());
    }

    #[test]
    fn numbers_follow_the_order_in_which_sessions_are_due() {
        let lives = Shape { life: S * 3, ..shape(Profile::Churn, 7, 20) }.lives();
        assert!(lives.windows(2).all(|pair| pair[0].begin <= pair[1].begin && pair[0].number + 1 == pair[1].number));
    }
}
