//! Seeded randomness: hashes, a small generator, and gradient noise that repeats with the world.
//!
//! Integer arithmetic and basic floating point only, so that a seed gives the same world everywhere.

/// Scrambles 64 bits (the finaliser of SplitMix64, Steele et al., "Fast splittable pseudorandom number generators", 2014).
#[inline]
#[must_use]
pub const fn scramble(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A hash of text, the same on every machine (FNV-1a, scrambled).
#[must_use]
pub fn hash_text(text: &str) -> u64 {
    let fnv =
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    scramble(fnv)
}

/// A hash of a lattice point.
#[inline]
#[must_use]
pub const fn hash_cell(seed: u64, x: i32, z: i32) -> u64 {
    let cell = ((x as u32 as u64) << 32) | z as u32 as u64;
    scramble(seed ^ cell.wrapping_mul(0xd6e8_feb8_6659_fd93))
}

/// A number in [0, 1) from a hash.
#[inline]
#[must_use]
pub fn unit(hash: u64) -> f32 {
    (hash >> 40) as f32 / (1_u32 << 24) as f32
}

/// A small seeded generator (SplitMix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// A generator of its own for a seed and a purpose.
    #[must_use]
    pub const fn new(seed: u64, purpose: u64) -> Self {
        Self(scramble(seed ^ scramble(purpose)))
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0)
    }

    /// The next number in [0, 1).
    pub fn unit(&mut self) -> f32 {
        unit(self.bits())
    }

    /// The next number in [low, high).
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// The next index below `count`, which must not be zero.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f32) as usize).min(count.saturating_sub(1))
    }
}

/// Gradient noise, about −1 to 1, that repeats every `period` lattice cells; `x` and `z` count lattice cells.
///
/// Ken Perlin, "Improving noise", SIGGRAPH 2002, in two dimensions with eight gradients.
#[inline]
#[must_use]
pub fn gradient(seed: u64, x: f32, z: f32, period: i32) -> f32 {
    let (x0, z0) = (floor(x), floor(z));
    let (fx, fz) = (x - x0 as f32, z - z0 as f32);
    // Periods are nearly always powers of two, where a mask does for a division.
    let around = |cell: i32| if period & (period - 1) == 0 { cell & (period - 1) } else { cell.rem_euclid(period) };
    let (ix, iz) = (around(x0), around(z0));
    let (jx, jz) = (if ix + 1 == period { 0 } else { ix + 1 }, if iz + 1 == period { 0 } else { iz + 1 });
    let corner = |cx: i32, cz: i32, dx: f32, dz: f32| {
        let mut h = (seed as u32) ^ (cx as u32).wrapping_mul(0x9e37_79b1) ^ (cz as u32).wrapping_mul(0x85eb_ca77);
        h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
        h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
        let (gx, gz) = GRADIENTS[(h >> 29) as usize];
        gx * dx + gz * dz
    };
    let fade = |t: f32| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
    let (u, v) = (fade(fx), fade(fz));
    let near = lerp(corner(ix, iz, fx, fz), corner(jx, iz, fx - 1.0, fz), u);
    let far = lerp(corner(ix, jz, fx, fz - 1.0), corner(jx, jz, fx - 1.0, fz - 1.0), u);
    lerp(near, far, v) * 1.5
}

const GRADIENTS: [(f32, f32); 8] = [
    (1.0, 0.0),
    (0.707_106_77, 0.707_106_77),
    (0.0, 1.0),
    (-0.707_106_77, 0.707_106_77),
    (-1.0, 0.0),
    (-0.707_106_77, -0.707_106_77),
    (0.0, -1.0),
    (0.707_106_77, -0.707_106_77),
];

/// Octaves of [`gradient`], each twice as fine and half as strong; about −1 to 1.
#[must_use]
pub fn fractal(seed: u64, x: f32, z: f32, period: i32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut total, mut scale) = (0.0, 1.0, 0.0, 1);
    for octave in 0..octaves {
        let factor = scale as f32;
        sum += weight * gradient(seed.wrapping_add(u64::from(octave) * 7919), x * factor, z * factor, period * scale);
        total += weight;
        weight *= 0.5;
        scale *= 2;
    }
    sum / total.max(1e-6) * 1.25
}

/// Ridged octaves, 0 to 1: sharp crests where noise crosses zero, finer crests only upon the coarser (Musgrave, "Texturing and
/// modeling", ch. 16).
#[must_use]
pub fn ridged(seed: u64, x: f32, z: f32, period: i32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut total, mut scale, mut carry) = (0.0, 1.0, 0.0, 1, 1.0_f32);
    for octave in 0..octaves {
        let factor = scale as f32;
        let noise = gradient(seed.wrapping_add(u64::from(octave) * 6151), x * factor, z * factor, period * scale);
        let crest = (1.0 - noise.abs()).max(0.0);
        let crest = crest * crest * carry;
        carry = (crest * 1.6).clamp(0.0, 1.0);
        sum += crest * weight;
        total += weight;
        weight *= 0.5;
        scale *= 2;
    }
    sum / total.max(1e-6)
}

/// The greatest integer not above a number; a libm call where the processor has no such instruction, so by hand.
#[inline]
#[must_use]
pub fn floor(value: f32) -> i32 {
    let whole = value as i32;
    whole.wrapping_sub(i32::from((whole as f32) > value))
}

/// A sine of radians, to a part in a thousand: for waves, where nobody counts the digits.
#[inline]
#[must_use]
pub fn wave(phase: f32) -> f32 {
    let turns = phase * (1.0 / std::f32::consts::TAU);
    let part = turns - floor(turns + 0.5) as f32;
    let bow = part * (8.0 - 16.0 * part.abs());
    bow * (0.775 + 0.225 * bow.abs())
}

/// Linear interpolation.
#[inline]
#[must_use]
pub fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// 0 below `low`, 1 above `high`, smooth between; `low` may be the greater.
#[inline]
#[must_use]
pub fn smooth(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_and_waves_are_what_they_stand_for() {
        for step in -400..400 {
            let value = step as f32 * 0.173;
            assert_eq!(floor(value), value.floor() as i32, "{value}");
            assert!((wave(value) - value.sin()).abs() < 2e-3, "{value}");
        }
    }

    #[test]
    fn noise_repeats_with_its_period_and_varies_within_it() {
        let mut spread = (0.0_f32, 0.0_f32);
        for step in 0..200 {
            let (x, z) = (step as f32 * 0.083, step as f32 * 0.151);
            let here = fractal(7, x, z, 8, 4);
            assert!((here - fractal(7, x + 8.0, z - 16.0, 8, 4)).abs() < 1e-3, "at {x} {z}");
            spread = (spread.0.min(here), spread.1.max(here));
        }
        assert!(spread.0 < -0.3 && spread.1 > 0.3, "{spread:?}");
    }
}
