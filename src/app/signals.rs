//! Interrupts: the first asks for a graceful end, in which a world is deleted and a wait for a job ends; the second ends at once.

#[cfg(unix)]
use std::io::IsTerminal;
use std::io::Write;
use std::sync::Arc;
#[cfg(unix)]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use super::errors::Exit;

/// How often a signal is looked for where nothing wakes whoever waits for it.
const LOOK: Duration = Duration::from_millis(50);
/// SIGHUP, number 1 on every Unix, in a mask of signals.
#[cfg(unix)]
const HANGUP: u64 = 1;

/// Shared by everything that has to end when a signal comes.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicU8>);

impl Stop {
    /// Listens for SIGINT, SIGTERM and SIGHUP on the given runtime, for a run that ends a world on its way out.
    #[must_use]
    pub fn on_signals(runtime: &tokio::runtime::Handle) -> Self {
        let first = Some("seaglass: ending; the world is being deleted (again to stop now)");
        Self::saying(runtime, first, "seaglass: ended at once; a world may be left open until its grace time ends it")
    }

    /// The same, with words of one's own: for the first signal, where something is to be said at once, and for the second.
    #[must_use]
    pub fn saying(runtime: &tokio::runtime::Handle, first: Option<&'static str>, second: &'static str) -> Self {
        let stop = Self::default();
        runtime.spawn(stop.clone().listen(first, second));
        stop
    }

    /// The same on a thread of its own, which also hears the second signal while the runtime of the run goes down. Where there can be
    /// no such thread a signal ends the run at once, as it does by itself.
    #[must_use]
    pub fn beside(first: &'static str, second: &'static str) -> Self {
        let stop = Self::default();
        let heard = stop.clone();
        let listening = move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                runtime.block_on(heard.listen(Some(first), second));
            }
        };
        // It ends with the process.
        drop(std::thread::Builder::new().name("seaglass-signals".to_owned()).spawn(listening));
        stop
    }

    async fn listen(self, first: Option<&'static str>, second: &'static str) {
        loop {
            let signal = next().await;
            if self.0.swap(signal as u8, Ordering::SeqCst) != 0 {
                say(second);
                std::process::exit(signal as i32);
            }
            if let Some(first) = first {
                say(first);
            }
        }
    }

    /// Returns when a signal has asked for the end.
    pub async fn wait(&self) -> Exit {
        loop {
            if let Some(exit) = self.asked() {
                return exit;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The signal that asked for the end, if one did.
    #[must_use]
    pub fn asked(&self) -> Option<Exit> {
        match self.0.load(Ordering::SeqCst) {
            0 => None,
            signal if signal == Exit::Terminated as u8 => Some(Exit::Terminated),
            signal if signal == Exit::HungUp as u8 => Some(Exit::HungUp),
            _ => Some(Exit::Interrupted),
        }
    }
}

/// Tells a note. A terminal that is gone takes none, and that is no reason to stop cleaning up.
fn say(note: &str) {
    _ = writeln!(std::io::stderr(), "{note}");
}

/// Waits for SIGINT, SIGTERM or SIGHUP, once: for what is dropped when one comes.
#[cfg(unix)]
pub async fn next() -> Exit {
    use tokio::signal::unix::{SignalKind, signal};
    // Without a handler a signal's default action stands, and there is nothing to wait for.
    let heard = |kind: SignalKind| async move {
        match signal(kind) {
            Ok(mut signal) => _ = signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    let hangup =
        async { if is_hangup_ignored() { std::future::pending().await } else { heard(SignalKind::hangup()).await } };
    tokio::select! {
        () = heard(SignalKind::terminate()) => Exit::Terminated,
        () = hangup => Exit::HungUp,
        _ = tokio::signal::ctrl_c() => Exit::Interrupted,
    }
}

/// Whether this process was started to outlive its terminal (`nohup`): then the terminal's going must stay without effect. Looked
/// at once, before a handler of ours stands there.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    static IGNORED: OnceLock<bool> = OnceLock::new();
    *IGNORED.get_or_init(|| match std::fs::read_to_string("/proc/self/status") {
        Ok(status) => {
            let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
            mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & HANGUP != 0)
        }
        // Where the system does not tell: what `nohup` starts has no terminal left.
        Err(_) => !(std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal()),
    })
}

/// Waits for an interrupt, once: for what is dropped when one comes.
#[cfg(not(unix))]
pub async fn next() -> Exit {
    let _ = tokio::signal::ctrl_c().await;
    Exit::Interrupted
}
