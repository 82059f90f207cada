//! The thread of a device that is none: sleeps as [`super::pace`] says and runs the callback that a sound card would run.

use std::sync::atomic::Ordering;
use std::thread::{Builder, JoinHandle, park_timeout};
use std::time::Duration;

use super::choice::{StandIn, Tap};
use super::feed::Feed;
use super::frames::{CHANNELS, RATE};
use super::pace::{Pace, Wake};
use super::status::Status;
use crate::clock::Clock;

/// The longest sleep without a look at whether the writer is gone.
const NAP: Duration = Duration::from_millis(50);

/// Starts the thread; `None` (and the status says so) where the system gives no thread.
pub(super) fn start(mut feed: Feed, device: StandIn, clock: Clock) -> Option<JoinHandle<()>> {
    let shared = std::sync::Arc::clone(feed.shared());
    let ppm = if device.ppm == 0.0 { String::new() } else { format!(", {:+} ppm", device.ppm) };
    let pace = Pace::new(clock.now(), device.period_frames, device.ppm);
    shared.describe(format!("stand-in device (nobody hears it), periods of {} frames{ppm}", pace.period_frames()));
    let latency = pace.period_frames() as u64 * 1_000_000_000 / u64::from(RATE);
    shared.latency.store(latency, Ordering::Relaxed);
    let started = Builder::new().name("audio-device".into()).spawn(move || run(&mut feed, pace, device.tap, clock));
    started
        .inspect_err(|error| {
            shared.describe(format!("no thread for the stand-in device: {error}"));
            shared.set_status(Status::NoDevice);
        })
        .ok()
}

fn run(feed: &mut Feed, mut pace: Pace, mut tap: Option<Tap>, clock: Clock) {
    let mut period = vec![0.0; pace.period_frames() * CHANNELS];
    loop {
        let now = clock.now();
        match pace.wake(now) {
            Wake::SleepUntil(then) => {
                if feed.shared().closed.load(Ordering::Acquire) {
                    return;
                }
                park_timeout(then.since(now).min(NAP));
            }
            Wake::Take { sounds_at, missed } => {
                if missed > 0 {
                    feed.missed(missed as usize * pace.period_frames());
                }
                feed.shared().begin_callback(pace.period_frames() as u64, now);
                let taken = feed.fill(&mut period, sounds_at);
                if let Some(tap) = &mut tap {
                    tap(&period, sounds_at, taken);
                }
            }
        }
    }
}
