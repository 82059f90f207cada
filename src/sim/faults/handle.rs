//! The faults of one running server: the engine under a lock, every connection that stands, and the bell that rings when the script
//! changes. Hooks ask here; nothing waits here.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;

use super::engine::{Engine, Thing};
use super::kind::{BadCertificate, Kind};
use super::line::{Fate, Line};
use super::scope::Call;
use super::script::Script;
use crate::clock::Clock;
use crate::media::MediaDelta;

/// Faults that can be asked about and changed from any task. Copies share everything.
#[derive(Clone, Debug)]
pub struct Faults(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    /// Whether there is anything to ask about, so that a server without a script asks nothing.
    any: AtomicBool,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    engine: Engine,
    /// Connections that stand. Those that are gone are forgotten when another comes: it holds as many as stood at once.
    lines: Vec<Weak<Line>>,
    accepted: u64,
}

/// How a script stands, for people and scripts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// Seconds since it was set.
    pub elapsed_s: f64,
    /// Its entries, in order.
    pub faults: Vec<Standing>,
}

/// How one entry stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Its kind.
    pub kind: &'static str,
    /// Whether it is open now.
    pub open: bool,
    /// Things that it has struck; conditions count none.
    pub struck: u64,
}

impl Faults {
    /// A script whose times count from now.
    #[must_use]
    pub fn new(script: Script, clock: Clock) -> Self {
        let any = AtomicBool::new(!script.faults.is_empty());
        let state = State { engine: Engine::new(script, clock.now()), lines: Vec::new(), accepted: 0 };
        Self(Arc::new(Shared { clock, any, state: Mutex::new(state), changed: Notify::new() }))
    }

    /// Replaces the script; its times count from now. What is struck already stays so.
    pub fn set(&self, script: Script) {
        let any = !script.faults.is_empty();
        let mut state = self.state();
        state.engine = Engine::new(script, self.0.clock.now());
        self.0.any.store(any, Ordering::Relaxed);
        drop(state);
        self.0.changed.notify_one();
    }

    /// How the script stands.
    #[must_use]
    pub fn report(&self) -> Report {
        let (now, state) = (self.0.clock.now(), self.state());
        let engine = &state.engine;
        let faults = engine.script().faults.iter().zip(engine.struck()).enumerate();
        Report {
            seed: engine.script().seed,
            elapsed_s: now.since(engine.since()).as_secs_f64(),
            faults: faults
                .map(|(entry, (fault, struck))| Standing {
                    kind: fault.kind.name(),
                    open: engine.is_open(entry, now),
                    struck,
                })
                .collect(),
        }
    }

    /// A connection came; `None`: it is refused.
    #[must_use]
    pub fn arrive(&self) -> Option<Arc<Line>> {
        let now = self.0.clock.now();
        let mut state = self.state();
        if state.engine.conditions(now).any(|fault| fault.kind == Kind::Refused) {
            return None;
        }
        let fate = fate(state.engine.strike(now, Thing::Arrival).as_ref());
        state.accepted += 1;
        let seed = state.engine.script().seed;
        let line = Arc::new(Line::new(state.accepted, seed, state.engine.weather(now, None), fate));
        state.lines.retain(|line| line.strong_count() > 0);
        state.lines.push(Arc::downgrade(&line));
        Some(line)
    }

    /// What is wrong with the TLS of a new connection.
    #[must_use]
    pub fn certificate(&self) -> Option<BadCertificate> {
        self.condition(|kind| if let Kind::Tls(what) = kind { Some(*what) } else { None })
    }

    /// A request came on a connection: what strikes it instead of being handled. [`Line::is_struck`] tells what became of the
    /// connection itself.
    pub fn request(&self, line: &Line, call: Call) -> Option<Kind> {
        line.asked(call);
        if self.is_idle() {
            return None;
        }
        let now = self.0.clock.now();
        let mut state = self.state();
        line.set(state.engine.weather(now, Some(call)));
        line.strike(fate(state.engine.strike(now, Thing::Connection(call)).as_ref()));
        state.engine.strike(now, Thing::Request(call))
    }

    /// Whether the answer to a request that was handled is lost, and then whether its connection stays silent.
    #[must_use]
    pub fn loses_reply(&self, call: Call) -> Option<bool> {
        match self.strike(Thing::Reply(call)) {
            Some(Kind::LostReply { silent }) => Some(silent),
            _ => None,
        }
    }

    /// What strikes a world that has just been made: the reason for its end, and when.
    #[must_use]
    pub fn ends(&self) -> Option<Kind> {
        self.strike(Thing::World)
    }

    /// The place in line at which a new world begins, and how long it stands at each.
    #[must_use]
    pub fn queue(&self) -> Option<(u32, Duration)> {
        self.condition(|kind| if let Kind::Queue { position, step } = kind { Some((*position, *step)) } else { None })
    }

    /// How much longer a new world takes to warm up.
    #[must_use]
    pub fn warm_up(&self) -> Option<Duration> {
        self.condition(|kind| if let Kind::WarmUp { lasts } = kind { Some(*lasts) } else { None })
    }

    /// For how many worlds there is room.
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.condition(|kind| if let Kind::Capacity { worlds } = kind { Some(*worlds) } else { None })
    }

    /// How much later the sound of a stream that opens is than its picture.
    #[must_use]
    pub fn skew(&self) -> MediaDelta {
        let mut sum = MediaDelta::ZERO;
        if !self.is_idle() {
            for fault in self.state().engine.conditions(self.0.clock.now()) {
                if let Kind::Skew { by } = fault.kind {
                    sum += by;
                }
            }
        }
        sum
    }

    /// Brings every connection up to date, and says what strikes `worlds` worlds that stand, and when something changes next.
    #[must_use]
    pub fn turn(&self, worlds: usize) -> (Vec<Option<Kind>>, Option<Duration>) {
        let now = self.0.clock.now();
        let mut state = self.state();
        let lines: Vec<Arc<Line>> = state.lines.iter().filter_map(Weak::upgrade).collect();
        let mut things: Vec<Thing<'_>> = lines.iter().map(|line| Thing::Standing(line.under_way())).collect();
        things.resize(lines.len() + worlds, Thing::World);
        let mut struck = state.engine.sweep(now, &things);
        let ends = struck.split_off(lines.len());
        for (line, kind) in lines.iter().zip(struck) {
            line.set(state.engine.weather(now, line.call()));
            line.strike(fate(kind.as_ref()));
        }
        (ends, state.engine.next_change(now).map(|at| at.since(now)))
    }

    /// Waits until the script is replaced.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }

    pub(super) fn strike(&self, thing: Thing<'_>) -> Option<Kind> {
        if self.is_idle() {
            return None;
        }
        self.state().engine.strike(self.0.clock.now(), thing)
    }

    /// Whether no script is set.
    pub(super) fn is_idle(&self) -> bool {
        !self.0.any.load(Ordering::Relaxed)
    }

    pub(super) fn seed(&self) -> u64 {
        self.state().engine.script().seed
    }

    fn condition<T>(&self, pick: impl Fn(&Kind) -> Option<T>) -> Option<T> {
        if self.is_idle() {
            return None;
        }
        self.state().engine.conditions(self.0.clock.now()).find_map(|fault| pick(&fault.kind))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fate(kind: Option<&Kind>) -> Fate {
    match kind {
        Some(Kind::Reset) => Fate::Reset,
        Some(Kind::HalfOpen) => Fate::HalfOpen,
        _ => Fate::Whole,
    }
}
