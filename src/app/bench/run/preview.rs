//! What a run will take, told before anything is created: worlds, seconds, credits, memory, connections. A run that a budget does not
//! allow is refused here.

use std::fmt;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use serde_json::{Value, json};

use super::plan::Plan;
use super::session::LONGER;
use crate::app::errors::{Exit, Failure};
use crate::books::{Balance, Unit};

/// Memory of the program itself, before its first session.
const PER_PROCESS: u64 = 32 * 1024 * 1024;

/// Memory of a session without a player: its driver, socket, buffers and meter. 41 KiB were measured for each of 1,000 sessions at 24
/// frames a second; here with room above.
const PER_SESSION: u64 = 64 * 1024;

/// Memory of a decoded one: decoders, pictures, a player.
const PER_DECODED: u64 = 80 * 1024 * 1024;

/// What a run takes at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// Where, for people.
    pub server: String,
    /// Worlds in all, and at once.
    pub worlds: (usize, u32),
    /// World seconds as planned, and as the worlds may live at most.
    pub seconds: (f64, f64),
    /// What the most of them costs; `None`: no price is known.
    pub credits: Option<f64>,
    /// What a second costs, in credits, where a price is known.
    pub price: Option<f64>,
    /// Commands that are due.
    pub commands: u64,
    /// Bytes of memory.
    pub memory: u64,
    /// Open files.
    pub descriptors: u64,
    /// What the run does, in a line.
    pub doing: String,
}

impl Preview {
    /// Of a plan on a server where a second costs so much.
    #[must_use]
    pub fn of(plan: &Plan, server: String, price: Option<f64>) -> Self {
        let (worlds, peak) = (plan.lives.len(), plan.peak());
        let seconds = plan.world_time().as_secs_f64();
        let most = seconds + worlds as f64 * LONGER.as_secs_f64();
        let decoded = u64::from(plan.decoded());
        let (from, to) = plan.window;
        let doing = format!(
            "{}, {} for {}; measured from {} to {}; decoded: {}",
            plan.name,
            plan.shape.profile.name(),
            told(plan.length),
            told(from),
            told(to),
            plan.decode
        );
        Self {
            server,
            worlds: (worlds, peak),
            seconds: (seconds, most),
            credits: price.map(|price| price * most),
            price,
            commands: plan.commands(),
            memory: PER_PROCESS + u64::from(peak) * PER_SESSION + decoded * PER_DECODED,
            descriptors: super::descriptors::needed(peak),
            doing,
        }
    }

    /// Refuses what a budget does not allow. Nothing was sent.
    pub fn afford(&self, balances: &[Balance]) -> Result<(), Failure> {
        for balance in balances {
            for (unit, asked, word) in [(Unit::Seconds, Some(self.seconds.1), "s"), (Unit::Credits, self.credits, "credits")]
            {
                let (Some(left), Some(asked)) = (balance.left(unit), asked) else { continue };
                if asked > left {
                    let what = "a budget does not allow this run; nothing was created";
                    let why = format!(
                        "{} worlds may use {asked:.1} {word}, and {left:.1} are left for {:?} and {:?}",
                        self.worlds.0, balance.scope, balance.period
                    )
                    .to_lowercase();
                    let fix = "run fewer sessions or a shorter time, wait for the next day or month, or raise the budget";
                    return Err(Failure::new("budget", Exit::Budget, what, why, fix));
                }
            }
        }
        Ok(())
    }

    /// Refuses what does not fit into memory.
    pub fn fit(&self, available: u64) -> Result<(), Failure> {
        if available > 0 && self.memory > available {
            let what = format!("the run needs about {} MiB of memory", self.memory >> 20);
            let why = format!("the system can give {} MiB", available >> 20);
            let fix = "run fewer sessions, decode fewer of them, or spread the run over machines by --shard I/N";
            return Err(Failure::new("plan", Exit::Usage, what, why, fix));
        }
        Ok(())
    }

    /// Asks whether to go on, where that costs somebody something.
    pub fn consent(&self, yes: bool) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        let refused = |why: &str| {
            let what = "nothing was created";
            Failure::new(
                "usage",
                Exit::Usage,
                what,
                why,
                "say --yes to run without being asked, or --dry-run to see the plan",
            )
        };
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Err(refused("the server is somebody else's, so the run may cost; nobody is there to be asked"));
        }
        eprint!("go on? [y/N] ");
        let _ = std::io::stderr().flush();
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        if !answer.ends_with('\n') {
            // Nobody ended the line of the question.
            eprintln!();
        }
        match read {
            Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
            _ => Err(refused("the answer was not yes")),
        }
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "server": self.server,
            "doing": self.doing,
            "worlds": self.worlds.0,
            "worlds_at_once": self.worlds.1,
            "commands": self.commands,
            "world_seconds": self.seconds.0,
            "world_seconds_at_most": self.seconds.1,
            "credits_at_most": self.credits,
            "memory_bytes": self.memory,
            "open_files": self.descriptors,
        })
    }
}

/// A time, for people.
#[must_use]
pub fn told(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (worlds, peak) = self.worlds;
        let (seconds, most) = self.seconds;
        writeln!(f, "{}", self.doing)?;
        let of = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let (worlds, commands) = (of(worlds as u64, "world"), of(self.commands, "command"));
        writeln!(f, "on {}: {worlds}, {peak} at once; {commands}", self.server)?;
        write!(f, "{seconds:.0} world seconds, {most:.0} at most")?;
        match self.credits {
            Some(0.0) => writeln!(f, "; they cost nothing")?,
            Some(credits) => writeln!(f, ": {credits:.1} credits at most")?,
            None => writeln!(f, "; what a second costs is not known here")?,
        }
        write!(f, "needs about {} MiB of memory and {} open files", self.memory >> 20, self.descriptors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::{Amount, Limit, Period, Scope};

    fn preview() -> Preview {
        Preview {
            server: "https://worlds.example".into(),
            worlds: (10, 10),
            seconds: (100.0, 200.0),
            credits: Some(20.0),
            price: Some(0.1),
            commands: 5,
            memory: 1 << 30,
            descriptors: 600,
            doing: "it".into(),
        }
    }

    fn balance(seconds: Option<f64>, credits: Option<f64>, used: f64) -> Balance {
        let used = Amount { seconds: used, credits: used };
        Balance { scope: Scope::User, period: Period::Day, limit: Limit { seconds, credits }, used, reserved: Amount::ZERO }
    }

    /// HO-23: what the whole run may use is held against what is left.
    #[test]
    fn a_run_beyond_a_budget_is_refused_before_anything_is_created() {
        assert!(preview().afford(&[balance(None, None, 1e9)]).is_ok());
        assert!(preview().afford(&[balance(Some(250.0), Some(25.0), 1.0)]).is_ok());
        for short in [balance(Some(250.0), None, 60.0), balance(None, Some(15.0), 0.0)] {
            let failure = preview().afford(&[short]).unwrap_err();
            assert_eq!((failure.code, failure.exit), ("budget", Exit::Budget));
        }
    }

    #[test]
    fn a_run_that_does_not_fit_into_memory_is_refused() {
        assert!(preview().fit(2 << 30).is_ok() && preview().fit(0).is_ok());
        assert!(preview().fit(1 << 29).is_err());
    }
}
