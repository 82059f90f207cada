//! Sound of any rate to the one of this folder, block by block, without losing its place: output frame `n` is input at
//! `n × rate / 48 000`, exactly, however the blocks are cut.

use super::frames::{CHANNELS, RATE};
use super::sinc::{HALF, Sinc};

/// Passes this share of the lower of the two Nyquist frequencies: a kernel this short has no steep edge.
const PASSED: f64 = 0.95;

/// A change of rate. At 48 kHz the input passes bit by bit.
pub struct Resample {
    convert: Option<Convert>,
}

struct Convert {
    sinc: Sinc,
    rate: u64,
    pending: Vec<f32>,
    /// Input frames that were dropped from `pending`, and output frames so far: whole numbers, so that the place is exact for good.
    dropped: u64,
    made: u64,
}

impl Resample {
    /// From a rate in frames per second, clamped to 1 000..=384 000.
    #[must_use]
    pub fn new(from: u32) -> Self {
        if from == RATE {
            return Self { convert: None };
        }
        let rate = from.clamp(1_000, 384_000);
        let sinc = Sinc::new((f64::from(RATE) / f64::from(rate)).min(1.0) * PASSED);
        let mut convert = Convert { sinc, rate: rate.into(), pending: Vec::new(), dropped: 0, made: 0 };
        convert.reset();
        Self { convert: Some(convert) }
    }

    /// Processes interleaved stereo and appends what it yields to `out`. The last 16 frames of the input wait for what follows.
    pub fn process(&mut self, input: &[f32], out: &mut Vec<f32>) {
        let Some(convert) = &mut self.convert else { return out.extend_from_slice(input) };
        convert.pending.extend_from_slice(input);
        let frames = convert.pending.len() / CHANNELS;
        let mut whole;
        loop {
            let place = convert.made * convert.rate;
            whole = (place / u64::from(RATE) - convert.dropped) as usize;
            if whole + 2 * HALF > frames {
                break;
            }
            let fraction = (place % u64::from(RATE)) as f64 / f64::from(RATE);
            out.extend_from_slice(&convert.sinc.read(&convert.pending[whole * CHANNELS..], fraction));
            convert.made += 1;
        }
        let done = whole.min(frames);
        convert.pending.drain(..done * CHANNELS);
        convert.dropped += done as u64;
    }

    /// Forgets the sound before, and begins anew with output frame 0 at the next input frame.
    pub fn reset(&mut self) {
        if let Some(convert) = &mut self.convert {
            convert.reset();
        }
    }
}

impl Convert {
    fn reset(&mut self) {
        self.pending.clear();
        // The kernel looks back as far: silence lies before the first frame.
        self.pending.resize((HALF - 1) * CHANNELS, 0.0);
        (self.dropped, self.made) = (0, 0);
    }
}

impl std::fmt::Debug for Resample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resample").field("rate", &self.convert.as_ref().map(|convert| convert.rate)).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn tone(frames: usize, rate: u32) -> Vec<f32> {
        (0..frames).flat_map(|frame| [(0.5 * (TAU * 997.0 * frame as f64 / f64::from(rate)).sin()) as f32; 2]).collect()
    }

    #[test]
    fn a_tone_of_any_rate_is_the_same_tone_at_the_same_place_however_it_is_cut() {
        for rate in [8_000, 22_050, 44_100, 96_000] {
            let input = tone(rate as usize, rate);
            let (mut whole, mut cut) = (Vec::new(), Vec::new());
            Resample::new(rate).process(&input, &mut whole);
            let mut resample = Resample::new(rate);
            for piece in input.chunks(2 * 441) {
                resample.process(piece, &mut cut);
            }
            assert!(whole == cut, "{rate}");
            assert!(whole.len() / 2 >= 48_000 - 200, "{rate}: {}", whole.len() / 2);
            let wanted = tone(48_000, 48_000);
            let error = whole.iter().zip(&wanted).skip(4_000).take(80_000).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(error < 2e-3, "{rate}: off by {error}");
        }
    }

    #[test]
    fn sound_of_our_own_rate_passes_bit_by_bit() {
        let (input, mut out) = (tone(480, 48_000), Vec::new());
        Resample::new(48_000).process(&input, &mut out);
        assert_eq!(out, input);
    }
}
