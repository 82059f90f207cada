//! What goes into a lease and what comes out of it: plain values, so that a test can play a server, a disk and a crash.

use std::time::Duration;

use crate::media::Monotonic;
use crate::wire::WorldId;

/// How patient a lease is with one kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeasePatience {
    /// Most attempts.
    pub attempts: u32,
    /// No attempt begins so long after the first one, or later.
    pub within: Duration,
    /// How long one attempt waits for its answer.
    pub answer: Duration,
}

/// How a lease behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseOptions {
    /// Scatters the waits between attempts.
    pub seed: u64,
    /// With creating.
    pub create: LeasePatience,
    /// With ending, all of it together: for that time the lease fights for the world's end, and then leaves it to the journal.
    pub end: LeasePatience,
    /// Whether the server is asked what the world cost where its farewell does not say. Of no use without a ledger.
    pub bill: bool,
}

/// What a world has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bill {
    /// Media time lived, in seconds.
    pub seconds: f64,
    /// Credits; 0 where nothing is priced.
    pub credits: f64,
}

/// Something that came from outside. Time is told beside it.
#[derive(Clone, Debug, PartialEq)]
pub enum LeaseInput {
    /// The last record is safe: it survives the process.
    Written,
    /// It could not be written.
    Unwritten,
    /// An attempt was answered, or failed.
    Answer {
        /// Which, as [`LeaseOutput::Send`] numbered it. The answer to an attempt that was given up still teaches what exists.
        attempt: u32,
        /// What came.
        answer: LeaseAnswer,
    },
    /// Whoever carried the request went down, and with them the answer.
    Interrupted,
    /// The world is to end, whatever state it is in.
    End,
    /// The world is to live on without this holder.
    Keep,
    /// The deadline of the last [`LeaseOutput::Timeout`] has come. Telling it early or late does no harm.
    Deadline,
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq)]
pub enum LeaseAnswer {
    /// This world was made, or had been made under the same key.
    Made(WorldId),
    /// It is gone: the key is void, or the world has ended, or nobody knows it (404 and 410).
    Gone,
    /// It has ended with this answer; with its final bill where the server gives one.
    Ended(Option<Bill>),
    /// The server's worlds were listed: the one that echoes our key, if there is one.
    Listed(Option<WorldId>),
    /// What it cost, where the server knows.
    Cost(Option<Bill>),
    /// This server has no such path.
    Unsupported,
    /// None of these.
    Failed(LeaseFault),
}

/// How an attempt failed; what matters is what it may have left on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseFault {
    /// The server refuses, and will again. Nothing came of it.
    Refused,
    /// The server refuses for now. Nothing came of it.
    Busy {
        /// After which time it may be asked again.
        after: Option<Duration>,
    },
    /// The request may have been carried out: the answer was lost, or says nothing about that.
    Lost {
        /// After which time it may be asked again.
        after: Option<Duration>,
    },
    /// The request may have been carried out, and repeating it teaches nothing: the answer is not one of this protocol.
    Garbled,
    /// It never left this machine.
    Unsent,
}

/// What the driver is to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum LeaseOutput {
    /// Put this into the journal, then tell [`LeaseInput::Written`] or [`LeaseInput::Unwritten`].
    Write(LeaseRecord),
    /// Send this; an attempt before it that has no answer yet is given up.
    Send {
        /// Number of the attempt, from 1.
        attempt: u32,
        /// What to ask.
        request: LeaseRequest,
    },
    /// For people: an attempt failed and is repeated after this time.
    Retrying {
        /// What is repeated.
        request: LeaseRequest,
        /// When.
        after: Duration,
    },
    /// Nothing more: wait for the next input, or for this moment.
    Timeout(Option<Monotonic>),
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq)]
pub enum LeaseRecord {
    /// A world may be made under this key from now on.
    Intent,
    /// This is it.
    Held(WorldId),
    /// It lives on, on purpose.
    Kept,
    /// No world was made, and none can come of it.
    NotMade,
    /// It has ended; with what it cost, where that is known.
    Ended(Option<Bill>),
    /// It could not be ended, or nobody knows whether it exists.
    Unresolved,
}

/// What to ask the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseRequest {
    /// `POST /v1/worlds` with the request and its idempotency key, the same every time.
    Create,
    /// The same request under the same key once more, only to learn the id of what is to be deleted.
    Recall,
    /// `DELETE /v1/worlds/{id}`
    Delete(WorldId),
    /// `DELETE /v1/worlds/keys/{key}`
    Void,
    /// `GET /v1/worlds`: which one echoes our key?
    List,
    /// `GET /v1/usage`, of the world where its id is known, else of the key.
    Usage,
}

/// How a lease is over.
#[derive(Clone, Debug, PartialEq)]
pub enum LeaseEnd {
    /// The intent could not be journaled, so nothing was sent.
    NotJournaled,
    /// No world was made, and none can come of it.
    NotMade,
    /// The world has ended; with what it cost, where that is known.
    Ended(Option<Bill>),
    /// The world lives on without this holder.
    Kept,
    /// It may live on: the journal remembers it.
    Unresolved(LeaseDoubt),
}

/// Why nobody knows what became of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseDoubt {
    /// The server refuses to end it.
    Refused,
    /// The time for it was over.
    OutOfTime,
}
