//! The life of one paid world: from the intent to create it to the certainty that it has ended (HO-5, HO-25, HO-28).
//!
//! ```text
//! intent ──written──▶ creating ──made──▶ held ──end──▶ ending ──▶ ended · unresolved
//!    │                   │ │                              ▲
//!    └─not written       │ └──its answer was lost─────────┘
//!      not journaled     └──refused: not made
//! ```
//!
//! Three rules. A create is sent only when the journal has the intent. A create whose answer was lost is never forgotten: it is
//! repeated under its key, and where that does not settle it, the key is voided. And ending is tried until it is confirmed or its
//! time is over; then the journal keeps the world for a reaper, which is this same machine, begun with [`Lease::recover`].
//!
//! Reads no clock and does no IO: the driver tells what came, and does what [`Lease::poll_output`] says until it says `Timeout`.
//! One request is on its way at a time. Neighbours: `lease_io` has its nouns, `client` drives it.

use std::collections::VecDeque;
use std::time::Duration;

use super::lease_io::{
    Bill, LeaseAnswer, LeaseDoubt, LeaseEnd, LeaseFault, LeaseInput, LeaseOptions, LeaseOutput, LeaseRecord, LeaseRequest,
};
use crate::media::Monotonic;
use crate::retry::Backoff;
use crate::wire::WorldId;

/// Bounds of the wait after a first failure, and after any.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// Attempts to learn what a world cost, once it has ended.
const BILL_ATTEMPTS: u32 = 2;

/// The life of one world, as far as its holder is responsible for it.
#[derive(Clone, Debug)]
pub struct Lease {
    options: LeaseOptions,
    stage: Stage,
    id: Option<WorldId>,
    /// Whether a create may have made a world without our learning its id.
    uncertain: bool,
    /// When ending is given up; set from the moment the end is wanted.
    until: Option<Monotonic>,
    /// Number of the last attempt.
    attempt: u32,
    backoff: Backoff,
    /// Drained by the driver after every input, and an input adds at most a few.
    outputs: VecDeque<LeaseOutput>,
}

#[derive(Clone, Debug)]
enum Stage {
    /// The journal is to have the intent first.
    Intending,
    /// Something is asked of the server.
    Asking(Asking),
    /// The world is there and nothing is to be done.
    Held,
    /// Nothing is to be done any more.
    Over(LeaseEnd),
}

#[derive(Clone, Debug)]
struct Asking {
    request: LeaseRequest,
    /// When the first attempt began.
    since: Monotonic,
    attempts: u32,
    flight: Flight,
}

#[derive(Clone, Copy, Debug)]
enum Flight {
    /// On its way; counts as lost at that moment.
    Out(Monotonic),
    /// To be sent again at that moment.
    Waiting(Monotonic),
}

impl Lease {
    /// A world that is to be created. First of all the intent is journaled.
    #[must_use]
    pub fn new(options: LeaseOptions) -> Self {
        let mut lease = Self::bare(options, None);
        lease.outputs.push_back(LeaseOutput::Write(LeaseRecord::Intent));
        lease
    }

    /// A world that a journal remembers, or one of which only the id is known: it is ended. Without an id nobody knows whether
    /// its create was ever sent.
    #[must_use]
    pub fn recover(now: Monotonic, id: Option<WorldId>, options: LeaseOptions) -> Self {
        let mut lease = Self::bare(options, id);
        lease.uncertain = true;
        lease.end_it(now);
        lease
    }

    /// A world that is there, and that this holder is responsible for from now on.
    #[must_use]
    pub fn held(id: WorldId, options: LeaseOptions) -> Self {
        let mut lease = Self::bare(options, Some(id));
        lease.stage = Stage::Held;
        lease
    }

    fn bare(options: LeaseOptions, id: Option<WorldId>) -> Self {
        Self {
            options,
            stage: Stage::Intending,
            id,
            uncertain: false,
            until: None,
            attempt: 0,
            backoff: Backoff::new(BACKOFF.0, BACKOFF.1, options.seed),
            outputs: VecDeque::new(),
        }
    }

    /// The world's id, once it is known.
    #[must_use]
    pub const fn id(&self) -> Option<&WorldId> {
        self.id.as_ref()
    }

    /// Whether the world is there and nothing is to be done.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Held)
    }

    /// How it is over, once it is.
    #[must_use]
    pub const fn end(&self) -> Option<&LeaseEnd> {
        match &self.stage {
            Stage::Over(end) => Some(end),
            _ => None,
        }
    }

    /// What to do next. To be asked after every input until it says [`LeaseOutput::Timeout`].
    pub fn poll_output(&mut self) -> LeaseOutput {
        let deadline = self.flight().map(|(Flight::Out(at) | Flight::Waiting(at))| at);
        self.outputs.pop_front().unwrap_or(LeaseOutput::Timeout(deadline))
    }

    /// Takes what came from outside.
    pub fn handle(&mut self, now: Monotonic, input: LeaseInput) {
        match input {
            LeaseInput::Written => {
                if matches!(self.stage, Stage::Intending) {
                    self.ask(now, LeaseRequest::Create);
                }
            }
            LeaseInput::Unwritten => {
                // Of the later records none stops anything: the world matters more than what is written about it.
                if matches!(self.stage, Stage::Intending) {
                    self.over(LeaseEnd::NotJournaled);
                }
            }
            LeaseInput::Answer { attempt, answer } => self.answer(now, attempt, answer),
            LeaseInput::Interrupted => {
                if let Stage::Asking(Asking { request, flight: flight @ Flight::Out(_), .. }) = &mut self.stage {
                    self.uncertain |= *request == LeaseRequest::Create;
                    *flight = Flight::Waiting(now);
                }
            }
            LeaseInput::End => {
                if self.until.is_none() && self.end().is_none() {
                    self.end_it(now);
                }
            }
            LeaseInput::Keep => {
                if self.is_held() {
                    self.outputs.push_back(LeaseOutput::Write(LeaseRecord::Kept));
                    self.over(LeaseEnd::Kept);
                }
            }
            LeaseInput::Deadline => match self.flight() {
                Some(Flight::Out(at)) if at <= now => self.failed(now, LeaseFault::Lost { after: None }),
                Some(Flight::Waiting(at)) if at <= now => self.send(now),
                _ => {}
            },
        }
    }

    fn flight(&self) -> Option<Flight> {
        match &self.stage {
            Stage::Asking(asking) => Some(asking.flight),
            _ => None,
        }
    }

    /// The end is wanted from now on.
    fn end_it(&mut self, now: Monotonic) {
        let until = now + self.options.end.within;
        self.until = Some(until);
        self.backoff.reset();
        match (&mut self.stage, self.id.clone()) {
            (_, Some(id)) => self.ask(now, LeaseRequest::Delete(id)),
            // The create that is on its way is heard out first, but no longer than a farewell would be.
            (Stage::Asking(Asking { flight: Flight::Out(at), .. }), None) => {
                *at = (*at).min(now + self.options.end.answer).min(until);
            }
            (_, None) if self.uncertain => self.ask(now, LeaseRequest::Void),
            (_, None) => self.not_made(),
        }
    }

    /// Begins to ask something of the server.
    fn ask(&mut self, now: Monotonic, request: LeaseRequest) {
        self.stage = Stage::Asking(Asking { request, since: now, attempts: 0, flight: Flight::Waiting(now) });
        self.send(now);
    }

    fn send(&mut self, now: Monotonic) {
        let (until, options) = (self.until, &self.options);
        let Stage::Asking(asking) = &mut self.stage else { return };
        let answered = until.map_or(now + options.create.answer, |until| (now + options.end.answer).min(until));
        asking.attempts += 1;
        asking.flight = Flight::Out(answered);
        self.attempt += 1;
        self.outputs.push_back(LeaseOutput::Send { attempt: self.attempt, request: asking.request.clone() });
    }

    fn answer(&mut self, now: Monotonic, attempt: u32, answer: LeaseAnswer) {
        if self.end().is_some() {
            return;
        }
        // Whichever attempt it was: a world that is told of exists.
        if let LeaseAnswer::Made(id) = answer {
            return self.made(now, id);
        }
        let Stage::Asking(Asking { request, flight: Flight::Out(_), .. }) = &self.stage else { return };
        if attempt != self.attempt {
            return;
        }
        let request = request.clone();
        match (request, answer) {
            (_, LeaseAnswer::Failed(fault)) => self.failed(now, fault),
            (LeaseRequest::Usage, LeaseAnswer::Cost(bill)) => self.ended(bill),
            (LeaseRequest::Usage, _) => self.ended(None),
            (LeaseRequest::Delete(_) | LeaseRequest::Void, LeaseAnswer::Ended(Some(bill))) => self.ended(Some(bill)),
            (LeaseRequest::Delete(_) | LeaseRequest::Void, LeaseAnswer::Ended(None) | LeaseAnswer::Gone)
            | (LeaseRequest::Create | LeaseRequest::Recall, LeaseAnswer::Gone) => self.bill(now),
            (LeaseRequest::Void, LeaseAnswer::Unsupported) => self.ask(now, LeaseRequest::List),
            (LeaseRequest::List, LeaseAnswer::Listed(Some(id))) => self.made(now, id),
            // Nothing in the list, yet the create may still be on its way there: whoever comes second gets the same world.
            (LeaseRequest::List, LeaseAnswer::Listed(None) | LeaseAnswer::Unsupported | LeaseAnswer::Gone) => {
                self.ask(now, LeaseRequest::Recall);
            }
            (_, LeaseAnswer::Unsupported) => self.failed(now, LeaseFault::Refused),
            // An answer to another question: the server is beside itself, and what it did is unknown.
            _ => self.failed(now, LeaseFault::Lost { after: None }),
        }
    }

    /// A world of ours exists.
    fn made(&mut self, now: Monotonic, id: WorldId) {
        if self.id.is_some() {
            return;
        }
        self.id = Some(id.clone());
        self.outputs.push_back(LeaseOutput::Write(LeaseRecord::Held(id.clone())));
        self.backoff.reset();
        if self.until.is_some() {
            self.ask(now, LeaseRequest::Delete(id));
        } else {
            self.stage = Stage::Held;
        }
    }

    /// An attempt failed: it is repeated, or the next thing is tried, or it is over.
    fn failed(&mut self, now: Monotonic, fault: LeaseFault) {
        let Stage::Asking(asking) = &mut self.stage else { return };
        let creating = asking.request == LeaseRequest::Create;
        self.uncertain |= creating && matches!(fault, LeaseFault::Lost { .. } | LeaseFault::Garbled);
        let asked = match fault {
            LeaseFault::Refused | LeaseFault::Garbled => return self.give_up(now, LeaseDoubt::Refused),
            LeaseFault::Busy { after } | LeaseFault::Lost { after } => after,
            LeaseFault::Unsent => None,
        };
        let (until, most) = match (self.until, &asking.request) {
            // The end is wanted: nobody creates any more.
            (Some(_), LeaseRequest::Create) => return self.give_up(now, LeaseDoubt::OutOfTime),
            (Some(until), LeaseRequest::Usage) => (until, BILL_ATTEMPTS),
            (Some(until), _) => (until, self.options.end.attempts),
            (None, _) => (asking.since + self.options.create.within, self.options.create.attempts),
        };
        let after = self.backoff.next(asked);
        let again = now + after;
        if asking.attempts >= most || again >= until {
            return self.give_up(now, LeaseDoubt::OutOfTime);
        }
        asking.flight = Flight::Waiting(again);
        self.outputs.push_back(LeaseOutput::Retrying { request: asking.request.clone(), after });
    }

    /// What was asked is asked no more.
    fn give_up(&mut self, now: Monotonic, doubt: LeaseDoubt) {
        let Stage::Asking(asking) = &self.stage else { return };
        match asking.request {
            LeaseRequest::Usage => self.ended(None),
            LeaseRequest::Create if !self.uncertain => self.not_made(),
            LeaseRequest::Create => {
                self.until.get_or_insert(now + self.options.end.within);
                self.backoff.reset();
                self.ask(now, LeaseRequest::Void);
            }
            LeaseRequest::Recall | LeaseRequest::Delete(_) | LeaseRequest::Void | LeaseRequest::List => {
                self.outputs.push_back(LeaseOutput::Write(LeaseRecord::Unresolved));
                self.over(LeaseEnd::Unresolved(doubt));
            }
        }
    }

    /// The world has ended, and what it cost is not known yet.
    fn bill(&mut self, now: Monotonic) {
        if !self.options.bill {
            return self.ended(None);
        }
        self.until.get_or_insert(now + self.options.end.within);
        self.ask(now, LeaseRequest::Usage);
    }

    fn ended(&mut self, bill: Option<Bill>) {
        self.outputs.push_back(LeaseOutput::Write(LeaseRecord::Ended(bill)));
        self.over(LeaseEnd::Ended(bill));
    }

    fn not_made(&mut self) {
        self.outputs.push_back(LeaseOutput::Write(LeaseRecord::NotMade));
        self.over(LeaseEnd::NotMade);
    }

    fn over(&mut self, end: LeaseEnd) {
        self.stage = Stage::Over(end);
    }
}
