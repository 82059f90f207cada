//! A pool of short gliding tones: bubbles, birds, gulls, crickets, frogs, drips, horns and chimes are all made of them.

use super::dsp::{Bus, FS, pan_gains, sine};

/// Tones at once; a tone that finds no room is left out.
const TONES: usize = 40;

/// A tone to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chirp {
    /// First and last frequency, in hertz; glides evenly in between.
    pub(super) hertz: [f32; 2],
    /// Length in seconds.
    pub(super) seconds: f32,
    /// Part of the length that it swells, 0..1; it dies away over the rest.
    pub(super) attack: f32,
    /// Peak, of full scale.
    pub(super) gain: f32,
    /// Levels of the second and third harmonic.
    pub(super) overtones: [f32; 2],
    /// Tremolo: cycles a second (0 for none).
    pub(super) tremolo: f32,
    /// −1 left to 1 right.
    pub(super) pan: f32,
    /// How much of it the space answers to.
    pub(super) send: f32,
    /// Seconds until it starts.
    pub(super) delay: f32,
}

impl Default for Chirp {
    fn default() -> Self {
        Self {
            hertz: [440.0; 2],
            seconds: 0.1,
            attack: 0.2,
            gain: 0.05,
            overtones: [0.0; 2],
            tremolo: 0.0,
            pan: 0.0,
            send: 0.3,
            delay: 0.0,
        }
    }
}

/// A tone that sounds.
#[derive(Clone, Copy, Debug, Default)]
struct Tone {
    /// Frames until it starts, and frames until it ends once started; both 0: free.
    wait: u32,
    left: u32,
    /// Position in its length, 0..1, and its advance per frame.
    at: f32,
    advance: f32,
    attack: f32,
    phase: f32,
    /// Cycles per frame, and the change of that per frame.
    pace: f32,
    bend: f32,
    tremolo: f32,
    tremolo_pace: f32,
    overtones: [f32; 2],
    gains: (f32, f32),
    send: f32,
}

/// The pool.
pub(super) struct Chirps {
    tones: [Tone; TONES],
}

impl Chirps {
    /// An empty pool.
    pub(super) fn new() -> Self {
        Self { tones: [Tone::default(); TONES] }
    }

    /// Starts a tone, or leaves it out where the pool is full.
    pub(super) fn start(&mut self, chirp: &Chirp) {
        let Some(tone) = self.tones.iter_mut().find(|tone| tone.wait == 0 && tone.left == 0) else { return };
        let left = (chirp.seconds * FS).max(1.0) as u32;
        let (l, r) = pan_gains(chirp.pan);
        *tone = Tone {
            wait: (chirp.delay * FS) as u32,
            left,
            at: 0.0,
            advance: 1.0 / left as f32,
            attack: chirp.attack.clamp(0.01, 0.99),
            phase: 0.0,
            pace: chirp.hertz[0] / FS,
            bend: (chirp.hertz[1] - chirp.hertz[0]) / FS / left as f32,
            tremolo: 0.0,
            tremolo_pace: chirp.tremolo / FS,
            overtones: chirp.overtones,
            gains: (chirp.gain * l, chirp.gain * r),
            send: chirp.gain * chirp.send,
        };
    }

    /// Adds the tones to the bus.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) {
        for tone in &mut self.tones {
            if tone.left > 0 {
                tone.render(bus);
            }
        }
    }
}

impl Tone {
    fn render(&mut self, bus: &mut Bus<'_>) {
        let skip = bus.frames().min(self.wait as usize);
        self.wait -= skip as u32;
        for frame in skip..bus.frames() {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            // Rises evenly, dies away with the square: no corner where it ends.
            let fall = (1.0 - self.at) / (1.0 - self.attack);
            let envelope = if self.at < self.attack { self.at / self.attack } else { fall * fall };
            let mut sample = sine(self.phase);
            if self.overtones != [0.0; 2] {
                sample += self.overtones[0] * sine(2.0 * self.phase) + self.overtones[1] * sine(3.0 * self.phase);
            }
            if self.tremolo_pace > 0.0 {
                sample *= 0.5 + 0.5 * sine(self.tremolo);
                self.tremolo = wrap(self.tremolo + self.tremolo_pace);
            }
            sample *= envelope;
            self.at += self.advance;
            self.phase = wrap(self.phase + self.pace);
            self.pace += self.bend;
            bus.left[frame] += sample * self.gains.0;
            bus.right[frame] += sample * self.gains.1;
            bus.send[frame] += sample * self.send;
        }
    }
}

/// A phase brought back below one cycle; phases advance by less than one.
fn wrap(phase: f32) -> f32 {
    if phase >= 1.0 { phase - 1.0 } else { phase }
}
