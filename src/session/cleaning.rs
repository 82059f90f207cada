//! Every text of a server's message is cleaned here, before the message becomes an event.

use serde_json::{Map, Value};

use super::text::{LONGEST, LONGEST_RAW, clean, clean_in_place};
use crate::wire::{AckStatus, AudioState, EndReason, Hello, LimitKind, TierInfo, TierName};

/// Cleans a hello. Its resume token is kept whole: nobody prints it.
pub(super) fn clean_hello(hello: &mut Hello) {
    clean_in_place(&mut hello.server);
    clean_tier(&mut hello.tier);
    hello.tiers.iter_mut().for_each(clean_tier);
    clean_audio(&mut hello.audio);
    hello.capabilities.codecs.iter_mut().for_each(clean_in_place);
    clean_map(&mut hello.capabilities.extra);
    clean_map(&mut hello.limits.extra);
    clean_map(&mut hello.extra);
}

pub(super) fn clean_tier(tier: &mut TierInfo) {
    if let TierName::Other(name) = &mut tier.name {
        clean_in_place(name);
    }
    clean_in_place(&mut tier.codec);
    clean_map(&mut tier.extra);
}

pub(super) fn clean_audio(audio: &mut AudioState) {
    clean_in_place(&mut audio.format);
    clean_map(&mut audio.extra);
}

pub(super) fn clean_status(status: &mut AckStatus) {
    if let AckStatus::Other(name) = status {
        clean_in_place(name);
    }
}

pub(super) fn clean_limit(limit: &mut LimitKind) {
    if let LimitKind::Other(name) = limit {
        clean_in_place(name);
    }
}

pub(super) fn clean_reason(reason: &mut EndReason) {
    if let EndReason::Other(name) = reason {
        clean_in_place(name);
    }
}

/// A message of an unknown type: its type and its JSON.
pub(super) fn clean_unknown(members: Map<String, Value>) -> (String, String) {
    let kind = clean(members.get("type").and_then(Value::as_str).unwrap_or_default(), LONGEST);
    (kind, clean(&Value::Object(members).to_string(), LONGEST_RAW))
}

fn clean_map(map: &mut Map<String, Value>) {
    let members = std::mem::take(map);
    map.extend(members.into_iter().map(|(key, mut value)| {
        clean_value(&mut value);
        (clean(&key, LONGEST), value)
    }));
}

/// Recursion is bounded by the JSON parser's own depth limit of 128.
fn clean_value(value: &mut Value) {
    match value {
        Value::String(text) => clean_in_place(text),
        Value::Array(values) => values.iter_mut().for_each(clean_value),
        Value::Object(map) => clean_map(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
