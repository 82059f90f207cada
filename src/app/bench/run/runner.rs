//! Runs a plan: begins each session when it is due, cuts streams, samples the machine, shows how it goes, and sees to it that every world
//! has ended before it returns. One task of a small runtime; whatever a session does, the others go on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::commander::Commander;
use super::faults::{self, Admin};
use super::machine::Machine;
use super::phases;
use super::plan::Plan;
use super::profile::Life;
use super::progress::Progress;
use super::session::{Done, Part, Stage, play};
use super::watch::{Watching, display};
use crate::app::bench::outputs::LiveWriter;
use crate::app::errors::{Exit, Failure};
use crate::app::signals::Stop;
use crate::client::SessionManager;
use crate::clock::Clock;
use crate::measure::{Collector, CollectorOptions, End, Recording, Run, SessionOutcome};
use crate::media::{Monotonic, Tier};
use crate::wire::CreateWorld;

/// Worlds that are ended at a time: each takes a connection for a moment.
const CLOSING: usize = 32;

/// Rows of the trace at most: an hour of one session at 30 frames a second, a few times.
const MOST_ROWS: usize = 500_000;

/// Worlds that are named in a note.
const NAMED: usize = 3;

/// How often progress is shown and a signal looked for.
const GLANCE: Duration = Duration::from_millis(250);

/// How often the machine is sampled and a live line is written.
const SECOND: Duration = Duration::from_secs(1);

/// What a run needs.
pub struct Setting<'a> {
    /// The way to the server.
    pub manager: SessionManager,
    /// What to ask of it.
    pub request: CreateWorld,
    /// What is planned.
    pub plan: &'a Plan,
    /// What the report says of run and machine.
    pub run: Run,
    /// Whether to end as soon as one of them cannot be kept.
    pub abort_on_fail: bool,
    /// Now.
    pub clock: Clock,
    /// Signals.
    pub stop: &'a Stop,
    /// The way to the server's faults, where the scenario has some.
    pub admin: Option<Admin>,
    /// Shows how it goes.
    pub progress: Progress,
    /// Lines while it goes on.
    pub live: Option<LiveWriter>,
    /// What a second of a world costs by the settings, in credits: for servers that do not tell.
    pub price: Option<f64>,
}

/// What came of a run.
pub struct Ran {
    /// Everything that was measured.
    pub recording: Recording,
    /// Lines that are still open.
    pub live: Option<LiveWriter>,
    /// The signal that ended it early.
    pub signal: Option<Exit>,
    /// Worlds that may live on.
    pub leaked: u64,
    /// One of them whose end the server had confirmed, so that no journal knows it any more.
    pub undead: Option<String>,
    /// Sessions that a limit ended.
    pub limited: u64,
    /// How the first session failed that did.
    pub failed: Option<(String, String)>,
    /// Sessions that completed.
    pub completed: u64,
}

/// The course of it.
struct Runner<'a> {
    setting: Setting<'a>,
    stage: Arc<Stage>,
    machine: Machine,
    doubtful: Vec<Done>,
    /// Keys of creates with their meters, to learn from the server's bill what they cost.
    bills: Vec<(String, crate::measure::Meter)>,
    ran: Ran,
    notes: Vec<String>,
    /// Bills that were counted here, by the price of the settings.
    priced: u64,
    server: Option<String>,
    display: Option<String>,
}

/// Runs it to its end. Whatever happens, no world of it stays without that being said.
pub async fn run(setting: Setting<'_>) -> Result<Ran, Failure> {
    let (clock, plan) = (setting.clock, setting.plan);
    let (watching, undrawn) = watching(&setting).await;
    // The last thing before the start: from here the script counts.
    if let (Some(admin), Some(script)) = (&setting.admin, &plan.scenario.faults) {
        admin.set(script).await?;
    }
    let start = clock.now();
    let collector = Collector::new(CollectorOptions {
        start,
        window: plan.window,
        length: plan.length,
        traced: plan.traced,
        most_rows: MOST_ROWS,
    });
    let (cut, cuts) = watch::channel(0);
    let stage = Arc::new(Stage {
        manager: setting.manager.clone(),
        request: setting.request.clone(),
        scenario: plan.scenario.clone(),
        pinned: pinned(plan),
        watching,
        clock,
        start,
        commander: Commander::start(clock)?,
        collector,
        stop: CancellationToken::new(),
        cuts,
        closing: Semaphore::new(CLOSING),
    });
    let ran = Ran {
        recording: Recording::default(),
        live: None,
        signal: None,
        leaked: 0,
        undead: None,
        limited: 0,
        failed: None,
        completed: 0,
    };
    let mut runner = Runner {
        setting,
        stage,
        machine: Machine::new(),
        doubtful: Vec::new(),
        bills: Vec::new(),
        ran,
        notes: plan.notes.iter().cloned().chain(undrawn).collect(),
        priced: 0,
        server: None,
        display: None,
    };
    runner.mark();
    runner.play(&cut).await;
    Ok(runner.finish().await)
}

impl Runner<'_> {
    fn mark(&self) {
        let (plan, start) = (self.setting.plan, self.stage.start);
        for phase in &plan.phases {
            self.stage.collector.mark(start + phase.at, Some(start + phase.until), "phase", None, &phase.name);
        }
        if let (Some(_), Some(script)) = (&self.setting.admin, &plan.scenario.faults) {
            faults::mark(&self.stage.collector, script, start, plan.length);
        }
    }

    /// Until every session is over.
    async fn play(&mut self, cut: &watch::Sender<u64>) {
        let plan = self.setting.plan;
        let clock = self.setting.clock;
        let start = self.stage.start;
        let mut sessions: JoinSet<Done> = JoinSet::new();
        let mut tasks: HashMap<tokio::task::Id, Part> = HashMap::new();
        let mut lives = plan.lives.iter().copied().peekable();
        let mut cuts = plan.cuts.iter().copied().peekable();
        let mut glance = tokio::time::interval(GLANCE);
        glance.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut second = start;
        loop {
            let next = lives.peek().map(|life| life.begin).into_iter().chain(cuts.peek().copied()).min();
            let waits = next.filter(|_| !self.stage.stop.is_cancelled());
            if waits.is_none() && sessions.is_empty() {
                break;
            }
            tokio::select! {
                Some(done) = sessions.join_next_with_id(), if !sessions.is_empty() => match done {
                    Ok((task, done)) => {
                        tasks.remove(&task);
                        self.ended(done);
                    }
                    Err(error) => {
                        if let Some(part) = tasks.remove(&error.id()) {
                            self.ended(broken(part, clock.now(), &error));
                        }
                    }
                },
                () = sleep_until(clock, start, waits) => {
                    let elapsed = clock.now().since(start);
                    while let Some(life) = lives.next_if(|life| life.begin <= elapsed) {
                        let part = self.part(life);
                        let task = sessions.spawn(play(Arc::clone(&self.stage), part.clone()));
                        tasks.insert(task.id(), part);
                    }
                    while cuts.next_if(|at| *at <= elapsed).is_some() {
                        cut.send_modify(|count| *count += 1);
                        self.stage.collector.mark(clock.now(), None, "fault", None, "all streams cut");
                    }
                }
                _ = glance.tick() => {
                    let now = clock.now();
                    let whole = now >= second;
                    while second <= now {
                        second += SECOND;
                    }
                    self.look(now, whole);
                }
            }
        }
    }

    fn part(&self, life: Life) -> Part {
        let plan = self.setting.plan;
        let decoded = plan.decode.takes(life.place);
        let meter = self.stage.collector.meter(life.number, self.stage.start + life.begin, decoded);
        let key = uuid::Uuid::now_v7().simple().to_string();
        Part { life, meter, key, decoded, seed: plan.seed_of(life.number) }
    }

    /// How it goes: shown, written, and held against what is wanted.
    fn look(&mut self, now: Monotonic, whole: bool) {
        if self.ran.signal.is_none()
            && let Some(signal) = self.setting.stop.asked()
        {
            self.ran.signal = Some(signal);
            self.stage.stop.cancel();
        }
        if whole && let Some((cpu, memory)) = self.machine.used() {
            self.stage.collector.machine(now, cpu, memory);
        }
        if self.setting.progress.is_shown() || (whole && self.setting.live.is_some()) {
            let live = self.stage.collector.live(now);
            let elapsed = now.since(self.stage.start);
            self.setting.progress.show(self.setting.plan, elapsed, &live);
            if whole && let Some(writer) = &mut self.setting.live {
                let mut line = serde_json::to_value(&live).unwrap_or_default();
                line["type"] = json!("live");
                line["phase"] = json!(self.setting.plan.phase(elapsed));
                writer.line(&line);
            }
        }
        if whole && self.setting.abort_on_fail && !self.stage.stop.is_cancelled() {
            self.judge(now);
        }
    }

    /// Ends the run where an objective cannot be kept any more.
    fn judge(&mut self, now: Monotonic) {
        if now.since(self.stage.start) <= self.setting.plan.window.0 {
            return;
        }
        let report = self.stage.collector.report_now(now, &self.setting.run, &self.setting.plan.objectives);
        if let Some(why) = self.setting.plan.objectives.iter().find_map(|objective| objective.fails_early(&report)) {
            self.setting.progress.say(&why);
            self.notes.push(format!("ended at {:.0} s: {why}", now.since(self.stage.start).as_secs_f64()));
            self.stage.stop.cancel();
        }
    }

    fn ended(&mut self, done: Done) {
        self.ran.limited += u64::from(done.limited);
        self.server = self.server.take().or_else(|| done.server.clone());
        self.display = self.display.take().or_else(|| done.display.clone());
        if done.used.0 > 0.0 {
            let credits = cost(self.setting.price, done.used.0, done.used.1, &mut self.priced);
            done.meter.spent(done.used.0, credits);
        }
        self.bills.push((done.key.clone(), done.meter.clone()));
        let known = (!done.doubtful).then(|| done.meter.closed(done.at, done.outcome.clone()));
        self.came_to(done.life.number, known.as_ref().unwrap_or(&done.outcome), !done.doubtful);
        if let Some(writer) = &mut self.setting.live {
            writer.line(&told(&done, known.as_ref(), self.stage.start));
        }
        if done.doubtful {
            self.doubtful.push(done);
        }
    }

    /// Says the first failure, and counts what completed, where that is certain.
    fn came_to(&mut self, session: u32, outcome: &SessionOutcome, certain: bool) {
        self.ran.completed += u64::from(certain && *outcome == SessionOutcome::Completed);
        if let SessionOutcome::Failed { code, why } = outcome
            && self.ran.failed.is_none()
        {
            self.setting.progress.say(&format!("session {session} failed: {code}: {why}"));
            self.ran.failed = Some((code.clone(), why.clone()));
        }
    }

    /// Waits for deletions that are under way, asks the server what it knows of our worlds, and closes the recording.
    async fn finish(mut self) -> Ran {
        self.setting.progress.clear();
        if !self.setting.manager.settled().await {
            self.notes.push("not every deletion came to an end in time".to_owned());
        }
        if let Some(admin) = &self.setting.admin {
            admin.clear().await;
        }
        self.ask_for_bills().await;
        let now = self.setting.clock.now();
        if let Some((cpu, memory)) = self.machine.used() {
            self.stage.collector.machine(now, cpu, memory);
        }
        let elapsed = now.since(self.stage.start);
        let mut run = std::mem::take(&mut self.setting.run);
        run.environment.insert("server".to_owned(), json!(self.server));
        if let Some(display) = self.display.take() {
            run.environment.insert("adapter".to_owned(), json!(display));
        }
        let aborted = self.stage.stop.is_cancelled();
        if self.ran.signal.is_some() {
            self.notes.push(format!("interrupted at {:.0} s", elapsed.as_secs_f64()));
        }
        let end = End { complete: !aborted, notes: std::mem::take(&mut self.notes), ..End::default() };
        self.ran.recording = self.stage.collector.finish(now, run, end);
        let steps = phases::notes(self.setting.plan, &self.ran.recording.course);
        self.ran.recording.end.notes.extend(steps);
        self.ran.live = self.setting.live.take();
        self.ran
    }

    async fn ask_for_bills(&mut self) {
        let usage = match self.setting.manager.usage().await {
            Ok(usage) => Some(usage),
            Err(error) => {
                let why = format!("the server does not tell what its worlds used, so this is counted here: {error}");
                self.notes.push(crate::session::clean(&why, 300));
                None
            }
        };
        let told = usage.is_some();
        let worlds = usage.map(|usage| usage.worlds).unwrap_or_default();
        let known: HashMap<&str, &crate::wire::WorldUsage> =
            worlds.iter().filter_map(|world| Some((world.idempotency_key.as_deref()?, world))).collect();
        let mut alive = Vec::new();
        for (key, meter) in &self.bills {
            if let Some(world) = known.get(key.as_str()) {
                let told = (world.credits_used > 0.0).then_some(world.credits_used);
                let credits = cost(self.setting.price, world.seconds_used, told, &mut self.priced);
                meter.spent(world.seconds_used, credits);
                if world.ended.is_none() && !self.doubtful.iter().any(|done| done.key == *key) {
                    meter.lives_on();
                    alive.push(world.id.to_string());
                }
            }
        }
        if self.priced > 0 {
            let price = self.setting.price.unwrap_or_default();
            let why = "the server bills no credits, so they are counted by the price of the settings";
            self.notes.push(format!("{why}: {price} a second"));
        }
        if !alive.is_empty() {
            let (count, named) = (alive.len() as u64, alive[..alive.len().min(NAMED)].join(", "));
            self.notes.push(format!("{count} worlds live on although the server had confirmed their end: {named}"));
            self.ran.leaked += count;
            self.ran.undead = Some(alive.swap_remove(0));
        }
        for done in std::mem::take(&mut self.doubtful) {
            // A world that has ended is no leak, by the server's own word; nor is one that it never had.
            let over = match known.get(done.key.as_str()) {
                Some(world) => world.ended.is_some(),
                // Where nobody tells, a create that was given up before its answer is none; a world that was there is not over.
                None => told || (done.outcome == SessionOutcome::Aborted && !done.created),
            };
            let outcome = if over { done.outcome } else { SessionOutcome::Leaked };
            self.ran.leaked += u64::from(!over);
            let outcome = done.meter.closed(done.at, outcome);
            self.came_to(done.life.number, &outcome, true);
        }
    }
}

/// What a world cost: as the server told, or else by a price for each second, which is counted.
fn cost(price: Option<f64>, seconds: f64, told: Option<f64>, priced: &mut u64) -> Option<f64> {
    told.filter(|credits| *credits > 0.0).or_else(|| {
        let price = price.filter(|price| *price > 0.0)?;
        *priced += 1;
        Some(price * seconds)
    })
}

/// A session whose task has stopped: its world is ended behind it, and whether it was is asked for at the end.
fn broken(part: Part, now: Monotonic, error: &tokio::task::JoinError) -> Done {
    let why = crate::session::clean(&error.to_string(), 300);
    Done {
        life: part.life,
        meter: part.meter,
        key: part.key,
        at: now,
        outcome: SessionOutcome::Failed { code: "unexpected".to_owned(), why },
        created: true,
        doubtful: true,
        limited: false,
        used: (0.0, None),
        server: None,
        display: None,
    }
}

/// How sessions are watched, and why nothing is drawn where something should be.
async fn watching(setting: &Setting<'_>) -> (Watching, Option<String>) {
    let Setting { plan, request, clock, .. } = setting;
    // Many at once would wait for one adapter, which no user's would.
    let (display, undrawn) = display(plan.decoded() > 0 && plan.draw.unwrap_or(plan.decoded() == 1)).await;
    let watching = Watching {
        clock: *clock,
        preset: plan.preset,
        calibration: request.world.as_deref() == Some("calibration"),
        silent: request.audio.as_ref().is_some_and(|audio| !audio.enabled),
        display,
    };
    (watching, undrawn)
}

fn pinned(plan: &Plan) -> Option<Tier> {
    let session = &plan.scenario.session;
    let tier = session.tier.as_deref().and_then(|tier| tier.parse().ok()).unwrap_or_default();
    session.pin_tier.unwrap_or_default().then_some(tier)
}

async fn sleep_until(clock: Clock, start: Monotonic, at: Option<Duration>) {
    match at {
        Some(at) => tokio::time::sleep_until(clock.instant(start + at).into()).await,
        None => std::future::pending().await,
    }
}

/// A session's end, as a live line; what nobody is sure of yet is in doubt.
fn told(done: &Done, known: Option<&SessionOutcome>, start: Monotonic) -> Value {
    let (outcome, error) = match known.unwrap_or(&done.outcome) {
        SessionOutcome::Completed | SessionOutcome::CutShort => ("completed", None),
        SessionOutcome::Failed { code, why } => ("failed", Some(json!({ "code": code, "why": why }))),
        SessionOutcome::Aborted => ("aborted", None),
        SessionOutcome::Leaked => ("leaked", None),
    };
    json!({
        "type": "session",
        "session": done.life.number,
        "at_s": done.at.since(start).as_secs_f64(),
        "outcome": if known.is_none() { "in doubt" } else { outcome },
        "error": error,
        "seconds_used": done.used.0,
    })
}
