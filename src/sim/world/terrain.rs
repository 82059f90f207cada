//! The lie of the land: a heightfield on a torus. It depends on the seed and on how the first theme weighs its features, and
//! stays what it is when the world is re-themed. Height 0 is the water level, everywhere.
//!
//! Neighbours: `erosion` wears the coarse shape down, `land` draws it, `walker` stands on it.

use glam::{Vec2, Vec3A};

use super::erosion;
use super::noise::{Dice, floor, fractal, lerp, ridged, smooth};

/// Samples along one side; a power of two.
pub const CELLS: usize = 1024;
/// Metres between samples.
pub const CELL: f32 = 2.0;
/// Metres after which the world repeats.
pub const SPAN: f32 = CELLS as f32 * CELL;

/// Samples along one side of the coarse map that is shaped and eroded.
const COARSE: usize = 256;
const COARSE_CELL: f32 = SPAN / COARSE as f32;

/// How a theme weighs the features of the land; heights in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Mean height above water.
    pub lift: f32,
    /// Height of the broadest rises and basins.
    pub swell: f32,
    /// Height of hills.
    pub hills: f32,
    /// Height of mountain ridges.
    pub ridges: f32,
    /// Height of dunes.
    pub dunes: f32,
    /// 0 to 1: how much the land lies in steps.
    pub terraces: f32,
    /// Height of a lone cone with a crater, beside the place where the walk begins.
    pub cone: f32,
    /// 0 to 1: how much running water has worn.
    pub worn: f32,
    /// Height of small bumps.
    pub rough: f32,
}

/// The heightfield.
#[derive(Debug)]
pub struct Terrain {
    heights: Vec<f32>,
}

impl Terrain {
    /// Shapes the land of a seed.
    #[must_use]
    pub fn shape(seed: u64, shape: &Shape, progress: &mut dyn FnMut(f32)) -> Self {
        let mut coarse = vec![0.0_f32; COARSE * COARSE];
        let cone_at = cone_place(seed);
        for row in 0..COARSE {
            for column in 0..COARSE {
                let place = Vec2::new(column as f32, row as f32) * COARSE_CELL;
                coarse[row * COARSE + column] = coarse_height(seed, shape, place, cone_at);
            }
        }
        progress(25.0);
        erosion::wear(&mut coarse, COARSE, COARSE_CELL, shape.worn, &mut Dice::new(seed, 0xe0));
        progress(50.0);
        let heights = refine(seed, shape, &coarse);
        progress(100.0);
        Self { heights }
    }

    /// The height of a sample; indices wrap.
    #[inline]
    #[must_use]
    pub fn sample(&self, x: i32, z: i32) -> f32 {
        let (x, z) = (x as usize & (CELLS - 1), z as usize & (CELLS - 1));
        self.heights[(z << CELLS.trailing_zeros()) | x]
    }

    /// The height of the ground at a place.
    #[must_use]
    pub fn height(&self, place: Vec2) -> f32 {
        let (x, z) = (place.x / CELL, place.y / CELL);
        let (ix, iz) = (floor(x), floor(z));
        let (fx, fz) = (x - ix as f32, z - iz as f32);
        // The same two triangles as drawn, so that feet stand on what the eye sees: the diagonal runs from (0, 0) to (1, 1).
        let (h00, h11) = (self.sample(ix, iz), self.sample(ix + 1, iz + 1));
        if fx > fz {
            let h10 = self.sample(ix + 1, iz);
            h00 + (h10 - h00) * fx + (h11 - h10) * fz
        } else {
            let h01 = self.sample(ix, iz + 1);
            h00 + (h01 - h00) * fz + (h11 - h01) * fx
        }
    }

    /// The smooth normal of the ground at a place.
    #[must_use]
    pub fn normal(&self, place: Vec2) -> Vec3A {
        let d = CELL;
        let dx = self.height(place + Vec2::new(d, 0.0)) - self.height(place - Vec2::new(d, 0.0));
        let dz = self.height(place + Vec2::new(0.0, d)) - self.height(place - Vec2::new(0.0, d));
        Vec3A::new(-dx, 2.0 * d, -dz).normalize()
    }

    /// Whether the straight line between two points stays above the ground.
    #[must_use]
    pub fn clear_between(&self, from: Vec3A, to: Vec3A) -> bool {
        let steps = ((to - from).length() / (CELL * 1.5)).ceil().clamp(1.0, 400.0) as usize;
        (1..steps).all(|step| {
            let point = from.lerp(to, step as f32 / steps as f32);
            point.y > self.height(Vec2::new(point.x, point.z))
        })
    }

    /// Levels the ground around a place to a height, fully within `inner` metres and fading out at `outer`.
    pub fn level(&mut self, place: Vec2, height: f32, inner: f32, outer: f32) {
        let reach = (outer / CELL).ceil() as i32;
        let (cx, cz) = ((place.x / CELL).round() as i32, (place.y / CELL).round() as i32);
        for z in cz - reach..=cz + reach {
            for x in cx - reach..=cx + reach {
                let distance = (Vec2::new(x as f32, z as f32) * CELL - place).length();
                let weight = smooth(outer, inner, distance);
                let (wx, wz) = (x as usize & (CELLS - 1), z as usize & (CELLS - 1));
                let here = &mut self.heights[wz * CELLS + wx];
                *here = lerp(*here, height, weight);
            }
        }
    }
}

/// The shortest way from one place to another on the torus.
#[inline]
#[must_use]
pub fn toward(from: Vec2, to: Vec2) -> Vec2 {
    let wrap = |d: f32| d - SPAN * (d / SPAN).round();
    Vec2::new(wrap(to.x - from.x), wrap(to.y - from.y))
}

/// A place brought back into one span.
#[inline]
#[must_use]
pub fn wrap(place: Vec2) -> Vec2 {
    Vec2::new(place.x.rem_euclid(SPAN), place.y.rem_euclid(SPAN))
}

/// Where the walk begins, before the lie of the land is looked at.
pub const HEART: Vec2 = Vec2::new(SPAN * 0.5, SPAN * 0.5);

fn cone_place(seed: u64) -> Vec2 {
    let mut dice = Dice::new(seed, 0xc0);
    let angle = dice.between(0.0, std::f32::consts::TAU);
    HEART + Vec2::from_angle(angle) * dice.between(380.0, 460.0)
}

fn coarse_height(seed: u64, shape: &Shape, place: Vec2, cone_at: Vec2) -> f32 {
    let cells = |metres: f32| (place / metres, (SPAN / metres) as i32);
    // Broad noise bends the coordinates of everything finer: straight features become winding ones.
    let (at, period) = cells(512.0);
    let bend = Vec2::new(fractal(seed ^ 0x11, at.x, at.y, period, 2), fractal(seed ^ 0x12, at.x, at.y, period, 2)) * 60.0;
    let place_bent = place + bend;
    let bent = |metres: f32| (place_bent / metres, (SPAN / metres) as i32);
    let (at, period) = bent(1024.0);
    let swell = fractal(seed ^ 0x21, at.x, at.y, period, 3);
    let (at, period) = bent(256.0);
    let hills = fractal(seed ^ 0x22, at.x, at.y, period, 3);
    let (at, period) = bent(512.0);
    let ridges = ridged(seed ^ 0x23, at.x, at.y, period, 4);
    let mask = smooth(-0.25, 0.45, swell);
    // The place where the walk begins stays gentle: a view wants a stage.
    let stage = smooth(60.0, 300.0, toward(HEART, place).length());
    let mut height = shape.lift
        + shape.swell * swell
        + shape.hills * hills * lerp(0.35, 1.0, stage)
        + shape.ridges * (ridges * 1.25 - 0.2) * mask * stage;
    if shape.dunes > 0.0 {
        let (at, period) = bent(128.0);
        let crest = 1.0 - fractal(seed ^ 0x24, at.x * 2.0, at.y * 0.5_f32.max(1.0), period * 2, 2).abs() * 1.6;
        height += shape.dunes * crest.max(-0.2) * lerp(0.4, 1.0, stage);
    }
    if shape.terraces > 0.0 {
        let step = 14.0;
        let level = height / step;
        let (whole, part) = (level.floor(), level - level.floor());
        let stepped = (whole + smooth(0.62, 0.98, part)) * step;
        height = lerp(height, stepped, shape.terraces);
    }
    if shape.cone > 0.0 {
        let distance = toward(cone_at, place_bent).length();
        let flank = (1.0 - distance / 420.0).max(0.0);
        let rim = smooth(46.0, 20.0, distance) * shape.cone * 0.28;
        height += shape.cone * flank * flank.sqrt() - rim;
    }
    height
}

/// Brings the coarse map to full resolution by cubic B-splines and adds the small bumps.
fn refine(seed: u64, shape: &Shape, coarse: &[f32]) -> Vec<f32> {
    const FACTOR: usize = CELLS / COARSE;
    let weights: [[f32; 4]; FACTOR] = std::array::from_fn(|phase| {
        let t = phase as f32 / FACTOR as f32;
        let (t2, t3) = (t * t, t * t * t);
        [(1.0 - t).powi(3), 3.0 * t3 - 6.0 * t2 + 4.0, -3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0, t3].map(|w| w / 6.0)
    });
    let wrapped = |index: usize, offset: usize| (index + COARSE + offset - 1) & (COARSE - 1);
    let mut stretched = vec![0.0_f32; CELLS * COARSE];
    for row in 0..COARSE {
        for x in 0..CELLS {
            let (cell, w) = (x / FACTOR, &weights[x % FACTOR]);
            stretched[row * CELLS + x] = (0..4).map(|tap| w[tap] * coarse[row * COARSE + wrapped(cell, tap)]).sum();
        }
    }
    let mut heights = vec![0.0_f32; CELLS * CELLS];
    for z in 0..CELLS {
        let (cell, w) = (z / FACTOR, &weights[z % FACTOR]);
        let taps: [usize; 4] = std::array::from_fn(|tap| wrapped(cell, tap) * CELLS);
        for x in 0..CELLS {
            let base: f32 = (0..4).map(|tap| w[tap] * stretched[taps[tap] + x]).sum();
            let (px, pz) = (x as f32 * CELL, z as f32 * CELL);
            let bumps = fractal(seed ^ 0x31, px / 32.0, pz / 32.0, (SPAN / 32.0) as i32, 2);
            // Bumps fade near the water line: shores and banks stay clean lines.
            let dry = smooth(0.0, 6.0, base.abs());
            heights[z * CELLS + x] = base + bumps * shape.rough * lerp(0.15, 1.0, dry);
        }
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_the_torus_is_the_short_one() {
        let way = toward(Vec2::new(10.0, 10.0), Vec2::new(SPAN - 10.0, 30.0));
        assert!((way - Vec2::new(-20.0, 20.0)).length() < 1e-3);
    }

    #[test]
    fn height_between_samples_lies_on_the_drawn_triangles() {
        let mut heights = vec![0.0; CELLS * CELLS];
        heights[1] = 4.0;
        let terrain = Terrain { heights };
        assert!((terrain.height(Vec2::new(CELL * 0.5, 0.0)) - 2.0).abs() < 1e-5);
        assert!(terrain.height(Vec2::new(CELL * 0.5, CELL * 0.5)).abs() < 1e-5, "the diagonal is an edge");
    }
}
