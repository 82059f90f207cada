//! The driver: one task per world that owns its stream, feeds the session and does what the session says. It holds the clock; the
//! session decides.
//!
//! Commands never wait behind frames: handles put them straight into the session, the session hands them out before anything
//! else, and the stream writes while it reads. Packets go to the sink at once and the sink never blocks.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};
use std::task::Poll;

use super::alarm::Alarm;
use super::deletion::Deletion;
use super::dialer::{Dialer, refusal};
use super::error::ClientError;
use super::inbox::Inbox;
use super::shared::{Shared, Standing};
use super::transport::Line;
use crate::media::{Monotonic, PacketSink, Pushed, Track};
use crate::net::{Incoming, NetError};
use crate::session::{Ending, Event, Failure, Input, Loss, Output, RefusalCause, Session, Transmit};
use crate::wire::CloseCode;

/// What the task holds. Its drop tells the holder that the session is over, whatever ended the task.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) shared: Arc<Shared>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) deletion: Deletion,
    pub(super) dialer: Arc<Dialer>,
}

/// What of the driver comes and goes.
struct Ways {
    sink: Option<Box<dyn PacketSink>>,
    line: Option<Line>,
    dialing: Option<Dialing>,
}

/// What comes after all has been done.
enum Next {
    /// Waiting: for news, or for this moment.
    At(Option<Monotonic>),
    /// Nothing.
    Over,
}

type Dialing = Pin<Box<dyn Future<Output = Result<Line, ClientError>> + Send>>;

/// What woke the driver.
enum News {
    Came(Result<Incoming, NetError>),
    Dialed(Result<Line, ClientError>),
    /// A handle has put something into the session.
    Rung,
    /// The session asked for it.
    Time,
}

impl Driver {
    /// Runs until the session is over.
    pub(super) async fn run(self, sink: Box<dyn PacketSink>) {
        let mut ways = Ways { sink: Some(sink), line: None, dialing: None };
        let shared = Arc::clone(&self.shared);
        // The bell and the alarm stand as long as the session. Made anew for each message, to enter and to leave the queues behind them
        // would cost more than all else that happens to a message here.
        let mut bell = pin!(shared.wake.notified());
        let sleep = pin!(tokio::time::sleep_until(shared.clock.instant(shared.clock.now()).into()));
        let mut alarm = Alarm::new(shared.clock, sleep);
        let mut next = self.drain(shared.session(), &mut ways);
        while let Next::At(deadline) = next {
            alarm.by(deadline);
            let news = poll_fn(|cx| {
                if let Some(line) = &mut ways.line
                    && let Poll::Ready(incoming) = line.poll_next(cx)
                {
                    return Poll::Ready(News::Came(incoming));
                }
                if let Some(dialing) = &mut ways.dialing
                    && let Poll::Ready(dialed) = dialing.as_mut().poll(cx)
                {
                    return Poll::Ready(News::Dialed(dialed));
                }
                if bell.as_mut().poll(cx).is_ready() {
                    bell.set(shared.wake.notified());
                    return Poll::Ready(News::Rung);
                }
                alarm.poll(cx).map(|()| News::Time)
            });
            let news = news.await;
            let now = shared.clock.now();
            next = self.take(news, now, &mut ways);
        }
        drop(self);
        if let Some(line) = ways.line {
            // Boxed: a farewell holds the whole line, and comes once, where the rest of this future stands for the session's life.
            Box::pin(line.finish()).await;
        }
    }

    /// Tells the session what woke the driver, and does what it asks for then.
    fn take(&self, news: News, now: Monotonic, ways: &mut Ways) -> Next {
        let mut session = self.shared.session();
        match news {
            News::Came(incoming) => {
                if hear(&mut session, now, incoming) {
                    drop(session);
                    ways.line = None;
                    session = self.shared.session();
                }
            }
            News::Dialed(dialed) => {
                drop(session);
                ways.dialing = None;
                let input = self.dialed(dialed, ways);
                session = self.shared.session();
                session.handle_input(now, input);
            }
            News::Rung => {
                if self.shared.cut.swap(false, Ordering::Relaxed) && ways.line.is_some() {
                    drop(session);
                    ways.line = None;
                    session = self.shared.session();
                    session.handle_input(now, Input::Lost { loss: Loss::Broken, detail: "cut by this side" });
                }
            }
            News::Time => session.handle_input(now, Input::Deadline),
        }
        self.drain(session, ways)
    }

    /// Does everything the session asks for. The session is not locked meanwhile, and locked once for each thing that it asks for.
    fn drain<'a>(&'a self, mut session: MutexGuard<'a, Session>, ways: &mut Ways) -> Next {
        loop {
            match session.poll_output() {
                Output::Timeout(_) if session.is_ended() => return Next::Over,
                Output::Timeout(deadline) => return Next::At(deadline),
                output => {
                    drop(session);
                    let full = self.act(output, ways);
                    session = self.shared.session();
                    if let Some(track) = full {
                        session.handle_input(self.shared.clock.now(), Input::SinkFull(track));
                    }
                }
            }
        }
    }

    /// Does one thing that the session asks for. The track whose packets the player cannot take, where it says so.
    fn act(&self, output: Output, ways: &mut Ways) -> Option<Track> {
        match output {
            Output::Media(packet) => {
                let track = packet.track();
                match ways.sink.as_mut().map(|sink| sink.push(packet)) {
                    Some(Pushed::Full) => return Some(track),
                    Some(Pushed::Closed) => ways.sink = None,
                    Some(Pushed::Accepted) | None => {}
                }
            }
            Output::Open(opening) => {
                let dialer = Arc::clone(&self.dialer);
                ways.line = None;
                ways.dialing = Some(Box::pin(async move { dialer.dial(&opening).await }));
            }
            Output::Abandon => (ways.line, ways.dialing) = (None, None),
            Output::Transmit(Transmit::Text(text)) => {
                if let Some(line) = &mut ways.line {
                    line.send(text);
                }
            }
            Output::Transmit(Transmit::Close(code)) => {
                if let Some(line) = &mut ways.line {
                    line.close(code.number());
                }
            }
            Output::Event(event) => self.tell(event, ways),
            Output::Timeout(_) => {}
        }
        None
    }

    fn dialed(&self, dialed: Result<Line, ClientError>, ways: &mut Ways) -> Input<'static> {
        match dialed {
            Ok(line) => {
                self.shared.stands(Standing::Open(line.transport()));
                ways.line = Some(line);
                Input::Opened
            }
            Err(error) => {
                let refusal = refusal(&error);
                self.shared.stands(Standing::Refused(error));
                Input::Refused(refusal)
            }
        }
    }

    /// Passes an event on. Before the holder can know that the session is over, the deletion of the world is under way: without a
    /// stream it is of no use to anybody, unless somebody else has just taken the stream over.
    fn tell(&self, event: Event, ways: &mut Ways) {
        match &event {
            Event::Connected(hello) | Event::Resumed { hello, .. } => {
                if let Some(line) = &mut ways.line {
                    line.post_to(|| self.dialer.post_url(hello.stream));
                }
            }
            Event::Reconnecting { because, .. } if matches!(**because, Ending::Failed(Failure::NoHello { .. })) => {
                self.dialer.brought_nothing();
            }
            Event::Tick { seconds_used, credits, .. } => self.deletion.used(*seconds_used, credits.unwrap_or_default()),
            Event::Ended { ending } if self.deletion.is_wanted() && !is_taken_over(ending) => self.deletion.start(),
            _ => {}
        }
        self.inbox.push(self.shared.clock.now(), event);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Only where the session has not come to its end: a panic, or the runtime going down.
        if self.inbox.ending().is_none() {
            self.shared.session().handle_input(self.shared.clock.now(), Input::Lost { loss: Loss::Driver, detail: "" });
            let ending = Ending::Lost { loss: Loss::Driver, detail: String::new() };
            self.tell(Event::Ended { ending }, &mut Ways { sink: None, line: None, dialing: None });
        }
    }
}

/// Whether somebody else has the world's stream now: then it is not this side's to delete.
fn is_taken_over(ending: &Ending) -> bool {
    match ending {
        Ending::Closed { code, .. } => *code == CloseCode::Replaced,
        Ending::Refused(refusal) => refusal.cause == RefusalCause::Replaced,
        _ => false,
    }
}

/// Hands on what came. Whether the stream is of no more use.
fn hear(session: &mut Session, now: Monotonic, incoming: Result<Incoming, NetError>) -> bool {
    match incoming {
        Ok(Incoming::Text(text)) => session.handle_input(now, Input::Text(&text)),
        Ok(Incoming::Binary(bytes)) => session.handle_input(now, Input::Binary(bytes)),
        Ok(Incoming::Flushed) => session.handle_input(now, Input::Flushed),
        Ok(Incoming::Closed { code, reason }) => {
            session.handle_input(now, Input::Closed { code: CloseCode::from(code), reason: &reason });
            // A session that is over says goodbye in its own time; one that will come back needs another stream.
            return !session.is_ended();
        }
        Err(error) => {
            let loss = match &error {
                NetError::TooLarge { .. } => Loss::TooLarge,
                NetError::Malformed { .. } => Loss::Malformed,
                _ => Loss::Broken,
            };
            // Its class is in the loss; a second time in words would be one time too many.
            let detail = match error {
                NetError::Broken { why } | NetError::Malformed { why } => why,
                other => other.to_string(),
            };
            session.handle_input(now, Input::Lost { loss, detail: &detail });
            return true;
        }
    }
    false
}
