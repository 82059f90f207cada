//! The scenarios S1 to S16: networks, servers and machines as they are. Each makes a trace and the conditions of its machine from a seed.

use super::capacity::Capacity;
use super::conditions::{Action, Conditions};
use super::earliest::Earliest;
use super::link::{Link, Losses, Path};
use super::load::{Load, Stretch};
use super::random::Random;
use super::trace::Trace;

const MS: i64 = 1_000;
const S: i64 = 1_000_000;
/// The first unit is sent then.
const START_US: i64 = S;

/// A scenario.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its short name: `S1`.
    pub id: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// How long it lasts unless told otherwise, in seconds.
    pub seconds: u32,
    make: fn(&Plan) -> (Load, Path, Conditions),
    known: bool,
}

/// What a scenario is made from.
struct Plan {
    seconds: f64,
    seed: u64,
    capacity: Option<Capacity>,
}

impl Plan {
    /// A share of the run as a moment.
    fn at(&self, share: f64) -> i64 {
        START_US + (self.seconds * share * 1e6) as i64
    }

    fn load(&self) -> Load {
        Load::reference(self.seconds)
    }

    fn random(&self, salt: u64) -> Random {
        Random::new(self.seed ^ (salt << 32))
    }
}

/// Every scenario, in order.
pub const SCENARIOS: &[Scenario] = &[
    scenario("S1", "clean link", 600, clean),
    scenario("S2", "Wi-Fi: jitter with outages of 60 to 200 ms", 600, wifi),
    scenario("S3", "WAN, 60 ms round trip, rare losses", 600, |plan| wan(plan, 60, [0.0005, 0.3, 0.5])),
    scenario("S4", "WAN, 120 ms round trip, losses in bursts", 600, |plan| wan(plan, 120, [0.003, 0.25, 0.6])),
    scenario("S5", "cellular capacity (made up, Mahimahi's format)", 600, cellular),
    scenario("S6a", "chunks of 4 frames", 600, |plan| chunks(plan, 4)),
    scenario("S6b", "chunks of 12 frames", 600, |plan| chunks(plan, 12)),
    Scenario { known: true, ..scenario("S7a", "server's clock 300 ppm slow", 3600, |plan| drift(plan, 300.0)) },
    Scenario { known: true, ..scenario("S7b", "server's clock 300 ppm fast", 3600, |plan| drift(plan, -300.0)) },
    Scenario { known: true, ..scenario("S8", "path longer by 80 ms, and shorter again", 600, path_step) },
    scenario("S9", "stalls of 1, 3 and 10 s", 600, stalls),
    scenario("S10", "disconnect and resume", 600, disconnect),
    scenario("S11", "capacity halves", 600, halved),
    scenario("S12", "decoder with spikes of 40 ms", 600, slow_decoder),
    scenario("S13", "late audio callbacks", 600, hiccups),
    scenario("S14", "sound off, then pictures off", 600, tracks_off),
    scenario("S15", "30 to 60 to 24 fps, and a pause", 600, rates),
    scenario("S16", "late joiner with 2 s of backlog", 120, late_joiner),
];

const fn scenario(
    id: &'static str,
    title: &'static str,
    seconds: u32,
    make: fn(&Plan) -> (Load, Path, Conditions),
) -> Scenario {
    Scenario { id, title, seconds, make, known: false }
}

impl Scenario {
    /// The scenario of a name, whatever its case; `S6` and `S7` mean both of theirs.
    #[must_use]
    pub fn named(name: &str) -> Vec<&'static Self> {
        let name = name.trim().to_ascii_uppercase();
        let same = |scenario: &&Self| {
            let id = scenario.id.to_ascii_uppercase();
            id == name || id.strip_prefix(&name).is_some_and(|rest| rest == "A" || rest == "B")
        };
        SCENARIOS.iter().filter(same).collect()
    }

    /// The trace and the machine's conditions. The same seed gives the same trace to the byte.
    #[must_use]
    pub fn make(&self, seconds: u32, seed: u64) -> (Trace, Conditions) {
        self.make_over(seconds, seed, None)
    }

    /// As [`Scenario::make`], over a link of the given capacity where the scenario is about one.
    #[must_use]
    pub fn make_over(&self, seconds: u32, seed: u64, capacity: Option<Capacity>) -> (Trace, Conditions) {
        let plan = Plan { seconds: f64::from(seconds), seed, capacity };
        let (load, path, conditions) = (self.make)(&plan);
        let bases: Vec<(i64, i64)> = path.base_us.iter().map(|(at, base)| (*at, base + START_US)).collect();
        let mut link = Link::new(path, seed);
        let mut random = plan.random(1);
        let mut units = load.units(START_US, || random.normal());
        for unit in &mut units {
            unit.arrival_us = link.deliver(unit.arrival_us, unit.bytes);
        }
        let earliest = if self.known { Earliest::known(&bases, load.ppm) } else { Earliest::estimate(&units) };
        (Trace { name: self.id.into(), units, earliest }, Conditions { seed, ..conditions })
    }
}

fn base(ms: i64) -> Path {
    Path { base_us: vec![(0, ms * MS)], ..Path::default() }
}

fn clean(plan: &Plan) -> (Load, Path, Conditions) {
    (plan.load(), base(20), Conditions::default())
}

fn wifi(plan: &Plan) -> (Load, Path, Conditions) {
    let path = Path { jitter: Some((2_000.0, 1.0)), outages: Some((0.2, 60e3, 200e3)), ..base(10) };
    (plan.load(), path, Conditions::default())
}

fn wan(plan: &Plan, round_trip_ms: i64, [p, r, loss]: [f64; 3]) -> (Load, Path, Conditions) {
    let losses = Losses { p, r, loss, round_trip_us: (round_trip_ms * MS) as f64 };
    let path = Path { jitter: Some((1_000.0, 0.7)), rate: vec![(0, 30e6)], losses: Some(losses), ..base(round_trip_ms / 2) };
    (plan.load(), path, Conditions::default())
}

fn cellular(plan: &Plan) -> (Load, Path, Conditions) {
    let made_up = || Capacity::cellular(plan.seconds as u32 + 2, 16.0, &mut plan.random(5));
    let capacity = plan.capacity.clone().unwrap_or_else(made_up);
    (plan.load(), Path { capacity: Some(capacity), ..base(25) }, Conditions::default())
}

fn chunks(plan: &Plan, chunk: u16) -> (Load, Path, Conditions) {
    let load = Load { chunk, generation_jitter: 0.06, ..plan.load() };
    (load, Path { jitter: Some((2_000.0, 0.7)), rate: vec![(0, 100e6)], ..base(20) }, Conditions::default())
}

fn drift(plan: &Plan, ppm: f64) -> (Load, Path, Conditions) {
    (Load { ppm, ..plan.load() }, base(20), Conditions::default())
}

fn path_step(plan: &Plan) -> (Load, Path, Conditions) {
    let base_us = vec![(0, 40 * MS), (plan.at(1.0 / 3.0), 120 * MS), (plan.at(2.0 / 3.0), 40 * MS)];
    (plan.load(), Path { base_us, ..Path::default() }, Conditions::default())
}

fn stalls(plan: &Plan) -> (Load, Path, Conditions) {
    let stalls = vec![(plan.at(0.2), S), (plan.at(0.4), 3 * S), (plan.at(0.65), 10 * S)];
    (plan.load(), Path { stalls, ..base(20) }, Conditions::default())
}

fn disconnect(plan: &Plan) -> (Load, Path, Conditions) {
    let part = |seconds: f64, gap_s: f64| Stretch { seconds, fps: 24.0, gap_s, resumed: gap_s > 0.0 };
    let stretches = vec![part(plan.seconds / 3.0, 0.0), part(plan.seconds / 3.0, 0.4), part(plan.seconds / 3.0, 4.0)];
    (Load { stretches, ..plan.load() }, base(20), Conditions::default())
}

fn halved(plan: &Plan) -> (Load, Path, Conditions) {
    let rate = vec![(0, 12e6), (plan.at(1.0 / 3.0), 6e6), (plan.at(2.0 / 3.0), 12e6)];
    (plan.load(), Path { rate, jitter: Some((1_000.0, 0.7)), ..base(20) }, Conditions::default())
}

fn slow_decoder(plan: &Plan) -> (Load, Path, Conditions) {
    (plan.load(), base(20), Conditions { decode_spikes: Some((0.5, 40e3)), ..Conditions::default() })
}

fn hiccups(plan: &Plan) -> (Load, Path, Conditions) {
    (plan.load(), base(20), Conditions { hiccups: Some((0.1, 5e3, 40e3)), ..Conditions::default() })
}

fn tracks_off(plan: &Plan) -> (Load, Path, Conditions) {
    let part = |fps: f64| Stretch { seconds: plan.seconds / 3.0, fps, gap_s: 0.0, resumed: false };
    let actions = vec![(plan.at(0.2), Action::Sound(false)), (plan.at(0.3), Action::Sound(true))];
    let load = Load { stretches: vec![part(24.0), part(0.0), part(24.0)], ..plan.load() };
    (load, base(20), Conditions { actions, ..Conditions::default() })
}

fn rates(plan: &Plan) -> (Load, Path, Conditions) {
    let part = |fps: f64, gap_s: f64| Stretch { seconds: plan.seconds / 4.0, fps, gap_s, resumed: gap_s > 0.0 };
    let load = Load { stretches: vec![part(30.0, 0.0), part(60.0, 0.0), part(24.0, 0.0), part(24.0, 5.0)], ..plan.load() };
    let actions = vec![(plan.at(0.75), Action::Paused(true)), (plan.at(0.75) + 5 * S, Action::Paused(false))];
    (load, base(20), Conditions { actions, ..Conditions::default() })
}

fn late_joiner(plan: &Plan) -> (Load, Path, Conditions) {
    (plan.load(), Path { stalls: vec![(0, START_US + 2 * S)], rate: vec![(0, 100e6)], ..base(20) }, Conditions::default())
}
