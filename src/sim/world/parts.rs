//! What meshes are made of beside the solids of the rasteriser: the slots of materials, and a few shapes that recur.

use glam::{Vec2, Vec3A};

use crate::sim::raster::Builder;

/// Materials by slot.
pub mod slot {
    /// Leaves.
    pub const LEAF: u8 = 0;
    /// Leaves in the light.
    pub const LEAF_LIGHT: u8 = 1;
    /// Walls, pillars, trunks of the theme.
    pub const WOOD: u8 = 2;
    /// Roofs, blossoms, signs.
    pub const ACCENT: u8 = 3;
    /// The other accent.
    pub const ACCENT_LIGHT: u8 = 4;
    /// Lamps: light of their own.
    pub const LAMP: u8 = 5;
    /// Stone of the land.
    pub const STONE: u8 = 6;
    /// Plaster and sails.
    pub const WHITE: u8 = 7;
    /// Doors, iron.
    pub const DARK: u8 = 8;
    /// Windows: glass by day, light by night.
    pub const WINDOW: u8 = 9;
    /// Bark.
    pub const BARK: u8 = 10;
    /// Signs: light of their own, in the theme's accents.
    pub const NEON: u8 = 11;
    /// The other sign.
    pub const NEON_LIGHT: u8 = 12;
    /// Bricks.
    pub const BRICK: u8 = 13;
    /// How many there are.
    pub const COUNT: usize = 14;
}

/// A cone with a shallow underside.
#[must_use]
pub fn cone(mut builder: Builder, sides: u16, foot: Vec3A, radius: f32, rise: f32, twist: f32) -> Builder {
    let ring = |index: u16| {
        let (sin, cos) = (f32::from(index % sides) / f32::from(sides) * std::f32::consts::TAU + twist).sin_cos();
        foot + Vec3A::new(cos * radius, 0.0, sin * radius)
    };
    for index in 0..sides {
        let (a, b) = (ring(index), ring(index + 1));
        builder = builder.triangle([b, a, foot + Vec3A::Y * rise]).triangle([a, b, foot + Vec3A::Y * (rise * 0.08)]);
    }
    builder
}

/// A rectangle as half sides, for roofs.
#[must_use]
pub const fn half(x: f32, z: f32) -> Vec2 {
    Vec2::new(x, z)
}
