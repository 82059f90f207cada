//! Draws things: the nearest first, in full when near and as a few faces when far. What comes into range grows out of the
//! ground, so nothing pops.

use glam::{Vec2, Vec3A};

use super::air::{Air, albedo_of, light_of};
use super::kind::Kind;
use super::lamps::{Lamp, Lamps};
use super::meshes::{Shapes, VARIANTS};
use super::noise::{hash_cell, lerp, smooth, unit};
use super::parts::slot;
use super::terrain::{Terrain, toward};
use super::theme::Theme;
use super::things::{BUCKET, Thing, Things};
use crate::sim::raster::{Camera, Corner, Mesh, Sprite, SpriteShape, Triangles};

/// Buckets to each side of the eye that are looked into.
const REACH: i32 = 15;
/// Corners of the largest mesh.
const MOST_POINTS: usize = 640;
/// Seconds in which a new thing grows.
const GROWTH: f32 = 0.8;
/// Height in pixels from which a thing is drawn in full.
const FULL: f32 = 46.0;
/// Media seconds are kept modulo an hour.
const HOUR: f32 = 3600.0;

/// What a slot looks like.
#[derive(Clone, Copy, Debug, Default)]
struct Material {
    albedo: Vec3A,
    glow: Vec3A,
}

/// What things need to be drawn.
#[derive(Debug)]
pub struct PropView<'a> {
    /// Their shapes.
    pub shapes: &'a [Shapes],
    /// The light.
    pub air: &'a Air,
    /// Lamps that light them.
    pub lamps: &'a Lamps,
    /// The ground, for tufts.
    pub terrain: &'a Terrain,
    /// Snow on what faces up, 0 to 1.
    pub snow: f32,
    /// Wind, 0 to 1, and media seconds.
    pub wind: f32,
    /// See `wind`.
    pub seconds: f32,
    /// The eye on the map; its height is absolute.
    pub eye: Vec3A,
    materials: [Material; slot::COUNT],
    tuft: Vec3A,
    tufts: u32,
    haze: f32,
}

impl<'a> PropView<'a> {
    /// What a theme's things look like in the light of the moment. `flash` is the landmark's light, 0 to 1.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "the parts of one moment")]
    pub fn new(
        theme: &Theme,
        shapes: &'a [Shapes],
        air: &'a Air,
        lamps: &'a Lamps,
        terrain: &'a Terrain,
        snow: f32,
        wind: f32,
        seconds: f32,
        eye: Vec3A,
    ) -> Self {
        let mut materials = [Material::default(); slot::COUNT];
        let mut set = |slot: u8, hex: u32, glow: Vec3A| {
            materials[usize::from(slot)] = Material { albedo: albedo_of(hex), glow };
        };
        let none = Vec3A::ZERO;
        let lamp = light_of(theme.lamp);
        set(slot::LEAF, theme.leaf[0], none);
        set(slot::LEAF_LIGHT, theme.leaf[1], none);
        set(slot::WOOD, theme.wood, none);
        set(slot::ACCENT, theme.accent[0], none);
        set(slot::ACCENT_LIGHT, theme.accent[1], none);
        set(slot::LAMP, theme.lamp, lamp * lerp(0.12, 0.9, air.night));
        set(slot::STONE, theme.ground.rock, none);
        set(slot::WHITE, 0xece6da, none);
        set(slot::DARK, 0x3a3836, none);
        set(slot::WINDOW, 0x4a5a68, lamp * (0.62 * smooth(0.1, 0.6, air.night)));
        set(slot::BARK, 0x806a54, none);
        let sign = lerp(0.12, 0.85, air.night);
        set(slot::NEON, theme.accent[0], light_of(theme.accent[0]) * sign);
        set(slot::NEON_LIGHT, theme.accent[1], light_of(theme.accent[1]) * sign);
        set(slot::BRICK, 0x8f7a68, none);
        let (tuft, tufts) = (albedo_of(theme.tufts.0), theme.tufts.1);
        Self { shapes, air, lamps, terrain, snow, wind, seconds, eye, materials, tuft, tufts, haze: theme.haze }
    }

    /// Draws everything that stands in view; adds shadows to `shadows`.
    pub fn draw(&self, things: &Things, camera: &Camera, out: &mut Triangles, shadows: &mut Vec<Sprite>) {
        let place = Vec2::new(self.eye.x, self.eye.z);
        for thing in things.spawned() {
            self.draw_thing(thing, camera, out, shadows);
        }
        let (bx, bz) = ((place.x / BUCKET).floor() as i32, (place.y / BUCKET).floor() as i32);
        for ring in 0..=REACH {
            for z in -ring..=ring {
                // The rim of the ring: whole rows above and below, the two ends between.
                let step = if z.abs() == ring { 1 } else { (2 * ring).max(1) };
                for x in (-ring..=ring).step_by(step as usize) {
                    let bucket = things.in_bucket(bx + x, bz + z);
                    if bucket.is_empty() {
                        continue;
                    }
                    let middle = (Vec2::new((bx + x) as f32, (bz + z) as f32) + 0.5) * BUCKET - place;
                    // Tall things stand in it somewhere between its lowest and its highest ground.
                    let level = bucket[0].foot - self.eye.y;
                    if !camera.sees(Vec3A::new(middle.x, level, middle.y), BUCKET * 0.75 + 26.0) {
                        continue;
                    }
                    for thing in bucket {
                        if !things.is_hidden(thing.kind) {
                            self.draw_thing(thing, camera, out, shadows);
                        }
                    }
                }
            }
        }
    }

    /// Gathers the lamps near the eye.
    pub fn gather_lamps(theme: &Theme, things: &Things, night: f32, seconds: f32, eye: Vec3A, lamps: &mut Lamps) {
        let place = Vec2::new(eye.x, eye.z);
        let (bx, bz) = ((place.x / BUCKET).floor() as i32, (place.y / BUCKET).floor() as i32);
        let near = (-2..=2).flat_map(|z| (-2..=2).map(move |x| (x, z)));
        let grown = near.flat_map(|(x, z)| things.in_bucket(bx + x, bz + z)).filter(|thing| !things.is_hidden(thing.kind));
        for thing in grown.chain(things.spawned()).filter(|thing| thing.kind.light() > 0.0) {
            let way = toward(place, thing.place);
            if way.length() > 70.0 {
                continue;
            }
            let flicker =
                if thing.kind == Kind::Fire { 0.85 + 0.15 * (seconds * 9.0 + thing.tint * 40.0).sin() } else { 1.0 };
            let warm = if thing.kind == Kind::Fire { albedo_of(0xffa24a) } else { albedo_of(theme.lamp) };
            let high = if thing.kind == Kind::StreetLamp { 4.6 } else { 1.1 };
            let strength = match thing.kind {
                Kind::Fire => lerp(0.5, 3.0, night),
                Kind::StreetLamp => lerp(0.0, 4.2, night),
                _ => lerp(0.0, 2.2, night),
            };
            if strength > 0.02 {
                lamps.push(Lamp {
                    relative: Vec3A::new(way.x, thing.foot + high - eye.y, way.y),
                    light: warm * (strength * flicker),
                    reach: thing.kind.light(),
                });
            }
        }
    }

    /// Draws one thing.
    pub fn draw_thing(&self, thing: &Thing, camera: &Camera, out: &mut Triangles, shadows: &mut Vec<Sprite>) {
        let way = toward(Vec2::new(self.eye.x, self.eye.z), thing.place);
        let shapes = &self.shapes[thing.kind as usize * VARIANTS + usize::from(thing.variant).min(VARIANTS - 1)];
        let size = shapes.near.radius * thing.scale * thing.stretch.max(1.0);
        let distance = way.length();
        // A thing is drawn as far as it is worth a pixel or two, or as the air lets it be seen.
        let reach = (size * 85.0).min(self.haze * 1.25).min(470.0) * (0.75 + 0.5 * (thing.tint - 0.84) / 0.3);
        if distance > reach {
            return;
        }
        let age = (self.seconds - thing.born).rem_euclid(HOUR);
        let young = if thing.born > f32::MIN && age < GROWTH { smooth(0.0, GROWTH, age).max(0.02) } else { 1.0 };
        let grown = smooth(reach, reach * 0.86, distance) * young;
        if grown < 0.03 {
            return;
        }
        let scale = thing.scale * lerp(0.35, 1.0, grown);
        let tall = scale * thing.stretch * lerp(0.35, 1.0, grown);
        let mut foot = Vec3A::new(way.x, thing.foot - self.eye.y, way.y);
        if thing.kind.floats() {
            foot.y += 0.12 * (self.seconds * 1.1 + thing.tint * 30.0).sin();
        }
        let middle = foot + Vec3A::Y * (shapes.near.height * tall * 0.5);
        if !camera.sees(middle, shapes.near.radius * scale.max(tall)) {
            return;
        }
        let pixels = shapes.near.height * tall * camera.focal / distance.max(1.0);
        let mesh = if pixels > FULL { &shapes.near } else { &shapes.far };
        if pixels > 9.0 && distance < 90.0 {
            self.cast(thing, foot, (scale, mesh.height * tall), camera, shadows);
        }
        let sway = match thing.kind {
            Kind::Pine | Kind::Oak | Kind::Birch | Kind::Palm | Kind::Reed | Kind::Flower | Kind::Bush | Kind::Stalk => {
                (0.006 + 0.05 * self.wind) * (self.seconds * (1.1 + self.wind) + thing.tint * 60.0).sin()
            }
            _ => 0.0,
        };
        self.draw_mesh(mesh, &Pose { foot, yaw: thing.yaw, scale, tall, sway, tint: thing.tint, lit: 1.0 }, camera, out);
    }

    fn cast(&self, thing: &Thing, foot: Vec3A, size: (f32, f32), camera: &Camera, shadows: &mut Vec<Sprite>) {
        let (scale, height) = size;
        let air = self.air;
        let strength = (air.key_light.max_element() * 0.3).min(0.46);
        let wide = match thing.kind {
            Kind::Pine | Kind::Birch | Kind::Palm => 1.3,
            Kind::Oak => 2.0,
            Kind::Bush => 0.9,
            Kind::Rock => 0.7,
            Kind::Boulder => 2.0,
            Kind::House => 4.2,
            Kind::Hut => 2.8,
            Kind::Mushroom => 1.1,
            Kind::Stalk | Kind::Spire => 1.8,
            Kind::DeadTree | Kind::Cactus | Kind::Crystal | Kind::Column | Kind::Statue | Kind::Crate => 0.7,
            Kind::Tower => 2.8,
            _ => return,
        } * scale;
        let Some((x, y, inverse)) = camera.project(foot) else { return };
        let flat = Vec2::new(air.key.x, air.key.z);
        let low = flat.length().max(1e-3);
        let long = (height * low / air.key.y.max(0.2) * 0.5).clamp(0.0, 3.2 * wide);
        let away = -flat / low;
        let along = away * (long + wide);
        let normal = self.terrain.normal(thing.place);
        let level = away * long;
        let rise = -(level.x * normal.x + level.y * normal.z) / normal.y.max(0.2);
        let shape = SpriteShape::Shadow { middle: foot + Vec3A::new(level.x, rise, level.y), along, across: wide, normal };
        let color = Vec3A::new(0.16, 0.18, 0.28);
        shadows.push(Sprite { shape, at: Vec2::new(x, y), inverse, color, strength: strength + 0.12 });
    }

    /// Draws one mesh.
    pub fn draw_mesh(&self, mesh: &Mesh, pose: &Pose, camera: &Camera, out: &mut Triangles) {
        let (sin, cos) = pose.yaw.sin_cos();
        let mut relative = [Vec3A::ZERO; MOST_POINTS];
        let mut views = [Vec3A::ZERO; MOST_POINTS];
        let count = mesh.points.len().min(MOST_POINTS);
        for (index, point) in mesh.points.iter().take(count).enumerate() {
            let bend = pose.sway * point.y * point.y * 0.2;
            let (x, z) = (point.x * pose.scale + bend, point.z * pose.scale);
            let turned = Vec3A::new(x * cos - z * sin, point.y * pose.tall, x * sin + z * cos) + pose.foot;
            relative[index] = turned;
            views[index] = camera.to_view(turned);
        }
        let lamps = self.lamps.at(pose.foot + Vec3A::Y * (mesh.height * pose.tall * 0.4), Vec3A::Y);
        let white = Vec3A::new(0.83, 0.88, 0.94);
        for face in &mesh.faces {
            let corners = face.corners.map(usize::from);
            if corners.iter().any(|&corner| corner >= count) {
                continue;
            }
            let n = face.normal;
            let normal = Vec3A::new(n.x * cos - n.z * sin, n.y, n.x * sin + n.z * cos);
            let at = relative[corners[0]];
            if normal.dot(at) >= 0.0 && pose.sway == 0.0 {
                continue;
            }
            let material = &self.materials[usize::from(face.slot)];
            let mut albedo = material.albedo * pose.tint;
            let level = ((normal.y - 0.25) * 1.8).clamp(0.0, 1.0) * self.snow;
            albedo += (white - albedo) * level;
            let light = self.air.lit(albedo, normal, 1.0) + albedo * lamps + material.glow * pose.lit;
            let color = self.air.grade.display(self.air.through(light, at));
            out.push(camera, corners.map(|corner| Corner { view: views[corner], color }));
        }
    }

    /// Draws the tufts of grass around the eye.
    pub fn tufts(&self, camera: &Camera, out: &mut Triangles) {
        const STEP: f32 = 0.9;
        const AROUND: i32 = 24;
        if self.tufts == 0 {
            return;
        }
        let (cx, cz) = ((self.eye.x / STEP).floor() as i32, (self.eye.z / STEP).floor() as i32);
        let far = AROUND as f32 * STEP;
        for z in -AROUND..=AROUND {
            for x in -AROUND..=AROUND {
                let hash = hash_cell(0x70f7, (cx + x).rem_euclid(65_536), (cz + z).rem_euclid(65_536));
                if hash % 10 >= u64::from(self.tufts) {
                    continue;
                }
                let (u, v) = (unit(hash << 8), unit(hash << 24));
                let place = Vec2::new((cx + x) as f32 + u, (cz + z) as f32 + v) * STEP;
                let (dx, dz) = (place.x - self.eye.x, place.y - self.eye.z);
                let distance = dx.hypot(dz);
                let grown = smooth(far, far * 0.6, distance);
                if grown < 0.05 || !camera.sees(Vec3A::new(dx, -1.6, dz), 1.2) {
                    continue;
                }
                let ground = self.terrain.height(place);
                let normal = self.terrain.normal(place);
                if ground < 0.9 || normal.y < 0.86 {
                    continue;
                }
                let foot = Vec3A::new(dx, ground - self.eye.y, dz);
                let tall = (0.16 + 0.22 * unit(hash << 12)) * grown * (1.0 - 0.75 * self.snow);
                let bend =
                    (0.03 + 0.12 * self.wind) * (self.seconds * (1.6 + 1.5 * self.wind) + place.x * 0.3 + u * 3.0).sin();
                let albedo = self.tuft * (0.75 + 0.4 * v);
                let albedo = albedo + (Vec3A::splat(0.83) - albedo) * self.snow * 0.8;
                let tip = self.air.lit(albedo * 1.18, Vec3A::Y, 1.0) + albedo * self.lamps.at(foot, Vec3A::Y);
                let base = tip * 0.7;
                let [tip, base] = [tip, base].map(|light| self.air.grade.display(self.air.through(light, foot)));
                for blade in 0..3 {
                    let (sin, cos) = (u * 6.0 + blade as f32 * 2.1).sin_cos();
                    let side = camera.right * (0.045 + 0.02 * v);
                    let root = foot + Vec3A::new(cos, 0.0, sin) * 0.1;
                    let head = root + Vec3A::new(cos * 0.12 + bend, tall * (0.7 + 0.15 * blade as f32), sin * 0.12);
                    let corner = |at: Vec3A, color: Vec3A| Corner { view: camera.to_view(at), color };
                    out.push(camera, [corner(root - side, base), corner(root + side, base), corner(head, tip)]);
                }
            }
        }
    }
}

/// How a mesh stands, relative to the eye.
#[derive(Clone, Copy, Debug)]
pub struct Pose {
    /// Its foot.
    pub foot: Vec3A,
    /// Turned to the right.
    pub yaw: f32,
    /// Size to the sides.
    pub scale: f32,
    /// Size upwards.
    pub tall: f32,
    /// Bend by the wind.
    pub sway: f32,
    /// Brightness of its colours.
    pub tint: f32,
    /// Brightness of its own lights.
    pub lit: f32,
}
