//! Whether a plan can give what its objectives want. What it cannot measure at all is a mistake, told before anything is created; what
//! it can measure too seldom is worth a remark. Pure, like its neighbour `plan`.

use std::time::Duration;

use super::profile::Life;
use crate::app::args::AudioChoice;
use crate::app::scenario::{Action, Decode, Scenario};
use crate::measure::{Metric, Objective, Scalar};

/// Sessions that are decoded at most where nobody says how many, and an objective is about what is presented: each costs a good part of
/// a core.
const DECODED: u32 = 8;

/// What the sessions of a plan are and do.
pub struct Given<'a> {
    /// What is done in each, and in what world.
    pub scenario: &'a Scenario,
    /// The sessions of this process.
    pub lives: &'a [Life],
    /// What is decoded.
    pub decode: Decode,
    /// Whether these are all sessions, and not the part of one runner.
    pub whole: bool,
}

/// What to decode where nobody says: nothing, or some sessions where an objective is about what is presented.
pub fn decode(objectives: &[Objective], sessions: u32) -> Decode {
    match objectives.iter().any(|objective| Subject::of(objective).is_some_and(Subject::is_presented)) {
        true if sessions <= DECODED => Decode::All,
        true => Decode::First(DECODED),
        false => Decode::None,
    }
}

/// Why an objective cannot be judged however the run goes, or not be kept.
pub fn problem(objective: &Objective, given: &Given<'_>) -> Option<String> {
    let why = Subject::of(objective)?.missing(given).map(str::to_owned).or_else(|| {
        let (least, most) = (objective.least_count()?, given.lives.len() as u64);
        let planned = matches!(Scalar::named(objective.metric())?, Scalar::Sessions | Scalar::SessionsCompleted);
        (given.whole && planned && least > most).then(|| format!("this plan has {most} in all, so nothing can keep this"))
    })?;
    Some(format!("objective `{objective}`: {why}"))
}

/// Where a percentile wants more samples than the plan can give.
pub fn remark(objective: &Objective, given: &Given<'_>) -> Option<String> {
    let Some(Subject::Many(metric)) = Subject::of(objective) else { return None };
    let most = match wants(metric) {
        Some(kind) => given.commands(kind),
        None if metric.is_once() => given.lives.len() as u64,
        None => return None,
    };
    let needed = objective.samples_needed();
    (most < needed).then(|| {
        format!("{objective} wants {needed} samples, and this plan gives {most} at most: it will say insufficient data")
    })
}

/// What an objective is about.
#[derive(Clone, Copy)]
enum Subject {
    Many(Metric),
    One(Scalar),
}

/// Whether a command of some kind counts.
type Kind = fn(&Action) -> bool;

impl Subject {
    fn of(objective: &Objective) -> Option<Self> {
        let name = objective.metric();
        Metric::named(name).map(Self::Many).or_else(|| Scalar::named(name).map(Self::One))
    }

    /// Whether there is one only where sessions are decoded.
    const fn is_presented(self) -> bool {
        match self {
            Self::Many(metric) => matches!(
                metric,
                Metric::TtffPresented
                    | Metric::CmdToPresent
                    | Metric::CmdToPresentUncorrected
                    | Metric::CmdToPixels
                    | Metric::PresentInterval
                    | Metric::AvOffset
                    | Metric::AvContent
                    | Metric::Buffer
                    | Metric::Decode
                    | Metric::Wait
                    | Metric::Present
                    | Metric::Client
            ),
            Self::One(scalar) => matches!(scalar, Scalar::FramesPresented | Scalar::ConcealedPct),
        }
    }

    /// Whether it is about sound.
    const fn is_heard(self) -> bool {
        match self {
            Self::Many(metric) => matches!(metric, Metric::Ttfa | Metric::AvOffset | Metric::AvContent),
            Self::One(scalar) => matches!(scalar, Scalar::ConcealedPct),
        }
    }

    /// Why there can be no sample.
    fn missing(self, given: &Given<'_>) -> Option<&'static str> {
        let kind = match self {
            Self::Many(metric) => wants(metric),
            Self::One(_) => None,
        };
        if self.is_presented() && given.decode == Decode::None {
            Some("nothing is decoded, so nothing is presented: decode sessions, as in load.decode = \"all\" or --decode all")
        } else if matches!(self, Self::Many(Metric::CmdToPixels | Metric::AvContent)) && !given.is_calibration() {
            Some("only the calibration world can be read from its pixels and clicks: session.world = \"calibration\"")
        } else if self.is_heard() && !given.has_sound() {
            Some("the worlds have no sound: session.audio is \"off\"")
        } else if kind.is_some_and(|kind| given.commands(kind) == 0) {
            Some(match self {
                Self::Many(Metric::CmdToAck | Metric::CmdToAckUncorrected) => {
                    "no command of this plan is acknowledged (hands are answered by frames alone): add a step that directs"
                }
                _ => "this plan has no such command: add a step that does something",
            })
        } else {
            None
        }
    }
}

impl Given<'_> {
    /// Commands of a kind that are due in all sessions together.
    fn commands(&self, kind: Kind) -> u64 {
        let steps = || self.scenario.steps().iter().filter(|step| kind(step.action()));
        let of = |long: Duration| steps().map(|step| step.times_within(long)).sum::<u64>();
        self.lives.iter().map(|life| of(life.end - life.begin)).sum()
    }

    fn is_calibration(&self) -> bool {
        let session = &self.scenario.session;
        session.world.as_deref().map_or(session.prompt.is_none(), |world| world == "calibration")
    }

    fn has_sound(&self) -> bool {
        let turned_on = |action: &Action| matches!(action, Action::Audio(choice) if *choice != AudioChoice::Off);
        self.scenario.session.audio != Some(AudioChoice::Off) || self.commands(turned_on) > 0
    }
}

/// The commands of which a metric is: those that are acknowledged, those that a frame reflects, or all.
fn wants(metric: Metric) -> Option<Kind> {
    match metric {
        Metric::CmdToAck | Metric::CmdToAckUncorrected => Some(|action| !matches!(action, Action::Hands { .. })),
        Metric::CmdToFrame
        | Metric::CmdToPresent
        | Metric::CmdToPixels
        | Metric::CmdToFrameUncorrected
        | Metric::CmdToPresentUncorrected => {
            Some(|action| matches!(action, Action::Hands { .. } | Action::Direct(_) | Action::Wander(_)))
        }
        Metric::SendLag => Some(|_| true),
        _ => None,
    }
}
