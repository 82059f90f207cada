//! Room for the rows of sessions that are traced in full: shared by all of them, bounded, and told when it was too small.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Rows that may still be kept.
#[derive(Debug)]
pub(super) struct Budget {
    most: usize,
    left: AtomicUsize,
    left_out: AtomicU64,
}

impl Budget {
    /// Room for so many.
    pub(super) const fn new(most: usize) -> Self {
        Self { most, left: AtomicUsize::new(most), left_out: AtomicU64::new(0) }
    }

    /// Whether there is room for one more; if so it is taken.
    pub(super) fn take(&self) -> bool {
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if !taken {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    /// Tells what had no room.
    pub(super) fn tell(&self, notes: &mut Vec<String>) {
        let left_out = self.left_out.load(Ordering::Relaxed);
        if left_out > 0 {
            let most = self.most;
            notes.push(format!(
                "the trace keeps the first {most} frames and commands; {left_out} more were measured and left out of it"
            ));
        }
    }
}
