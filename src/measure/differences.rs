//! What differs between the configurations of two runs, in words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::house::clean;

/// What differs between two flat objects, in words.
pub(super) fn differences(one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> Vec<String> {
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let word = |value: Option<&Value>| match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => clean(text),
        Some(value) => clean(&value.to_string()),
    };
    keys.into_iter()
        .filter(|key| one.get(*key) != other.get(*key))
        .map(|key| format!("{key} is {} in one and {} in the other", word(one.get(key)), word(other.get(key))))
        .collect()
}
