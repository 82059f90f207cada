//! The sound of weather: wind with gusts, rain as hiss and drops, the hush of snow, the grit of dust.

use super::bands::{Band, Grains, Pass};
use super::dsp::{Bus, Drift, unit};
use super::scene::SoundScene;

/// Weather comes and goes over this time constant, in seconds.
const GLIDE: f32 = 0.25;

/// All weather at once, each at its own level.
pub(super) struct WeatherSound {
    gust: Drift,
    flutter: Drift,
    whistle: Drift,
    side: Drift,
    body: Band,
    howl: Band,
    hiss: Band,
    patter: Band,
    drops: Grains,
    hush: Band,
    flakes: Band,
    grit: Band,
    sand: Grains,
}

impl WeatherSound {
    /// Still air.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            gust: Drift::new(seed, 1),
            flutter: Drift::new(seed, 2),
            whistle: Drift::new(seed, 3),
            side: Drift::new(seed, 4),
            body: Band::new(seed, 11, Pass::Low),
            howl: Band::new(seed, 12, Pass::Band),
            hiss: Band::new(seed, 13, Pass::Band),
            patter: Band::new(seed, 14, Pass::Low),
            drops: Grains::new(seed, 15, [1900.0, 3100.0, 4700.0], 7.0),
            hush: Band::new(seed, 16, Pass::Low),
            flakes: Band::new(seed, 17, Pass::High),
            grit: Band::new(seed, 18, Pass::Band),
            sand: Grains::new(seed, 19, [3300.0, 5200.0, 7600.0], 2.5),
        }
    }

    /// At every tick.
    pub(super) fn tick(&mut self, scene: &SoundScene) {
        let (wind, rain, snow, dust) = (unit(scene.wind), unit(scene.rain), unit(scene.snow), unit(scene.dust));
        // Gusts come every few seconds; strong wind flutters faster.
        let gust = 0.75 * self.gust.tick(0.22 + 0.2 * wind) + 0.25 * self.flutter.tick(1.1 + 1.5 * wind);
        let side = 0.35 * (self.side.tick(0.17) - 0.5);
        let whistle = self.whistle.tick(0.4);
        let blow = wind * (0.45 + 0.55 * gust);
        let sides = |rms: f32| [rms * (1.0 - side), rms * (1.0 + side)];
        let dull = 1.0 - 0.45 * snow;
        self.body.tick((170.0 + 900.0 * blow) * dull, 0.6, sides(0.105 * blow), GLIDE);
        self.howl.tick((330.0 + 420.0 * gust + 160.0 * whistle) * dull, 9.0, sides(0.022 * blow * blow), GLIDE);

        let sheets = 0.8 + 0.2 * gust;
        self.hiss.tick(4200.0 + 800.0 * rain, 0.55, sides(0.055 * rain.powf(1.2) * sheets), GLIDE);
        self.patter.tick(420.0, 0.7, [0.035 * rain * rain; 2], GLIDE);
        self.drops.tick(25.0 + 650.0 * rain, if rain > 0.0 { 0.55 + 0.35 * rain } else { 0.0 }, GLIDE);

        self.hush.tick(260.0 + 120.0 * gust, 0.6, sides(0.03 * snow * (0.6 + 0.4 * gust)), GLIDE);
        self.flakes.tick(7000.0, 0.7, [0.0016 * snow; 2], GLIDE);

        let blast = dust * (0.4 + 0.6 * gust);
        self.grit.tick(750.0 + 1300.0 * gust, 0.7, sides(0.06 * blast), GLIDE);
        self.sand.tick(150.0 + 1400.0 * blast, if dust > 0.0 { 0.22 * (0.3 + 0.7 * blast) * dust } else { 0.0 }, GLIDE);
    }

    /// Adds the weather to the bus.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) {
        for band in [
            &mut self.body,
            &mut self.howl,
            &mut self.hiss,
            &mut self.patter,
            &mut self.hush,
            &mut self.flakes,
            &mut self.grit,
        ] {
            band.render(bus);
        }
        self.drops.render(bus);
        self.sand.render(bus);
    }
}
