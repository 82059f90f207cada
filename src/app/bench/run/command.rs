//! `seaglass bench run`: from the command line to a plan, from the plan to a run, from the run to outputs and the exit status. Everything
//! that can be wrong is looked at before anything is created.

use jiff::tz::TimeZone;
use secrecy::SecretString;

use super::describe::describe;
use super::faults::{self, Admin};
use super::machine;
use super::own::{Own, shares};
use super::plan::Plan;
use super::preview::{Preview, told};
use super::progress::Progress;
use super::runner::{Ran, Setting, run as play};
use super::self_test::{self, Overhead};
use super::{descriptors, verdict};
use crate::app::args::{AudioChoice, BenchRun, TransportChoice, VideoChoice};
use crate::app::bench::outputs::Outputs;
use crate::app::config::{Loaded, Settings};
use crate::app::errors::{Exit, Failure};
use crate::app::scenario::Fleet;
use crate::app::signals::Stop;
use crate::app::sound::audio_request;
use crate::app::{remote, world};
use crate::client::{Auth, ClientConfig, ClientError, SessionManager, Transport};
use crate::clock::{Clock, wall_clock};
use crate::measure::Report;
use crate::media::Tier;
use crate::net::{Origin, Trust};
use crate::wire::{CreateWorld, Mode};

/// Threads of the runtime. A session costs little, and what is spread over many threads costs more.
const THREADS: usize = 2;

/// Runs the command; the exit status of a signal that ended it, if one did.
pub fn run(args: BenchRun, loaded: Loaded, clock: Clock) -> Result<Option<Exit>, Failure> {
    let settings = &loaded.settings;
    let plan = Plan::of(&args)?;
    let outputs = Outputs::parse(&args.output)?;
    let baseline = args.baseline.as_deref().map(verdict::Baseline::read).transpose()?;
    let named = remote::server(&args.reach, settings)?;
    if let Some(origin) = named.as_ref().filter(|origin| plan.scenario.faults.is_some() && !origin.is_here()) {
        return Err(faults::refused(&format!("{} is not this machine", origin.site())));
    }
    let request = request(&plan)?;
    let preview = preview(&args, settings, &plan, named.as_ref())?;
    let shared = named.is_none().then(|| shares(plan.scenario.fleet, plan.peak()));
    let description = describe(&plan, &request, named.as_ref(), shared);
    if let Some(baseline) = &baseline {
        baseline.suits(&description)?;
    }
    if args.dry_run {
        return dry_run(&args, &preview, &plan).map(|()| None);
    }
    eprintln!("{preview}");
    plan.notes.iter().for_each(|note| eprintln!("note: {note}"));
    preview.fit(machine::available_memory())?;
    descriptors::make_room(preview.descriptors)?;
    if named.as_ref().is_some_and(|origin| costs(origin, &preview)) {
        preview.consent(args.yes)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("seaglass-net")
        .enable_all()
        .build()
        .map_err(|error| Failure::new("unexpected", Exit::Unexpected, "no runtime can be started", error, "try again"))?;
    let stop = Stop::on_signals(runtime.handle());
    let (mut plan, mut description) = (plan, description);
    if args.self_test {
        let found = tested(&runtime, &plan, &request, clock, &stop)?;
        if let Some(signal) = stop.asked() {
            return Ok(Some(signal));
        }
        eprintln!("{}", found.note);
        let blurred: Vec<String> =
            plan.objectives.iter().filter_map(|objective| objective.check_overhead(&found.by_metric).err()).collect();
        if !blurred.is_empty() {
            let fix = "raise what is listed, run fewer sessions, or use a quieter machine";
            let what = "this machine cannot tell whether an objective is kept";
            return Err(Failure::new("plan", Exit::Usage, what, blurred.join("\n"), fix));
        }
        plan.notes.push(found.note);
        description.overhead_ms = found.by_metric;
    }
    let place = match named {
        Some(origin) => Place::named(&args, settings, origin, clock, &plan)?,
        None => Place::own(&plan, clock)?,
    };
    let ran = runtime.block_on(async {
        if place.own.is_none() {
            world::at_start(&place.manager, &args.reach, settings).await;
        }
        if let Some(admin) = &place.admin {
            admin.check().await?;
        }
        play(Setting {
            manager: place.manager.clone(),
            request,
            plan: &plan,
            run: description,
            abort_on_fail: args.abort_on_fail,
            clock,
            stop: &stop,
            admin: place.admin,
            progress: Progress::to_terminal(),
            live: outputs.live(),
            price: preview.price,
        })
        .await
    });
    // The last of the managers waits for what is still being deleted; then our own server may go.
    drop(place.manager);
    drop(place.own);
    wound_up(ran?, &plan, &outputs, baseline.as_ref())
}

/// What this program itself adds, on a server of its own that shows one world to all.
fn tested(
    runtime: &tokio::runtime::Runtime,
    plan: &Plan,
    request: &CreateWorld,
    clock: Clock,
    stop: &Stop,
) -> Result<Overhead, Failure> {
    if !cfg!(feature = "server") {
        return Err(remote::no_server());
    }
    eprintln!("self-test: the same load for up to {:?}", self_test::LONGEST);
    let own = Own::start(Fleet { shared_world: Some(true), max_worlds: None }, plan.peak())?;
    let (_, mut config) = own_client(&own, clock)?;
    config.transport = transport(plan);
    let manager = SessionManager::new(config).map_err(|error| remote::failure(&error))?;
    runtime.block_on(self_test::measure(manager, request.clone(), plan, clock, stop))
}

/// Writes every output, then says how it went.
fn wound_up(
    mut ran: Ran,
    plan: &Plan,
    outputs: &Outputs,
    baseline: Option<&verdict::Baseline>,
) -> Result<Option<Exit>, Failure> {
    let live = ran.live.take();
    let report = Report::of(&ran.recording, &plan.objectives);
    outputs.write(&ran.recording, &report)?;
    live.map_or(Ok(()), |live| live.finish())?;
    verdict::verdict(&ran, &report, baseline)
}

/// Where a run plays.
struct Place {
    manager: SessionManager,
    admin: Option<Admin>,
    own: Option<Own>,
}

impl Place {
    /// A server that the user named. What it costs is kept in the books.
    fn named(args: &BenchRun, settings: &Settings, origin: Origin, clock: Clock, plan: &Plan) -> Result<Self, Failure> {
        let mut config = remote::paying_client(&args.reach, settings, clock)?;
        config.transport = transport(plan);
        let admin = match &plan.scenario.faults {
            None => None,
            Some(_) => {
                let trust = remote::trust(&args.reach, settings)?;
                let key = remote::key(&args.reach, settings)?;
                Some(Admin::new(origin, trust, key).map_err(net)?)
            }
        };
        let manager = SessionManager::new(config).map_err(|error| remote::failure(&error))?;
        Ok(Self { manager, admin, own: None })
    }

    /// A server of our own, in a process of its own.
    fn own(plan: &Plan, clock: Clock) -> Result<Self, Failure> {
        if !cfg!(feature = "server") {
            return Err(remote::no_server());
        }
        let own = Own::start(plan.scenario.fleet, plan.peak())?;
        let (origin, mut config) = own_client(&own, clock)?;
        config.transport = transport(plan);
        let admin = match &plan.scenario.faults {
            None => None,
            Some(_) => Some(Admin::new(origin, Trust::web(), Some((None, own.key.clone()))).map_err(net)?),
        };
        let manager = SessionManager::new(config).map_err(|error| remote::failure(&error))?;
        Ok(Self { manager, admin, own: Some(own) })
    }
}

fn own_client(own: &Own, clock: Clock) -> Result<(Origin, ClientConfig), Failure> {
    let key: SecretString = own.key.clone();
    Ok((Origin::parse(&own.url).map_err(net)?, ClientConfig::new(own.url.as_str(), Auth::bearer(key), clock)))
}

fn net(error: crate::net::NetError) -> Failure {
    remote::failure(&ClientError::Net(error))
}

fn transport(plan: &Plan) -> Transport {
    match plan.scenario.session.transport.unwrap_or_default() {
        TransportChoice::Auto => Transport::Auto,
        TransportChoice::Ws => Transport::WebSocket,
        TransportChoice::Sse => Transport::Events,
    }
}

/// Whether worlds there may cost somebody something: where a price is known, or where the machine is not this one.
fn costs(origin: &Origin, preview: &Preview) -> bool {
    preview.credits.is_some_and(|credits| credits > 0.0) || !origin.is_here()
}

/// What a run takes; refused where a budget does not allow it.
fn preview(args: &BenchRun, settings: &Settings, plan: &Plan, named: Option<&Origin>) -> Result<Preview, Failure> {
    let Some(origin) = named else {
        let shared = if shares(plan.scenario.fleet, plan.peak()) { ", which shows one world to all" } else { "" };
        return Ok(Preview::of(plan, format!("a server of its own{shared}"), Some(0.0)));
    };
    let preview = Preview::of(plan, origin.site(), remote::price(&args.reach, settings)?);
    let config = remote::paying_client(&args.reach, settings, Clock::start())?;
    if let Some(keeping) = config.books {
        let now = wall_clock().to_zoned(TimeZone::system());
        let balances = keeping.books.balances(&now, &keeping.profile, &keeping.budgets);
        preview.afford(&balances.map_err(|error| remote::books_failure(&error))?)?;
    }
    Ok(preview)
}

fn dry_run(args: &BenchRun, preview: &Preview, plan: &Plan) -> Result<(), Failure> {
    if args.output.iter().any(|output| output == "json") {
        let mut shown = preview.json();
        shown["sessions"] = plan
            .lives
            .iter()
            .map(|life| serde_json::json!({ "session": life.number, "begin_s": life.begin.as_secs_f64(), "end_s": life.end.as_secs_f64() }))
            .collect();
        shown["notes"] = serde_json::json!(plan.notes);
        println!("{shown:#}");
    } else {
        println!("{preview}");
        plan.phases.iter().for_each(|phase| println!("{} to {}: {}", told(phase.at), told(phase.until), phase.name));
        plan.notes.iter().for_each(|note| println!("note: {note}"));
    }
    eprintln!("nothing was created");
    Ok(())
}

/// What to ask a server for: what the scenario says and nothing else, so that whoever runs it asks for the same.
fn request(plan: &Plan) -> Result<CreateWorld, Failure> {
    let session = plan.scenario.session.clone();
    let world = session.world.or_else(|| session.prompt.is_none().then(|| "calibration".to_owned()));
    let tier: Tier = session.tier.as_deref().and_then(|tier| tier.parse().ok()).unwrap_or_default();
    let formats = match session.video.unwrap_or(VideoChoice::H264) {
        VideoChoice::H264 => ["h264", "mjpeg"],
        VideoChoice::Mjpeg => ["mjpeg", "h264"],
    };
    let request = CreateWorld {
        prompt: session.prompt.or_else(|| world.clone()).unwrap_or_default(),
        mode: if session.mode.as_deref() == Some("direct") { Mode::Direct } else { Mode::Wander },
        world,
        seed: session.seed,
        tier: Some(tier.into()),
        video_formats: formats.map(str::to_owned).to_vec(),
        audio: Some(audio_request(session.audio.unwrap_or(AudioChoice::Opus))),
        ..CreateWorld::default()
    };
    match request.check() {
        Ok(()) => Ok(request),
        Err(violations) => Err(Failure::new(
            "usage",
            Exit::Usage,
            "the world cannot be asked for like that",
            violations,
            "mend the scenario",
        )),
    }
}
