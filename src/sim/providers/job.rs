//! One job and where it stands: a pure function of the time.

use serde_json::Value;

use super::account::Service;
use super::clip::ClipSpec;
use super::time::Moment;

/// A job.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) service: Service,
    pub(super) id: String,
    /// Its account, by index.
    pub(super) account: usize,
    /// What was asked, as it came.
    pub(super) body: Value,
    /// Bytes of that.
    pub(super) bytes: usize,
    pub(super) submitted: Moment,
    /// Milliseconds in the queue.
    pub(super) queue: i64,
    /// Milliseconds from submit to the end.
    pub(super) render: i64,
    pub(super) cost: u64,
    /// Why it will fail.
    pub(super) fails: Option<String>,
    /// It never ends.
    pub(super) stuck: bool,
    /// Milliseconds for which its links are valid, where a fault says so.
    pub(super) link_expires: Option<i64>,
    /// The path of its file.
    pub(super) path: String,
    pub(super) clip: ClipSpec,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Queued,
    /// Percent done.
    Working(u8),
    Done,
    Failed,
}

impl Job {
    /// When it ends.
    pub(super) fn ends(&self) -> Moment {
        if self.stuck { Moment::MAX } else { self.submitted.saturating_add(self.render) }
    }

    pub(super) fn stage(&self, now: Moment) -> Stage {
        let since = now.saturating_sub(self.submitted);
        if now >= self.ends() {
            if self.fails.is_some() { Stage::Failed } else { Stage::Done }
        } else if since < self.queue {
            Stage::Queued
        } else {
            let work = (self.render - self.queue).max(1);
            Stage::Working(((since - self.queue) * 100 / work).clamp(0, 99) as u8)
        }
    }
}
