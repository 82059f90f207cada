//! What this process has used, by `/proc` (Linux).

use std::time::Duration;

/// CPU time of the whole process so far, user and system, to the system's clock tick.
pub fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<u64>().unwrap();
    // USER_HZ is 100 on every Linux of today (proc(5)).
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// Bytes of memory that are resident.
pub fn memory() -> u64 {
    status("VmRSS:") * 1024
}

/// Threads.
pub fn threads() -> u64 {
    status("Threads:")
}

/// Open sockets.
pub fn sockets() -> u64 {
    let files = std::fs::read_dir("/proc/self/fd").unwrap();
    files
        .filter(|file| {
            std::fs::read_link(file.as_ref().unwrap().path()).is_ok_and(|to| to.to_string_lossy().starts_with("socket:"))
        })
        .count() as u64
}

fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
