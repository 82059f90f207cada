//! What every dialect can do: turn a request into its own words, and read its service's. A value without state.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use super::backend::Backend;
use super::estimate::{Estimate, Prices};
use super::problem::Problem;
use super::request::{LocalFile, MediaKind, Request};
use super::status::{Accepted, Status};
use super::violation::{Note, Violation};

/// One service's words.
pub trait Dialect: fmt::Debug + Send + Sync {
    /// Whose.
    fn backend(&self) -> Backend;

    /// A request in this dialect, everything that is wrong with it, and everything worth a word.
    fn lower(&self, request: &Request, names: &FieldNames) -> Lowered;

    /// What it would cost.
    fn estimate(&self, request: &Request, prices: &Prices) -> Estimate;

    /// Where a job is submitted: a POST of [`Lowered::body`] as JSON.
    fn submit(&self) -> Call;

    /// Where it is asked for: a GET.
    fn status(&self, id: &str) -> Call;

    /// Where the balance is: a GET, if the service has it.
    fn credits(&self) -> Option<Call>;

    /// Where the models are: a GET, if the service has it.
    fn models(&self) -> Option<Call>;

    /// Where an upload is announced, a POST, and its body; `None` where the service takes no files.
    fn presign(&self, kind: MediaKind, file: &LocalFile) -> Option<(Call, Map<String, Value>)>;

    /// Everything that speaks against uploading a file as this, before anything is sent (HC-4 to HC-6, AM-16).
    fn check_upload(&self, field: &str, kind: MediaKind, file: &LocalFile) -> (Vec<Violation>, Vec<Note>);

    /// Reads the answer to a submit.
    ///
    /// # Errors
    /// [`Problem`]: the service refused, or its answer cannot be read.
    fn read_accepted(&self, reply: &Reply<'_>) -> Result<Accepted, Problem>;

    /// Reads the answer to a status request.
    ///
    /// # Errors
    /// [`Problem`]
    fn read_status(&self, reply: &Reply<'_>) -> Result<Status, Problem>;

    /// Reads the answer to a presign request.
    ///
    /// # Errors
    /// [`Problem`]
    fn read_presigned(&self, reply: &Reply<'_>) -> Result<Presigned, Problem>;

    /// Reads any other answer: JSON as it is, or what is wrong.
    ///
    /// # Errors
    /// [`Problem`]
    fn read_any(&self, reply: &Reply<'_>) -> Result<Value, Problem>;

    /// When to ask again.
    fn pace(&self) -> Pace;

    /// How much at once.
    fn rates(&self) -> Rates;

    /// When credits are taken, as far as the document says (AM-18).
    fn charge(&self) -> Charge;

    /// What is odd about a key, if anything is (AM-20). It is sent all the same; the note does not contain it.
    fn key_note(&self, key: &str) -> Option<Note>;

    /// What there is to know about a balance beyond its number, if anything.
    fn credits_note(&self) -> Option<&'static str> {
        None
    }
}

/// Names of fields that the documents lost (AM-14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldNames {
    /// Prompt adherence of hh-app.
    pub cfg_scale: String,
    /// Elements of hh-app.
    pub elements: String,
}

/// A request in a dialect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lowered {
    /// The body; the keys of files that are uploaded first are still missing.
    pub body: Map<String, Value>,
    /// Files to upload first, each with the field of the body that takes its key.
    pub uploads: Vec<UploadNeed>,
    /// What would be refused. Nothing is sent unless this is empty.
    pub violations: Vec<Violation>,
    /// What is worth a word.
    pub notes: Vec<Note>,
}

/// A file to upload before the submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadNeed {
    /// The field of the body that takes its key.
    pub field: String,
    /// What it is.
    pub kind: MediaKind,
    /// The file.
    pub file: LocalFile,
}

/// Where a request goes: segments below the base URL, not yet escaped, and the query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Segments of the path.
    pub path: Vec<String>,
    /// Query, in order.
    pub query: Vec<(String, String)>,
}

/// An answer, whatever its status.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// HTTP status.
    pub status: u16,
    /// After which time to ask again, where the service says it.
    pub retry_after: Option<Duration>,
    /// Body.
    pub body: &'a [u8],
}

/// Where to put a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Presigned {
    /// Where its bytes go. Whoever has this may write there: it is shown to nobody.
    pub upload_url: String,
    /// What a submit names it by.
    pub key: String,
    /// Where it can be seen afterwards.
    pub public_url: Option<String>,
    /// What it counts as.
    pub kind: Option<String>,
}

/// When to ask how a job stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// The first question comes so long after the answer to the submit, scattered between the two.
    pub first: (Duration, Duration),
    /// The wait between the first two questions.
    pub interval: Duration,
    /// Added to the wait after each question.
    pub step: Duration,
    /// The longest wait between questions.
    pub longest: Duration,
    /// The longest wait after a 429.
    pub longest_limited: Duration,
    /// How much of a wait is scattered, 0 to 1, upwards.
    pub jitter: f64,
    /// When waiting ends; the job lives on.
    pub deadline: Duration,
}

/// How much a service takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Jobs at once; `None`: nobody says.
    pub jobs: Option<u32>,
    /// Requests per minute; `None`: nobody says.
    pub per_minute: Option<u32>,
}

/// When credits are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// For a finished clip alone.
    OnSuccess,
    /// With the submit.
    OnSubmit,
    /// The document does not say.
    Unstated,
}

impl Default for FieldNames {
    fn default() -> Self {
        Self { cfg_scale: "cfg_scale".to_owned(), elements: "elements".to_owned() }
    }
}

impl fmt::Debug for Presigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presigned").field("key", &self.key).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Call {
    /// A path.
    #[must_use]
    pub fn to(path: &[&str]) -> Self {
        Self { path: path.iter().map(|&segment| segment.to_owned()).collect(), query: Vec::new() }
    }
}
