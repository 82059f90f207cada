//! The server that a benchmark starts where none is named: a child process of the same program, so that its work is not counted as the
//! client's, with a key that nobody else knows. It ends with this process on every way out, as its standard input does.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use secrecy::SecretString;

use crate::app::errors::{Exit, Failure};
use crate::app::scenario::Fleet;

/// How long it may take to listen.
const START: Duration = Duration::from_secs(20);

/// How long it may take to end, before it is made to.
const FAREWELL: Duration = Duration::from_secs(5);

/// How often its end is looked for.
const GLANCE: Duration = Duration::from_millis(10);

/// Sessions above which worlds are shared where nobody says: each of its own takes most of a core.
const SHARED_FROM: u32 = 5;

/// A server of our own.
#[derive(Debug)]
pub struct Own {
    /// Where it listens.
    pub url: String,
    /// Its key.
    pub key: SecretString,
    child: Child,
    /// While this stands open, it serves.
    input: Option<ChildStdin>,
}

/// Whether worlds are shared, for so many sessions at once.
#[must_use]
pub fn shares(fleet: Fleet, peak: u32) -> bool {
    fleet.shared_world.unwrap_or(peak >= SHARED_FROM)
}

impl Own {
    /// Starts it, and waits until it listens.
    pub fn start(fleet: Fleet, peak: u32) -> Result<Self, Failure> {
        let failed = |why: &dyn std::fmt::Display| {
            let fix = "name a server: --server URL (`seaglass serve` runs one)";
            Failure::new("session", Exit::Session, "a world server of our own does not start", why, fix)
        };
        let program = std::env::current_exe().map_err(|error| failed(&error))?;
        let secret = format!("{}{}", uuid::Uuid::now_v7().simple(), uuid::Uuid::now_v7().simple());
        // Who goes may still be there when who follows comes.
        let most = fleet.max_worlds.unwrap_or_else(|| peak.saturating_mul(2).saturating_add(16));
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--admin", "--until-eof", "--max-worlds", &most.to_string()]);
        if shares(fleet, peak) {
            command.arg("--shared-world");
        }
        command.env("SEAGLASS_SERVE_KEY", &secret).stdin(Stdio::piped()).stdout(Stdio::piped());
        apart(&mut command);
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let mut own = Self { url: String::new(), key: SecretString::from(secret), child, input };
        let (tell, heard) = sync_channel(1);
        let read = move || {
            let mut line = String::new();
            let read = output.map(|output| BufReader::new(output).read_line(&mut line));
            let _ = tell.send(read.map(|read| read.map(|_| line)));
        };
        std::thread::Builder::new().name("seaglass-own".to_owned()).spawn(read).map_err(|error| failed(&error))?;
        let line = match heard.recv_timeout(START) {
            Ok(Some(Ok(line))) => line,
            Ok(Some(Err(error))) => return Err(failed(&error)),
            Ok(None) | Err(_) => return Err(failed(&format!("it did not listen within {START:?}"))),
        };
        match line.trim().strip_prefix("listening on ") {
            Some(url) => own.url = url.to_owned(),
            None => return Err(failed(&"it ended before it listened; its own words stand above")),
        }
        Ok(own)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.input.take());
        for _ in 0..FAREWELL.as_millis() / GLANCE.as_millis() {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(GLANCE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In a group of its own: Ctrl-C is for the benchmark, which ends its worlds before their server goes.
fn apart(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}
