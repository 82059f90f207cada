//! Whether the system lets this process have as many connections as a plan wants, and asking it for them.

use crate::app::errors::{Exit, Failure};

/// What the program itself has open, with room for the exchanges that begin and end sessions.
const ASIDE: u64 = 512;

/// Open files that so many sessions at once need: each has its stream, and an exchange of its own at times.
#[must_use]
pub const fn needed(sessions: u32) -> u64 {
    sessions as u64 * 2 + ASIDE
}

/// Makes room for so many open files.
#[cfg(unix)]
pub fn make_room(needed: u64) -> Result<(), Failure> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let enough = |most: Option<u64>| most.is_none_or(|most| most >= needed);
    if enough(limit.current) {
        return Ok(());
    }
    let refused = |why: String| {
        let what = format!("{needed} open files are needed, and the system allows fewer");
        let fix =
            format!("raise the limit of the shell (ulimit -n {needed}, or LimitNOFILE), or spread the run by --shard I/N");
        Failure::new("plan", Exit::Usage, what, why, fix)
    };
    if !enough(limit.maximum) {
        return Err(refused(format!("the hard limit of this process is {}", limit.maximum.unwrap_or_default())));
    }
    limit.current = Some(needed);
    setrlimit(Resource::Nofile, limit).map_err(|error| refused(error.to_string()))
}

/// Elsewhere sockets are not counted among files.
#[cfg(not(unix))]
pub fn make_room(_: u64) -> Result<(), Failure> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_will_never_allow_is_said_with_what_to_do() {
        use rustix::process::{Resource, getrlimit};
        make_room(needed(1)).unwrap();
        let Some(most) = getrlimit(Resource::Nofile).maximum else { return };
        let failure = make_room(most + 1).unwrap_err();
        assert!(failure.fix.contains("ulimit -n"), "{failure}");
    }
}
