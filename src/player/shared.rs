//! What the player's threads share: the playout decisions behind one short lock, and the signals that wake the workers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::arrivals::Arrivals;
use super::notices::Notices;
use crate::audio::Position;
use crate::clock::Clock;
use crate::media::{AudioCodec, Monotonic, Size, VideoCodec};
use crate::playout::Controller;

/// Shared by intake, workers and face. Nobody decodes, writes sound or draws while holding the lock.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) position: Position,
    state: Mutex<State>,
    arrivals: Mutex<Arrivals>,
    video_work: Condvar,
    sound_work: Condvar,
    stop: AtomicBool,
}

/// Behind the lock.
pub(super) struct State {
    pub(super) controller: Controller,
    pub(super) notices: Notices,
    pub(super) paused: bool,
    pub(super) video_codec: Option<VideoCodec>,
    pub(super) audio_codec: Option<AudioCodec>,
    pub(super) size: Option<Size>,
}

impl Shared {
    pub(super) fn new(clock: Clock, position: Position, controller: Controller) -> Self {
        let state = State {
            controller,
            notices: Notices::default(),
            paused: false,
            video_codec: None,
            audio_codec: None,
            size: None,
        };
        Self {
            clock,
            position,
            state: Mutex::new(state),
            arrivals: Mutex::new(Arrivals::default()),
            video_work: Condvar::new(),
            sound_work: Condvar::new(),
            stop: AtomicBool::new(false),
        }
    }

    /// The state. A panic elsewhere leaves counters at worst, so a poisoned lock is used on.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How packets came. A lock of its own, so that reading percentiles keeps no worker waiting; never taken with the state's.
    pub(super) fn arrivals(&self) -> MutexGuard<'_, Arrivals> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Written frames heard at `now`.
    pub(super) fn heard(&self, now: Monotonic) -> Option<f64> {
        self.position.sounding(now)
    }

    /// Waits for work of the video worker, `patience` at most.
    pub(super) fn wait_video<'a>(&self, state: MutexGuard<'a, State>, patience: Duration) -> MutexGuard<'a, State> {
        self.video_work.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits for work of the sound worker, `patience` at most.
    pub(super) fn wait_sound<'a>(&self, state: MutexGuard<'a, State>, patience: Duration) -> MutexGuard<'a, State> {
        self.sound_work.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0
    }

    pub(super) fn wake_video(&self) {
        self.video_work.notify_one();
    }

    pub(super) fn wake_sound(&self) {
        self.sound_work.notify_one();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Ends the workers.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        // Whoever is between its look at the flag and its wait holds the lock: take it once, so that nobody misses the call.
        drop(self.lock());
        self.video_work.notify_all();
        self.sound_work.notify_all();
    }
}
