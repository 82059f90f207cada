//! `load`: how many sessions, when they come and go, how long, and what is measured of it. What is not said here is decided by
//! the plan of a run.

use std::time::Duration;

use super::fields::Fields;
use crate::app::args::PresetChoice;

/// Most sessions of a run at once; above that a run is to be spread over machines.
pub const MOST_SESSIONS: u64 = 100_000;

/// Longest run.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// Steps of a sweep at most.
const MOST_STEPS: usize = 100;

/// Every profile by its name.
const PROFILES: [(&str, Profile); 7] = [
    ("single", Profile::Single),
    ("constant", Profile::Constant),
    ("ramp", Profile::Ramp),
    ("sweep", Profile::Sweep),
    ("soak", Profile::Soak),
    ("churn", Profile::Churn),
    ("storm", Profile::Storm),
];

const PRESETS: [(&str, PresetChoice); 3] =
    [("latency", PresetChoice::Latency), ("balanced", PresetChoice::Balanced), ("smooth", PresetChoice::Smooth)];

/// The course of the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// One session.
    Single,
    /// So many, which arrive one after another and stay.
    Constant,
    /// From a few to many, evenly, and then held.
    Ramp,
    /// One number of sessions after another, each for the same time.
    Sweep,
    /// Constant for a long time.
    Soak,
    /// So many at a time, each with a short life, followed by another.
    Churn,
    /// Constant, and every stream is cut again and again.
    Storm,
}

/// How sessions arrive: one after another, evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival(pub Duration);

/// Which sessions are decoded and presented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decode {
    /// None: frames count when their last byte has come.
    #[default]
    None,
    /// The first so many.
    First(u32),
    /// All.
    All,
}

/// The table as it was written; what is missing was not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Course.
    pub profile: Option<Profile>,
    /// How many sessions at once.
    pub sessions: Option<u32>,
    /// How they arrive.
    pub arrival: Option<Arrival>,
    /// How long the run is; of a ramp: how long it rises.
    pub duration: Option<Duration>,
    /// What is left out of the figures at the beginning.
    pub warmup: Option<Duration>,
    /// What is left out at the end.
    pub cooldown: Option<Duration>,
    /// What is decoded.
    pub decode: Option<Decode>,
    /// Delay against smoothness, of decoded sessions.
    pub preset: Option<PresetChoice>,
    /// Whether pictures are drawn on this machine's adapter.
    pub draw: Option<bool>,
    /// Sessions at the foot of a ramp.
    pub from: Option<u32>,
    /// Sessions at each step of a sweep.
    pub steps: Option<Vec<u32>>,
    /// How long each is.
    pub step: Option<Duration>,
    /// How long the top of a ramp is held.
    pub hold: Option<Duration>,
    /// How long a session lives, in a churn.
    pub life: Option<Duration>,
    /// From one cut to the next, in a storm.
    pub every: Option<Duration>,
    /// Decides every scatter.
    pub seed: Option<u64>,
    /// How many sessions keep every frame and command in the trace.
    pub trace: Option<u32>,
}

impl Load {
    pub(super) fn check(mut fields: Fields<'_, '_>) -> Self {
        let (zero, short) = (Duration::ZERO, Duration::from_millis(100));
        let count = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
        let load = Self {
            profile: fields.choice("profile", &PROFILES),
            sessions: count(fields.whole("sessions", 1, MOST_SESSIONS)),
            arrival: fields.read("arrival", Arrival::parse),
            duration: fields.time("duration", short, LONGEST),
            warmup: fields.time("warmup", zero, LONGEST),
            cooldown: fields.time("cooldown", zero, LONGEST),
            decode: decode(&mut fields),
            preset: fields.choice("preset", &PRESETS),
            draw: fields.flag("draw"),
            from: count(fields.whole("from", 0, MOST_SESSIONS)),
            steps: fields
                .wholes("steps", 0, MOST_SESSIONS, MOST_STEPS)
                .map(|steps| steps.into_iter().filter_map(|step| count(Some(step))).collect()),
            step: fields.time("step", short, LONGEST),
            hold: fields.time("hold", zero, LONGEST),
            life: fields.time("life", short, LONGEST),
            every: fields.time("every", Duration::from_millis(500), LONGEST),
            seed: fields.whole("seed", 0, i64::MAX as u64),
            trace: count(fields.whole("trace", 0, 1000)),
        };
        fields.finish();
        load
    }
}

impl Profile {
    /// Its name in a file and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        PROFILES.iter().find(|(_, profile)| *profile == self).map_or("", |(name, _)| *name)
    }

    /// Reads a name.
    ///
    /// # Errors
    /// What the names are.
    pub fn parse(text: &str) -> Result<Self, String> {
        PROFILES.iter().find(|(name, _)| *name == text).map(|(_, profile)| *profile).ok_or_else(|| {
            let names: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
            format!("{text:?} is none of {}", names.join(", "))
        })
    }
}

impl Arrival {
    /// Reads `1/5s` (one every five seconds) or `20/s` (twenty a second).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no rate of arrival: write so many per time, as in \"1/5s\" or \"20/s\"");
        let (count, time) = text.split_once('/').ok_or_else(wrong)?;
        let count: f64 = count.trim().parse().map_err(|_| wrong())?;
        let time = time.trim();
        let bare = time.starts_with(|c: char| c.is_ascii_alphabetic());
        let time =
            crate::app::args::duration(&if bare { format!("1{time}") } else { time.to_owned() }).map_err(|_| wrong())?;
        let gap = time.as_secs_f64() / count;
        if count > 0.0 && (1e-4..=86_400.0).contains(&gap) {
            // To the microsecond: what is written as 20/s is due at 50 ms, not a nanosecond before.
            return Ok(Self(Duration::from_micros((gap * 1e6).round() as u64)));
        }
        Err(format!("{text:?} is outside 1 a day to 10,000 a second"))
    }
}

impl Decode {
    /// Reads `none`, `all` or a number.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "all" => Ok(Self::All),
            number => match number.parse() {
                Ok(0) => Ok(Self::None),
                Ok(count) => Ok(Self::First(count)),
                Err(_) => Err(format!("{text:?} is neither none, all nor a number of sessions")),
            },
        }
    }

    /// Whether the session in this place is decoded; places count from 0.
    #[must_use]
    pub const fn takes(self, place: u32) -> bool {
        match self {
            Self::None => false,
            Self::First(count) => place < count,
            Self::All => true,
        }
    }
}

impl std::fmt::Display for Decode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::First(count) => write!(f, "{count}"),
            Self::All => f.write_str("all"),
        }
    }
}

/// A text or a number.
fn decode(fields: &mut Fields<'_, '_>) -> Option<Decode> {
    let value = fields.value("decode")?;
    match (value.as_str(), value.as_integer()) {
        (Some(text), _) => Decode::parse(text).map_err(|why| fields.wrong("decode", why)).ok(),
        (None, Some(_)) => {
            let count = fields.whole("decode", 0, MOST_SESSIONS)?;
            Some(u32::try_from(count).ok().filter(|count| *count > 0).map_or(Decode::None, Decode::First))
        }
        _ => {
            fields.wrong("decode", "must be \"none\", \"all\" or a number of sessions");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_of_arrival_are_so_many_per_time() {
        let gap = |text| Arrival::parse(text).map(|Arrival(gap)| gap);
        assert_eq!(gap("1/5s"), Ok(Duration::from_secs(5)));
        assert_eq!(gap("20/s"), Ok(Duration::from_millis(50)));
        assert_eq!(gap("3/min"), Ok(Duration::from_secs(20)));
        for wrong in ["5s", "0/s", "1/0s", "x/s", "1/fortnight", "-1/s", "1e9/s"] {
            assert!(Arrival::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
