//! From a request for a world to a plan: checks everything, names everything wrong at once, negotiates formats.

use std::time::Duration;

use serde_json::{Value, json};

use super::auth::seed;
use super::config::ServerConfig;
use super::refusal::Refusal;
use super::worlds::NAMED;
use crate::media::{AudioCodec, Tier, VideoCodec};
use crate::sim::host::{Plan, Show};
use crate::wire::{CameraModel, CreateWorld, ErrorCode, Limits, TierName, WorldId};

/// What was negotiated, before the world has an id.
pub(super) struct Wish {
    tier: Tier,
    video: VideoCodec,
    audio: (bool, AudioCodec),
    limits: Limits,
    pub(super) seed: u64,
}

/// Checks a request.
///
/// # Errors
/// 400 with every violation of the profile; 422 with everything that this server cannot do.
pub(super) fn negotiate(request: &CreateWorld, config: &ServerConfig) -> Result<Wish, Refusal> {
    request.check().map_err(|violations| Refusal::from(&violations))?;
    let mut missing: Vec<Value> = Vec::new();
    let mut miss = |field: &str, problem: String| missing.push(json!({ "field": field, "problem": problem }));
    if let Some(name) = &request.world
        && !NAMED.contains(&name.as_str())
    {
        miss(
            "world",
            format!("no world here has that name; the names are: {}; leave it out for a generated one", NAMED.join(", ")),
        );
    }
    let tier = match &request.tier {
        None => Some(Tier::default()),
        Some(TierName::Known(tier)) => Some(*tier),
        Some(TierName::Other(_)) => None,
    };
    if tier.is_none() {
        miss("tier", "no tier here has that name; the tiers are draft, standard and high".to_owned());
    }
    let video = first(&request.video_formats, &[VideoCodec::H264, VideoCodec::Mjpeg], VideoCodec::name);
    if video.is_none() {
        miss("video_formats", "none of these can be sent; the video formats here are h264 and mjpeg".to_owned());
    }
    let sound = request.audio.as_ref();
    let formats = sound.map_or(&[][..], |sound| &sound.formats);
    let audio = first(formats, &[AudioCodec::Opus, AudioCodec::PcmS16le], AudioCodec::name);
    if audio.is_none() {
        miss("audio.formats", "none of these can be sent; the sound formats here are opus and pcm_s16le".to_owned());
    }
    if let (Some(tier), Some(video), Some(audio), true) = (tier, video, audio, missing.is_empty()) {
        let audio = (sound.is_none_or(|sound| sound.enabled), audio);
        let seed = request.seed.unwrap_or_else(seed);
        return Ok(Wish { tier, video, audio, limits: limits(request.limits.as_ref(), config), seed });
    }
    let only_formats = missing.iter().all(|one| one["field"].as_str().is_some_and(|field| field.ends_with("formats")));
    let code = if only_formats { ErrorCode::UnsupportedFormat } else { ErrorCode::NotSupported };
    let words: Vec<String> = missing
        .iter()
        .map(|one| format!("{}: {}", one["field"].as_str().unwrap_or(""), one["problem"].as_str().unwrap_or("")))
        .collect();
    Err(Refusal::new(code, words.join("; ")).with("violations", Value::Array(missing)))
}

impl Wish {
    /// What everybody in a hall for such worlds sees and hears.
    pub(super) fn show(&self) -> Show {
        Show { tier: self.tier, video: self.video, audio: self.audio.1 }
    }

    pub(super) fn plan(&self, id: WorldId, prompt: String, camera: CameraModel, config: &ServerConfig) -> Plan {
        let Self { tier, video, audio, seed, .. } = *self;
        let limits = self.limits.clone();
        let (adaptation, credits_per_second) = (config.adaptation, config.credits_per_second);
        let (defects, shared) = (config.defects, config.shared_world);
        Plan { id, prompt, seed, tier, video, audio, limits, camera, adaptation, credits_per_second, defects, shared }
    }
}

/// The first of the wanted formats that is known; the first known one where the choice is left to the server.
fn first<T: Copy>(wanted: &[String], known: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
    if wanted.is_empty() {
        return known.first().copied();
    }
    wanted.iter().find_map(|wanted| known.iter().copied().find(|known| name(*known) == wanted))
}

/// Limits in force: those that were asked for, up to the server's own.
fn limits(asked: Option<&Limits>, config: &ServerConfig) -> Limits {
    let grace = asked.and_then(|limits| limits.grace_s).unwrap_or(config.grace.as_secs_f64());
    let shorter = |asked: Option<f64>, longest: Option<Duration>| match (asked, longest.map(|longest| longest.as_secs_f64()))
    {
        (Some(asked), Some(longest)) => Some(asked.min(longest)),
        (asked, longest) => asked.or(longest),
    };
    Limits {
        session_s: shorter(asked.and_then(|limits| limits.session_s), config.longest_session),
        idle_s: shorter(asked.and_then(|limits| limits.idle_s), config.longest_idle),
        grace_s: Some(grace.min(config.longest_grace.as_secs_f64())),
        ..Limits::default()
    }
}
