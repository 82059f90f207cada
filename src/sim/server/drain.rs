//! Tells the body of a response when what it gave has left for the system. An HTTP server buffers bodies before the socket, some
//! hundred kilobytes of them: half a second of pictures that could be neither overtaken by sound nor dropped, and behind which a slow
//! client would hide. A stream that waits here before it gives more has at most one message in that buffer.
//!
//! How it knows: the HTTP server flushes a connection only once all that it buffered has been written. Neighbours: `gate`,
//! whose connections tell it, and `events`, whose bodies wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// What one connection holds back. One body at a time may wait for it, as HTTP/1.1 has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Drain(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    holding: AtomicBool,
    bell: Notify,
}

impl Drain {
    /// Something is given to the connection now.
    pub(super) fn fill(&self) {
        self.0.holding.store(true, Ordering::Release);
    }

    /// Waits until everything that was given is written.
    pub(super) async fn empty(&self) {
        while self.0.holding.load(Ordering::Acquire) {
            self.0.bell.notified().await;
        }
    }

    /// The connection has written all that it held.
    pub(super) fn flushed(&self) {
        if self.0.holding.swap(false, Ordering::AcqRel) {
            self.0.bell.notify_one();
        }
    }
}
