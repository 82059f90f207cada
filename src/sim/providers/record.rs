//! What the providers have seen, for anybody's own tests: calls, submits, charges, uploads, and what no client should have done.
//! Holds names of headers, never what stands in them, and never a key. Bounded: the oldest of each kind goes first, counts stay.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

use super::endpoint::Endpoint;

/// Of each kind of thing, so many are kept.
const MOST: usize = 10_000;

/// Bytes of bodies that are kept.
const MOST_BYTES: usize = 32 << 20;

/// Everything that was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Log {
    /// Calls of each endpoint, by its name.
    pub requests: BTreeMap<&'static str, u64>,
    /// The calls themselves, oldest first.
    pub calls: VecDeque<Seen>,
    /// Jobs that were made.
    pub submits: VecDeque<Submit>,
    /// Credits that were taken or given back.
    pub charges: VecDeque<Charge>,
    /// Files that were put.
    pub uploads: VecDeque<Upload>,
    /// What no client should do.
    pub violations: VecDeque<Violation>,
    /// Bytes of the submits' bodies.
    #[serde(skip)]
    submitted: usize,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// When, as `2025-06-01T14:22:10.000Z`.
    pub at: String,
    /// The endpoint's name.
    pub endpoint: &'static str,
    /// The method.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// Names of the headers, in lower case, sorted.
    pub headers: Vec<String>,
    /// The `Range` header.
    pub range: Option<String>,
    /// The status of the answer; 0: it was lost on purpose.
    pub status: u16,
}

/// One job that was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Submit {
    /// When.
    pub at: String,
    /// The service.
    pub service: &'static str,
    /// The account's name.
    pub account: String,
    /// The job's id.
    pub id: String,
    /// The body as it came.
    pub body: Value,
    /// What it costs, if it succeeds.
    pub credits: u64,
    /// Bytes of the body.
    pub bytes: usize,
}

/// Credits of one job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Charge {
    /// When.
    pub at: String,
    /// The service.
    pub service: &'static str,
    /// The account's name.
    pub account: String,
    /// The job's id.
    pub id: String,
    /// Credits taken; less than 0: given back.
    pub credits: i64,
}

/// One file that was put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Upload {
    /// When.
    pub at: String,
    /// Its storage key.
    pub key: String,
    /// Its type.
    pub content_type: String,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// What no client should do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// When.
    pub at: String,
    /// Where: the endpoint's name.
    pub endpoint: &'static str,
    /// What.
    pub what: String,
}

impl Log {
    pub(super) fn call(&mut self, endpoint: Endpoint, seen: Seen) {
        *self.requests.entry(endpoint.name()).or_default() += 1;
        keep(&mut self.calls, seen);
    }

    pub(super) fn submit(&mut self, submit: Submit) {
        self.submitted += submit.bytes;
        self.submits.push_back(submit);
        while self.submits.len() > MOST || self.submitted > MOST_BYTES {
            let Some(oldest) = self.submits.pop_front() else { break };
            self.submitted -= oldest.bytes;
        }
    }

    pub(super) fn charge(&mut self, charge: Charge) {
        keep(&mut self.charges, charge);
    }

    pub(super) fn upload(&mut self, upload: Upload) {
        keep(&mut self.uploads, upload);
    }

    pub(super) fn violation(&mut self, violation: Violation) {
        keep(&mut self.violations, violation);
    }

    /// Calls of an endpoint, by its name.
    #[must_use]
    pub fn count(&self, endpoint: &str) -> u64 {
        self.requests.get(endpoint).copied().unwrap_or_default()
    }
}

fn keep<T>(things: &mut VecDeque<T>, thing: T) {
    if things.len() >= MOST {
        things.pop_front();
    }
    things.push_back(thing);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_in_number_and_in_bytes() {
        let submit = |id: usize, bytes| Submit {
            at: String::new(),
            service: "hh-lab",
            account: String::new(),
            id: id.to_string(),
            body: Value::Null,
            credits: 0,
            bytes,
        };
        let mut log = Log::default();
        (0..4).for_each(|id| log.submit(submit(id, MOST_BYTES / 2)));
        assert_eq!(log.submits.iter().map(|submit| submit.id.as_str()).collect::<Vec<_>>(), ["2", "3"]);
        (0..=MOST).for_each(|id| log.submit(submit(id, 0)));
        assert_eq!((log.submits.len(), log.submitted), (MOST, 0));
    }
}
