//! The gate of one track: which units may reach the decoder (HO-27).
//!
//! A video decoder that is fed after a loss shows torn pictures as if nothing had happened (measured with ours), so after a gap,
//! and at the beginning, nothing passes before the next keyframe.

use crate::media::{DropCause, Epoch};

/// Watches the sequence of one track.
#[derive(Debug)]
pub(super) struct Gate {
    /// Whether units depend on earlier ones.
    dependent: bool,
    epoch: Option<Epoch>,
    next: u64,
    needs_keyframe: bool,
}

impl Gate {
    /// The gate of a track whose units depend on earlier ones.
    pub(super) const fn video() -> Self {
        Self { dependent: true, epoch: None, next: 0, needs_keyframe: true }
    }

    /// The gate of a track whose units stand alone.
    pub(super) const fn audio() -> Self {
        Self { dependent: false, epoch: None, next: 0, needs_keyframe: false }
    }

    /// Judges a whole unit: how many units were lost before it, and whether it may pass or why not.
    pub(super) fn judge(&mut self, epoch: Epoch, sequence: u64, keyframe: bool) -> (u64, Result<(), DropCause>) {
        let lost = match self.epoch {
            Some(current) if is_older(epoch, current) => return (0, Err(DropCause::OldEpoch)),
            Some(current) if current == epoch => {
                if sequence < self.next {
                    return (0, Err(DropCause::Duplicate));
                }
                let lost = sequence - self.next;
                if lost > 0 {
                    self.needs_keyframe = self.dependent;
                }
                lost
            }
            current => {
                // Units are counted across epochs, so what is missing before a new one was lost too.
                let lost = current.map_or(0, |_| sequence.saturating_sub(self.next));
                self.epoch = Some(epoch);
                self.needs_keyframe = self.dependent;
                lost
            }
        };
        self.next = sequence.saturating_add(1);
        if self.needs_keyframe && !keyframe {
            return (lost, Err(DropCause::NoReference));
        }
        self.needs_keyframe = false;
        (lost, Ok(()))
    }

    /// Notes a unit that cannot be used, whatever comes of the others: what depends on it must not pass.
    pub(super) fn skip(&mut self, epoch: Epoch, sequence: u64) {
        if self.epoch.is_none_or(|current| !is_older(epoch, current)) {
            self.epoch = Some(epoch);
            self.next = sequence.saturating_add(1);
            self.needs_keyframe = self.dependent;
        }
    }

    /// Whether nothing passes before the next keyframe.
    pub(super) const fn needs_keyframe(&self) -> bool {
        self.needs_keyframe
    }
}

/// Serial number arithmetic (RFC 1982), as epochs may wrap.
const fn is_older(epoch: Epoch, than: Epoch) -> bool {
    epoch.0 != than.0 && than.0.wrapping_sub(epoch.0) < 1 << 31
}

#[cfg(test)]
mod tests {
    use super::*;

    const E: Epoch = Epoch(3);

    #[test]
    fn video_begins_at_a_keyframe_and_begins_again_after_a_gap() {
        let mut gate = Gate::video();
        assert_eq!(gate.judge(E, 7, false), (0, Err(DropCause::NoReference)));
        assert_eq!(gate.judge(E, 8, true), (0, Ok(())));
        assert_eq!(gate.judge(E, 9, false), (0, Ok(())));
        assert_eq!(gate.judge(E, 12, false), (2, Err(DropCause::NoReference)));
        assert_eq!(gate.judge(E, 13, false), (0, Err(DropCause::NoReference)));
        assert_eq!(gate.judge(E, 14, true), (0, Ok(())));
    }

    #[test]
    fn a_unit_that_comes_twice_passes_once() {
        let mut gate = Gate::video();
        assert_eq!(gate.judge(E, 0, true), (0, Ok(())));
        assert_eq!(gate.judge(E, 0, true), (0, Err(DropCause::Duplicate)));
    }

    #[test]
    fn audio_passes_after_a_gap_and_the_gap_is_counted() {
        let mut gate = Gate::audio();
        assert_eq!(gate.judge(E, 5, false), (0, Ok(())));
        assert_eq!(gate.judge(E, 9, false), (3, Ok(())));
    }

    #[test]
    fn a_new_epoch_begins_at_a_keyframe_and_an_old_one_is_refused_even_across_the_wrap() {
        let mut gate = Gate::video();
        assert_eq!(gate.judge(Epoch(u32::MAX), 50, true), (0, Ok(())));
        assert_eq!(gate.judge(Epoch(0), 53, true), (2, Ok(())));
        assert_eq!(gate.judge(Epoch(u32::MAX), 54, true), (0, Err(DropCause::OldEpoch)));
        assert_eq!(gate.judge(Epoch(1), 54, false), (0, Err(DropCause::NoReference)));
    }

    #[test]
    fn a_hostile_sequence_number_neither_panics_nor_wraps() {
        let mut gate = Gate::audio();
        assert_eq!(gate.judge(E, 0, true), (0, Ok(())));
        assert_eq!(gate.judge(E, u64::MAX, true), (u64::MAX - 1, Ok(())));
        assert_eq!(gate.judge(E, 1, true), (0, Err(DropCause::Duplicate)));
    }
}
