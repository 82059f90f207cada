//! Devices: the stand-in in real time, and a real sound server with its output recorded.
#![cfg(feature = "player")]
#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::io::{BufRead, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use seaglass::audio::{DeviceChoice, Output, StandIn, Status, open};
use seaglass::clock::Clock;
use seaglass::media::Monotonic;

/// Waits until something is so; false when it is not after `limit`.
fn wait(limit: Duration, mut so: impl FnMut() -> bool) -> bool {
    let clock = Clock::start();
    while !so() {
        if clock.now() > Monotonic::ZERO + limit {
            return false;
        }
        sleep(Duration::from_millis(2));
    }
    true
}

/// Frame `number` of a signal that says its own number: left counts thousands, right the frames within.
fn numbered(number: usize) -> [f32; 2] {
    [(number / 1000 + 1) as f32 / 1000.0, (number % 1000) as f32 / 1000.0]
}

#[test]
fn without_a_device_there_is_no_position_and_a_status_that_says_so() {
    let Output { mut writer, position } = open(DeviceChoice::None, Clock::start());
    assert_eq!(position.status(), Status::Off);
    assert!(position.status().is_silent_for_good());
    assert_eq!(position.sounding(Monotonic::from_millis(5)), None);
    assert_eq!(writer.write(&[0.0; 96_000]), 24_000, "the ring is bounded");
    assert_eq!(writer.write(&[0.0; 2]), 0, "and full");
}

/// HO-15. The machine may be as slow as it likes: order and completeness hold, and times are the schedule's.
#[test]
fn the_stand_in_takes_every_frame_in_order_and_its_tap_hears_them_on_schedule() {
    let (heard, taps) = sync_channel::<(Vec<f32>, Monotonic)>(10_000);
    let tap = Box::new(move |period: &[f32], at, _taken: usize| heard.send((period.to_vec(), at)).unwrap());
    let device = StandIn { period_frames: 480, ppm: 0.0, tap: Some(tap) };
    let clock = Clock::start();
    let Output { mut writer, position } = open(DeviceChoice::StandIn(device), clock);
    // All at once, as a device may take its first period at any moment: it finds nothing or everything, and never runs dry between.
    let sound: Vec<f32> = (0..24_000).flat_map(numbered).collect();
    assert_eq!(writer.write(&sound), 24_000);
    let done = wait(Duration::from_secs(20), || position.sounding(clock.now()).is_some_and(|frames| frames >= 24_000.0));
    assert!(done, "{:?} after {:?}", position.sounding(clock.now()), clock.now());
    drop(writer);
    let periods: Vec<_> = taps.try_iter().collect();
    let sound: Vec<[f32; 2]> = periods
        .iter()
        .flat_map(|(period, _)| period.chunks_exact(2).map(|frame| [frame[0], frame[1]]))
        .filter(|frame| frame[0] != 0.0)
        .collect();
    // 5 ms fade in at first and ring out at the end; between them every frame is itself.
    let first = sound.iter().position(|frame| *frame == numbered(240)).unwrap();
    for (offset, frame) in sound[first..][..24_000 - 240].iter().enumerate() {
        assert_eq!(*frame, numbered(240 + offset));
    }
    for pair in periods.windows(2) {
        let step = pair[1].1.since(pair[0].1).as_nanos();
        assert_eq!((step + 5) / 10 % 1_000_000, 0, "{step} ns is no whole number of periods");
    }
}

#[test]
fn the_stand_ins_position_follows_its_clock_and_its_deviation() {
    let clock = Clock::start();
    let device = StandIn { ppm: 10_000.0, ..StandIn::default() };
    let Output { mut writer, position } = open(DeviceChoice::StandIn(device), clock);
    let mut fill = || while writer.write(&[0.1; 2]) == 1 {};
    assert!(wait(Duration::from_secs(10), || {
        fill();
        position.sounding(clock.now()).is_some_and(|frames| frames > 4800.0)
    }));
    let late_before = position.underruns().late_frames;
    let (from, at) = (clock.now(), position.sounding(clock.now()).unwrap());
    assert!(wait(Duration::from_secs(10), || {
        fill();
        clock.now().since(from) > Duration::from_millis(700)
    }));
    let now = clock.now();
    let played = position.sounding(now).unwrap() - at;
    let late = (position.underruns().late_frames - late_before) as f64;
    let expected = now.since(from).as_secs_f64() * 48_480.0 - late;
    // 1 % of 0.7 s are 336 frames; without it this would fail. A stalled machine loses frames, and says how many.
    assert!((played - expected).abs() < 120.0, "{played} frames for {expected}");
}

/// A sound server of our own with a sink that plays to nobody.
struct Server {
    process: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `None`, and a word why, where there is no PulseAudio.
fn sound_server(folder: &Path) -> Option<Server> {
    let (socket, script) = (folder.join("pulse.sock"), folder.join("start.pa"));
    let _ = std::fs::remove_file(&socket);
    // The socket comes last: whoever finds it finds the sink, too.
    let lines = format!(
        "load-module module-null-sink norewinds=1 sink_name=nullsink rate=48000 channels=2\n\
         set-default-sink nullsink\n\
         load-module module-native-protocol-unix socket={} auth-anonymous=1\n",
        socket.display()
    );
    std::fs::write(&script, lines).unwrap();
    let process = Command::new("pulseaudio")
        .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-F"])
        .arg(&script)
        .envs([("XDG_RUNTIME_DIR", folder), ("HOME", folder)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let process = match process {
        Ok(process) => process,
        Err(error) => {
            println!("skipped: pulseaudio does not run here ({error})");
            return None;
        }
    };
    let address = format!("unix:{}", socket.display());
    let server = Server { process, address };
    if wait(Duration::from_secs(15), || socket.exists()) {
        return Some(server);
    }
    println!("skipped: pulseaudio did not come up in 15 s");
    None
}

/// Says what a test does when it is run by another: sound in a process of its own, because the server's address is an
/// environment variable.
const ROLE: &str = "SEAGLASS_TEST_ROLE";

/// A test of this file, run again as a process that hears from `address`.
fn again(test: &str, address: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).envs([(ROLE, "plays"), ("PULSE_SERVER", address)]);
    command
}

/// Frames between ticks, and the seconds of them.
const TICK: usize = 4800;
const SECONDS: usize = 3;

/// Ticks in them.
const TICKS: usize = SECONDS * 10 - 1;

#[test]
fn a_sound_server_plays_every_frame_in_order_without_extra_silence() {
    if std::env::var_os(ROLE).is_some() {
        return play_ticks();
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = sound_server(folder.path()) else { return };
    let mut disturbed = Vec::new();
    while disturbed.len() < 4 {
        let Some((ticks, said)) = recorded(&server) else { return };
        let numbers: Vec<usize> = ticks.iter().map(|(_, number)| *number).collect();
        assert_eq!(numbers, (1..=TICKS).collect::<Vec<_>>(), "{said}");
        let distances: Vec<usize> = ticks.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert!(distances.iter().all(|distance| *distance >= TICK), "{distances:?}: {said}");
        if distances.iter().all(|distance| *distance == TICK) {
            return;
        }
        // A late callback or a dry ring on a busy machine is silence, which the player counts; so is a server that came too late to
        // its own buffer, which it cannot see. Silence of its own making would be in every recording.
        disturbed.push((distances, said));
    }
    let slow = disturbed.iter().any(|(_, said)| !said.contains("underruns 0"));
    assert!(slow, "silence that nobody counted, every time: {disturbed:?}");
    println!("the machine was too slow for an exact comparison: {disturbed:?}");
}

/// What a recorder at the server hears of a player, and what that says; none without a recorder.
fn recorded(server: &Server) -> Option<(Vec<(usize, usize)>, String)> {
    let recorder = Command::new("parec")
        .args(["--device=nullsink.monitor", "--format=float32le", "--rate=48000", "--channels=2", "--latency-msec=20"])
        .env("PULSE_SERVER", &server.address)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut recorder) = recorder else {
        println!("skipped: parec is not installed");
        return None;
    };
    let mut monitor = recorder.stdout.take().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let listening = std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = monitor.read(&mut bytes) {
            ear.lock().unwrap().extend_from_slice(&bytes[..length]);
        }
    });
    assert!(wait(Duration::from_secs(20), || !heard.lock().unwrap().is_empty()), "the recorder hears the sink");
    let test = "a_sound_server_plays_every_frame_in_order_without_extra_silence";
    let player = again(test, &server.address).output().unwrap();
    let said = String::from_utf8_lossy(&player.stdout).into_owned();
    assert!(player.status.success(), "{said}{}", String::from_utf8_lossy(&player.stderr));
    wait(Duration::from_secs(5), || ticks(&heard.lock().unwrap()).len() >= TICKS);
    recorder.kill().unwrap();
    recorder.wait().unwrap();
    listening.join().unwrap();
    let ticks = ticks(&heard.lock().unwrap());
    Some((ticks, said))
}

/// Where in a recording the ticks lie, and their numbers: they grow by a hundredth each, so their heights are their numbers.
fn ticks(recording: &[u8]) -> Vec<(usize, usize)> {
    let left = recording.chunks_exact(8).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    left.enumerate()
        .filter(|(_, height)| *height > 0.005)
        .map(|(at, height)| (at, (height * 100.0).round() as usize))
        .collect()
}

fn play_ticks() {
    let clock = Clock::start();
    let Output { mut writer, position } = open(DeviceChoice::Default, clock);
    wait(Duration::from_secs(10), || !matches!(position.status(), Status::Opening));
    println!("{:?}: {}", position.status(), position.describe());
    assert_eq!(position.status(), Status::Running);
    let start = writer.written();
    let total = SECONDS as u64 * 48_000;
    let (mut next, mut last, mut largest_step) = (0_u64, (clock.now(), 0.0_f64), 0.0_f64);
    assert!(wait(Duration::from_secs(30), || {
        while next < total && writer.queued() < 9600 {
            // Whole ticks at a time: the first write already holds enough to begin with.
            let mut block = [0.0; 2 * TICK];
            block[..2].fill((next as usize / TICK) as f32 / 100.0);
            next += writer.write(&block) as u64;
        }
        if next == total {
            writer.rest();
        }
        let now = clock.now();
        if let Some(heard) = position.sounding(now) {
            let expected = last.1 + now.since(last.0).as_secs_f64() * 48_000.0;
            if last.1 > start as f64 + 4800.0 && heard < (start + total) as f64 - 9600.0 {
                largest_step = largest_step.max((heard - expected).abs());
            }
            last = (now, heard);
        }
        last.1 >= (start + total) as f64 - 1.0
    }));
    let latency = position.latency().as_secs_f64() * 1e3;
    println!(
        "underruns {}, position moved evenly to {largest_step:.1} frames, latency {latency:.1} ms",
        position.underruns().events
    );
}

/// A sound server that goes away takes the sound with it, not the program; one that comes back brings it back.
#[test]
fn a_lost_device_is_said_and_opened_again() {
    if std::env::var_os(ROLE).is_some() {
        return follow_the_server();
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = sound_server(folder.path()) else { return };
    let mut player =
        again("a_lost_device_is_said_and_opened_again", &server.address).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = std::io::BufReader::new(player.stdout.take().unwrap()).lines();
    let mut until = |word: &str| said.by_ref().map_while(Result::ok).any(|line| line.contains(word));
    assert!(until("Running"), "it plays at first");
    drop(server);
    assert!(until("Lost"), "the loss is said");
    let server = sound_server(folder.path());
    assert!(server.is_none() || until("Running"), "and it plays again");
    let played = player.wait().unwrap();
    assert!(server.is_none() || played.success());
}

fn follow_the_server() {
    let clock = Clock::start();
    let Output { mut writer, position } = open(DeviceChoice::Default, clock);
    for wanted in [Status::Running, Status::Lost, Status::Running] {
        let reached = wait(Duration::from_secs(20), || {
            writer.write(&[0.1; 960]);
            position.status() == wanted
        });
        assert!(reached, "{wanted:?} was waited for; {:?}: {}", position.status(), position.describe());
        println!("{wanted:?}");
        assert_eq!(position.sounding(clock.now()).is_some(), wanted == Status::Running);
    }
}

#[test]
fn a_machine_without_sound_says_so_and_nothing_else() {
    if std::env::var_os(ROLE).is_some() {
        let Output { position, writer: _writer } = open(DeviceChoice::Default, Clock::start());
        wait(Duration::from_secs(20), || position.status() != Status::Opening);
        println!("{:?}: {}", position.status(), position.describe());
        return;
    }
    let has_card = std::fs::read_dir("/dev/snd").is_ok_and(|entries| entries.count() > 1);
    if has_card || !cfg!(target_os = "linux") {
        println!("skipped: this machine has a sound card");
        return;
    }
    let output = again("a_machine_without_sound_says_so_and_nothing_else", "unix:/nowhere/pulse.sock").output().unwrap();
    let (said, noise) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("NoDevice: no sound device: this machine has no sound card"), "{said}");
    assert!(!noise.contains("ALSA"), "{noise}");
}
