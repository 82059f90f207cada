//! The user's hands as *state*: the latest wins, changes that come faster than the network needs are merged, and turning adds
//! up, so that merging or losing a message loses no movement.

use std::time::Duration;

use super::io::Hands;
use crate::media::Monotonic;
use crate::wire::{Axes, Control, Key, Look, MAX_HELD_KEYS};

/// Shortest time between two control messages: 60 a second, twice the frame rate of the usual tier.
pub(super) const INTERVAL: Duration = Duration::from_micros(16_666);

/// The hands now, and what of them is still to be sent.
#[derive(Debug, Default)]
pub(super) struct Controls {
    keys: Vec<Key>,
    axes: Axes,
    yaw: f64,
    pitch: f64,
    /// How far the view had turned when the hands were last sent.
    sent: (f64, f64),
    /// When the *oldest* change that is still to be sent was made, so that merging never flatters a latency.
    changed: Option<Monotonic>,
    input: Option<u32>,
    last_sent: Option<Monotonic>,
}

impl Controls {
    /// Takes a new state; numbers that are not finite read as 0. Whether it is another than before.
    pub(super) fn absorb(&mut self, now: Monotonic, hands: Hands) -> bool {
        let finite = |value: f32| if value.is_finite() { value } else { 0.0 };
        let Hands { mut keys, axes, turned } = hands;
        keys.truncate(MAX_HELD_KEYS);
        let axes = Axes { strafe: finite(axes.strafe).clamp(-1.0, 1.0), walk: finite(axes.walk).clamp(-1.0, 1.0) };
        let (yaw, pitch) = (f64::from(finite(turned.yaw)), f64::from(finite(turned.pitch)));
        let changed = keys != self.keys || axes != self.axes || yaw != 0.0 || pitch != 0.0;
        (self.keys, self.axes) = (keys, axes);
        self.yaw += yaw;
        self.pitch += pitch;
        if changed {
            self.changed.get_or_insert(now);
        }
        changed
    }

    /// Prepares for a new stream, on which turning is counted from nothing and no key is held: what was not sent yet, and what is held
    /// now, is sent there.
    pub(super) fn renew(&mut self, now: Monotonic) {
        self.yaw -= self.sent.0;
        self.pitch -= self.sent.1;
        self.sent = (0.0, 0.0);
        self.last_sent = None;
        let still = self.keys.is_empty() && self.axes == Axes::default() && self.yaw == 0.0 && self.pitch == 0.0;
        if still {
            (self.changed, self.input) = (None, None);
        } else {
            self.changed.get_or_insert(now);
        }
    }

    /// Whether a key is held or a stick is pushed: nothing changes then, and the user is there all the same.
    pub(super) fn hold_something(&self) -> bool {
        !self.keys.is_empty() || self.axes != Axes::default()
    }

    /// Sends the hands once more although nothing changed: a sign of life.
    pub(super) fn repeat(&mut self, now: Monotonic) {
        self.changed.get_or_insert(now);
    }

    /// The input number of the change that is still to be sent, given to it now if it has none; `None` where there is no change.
    pub(super) fn number(&mut self, next: impl FnOnce() -> u32) -> Option<u32> {
        self.changed?;
        Some(*self.input.get_or_insert_with(next))
    }

    /// When the numbered change may go out.
    pub(super) fn due(&self) -> Option<Monotonic> {
        let changed = self.changed.filter(|_| self.input.is_some())?;
        Some(self.last_sent.map_or(changed, |last| last + INTERVAL))
    }

    /// Takes the numbered change as a message.
    pub(super) fn take(&mut self, now: Monotonic) -> Option<Control> {
        let input = self.input.take()?;
        let since = self.changed.take()?;
        self.last_sent = Some(now);
        self.sent = (self.yaw, self.pitch);
        Some(Control {
            input,
            issued_us: since.as_micros(),
            keys: self.keys.clone(),
            axes: self.axes,
            look: Look { yaw: self.yaw as f32, pitch: self.pitch as f32 },
        })
    }
}
