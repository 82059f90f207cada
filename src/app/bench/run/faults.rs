//! Faults on purpose while a benchmark runs: set over the admin path of a reference server, marked in the report, and taken away
//! afterwards.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use crate::app::errors::{Exit, Failure};
use crate::app::scenario::{Fault, Faults};
use crate::measure::Collector;
use crate::media::Monotonic;
use crate::net::{Http, NetError, Origin, RawRequest, Trust};

/// Longest time of one exchange.
const PATIENCE: Duration = Duration::from_secs(5);

/// An answer is no longer than this.
const MOST: usize = 256 * 1024;

/// Marks of one entry at most: one that opens each 5 ms would fill a report with nothing else.
const MOST_MARKS: usize = 100;

/// The way to a server's faults.
#[derive(Debug)]
pub struct Admin {
    http: Http,
    origin: Origin,
    /// Name and value of the header that carries the key.
    credential: Option<(String, SecretString)>,
}

impl Admin {
    /// Of a server.
    pub fn new(origin: Origin, trust: Trust, key: Option<(Option<String>, SecretString)>) -> Result<Self, NetError> {
        let credential = key.map(|(header, key)| match header {
            Some(name) => (name, key),
            None => ("authorization".to_owned(), SecretString::from(format!("Bearer {}", key.expose_secret()))),
        });
        Ok(Self { http: Http::new(trust, PATIENCE, PATIENCE)?, origin, credential })
    }

    /// Whether the server lets this program set faults.
    pub async fn check(&self) -> Result<(), Failure> {
        match self.ask("GET", None).await {
            Ok((200, _)) => Ok(()),
            Ok((status, _)) => Err(refused(&format!("GET /admin/faults was answered with HTTP {status}"))),
            Err(error) => Err(refused(&error)),
        }
    }

    /// Sets the script: its times count from now.
    pub async fn set(&self, faults: &Faults) -> Result<(), Failure> {
        match self.ask("PUT", Some(faults.json.clone())).await {
            Ok((200, _)) => Ok(()),
            Ok((status, body)) => Err(refused(&format!("PUT was answered with HTTP {status}: {body}"))),
            Err(error) => Err(refused(&error)),
        }
    }

    /// Takes it away; a server that is gone has none.
    pub async fn clear(&self) {
        let _ = self.ask("DELETE", None).await;
    }

    async fn ask(&self, method: &'static str, body: Option<String>) -> Result<(u16, String), NetError> {
        let url = self.origin.join(["admin", "faults"]);
        let mut headers: Vec<(String, String)> = Vec::new();
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        headers.extend(self.credential.iter().map(|(name, key)| (name.clone(), key.expose_secret().to_owned())));
        let request = RawRequest { method, url, headers, body: body.map(Into::into), timeout: PATIENCE };
        let answer = self.http.raw(request).await?;
        let status = answer.status;
        let body = answer.body(MOST).await?;
        Ok((status, crate::session::clean(&String::from_utf8_lossy(&body), 500)))
    }
}

/// Why the faults of a scenario cannot be had.
pub fn refused(why: &dyn std::fmt::Display) -> Failure {
    let what = "the faults of the scenario cannot be set on this server";
    let fix =
        "run it on a server that was started by `seaglass serve --admin` on this machine, or name none: one is started";
    Failure::new("faults", Exit::Usage, what, why, fix)
}

/// Marks every opening of every entry that falls within the run.
pub fn mark(collector: &Collector, faults: &Faults, set: Monotonic, length: Duration) {
    for fault in &faults.entries {
        for (from, to) in openings(fault, length) {
            let name = fault.kind.replace('_', " ");
            collector.mark(set + from, to.map(|to| set + to), "fault", None, &name);
        }
    }
}

/// When it opens, and when it closes again; a strike closes at once.
fn openings(fault: &Fault, length: Duration) -> Vec<(Duration, Option<Duration>)> {
    let most = fault.times.map_or(MOST_MARKS, |times| usize::try_from(times).unwrap_or(MOST_MARKS).min(MOST_MARKS));
    let count = if fault.every.is_some() { most } else { 1 };
    (0..count as u32)
        .map(|count| fault.at + fault.every.unwrap_or_default() * count)
        .take_while(|from| *from < length)
        .map(|from| {
            let open = fault.holds.then(|| fault.lasts.map_or(length, |lasts| (from + lasts).min(length)));
            (from, open.or(fault.lasts.map(|lasts| (from + lasts).min(length))))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn fault(holds: bool) -> Fault {
        Fault { kind: "stall".into(), at: S * 2, lasts: None, every: None, times: None, holds }
    }

    #[test]
    fn a_fault_is_marked_at_each_of_its_openings_within_the_run() {
        assert_eq!(openings(&fault(false), S * 9), [(S * 2, None)]);
        assert_eq!(openings(&fault(true), S * 9), [(S * 2, Some(S * 9))]);
        let again = Fault { lasts: Some(S), every: Some(S * 3), ..fault(true) };
        assert_eq!(openings(&again, S * 9), [(S * 2, Some(S * 3)), (S * 5, Some(S * 6)), (S * 8, Some(S * 9))]);
        assert_eq!(openings(&Fault { times: Some(1), ..again }, S * 9).len(), 1);
        assert!(openings(&fault(true), S * 2).is_empty());
    }
}
