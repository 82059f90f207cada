//! The player's face: starts the workers, hands frames to whoever draws, and tells how it goes.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::error::PlayerError;
use super::intake::Intake;
use super::options::PlayerOptions;
use super::shared::{Shared, State};
use super::shown::{Presented, Shown};
use super::snapshot::{AudioState, Notice, Snapshot, Verdict};
use super::{pictures, sound};
use crate::audio::{self, Status};
use crate::media::{MediaDelta, Monotonic, PacketSink, PlaybackHealth, Track, VideoFrame};
use crate::playout::{Controller, Lead, Preset};
use crate::stats::TraceStore;

/// Assumed where nobody tells the display's rate.
const ASSUMED_HZ: f64 = 60.0;
/// Above the target by more than this is on the way back, not at it.
const NEAR: MediaDelta = MediaDelta::from_millis(30);

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
        let output = audio::open(options.device, options.clock);
        let controller = Controller::new(options.preset, refresh_of(options.refresh_hz.unwrap_or(ASSUMED_HZ)));
        let shared = Arc::new(Shared::new(options.clock, output.position, controller));
        let intake = Box::new(Intake::new(Arc::clone(&shared)));
        let decoders = options.decoders;
        let mut player =
            Self { shared: Arc::clone(&shared), shown: Mutex::new(Shown::new(options.keep_traces)), workers: Vec::new() };
        let own = Arc::clone(&shared);
        player.work("decode-video", move || pictures::run(&own, decoders.video))?;
        let writer = output.writer;
        player.work("decode-audio", move || sound::run(&shared, writer, decoders.audio))?;
        Ok((player, intake))
    }

    /// The frame to show at the refresh that lights up at `visible_at`: a new one to upload, or `None` to hold the last. Call
    /// it once per refresh, as late as the refresh allows.
    pub fn frame_for(&self, now: Monotonic, visible_at: Monotonic) -> Option<VideoFrame> {
        let heard = self.shared.heard(now);
        let (frame, av_offset) = {
            let mut state = self.shared.lock();
            let frame = state.controller.frame_for(now, visible_at, heard)?;
            (frame, state.controller.av_offset())
        };
        self.shared.wake_video();
        self.shown().chosen(&frame, now, av_offset);
        Some(frame)
    }

    /// Tells when a frame of [`Player::frame_for`] was uploaded, drawn and presented; completes its trace.
    pub fn presented(&self, presented: Presented) {
        self.shown().presented(presented);
    }

    /// Playback at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let now = self.shared.clock.now();
        let fps = self.shown().rate(now);
        let underruns = self.shared.position.underruns().events;
        let status = self.shared.position.status();
        let device = self.shared.position.describe();
        let state = self.shared.lock();
        let controller = &state.controller;
        let (counts, sound) = (controller.counts(), controller.sound_totals());
        let audio = audio_state(status, controller.lead());
        Snapshot {
            preset: controller.clock().preset(),
            position: controller.position(now),
            fps,
            delay: controller.delay(now),
            target: controller.clock().target(),
            cap: controller.clock().cap(),
            chunk_span: controller.clock().chunk_span(),
            verdict: verdict(&state, now),
            av_offset: controller.av_offset(),
            buffered: controller.buffered(now),
            decode: controller.decode_median(),
            skew_ppm: controller.clock().skew_ppm(),
            concealed: frames(sound.concealed_late + sound.concealed_lost),
            skipped: frames(sound.skipped),
            stretched: frames(sound.stretched),
            underruns,
            received: counts.video_received,
            decoded: counts.decoded,
            presented: counts.shown,
            drops: controller.drops_of(Track::Video).plus(controller.drops_of(Track::Audio)),
            video_codec: state.video_codec,
            audio_codec: state.audio_codec,
            size: state.size,
            audio,
            audio_text: audio_text(audio, &device),
        }
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

fn verdict(state: &State, now: Monotonic) -> Verdict {
    let controller = &state.controller;
    let clock = controller.clock();
    let Some(delay) = controller.delay(now) else { return Verdict::Starting };
    if state.paused {
        Verdict::Paused
    } else if clock.is_stalled(now) {
        Verdict::Stalled
    } else if controller.decodes_too_slowly() {
        Verdict::DecodeSlow
    } else if clock.asks_too_much() {
        Verdict::NetworkJitter
    } else if delay > clock.target() + NEAR {
        Verdict::Recovering
    } else {
        Verdict::OnTarget
    }
}
