//! `seaglass play`, from beginning to end: opens the clip, starts player and reel, and hands them to the window, to the headless
//! runner, or to neither where only sums are asked for.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::failure;
use super::figures::{seconds, thousandths};
use super::hash::{Extent, hash};
use super::headless;
use super::source::Source;
use super::window::{self, Options};
use crate::app::args::Play;
use crate::app::config::Loaded;
use crate::app::display;
use crate::app::errors::{Exit, Failure};
use crate::app::explore::{network_runtime, screenshot, window_failure};
use crate::app::signals::Stop;
use crate::audio::{DeviceChoice, StandIn};
use crate::clock::Clock;
use crate::media::{DropCause, MediaDelta, Picture};
use crate::player::{Player, PlayerOptions};
use crate::reel::{Begin, Clip, Motion, Reel, Timeline};
use crate::render::{Gpu, GpuError, Offscreen, Renderer};

/// Plays a clip. The exit status of a signal that ended it, if one did.
pub fn play(args: Play, loaded: Loaded, clock: Clock) -> Result<Option<Exit>, Failure> {
    let local = match Source::of(&args.source).bring(&loaded.settings, clock)? {
        ControlFlow::Continue(local) => local,
        ControlFlow::Break(signal) => return Ok(Some(signal)),
    };
    let mut clip = Clip::open(local.path()).map_err(|error| failure::of_reel(&error))?;
    for what in clip.left_out() {
        eprintln!("seaglass: not played: {what}");
    }
    let runtime = network_runtime()?;
    let stop = Stop::saying(runtime.handle(), None, "seaglass: ended at once");
    let from = MediaDelta::from_duration(args.from);
    if from >= clip.length() && from > MediaDelta::ZERO {
        let why = format!("it is {:.3} s long", clip.length().as_secs_f64());
        return Err(Failure::new("usage", Exit::Usage, "the clip ends before --from", why, "begin earlier"));
    }
    let mut told = describe(&args.source, &clip);
    if args.hash {
        if args.round && args.frames.is_none() && args.duration.is_none() {
            let fix = "say where to end: --frames N, or --for DURATION";
            return Err(Failure::new("usage", Exit::Usage, "a clip that goes round has no sum", "it never ends", fix));
        }
        let extent = Extent {
            timeline: Timeline::new(from, args.speed, clip.lap(), clip.length(), args.round),
            frames: args.frames,
            duration: args.duration.map(MediaDelta::from_duration),
            sound: !args.no_sound,
        };
        let sums = hash(&mut clip, &extent, &stop)?;
        print(&mut told, sums);
        return Ok(stop.asked());
    }
    let headless = args.headless || !display::there();
    let mut options = PlayerOptions::new(clock);
    options.device = device(&args, headless, clip.sound().is_some());
    options.refresh_hz = headless.then_some(60.0);
    let (player, stage) = Player::start_stored(options).map_err(|error| {
        Failure::new("player", Exit::Unexpected, "the player cannot start", error, "close other programs")
    })?;
    let player = Arc::new(player);
    let begin = Begin { from, speed: args.speed, round: args.round, play: !args.paused };
    let options = Options {
        title: title(&args.source),
        size: args.size,
        picture: clip.size(),
        fullscreen: args.fullscreen || loaded.settings.fullscreen.unwrap_or(false),
        screenshots: loaded.settings.screenshots.clone().unwrap_or_else(|| PathBuf::from(".")),
        frames: args.frames,
        duration: args.duration,
        sound: clip.sound().is_some() && !args.no_sound && args.sound.as_deref() != Some("none"),
        last: clip.frame_begins(clip.frames().saturating_sub(1)).unwrap_or(clip.length()),
        keep_picture: args.screenshot.is_some(),
    };
    let reel = Reel::start(clip, stage, clock, begin).map_err(|error| failure::of_reel(&error))?;
    if !headless {
        let outcome = window::run(&player, &reel, clock, &stop, options).map_err(|error| window_failure(&error))?;
        if let (Some(path), Some((rgba, size))) = (&args.screenshot, &outcome.picture) {
            screenshot::save(path, rgba, *size)?;
            eprintln!("seaglass: screenshot {}", path.display());
        }
        return Ok(outcome.signal);
    }
    let seen = headless::run(&player, &reel, clock, &stop, args.frames, args.duration)?;
    let snapshot = player.snapshot();
    let undecodable = snapshot.drops.of(DropCause::Corrupt) + snapshot.drops.of(DropCause::NoReference);
    if undecodable > 0 && seen.frames == 0 && seen.status.motion == Motion::Ended {
        return Err(failure::of_pictures(undecodable));
    }
    failure::say_left_out(undecodable);
    match (&args.screenshot, &seen.last) {
        (Some(path), Some(frame)) => save(path, &frame.picture)?,
        (Some(_), None) => eprintln!("seaglass: no picture was shown, so none is saved"),
        (None, _) => {}
    }
    print(&mut told, headless::report(&seen, &snapshot));
    Ok(seen.signal)
}

/// What to call a clip in a title: its file's name, or what the user called it.
fn title(source: &str) -> String {
    let name = source.split(['?', '#']).next().unwrap_or_default();
    let name = name.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|letter| !letter.is_control()).take(80).collect()
}

fn device(args: &Play, headless: bool, with_sound: bool) -> DeviceChoice {
    match args.sound.as_deref() {
        _ if args.no_sound || !with_sound => DeviceChoice::None,
        Some("none") => DeviceChoice::None,
        _ if headless => DeviceChoice::StandIn(StandIn::default()),
        None | Some("default") => DeviceChoice::Default,
        Some(name) => DeviceChoice::Named(name.to_owned()),
    }
}

/// What the clip is, for scripts.
fn describe(source: &str, clip: &Clip) -> serde_json::Map<String, Value> {
    let about = json!({
        "source": source,
        "clip": {
            "length_s": seconds(clip.length()),
            "frames": clip.frames(),
            "fps": clip.fps().map(thousandths),
            "width": clip.size().map(|size| size.width),
            "height": clip.size().map(|size| size.height),
            "sound": clip.sound().map(|sound| sound.name),
            "sound_rate": clip.sound().map(|sound| sound.rate),
            "sound_channels": clip.sound().map(|sound| sound.channels),
            "not_played": clip.left_out(),
        },
    });
    match about {
        Value::Object(about) => about,
        _ => serde_json::Map::new(),
    }
}

/// Prints what was told and what came of it as one object.
fn print(told: &mut serde_json::Map<String, Value>, outcome: Value) {
    if let Value::Object(outcome) = outcome {
        told.extend(outcome);
    }
    println!("{:#}", Value::Object(std::mem::take(told)));
}

/// Saves a picture as it would be shown.
fn save(path: &Path, picture: &Picture) -> Result<(), Failure> {
    let drawn = || -> Result<Vec<u8>, GpuError> {
        let gpu = Gpu::headless()?;
        let mut renderer = Renderer::new(&gpu, Offscreen::FORMAT)?;
        renderer.upload(picture)?;
        let screen = Offscreen::new(&gpu, picture.size())?;
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        renderer.draw(&mut encoder, screen.view(), picture.size());
        gpu.queue().submit([encoder.finish()]);
        let mut rgba = Vec::new();
        screen.read(&mut rgba)?;
        Ok(rgba)
    };
    let rgba = drawn().map_err(|error| {
        let fix = "`seaglass doctor` shows what this machine has";
        Failure::new("no-adapter", Exit::Usage, "the picture cannot be drawn", error, fix)
    })?;
    screenshot::save(path, &rgba, picture.size())?;
    eprintln!("seaglass: screenshot {}", path.display());
    Ok(())
}
