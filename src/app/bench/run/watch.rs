//! The watcher of a decoded session, where this program has a player; elsewhere there is none to have, and the plan says so before a
//! run begins.

use crate::app::args::PresetChoice;
#[cfg(all(feature = "player", feature = "server"))]
use crate::app::bench::eyes::{Display, Eyes, EyesOptions};
use crate::app::errors::Failure;
use crate::client::{WorldEvent, WorldHandle};
use crate::clock::Clock;
use crate::measure::Meter;
use crate::media::{DropCounts, PacketSink};
#[cfg(all(feature = "player", feature = "server"))]
use crate::playout::Preset;

/// How sessions are watched.
#[derive(Clone, Debug)]
#[cfg_attr(not(all(feature = "player", feature = "server")), expect(dead_code, reason = "nobody watches there"))]
pub struct Watching {
    /// The run's clock.
    pub clock: Clock,
    /// Delay against smoothness.
    pub preset: PresetChoice,
    /// Whether it is the calibration world, whose pixels say what they show.
    pub calibration: bool,
    /// Whether no sound was asked for.
    pub silent: bool,
    /// What takes the pictures.
    pub display: Display,
}

/// Nothing takes pictures that nobody decodes.
#[cfg(not(all(feature = "player", feature = "server")))]
type Display = ();

/// Opens the display before the run begins: an adapter takes hundreds of milliseconds, in which pictures would be missed. Why it is
/// not drawn on, where it should be.
#[cfg(all(feature = "player", feature = "server"))]
pub async fn display(draw: bool) -> (Display, Option<String>) {
    if !draw {
        return (Display::default(), None);
    }
    match tokio::task::spawn_blocking(Display::drawn).await {
        Ok(Ok(display)) => (display, None),
        Ok(Err(error)) => (Display::default(), Some(format!("pictures are not drawn: {error}"))),
        Err(_) => (Display::default(), Some("pictures are not drawn: the adapter failed while it was opened".to_owned())),
    }
}

/// There is none.
#[cfg(not(all(feature = "player", feature = "server")))]
pub async fn display(_: bool) -> (Display, Option<String>) {
    ((), None)
}

/// What a watcher came to.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// What drew, in words.
    pub display: String,
    /// Units that the player did not use.
    pub drops: DropCounts,
    /// What a user would have been told.
    pub notices: Vec<String>,
}

/// A watcher.
pub struct Watch {
    #[cfg(all(feature = "player", feature = "server"))]
    eyes: Eyes,
}

#[cfg(all(feature = "player", feature = "server"))]
impl Watch {
    /// Begins to watch. The sink takes the packets of the session.
    pub fn start(watching: &Watching, meter: Meter) -> Result<(Self, Box<dyn PacketSink>), Failure> {
        let Watching { clock, preset, calibration, silent, display } = watching.clone();
        let preset = match preset {
            PresetChoice::Latency => Preset::Latency,
            PresetChoice::Balanced => Preset::Balanced,
            PresetChoice::Smooth => Preset::Smooth,
        };
        let (eyes, sink) = Eyes::start(EyesOptions { clock, preset, meter, calibration, silent, display })?;
        Ok((Self { eyes }, sink))
    }

    /// Tells the server how playback is doing.
    pub fn report(&self, handle: &WorldHandle) {
        handle.feedback(self.eyes.health());
        if self.eyes.wants_keyframe() {
            handle.request_keyframe();
        }
    }

    /// What of an event the player has to know.
    pub fn hear(&self, event: &WorldEvent) {
        match event {
            WorldEvent::Paused => self.eyes.set_paused(true),
            WorldEvent::Running(_) => self.eyes.set_paused(false),
            WorldEvent::Audio(state) => self.eyes.set_sound(state.enabled),
            _ => {}
        }
    }

    /// Stops watching.
    pub async fn finish(self) -> Watched {
        // Its threads are waited for, which may take a refresh.
        let finished = tokio::task::spawn_blocking(move || self.eyes.finish()).await;
        finished.map_or_else(
            |_| Watched::default(),
            |saw| Watched { display: saw.display, drops: saw.drops, notices: saw.notices },
        )
    }
}

#[cfg(not(all(feature = "player", feature = "server")))]
impl Watch {
    /// This program has no player.
    pub fn start(watching: &Watching, meter: Meter) -> Result<(Self, Box<dyn PacketSink>), Failure> {
        let _ = (watching, meter);
        let why = "it needs the features player and server";
        Err(Failure::usage("this program cannot decode", why, "leave --decode out, or build it with the default features"))
    }

    /// There is none.
    pub fn report(&self, _: &WorldHandle) {}

    /// There is none.
    pub fn hear(&self, _: &WorldEvent) {}

    /// There is none.
    pub async fn finish(self) -> Watched {
        Watched::default()
    }
}
