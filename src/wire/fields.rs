//! Reads tagged JSON objects field by field, so that a known message that does not fit is an error that names the field, and
//! only an unknown one is kept as it came.
//!
//! Why not a derived reader: an internally tagged enum with an untagged fallback reads every malformed known message as an
//! unknown one. Neighbours: `up`, `down` and `direction` are read with it; it knows none of their words.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::bounds::MAX_TEXT_BYTES;
use super::error::{WireError, quotable};

/// The members of one object, taken out one by one.
pub(super) struct Fields {
    message: String,
    members: Map<String, Value>,
}

/// Reads one text message as a JSON object. Of two members with one name the last counts.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, WireError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(WireError::TooLarge { what: "control message", have: text.len(), most: MAX_TEXT_BYTES });
    }
    serde_json::from_str(text).map_err(|error| WireError::Json(quotable(&error)))
}

/// The name that an object gives itself in its member `tag`.
pub(super) fn tag(members: &Map<String, Value>, what: &'static str, tag: &'static str) -> Result<String, WireError> {
    match members.get(tag) {
        Some(Value::String(name)) => Ok(name.clone()),
        _ => Err(WireError::Untagged { what, tag }),
    }
}

impl Fields {
    /// The members of a message, without its tag.
    pub(super) fn new(message: String, tag: &str, mut members: Map<String, Value>) -> Self {
        members.remove(tag);
        Self { message, members }
    }

    /// A field that must be there.
    pub(super) fn need<T: DeserializeOwned>(&mut self, field: &'static str) -> Result<T, WireError> {
        let value = self.members.remove(field).ok_or_else(|| self.wrong(field, "is missing"))?;
        self.read(field, value)
    }

    /// A field that may be absent, or null.
    pub(super) fn maybe<T: DeserializeOwned>(&mut self, field: &'static str) -> Result<Option<T>, WireError> {
        match self.members.remove(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => self.read(field, value).map(Some),
        }
    }

    /// A field that has a default.
    pub(super) fn or_default<T: DeserializeOwned + Default>(&mut self, field: &'static str) -> Result<T, WireError> {
        self.maybe(field).map(Option::unwrap_or_default)
    }

    /// The whole message as one body.
    pub(super) fn whole<T: DeserializeOwned>(self) -> Result<T, WireError> {
        serde_json::from_value(Value::Object(self.members)).map_err(|error| WireError::Field {
            message: self.message,
            field: String::new(),
            problem: quotable(&error),
        })
    }

    fn read<T: DeserializeOwned>(&self, field: &'static str, value: Value) -> Result<T, WireError> {
        serde_json::from_value(value).map_err(|error| self.wrong(field, &quotable(&error)))
    }

    fn wrong(&self, field: &'static str, problem: &str) -> WireError {
        WireError::Field { message: self.message.clone(), field: field.to_owned(), problem: problem.to_owned() }
    }
}
