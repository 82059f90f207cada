//! `seaglass job` in a folder of a test's own: its books, its settings, its key.
#![allow(dead_code, clippy::unwrap_used, reason = "every test binary uses a part of it")]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support;

/// A folder of a test's own, with a key in it.
pub struct Desk(tempfile::TempDir);

impl Desk {
    /// With a key in the file `key`.
    pub fn with_key(key: &str) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        std::fs::write(desk.path("key"), format!("{key}\n")).unwrap();
        desk
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `seaglass job …` in that folder, with books of its own.
    pub fn job(&self, words: &[&str]) -> Command {
        let mut command = support::seaglass();
        command.arg("job").args(words).current_dir(self.0.path());
        command.env("SEAGLASS_BOOKS", self.path("books.sqlite")).env("XDG_CONFIG_HOME", self.path("config"));
        command
    }

    /// Runs that to its end.
    pub fn run(&self, words: &[&str]) -> Output {
        support::run(&mut self.job(words))
    }
}

/// Everything that was printed.
pub fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The exit status.
pub fn status(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{}", said(output)))
}

/// The object on stdout.
pub fn object(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(output)))
}
