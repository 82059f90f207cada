//! What is known of one session while it runs: small and of fixed size but for the commands that wait, which are bounded. Here its life;
//! `frames` and `commands` go on with what it shows and does. Moments are microseconds since the run's start.

use super::flow::{Gap, Gaps, Transit};
use super::house::clean;
use super::metric::Metric;
use super::recording::{CommandRow, FrameRow, SessionRow};
use super::shard::Shard;
use super::trace::Trace;
use super::waiting::Waiting;
use super::window::Window;

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionOutcome {
    /// As planned.
    Completed,
    /// As planned, and the end of the run left it less than the others had: no frame by then is nobody's failure.
    CutShort,
    /// It failed.
    Failed {
        /// A stable name.
        code: String,
        /// In words.
        why: String,
    },
    /// The run was broken off.
    Aborted,
    /// Nobody could confirm that its world has ended.
    Leaked,
}

/// One session.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) row: SessionRow,
    pub(super) streaming: Option<Box<Streaming>>,
    pub(super) trace: Option<Box<Trace>>,
}

/// What is needed of it only until it ends.
#[derive(Debug, Default)]
pub(super) struct Streaming {
    pub(super) received: Gaps,
    pub(super) shown: Gaps,
    pub(super) shown_epoch: Option<u32>,
    pub(super) transit: Transit,
    pub(super) waiting: Waiting,
    pub(super) paused: Paused,
    pub(super) paused_window_us: u64,
    /// Since when there is no stream, and why.
    pub(super) lost: Option<(u64, String)>,
    pub(super) pts_end_us: Option<(i64, i64)>,
    pub(super) link: Option<(i64, u64)>,
}

/// How it was with a session until it ended.
#[derive(Debug, Default)]
pub(super) struct Until {
    /// Whether frames came.
    pub(super) streamed: bool,
    /// Since when it had no stream, and why.
    pub(super) lost: Option<(u64, String)>,
}

/// Whether the user asked for the picture to stand still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Paused {
    /// No.
    #[default]
    No,
    /// Since then.
    Since(u64),
    /// Since then, and no longer from the next frame on.
    Resuming(u64),
}

impl Paused {
    pub(super) const fn since(self) -> Option<u64> {
        match self {
            Self::No => None,
            Self::Since(at) | Self::Resuming(at) => Some(at),
        }
    }
}

impl Seat {
    /// A session that is due.
    pub(super) fn new(session: u32, due_us: u64, decoded: bool, traced: bool) -> Self {
        let row = SessionRow { session, decoded, due_us, presented: decoded.then_some(0), ..SessionRow::default() };
        Self { row, streaming: Some(Box::default()), trace: traced.then(Box::default) }
    }

    /// Its create was answered.
    pub(super) fn created(&mut self, shard: &mut Shard, now_us: u64) {
        if self.row.created_us.is_none() {
            self.row.created_us = Some(now_us);
            shard.once(Metric::Create, self.row.session, span(self.row.due_us, now_us));
        }
    }

    /// The server's first hello was read. The stream is opened as soon as the create is answered.
    pub(super) fn connected(&mut self, shard: &mut Shard, now_us: u64) {
        if self.row.connected_us.is_none() {
            self.row.connected_us = Some(now_us);
            if let Some(created) = self.row.created_us {
                shard.once(Metric::Connect, self.row.session, span(created, now_us));
            }
        }
    }

    /// Its world runs.
    pub(super) fn running(&mut self, shard: &mut Shard, now_us: u64) {
        if self.row.running_us.is_none() {
            self.row.running_us = Some(now_us);
            shard.once(Metric::Ready, self.row.session, span(self.row.due_us, now_us));
        }
    }

    /// Its stream broke. Whether it streamed until now.
    pub(super) fn lost(&mut self, shard: &mut Shard, now_us: u64, why: &str) -> bool {
        let streams = self.streams();
        let Some(streaming) = self.streaming.as_mut().filter(|_| streams) else { return false };
        streaming.lost = Some((now_us, clean(why)));
        shard.course.at(now_us).cuts += 1;
        true
    }

    /// A stream was taken up again.
    pub(super) fn resumed(&mut self, shard: &mut Shard, now_us: u64) {
        self.row.reconnects += 1;
        shard.sums.reconnects_window += u64::from(shard.counts(now_us));
    }

    /// Another tier holds. The words of a mark, where it is a change.
    pub(super) fn tier(&mut self, shard: &mut Shard, now_us: u64, name: &str, reason: &str) -> Option<String> {
        if self.row.tier.as_deref() == Some(name) {
            return None;
        }
        let before = self.row.tier.replace(clean(name))?;
        self.row.switches += 1;
        shard.sums.switches_window += u64::from(shard.counts(now_us));
        Some(if reason.is_empty() { format!("{before} → {name}") } else { format!("{before} → {name}: {reason}") })
    }

    /// Its end is wanted: nothing counts from here on.
    pub(super) fn closing(&mut self, shard: &mut Shard, now_us: u64) -> Until {
        if self.row.closing_us.is_some() || self.row.closed_us.is_some() {
            return Until::default();
        }
        self.row.closing_us = Some(now_us);
        self.settle(shard, now_us)
    }

    /// An outcome as it counts: who saw no frame has not had a session.
    fn settled(&self, outcome: SessionOutcome) -> SessionOutcome {
        match (outcome, self.row.first_frame_us) {
            (SessionOutcome::Completed, None) => SessionOutcome::Failed {
                code: "no_frame".to_owned(),
                why: "the session ended before its first frame came".to_owned(),
            },
            (SessionOutcome::CutShort, None) => SessionOutcome::Aborted,
            (SessionOutcome::CutShort, Some(_)) => SessionOutcome::Completed,
            (outcome, _) => outcome,
        }
    }

    /// Its world was found alive although it had closed.
    pub(super) fn lives_on(&mut self, shard: &mut Shard) {
        let counted = match self.row.outcome.as_str() {
            "completed" => Some(&mut shard.sums.completed),
            "failed" => Some(&mut shard.sums.failed),
            "leaked" => return,
            _ => None,
        };
        if let Some(counted) = counted {
            *counted = counted.saturating_sub(1);
        }
        shard.sums.leaked += 1;
        "leaked".clone_into(&mut self.row.outcome);
    }

    /// It has ended, or is given up. With the outcome as it counts.
    pub(super) fn closed(&mut self, shard: &mut Shard, now_us: u64, outcome: SessionOutcome) -> (Until, SessionOutcome) {
        if self.row.closed_us.is_some() {
            return (Until::default(), self.settled(outcome));
        }
        let failed = matches!(outcome, SessionOutcome::Failed { .. });
        if let (Some(closing), false) = (self.row.closing_us, failed) {
            let took = span(closing, now_us);
            if outcome == SessionOutcome::Leaked {
                shard.once_unanswered(Metric::Close, self.row.session, took);
            } else {
                shard.once(Metric::Close, self.row.session, took);
            }
        }
        // How long a first frame takes a life that was cut short says nothing of.
        if self.row.first_frame_us.is_none() && !failed && outcome != SessionOutcome::CutShort {
            let gone = self.row.closing_us.unwrap_or(now_us);
            shard.once_unanswered(Metric::Ttff, self.row.session, span(self.row.due_us, gone));
        }
        let until = self.settle(shard, now_us);
        self.row.closed_us = Some(now_us);
        let outcome = self.settled(outcome);
        let word = match &outcome {
            SessionOutcome::Completed | SessionOutcome::CutShort => {
                shard.sums.completed += 1;
                "completed"
            }
            SessionOutcome::Failed { code, why } => {
                shard.sums.failed += 1;
                self.row.error = Some((clean(code), clean(why)));
                "failed"
            }
            SessionOutcome::Aborted => "aborted",
            SessionOutcome::Leaked => {
                shard.sums.leaked += 1;
                "leaked"
            }
        };
        self.row.outcome = word.to_owned();
        (until, outcome)
    }

    /// How long it has streamed in the window, if it still does.
    pub(super) fn streamed_so_far(&self, now_us: u64, window: &Window) -> u64 {
        let (Some(streaming), Some(first)) = (&self.streaming, self.row.first_frame_us) else { return 0 };
        let pausing = streaming.paused.since().map_or(0, |since| window.overlap(since, now_us));
        window.overlap(first, now_us).saturating_sub(streaming.paused_window_us.saturating_add(pausing))
    }

    /// Whether frames come, as far as anybody knows.
    pub(super) fn streams(&self) -> bool {
        self.row.first_frame_us.is_some() && self.streaming.as_ref().is_some_and(|streaming| streaming.lost.is_none())
    }

    /// Its rows, as a recording has them.
    pub(super) fn rows(&self) -> (SessionRow, Vec<FrameRow>, Vec<CommandRow>) {
        let trace = self.trace.as_ref();
        let frames = trace.map(|trace| trace.frames().to_vec()).unwrap_or_default();
        let commands = trace.map(|trace| trace.commands(self.row.session).collect()).unwrap_or_default();
        (self.row.clone(), frames, commands)
    }

    /// What has not ended counts with the time for which it has lasted.
    fn settle(&mut self, shard: &mut Shard, now_us: u64) -> Until {
        let streamed = self.streams();
        self.give_up(shard, now_us);
        let time = self.streamed_so_far(now_us, &shard.window);
        shard.sums.session_us_window = shard.sums.session_us_window.saturating_add(time);
        let Some(mut streaming) = self.streaming.take() else { return Until::default() };
        let gaps = if self.row.decoded { &streaming.shown } else { &streaming.received };
        if streaming.paused == Paused::No
            && let Some((stood, Gap::Freeze)) = gaps.standing(now_us)
        {
            self.row.freezes += 1;
            shard.freeze(now_us, stood, true);
        }
        let lost = streaming.lost.take();
        if let Some((lost, _)) = &lost {
            shard.unanswered(Metric::Reconnect, *lost, span(*lost, now_us));
        }
        Until { streamed, lost }
    }
}

/// From one moment to another, as a sample; not below 0.
pub(super) fn span(from_us: u64, to_us: u64) -> i64 {
    i64::try_from(to_us.saturating_sub(from_us)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_session_is_small() {
        assert!(size_of::<Streaming>() <= 1024, "{}", size_of::<Streaming>());
        assert!(size_of::<Seat>() <= 512, "{}", size_of::<Seat>());
    }
}
