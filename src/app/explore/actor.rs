//! Acts out a scenario: turns what is due into commands for the world. Clock-free: elapsed time is an argument.

use std::time::Duration;

use crate::app::args::AudioChoice;
use crate::app::scenario::{Action, Scenario, Timeline};
use crate::app::sound::audio_request;
use crate::client::{Hands, Refused, WorldHandle};
use crate::player::Player;
use crate::wire::{Axes, Key, Look};

/// A scenario on its way.
#[derive(Debug)]
pub struct Actor {
    timeline: Timeline,
    keys: Vec<Key>,
}

impl Actor {
    /// Begins a scenario.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        Self { timeline: scenario.timeline(|_| true), keys: Vec::new() }
    }

    /// Does everything that is due. Commands that the session refuses are reported and left out.
    pub fn act(&mut self, elapsed: Duration, handle: &WorldHandle, player: &Player) {
        let keys = &mut self.keys;
        self.timeline.due(elapsed, |action| {
            if let Err(refused) = act(action, keys, handle, player) {
                eprintln!("seaglass: a step of the scenario was left out: {refused}");
            }
        });
    }
}

fn act(action: &Action, held: &mut Vec<Key>, handle: &WorldHandle, player: &Player) -> Result<(), Refused> {
    match action {
        Action::Hands { keys, look: [yaw, pitch] } => {
            if let Some(keys) = keys {
                held.clone_from(keys);
            }
            let turned = Look { yaw: *yaw, pitch: *pitch };
            handle.control(Hands { keys: held.clone(), axes: Axes::default(), turned });
        }
        Action::Direct(text) => drop(handle.direct(text)?),
        Action::Wander(prompt) => drop(handle.wander(prompt)?),
        Action::Tier(tier) => drop(handle.quality(*tier, true)?),
        Action::Audio(choice) => {
            handle.audio(audio_request(*choice))?;
            player.set_sound(*choice != AudioChoice::Off);
        }
        Action::Pause(true) => drop(handle.pause()?),
        Action::Pause(false) => drop(handle.resume()?),
    }
    Ok(())
}
