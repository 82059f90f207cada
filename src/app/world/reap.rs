//! `seaglass world reap`: ends what a crash left behind (HO-25). Every command that makes worlds does the same at its start, for
//! its own server, and says so.

use serde_json::{Value, json};

use super::print;
use crate::app::args::{OutputFormat, Reach, WorldReap};
use crate::app::config::Settings;
use crate::app::errors::{Exit, Failure};
use crate::app::{remote, typed};
use crate::books::{Books, Entry, State};
use crate::client::{Reap, ReapOutcome, Reaped, SessionManager};
use crate::clock::{Clock, wall_clock};

/// Longest summary that is shown.
const SUMMARY: usize = 40;

/// Ends what nobody sees to any more: on the server in use, and on those of the profiles; and where no server is in use, on all that
/// the journal names.
pub async fn reap(args: WorldReap, settings: &Settings, clock: Clock) -> Result<(), Failure> {
    let (books, _) = remote::books(settings)?;
    let left = |books: &Books| books.open_entries().map_err(|error| remote::books_failure(&error));
    let mut managers = Vec::new();
    let in_use = remote::server(&args.reach, settings)?;
    if let Some(server) = &in_use {
        managers.push((server.as_str().to_owned(), remote::paying_manager(&args.reach, settings, clock)?));
    }
    // What is wrong with the way to one server keeps nobody from ending the worlds of another.
    let mut barred: Vec<(String, Failure)> = Vec::new();
    let entries = left(&books)?;
    for name in settings.profiles.keys() {
        let Some(server) = remote::server_of_profile(name, settings)?.map(|server| server.as_str().to_owned()) else {
            continue;
        };
        let known = managers.iter().any(|(known, _)| *known == server);
        if known || !entries.iter().any(|entry| entry.server == server) {
            continue;
        }
        match remote::manager_of_profile(name, settings, clock) {
            Ok(manager) => managers.push((server, manager)),
            Err(failure) => barred.push((server, failure)),
        }
    }
    if in_use.is_none() {
        let named: Vec<String> =
            managers.iter().map(|(server, _)| server).chain(barred.iter().map(|(server, _)| server)).cloned().collect();
        for server in others(&books, &entries, |server| named.iter().any(|named| named == server), args.all) {
            match remote::manager_of_server(&server, settings, clock) {
                Ok(manager) => managers.push((server, manager)),
                Err(failure) => barred.push((server, failure)),
            }
        }
    }
    for (server, failure) in &barred {
        eprintln!("seaglass: nothing is ended on {server}: {}: {}", failure.what, failure.why);
    }
    let which = Reap { kept: args.all, dry_run: args.dry_run };
    let mut told = Vec::new();
    let mut unresolved = 0;
    for (server, manager) in &managers {
        for world in manager.reap(which).await.map_err(|error| remote::failure(&error))? {
            unresolved += usize::from(matches!(world.outcome, ReapOutcome::Unresolved(_)));
            told.push(described(&world, server));
        }
    }
    if args.forget {
        unresolved = 0;
        forget(&books, &left(&books)?, &mut told)?;
    }
    print::list(&told, args.output, line);
    let elsewhere = others(&books, &left(&books)?, |server| managers.iter().any(|(known, _)| known == server), false);
    if told.is_empty() && args.output == OutputFormat::Text {
        eprintln!("{}", if elsewhere.is_empty() { "nothing was left behind" } else { "nothing was ended here" });
    }
    for server in elsewhere {
        eprintln!("{}", way_to_end(&server, settings));
    }
    if unresolved > 0 {
        let what = format!("{unresolved} worlds may still be alive");
        let fix = "reap again when the server can be reached, with its key (--server URL --api-key-file FILE); --forget gives up on a \
                   server that is gone for good";
        return Err(Failure::new("outcome-unknown", Exit::OutcomeUnknown, what, "they could not be ended", fix));
    }
    barred.into_iter().next().map_or(Ok(()), |(_, failure)| Err(failure))
}

/// What commands that make worlds do first; no failure of it stops them.
pub async fn at_start(manager: &SessionManager, reach: &Reach, settings: &Settings) {
    match manager.reap(Reap::default()).await {
        Ok(reaped) => {
            for world in reaped {
                let name = print::shown(&world.summary, SUMMARY);
                match &world.outcome {
                    ReapOutcome::Ended(bill) => {
                        let used = bill
                            .map_or_else(String::new, |bill| format!(" after {}", print::spent(bill.seconds, bill.credits)));
                        eprintln!(
                            "seaglass: ended a world that an earlier run left behind: {} ({name}){used}",
                            place(&world)
                        );
                    }
                    ReapOutcome::Unresolved(why) => eprintln!(
                        "seaglass: a world that an earlier run left behind may still be alive: {} ({name}): {why}",
                        place(&world)
                    ),
                    ReapOutcome::Found => {}
                }
            }
        }
        Err(error) => eprintln!("seaglass: looking for worlds that were left behind failed: {error}"),
    }
    let here = remote::server(reach, settings).ok().flatten();
    if let Ok((books, _)) = remote::books(settings)
        && let Ok(entries) = books.open_entries()
    {
        for server in others(&books, &entries, |server| here.as_ref().is_some_and(|here| here.as_str() == server), false) {
            eprintln!("seaglass: {}", way_to_end(&server, settings));
        }
    }
}

/// What is to be typed to end the worlds of a server that was not asked.
fn way_to_end(server: &str, settings: &Settings) -> String {
    let way = typed::reaching(&Reach::default(), Some(server), &settings.typed);
    format!("worlds of {server} were left behind: seaglass world reap{way}")
}

/// Servers, other than the known ones, of worlds that nobody sees to; and with `kept` of those that were left alive on purpose.
fn others(books: &Books, entries: &[Entry], known: impl Fn(&str) -> bool, kept: bool) -> Vec<String> {
    let wanted = |entry: &Entry| (kept && entry.state == State::Kept) || !books.is_cared_for(entry);
    let orphans = entries.iter().filter(|entry| !known(&entry.server) && wanted(entry));
    let mut servers: Vec<String> = orphans.map(|entry| entry.server.clone()).collect();
    servers.sort();
    servers.dedup();
    servers
}

/// Gives up what could not be ended: what is known of its cost stands.
fn forget(books: &Books, entries: &[Entry], told: &mut Vec<Value>) -> Result<(), Failure> {
    let now = wall_clock().to_zoned(jiff::tz::TimeZone::system());
    for entry in entries.iter().filter(|entry| entry.state == State::Unresolved || !books.is_cared_for(entry)) {
        books.ended(&now, &entry.key, None).map_err(|error| remote::books_failure(&error))?;
        told.retain(|world| world["key"] != entry.key.as_str());
        told.push(json!({
            "key": entry.key, "id": entry.id, "server": entry.server, "summary": entry.summary,
            "since": entry.created.to_string(), "outcome": "forgotten",
            "seconds_used": entry.used.seconds, "credits_used": entry.used.credits,
        }));
    }
    Ok(())
}

fn place(world: &Reaped) -> String {
    world.id.as_ref().map_or_else(|| format!("key {}", world.key), ToString::to_string)
}

fn described(world: &Reaped, server: &str) -> Value {
    let (outcome, bill, why) = match &world.outcome {
        ReapOutcome::Found => ("found", None, None),
        ReapOutcome::Ended(bill) => ("ended", *bill, None),
        ReapOutcome::Unresolved(why) => ("unresolved", None, Some(why)),
    };
    json!({
        "key": world.key, "id": world.id, "server": server, "summary": world.summary, "since": world.since.to_string(),
        "outcome": outcome, "seconds_used": bill.map(|bill| bill.seconds), "credits_used": bill.map(|bill| bill.credits),
        "why": why,
    })
}

fn line(world: &Value) {
    let text = |key: &str| print::shown(world[key].as_str().unwrap_or_default(), 80);
    let name = if world["id"].is_null() { format!("key {}", text("key")) } else { text("id") };
    let used = world["seconds_used"].as_f64().map_or_else(String::new, |used| format!("{used:.1} s"));
    println!("{name}  {:<10}  {used:>8}  {}  {}", text("outcome"), text("summary"), text("why"));
}
