//! Plays the cases, some at a time, each within its time, and ends every world on every way out.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, stream};
use tokio::time::timeout;

use super::case::Case;
use super::facts::Facts;
use super::probe::Probe;
use super::target::Target;
use super::verdict::Halt;
use super::worlds::Worlds;

/// Characters of a finding that are shown.
const LONGEST: usize = 700;

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server does what it says.
    Passed,
    /// It does not apply.
    Skipped(String),
    /// The server does something else.
    Failed {
        /// What the profile says.
        expected: String,
        /// What came; cleaned.
        found: String,
        /// What went over the wire; cleaned.
        transcript: Vec<String>,
    },
}

/// A case that was played.
#[derive(Clone, Debug)]
pub struct Done {
    /// The case.
    pub case: &'static Case,
    /// What became of it.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// How to play.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Cases at a time.
    pub jobs: usize,
    /// Longest time of one.
    pub timeout: Duration,
}

/// Plays the cases; `tell` hears of each as it ends. The cases come back in their own order.
pub async fn play(
    target: &Arc<Target>,
    facts: &Arc<Facts>,
    worlds: &Worlds,
    cases: &[&'static Case],
    pace: Pace,
    mut tell: impl FnMut(&Done),
) -> Vec<Done> {
    let mut playing = stream::iter(
        cases
            .iter()
            .enumerate()
            .map(|(index, case)| async move { (index, one(target, facts, worlds, case, pace.timeout).await) }),
    )
    .buffer_unordered(pace.jobs.max(1));
    let mut done = Vec::with_capacity(cases.len());
    while let Some((index, one)) = playing.next().await {
        tell(&one);
        done.push((index, one));
    }
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, done)| done).collect()
}

async fn one(target: &Arc<Target>, facts: &Arc<Facts>, worlds: &Worlds, case: &'static Case, most: Duration) -> Done {
    let began = target.clock.now();
    let done = |outcome| Done { case, outcome, took: target.clock.now().since(began) };
    if let Some(why) = case.needs.iter().find_map(|need| facts.lacks(*need)) {
        return done(Outcome::Skipped(why));
    }
    let mut probe = Probe::new(Arc::clone(target), Arc::clone(facts), worlds.clone(), case.id);
    let tape = probe.tape.clone();
    let played = timeout(most, AssertUnwindSafe((case.play)(&mut probe)).catch_unwind()).await;
    let verdict = match played {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(_)) => {
            Err(Halt::Failed { expected: "a check without faults of its own".into(), found: "it panicked".to_owned() })
        }
        Err(_) => Err(Halt::Failed {
            expected: format!("the case is through within {most:?}"),
            found: "it was not; the transcript shows how far it came".to_owned(),
        }),
    };
    worlds.end(target, Some(case.id)).await;
    done(match verdict {
        Ok(()) => Outcome::Passed,
        Err(Halt::Skipped(why)) => Outcome::Skipped(tape.clean(&why, LONGEST)),
        Err(Halt::Failed { expected, found }) => Outcome::Failed {
            expected: tape.clean(&expected, LONGEST),
            found: tape.clean(&found, LONGEST),
            transcript: tape.lines(),
        },
    })
}
