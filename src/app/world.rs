//! `seaglass world`: the worlds of a server, from scripts.

use super::args::{OutputFormat, World};
use super::config::Loaded;
use super::errors::{Exit, Failure};
use super::remote;
use crate::clock::Clock;
use crate::wire::{WorldId, WorldInfo};

/// Runs one of the sub-commands.
pub fn world(command: World, loaded: Loaded) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("unexpected", Exit::Unexpected, "no runtime can be started", error, "try again"))?;
    let clock = Clock::start();
    let settings = &loaded.settings;
    runtime.block_on(async {
        match command {
            World::List { reach, output } => {
                let worlds =
                    remote::named_manager(&reach, settings, clock)?.list().await.map_err(|e| remote::failure(&e))?;
                match output {
                    OutputFormat::Json => println!("{}", json(&worlds)),
                    OutputFormat::Text if worlds.is_empty() => eprintln!("no worlds"),
                    OutputFormat::Text => worlds.iter().for_each(line),
                }
                Ok(())
            }
            World::Show { id, reach, output } => {
                let id = checked(id)?;
                let world =
                    remote::named_manager(&reach, settings, clock)?.show(&id).await.map_err(|e| remote::failure(&e))?;
                match output {
                    OutputFormat::Json => println!("{}", json(&world)),
                    OutputFormat::Text => line(&world),
                }
                Ok(())
            }
            World::End { id, reach } => {
                let id = checked(id)?;
                remote::named_manager(&reach, settings, clock)?.end(&id).await.map_err(|e| remote::failure(&e))?;
                eprintln!("world {id} has ended");
                Ok(())
            }
        }
    })
}

/// An id from the command line, checked before anything is sent.
pub fn checked(id: String) -> Result<WorldId, Failure> {
    WorldId::new(id).map_err(|why| {
        Failure::new("usage", Exit::Usage, "that is no world id", why, "take the id from `seaglass world list`")
    })
}

fn line(world: &WorldInfo) {
    let state = serde_json::to_value(&world.state).ok();
    let state = state.as_ref().and_then(|state| state.as_str()).unwrap_or("?");
    // A prompt came back from a server: no control character of it may reach the terminal.
    let prompt: String = world.prompt.chars().filter(|c| !c.is_control()).take(60).collect();
    println!("{}  {state:<8}  {:>6.0} s  {prompt}", world.id, world.seconds_used);
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| unreachable!("worlds hold nothing JSON cannot say"))
}
