//! The raw trace of a run: everything that any report is made of. In memory it is this; on disk one JSON object a line, each
//! with its `type`. All moments are microseconds since the run's start; `null` is unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::metric::{Metric, Scalar};
use super::spread::Spread;
use super::sums::Sums;

/// The format that this program writes and reads.
pub const SCHEMA: u32 = 1;

/// A run as it was recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// What was run, where, by what.
    pub run: Run,
    /// Every session, in the order in which they were due.
    pub sessions: Vec<SessionRow>,
    /// Frames of the sessions that are traced in full, in the order of arrival.
    pub frames: Vec<FrameRow>,
    /// Commands of the sessions that are traced in full.
    pub commands: Vec<CommandRow>,
    /// The course of the run over all sessions, in equal steps.
    pub course: Vec<StepRow>,
    /// What happened at a moment, or from one to another.
    pub marks: Vec<MarkRow>,
    /// The distribution of every metric that had a sample.
    pub spreads: BTreeMap<Metric, Spread>,
    /// What adds up, and what runs are merged by.
    pub sums: Sums,
    /// What there is one of, as it follows from the sums and the distributions; what is missing is unknown.
    pub scalars: BTreeMap<Scalar, f64>,
    /// Units that came and were not used, by cause.
    pub drops: BTreeMap<String, u64>,
    /// Failures of sessions, by code.
    pub errors: BTreeMap<String, u64>,
    /// How it ended.
    pub end: End,
}

/// What was run, where, by what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// [`SCHEMA`]
    pub schema: u32,
    /// An id of its own, so that a merge counts no run twice.
    pub id: String,
    /// The runs that this one was merged of; empty where it is one run.
    #[serde(default)]
    pub merged: Vec<String>,
    /// When it began, by the wall clock (RFC 3339).
    pub started: String,
    /// The scenario's name, for people: its file without folders.
    pub name: String,
    /// The scenario as it was understood, every default filled in, no secret in it.
    pub scenario: Value,
    /// What two runs must share to be comparable: a flat object of words and numbers (profile, sessions, tier, audio, world, seed,
    /// decode, preset, transport, duration …).
    pub configuration: BTreeMap<String, Value>,
    /// What may differ and is worth knowing: version, commit, system, CPU, cores, adapter, the server's name, the server's origin
    /// without credentials, seeds. A flat object.
    pub environment: BTreeMap<String, Value>,
    /// The measured window, in microseconds since the start: what began before or after it counts in nothing but sessions.
    pub window_us: (u64, u64),
    /// What was wanted, as it was written (`metric:stat op value`), so that every report made of this says what came of it.
    #[serde(default)]
    pub objectives: Vec<String>,
    /// What this harness itself adds, by metric, at the 99th percentile in milliseconds, where a self-test told.
    #[serde(default)]
    pub overhead_ms: BTreeMap<Metric, f64>,
}

/// One session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Its number, from 0, in the order in which they were due.
    pub session: u32,
    /// Whether its packets were decoded and presented.
    pub decoded: bool,
    /// When it was to begin.
    pub due_us: u64,
    /// The create was answered.
    pub created_us: Option<u64>,
    /// The server's hello was read.
    pub connected_us: Option<u64>,
    /// The world ran.
    pub running_us: Option<u64>,
    /// The last byte of its first picture.
    pub first_frame_us: Option<u64>,
    /// The last byte of its first sound.
    pub first_audio_us: Option<u64>,
    /// Its end was wanted.
    pub closing_us: Option<u64>,
    /// Its end was certain, or given up.
    pub closed_us: Option<u64>,
    /// How it went: `completed`, `failed`, `aborted` (the run was), `leaked`.
    pub outcome: String,
    /// The failure's code and words, where it failed.
    pub error: Option<(String, String)>,
    /// `websocket` or `sse`.
    pub transport: Option<String>,
    /// Tier at its end.
    pub tier: Option<String>,
    /// Frames received, in the whole session.
    pub frames: u64,
    /// Frames presented.
    pub presented: Option<u64>,
    /// Media bytes received.
    pub bytes: u64,
    /// Units lost before they came here.
    pub lost: u64,
    /// Units that came and were not used.
    pub dropped: u64,
    /// Freezes.
    pub freezes: u64,
    /// Streams taken up again.
    pub reconnects: u32,
    /// Changes of tier.
    pub switches: u32,
    /// Estimated offset of the server's clock and its bound, in microseconds.
    pub server_ahead_us: Option<(i64, u64)>,
    /// World seconds.
    pub seconds_used: f64,
    /// Credits.
    pub credits: Option<f64>,
}

/// One frame of a session that is traced in full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrameRow {
    /// Whose.
    pub session: u32,
    /// Its timeline.
    pub epoch: u32,
    /// Its packet's number.
    pub sequence: u64,
    /// Its presentation time on the server's media clock.
    pub pts_us: i64,
    /// Its size in bytes.
    pub bytes: u32,
    /// Whether it is a keyframe.
    pub keyframe: bool,
    /// The newest input that it reflects.
    pub input: Option<u32>,
    /// Server: simulating and rendering took.
    pub render_us: Option<u64>,
    /// Server: encoding took.
    pub encode_us: Option<u64>,
    /// Server: from generated to its socket.
    pub queue_us: Option<u64>,
    /// From the server's socket to the first byte, by the estimated offset.
    pub network_us: Option<u64>,
    /// First byte.
    pub first_byte_us: u64,
    /// Last byte.
    pub last_byte_us: u64,
    /// It left the jitter buffer.
    pub unbuffered_us: Option<u64>,
    /// It was decoded.
    pub decoded_us: Option<u64>,
    /// It was chosen for a refresh.
    pub chosen_us: Option<u64>,
    /// It was presented.
    pub presented_us: Option<u64>,
    /// Sound minus picture then.
    pub av_offset_us: Option<i64>,
}

/// One command of a session that is traced in full.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CommandRow {
    /// Whose.
    pub session: u32,
    /// `hands`, `direct`, `wander`, `quality`, `audio`, `pause`, `resume`.
    pub kind: String,
    /// The input number under which it travels, where it has one.
    pub input: Option<u32>,
    /// When the schedule wanted it.
    pub due_us: u64,
    /// When it was issued.
    pub issued_us: u64,
    /// Its bytes were handed to the system.
    pub sent_us: Option<u64>,
    /// Acknowledged; hands are not.
    pub acknowledged_us: Option<u64>,
    /// `applied`, `duplicate`, `rejected`; hands have none.
    pub status: Option<String>,
    /// The last byte of the first frame that reflects it.
    pub reflected_us: Option<u64>,
    /// That frame or a later one was presented.
    pub presented_us: Option<u64>,
    /// The presented pixels said so.
    pub pixels_us: Option<u64>,
}

/// One step of the course of a run, over all sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    /// When it begins.
    pub at_us: u64,
    /// How long it is.
    pub span_us: u64,
    /// Most sessions that were streaming at once.
    pub sessions: u32,
    /// Frames received.
    pub frames: u64,
    /// Media bytes received.
    pub bytes: u64,
    /// Frame interval: median, in milliseconds.
    pub interval_p50: Option<f64>,
    /// And the longest.
    pub interval_max: Option<f64>,
    /// Command to frame, corrected: median.
    pub cmd_p50: Option<f64>,
    /// And the longest.
    pub cmd_max: Option<f64>,
    /// A/V offset: median, with its sign.
    pub av_p50: Option<f64>,
    /// And the one farthest from 0, with its sign.
    pub av_far: Option<f64>,
    /// Freezes that ended in it.
    pub freezes: u64,
    /// Sessions that lost their stream in it.
    pub cuts: u64,
    /// CPU of this process, in cores.
    pub cpu_cores: Option<f64>,
    /// Resident memory of this process, in MiB.
    pub memory_mib: Option<f64>,
}

/// Something that happened. At most 10,000 are kept; then the newest are left out and counted in the end's words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MarkRow {
    /// When.
    pub at_us: u64,
    /// Until when, where it lasted.
    pub until_us: Option<u64>,
    /// `fault`, `tier`, `reconnect`, `warning`, `error`, `phase`.
    pub kind: String,
    /// Whose; `None` of the run as a whole.
    pub session: Option<u32>,
    /// In words; text of servers is cleaned.
    pub text: String,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// When, since its start.
    pub at_us: u64,
    /// Whether everything that was planned was done.
    pub complete: bool,
    /// Why not, and what else a reader should know.
    pub notes: Vec<String>,
}
