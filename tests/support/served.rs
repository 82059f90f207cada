//! A reference server in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use super::seaglass;

/// Listens on a free port of loopback; killed when it goes.
pub struct Served {
    /// Its process.
    pub child: Child,
    /// Its origin.
    pub url: String,
}

impl Served {
    /// Starts one without a key.
    pub fn start(more: &[&str]) -> Self {
        Self::with_key(None, more)
    }

    /// Starts one that may want a key.
    pub fn with_key(key: Option<&str>, more: &[&str]) -> Self {
        let mut command = seaglass();
        // Its standard input is this process's: a test that is killed leaves no server.
        command.args(["serve", "--listen", "127.0.0.1:0", "--until-eof"]).args(more);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        if let Some(key) = key {
            command.env("SEAGLASS_SERVE_KEY", key);
        }
        let mut child = command.spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("first line: {line:?}")).to_owned();
        Self { child, url }
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        self.url.rsplit('/').next().expect("an origin")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
