//! One session of a benchmark, from its create to the certainty that its world has ended. Its stream has a task of its own in the client,
//! its commands come from the commander; this one hears events, keeps the time of its end, and ends it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::commander::{Commander, Hand};
use super::profile::Life;
use super::tap::Tap;
use super::watch::{Watch, Watched, Watching};
use crate::app::remote;
use crate::app::scenario::Scenario;
use crate::client::{ClientError, Ending, SessionManager, Transport, World, WorldEvent, WorldHandle};
use crate::clock::Clock;
use crate::measure::{Collector, Meter, SessionOutcome};
use crate::media::{Monotonic, Tier};
use crate::wire::{AckStatus, CreateWorld, Limits};

/// How much longer than planned a world may live, if this program should hang: its server ends it then.
pub const LONGER: Duration = Duration::from_secs(20);

/// How often playback's health goes to the server, of decoded sessions.
const HEALTH: Duration = Duration::from_millis(250);

/// What all sessions of a run share.
#[derive(Debug)]
pub struct Stage {
    /// The way to the server.
    pub manager: SessionManager,
    /// What to ask for.
    pub request: CreateWorld,
    /// What to do.
    pub scenario: Scenario,
    /// The tier that the server must keep to.
    pub pinned: Option<Tier>,
    /// How that is watched.
    pub watching: Watching,
    /// Now.
    pub clock: Clock,
    /// The run's beginning.
    pub start: Monotonic,
    /// Acts.
    pub commander: Commander,
    /// Measures.
    pub collector: Arc<Collector>,
    /// Cancelled when every session is to end now.
    pub stop: CancellationToken,
    /// Counts the cuts of all streams.
    pub cuts: watch::Receiver<u64>,
    /// So many worlds are being ended at a time.
    pub closing: Semaphore,
}

/// How a session ended, as far as is known without asking the server once more.
pub struct Done {
    /// Which.
    pub life: Life,
    /// Its meter, not yet told of the end.
    pub meter: Meter,
    /// The key of its create: by it the server's bill names its world.
    pub key: String,
    /// When.
    pub at: Monotonic,
    /// How.
    pub outcome: SessionOutcome,
    /// Whether the server had answered its create: then there was a world.
    pub created: bool,
    /// Whether its world may live on.
    pub doubtful: bool,
    /// Whether a limit of the server ended it.
    pub limited: bool,
    /// What the world used, as it was last told.
    pub used: (f64, Option<f64>),
    /// The server in its own words.
    pub server: Option<String>,
    /// What drew its pictures, where it was decoded.
    pub display: Option<String>,
}

/// A session while it goes on.
struct Act<'a> {
    stage: &'a Stage,
    life: Life,
    meter: Meter,
    hand: Option<Hand>,
    watch: Option<Watch>,
    /// Whether its stream is lost and not yet back.
    down: bool,
    /// Whether there was a world.
    created: bool,
    /// How it travels.
    transport: Option<Transport>,
    used: (f64, Option<f64>),
    server: Option<String>,
    display: Option<String>,
}

/// A session that is due.
#[derive(Clone, Debug)]
pub struct Part {
    /// When it lives.
    pub life: Life,
    /// What measures it.
    pub meter: Meter,
    /// The key of its create.
    pub key: String,
    /// Whether it is decoded.
    pub decoded: bool,
    /// Decides how its commands scatter.
    pub seed: u64,
}

/// Plays one session.
pub async fn play(stage: Arc<Stage>, part: Part) -> Done {
    let Part { life, meter, key, decoded, seed } = part;
    let mut act = Act {
        stage: &stage,
        life,
        meter: meter.clone(),
        hand: None,
        watch: None,
        down: false,
        created: false,
        transport: None,
        used: (0.0, None),
        server: None,
        display: None,
    };
    let (outcome, doubtful, limited) = act.play(key.clone(), decoded, seed).await;
    let (used, server, display) = (act.used, act.server.take(), act.display.take());
    let created = act.created;
    Done { life, meter, key, at: stage.clock.now(), outcome, created, doubtful, limited, used, server, display }
}

impl Act<'_> {
    /// How it ended, whether its world may live on, and whether a limit ended it.
    async fn play(&mut self, key: String, decoded: bool, seed: u64) -> (SessionOutcome, bool, bool) {
        let stage = self.stage;
        let (first, origin) = oneshot::channel();
        let mut player = None;
        if decoded {
            match Watch::start(&stage.watching, self.meter.clone()) {
                Ok((watch, sink)) => (self.watch, player) = (Some(watch), Some(sink)),
                Err(failure) => {
                    let outcome = SessionOutcome::Failed { code: failure.code.to_owned(), why: failure.what };
                    return (outcome, false, false);
                }
            }
        }
        let sink = Box::new(Tap::new(self.meter.clone(), first, player));
        let planned = self.life.end.saturating_sub(self.life.begin);
        let mut request = CreateWorld { idempotency_key: Some(key), ..stage.request.clone() };
        request.limits.get_or_insert_with(Limits::default).session_s = Some((planned + LONGER).as_secs_f64());
        let opened = tokio::select! {
            opened = stage.manager.create(request, sink) => opened,
            // A world that comes of it all the same is ended behind this; whether it was is asked for at the end.
            () = stage.stop.cancelled() => return (SessionOutcome::Aborted, true, false),
        };
        let mut world = match opened {
            Ok(world) => world,
            Err(error) => {
                let failure = remote::failure(&error);
                let doubtful = failure.code == "outcome-unknown";
                let limited = failure.code == "limit";
                let outcome = SessionOutcome::Failed { code: failure.code.to_owned(), why: failure.what };
                return (outcome, doubtful, limited);
            }
        };
        self.created = true;
        self.meter.created(world.created());
        self.transport = world.handle().transport();
        if let Some(transport) = self.transport {
            self.meter.transport(named(transport));
        }
        if let Some(tier) = stage.pinned {
            // Refused only where the stream is over already, which is told as its end.
            let _ = world.handle().quality(tier, true);
        }
        let ending = self.live(&mut world, origin, seed).await;
        self.close(world, ending).await
    }

    /// Until its time is over, the run stops, or the stream ends by itself: how, then.
    async fn live(&mut self, world: &mut World, mut origin: oneshot::Receiver<()>, seed: u64) -> Option<Ending> {
        let stage = self.stage;
        let handle = world.handle();
        let mut cuts = stage.cuts.clone();
        cuts.mark_unchanged();
        let mut waiting = true;
        let over = tokio::time::sleep_until(stage.clock.instant(stage.start + self.life.end).into());
        tokio::pin!(over);
        let mut health = tokio::time::interval(HEALTH);
        loop {
            tokio::select! {
                biased;
                () = stage.stop.cancelled() => return None,
                event = world.next_event_stamped() => match event {
                    Some((_, WorldEvent::Ended { ending })) => return Some(ending),
                    Some((at, event)) => self.hear(at, event, &handle),
                    None => return None,
                },
                first = &mut origin, if waiting => {
                    waiting = false;
                    if first.is_ok() {
                        let schedule = stage.scenario.schedule(seed);
                        // The schedule counts from here: how long this side took to hear of the frame is no delay of a command.
                        let now = stage.clock.now();
                        let hand = stage.commander.begin(self.life.number, handle.clone(), self.meter.clone(), schedule, now);
                        self.hand = Some(hand);
                    }
                },
                _ = health.tick(), if self.watch.is_some() => {
                    if let Some(watch) = &self.watch {
                        watch.report(&handle);
                    }
                }
                cut = cuts.changed() => if cut.is_ok() { handle.cut() } else { return None },
                () = &mut over => return None,
            }
        }
    }

    /// Takes an event that the stream brought then: when this task came to it is no matter of the server's.
    fn hear(&mut self, now: Monotonic, event: WorldEvent, handle: &WorldHandle) {
        if let Some(watch) = &self.watch {
            watch.hear(&event);
        }
        match event {
            WorldEvent::Connected(hello) => {
                self.meter.connected(now);
                self.meter.tier(now, hello.tier.name.as_str(), "");
                self.server = Some(hello.server.clone());
            }
            WorldEvent::Running(_) => self.meter.running(now),
            // One for each attempt: the first of them is the loss.
            WorldEvent::Reconnecting { because, .. } if !std::mem::replace(&mut self.down, true) => {
                self.meter.lost(now, &because.to_string());
                if let Some(hand) = &self.hand {
                    hand.offline();
                }
            }
            WorldEvent::Resumed { hello, .. } => {
                self.down = false;
                self.meter.resumed(now);
                self.meter.tier(now, hello.tier.name.as_str(), "resumed");
                self.travels(now, handle.transport());
                if let Some(hand) = &self.hand {
                    hand.online(now);
                }
            }
            WorldEvent::Quality { tier, reason, .. } => self.meter.tier(now, tier.name.as_str(), &reason),
            WorldEvent::Acknowledged { id, status, input, sent, acknowledged, .. } => {
                self.meter.acknowledged(id.as_str(), status_name(&status), Some(sent), acknowledged, input);
            }
            WorldEvent::Link(link) => {
                let bound = u64::try_from(link.offset.bound.as_micros()).unwrap_or(u64::MAX);
                self.meter.link(now, link.rtt, link.offset.micros, bound);
            }
            WorldEvent::Tick { seconds_used, credits, .. } => self.used = (seconds_used, credits),
            WorldEvent::Warning { limit, seconds_left, own, .. } => {
                let whose = if own { "own limit" } else { "the server's limit" };
                let text = format!("{whose} ({limit:?}) in {seconds_left:.0} s").to_lowercase();
                self.stage.collector.mark(now, None, "warning", Some(self.life.number), &text);
            }
            WorldEvent::Error { code, message, .. } => {
                self.stage.collector.mark(now, None, "error", Some(self.life.number), &format!("{code}: {message}"));
            }
            WorldEvent::Starved { track, silent } => {
                let text = format!("no {track} for {:.1} s", silent.as_secs_f64());
                self.stage.collector.mark(now, None, "warning", Some(self.life.number), &text);
            }
            _ => {}
        }
    }

    /// What is measured over another transport is another thing, and a reader must know from when on.
    fn travels(&mut self, now: Monotonic, transport: Option<Transport>) {
        let Some(transport) = transport.filter(|_| self.transport != transport) else { return };
        self.transport = Some(transport);
        self.meter.transport(named(transport));
        let text = format!("streams over {} from here on", named(transport));
        self.stage.collector.mark(now, None, "warning", Some(self.life.number), &text);
    }

    async fn close(&mut self, world: World, ending: Option<Ending>) -> (SessionOutcome, bool, bool) {
        let stage = self.stage;
        if let Some(hand) = self.hand.take() {
            hand.end(stage.clock.now());
        }
        let (handle, created) = (world.handle(), world.created());
        // Ended by itself: nothing is wanted any more. Otherwise it is wanted when there is a hand free to do it: the wait for that is
        // this side's, and not the server's.
        let _turn = stage.closing.acquire().await;
        self.meter.closing(stage.clock.now());
        let closed = world.close().await;
        let watched = match self.watch.take() {
            Some(watch) => watch.finish().await,
            None => Watched::default(),
        };
        for notice in watched.notices {
            stage.collector.mark(stage.clock.now(), None, "warning", Some(self.life.number), &notice);
        }
        self.display = Some(watched.display).filter(|words| !words.is_empty());
        let stats = handle.stats();
        self.meter.totals(stats.lost, &stats.drops.plus(watched.drops));
        if self.used.0 == 0.0 {
            // The server never told: counted here.
            self.used.0 = stage.clock.now().since(created).as_secs_f64();
        }
        let doubtful = closed.is_err();
        if let Some(ending) = ending {
            // Nobody here wanted it yet, however it went.
            let clean = ending.is_clean();
            let failure = remote::failure(&ClientError::Ended { id: handle.id().clone(), ending });
            let code = if clean { "session" } else { failure.code };
            let outcome = SessionOutcome::Failed { code: code.to_owned(), why: failure.what };
            return (outcome, doubtful, code == "limit");
        }
        let aborted = stage.stop.is_cancelled() && stage.clock.now() < stage.start + self.life.end;
        let outcome = match (aborted, self.life.cut_short) {
            (true, _) => SessionOutcome::Aborted,
            (false, true) => SessionOutcome::CutShort,
            (false, false) => SessionOutcome::Completed,
        };
        (outcome, doubtful, false)
    }
}

/// A transport's name in a trace.
const fn named(transport: Transport) -> &'static str {
    match transport {
        Transport::Events => "sse",
        _ => "websocket",
    }
}

fn status_name(status: &AckStatus) -> &str {
    match status {
        AckStatus::Applied => "applied",
        AckStatus::Duplicate => "duplicate",
        AckStatus::NotUnderstood => "not_understood",
        AckStatus::Rejected => "rejected",
        AckStatus::Other(name) => name.as_str(),
    }
}
