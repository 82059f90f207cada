//! The driver: one task per world that owns the socket, feeds the session and does what the session says. It holds the clock; the
//! session decides.
//!
//! Commands never wait behind frames: handles put them straight into the session, the session hands them out before anything
//! else, and the socket writes while it reads. Packets go to the sink at once and the sink never blocks.

use std::sync::Arc;

use super::deletion::Deletion;
use super::inbox::Inbox;
use super::shared::Shared;
use crate::media::{Monotonic, PacketSink, Pushed};
use crate::net::{Incoming, NetError, Socket};
use crate::session::{Ending, Event, Input, Loss, Output, Transmit};
use crate::wire::CloseCode;

/// What the task holds. Its drop tells the holder that the stream is over, whatever ended the task.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) shared: Arc<Shared>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) deletion: Deletion,
}

impl Driver {
    /// Runs until the session is over.
    pub(super) async fn run(self, mut socket: Socket, sink: Box<dyn PacketSink>) {
        let mut sink = Some(sink);
        let shared = Arc::clone(&self.shared);
        shared.session().handle_input(shared.clock.now(), Input::Opened);
        loop {
            let deadline = self.drain(&mut socket, &mut sink);
            if shared.session().is_ended() {
                break;
            }
            let sleep = async {
                match deadline {
                    Some(moment) => tokio::time::sleep_until(shared.clock.instant(moment).into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                incoming = socket.next() => {
                    let now = shared.clock.now();
                    take(&shared, now, incoming);
                }
                () = shared.wake.notified() => {}
                () = sleep => shared.session().handle_input(shared.clock.now(), Input::Deadline),
            }
        }
        drop(self);
        socket.finish().await;
    }

    /// Does everything the session asks for; returns when it wants to be woken.
    fn drain(&self, socket: &mut Socket, sink: &mut Option<Box<dyn PacketSink>>) -> Option<Monotonic> {
        loop {
            let output = self.shared.session().poll_output();
            match output {
                Output::Transmit(Transmit::Text(text)) => socket.send(text),
                Output::Transmit(Transmit::Close(code)) => socket.close(code.number()),
                Output::Media(packet) => {
                    let track = packet.track();
                    match sink.as_mut().map(|sink| sink.push(packet)) {
                        Some(Pushed::Full) => {
                            self.shared.session().handle_input(self.shared.clock.now(), Input::SinkFull(track));
                        }
                        Some(Pushed::Closed) => *sink = None,
                        Some(Pushed::Accepted) | None => {}
                    }
                }
                Output::Event(event) => self.tell(event),
                Output::Timeout(deadline) => return deadline,
            }
        }
    }
}

impl Driver {
    /// Passes an event on. Before the holder can know that the stream is over, the deletion of the world is under way: without a
    /// stream it is of no use to anybody, unless somebody else has just taken the stream over.
    fn tell(&self, event: Event) {
        if let Event::Ended { ending } = &event {
            let taken_over = matches!(ending, Ending::Closed { code: CloseCode::Replaced, .. });
            if self.deletion.is_wanted() && !taken_over {
                self.deletion.start();
            }
        }
        self.inbox.push(event);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Only where the session has not come to its end: a panic, or the runtime going down.
        if self.inbox.ending().is_none() {
            self.shared.session().handle_input(self.shared.clock.now(), Input::Lost { loss: Loss::Driver, detail: "" });
            self.tell(Event::Ended { ending: Ending::Lost { loss: Loss::Driver, detail: String::new() } });
        }
    }
}

fn take(shared: &Shared, now: Monotonic, incoming: Result<Incoming, NetError>) {
    let mut session = shared.session();
    match incoming {
        Ok(Incoming::Text(text)) => session.handle_input(now, Input::Text(&text)),
        Ok(Incoming::Binary(bytes)) => session.handle_input(now, Input::Binary(bytes)),
        Ok(Incoming::Flushed) => session.handle_input(now, Input::Flushed),
        Ok(Incoming::Closed { code, reason }) => {
            session.handle_input(now, Input::Closed { code: CloseCode::from(code), reason: &reason });
        }
        Err(error) => {
            let loss = match &error {
                NetError::TooLarge { .. } => Loss::TooLarge,
                NetError::Malformed { .. } => Loss::Malformed,
                _ => Loss::Broken,
            };
            session.handle_input(now, Input::Lost { loss, detail: &error.to_string() });
        }
    }
}
