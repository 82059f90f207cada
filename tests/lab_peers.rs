//! The laboratory's peers: each behaves as its program is known to, and nobody shows or sounds what has not come.

use seaglass::lab::{Algorithm, Figures, Log, SCENARIOS, Scenario, Seaglass, Trace, peers, play};
use seaglass::media::Track;
use seaglass::playout::Preset;

const SEED: u64 = 7;

fn scenario(id: &str) -> &'static Scenario {
    SCENARIOS.iter().find(|scenario| scenario.id == id).expect("a scenario")
}

fn run(name: &str, id: &str, seconds: u32) -> (Figures, Log) {
    let (trace, conditions) = scenario(id).make(seconds, SEED);
    play(&mut *peers::by_name(name).expect("a peer"), &trace, &conditions, SEED)
}

fn everyone() -> Vec<Box<dyn Algorithm>> {
    let ours = [Preset::Latency, Preset::Balanced, Preset::Smooth]
        .map(|preset| -> Box<dyn Algorithm> { Box::new(Seaglass { preset, cap: None }) });
    ours.into_iter().chain(peers::all()).collect()
}

/// The first unit of a track that was heard or seen before it came: moment, and when it came.
fn before_arrival(trace: &Trace, track: Track, path: &[(f64, f32)]) -> Option<(f64, i64)> {
    let mut units: Vec<_> = trace.units.iter().filter(|unit| unit.track == track).collect();
    units.sort_by_key(|unit| unit.pts_us);
    path.iter().find_map(|(at, delay)| {
        // Half a frame's time beyond, for the delay is rounded.
        let pts = at - trace.earliest.offset(*at) - f64::from(*delay) + 10.0;
        let place = units.partition_point(|unit| unit.pts_us as f64 <= pts);
        let unit = units[place.checked_sub(1)?];
        (unit.arrival_us as f64 > *at).then_some((*at, unit.arrival_us))
    })
}

fn audio(figures: &Figures) -> &seaglass::lab::AudioFigures {
    figures.audio.as_ref().expect("sound was heard")
}

/// Median and 99th percentile of |A/V|, in milliseconds.
fn apart(figures: &Figures) -> (f64, f64) {
    let offsets = figures.av_offset_ms.expect("sound and picture were there");
    (offsets.p50_abs, offsets.p99_abs)
}

/// The longest delay of the sound in a span of the run, in milliseconds.
fn longest(log: &Log, from_s: f64, until_s: f64) -> f64 {
    let inside = log.audio_path.iter().filter(|(at, _)| (from_s * 1e6..until_s * 1e6).contains(at));
    inside.map(|(_, delay)| f64::from(*delay) / 1e3).fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn nobody_shows_or_sounds_what_has_not_arrived() {
    for id in ["S1", "S2", "S4", "S6b", "S8", "S9", "S10", "S13", "S15", "S16"] {
        let (trace, conditions) = scenario(id).make(60, SEED);
        for mut algorithm in everyone() {
            let (_, log) = play(&mut *algorithm, &trace, &conditions, SEED);
            for (track, path) in [(Track::Audio, &log.audio_path), (Track::Video, &log.video_path)] {
                let early = before_arrival(&trace, track, path);
                assert_eq!(
                    early,
                    None,
                    "{} {} on {id}, seed {SEED}: {track:?} (moment, arrival)",
                    algorithm.name(),
                    algorithm.preset()
                );
            }
        }
    }
}

#[test]
fn the_check_of_arrival_finds_sound_that_came_too_early() {
    let (trace, _) = scenario("S1").make(20, SEED);
    let unit = trace.units.iter().filter(|unit| unit.track == Track::Audio).nth(100).expect("a packet");
    let at = unit.arrival_us as f64;
    let delay = trace.earliest.delay(at, unit.pts_us as f64) as f32;
    assert_eq!(before_arrival(&trace, Track::Audio, &[(at, delay)]), None);
    assert!(before_arrival(&trace, Track::Audio, &[(at - 100.0, delay - 100.0)]).is_some());
}

#[test]
fn the_same_seed_gives_the_same_figures_to_the_byte() {
    for id in ["S2", "S6b", "S12", "S13"] {
        let figures = || -> Vec<String> {
            let (trace, conditions) = scenario(id).make(40, SEED);
            let print = |mut algorithm: Box<dyn Algorithm>| play(&mut *algorithm, &trace, &conditions, SEED).0;
            everyone().into_iter().map(print).map(|figures| serde_json::to_string(&figures).expect("JSON")).collect()
        };
        assert_eq!(figures(), figures(), "{id}, seed {SEED}");
    }
}

#[test]
fn every_peer_has_its_name_and_says_what_it_is() {
    for name in peers::NAMES {
        let peer = peers::by_name(name).expect("a peer");
        assert_eq!(peer.name(), name);
        assert_eq!(peer.kind(), if name == "oracle" { "oracle" } else { "policy model" });
    }
    assert!(peers::by_name("mpv").is_none());
}

#[test]
fn on_a_clean_link_each_peer_keeps_the_delay_and_the_distance_that_its_constants_give() {
    // Mean delay of the sound from and to, and median |A/V| from and to, in milliseconds. Where in a refresh pictures come depends
    // on the machine, so the distance is known to a refresh.
    let cases = [
        // Nothing but the device's period, and pictures on arrival.
        ("moonlight", 0.0..20.0, 1.0..30.0),
        // 50 ms less what a packet and a period lie in the queue, pictures on arrival.
        ("scrcpy", 25.0..60.0, 5.0..50.0),
        // The picture waits 50 ms behind its decoding.
        ("scrcpy-buffer", 25.0..60.0, 5.0..50.0),
        // 50 ms above a batch, pictures on arrival.
        ("alvr", 50.0..80.0, 30.0..80.0),
        // 142 ms, for both but for the packet and the refresh.
        ("moq", 110.0..145.0, 0.0..35.0),
    ];
    for (name, delay, distance) in cases {
        let (figures, _) = run(name, "S1", 60);
        let (median, _) = apart(&figures);
        assert!(delay.contains(&audio(&figures).delay_ms.mean), "{name}: {figures:?}");
        assert!(distance.contains(&median), "{name}: {figures:?}");
        assert!(audio(&figures).concealed_pct < 0.01, "{name}: {figures:?}");
        assert!(figures.video.expect("pictures").shown_pct > 99.9, "{name}");
    }
}

#[test]
fn biome_is_never_heard_and_spreads_a_chunk_over_its_span() {
    let (figures, _) = run("biome", "S6b", 60);
    assert!(figures.audio.is_none() && figures.av_offset_ms.is_none());
    let video = figures.video.expect("pictures");
    // Frames of 42 ms: shown at once, twelve of them would deviate by some 140 ms.
    assert!(video.shown_pct > 97.0 && video.interval_deviation_ms < 25.0, "{video:?}");
}

#[test]
fn programs_that_play_on_arrival_lose_most_of_the_sound_of_long_chunks() {
    for name in ["moonlight", "scrcpy", "alvr"] {
        let (figures, _) = run(name, "S6b", 60);
        assert!(audio(&figures).concealed_pct > 50.0, "{name}: {figures:?}");
    }
}

#[test]
fn after_a_stall_of_a_second_the_queues_stand_at_their_bounds_and_only_scrcpy_works_its_own_down() {
    // Of 100 s: the stall of 1 s is at 21 s, the next at 41 s.
    let late = |name| {
        let (_, log) = run(name, "S9", 100);
        (longest(&log, 15.0, 21.0), longest(&log, 22.5, 24.0), longest(&log, 37.0, 41.0))
    };
    let (before, after, end) = late("moonlight");
    assert!(after > before + 10.0 && after < 90.0, "{before} {after}");
    assert!((end - after).abs() < 1.0, "what a stall has added stays: {after} {end}");
    let (before, after, end) = late("scrcpy");
    assert!(after > before + 20.0 && after < 120.0, "{before} {after}");
    assert!(end < after - 10.0, "2 % at most for 15 s: {after} {end}");
    let (before, after, end) = late("moq");
    assert!((after - before).abs() < 5.0 && (end - before).abs() < 5.0, "its ring holds no more: {before} {after} {end}");
}

#[test]
fn the_best_delay_in_hindsight_conceals_what_it_may_and_keeps_sound_and_picture_together() {
    for id in ["S1", "S2", "S3", "S6a", "S6b"] {
        let (figures, _) = run("oracle", id, 60);
        let sound = audio(&figures);
        assert!(sound.concealed_pct <= 0.46, "{id}: {figures:?}");
        assert!((sound.delay_ms.p99 - sound.delay_ms.p50).abs() < 1.0, "one delay: {id}: {figures:?}");
        assert!(apart(&figures).1 <= 9.0, "half a refresh: {id}: {figures:?}");
    }
}
