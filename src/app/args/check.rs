//! `seaglass check`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use url::Url;

use super::reach::Reach;
use super::values::duration;

/// `seaglass check`
#[derive(Clone, Debug, Args)]
pub struct Check {
    /// Cases to play: groups, themes or single cases, as in `cmd`, `cmd/2` or `cmd/2/1`. All where none is named.
    #[arg(value_name = "IDS")]
    pub ids: Vec<String>,
    /// World server to check. Without it, a reference server that is started for it.
    #[arg(long, value_name = "URL")]
    pub target: Option<Url>,
    /// File that holds the API key; `-` reads it from stdin. Else SEAGLASS_API_KEY.
    #[arg(long, value_name = "FILE", requires = "target")]
    pub api_key_file: Option<PathBuf>,
    /// Header that carries the key, where it is not `Authorization: Bearer`.
    #[arg(long, value_name = "NAME", requires = "target")]
    pub auth_header: Option<String>,
    /// Send the key over plain http or ws to a host that is not this machine.
    #[arg(long, requires = "target")]
    pub allow_plaintext_key: bool,
    /// Certificates (PEM) to trust beside those of the public web: an authority's, or the server's own.
    #[arg(long, value_name = "FILE", env = "SEAGLASS_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// List the cases, with their levels, rows and sections, and play none.
    #[arg(long)]
    pub list: bool,
    /// As IDS; with commas between.
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Cases to leave out; with commas between.
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Let SHOULD cases count.
    #[arg(long)]
    pub strict: bool,
    /// Longest time of one case.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "25s")]
    pub timeout: Duration,
    /// Cases at a time.
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=64))]
    pub jobs: usize,
    /// Same seed, same garbage, names and keys.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How to report: text, json, jsonl or junit, each to stdout or as in junit:FILE; may be given several times.
    #[arg(short, long, value_name = "FORMAT[:FILE]", default_value = "text")]
    pub output: Vec<String>,
    /// Folder for the transcripts of cases that fail, without secrets.
    #[arg(long, value_name = "DIR")]
    pub transcripts: Option<PathBuf>,
    /// Say what the run would make at most, and stop.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask before worlds are made on another machine.
    #[arg(short, long)]
    pub yes: bool,
}

impl Check {
    /// How to reach the server that is checked.
    pub fn reach(&self) -> Reach {
        Reach {
            server: self.target.clone(),
            profile: None,
            api_key_file: self.api_key_file.clone(),
            auth_header: self.auth_header.clone(),
            allow_plaintext_key: self.allow_plaintext_key,
            ca_file: self.ca_file.clone(),
        }
    }
}
