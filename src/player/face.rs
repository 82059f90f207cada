//! The player's face: starts the workers, hands frames to whoever draws, and tells how it goes.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::error::PlayerError;
use super::figures::{Refresh, Totals};
use super::intake::Intake;
use super::options::PlayerOptions;
use super::recent::Recent;
use super::shared::Shared;
use super::shown::{Presented, Shown};
use super::snapshot::{AudioState, Notice, Snapshot};
use super::verdict::{Evidence, Late, Verdict};
use super::{pictures, sound};
use crate::audio::{self, Status};
use crate::media::{MediaDelta, Monotonic, PacketSink, PlaybackHealth, Stage, Track, VideoFrame};
use crate::playout::{Controller, Lead, Preset};
use crate::stats::TraceStore;

/// Assumed where nobody tells the display's rate.
const ASSUMED_HZ: f64 = 60.0;

/// Plays packets. All methods take `&self`, lock briefly and never wait for a worker, so the thread that draws may call them,
/// and so may any other. Dropping it stops the workers and closes the sound device.
pub struct Player {
    shared: Arc<Shared>,
    shown: Mutex<Shown>,
    workers: Vec<JoinHandle<()>>,
}

impl Player {
    /// Starts the workers and opens the sound device; returns at once. The sink takes the packets of both tracks, never blocks,
    /// and says [`crate::media::Pushed::Closed`] once the player is gone.
    ///
    /// # Errors
    /// [`PlayerError::Thread`] where a worker cannot be started.
    pub fn start(options: PlayerOptions) -> Result<(Self, Box<dyn PacketSink>), PlayerError> {
        let (player, intake) = Self::of(options, true)?;
        Ok((player, Box::new(intake)))
    }

    /// The same for a source that is there beforehand, as a file is. The stage takes its packets and sets its time: nothing is
    /// learnt from arrivals, and there is no delay to be held against a network.
    ///
    /// # Errors
    /// [`PlayerError::Thread`] where a worker cannot be started.
    pub fn start_stored(options: PlayerOptions) -> Result<(Self, Box<dyn Stage>), PlayerError> {
        let (player, intake) = Self::of(options, false)?;
        Ok((player, Box::new(intake)))
    }

    fn of(options: PlayerOptions, live: bool) -> Result<(Self, Intake), PlayerError> {
        let output = audio::open(options.device, options.clock);
        let mut controller = Controller::new(options.preset, refresh_of(options.refresh_hz.unwrap_or(ASSUMED_HZ)));
        if !live {
            controller.set_stored();
        }
        let shared = Arc::new(Shared::new(options.clock, output.position, controller));
        let intake = Intake::new(Arc::clone(&shared), live);
        let decoders = options.decoders;
        let mut player =
            Self { shared: Arc::clone(&shared), shown: Mutex::new(Shown::new(options.keep_traces)), workers: Vec::new() };
        let own = Arc::clone(&shared);
        player.work("decode-video", move || pictures::run(&own, decoders.video))?;
        let (writer, written) = (output.writer, options.written);
        player.work("decode-audio", move || sound::run(&shared, writer, decoders.audio, written))?;
        Ok((player, intake))
    }

    /// The frame to show at the refresh that lights up at `visible_at`: a new one to upload, or `None` to hold the last. Call
    /// it once per refresh, as late as the refresh allows.
    pub fn frame_for(&self, now: Monotonic, visible_at: Monotonic) -> Option<VideoFrame> {
        let heard = self.shared.heard(now);
        let bytes = self.shared.arrivals().bytes;
        let (frame, refresh) = {
            let mut state = self.shared.lock();
            let frame = state.controller.frame_for(now, visible_at, heard);
            let controller = &state.controller;
            let playing = !state.paused;
            let refresh = Refresh {
                now,
                delay: controller.delay(now).filter(|_| playing),
                target: controller.clock().target(),
                av_offset: controller.av_offset().filter(|_| playing),
                totals: self.totals(controller, bytes),
            };
            (frame, refresh)
        };
        let mut shown = self.shown();
        shown.figures.refreshed(&refresh);
        let frame = frame?;
        shown.chosen(&frame, now, refresh.av_offset);
        drop(shown);
        self.shared.wake_video();
        Some(frame)
    }

    /// Tells when a frame of [`Player::frame_for`] was uploaded, drawn and presented; completes its trace.
    pub fn presented(&self, presented: Presented) {
        self.shown().presented(presented);
    }

    /// Playback at this moment. Sorts a few thousand samples: for a display some times a second, not for every frame.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let now = self.shared.clock.now();
        let (newest, bytes) = {
            let arrivals = self.shared.arrivals();
            (arrivals.newest(), arrivals.bytes)
        };
        let status = self.shared.position.status();
        let device = self.shared.position.describe();
        let state = self.shared.lock();
        let controller = &state.controller;
        let clock = controller.clock();
        let totals = self.totals(controller, bytes);
        let (counts, sound) = (controller.counts(), totals.sound);
        let audio = audio_state(status, controller.lead());
        let delay = controller.delay(now);
        let mut evidence = Evidence {
            paused: state.paused,
            silent: newest.filter(|_| clock.is_stalled(now)).map(|newest| now.since(newest)),
            needs_keyframe: controller.needs_keyframe(),
            late: Late::default(),
            above_target: delay.map(|delay| delay - clock.target()),
            no_device: status == Status::NoDevice,
        };
        let mut snapshot = Snapshot {
            preset: clock.preset(),
            position: controller.position(now),
            delay,
            target: clock.target(),
            cap: clock.cap(),
            chunk_span: clock.chunk_span(),
            verdict: Verdict::default(),
            av_offset: controller.av_offset(),
            buffered: controller.buffered(now),
            decode: controller.decode_median(),
            skew_ppm: clock.skew_ppm(),
            concealed: frames(sound.concealed()),
            sounded: frames(sound.played + sound.concealed()),
            skipped: frames(sound.skipped),
            stretched: frames(sound.stretched),
            underruns: totals.underruns.events,
            received: counts.video_received,
            decoded: counts.decoded,
            presented: counts.shown,
            drops: totals.drops,
            video_codec: state.video_codec,
            audio_codec: state.audio_codec,
            size: state.size,
            audio,
            audio_text: audio_text(audio, &device),
            recent: Recent::default(),
        };
        drop(state);
        let mut arrivals = self.shared.arrivals();
        let mut shown = self.shown();
        evidence.late = shown.figures.late(now, &totals, &arrivals);
        snapshot.verdict = evidence.verdict();
        snapshot.recent = shown.figures.recent(now, &totals, &mut arrivals);
        snapshot
    }

    /// Whether sound leads playback.
    #[must_use]
    pub fn audio(&self) -> AudioState {
        let status = self.shared.position.status();
        audio_state(status, self.shared.lock().controller.lead())
    }

    /// Playback health, for the feedback to the server.
    #[must_use]
    pub fn health(&self) -> PlaybackHealth {
        let now = self.shared.clock.now();
        self.shared.lock().controller.health(now)
    }

    /// Whether the server should be asked for a keyframe now. Paced: says so at most twice a second until one comes.
    #[must_use]
    pub fn wants_keyframe(&self) -> bool {
        let now = self.shared.clock.now();
        self.shared.lock().controller.wants_keyframe(now)
    }

    /// What the user should hear of since the last call; at most 16, further ones are counted into the last.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.shared.lock().notices.take()
    }

    /// Changes delay against smoothness.
    pub fn set_preset(&self, preset: Preset) {
        self.shared.lock().controller.set_preset(preset);
    }

    /// Tells the display's refresh rate.
    pub fn set_refresh(&self, hertz: f64) {
        self.shared.lock().controller.set_refresh(refresh_of(hertz));
    }

    /// Turns the sound off (pictures go on, on the session clock) or on again.
    pub fn set_sound(&self, on: bool) {
        self.shared.lock().controller.set_sound(on);
        self.shared.wake_sound();
    }

    /// Freezes picture and sound where they are, or goes on.
    pub fn set_paused(&self, paused: bool) {
        let mut state = self.shared.lock();
        state.paused = paused;
        state.controller.set_paused(paused);
        drop(state);
        self.shared.wake_sound();
    }

    /// Looks at the traces, or adds to them. Keep it short: `presented` waits meanwhile.
    pub fn traces<T>(&self, look: impl FnOnce(&mut TraceStore) -> T) -> T {
        look(&mut self.shown().store)
    }

    fn totals(&self, controller: &Controller, bytes: u64) -> Totals {
        let drops = controller.drops_of(Track::Video).plus(controller.drops_of(Track::Audio));
        Totals { sound: controller.sound_totals(), underruns: self.shared.position.underruns(), drops, bytes }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&mut self, name: &'static str, body: impl FnOnce() + Send + 'static) -> Result<(), PlayerError> {
        let thread = thread::Builder::new().name(name.into()).spawn(body);
        self.workers.push(thread.map_err(|source| PlayerError::Thread { name, source })?);
        Ok(())
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.shared.stop();
        for worker in self.workers.drain(..) {
            // A worker that panicked has said so on its way out.
            let _ = worker.join();
        }
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player").finish_non_exhaustive()
    }
}

fn refresh_of(hertz: f64) -> MediaDelta {
    let hertz = if hertz.is_finite() { hertz.clamp(10.0, 1000.0) } else { ASSUMED_HZ };
    MediaDelta::from_secs_f64(1.0 / hertz)
}

fn frames(count: u64) -> MediaDelta {
    MediaDelta::from_secs_f64(count as f64 / f64::from(audio::RATE))
}

fn audio_state(status: Status, lead: Lead) -> AudioState {
    if status.is_silent_for_good() {
        AudioState::Silent
    } else if lead == Lead::Sound {
        AudioState::Playing
    } else {
        AudioState::Waiting
    }
}

fn audio_text(audio: AudioState, device: &str) -> String {
    if audio == AudioState::Silent { format!("playing silently on the session clock: {device}") } else { device.to_owned() }
}
