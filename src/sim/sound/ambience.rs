//! The voices of a place: a table says what each kind of place is made of, and the parts glide to it.

use super::bands::{Band, Pass};
use super::chirps::Chirps;
use super::creatures::{Calls, Creatures};
use super::drones::{Drone, Timbre};
use super::dsp::{Bus, Drift, unit};
use super::scene::{Ambience, AmbienceKind, MoodTint};

/// Time constant with which continuous parts come and go, in seconds.
const GLIDE: f32 = 0.4;

/// What a place is made of, each 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Recipe {
    calls: Calls,
    /// Insects in the air: a shimmer around 5 kHz.
    shimmer: f32,
    /// Traffic.
    hum: f32,
    /// A rumble below 100 Hz.
    rumble: f32,
    /// Air moving over rock or ice: a faint whistle.
    air: f32,
    desert: f32,
    tundra: f32,
    alien: f32,
}

impl Recipe {
    /// The table.
    fn of(ambience: &Ambience) -> Self {
        let (level, day) = (unit(ambience.level), unit(ambience.daylight));
        let night = 1.0 - day;
        let none = Self::default();
        let calls = Calls::default();
        let recipe = match ambience.kind {
            AmbienceKind::None => none,
            AmbienceKind::Meadow => {
                Self { calls: Calls { birds: 0.8 * day, crickets: night, ..calls }, shimmer: 0.15 * day, ..none }
            }
            AmbienceKind::Forest => Self {
                calls: Calls { birds: day, crickets: 0.7 * night, frogs: 0.2 * night, ..calls },
                rumble: 0.15,
                ..none
            },
            AmbienceKind::Jungle => Self {
                calls: Calls { birds: 0.3 + 0.7 * day, crickets: 0.5 + 0.5 * night, frogs: night, ..calls },
                shimmer: 0.6 + 0.4 * night,
                ..none
            },
            AmbienceKind::Coast => {
                Self { calls: Calls { gulls: 0.15 + 0.85 * day, crickets: 0.2 * night, ..calls }, ..none }
            }
            AmbienceKind::Desert => {
                Self { calls: Calls { crickets: 0.25 * night, ..calls }, desert: 1.0, air: 0.35, ..none }
            }
            AmbienceKind::Tundra => Self { tundra: 1.0, air: 1.0, ..none },
            AmbienceKind::City => Self {
                calls: Calls { horns: 0.5 + 0.5 * day, crickets: 0.1 * night, ..calls },
                hum: 0.6 + 0.4 * day,
                rumble: 0.5,
                ..none
            },
            AmbienceKind::Cave => Self { calls: Calls { drips: 1.0, ..calls }, rumble: 1.0, air: 0.2, ..none },
            AmbienceKind::Alien => Self { alien: 1.0, rumble: 0.4, ..none },
        };
        recipe.scaled(level)
    }

    fn scaled(self, by: f32) -> Self {
        let Calls { birds, gulls, crickets, frogs, horns, drips } = self.calls;
        Self {
            calls: Calls {
                birds: birds * by,
                gulls: gulls * by,
                crickets: crickets * by,
                frogs: frogs * by,
                horns: horns * by,
                drips: drips * by,
            },
            shimmer: self.shimmer * by,
            hum: self.hum * by,
            rumble: self.rumble * by,
            air: self.air * by,
            desert: self.desert * by,
            tundra: self.tundra * by,
            alien: self.alien * by,
        }
    }
}

/// All places at once, most of them silent.
pub(super) struct AmbienceSound {
    creatures: Creatures,
    shimmer: Band,
    shimmer_drift: Drift,
    hum: Band,
    traffic: Band,
    traffic_drift: Drift,
    traffic_side: Drift,
    rumble: Band,
    air: Band,
    air_drift: Drift,
    desert: Drone,
    tundra: Drone,
    alien: Drone,
    mains: Drone,
    eerie: Drone,
    swell: Drone,
}

impl AmbienceSound {
    /// A silent place.
    pub(super) fn new(seed: u64) -> Self {
        // The alien tones are a whole-tone chord on a root of the world's own.
        let root = 180.0 + (seed % 7) as f32 * 12.0;
        let timbre = |hertz, gains, overtones, swell, glide| Timbre { hertz, gains, overtones, swell, glide };
        Self {
            creatures: Creatures::new(seed),
            shimmer: Band::new(seed, 81, Pass::Band),
            shimmer_drift: Drift::new(seed, 82),
            hum: Band::new(seed, 83, Pass::Low),
            traffic: Band::new(seed, 84, Pass::Band),
            traffic_drift: Drift::new(seed, 85),
            traffic_side: Drift::new(seed, 86),
            rumble: Band::new(seed, 87, Pass::Low),
            air: Band::new(seed, 88, Pass::Band),
            air_drift: Drift::new(seed, 89),
            desert: Drone::new(
                seed,
                91,
                timbre([73.4, 110.0, 110.7, 146.8], [0.03, 0.02, 0.02, 0.01], [0.3, 0.1], 0.15, 0.0),
            ),
            tundra: Drone::new(
                seed,
                92,
                timbre([587.3, 588.6, 880.0, 1318.5], [0.005, 0.005, 0.003, 0.002], [0.1, 0.0], 0.2, 0.004),
            ),
            alien: Drone::new(
                seed,
                93,
                timbre([root, root * 1.26, root * 1.587, root * 2.245], [0.03, 0.024, 0.02, 0.014], [0.25, 0.12], 0.3, 0.06),
            ),
            mains: Drone::new(
                seed,
                94,
                timbre([100.0, 100.3, 150.0, 200.0], [0.006, 0.006, 0.003, 0.003], [0.2, 0.1], 0.1, 0.0),
            ),
            // A tritone that beats.
            eerie: Drone::new(
                seed,
                95,
                timbre([55.0, 56.3, 77.8, 164.8], [0.045, 0.04, 0.03, 0.006], [0.45, 0.2], 0.2, 0.01),
            ),
            swell: Drone::new(
                seed,
                96,
                timbre([41.2, 61.7, 82.4, 123.5], [0.05, 0.035, 0.03, 0.01], [0.4, 0.15], 0.35, 0.0),
            ),
        }
    }

    /// At every tick.
    pub(super) fn tick(&mut self, ambience: &Ambience, mood: MoodTint, chirps: &mut Chirps) {
        let recipe = Recipe::of(ambience);
        self.creatures.tick(&recipe.calls, chirps);
        let shimmer = 0.5 + 0.5 * self.shimmer_drift.tick(0.5);
        self.shimmer.tick(5200.0, 7.0, [0.0075 * recipe.shimmer * shimmer; 2], GLIDE);
        self.hum.tick(170.0, 0.6, [0.035 * recipe.hum; 2], GLIDE);
        // Cars pass: a swell that moves from one side to the other.
        let (pass, side) = (self.traffic_drift.tick(0.35), self.traffic_side.tick(0.3));
        let pass = 0.03 * recipe.hum * (0.15 + 0.85 * pass * pass);
        self.traffic.tick(520.0 + 300.0 * pass, 0.7, [pass * (1.0 - 0.8 * side), pass * (0.2 + 0.8 * side)], GLIDE);
        self.rumble.tick(75.0, 0.7, [0.03 * recipe.rumble; 2], GLIDE);
        let air = self.air_drift.tick(0.3);
        self.air.tick(900.0 + 1100.0 * air, 14.0, [0.0065 * recipe.air * (0.2 + 0.8 * air); 2], GLIDE);
        self.desert.tick(recipe.desert);
        self.tundra.tick(recipe.tundra);
        self.alien.tick(recipe.alien);
        self.mains.tick(recipe.hum);
        self.eerie.tick(if mood == MoodTint::Eerie { 1.0 } else { 0.0 });
        self.swell.tick(if mood == MoodTint::Dramatic { 1.0 } else { 0.0 });
    }

    /// Adds the place to the bus.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) {
        for band in [&mut self.shimmer, &mut self.hum, &mut self.traffic, &mut self.rumble, &mut self.air] {
            band.render(bus);
        }
        for drone in [&mut self.desert, &mut self.tundra, &mut self.alien, &mut self.mains, &mut self.eerie, &mut self.swell]
        {
            drone.render(bus);
        }
    }
}
