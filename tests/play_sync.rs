//! What flashes clicks: a clip with both at the same moments, through reel and player in real time, at several speeds, after jumps and
//! pauses, and round and round. A stand-in device says to the sample when a click sounds, a made-up display which refresh shows a
//! flash. Medians are bounded, and a measurement is repeated where others hold the machine up.
#![cfg(feature = "player")]

mod film;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seaglass::audio::{DeviceChoice, StandIn};
use seaglass::clock::Clock;
use seaglass::media::{MediaDelta, Monotonic};
use seaglass::player::{Player, PlayerOptions};
use seaglass::reel::{Begin, Clip, Motion, Order, Reel};

const REFRESH: Duration = Duration::from_nanos(16_666_667);
/// Farther apart than this a flash and a click do not belong together.
const PAIR_MS: f64 = 110.0;
/// What counts as together.
const TOGETHER_MS: f64 = 20.0;
/// How often a measurement is made before it counts.
const TRIES: usize = 4;

/// Click minus flash of each pair, in milliseconds, and flashes without a click.
#[derive(Debug, Default)]
struct Heard {
    offsets: Vec<f64>,
    lonely: usize,
    laps: u64,
}

impl Heard {
    fn median(&self) -> f64 {
        let mut sorted: Vec<f64> = self.offsets.iter().map(|offset| offset.abs()).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::INFINITY)
    }
}

/// Plays a clip for so long and follows orders, each at its time.
fn listen(path: &Path, begin: Begin, seconds: f64, orders: &[(f64, Order)]) -> Heard {
    let clock = Clock::start();
    let clicks: Arc<Mutex<Vec<Monotonic>>> = Arc::default();
    let heard = Arc::clone(&clicks);
    let mut quiet = 0_usize;
    let tap = move |samples: &[f32], at: Monotonic, _: usize| {
        for (frame, pair) in samples.chunks_exact(2).enumerate() {
            if pair[0].abs() > 0.3 {
                if quiet > 2_000 {
                    heard.lock().expect("whole").push(at + Duration::from_nanos(frame as u64 * 1_000_000_000 / 48_000));
                }
                quiet = 0;
            } else {
                quiet += 1;
            }
        }
    };
    let mut options = PlayerOptions::new(clock);
    options.device = DeviceChoice::StandIn(StandIn { tap: Some(Box::new(tap)), ..StandIn::default() });
    options.refresh_hz = Some(60.0);
    let (player, stage) = Player::start_stored(options).expect("a player");
    let reel = Reel::start(Clip::open(path).expect("a clip"), stage, clock, begin).expect("a reel");
    let (mut flashes, mut bright, mut orders, mut started) = (Vec::new(), false, orders.iter().peekable(), None);
    let mut laps = 0;
    let mut visible = clock.now();
    loop {
        visible += REFRESH;
        let now = clock.now();
        std::thread::sleep(visible.since(now + Duration::from_millis(4)));
        let now = clock.now();
        if now > visible {
            visible = now;
        }
        if let Some(frame) = player.frame_for(now, visible) {
            let white = frame.picture.planes()[0].data[2_000] > 150;
            if white && !bright {
                flashes.push(visible);
            }
            bright = white;
        }
        let status = reel.status();
        laps = laps.max(status.lap);
        if status.motion == Motion::Playing {
            started.get_or_insert(now);
        }
        let elapsed = started.map_or(0.0, |started: Monotonic| now.since(started).as_secs_f64());
        while let Some((_, order)) = orders.next_if(|(at, _)| *at <= elapsed) {
            reel.order(*order);
        }
        if elapsed >= seconds || status.motion == Motion::Ended {
            break;
        }
    }
    drop(reel);
    drop(player);
    let clicks = clicks.lock().expect("whole");
    let mut heard = Heard { laps, ..Heard::default() };
    for flash in flashes {
        let offset = |click: &Monotonic| click.signed_since(flash).as_millis_f64();
        match clicks.iter().map(offset).min_by(|a, b| a.abs().total_cmp(&b.abs())).filter(|offset| offset.abs() < PAIR_MS) {
            Some(offset) => heard.offsets.push(offset),
            None => heard.lonely += 1,
        }
    }
    heard
}

/// Measures until flash and click are together, a few times at most.
fn together(what: &str, least: usize, measure: impl Fn() -> Heard) {
    let mut last = Heard::default();
    for _ in 0..TRIES {
        last = measure();
        println!("{what}: {last:?}");
        if last.offsets.len() >= least && last.median() < TOGETHER_MS && last.lonely <= last.offsets.len() {
            return;
        }
    }
    panic!("{what}: {last:?}");
}

#[test]
fn x_13_what_flashes_clicks_at_every_speed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("beats.mp4");
    film::beats(&path, 8, 50);
    for (speed, seconds) in [(1.0, 2.2), (0.5, 4.2), (2.0, 1.5)] {
        let begin = Begin { speed, ..Begin::default() };
        together(&format!("speed {speed}"), 3, || listen(&path, begin, seconds, &[]));
    }
}

#[test]
fn what_flashes_clicks_after_jumps_and_pauses() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("beats.mp4");
    film::beats(&path, 8, 75);
    let to = |ms| Order::Seek(MediaDelta::from_millis(ms));
    let orders = [(0.5, to(5_130)), (1.4, Order::Toggle), (1.7, Order::Toggle), (2.6, to(1_010)), (3.4, Order::Speed(1.5))];
    together("jumps", 4, || listen(&path, Begin::default(), 4.4, &orders));
}

#[test]
fn what_flashes_clicks_round_and_round() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("beats.mp4");
    film::beats(&path, 1, 25);
    together("round", 4, || {
        let heard = listen(&path, Begin { round: true, ..Begin::default() }, 3.5, &[]);
        assert!(heard.laps >= 2, "{heard:?}");
        heard
    });
}
