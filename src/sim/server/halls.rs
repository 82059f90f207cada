//! The shared worlds of a server: one hall for each kind of world that is asked for, in which every create gets a place. A hall that
//! nobody wants closes by itself and is forgotten here when the next one is looked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::create::Wish;
use super::refusal::Refusal;
use super::worlds::builder;
use crate::clock::Clock;
use crate::sim::host::{Hall, Show, open_hall};
use crate::wire::{CreateWorld, EndReason, ErrorCode};

/// Halls at most. Each takes most of a core while it is watched, whatever the number of its guests.
const MOST: usize = 4;

/// The halls that are open.
#[derive(Default)]
pub(super) struct Halls(Mutex<HashMap<Kind, Open>>);

/// What has to be the same for two worlds to be shown as one.
#[derive(PartialEq, Eq, Hash)]
struct Kind {
    world: Option<String>,
    prompt: String,
    /// As it was asked for: who leaves the choice to the server is content with the first one's.
    seed: Option<u64>,
    show: Show,
}

struct Open {
    hall: Arc<Hall>,
    seed: u64,
    thread: JoinHandle<()>,
}

impl Halls {
    /// The hall for a checked request, opened if there is none; and the seed of its scene.
    pub(super) fn find(&self, request: &CreateWorld, wish: &Wish, clock: Clock) -> Result<(Arc<Hall>, u64), Refusal> {
        let kind =
            Kind { world: request.world.clone(), prompt: request.prompt.clone(), seed: request.seed, show: wish.show() };
        let mut open = self.open();
        open.retain(|_, open| !open.hall.is_closed());
        if let Some(open) = open.get(&kind) {
            return Ok((Arc::clone(&open.hall), open.seed));
        }
        if open.len() >= MOST {
            let message = format!(
                "this server shows {MOST} shared worlds already, and none of them is as asked for: ask for the same world, prompt, \
                 seed, tier and formats as others do, or try again later"
            );
            return Err(Refusal::new(ErrorCode::Busy, message).retry_after_ms(5000));
        }
        let seed = wish.seed;
        let (build, _) = builder(request, seed);
        let (hall, thread) = open_hall(kind.show, clock, build)
            .map_err(|error| Refusal::new(ErrorCode::Internal, format!("the world cannot be made: {error}")))?;
        open.insert(kind, Open { hall: Arc::clone(&hall), seed, thread });
        Ok((hall, seed))
    }

    /// Closes all of them; their threads, for who wants to wait for them.
    pub(super) fn close(&self, reason: &EndReason) -> Vec<JoinHandle<()>> {
        let open = std::mem::take(&mut *self.open());
        open.into_values()
            .map(|open| {
                open.hall.close(reason);
                open.thread
            })
            .collect()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Kind, Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
