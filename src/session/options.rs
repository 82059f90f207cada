//! What a session is told at its beginning.

use std::time::Duration;

use super::own_limits::OwnLimits;

/// How a session is to behave.
#[derive(Clone, Debug)]
pub struct Options {
    /// Makes command ids unique among all who act on the same world; up to 20 characters of `[A-Za-z0-9_-]` are used.
    pub id_prefix: String,
    /// Spreads the waits between attempts; the same seed, the same waits.
    pub seed: u64,
    /// Limits that this side keeps.
    pub limits: OwnLimits,
    /// How long the first stream may take to come; zero: one attempt.
    pub opening: Duration,
    /// How long a session may be without a stream before it is given up (HO-19); zero: a lost stream ends it. A server that says for
    /// how long it keeps a world without a stream shortens it.
    pub outage: Duration,
}

impl Options {
    /// No limits, one attempt at the first stream, thirty seconds for one that was lost.
    #[must_use]
    pub fn new(id_prefix: impl Into<String>) -> Self {
        Self {
            id_prefix: id_prefix.into(),
            seed: 0,
            limits: OwnLimits::default(),
            opening: Duration::ZERO,
            outage: Duration::from_secs(30),
        }
    }
}
