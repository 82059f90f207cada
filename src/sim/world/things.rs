//! Things that stand in the world: what grew and was built with it, and what directors bring. Kept in buckets over the map, so
//! that drawing and bumping look only at what is near.

use glam::Vec2;

use super::kind::{Footprint, Kind};
use super::meshes::VARIANTS;
use super::noise::{Dice, fractal, hash_cell, smooth};
use super::terrain::{SPAN, Terrain, toward, wrap};
use super::theme::{Scatter, Theme};

/// Buckets along one side, and metres along one side of a bucket.
pub const BUCKETS: usize = 64;
/// See [`BUCKETS`].
pub const BUCKET: f32 = SPAN / BUCKETS as f32;
/// Most things that directors can have in a world at once.
pub const MOST_SPAWNED: usize = 256;
/// Most things of one rule in one bucket.
const MOST_IN_BUCKET: f32 = 48.0;
/// Side of the grid that city blocks and lamps stand on, metres; every fourth row and column is a street.
const LOT: f32 = 16.0;

/// One thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thing {
    /// Where.
    pub place: Vec2,
    /// Height of its foot.
    pub foot: f32,
    /// Turned to the right, radians.
    pub yaw: f32,
    /// Size, and height beside it.
    pub scale: f32,
    /// See `scale`.
    pub stretch: f32,
    /// What.
    pub kind: Kind,
    /// Which of its shapes.
    pub variant: u8,
    /// Brightness of its colours, about 1.
    pub tint: f32,
    /// Media seconds when it came; it grows from then on.
    pub born: f32,
}

/// Everything that stands.
#[derive(Debug, Default)]
pub struct Things {
    grown: Vec<Thing>,
    starts: Vec<u32>,
    spawned: Vec<Thing>,
    hidden: Vec<Kind>,
}

/// Where nothing may stand: the view from the beginning of the walk to the landmark, and their surroundings.
#[derive(Clone, Copy, Debug)]
pub struct Clearing {
    /// Where the walk begins.
    pub start: Vec2,
    /// Where the landmark stands.
    pub landmark: Vec2,
}

impl Clearing {
    fn allows(&self, place: Vec2, kind: Kind) -> bool {
        let small = matches!(kind, Kind::Flower | Kind::Reed | Kind::Rock | Kind::Bush);
        let (from_start, from_landmark) = (toward(self.start, place), toward(self.landmark, place).length());
        let room = if small { 3.0 } else { 8.5 };
        if from_start.length() < room || from_landmark < if small { 5.0 } else { 11.0 } {
            return false;
        }
        let sight = toward(self.start, self.landmark);
        let part = from_start.dot(sight) / sight.length_squared().max(1.0);
        let beside = (from_start - sight * part).length();
        small || !(0.0..=1.0).contains(&part) || beside > if kind == Kind::Block { 14.0 } else { 4.5 + 5.0 * part }
    }
}

impl Things {
    /// Plants and builds what a theme asks for.
    #[must_use]
    pub fn grow(terrain: &Terrain, theme: &Theme, seed: u64, clearing: &Clearing) -> Self {
        let mut things = Self { starts: Vec::with_capacity(BUCKETS * BUCKETS + 1), ..Self::default() };
        for bucket in 0..BUCKETS * BUCKETS {
            things.starts.push(things.grown.len() as u32);
            let corner = Vec2::new((bucket % BUCKETS) as f32, (bucket / BUCKETS) as f32) * BUCKET;
            for scatter in &theme.scatter {
                let mut dice = Dice::new(hash_cell(seed, bucket as i32, scatter.kind as i32), 0x7717);
                if matches!(scatter.kind, Kind::Block) || scatter.kind == Kind::StreetLamp && theme.name == "city" {
                    things.build_lots(terrain, scatter, corner, clearing, &mut dice);
                } else {
                    things.plant(terrain, scatter, corner, clearing, seed, &mut dice);
                }
            }
        }
        things.starts.push(things.grown.len() as u32);
        things
    }

    fn plant(
        &mut self,
        terrain: &Terrain,
        scatter: &Scatter,
        corner: Vec2,
        clearing: &Clearing,
        seed: u64,
        dice: &mut Dice,
    ) {
        let area = BUCKET * BUCKET / 10_000.0;
        let want = (scatter.per_hectare * area * (1.0 + scatter.groves)).min(MOST_IN_BUCKET);
        let count = want as usize + usize::from(dice.unit() < want.fract());
        let family = seed ^ 0x6707 ^ (scatter.kind as u64 / 6);
        for _ in 0..count {
            let place = corner + Vec2::new(dice.unit(), dice.unit()) * BUCKET;
            let grove = fractal(family, place.x / 128.0, place.y / 128.0, (SPAN / 128.0) as i32, 2);
            let kept = dice.unit() < 1.0 - scatter.groves + scatter.groves * smooth(-0.18, 0.42, grove);
            let thing = thing_at(terrain, scatter.kind, place, dice, f32::MIN);
            let ground = terrain.height(place);
            let steep = terrain.normal(place);
            let slope = steep.x.hypot(steep.z) / steep.y.max(0.05);
            let fits = ground >= scatter.from && ground <= scatter.to && slope <= scatter.slope;
            if kept && fits && clearing.allows(place, scatter.kind) && self.has_room(&thing, corner) {
                self.grown.push(thing);
            }
        }
    }

    /// Houses keep their distance from what was built before them in the bucket.
    fn has_room(&self, thing: &Thing, corner: Vec2) -> bool {
        let reach = |thing: &Thing| match thing.kind.footprint() {
            Footprint::Square(x, z) if x.max(z) > 2.0 => x.max(z) * thing.scale + 1.0,
            Footprint::Round(radius) if radius > 1.4 => radius * thing.scale + 1.0,
            Footprint::None => 0.0,
            _ => 0.5,
        };
        let own = reach(thing);
        let inside = thing.place - corner;
        let fits = own < 2.0 || inside.min_element() > own && inside.max_element() < BUCKET - own;
        let last = self.starts.last().map_or(0, |&start| start as usize);
        fits && self.grown[last..].iter().all(|other| {
            let (a, b) = (own, reach(other));
            a.max(b) < 1.5 || a.min(b) <= 0.0 || other.place.distance(thing.place) > a + b
        })
    }

    /// A town stands on lots: every fourth row and column is a street, with lamps on its kerbs.
    fn build_lots(&mut self, terrain: &Terrain, scatter: &Scatter, corner: Vec2, clearing: &Clearing, dice: &mut Dice) {
        for lot in 0..4_i32 {
            let cell = Vec2::new((lot % 2) as f32, (lot / 2) as f32);
            let middle = corner + (cell + 0.5) * LOT;
            let (row, column) = ((middle.x / LOT) as i32 % 4, (middle.y / LOT) as i32 % 4);
            let street = row == 0 || column == 0;
            let (chance, high) = (dice.unit(), dice.unit());
            if scatter.kind == Kind::Block {
                let district = fractal(0x77, middle.x / 256.0, middle.y / 256.0, (SPAN / 256.0) as i32, 2);
                let ground = terrain.height(middle);
                if street || chance > 0.84 || ground < scatter.from || !clearing.allows(middle, Kind::Block) {
                    continue;
                }
                let mut thing = thing_at(terrain, Kind::Block, middle, dice, f32::MIN);
                thing.yaw = (dice.unit() * 4.0).floor() * std::f32::consts::FRAC_PI_2;
                thing.scale = 1.02 + 0.2 * dice.unit();
                thing.stretch = 0.55 + 1.5 * high * high + 0.9 * smooth(-0.1, 0.5, district);
                self.grown.push(thing);
            } else if street {
                let along = if row == 0 { Vec2::new(-5.6, 0.0) } else { Vec2::new(0.0, -5.6) };
                let side = if (lot + column + row) % 2 == 0 { 1.0 } else { -1.0 };
                let place = middle + along * side;
                if row == 0 && column == 0 || terrain.height(place) < scatter.from {
                    continue;
                }
                let mut thing = thing_at(terrain, Kind::StreetLamp, place, dice, f32::MIN);
                thing.yaw = match (row == 0, side > 0.0) {
                    (true, true) => 0.0,
                    (true, false) => std::f32::consts::PI,
                    (false, true) => std::f32::consts::FRAC_PI_2,
                    (false, false) => -std::f32::consts::FRAC_PI_2,
                };
                (thing.scale, thing.stretch) = (1.25, 1.0);
                self.grown.push(thing);
            }
        }
    }

    /// What grew or was built in a bucket; indices wrap.
    #[must_use]
    pub fn in_bucket(&self, x: i32, z: i32) -> &[Thing] {
        let (x, z) = (x as usize & (BUCKETS - 1), z as usize & (BUCKETS - 1));
        let index = z * BUCKETS + x;
        match (self.starts.get(index), self.starts.get(index + 1)) {
            (Some(&from), Some(&to)) => &self.grown[from as usize..to as usize],
            _ => &[],
        }
    }

    /// What directors have brought.
    #[must_use]
    pub fn spawned(&self) -> &[Thing] {
        &self.spawned
    }

    /// Whether directors have taken away every thing of a kind that grew here.
    #[must_use]
    pub fn is_hidden(&self, kind: Kind) -> bool {
        self.hidden.contains(&kind)
    }

    /// Keeps what directors did when the world is themed anew.
    pub fn keep_spawned(&mut self, before: &mut Self) {
        self.spawned = std::mem::take(&mut before.spawned);
    }

    /// Brings a thing; `false` when there are [`MOST_SPAWNED`] already.
    pub fn spawn(&mut self, thing: Thing) -> bool {
        let room = self.spawned.len() < MOST_SPAWNED;
        if room {
            self.spawned.push(thing);
        }
        room
    }

    /// Takes what was brought of a kind, or everything that was brought; tells how many.
    pub fn remove_spawned(&mut self, kind: Option<Kind>) -> usize {
        let before = self.spawned.len();
        self.spawned.retain(|thing| kind.is_some_and(|kind| thing.kind != kind));
        before - self.spawned.len()
    }

    /// Hides what grew of a kind; tells whether there was any to see.
    pub fn hide(&mut self, kind: Kind) -> bool {
        let any = !self.is_hidden(kind) && self.grown.iter().any(|thing| thing.kind == kind);
        if any {
            self.hidden.push(kind);
        }
        any
    }

    /// Lets what was hidden of a kind be seen again.
    pub fn unhide(&mut self, kind: Kind) {
        self.hidden.retain(|&hidden| hidden != kind);
    }

    /// The way out of things for a body at a place with a radius.
    #[must_use]
    pub fn push_out(&self, place: Vec2, radius: f32) -> Vec2 {
        let mut out = Vec2::ZERO;
        let (bx, bz) = ((place.x / BUCKET).floor() as i32, (place.y / BUCKET).floor() as i32);
        for z in bz - 1..=bz + 1 {
            for x in bx - 1..=bx + 1 {
                for thing in self.in_bucket(x, z).iter().filter(|thing| !self.is_hidden(thing.kind)) {
                    out += push_one(thing, place + out, radius);
                }
            }
        }
        for thing in &self.spawned {
            out += push_one(thing, place + out, radius);
        }
        out
    }
}

/// The way out of one thing.
#[must_use]
pub fn push_one(thing: &Thing, place: Vec2, radius: f32) -> Vec2 {
    let way = toward(thing.place, place);
    match thing.kind.footprint() {
        Footprint::None => Vec2::ZERO,
        Footprint::Round(own) => {
            let (reach, distance) = (own * thing.scale + radius, way.length());
            if distance >= reach {
                return Vec2::ZERO;
            }
            let out = if distance > 1e-3 { way / distance } else { Vec2::X };
            out * (reach - distance)
        }
        Footprint::Square(x, z) => {
            // Into the thing's own axes: its x is `(cos, sin)` on the map, its z `(-sin, cos)`.
            let (sin, cos) = thing.yaw.sin_cos();
            let own = Vec2::new(way.x * cos + way.y * sin, -way.x * sin + way.y * cos);
            let half = Vec2::new(x, z) * thing.scale + radius;
            let over = half - own.abs();
            if over.min_element() <= 0.0 {
                return Vec2::ZERO;
            }
            let out = if over.x < over.y {
                Vec2::new(over.x * own.x.signum(), 0.0)
            } else {
                Vec2::new(0.0, over.y * own.y.signum())
            };
            Vec2::new(out.x * cos - out.y * sin, out.x * sin + out.y * cos)
        }
    }
}

/// A thing of a kind at a place, with the small differences that dice give it.
#[must_use]
pub fn thing_at(terrain: &Terrain, kind: Kind, place: Vec2, dice: &mut Dice, born: f32) -> Thing {
    let place = wrap(place);
    let ground = terrain.height(place);
    let level = matches!(
        kind,
        Kind::House
            | Kind::Shed
            | Kind::Hut
            | Kind::Block
            | Kind::Tower
            | Kind::Lighthouse
            | Kind::BellTower
            | Kind::ClockTower
    );
    let foot = if kind.floats() {
        ground.max(0.0)
    } else if matches!(kind, Kind::Pier) {
        0.0
    } else {
        ground
    };
    let vary = if level { 0.08 } else { 0.32 };
    Thing {
        place,
        foot,
        yaw: dice.between(0.0, std::f32::consts::TAU),
        scale: dice.between(1.0 - vary, 1.0 + vary),
        stretch: dice.between(1.0 - vary * 0.5, 1.0 + vary * 0.6),
        kind,
        variant: dice.below(VARIANTS) as u8,
        tint: dice.between(0.84, 1.14),
        born,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_inside_a_turned_house_is_pushed_out_of_its_nearest_wall() {
        let mut dice = Dice::new(1, 1);
        let terrain = Terrain::shape(3, &super::super::catalogue::theme("meadow").shape, &mut |_| {});
        let mut house = thing_at(&terrain, Kind::House, Vec2::splat(500.0), &mut dice, 0.0);
        (house.yaw, house.scale) = (0.6, 1.0);
        for step in 0..40 {
            let angle = step as f32 * 0.157;
            let inside = house.place + Vec2::from_angle(angle) * 1.5;
            let outside = inside + push_one(&house, inside, 0.4);
            assert!(push_one(&house, outside + (outside - inside) * 0.01, 0.4).length() < 0.02, "angle {angle}");
            assert!(outside.distance(house.place) > 2.8, "angle {angle}");
        }
    }
}
