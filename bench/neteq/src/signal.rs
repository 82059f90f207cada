//! The sound that is played: ten seconds like speech, for what a stretcher can do depends on what it is given. Syllables with a
//! gliding pitch and pauses between phrases, over a faint noise floor; the same on every machine.

use std::f64::consts::TAU;

/// Frames per second.
pub const RATE: u32 = 48_000;
const SECONDS: usize = 10;
const HARMONICS: usize = 12;

/// Ten seconds of sound that repeat without a seam.
#[derive(Clone, Debug)]
pub struct Signal(Vec<f32>);

impl Default for Signal {
    fn default() -> Self {
        let count = RATE as usize * SECONDS;
        let mut noise = 1_u32;
        let frame = |n: usize| {
            let t = n as f64 / f64::from(RATE);
            // 120 Hz, gliding by 15 % in half a second; whole cycles fit the ten seconds.
            let phase = TAU * 120.0 * t + 9.0 * (TAU * 2.0 * t).sin();
            let voice: f64 = (1..=HARMONICS).map(|k| (phase * k as f64).sin() / k as f64).sum();
            // Four syllables a second; of each two seconds the last 0.4 are a pause.
            let syllable = 0.5 - 0.5 * (TAU * 4.0 * t).cos();
            let phrase = if t % 2.0 < 1.6 { 1.0 } else { 0.0 };
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let floor = f64::from(noise >> 16) / 65_536.0 - 0.5;
            (0.25 * voice * syllable * syllable * phrase + 0.001 * floor) as f32
        };
        Self((0..count).map(frame).collect())
    }
}

impl Signal {
    /// Frames from a place on.
    pub fn frames(&self, from: i64, count: usize) -> impl Iterator<Item = f32> {
        let start = from.rem_euclid(self.0.len() as i64) as usize;
        self.0.iter().cycle().skip(start).take(count).copied()
    }
}
