//! `seaglass explore`, from beginning to end: where the wings meet. Starts what the plan needs, hands a live world to the window
//! or to the headless runner, and makes sure that the world is deleted on every way out, panic included.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::headless::{self, Seen, Sounded};
use super::live::{Live, live};
use super::plan::{Plan, Sound, Target};
use super::pump::pump;
use super::recorder;
use super::report::{Run, report};
use super::screenshot;
use super::streaming::{apply, ask_for_limits};
use super::window::{self, WindowError, WindowOptions};
use crate::app::args::Explore;
use crate::app::config::Loaded;
use crate::app::display;
use crate::app::errors::{Exit, Failure};
use crate::app::remote;
use crate::app::signals::Stop;
use crate::app::world;
use crate::audio::{DeviceChoice, StandIn};
use crate::client::{Auth, ClientConfig, SessionManager};
use crate::clock::{Clock, wall_clock};
use crate::player::{Player, PlayerOptions};
use crate::render::GpuError;
use crate::sim;

/// The embedded server's farewell, at most.
const SHUTDOWN: Duration = Duration::from_secs(3);

/// Opens a world and lets the user walk in it. The exit status of a signal that ended it, if one did.
pub fn explore(args: Explore, loaded: Loaded, clock: Clock) -> Result<Option<Exit>, Failure> {
    let reach = args.reach.clone();
    let reaps = !args.no_reap;
    let streaming = args.streaming.clone();
    let mut plan = Plan::decide(args, loaded.settings.clone(), display::there())?;
    let runtime = network_runtime()?;
    let stop = Stop::on_signals(runtime.handle());
    let (manager, embedded) = match remote::server(&reach, &loaded.settings)? {
        Some(_) => {
            let mut config = remote::paying_client(&reach, &loaded.settings, clock)?;
            apply(&streaming, &plan, true, &mut config);
            ask_for_limits(&streaming, &mut plan, &mut config);
            let manager = SessionManager::new(config).map_err(|error| remote::failure(&error))?;
            if reaps {
                runtime.block_on(world::at_start(&manager, &reach, &loaded.settings));
            }
            (manager, None)
        }
        // A server of our own goes with this process, and its worlds with it: nothing is to be journaled.
        None => {
            let (manager, server) = runtime.block_on(embed(clock, |config| apply(&streaming, &plan, false, config)))?;
            (manager, Some(server))
        }
    };
    let served_here = embedded.is_some();
    let started = wall_clock().to_string();

    let (device, sounded) = device(&plan);
    let mut options = PlayerOptions::new(clock);
    options.preset = plan.preset;
    options.device = device;
    options.refresh_hz = plan.headless.then_some(60.0);
    let (player, sink) = Player::start(options).map_err(|error| {
        Failure::new("player", Exit::Unexpected, "the player cannot start", error, "close other programs")
    })?;
    let player = Arc::new(player);
    let (live, feed) = live(Arc::clone(&player), clock, stop.clone());
    let end = Arc::new(Notify::new());
    let task =
        runtime.spawn(pump(manager, plan.target.clone(), plan.pinned, sink, Arc::clone(&player), feed, Arc::clone(&end)));
    let ending = Ending::of(&runtime, end, task);

    let viewed = view(&live, &plan, sounded);
    let pumped = ending.wait();
    if let Some(server) = embedded {
        shut_down(&runtime, server);
    }
    // The world's own failure tells more than what the viewer made of it.
    let mut seen = match (viewed, pumped) {
        (Ok(seen), Ok(())) => seen,
        (Err(failure), Ok(())) | (_, Err(failure)) => return Err(failure),
    };
    let ended = match seen.signal {
        Some(_) => "by a signal",
        None if plan.headless => "after its time, or with the world",
        None => "by the user",
    };
    let run = Run {
        started,
        presented_for: seen.presented_for,
        layer: if plan.headless { "L1" } else { "window" },
        adapter: std::mem::take(&mut seen.adapter),
        server: if served_here { format!("{} (embedded)", seen.server) } else { std::mem::take(&mut seen.server) },
        world: describe(&live, &plan.target),
        milestones: seen.milestones,
        refreshes: seen.refreshes,
        unrecorded: seen.recorder.as_ref().map_or(0, recorder::Recorder::left_out),
        round_trip: live.handle().and_then(|handle| Some(handle.link()?.rtt_min)),
        ended: ended.to_owned(),
    };
    if let Some(path) = &plan.report {
        // Taken first: the traces are locked while one looks at them, and a snapshot needs them too.
        let snapshot = player.snapshot();
        let report = player.traces(|traces| report(&run, &snapshot, traces));
        write_report(path, &format!("{report:#}\n"))?;
    }
    // The stand-in device goes with the player, and its tap with it: only then is the recording complete.
    drop(live);
    drop(player);
    if let Some(recorder) = seen.recorder.take() {
        eprintln!("seaglass: recording {}", recorder.finish()?.display());
    }
    Ok(seen.signal)
}

/// The threads of the network.
pub fn network_runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("seaglass-net")
        .enable_all()
        .build()
        .map_err(|error| unexpected("no runtime can be started", &error))
}

/// The embedded server's farewell.
pub fn shut_down(runtime: &Runtime, server: sim::ServerHandle) {
    runtime.block_on(async {
        let _ = tokio::time::timeout(SHUTDOWN, server.shutdown()).await;
    });
}

/// Ends the world when it goes, also while a panic unwinds.
pub struct Ending<'a> {
    runtime: &'a Runtime,
    end: Arc<Notify>,
    task: Option<JoinHandle<Result<(), Failure>>>,
}

impl<'a> Ending<'a> {
    /// Of the task that drives the world, which ends it when `end` is notified.
    pub fn of(runtime: &'a Runtime, end: Arc<Notify>, task: JoinHandle<Result<(), Failure>>) -> Self {
        Self { runtime, end, task: Some(task) }
    }

    /// Ends the world now, and tells how that went.
    pub fn wait(mut self) -> Result<(), Failure> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), Failure> {
        let Some(task) = self.task.take() else { return Ok(()) };
        self.end.notify_one();
        // Bounded: every request of the task has a time-out of its own.
        self.runtime.block_on(task).unwrap_or_else(|error| Err(unexpected("the task that drives the world stopped", &error)))
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if let Err(failure) = self.finish() {
            eprintln!("{failure}");
        }
    }
}

fn view(live: &Live, plan: &Plan, sounded: Option<Sounded>) -> Result<Seen, Failure> {
    if plan.headless {
        return headless::run(live, plan, sounded, None);
    }
    let mut options = WindowOptions {
        fullscreen: plan.fullscreen,
        sound: plan.audio.enabled,
        audio: plan.audio.clone(),
        screenshots: plan.screenshots.clone(),
        scenario: plan.scenario.clone(),
        run_for: plan.duration,
        keep_picture: plan.screenshot.is_some(),
        ..WindowOptions::titled(plan.title())
    };
    if let Some(size) = plan.size {
        options.size = size;
    }
    let outcome = window::run(live, options).map_err(|error| window_failure(&error))?;
    if let (Some(path), Some((rgba, size))) = (&plan.screenshot, &outcome.picture) {
        screenshot::save(path, rgba, *size)?;
        eprintln!("seaglass: screenshot {}", path.display());
    }
    Ok(Seen {
        milestones: outcome.milestones,
        presented_for: outcome.presented_for,
        refreshes: outcome.refreshes,
        adapter: outcome.adapter,
        server: outcome.server,
        recorder: None,
        signal: outcome.signal,
    })
}

/// A window that cannot be shown.
pub fn window_failure(error: &WindowError) -> Failure {
    let (code, exit) = match error {
        WindowError::NoDisplay { .. } | WindowError::Refused { .. } => ("display", Exit::Usage),
        WindowError::Gpu(GpuError::NoAdapter { .. }) => ("no-adapter", Exit::Usage),
        _ => ("player", Exit::Unexpected),
    };
    Failure::new(
        code,
        exit,
        "the window cannot be shown",
        error,
        "`seaglass doctor` shows what this machine has; --headless needs no display",
    )
}

/// A reference server of our own on loopback, with a key that nobody else knows.
pub async fn embed(
    clock: Clock,
    set_up: impl FnOnce(&mut ClientConfig),
) -> Result<(SessionManager, sim::ServerHandle), Failure> {
    let key = SecretString::from(format!("{}{}", uuid::Uuid::now_v7().simple(), uuid::Uuid::now_v7().simple()));
    let mut config = sim::ServerConfig::new(([127, 0, 0, 1], 0).into());
    config.key = Some(key.clone());
    let server = sim::Server::start(config).await.map_err(|error| {
        Failure::new("session", Exit::Session, "the embedded world server cannot start", error, "try again")
    })?;
    let url = format!("http://{}", server.address());
    let mut config = ClientConfig::new(url, Auth::bearer(key), clock);
    set_up(&mut config);
    let manager = SessionManager::new(config).map_err(|error| remote::failure(&error))?;
    Ok((manager, server))
}

fn device(plan: &Plan) -> (DeviceChoice, Option<Sounded>) {
    if plan.headless {
        let mut stand_in = StandIn::default();
        let mut sounded = None;
        if plan.record.is_some() {
            let (tap, samples) = recorder::tap();
            stand_in.tap = Some(tap);
            sounded = Some(samples);
        }
        return (DeviceChoice::StandIn(stand_in), sounded);
    }
    let choice = match &plan.sound {
        Sound::Default => DeviceChoice::Default,
        Sound::None => DeviceChoice::None,
        Sound::Named(name) => DeviceChoice::Named(name.clone()),
    };
    (choice, None)
}

fn describe(live: &Live, target: &Target) -> serde_json::Value {
    let id = live.handle().map(|handle| handle.id().to_string());
    match target {
        Target::Create(request) => {
            json!({ "id": id, "prompt": request.prompt, "world": request.world, "seed": request.seed, "tier": request.tier })
        }
        Target::Attach(_) => json!({ "id": id }),
    }
}

fn write_report(path: &Path, text: &str) -> Result<(), Failure> {
    if path == Path::new("-") {
        print!("{text}");
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| {
        let what = format!("the report {} cannot be written", path.display());
        Failure::new("file", Exit::Unexpected, what, error, "check that the folder exists, is writable and has room")
    })
}

fn unexpected(what: &str, why: &dyn std::fmt::Display) -> Failure {
    Failure::new("unexpected", Exit::Unexpected, what, why, "try again; if it persists, report it with `seaglass doctor`")
}
