//! A peer that is a program of its own: the real `neteq` crate, built apart so that this program does not carry what it depends on.
//! It is handed the trace as a file and prints its figures.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::lab::{Conditions, Trace};

/// Its name among the peers.
pub const NETEQ: &str = "neteq";
/// Where it is, when it does not lie beside this program.
pub const VARIABLE: &str = "SEAGLASS_NETEQ_PEER";

/// The program, where there is one.
#[must_use]
pub fn neteq() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    let beside = || std::env::current_exe().ok().map(|own| own.with_file_name("seaglass-neteq"));
    named.or_else(beside).filter(|path| path.is_file())
}

/// Its figures on a trace, or why there are none.
pub fn play(program: &Path, trace: &Trace, conditions: &Conditions, seed: u64) -> Result<Value, String> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let file = std::env::temp_dir().join(format!("seaglass-{}-{number}.csv", std::process::id()));
    std::fs::write(&file, trace.print()).map_err(|error| format!("{}: {error}", file.display()))?;
    let conditions = serde_json::to_string(conditions).map_err(|error| error.to_string());
    let output = conditions.and_then(|conditions| {
        let mut command = Command::new(program);
        command.arg("--trace").arg(&file).args(["--conditions", &conditions, "--seed", &seed.to_string()]);
        command.stdin(Stdio::null()).output().map_err(|error| error.to_string())
    });
    let _ = std::fs::remove_file(&file);
    let output = output?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.lines().next().unwrap_or("it failed without a word").chars().filter(|c| !c.is_control()).collect());
    }
    let mut figures: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("it printed no figures: {error}"))?;
    let Some(object) = figures.as_object_mut() else { return Err("it printed no object".into()) };
    // The file had a name of its own.
    object.insert("trace".into(), trace.name.clone().into());
    Ok(figures)
}
