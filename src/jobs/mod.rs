//! Generation jobs without a clock and without IO: one neutral request, three dialects of it, what their servers answer, what it
//! costs, and the life of a job from its intent to its file. Text and time come in as arguments, what is to be sent comes out.

mod app;
mod app_elements;
mod app_lowering;
mod app_pictures;
mod backend;
mod balance;
mod bill;
mod choose;
mod customer;
mod customer_lowering;
mod customer_uploads;
mod dialect;
mod draft;
mod estimate;
mod job;
mod job_io;
mod lab;
mod limiter;
mod outcome;
mod prices;
mod problem;
mod ranges;
mod reading;
mod request;
mod status;
mod text;
mod verdict;
mod violation;
mod waits;

pub use backend::Backend;
pub use balance::balance;
pub use choose::dialect;
pub use dialect::{Call, Charge, Dialect, FieldNames, Lowered, Pace, Presigned, Rates, Reply, UploadNeed};
pub use estimate::{Confidence, Estimate, Prices};
pub use job::Job;
pub use job_io::{JobAnswer, JobEnd, JobFault, JobInput, JobOptions, JobOutput, JobPatience, JobRecord, JobRequest};
pub use limiter::{Limiter, Permit};
pub use outcome::{JobState, Outcome};
pub use problem::{Problem, ProblemKind};
pub use ranges::{Ranges, Span, ranges};
pub use request::{Element, Input, LocalFile, MediaKind, Mode, Motion, Request, Shot};
pub use status::{Accepted, Expiry, Phase, Status};
pub use violation::{Note, NoteKind, Violation};
