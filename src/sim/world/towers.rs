//! What people have built: houses, towers, lamps, boats, and the landmarks.

use glam::Vec3A;

use super::kind::Kind;
use super::noise::{hash_cell, unit};
use super::parts::{cone, half, slot};
use crate::sim::raster::Builder;

fn v(x: f32, y: f32, z: f32) -> Vec3A {
    Vec3A::new(x, y, z)
}

/// Height of the light of a landmark above its foot, metres at scale 1; `None` for what is none.
#[must_use]
pub const fn lamp_height(kind: Kind) -> Option<f32> {
    match kind {
        Kind::Lighthouse => Some(20.4),
        Kind::BellTower => Some(16.2),
        Kind::Beacon => Some(12.6),
        Kind::ClockTower => Some(31.2),
        Kind::Obelisk => Some(17.6),
        Kind::Tower => Some(12.4),
        _ => None,
    }
}

/// The near mesh of something built.
#[must_use]
pub fn near(kind: Kind, n: u32, b: Builder) -> Builder {
    match kind {
        Kind::House => house(b, n),
        Kind::Hut => {
            let b = b.slot(slot::WOOD).frustum(8, (v(0., -1., 0.), 2.4), (v(0., 1.9, 0.), 2.3), 0.2);
            let b = cone(b.slot(slot::ACCENT_LIGHT), 8, v(0., 1.7, 0.), 3.0, 2.4, 0.2);
            b.slot(slot::DARK).cuboid(v(0., 0.8, 2.15), v(0.5, 0.9, 0.2))
        }
        Kind::Shed => {
            let b = b.slot(slot::BRICK).cuboid(v(0., 1.4, 0.), v(6.2, 3.4, 4.2));
            let b = b.slot(slot::ACCENT_LIGHT).gable(v(0., 4.8, 0.), half(6.6, 4.5), 2.2);
            let b = b.slot(slot::DARK).cuboid(v(0., 1.5, 4.25), v(1.5, 1.6, 0.06));
            [-4.2, 4.2].into_iter().fold(b, |b, x| b.slot(slot::WINDOW).cuboid(v(x, 2.9, 4.24), v(0.8, 0.5, 0.05)))
        }
        Kind::Block => block(b, n, true),
        Kind::Tower => {
            let b = b.slot(slot::STONE).frustum(8, (v(0., -2., 0.), 2.8), (v(0., 9.5, 0.), 2.2), 0.2);
            let b = b.frustum(8, (v(0., 9.5, 0.), 2.2), (v(0., 10.2, 0.), 2.9), 0.2).slot(slot::STONE);
            let b = b.frustum(8, (v(0., 10.2, 0.), 2.9), (v(0., 11.4, 0.), 2.9), 0.2);
            let b = cone(b.slot(slot::ACCENT), 8, v(0., 12.9, 0.), 2.9, 2.6, 0.2);
            let b = b.slot(slot::LAMP).frustum(6, (v(0., 11.4, 0.), 0.9), (v(0., 13.0, 0.), 0.9), 0.0);
            b.slot(slot::DARK)
                .cuboid(v(0., 0.9, 2.5), v(0.6, 1.1, 0.3))
                .slot(slot::WINDOW)
                .cuboid(v(0., 6., 2.35), v(0.25, 0.5, 0.2))
        }
        Kind::StreetLamp => {
            let b = b.slot(slot::DARK).frustum(4, (v(0., -0.3, 0.), 0.09), (v(0., 4.2, 0.), 0.06), 0.0);
            let b = b.cuboid(v(0.4, 4.2, 0.), v(0.5, 0.05, 0.06));
            b.slot(slot::LAMP).cuboid(v(0.8, 4.08, 0.), v(0.22, 0.1, 0.14)).slot(slot::LAMP).triangle([
                v(0.58, 3.98, 0.14),
                v(0.58, 3.98, -0.14),
                v(1.02, 3.98, 0.),
            ])
        }
        Kind::Lantern => {
            let b = b.slot(slot::STONE).frustum(6, (v(0., -0.3, 0.), 0.3), (v(0., 0.8, 0.), 0.18), 0.0);
            let b = b.slot(slot::LAMP).frustum(6, (v(0., 0.8, 0.), 0.26), (v(0., 1.25, 0.), 0.26), 0.0);
            cone(b.slot(slot::STONE), 6, v(0., 1.22, 0.), 0.48, 0.36, 0.0)
        }
        Kind::Fire => {
            let b = (0..5).fold(b, |b, index| {
                let (sin, cos) = (index as f32 * 1.2566).sin_cos();
                b.slot(slot::BARK).frustum(4, (v(cos * 0.55, 0., sin * 0.55), 0.09), (v(0., 0.55, 0.), 0.06), 0.0)
            });
            let b = cone(b.slot(slot::LAMP), 5, v(0., 0.25, 0.), 0.36, 1.1, 0.3);
            cone(b.slot(slot::LAMP), 4, v(0.18, 0.2, 0.1), 0.22, 0.7, 0.9)
        }
        Kind::Column => column(b, n),
        Kind::Arch => arch(b),
        Kind::Wall => {
            let b = b.slot(slot::WOOD).cuboid(v(-1.4, 0.6, 0.), v(1.6, 1.5 - 0.3 * n as f32, 0.42));
            b.cuboid(v(1.4, 0.2, 0.), v(1.4, 1.0 + 0.2 * n as f32, 0.42)).cuboid(v(2.2, 0.9, 0.), v(0.5, 0.9, 0.40))
        }
        Kind::Boat => boat(b, n),
        Kind::Pier => {
            let b = b.slot(slot::BARK).cuboid(v(0., 0.85, 0.), v(1.2, 0.1, 7.0));
            [-6.0_f32, -2.0, 2.0, 6.0].into_iter().fold(b, |b, z| {
                [-1.05, 1.05].into_iter().fold(b, |b, x| b.frustum(5, (v(x, -3., z), 0.14), (v(x, 1.5, z), 0.13), 0.0))
            })
        }
        Kind::Crate => {
            let b = b.slot(slot::BARK).cuboid(v(0., 0.55, 0.), v(0.55, 0.55, 0.55));
            let b = if n > 0 { b.slot(slot::ACCENT).cuboid(v(0.2, 1.5, 0.1), v(0.4, 0.4, 0.4)) } else { b };
            b.slot(slot::ACCENT_LIGHT).frustum(7, (v(1.1, 0., 0.3), 0.36), (v(1.1, 0.95, 0.3), 0.34), 0.0)
        }
        Kind::Tent => b.slot(slot::ACCENT).gable(v(0., 0., 0.), half(1.4, 1.6), 1.9).slot(slot::DARK).triangle([
            v(-0.5, 0., 1.62),
            v(0.5, 0., 1.62),
            v(0., 1.4, 1.62),
        ]),
        Kind::Statue => {
            let b = b.slot(slot::WHITE).cuboid(v(0., 0.3, 0.), v(0.6, 0.4, 0.6));
            let b = b.frustum(6, (v(0., 0.7, 0.), 0.5), (v(0., 1.7, 0.), 0.34), 0.3);
            let b = b.frustum(6, (v(0., 1.7, 0.), 0.42), (v(0., 2.2, 0.), 0.22), 0.3);
            b.lump(v(0., 2.5, 0.), v(0.3, 0.33, 0.3), |_| 0.5)
        }
        Kind::Birds => b.slot(slot::DARK).leaf([v(0., 0., 0.4), v(0., 0., -0.3), v(1.1, 0.35, -0.1)]).leaf([
            v(0., 0., -0.3),
            v(0., 0., 0.4),
            v(-1.1, 0.35, -0.1),
        ]),
        Kind::Lighthouse => lighthouse(b),
        Kind::BellTower => bell_tower(b),
        Kind::Beacon => beacon(b),
        Kind::ClockTower => clock_tower(b),
        Kind::Obelisk => obelisk(b),
        _ => b,
    }
}

fn house(b: Builder, n: u32) -> Builder {
    let wide = 3.2 + 0.4 * n as f32;
    let b = b.slot(slot::WHITE).cuboid(v(0., 0.4, 0.), v(wide, 2.4, 2.7));
    let b = b.slot(slot::ACCENT).gable(v(0., 2.7, 0.), half(wide + 0.45, 3.1), 2.3);
    let b = b.slot(slot::BRICK).cuboid(v(wide * 0.45, 4.6, -0.8), v(0.35, 1.1, 0.35));
    let b = b.slot(slot::DARK).cuboid(v(-0.4, 0.95, 2.72), v(0.5, 1.0, 0.06));
    let b = [(1.6, 2.72), (-2.2, 2.72), (1.6, -2.72), (-1.4, -2.72)]
        .into_iter()
        .fold(b, |b, (x, z)| b.slot(slot::WINDOW).cuboid(v(x, 1.35, z), v(0.48, 0.5, 0.05)));
    [-wide, wide].into_iter().fold(b, |b, x| b.slot(slot::WINDOW).cuboid(v(x, 1.35, 0.3), v(0.05, 0.5, 0.5)))
}

fn column(b: Builder, n: u32) -> Builder {
    let tall = [5.6, 3.4, 5.6][n as usize % 3];
    let b = b.slot(slot::WOOD).cuboid(v(0., 0.1, 0.), v(0.75, 0.4, 0.75));
    let b = b.frustum(8, (v(0., 0.5, 0.), 0.52), (v(0., tall, 0.), 0.42), 0.2);
    if n == 1 {
        // A broken one, its head beside it.
        return b.frustum(8, (v(1.7, 0.0, 0.4), 0.45), (v(2.1, 0.8, 0.8), 0.44), 0.2);
    }
    b.cuboid(v(0., tall + 0.2, 0.), v(0.7, 0.22, 0.7))
}

fn arch(b: Builder) -> Builder {
    let b = [-1.0_f32, 1.0].into_iter().fold(b, |b, side| {
        b.slot(slot::ACCENT).frustum(6, (v(side * 2.1, -0.6, 0.), 0.3), (v(side * 1.95, 4.4, 0.), 0.26), 0.0)
    });
    b.slot(slot::ACCENT)
        .cuboid(v(0., 3.6, 0.), v(2.5, 0.16, 0.18))
        .cuboid(v(0., 4.6, 0.), v(3.1, 0.22, 0.3))
        .slot(slot::DARK)
        .cuboid(v(0., 4.88, 0.), v(3.2, 0.08, 0.38))
}

fn boat(b: Builder, n: u32) -> Builder {
    let hull = if n == 0 { slot::ACCENT } else { slot::ACCENT_LIGHT };
    let (bow, stern) = (v(0., 0.9, 2.9), v(0., 0.7, -2.2));
    let keel = [v(0., -0.5, 1.6), v(0., -0.5, -1.9)];
    let b = [-1.0_f32, 1.0].into_iter().fold(b.slot(hull), |b, side| {
        let (fore, aft) = (v(side * 0.95, 0.65, 0.9), v(side * 0.85, 0.65, -2.0));
        let quads = [[keel[1], keel[0], fore, aft], [keel[0], bow, fore, fore], [keel[1], aft, stern, stern]];
        // Planks have two sides: an open boat is seen from within as well.
        let both = quads.into_iter().flat_map(|quad| [quad, [quad[3], quad[2], quad[1], quad[0]]]);
        both.fold(b, Builder::quad)
    });
    let b = b.slot(slot::BARK).quad([v(-0.9, 0.5, 0.9), v(0.9, 0.5, 0.9), v(0.8, 0.5, -2.0), v(-0.8, 0.5, -2.0)]);
    let b = b.slot(slot::BARK).triangle([v(-0.9, 0.5, 0.9), v(0., 0.6, 2.7), v(0.9, 0.5, 0.9)]);
    let b = b.frustum(4, (v(0., 0.3, 0.2), 0.08), (v(0., 5.2, 0.2), 0.05), 0.0);
    if n == 2 {
        return b.slot(slot::WHITE).cuboid(v(0., 1.1, -1.1), v(0.55, 0.6, 0.6));
    }
    b.slot(slot::WHITE).leaf([v(0., 1.1, 0.05), v(0., 1.1, -2.0), v(0.25, 5.0, 0.1)]).leaf([
        v(0., 1.1, 0.4),
        v(0.3, 4.4, 0.3),
        v(0., 1.2, 2.3),
    ])
}

fn lighthouse(b: Builder) -> Builder {
    let b = b.slot(slot::STONE).frustum(9, (v(0., -3., 0.), 4.6), (v(0., 1.0, 0.), 4.0), 0.1);
    let bands = [(1.0, 5.4, slot::WHITE), (5.4, 9.6, slot::ACCENT), (9.6, 13.6, slot::WHITE), (13.6, 17.4, slot::ACCENT)];
    let radius = |y: f32| 2.9 - (y - 1.0) * 0.068;
    let b = bands.into_iter().fold(b, |b, (from, to, shade)| {
        b.slot(shade).frustum(10, (v(0., from, 0.), radius(from)), (v(0., to, 0.), radius(to)), 0.1)
    });
    let b = b.slot(slot::DARK).frustum(10, (v(0., 17.4, 0.), 1.8), (v(0., 18.1, 0.), 2.6), 0.1);
    let b = b.frustum(10, (v(0., 18.1, 0.), 2.6), (v(0., 18.7, 0.), 2.6), 0.1);
    let b = b.slot(slot::LAMP).frustum(8, (v(0., 18.7, 0.), 1.35), (v(0., 21.3, 0.), 1.35), 0.1);
    let b = cone(b.slot(slot::ACCENT), 8, v(0., 21.2, 0.), 1.9, 1.7, 0.1);
    let b = b.slot(slot::DARK).cuboid(v(0., 2.0, 2.75), v(0.6, 1.1, 0.25));
    [6.6_f32, 11.0].into_iter().fold(b, |b, y| b.slot(slot::WINDOW).cuboid(v(0., y, radius(y)), v(0.3, 0.5, 0.15)))
}

fn bell_tower(b: Builder) -> Builder {
    let b = b
        .slot(slot::WHITE)
        .cuboid(v(0., 5., 0.), v(2.3, 8., 2.3))
        .slot(slot::BRICK)
        .cuboid(v(0., -0.4, 0.), v(2.7, 2.6, 2.7));
    let b = b.slot(slot::BRICK).cuboid(v(0., 13.2, 0.), v(2.6, 0.25, 2.6));
    // The open bell room, its four posts and the bell that flashes.
    let b = [(-1., -1.), (1., -1.), (-1., 1.), (1., 1.)]
        .into_iter()
        .fold(b, |b, (x, z): (f32, f32)| b.slot(slot::WHITE).cuboid(v(x * 2.0, 15.2, z * 2.0), v(0.32, 1.9, 0.32)));
    let b = b.slot(slot::LAMP).frustum(8, (v(0., 15.2, 0.), 1.1), (v(0., 16.9, 0.), 0.5), 0.0);
    let b = b.slot(slot::BRICK).cuboid(v(0., 17.2, 0.), v(2.6, 0.22, 2.6));
    let b = b.slot(slot::ACCENT).frustum(4, (v(0., 17.4, 0.), 3.7), (v(0., 23.4, 0.), 0.0), std::f32::consts::FRAC_PI_4);
    let b = b.slot(slot::DARK).cuboid(v(0., 1.2, 2.7), v(0.7, 1.3, 0.1));
    [5.2_f32, 9.2].into_iter().fold(b, |b, y| {
        b.slot(slot::WINDOW)
            .cuboid(v(0., y, 2.31), v(0.35, 0.8, 0.06))
            .cuboid(v(2.31, y, 0.), v(0.06, 0.8, 0.35))
            .cuboid(v(-2.31, y, 0.), v(0.06, 0.8, 0.35))
    })
}

fn beacon(b: Builder) -> Builder {
    let b = b.slot(slot::STONE).frustum(7, (v(0., -3., 0.), 4.2), (v(0., 2.5, 0.), 3.2), 0.2);
    let b = b.frustum(7, (v(0., 2.5, 0.), 2.7), (v(0., 7.5, 0.), 1.9), 0.5);
    let b = b.frustum(7, (v(0., 7.5, 0.), 1.7), (v(0., 10.4, 0.), 1.3), 0.1);
    let b = b.slot(slot::DARK).frustum(7, (v(0., 10.4, 0.), 1.0), (v(0., 11.6, 0.), 2.1), 0.1);
    let b = cone(b.slot(slot::LAMP), 6, v(0., 11.5, 0.), 1.5, 2.9, 0.4);
    cone(b.slot(slot::LAMP), 5, v(0.5, 11.5, 0.4), 0.8, 2.0, 1.1)
}

fn clock_tower(b: Builder) -> Builder {
    let b = b
        .slot(slot::WOOD)
        .cuboid(v(0., 9., 0.), v(2.8, 13., 2.8))
        .slot(slot::BRICK)
        .cuboid(v(0., 0.4, 0.), v(3.6, 3.4, 3.6));
    let b = b.slot(slot::BRICK).cuboid(v(0., 25.2, 0.), v(3.3, 3.3, 3.3));
    let faces = [(v(0., 25.4, 3.32), v(2.1, 2.1, 0.05)), (v(0., 25.4, -3.32), v(2.1, 2.1, 0.05))];
    let b = faces.into_iter().fold(b, |b, (at, size)| b.slot(slot::WINDOW).cuboid(at, size));
    let sides = [(v(3.32, 25.4, 0.), v(0.05, 2.1, 2.1)), (v(-3.32, 25.4, 0.), v(0.05, 2.1, 2.1))];
    let b = sides.into_iter().fold(b, |b, (at, size)| b.slot(slot::WINDOW).cuboid(at, size));
    let b = [1.0_f32, -1.0].into_iter().fold(b, |b, side| {
        b.slot(slot::DARK)
            .cuboid(v(0., 26.1, side * 3.4), v(0.13, 0.9, 0.04))
            .cuboid(v(0.5, 25.4, side * 3.4), v(0.6, 0.12, 0.04))
            .cuboid(v(side * 3.4, 26.1, 0.), v(0.04, 0.9, 0.13))
    });
    let b = b.slot(slot::NEON).cuboid(v(0., 28.7, 0.), v(3.4, 0.15, 3.4));
    let b = b.slot(slot::DARK).frustum(4, (v(0., 28.8, 0.), 4.2), (v(0., 30.2, 0.), 1.6), std::f32::consts::FRAC_PI_4);
    let b = b.slot(slot::LAMP).frustum(8, (v(0., 30.2, 0.), 1.1), (v(0., 32.2, 0.), 1.1), 0.0);
    let b = cone(b.slot(slot::DARK), 8, v(0., 32.1, 0.), 1.5, 4.5, 0.0);
    [6.0_f32, 11.0, 16.0].into_iter().fold(b, |b, y| {
        b.slot(slot::WINDOW)
            .cuboid(v(0., y, 2.82), v(0.5, 1.5, 0.05))
            .cuboid(v(2.82, y, 0.), v(0.05, 1.5, 0.5))
            .cuboid(v(-2.82, y, 0.), v(0.05, 1.5, 0.5))
    })
}

fn obelisk(b: Builder) -> Builder {
    let quarter = std::f32::consts::FRAC_PI_4;
    let b = b.slot(slot::WOOD).cuboid(v(0., -0.6, 0.), v(3.4, 1.6, 3.4)).cuboid(v(0., 1.4, 0.), v(2.5, 0.5, 2.5));
    let b = b.slot(slot::STONE).frustum(4, (v(0., 1.9, 0.), 2.3), (v(0., 15.6, 0.), 1.5), quarter);
    let b = b.slot(slot::NEON_LIGHT).frustum(4, (v(0., 9.0, 0.), 1.93), (v(0., 9.5, 0.), 1.91), quarter);
    let b = b.slot(slot::LAMP).frustum(4, (v(0., 16.2, 0.), 0.0), (v(0., 17.6, 0.), 1.25), quarter);
    b.frustum(4, (v(0., 17.6, 0.), 1.25), (v(0., 19.6, 0.), 0.0), quarter)
}

/// A city block, with its windows one by one or not.
fn block(b: Builder, n: u32, windows: bool) -> Builder {
    let tall = 18.0;
    let half_side = 6.0;
    let wall = [slot::WOOD, slot::BRICK, slot::STONE][n as usize % 3];
    let mut b = b.slot(wall).cuboid(v(0., tall * 0.5 - 2.0, 0.), v(half_side, tall * 0.5 + 2.0, half_side));
    let turn = |side: u32, along: f32, y: f32, out: f32| match side {
        0 => v(along, y, out),
        1 => v(out, y, -along),
        2 => v(-along, y, -out),
        _ => v(-out, y, along),
    };
    if windows {
        b = b.slot(slot::DARK).cuboid(v(0., tall + 0.5, 0.), v(half_side - 0.6, 0.5, half_side - 0.6));
        b = b.cuboid(v(1.5, tall + 1.6, -1.), v(1.4, 1.2, 1.1));
    }
    for side in 0..4 {
        for floor in 0..6 {
            for column in 0..4 {
                let dice = hash_cell(u64::from(n) + 77, (side * 8 + floor) as i32, column);
                let lit = unit(dice) < 0.48;
                if !lit || !windows && column % 2 == 1 {
                    continue;
                }
                let wide = if windows { 0.85 } else { 2.2 };
                let (x, y) = (-4.3 + column as f32 * 2.87 + if windows { 0.0 } else { 1.4 }, 2.6 + floor as f32 * 2.7);
                let corner = |dx: f32, dy: f32| turn(side, x + dx * wide, y + dy * 0.62, half_side + 0.04);
                b = b.slot(slot::WINDOW).quad([corner(-1., -1.), corner(1., -1.), corner(1., 1.), corner(-1., 1.)]);
            }
        }
    }
    // A sign on the street side.
    let sign = if n == 0 { slot::NEON } else { slot::NEON_LIGHT };
    // Shops below, lit along the pavement on two sides.
    for side in [n % 4, (n + 2) % 4] {
        let shade = if side < 2 { slot::NEON_LIGHT } else { slot::NEON };
        let corner = |dx: f32, dy: f32| turn(side, dx * 4.6 - 0.6, 1.15 + dy * 0.14, half_side + 0.08);
        b = b.slot(shade).quad([corner(-1., -1.), corner(1., -1.), corner(1., 1.), corner(-1., 1.)]);
        let corner = |dx: f32, dy: f32| turn(side, dx * 4.2 - 0.6, 0.45 + dy * 0.42, half_side + 0.06);
        b = b.slot(slot::WINDOW).quad([corner(-1., -1.), corner(1., -1.), corner(1., 1.), corner(-1., 1.)]);
    }
    let side = (n + 1) % 4;
    let corner = |dx: f32, dy: f32| turn(side, 5.0 + dx * 0.7, 9.0 + dy * 4.2, half_side + 0.3);
    b = b.slot(sign).quad([corner(-1., -1.), corner(1., -1.), corner(1., 1.), corner(-1., 1.)]);
    b
}

/// The far mesh of a city block.
#[must_use]
pub fn far_block(n: u32, b: Builder) -> Builder {
    block(b, n, false)
}
