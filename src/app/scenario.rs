//! Scenario files: what to do in a world and when. One format serves `explore --script` now, and bench and check later.
//!
//! Reading is strict, and reports every mistake at once. The [`Timeline`] is clock-free: elapsed time is an argument.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::args;
use super::errors::{Exit, Failure};
use crate::media::Tier;
use crate::wire::{Key, MAX_PROMPT_CHARS};

const MOST_STEPS: usize = 1000;

/// A scenario, as read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u32,
    #[serde(default)]
    session: Session,
    #[serde(default)]
    step: Vec<RawStep>,
    // Parts that only bench and check act on; here they are accepted, so that one file serves all three.
    #[serde(default)]
    #[expect(dead_code, reason = "accepted here, used by the benchmark")]
    load: Option<toml::Table>,
    #[serde(default)]
    #[expect(dead_code, reason = "accepted here, used by the benchmark")]
    fault: Option<toml::Value>,
    #[serde(default)]
    #[expect(dead_code, reason = "accepted here, used by the benchmark")]
    slo: Option<toml::Table>,
}

/// What world to open. Flags win over it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
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
    pub audio: Option<args::AudioChoice>,
    /// Seed.
    pub seed: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    at: String,
    every: Option<String>,
    jitter: Option<String>,
    until: Option<String>,
    wander: Option<RawWander>,
    direct: Option<String>,
    prompt: Option<String>,
    tier: Option<String>,
    audio: Option<args::AudioChoice>,
    pause: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWander {
    #[serde(rename = "move")]
    movement: Option<OneOrMany>,
    look: Option<[f32; 2]>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Hold these keys from now on, and turn the view by yaw and pitch, in radians.
    Hands {
        /// Keys held; `None` leaves them as they are.
        keys: Option<Vec<Key>>,
        /// Yaw and pitch to add.
        look: [f32; 2],
    },
    /// Direct, in words.
    Direct(String),
    /// Wander with a prompt.
    Wander(String),
    /// Change the tier.
    Tier(Tier),
    /// Change the sound.
    Audio(args::AudioChoice),
    /// Pause, or let run again.
    Pause(bool),
}

#[derive(Clone, Debug)]
struct Step {
    next: Option<Duration>,
    base: Duration,
    count: u32,
    every: Option<Duration>,
    jitter: Duration,
    until: Duration,
    action: Action,
}

/// A scenario, checked and ready to act out.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// What world to open.
    pub session: Session,
    steps: Vec<Step>,
}

/// What is still to be done.
#[derive(Clone, Debug)]
pub struct Timeline {
    steps: Vec<Step>,
}

impl Scenario {
    /// Reads a scenario file.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let failure = |why: &dyn std::fmt::Display| {
            let what = format!("the scenario {} does not fit", path.display());
            Failure::new("script", Exit::Usage, what, why, "mend what is listed; docs/scenario.md describes the format")
        };
        let text = std::fs::read_to_string(path).map_err(|error| failure(&error))?;
        Self::parse(&text).map_err(|problems| failure(&problems.join("\n")))
    }

    fn parse(text: &str) -> Result<Self, Vec<String>> {
        let file: File = toml::from_str(text).map_err(|error| vec![error.to_string().trim_end().to_owned()])?;
        let mut problems = Vec::new();
        if file.schema != 1 {
            problems.push(format!("schema is {}: this program reads schema 1", file.schema));
        }
        if file.step.len() > MOST_STEPS {
            problems.push(format!("{} steps are more than the {MOST_STEPS} allowed", file.step.len()));
        }
        if let Some(tier) = &file.session.tier
            && let Err(why) = tier.parse::<Tier>()
        {
            problems.push(format!("session.tier: {why}"));
        }
        if let Some(mode) = &file.session.mode
            && !["wander", "direct"].contains(&mode.as_str())
        {
            problems.push(format!("session.mode: {mode:?} is neither wander nor direct"));
        }
        let mut steps = Vec::new();
        for (index, raw) in file.step.iter().enumerate() {
            match raw.check() {
                Ok(step) => steps.push(step),
                Err(why) => problems.push(format!("step {}: {why}", index + 1)),
            }
        }
        if problems.is_empty() { Ok(Self { session: file.session, steps }) } else { Err(problems) }
    }

    /// What a headless run without a script does: a few steps and a look around, again and again, so that there is something to
    /// see and something to measure.
    #[must_use]
    pub fn stroll() -> Self {
        const TURN: Duration = Duration::from_millis(50);
        const ROUND: u64 = 10;
        let step = |at: Duration, every: Option<Duration>, until: Duration, action| Step {
            next: Some(at),
            base: at,
            count: 0,
            every,
            jitter: Duration::ZERO,
            until,
            action,
        };
        let second = Duration::from_secs;
        let walk = |keys: &[Key]| Action::Hands { keys: Some(keys.to_vec()), look: [0.0, 0.0] };
        let mut steps = vec![
            step(second(1), Some(second(ROUND)), Duration::MAX, walk(&[Key::Forward])),
            step(second(3), Some(second(ROUND)), Duration::MAX, walk(&[])),
        ];
        // Left, right and back again in small turns, like a person looking around; two rounds are the default 20 s.
        for round in [0, ROUND] {
            for (from, to, yaw) in [(3, 5, -0.012), (5, 9, 0.012), (9, 11, -0.012)] {
                let action = Action::Hands { keys: None, look: [yaw, 0.0] };
                steps.push(step(second(round + from), Some(TURN), second(round + to), action));
            }
        }
        Self { session: Session::default(), steps }
    }

    /// The actions in time, from the start.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        Timeline { steps: self.steps.clone() }
    }
}

impl Timeline {
    /// Calls `act` for everything that is due by `elapsed` and was not yet done, in the order of the file.
    pub fn due(&mut self, elapsed: Duration, mut act: impl FnMut(&Action)) {
        for (index, step) in self.steps.iter_mut().enumerate() {
            while let Some(at) = step.next.filter(|at| *at <= elapsed && *at < step.until) {
                act(&step.action);
                step.count += 1;
                step.next = step.every.map(|every| {
                    let due = step.base + every * step.count;
                    (due + scatter(index, step.count, step.jitter)).max(at)
                });
            }
        }
    }
}

/// A repeatable scatter within ±`jitter`, so that a schedule does not beat with the frame rate.
fn scatter(index: usize, count: u32, jitter: Duration) -> Duration {
    let mut hash = (index as u64) << 32 | u64::from(count);
    // Finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    jitter.mul_f64((hash >> 40) as f64 / (1u64 << 24) as f64)
}

impl RawStep {
    fn check(&self) -> Result<Step, String> {
        let time = |name: &str, text: &Option<String>| {
            text.as_deref().map(|text| args::duration(text).map_err(|why| format!("{name}: {why}"))).transpose()
        };
        let at = args::duration(&self.at).map_err(|why| format!("at: {why}"))?;
        let every = time("every", &self.every)?;
        if every.is_some_and(|every| every < Duration::from_millis(5)) {
            return Err("every: shorter than 5ms".to_owned());
        }
        let jitter = time("jitter", &self.jitter)?.unwrap_or_default();
        let until = time("until", &self.until)?.unwrap_or(Duration::MAX);
        Ok(Step { next: Some(at), base: at, count: 0, every, jitter, until, action: self.action()? })
    }

    fn action(&self) -> Result<Action, String> {
        let text = |name: &str, text: &str| {
            let length = text.chars().count();
            match length {
                0 => Err(format!("{name}: is empty")),
                _ if length > MAX_PROMPT_CHARS => {
                    Err(format!("{name}: {length} characters are more than {MAX_PROMPT_CHARS}"))
                }
                _ => Ok(text.to_owned()),
            }
        };
        let mut found = Vec::new();
        if let Some(wander) = &self.wander {
            found.push(wander.check().map_err(|why| format!("wander: {why}"))?);
        }
        if let Some(words) = &self.direct {
            found.push(Action::Direct(text("direct", words)?));
        }
        if let Some(words) = &self.prompt {
            found.push(Action::Wander(text("prompt", words)?));
        }
        if let Some(tier) = &self.tier {
            found.push(Action::Tier(tier.parse().map_err(|why| format!("tier: {why}"))?));
        }
        found.extend(self.audio.map(Action::Audio));
        found.extend(self.pause.map(Action::Pause));
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err("does nothing: give it wander, direct, prompt, tier, audio or pause".to_owned()),
            _ => Err("does several things: give each a step of its own".to_owned()),
        }
    }
}

impl RawWander {
    fn check(&self) -> Result<Action, String> {
        let names: Option<Vec<&str>> = self.movement.as_ref().map(|movement| match movement {
            OneOrMany::One(name) => vec![name.as_str()],
            OneOrMany::Many(names) => names.iter().map(String::as_str).collect(),
        });
        let keys = names
            .map(|names| names.into_iter().filter(|name| *name != "stop").map(key).collect::<Result<Vec<_>, _>>())
            .transpose()?;
        let look = self.look.unwrap_or_default();
        if look.iter().any(|angle| !angle.is_finite() || angle.abs() > 10.0) {
            return Err("look: radians from -10 to 10".to_owned());
        }
        Ok(Action::Hands { keys, look })
    }
}

fn key(name: &str) -> Result<Key, String> {
    Ok(match name {
        "forward" => Key::Forward,
        "back" => Key::Back,
        "left" => Key::Left,
        "right" => Key::Right,
        "up" => Key::Up,
        "down" => Key::Down,
        "run" => Key::Run,
        _ => return Err(format!("move: {name:?} is none of forward, back, left, right, up, down, run, stop")),
    })
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
        let mut timeline = scenario.timeline();
        assert_eq!(at(&mut timeline, 1999), []);
        assert_eq!(at(&mut timeline, 2000), [Action::Direct("rain".into())]);
        assert_eq!(at(&mut timeline, 9000), []);
    }

    #[test]
    fn a_repeated_step_keeps_its_schedule_even_when_asked_late() {
        let text = "schema = 1\nstep = [{ at = \"0s\", every = \"250ms\", until = \"1s\", wander = { look = [0.1, 0.0] } }]";
        let mut timeline = Scenario::parse(text).unwrap().timeline();
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
