//! `seaglass serve`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `seaglass serve`
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8787", value_name = "ADDRESS")]
    pub listen: std::net::SocketAddr,
    /// File with the key that clients must send; `-` reads it from stdin. Else SEAGLASS_SERVE_KEY; else no key is asked.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Most worlds at once: 4 unless said, 10000 where they are shared.
    #[arg(long, value_name = "N")]
    pub max_worlds: Option<usize>,
    /// Show worlds that are asked for alike as one, rendered and encoded once for all their streams: for load tests.
    #[arg(long)]
    pub shared_world: bool,
    /// Speak TLS with this certificate: a PEM file, the server's own first and its issuers after it.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key: a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Speak TLS with a certificate of the server's own making, for localhost and the address that it listens on.
    #[arg(long, conflicts_with = "tls_cert")]
    pub tls_self_signed: bool,
    /// Write the authority of that certificate to a PEM file, for clients to trust.
    #[arg(long, value_name = "FILE", requires = "tls_self_signed")]
    pub tls_ca_out: Option<PathBuf>,
    /// What is to go wrong, and when: a fault script (docs/faults.md).
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Let programs on this machine change the faults while the server runs, at /admin/faults.
    #[arg(long)]
    pub admin: bool,
    /// Be the three services of `seaglass job` too, as their documents have them: to test a client without paying (docs/providers.md).
    #[arg(long)]
    pub providers: bool,
    /// Accounts, prices, times, limits and faults of the providers: a TOML file (docs/providers.md).
    #[arg(long, value_name = "FILE", requires = "providers")]
    pub providers_config: Option<PathBuf>,
    /// The providers' time: the machine's, or one that moves only by POST /admin/providers/clock.
    #[arg(long, value_enum, value_name = "CLOCK", requires = "providers")]
    pub providers_clock: Option<ProvidersClock>,
    /// Where the providers take uploads and hand out files: another origin. Else a free port beside the server's.
    #[arg(long, value_name = "ADDRESS", requires = "providers")]
    pub files_listen: Option<std::net::SocketAddr>,
    /// Serve until standard input ends: a server that is started by a program and goes with it, whatever way that goes.
    #[arg(long)]
    pub until_eof: bool,
    /// Do one thing wrong on purpose, so that `seaglass check` can be seen to fail.
    #[arg(long, value_name = "NAME", hide = true)]
    pub defect: Vec<String>,
}

/// How time passes for the providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProvidersClock {
    /// As on the machine.
    Real,
    /// When it is told to.
    Virtual,
}
