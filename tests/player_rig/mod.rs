//! A player fed in real time by a made-up stream, with a stand-in sound device whose output is listened to and a display that
//! looks at every frame. The waits of this rig are its pace, not its proof: tests bound what was measured, not how long it took.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use seaglass::audio::{DeviceChoice, StandIn};
use seaglass::clock::Clock;
use seaglass::codec::{AudioEncode, audio_encoder, video_encoder};
use seaglass::media::{
    Arrival, AudioCodec, Chunk, Epoch, Format, InputEcho, MediaDelta, MediaTime, Monotonic, Packet, PacketSink, Picture,
    Pushed, ServerStages, Size, VideoCodec,
};
use seaglass::player::{Player, PlayerOptions, Presented};

pub const FPS: i64 = 30;
pub const FRAME_US: i64 = 1_000_000 / FPS;
pub const SIZE: Size = Size { width: 64, height: 48 };
/// A flash and a click come this often.
pub const BEAT_US: i64 = 15 * FRAME_US;

/// One track of a stream, coded in advance; white for one frame and a click of 10 ms at each beat.
pub fn pictures(codec: VideoCodec, size: Size, seconds: f64, first: u64, start_us: i64) -> Vec<Packet> {
    let mut encoder = video_encoder(codec, size, FPS as u32, 500_000).expect("encoder");
    let mut picture = Picture::black(size);
    let mut out = Vec::new();
    (0..(seconds * FPS as f64) as u64)
        .map(|n| {
            let pts = start_us + n as i64 * FRAME_US;
            let flash = n as i64 * FRAME_US % BEAT_US < FRAME_US;
            picture.planes_mut()[0].fill(if flash { 235 } else { 16 });
            out.clear();
            let keyframe = encoder.encode(&picture, n % 30 == 0, &mut out).expect("encodes");
            let echo = InputEcho { id: 1 + n as u32, issued_us: 0 };
            let mut packet = packet(Format::Video(codec), first + n, pts, FRAME_US, &out);
            packet.keyframe = keyframe || codec == VideoCodec::Mjpeg;
            packet.input = Some(echo);
            packet
        })
        .collect()
}

/// See [`pictures`].
pub fn sounds(codec: AudioCodec, seconds: f64, first: u64, start_us: i64) -> Vec<Packet> {
    let mut encoder: Box<dyn AudioEncode + Send> = audio_encoder(codec, 96_000).expect("encoder");
    let mut out = Vec::new();
    (0..(seconds * 50.0) as u64)
        .map(|n| {
            let mut samples = [0.0_f32; 1920];
            for (frame, pair) in samples.chunks_mut(2).enumerate() {
                let at_us = n as i64 * 20_000 + frame as i64 * 1_000_000 / 48_000;
                let since = at_us % BEAT_US;
                if since < 10_000 {
                    pair.fill(0.8 * (since as f32 * 1e-3 * std::f32::consts::TAU).cos());
                }
            }
            out.clear();
            encoder.encode(&samples, &mut out).expect("encodes");
            let mut packet = packet(Format::Audio(codec), first + n, start_us + n as i64 * 20_000, 20_000, &out);
            packet.keyframe = true;
            packet
        })
        .collect()
}

pub fn packet(format: Format, sequence: u64, pts_us: i64, duration_us: i64, payload: &[u8]) -> Packet {
    Packet {
        format,
        epoch: Epoch(0),
        sequence,
        pts: MediaTime::from_micros(pts_us),
        duration: MediaDelta::from_micros(duration_us),
        keyframe: false,
        discontinuity: false,
        chunk: Chunk::default(),
        input: None,
        server: ServerStages::default(),
        arrival: Arrival::default(),
        payload: Bytes::copy_from_slice(payload),
    }
}

/// Packets of several tracks in order of presentation.
pub fn interleave(tracks: impl IntoIterator<Item = Vec<Packet>>) -> Vec<Packet> {
    let mut all: Vec<Packet> = tracks.into_iter().flatten().collect();
    all.sort_by_key(|packet| packet.pts);
    all
}

/// What was heard: moments at which a click began.
#[derive(Clone, Default)]
pub struct Ear {
    clicks: Arc<Mutex<Vec<Monotonic>>>,
    loudest: Arc<Mutex<f32>>,
}

impl Ear {
    pub fn device(&self, period_frames: usize) -> DeviceChoice {
        let (clicks, loudest) = (Arc::clone(&self.clicks), Arc::clone(&self.loudest));
        let mut quiet_for = 48_000;
        DeviceChoice::StandIn(StandIn {
            period_frames,
            ppm: 0.0,
            tap: Some(Box::new(move |samples, at, _taken| {
                for (frame, pair) in samples.chunks(2).enumerate() {
                    let level = pair[0].abs();
                    let mut loudest = loudest.lock().expect("lock");
                    *loudest = loudest.max(level);
                    if level > 0.3 && quiet_for > 4800 {
                        clicks.lock().expect("lock").push(at + Duration::from_nanos(frame as u64 * 1_000_000_000 / 48_000));
                    }
                    quiet_for = if level > 0.3 { 0 } else { quiet_for + 1 };
                }
            })),
        })
    }

    pub fn clicks(&self) -> Vec<Monotonic> {
        self.clicks.lock().expect("lock").clone()
    }
}

/// A frame as the display saw it.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub at: Monotonic,
    pub epoch: Epoch,
    pub sequence: u64,
    pub pts: i64,
    pub size: Size,
    pub white: bool,
}

pub struct Rig {
    pub clock: Clock,
    pub player: Player,
    pub sink: Box<dyn PacketSink>,
    pub seen: Vec<Seen>,
    pub pushed: u64,
    pub keyframes_wanted: u64,
    start: Option<(Monotonic, i64)>,
    next_refresh: Monotonic,
}

pub const REFRESH: Duration = Duration::from_nanos(16_666_667);

impl Rig {
    pub fn new(device: DeviceChoice) -> Self {
        Self::with(|options| options.device = device)
    }

    pub fn with(change: impl FnOnce(&mut PlayerOptions)) -> Self {
        let clock = Clock::start();
        let mut options = PlayerOptions::new(clock);
        options.refresh_hz = Some(60.0);
        change(&mut options);
        let (player, sink) = Player::start(options).expect("player");
        let next_refresh = clock.now();
        Self { clock, player, sink, seen: Vec::new(), pushed: 0, keyframes_wanted: 0, start: None, next_refresh }
    }

    /// Plays the packets at the pace of their timestamps, and on for a while.
    pub fn play(&mut self, packets: Vec<Packet>, then: Duration) {
        let mut packets = VecDeque::from(packets);
        let mut end = None;
        loop {
            let now = self.clock.now();
            let (began, zero) = match (self.start, packets.front()) {
                (Some(start), _) => start,
                (None, Some(first)) => *self.start.insert((now, first.pts.as_micros())),
                (None, None) => (now, 0),
            };
            let played = now.signed_since(began).as_micros();
            while packets.front().is_some_and(|packet| packet.pts.as_micros() - zero <= played) {
                let mut packet = packets.pop_front().expect("seen");
                packet.arrival = Arrival { first_byte: now, last_byte: now };
                assert_ne!(self.sink.push(packet), Pushed::Closed);
                self.pushed += 1;
            }
            if packets.is_empty() && now > *end.get_or_insert(now + then) {
                return;
            }
            self.refresh(self.clock.now());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Goes on drawing until something is seen, for a generous while at most.
    pub fn draw_until(&mut self, mut seen: impl FnMut(&Seen) -> bool) -> bool {
        let start = self.clock.now();
        while !self.seen.iter().any(&mut seen) {
            if self.clock.now().since(start) > Duration::from_secs(20) {
                return false;
            }
            self.refresh(self.clock.now());
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Starts counting stream time anew with the next packet: for another epoch.
    pub fn restart(&mut self) {
        self.start = None;
    }

    fn refresh(&mut self, now: Monotonic) {
        if now < self.next_refresh {
            return;
        }
        let visible = self.next_refresh + REFRESH;
        if let Some(frame) = self.player.frame_for(now, visible) {
            let luma = frame.picture.planes()[0];
            self.seen.push(Seen {
                at: visible,
                epoch: frame.epoch,
                sequence: frame.sequence,
                pts: frame.pts.as_micros(),
                size: frame.picture.size(),
                white: luma.data[luma.data.len() / 2] > 128,
            });
            self.player.presented(Presented {
                epoch: frame.epoch,
                sequence: frame.sequence,
                uploaded: Some(now),
                submitted: Some(self.clock.now()),
                presented: Some(self.clock.now()),
            });
        }
        if self.player.wants_keyframe() {
            self.keyframes_wanted += 1;
        }
        self.next_refresh += REFRESH;
        if now > self.next_refresh + REFRESH {
            // A display that was held up goes on from now.
            self.next_refresh = now;
        }
    }
}

/// Offsets in milliseconds of each flash from the click nearest to it, sorted by size; positive: the sound was early.
pub fn offsets(seen: &[Seen], clicks: &[Monotonic]) -> Vec<f64> {
    let mut offsets: Vec<f64> = seen
        .iter()
        .filter(|frame| frame.white)
        .filter_map(|flash| {
            let offset = |click: &Monotonic| flash.at.signed_since(*click).as_millis_f64();
            clicks.iter().map(offset).min_by(|a, b| a.abs().total_cmp(&b.abs())).filter(|nearest| nearest.abs() < 200.0)
        })
        .collect();
    offsets.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    offsets
}
