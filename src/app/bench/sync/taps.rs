//! Takes down what the real pipeline does, as it does it: arrivals, what is written to the output, what the device takes, and what
//! is chosen for each refresh. Never makes anybody wait; what could not be taken down is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::observed::{Observed, Period, Refresh};
use crate::app::explore::{Look, Watch};
use crate::audio::Tap;
use crate::clock::Clock;
use crate::lab::Unit;
use crate::media::{Monotonic, Packet, PacketSink, Pushed};
use crate::player::{Written, WrittenTap};

/// Events that may wait for the next refresh: seconds of them.
const WAITING: usize = 8192;

/// Collects events at each refresh.
#[derive(Debug)]
pub struct Taps {
    clock: Clock,
    give: (SyncSender<Unit>, SyncSender<Written>, SyncSender<Period>),
    take: (Receiver<Unit>, Receiver<Written>, Receiver<Period>),
    lost: Arc<AtomicU64>,
    observed: Observed,
}

impl Taps {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let (units, written, periods) = (sync_channel(WAITING), sync_channel(WAITING), sync_channel(WAITING));
        Self {
            clock,
            give: (units.0, written.0, periods.0),
            take: (units.1, written.1, periods.1),
            lost: Arc::default(),
            observed: Observed::default(),
        }
    }

    /// For the stand-in device.
    #[must_use]
    pub fn device(&self) -> Tap {
        let (clock, give, lost) = (self.clock, self.give.2.clone(), Arc::clone(&self.lost));
        Box::new(move |samples, sounds_at, taken| {
            let asked_us = micros(clock.now());
            let period = Period { asked_us, sounds_us: micros(sounds_at), frames: samples.len() / 2, taken };
            lost.fetch_add(u64::from(give.try_send(period).is_err()), Ordering::Relaxed);
        })
    }

    /// For the player.
    #[must_use]
    pub fn written(&self) -> WrittenTap {
        let (give, lost) = (self.give.1.clone(), Arc::clone(&self.lost));
        Box::new(move |written| {
            lost.fetch_add(u64::from(give.try_send(written).is_err()), Ordering::Relaxed);
        })
    }

    /// What puts itself between the stream and a sink.
    pub fn arrivals(&self) -> impl FnOnce(Box<dyn PacketSink>) -> Box<dyn PacketSink> + use<> {
        let (give, lost) = (self.give.0.clone(), Arc::clone(&self.lost));
        |sink| Box::new(Arrivals { sink, give, lost })
    }

    /// Everything, once the run is over; and how many events could not be taken down.
    #[must_use]
    pub fn finish(mut self) -> (Observed, u64) {
        self.drain();
        (self.observed, self.lost.load(Ordering::Relaxed))
    }

    fn drain(&mut self) {
        self.observed.units.extend(self.take.0.try_iter());
        self.observed.written.extend(self.take.1.try_iter());
        self.observed.periods.extend(self.take.2.try_iter());
    }
}

impl Watch for Taps {
    fn wants_pictures(&self) -> bool {
        false
    }

    fn look(&mut self, look: &Look<'_>) {
        self.drain();
        let picture = look.frame.map(|frame| (frame.pts.as_micros(), frame.duration.as_micros()));
        let decode_us = look.frame.map(|frame| frame.decoded.since(frame.unbuffered).as_secs_f64() * 1e6);
        let (chosen_us, visible_us) = (micros(look.chosen), micros(look.visible));
        self.observed.refreshes.push(Refresh { chosen_us, visible_us, picture, decode_us });
    }
}

struct Arrivals {
    sink: Box<dyn PacketSink>,
    give: SyncSender<Unit>,
    lost: Arc<AtomicU64>,
}

impl PacketSink for Arrivals {
    fn push(&mut self, packet: Packet) -> Pushed {
        let unit = Unit {
            track: packet.format.track(),
            sequence: packet.sequence,
            pts_us: packet.pts.as_micros(),
            duration_us: packet.duration.as_micros(),
            bytes: u32::try_from(packet.payload.len()).unwrap_or(u32::MAX),
            keyframe: packet.keyframe,
            arrival_us: micros(packet.arrival.last_byte) as i64,
            generated_us: packet.server.generated_us.and_then(|at| i64::try_from(at).ok()),
            epoch: packet.epoch.0,
            chunk: (packet.chunk.index, packet.chunk.len.max(1)),
        };
        self.lost.fetch_add(u64::from(self.give.try_send(unit).is_err()), Ordering::Relaxed);
        self.sink.push(packet)
    }
}

fn micros(at: Monotonic) -> f64 {
    at.as_nanos() as f64 / 1e3
}
