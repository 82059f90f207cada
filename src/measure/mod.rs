//! What a benchmark measured, and what it says: the raw trace of a run, distributions, figures, objectives, comparisons. Reads no
//! clock and opens no file: moments and texts are arguments.

mod bins;
mod bootstrap;
mod collector;
mod commands;
mod compare;
mod course;
mod differences;
mod document;
mod figures;
mod flow;
mod form;
mod frames;
mod house;
mod hub;
mod lines;
mod live;
mod merge;
mod meter;
mod metric;
mod objective;
mod recording;
mod report;
mod rows;
mod seat;
mod shard;
mod spread;
mod sums;
mod trace;
mod waiting;
mod window;

pub use collector::{Collector, CollectorOptions};
pub use compare::{Change, CompareError, CompareOptions, Compared, Comparison, Subject, compare};
pub use document::Document;
pub use form::{BlockForm, SpreadForm};
pub use lines::TraceError;
pub use live::Live;
pub use merge::MergeError;
pub use meter::Meter;
pub use metric::{Metric, Scalar};
pub use objective::Objective;
pub use recording::{CommandRow, End, FrameRow, MarkRow, Recording, Run, SCHEMA, SessionRow, StepRow};
pub use report::{Figure, Magnitude, Outcome, Report, Single, Summary, Verdict};
pub use seat::SessionOutcome;
pub use spread::{MOST_STRETCHES, Spread, samples_needed};
pub use sums::Sums;
