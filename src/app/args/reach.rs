//! How to reach a world server, and how its stream behaves.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use url::Url;

use super::values::{Bound, bound, duration};

/// How to reach a world server.
#[derive(Clone, Debug, Default, Args)]
pub struct Reach {
    /// World server to use. Without it `explore` and `bench run` start one of their own on loopback.
    #[arg(long, value_name = "URL", env = "SEAGLASS_SERVER")]
    pub server: Option<Url>,
    /// Profile of the settings: who pays, and where.
    #[arg(long, value_name = "NAME", env = "SEAGLASS_PROFILE")]
    pub profile: Option<String>,
    /// File that holds the API key; `-` reads it from stdin. Else SEAGLASS_API_KEY, else the key that `auth login` kept for that server.
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// Header that carries the key, where it is not `Authorization: Bearer`.
    #[arg(long, value_name = "NAME")]
    pub auth_header: Option<String>,
    /// Send the key over plain http or ws to a host that is not this machine.
    #[arg(long)]
    pub allow_plaintext_key: bool,
    /// Certificates (PEM) to trust beside those of the public web: an authority's, or the server's own.
    #[arg(long, value_name = "FILE", env = "SEAGLASS_CA_FILE")]
    pub ca_file: Option<PathBuf>,
}

/// How a stream is opened, kept and ended.
#[derive(Clone, Debug, Default, Args)]
pub struct Streaming {
    /// Which way the stream takes. `auto` takes Server-Sent Events where something on the way blocks WebSockets.
    #[arg(long, value_name = "WAY", default_value = "auto")]
    pub transport: TransportChoice,
    /// How long to try again when the stream is lost, as in `1m`; `0s` gives up at once.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "30s")]
    pub reconnect: Duration,
    /// Longest session, as in `20m`, or `none`. Else that of the settings; else an hour on a server that is not our own.
    #[arg(long, value_name = "DURATION", value_parser = bound)]
    pub limit: Option<Bound>,
    /// Longest time without a command, as in `2m`, or `none`. Else that of the settings; else five minutes in a window on a server
    /// that is not our own.
    #[arg(long, value_name = "DURATION", value_parser = bound)]
    pub idle: Option<Bound>,
}

/// Which way a stream takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TransportChoice {
    /// WebSocket, or else Server-Sent Events.
    #[default]
    Auto,
    /// WebSocket alone.
    Ws,
    /// Server-Sent Events, and POST for what goes up.
    Sse,
}
