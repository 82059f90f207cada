//! `seaglass job`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::choices::OutputFormat;
use super::clip::Wanted;
use super::values::positive;
use crate::jobs::{Backend, JobState, MediaKind};

/// `seaglass job`
#[derive(Clone, Debug, Subcommand)]
pub enum Job {
    /// Submit a job, once; with --wait also wait for its clip and download it.
    Submit(Box<JobSubmit>),
    /// Wait for jobs, also of other processes and machines, and download their clips.
    #[command(alias = "resume")]
    Wait(Box<JobWait>),
    /// Ask once how a job stands.
    #[command(visible_alias = "status")]
    Show {
        /// Its id, or its key in the journal.
        id: String,
        /// Where it is.
        #[command(flatten)]
        service: Service,
        /// How to print.
        #[arg(short, long, default_value = "text", help_heading = "Options")]
        output: OutputFormat,
    },
    /// Jobs of the journal, newest first. Asks no service.
    #[command(visible_alias = "ls")]
    List {
        /// How many at most.
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
        /// Only those that stand so: intent, running, ready, failed, refused, unknown.
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Option<JobState>,
        /// Only those of this service.
        #[arg(long, value_name = "NAME")]
        backend: Option<Backend>,
        /// How to print.
        #[arg(short, long, default_value = "text", help_heading = "Options")]
        output: OutputFormat,
    },
    /// Download the clip of a job that is ready.
    Download {
        /// Its id, or its key in the journal.
        id: String,
        /// Where to: a file, or a folder. Else ID.mp4 in the working folder.
        path: Option<PathBuf>,
        /// The same, as `submit` and `wait` say it.
        #[arg(long = "download", value_name = "PATH", conflicts_with = "path", hide = true)]
        to: Option<PathBuf>,
        /// Where the job is.
        #[command(flatten)]
        service: Service,
        /// How to print.
        #[arg(short, long, default_value = "text", help_heading = "Options")]
        output: OutputFormat,
    },
    /// Say what became of a job of which nobody knows whether its service has it (`unknown`): look on the service's own pages first.
    Settle(Box<JobSettle>),
    /// Say what a job would cost, and what that stands on. Sends nothing.
    Estimate(Box<JobEstimate>),
    /// Upload a file and print the key by which a submit names it.
    Upload {
        /// The file.
        file: PathBuf,
        /// What it counts as: image, video or audio. Else as its first bytes say.
        #[arg(long, value_name = "KIND", value_parser = kind)]
        kind: Option<MediaKind>,
        /// Where to.
        #[command(flatten)]
        service: Service,
        /// How to print.
        #[arg(short, long, default_value = "text", help_heading = "Options")]
        output: OutputFormat,
    },
    /// The balance and what the service says of its use, where it can be asked.
    #[command(alias = "balance")]
    Credits {
        /// Whose.
        #[command(flatten)]
        service: Service,
        /// How to print.
        #[arg(short, long, default_value = "text", help_heading = "Options")]
        output: OutputFormat,
    },
    /// The models and the ranges of their parameters, where the service can be asked.
    Models {
        /// Whose.
        #[command(flatten)]
        service: Service,
        /// How to print.
        #[arg(short, long, default_value = "text", help_heading = "Options")]
        output: OutputFormat,
    },
    /// Says that no job can be cancelled.
    #[command(hide = true, aliases = ["delete", "stop"])]
    Cancel {
        /// Whatever follows.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        _rest: Vec<String>,
    },
}

/// Which service, at which address, with which key.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Service")]
pub struct Service {
    /// Service: hh-lab, hh-app or hh-customer.
    #[arg(long, value_name = "NAME", env = "SEAGLASS_BACKEND")]
    pub backend: Option<Backend>,
    /// Its base URL; that of hh-lab ends in /v1. Else HH_LAB_BASE_URL, HH_APP_BASE_URL or HAPPYHORSE_BASE_URL, the settings, the
    /// documented one.
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// File that holds the API key; `-` reads it from stdin. Else the settings, HH_LAB_API_KEY, HH_APP_API_KEY or HAPPYHORSE_API_KEY,
    /// SEAGLASS_API_KEY where you named the address, what `auth login` keeps for that origin.
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// Profile of the settings: who pays.
    #[arg(long, value_name = "NAME", env = "SEAGLASS_PROFILE")]
    pub profile: Option<String>,
    /// Send the key over plain http to a host that is not this machine.
    #[arg(long)]
    pub allow_plaintext_key: bool,
    /// Certificates (PEM) to trust beside those of the public web.
    #[arg(long, value_name = "FILE", env = "SEAGLASS_CA_FILE")]
    pub ca_file: Option<PathBuf>,
}

/// `seaglass job submit`
#[derive(Clone, Debug, Args)]
pub struct JobSubmit {
    /// What is wanted.
    #[command(flatten)]
    pub wanted: Wanted,
    /// Where.
    #[command(flatten)]
    pub service: Service,
    /// Show the request, everything that is wrong with it and what it would cost; send nothing.
    #[arg(long, help_heading = "Options")]
    pub dry_run: bool,
    /// Wait for the clip, and download it.
    #[arg(long, help_heading = "Waiting")]
    pub wait: bool,
    /// How it is waited for, and what happens then.
    #[command(flatten)]
    pub ending: Ending,
    /// How to print.
    #[arg(short, long, default_value = "text", help_heading = "Options")]
    pub output: OutputFormat,
}

/// `seaglass job estimate`
#[derive(Clone, Debug, Args)]
pub struct JobEstimate {
    /// What is wanted.
    #[command(flatten)]
    pub wanted: Wanted,
    /// Where.
    #[command(flatten)]
    pub service: Service,
    /// How to print.
    #[arg(short, long, default_value = "text", help_heading = "Options")]
    pub output: OutputFormat,
}

/// `seaglass job wait`
#[derive(Clone, Debug, Args)]
pub struct JobWait {
    /// Their ids, or their keys in the journal.
    #[arg(required = true)]
    pub ids: Vec<String>,
    /// End with the first clip that can be had; the other jobs go on.
    #[arg(long, conflicts_with = "all")]
    pub any: bool,
    /// Wait for all of them. So it is where nothing is said.
    #[arg(long)]
    pub all: bool,
    /// How they are waited for, and what happens then.
    #[command(flatten)]
    pub ending: Ending,
    /// Where they are, where the journal does not know it.
    #[command(flatten)]
    pub service: Service,
    /// How to print.
    #[arg(short, long, default_value = "text", help_heading = "Options")]
    pub output: OutputFormat,
}

/// `seaglass job settle`
#[derive(Clone, Debug, Args)]
pub struct JobSettle {
    /// Its key in the journal, as `job list --state unknown` shows it.
    pub key: String,
    /// The service has it, under this id. The service is asked for it first, so that a slip of the pen ties it to no other job.
    #[arg(long, value_name = "ID", value_parser = id, required_unless_present = "never", conflicts_with = "never")]
    pub id: Option<String>,
    /// The service never took it on: what was set aside for it is free again. Asks nobody.
    #[arg(long)]
    pub never: bool,
    /// Believe the id, and ask nobody.
    #[arg(long, conflicts_with = "never")]
    pub no_check: bool,
    /// Where it is, where that is not as the journal says.
    #[command(flatten)]
    pub service: Service,
    /// How to print.
    #[arg(short, long, default_value = "text", help_heading = "Options")]
    pub output: OutputFormat,
}

/// How a job is waited for, and what becomes of its clip.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Waiting")]
pub struct Ending {
    /// Where the clip goes: a file, or a folder that is there. Else ID.mp4 in the working folder. Waits, too.
    #[arg(long, value_name = "PATH", conflicts_with = "no_download")]
    pub download: Option<PathBuf>,
    /// Leave the clip where it is. Its link may expire.
    #[arg(long)]
    pub no_download: bool,
    /// Play the clip when it is there. Waits, too.
    #[arg(long, conflicts_with = "no_download")]
    pub play: bool,
    /// How long to wait, as in `30m`; the job goes on afterwards. Else as long as the service's document says: 15 minutes.
    #[arg(long, value_name = "DURATION", value_parser = positive)]
    pub deadline: Option<Duration>,
}

impl Job {
    /// How it is to print.
    pub const fn output(&self) -> OutputFormat {
        match self {
            Self::Submit(args) => args.output,
            Self::Wait(args) => args.output,
            Self::Settle(args) => args.output,
            Self::Estimate(args) => args.output,
            Self::Show { output, .. }
            | Self::List { output, .. }
            | Self::Download { output, .. }
            | Self::Upload { output, .. }
            | Self::Credits { output, .. }
            | Self::Models { output, .. } => *output,
            Self::Cancel { .. } => OutputFormat::Text,
        }
    }
}

fn state(text: &str) -> Result<JobState, String> {
    let names: Vec<&str> = JobState::ALL.iter().map(|state| state.name()).collect();
    let found = JobState::ALL.into_iter().find(|state| state.name() == text);
    found.ok_or_else(|| format!("{text:?} is none of: {}", names.join(", ")))
}

fn id(text: &str) -> Result<String, String> {
    let id = text.trim();
    let fits = !id.is_empty() && !id.chars().any(|c| c.is_whitespace() || c.is_control());
    fits.then(|| id.to_owned()).ok_or_else(|| format!("{text:?} is no id: copy it as the service shows it"))
}

fn kind(text: &str) -> Result<MediaKind, String> {
    let found = [MediaKind::Image, MediaKind::Video, MediaKind::Audio].into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| format!("{text:?} is none of: image, video, audio"))
}
