//! `seaglass doctor` and `seaglass auth`

use clap::{Args, Subcommand};

use super::choices::OutputFormat;
use super::reach::Reach;

/// `seaglass doctor`
#[derive(Clone, Debug, Args)]
pub struct Doctor {
    /// How to reach the server that is to be checked.
    #[command(flatten)]
    pub reach: Reach,
    /// How to print.
    #[arg(short, long, default_value = "text")]
    pub output: OutputFormat,
}

/// `seaglass auth`
#[derive(Clone, Debug, Subcommand)]
pub enum Auth {
    /// Keep a key for the server's origin: read from --api-key-file, else typed without an echo, else from stdin.
    Login {
        /// Which server.
        #[command(flatten)]
        reach: Reach,
    },
    /// Say where the key for a server comes from; never the key.
    Status {
        /// Which server.
        #[command(flatten)]
        reach: Reach,
    },
    /// Forget the key of the server's origin.
    Logout {
        /// Which server.
        #[command(flatten)]
        reach: Reach,
    },
}
