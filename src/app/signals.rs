//! Interrupts: the first asks for a graceful end, in which the world is deleted; the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::errors::Exit;

/// Shared by everything that has to end when a signal comes.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicU8>);

impl Stop {
    /// Listens for SIGINT and SIGTERM on the given runtime.
    #[must_use]
    pub fn on_signals(runtime: &tokio::runtime::Handle) -> Self {
        let stop = Self::default();
        let shared = stop.clone();
        runtime.spawn(async move {
            loop {
                let signal = next().await;
                if shared.0.swap(signal as u8, Ordering::SeqCst) != 0 {
                    eprintln!("seaglass: ended at once; a world may be left open until its grace time ends it");
                    std::process::exit(signal as i32);
                }
                eprintln!("seaglass: ending; the world is being deleted (again to stop now)");
            }
        });
        stop
    }

    /// The signal that asked for the end, if one did.
    #[must_use]
    pub fn asked(&self) -> Option<Exit> {
        match self.0.load(Ordering::SeqCst) {
            0 => None,
            signal if signal == Exit::Terminated as u8 => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }
}

#[cfg(unix)]
async fn next() -> Exit {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without a handler the default action of SIGTERM stands, so only SIGINT is left to wait for.
        let _ = tokio::signal::ctrl_c().await;
        return Exit::Interrupted;
    };
    tokio::select! {
        _ = terminate.recv() => Exit::Terminated,
        _ = tokio::signal::ctrl_c() => Exit::Interrupted,
    }
}

#[cfg(not(unix))]
async fn next() -> Exit {
    let _ = tokio::signal::ctrl_c().await;
    Exit::Interrupted
}
