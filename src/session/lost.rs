//! Streams that come and go (HO-19, HO-28): what is kept of a session while it has none, when the next attempt is due, and which ends
//! are final.

use std::time::Duration;

use super::error::{Failure, Loss, Refusal};
use super::event::{Ending, Event};
use super::io::Opening;
use super::session::{Phase, Session, Stream};
use super::text::{LONGEST, clean};
use super::timers::Timer;
use crate::wire::CloseCode;

/// How long a server may take to introduce itself.
const HELLO: Duration = Duration::from_secs(10);
/// How long nothing at all may be heard: three pings unanswered (HO-26).
const SILENCE: Duration = Duration::from_secs(6);
/// How long a peer may take to close the stream once its end was announced; frames that the announcement overtook still pass.
const CLOSE: Duration = Duration::from_secs(2);

impl Session {
    pub(super) fn opened(&mut self) {
        if self.phase == Phase::Connecting {
            self.phase = Phase::Introducing;
            self.stream = Stream::new(self.now);
            // Each stream says anew where the world stands.
            self.state_version = 0;
            self.timers.set(Timer::Hello, self.now + HELLO);
            self.heard();
            self.pings.renew();
            // At once: some servers say nothing before they hear something.
            self.ping();
        }
    }

    pub(super) fn heard(&mut self) {
        self.timers.set(Timer::Silence, self.now + SILENCE);
    }

    pub(super) fn silent(&mut self) {
        let detail = format!("nothing was heard for {} s", SILENCE.as_secs());
        self.abandon = true;
        self.lost(Loss::Silent, detail);
    }

    /// Some proxies let a stream open and swallow what it carries.
    pub(super) fn never_introduced(&mut self) {
        self.abandon = true;
        self.again(Ending::Failed(Failure::NoHello { after: HELLO }), None);
    }

    pub(super) fn refused(&mut self, refusal: Refusal) {
        if self.phase != Phase::Connecting {
            return;
        }
        let asked = refusal.retry_after;
        if refusal.cause.is_final() {
            self.end(Ending::Refused(refusal))
        } else {
            self.again(Ending::Refused(refusal), asked)
        }
    }

    pub(super) fn lost(&mut self, loss: Loss, detail: String) {
        let ending = Ending::Lost { loss, detail };
        if loss.is_final() { self.end(ending) } else { self.again(ending, None) }
    }

    pub(super) fn closed(&mut self, code: CloseCode, reason: &str) {
        let ending = Ending::Closed { code, reason: clean(reason, LONGEST) };
        if code.may_come_again() { self.again(ending, None) } else { self.end(ending) }
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        self.hang_up(CloseCode::Protocol);
        self.end(Ending::Failed(failure));
    }

    /// This side has had enough: says farewell where there is somebody to say it to.
    pub(super) fn leave(&mut self, ending: Ending) {
        match self.phase {
            Phase::Connecting | Phase::Waiting => {
                self.abandon = true;
                self.end(ending);
            }
            Phase::Introducing | Phase::Live => {
                self.hang_up(CloseCode::Done);
                self.closing(ending);
            }
            Phase::Closing(_) | Phase::Ended => {}
        }
    }

    pub(super) fn closing(&mut self, ending: Ending) {
        if !matches!(self.phase, Phase::Closing(_) | Phase::Ended) {
            self.phase = Phase::Closing(ending);
            self.timers.stop_all();
            self.heard();
            self.timers.set(Timer::Close, self.now + CLOSE);
        }
    }

    /// The session is over; an ending that is known already wins over the way the connection goes down.
    pub(super) fn end(&mut self, ending: Ending) {
        let ending = match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Closing(known) => known,
            _ => ending,
        };
        self.timers.stop_all();
        self.open = None;
        self.tell(Event::Ended { ending });
    }

    /// The stream is gone, or was not to be had: tries again if patience lasts.
    fn again(&mut self, ending: Ending, asked: Option<Duration>) {
        if matches!(self.phase, Phase::Closing(_)) {
            return self.end(ending);
        }
        let Some(at) = self.outage.again(self.now, asked) else { return self.end_for_want_of_patience(ending) };
        self.phase = Phase::Waiting;
        self.timers.stop_stream();
        self.timers.set(Timer::Reconnect, at);
        self.timers.set(Timer::GiveUp, self.outage.deadline());
        // Nobody knows what of it arrived. Commands are sent again, each under its id; the rest was of the moment.
        self.out.clear();
        self.ledger.hold_all();
        self.stop_idling();
        self.tell(Event::Reconnecting {
            attempt: self.outage.attempts(),
            after: at.since(self.now),
            left: self.outage.deadline().since(self.now),
            because: Box::new(ending),
        });
    }

    fn end_for_want_of_patience(&mut self, ending: Ending) {
        let attempts = self.outage.attempts();
        if attempts <= 1 {
            // No attempt but the one that failed: its own reason says it all.
            return self.end(ending);
        }
        let outage = self.outage.lasted(self.now);
        self.end(Ending::GaveUp { outage, attempts, because: ending.to_string() });
    }

    pub(super) fn reconnect(&mut self) {
        if self.phase == Phase::Waiting {
            self.phase = Phase::Connecting;
            self.open = Some(Opening { attempt: self.outage.attempts(), resume: self.resume.clone() });
        }
    }

    pub(super) fn give_up(&mut self) {
        if matches!(self.phase, Phase::Waiting | Phase::Connecting | Phase::Introducing) {
            self.abandon = true;
            let because = "no attempt came to an end in time".to_owned();
            self.end(Ending::GaveUp { outage: self.outage.lasted(self.now), attempts: self.outage.attempts(), because });
        }
    }
}
