//! Sounds to be changed: tones, something like speech, something like music, and rain. Made up here, the same each time.

use std::f64::consts::TAU;

/// Frames per second.
pub const RATE: f64 = 48_000.0;

/// A sound in interleaved stereo.
pub struct Signal {
    /// What it is called in tables.
    pub name: &'static str,
    /// Its pitch, where it has only one.
    pub hertz: Option<f64>,
    /// Its samples.
    pub sound: Vec<f32>,
}

/// All of them, `frames` long.
pub fn all(frames: usize) -> Vec<Signal> {
    let tone = |hertz: f64| stereo(frames, move |t| (0.4 * (TAU * hertz * t).sin(), 0.4 * (TAU * hertz * t).sin()));
    let two = stereo(frames, |t| {
        let (low, high) = (0.25 * (TAU * 440.0 * t).sin(), 0.25 * (TAU * 587.33 * t).sin());
        (low + 0.6 * high, 0.6 * low + high)
    });
    vec![
        Signal { name: "220 Hz", hertz: Some(220.0), sound: tone(220.0) },
        Signal { name: "440 Hz", hertz: Some(440.0), sound: tone(440.0) },
        Signal { name: "1 kHz", hertz: Some(1000.0), sound: tone(1000.0) },
        Signal { name: "two tones", hertz: None, sound: two },
        Signal { name: "speech", hertz: None, sound: speech(frames) },
        Signal { name: "music", hertz: None, sound: music(frames) },
        Signal { name: "rain", hertz: None, sound: rain(frames) },
    ]
}

fn stereo(frames: usize, at: impl Fn(f64) -> (f64, f64)) -> Vec<f32> {
    (0..frames).map(|frame| at(frame as f64 / RATE)).flat_map(|(left, right)| [left as f32, right as f32]).collect()
}

/// White noise in −1..1 (Marsaglia's xorshift).
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        f64::from(self.0) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

/// A resonance of two poles with unit gain at its middle, near enough.
#[derive(Default)]
struct Resonance(f64, f64);

impl Resonance {
    fn next(&mut self, input: f64, hertz: f64, width: f64) -> f64 {
        let radius = (-std::f64::consts::PI * width / RATE).exp();
        let out = (1.0 - radius) * input + 2.0 * radius * (TAU * hertz / RATE).cos() * self.0 - radius * radius * self.1;
        (self.1, self.0) = (self.0, out);
        out
    }
}

/// Glottal pulses with a gliding pitch of 90 to 190 Hz through three moving formants, in syllables with pauses and hisses.
fn speech(frames: usize) -> Vec<f32> {
    let (mut noise, mut phase) = (Noise(1), 0.0_f64);
    let mut formants: [Resonance; 3] = Default::default();
    let mut hiss = Resonance::default();
    let mut sound = Vec::with_capacity(2 * frames);
    for frame in 0..frames {
        let t = frame as f64 / RATE;
        // A syllable each 220 ms, every sixth a pause; each ends in a hiss or not.
        let (number, within) = ((t / 0.22) as usize, (t / 0.22).fract());
        let spoken = if number % 6 == 5 { 0.0 } else { (within * 9.0).min(1.0) * ((0.8 - within) * 12.0).clamp(0.0, 1.0) };
        let hissed =
            if number % 3 == 1 { ((within - 0.72) * 20.0).clamp(0.0, 1.0) * ((1.0 - within) * 20.0).min(1.0) } else { 0.0 };
        let pitch = 125.0 + 35.0 * (TAU * 0.7 * t).sin() + 12.0 * (TAU * 2.3 * t).sin() + 15.0 * (0.5 - within);
        phase = (phase + pitch / RATE).fract();
        // Rosenberg's pulse: opens over 40 % of the period, closes over 16 %.
        let opening = |phase: f64| match phase {
            p if p < 0.4 => 0.5 - 0.5 * (std::f64::consts::PI * p / 0.4).cos(),
            p if p < 0.56 => (std::f64::consts::FRAC_PI_2 * (p - 0.4) / 0.16).cos(),
            _ => 0.0,
        };
        let flow = opening(phase) - opening((phase - pitch / RATE).rem_euclid(1.0));
        let source = spoken * (flow + 0.004 * noise.next());
        let vowel = 0.5 + 0.5 * (TAU * 1.1 * t + number as f64).sin();
        let middles = [300.0 + 450.0 * vowel, 2100.0 - 1000.0 * vowel, 2700.0 + 200.0 * vowel];
        let mut voice = 0.0;
        for ((formant, hertz), (width, gain)) in
            formants.iter_mut().zip(middles).zip([(70.0, 9.0), (110.0, 6.0), (160.0, 3.0)])
        {
            voice += gain * formant.next(source, hertz, width) * 8.0;
        }
        let sample = 0.3 * voice + 0.4 * hissed * hiss.next(noise.next(), 5500.0, 2500.0);
        sound.extend([sample as f32, 0.8 * sample as f32]);
    }
    sound
}

/// Chords of decaying harmonic voices over the stereo field, a bass, and a beat.
fn music(frames: usize) -> Vec<f32> {
    let chords = [[220.0, 277.18, 329.63], [196.0, 246.94, 293.66], [174.61, 220.0, 261.63], [196.0, 246.94, 293.66]];
    let (mut noise, mut low) = (Noise(7), 0.0);
    let mut sound = Vec::with_capacity(2 * frames);
    for frame in 0..frames {
        let t = frame as f64 / RATE;
        let (bar, within) = ((t / 0.5) as usize, t % 0.5);
        let (mut left, mut right) = (0.0, 0.0);
        for (voice, root) in chords[bar % 4].into_iter().enumerate() {
            let since = (within - 0.03 * voice as f64).max(0.0);
            let attack = (since / 0.006).min(1.0);
            let harmonics: f64 = (1..=6)
                .map(f64::from)
                .map(|n| (TAU * root * n * since).sin() * (-since * (2.0 + 1.5 * n)).exp() / n.powf(1.2))
                .sum();
            let pan = 0.2 + 0.3 * voice as f64;
            left += 0.14 * attack * harmonics * (1.0 - pan);
            right += 0.14 * attack * harmonics * pan;
        }
        let bass = 0.15
            * (TAU * chords[bar % 4][0] / 4.0 * within).sin()
            * (within / 0.01).min(1.0)
            * ((0.5 - within) / 0.02).min(1.0);
        let beat = t % 0.25;
        let white = noise.next();
        low += 0.3 * (white - low);
        let drum = if bar % 2 == 0 { 0.5 * (TAU * 55.0 * beat).sin() * (-beat * 30.0).exp() } else { 0.0 };
        let stick = 0.1 * (white - low) * (-beat * 120.0).exp();
        left += bass + drum + stick;
        right += bass + drum + stick;
        sound.extend([left as f32, right as f32]);
    }
    sound
}

/// Noise in two bands, different in both ears, with drops.
fn rain(frames: usize) -> Vec<f32> {
    let mut noise = Noise(99);
    let mut bands: [[Resonance; 2]; 2] = Default::default();
    let mut drop = 0.0_f64;
    let mut sound = Vec::with_capacity(2 * frames);
    for _ in 0..frames {
        if noise.next() > 0.9995 {
            drop = 0.2;
        }
        drop *= 0.99;
        for (ear, bands) in bands.iter_mut().enumerate() {
            let white = noise.next();
            let hiss = 0.5 * bands[0].next(white, 3500.0, 4000.0) + 0.8 * bands[1].next(white, 500.0, 600.0);
            sound.push((hiss + drop * white * if ear == 0 { 0.5 } else { 0.3 }) as f32);
        }
    }
    sound
}
