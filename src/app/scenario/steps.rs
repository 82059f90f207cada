//! `step`: what is done in a world and when. Clock-free: elapsed time is an argument. A [`Timeline`] is asked what is due by now; a
//! [`Schedule`] tells each moment at which something is due, whether or not anybody was there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use toml::Value;

use super::fields::Fields;
use crate::app::args::AudioChoice;
use crate::media::Tier;
use crate::wire::{Key, MAX_PROMPT_CHARS};

/// Steps of a scenario at most.
pub(super) const MOST_STEPS: usize = 1000;

/// Repetitions come no closer than this.
const CLOSEST: Duration = Duration::from_millis(5);

/// Longest time in a step.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

const AUDIO: [(&str, AudioChoice); 3] = [("opus", AudioChoice::Opus), ("pcm", AudioChoice::Pcm), ("off", AudioChoice::Off)];

const MOVES: [(&str, Option<Key>); 8] = [
    ("forward", Some(Key::Forward)),
    ("back", Some(Key::Back)),
    ("left", Some(Key::Left)),
    ("right", Some(Key::Right)),
    ("up", Some(Key::Up)),
    ("down", Some(Key::Down)),
    ("run", Some(Key::Run)),
    ("stop", None),
];

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
    Audio(AudioChoice),
    /// Pause, or let run again.
    Pause(bool),
}

/// One entry: an action, and when it is due.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    at: Duration,
    every: Option<Duration>,
    jitter: Duration,
    until: Duration,
    action: Action,
}

/// What is still to be done, for somebody who looks at it now and then.
#[derive(Clone, Debug)]
pub struct Timeline {
    steps: Arc<[Step]>,
    progress: Vec<Progress>,
}

/// The moments at which something is due in one session: open-loop, as it never asks what became of anything.
#[derive(Clone, Debug)]
pub struct Schedule {
    steps: Arc<[Step]>,
    seed: u64,
    progress: Vec<Progress>,
}

/// How far a step has come.
#[derive(Clone, Copy, Debug)]
struct Progress {
    next: Option<Duration>,
    count: u32,
}

impl Timeline {
    /// From the beginning.
    #[must_use]
    pub(super) fn new(steps: Arc<[Step]>) -> Self {
        let progress = steps.iter().map(Progress::of).collect();
        Self { steps, progress }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.progress.iter().all(|progress| progress.next.is_none())
    }

    /// Calls `act` for everything that is due by `elapsed` and was not yet done, in the order of the file.
    pub fn due(&mut self, elapsed: Duration, mut act: impl FnMut(&Action)) {
        for (index, (step, progress)) in self.steps.iter().zip(&mut self.progress).enumerate() {
            while progress.next.is_some_and(|at| at <= elapsed) {
                act(&step.action);
                progress.go_on(step, index, 0);
            }
        }
    }
}

impl Schedule {
    /// From the beginning. The seed decides how repetitions scatter; 0 scatters as a [`Timeline`] does.
    #[must_use]
    pub(super) fn new(steps: Arc<[Step]>, seed: u64) -> Self {
        let progress = steps.iter().map(Progress::of).collect();
        Self { steps, seed, progress }
    }

    /// When something is due next, since the session's first frame.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        self.progress.iter().filter_map(|progress| progress.next).min()
    }

    /// Takes the next thing that is due: its moment, and what it is. Of two at one moment the first of the file comes first.
    pub fn take(&mut self) -> Option<(Duration, &Action)> {
        let due = self.next_due()?;
        let index = self.progress.iter().position(|progress| progress.next == Some(due))?;
        let step = &self.steps[index];
        self.progress[index].go_on(step, index, self.seed);
        Some((due, &step.action))
    }
}

impl Progress {
    fn of(step: &Step) -> Self {
        Self { next: Some(step.at).filter(|at| *at < step.until), count: 0 }
    }

    fn go_on(&mut self, step: &Step, index: usize, seed: u64) {
        self.count = self.count.saturating_add(1);
        let last = self.next.unwrap_or_default();
        let next = step.every.map(|every| {
            let due = step.at + every * self.count;
            (due + scatter(index, self.count, seed, step.jitter)).max(last)
        });
        self.next = next.filter(|at| *at < step.until);
    }
}

/// A repeatable delay of up to `jitter`, so that a schedule does not beat with the frame rate.
fn scatter(index: usize, count: u32, seed: u64, jitter: Duration) -> Duration {
    let mut hash = ((index as u64) << 32 | u64::from(count)) ^ seed;
    // Finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    jitter.mul_f64((hash >> 40) as f64 / (1u64 << 24) as f64)
}

impl Step {
    /// A step without jitter.
    #[cfg(all(feature = "player", feature = "server"))]
    pub(super) const fn new(at: Duration, every: Option<Duration>, until: Duration, action: Action) -> Self {
        Self { at, every, jitter: Duration::ZERO, until, action }
    }

    /// Hands that turn a little, again and again, for ever: something to answer for whoever measures.
    pub(super) fn looking(every: Duration) -> Self {
        let action = Action::Hands { keys: None, look: [0.02, 0.0] };
        Self { at: Duration::ZERO, every: Some(every), jitter: every / 10, until: Duration::MAX, action }
    }

    /// A direction every so often, for ever: something to acknowledge.
    pub(super) fn directing(every: Duration) -> Self {
        let action = Action::Direct("a light rain begins".to_owned());
        Self { at: every / 2, every: Some(every), jitter: every / 10, until: Duration::MAX, action }
    }

    /// Reads the tables of a file.
    pub(super) fn read_all(tables: &[Value], problems: &mut Vec<String>) -> Vec<Self> {
        let named = tables.iter().filter_map(Value::as_table).enumerate();
        named.filter_map(|(index, table)| Self::read(Fields::new(format!("step {}", index + 1), table, problems))).collect()
    }

    fn read(mut fields: Fields<'_, '_>) -> Option<Self> {
        let known = fields.problems().len();
        let at = fields.time("at", Duration::ZERO, LONGEST);
        if at.is_none() && fields.value("at").is_none() {
            fields.wrong("at", "is missing; for instance at = \"2s\"");
        }
        let every = fields.time("every", CLOSEST, LONGEST);
        let jitter = fields.time("jitter", Duration::ZERO, LONGEST).unwrap_or_default();
        let until = fields.time("until", Duration::ZERO, LONGEST).unwrap_or(Duration::MAX);
        let mut found = Vec::new();
        let mut named = 0;
        for name in ["wander", "direct", "prompt", "tier", "audio", "pause"] {
            named += usize::from(fields.value(name).is_some());
            found.extend(action(name, &mut fields));
        }
        match named {
            1 => {}
            0 => fields.wrong_here("does nothing: give it wander, direct, prompt, tier, audio or pause"),
            _ => fields.wrong_here("does several things: give each a step of its own"),
        }
        let clean = fields.problems().len() == known;
        let action = found.pop().filter(|_| clean);
        let step = action.zip(at).map(|(action, at)| Self { at, every, jitter, until, action });
        fields.finish();
        step
    }

    /// What it does.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// When it is due first.
    #[must_use]
    pub const fn at(&self) -> Duration {
        self.at
    }

    /// How often it is due within so long a time.
    #[must_use]
    pub fn times_within(&self, time: Duration) -> u64 {
        let end = time.min(self.until);
        match self.every {
            _ if self.at >= end => 0,
            None => 1,
            Some(every) => ((end - self.at).as_nanos().div_ceil(every.as_nanos().max(1))).try_into().unwrap_or(u64::MAX),
        }
    }
}

/// As a report says it.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:?}", self.at)?;
        if let Some(every) = self.every {
            write!(f, " every {every:?}")?;
        }
        if self.jitter > Duration::ZERO {
            write!(f, " jitter {:?}", self.jitter)?;
        }
        if self.until < Duration::MAX {
            write!(f, " until {:?}", self.until)?;
        }
        match &self.action {
            Action::Hands { keys, look: [yaw, pitch] } => {
                if let Some(keys) = keys {
                    write!(f, " move {}", serde_json::to_string(keys).unwrap_or_default())?;
                }
                write!(f, " look [{yaw}, {pitch}]")
            }
            Action::Direct(text) => write!(f, " direct {text:?}"),
            Action::Wander(prompt) => write!(f, " prompt {prompt:?}"),
            Action::Tier(tier) => write!(f, " tier {tier}"),
            Action::Audio(choice) => write!(f, " audio {choice:?}"),
            Action::Pause(pause) => write!(f, " pause {pause}"),
        }
    }
}

fn action(name: &'static str, fields: &mut Fields<'_, '_>) -> Option<Action> {
    match name {
        "wander" => {
            let table = fields.table(name)?;
            let place = format!("{}: wander", fields.place());
            hands(Fields::new(place, table, fields.problems()))
        }
        "direct" => fields.read(name, words).map(Action::Direct),
        "prompt" => fields.read(name, words).map(Action::Wander),
        "tier" => fields.read(name, |text| text.parse::<Tier>().map_err(|why| why.to_string())).map(Action::Tier),
        "audio" => fields.choice(name, &AUDIO).map(Action::Audio),
        _ => fields.flag(name).map(Action::Pause),
    }
}

fn hands(mut fields: Fields<'_, '_>) -> Option<Action> {
    let keys = match fields.value("move") {
        None => Some(None),
        Some(Value::Array(names)) => names.iter().map(|name| key(name, &mut fields)).collect::<Option<Vec<_>>>().map(Some),
        Some(name) => key(name, &mut fields).map(|key| Some(vec![key])),
    };
    let look = match fields.value("look") {
        None => Some([0.0; 2]),
        Some(value) => {
            let look = angles(value);
            if look.is_none() {
                fields.wrong("look", "must be [yaw, pitch] in radians, each from -10 to 10");
            }
            look
        }
    };
    if fields.value("move").is_none() && fields.value("look").is_none() {
        fields.wrong_here("does nothing: give it move or look");
    }
    fields.finish();
    let keys = keys?.map(|keys: Vec<Option<Key>>| keys.into_iter().flatten().collect());
    Some(Action::Hands { keys, look: look? })
}

/// A key by its name; `stop` is none.
fn key(name: &Value, fields: &mut Fields<'_, '_>) -> Option<Option<Key>> {
    let found = name.as_str().and_then(|name| MOVES.iter().find(|(known, _)| *known == name));
    if found.is_none() {
        let known: Vec<&str> = MOVES.iter().map(|(name, _)| *name).collect();
        fields.wrong("move", format!("{name} is none of {}", known.join(", ")));
    }
    found.map(|(_, key)| key.clone())
}

fn angles(value: &Value) -> Option<[f32; 2]> {
    let angle = |value: &Value| {
        let angle = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))?;
        (angle.abs() <= 10.0).then_some(angle as f32)
    };
    match value.as_array()?.as_slice() {
        [yaw, pitch] => Some([angle(yaw)?, angle(pitch)?]),
        _ => None,
    }
}

fn words(text: &str) -> Result<String, String> {
    match text.chars().count() {
        0 => Err("is empty".to_owned()),
        length if length > MAX_PROMPT_CHARS => Err(format!("{length} characters are more than {MAX_PROMPT_CHARS}")),
        _ => Ok(text.to_owned()),
    }
}
