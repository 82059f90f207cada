//! The fault scripts that people are shown can be read.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use std::collections::BTreeSet;

use seaglass::sim::faults::Script;

const KINDS: [&str; 24] = [
    "latency",
    "jitter",
    "bandwidth",
    "stall",
    "slow_close",
    "refused",
    "tls",
    "reset",
    "half_open",
    "status",
    "lost_reply",
    "lost_create_reply",
    "lost_ack",
    "loss",
    "duplicate",
    "reorder",
    "garbage",
    "truncate",
    "oversize",
    "queue",
    "warm_up",
    "capacity",
    "skew",
    "end",
];

#[test]
fn the_example_file_reads() {
    let script = Script::from_toml(include_str!("../examples/faults.toml")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((script.seed, script.faults.len()), (7, 17));
}

#[test]
fn the_documentation_has_an_example_of_every_kind_and_each_reads() {
    let page = include_str!("../docs/faults.md");
    let mut shown = BTreeSet::new();
    for example in page.split('`').filter(|code| code.starts_with("{ ") && code.contains("kind = ")) {
        Script::from_toml(&format!("fault = [{example}]")).unwrap_or_else(|error| panic!("{example}\n{error}"));
        shown.extend(KINDS.into_iter().filter(|kind| example.contains(&format!("kind = \"{kind}\""))));
    }
    assert_eq!(shown, BTreeSet::from(KINDS));
}
