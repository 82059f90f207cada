//! Faults on purpose in the life of a world: it stands in line, warms up slowly, ends early. Neighbour: `trouble`, for requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::sim::faults::{Faults, Kind};
use crate::sim::host::Desk;
use crate::sim::scene::Build;

/// A world has been made: it may be struck at once.
pub(super) fn doom(desk: &Arc<Desk>, faults: Option<&Faults>) {
    end(desk, faults.and_then(Faults::ends));
}

pub(super) fn end(desk: &Arc<Desk>, kind: Option<Kind>) {
    let Some(Kind::End { reason, after }) = kind else { return };
    if after.is_zero() {
        return desk.end(reason);
    }
    let desk = Arc::downgrade(desk);
    drop(tokio::spawn(async move {
        sleep(after).await;
        if let Some(desk) = desk.upgrade() {
            desk.end(reason);
        }
    }));
}

/// What holds a new world up.
#[derive(Clone, Copy)]
struct Delay {
    /// The place in line at which it begins, and how long it stands at each.
    queue: Option<(u32, Duration)>,
    warm_up: Option<Duration>,
}

/// One part of a delay.
enum Step {
    Line { position: u32, size: u32 },
    LeaveLine,
    Warm { percent: f32 },
}

impl Delay {
    /// What holds now; the world stands in line at once where there is one.
    fn of(desk: &Desk, faults: Option<&Faults>) -> Option<Self> {
        let delay = faults.map(|faults| Self { queue: faults.queue(), warm_up: faults.warm_up() })?;
        if let Some((position, _)) = delay.queue {
            desk.stand_in_line(position, position);
        }
        (delay.queue.is_some() || delay.warm_up.is_some()).then_some(delay)
    }

    /// What comes one after the other, and how long each lasts.
    fn steps(self) -> impl Iterator<Item = (Step, Duration)> {
        const STEPS: u32 = 20;
        let queue = self.queue.into_iter().flat_map(|(size, step)| {
            let places = (1..=size).rev().map(move |position| (Step::Line { position, size }, step));
            places.chain([(Step::LeaveLine, Duration::ZERO)])
        });
        // Half of the way; the world's own stages are the rest.
        let percent = |step| step as f32 * 50.0 / STEPS as f32;
        let warm_up = self
            .warm_up
            .into_iter()
            .flat_map(move |lasts| (0..STEPS).map(move |step| (Step::Warm { percent: percent(step) }, lasts / STEPS)));
        queue.chain(warm_up)
    }
}

impl Step {
    fn take(&self, desk: &Desk) {
        match *self {
            Self::Line { position, size } => desk.stand_in_line(position, size),
            Self::LeaveLine => desk.leave_line(),
            Self::Warm { percent } => desk.stage("cold start", percent),
        }
    }
}

/// Lets a world stand in line and warm up slowly before it is built.
pub(super) fn held_up(build: Build, desk: &Arc<Desk>, faults: Option<&Faults>) -> Build {
    let Some(delay) = Delay::of(desk, faults) else { return build };
    let desk = Arc::clone(desk);
    Box::new(move |progress| {
        for (step, lasts) in delay.steps() {
            step.take(&desk);
            desk.wait_for_end(lasts);
        }
        build(&mut |stage, percent| progress(stage, if delay.warm_up.is_some() { 50.0 + percent / 2.0 } else { percent }))
    })
}

/// The same for one of many worlds in a hall, which is there already: it begins later.
pub(super) fn hold_up(desk: &Arc<Desk>, faults: Option<&Faults>) {
    let Some(delay) = Delay::of(desk, faults) else { return };
    desk.hold();
    let desk = Arc::clone(desk);
    drop(tokio::spawn(async move {
        for (step, lasts) in delay.steps() {
            if desk.ended() {
                break;
            }
            step.take(&desk);
            sleep(lasts).await;
        }
        desk.let_go();
    }));
}
