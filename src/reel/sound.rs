//! The sound of a clip as packets on a stage's time: decoded, cut to the sample as the file says, changed to the stage's rate and
//! the user's speed, and round again without a seam. Where the clip has none there is silence; where it is damaged, too.

use bytes::Bytes;

use super::clip::Clip;
use super::timeline::Timeline;
use crate::audio::{CHANNELS, RATE, Resample, Scale};
use crate::codec::{CodecError, SoundDecoder};
use crate::media::{Arrival, AudioCodec, Chunk, Epoch, Format, MediaDelta, MediaTime, Packet, ServerStages, Track};

/// Frames of one packet: 20 ms.
const FRAMES: usize = 960;
const PACKET_US: i64 = 20_000;
/// Silence behind the last sound, in packets: where sound just stops, playout would make some up, as for a loss.
const TAIL: u64 = 15;
/// Decoding begins so much before the sound that is heard, in microseconds: what a decoder needs to settle (80 ms for Opus, RFC 7845
/// §4.6; less for all others).
const SETTLE_US: i64 = 100_000;
/// Packets whose time is off by no more than this many frames follow each other: times are rounded.
const ROUNDING: i64 = 64;
/// Silence is made in pieces of at most so many frames.
const SILENCE: i64 = 4_800;

/// Where the next packet comes from.
#[derive(Debug)]
pub(super) struct Sounds {
    decoder: SoundDecoder,
    rate: u32,
    resample: Resample,
    scale: Scale,
    /// The next packet of the file.
    next: usize,
    lap: u64,
    /// The next frame of the file to be heard, on the lap's time, and the one behind the last of it.
    cursor: i64,
    until: i64,
    /// What is decoded and not used: its first frame's place, and samples.
    hand_at: i64,
    hand: Vec<f32>,
    /// At the file's rate, at the stage's, and at the user's speed.
    raw: Vec<f32>,
    changed: Vec<f32>,
    ready: Vec<f32>,
    /// Packets made, and how many there will be; `None`: no end.
    made: u64,
    end: Option<u64>,
    payload: Vec<u8>,
    /// Packets that could not be decoded.
    damaged: u64,
}

impl Sounds {
    /// Begins at the timeline's start; `None` where the clip has no sound.
    pub(super) fn cue(clip: &Clip, timeline: &Timeline) -> Result<Option<Self>, CodecError> {
        let Some(track) = clip.file.sound() else { return Ok(None) };
        let rate = track.format.rate;
        let settled = timeline.from() - MediaDelta::from_micros(SETTLE_US);
        let next = track.samples.partition_point(|sample| sample.pts + sample.duration <= settled);
        let mut sounds = Self {
            decoder: SoundDecoder::new(&track.format)?,
            rate,
            resample: Resample::new(rate),
            scale: Scale::new(timeline.speed()),
            next,
            lap: 0,
            cursor: frames(timeline.from(), rate),
            until: 0,
            hand_at: 0,
            hand: Vec::new(),
            raw: Vec::new(),
            changed: Vec::new(),
            ready: Vec::new(),
            made: 0,
            end: None,
            payload: Vec::new(),
            damaged: 0,
        };
        sounds.follow(timeline);
        Ok(Some(sounds))
    }

    /// Takes over where the timeline ends, which may have changed.
    pub(super) fn follow(&mut self, timeline: &Timeline) {
        let ends = timeline.lap_ends(self.lap).as_micros();
        let edge = |lap: u64| {
            let laps = i64::try_from(lap).unwrap_or(i64::MAX);
            frames(MediaDelta::from_micros(laps.saturating_mul(ends)), self.rate)
        };
        // Ends of laps are counted from the first, so that rounding never adds up.
        let goes_on = timeline.goes_on_after(self.lap);
        self.until = if goes_on { edge(self.lap + 1) - edge(self.lap) } else { edge(1) };
        self.end = timeline.end().map(|end| (end.as_micros().max(0) as u64).div_ceil(PACKET_US as u64) + TAIL);
    }

    /// The lap of the next frame.
    pub(super) const fn lap(&self) -> u64 {
        self.lap
    }

    /// The time of the next packet; `None`: nothing is to come.
    pub(super) fn earliest(&self) -> Option<MediaTime> {
        let more = self.end.is_none_or(|end| self.made < end);
        more.then(|| MediaTime::from_micros(i64::try_from(self.made).unwrap_or(i64::MAX).saturating_mul(PACKET_US)))
    }

    /// Packets of the file that could not be decoded, so far.
    pub(super) const fn damaged(&self) -> u64 {
        self.damaged
    }

    /// The next packet: 48 kHz stereo PCM; `None` at the end.
    pub(super) fn next(&mut self, clip: &mut Clip, timeline: &Timeline) -> Result<Option<Packet>, CodecError> {
        let Some(pts) = self.earliest() else { return Ok(None) };
        while self.ready.len() < FRAMES * CHANNELS {
            self.raw.clear();
            self.read(clip, timeline)?;
            self.changed.clear();
            self.resample.process(&self.raw, &mut self.changed);
            self.scale.process(&self.changed, &mut self.ready);
        }
        let mut bytes = Vec::with_capacity(FRAMES * CHANNELS * 2);
        for sample in self.ready.drain(..FRAMES * CHANNELS) {
            let value = (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        self.made += 1;
        Ok(Some(Packet {
            format: Format::Audio(AudioCodec::PcmS16le),
            epoch: Epoch::default(),
            sequence: 0,
            pts,
            duration: MediaDelta::from_micros(PACKET_US),
            keyframe: true,
            discontinuity: false,
            chunk: Chunk::default(),
            input: None,
            server: ServerStages::default(),
            arrival: Arrival::default(),
            payload: Bytes::from(bytes),
        }))
    }

    /// Appends some frames of what is heard next to `raw`, at least one.
    fn read(&mut self, clip: &mut Clip, timeline: &Timeline) -> Result<(), CodecError> {
        if self.cursor >= self.until {
            if !timeline.goes_on_after(self.lap) {
                self.silence(SILENCE);
                return Ok(());
            }
            self.lap += 1;
            (self.cursor, self.next) = (self.cursor - self.until, 0);
            self.hand.clear();
            self.decoder.reset();
            self.follow(timeline);
        }
        let Some(track) = clip.file.sound() else {
            self.silence(SILENCE);
            return Ok(());
        };
        let heard = frames(track.begins, self.rate)..frames(track.ends, self.rate).min(self.until);
        if self.cursor < heard.start {
            self.silence((heard.start.min(self.until) - self.cursor).min(SILENCE));
            return Ok(());
        }
        let in_hand = (self.hand.len() / CHANNELS) as i64;
        let offset = self.cursor - self.hand_at;
        if (0..in_hand).contains(&offset) && self.cursor < heard.end {
            let count = (in_hand - offset).min(heard.end - self.cursor);
            let (from, to) = (offset as usize * CHANNELS, (offset + count) as usize * CHANNELS);
            self.raw.extend_from_slice(&self.hand[from..to]);
            self.cursor += count;
            return Ok(());
        }
        let gap = if in_hand > 0 && offset < 0 { -offset } else { 0 };
        if gap > 0 {
            // The file has a hole here.
            self.silence(gap.min(SILENCE).min(self.until - self.cursor));
            return Ok(());
        }
        let Some(sample) = track.samples.get(self.next).copied().filter(|_| self.cursor < heard.end) else {
            self.silence((self.until - self.cursor).clamp(1, SILENCE));
            return Ok(());
        };
        let place = frames(sample.pts, self.rate);
        let follows = self.hand_at + in_hand;
        // Where packets follow each other the count of samples is exact, and their times are rounded.
        self.hand_at = if in_hand > 0 && (place - follows).abs() <= ROUNDING { follows } else { place };
        self.hand.clear();
        clip.file.read(Track::Audio, self.next, &mut self.payload)?;
        self.next += 1;
        if let Err(error) = self.decoder.decode(&self.payload, &mut self.hand) {
            tracing::debug!(%error, packet = self.next - 1, "sound of a clip is damaged");
            self.damaged += 1;
            self.decoder.reset();
            let missing = frames(sample.duration, self.rate).clamp(0, 65_536);
            self.hand.clear();
            self.hand.resize(missing as usize * CHANNELS, 0.0);
        }
        Ok(())
    }

    fn silence(&mut self, count: i64) {
        let count = count.max(1);
        self.raw.resize(self.raw.len() + count as usize * CHANNELS, 0.0);
        self.cursor += count;
    }
}

/// Frames at a rate, rounded to the nearest.
fn frames(time: MediaDelta, rate: u32) -> i64 {
    ((i128::from(time.as_micros()) * i128::from(rate) + 500_000).div_euclid(1_000_000)) as i64
}

/// Frames that a stretch of the stage's time holds; for whoever counts samples.
pub(super) fn stage_frames(time: MediaTime) -> u64 {
    frames(time - MediaTime::ZERO, RATE).max(0) as u64
}
