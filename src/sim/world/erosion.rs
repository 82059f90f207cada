//! Wears a coarse heightfield down as rain does: drops run downhill, carve where they run fast and leave silt where they slow.
//!
//! After Hans Theobald Beyer, "Implementation of a method for hydraulic erosion" (TU München, 2015), with slopes relaxed
//! afterwards towards the angle of repose. Runs once per world; deterministic for a seed.

use super::noise::Dice;

/// Steps that one drop runs at most.
const STEPS: usize = 48;
/// Slope that loose ground holds.
const REPOSE: f32 = 0.85;

/// Wears a periodic `side * side` map with `cell` metres between samples; `amount` 0 to 1.
pub fn wear(heights: &mut [f32], side: usize, cell: f32, amount: f32, dice: &mut Dice) {
    let drops = (amount * (side * side) as f32 * 0.35) as usize;
    for _ in 0..drops {
        run_drop(heights, side, cell, dice);
    }
    for _ in 0..2 {
        relax(heights, side, cell, amount);
    }
}

fn run_drop(heights: &mut [f32], side: usize, cell: f32, dice: &mut Dice) {
    let mut at = (dice.unit() * side as f32, dice.unit() * side as f32);
    let (mut direction, mut speed, mut water, mut silt) = ((0.0_f32, 0.0_f32), 1.0_f32, 1.0_f32, 0.0_f32);
    for _ in 0..STEPS {
        let here = Patch::at(at, side);
        let (height, slope) = here.read(heights);
        direction = (direction.0 * 0.1 - slope.0 * 0.9, direction.1 * 0.1 - slope.1 * 0.9);
        let length = direction.0.hypot(direction.1);
        if length < 1e-5 {
            return;
        }
        direction = (direction.0 / length, direction.1 / length);
        let bound = side as f32;
        at = ((at.0 + direction.0).rem_euclid(bound), (at.1 + direction.1).rem_euclid(bound));
        let fall = height - Patch::at(at, side).read(heights).0;
        let capacity = (fall / cell).max(0.02) * speed * water * 3.0;
        if fall < 0.0 || silt > capacity {
            let drop = if fall < 0.0 { silt.min(-fall) } else { (silt - capacity) * 0.3 };
            silt -= drop;
            here.add(heights, drop);
        } else {
            let dig = ((capacity - silt) * 0.25).min(fall);
            silt += dig;
            here.add(heights, -dig);
        }
        speed = (speed * speed + fall * 0.4).max(0.0).sqrt().min(6.0);
        water *= 0.97;
    }
}

/// The four samples around a place, with their weights.
struct Patch {
    index: [usize; 4],
    part: (f32, f32),
}

impl Patch {
    fn at(at: (f32, f32), side: usize) -> Self {
        let (x, z) = (at.0 as usize % side, at.1 as usize % side);
        let (x1, z1) = ((x + 1) % side, (z + 1) % side);
        let index = [z * side + x, z * side + x1, z1 * side + x, z1 * side + x1];
        Self { index, part: (at.0.fract(), at.1.fract()) }
    }

    fn read(&self, heights: &[f32]) -> (f32, (f32, f32)) {
        let [a, b, c, d] = self.index.map(|index| heights[index]);
        let (u, v) = self.part;
        let height = (a * (1.0 - u) + b * u) * (1.0 - v) + (c * (1.0 - u) + d * u) * v;
        (height, ((b - a) * (1.0 - v) + (d - c) * v, (c - a) * (1.0 - u) + (d - b) * u))
    }

    fn add(&self, heights: &mut [f32], amount: f32) {
        let (u, v) = self.part;
        let weights = [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v];
        for (index, weight) in self.index.iter().zip(weights) {
            heights[*index] += amount * weight;
        }
    }
}

/// Moves ground down slopes steeper than the angle of repose.
fn relax(heights: &mut [f32], side: usize, cell: f32, amount: f32) {
    let most = REPOSE * cell;
    for z in 0..side {
        for x in 0..side {
            let here = z * side + x;
            for there in [z * side + (x + 1) % side, ((z + 1) % side) * side + x] {
                let difference = heights[here] - heights[there];
                let over = (difference.abs() - most).max(0.0) * 0.25 * amount * difference.signum();
                heights[here] -= over;
                heights[there] += over;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wearing_lowers_crests_and_keeps_every_height_finite() {
        let side = 64;
        let mut heights: Vec<f32> =
            (0..side * side).map(|index| if (index % side) % 16 == 0 { 60.0 } else { 5.0 }).collect();
        wear(&mut heights, side, 8.0, 1.0, &mut Dice::new(3, 1));
        assert!(heights.iter().all(|height| height.is_finite()));
        assert!(heights.iter().cloned().fold(f32::MIN, f32::max) < 60.0);
    }
}
