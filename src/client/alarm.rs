//! The one timer of a driver. A session's next deadline moves with every packet, nearly always to later; this one stays where it is
//! then, rings early, and is set anew: once in a second or two, where a timer of its own for each message would be entered into and
//! taken out of the runtime's queue of timers, which all sessions share. Neighbour: `driver`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::Sleep;

use crate::clock::Clock;
use crate::media::Monotonic;

/// A timer that rings at a moment or before it, never after.
pub(super) struct Alarm<'a> {
    clock: Clock,
    sleep: Pin<&'a mut Sleep>,
    /// When it rings; not at all where there is nothing.
    at: Option<Monotonic>,
}

impl<'a> Alarm<'a> {
    /// An alarm that is not set, over a timer that nobody has waited for.
    pub(super) fn new(clock: Clock, sleep: Pin<&'a mut Sleep>) -> Self {
        Self { clock, sleep, at: None }
    }

    /// Sees to it that it rings by this moment. One that is set for an earlier moment stays so.
    pub(super) fn by(&mut self, moment: Option<Monotonic>) {
        if let Some(moment) = moment
            && self.at.is_none_or(|at| moment < at)
        {
            self.sleep.as_mut().reset(self.clock.instant(moment).into());
            self.at = Some(moment);
        }
    }

    /// Ready when it rings; it is not set then.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.at.is_none() {
            return Poll::Pending;
        }
        ready!(self.sleep.as_mut().poll(cx));
        self.at = None;
        Poll::Ready(())
    }
}
