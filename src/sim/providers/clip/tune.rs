//! The sound of a clip: a soft chord whose notes come from its prompt, and a click at every whole second, which the lamp of
//! [`super::card`] shows in the same moment. 48 kHz stereo, deterministic.

use std::f32::consts::TAU;

use super::spec::ClipSpec;

/// Frames a second.
pub(super) const RATE: u32 = 48_000;

/// Frames of a click: 10 ms, as the calibration world's.
const CLICK: u32 = RATE / 100;

const CLICK_HERTZ: f32 = 1000.0;
const CLICK_LEVEL: f32 = 0.6;
const CHORD_LEVEL: f32 = 0.07;

/// Degrees of the chords, in semitones above the root: major, minor, suspended, sixth.
const CHORDS: [[i32; 3]; 4] = [[0, 4, 7], [0, 3, 7], [0, 5, 7], [0, 4, 9]];

/// Sounds one clip, block by block.
pub(super) struct Tune {
    /// First frame, and radians a frame of each note.
    chords: Vec<(u32, [f32; 3])>,
    next: u32,
    end: u32,
    phases: [f32; 3],
}

impl Tune {
    pub(super) fn new(spec: &ClipSpec) -> Self {
        let mut first = 0;
        let mut chords = Vec::new();
        for shot in &spec.shots {
            let sum = shot.prompt.bytes().fold(spec.seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
            let root = 196.0 * 2_f32.powf((sum % 9) as f32 / 12.0);
            let chord = CHORDS[(sum / 9 % CHORDS.len() as u64) as usize];
            chords.push((first, chord.map(|step| TAU * root * 2_f32.powf(step as f32 / 12.0) / RATE as f32)));
            first += shot.seconds * RATE;
        }
        Self { chords, next: 0, end: first, phases: [0.0; 3] }
    }

    /// Frames of the whole.
    pub(super) fn frames(&self) -> u32 {
        self.end
    }

    /// Fills a block with the next interleaved frames; how many there were.
    pub(super) fn fill(&mut self, block: &mut [f32]) -> usize {
        let mut filled = 0;
        for frame in block.chunks_exact_mut(2) {
            if self.next >= self.end {
                break;
            }
            let (left, right) = self.sample();
            frame.copy_from_slice(&[left, right]);
            filled += 1;
        }
        filled
    }

    fn sample(&mut self) -> (f32, f32) {
        let at = self.next;
        self.next += 1;
        let steps = self.chords.iter().rev().find(|(first, _)| *first <= at).map_or([0.0; 3], |(_, steps)| *steps);
        let mut notes = [0.0; 3];
        for ((phase, step), note) in self.phases.iter_mut().zip(steps).zip(&mut notes) {
            *phase = (*phase + step) % TAU;
            *note = phase.sin();
        }
        // Comes and goes within 50 ms at both ends: no crack.
        let edge = (at.min(self.end - at) as f32 / 2400.0).min(1.0);
        let swell = CHORD_LEVEL * edge * (0.75 + 0.25 * (TAU * at as f32 / (RATE as f32 * 4.0)).sin());
        let into = at % RATE;
        let click = if into < CLICK { CLICK_LEVEL * (TAU * CLICK_HERTZ * into as f32 / RATE as f32).sin() } else { 0.0 };
        let [low, middle, high] = notes;
        (swell * (low + middle + 0.4 * high) + click, swell * (low + 0.4 * middle + high) + click)
    }
}
