//! What should happen and does not: frames that do not flow (HO-26), and this side's own limits (HO-21, HO-22).

use std::time::Duration;

use super::error::Loss;
use super::event::{Ending, Event};
use super::own_limits::Moments;
use super::session::{Phase, Session};
use super::timers::Timer;
use crate::media::Track;
use crate::wire::{LimitKind, WorldState};

/// How long a track of a running world may be without a playable packet before that is told.
const STARVED: Duration = Duration::from_secs(3);
/// How long a running world may be without a playable picture before another stream is tried: pings may well be answered by
/// something on the way, or by a server whose world hangs.
const HOPELESS: Duration = Duration::from_secs(10);

impl Session {
    pub(super) fn flows(&mut self, track: Track) {
        self.stream.last_packet[track as usize] = self.now;
        let timer = starvation(track);
        if self.timers.is_set(timer) {
            self.timers.set(timer, self.now + STARVED);
        }
        if std::mem::take(&mut self.stream.starved[track as usize]) {
            self.watch_flow(track);
            self.tell(Event::Flowing { track });
        }
    }

    pub(super) fn starve(&mut self, track: Track) {
        let silent = self.now.since(self.stream.last_packet[track as usize]);
        if silent >= HOPELESS {
            self.abandon = true;
            return self.lost(Loss::Starved, format!("for {} s, though the world runs", HOPELESS.as_secs()));
        }
        self.stream.starved[track as usize] = true;
        if track == Track::Video {
            self.timers.set(starvation(track), self.stream.last_packet[track as usize] + HOPELESS);
        }
        self.tell(Event::Starved { track, silent });
    }

    /// Watches a track that should flow, from now on.
    pub(super) fn watch_flow(&mut self, track: Track) {
        let expected = self.state == WorldState::Running
            && self.phase == Phase::Live
            && (track == Track::Video || self.hello.as_ref().is_some_and(|hello| hello.audio.enabled));
        if expected {
            self.stream.last_packet[track as usize] = self.now;
            self.timers.set(starvation(track), self.now + STARVED);
        } else {
            self.timers.stop(starvation(track));
            self.stream.starved[track as usize] = false;
        }
    }

    /// Watches the longest session, which begins now.
    pub(super) fn watch_session(&mut self) {
        if let Some(Moments { warning, last_warning, end }) = self.options.limits.session_moments(self.now) {
            self.timers.set(Timer::SessionWarning, warning);
            if let Some(last) = last_warning {
                self.timers.set(Timer::SessionLastWarning, last);
            }
            self.timers.set(Timer::SessionLimit, end);
        }
    }

    /// The user did something.
    pub(super) fn active_now(&mut self) {
        if self.active.is_some() {
            self.active = Some(self.now);
            self.watch_idling();
        }
    }

    /// The world runs, so from now on somebody should be there.
    pub(super) fn begin_idling(&mut self) {
        self.active.get_or_insert(self.now);
        self.watch_idling();
    }

    /// Without a stream the user can do nothing, and patience is another matter: idle time begins anew with the next one.
    pub(super) fn stop_idling(&mut self) {
        self.active = None;
        self.timers.stop(Timer::IdleWarning);
        self.timers.stop(Timer::IdleLimit);
    }

    fn watch_idling(&mut self) {
        if let Some(last) = self.active
            && let Some(Moments { warning, end, .. }) = self.options.limits.idle_moments(last)
        {
            self.timers.set(Timer::IdleWarning, warning);
            self.timers.set(Timer::IdleLimit, end);
        }
    }

    pub(super) fn warn(&mut self, limit: LimitKind) {
        let (end, message) = match limit {
            LimitKind::Idle => (
                self.active.and_then(|last| self.options.limits.idle_moments(last)).map(|moments| moments.end),
                "nothing was done for long: do anything to stay",
            ),
            _ => (self.timers.deadline(Timer::SessionLimit), "the longest session is nearly reached"),
        };
        let Some(end) = end else { return };
        let seconds_left = end.since(self.now).as_secs_f64();
        self.tell(Event::Warning { limit, seconds_left, message: message.to_owned(), own: true });
    }

    pub(super) fn limit_reached(&mut self, limit: LimitKind) {
        let limits = self.options.limits;
        let after = if limit == LimitKind::Idle { limits.idle } else { limits.session }.unwrap_or_default();
        self.leave(Ending::Limit { limit, after });
    }
}

/// Which timer watches a track.
const fn starvation(track: Track) -> Timer {
    match track {
        Track::Video => Timer::VideoStarved,
        Track::Audio => Timer::AudioStarved,
    }
}
