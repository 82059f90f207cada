//! The worker that feeds the sound output: does what playout's pilot says, one step of a few milliseconds at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::decoders::MakeAudio;
use super::options::{Written, WrittenTap};
use super::pictures::cause;
use super::shared::Shared;
use crate::audio::{CHANNELS, RATE, Stretch, Writer};
use crate::codec::{AudioDecode, CodecError};
use crate::media::{AudioBlock, AudioCodec, DropCause, Format, Packet};
use crate::playout::{Carried, Device, SoundStep};

/// Where there will be no sound, nothing is urgent.
const LOOK_SILENT: Duration = Duration::from_millis(50);
/// Samples in hand that need no more memory than is there from the start: two of the longest Opus packets (120 ms).
const HAND: usize = 2 * 5760 * CHANNELS;

/// Feeds the output until the player stops.
pub(super) fn run(shared: &Arc<Shared>, writer: Writer, make: MakeAudio, tap: Option<WrittenTap>) {
    let mut worker = Worker {
        shared,
        writer,
        make,
        tap,
        decoder: None,
        stretch: Stretch::new(),
        fed: 0,
        block: AudioBlock::default(),
        hand: Vec::with_capacity(HAND),
        out: Vec::with_capacity(HAND),
    };
    while let Some(step) = worker.next() {
        worker.act(step);
    }
}

struct Worker<'a> {
    shared: &'a Shared,
    writer: Writer,
    make: MakeAudio,
    tap: Option<WrittenTap>,
    decoder: Option<(AudioCodec, Box<dyn AudioDecode + Send>)>,
    stretch: Stretch,
    /// Input frames given to `stretch` since its reset.
    fed: u64,
    block: AudioBlock,
    /// Decoded samples that are not written yet, interleaved.
    hand: Vec<f32>,
    out: Vec<f32>,
}

impl Worker<'_> {
    /// Waits for the next step; `None` when the player stops.
    fn next(&self) -> Option<SoundStep> {
        let mut state = self.shared.lock();
        loop {
            if self.shared.is_stopped() {
                return None;
            }
            let now = self.shared.clock.now();
            let device = Device {
                heard: self.shared.heard(now),
                written: self.writer.written(),
                queued: self.writer.queued(),
                underruns: self.shared.position.underruns().events,
                period: self.shared.position.period(),
                callback: self.shared.position.next_callback(),
                held: self.held(),
            };
            match state.controller.next_sound(now, device) {
                SoundStep::Wait { until } => {
                    let silent = self.shared.position.status().is_silent_for_good();
                    let patience = if silent { LOOK_SILENT } else { until.since(now) };
                    state = self.shared.wait_sound(state, patience);
                }
                step => return Some(step),
            }
        }
    }

    fn act(&mut self, step: SoundStep) {
        self.out.clear();
        let (mut carried, mut first_us) = (Carried::default(), None);
        match step {
            SoundStep::Wait { .. } => return,
            SoundStep::Decode(packet) => return self.decode(&packet),
            SoundStep::Skip { frames } => return self.discard(frames),
            SoundStep::Reset => return self.reset(),
            SoundStep::Play { frames, rate } => {
                let samples = (frames * CHANNELS).min(self.hand.len());
                carried.lag = self.held();
                if self.tap.is_some() {
                    first_us = Some(self.shared.lock().controller.sound_pts_us() - carried.lag * 1e6 / f64::from(RATE));
                }
                let begun = self.stretch.position();
                self.stretch.rate(rate);
                self.stretch.process(&self.hand[..samples], &mut self.out);
                self.fed += (samples / CHANNELS) as u64;
                self.hand.drain(..samples);
                carried.span = Some(self.stretch.position() - begun);
            }
            SoundStep::Conceal { frames } => {
                carried.lag = self.held();
                self.stretch.conceal(frames, &mut self.out);
            }
            SoundStep::FadeOut { frames } => {
                self.stretch.conceal(frames, &mut self.out);
                fade_out(&mut self.out);
            }
            SoundStep::Silence { frames } => self.out.resize(frames * CHANNELS, 0.0),
        }
        let from = self.writer.written();
        // The pilot keeps a few steps in a ring of half a second, so there is room.
        let taken = self.writer.write(&self.out);
        self.shared.lock().controller.sound_written(from, taken, carried);
        if let Some(tap) = &mut self.tap {
            let media = first_us.zip(carried.span).map(|(first_us, span)| (first_us, span / taken.max(1) as f64));
            tap(Written { from, frames: taken, media });
        }
    }

    fn decode(&mut self, packet: &Packet) {
        let Format::Audio(codec) = packet.format else { return };
        match self.decode_into_block(packet, codec) {
            Ok(()) => {
                let mut state = self.shared.lock();
                state.audio_codec = Some(codec);
                if state.controller.sound_decoded(self.block.pts, self.block.frames()) {
                    drop(state);
                    self.hand.extend_from_slice(&self.block.samples);
                }
            }
            Err(error) => {
                let cause = cause(&error);
                let mut state = self.shared.lock();
                if cause == DropCause::UnknownCodec {
                    state.notices.tell(format!("no sound: {error}"));
                }
                state.controller.sound_undecodable(packet.pts, cause);
                drop(state);
                tracing::debug!(%error, sequence = packet.sequence, "sound dropped");
            }
        }
    }

    fn decode_into_block(&mut self, packet: &Packet, codec: AudioCodec) -> Result<(), CodecError> {
        if self.decoder.as_ref().is_none_or(|(open, _)| *open != codec) {
            self.decoder = Some((codec, (self.make)(codec)?));
        }
        let Some((_, decoder)) = &mut self.decoder else { return Ok(()) };
        let block = &mut self.block;
        // A decoder that panics on some input is a bug of that decoder and no reason to stop the show.
        if let Ok(result) = catch_unwind(AssertUnwindSafe(|| decoder.decode(packet, block))) {
            result?;
        } else {
            self.decoder = None;
            return Err(CodecError::Corrupt { codec: codec.name(), what: "the decoder panicked on it".into() });
        }
        if self.block.rate != RATE || usize::from(self.block.channels) != CHANNELS {
            let what = format!("{} channels at {} Hz", self.block.channels, self.block.rate);
            return Err(CodecError::Unsupported { codec: codec.name(), what });
        }
        Ok(())
    }

    /// Input frames that the stretch holds before the next one.
    fn held(&self) -> f64 {
        self.fed as f64 - self.stretch.position()
    }

    /// Lets the stretch leave out samples in hand: it cross-fades from what they begin with into what follows them.
    fn discard(&mut self, frames: usize) {
        let samples = (frames * CHANNELS).min(self.hand.len());
        self.stretch.skip(samples / CHANNELS);
        // Nothing comes out until the sound behind is there.
        self.stretch.process(&self.hand[..samples], &mut self.out);
        self.fed += (samples / CHANNELS) as u64;
        self.hand.drain(..samples);
    }

    fn reset(&mut self) {
        self.hand.clear();
        self.stretch.reset();
        self.fed = 0;
        if let Some((_, decoder)) = &mut self.decoder {
            decoder.reset();
        }
    }
}

/// A straight line down to silence over the whole block.
fn fade_out(samples: &mut [f32]) {
    let frames = (samples.len() / CHANNELS).max(1) as f32;
    for (frame, pair) in samples.chunks_mut(CHANNELS).enumerate() {
        let gain = 1.0 - (frame + 1) as f32 / frames;
        pair.iter_mut().for_each(|sample| *sample *= gain);
    }
}
