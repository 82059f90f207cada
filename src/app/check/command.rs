//! `seaglass check`: from the command line to a run, and from the run to the exit status.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use super::case::Case;
use super::facts::Facts;
use super::output::{Form, Outputs};
use super::report::Report;
use super::run::{Done, Pace, play};
use super::survey::{outside, survey};
use super::target::{Key, Target};
use super::verdict::Halt;
use super::worlds::Worlds;
use super::{registry, text};
use crate::app::args::Check;
use crate::app::config::Settings;
use crate::app::errors::{Exit, Failure};
use crate::app::remote;
use crate::app::signals::Stop;
use crate::client::ClientError;
use crate::clock::{Clock, wall_clock};
use crate::net::{Origin, RawRequest};

/// How often a signal is looked for.
const GLANCE: Duration = Duration::from_millis(50);

/// Longest time of one case, at the least.
const SHORTEST: Duration = Duration::from_secs(10);

/// Runs the command.
pub fn check(args: Check, settings: &Settings, clock: Clock) -> Result<Option<Exit>, Failure> {
    let only: Vec<String> = args.ids.iter().chain(&args.only).cloned().collect();
    let cases = registry::choose(&only, &args.skip)?;
    if args.timeout < SHORTEST {
        let what = format!("no case can be judged within {:?}", args.timeout);
        let why = "the longest watch their worlds for six seconds";
        return Err(Failure::new("usage", Exit::Usage, what, why, format!("allow at least --timeout {SHORTEST:?}")));
    }
    let mut outputs = Outputs::read(&args.output, args.transcripts.as_deref())?;
    if args.list {
        match outputs.stdout() {
            Some(Form::Json) => println!("{:#}", listed(&cases)),
            _ => print!("{}", text::list(&cases)),
        }
        return Ok(None);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|error| {
            Failure::new("unexpected", Exit::Unexpected, "no runtime can be started", error, "try again")
        })?;
    let seed = args.seed.unwrap_or_else(|| {
        // Any number will do, so long as it is said.
        u64::from_ne_bytes(uuid::Uuid::now_v7().into_bytes()[8..].try_into().unwrap_or_default()) >> 16
    });
    runtime.block_on(async {
        let stop = Stop::on_signals(&tokio::runtime::Handle::current());
        let (target, embedded) = target(&args, settings, clock, seed).await?;
        let done = if preview(&args, &cases, &target)? {
            outputs.begin()?;
            let done = checked(&args, &cases, &target, &mut outputs, &stop).await;
            match &done {
                Err(failure) => outputs.abandon(&failure.to_string()),
                Ok(Some(_)) => outputs.abandon("it was interrupted"),
                Ok(None) => {}
            }
            done
        } else {
            Ok(None)
        };
        embedded.shutdown().await;
        done
    })
}

/// The whole run: survey, cases, proof, reports.
async fn checked(
    args: &Check,
    cases: &[&'static Case],
    target: &Arc<Target>,
    outputs: &mut Outputs,
    stop: &Stop,
) -> Result<Option<Exit>, Failure> {
    let began = (target.clock.now(), wall_clock().to_string());
    reachable(target).await?;
    let worlds = Worlds::default();
    let mut done: Vec<Done> = Vec::new();
    let mut looked = (outside(target), None);
    let pace = Pace { jobs: args.jobs, timeout: args.timeout };
    let shows = std::io::stderr().is_terminal();
    let all = async {
        if cases.iter().any(|case| case.worlds > 0 || !case.needs.is_empty()) {
            looked = look(target, &worlds).await?;
        }
        let facts = Arc::new(looked.0.clone());
        done = play(target, &facts, &worlds, cases, pace, |one| {
            outputs.tell(one, target.seed);
            if shows {
                eprintln!("{}", text::line(one));
            }
        })
        .await;
        Ok::<(), Failure>(())
    };
    let ended = tokio::select! {
        ended = all => ended,
        () = asked(stop) => Ok(()),
    };
    // Whatever happened: no world of ours stays, not even one that we were never told of.
    if worlds.find_strays(target).await.is_err() {
        eprintln!("seaglass: the list of worlds cannot be read, so worlds that were never told are not looked for");
    }
    worlds.end(target, None).await;
    ended?;
    let server = looked.0.hello.as_ref().map_or_else(|| "no hello".to_owned(), |hello| hello.server.clone());
    let report = Report {
        target: target.origin.as_str().to_owned(),
        server: super::tape::Tape::new(target.clock).clean(&server, 100),
        seed: target.seed,
        began: began.1,
        took: target.clock.now().since(began.0),
        done,
        worlds: worlds.all(),
        survey: looked.1,
        strict: args.strict,
    };
    if let Some(exit) = stop.asked() {
        let left = report.left_open();
        eprintln!("seaglass: interrupted; {} worlds ended, {} left open", report.worlds.len() - left.len(), left.len());
        left.iter().for_each(|world| eprintln!("seaglass: left open: {}", world.id));
        return Ok(Some(exit));
    }
    outputs.finish(&report)?;
    report.verdict().map(|()| None)
}

async fn asked(stop: &Stop) {
    while stop.asked().is_none() {
        tokio::time::sleep(GLANCE).await;
    }
}

/// The facts of the server, and what could not be looked at.
async fn look(target: &Arc<Target>, worlds: &Worlds) -> Result<(Facts, Option<String>), Failure> {
    let looked = survey(target, worlds).await;
    worlds.end(target, None).await;
    match looked {
        Ok(looked) => Ok(looked),
        Err(Halt::Skipped(why) | Halt::Failed { found: why, .. }) => {
            let fix =
                "see that the server has room and that the key may create worlds; --only with cases that make none works";
            Err(Failure::new("protocol", Exit::Session, "the server gives no world to check", why, fix))
        }
    }
}

/// Whether anything answers, and takes the key, before worlds are asked for.
async fn reachable(target: &Target) -> Result<(), Failure> {
    let url = target.origin.join(["v1", "worlds"]);
    let headers = target.credential().into_iter().collect();
    let request = RawRequest { method: "GET", url, headers, body: None, timeout: target.patience };
    match target.http.raw(request).await {
        Err(error) => Err(remote::failure(&ClientError::Net(error))),
        Ok(answer) if matches!(answer.status, 401 | 403) => {
            let what = format!("the server at {} refuses the key (HTTP {})", target.origin.host(), answer.status);
            let why = if target.key.is_none() { "no key is configured" } else { "" };
            Err(Failure::new("auth", Exit::Auth, what, why, "name the file of the right key with --api-key-file"))
        }
        Ok(_) => Ok(()),
    }
}

/// Says what a run costs at most; whether to go on.
fn preview(args: &Check, cases: &[&'static Case], target: &Target) -> Result<bool, Failure> {
    let worlds = 1 + cases.iter().map(|case| case.worlds).sum::<u32>();
    let seconds = f64::from(worlds) * args.timeout.as_secs_f64();
    let here = target.origin.is_here();
    let price = if here { "" } else { "what a second costs is between you and that server; " };
    let words = format!(
        "{} cases against {}\nat most {worlds} worlds, each ended with its case, which may take {:?}: at most {seconds:.0} s of \
         world time\n{price}--seed {} repeats this run",
        cases.len(),
        target.origin.as_str(),
        args.timeout,
        target.seed
    );
    if args.dry_run {
        println!("{words}");
        return Ok(false);
    }
    eprintln!("{words}");
    if args.yes || here {
        return Ok(true);
    }
    let refused = |why: &str| {
        let fix = "say --yes to run without being asked, or --dry-run to see what it may cost";
        Failure::new("usage", Exit::Usage, "nothing was sent", why, fix)
    };
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(refused("the server is not on this machine, so the run may cost; nobody is there to be asked"));
    }
    eprint!("go on? [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(true);
    }
    Err(refused("the answer was not yes"))
}

fn listed(cases: &[&'static Case]) -> serde_json::Value {
    let one = |case: &&Case| {
        let rows: Vec<&str> = case.rows.split(", ").collect();
        serde_json::json!({
            "id": case.id, "level": case.level.name(), "rows": rows, "section": case.section, "says": case.says,
            "worlds": case.worlds,
        })
    };
    cases.iter().map(one).collect()
}

/// A server of our own, if one was started.
struct Embedded {
    #[cfg(feature = "server")]
    server: Option<crate::sim::ServerHandle>,
}

impl Embedded {
    async fn shutdown(self) {
        #[cfg(feature = "server")]
        if let Some(server) = self.server {
            server.shutdown().await;
        }
    }
}

async fn target(args: &Check, settings: &Settings, clock: Clock, seed: u64) -> Result<(Arc<Target>, Embedded), Failure> {
    let net = |error| remote::failure(&ClientError::Net(error));
    if let Some(url) = &args.target {
        let origin = Origin::parse(url.as_str()).map_err(net)?;
        let key = remote::key(&args.reach(), settings)?.map(|(header, value)| Key { header, value });
        let trust = remote::trust(&args.reach(), settings)?;
        let target = Target::new(origin, trust, key, args.allow_plaintext_key, clock, args.timeout, seed).map_err(net)?;
        #[cfg(feature = "server")]
        return Ok((Arc::new(target), Embedded { server: None }));
        #[cfg(not(feature = "server"))]
        return Ok((Arc::new(target), Embedded {}));
    }
    #[cfg(feature = "server")]
    {
        let (server, url, value) = super::embedded::start(seed).await?;
        let origin = Origin::parse(&url).map_err(net)?;
        let key = Some(Key { header: None, value });
        let target = Target::new(origin, crate::net::Trust::web(), key, false, clock, args.timeout, seed).map_err(net)?;
        Ok((Arc::new(target), Embedded { server: Some(server) }))
    }
    #[cfg(not(feature = "server"))]
    Err(Failure::new(
        "not-built",
        Exit::Usage,
        "no server is named",
        "this program has none of its own",
        "name one: --target URL",
    ))
}
