//! What programs read back: the report by its published schema, and the raw trace. Both forms are `measure`'s own.

use crate::measure::{Document, Recording, Report};

/// The report as one object, with the histograms that another run is compared by.
#[must_use]
pub fn report(recording: &Recording, report: &Report) -> String {
    Document::of(recording, report).print()
}

/// The raw trace.
///
/// # Errors
/// None that memory does not make.
pub fn trace(recording: &Recording) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    recording.write(&mut bytes)?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}
