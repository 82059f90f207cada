//! Drives what takes its time: draws while it does, and ends it when a signal asks for that.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use super::screen::Screen;
use crate::app::errors::{Exit, Failure};
use crate::app::signals::Stop;

/// How often a signal is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// So many looks are one drawing.
const DRAW_EACH: u32 = 8;

/// How something ended.
#[derive(Debug)]
pub enum Ended<T> {
    /// By itself.
    Done(T),
    /// A signal asked for it.
    Asked(Exit),
}

/// Until the work is done or a signal comes. Work that is dropped leaves its traces in the journal.
pub async fn drive<T>(screen: &Screen, stop: &Stop, work: impl Future<Output = T>) -> Ended<T> {
    let mut work = pin!(work);
    let mut looks = 0;
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Ended::Done(done),
            () = tokio::time::sleep(LOOK) => {
                if let Some(exit) = stop.asked() {
                    return Ended::Asked(exit);
                }
                looks += 1;
                if looks % DRAW_EACH == 0 {
                    screen.draw();
                }
            }
        }
    }
}

/// One thread is enough for what waits most of its time.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("unexpected", Exit::Unexpected, "no runtime can be started", error, "try again"))
}
