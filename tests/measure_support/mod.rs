//! A run in virtual time: a collector, packets with chosen stamps, and what comes out.

#![allow(dead_code, reason = "each test of the suite uses its part")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use seaglass::measure::{Collector, CollectorOptions, End, Metric, Recording, Report, Run, Scalar, Summary};
use seaglass::media::{
    Arrival, AudioCodec, Chunk, Epoch, Format, InputEcho, MediaDelta, MediaTime, Monotonic, Packet, ServerStages, VideoCodec,
};

/// The run's start on the process's clock: not 0, so that nothing passes by mixing the two up.
pub const START_MS: u64 = 1_000_000;

/// A moment of the run, in milliseconds since its start.
pub fn at(ms: u64) -> Monotonic {
    Monotonic::from_millis(START_MS + ms)
}

/// The same in microseconds.
pub fn at_us(us: u64) -> Monotonic {
    Monotonic::from_micros(START_MS * 1000 + us)
}

/// A collector whose window lies between two moments in milliseconds.
pub fn collector(window_ms: (u64, u64), traced: u32) -> Arc<Collector> {
    let ms = Duration::from_millis;
    Collector::new(CollectorOptions {
        start: at(0),
        window: (ms(window_ms.0), ms(window_ms.1)),
        length: ms(window_ms.1),
        traced,
        most_rows: 100_000,
    })
}

/// A frame of 1,000 bytes that comes whole at a moment, with its presentation time.
pub fn frame(arrives: Monotonic, sequence: u64, pts_ms: i64) -> Packet {
    Packet {
        format: Format::Video(VideoCodec::H264),
        epoch: Epoch(1),
        sequence,
        pts: MediaTime::from_micros(pts_ms * 1000),
        duration: MediaDelta::from_millis(40),
        keyframe: sequence == 0,
        discontinuity: false,
        chunk: Chunk::default(),
        input: None,
        server: ServerStages::default(),
        arrival: Arrival { first_byte: arrives, last_byte: arrives },
        payload: Bytes::from_static(&[0; 1000]),
    }
}

/// A packet of sound of 100 bytes.
pub fn sound(arrives: Monotonic, sequence: u64) -> Packet {
    Packet {
        format: Format::Audio(AudioCodec::Opus),
        duration: MediaDelta::from_millis(20),
        payload: Bytes::from_static(&[0; 100]),
        ..frame(arrives, sequence, 20 * sequence as i64)
    }
}

/// The echo of an input that was issued at a moment.
pub fn echo(id: u32, issued: Monotonic) -> Option<InputEcho> {
    Some(InputEcho { id, issued_us: issued.as_micros() })
}

/// The run's description, as whoever runs it fills it in.
pub fn run(id: &str) -> Run {
    Run { id: id.to_owned(), started: "2026-01-01T00:00:00Z".to_owned(), name: "test".to_owned(), ..Run::default() }
}

/// Ends the run as planned.
pub fn finish(collector: &Arc<Collector>, now_ms: u64) -> Recording {
    collector.finish(at(now_ms), run("one"), End { complete: true, ..End::default() })
}

/// A metric's figures.
pub fn figures(recording: &Recording, metric: Metric) -> Summary {
    *Report::of(recording, &[]).metric(metric).expect("every metric is in a report")
}

/// A scalar's value.
pub fn value(recording: &Recording, scalar: Scalar) -> Option<f64> {
    Report::of(recording, &[]).scalar(scalar)
}

/// Numbers from a seed: SplitMix64.
pub struct Random(pub u64);

impl Random {
    /// The next of 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normally distributed: twelve uniform numbers.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// A recording with something of everything, of sessions with these numbers, the same for the same numbers.
pub fn rich(id: &str, sessions: std::ops::Range<u32>, traced: u32) -> Recording {
    use seaglass::measure::SessionOutcome;
    let collector = collector((1_000, 21_000), traced);
    for session in sessions {
        let mut random = Random(u64::from(session));
        let decoded = session % 3 == 0;
        let meter = collector.meter(session, at(0), decoded);
        meter.created(at(20 + random.bits() % 50));
        meter.tier(at(100), "standard", "");
        for n in 0..500_u64 {
            let sent = at(100 + n * 40);
            let first = sent + Duration::from_micros(10_000 + random.bits() % 20_000);
            meter.commanded("hands", None, Some(n as u32 + 1), sent, sent);
            let packet = Packet { input: echo(n as u32 + 1, sent), ..frame(first, n, n as i64 * 40) };
            meter.packet(&packet);
            if decoded {
                let offset = MediaDelta::from_micros((random.bits() % 60_000) as i64 - 30_000);
                meter.presented(&seaglass::stats::FrameTrace {
                    epoch: Epoch(1),
                    sequence: n,
                    input: packet.input,
                    last_byte: Some(first),
                    presented: Some(first + Duration::from_millis(12)),
                    av_offset: Some(offset),
                    ..Default::default()
                });
            }
        }
        if session % 2 == 0 {
            meter.lost(at(20_200), "cut \"by\" a test");
            meter.resumed(at(20_400));
            meter.packet(&Packet { epoch: Epoch(2), ..frame(at(20_700), 0, 20_400) });
        }
        meter.link(at(5_000), Duration::from_millis(9), -77, 4_500);
        meter.spent(20.5, Some(41.0));
        meter.closing(at(21_500));
        let failed = SessionOutcome::Failed { code: "busy".to_owned(), why: "no room".to_owned() };
        meter.closed(at(21_600), if session % 5 == 4 { failed } else { SessionOutcome::Completed });
    }
    (0..22).for_each(|second| collector.machine(at(second * 1_000), Duration::from_millis(second * 300), 50 << 20));
    collector.mark(at(3_000), Some(at(4_000)), "fault", None, "stall");
    let mut run = run(id);
    run.configuration =
        [("profile", "constant"), ("tier", "standard")].map(|(key, value)| (key.to_owned(), value.into())).into();
    run.environment = [("version", "0.1.0"), ("cpu", "a machine")].map(|(key, value)| (key.to_owned(), value.into())).into();
    collector.finish(at(22_000), run, End { complete: true, notes: vec!["a note".to_owned()], ..End::default() })
}
