//! How late packets come, and whose fault it is: server or network. Sees stamps and sizes alone, reads no clock.
//!
//! `arrival − pts` of a packet, less the smallest of the last 15 s, is how much later than the fastest it came: its lateness. The
//! server's own clock splits it: `made − pts`, less its smallest, where *made* is the end of generation and encoding, is what
//! the server was late by itself; the rest was lost on the way, the server's queue in front of a slow socket included. Minima
//! stand for the path without queues as in NTP's clock filter (RFC 5905, §10), so neither needs the clocks to be set alike.
//! Frames of one generation chunk are made together, so each is compared by the time of its chunk's first.

use std::time::Duration;

use crate::media::{Epoch, MediaDelta, Monotonic, Packet, Track};
use crate::stats::Rolling;

/// Newest packets kept for percentiles: 30 s of 60 pictures and 50 blocks of sound a second.
const PACKETS: usize = 4096;
/// An offset that jumps by more belongs to another timeline.
const JUMP_US: i64 = 1_000_000;
/// What the server's stamps of one track say of another holds for so long.
const FRESH: Duration = Duration::from_secs(1);
/// Seconds over which the smallest offset is taken.
const FLOOR_SECONDS: usize = 15;

/// Arrivals of one stream.
#[derive(Debug)]
pub(super) struct Arrivals {
    epoch: Option<Epoch>,
    /// Per track, since sound and pictures may be stamped at different ends of their time.
    ways: [Way; 2],
    server_late: Option<(Monotonic, i64)>,
    newest: Option<Monotonic>,
    /// Bytes of both tracks since the start.
    pub(super) bytes: u64,
    /// Of each packet, how much later than the fastest it came.
    pub(super) lateness: Rolling,
    /// Of each packet that came too late, by how much, where the server is to blame.
    pub(super) server: Rolling,
    /// The same where the network is.
    pub(super) network: Rolling,
}

#[derive(Clone, Copy, Debug, Default)]
struct Way {
    arrival: Floor,
    made: Floor,
}

/// The smallest value of each of the last 15 seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Floor {
    seconds: [Option<i64>; FLOOR_SECONDS],
    newest: u64,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            epoch: None,
            ways: [Way::default(); 2],
            server_late: None,
            newest: None,
            bytes: 0,
            lateness: Rolling::new(PACKETS),
            server: Rolling::new(PACKETS / 4),
            network: Rolling::new(PACKETS / 4),
        }
    }
}

impl Arrivals {
    /// Takes in a packet's stamps. `target` is the delay aimed at when it came: later than that, less its chunk's span, and it
    /// missed its time.
    pub(super) fn note(&mut self, packet: &Packet, target: MediaDelta) {
        let at = packet.arrival.last_byte;
        self.bytes += packet.payload.len() as u64;
        self.newest = self.newest.max(Some(at));
        if self.epoch.replace(packet.epoch) != Some(packet.epoch) {
            self.begin();
        }
        let length = packet.duration.as_micros().clamp(0, 1_000_000);
        let first = packet.pts.as_micros().saturating_sub(length * i64::from(packet.chunk.index));
        let off = |micros: u64| i64::try_from(micros).unwrap_or(i64::MAX).saturating_sub(first);
        let track = usize::from(packet.track() == Track::Audio);
        let off_here = off(at.as_micros());
        if self.ways[track].arrival.least().is_some_and(|least| off_here.saturating_sub(least).saturating_abs() > JUMP_US) {
            self.begin();
        }
        let way = &mut self.ways[track];
        let late = way.arrival.above(at, off_here);
        let encode = packet.server.encode.map_or(0, |encode| u64::try_from(encode.as_micros()).unwrap_or(u64::MAX));
        if let Some(generated) = packet.server.generated_us {
            self.server_late = Some((at, way.made.above(at, off(generated.saturating_add(encode)))));
        }
        self.lateness.record(at, MediaDelta::from_micros(late));
        let span = length * (i64::from(packet.chunk.len.max(1)) - 1);
        let allowed = target.as_micros().saturating_sub(span).max(0);
        if late > allowed {
            let by = MediaDelta::from_micros(late - allowed);
            let servers = self.server_late.filter(|(when, _)| at.since(*when) < FRESH).map_or(0, |(_, late)| late);
            let blamed = if servers > late / 2 { &mut self.server } else { &mut self.network };
            blamed.record(at, by);
        }
    }

    /// When the newest packet came.
    pub(super) const fn newest(&self) -> Option<Monotonic> {
        self.newest
    }

    /// Another timeline: what was fast on the old one means nothing.
    fn begin(&mut self) {
        self.ways = [Way::default(); 2];
        self.server_late = None;
    }
}

impl Floor {
    fn least(&self) -> Option<i64> {
        self.seconds.iter().copied().flatten().min()
    }

    /// Takes a value in and tells how far it lies above the smallest, itself included.
    fn above(&mut self, at: Monotonic, value: i64) -> i64 {
        let second = at.as_micros() / 1_000_000;
        let fresh = second.saturating_sub(self.newest).min(FLOOR_SECONDS as u64);
        for age in 0..fresh {
            self.seconds[((second - age) % FLOOR_SECONDS as u64) as usize] = None;
        }
        self.newest = self.newest.max(second);
        let slot = &mut self.seconds[(second % FLOOR_SECONDS as u64) as usize];
        *slot = Some(slot.map_or(value, |least| least.min(value)));
        value.saturating_sub(self.least().unwrap_or(value))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::media::{Arrival, Chunk, Format, MediaTime, ServerStages, VideoCodec};

    const FRAME_US: u64 = 33_333;
    const SECOND: Duration = Duration::from_secs(1);
    /// The server's clock began long before ours.
    const SERVER_AHEAD_US: u64 = 77_000_000;

    /// Frame `n`, made `server` and delivered `network` milliseconds later than it could have been.
    fn frame(n: u64, server: u64, network: u64) -> Packet {
        let made = n * FRAME_US + 12_000 + server * 1000;
        let at = Monotonic::from_micros(made + 20_000 + network * 1000);
        Packet {
            format: Format::Video(VideoCodec::H264),
            epoch: Epoch(0),
            sequence: n,
            pts: MediaTime::from_micros((n * FRAME_US) as i64),
            duration: MediaDelta::from_micros(FRAME_US as i64),
            keyframe: false,
            discontinuity: false,
            chunk: Chunk::default(),
            input: None,
            server: ServerStages { generated_us: Some(made + SERVER_AHEAD_US), ..ServerStages::default() },
            arrival: Arrival { first_byte: at, last_byte: at },
            payload: Bytes::from_static(b"0123456789"),
        }
    }

    fn peaks(arrivals: &Arrivals) -> (Option<MediaDelta>, Option<MediaDelta>) {
        let now = arrivals.newest().expect("came");
        (arrivals.server.peak(now, SECOND), arrivals.network.peak(now, SECOND))
    }

    #[test]
    fn what_the_delay_absorbs_is_nobodys_fault() {
        let mut arrivals = Arrivals::default();
        (0..60).for_each(|n| arrivals.note(&frame(n, 0, n % 30), MediaDelta::from_millis(40)));
        assert_eq!(peaks(&arrivals), (None, None));
        let lateness = arrivals.lateness.over(arrivals.newest().expect("came"), 2 * SECOND).expect("samples");
        assert!((lateness.max - 29.0).abs() < 0.01, "{lateness:?}");
        assert_eq!(arrivals.bytes, 600);
    }

    #[test]
    fn a_packet_that_was_made_in_time_and_came_late_is_the_networks() {
        let mut arrivals = Arrivals::default();
        (0..60).for_each(|n| arrivals.note(&frame(n, 0, if n == 50 { 78 } else { 0 }), MediaDelta::from_millis(40)));
        assert_eq!(peaks(&arrivals), (None, Some(MediaDelta::from_millis(38))));
    }

    #[test]
    fn a_packet_that_was_made_late_is_the_servers() {
        let mut arrivals = Arrivals::default();
        (0..60).for_each(|n| arrivals.note(&frame(n, if n == 50 { 78 } else { 0 }, 3), MediaDelta::from_millis(40)));
        assert_eq!(peaks(&arrivals), (Some(MediaDelta::from_millis(38)), None));
    }

    #[test]
    fn a_server_that_does_not_stamp_leaves_it_to_the_network() {
        let mut arrivals = Arrivals::default();
        for n in 0..60 {
            let packet = Packet { server: ServerStages::default(), ..frame(n, if n == 50 { 78 } else { 0 }, 0) };
            arrivals.note(&packet, MediaDelta::from_millis(40));
        }
        assert_eq!(peaks(&arrivals), (None, Some(MediaDelta::from_millis(38))));
    }

    #[test]
    fn the_span_of_a_chunk_is_not_lateness() {
        let mut arrivals = Arrivals::default();
        for n in 0..120_u64 {
            // Four frames are made and sent together, when the last of them is.
            let mut packet = frame(n, 0, 0);
            let index = n % 4;
            let behind = (3 - index) * FRAME_US;
            packet.chunk = Chunk { index: index as u16, len: 4 };
            packet.arrival.last_byte += Duration::from_micros(behind);
            packet.server.generated_us = packet.server.generated_us.map(|at| at + behind);
            arrivals.note(&packet, MediaDelta::from_micros(3 * FRAME_US as i64 + 30_000));
        }
        assert_eq!(peaks(&arrivals), (None, None));
        let lateness = arrivals.lateness.over(arrivals.newest().expect("came"), 5 * SECOND).expect("samples");
        assert!(lateness.max < 0.01, "{lateness:?}");
    }

    #[test]
    fn another_epoch_and_a_jump_of_the_clock_begin_anew() {
        let mut arrivals = Arrivals::default();
        (0..30).for_each(|n| arrivals.note(&frame(n, 0, 0), MediaDelta::from_millis(40)));
        (30..60).for_each(|n| arrivals.note(&frame(n, 0, 5_000), MediaDelta::from_millis(40)));
        (60..90).for_each(|n| arrivals.note(&Packet { epoch: Epoch(1), ..frame(n, 0, 5_900) }, MediaDelta::from_millis(40)));
        assert_eq!(peaks(&arrivals), (None, None));
    }

    #[test]
    fn no_stamp_of_a_peer_makes_a_panic() {
        let mut arrivals = Arrivals::default();
        for extreme in [i64::MIN, -1, 0, i64::MAX] {
            let mut packet = frame(3, 0, 0);
            packet.pts = MediaTime::from_micros(extreme);
            packet.duration = MediaDelta::from_micros(extreme);
            packet.chunk = Chunk { index: u16::MAX, len: 0 };
            packet.server.generated_us = Some(u64::MAX);
            packet.server.encode = Some(Duration::MAX);
            arrivals.note(&packet, MediaDelta::from_micros(extreme));
        }
    }
}
