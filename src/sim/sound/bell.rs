//! One stroke of the landmark's bell: inharmonic partials that decay, the high ones first. Its first sample is its loudest, so
//! the moment it sounds can be read from a recording to the sample.

use super::dsp::{Bus, FS, decay60, pan_gains, unit};

/// Partials of the bell.
const PARTIALS: usize = 10;

/// Ratio to the strike note, level, and seconds to decay by 60 dB at a strike note of 440 Hz. The ratios are those of a
/// minor-third church bell (hum, prime, tierce, quint, nominal and above; after Rossing, *Science of Percussion Instruments*);
/// levels and decays are tuned by ear and spectrogram.
const TABLE: [(f32, f32, f32); PARTIALS] = [
    (0.5, 0.13, 7.0),
    (1.0, 0.19, 5.0),
    (1.183, 0.16, 4.0),
    (1.506, 0.08, 2.6),
    (2.0, 0.17, 2.8),
    (2.514, 0.06, 1.6),
    (2.662, 0.06, 1.4),
    (3.011, 0.06, 1.2),
    (4.166, 0.05, 0.7),
    (5.433, 0.04, 0.4),
];

/// Peak of a bell close by, of full scale.
const LOUDEST: f32 = 0.8;

/// A bell under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bell {
    /// Each partial is a decaying rotation: the real part sounds.
    real: [f32; PARTIALS],
    imaginary: [f32; PARTIALS],
    cos: [f32; PARTIALS],
    sin: [f32; PARTIALS],
    pan: (f32, f32),
    send: f32,
    left: u32,
}

impl Bell {
    /// Strikes a bell whose strike note is `hertz`.
    pub(super) fn new(hertz: f32, distance_m: f32, pan: f32) -> Self {
        let distance = if distance_m.is_nan() { 0.0 } else { distance_m.clamp(0.0, 10_000.0) };
        // Spherical spreading beyond 60 m, but never below what can be heard: the landmark is how sync is judged by ear.
        let loud = LOUDEST * (60.0 / (60.0 + distance)).max(0.15);
        let mut bell = Self {
            real: [0.0; PARTIALS],
            imaginary: [0.0; PARTIALS],
            cos: [0.0; PARTIALS],
            sin: [0.0; PARTIALS],
            pan: pan_gains(pan),
            send: 0.5 + 0.5 * unit(distance / 400.0),
            left: (7.0 * FS) as u32,
        };
        for (index, (ratio, level, seconds)) in TABLE.into_iter().enumerate() {
            let pitch = hertz * ratio;
            // Air swallows high partials on the way (about 5 dB per km at 1 kHz, growing with frequency).
            let air = 10f32.powf(-0.25 * (distance / 1000.0) * (pitch / 1000.0).powf(1.3));
            let decay = decay60(seconds * (440.0 / hertz).sqrt());
            let angle = std::f32::consts::TAU * pitch / FS;
            // All partials start at their crest (a cosine): the hammer's blow.
            bell.real[index] = loud * level * air;
            bell.cos[index] = decay * angle.cos();
            bell.sin[index] = decay * angle.sin();
        }
        bell
    }

    /// Adds the bell; false once it has rung out.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) -> bool {
        for frame in 0..bus.frames() {
            if self.left == 0 {
                return false;
            }
            self.left -= 1;
            let mut sample = 0.0;
            for index in 0..PARTIALS {
                let (re, im) = (self.real[index], self.imaginary[index]);
                sample += re;
                self.real[index] = re * self.cos[index] - im * self.sin[index];
                self.imaginary[index] = re * self.sin[index] + im * self.cos[index];
            }
            if self.left.is_multiple_of(480) {
                self.hush();
            }
            // The last tenth of a second fades out what the hum still holds.
            sample *= (self.left as f32 * (10.0 / FS)).min(1.0);
            bus.left[frame] += sample * self.pan.0;
            bus.right[frame] += sample * self.pan.1;
            bus.send[frame] += sample * self.send * 0.4;
        }
        self.left > 0
    }

    /// Stops partials that nobody hears, before they decay into denormals, which are slow.
    fn hush(&mut self) {
        for index in 0..PARTIALS {
            if self.real[index].abs() + self.imaginary[index].abs() < 1e-9 {
                self.real[index] = 0.0;
                self.imaginary[index] = 0.0;
            }
        }
    }
}
