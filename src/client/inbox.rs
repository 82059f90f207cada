//! The bounded queue of events from the driver to the holder of a world.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::media::Monotonic;
use crate::session::{Ending, Event};

/// Events that may wait. When full the oldest goes: a holder that comes late learns how things stand rather than how they were.
const MOST: usize = 1024;

/// Events on their way to the holder.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    queue: Mutex<Queue>,
    news: Notify,
    over: watch::Sender<Option<Ending>>,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<(Monotonic, Event)>,
    ending: Option<Ending>,
}

impl Inbox {
    /// Adds an event of that moment; after [`Event::Ended`] nothing is added any more.
    pub(super) fn push(&self, at: Monotonic, event: Event) {
        let mut queue = self.queue();
        if queue.ending.is_some() {
            return;
        }
        if let Event::Ended { ending } = &event {
            queue.ending = Some(ending.clone());
            self.over.send_replace(Some(ending.clone()));
        }
        if queue.events.len() == MOST {
            queue.events.pop_front();
        }
        queue.events.push_back((at, event));
        drop(queue);
        self.news.notify_one();
    }

    /// The next event with its moment; `None` when the last one has been taken. For one holder.
    pub(super) async fn next(&self) -> Option<(Monotonic, Event)> {
        loop {
            {
                let mut queue = self.queue();
                if let Some(event) = queue.events.pop_front() {
                    return Some(event);
                }
                if queue.ending.is_some() {
                    return None;
                }
            }
            self.news.notified().await;
        }
    }

    /// Waits for the end, without taking an event.
    pub(super) async fn ended(&self) -> Ending {
        let mut over = self.over.subscribe();
        match over.wait_for(Option::is_some).await {
            Ok(ending) => ending.clone().unwrap_or_else(|| unreachable!("it was waited for")),
            Err(_) => unreachable!("the sender lives in this value"),
        }
    }

    /// How the session ended, once it has.
    pub(super) fn ending(&self) -> Option<Ending> {
        self.queue().ending.clone()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
