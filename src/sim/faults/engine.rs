//! Decides: which conditions hold now, and whether this request, message, connection or world is struck. Reads no clock: time is an
//! argument, and dice are seeded, so that the same questions get the same answers.

use std::time::Duration;

use super::kind::{Cut, Kind, Way};
use super::random::Random;
use super::scope::Call;
use super::script::{Fault, Script};
use crate::media::Monotonic;

/// What may be struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing<'a> {
    /// A connection that has just come; nothing has been asked on it.
    Arrival,
    /// A request that has just come, as far as its connection goes.
    Connection(Call),
    /// A connection that stands, and what is being asked or streamed on it.
    Standing(Option<Call>),
    /// A request that is about to be handled.
    Request(Call),
    /// An answer that is about to be given.
    Reply(Call),
    /// A message of a stream, by type.
    Message {
        /// Its type; `video` and `audio` for media.
        name: &'a str,
        /// Whether it is one fragment of several.
        fragmented: bool,
    },
    /// A world that has just been made, or that lives.
    World,
}

/// What holds for one connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// From client to server.
    pub up: Path,
    /// From server to client.
    pub down: Path,
    /// How much later the server's end closes.
    pub slow_close: Duration,
}

/// What holds for one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// How much later bytes come.
    pub delay: Duration,
    /// How much more, at random, anything up to this.
    pub spread: Duration,
    /// Bits a second; none: as they come.
    pub rate: Option<u64>,
    /// Whether nothing moves.
    pub stalled: bool,
}

/// A script at work.
#[derive(Clone, Debug)]
pub struct Engine {
    script: Script,
    since: Monotonic,
    tallies: Vec<Tally>,
}

/// What an entry has struck so far.
#[derive(Clone, Debug)]
struct Tally {
    /// The opening that `struck_now` counts.
    opening: u64,
    struck_now: u64,
    struck: u64,
    /// The opening at which standing things were last looked over.
    swept: Option<u64>,
    dice: Random,
}

impl Engine {
    /// Times of the script count from `since`.
    #[must_use]
    pub fn new(script: Script, since: Monotonic) -> Self {
        let seed = script.seed;
        let tally = |index: usize| Tally {
            opening: 0,
            struck_now: 0,
            struck: 0,
            swept: None,
            dice: Random::new(seed, index as u64),
        };
        Self { tallies: (0..script.faults.len()).map(tally).collect(), script, since }
    }

    /// The script.
    #[must_use]
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// When the script was set.
    #[must_use]
    pub fn since(&self) -> Monotonic {
        self.since
    }

    /// Things struck by each entry so far.
    pub fn struck(&self) -> impl Iterator<Item = u64> {
        self.tallies.iter().map(|tally| tally.struck)
    }

    /// Whether an entry is open now.
    #[must_use]
    pub fn is_open(&self, entry: usize, now: Monotonic) -> bool {
        self.opening(entry, now).is_some()
    }

    /// The next moment after `now` at which an entry opens or closes; `None` if none ever will.
    #[must_use]
    pub fn next_change(&self, now: Monotonic) -> Option<Monotonic> {
        let elapsed = now.since(self.since);
        self.script.faults.iter().filter_map(|fault| change_after(fault, elapsed)).min().map(|at| self.since + at)
    }

    /// The conditions that hold now.
    pub fn conditions(&self, now: Monotonic) -> impl Iterator<Item = &Fault> {
        (0..self.script.faults.len())
            .filter(move |entry| self.script.faults[*entry].kind.is_condition() && self.opening(*entry, now).is_some())
            .map(|entry| &self.script.faults[entry])
    }

    /// What holds for a connection on which this is asked.
    #[must_use]
    pub fn weather(&self, now: Monotonic, call: Option<Call>) -> Weather {
        let mut weather = Weather::default();
        for fault in self.conditions(now).filter(|fault| fault.on.have(call)) {
            match fault.kind {
                Kind::Latency { delay, way } => weather.each(way, |path| path.delay += delay),
                Kind::Jitter { spread, way } => weather.each(way, |path| path.spread += spread),
                Kind::Bandwidth { rate, way } => {
                    weather.each(way, |path| path.rate = Some(path.rate.map_or(rate, |least| least.min(rate))));
                }
                Kind::Stall { way } => weather.each(way, |path| path.stalled = true),
                Kind::SlowClose { delay } => weather.slow_close = weather.slow_close.max(delay),
                _ => {}
            }
        }
        weather
    }

    /// Whether this thing is struck, and by what: by the first entry of the script that has it.
    pub fn strike(&mut self, now: Monotonic, thing: Thing<'_>) -> Option<Kind> {
        (0..self.script.faults.len()).find(|entry| self.strikes(*entry, now, thing)).map(|entry| {
            self.tallies[entry].struck += 1;
            self.tallies[entry].struck_now += 1;
            self.script.faults[entry].kind.clone()
        })
    }

    /// What strikes things that stand, at the moment at which an entry opens: all of them at once, each by its own die. Asked again
    /// in the same opening, nothing more.
    pub fn sweep(&mut self, now: Monotonic, things: &[Thing<'_>]) -> Vec<Option<Kind>> {
        let mut struck = vec![None; things.len()];
        for entry in 0..self.script.faults.len() {
            let Some(opening) = self.opening(entry, now) else { continue };
            if self.script.faults[entry].kind.is_condition() || self.tallies[entry].swept == Some(opening) {
                continue;
            }
            self.tallies[entry].swept = Some(opening);
            let mut hits = 0;
            for (thing, struck) in things.iter().zip(&mut struck).filter(|(_, struck)| struck.is_none()) {
                if self.strikes(entry, now, *thing) {
                    *struck = Some(self.script.faults[entry].kind.clone());
                    self.tallies[entry].struck += 1;
                    hits += 1;
                }
            }
            self.tallies[entry].struck_now += hits;
        }
        struck
    }

    /// Whether an entry has this thing; rolls its die where it has one.
    fn strikes(&mut self, entry: usize, now: Monotonic, thing: Thing<'_>) -> bool {
        let fault = &self.script.faults[entry];
        if !fits(fault, thing) {
            return false;
        }
        let Some(opening) = self.opening(entry, now) else { return false };
        let fault = &self.script.faults[entry];
        let tally = &mut self.tallies[entry];
        if tally.opening != opening {
            (tally.opening, tally.struck_now) = (opening, 0);
        }
        if fault.times.is_some_and(|most| tally.struck >= most)
            || at_once(fault).is_some_and(|most| tally.struck_now >= most)
        {
            return false;
        }
        fault.probability.is_none_or(|probability| tally.dice.chance(probability))
    }

    /// The number of the opening that an entry is in. A condition's die is cast for each opening, and always falls the same.
    fn opening(&self, entry: usize, now: Monotonic) -> Option<u64> {
        let fault = &self.script.faults[entry];
        let into = now.since(self.since).checked_sub(fault.at).filter(|_| now >= self.since)?;
        let (opening, offset) = match fault.every {
            Some(every) => (number(into, every), into - every * rounds(into, every)),
            None => (0, into),
        };
        if fault.lasts.is_some_and(|lasts| offset >= lasts) {
            return None;
        }
        let wanted = !fault.kind.is_condition() || {
            let purpose = (entry as u64) << 40 | opening;
            fault.times.is_none_or(|most| opening < most)
                && fault.probability.is_none_or(|chance| Random::new(!self.script.seed, purpose).chance(chance))
        };
        wanted.then_some(opening)
    }
}

impl Weather {
    fn each(&mut self, way: Way, mut change: impl FnMut(&mut Path)) {
        if way.is_up() {
            change(&mut self.up);
        }
        if way.is_down() {
            change(&mut self.down);
        }
    }
}

/// How many things one opening of a strike takes; `None`: all that come. What says neither how long nor how likely is meant once.
fn at_once(fault: &Fault) -> Option<u64> {
    match (fault.lasts, fault.probability, fault.every) {
        (None, None, None) => Some(fault.times.unwrap_or(1)),
        (None, None, Some(_)) => Some(1),
        _ => None,
    }
}

fn fits(fault: &Fault, thing: Thing<'_>) -> bool {
    match (&fault.kind, thing) {
        // What names no call strikes a connection as it comes; what names calls, when they are asked.
        (Kind::Reset | Kind::HalfOpen, Thing::Arrival) => !fault.on.is_limited(),
        (Kind::Reset | Kind::HalfOpen, Thing::Connection(call)) => fault.on.is_limited() && fault.on.have(Some(call)),
        (Kind::Reset | Kind::HalfOpen, Thing::Standing(call)) => fault.on.have(call),
        (Kind::Status { .. }, Thing::Request(call)) | (Kind::LostReply { .. }, Thing::Reply(call)) => {
            fault.on.have(Some(call))
        }
        (Kind::LostAck, Thing::Message { name, .. }) => name == "ack",
        (Kind::Truncate { cut: Cut::Fragment, messages }, Thing::Message { name, fragmented }) => {
            fragmented && messages.have(name)
        }
        (
            Kind::Loss { messages }
            | Kind::Duplicate { messages }
            | Kind::Reorder { messages }
            | Kind::Garbage { messages, .. }
            | Kind::Truncate { messages, .. }
            | Kind::Oversize { messages, .. },
            Thing::Message { name, .. },
        ) => messages.have(name),
        (Kind::End { .. }, Thing::World) => true,
        _ => false,
    }
}

/// The first moment after `elapsed` at which an entry opens or closes.
fn change_after(fault: &Fault, elapsed: Duration) -> Option<Duration> {
    let Some(into) = elapsed.checked_sub(fault.at) else { return Some(fault.at) };
    let start = match fault.every {
        Some(every) => fault.at + every * rounds(into, every),
        None => fault.at,
    };
    let last =
        fault.kind.is_condition() && fault.every.zip(fault.times).is_some_and(|(every, times)| number(into, every) >= times);
    if last {
        return None;
    }
    let end = fault.lasts.map(|lasts| start + lasts).filter(|end| *end > elapsed);
    end.or(fault.every.map(|every| start + every))
}

/// How many whole periods fit into a time.
fn number(time: Duration, period: Duration) -> u64 {
    u64::try_from(time.as_nanos() / period.as_nanos().max(1)).unwrap_or(u64::MAX)
}

/// The same as a factor for durations. Saturates after months of the shortest period.
fn rounds(time: Duration, period: Duration) -> u32 {
    u32::try_from(number(time, period)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::scope::Messages;
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(1_000_000 + millis)
    }

    fn engine(faults: impl Into<Vec<Fault>>) -> Engine {
        Engine::new(Script::new(7, faults), at(0))
    }

    fn stall() -> Fault {
        Fault::new(Kind::Stall { way: Way::Both })
    }

    fn create(engine: &mut Engine, millis: u64) -> bool {
        engine.strike(at(millis), Thing::Request(Call::Create)).is_some()
    }

    fn busy() -> Fault {
        Fault::new(Kind::Status { status: 503, retry_after: None })
    }

    /// Exact deadlines: 29.999 s is before 30 s, and the end does not belong to it.
    #[test]
    fn a_condition_opens_and_closes_to_the_microsecond() {
        let engine = engine([stall().at(S(30)).lasting(S(3))]);
        let stalled = |micros: u64| engine.weather(Monotonic::from_micros(1_000_000_000 + micros), None).up.stalled;
        assert!(!stalled(29_999_999) && stalled(30_000_000) && stalled(32_999_999) && !stalled(33_000_000));
        assert_eq!(engine.next_change(at(0)), Some(at(30_000)));
        assert_eq!(engine.next_change(at(30_000)), Some(at(33_000)));
        assert_eq!(engine.next_change(at(33_000)), None);
    }

    #[test]
    fn a_condition_that_comes_back_keeps_its_schedule_and_its_count() {
        let engine = engine([stall().at(S(1)).lasting(S(1)).every(S(10)).times(2)]);
        let open: Vec<u64> = (0..40).filter(|second| engine.weather(at(second * 1000), None).down.stalled).collect();
        assert_eq!(open, [1, 11]);
        assert_eq!(engine.next_change(at(2000)), Some(at(11_000)));
        assert_eq!(engine.next_change(at(21_000)), None, "both openings are over");
    }

    #[test]
    fn conditions_of_one_moment_add_up() {
        let slow = |rate| Fault::new(Kind::Bandwidth { rate, way: Way::Down });
        let late = |way| Fault::new(Kind::Latency { delay: S(1), way });
        let engine = engine([slow(9000), slow(3000), late(Way::Both), late(Way::Up)]);
        let Weather { up, down, .. } = engine.weather(at(0), None);
        assert_eq!((up.delay, down.delay, up.rate, down.rate), (S(2), S(1), None, Some(3000)));
    }

    #[test]
    fn a_strike_that_says_no_more_comes_once_and_waits_for_its_prey() {
        let mut engine = engine([busy().at(S(5)).on(&[Call::Create])]);
        assert!(!create(&mut engine, 4999));
        assert!(engine.strike(at(6000), Thing::Request(Call::Delete)).is_none());
        assert!(create(&mut engine, 9000) && !create(&mut engine, 9001));
    }

    #[test]
    fn times_bound_a_burst_and_a_window_bounds_it_too() {
        let mut burst = engine([busy().times(3)]);
        assert_eq!((0..10).filter(|index| create(&mut burst, *index)).count(), 3);
        let mut window = engine([busy().lasting(S(1))]);
        assert_eq!((0..10).filter(|index| create(&mut window, *index * 250)).count(), 4);
        let mut again = engine([busy().every(S(1)).times(2)]);
        let struck: Vec<u64> = (0..50).map(|index| index * 100).filter(|millis| create(&mut again, *millis)).collect();
        assert_eq!(struck, [0, 1000]);
    }

    #[test]
    fn the_same_seed_decides_the_same_and_another_one_otherwise() {
        let decide = |seed| -> Vec<bool> {
            let faults = [busy().with_probability(0.5)];
            let mut engine = Engine::new(Script::new(seed, faults), at(0));
            (0..64).map(|index| create(&mut engine, index)).collect()
        };
        assert_eq!(decide(1), decide(1));
        assert_ne!(decide(1), decide(2));
        let hits = decide(1).iter().filter(|hit| **hit).count();
        assert!((16..48).contains(&hits), "{hits} of 64");
    }

    #[test]
    fn an_entry_more_leaves_the_dice_of_the_others_alone() {
        let die = busy().with_probability(0.3);
        let ack = Thing::Message { name: "ack", fragmented: false };
        let lost = Fault::new(Kind::LostAck).with_probability(0.5);
        let (mut one, mut two) = (engine([die.clone()]), engine([die, lost]));
        for index in 0..100 {
            drop(two.strike(at(index), ack));
            assert_eq!(create(&mut one, index), create(&mut two, index), "at {index}");
        }
    }

    #[test]
    fn a_die_of_a_condition_is_cast_once_for_each_opening() {
        let engine = engine([stall().lasting(S(1)).every(S(1)).with_probability(0.5)]);
        let open: Vec<bool> = (0..400).map(|tenth| engine.weather(at(tenth * 100), None).up.stalled).collect();
        assert!(open.chunks(10).all(|second| second.iter().all(|one| *one == second[0])));
        assert!(open.contains(&true) && open.contains(&false));
    }

    #[test]
    fn a_reset_takes_all_that_stand_when_it_opens_and_nothing_later() {
        let mut engine = engine([Fault::new(Kind::Reset).at(S(45))]);
        let things = [Thing::Standing(None), Thing::Standing(Some(Call::Stream))];
        assert_eq!(engine.sweep(at(44_999), &things), [None, None]);
        assert_eq!(engine.sweep(at(45_000), &things), [Some(Kind::Reset), Some(Kind::Reset)]);
        assert_eq!(engine.sweep(at(45_001), &things), [None, None]);
        assert_eq!(engine.strike(at(46_000), Thing::Arrival), None);
        assert_eq!(engine.struck().collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_reset_that_finds_nobody_takes_the_next_that_comes() {
        let mut engine = engine([Fault::new(Kind::HalfOpen).on(&[Call::Stream])]);
        assert_eq!(engine.sweep(at(0), &[Thing::Standing(None)]), [None]);
        assert_eq!(engine.strike(at(1), Thing::Arrival), None);
        assert_eq!(engine.strike(at(2), Thing::Connection(Call::Create)), None);
        assert_eq!(engine.strike(at(3), Thing::Connection(Call::Stream)), Some(Kind::HalfOpen));
        assert_eq!(engine.strike(at(4), Thing::Connection(Call::Stream)), None);
    }

    #[test]
    fn loss_takes_its_share_of_a_track_and_nothing_else() {
        let loss = Fault::new(Kind::Loss { messages: Messages::Named(vec!["video".to_owned()]) }).with_probability(0.2);
        let mut engine = engine([loss]);
        let mut lost = |name, millis| engine.strike(at(millis), Thing::Message { name, fragmented: false }).is_some();
        assert!((0..500).all(|millis| !lost("audio", millis) && !lost("hello", millis) && !lost("ack", millis)));
        let hits = (0..500).filter(|millis| lost("video", *millis)).count();
        assert!((70..130).contains(&hits), "{hits} of 500");
    }

    #[test]
    fn a_missing_fragment_is_sought_where_there_are_fragments() {
        let cut = Kind::Truncate { cut: Cut::Fragment, messages: Messages::Media };
        let mut engine = engine([Fault::new(cut)]);
        let video = |fragmented| Thing::Message { name: "video", fragmented };
        assert!(engine.strike(at(0), video(false)).is_none() && engine.strike(at(0), video(true)).is_some());
    }
}
