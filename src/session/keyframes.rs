//! When a keyframe may be asked for (HO-27): at once after a loss, and not so often that the requests become the load.

use std::time::Duration;

use crate::media::Monotonic;

/// How long a keyframe that was asked for may take to be made and to come, before it is asked for again.
const PATIENCE: Duration = Duration::from_millis(500);
/// Shortest time between two requests where the first was answered: a new loss is a new reason to ask.
const ANEW: Duration = Duration::from_millis(100);

/// Requests of one stream.
#[derive(Debug, Default)]
pub(super) struct Keyframes {
    last: Option<Monotonic>,
    answered: bool,
}

impl Keyframes {
    /// Whether to ask now; else the moment from which on it is allowed.
    pub(super) fn ask(&mut self, now: Monotonic) -> Result<(), Monotonic> {
        let pause = if self.answered { ANEW } else { PATIENCE };
        match self.last.map(|last| last + pause) {
            Some(allowed) if allowed > now => Err(allowed),
            _ => {
                (self.last, self.answered) = (Some(now), false);
                Ok(())
            }
        }
    }

    /// Notes that one came.
    pub(super) const fn came(&mut self) {
        self.answered = true;
    }
}
