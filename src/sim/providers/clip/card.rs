//! The pictures of a clip: a small low-poly scene in the colours of its prompt, with the prompt written over it, the time, and along
//! the bottom the row of cells in which every frame carries its number (`docs/calibration.md`). The lamp in the upper right corner is
//! white in the one frame of every whole second in which [`super::tune`] clicks.
//!
//! Deterministic: the same spec and frame give the same pixels. Keeps its working memory from frame to frame.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3A};

use super::letters::{self, ADVANCE, LINE};
use super::spec::{CameraMove, ClipSpec};
use crate::media::Picture;
use crate::sim::calibration::{Cells, draw_cells};
use crate::sim::raster::{
    Band, BandPlanes, Builder, Camera, Corner, Frame, Mesh, Sprite, SpriteShape, Triangles, draw_sprites, fill, pack,
    unpack, write_band,
};
use crate::sim::world::{Theme, theme_of};

/// Things that turn on the stage.
const BODIES: usize = 7;

/// Hills on the horizon.
const HILLS: usize = 9;

/// Motes in the air.
const MOTES: usize = 24;

/// Triangles of a frame at most: every body is a lump of 32 faces or less.
const MOST_TRIANGLES: usize = 1024;

/// Luma weights of BT.709, for text that stands out from what is below it.
const INK: u32 = 0x00ff_ffff;

/// Draws the frames of one clip.
pub(super) struct Card {
    spec: ClipSpec,
    scenes: Vec<Scene>,
    frame: Frame,
    triangles: Triangles,
    sprites: Vec<Sprite>,
}

/// What one shot shows.
struct Scene {
    first: u32,
    frames: u32,
    caption: Vec<String>,
    colors: Colors,
    bodies: Vec<Body>,
    hills: Vec<(f32, f32, f32)>,
    sun: Vec2,
    salt: u64,
}

/// Display colours.
struct Colors {
    zenith: Vec3A,
    horizon: Vec3A,
    near: Vec3A,
    far: Vec3A,
    hills: Vec3A,
    sun: Vec3A,
    motes: Vec3A,
}

struct Body {
    mesh: Mesh,
    color: [Vec3A; 2],
    place: Vec3A,
    way: Vec3A,
    turn: f32,
    phase: f32,
}

impl Card {
    pub(super) fn new(spec: &ClipSpec) -> Self {
        let mut first = 0;
        let scenes = spec.shots.iter().enumerate().map(|(index, shot)| {
            let frames = shot.seconds * spec.fps;
            let scene = Scene::new(spec, index, first, frames);
            first += frames;
            scene
        });
        let scenes = scenes.collect();
        let triangles = Triangles::new(MOST_TRIANGLES);
        Self { spec: spec.clone(), scenes, frame: Frame::default(), triangles, sprites: Vec::with_capacity(MOTES + 1) }
    }

    /// Draws a frame into a picture of the clip's size.
    pub(super) fn draw(&mut self, number: u32, picture: &mut Picture) {
        let size = self.spec.size;
        let scene = self.scenes.iter().rev().find(|scene| scene.first <= number).or(self.scenes.first());
        let Some(scene) = scene else { return };
        let seconds = (number - scene.first.min(number)) as f32 / self.spec.fps as f32;
        let part = (number - scene.first.min(number)) as f32 / scene.frames.max(1) as f32;
        let camera = look(&self.spec, part);
        let motion = self.spec.motion as f32 / 1000.0;
        self.triangles.begin(&camera);
        scene.hills(&camera, &mut self.triangles);
        scene.bodies(&camera, seconds, motion, &mut self.triangles);
        self.sprites.clear();
        scene.air(&camera, seconds, motion, &mut self.sprites);
        self.frame.begin(size);
        let rows = self.frame.rows_for(1);
        let Some(mut band) = self.frame.bands(rows).next() else { return };
        scene.backdrop(&camera, &mut band);
        for triangle in self.triangles.list() {
            fill(&mut band, triangle);
        }
        draw_sprites(&mut band, &camera, &self.sprites);
        write(&mut band, &self.spec, scene, number);
        let [y, u, v] = picture.planes_mut();
        write_band(&band, &mut BandPlanes { y, u, v });
        draw_cells(picture, Cells { frame: number, input: 0 });
    }
}

/// Where the camera stands a part of the way through a shot.
fn look(spec: &ClipSpec, part: f32) -> Camera {
    let wide = spec.size.width as f32 / spec.size.height.max(1) as f32;
    let field = if wide >= 1.0 { 1.1 } else { 0.8 };
    let swing = part - 0.5;
    let (mut eye, mut yaw, mut pitch) = (Vec3A::new(0.0, 2.2, 9.0), 0.0, -0.06);
    match spec.camera {
        CameraMove::Still => {}
        CameraMove::PanLeft => yaw = -swing * 0.9,
        CameraMove::PanRight => yaw = swing * 0.9,
        CameraMove::TiltUp => pitch += swing * 0.5,
        CameraMove::TiltDown => pitch -= swing * 0.5,
        CameraMove::ZoomIn => eye.z = 12.0 - 6.0 * part,
        CameraMove::ZoomOut => eye.z = 6.0 + 6.0 * part,
        CameraMove::Orbit => {
            let angle = swing * 1.6;
            eye = Vec3A::new(9.0 * angle.sin(), 2.2, 9.0 * angle.cos());
            yaw = -angle;
        }
    }
    Camera::new(eye, yaw, pitch, field, spec.size)
}

impl Scene {
    fn new(spec: &ClipSpec, index: usize, first: u32, frames: u32) -> Self {
        let prompt = &spec.shots[index].prompt;
        let theme = theme_of(prompt);
        let salt = hash(prompt, spec.seed);
        let mut dice = Dice(salt);
        let bodies = (0..BODIES).map(|body| Body::new(&theme, body, &mut dice)).collect();
        let hills = (0..HILLS).map(|_| (dice.unit() * TAU, 0.5 + dice.unit(), 0.3 + dice.unit())).collect();
        let sun = Vec2::new(dice.between(-0.7, 0.7), dice.between(0.12, 0.4));
        let across = spec.size.width as usize / (ADVANCE * scale_of(spec));
        let lines = if spec.size.width >= spec.size.height { 3 } else { 6 };
        let caption = letters::wrap(prompt, across.saturating_sub(3), lines);
        Self { first, frames, caption, colors: Colors::of(&theme), bodies, hills, sun, salt }
    }

    /// Sky and ground, row by row.
    fn backdrop(&self, camera: &Camera, band: &mut Band<'_>) {
        let horizon = (camera.center.1 + camera.focal * camera.forward.y / camera.up.y.max(0.1)).max(0.0);
        let height = band.rows as f32;
        let width = band.width;
        for (row, line) in band.color.chunks_exact_mut(width).enumerate() {
            let y = row as f32 + 0.5;
            let color = if y < horizon {
                self.colors.zenith.lerp(self.colors.horizon, (y / horizon.max(1.0)).powi(2))
            } else {
                self.colors.far.lerp(self.colors.near, ((y - horizon) / (height - horizon).max(1.0)).sqrt())
            };
            line.fill(pack(color));
        }
    }

    fn hills(&self, camera: &Camera, out: &mut Triangles) {
        for (yaw, wide, high) in &self.hills {
            let to = |angle: f32, up: f32| Vec3A::new(angle.sin() * 60.0, up, -angle.cos() * 60.0);
            let corners = [to(yaw - 0.35 * wide, -1.0), to(yaw + 0.35 * wide, -1.0), to(*yaw, 9.0 * high)];
            let dark = self.colors.hills.lerp(self.colors.horizon, 0.25 + 0.3 * high);
            // Hills lie at infinity as far as walking goes: they turn with the camera and do not come nearer.
            let colors = [dark.lerp(self.colors.horizon, 0.4), dark.lerp(self.colors.horizon, 0.4), dark];
            let corner = |index: usize| Corner { view: camera.to_view(corners[index]), color: colors[index] };
            out.push(camera, [corner(0), corner(1), corner(2)]);
        }
    }

    fn bodies(&self, camera: &Camera, seconds: f32, motion: f32, out: &mut Triangles) {
        let light = Vec3A::new(self.sun.x, 0.8, 0.5).normalize();
        let pace = 0.25 + 1.5 * motion;
        for body in &self.bodies {
            let along = (seconds * pace * 0.35 + body.phase).sin();
            let hop = (seconds * pace * 1.7 + body.phase * TAU).sin().abs() * 0.5 * motion;
            let place = body.place + body.way * along + Vec3A::Y * hop - camera.eye;
            let (sin, cos) = (seconds * pace * body.turn + body.phase * TAU).sin_cos();
            let spin = |p: Vec3A| Vec3A::new(p.x * cos + p.z * sin, p.y, p.z * cos - p.x * sin);
            for face in &body.mesh.faces {
                let lit = 0.42 + 0.58 * spin(face.normal).dot(light).max(0.0);
                let color = body.color[usize::from(face.slot) & 1] * lit;
                let corner = |index: u16| {
                    let point = spin(body.mesh.points[usize::from(index)]);
                    Corner { view: camera.to_view(point + place), color }
                };
                out.push(camera, face.corners.map(corner));
            }
        }
    }

    fn air(&self, camera: &Camera, seconds: f32, motion: f32, out: &mut Vec<Sprite>) {
        let (width, height) = (camera.center.0 * 2.0, camera.center.1 * 2.0);
        let sun = Vec2::new(camera.center.0 * (1.0 + self.sun.x) - seconds * width * 0.004, height * self.sun.y);
        let glow = |radius: f32, strength: f32| Sprite {
            shape: SpriteShape::Glow { radius },
            at: sun,
            inverse: 0.0,
            color: self.colors.sun,
            strength,
        };
        out.extend([glow(height * 0.45, 0.5), glow(height * 0.08, 2.0)]);
        let mut dice = Dice(self.salt ^ 0x6d6f_7465);
        for _ in 0..MOTES {
            let (x, y, speed) = (dice.unit(), dice.unit(), dice.between(0.01, 0.06) * (0.4 + motion));
            let at = Vec2::new((x + seconds * speed).fract() * width, (y + (seconds + x * 9.0).sin() * 0.02) * height * 0.9);
            let shape = SpriteShape::Disc { radius: height * (0.003 + 0.004 * dice.unit()) };
            out.push(Sprite { shape, at, inverse: f32::MAX, color: self.colors.motes, strength: 0.75 });
        }
    }
}

impl Colors {
    /// The colours of the theme that the prompt names, at the theme's hour.
    fn of(theme: &Theme) -> Self {
        let sky = &theme.sky;
        let (zenith, horizon, light) = match theme.hour {
            hour if !(5.5..20.5).contains(&hour) => (sky.night_zenith, sky.night_horizon, 0.45),
            hour if !(7.5..17.5).contains(&hour) => (sky.dusk_zenith, sky.dusk_glow, 0.8),
            _ => (sky.zenith, sky.horizon, 1.0),
        };
        Self {
            zenith: unpack(zenith),
            horizon: unpack(horizon),
            near: unpack(theme.ground.plain[0]) * light,
            far: (unpack(theme.ground.plain[1]) * light).lerp(unpack(horizon), 0.45),
            hills: unpack(theme.ground.rock) * light,
            sun: unpack(sky.sun),
            motes: unpack(theme.motes.0).max(Vec3A::splat(90.0)),
        }
    }
}

impl Body {
    fn new(theme: &Theme, index: usize, dice: &mut Dice) -> Self {
        let tall = dice.between(0.8, 2.2);
        let wide = dice.between(0.4, 0.9);
        let builder = Builder::new();
        let up = Vec3A::Y;
        let mesh = match dice.below(4) {
            0 => builder
                .frustum(6, (Vec3A::ZERO, wide * 0.3), (up * tall * 0.5, wide * 0.2), 0.0)
                .slot(1)
                .frustum(7, (up * tall * 0.4, wide), (up * tall * 1.3, 0.0), 0.4)
                .build(),
            1 => {
                let jitter = dice.below(1 << 16) as u32;
                let lump = |key: u32| (key.wrapping_mul(2_654_435_761).wrapping_add(jitter) >> 16 & 0xff) as f32 / 255.0;
                builder.lump(up * tall * 0.6, Vec3A::new(wide, tall * 0.6, wide), lump).build()
            }
            2 => builder
                .cuboid(up * tall * 0.4, Vec3A::new(wide * 0.7, tall * 0.4, wide * 0.7))
                .slot(1)
                .gable(up * tall * 0.8, Vec2::splat(wide * 0.85), tall * 0.5)
                .build(),
            _ => builder
                .frustum(5, (Vec3A::ZERO, 0.05), (up * tall * 0.5, wide * 0.6), 0.2)
                .slot(1)
                .frustum(5, (up * tall * 0.5, wide * 0.6), (up * tall * 1.4, 0.0), 0.2)
                .build(),
        };
        let slots = [theme.wood, theme.accent[0], theme.accent[1], theme.leaf[0], theme.leaf[1], theme.lamp];
        let pick = |dice: &mut Dice| unpack(slots[dice.below(slots.len())]);
        let side = (index as f32 + 0.5) / BODIES as f32 * 2.0 - 1.0;
        Self {
            mesh,
            color: [pick(dice), pick(dice)],
            place: Vec3A::new(side * 5.0 + dice.between(-0.4, 0.4), 0.0, dice.between(-5.0, 2.5)),
            way: Vec3A::new(dice.between(0.4, 1.6), 0.0, dice.between(-0.8, 0.8)),
            turn: dice.between(-1.2, 1.2),
            phase: dice.unit(),
        }
    }
}

/// Pixels of a letter's dot.
fn scale_of(spec: &ClipSpec) -> usize {
    (spec.size.width.min(spec.size.height) as usize / 140).max(1)
}

/// The words over the picture.
fn write(band: &mut Band<'_>, spec: &ClipSpec, scene: &Scene, number: u32) {
    let scale = scale_of(spec);
    let margin = ADVANCE * scale;
    let head = margin + scene.caption.len() * LINE * scale;
    darken(band, 0, head + scale);
    for (index, line) in scene.caption.iter().enumerate() {
        letters::write(band, line, (margin, margin / 2 + index * LINE * scale), scale, INK);
    }
    // The cells take an eighteenth of the height.
    let foot = band.rows - band.rows / 18 - LINE * scale - scale;
    darken(band, foot, foot + LINE * scale + scale);
    let micros = u64::from(number) * 1000 / u64::from(spec.fps.max(1));
    let clock = format!("{:02}.{:03}/{:02} {}", micros / 1000, micros % 1000, spec.seconds(), spec.note);
    letters::write(band, &clock, (margin, foot + scale), scale, INK);
    let lamp = if number.is_multiple_of(spec.fps) { INK } else { 0x0030_3030 };
    let side = 2 * LINE * scale;
    let left = band.width.saturating_sub(side + margin / 2);
    for row in (margin / 2 + head)..(margin / 2 + head + side).min(band.rows) {
        band.color[row * band.width + left..row * band.width + left + side].fill(lamp);
    }
}

/// Halves the light of some rows, so that words can be read on them.
fn darken(band: &mut Band<'_>, from: usize, to: usize) {
    let (from, to) = (from.min(band.rows) * band.width, to.min(band.rows) * band.width);
    band.color[from..to].iter_mut().for_each(|pixel| *pixel = *pixel >> 1 & 0x007f_7f7f);
}

/// A small random generator (splitmix64, Steele et al. 2014): the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// FNV-1a over the words, from a seed.
fn hash(text: &str, seed: u64) -> u64 {
    let start = Dice(seed).next() ^ 0xcbf2_9ce4_8422_2325;
    text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
