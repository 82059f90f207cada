//! Hears the calibration world's clicks: they stand over digital silence (docs/calibration.md). A pure function of samples.

/// A click begins above this, after so many frames below it.
const LOUD: f32 = 0.08;
const QUIET_FRAMES: u64 = 4800;

/// Finds where clicks begin.
#[derive(Debug, Default)]
pub struct Ear {
    frame: u64,
    quiet: u64,
}

impl Ear {
    /// Frames heard so far.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frame
    }

    /// Hears one frame of one channel; whether a click begins with it.
    pub fn hear(&mut self, sample: f32) -> bool {
        self.frame += 1;
        if sample.abs() <= LOUD {
            self.quiet += 1;
            return false;
        }
        std::mem::take(&mut self.quiet) >= QUIET_FRAMES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_begins_once_and_after_silence_alone() {
        let mut ear = Ear::default();
        let samples = (0..96_000).map(|n| if n % 48_000 >= 24_000 && n % 48_000 < 24_480 { 0.8 } else { 0.0 });
        let mut begun = Vec::new();
        for sample in samples {
            if ear.hear(sample) {
                begun.push(ear.frames() - 1);
            }
        }
        assert_eq!(begun, [24_000, 72_000]);
    }
}
