//! The longer things that a world says of itself on a stream: its hello and its farewell. Words alone; neighbour: `desk`, which
//! says them at the right moment.

use std::time::Duration;

use super::outlet::Outlet;
use super::plan::Plan;
use crate::media::{AudioCodec, Tier, VideoCodec};
use crate::wire::{
    AudioState, Capabilities, CloseCode, Down, EndReason, Hello, LimitKind, TierInfo, Token, VERSION, WorldState,
};

/// What a hello says beside what the plan says.
pub(super) struct Greeting {
    pub(super) state: WorldState,
    pub(super) state_version: u32,
    pub(super) epoch: u32,
    pub(super) stream: u32,
    pub(super) resumed: bool,
    pub(super) resume: Option<Token>,
    /// The tier in force, its rate, and whether it is pinned.
    pub(super) tier: (Tier, u32, bool),
    pub(super) audio: AudioState,
    pub(super) server_us: u64,
}

pub(super) fn hello(plan: &Plan, now: Greeting) -> Down {
    let (tier, bitrate, pinned) = now.tier;
    // One picture for all has one tier.
    let tiers = if plan.shared { &[plan.tier][..] } else { &Tier::ALL[..] };
    Down::Hello(Box::new(Hello {
        version: VERSION,
        world: plan.id.clone(),
        server: concat!("seaglass ", env!("CARGO_PKG_VERSION")).to_owned(),
        state: now.state,
        state_version: now.state_version,
        epoch: now.epoch,
        stream: now.stream,
        resumed: now.resumed,
        resume: now.resume,
        limits: plan.limits.clone(),
        tier: tier_info(plan, tier, bitrate),
        pinned,
        tiers: tiers.iter().map(|tier| tier_info(plan, *tier, tier.spec().video_bitrate)).collect(),
        audio: now.audio,
        camera: Some(plan.camera),
        capabilities: capabilities(),
        server_us: now.server_us,
        extra: shared(plan),
    }))
}

/// What is said of a shared world beyond the profile, so that a report can tell it from one of its own.
pub(super) fn shared(plan: &Plan) -> serde_json::Map<String, serde_json::Value> {
    plan.shared.then(|| ("shared".to_owned(), true.into())).into_iter().collect()
}

pub(super) fn tier_info(plan: &Plan, tier: Tier, bitrate: u32) -> TierInfo {
    let spec = tier.spec();
    TierInfo {
        name: tier.into(),
        width: spec.size.width,
        height: spec.size.height,
        fps: spec.fps as f32,
        codec: plan.video.name().to_owned(),
        bitrate,
        ..TierInfo::default()
    }
}

/// Says why the world has ended, and closes the stream.
pub(super) fn farewell(outlet: &Outlet, reason: &EndReason) {
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

/// A limit comes near.
pub(super) fn warning(limit: LimitKind, left: Duration) -> Down {
    let seconds_left = left.as_secs_f64();
    let seconds = seconds_left.ceil();
    let message = match limit {
        LimitKind::Idle => format!("nothing was asked of this world for long: it ends in {seconds} s; any command keeps it"),
        _ => format!("this world ends in {seconds} s: its longest session is reached then"),
    };
    Down::Warning { limit, seconds_left, message }
}

/// Says that another stream of the same world has the place.
pub(super) fn replaced(outlet: &Outlet) {
    outlet.close(CloseCode::Replaced, "a newer stream of this world took over");
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
        resume: true,
        chunk_frames: 1,
        codecs: codecs.map(str::to_owned).to_vec(),
        ..Capabilities::default()
    }
}
