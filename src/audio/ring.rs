//! The wait-free ring between the thread that produces sound and the callback, and its producer half.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use rtrb::{Producer, RingBuffer};

use super::feed::Feed;
use super::frames::{CHANNELS, RATE};
use super::position::Position;
use super::shared::Shared;

/// Frames that the ring holds: half a second. A player keeps some 20 ms in it; the rest is for whoever wants to be lazy.
const CAPACITY: usize = RATE as usize / 2;

/// The producer half of a wait-free ring of half a second. Dropping it closes the device.
#[derive(Debug)]
pub struct Writer {
    ring: Producer<f32>,
    written: u64,
    shared: Arc<Shared>,
    device: Option<JoinHandle<()>>,
}

/// A ring with both its ends and the position that the callback's end publishes. [`super::open`] does this for a device; whoever
/// has an audio backend of their own calls [`Feed::fill`] from its callback.
#[must_use]
pub fn connect() -> (Writer, Feed, Position) {
    let (producer, consumer) = RingBuffer::new(CAPACITY * CHANNELS);
    let shared = Arc::new(Shared::default());
    let writer = Writer { ring: producer, written: 0, shared: Arc::clone(&shared), device: None };
    (writer, Feed::new(consumer, Arc::clone(&shared)), Position::new(shared))
}

impl Writer {
    /// Hands over interleaved stereo samples and returns the number of frames taken: fewer than given when the ring is full.
    /// Never waits.
    pub fn write(&mut self, samples: &[f32]) -> usize {
        let frames = (samples.len() / CHANNELS).min(self.free());
        let (taken, _) = self.ring.push_partial_slice(&samples[..frames * CHANNELS]);
        let frames = taken.len() / CHANNELS;
        self.written += frames as u64;
        if frames > 0 {
            self.shared.resting.store(false, Ordering::Release);
        }
        frames
    }

    /// Says that silence is meant from here on, once the ring is empty: running dry is no underrun until the next write.
    pub fn rest(&mut self) {
        self.shared.resting.store(true, Ordering::Release);
    }

    /// Frames that a write would take now.
    #[must_use]
    pub fn free(&self) -> usize {
        self.ring.slots() / CHANNELS
    }

    /// Frames written that the device has not yet taken.
    #[must_use]
    pub fn queued(&self) -> usize {
        CAPACITY - self.free()
    }

    /// Frames taken since the start: what [`Position::sounding`] counts up to.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The thread to wait for when this half is dropped.
    pub(super) fn keep(&mut self, device: JoinHandle<()>) {
        self.device = Some(device);
    }
}

impl Drop for Writer {
    /// Closes the device. Waits for a stand-in's last period, so that its tap has everything; never for a sound card.
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        if let Some(device) = self.device.take() {
            device.thread().unpark();
            // A tap that panicked has said so on its own thread.
            let _ = device.join();
        }
    }
}
