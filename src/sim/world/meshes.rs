//! The shape of every kind of thing: one mesh for near, one for far, built once. Metres, standing on 0, front towards +z.

use glam::Vec3A;

use super::kind::Kind;
use super::noise::{scramble, unit};
use super::parts::{cone, slot};
use super::towers;
use crate::sim::raster::{Builder, Mesh};

/// Variants of a kind's shape.
pub const VARIANTS: usize = 3;

/// The meshes of one variant of a kind.
#[derive(Debug)]
pub struct Shapes {
    /// In full.
    pub near: Mesh,
    /// For a few pixels.
    pub far: Mesh,
}

/// All meshes, in the order of [`Kind::ALL`], [`VARIANTS`] to each.
#[must_use]
pub fn all() -> Vec<Shapes> {
    Kind::ALL
        .into_iter()
        .flat_map(|kind| (0..VARIANTS).map(move |variant| (kind, variant as u32)))
        .map(|(kind, variant)| {
            let near = near(kind, variant).build();
            let far = far(kind, variant).map_or_else(|| near.clone(), Builder::build);
            Shapes { near, far }
        })
        .collect()
}

fn v(x: f32, y: f32, z: f32) -> Vec3A {
    Vec3A::new(x, y, z)
}

fn jitter(salt: u32) -> impl Fn(u32) -> f32 {
    move |key| unit(scramble(u64::from(key) << 20 ^ u64::from(salt)))
}

fn turn(salt: u32) -> f32 {
    unit(scramble(u64::from(salt) ^ 0x7157)) * std::f32::consts::TAU
}

fn post(builder: Builder, sides: u16, foot: Vec3A, radius: f32, top: Vec3A, top_radius: f32) -> Builder {
    builder.frustum(sides, (foot, radius), (top, top_radius), 0.4)
}

fn near(kind: Kind, n: u32) -> Builder {
    let b = Builder::new();
    let s = kind as u32 * 8 + n;
    match kind {
        Kind::Pine => {
            let mut b = post(b.slot(slot::BARK), 5, v(0., -0.5, 0.), 0.24, v(0., 1.6, 0.), 0.17);
            let tiers = 3 + n % 2;
            for tier in 0..tiers {
                let part = tier as f32 / tiers as f32;
                let leaf = if tier % 2 == 0 { slot::LEAF } else { slot::LEAF_LIGHT };
                b = cone(
                    b.slot(leaf),
                    7,
                    v(0., 1.1 + part * 4.6, 0.),
                    1.75 * (1.0 - part * 0.72),
                    2.9 - part,
                    turn(s + tier),
                );
            }
            b
        }
        Kind::Oak => post(b.slot(slot::BARK), 6, v(0., -0.5, 0.), 0.36, v(0.1, 2.8, 0.), 0.2)
            .slot(slot::LEAF)
            .lump(v(0.1, 3.9, 0.), v(2.1, 1.55, 2.0), jitter(s))
            .slot(slot::LEAF_LIGHT)
            .lump(v(0.7 - n as f32 * 0.6, 5.0, 0.5), v(1.35, 1.05, 1.3), jitter(s + 31))
            .slot(slot::LEAF)
            .lump(v(-1.1, 3.5, -0.9 + n as f32 * 0.7), v(1.15, 0.9, 1.1), jitter(s + 57)),
        Kind::Birch => post(b.slot(slot::WHITE), 5, v(0., -0.5, 0.), 0.16, v(0.2, 3.6, 0.1), 0.09)
            .slot(slot::LEAF_LIGHT)
            .lump(v(0.2, 4.6, 0.1), v(1.05, 1.9, 1.05), jitter(s))
            .slot(slot::LEAF)
            .lump(v(-0.3, 3.4, 0.4), v(0.8, 0.9, 0.8), jitter(s + 9)),
        Kind::Palm => palm(b, s),
        Kind::DeadTree => {
            let b = post(b.slot(slot::BARK), 5, v(0., -0.5, 0.), 0.3, v(0.3, 2.6, 0.), 0.16);
            let b = post(b, 4, v(0.25, 2.3, 0.), 0.15, v(0.1 + n as f32 * 0.3, 5.0, 0.5), 0.02);
            let b = post(b, 4, v(0.2, 2.0, 0.), 0.11, v(1.5, 3.7, -0.3), 0.02);
            let b = post(b, 4, v(0.15, 1.6, 0.), 0.1, v(-1.2, 3.2, 0.5), 0.02);
            post(b, 3, v(0.2, 3.3, 0.2), 0.07, v(-0.7, 4.5, -0.5), 0.01)
        }
        Kind::Cactus => {
            let b = cone(
                post(b.slot(slot::LEAF), 7, v(0., -0.4, 0.), 0.34, v(0., 3.2, 0.), 0.3),
                7,
                v(0., 3.2, 0.),
                0.3,
                0.25,
                0.4,
            );
            let b = post(b, 6, v(0.3, 1.3, 0.), 0.2, v(0.95, 1.5, 0.), 0.2);
            let b = cone(post(b, 6, v(0.9, 1.35, 0.), 0.22, v(0.95, 2.6, 0.), 0.18), 6, v(0.95, 2.6, 0.), 0.18, 0.2, 0.4);
            let b = post(b.slot(slot::LEAF_LIGHT), 6, v(-0.25, 1.8, 0.), 0.17, v(-0.8, 2.0, 0.1), 0.17);
            cone(post(b, 6, v(-0.78, 1.85, 0.1), 0.18, v(-0.8, 2.8, 0.1), 0.15), 6, v(-0.8, 2.8, 0.1), 0.15, 0.18, 0.4)
        }
        Kind::Bush => b.slot(slot::LEAF).lump(v(0., 0.45, 0.), v(0.85, 0.65, 0.8), jitter(s)).slot(slot::LEAF_LIGHT).lump(
            v(0.45, 0.35, 0.4),
            v(0.5, 0.45, 0.5),
            jitter(s + 3),
        ),
        Kind::Reed => (0..5).fold(b, |b, index| {
            let (sin, cos) = turn(s * 11 + index).sin_cos();
            let foot = v(cos * 0.3, -0.3, sin * 0.3);
            let top = foot * 1.7 + v(0., 1.5 + 0.3 * jitter(s)(index), 0.);
            b.slot(if index % 2 == 0 { slot::LEAF } else { slot::LEAF_LIGHT }).leaf([
                foot - v(sin, 0., -cos) * 0.06,
                foot + v(sin, 0., -cos) * 0.06,
                top,
            ])
        }),
        Kind::Flower => (0..4).fold(b, |b, index| {
            let (sin, cos) = turn(s * 7 + index).sin_cos();
            let foot = v(cos, 0., sin) * (0.15 + 0.4 * jitter(s)(index));
            let head = foot + v(0., 0.34 + 0.16 * jitter(s)(index + 9), 0.);
            let petals = if (index + n).is_multiple_of(3) { slot::ACCENT_LIGHT } else { slot::ACCENT };
            let b = b.slot(slot::LEAF).leaf([foot - v(0.03, 0., 0.), foot + v(0.03, 0., 0.), head]);
            cone(b.slot(petals), 4, head + v(0., 0.08, 0.), 0.14, -0.12, turn(s)).slot(petals).frustum(
                4,
                (head, 0.02),
                (head + v(0., 0.09, 0.), 0.13),
                0.7,
            )
        }),
        Kind::Mushroom => {
            let b = post(b.slot(slot::WHITE), 6, v(0., -0.3, 0.), 0.26, v(0.1, 1.7, 0.), 0.18);
            cone(b.slot(slot::ACCENT), 8, v(0.1, 1.45, 0.), 1.1, 0.85, turn(s)).slot(slot::ACCENT_LIGHT).frustum(
                5,
                (v(0.35, 1.86, 0.3), 0.17),
                (v(0.38, 2.0, 0.33), 0.1),
                0.0,
            )
        }
        Kind::Crystal => (0..4).fold(b, |b, index| {
            let (sin, cos) = turn(s * 5 + index).sin_cos();
            let size = 1.0 - index as f32 * 0.19;
            let lean = v(cos, 0., sin) * (0.35 * index as f32);
            let shade = if index % 2 == 0 { slot::ACCENT } else { slot::ACCENT_LIGHT };
            b.slot(shade)
                .frustum(5, (lean * 0.5 - v(0., 0.4, 0.), 0.3 * size), (lean + v(0., 1.9 * size, 0.), 0.36 * size), turn(s))
                .frustum(5, (lean + v(0., 1.9 * size, 0.), 0.36 * size), (lean * 1.2 + v(0., 2.9 * size, 0.), 0.0), turn(s))
        }),
        Kind::Rock => b.slot(slot::STONE).lump(v(0., 0.15, 0.), v(0.6, 0.42, 0.5), jitter(s)),
        Kind::Boulder => b.slot(slot::STONE).lump(v(0., 0.9, 0.), v(1.9, 1.4, 1.6), jitter(s)).lump(
            v(1.3, 0.35, 0.8),
            v(0.9, 0.7, 0.8),
            jitter(s + 4),
        ),
        Kind::Spire => {
            let b = b.slot(slot::STONE).frustum(7, (v(0., -2., 0.), 3.4), (v(0.3, 5., 0.), 2.1), turn(s));
            let b = b.frustum(7, (v(0.3, 5., 0.), 2.5), (v(0.5, 9.5, 0.3), 1.5), turn(s + 1));
            b.frustum(6, (v(0.5, 9.5, 0.3), 1.8), (v(0.3, 13.5 + n as f32, 0.2), 0.8), turn(s + 2))
        }
        Kind::Stalk => {
            let b = post(b.slot(slot::WOOD), 5, v(0., -0.4, 0.), 0.4, v(0.5, 2.4, 0.2), 0.2);
            let b = post(b, 5, v(0.5, 2.4, 0.2), 0.2, v(0.1, 4.6, -0.3), 0.1);
            let b = b.slot(slot::LEAF).frustum(7, (v(0.1, 4.3, -0.3), 0.1), (v(0.1, 5.3, -0.3), 1.5), turn(s));
            let b = b.slot(slot::NEON_LIGHT).lump(v(0.1, 5.5, -0.3), v(0.5, 0.5, 0.5), jitter(s));
            b.slot(slot::LEAF_LIGHT).lump(v(0.75, 2.2, 0.5), v(0.5, 0.4, 0.5), jitter(s + 2))
        }
        _ => towers::near(kind, n, b),
    }
}

/// A rounded heap.
fn mound(b: Builder, radius: f32, height: f32, turn: f32) -> Builder {
    let waist = v(0.0, height * 0.5, 0.0);
    let b = b.frustum(6, (v(0.0, -0.1, 0.0), radius * 0.92), (waist, radius), turn);
    cone(b, 6, waist, radius, height * 0.5, turn)
}

fn palm(b: Builder, s: u32) -> Builder {
    let b = post(b.slot(slot::BARK), 5, v(0., -0.5, 0.), 0.26, v(0.5, 2.6, 0.), 0.18);
    let crown = v(1.3, 5.6, 0.1);
    let b = post(b, 5, v(0.5, 2.6, 0.), 0.18, crown, 0.12);
    (0..7).fold(b, |b, index| {
        let (sin, cos) = (index as f32 / 7.0 * std::f32::consts::TAU + turn(s)).sin_cos();
        let out = v(cos, 0., sin);
        let side = v(-sin, 0., cos) * 0.38;
        let droop = 0.8 + 0.5 * jitter(s)(index);
        let (middle, tip) = (crown + out * 1.25 + v(0., 0.35, 0.), crown + out * 2.5 - v(0., droop, 0.));
        b.slot(if index % 2 == 0 { slot::LEAF } else { slot::LEAF_LIGHT })
            .leaf([crown, middle + side, middle - side])
            .leaf([middle - side, middle + side, tip])
    })
}

fn far(kind: Kind, n: u32) -> Option<Builder> {
    let b = Builder::new();
    let s = kind as u32 * 8 + n;
    Some(match kind {
        Kind::Pine => cone(b.slot(slot::LEAF), 5, v(0., 0.9, 0.), 1.55, 5.9 + 0.5 * n as f32, turn(s)),
        Kind::Oak => {
            let b = b.slot(slot::BARK).frustum(3, (v(0., -0.5, 0.), 0.34), (v(0.1, 3.0, 0.), 0.2), 0.0);
            let b = b.slot(slot::LEAF).frustum(6, (v(0.1, 2.4, 0.), 1.2), (v(0.1, 3.5, 0.), 2.1), turn(s));
            let b = b.frustum(6, (v(0.1, 3.5, 0.), 2.1), (v(0.1, 4.8, 0.), 1.7), turn(s));
            cone(b.slot(slot::LEAF_LIGHT), 6, v(0.1, 4.8, 0.), 1.7, 1.1, turn(s))
        }
        Kind::Birch => {
            let b = b.slot(slot::WHITE).frustum(3, (v(0., -0.5, 0.), 0.15), (v(0.2, 3.4, 0.1), 0.1), 0.0);
            let b = b.slot(slot::LEAF).frustum(5, (v(0.2, 2.7, 0.1), 0.5), (v(0.2, 3.8, 0.1), 1.05), turn(s));
            cone(b.slot(slot::LEAF_LIGHT), 5, v(0.2, 3.8, 0.1), 1.05, 2.7, turn(s))
        }
        Kind::Bush => mound(b.slot(slot::LEAF), 0.92, 1.05, turn(s)),
        Kind::Rock => mound(b.slot(slot::STONE), 0.6, 0.55, turn(s)),
        Kind::Boulder => mound(b.slot(slot::STONE), 1.9, 2.1, turn(s)),
        Kind::Mushroom => {
            let b = b.slot(slot::WHITE).frustum(3, (v(0., -0.3, 0.), 0.24), (v(0.1, 1.6, 0.), 0.18), 0.0);
            cone(b.slot(slot::ACCENT), 6, v(0.1, 1.45, 0.), 1.1, 0.85, turn(s))
        }
        Kind::Block => return Some(towers::far_block(n, b)),
        _ => return None,
    })
}
