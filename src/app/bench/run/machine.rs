//! What this process uses of the machine, and what the machine is.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use sysinfo::{CpuRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System};

/// The one process that is looked at: this one.
#[derive(Debug)]
pub struct Machine {
    system: System,
    own: Option<Pid>,
}

impl Machine {
    /// Looks at nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { system: System::new(), own: sysinfo::get_current_pid().ok() }
    }

    /// CPU time since the process began, and resident memory in bytes; `None` where the system does not tell.
    pub fn used(&mut self) -> Option<(Duration, u64)> {
        let own = self.own?;
        let wanted = ProcessRefreshKind::nothing().with_cpu().with_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, wanted);
        let process = self.system.process(own)?;
        Some((Duration::from_millis(process.accumulated_cpu_time()), process.memory()))
    }
}

/// Memory that can still be had, in bytes; 0: the system does not tell.
#[must_use]
pub fn available_memory() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    system.available_memory()
}

/// What may differ between runs and is worth knowing, of this program and this machine.
#[must_use]
pub fn environment() -> BTreeMap<String, Value> {
    let system = System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()));
    let cpu = system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()).filter(|brand| !brand.is_empty());
    let cores = std::thread::available_parallelism().ok().map(std::num::NonZero::get);
    BTreeMap::from(
        [
            ("version", json!(env!("CARGO_PKG_VERSION"))),
            // Told by whoever builds a release; a checkout of its own needs no word of it.
            ("commit", json!(option_env!("SEAGLASS_COMMIT"))),
            ("system", json!(System::long_os_version())),
            ("arch", json!(System::cpu_arch())),
            ("cpu", json!(cpu)),
            ("cores", json!(cores)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen_to_use_memory() {
        let mut machine = Machine::new();
        let (_, memory) = machine.used().expect("the system tells");
        assert!(memory > 1024 * 1024, "{memory}");
        assert!(environment()["cores"].as_u64().is_some_and(|cores| cores > 0));
    }
}
