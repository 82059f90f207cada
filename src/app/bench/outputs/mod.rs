//! What a benchmark run is shown as: for people, for programs, for the tools that they use. Each form is one function of the
//! recording and its report; none measures or judges anything, and none but the page of the collector opens a connection.

mod collector;
mod comparison;
mod csv;
mod destination;
mod exported;
mod hgrm;
mod html;
mod json;
mod junit;
mod kind;
mod live;
mod markdown;
mod moments;
mod numbers;
mod otlp;
mod prometheus;
mod render;
mod sections;
mod shares;
mod text;
mod words;

#[cfg(test)]
#[path = "../../../../tests/support/recordings.rs"]
mod recordings;

pub use comparison::{json as comparison_json, markdown as comparison_markdown, text as comparison_text};
pub use destination::Outputs;
pub use kind::Kind;
pub use live::LiveWriter;
