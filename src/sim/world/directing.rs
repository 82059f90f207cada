//! Directions: what each one does to the world, and what to say about it.

use glam::Vec2;

use super::hours::hour_of;
use super::kind::Kind;
use super::moves::Move;
use super::noise::Dice;
use super::terrain::toward;
use super::things::{MOST_SPAWNED, Thing, thing_at};
use super::towers::lamp_height;
use super::weather::Levels;
use super::world::World;
use crate::media::MediaDelta;
use crate::sim::sound::SoundEvent;
use crate::wire::{CameraMove, Direction, Place, TimeOfDay, Weather};

/// What became of a direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Whether the world knew what to do.
    pub understood: bool,
    /// For the user: what was done, or what can be said instead.
    pub message: String,
    /// Whether the view jumped: the next frame carries a discontinuity.
    pub cut: bool,
}

/// Milliseconds that changes take where nothing is said.
const TIME_MS: u32 = 5000;
const MOVE_MS: u32 = 2500;
/// Most things of one direction.
const MOST_AT_ONCE: u32 = 64;
/// Longest piece of a user's text that is said back, in characters.
const QUOTE: usize = 40;

impl Applied {
    fn done(message: impl Into<String>) -> Self {
        Self { understood: true, message: message.into(), cut: false }
    }

    fn unknown(message: impl Into<String>) -> Self {
        Self { understood: false, message: message.into(), cut: false }
    }
}

fn quote(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(QUOTE).collect()
}

impl World {
    /// Applies a direction. What is not understood changes nothing and says what could be said instead.
    pub fn apply(&mut self, direction: &Direction) -> Applied {
        match direction {
            Direction::Weather { kind, intensity } => self.direct_weather(kind, *intensity),
            Direction::Time { to, over_ms } => self.direct_time(to, *over_ms),
            Direction::Light { brightness, warmth } => {
                self.look.set_light(*brightness, *warmth);
                Applied::done("the light changes")
            }
            Direction::Mood { mood } => {
                if self.look.set_mood(mood) {
                    Applied::done("the mood changes")
                } else {
                    Applied::unknown("that mood is not known; say neutral, calm, dramatic, eerie or joyful")
                }
            }
            Direction::Camera { kind, amount, over_ms, target } => {
                self.direct_camera(kind, *amount, *over_ms, target.as_deref())
            }
            Direction::Spawn { what, count, at } => self.direct_spawn(what, count.unwrap_or(1), at.as_ref()),
            Direction::Remove { what } => self.direct_remove(what),
            Direction::Other(_) => Applied::unknown(
                "that direction is not known; this world understands weather, time, light, mood, camera, spawn and remove",
            ),
        }
    }

    fn direct_weather(&mut self, weather: &Weather, intensity: Option<f32>) -> Applied {
        let Some(levels) = Levels::of(weather, intensity.unwrap_or(0.7), self.theme.sky.clouds) else {
            return Applied::unknown("that weather is not known; say clear, cloudy, fog, rain, storm, snow or dust");
        };
        self.weather.turn(levels);
        let what = match weather {
            Weather::Clear => "the sky clears",
            Weather::Cloudy => "clouds gather",
            Weather::Fog => "fog rises",
            Weather::Rain => "rain begins",
            Weather::Storm => "a storm comes up",
            Weather::Snow => "snow begins to fall",
            Weather::Dust => "dust begins to blow",
            Weather::Other(_) => "the weather changes",
        };
        Applied::done(what)
    }

    fn direct_time(&mut self, to: &TimeOfDay, over_ms: Option<u32>) -> Applied {
        let hour = match to {
            TimeOfDay::Hour(hour) if (0.0..=24.0).contains(hour) => *hour,
            TimeOfDay::Hour(_) => return Applied::unknown("an hour lies between 0 and 24"),
            TimeOfDay::Name(name) => match hour_of(name) {
                Some(hour) => hour,
                None => {
                    return Applied::unknown(
                        "that time is not known; say dawn, morning, noon, afternoon, dusk, night or midnight, or an hour",
                    );
                }
            },
        };
        let over = over_ms.filter(|&ms| ms > 0).unwrap_or(TIME_MS);
        self.turn_clock(hour, over as f32 / 1000.0);
        Applied::done(format!("it becomes {:02}:{:02}", hour as u32 % 24, (hour.fract() * 60.0) as u32))
    }

    fn direct_camera(
        &mut self,
        kind: &CameraMove,
        amount: Option<f32>,
        over_ms: Option<u32>,
        target: Option<&str>,
    ) -> Applied {
        let named = target.map(|name| (name, self.find(name)));
        if let Some((name, None)) = named {
            return Applied::unknown(format!(
                "there is no {:?} in sight; try landmark, start, or a thing that you see",
                quote(name)
            ));
        }
        let goal = named.and_then(|(_, place)| place);
        if *kind == CameraMove::Cut {
            let (place, tall) = goal.unwrap_or((self.setting.landmark, lamp_height(self.theme.landmark).unwrap_or(12.0)));
            self.cut_to(place, tall, target.is_some_and(is_start));
            return Applied { understood: true, message: "cut".into(), cut: true };
        }
        let seconds = over_ms.filter(|&ms| ms > 0).unwrap_or(MOVE_MS) as f32 / 1000.0;
        let around = goal.map_or(self.setting.landmark, |(place, _)| place);
        match Move::of(kind, amount, seconds, &self.walker, around) {
            Some(motion) => {
                self.motion = Some(motion);
                Applied::done("the camera moves")
            }
            None => Applied::unknown("that camera move is not known; say pan, tilt, dolly, orbit or cut"),
        }
    }

    fn direct_spawn(&mut self, what: &str, count: u32, at: Option<&Place>) -> Applied {
        let Some(kind) = Kind::named(what) else {
            return Applied::unknown(format!(
                "there is no {:?} here; try tree, pine, palm, flower, rock, crystal, mushroom, house, tower, lantern, fire, statue, \
                 boat or birds",
                quote(what)
            ));
        };
        self.things.unhide(kind);
        let count = count.clamp(1, MOST_AT_ONCE);
        let mut dice = Dice::new(self.seed ^ self.now.as_micros() as u64, 0x59a7 + self.things.spawned().len() as u64);
        let mut brought = 0;
        for index in 0..count {
            let place = self.spot(kind, index, count, at, &mut dice);
            let mut thing = thing_at(&self.terrain, kind, place, &mut dice, self.seconds());
            let facing = toward(place, self.walker.place);
            if matches!(kind, Kind::House | Kind::Hut | Kind::Statue | Kind::Tent | Kind::Arch | Kind::Tower) {
                // Its front, +z, to the one who asked.
                thing.yaw = (-facing.x).atan2(facing.y) + dice.between(-0.3, 0.3);
            }
            brought += u32::from(self.things.spawn(thing));
        }
        if brought == 0 {
            return Applied::unknown(format!("the world holds {MOST_SPAWNED} brought things already; remove some first"));
        }
        let pan = match at {
            Some(Place::Left) => -0.7,
            Some(Place::Right) => 0.7,
            _ => 0.0,
        };
        self.say(SoundEvent::Chime { at: self.now + self.span, pan });
        Applied::done(format!("{brought} × {}", kind.name()))
    }

    /// A free spot for one of several things.
    fn spot(&self, kind: Kind, index: u32, count: u32, at: Option<&Place>, dice: &mut Dice) -> Vec2 {
        let turn = match at {
            Some(Place::Left) => -1.1,
            Some(Place::Right) => 1.1,
            Some(Place::Behind) => std::f32::consts::PI,
            Some(Place::Around) => index as f32 / count as f32 * std::f32::consts::TAU,
            _ => 0.0,
        };
        let big = matches!(
            kind,
            Kind::House
                | Kind::Shed
                | Kind::Block
                | Kind::Tower
                | Kind::Spire
                | Kind::Hut
                | Kind::Lighthouse
                | Kind::BellTower
                | Kind::ClockTower
                | Kind::Beacon
                | Kind::Obelisk
                | Kind::Boulder
                | Kind::Birds
        );
        let near = if big { 17.0 } else { 7.0 };
        let spread = if count > 1 { 0.5 } else { 0.08 };
        let deep = |place: Vec2| self.terrain.height(place) < 0.15;
        let mut fallback = None;
        for attempt in 0..24 {
            let angle = self.walker.yaw + turn + dice.between(-spread, spread) * (1.0 + attempt as f32 * 0.08);
            let reach = near + (count as f32).sqrt() * dice.unit() * if big { 9.0 } else { 3.2 } + attempt as f32 * 0.6;
            let place = self.walker.place + Vec2::new(angle.sin(), -angle.cos()) * reach;
            fallback = fallback.or(Some(place));
            let free = self.things.push_out(place, if big { 4.0 } else { 0.8 }).length() < 0.01;
            if deep(place) == kind.floats() && free {
                return place;
            }
        }
        fallback.unwrap_or(self.walker.place)
    }

    fn direct_remove(&mut self, what: &str) -> Applied {
        if matches!(what.trim().to_lowercase().as_str(), "all" | "everything") {
            let count = self.things.remove_spawned(None);
            return Applied::done(format!("{count} things removed"));
        }
        let Some(kind) = Kind::named(what) else {
            return Applied::unknown(format!(
                "there is no {:?} to remove; name a thing that you see, or say all",
                quote(what)
            ));
        };
        let count = self.things.remove_spawned(Some(kind));
        // A word that means several kinds takes them all: "trees" are pines, oaks and birches alike.
        let family: &[Kind] = match kind {
            Kind::Oak => &[Kind::Oak, Kind::Pine, Kind::Birch, Kind::Palm, Kind::DeadTree],
            Kind::Rock => &[Kind::Rock, Kind::Boulder],
            Kind::House => &[Kind::House, Kind::Hut, Kind::Shed],
            _ => &[],
        };
        let mut hidden = count == 0 && self.things.hide(kind);
        for &kind in family {
            hidden |= count == 0 && self.things.hide(kind);
        }
        if kind == Kind::Birds && self.flock.take().is_some() {
            hidden = true;
        }
        match (count, hidden) {
            (0, false) => Applied::unknown(format!("there is no {} here", kind.name())),
            (0, true) => Applied::done(format!("every {} is gone", kind.name())),
            _ => Applied::done(format!("{count} × {} removed", kind.name())),
        }
    }

    /// Where a named thing is, and how tall: the landmark, the start, or the nearest thing of a kind within some 200 metres.
    fn find(&self, name: &str) -> Option<(Vec2, f32)> {
        let lower = name.trim().to_lowercase();
        let lower = lower.strip_prefix("the ").unwrap_or(&lower);
        let landmark = (self.setting.landmark, lamp_height(self.theme.landmark).unwrap_or(12.0));
        if lower == "landmark" || self.theme.landmark.names().contains(&lower) {
            return Some(landmark);
        }
        if is_start(lower) {
            return Some((self.setting.start, 2.0));
        }
        let kind = Kind::named(lower)?;
        let mut best: Option<(f32, &Thing)> = None;
        let (bx, bz) = self.bucket();
        let grown =
            (-6..=6).flat_map(|z| (-6..=6).map(move |x| (x, z))).flat_map(|(x, z)| self.things.in_bucket(bx + x, bz + z));
        for thing in self.things.spawned().iter().chain(grown.filter(|thing| !self.things.is_hidden(thing.kind))) {
            let distance = toward(self.walker.place, thing.place).length();
            if thing.kind == kind && best.is_none_or(|(nearest, _)| distance < nearest) {
                best = Some((distance, thing));
            }
        }
        best.map(|(_, thing)| (thing.place, self.shape_height(thing)))
    }

    /// Puts the walker where a thing is well seen.
    fn cut_to(&mut self, place: Vec2, tall: f32, onto: bool) {
        self.motion = None;
        if onto {
            self.walker.put(&self.terrain, place, self.setting.yaw, 0.0);
            return;
        }
        let reach = (tall * 1.5).clamp(5.0, 34.0);
        let back = toward(place, self.walker.place);
        let from = back.y.atan2(back.x);
        let mut best = (f32::MIN, place + Vec2::X * reach);
        for step in 0..24_i32 {
            // From where one stands, then more and more from the side.
            let side = (step + 1) / 2 * if step % 2 == 0 { 1 } else { -1 };
            let spot = place + Vec2::from_angle(from + side as f32 * 0.26) * reach;
            let ground = self.terrain.height(spot);
            let free = self.things.push_out(spot, 0.6).length() < 0.01;
            let score = ground.min(2.0) * 4.0 + if free { 6.0 } else { 0.0 }
                - (ground - self.terrain.height(place)).abs() * 0.4
                - step as f32 * 0.15;
            if score > best.0 {
                best = (score, spot);
            }
        }
        let way = toward(best.1, place);
        let rise = self.terrain.height(place) + tall * 0.42 - (self.terrain.height(best.1).max(-1.0) + 1.7);
        self.walker.put(&self.terrain, best.1, way.x.atan2(-way.y) + 0.12, rise.atan2(way.length()));
        self.say(SoundEvent::Chime { at: self.now + self.span, pan: 0.0 });
    }

    /// Turns the clock to an hour over some seconds: forward, unless back is much shorter.
    pub(super) fn turn_clock(&mut self, hour: f32, seconds: f32) {
        let ahead = (hour - self.hour).rem_euclid(24.0);
        let way = if ahead > 17.0 { ahead - 24.0 } else { ahead };
        let seconds = seconds.clamp(0.05, 600.0);
        self.clock_turn = Some((way / seconds, seconds));
    }

    /// Keeps a sound event; full, the oldest goes. One that lies ahead waits for its frame.
    pub(super) fn say(&mut self, event: SoundEvent) {
        if self.events.len() >= super::world::MOST_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// Media seconds, kept small enough for the waves.
    pub(super) fn seconds(&self) -> f32 {
        const HOUR: i64 = 3_600_000_000;
        MediaDelta::from_micros(self.now.as_micros().rem_euclid(HOUR)).as_secs_f64() as f32
    }
}

fn is_start(name: &str) -> bool {
    matches!(name.trim().to_lowercase().as_str(), "start" | "spawn" | "home" | "beginning")
}
