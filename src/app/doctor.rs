//! `seaglass doctor`: what this machine has for exploring worlds, and what to do about what it lacks.

use serde::Serialize;

use super::args::{Doctor, OutputFormat};
use super::config::{self, Loaded};
use super::errors::{Exit, Failure};
use super::remote;
use crate::clock::Clock;

/// How a check came out.
#[cfg_attr(not(feature = "player"), expect(dead_code, reason = "without a player nothing is optional"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// There, and usable.
    Ok,
    /// Not there; exploring works without it, with less.
    Without,
    /// Not there, and needed.
    Missing,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    found: String,
    /// What to do; empty where there is nothing to do.
    fix: String,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, found: found.into(), fix: String::new() }
    }

    #[cfg(feature = "player")]
    fn without(name: &'static str, found: impl Into<String>, fix: &str) -> Self {
        Self { name, verdict: Verdict::Without, found: found.into(), fix: fix.to_owned() }
    }

    fn missing(name: &'static str, found: impl Into<String>, fix: &str) -> Self {
        Self { name, verdict: Verdict::Missing, found: found.into(), fix: fix.to_owned() }
    }
}

/// Checks everything and prints it. Fails where something that is needed is missing.
pub fn doctor(args: Doctor, loaded: Loaded, clock: Clock) -> Result<(), Failure> {
    let mut checks = vec![Check::ok("program", version()), settings(&loaded)];
    checks.extend(machine());
    checks.push(server(&args, &loaded, clock));
    match args.output {
        OutputFormat::Json | OutputFormat::Jsonl => {
            let text = serde_json::to_string_pretty(&checks);
            println!("{}", text.unwrap_or_else(|_| unreachable!("checks hold nothing JSON cannot say")));
        }
        OutputFormat::Text => checks.iter().for_each(print),
    }
    let missing: Vec<&str> =
        checks.iter().filter(|check| check.verdict == Verdict::Missing).map(|check| check.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = format!("needed and missing: {}", missing.join(", "));
    Err(Failure::new("doctor", Exit::Unexpected, what, "", "do what stands beside it above, then run this again"))
}

fn print(check: &Check) {
    let mark = match check.verdict {
        Verdict::Ok => "ok     ",
        Verdict::Without => "without",
        Verdict::Missing => "MISSING",
    };
    println!("{mark}  {:<9} {}", check.name, check.found.replace('\n', "\n                   "));
    if !check.fix.is_empty() {
        println!("                   do: {}", check.fix);
    }
}

fn version() -> String {
    let features = [("player", cfg!(feature = "player")), ("server", cfg!(feature = "server"))];
    let features: Vec<&str> = features.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect();
    let protocol = crate::wire::PROTOCOL;
    format!(
        "seaglass {} ({} {}), protocol {protocol}, features: {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        if features.is_empty() { "none".to_owned() } else { features.join(", ") }
    )
}

fn settings(loaded: &Loaded) -> Check {
    let files: Vec<String> =
        config::paths(None).iter().filter(|path| path.exists()).map(|path| path.display().to_string()).collect();
    let found = if files.is_empty() { "no settings file".to_owned() } else { files.join(", ") };
    Check::ok("settings", format!("{found}; {} settings in force from files", loaded.origins.len()))
}

#[cfg(feature = "player")]
fn machine() -> Vec<Check> {
    vec![adapter(), display(), sound()]
}

#[cfg(not(feature = "player"))]
fn machine() -> Vec<Check> {
    vec![Check::missing("player", "this program was built without it", "build with the default features")]
}

#[cfg(feature = "player")]
fn adapter() -> Check {
    match crate::render::Gpu::headless() {
        Ok(gpu) => Check::ok("adapter", gpu.describe().to_string()),
        Err(error) => Check::missing(
            "adapter",
            error.to_string(),
            "install a graphics driver; a software rasteriser will do: mesa-vulkan-drivers (Debian, Ubuntu, Fedora), vulkan-swrast (Arch)",
        ),
    }
}

#[cfg(feature = "player")]
fn display() -> Check {
    if super::display::there() {
        let named = |name| std::env::var(name).ok().filter(|value| !value.is_empty()).map(|value| format!("{name}={value}"));
        let found: Vec<String> = ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().filter_map(named).collect();
        return Check::ok("display", if found.is_empty() { "the system's own".to_owned() } else { found.join(", ") });
    }
    Check::without(
        "display",
        "neither WAYLAND_DISPLAY nor DISPLAY is set",
        "explore runs headless here; for a window, start it from a desktop session",
    )
}

#[cfg(feature = "player")]
fn sound() -> Check {
    match crate::audio::outputs() {
        Ok(names) if !names.is_empty() => Check::ok("sound", names.join("\n")),
        Ok(_) => Check::without("sound", "no output device", SOUND_FIX),
        Err(error) => Check::without("sound", error.to_string(), SOUND_FIX),
    }
}

#[cfg(feature = "player")]
const SOUND_FIX: &str =
    "worlds play silently, on the session clock; for sound start a sound server (PipeWire or PulseAudio) or attach a device";

fn server(args: &Doctor, loaded: &Loaded, clock: Clock) -> Check {
    let fix = "name one with --server URL to check it; explore brings its own otherwise";
    let manager = match remote::manager(&args.reach, &loaded.settings, clock) {
        Ok(Some(manager)) => manager,
        Ok(None) => return Check::ok("server", format!("none named: {fix}")),
        Err(failure) => return Check::missing("server", failure.what, &failure.fix),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Check::missing("server", error.to_string(), "close other programs and try again"),
    };
    let begun = clock.now();
    match runtime.block_on(manager.list()) {
        Ok(worlds) => {
            let took = clock.now().since(begun).as_secs_f64() * 1e3;
            Check::ok("server", format!("answers in {took:.0} ms, {} worlds of this key", worlds.len()))
        }
        Err(error) => {
            let failure = remote::failure(&error);
            Check::missing("server", failure.what, &failure.fix)
        }
    }
}
