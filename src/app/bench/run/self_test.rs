//! What this program itself adds to what it measures: the same load for a few seconds against a server of its own, with a probe beside
//! it that asks how long a task that is ready waits until it runs. What is measured here is the program, this machine and that server
//! together, so it is an upper bound.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use super::plan::Plan;
use super::profile::counted;
use super::progress::Progress;
use super::runner::{Setting, run};
use crate::app::errors::{Exit, Failure};
use crate::app::signals::Stop;
use crate::client::SessionManager;
use crate::clock::Clock;
use crate::measure::{Metric, Report, Run, Summary};
use crate::media::Monotonic;
use crate::wire::CreateWorld;

/// How long it takes at most.
pub const LONGEST: Duration = Duration::from_secs(5);

/// From one question of the probe to the next.
const PROBE: Duration = Duration::from_millis(5);

/// Questions on their way; more are left out, as whoever waits so long is counted already.
const WAITING: usize = 64;

/// What arrives is stamped by a task: it may have been ready before it ran.
const BY_ARRIVAL: [Metric; 13] = [
    Metric::Create,
    Metric::Connect,
    Metric::Ready,
    Metric::Ttff,
    Metric::Ttfa,
    Metric::FrameInterval,
    Metric::Jitter,
    Metric::Lateness,
    Metric::Reconnect,
    Metric::Close,
    Metric::Rtt,
    Metric::Network,
    Metric::CmdToFrameUncorrected,
];

/// What begins with a command begins when it was due, and it leaves a little later.
const BY_COMMAND: [Metric; 4] = [Metric::CmdToAck, Metric::CmdToFrame, Metric::CmdToPresent, Metric::CmdToPixels];

/// What a self-test found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overhead {
    /// By metric, in milliseconds.
    pub by_metric: BTreeMap<Metric, f64>,
    /// In words.
    pub note: String,
}

/// Measures it.
pub async fn measure(
    manager: SessionManager,
    request: CreateWorld,
    plan: &Plan,
    clock: Clock,
    stop: &Stop,
) -> Result<Overhead, Failure> {
    let small = plan.in_small(LONGEST);
    let probe = Probe::start(clock)?;
    let ran = run(Setting {
        manager,
        request,
        plan: &small,
        run: Run::default(),
        abort_on_fail: false,
        clock,
        stop,
        admin: None,
        progress: Progress::none(),
        live: None,
        price: None,
    })
    .await?;
    let waits = probe.finish().await;
    if ran.signal.is_none()
        && let Some((code, why)) = ran.failed
    {
        let what = "the self-test failed";
        let fix = "run fewer sessions at once: this machine does not carry so many";
        return Err(Failure::new("session", Exit::Session, what, format!("{code}: {why}"), fix));
    }
    let report = Report::of(&ran.recording, &[]);
    let lag = report.metric(Metric::SendLag).and_then(high);
    Ok(overhead(small.peak(), waits, lag))
}

/// The highest percentile that there are samples for.
fn high(summary: &Summary) -> Option<f64> {
    summary.p99.or(summary.max)
}

fn overhead(sessions: u32, mut waits: Vec<Duration>, lag: Option<f64>) -> Overhead {
    waits.sort_unstable();
    // The nearest rank (Hyndman and Fan 1996, definition 1); of few, the last.
    let rank = (waits.len() as f64 * 0.99).ceil() as usize;
    let wait = waits.get(rank.saturating_sub(1)).map_or(0.0, |wait| wait.as_secs_f64() * 1e3);
    let mut by_metric: BTreeMap<Metric, f64> = BY_ARRIVAL.into_iter().map(|metric| (metric, wait)).collect();
    if let Some(lag) = lag {
        by_metric.insert(Metric::SendLag, lag);
        by_metric.extend(BY_COMMAND.into_iter().map(|metric| (metric, wait + lag)));
    }
    let lag = lag.map_or_else(|| "no commands".to_owned(), |lag| format!("commands left {lag:.3} ms late"));
    let note = format!(
        "self-test with {}: {lag}, and tasks that were ready waited {wait:.3} ms (99th percentiles, {} questions)",
        counted(sessions),
        waits.len()
    );
    Overhead { by_metric, note }
}

/// A thread that keeps the time, and a task that it wakes.
struct Probe {
    over: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Vec<Duration>>,
}

impl Probe {
    fn start(clock: Clock) -> Result<Self, Failure> {
        let over = Arc::new(AtomicBool::new(false));
        let (ask, mut asked) = mpsc::channel::<Monotonic>(WAITING);
        let task = tokio::spawn(async move {
            let mut waits = Vec::new();
            while let Some(moment) = asked.recv().await {
                waits.push(clock.now().since(moment));
            }
            waits
        });
        let stop = Arc::clone(&over);
        let work = move || {
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(PROBE);
                let _ = ask.try_send(clock.now());
            }
        };
        std::thread::Builder::new().name("seaglass-probe".to_owned()).spawn(work).map_err(|error| {
            Failure::new("unexpected", Exit::Unexpected, "no thread can be started", error, "close other programs")
        })?;
        Ok(Self { over, task })
    }

    async fn finish(self) -> Vec<Duration> {
        self.over.store(true, Ordering::Relaxed);
        self.task.await.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_carry_their_lag_and_what_arrives_carries_the_wait() {
        let waits = (1..=1000).map(|count| Duration::from_micros(count * 10)).collect();
        let found = overhead(8, waits, Some(0.25));
        assert_eq!(found.by_metric[&Metric::FrameInterval], 9.9);
        assert_eq!(found.by_metric[&Metric::SendLag], 0.25);
        assert_eq!(found.by_metric[&Metric::CmdToFrame], 10.15);
        assert!(found.note.contains("8 sessions"), "{}", found.note);
    }

    #[test]
    fn without_commands_nothing_is_said_of_them() {
        let found = overhead(1, Vec::new(), None);
        assert!(!found.by_metric.contains_key(&Metric::CmdToFrame));
    }
}
