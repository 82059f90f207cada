//! The sound of water: breaking waves, a running river, a lapping lake. Nearer is louder and brighter.

use super::bands::{Band, Pass, Timer};
use super::chirps::{Chirp, Chirps};
use super::dsp::{Bus, Drift, Noise, TICK_SECONDS, pan_gains, unit};
use super::scene::{Water, WaterKind};

/// Waves under way at once.
const WAVES: usize = 3;

/// Time constant with which water comes and goes, in seconds.
const GLIDE: f32 = 0.12;

/// One wave after another at one stretch of the shore.
struct Wave {
    noise: Noise,
    band: Band,
    phase: f32,
    period: f32,
    size: f32,
    offset: f32,
}

/// All water at once.
pub(super) struct WaterSound {
    /// How much of the sea, the river and the lake is heard: they cross-fade when the kind changes.
    levels: [f32; 3],
    pan: f32,
    waves: [Wave; WAVES],
    surf: Band,
    stream: [Band; 3],
    swirl: [Drift; 3],
    lap: Band,
    lap_phase: f32,
    noise: Noise,
    bubbles: Timer,
}

impl WaterSound {
    /// No water.
    pub(super) fn new(seed: u64) -> Self {
        let mut noise = Noise::new(seed, 30);
        let mut salt = 30;
        let mut wave = |offset: f32| {
            salt += 1;
            Wave {
                band: Band::new(seed, salt + 10, Pass::Low),
                phase: noise.uniform(),
                period: noise.between(6.0, 10.0),
                size: noise.between(0.6, 1.0),
                noise: Noise::new(seed, salt),
                offset,
            }
        };
        Self {
            levels: [0.0; 3],
            pan: 0.0,
            waves: [wave(-0.5), wave(0.05), wave(0.5)],
            surf: Band::new(seed, 50, Pass::Low),
            stream: [51, 52, 53].map(|salt| Band::new(seed, salt, Pass::Band)),
            swirl: [54, 55, 56].map(|salt| Drift::new(seed, salt)),
            lap: Band::new(seed, 57, Pass::Band),
            lap_phase: 1.0,
            noise: Noise::new(seed, 58),
            bubbles: Timer::new(0.1),
        }
    }

    /// At every tick.
    pub(super) fn tick(&mut self, water: &Water, chirps: &mut Chirps) {
        let nearness = unit(water.nearness);
        // Loudness falls with distance faster than nearness does, so that far water is a murmur.
        let level = nearness * (0.25 + 0.75 * nearness);
        let pull = (TICK_SECONDS / GLIDE).min(1.0);
        for (index, kind) in [WaterKind::Sea, WaterKind::River, WaterKind::Lake].into_iter().enumerate() {
            let target = if water.kind == kind { level } else { 0.0 };
            let held = &mut self.levels[index];
            *held += (target - *held) * pull;
            if target == 0.0 && *held < 1e-4 {
                *held = 0.0;
            }
        }
        let pan = if water.pan.is_nan() { 0.0 } else { water.pan.clamp(-1.0, 1.0) };
        self.pan += (pan - self.pan) * pull;
        let bright = 0.35 + 0.65 * nearness;
        self.tick_sea(bright);
        self.tick_river(bright, chirps);
        self.tick_lake(bright, chirps);
    }

    fn tick_sea(&mut self, bright: f32) {
        let level = self.levels[0];
        for wave in &mut self.waves {
            wave.phase += TICK_SECONDS / wave.period;
            if wave.phase >= 1.0 {
                wave.phase -= 1.0;
                wave.period = wave.noise.between(6.0, 10.5);
                wave.size = wave.noise.between(0.5, 1.0);
            }
            // Swells dark, breaks bright, then runs back as a thinning hiss.
            let (loud, hertz) = match wave.phase {
                p if p < 0.42 => (0.10 + 0.45 * (p / 0.42) * (p / 0.42), 260.0 + 640.0 * (p / 0.42)),
                p if p < 0.50 => {
                    let rise = (p - 0.42) / 0.08;
                    (0.55 + 0.45 * rise, 900.0 + 2600.0 * rise)
                }
                p => {
                    let back = (p - 0.5) / 0.5;
                    ((1.0 - back) * (1.0 - back) * 0.9 + 0.1, 260.0 + 3240.0 * (1.0 - back).powi(2))
                }
            };
            let (l, r) = pan_gains(self.pan + wave.offset * (1.0 - self.pan.abs()));
            let rms = 0.115 * level * loud * wave.size;
            wave.band.tick(hertz * bright, 0.6, [rms * l, rms * r], 0.02);
        }
        let (l, r) = pan_gains(self.pan * 0.7);
        self.surf.tick(380.0 * bright, 0.6, [0.022 * level * l, 0.022 * level * r], GLIDE);
    }

    fn tick_river(&mut self, bright: f32, chirps: &mut Chirps) {
        let level = self.levels[1];
        let (l, r) = pan_gains(self.pan);
        for (index, (band, swirl)) in self.stream.iter_mut().zip(&mut self.swirl).enumerate() {
            let (hertz, q, rms, rate) =
                [(380.0, 0.8, 0.05, 3.0), (1050.0, 1.0, 0.035, 8.0), (2700.0, 0.8, 0.022, 13.0)][index];
            let swirl = swirl.tick(rate);
            let rms = rms * level * (0.45 + 0.55 * swirl);
            // A river is wide: some of it always reaches the far ear.
            let wide = [rms * (0.3 + 0.7 * l), rms * (0.3 + 0.7 * r)];
            band.tick(hertz * (0.85 + 0.3 * swirl) * (0.5 + 0.5 * bright), q, wide, 0.02);
        }
        let noise = &mut self.noise;
        if level > 0.0 && self.bubbles.due(|| noise.between(0.008, 0.06)) {
            let hertz = self.noise.between(420.0, 1500.0);
            chirps.start(&Chirp {
                hertz: [hertz, hertz * self.noise.between(1.1, 1.5)],
                seconds: self.noise.between(0.02, 0.07),
                attack: 0.1,
                gain: 0.045 * level * bright * self.noise.uniform(),
                pan: self.pan + self.noise.between(-0.5, 0.5),
                send: 0.1,
                ..Chirp::default()
            });
        }
    }

    fn tick_lake(&mut self, bright: f32, chirps: &mut Chirps) {
        let level = self.levels[2];
        self.lap_phase += TICK_SECONDS / 1.3;
        if self.lap_phase >= 1.0 {
            // Not every lap is as long as the one before.
            self.lap_phase = self.noise.between(-0.5, 0.25);
            if level > 0.0 {
                for plop in 0..3 {
                    let hertz = self.noise.between(260.0, 620.0);
                    chirps.start(&Chirp {
                        hertz: [hertz, hertz * 1.35],
                        seconds: self.noise.between(0.04, 0.11),
                        attack: 0.08,
                        gain: 0.05 * level * self.noise.between(0.3, 1.0),
                        pan: self.pan + self.noise.between(-0.4, 0.4),
                        send: 0.1,
                        delay: 0.25 + 0.12 * plop as f32 + self.noise.between(0.0, 0.1),
                        ..Chirp::default()
                    });
                }
            }
        }
        let p = self.lap_phase.clamp(0.0, 1.0);
        let swell = (p * std::f32::consts::PI).sin();
        let (l, r) = pan_gains(self.pan);
        let rms = 0.035 * level * (0.12 + 0.88 * swell * swell);
        self.lap.tick((420.0 + 420.0 * swell) * (0.5 + 0.5 * bright), 0.7, [rms * l, rms * r], 0.03);
    }

    /// Adds the water to the bus.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) {
        for wave in &mut self.waves {
            wave.band.render(bus);
        }
        self.surf.render(bus);
        self.lap.render(bus);
        for band in &mut self.stream {
            band.render(bus);
        }
    }
}
