//! Where the server's tasks and the world's thread meet. Tasks lay orders on the desk and read what stands there; they never wait
//! for the thread. Everything on it is bounded: orders are refused when too many wait, the rest are slots where the latest wins.
//!
//! Lock order: the desk before an outlet, never the other way round.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::decision::AdaptationSettings;
use super::outlet::Outlet;
use crate::clock::Clock;
use crate::media::{AudioCodec, MediaTime, Monotonic, Tier, VideoCodec};
use crate::wire::{
    AudioState, CameraModel, Capabilities, CloseCode, Control, Down, EndReason, Feedback, Hello, Limits, Stage, TierInfo,
    Up, VERSION, WorldId, WorldState,
};

/// Commands that wait for the next frame at most.
const MAX_ORDERS: usize = 64;

/// What a world was asked to be, after negotiation.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its id.
    pub id: WorldId,
    /// Its prompt.
    pub prompt: String,
    /// Its seed.
    pub seed: u64,
    /// The tier to begin with.
    pub tier: Tier,
    /// The video codec, for its whole life.
    pub video: VideoCodec,
    /// The sound to begin with: on or off, and its codec.
    pub audio: (bool, AudioCodec),
    /// Limits in force.
    pub limits: Limits,
    /// Its camera.
    pub camera: CameraModel,
    /// How it gives way to a slow network.
    pub adaptation: AdaptationSettings,
}

/// A command on its way to the world.
#[derive(Debug)]
pub struct Order {
    /// The command; it has an id.
    pub command: Up,
    /// Who is told what became of it.
    pub reply: Reply,
}

/// Where an acknowledgement goes: back on the path on which the command came.
#[derive(Debug)]
pub enum Reply {
    /// Onto a stream.
    Stream(Arc<Outlet>),
    /// To a waiting request.
    Once(oneshot::Sender<Down>),
}

/// Too many commands wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{MAX_ORDERS} commands wait for the next frame already; send this one again in a moment")]
pub struct DeskFull;

/// What stands on the desk, for those who ask.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The world's state.
    pub state: WorldState,
    /// Counts its changes.
    pub state_version: u32,
    /// Why it ended.
    pub ended: Option<EndReason>,
    /// Its tier.
    pub tier: Tier,
    /// Media time that it has lived.
    pub lived: MediaTime,
    /// Whether a stream is attached.
    pub attached: bool,
    /// The client's last word on its playback.
    pub feedback: Option<Feedback>,
    /// Frames of the attached stream that were made and dropped because its client is slow.
    pub video_dropped: u64,
    /// Frames that were not made for that reason.
    pub video_skipped: u64,
    /// Bytes of media handed to its socket.
    pub media_bytes: u64,
}

/// The desk of one world.
#[derive(Debug)]
pub struct Desk {
    plan: Plan,
    clock: Clock,
    inner: Mutex<Inner>,
    bell: Condvar,
}

#[derive(Debug)]
struct Inner {
    state: WorldState,
    state_version: u32,
    stage: Option<Stage>,
    ended: Option<EndReason>,
    tier: (Tier, bool),
    bitrate: u32,
    audio: AudioState,
    lived: MediaTime,
    epoch: u32,
    outlet: Option<Arc<Outlet>>,
    orders: VecDeque<Order>,
    hands: Option<Control>,
    keyframe: bool,
    feedback: Option<Feedback>,
    /// The same and when it came, until the thread takes it; the latest wins.
    report: Option<(Monotonic, Feedback)>,
}

/// What the thread takes at a frame boundary; its memory is reused.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) orders: VecDeque<Order>,
    pub(super) hands: Option<Control>,
    pub(super) keyframe: bool,
    pub(super) report: Option<(Monotonic, Feedback)>,
}

impl Desk {
    /// The desk of a world that is about to be built.
    #[must_use]
    pub fn new(plan: Plan, clock: Clock) -> Self {
        let inner = Inner {
            state: WorldState::Warming,
            state_version: 1,
            stage: None,
            ended: None,
            tier: (plan.tier, false),
            bitrate: plan.tier.spec().video_bitrate,
            audio: super::audio_track::state(plan.audio.0, plan.audio.1),
            lived: MediaTime::ZERO,
            epoch: 0,
            outlet: None,
            orders: VecDeque::new(),
            hands: None,
            keyframe: false,
            feedback: None,
            report: None,
        };
        Self { plan, clock, inner: Mutex::new(inner), bell: Condvar::new() }
    }

    /// What the world was asked to be.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What stands on the desk now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let inner = self.inner();
        Snapshot {
            state: inner.state.clone(),
            state_version: inner.state_version,
            ended: inner.ended.clone(),
            tier: inner.tier.0,
            lived: inner.lived,
            attached: inner.outlet.is_some(),
            feedback: inner.feedback.clone(),
            video_dropped: inner.outlet.as_ref().map_or(0, |outlet| outlet.video_dropped()),
            video_skipped: inner.outlet.as_ref().map_or(0, |outlet| outlet.video_skipped()),
            media_bytes: inner.outlet.as_ref().map_or(0, |outlet| outlet.bytes()),
        }
    }

    /// Attaches a stream: says hello on it and takes the place of the one before (HO-28).
    pub fn attach(&self, outlet: &Arc<Outlet>) {
        let mut inner = self.inner();
        if let Some(reason) = inner.ended.clone() {
            farewell(outlet, &reason);
            return;
        }
        inner.epoch += 1;
        outlet.tell(&Down::Hello(Box::new(self.hello(&inner))));
        if let Some(stage) = inner.stage.clone() {
            outlet.tell(&Down::Stage(stage));
        }
        inner.hands = None;
        inner.report = None;
        if let Some(before) = inner.outlet.replace(Arc::clone(outlet)) {
            before.close(CloseCode::Replaced, "a newer stream of this world took over");
        }
        self.bell.notify_all();
    }

    /// Detaches a stream whose socket is gone.
    pub fn detach(&self, outlet: &Arc<Outlet>) {
        outlet.abandon();
        let mut inner = self.inner();
        if inner.outlet.as_ref().is_some_and(|attached| Arc::ptr_eq(attached, outlet)) {
            inner.outlet = None;
            inner.hands = None;
            self.bell.notify_all();
        }
    }

    /// Lays down a command for the next frame.
    ///
    /// # Errors
    /// [`DeskFull`]; the command is dropped.
    pub fn order(&self, order: Order) -> Result<(), DeskFull> {
        let mut inner = self.inner();
        if inner.orders.len() == MAX_ORDERS {
            return Err(DeskFull);
        }
        if inner.ended.is_none() {
            inner.orders.push_back(order);
        }
        self.bell.notify_all();
        Ok(())
    }

    /// The state of the user's hands on a stream; the latest wins. Streams that were replaced hold nothing.
    pub fn hands(&self, outlet: &Arc<Outlet>, hands: Control) {
        let mut inner = self.inner();
        if inner.outlet.as_ref().is_some_and(|attached| Arc::ptr_eq(attached, outlet)) {
            inner.hands = Some(hands);
        }
    }

    /// Asks for a keyframe.
    pub fn keyframe(&self) {
        self.inner().keyframe = true;
    }

    /// Takes the word of a stream's client on its playback; the latest wins. Streams that were replaced are not heard.
    pub fn feedback(&self, outlet: &Arc<Outlet>, feedback: Feedback) {
        let now = self.clock.now();
        let mut inner = self.inner();
        if inner.outlet.as_ref().is_some_and(|attached| Arc::ptr_eq(attached, outlet)) {
            inner.feedback = Some(feedback.clone());
            inner.report = Some((now, feedback));
        }
    }

    /// Ends the world: says why, closes its stream, lets its thread go. Waiting commands get no answer.
    pub fn end(&self, reason: EndReason) {
        let mut inner = self.inner();
        if inner.ended.is_some() {
            return;
        }
        inner.state = WorldState::Ended;
        inner.state_version += 1;
        inner.orders.clear();
        if let Some(outlet) = inner.outlet.take() {
            farewell(&outlet, &reason);
        }
        inner.ended = Some(reason);
        self.bell.notify_all();
    }

    pub(super) fn ended(&self) -> bool {
        self.inner().ended.is_some()
    }

    /// The attached stream and its timeline.
    pub(super) fn outlet(&self) -> Option<(Arc<Outlet>, u32)> {
        let inner = self.inner();
        inner.outlet.clone().map(|outlet| (outlet, inner.epoch))
    }

    /// Begins another timeline on the same stream.
    pub(super) fn next_epoch(&self) -> u32 {
        let mut inner = self.inner();
        inner.epoch += 1;
        inner.epoch
    }

    pub(super) fn take(&self, taken: &mut Taken) {
        let mut inner = self.inner();
        taken.orders.append(&mut inner.orders);
        taken.hands = inner.hands.take();
        taken.keyframe = std::mem::take(&mut inner.keyframe);
        taken.report = inner.report.take();
    }

    /// Waits for a command, a stream or the end; false if `at_most` passes before.
    pub(super) fn wait_for_work(&self, stream: Option<u32>, at_most: Duration) -> bool {
        let idle = |inner: &mut Inner| inner.orders.is_empty() && inner.ended.is_none() && inner.stream() == stream;
        let (inner, timeout) =
            self.bell.wait_timeout_while(self.inner(), at_most, idle).unwrap_or_else(PoisonError::into_inner);
        drop(inner);
        !timeout.timed_out()
    }

    /// Waits for a moment, or until the world ends or its stream changes.
    pub(super) fn wait_until(&self, moment: Monotonic, epoch: u32) {
        let wait = moment.since(self.clock.now());
        let same = |inner: &mut Inner| inner.ended.is_none() && inner.stream() == Some(epoch);
        drop(self.bell.wait_timeout_while(self.inner(), wait, same));
    }

    pub(super) fn stage(&self, stage: &str, percent: f32) {
        let mut inner = self.inner();
        let stage = Stage { stage: stage.to_owned(), percent };
        tell(&inner, &Down::Stage(stage.clone()));
        inner.stage = Some(stage);
    }

    pub(super) fn state(&self, state: WorldState) -> u32 {
        let mut inner = self.inner();
        if inner.ended.is_none() {
            inner.stage = None;
            inner.state_version += 1;
            inner.state = state.clone();
            tell(&inner, &Down::State { state, state_version: inner.state_version });
        }
        inner.state_version
    }

    /// A command changed the world.
    pub(super) fn changed(&self) -> u32 {
        let mut inner = self.inner();
        inner.state_version += 1;
        inner.state_version
    }

    pub(super) fn state_version(&self) -> u32 {
        self.inner().state_version
    }

    /// Another rate holds from the next picture on: told with its reason.
    pub(super) fn tier(&self, tier: Tier, bitrate: u32, pinned: bool, reason: &str) {
        let mut inner = self.inner();
        inner.tier = (tier, pinned);
        inner.bitrate = bitrate;
        let tier = TierInfo { bitrate, ..self.tier_info(tier) };
        tell(&inner, &Down::Quality { tier, reason: reason.to_owned(), pinned });
    }

    pub(super) fn audio(&self, state: AudioState) {
        let mut inner = self.inner();
        tell(&inner, &Down::Audio(state.clone()));
        inner.audio = state;
    }

    pub(super) fn lived(&self, lived: MediaTime) {
        self.inner().lived = lived;
    }

    fn hello(&self, inner: &Inner) -> Hello {
        Hello {
            version: VERSION,
            world: self.plan.id.clone(),
            server: concat!("seaglass ", env!("CARGO_PKG_VERSION")).to_owned(),
            state: inner.state.clone(),
            state_version: inner.state_version,
            epoch: inner.epoch,
            resume: None,
            limits: self.plan.limits.clone(),
            tier: TierInfo { bitrate: inner.bitrate, ..self.tier_info(inner.tier.0) },
            tiers: Tier::ALL.into_iter().map(|tier| self.tier_info(tier)).collect(),
            audio: inner.audio.clone(),
            camera: Some(self.plan.camera),
            capabilities: capabilities(),
            server_us: self.clock.now().as_micros(),
            extra: serde_json::Map::new(),
        }
    }

    fn tier_info(&self, tier: Tier) -> TierInfo {
        let spec = tier.spec();
        TierInfo {
            name: tier.into(),
            width: spec.size.width,
            height: spec.size.height,
            fps: spec.fps as f32,
            codec: self.plan.video.name().to_owned(),
            bitrate: spec.video_bitrate,
            ..TierInfo::default()
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// The timeline of the attached stream.
    fn stream(&self) -> Option<u32> {
        self.outlet.as_ref().map(|_| self.epoch)
    }
}

fn tell(inner: &Inner, event: &Down) {
    if let Some(outlet) = &inner.outlet {
        outlet.tell(event);
    }
}

fn farewell(outlet: &Outlet, reason: &EndReason) {
    outlet.tell(&Down::Ended { reason: reason.clone() });
    let (code, words) = match reason {
        EndReason::Idle => (CloseCode::Idle, "idle for too long"),
        EndReason::Limit => (CloseCode::Limit, "the longest session is reached"),
        EndReason::Failed => (CloseCode::Internal, "the world failed"),
        EndReason::Shutdown => (CloseCode::TryLater, "the server is going down"),
        _ => (CloseCode::Done, "the world has ended"),
    };
    outlet.close(code, words);
}

fn capabilities() -> Capabilities {
    let codecs = [VideoCodec::H264.name(), VideoCodec::Mjpeg.name(), AudioCodec::Opus.name(), AudioCodec::PcmS16le.name()];
    Capabilities {
        audio: true,
        mouse: true,
        mid_prompt: true,
        structured: true,
        pause: true,
        rewind: false,
        seed: true,
        resume: false,
        chunk_frames: 1,
        codecs: codecs.map(str::to_owned).to_vec(),
        ..Capabilities::default()
    }
}
