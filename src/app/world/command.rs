//! One arm for each of the sub-commands.

use serde_json::json;

use super::print::{self, shown};
use super::{budget, create, reap};
use crate::app::args::{OutputFormat, Reach, World};
use crate::app::config::{Loaded, Settings};
use crate::app::errors::{Exit, Failure};
use crate::app::remote;
use crate::app::signals::Stop;
use crate::client::{Acknowledgement, Category, ClientError, SessionManager};
use crate::clock::Clock;
use crate::wire::{AckStatus, CommandId, MAX_PROMPT_CHARS, WorldId};

/// Runs one of the sub-commands; the exit status of a signal that ended it, if one did.
pub fn world(command: World, loaded: Loaded) -> Result<Option<Exit>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("unexpected", Exit::Unexpected, "no runtime can be started", error, "try again"))?;
    let clock = Clock::start();
    let settings = &loaded.settings;
    let pays = matches!(command, World::New(_) | World::End { .. } | World::Reap(_));
    let first = match command {
        World::New(_) => "seaglass: ending; a world that is not there yet is ended (again to stop now)",
        _ => "seaglass: ending (again to stop now)",
    };
    let stop = Stop::beside(first, "seaglass: ended at once; the next start ends what is left");
    let done = runtime.block_on(async {
        tokio::select! {
            biased;
            done = act(command, settings, clock) => done.map(|()| None),
            exit = stop.wait() => Ok(Some(exit)),
        }
    });
    // A create that is under way is ended with it, and waited for (HO-5).
    drop(runtime);
    if pays && matches!(done, Ok(Some(_))) {
        tell_what_is_open(settings);
    }
    done
}

/// What still costs money when a command was interrupted.
fn tell_what_is_open(settings: &Settings) {
    let open = remote::books(settings).ok().and_then(|(books, _)| books.open_entries().ok()).unwrap_or_default();
    for entry in open {
        let name = entry.id.map_or_else(|| format!("with the key {}", entry.key), |id| shown(&id, 80));
        eprintln!("seaglass: a world on {} may still be alive: {name} ({})", entry.server, shown(&entry.summary, 40));
    }
}

async fn act(command: World, settings: &Settings, clock: Clock) -> Result<(), Failure> {
    match command {
        World::New(args) => create::new(*args, settings, clock).await,
        World::List { reach, output } => {
            let worlds = reader(&reach, settings, clock)?.list().await.map_err(|e| remote::failure(&e))?;
            if worlds.is_empty() && output == OutputFormat::Text {
                eprintln!("no worlds");
            }
            print::list(&worlds, output, print::world);
            Ok(())
        }
        World::Show { id, reach, output } => {
            let id = checked(id)?;
            let world = reader(&reach, settings, clock)?.show(&id).await.map_err(|e| remote::failure(&e))?;
            print::one(&world, output, print::world);
            Ok(())
        }
        World::Direct { id, text, command, reach, output } => {
            let (id, command, text) = (checked(id)?, named(command)?, worded(text)?);
            let ack = reader(&reach, settings, clock)?.direct(&id, command.clone(), &text).await;
            acknowledged(ack.map_err(|e| unacknowledged(&e, &command))?, output)
        }
        World::Wander { id, prompt, command, reach, output } => {
            let (id, command, prompt) = (checked(id)?, named(command)?, worded(prompt)?);
            let ack = reader(&reach, settings, clock)?.wander(&id, command.clone(), &prompt).await;
            acknowledged(ack.map_err(|e| unacknowledged(&e, &command))?, output)
        }
        World::End { ids, reach, output } => end(ids, &reach, settings, clock, output).await,
        World::Reap(args) => reap::reap(args, settings, clock).await,
        World::Budget { reach, output } => budget::budget(&reach, settings, output),
    }
}

/// An id from the command line, checked before anything is sent.
pub fn checked(id: String) -> Result<WorldId, Failure> {
    WorldId::new(id).map_err(|why| {
        Failure::new("usage", Exit::Usage, "that is no world id", why, "take the id from `seaglass world list`")
    })
}

/// A manager that creates nothing, so that it needs no books.
fn reader(reach: &Reach, settings: &Settings, clock: Clock) -> Result<SessionManager, Failure> {
    remote::named_manager(reach, settings, clock)
}

async fn end(
    ids: Vec<String>,
    reach: &Reach,
    settings: &Settings,
    clock: Clock,
    output: OutputFormat,
) -> Result<(), Failure> {
    let ids = ids.into_iter().map(checked).collect::<Result<Vec<_>, _>>()?;
    let manager = match remote::paying_manager(reach, settings, clock) {
        // Books that cannot be opened are no reason to let a world run on.
        Err(failure) if failure.code == "books" => {
            eprintln!("seaglass: {}: {}", failure.what, failure.why);
            reader(reach, settings, clock)?
        }
        manager => manager?,
    };
    let mut failed = None;
    let mut ended = Vec::new();
    for id in ids {
        match manager.end(&id).await {
            Ok(bill) => {
                match bill {
                    Some(bill) => eprintln!("world {id} has ended after {}", print::spent(bill.seconds, bill.credits)),
                    // Also where there never was one: the server does not tell these apart.
                    None => eprintln!("world {id} is not there any more"),
                }
                let (seconds, credits) = (bill.map(|bill| bill.seconds), bill.map(|bill| bill.credits));
                ended.push(json!({ "id": id, "state": "ended", "seconds_used": seconds, "credits_used": credits }));
            }
            Err(error) => {
                let failure = remote::failure(&error);
                eprintln!("world {id}: {}", failure.what);
                failed = Some(failure);
            }
        }
    }
    if output != OutputFormat::Text {
        print::list(&ended, output, |_| ());
    }
    failed.map_or(Ok(()), Err)
}

/// Of a command whose answer was lost nobody knows whether it was done; under its id it may be sent again (HO-28).
fn unacknowledged(error: &ClientError, command: &CommandId) -> Failure {
    let mut failure = remote::failure(error);
    if matches!(error.category(), Category::Network | Category::Session) {
        failure.fix = format!("{} With --id {command} it is done once, whether this time arrived or not.", failure.fix);
    }
    failure
}

fn acknowledged(ack: Acknowledgement, output: OutputFormat) -> Result<(), Failure> {
    let Acknowledgement { id, status, message, state_version } = ack;
    let name = serde_json::to_value(&status).unwrap_or_default();
    let line = json!({ "id": id, "status": name, "message": message, "state_version": state_version });
    print::one(&line, output, |_| {
        println!("{id}  {}  {}", shown(name.as_str().unwrap_or("?"), 20), shown(&message, 200));
    });
    if status == AckStatus::Rejected {
        let fix = "correct the command, and give it a fresh id";
        return Err(Failure::new("usage", Exit::Usage, "the server rejected the command", shown(&message, 300), fix));
    }
    Ok(())
}

/// The id of a command: the user's own, so that a script can repeat it without harm, or a fresh one.
fn named(id: Option<String>) -> Result<CommandId, Failure> {
    let id = id.unwrap_or_else(|| format!("cli-{}", &uuid::Uuid::now_v7().simple().to_string()[8..]));
    CommandId::new(id).map_err(|why| {
        Failure::new("usage", Exit::Usage, "that is no command id", why, "1 to 32 characters of A-Z a-z 0-9 _ -")
    })
}

fn worded(words: Vec<String>) -> Result<String, Failure> {
    let text = words.join(" ");
    let length = text.chars().count();
    if text.trim().is_empty() || length > MAX_PROMPT_CHARS {
        let why = format!("it has {length} characters; 1 to {MAX_PROMPT_CHARS} are allowed");
        return Err(Failure::new("usage", Exit::Usage, "that is no command", why, "say it in a few words"));
    }
    Ok(text)
}
