//! The master clock: sound while it plays, otherwise the session clock, with a hand-over that nobody notices.
//!
//! While sound plays the position is what is heard: the output's frame count mapped to media time. When the sound runs dry the
//! position freezes, since picture and sound should stop together; if it stays away the session clock takes over.

use super::frame_map::{FrameMap, RATE};
use crate::media::{MediaDelta, MediaTime, Monotonic};

/// How long the position stands still for sound that has run dry before the session clock takes over.
const FREEZE: MediaDelta = MediaDelta::from_millis(150);
/// Sound that begins takes the picture along at once where they differ by more: less is slewed.
const JOIN_US: f64 = 20_000.0;
/// A difference up to this is slewed, a larger one is jumped: slewing at 10 % hides 80 ms in under a second.
const JUMP_AHEAD_US: f64 = 80_000.0;
/// Too far ahead by more than this is another timeline, and is jumped as well.
const JUMP_BACK_US: f64 = 250_000.0;
/// Media seconds per second that a correction may cost. Pictures 10 % faster or slower for a moment are not seen.
const SLEW: f64 = 0.1;

/// Who moves the position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lead {
    /// Nobody: nothing has come.
    #[default]
    Nobody,
    /// The arrival-anchored session clock.
    Session,
    /// What is heard.
    Sound,
    /// Nobody moves it: the sound has run dry a moment ago, or playback is paused.
    Frozen,
}

/// The playout position.
#[derive(Clone, Debug, Default)]
pub struct Master {
    map: FrameMap,
    lead: Lead,
    at: Monotonic,
    position_us: f64,
    heard: f64,
    bias_us: f64,
    sound_at: Option<Monotonic>,
}

impl Master {
    /// Where media times of written sound are noted.
    pub fn map(&mut self) -> &mut FrameMap {
        &mut self.map
    }

    /// Forgets the timeline.
    pub fn forget(&mut self) {
        self.map.clear();
        self.lead = Lead::Nobody;
        self.bias_us = 0.0;
        self.sound_at = None;
    }

    /// Moves to `now`. `heard` is the output's frame count at `now`, `due` the session clock's media time at `now`; `waits`:
    /// sound that has run dry is worth a moment's freeze. Moments before the last are ignored.
    pub fn advance(&mut self, now: Monotonic, heard: Option<f64>, due: Option<MediaTime>, waits: bool, paused: bool) {
        if now < self.at && self.lead != Lead::Nobody {
            return;
        }
        let elapsed_us = now.since(self.at).as_nanos() as f64 / 1e3;
        self.at = now;
        if paused {
            if self.lead != Lead::Nobody {
                self.lead = Lead::Frozen;
            }
            return;
        }
        if let Some(frame) = heard
            && let Some(sound) = self.map.at(frame)
        {
            self.follow_sound(now, frame, sound, elapsed_us);
            return;
        }
        let just_now = self.sound_at.is_some_and(|at| now.signed_since(at) < FREEZE);
        if waits && just_now && matches!(self.lead, Lead::Sound | Lead::Frozen) {
            self.lead = Lead::Frozen;
            return;
        }
        if let Some(due) = due {
            self.follow_session(due.as_micros() as f64, elapsed_us);
        }
    }

    /// The position at a moment near the last [`Master::advance`]; `None` while nobody leads.
    #[must_use]
    pub fn position(&self, when: Monotonic) -> Option<MediaTime> {
        let ahead_us = when.signed_since(self.at).as_micros() as f64;
        let position = match self.lead {
            Lead::Nobody => return None,
            Lead::Frozen => self.position_us,
            Lead::Session => self.position_us + ahead_us,
            Lead::Sound => {
                self.map.at(self.heard + ahead_us * RATE / 1e6).map_or(self.position_us, |sound| sound + self.bias_us)
            }
        };
        Some(MediaTime::from_micros(position as i64))
    }

    /// The media time heard at a moment near the last advance; `None` unless sound leads.
    #[must_use]
    pub fn sound(&self, when: Monotonic) -> Option<MediaTime> {
        if self.lead != Lead::Sound {
            return None;
        }
        let ahead_us = when.signed_since(self.at).as_micros() as f64;
        self.map.at(self.heard + ahead_us * RATE / 1e6).map(|sound| MediaTime::from_micros(sound as i64))
    }

    /// Who moves the position.
    #[must_use]
    pub const fn lead(&self) -> Lead {
        self.lead
    }

    fn follow_sound(&mut self, now: Monotonic, frame: f64, sound: f64, elapsed_us: f64) {
        if self.lead == Lead::Session {
            self.bias_us = self.position_us + elapsed_us - sound;
            if self.bias_us.abs() > JOIN_US {
                self.bias_us = 0.0;
            }
        } else {
            let step = SLEW * elapsed_us;
            self.bias_us -= self.bias_us.clamp(-step, step);
        }
        self.lead = Lead::Sound;
        self.heard = frame;
        self.sound_at = Some(now);
        self.position_us = sound + self.bias_us;
    }

    fn follow_session(&mut self, due_us: f64, elapsed_us: f64) {
        if self.lead == Lead::Nobody {
            self.position_us = due_us;
        } else {
            self.position_us += elapsed_us;
            let behind = due_us - self.position_us;
            let step = SLEW * elapsed_us;
            let slews = (-JUMP_BACK_US..=JUMP_AHEAD_US).contains(&behind);
            self.position_us += if slews { behind.clamp(-step, step) } else { behind };
        }
        self.lead = Lead::Session;
    }
}
