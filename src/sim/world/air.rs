//! The light of one moment: sun and moon, what the sky gives from above and the ground from below, and the air between the eye
//! and what it sees. Computed once a frame from theme, hour, weather and mood; asked for every corner and every sky cell.

use glam::Vec3A;

use super::noise::smooth;
use super::theme::{Hex, SkyColors};
use super::weather::Levels;
use crate::sim::raster::Grade;

/// Entries of the veil table, and the optical depth at its end.
const VEIL: usize = 256;
const VEIL_DEPTH: f32 = 4.0;
/// Entries of the horizon table, over the cosine of the angle to the sun's azimuth.
const HORIZON: usize = 32;

/// Light, air and grade of one moment.
#[derive(Clone, Debug)]
pub struct Air {
    /// Unit vector to the sun, below the horizon at night.
    pub sun: Vec3A,
    /// Unit vector to the moon.
    pub moon: Vec3A,
    /// Unit vector to whichever of the two shines.
    pub key: Vec3A,
    /// The light of it.
    pub key_light: Vec3A,
    /// Light from above.
    pub from_sky: Vec3A,
    /// Light from below.
    pub from_ground: Vec3A,
    /// Sky overhead, and at the horizon away from the sun.
    pub zenith: Vec3A,
    /// See `zenith`.
    pub horizon: Vec3A,
    /// What the sky gains around the sun.
    pub glow: Vec3A,
    /// Light of cloud tops and of their undersides.
    pub cloud: [Vec3A; 2],
    /// 0 by day, 1 by night.
    pub night: f32,
    /// Optical depth of a metre.
    density: f32,
    /// Light that lightning throws on everything.
    pub flash: Vec3A,
    /// From light to display.
    pub grade: Grade,
    veil: [f32; VEIL + 2],
    horizons: [Vec3A; HORIZON + 2],
    sun_flat: (f32, f32),
}

/// What the moment is made of.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Colours of the theme's sky.
    pub sky: &'a SkyColors,
    /// Hours since midnight.
    pub hour: f32,
    /// Weather.
    pub levels: &'a Levels,
    /// Distance at which clear air veils half.
    pub haze: f32,
    /// Colour of the ground around, for the light it throws back.
    pub ground: Vec3A,
    /// Lightning, 0 to 1.
    pub flash: f32,
    /// Grade of mood and directed light.
    pub grade: Grade,
}

/// Light that shows as a display colour at the default grade: the inverse of [`Grade::display`].
#[must_use]
pub fn light_of(hex: Hex) -> Vec3A {
    let shown = channels(hex);
    let t = shown * shown * 0.995;
    let rest = Vec3A::ONE - t;
    let root = rest * rest + t * 0.25;
    (Vec3A::new(root.x.sqrt(), root.y.sqrt(), root.z.sqrt()) - rest) * 8.0
}

/// Share of light that a surface of a colour returns.
#[must_use]
pub fn albedo_of(hex: Hex) -> Vec3A {
    let shown = channels(hex);
    shown * shown
}

fn channels(hex: Hex) -> Vec3A {
    Vec3A::new(((hex >> 16) & 0xff) as f32, ((hex >> 8) & 0xff) as f32, (hex & 0xff) as f32) / 255.0
}

/// Unit vector to the sun at an hour: it rises in the east (+x) at six, culminates in the south (+z), sets at eighteen.
#[must_use]
pub fn sun_at(hour: f32) -> Vec3A {
    let (sin, cos) = ((hour - 6.0) / 12.0 * std::f32::consts::PI).sin_cos();
    Vec3A::new(cos, sin * 0.84, sin * 0.54).normalize()
}

impl Air {
    /// The air of a moment.
    #[must_use]
    pub fn of(moment: &Moment<'_>) -> Self {
        let Moment { sky, hour, levels, haze, ground, flash, grade } = *moment;
        let sun = sun_at(hour);
        let moon = {
            let opposite = sun_at(hour + 12.0);
            Vec3A::new(opposite.x, opposite.y * 0.8 + 0.12, -opposite.z * 0.8 + 0.25).normalize()
        };
        let day = smooth(-0.06, 0.26, sun.y);
        let night = smooth(0.02, -0.24, sun.y);
        let dusk = (1.0 - day) * (1.0 - night);
        let dusk = dusk.max(smooth(0.42, 0.1, sun.y) * smooth(-0.2, 0.0, sun.y) * 0.75);

        let mut zenith = light_of(sky.night_zenith).lerp(light_of(sky.zenith), day);
        let mut horizon = light_of(sky.night_horizon).lerp(light_of(sky.horizon), day);
        zenith = zenith.lerp(light_of(sky.dusk_zenith), dusk * 0.8);
        let dusk_far = light_of(sky.dusk_zenith).lerp(light_of(sky.dusk_glow), 0.45) * 0.9;
        horizon = horizon.lerp(dusk_far, dusk * 0.75);
        let warm = light_of(sky.dusk_glow);
        let mut glow = warm * dusk * 1.15 + light_of(sky.sun) * (day * 0.22) + light_of(sky.dusk_glow) * (day * 0.05);

        // Overcast: the sky turns to one grey, lit from behind.
        let grey = levels.overcast();
        let dim = 1.0 - 0.5 * levels.storm - 0.16 * levels.rain;
        let overcast = (zenith * 0.35 + horizon * 0.65).dot(Vec3A::new(0.3, 0.5, 0.2));
        let overcast = Vec3A::new(0.93, 0.98, 1.06) * overcast * 0.93 * dim;
        zenith = zenith.lerp(overcast * 0.82, grey);
        horizon = horizon.lerp(overcast, grey);
        glow *= 1.0 - 0.9 * grey;
        let dust = Vec3A::new(1.1, 0.78, 0.45) * (0.08 + 0.85 * day + 0.3 * dusk);
        zenith = zenith.lerp(dust * 0.8, levels.dust * 0.85);
        horizon = horizon.lerp(dust, levels.dust * 0.95);
        let milk = Vec3A::splat(horizon.dot(Vec3A::splat(0.36)));
        zenith = zenith.lerp(milk, levels.fog * 0.85);
        horizon = horizon.lerp(milk, levels.fog * 0.6);

        let veil_of_sun = (1.0 - 0.92 * grey) * (1.0 - 0.7 * levels.fog) * (1.0 - 0.75 * levels.dust);
        let low = smooth(0.34, 0.02, sun.y);
        let sun_color = albedo_of(sky.sun).lerp(albedo_of(sky.dusk_glow) * 1.05, low * 0.85);
        let whole = sun_color * 2.7 * smooth(-0.05, 0.16, sun.y);
        let sun_light = whole * veil_of_sun;
        let moon_light = Vec3A::new(0.10, 0.145, 0.24) * smooth(0.0, 0.2, moon.y) * night * veil_of_sun;
        let (key, key_light) = if sun.y > -0.05 { (sun, sun_light) } else { (moon, moon_light) };

        let lightning = Vec3A::new(0.9, 0.95, 1.15) * flash;
        let from_sky = (zenith * 0.40 + horizon * 0.30) + Vec3A::new(0.030, 0.036, 0.060) + lightning * 1.6
            // What clouds and fog keep from the ground as rays they give it as light from everywhere.
            + whole * ((1.0 - veil_of_sun) * 0.2 * dim);
        let from_ground =
            ground * (key_light * key.y.max(0.0) * 0.40 + from_sky * 0.5) + from_sky * 0.16 + Vec3A::splat(0.01);
        let cloud_top = (horizon * 0.75 + key_light * 0.62 + warm * dusk * 0.28) * (1.0 - 0.45 * grey) + lightning * 1.8;
        let cloud_base = horizon * 0.62 + zenith * 0.14 + lightning;

        let reach = haze / (1.0 + 3.2 * levels.rain + 4.0 * levels.storm + 2.6 * levels.snow + 14.0 * levels.dust);
        let reach = reach * (1.0 - levels.fog) + reach.min(34.0) * levels.fog;
        let horizon = horizon + lightning * 0.5;
        let mut air = Self {
            sun,
            moon,
            key,
            key_light,
            from_sky,
            from_ground,
            zenith: zenith + lightning * 0.4,
            horizon,
            glow,
            cloud: [cloud_top, cloud_base],
            night,
            density: 0.8 / reach,
            flash: lightning,
            grade,
            veil: std::array::from_fn(|index| {
                let depth = index as f32 / VEIL as f32 * VEIL_DEPTH;
                1.0 - (-depth * depth.sqrt()).exp()
            }),
            horizons: [Vec3A::ZERO; HORIZON + 2],
            sun_flat: (0.0, 0.0),
        };
        let flat = sun.x.hypot(sun.z).max(1e-4);
        air.sun_flat = (sun.x / flat, sun.z / flat);
        air.horizons = std::array::from_fn(|index| {
            let cosine = (index as f32 / HORIZON as f32 * 2.0 - 1.0).min(1.0);
            let toward = cosine * sun.x.hypot(sun.z);
            horizon + glow * halo(toward)
        });
        air
    }

    /// Light that leaves a surface.
    #[inline]
    #[must_use]
    pub fn lit(&self, albedo: Vec3A, normal: Vec3A, shade: f32) -> Vec3A {
        let up = normal.y * 0.5 + 0.5;
        let facing = normal.dot(self.key).max(0.0) * shade;
        albedo * (self.key_light * facing + self.from_ground + (self.from_sky - self.from_ground) * up)
    }

    /// What arrives at the eye of light that leaves a point, given relative to the eye.
    #[inline]
    #[must_use]
    pub fn through(&self, light: Vec3A, relative: Vec3A) -> Vec3A {
        let distance = relative.length();
        let veil = self.veil(distance);
        let flat = (relative.x * relative.x + relative.z * relative.z).sqrt().max(1e-3);
        let cosine = (relative.x * self.sun_flat.0 + relative.z * self.sun_flat.1) / flat;
        light + (self.horizon_toward(cosine) - light) * veil
    }

    /// The share of the air's own light at a distance, 0 to 1.
    #[inline]
    #[must_use]
    pub fn veil(&self, distance: f32) -> f32 {
        let at = (distance * self.density).min(VEIL_DEPTH) * (VEIL as f32 / VEIL_DEPTH);
        let index = at as usize;
        let (low, high) = (self.veil[index], self.veil[index + 1]);
        low + (high - low) * (at - index as f32)
    }

    #[inline]
    fn horizon_toward(&self, cosine: f32) -> Vec3A {
        let at = (cosine.clamp(-1.0, 1.0) + 1.0) * (HORIZON as f32 * 0.5);
        let index = at as usize;
        self.horizons[index].lerp(self.horizons[index + 1], at - index as f32)
    }

    /// The sky without clouds, discs and stars, along a unit vector; below the horizon it is the horizon.
    #[inline]
    #[must_use]
    pub fn sky(&self, direction: Vec3A) -> Vec3A {
        let height = direction.y.max(0.0);
        let fall = (1.0 - height) * (1.0 - height);
        let fall = fall * fall * (1.0 - height * 0.5);
        let toward = direction.dot(self.sun);
        self.zenith + (self.horizon - self.zenith) * fall + self.glow * (halo(toward) * (0.25 + 0.75 * fall))
    }
}

/// How the light around the sun falls off with the cosine of the angle.
#[inline]
fn halo(cosine: f32) -> f32 {
    let near = cosine.max(0.0);
    let (two, eight) = (near * near, (near * near) * (near * near));
    let eight = eight * eight;
    0.10 * two + 0.35 * eight + 0.55 * eight * eight * eight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_of_a_colour_shows_as_that_colour() {
        for hex in [0x3f7fd0, 0xbcdcf0, 0x0a1230, 0xf6e0b8] {
            let shown = Grade::default().display(light_of(hex));
            let want = channels(hex) * 255.0;
            assert!((shown - want).abs().max_element() < 2.0, "{hex:06x}: {shown} for {want}");
        }
    }

    #[test]
    fn the_sun_rises_in_the_east_and_stands_highest_at_noon() {
        assert!(sun_at(6.0).x > 0.99);
        assert!(sun_at(12.0).y > sun_at(10.0).y && sun_at(12.0).y > sun_at(14.0).y);
        assert!(sun_at(0.0).y < -0.7);
    }
}
