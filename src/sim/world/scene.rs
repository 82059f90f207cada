//! The picture of a world: one frame, from state to samples.

use glam::{Vec2, Vec3A};

use super::air::{Air, Moment, light_of};
use super::kind::Kind;
use super::lamps::Lamp;
use super::land::{self, LandView};
use super::meshes::VARIANTS;
use super::noise::{lerp, smooth};
use super::particles::{self, Filling};
use super::props::{Pose, PropView};
use super::stage::{Backdrop, WaterParts};
use super::terrain::toward;
use super::things::Thing;
use super::towers::lamp_height;
use super::world::{World, night_at};
use crate::media::Picture;
use crate::sim::raster::{Camera, Sprite, SpriteShape};

/// Horizontal field of view, radians.
pub const FIELD_OF_VIEW: f32 = 1.31;
/// Birds in a flock.
const BIRDS: usize = 7;

impl World {
    /// Draws the frame into a picture of any size: planar YUV 4:2:0, BT.709 limited range. Keeps its working memory, so that
    /// frames of one size allocate nothing after the first few.
    pub fn render(&mut self, picture: &mut Picture) {
        let mut stage = std::mem::take(&mut self.stage);
        let mut lamps = std::mem::take(&mut self.lamps);
        self.draw(picture, &mut stage, &mut lamps);
        (self.stage, self.lamps) = (stage, lamps);
    }

    fn draw(&mut self, picture: &mut Picture, stage: &mut super::stage::Stage, lamps: &mut super::lamps::Lamps) {
        let eye = self.walker.eye();
        let camera = Camera::new(eye, self.walker.yaw, self.walker.pitch, FIELD_OF_VIEW, picture.size());
        let levels = self.weather.levels;
        let air = Air::of(&Moment {
            sky: &self.theme.sky,
            hour: self.hour,
            levels: &levels,
            haze: self.theme.haze,
            ground: self.ground.mean(),
            flash: self.weather.flash(self.now, self.span),
            grade: self.look.grade(),
        });
        let seconds = self.seconds();
        let flash = self.rhythm.light(self.now, self.span);
        stage.begin(&camera);
        lamps.clear();
        PropView::gather_lamps(&self.theme, &self.things, night_at(self.hour), seconds, eye, lamps);
        self.add_glows(&camera, &air, lamps, &mut stage.over);
        self.add_landmark_light(&camera, &air, flash, lamps, &mut stage.over);

        let clouds = (levels.cloud, self.weather.drift);
        self.dome.prepare(&air, &camera, clouds.0, clouds.1);
        let snow = self.weather.lying;
        let props = PropView::new(
            &self.theme,
            &self.shapes,
            &air,
            lamps,
            &self.terrain,
            snow.max(self.theme.snow * 0.8),
            levels.wind,
            seconds,
            eye,
        );
        self.draw_landmark(&props, flash, &camera, stage);
        props.tufts(&camera, &mut stage.triangles);
        props.draw(&self.things, &camera, &mut stage.triangles, &mut stage.under);
        for flock in self.flock.iter().chain(self.things.spawned().iter().filter(|thing| thing.kind == Kind::Birds)) {
            self.draw_flock(&props, flock, seconds, &camera, stage);
        }
        let view =
            LandView { terrain: &self.terrain, ground: &self.ground, air: &air, lamps, snow, wet: self.weather.wet, eye };
        land::draw(&view, &camera, &mut stage.triangles);
        let relief = self.theme.shape.ridges.max(25.0) * 1.2;
        self.dome.ridges(&air, &camera, relief, self.ground.mean(), &mut stage.triangles);
        self.dome.lights(&air, &camera, clouds.0, clouds.1, &mut stage.under);
        particles::fill(&Filling { levels: &levels, motes: self.theme.motes, seconds, air: &air }, &camera, &mut stage.over);
        let water = WaterParts { look: &self.theme.water, air: &air, seconds, wind: levels.wind, rain: levels.rain };
        stage.fill(&camera, &Backdrop { dome: &self.dome, water }, picture);
    }

    fn draw_landmark(&self, props: &PropView<'_>, flash: f32, camera: &Camera, stage: &mut super::stage::Stage) {
        let thing = &self.landmark;
        let way = toward(self.walker.place, thing.place);
        let foot = Vec3A::new(way.x, thing.foot - props.eye.y, way.y);
        let shapes = &self.shapes[thing.kind as usize * VARIANTS];
        let pose = Pose { foot, yaw: thing.yaw, scale: 1.0, tall: 1.0, sway: 0.0, tint: 1.0, lit: 1.0 + 3.0 * flash };
        // Always in full and at any distance: it is what one steers by.
        if camera.sees(foot + Vec3A::Y * (shapes.near.height * 0.5), shapes.near.radius) {
            props.draw_mesh(&shapes.near, &pose, camera, &mut stage.triangles);
        }
    }

    /// The landmark's light: a glimmer always, and full in the frame of its stroke.
    fn add_landmark_light(
        &self,
        camera: &Camera,
        air: &Air,
        flash: f32,
        lamps: &mut super::lamps::Lamps,
        out: &mut Vec<Sprite>,
    ) {
        let way = toward(self.walker.place, self.landmark.place);
        let height = lamp_height(self.landmark.kind).unwrap_or(12.0);
        let relative = Vec3A::new(way.x, self.landmark.foot + height - self.walker.eye().y, way.y);
        let light = light_of(self.theme.lamp);
        if flash > 0.02 {
            lamps.push(Lamp { relative, light: light * (flash * lerp(0.5, 2.2, air.night)), reach: 60.0 });
        }
        let Some((x, y, inverse)) = camera.project(relative) else { return };
        let distance = relative.length().max(1.0);
        let unit = camera.focal / 420.0;
        let radius =
            |metres: f32, least: f32, most: f32| (metres * camera.focal / distance).clamp(least * unit, most * unit);
        // Drawn as if somewhat nearer, so that the lamp's own house does not hide it.
        let inverse = inverse / (1.0 - (3.2 * inverse).min(0.5));
        let at = Vec2::new(x, y);
        let color = Vec3A::new(255.0, 244.0, 214.0).lerp(air.grade.display(light * 1.5), 0.35);
        let seen = 1.0 - 0.8 * air.veil(distance);
        let mut put = |shape, color, strength| out.push(Sprite { shape, at, inverse, color, strength });
        let steady = 0.10 + 0.30 * air.night;
        put(SpriteShape::Glow { radius: radius(5.0, 8.0, 90.0) }, color, steady * seen);
        if flash > 0.0 {
            put(SpriteShape::Glow { radius: radius(lerp(11.0, 22.0, air.night), 34.0, 220.0) }, color, 0.7 * flash * seen);
            put(
                SpriteShape::Glow { radius: radius(lerp(3.6, 6.0, air.night), 13.0, 90.0) },
                Vec3A::splat(255.0),
                flash * seen,
            );
            put(SpriteShape::Disc { radius: radius(1.7, 3.2, 40.0) }, Vec3A::splat(255.0), flash);
        }
    }

    /// Halos of the lamps around.
    fn add_glows(&self, camera: &Camera, air: &Air, lamps: &super::lamps::Lamps, out: &mut Vec<Sprite>) {
        for lamp in lamps.list() {
            let Some((x, y, inverse)) = camera.project(lamp.relative) else { continue };
            let distance = lamp.relative.length().max(1.0);
            let radius = (lamp.reach * 0.16 * camera.focal / distance).clamp(3.0, 90.0);
            let color = air.grade.display(lamp.light * 0.7);
            let strength = 0.75 * smooth(70.0, 40.0, distance) * (0.35 + 0.65 * air.night);
            let inverse = inverse / (1.0 - (0.6 * inverse).min(0.5));
            out.push(Sprite { shape: SpriteShape::Glow { radius }, at: Vec2::new(x, y), inverse, color, strength });
        }
    }

    fn draw_flock(
        &self,
        props: &PropView<'_>,
        flock: &Thing,
        seconds: f32,
        camera: &Camera,
        stage: &mut super::stage::Stage,
    ) {
        let mesh = &self.shapes[Kind::Birds as usize * VARIANTS].near;
        let way = toward(self.walker.place, flock.place);
        for bird in 0..BIRDS {
            let number = bird as f32;
            let turn = seconds * 0.33 + number * 0.21 + flock.tint * 9.0;
            let radius = 15.0 + 3.0 * (number * 1.7).sin();
            let (sin, cos) = turn.sin_cos();
            let high = flock.foot + 9.0 + 2.2 * (seconds * 0.5 + number * 2.1).sin() - props.eye.y;
            let foot = Vec3A::new(way.x + cos * radius, high, way.y + sin * radius);
            if foot.length_squared() > 260.0 * 260.0 || !camera.sees(foot, 2.0) {
                continue;
            }
            let flap = (seconds * 7.0 + number * 1.9).sin() * 1.3 + 0.3;
            let pose = Pose { foot, yaw: turn, scale: 0.75, tall: flap, sway: 1e-6, tint: 1.0, lit: 1.0 };
            props.draw_mesh(mesh, &pose, camera, &mut stage.triangles);
        }
    }
}
