//! The last periods that a callback played, readable from any thread without locks: one writer that never waits, any number of
//! readers that never wait either. A slot is written anew only when `SLOTS` periods have passed, so a reader that is not asleep
//! for all that time reads whole entries, and one that was notices.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering, fence};

/// Periods kept: 0.6 s of 10 ms periods, more than any sane output latency.
const SLOTS: usize = 64;

/// One period of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Period {
    /// Frames that the device had been given before.
    pub(super) device_start: u64,
    /// Frames that had been taken from the ring before.
    pub(super) written_start: u64,
    /// Frames taken from the ring in this period; the rest of it is silence.
    pub(super) taken: u64,
    /// Nanoseconds on the process clock at which device frame 0 sounded, by the best estimate of the time.
    pub(super) origin: i64,
}

#[derive(Debug, Default)]
struct Slot {
    device_start: AtomicU64,
    written_start: AtomicU64,
    taken: AtomicU64,
    origin: AtomicI64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct History {
    slots: [Slot; SLOTS],
    count: AtomicU64,
}

impl Default for History {
    fn default() -> Self {
        Self { slots: std::array::from_fn(|_| Slot::default()), count: AtomicU64::new(0) }
    }
}

impl History {
    /// Adds a period. For one thread only: the callback's.
    pub(super) fn push(&self, period: Period) {
        let count = self.count.load(Ordering::Relaxed);
        let slot = &self.slots[count as usize % SLOTS];
        // A reader that sees any of the stores below sees at least this count after its own fence, and knows the slot as gone.
        fence(Ordering::Release);
        slot.device_start.store(period.device_start, Ordering::Relaxed);
        slot.written_start.store(period.written_start, Ordering::Relaxed);
        slot.taken.store(period.taken, Ordering::Relaxed);
        slot.origin.store(period.origin, Ordering::Relaxed);
        self.count.store(count + 1, Ordering::Release);
    }

    /// How many periods were added.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Period number `index`, unless it is overwritten or yet to come.
    pub(super) fn at(&self, index: u64) -> Option<Period> {
        let slot = &self.slots[index as usize % SLOTS];
        if index >= self.count() {
            return None;
        }
        let period = Period {
            device_start: slot.device_start.load(Ordering::Relaxed),
            written_start: slot.written_start.load(Ordering::Relaxed),
            taken: slot.taken.load(Ordering::Relaxed),
            origin: slot.origin.load(Ordering::Relaxed),
        };
        fence(Ordering::Acquire);
        // The slot of `index` is being rewritten from the moment the count reaches `index + SLOTS`.
        (self.count.load(Ordering::Relaxed) < index + SLOTS as u64).then_some(period)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn the_oldest_period_is_forgotten_when_the_slots_are_full() {
        let history = History::default();
        assert_eq!(history.at(0), None);
        for index in 0..SLOTS as u64 + 3 {
            history.push(Period { device_start: index, ..Period::default() });
        }
        assert_eq!(history.at(2), None);
        assert_eq!(history.at(4).map(|period| period.device_start), Some(4));
        assert_eq!(history.at(SLOTS as u64 + 3), None);
    }

    #[test]
    fn a_reader_never_sees_half_a_period() {
        let (history, done) = (History::default(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for value in 0..300_000_u64 {
                    history.push(Period { device_start: value, written_start: value, taken: value, origin: value as i64 });
                }
                done.store(true, Ordering::Release);
            });
            let mut read = 0;
            while !done.load(Ordering::Acquire) || read == 0 {
                let newest = history.count().saturating_sub(1);
                for index in [newest, newest.saturating_sub(SLOTS as u64 - 2)] {
                    if let Some(period) = history.at(index) {
                        read += 1;
                        let all = [period.device_start, period.written_start, period.taken, period.origin as u64];
                        assert_eq!(all, [index; 4]);
                    }
                }
            }
        });
    }
}
