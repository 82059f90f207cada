//! A stream, a device, decoders and a display in virtual time, around the real playout code. One millisecond per turn; nothing
//! sleeps and nothing reads a clock, so every figure is exact and repeats.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::VecDeque;

use bytes::Bytes;
use seaglass::media::{
    Arrival, AudioCodec, Chunk, Epoch, Format, MediaDelta, MediaTime, Monotonic, Packet, Picture, ServerStages, Size, Track,
    VideoCodec, VideoFrame,
};
use seaglass::playout::{Carried, Controller, Device, Preset, SoundStep};

pub const MS: i64 = 1000;

/// A stream to generate.
#[derive(Clone)]
pub struct Stream {
    pub seconds: f64,
    pub fps: Option<u32>,
    pub sound: bool,
    pub chunk: u16,
    pub keyframe_every: u64,
    pub codec: VideoCodec,
    pub start_pts: i64,
    pub epoch: Epoch,
    pub start_at: i64,
    /// The server's clock runs faster than ours by this.
    pub ppm: f64,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            seconds: 20.0,
            fps: Some(30),
            sound: true,
            chunk: 1,
            keyframe_every: 60,
            codec: VideoCodec::H264,
            start_pts: 5_000_000,
            epoch: Epoch(0),
            start_at: 100 * MS,
            ppm: 0.0,
        }
    }
}

impl Stream {
    /// The packets in order of sending; `delay(send_us)` is the path's delay in microseconds. The path is one ordered stream:
    /// nothing overtakes.
    pub fn packets(&self, mut delay: impl FnMut(i64) -> i64) -> Vec<Packet> {
        let mut sent = Vec::new();
        if let Some(fps) = self.fps {
            let frame = 1e6 / f64::from(fps);
            for n in 0..(self.seconds * f64::from(fps)) as u64 {
                // A chunk is sent when its last frame is generated.
                let last = n - n % u64::from(self.chunk) + u64::from(self.chunk) - 1;
                let mut packet = self.packet(Format::Video(self.codec), n, n as f64 * frame, frame);
                packet.keyframe = self.codec == VideoCodec::Mjpeg || n.is_multiple_of(self.keyframe_every);
                packet.chunk = Chunk { index: (n % u64::from(self.chunk)) as u16, len: self.chunk };
                sent.push((last as f64 * frame, packet));
            }
        }
        if self.sound {
            for n in 0..(self.seconds * 50.0) as u64 {
                let mut packet = self.packet(Format::Audio(AudioCodec::Opus), n, n as f64 * 20_000.0, 20_000.0);
                packet.keyframe = true;
                let span =
                    if self.chunk > 1 { f64::from(self.chunk) * 1e6 / f64::from(self.fps.unwrap_or(24)) } else { 0.0 };
                let at = if span > 0.0 { ((n as f64 * 20_000.0 / span).floor() + 1.0) * span } else { n as f64 * 20_000.0 };
                sent.push((at, packet));
            }
        }
        sent.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut before = 0;
        sent.into_iter()
            .map(|(at, mut packet)| {
                let send = self.start_at + (at / (1.0 + self.ppm * 1e-6)) as i64;
                before = before.max(send + delay(send));
                let moment = Monotonic::from_micros(before as u64);
                packet.arrival = Arrival { first_byte: moment, last_byte: moment };
                packet
            })
            .collect()
    }

    fn packet(&self, format: Format, sequence: u64, pts_us: f64, duration_us: f64) -> Packet {
        Packet {
            format,
            epoch: self.epoch,
            sequence,
            pts: MediaTime::from_micros(self.start_pts + pts_us as i64),
            duration: MediaDelta::from_micros(duration_us as i64),
            keyframe: false,
            discontinuity: false,
            chunk: Chunk::default(),
            input: None,
            server: ServerStages::default(),
            arrival: Arrival::default(),
            payload: Bytes::new(),
        }
    }
}

/// What was shown, heard and measured.
#[derive(Default)]
pub struct Log {
    /// When a frame lit up, its epoch, its pts, its number: all in microseconds.
    pub shown: Vec<(i64, Epoch, i64, u64)>,
    /// Once a millisecond while sound is heard: when, and which media time.
    pub heard: Vec<(i64, i64)>,
    /// Once per refresh.
    pub refreshes: Vec<Refresh>,
    /// When a keyframe was asked for.
    pub keyframes_wanted: Vec<i64>,
}

pub struct Refresh {
    pub at: i64,
    pub delay: Option<f64>,
    pub target: f64,
    pub cap: f64,
    pub av: Option<f64>,
}

/// The machine around the playout.
pub struct Sim {
    pub playout: Controller,
    pub log: Log,
    pub now: i64,
    pub refresh: f64,
    /// Time to decode a picture.
    pub decode: i64,
    /// `None`: no sound device.
    pub device: Option<SimDevice>,
    pub draws: bool,
    arrivals: VecDeque<Packet>,
    decoding: Option<(i64, Packet)>,
    next_refresh: f64,
    hand: usize,
    fraction: f64,
}

pub struct SimDevice {
    pub period: u64,
    pub ppm: f64,
    pub written: u64,
    taken: u64,
    before: u64,
    next: f64,
    last: f64,
    pub underruns: u64,
}

impl SimDevice {
    pub fn new(ppm: f64) -> Self {
        Self { period: 480, ppm, written: 0, taken: 0, before: 0, next: 0.0, last: 0.0, underruns: 0 }
    }

    fn turn(&mut self, now: f64) {
        while self.next <= now {
            let take = self.period.min(self.written - self.taken);
            if take < self.period && self.written > 0 {
                self.underruns += 1;
            }
            self.before = self.taken;
            self.taken += take;
            self.last = self.next;
            self.next += self.period as f64 * 1e6 / (48_000.0 * (1.0 + self.ppm * 1e-6));
        }
    }

    fn heard(&self, now: f64) -> f64 {
        let since = (now - self.last) * 48_000.0 * (1.0 + self.ppm * 1e-6) / 1e6;
        (self.before as f64 + since).clamp(self.before as f64, self.taken as f64)
    }

    fn device(&self, now: f64) -> Device {
        Device {
            heard: Some(self.heard(now)),
            written: self.written,
            queued: (self.written - self.taken) as usize,
            underruns: self.underruns,
            period: self.period as usize,
            held: 0.0,
            callback: Some(Monotonic::from_nanos((self.next * 1e3) as u64)),
        }
    }
}

impl Sim {
    pub fn new(preset: Preset, packets: Vec<Packet>) -> Self {
        let refresh = 1e6 / 60.0;
        Self {
            playout: Controller::new(preset, MediaDelta::from_micros(refresh as i64)),
            log: Log::default(),
            now: 0,
            refresh,
            decode: 4 * MS,
            device: Some(SimDevice::new(0.0)),
            draws: true,
            arrivals: packets.into(),
            decoding: None,
            next_refresh: 0.0,
            hand: 0,
            fraction: 0.0,
        }
    }

    pub fn add(&mut self, packets: Vec<Packet>) {
        self.arrivals.extend(packets);
    }

    pub fn run_to(&mut self, seconds: f64) {
        while (self.now as f64) < seconds * 1e6 {
            self.turn();
            self.now += MS;
        }
    }

    pub fn moment(&self) -> Monotonic {
        Monotonic::from_micros(self.now as u64)
    }

    fn heard(&self) -> Option<f64> {
        self.device.as_ref().map(|device| device.heard(self.now as f64))
    }

    fn turn(&mut self) {
        let now = self.moment();
        while self.arrivals.front().is_some_and(|packet| packet.arrival.last_byte <= now) {
            let packet = self.arrivals.pop_front().expect("seen");
            self.playout.push(packet);
        }
        if let Some(device) = &mut self.device {
            device.turn(self.now as f64);
        }
        self.sound(now);
        self.video(now);
        if self.playout.wants_keyframe(now) {
            self.log.keyframes_wanted.push(self.now);
        }
        if let Some(heard) = self.heard()
            && let Some(position) =
                (self.playout.lead() == seaglass::playout::Lead::Sound).then(|| self.playout.position(now))
            && heard > 0.0
        {
            self.log.heard.push((self.now, position.expect("sound leads").as_micros()));
        }
        if self.next_refresh <= self.now as f64 {
            self.next_refresh += self.refresh;
            if self.draws {
                self.show(now);
            }
        }
    }

    fn sound(&mut self, now: Monotonic) {
        for _ in 0..64 {
            let device = self.device.as_ref().map_or(Device::default(), |device| device.device(self.now as f64));
            let wrote = match self.playout.next_sound(now, device) {
                SoundStep::Wait { .. } => return,
                SoundStep::Decode(packet) => {
                    let frames = (packet.duration.as_micros() * 48 / 1000) as usize;
                    if self.playout.sound_decoded(packet.pts, frames) {
                        self.hand += frames;
                    }
                    continue;
                }
                SoundStep::Play { frames, rate } => {
                    assert!((0.87..=1.21).contains(&rate), "rate {rate}");
                    assert!(frames <= self.hand, "plays {frames} of {}", self.hand);
                    self.hand -= frames;
                    // A resampler keeps the fraction of a frame that it could not give out.
                    self.fraction += frames as f64 / rate;
                    let whole = self.fraction as usize;
                    self.fraction -= whole as f64;
                    whole
                }
                SoundStep::Skip { frames } => {
                    self.hand -= frames;
                    continue;
                }
                SoundStep::Conceal { frames } | SoundStep::Silence { frames } | SoundStep::FadeOut { frames } => frames,
                SoundStep::Reset => {
                    self.hand = 0;
                    continue;
                }
            };
            let device = self.device.as_mut().expect("writes only to a device");
            self.playout.sound_written(device.written, wrote, Carried::default());
            device.written += wrote as u64;
        }
        panic!("the sound worker never waits at {} us", self.now);
    }

    fn video(&mut self, now: Monotonic) {
        if let Some((done, _)) = &self.decoding
            && *done <= self.now
        {
            let (_, packet) = self.decoding.take().expect("seen");
            let unbuffered = Monotonic::from_micros((self.now - self.decode) as u64);
            self.playout.decoded(frame_of(&packet, unbuffered, now));
        }
        if self.decoding.is_none()
            && let Some(packet) = self.playout.next_video(now, self.heard())
        {
            self.decoding = Some((self.now + self.decode, packet));
        }
    }

    fn show(&mut self, now: Monotonic) {
        let visible = Monotonic::from_micros((self.now as f64 + self.refresh) as u64);
        let heard = self.heard();
        if let Some(frame) = self.playout.frame_for(now, visible, heard) {
            let at = visible.as_micros() as i64;
            self.log.shown.push((at, frame.epoch, frame.pts.as_micros(), frame.sequence));
        }
        self.log.refreshes.push(Refresh {
            at: self.now,
            delay: self.playout.delay(visible).map(MediaDelta::as_millis_f64),
            target: self.playout.clock().target().as_millis_f64(),
            cap: self.playout.clock().cap().as_millis_f64(),
            av: self.playout.av_offset().map(MediaDelta::as_millis_f64),
        });
    }

    /// Every packet is accounted for.
    pub fn check_counts(&self) {
        let (coded, decoded, audio) = self.playout.held();
        let counts = self.playout.counts();
        let video_drops = self.playout.drops_of(Track::Video);
        assert_eq!(
            counts.video_received,
            counts.shown + counts.pictureless + video_drops.total() + (coded + decoded) as u64,
            "{counts:?} {video_drops:?} held {coded}+{decoded}"
        );
        let totals = self.playout.sound_totals();
        let audio_drops = self.playout.drops_of(Track::Audio);
        assert_eq!(
            counts.audio_received,
            totals.packets + totals.unsounded + audio_drops.total() + audio as u64,
            "{counts:?} {totals:?} {audio_drops:?} held {audio}"
        );
    }
}

pub fn frame_of(packet: &Packet, unbuffered: Monotonic, decoded: Monotonic) -> VideoFrame {
    VideoFrame::new(packet, Picture::black(Size::default()), unbuffered, decoded)
}

impl Log {
    /// Frames shown from `from` seconds on.
    pub fn shown_from(&self, from: f64) -> usize {
        self.shown.iter().filter(|frame| frame.0 as f64 >= from * 1e6).count()
    }

    /// |A/V| in milliseconds at each refresh from `from` to `to` seconds, sorted.
    pub fn av(&self, from: f64, to: f64) -> Vec<f64> {
        let mut av: Vec<f64> = self.between(from, to).filter_map(|refresh| refresh.av.map(f64::abs)).collect();
        av.sort_by(f64::total_cmp);
        av
    }

    /// Delays in milliseconds at each refresh, sorted.
    pub fn delays(&self, from: f64, to: f64) -> Vec<f64> {
        let mut delays: Vec<f64> = self.between(from, to).filter_map(|refresh| refresh.delay).collect();
        delays.sort_by(f64::total_cmp);
        delays
    }

    pub fn between(&self, from: f64, to: f64) -> impl Iterator<Item = &Refresh> {
        self.refreshes.iter().filter(move |refresh| (from * 1e6..to * 1e6).contains(&(refresh.at as f64)))
    }
}

/// A quantile of sorted values.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}
