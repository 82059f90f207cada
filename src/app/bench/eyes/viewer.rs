//! Watches one session: a player, a thread that looks at it sixty times a second, and a stand-in sound device that is listened to.
//! Tells a meter what is presented; decides nothing about playback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::Duration;

use super::options::{EyesOptions, Saw};
use super::screen::Screen;
use super::witness::Witness;
use crate::app::bench::ear::Ear;
use crate::app::errors::{Exit, Failure};
use crate::app::refresh::{Grid, Work};
use crate::audio::{CHANNELS, DeviceChoice, RATE, StandIn, Tap};
use crate::media::{Monotonic, PacketSink, PlaybackHealth};
use crate::player::{Player, PlayerOptions, Presented};
use crate::sim::{flash, read_cells};

/// Clicks that may wait for the next refresh. There is one a second; a viewer that far behind measures nothing more.
const CLICKS: usize = 64;

/// A session that is watched. Dropping it stops the player.
pub struct Eyes {
    player: Arc<Player>,
    stop: Arc<AtomicBool>,
    display: Option<JoinHandle<String>>,
    options: EyesOptions,
}

impl Eyes {
    /// Starts to watch. The sink takes the packets of the session.
    ///
    /// # Errors
    /// Where the system has no thread to give.
    pub fn start(options: EyesOptions) -> Result<(Self, Box<dyn PacketSink>), Failure> {
        let (give, clicks) = sync_channel(CLICKS);
        let device = if options.silent {
            DeviceChoice::None
        } else {
            DeviceChoice::StandIn(StandIn { tap: options.calibration.then(|| listen(give)), ..StandIn::default() })
        };
        let player_options = PlayerOptions {
            device,
            preset: options.preset,
            refresh_hz: Some(60.0),
            // The meter takes each trace as it is done.
            keep_traces: 1,
            ..PlayerOptions::new(options.clock)
        };
        let (player, sink) = Player::start(player_options).map_err(|error| failed(&error))?;
        let mut eyes = Self { player: Arc::new(player), stop: Arc::default(), display: None, options };
        let looker = Looker {
            player: Arc::clone(&eyes.player),
            stop: Arc::clone(&eyes.stop),
            options: eyes.options.clone(),
            clicks,
            witness: Witness::default(),
            screen: eyes.options.display.take(),
        };
        let thread = Builder::new().name("display".into()).spawn(move || looker.run());
        eyes.display = Some(thread.map_err(|error| failed(&error))?);
        Ok((eyes, sink))
    }

    /// Playback's health, for the server.
    #[must_use]
    pub fn health(&self) -> PlaybackHealth {
        self.player.health()
    }

    /// Whether the server should be asked for a keyframe now.
    #[must_use]
    pub fn wants_keyframe(&self) -> bool {
        self.player.wants_keyframe()
    }

    /// The world's time stands still, or goes on.
    pub fn set_paused(&self, paused: bool) {
        self.player.set_paused(paused);
    }

    /// The sound goes off or on.
    pub fn set_sound(&self, on: bool) {
        self.player.set_sound(on);
    }

    /// Stops watching; waits for the display, up to a refresh.
    #[must_use]
    pub fn finish(mut self) -> Saw {
        let display = self.close();
        let snapshot = self.player.snapshot();
        self.options.meter.concealed(snapshot.concealed.abs().as_duration(), snapshot.sounded.abs().as_duration());
        let notices = self.player.notices().into_iter().map(|notice| notice.text).collect();
        Saw { display, drops: snapshot.drops, notices }
    }

    fn close(&mut self) -> String {
        self.stop.store(true, Ordering::Relaxed);
        // A display that panicked has said so on its way out.
        self.display.take().and_then(|display| display.join().ok()).unwrap_or_default()
    }
}

impl Drop for Eyes {
    fn drop(&mut self) {
        self.close();
    }
}

/// The thread that looks.
struct Looker {
    player: Arc<Player>,
    stop: Arc<AtomicBool>,
    options: EyesOptions,
    clicks: Receiver<Monotonic>,
    witness: Witness,
    screen: Screen,
}

impl Looker {
    fn run(mut self) -> String {
        let words = self.screen.describe();
        let clock = self.options.clock;
        let (mut grid, mut work) = (Grid::new(clock.now()), Work::default());
        while !self.stop.load(Ordering::Relaxed) {
            let now = clock.now();
            let visible_at = grid.next(now + work.lead());
            sleep((visible_at - work.lead()).since(now));
            self.look(visible_at, &mut grid, &mut work);
        }
        self.options.display.give_back(self.screen);
        words
    }

    fn look(&mut self, visible_at: Monotonic, grid: &mut Grid, work: &mut Work) {
        let Self { player, options, witness, .. } = self;
        let (clock, meter) = (options.clock, &options.meter);
        for click in self.clicks.try_iter() {
            if let Some(offset) = witness.click(click) {
                meter.content_offset(click, offset);
            }
        }
        let chosen = clock.now();
        let Some(frame) = player.frame_for(chosen, visible_at) else { return };
        // A picture that cannot be drawn is taken as it is: what came and when is still true.
        let stamps = self.screen.show(&frame.picture, clock).unwrap_or_default();
        let done = clock.now();
        work.took(done.since(chosen));
        let seen_at = grid.lights_up(done);
        player.presented(Presented {
            epoch: frame.epoch,
            sequence: frame.sequence,
            uploaded: stamps.uploaded,
            submitted: stamps.submitted,
            presented: Some(seen_at),
        });
        if let Some(trace) = player.traces(|traces| traces.frames().next_back().copied()) {
            meter.presented(&trace);
        }
        if options.calibration {
            if let Some(input) = read_cells(&frame.picture).and_then(|cells| witness.input(cells.input)) {
                meter.pixels(input, seen_at);
            }
            if flash(&frame.picture)
                && let Some(offset) = witness.flash(seen_at)
            {
                meter.content_offset(seen_at, offset);
            }
        }
    }
}

/// Listens to what the stand-in device takes, on its thread.
fn listen(give: SyncSender<Monotonic>) -> Tap {
    let mut ear = Ear::default();
    Box::new(move |samples, sounds_at, _| {
        for (index, frame) in samples.chunks_exact(CHANNELS).enumerate() {
            if ear.hear(frame[0]) {
                let into = Duration::from_secs_f64(index as f64 / f64::from(RATE));
                let _ = give.try_send(sounds_at + into);
            }
        }
    })
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        "player",
        Exit::Unexpected,
        "the session cannot be watched",
        error,
        "decode fewer sessions at once, with --decode N",
    )
}
