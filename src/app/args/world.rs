//! `seaglass world`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::choices::{AudioChoice, OutputFormat};
use super::reach::Reach;
use super::values::positive;
use crate::media::Tier;

/// `seaglass world`
#[derive(Clone, Debug, Subcommand)]
pub enum World {
    /// Make a world and leave it alive; tells how to walk in it and how to end it.
    New(Box<WorldNew>),
    /// Worlds of this key, newest first.
    List {
        /// How to reach the server.
        #[command(flatten)]
        reach: Reach,
        /// How to print.
        #[arg(short, long, default_value = "text")]
        output: OutputFormat,
    },
    /// One world.
    Show {
        /// Its id.
        id: String,
        /// How to reach the server.
        #[command(flatten)]
        reach: Reach,
        /// How to print.
        #[arg(short, long, default_value = "text")]
        output: OutputFormat,
    },
    /// Direct a world in words.
    Direct {
        /// Its id.
        id: String,
        /// What is to happen.
        #[arg(required = true)]
        text: Vec<String>,
        /// Id of the command: the server does it once, however often it is sent. A fresh one where none is given.
        #[arg(long = "id", value_name = "COMMAND")]
        command: Option<String>,
        /// How to reach the server.
        #[command(flatten)]
        reach: Reach,
        /// How to print.
        #[arg(short, long, default_value = "text")]
        output: OutputFormat,
    },
    /// Wander on in a world with a prompt.
    Wander {
        /// Its id.
        id: String,
        /// Where to.
        #[arg(required = true)]
        prompt: Vec<String>,
        /// Id of the command: the server does it once, however often it is sent. A fresh one where none is given.
        #[arg(long = "id", value_name = "COMMAND")]
        command: Option<String>,
        /// How to reach the server.
        #[command(flatten)]
        reach: Reach,
        /// How to print.
        #[arg(short, long, default_value = "text")]
        output: OutputFormat,
    },
    /// End worlds.
    End {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<String>,
        /// How to reach the server.
        #[command(flatten)]
        reach: Reach,
        /// How to print.
        #[arg(short, long, default_value = "text")]
        output: OutputFormat,
    },
    /// End what a crash left behind, as the journal remembers it.
    Reap(WorldReap),
    /// What was used, what is set aside for open worlds, and what is left.
    Budget {
        /// Whose.
        #[command(flatten)]
        reach: Reach,
        /// How to print.
        #[arg(short, long, default_value = "text")]
        output: OutputFormat,
    },
}

/// `seaglass world new`
#[derive(Clone, Debug, Args)]
pub struct WorldNew {
    /// What the world is to be.
    pub prompt: Option<String>,
    /// How to reach the server.
    #[command(flatten)]
    pub reach: Reach,
    /// A world by name instead of a generated one: `calibration`.
    #[arg(long, value_name = "NAME")]
    pub world: Option<String>,
    /// Same prompt and seed, same world.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Quality tier: draft, standard or high.
    #[arg(long, value_name = "TIER")]
    pub tier: Option<Tier>,
    /// Sound: opus, pcm, or off.
    #[arg(long)]
    pub audio: Option<AudioChoice>,
    /// Longest session, as in `10m`.
    #[arg(long, value_name = "DURATION", value_parser = positive)]
    pub limit: Option<Duration>,
    /// Longest time without a command, as in `2m`.
    #[arg(long, value_name = "DURATION", value_parser = positive)]
    pub idle: Option<Duration>,
    /// How long it outlives a stream that is lost, and waits for the first.
    #[arg(long, value_name = "DURATION", value_parser = positive, default_value = "5m")]
    pub grace: Duration,
    /// Steps to act out on it, from a scenario file.
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Show what would be sent, what is wrong with it and what it may cost; send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Leave what an earlier run left behind.
    #[arg(long)]
    pub no_reap: bool,
    /// How to print.
    #[arg(short, long, default_value = "text")]
    pub output: OutputFormat,
}

/// `seaglass world reap`
#[derive(Clone, Debug, Args)]
pub struct WorldReap {
    /// How to reach the server; those of the profiles are looked after, too.
    #[command(flatten)]
    pub reach: Reach,
    /// Also worlds that were left alive on purpose.
    #[arg(long)]
    pub all: bool,
    /// Only show what would be ended.
    #[arg(long, conflicts_with = "forget")]
    pub dry_run: bool,
    /// Give up what cannot be ended, as its server is gone for good.
    #[arg(long)]
    pub forget: bool,
    /// How to print.
    #[arg(short, long, default_value = "text")]
    pub output: OutputFormat,
}
