//! A scenario as it was understood: read, checked, every mistake told at once before anything is created.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use toml::{Table, Value};

use super::fields::Fields;
use super::load::{Load, MOST_SESSIONS};
use super::steps::{Action, MOST_STEPS, Schedule, Step, Timeline};
use crate::app::args::{AudioChoice, TransportChoice, VideoChoice};
use crate::app::errors::{Exit, Failure};
use crate::measure::Objective;
use crate::media::Tier;
use crate::wire::MAX_PROMPT_CHARS;

/// A file is no longer than this.
const MOST_BYTES: usize = 1024 * 1024;

/// What world to open. Flags win over it.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// `wander` or `direct`.
    pub mode: Option<String>,
    /// What the world is to be.
    pub prompt: Option<String>,
    /// A world by name.
    pub world: Option<String>,
    /// Quality tier.
    pub tier: Option<String>,
    /// Sound.
    pub audio: Option<AudioChoice>,
    /// Seed.
    pub seed: Option<u64>,
    /// Video codec to ask for first.
    pub video: Option<VideoChoice>,
    /// Whether the server must keep to the tier.
    pub pin_tier: Option<bool>,
    /// Which way the stream takes.
    pub transport: Option<TransportChoice>,
}

/// The server that a benchmark starts for itself where none is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// One world, rendered and encoded once, seen by everybody.
    pub shared_world: Option<bool>,
    /// Most worlds at once.
    pub max_worlds: Option<u32>,
}

/// A scenario, checked and ready to act out.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// What world to open.
    pub session: Session,
    /// With how many users, when.
    pub load: Load,
    /// What server to start where none is named.
    pub fleet: Fleet,
    /// What is to go wrong: a fault script as JSON (docs/faults.md), and when each entry opens, with its kind.
    pub faults: Option<Faults>,
    /// What is wanted of the figures, as in `ttff:p95<2s`.
    pub objectives: Vec<String>,
    steps: Arc<[Step]>,
}

/// Faults of a scenario, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// The script, as the admin path of a server takes it.
    pub json: String,
    /// Its entries, in the order of the file.
    pub entries: Vec<Fault>,
}

/// One of them, for marks in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: String,
    /// When it opens first.
    pub at: Duration,
    /// How long it stays open; none: a moment, or to the end.
    pub lasts: Option<Duration>,
    /// From one opening to the next.
    pub every: Option<Duration>,
    /// Openings at most.
    pub times: Option<u64>,
    /// Whether it holds while it is open, rather than striking once.
    pub holds: bool,
}

impl Scenario {
    /// Reads a scenario file.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let failure = |why: &dyn std::fmt::Display| {
            let what = format!("the scenario {} does not fit", path.display());
            Failure::new("script", Exit::Usage, what, why, "mend what is listed; docs/scenario.md describes the format")
        };
        let text = std::fs::read_to_string(path).map_err(|error| {
            let what = format!("the scenario {} cannot be read", path.display());
            Failure::new("script", Exit::Usage, what, error, "name a file of text that you may read")
        })?;
        Self::parse(&text).map_err(|problems| failure(&problems.join("\n")))
    }

    /// Reads the text of one.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        if text.len() > MOST_BYTES {
            return Err(vec![format!("it has more than {MOST_BYTES} bytes")]);
        }
        let file: Table = text.parse().map_err(|error: toml::de::Error| vec![error.to_string().trim_end().to_owned()])?;
        let mut problems = Vec::new();
        let mut fields = Fields::new("", &file, &mut problems);
        match fields.value("schema") {
            None => fields.wrong("schema", "is missing: write schema = 1"),
            Some(Value::Integer(1)) => {}
            Some(other) => fields.wrong("schema", format!("is {other}: this program reads schema 1")),
        }
        let empty = Table::new();
        let session = fields.table("session").unwrap_or(&empty);
        let load = fields.table("load").unwrap_or(&empty);
        let server = fields.table("server").unwrap_or(&empty);
        let slo = fields.table("slo").unwrap_or(&empty);
        let steps = fields.tables("step").unwrap_or_default();
        if steps.len() > MOST_STEPS {
            fields.wrong("step", format!("{} steps are more than the {MOST_STEPS} allowed", steps.len()));
        }
        let faults = fields.tables("fault").map(<[Value]>::to_vec);
        fields.finish();
        let session = Session::check(Fields::new("session", session, &mut problems));
        let load = Load::check(Fields::new("load", load, &mut problems));
        let fleet = Fleet::check(Fields::new("server", server, &mut problems));
        let steps = Step::read_all(steps, &mut problems);
        let faults = faults.and_then(|list| Faults::check(list, load.seed.unwrap_or_default(), &mut problems));
        let objectives = objectives(slo, &mut problems);
        if problems.is_empty() {
            Ok(Self { session, load, fleet, faults, objectives, steps: steps.into() })
        } else {
            Err(problems)
        }
    }

    /// What a headless run without a script does: a few steps and a look around, again and again, so that there is something to
    /// see and something to measure.
    #[cfg(all(feature = "player", feature = "server"))]
    #[must_use]
    pub fn stroll() -> Self {
        use crate::wire::Key;
        const TURN: Duration = Duration::from_millis(50);
        const ROUND: u64 = 10;
        let second = Duration::from_secs;
        let walk = |keys: &[Key]| Action::Hands { keys: Some(keys.to_vec()), look: [0.0, 0.0] };
        let mut steps = vec![
            Step::new(second(1), Some(second(ROUND)), Duration::MAX, walk(&[Key::Forward])),
            Step::new(second(3), Some(second(ROUND)), Duration::MAX, walk(&[])),
        ];
        // Left, right and back again in small turns, like a person looking around; two rounds are the default 20 s.
        for round in [0, ROUND] {
            for (from, to, yaw) in [(3, 5, -0.012), (5, 9, 0.012), (9, 11, -0.012)] {
                let action = Action::Hands { keys: None, look: [yaw, 0.0] };
                steps.push(Step::new(second(round + from), Some(TURN), second(round + to), action));
            }
        }
        Self { steps: steps.into(), ..Self::default() }
    }

    /// What a benchmark does where no file says: the calibration world, a look every so often, and now and then a direction, so that every
    /// kind of answer is there to be measured.
    #[must_use]
    pub fn looking(looks: Duration, directions: Duration) -> Self {
        let session = Session { world: Some("calibration".to_owned()), ..Session::default() };
        Self { session, steps: [Step::looking(looks), Step::directing(directions)].into(), ..Self::default() }
    }

    /// The actions in time, from the start: those that their actor can do, and no other is waited for.
    #[must_use]
    pub fn timeline(&self, can: impl Fn(&Action) -> bool) -> Timeline {
        Timeline::new(self.steps.iter().filter(|step| can(step.action())).cloned().collect())
    }

    /// The moments of its actions in one session.
    #[must_use]
    pub fn schedule(&self, seed: u64) -> Schedule {
        Schedule::new(Arc::clone(&self.steps), seed)
    }

    /// Its steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl Session {
    fn check(mut fields: Fields<'_, '_>) -> Self {
        let words = |text: &str| match text.chars().count() {
            _ if text.trim().is_empty() => Err("is empty".to_owned()),
            length if length > MAX_PROMPT_CHARS => Err(format!("{length} characters are more than {MAX_PROMPT_CHARS}")),
            _ => Ok(text.to_owned()),
        };
        let tier = |text: &str| text.parse::<Tier>().map(|_| text.to_owned()).map_err(|why| why.to_string());
        let session = Self {
            mode: fields.choice("mode", &[("wander", "wander"), ("direct", "direct")]).map(str::to_owned),
            prompt: fields.read("prompt", words),
            world: fields.read("world", words),
            tier: fields.read("tier", tier),
            audio: fields
                .choice("audio", &[("opus", AudioChoice::Opus), ("pcm", AudioChoice::Pcm), ("off", AudioChoice::Off)]),
            seed: fields.whole("seed", 0, i64::MAX as u64),
            video: fields.choice("video", &[("h264", VideoChoice::H264), ("mjpeg", VideoChoice::Mjpeg)]),
            pin_tier: fields.flag("pin_tier"),
            transport: fields.choice(
                "transport",
                &[("auto", TransportChoice::Auto), ("ws", TransportChoice::Ws), ("sse", TransportChoice::Sse)],
            ),
        };
        fields.finish();
        session
    }
}

impl Fleet {
    fn check(mut fields: Fields<'_, '_>) -> Self {
        let most = fields.whole("max_worlds", 1, MOST_SESSIONS).and_then(|most| u32::try_from(most).ok());
        let fleet = Self { shared_world: fields.flag("shared_world"), max_worlds: most };
        fields.finish();
        fleet
    }
}

impl Faults {
    #[cfg(feature = "server")]
    fn check(list: Vec<Value>, seed: u64, problems: &mut Vec<String>) -> Option<Self> {
        use crate::sim::Script;
        let json = serde_json::json!({ "seed": seed, "fault": list }).to_string();
        match Script::from_json(&json) {
            Err(error) => {
                problems.extend(error.0);
                None
            }
            Ok(script) => {
                let entries = script.faults.iter().map(|fault| Fault {
                    kind: fault.kind.name().to_owned(),
                    at: fault.at,
                    lasts: fault.lasts,
                    every: fault.every,
                    times: fault.times,
                    holds: fault.kind.is_condition(),
                });
                let entries = entries.collect();
                Some(Self { json, entries })
            }
        }
    }

    /// Only the reference server has faults, and reads them.
    #[cfg(not(feature = "server"))]
    fn check(_: Vec<Value>, _: u64, _: &mut Vec<String>) -> Option<Self> {
        Some(Self::default())
    }
}

/// `slo`: each key a metric and its statistic, each value an operator and a number.
fn objectives(slo: &Table, problems: &mut Vec<String>) -> Vec<String> {
    let mut objectives = Vec::new();
    for (what, value) in slo {
        match value.as_str() {
            Some(value) => {
                let text = format!("{what} {value}");
                match Objective::parse(&text) {
                    Ok(_) => objectives.push(text),
                    Err(why) => problems.push(format!("slo: {why}")),
                }
            }
            None => problems.push(format!("slo.{what:?}: must be a text such as \"<2s\"")),
        }
    }
    objectives
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(timeline: &mut Timeline, millis: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        timeline.due(Duration::from_millis(millis), |action| actions.push(action.clone()));
        actions
    }

    #[test]
    fn a_step_is_due_at_its_time_exactly_and_once() {
        let scenario = Scenario::parse("schema = 1\nstep = [{ at = \"2s\", direct = \"rain\" }]").unwrap();
        let mut timeline = scenario.timeline(|_| true);
        assert_eq!(at(&mut timeline, 1999), []);
        assert_eq!(at(&mut timeline, 2000), [Action::Direct("rain".into())]);
        assert_eq!(at(&mut timeline, 9000), []);
    }

    #[test]
    fn a_repeated_step_keeps_its_schedule_even_when_asked_late() {
        let text = "schema = 1\nstep = [{ at = \"0s\", every = \"250ms\", until = \"1s\", wander = { look = [0.1, 0.0] } }]";
        let mut timeline = Scenario::parse(text).unwrap().timeline(|_| true);
        assert_eq!(at(&mut timeline, 0).len(), 1);
        assert_eq!(at(&mut timeline, 600).len(), 2);
        assert_eq!(at(&mut timeline, 5000).len(), 1, "the last is at 750 ms: one at 1 s would be past its end");
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let text = "schema = 2\nsession = { tier = \"best\" }\nstep = [{ at = \"soon\", direct = \"x\" }, { at = \"1s\" }, \
                    { at = \"1s\", wander = { move = \"fly\" } }]";
        let problems = Scenario::parse(text).unwrap_err();
        assert_eq!(problems.len(), 5, "{problems:#?}");
    }

    #[test]
    fn a_mistake_names_its_table_its_key_and_what_is_allowed() {
        for (text, words) in [
            ("schema = 1\nload = { profile = \"ramps\" }", ["load.profile", "constant"]),
            ("schema = 1\nload = { sessions = 0 }", ["load.sessions", "from 1"]),
            ("schema = 1\nload = { sesions = 2 }", ["load.sesions", "sessions"]),
            ("schema = 1\nload = { arrival = \"fast\" }", ["load.arrival", "1/5s"]),
            ("schema = 1\nserver = { shared = true }", ["server.shared", "shared_world"]),
            ("schema = 1\nslo = { \"ttff:p95\" = 2 }", ["slo", "<2s"]),
            ("schema = 2\nslo = { \"speed:p95\" = \"<2s\" }", ["schema: is 2", "slo: objective `speed:p95 <2s`"]),
            ("schema = 1\nstep = [{ at = \"0s\", wander = { lok = [0, 1] } }]", ["step 1: wander: lok", "look"]),
            ("session = { prompt = \"x\" }", ["schema", "schema = 1"]),
        ] {
            let problems = Scenario::parse(text).unwrap_err().join("\n");
            for word in words {
                assert!(problems.contains(word), "{text}: {word:?} is not in {problems:?}");
            }
        }
    }

    #[cfg(feature = "server")]
    #[test]
    fn a_wrong_fault_is_a_mistake_of_the_scenario() {
        let problems =
            Scenario::parse("schema = 1\nfault = [{ kind = \"rest\" }, { kind = \"reset\", at = 3 }]").unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:#?}");
    }

    #[test]
    fn a_schedule_tells_every_moment_whether_or_not_anybody_was_there() {
        let text = "schema = 1\nstep = [{ at = \"0s\", every = \"250ms\", until = \"1s\", wander = { look = [0.1, 0] } }, \
                    { at = \"500ms\", direct = \"rain\" }]";
        let mut schedule = Scenario::parse(text).unwrap().schedule(7);
        let mut due = Vec::new();
        while let Some((at, action)) = schedule.take() {
            due.push((at.as_millis(), matches!(action, Action::Direct(_))));
        }
        assert_eq!(due, [(0, false), (250, false), (500, false), (500, true), (750, false)]);
    }

    #[test]
    fn jitter_is_the_seeds_and_stays_within_its_bound() {
        let text = "schema = 1\nstep = [{ at = \"0s\", every = \"1s\", jitter = \"20ms\", until = \"1m\", direct = \"x\" }]";
        let scenario = Scenario::parse(text).unwrap();
        let moments = |seed| {
            let mut schedule = scenario.schedule(seed);
            std::iter::from_fn(move || schedule.take().map(|(at, _)| at)).collect::<Vec<_>>()
        };
        assert_eq!(moments(1), moments(1));
        assert_ne!(moments(1), moments(2));
        assert_eq!(moments(1).len(), 60);
        for (count, at) in moments(3).iter().enumerate() {
            let due = Duration::from_secs(count as u64);
            assert!((due..=due + Duration::from_millis(20)).contains(at), "{count}: {at:?}");
        }
        assert_eq!(scenario.steps()[0].times_within(Duration::from_secs(30)), 30);
    }

    #[test]
    fn what_an_actor_cannot_do_keeps_nobody_waiting() {
        let text = "schema = 1\nstep = [{ at = \"0s\", every = \"250ms\", wander = { move = \"forward\" } }, \
                    { at = \"1s\", direct = \"rain\" }]";
        let scenario = Scenario::parse(text).unwrap();
        let mut directing = scenario.timeline(|action| matches!(action, Action::Direct(_)));
        assert_eq!(at(&mut directing, 999), []);
        assert!(!directing.is_done());
        assert_eq!(at(&mut directing, 1000), [Action::Direct("rain".to_owned())]);
        assert!(directing.is_done());
    }

    #[test]
    fn a_wrong_key_is_an_error() {
        assert!(Scenario::parse("schema = 1\nsteps = []").is_err());
    }

    #[test]
    fn the_example_of_the_design_reads() {
        let text = r#"
            schema  = 1
            session = { mode = "wander", prompt = "mossy canyon", tier = "standard", audio = "opus", seed = 7 }
            load    = { profile = "constant", sessions = 8 }
            step = [
              { at = "0s", every = "250ms", jitter = "20ms", wander = { move = "forward", look = [0.1, 0.0] } },
              { at = "20s", direct = "a storm rolls in" },
            ]
            fault = [ { at = "30s", for = "3s", kind = "bandwidth", rate = "1.5Mbit/s" } ]
            slo = { "ttff:p95" = "<2s" }
        "#;
        assert_eq!(Scenario::parse(text).unwrap().steps.len(), 2);
    }
}
