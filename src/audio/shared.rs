//! What the writer, the callback, the device's thread and the readers of the position share.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::history::History;
use super::status::Status;
use crate::media::Monotonic;

/// Atomics for the callback; the mutex is for people's eyes and no callback touches it.
#[derive(Debug)]
pub(super) struct Shared {
    status: AtomicU8,
    /// The writer is gone: the device is to close.
    pub(super) closed: AtomicBool,
    /// The writer means to be silent: a dry ring is no underrun.
    pub(super) resting: AtomicBool,
    pub(super) underrun_events: AtomicU64,
    pub(super) underrun_frames: AtomicU64,
    pub(super) late_frames: AtomicU64,
    /// Between the callback and the ear, in nanoseconds.
    pub(super) latency: AtomicU64,
    /// Frames at 48 kHz that the device took at its last callback, and when that was, in nanoseconds; 0 before the first.
    pub(super) period: AtomicU64,
    pub(super) callback: AtomicU64,
    /// The device's stamps were no use and the latency is the callback's guess.
    pub(super) guessed: AtomicBool,
    /// Bits of an `f64` in parts per million; NaN while unknown.
    pub(super) drift: AtomicU64,
    pub(super) history: History,
    description: Mutex<String>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            status: AtomicU8::new(Status::Opening.code()),
            closed: AtomicBool::new(false),
            resting: AtomicBool::new(true),
            underrun_events: AtomicU64::new(0),
            underrun_frames: AtomicU64::new(0),
            late_frames: AtomicU64::new(0),
            latency: AtomicU64::new(0),
            period: AtomicU64::new(0),
            callback: AtomicU64::new(0),
            guessed: AtomicBool::new(false),
            drift: AtomicU64::new(f64::NAN.to_bits()),
            history: History::default(),
            description: Mutex::new("the sound device is being opened".into()),
        }
    }
}

impl Shared {
    pub(super) fn status(&self) -> Status {
        Status::from_code(self.status.load(Ordering::Acquire))
    }

    pub(super) fn set_status(&self, status: Status) {
        self.status.store(status.code(), Ordering::Release);
    }

    /// A callback begins that takes so many frames at 48 kHz.
    pub(super) fn begin_callback(&self, frames: u64, now: Monotonic) {
        self.period.store(frames, Ordering::Relaxed);
        self.callback.store(now.as_nanos(), Ordering::Relaxed);
    }

    pub(super) fn describe(&self, text: String) {
        *self.description.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    pub(super) fn description(&self) -> String {
        self.description.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
