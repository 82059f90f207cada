//! Our own playout on the stage: the real controller with a virtual decoder, sound device and display around it.

use std::collections::VecDeque;

use bytes::Bytes;

use super::algorithm::Algorithm;
use super::conditions::{Action, Conditions};
use super::recorder::{Heard, Recorder};
use super::stage::{Event, Stage};
use super::trace::Trace;
use super::unit::Unit;
use crate::media::{
    Arrival, AudioCodec, Chunk, Epoch, Format, MediaDelta, MediaTime, Monotonic, Packet, Picture, ServerStages, Size, Track,
    VideoCodec, VideoFrame,
};
use crate::playout::{Carried, Controller, Device, Preset, SoundStep};

/// The controller of [`crate::playout`].
#[derive(Clone, Debug)]
pub struct Seaglass {
    /// Delay against smoothness.
    pub preset: Preset,
    /// Another cap on the delay that jitter may cost than the preset's.
    pub cap: Option<MediaDelta>,
}

impl Algorithm for Seaglass {
    fn name(&self) -> String {
        "seaglass".into()
    }

    fn preset(&self) -> String {
        match self.cap {
            Some(cap) => format!("{} cap {:.0}", self.preset, cap.as_millis_f64()),
            None => self.preset.to_string(),
        }
    }

    fn kind(&self) -> &'static str {
        "implementation"
    }

    fn play(&mut self, trace: &Trace, conditions: &Conditions, recorder: &mut Recorder<'_>) {
        let mut run = Run::new(self.preset, conditions);
        run.playout.set_cap(self.cap);
        let mut stage = Stage::new(trace, conditions);
        loop {
            let (at, event) = stage.next(Some(run.wake()));
            run.now = at;
            match event {
                Event::End => break,
                Event::Arrive(index) => run.arrive(&trace.units[index], recorder),
                Event::Act(Action::Sound(on)) => run.set_sound(on),
                Event::Act(Action::Paused(paused)) => run.set_paused(paused),
                Event::Callback { silent_us } => run.callback(silent_us, conditions, recorder),
                Event::Choose { visible_us } => run.choose(visible_us, recorder),
                Event::Wake => {}
            }
            run.sound(stage.callback_due());
            run.video(&mut stage);
        }
    }
}

/// Steps of the sound worker at one moment, at most: the longest period and a backlog of packets.
const MOST_STEPS: usize = 1_000;

/// Written sound on its way to the device.
#[derive(Clone, Copy, Debug)]
struct Piece {
    frames: f64,
    heard: Heard,
}

struct Run {
    playout: Controller,
    now: f64,
    look: f64,
    frame_us: f64,
    latency_us: f64,
    period: usize,
    sound_on: bool,
    paused: bool,
    // the device
    ring: VecDeque<Piece>,
    queued: usize,
    written: u64,
    taken_before: u64,
    taken: u64,
    sounds_at: f64,
    underruns: u64,
    // the sound worker
    hand: usize,
    fraction: f64,
    // the decoder
    decoding: Option<(f64, f64, Packet)>,
    epoch: u32,
}

impl Run {
    fn new(preset: Preset, conditions: &Conditions) -> Self {
        Self {
            playout: Controller::new(preset, MediaDelta::from_micros(conditions.refresh_us() as i64)),
            now: 0.0,
            look: 0.0,
            frame_us: conditions.frame_us(),
            latency_us: conditions.latency_us,
            period: conditions.period_frames,
            sound_on: true,
            paused: false,
            ring: VecDeque::new(),
            queued: 0,
            written: 0,
            taken_before: 0,
            taken: 0,
            sounds_at: 0.0,
            underruns: 0,
            hand: 0,
            fraction: 0.0,
            decoding: None,
            epoch: 0,
        }
    }

    fn wake(&self) -> f64 {
        self.decoding.as_ref().map_or(self.look, |(done, ..)| done.min(self.look))
    }

    fn moment(&self) -> Monotonic {
        Monotonic::from_nanos((self.now * 1e3) as u64)
    }

    fn heard(&self) -> f64 {
        let since = (self.now - self.sounds_at) / self.frame_us;
        (self.taken_before as f64 + since).clamp(0.0, self.taken as f64)
    }

    fn set_sound(&mut self, on: bool) {
        self.sound_on = on;
        self.playout.set_sound(on);
    }

    fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
        self.playout.set_paused(paused);
    }

    fn arrive(&mut self, unit: &Unit, recorder: &mut Recorder<'_>) {
        if unit.epoch != self.epoch {
            self.epoch = unit.epoch;
            recorder.cut();
        }
        self.playout.push(packet_of(unit));
    }

    fn callback(&mut self, silent_us: f64, conditions: &Conditions, recorder: &mut Recorder<'_>) {
        recorder.period();
        let off = !self.sound_on || self.paused;
        let silence = if off { Heard::Off } else { Heard::MadeUp };
        let mut at = self.now + self.latency_us;
        if silent_us > 0.0 {
            recorder.hear(at - silent_us, silent_us / self.frame_us, silence);
        }
        (self.taken_before, self.sounds_at) = (self.taken, at);
        let mut wanted = conditions.period_frames as f64;
        while wanted > 0.0
            && let Some(piece) = self.ring.front_mut()
        {
            let frames = piece.frames.min(wanted);
            let heard = if piece.heard == Heard::MadeUp { silence } else { piece.heard };
            recorder.hear(at, frames, heard);
            at += frames * self.frame_us;
            wanted -= frames;
            piece.frames -= frames;
            if let Heard::Media { pts_us, speed } = &mut piece.heard {
                *pts_us += frames * *speed * 1e6 / 48_000.0;
            }
            if piece.frames < 1.0 {
                self.ring.pop_front();
            }
        }
        let took = conditions.period_frames - wanted as usize;
        if wanted > 0.0 {
            recorder.hear(at, wanted, silence);
            self.underruns += u64::from(self.written > 0);
        }
        self.taken += took as u64;
        self.queued -= took;
    }

    fn sound(&mut self, callback_due: f64) {
        let now = self.moment();
        for _ in 0..MOST_STEPS {
            let device = Device {
                heard: Some(self.heard()),
                written: self.written,
                queued: self.queued,
                underruns: self.underruns,
                period: self.period,
                callback: Some(Monotonic::from_nanos((callback_due * 1e3) as u64)),
                held: 0.0,
            };
            let (frames, heard) = match self.playout.next_sound(now, device) {
                SoundStep::Wait { until } => {
                    self.look = until.as_nanos() as f64 / 1e3;
                    return;
                }
                SoundStep::Decode(packet) => {
                    let frames = (packet.duration.as_micros() * 48 / 1000) as usize;
                    if self.playout.sound_decoded(packet.pts, frames) {
                        self.hand += frames;
                    }
                    continue;
                }
                SoundStep::Play { frames, rate } => {
                    let pts_us = self.playout.sound_pts_us();
                    self.hand -= frames;
                    // A resampler keeps the fraction of a frame that it could not give out.
                    self.fraction += frames as f64 / rate;
                    let whole = self.fraction as usize;
                    self.fraction -= whole as f64;
                    (whole, Heard::Media { pts_us, speed: rate })
                }
                SoundStep::Skip { frames } => {
                    self.hand -= frames;
                    continue;
                }
                SoundStep::Conceal { frames } | SoundStep::FadeOut { frames } | SoundStep::Silence { frames } => {
                    (frames, Heard::MadeUp)
                }
                SoundStep::Reset => {
                    self.hand = 0;
                    continue;
                }
            };
            self.playout.sound_written(self.written, frames, Carried::default());
            self.written += frames as u64;
            self.queued += frames;
            self.ring.push_back(Piece { frames: frames as f64, heard });
        }
        unreachable!("the sound worker never waits at {} us", self.now);
    }

    fn video(&mut self, stage: &mut Stage<'_>) {
        if self.decoding.as_ref().is_some_and(|(done, ..)| *done <= self.now)
            && let Some((_, begun, packet)) = self.decoding.take()
        {
            let unbuffered = Monotonic::from_nanos((begun * 1e3) as u64);
            self.playout.decoded(VideoFrame::new(&packet, Picture::black(Size::default()), unbuffered, self.moment()));
        }
        if self.decoding.is_none()
            && let Some(packet) = self.playout.next_video(self.moment(), Some(self.heard()))
        {
            let done = self.now + stage.decode_us(packet.duration.as_micros());
            self.decoding = Some((done, self.now, packet));
        }
    }

    fn choose(&mut self, visible_us: f64, recorder: &mut Recorder<'_>) {
        let visible = Monotonic::from_nanos((visible_us * 1e3) as u64);
        let frame = self.playout.frame_for(self.moment(), visible, Some(self.heard()));
        recorder.refresh(visible_us, frame.map(|frame| (frame.pts.as_micros(), frame.duration.as_micros())));
    }
}

fn packet_of(unit: &Unit) -> Packet {
    let moment = Monotonic::from_micros(unit.arrival_us as u64);
    Packet {
        format: match unit.track {
            Track::Video => Format::Video(VideoCodec::H264),
            Track::Audio => Format::Audio(AudioCodec::Opus),
        },
        epoch: Epoch(unit.epoch),
        sequence: unit.sequence,
        pts: MediaTime::from_micros(unit.pts_us),
        duration: MediaDelta::from_micros(unit.duration_us),
        keyframe: unit.keyframe,
        discontinuity: false,
        chunk: Chunk { index: unit.chunk.0, len: unit.chunk.1 },
        input: None,
        server: ServerStages { generated_us: unit.generated_us.map(|at| at as u64), ..ServerStages::default() },
        arrival: Arrival { first_byte: moment, last_byte: moment },
        payload: Bytes::new(),
    }
}
