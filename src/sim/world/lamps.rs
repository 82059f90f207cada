//! Small lights near the eye: fires, lanterns, street lamps, the landmark. A bounded handful, the nearest first.

use glam::Vec3A;

/// Most lamps that light a frame.
pub const MOST: usize = 12;

/// One lamp, relative to the eye.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lamp {
    /// Where.
    pub relative: Vec3A,
    /// Its light at one metre.
    pub light: Vec3A,
    /// How far it reaches, metres.
    pub reach: f32,
}

/// The lamps of a frame.
#[derive(Clone, Debug, Default)]
pub struct Lamps {
    list: Vec<Lamp>,
}

impl Lamps {
    /// Forgets the last frame's lamps.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Adds a lamp; full, the farthest gives way.
    pub fn push(&mut self, lamp: Lamp) {
        if self.list.len() < MOST {
            self.list.push(lamp);
            return;
        }
        let far = |lamp: &Lamp| lamp.relative.length_squared();
        if let Some(worst) = self.list.iter_mut().max_by(|a, b| far(a).total_cmp(&far(b)))
            && far(&lamp) < far(worst)
        {
            *worst = lamp;
        }
    }

    /// The lamps.
    #[must_use]
    pub fn list(&self) -> &[Lamp] {
        &self.list
    }

    /// The light that falls on a surface at a point relative to the eye.
    #[inline]
    #[must_use]
    pub fn at(&self, relative: Vec3A, normal: Vec3A) -> Vec3A {
        let mut sum = Vec3A::ZERO;
        for lamp in &self.list {
            let way = lamp.relative - relative;
            let square = way.length_squared();
            if square < lamp.reach * lamp.reach {
                let facing = 0.3 + 0.7 * (normal.dot(way) / square.sqrt().max(0.1)).max(0.0);
                let fade = 1.0 - square / (lamp.reach * lamp.reach);
                sum += lamp.light * (facing * fade * fade / (1.0 + square * 0.06));
            }
        }
        sum
    }
}
