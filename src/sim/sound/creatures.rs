//! What calls out now and then: birds, gulls, crickets, frogs, horns, drips. Each is a small score that starts chirps.

use super::bands::Timer;
use super::chirps::{Chirp, Chirps};
use super::dsp::Noise;

/// How much of each is heard, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Calls {
    /// Songbirds.
    pub(super) birds: f32,
    /// Gulls.
    pub(super) gulls: f32,
    /// Crickets.
    pub(super) crickets: f32,
    /// Frogs.
    pub(super) frogs: f32,
    /// Car and ship horns, far away.
    pub(super) horns: f32,
    /// Drops falling into a pool.
    pub(super) drips: f32,
}

/// Songbirds within hearing.
const BIRDS: usize = 4;

/// One bird: where it sits and what its kind sings.
struct Bird {
    wait: Timer,
    hertz: f32,
    /// Whether its syllables rise or fall, and how far.
    sweep: f32,
    syllable: f32,
    pan: f32,
    distance: f32,
}

/// All callers.
pub(super) struct Creatures {
    noise: Noise,
    birds: [Bird; BIRDS],
    gull: Timer,
    crickets: [Timer; 2],
    frogs: [Timer; 2],
    horn: Timer,
    drip: Timer,
}

impl Creatures {
    /// The creatures of one seed: another seed has other birds.
    pub(super) fn new(seed: u64) -> Self {
        let mut noise = Noise::new(seed, 70);
        let mut place = -0.8;
        let birds = [(); BIRDS].map(|()| {
            place += 0.4;
            Bird {
                wait: Timer::new(noise.between(0.3, 3.0)),
                hertz: noise.between(2300.0, 5200.0),
                sweep: noise.between(0.72, 1.4),
                syllable: noise.between(0.05, 0.16),
                pan: place + noise.between(-0.2, 0.2),
                distance: noise.between(0.25, 1.0),
            }
        });
        Self {
            birds,
            gull: Timer::new(noise.between(1.0, 3.0)),
            crickets: [Timer::new(0.2), Timer::new(0.5)],
            frogs: [Timer::new(0.7), Timer::new(1.4)],
            horn: Timer::new(noise.between(1.5, 4.0)),
            drip: Timer::new(0.4),
            noise,
        }
    }

    /// At every tick.
    pub(super) fn tick(&mut self, calls: &Calls, chirps: &mut Chirps) {
        if calls.birds > 0.0 {
            self.sing(calls.birds, chirps);
        }
        if calls.gulls > 0.0 {
            self.cry(calls.gulls, chirps);
        }
        if calls.crickets > 0.0 {
            self.chirr(calls.crickets, chirps);
        }
        if calls.frogs > 0.0 {
            self.croak(calls.frogs, chirps);
        }
        if calls.horns > 0.0 {
            self.honk(calls.horns, chirps);
        }
        if calls.drips > 0.0 {
            self.drip(calls.drips, chirps);
        }
    }

    fn sing(&mut self, level: f32, chirps: &mut Chirps) {
        let noise = &mut self.noise;
        for bird in &mut self.birds {
            if !bird.wait.due(|| noise.between(1.2, 5.5) / (0.4 + level)) {
                continue;
            }
            let syllables = 2 + (noise.uniform() * 5.0) as usize;
            let mut delay = 0.0;
            let mut hertz = bird.hertz * noise.between(0.94, 1.06);
            for _ in 0..syllables {
                let seconds = bird.syllable * noise.between(0.7, 1.3);
                chirps.start(&Chirp {
                    hertz: [hertz, hertz * bird.sweep],
                    seconds,
                    attack: 0.35,
                    gain: 0.1 * level * (1.0 - 0.75 * bird.distance),
                    overtones: [0.08, 0.0],
                    tremolo: if bird.syllable > 0.11 { 28.0 } else { 0.0 },
                    pan: bird.pan,
                    send: 0.3 + bird.distance,
                    delay,
                });
                delay += seconds * noise.between(1.1, 1.6);
                hertz *= noise.between(0.93, 1.09);
            }
        }
    }

    fn cry(&mut self, level: f32, chirps: &mut Chirps) {
        let noise = &mut self.noise;
        if !self.gull.due(|| noise.between(4.0, 12.0)) {
            return;
        }
        let pan = noise.between(-0.7, 0.7);
        let loud = 0.055 * level * noise.between(0.3, 1.0);
        let mut delay = 0.0;
        for call in 0..2 + (noise.uniform() * 4.0) as usize {
            let hertz = noise.between(1250.0, 1450.0) * if call == 0 { 1.15 } else { 1.0 };
            let seconds = noise.between(0.22, 0.36);
            chirps.start(&Chirp {
                hertz: [hertz, hertz * 0.66],
                seconds,
                attack: 0.18,
                gain: loud,
                overtones: [0.5, 0.28],
                pan,
                send: 0.9,
                delay,
                ..Chirp::default()
            });
            delay += seconds + noise.between(0.04, 0.14);
        }
    }

    fn chirr(&mut self, level: f32, chirps: &mut Chirps) {
        let noise = &mut self.noise;
        for (index, timer) in self.crickets.iter_mut().enumerate() {
            if !timer.due(|| noise.between(0.55, 0.95)) {
                continue;
            }
            let (hertz, pan) = [(4150.0, -0.6), (4620.0, 0.55)][index];
            for pulse in 0..4 {
                chirps.start(&Chirp {
                    hertz: [hertz * 0.985, hertz],
                    seconds: 0.019,
                    attack: 0.4,
                    gain: 0.035 * level,
                    pan,
                    send: 0.15,
                    delay: pulse as f32 * 0.034,
                    ..Chirp::default()
                });
            }
        }
    }

    fn croak(&mut self, level: f32, chirps: &mut Chirps) {
        let noise = &mut self.noise;
        for (index, timer) in self.frogs.iter_mut().enumerate() {
            if !timer.due(|| noise.between(0.9, 3.2)) {
                continue;
            }
            let (hertz, pan) = [(310.0, 0.45), (440.0, -0.35)][index];
            chirps.start(&Chirp {
                hertz: [hertz, hertz * 0.9],
                seconds: noise.between(0.22, 0.4),
                attack: 0.3,
                gain: 0.04 * level,
                overtones: [0.6, 0.4],
                tremolo: 42.0,
                pan,
                send: 0.3,
                ..Chirp::default()
            });
        }
    }

    fn honk(&mut self, level: f32, chirps: &mut Chirps) {
        let noise = &mut self.noise;
        if !self.horn.due(|| noise.between(6.0, 17.0)) {
            return;
        }
        let root = noise.between(330.0, 440.0);
        let (pan, seconds) = (noise.between(-0.8, 0.8), noise.between(0.25, 0.9));
        for ratio in [1.0, 1.26] {
            chirps.start(&Chirp {
                hertz: [root * ratio; 2],
                seconds,
                attack: 0.12,
                gain: 0.008 * level,
                overtones: [0.5, 0.25],
                pan,
                send: 2.5,
                ..Chirp::default()
            });
        }
    }

    fn drip(&mut self, level: f32, chirps: &mut Chirps) {
        let noise = &mut self.noise;
        if !self.drip.due(|| noise.between(0.35, 2.2)) {
            return;
        }
        let hertz = noise.between(850.0, 2100.0);
        chirps.start(&Chirp {
            hertz: [hertz, hertz * noise.between(1.15, 1.6)],
            seconds: noise.between(0.05, 0.14),
            attack: 0.03,
            gain: 0.06 * level * noise.between(0.25, 1.0),
            pan: noise.between(-0.8, 0.8),
            send: 1.2,
            ..Chirp::default()
        });
    }
}
