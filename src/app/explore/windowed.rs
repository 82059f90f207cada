//! The run of a plan in a window: from the plan to the window's options, and from what became of it to what the report needs.

use super::headless::Seen;
use super::live::Live;
use super::plan::{Plan, Target, audio_request};
use super::screenshot;
use super::window::{WindowError, WindowOptions, run as open};
use crate::app::args::AudioChoice;
use crate::app::errors::{Exit, Failure};
use crate::media::Size;
use crate::render::GpuError;
use crate::wire::AudioRequest;

/// The window's size where nobody says another: what fits on every display of this century.
const SIZE: Size = Size { width: 1280, height: 720 };

/// Longest title, in characters: a prompt may be longer than any title bar.
const TITLE: usize = 60;

/// Runs until the user leaves, the time is over, or a signal comes.
pub fn run(live: &Live, plan: &Plan) -> Result<Seen, Failure> {
    let outcome = open(live, options(plan)).map_err(|error| failure(&error))?;
    if let (Some(path), Some((rgba, size))) = (&plan.screenshot, &outcome.picture) {
        screenshot::save(path, rgba, *size)?;
        eprintln!("seaglass: screenshot {}", path.display());
    }
    Ok(Seen {
        milestones: outcome.milestones,
        presented_for: outcome.presented_for,
        refreshes: outcome.refreshes,
        adapter: outcome.adapter,
        server: outcome.server,
        recorder: None,
        signal: outcome.signal,
    })
}

fn options(plan: &Plan) -> WindowOptions {
    let (title, audio) = match &plan.target {
        Target::Create(request) => (request.prompt.chars().take(TITLE).collect(), request.audio.clone()),
        Target::Attach(id) => (id.to_string(), None),
    };
    let sound = audio.as_ref().is_none_or(|audio| audio.enabled);
    WindowOptions {
        title,
        size: plan.size.unwrap_or(SIZE),
        fullscreen: plan.fullscreen,
        hud: true,
        sound,
        audio: audio.filter(|audio: &AudioRequest| audio.enabled).unwrap_or_else(|| audio_request(AudioChoice::Opus)),
        screenshots: plan.screenshots.clone(),
        scenario: plan.scenario.clone(),
        run_for: plan.duration,
        keep_picture: plan.screenshot.is_some(),
    }
}

fn failure(error: &WindowError) -> Failure {
    let (code, exit) = match error {
        WindowError::NoDisplay { .. } | WindowError::Refused { .. } => ("display", Exit::Usage),
        WindowError::Gpu(GpuError::NoAdapter { .. }) => ("no-adapter", Exit::Usage),
        WindowError::Gpu(_) | WindowError::Gone { .. } => ("player", Exit::Unexpected),
    };
    let fix = "`seaglass doctor` shows what this machine has; --headless needs no display";
    Failure::new(code, exit, "the window cannot be shown", error, fix)
}
