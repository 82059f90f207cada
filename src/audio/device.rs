//! A sound card: the thread that owns its stream, opens it again when it is lost, and drops what the callback leaves behind.
//! Nothing here decides what sounds.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, sleep};
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, Device, ErrorKind, FromSample, OutputCallbackInfo, SampleFormat, SizedSample, Stream, StreamConfig};

use super::adapt::{Adapter, Home};
use super::feed::Feed;
use super::frames::{CHANNELS, RATE};
use super::shared::Shared;
use super::status::Status;
use crate::clock::Clock;

/// Periods per second that are asked for: 10 ms each.
const PERIODS_PER_SECOND: u32 = 100;

/// How often the thread looks after its stream.
const LOOK: Duration = Duration::from_millis(50);

/// A stream without a callback for this long is lost, whatever it says. (A sound server may be idle for two seconds at first.)
const STALLED: Duration = Duration::from_secs(5);

/// Pauses before opening again, doubled from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// How long a lost stream may keep the feed before it is given up.
const RETURN: Duration = Duration::from_secs(2);

/// Looks between two reports of stream errors: once a second.
const LOOKS_PER_REPORT: u32 = 20;

/// Stream errors, counted where they happen (perhaps in the callback) and told elsewhere.
#[derive(Debug, Default)]
struct Faults {
    lost: AtomicBool,
    others: AtomicU32,
}

/// Starts the thread.
pub(super) fn start(feed: Feed, name: Option<String>, clock: Clock) {
    let shared = Arc::clone(feed.shared());
    let home: Home = Arc::new(Mutex::new(Some(feed)));
    let seen = Arc::clone(&shared);
    let started = Builder::new().name("audio-device".into()).spawn(move || run(&home, name.as_deref(), clock, &seen));
    if let Err(error) = started {
        shared.describe(format!("no thread for the sound device: {error}"));
        shared.set_status(Status::NoDevice);
    }
}

fn run(home: &Home, name: Option<&str>, clock: Clock, shared: &Shared) {
    let (mut pause, mut has_run) = (FIRST_PAUSE, false);
    while !shared.closed.load(Ordering::Acquire) {
        let faults = Arc::new(Faults::default());
        match open(home, name, clock, &faults) {
            Ok((stream, description)) => {
                shared.describe(description);
                has_run |= watch(shared, &faults);
                drop(stream);
                if shared.closed.load(Ordering::Acquire) {
                    return;
                }
                if has_run {
                    pause = FIRST_PAUSE;
                }
                lose(shared, "the sound device went away; it is opened again");
            }
            Err(reason) if has_run => lose(shared, &format!("the sound device went away and does not open: {reason}")),
            Err(reason) => {
                shared.describe(format!("no sound device: {reason}"));
                shared.set_status(Status::NoDevice);
                return;
            }
        }
        sleep(pause);
        pause = (pause * 2).min(LAST_PAUSE);
        if !feed_is_home(home) {
            shared.describe("the lost sound device does not let go; start again for sound".into());
            return;
        }
    }
}

fn lose(shared: &Shared, what: &str) {
    tracing::warn!("{what}");
    shared.describe(what.into());
    shared.set_status(Status::Lost);
}

/// Waits until the writer is gone or the stream lost; tells whether it ever played.
fn watch(shared: &Shared, faults: &Faults) -> bool {
    let at_first = shared.history.count();
    let (mut count, mut still, mut looks) = (at_first, Duration::ZERO, 0);
    while !shared.closed.load(Ordering::Acquire) && !faults.lost.load(Ordering::Acquire) && still < STALLED {
        sleep(LOOK);
        let now = shared.history.count();
        still = if now == count { still + LOOK } else { Duration::ZERO };
        count = now;
        looks += 1;
        if looks % LOOKS_PER_REPORT == 0 {
            let others = faults.others.swap(0, Ordering::Relaxed);
            if others > 0 {
                tracing::warn!("the sound device reported {others} errors in the last second");
            }
        }
    }
    count > at_first
}

/// Some backends let go of a callback a little after its stream.
fn feed_is_home(home: &Home) -> bool {
    let mut waited = Duration::ZERO;
    loop {
        if home.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return true;
        }
        if waited >= RETURN {
            return false;
        }
        sleep(LOOK);
        waited += LOOK;
    }
}

fn open(home: &Home, name: Option<&str>, clock: Clock, faults: &Arc<Faults>) -> Result<(Stream, String), String> {
    let device = find(name)?;
    let called = device.description().map_or_else(|_| "unnamed device".into(), |description| description.name().to_owned());
    // Asking for the configuration is what tells a device from a name without one.
    let default = device.default_output_config().map_err(|error| error.to_string())?;
    let own = (default.channels(), default.sample_rate(), default.sample_format());
    let ours = (CHANNELS as u16, RATE, SampleFormat::F32);
    let mut reason = String::new();
    for (channels, rate, format) in [ours, (own.0, own.1, SampleFormat::F32), own] {
        // Never the default buffer first: it may be two seconds long.
        for buffer_size in [BufferSize::Fixed(rate / PERIODS_PER_SECOND), BufferSize::Default] {
            let config = StreamConfig { channels, sample_rate: rate, buffer_size };
            let built = build(&device, config, format, home, clock, faults)
                .and_then(|stream| stream.play().map(|()| stream).map_err(|error| error.to_string()));
            match built {
                Ok(stream) => return Ok((stream, format!("{called}, {rate} Hz, {channels} channels, {format}"))),
                Err(error) => reason = error,
            }
            if !feed_is_home(home) {
                return Err(reason);
            }
        }
    }
    Err(format!("{called}: {reason}"))
}

/// The outputs that this machine offers, the default one first, by the names that [`DeviceChoice::Named`] takes.
///
/// # Errors
/// Why there is none, in words.
///
/// [`DeviceChoice::Named`]: super::choice::DeviceChoice::Named
pub fn outputs() -> Result<Vec<String>, String> {
    let host = cpal::default_host();
    if has_no_card(host.id().name()) {
        return Err("this machine has no sound card and no sound server runs".into());
    }
    let named = |device: &Device| device.description().map(|description| description.name().to_owned()).ok();
    let default = host.default_output_device().as_ref().and_then(named);
    let others = host.output_devices().map_err(|error| error.to_string())?;
    let others = others.filter_map(|device| named(&device)).filter(|name| Some(name) != default.as_ref());
    Ok(default.iter().cloned().chain(others).collect())
}

fn find(name: Option<&str>) -> Result<Device, String> {
    let host = cpal::default_host();
    if has_no_card(host.id().name()) {
        return Err("this machine has no sound card and no sound server runs".into());
    }
    let Some(name) = name else {
        return host.default_output_device().ok_or_else(|| "the system names no default output".into());
    };
    let mut names = Vec::new();
    for device in host.output_devices().map_err(|error| error.to_string())? {
        let called = device.description().map(|description| description.name().to_owned()).unwrap_or_default();
        let id = device.id().map(|id| id.to_string()).unwrap_or_default();
        if called == name || id == name {
            return Ok(device);
        }
        names.push(called);
    }
    Err(format!("none is called {name:?}; there are: {}", names.join(", ")))
}

/// Without a card ALSA answers every question with a page of complaints on standard error. Where a look at the system says that
/// there is none, and nobody has configured another sink, it is not asked.
fn has_no_card(host: &str) -> bool {
    if !cfg!(target_os = "linux") || !host.eq_ignore_ascii_case("alsa") {
        return false;
    }
    let configured = std::path::Path::new("/etc/asound.conf").exists()
        || std::env::home_dir().is_some_and(|home| home.join(".asoundrc").exists())
        || std::env::var_os("ALSA_CONFIG_PATH").is_some();
    let has_playback = |entries: std::fs::ReadDir| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("pcm") && name.ends_with('p')
        })
    };
    !configured && !std::fs::read_dir("/dev/snd").is_ok_and(has_playback)
}

fn build(
    device: &Device,
    config: StreamConfig,
    format: SampleFormat,
    home: &Home,
    clock: Clock,
    faults: &Arc<Faults>,
) -> Result<Stream, String> {
    let adapter = Adapter::new(home, clock, config.channels, config.sample_rate)
        .ok_or_else(|| format!("{} Hz with {} channels is beyond what is converted", config.sample_rate, config.channels))?;
    match format {
        SampleFormat::F32 => build_as::<f32>(device, config, adapter, faults),
        SampleFormat::I16 => build_as::<i16>(device, config, adapter, faults),
        SampleFormat::I32 => build_as::<i32>(device, config, adapter, faults),
        SampleFormat::U16 => build_as::<u16>(device, config, adapter, faults),
        SampleFormat::U8 => build_as::<u8>(device, config, adapter, faults),
        other => Err(format!("samples of type {other} are not supported")),
    }
}

fn build_as<T: SizedSample + FromSample<f32>>(
    device: &Device,
    config: StreamConfig,
    mut adapter: Adapter,
    faults: &Arc<Faults>,
) -> Result<Stream, String> {
    let callback = move |period: &mut [T], info: &OutputCallbackInfo| {
        let stamp = info.timestamp();
        adapter.fill(period, stamp.playback.checked_duration_since(stamp.callback), T::from_sample_);
    };
    let faults = Arc::clone(faults);
    let on_error = move |error: cpal::Error| match error.kind() {
        ErrorKind::StreamInvalidated | ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => {
            faults.lost.store(true, Ordering::Release);
        }
        ErrorKind::DeviceChanged => {}
        _ => {
            faults.others.fetch_add(1, Ordering::Relaxed);
        }
    };
    device.build_output_stream(config, callback, on_error, None).map_err(|error| error.to_string())
}
