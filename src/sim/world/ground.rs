//! The colours of the ground, baked for every sample of the terrain whenever the theme changes, with how open each sample lies
//! to the light.

use glam::{Vec2, Vec3A};

use super::air::albedo_of;
use super::noise::{fractal, hash_cell, lerp, smooth, unit};
use super::terrain::{CELL, CELLS, SPAN, Terrain};
use super::theme::Theme;

/// Baked colours: reflectance as its square root in three bytes, and openness in the fourth.
#[derive(Debug)]
pub struct GroundMap {
    samples: Vec<u32>,
    mean: Vec3A,
}

impl GroundMap {
    /// Bakes the ground of a theme.
    #[must_use]
    pub fn bake(terrain: &Terrain, theme: &Theme, seed: u64) -> Self {
        let look = &theme.ground;
        let [bed, shore, plain_a, plain_b, rock, cap] =
            [look.bed, look.shore, look.plain[0], look.plain[1], look.rock, look.cap].map(albedo_of);
        let snow = Vec3A::new(0.83, 0.88, 0.94);
        let mut samples = Vec::with_capacity(CELLS * CELLS);
        for z in 0..CELLS as i32 {
            for x in 0..CELLS as i32 {
                let height = terrain.sample(x, z);
                let (dx, dz) = (
                    terrain.sample(x + 1, z) - terrain.sample(x - 1, z),
                    terrain.sample(x, z + 1) - terrain.sample(x, z - 1),
                );
                let slope = dx.hypot(dz) / (2.0 * CELL);
                let place = Vec2::new(x as f32, z as f32) * CELL;
                let patch = fractal(seed ^ 0x41, place.x / 64.0, place.y / 64.0, (SPAN / 64.0) as i32, 3);
                let mut color = plain_a.lerp(plain_b, smooth(-0.5, 0.5, patch));
                color = color.lerp(cap, smooth(-12.0, 18.0, height - look.cap_from + patch * 14.0));
                let band = (height * 0.16 + patch * 0.5).sin() * 0.5 + 0.5;
                let bands = rock.lerp(rock * Vec3A::new(1.6, 1.5, 1.4), band * look.strata);
                color = color.lerp(bands, smooth(0.5, 0.85, slope + patch * 0.12));
                color = color.lerp(snow, smooth(0.95, 0.5, slope) * theme.snow * smooth(0.2, 1.2, height));
                let beach = smooth(look.shore_to, look.shore_to * 0.45, height + patch * 0.8) * smooth(0.8, 0.4, slope);
                color = color.lerp(shore, beach);
                color = color.lerp(bed, smooth(0.1, -1.6, height));
                // Hollows see less of the sky than crests.
                let around = (terrain.sample(x + 4, z)
                    + terrain.sample(x - 4, z)
                    + terrain.sample(x, z + 4)
                    + terrain.sample(x, z - 4))
                    * 0.25;
                let open = (1.0 + (height - around) * 0.07).clamp(0.6, 1.12);
                // No two samples alike: facets show, and the eye has something to measure its way by.
                let grain = 1.0 + (unit(hash_cell(seed ^ 0x42, x, z)) - 0.5) * if height < 0.0 { 0.05 } else { 0.17 };
                samples.push(pack_albedo(color * (lerp(1.0, open, 0.8) * grain), 1.0));
            }
        }
        let mean = plain_a.lerp(plain_b, 0.5).lerp(snow, theme.snow);
        Self { samples, mean }
    }

    /// Reflectance of a sample, and the share of direct light that reaches it; indices wrap.
    #[inline]
    #[must_use]
    pub fn at(&self, x: i32, z: i32) -> (Vec3A, f32) {
        let (x, z) = (x as usize & (CELLS - 1), z as usize & (CELLS - 1));
        let packed = self.samples[(z << CELLS.trailing_zeros()) | x];
        let channel = |shift: u32| ((packed >> shift) & 0xff) as f32;
        let root = Vec3A::new(channel(16), channel(8), channel(0)) * (1.0 / 255.0);
        (root * root, channel(24) * (1.0 / 255.0))
    }

    /// The reflectance of the plain, for the light that the ground throws back.
    #[must_use]
    pub const fn mean(&self) -> Vec3A {
        self.mean
    }
}

fn pack_albedo(albedo: Vec3A, open: f32) -> u32 {
    let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u32;
    (byte(open) << 24)
        | (byte(albedo.x.max(0.0).sqrt()) << 16)
        | (byte(albedo.y.max(0.0).sqrt()) << 8)
        | byte(albedo.z.max(0.0).sqrt())
}
