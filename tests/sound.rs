//! Claims about the world's native sound, made through the public face: it sounds when it should, as it should, and never breaks.
//! Writes what it renders to `CARGO_TARGET_TMPDIR/sound/*.wav`, to be listened to.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, reason = "a failed write fails the test")]

mod cases;

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use seaglass::media::{MediaDelta, MediaTime};
use seaglass::sim::sound::{
    Ambience, AmbienceKind, MoodTint, RATE, SoundEvent, SoundScene, Surface, Synth, Water, WaterKind,
};

const BLOCK: usize = 960;

fn seconds(seconds: f64) -> MediaTime {
    MediaTime::ZERO + MediaDelta::from_secs_f64(seconds)
}

/// Renders from media time zero in 20 ms blocks, as the server does; each event is handed over in the block it falls into.
fn render(seed: u64, length_s: f64, scene: &SoundScene, events: &[SoundEvent]) -> Vec<f32> {
    let mut synth = Synth::new(seed);
    let mut out = vec![0.0; (length_s * f64::from(RATE)) as usize * 2];
    for (index, block) in out.chunks_mut(BLOCK * 2).enumerate() {
        let (start, end) = (index as i64 * 20_000, (index as i64 + 1) * 20_000);
        let due: Vec<_> = events.iter().copied().filter(|event| (start..end).contains(&event.at().as_micros())).collect();
        synth.render(MediaTime::from_micros(start), scene, &due, block);
    }
    out
}

fn mono(stereo: &[f32]) -> Vec<f32> {
    stereo.chunks_exact(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect()
}

fn rms(samples: &[f32]) -> f64 {
    (samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum::<f64>() / samples.len().max(1) as f64).sqrt()
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}

/// The root mean square frequency of a signal, in hertz: the energy of its differences against its own.
fn brightness(samples: &[f32]) -> f64 {
    let differences: Vec<f32> = samples.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let ratio = rms(&differences) / rms(samples).max(1e-12);
    (ratio / 2.0).clamp(0.0, 1.0).asin() / std::f64::consts::PI * f64::from(RATE)
}

/// Energy of one frequency (Goertzel), as an amplitude.
fn tone(samples: &[f32], hertz: f64) -> f64 {
    let angle = std::f64::consts::TAU * hertz / f64::from(RATE);
    let (mut re, mut im) = (0.0, 0.0);
    for (index, &sample) in samples.iter().enumerate() {
        re += f64::from(sample) * (angle * index as f64).cos();
        im += f64::from(sample) * (angle * index as f64).sin();
    }
    2.0 * (re * re + im * im).sqrt() / samples.len() as f64
}

fn first_above(stereo: &[f32], threshold: f32) -> Option<usize> {
    stereo.chunks_exact(2).position(|pair| pair[0].abs().max(pair[1].abs()) > threshold)
}

fn ambience(kind: AmbienceKind, daylight: f32) -> SoundScene {
    SoundScene { ambience: Ambience { kind, level: 1.0, daylight }, ..SoundScene::default() }
}

fn water(kind: WaterKind, nearness: f32, pan: f32) -> SoundScene {
    SoundScene { water: Water { kind, nearness, pan }, ..SoundScene::default() }
}

/// Every kind of scene, with a name.
fn scenes() -> Vec<(&'static str, SoundScene)> {
    let none = SoundScene::default();
    vec![
        ("breeze", SoundScene { wind: 0.15, ..none }),
        ("gale", SoundScene { wind: 1.0, ..none }),
        ("light-rain", SoundScene { rain: 0.25, ..none }),
        ("downpour", SoundScene { rain: 1.0, wind: 0.4, ..none }),
        ("snow", SoundScene { snow: 0.8, wind: 0.3, ..none }),
        ("dust", SoundScene { dust: 0.9, wind: 0.6, ..none }),
        ("sea", water(WaterKind::Sea, 1.0, 0.3)),
        ("river", water(WaterKind::River, 0.9, -0.3)),
        ("lake", water(WaterKind::Lake, 0.9, 0.0)),
        ("meadow-day", ambience(AmbienceKind::Meadow, 1.0)),
        ("forest-day", ambience(AmbienceKind::Forest, 1.0)),
        ("forest-night", ambience(AmbienceKind::Forest, 0.0)),
        ("jungle", ambience(AmbienceKind::Jungle, 0.4)),
        ("coast", ambience(AmbienceKind::Coast, 1.0)),
        ("desert", ambience(AmbienceKind::Desert, 1.0)),
        ("tundra", ambience(AmbienceKind::Tundra, 1.0)),
        ("city", SoundScene { space: 0.4, ..ambience(AmbienceKind::City, 0.5) }),
        ("cave", SoundScene { space: 1.0, ..ambience(AmbienceKind::Cave, 0.0) }),
        ("alien", SoundScene { space: 0.5, ..ambience(AmbienceKind::Alien, 0.5) }),
        ("eerie", SoundScene { mood: MoodTint::Eerie, wind: 0.2, ..none }),
        ("dramatic", SoundScene { mood: MoodTint::Dramatic, wind: 0.3, ..none }),
    ]
}

fn wav(name: &str, stereo: &[f32]) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sound");
    fs::create_dir_all(&folder).unwrap();
    let data: Vec<u8> = stereo.iter().flat_map(|&sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
    let mut file = Vec::with_capacity(data.len() + 44);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(data.len() as u32 + 36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 4).to_le_bytes());
    file.extend_from_slice(b"\x04\0\x10\0data");
    file.extend_from_slice(&(data.len() as u32).to_le_bytes());
    file.extend_from_slice(&data);
    fs::write(folder.join(format!("{name}.wav")), file).unwrap();
}

#[test]
fn every_scene_sounds_alone_and_stays_within_full_scale() {
    for (name, scene) in scenes() {
        let sound = render(11, 14.0, &scene, &[]);
        wav(name, &sound);
        let (rms, peak) = (rms(&sound), peak(&sound));
        println!(
            "{name:14} rms {:6.1} dB  peak {:5.2}  brightness {:6.0} Hz",
            20.0 * rms.log10(),
            peak,
            brightness(&mono(&sound))
        );
        assert!(rms > 0.0008, "{name} is nearly silent: rms {rms}");
        assert!(rms < 0.25, "{name} drowns everything: rms {rms}");
        assert!(peak < 0.9, "{name} alone reaches the ceiling: {peak}");
    }
}

#[test]
fn nothing_asked_for_is_exactly_nothing() {
    assert_eq!(peak(&render(3, 3.0, &SoundScene::default(), &[])), 0.0);
}

#[test]
fn a_scene_that_goes_quiet_ends_in_exact_silence() {
    let mut synth = Synth::new(5);
    let loud = SoundScene { wind: 1.0, rain: 1.0, dust: 1.0, snow: 1.0, space: 1.0, ..water(WaterKind::Sea, 1.0, 0.0) };
    let mut out = vec![0.0; RATE as usize * 2];
    synth.render(MediaTime::ZERO, &loud, &[], &mut out);
    assert!(rms(&out) > 0.01);
    for second in 1..14 {
        synth.render(seconds(f64::from(second)), &SoundScene::default(), &[], &mut out);
    }
    assert!(peak(&out) < 1e-6, "still {} after 12 s", peak(&out));
}

#[test]
fn a_seed_decides_every_sample() {
    let scene = SoundScene { wind: 0.5, rain: 0.5, ..ambience(AmbienceKind::Forest, 1.0) };
    assert_eq!(render(1, 2.0, &scene, &[]), render(1, 2.0, &scene, &[]));
    assert_ne!(render(1, 2.0, &scene, &[]), render(2, 2.0, &scene, &[]));
}

/// Everything at once, so that a state carried per block anywhere would show.
fn busy() -> (SoundScene, Vec<SoundEvent>) {
    let scene = SoundScene {
        wind: 0.6,
        rain: 0.7,
        snow: 0.2,
        dust: 0.3,
        water: Water { kind: WaterKind::River, nearness: 0.8, pan: 0.4 },
        ambience: Ambience { kind: AmbienceKind::Jungle, level: 0.9, daylight: 0.4 },
        space: 0.5,
        mood: MoodTint::Eerie,
    };
    let mut events = vec![
        SoundEvent::Bell { at: seconds(0.512_347), distance_m: 60.0, pan: 0.2 },
        SoundEvent::Thunder { at: seconds(0.9), distance_m: 400.0, pan: -0.5 },
        SoundEvent::Splash { at: seconds(1.2), size: 0.7, pan: 0.1 },
        SoundEvent::Chime { at: seconds(1.2), pan: 0.6 },
        SoundEvent::Click { at: seconds(1.5) },
    ];
    let surfaces = [Surface::Grass, Surface::Sand, Surface::Snow, Surface::Stone, Surface::Wood, Surface::Water];
    for step in 0..24 {
        let at = seconds(0.1 + 0.08 * f64::from(step));
        events.push(SoundEvent::Step { at, surface: surfaces[step as usize % 6], running: step % 2 == 0 });
    }
    (scene, events)
}

proptest! {
    #![proptest_config(cases::config(12))]

    /// The claim that lets the server choose its block size, and a recording continue anywhere.
    #[test]
    fn blocks_of_any_size_give_the_samples_of_one_long_block(cuts in prop::collection::vec(1usize..5000, 1..40)) {
        let (scene, events) = busy();
        let total = 2 * RATE as usize + 321;
        let mut whole = vec![0.0; total * 2];
        Synth::new(9).render(MediaTime::ZERO, &scene, &events, &mut whole);
        let mut cut = vec![0.0; total * 2];
        let mut synth = Synth::new(9);
        let (mut at, mut sizes) = (0, cuts.iter().cycle());
        while at < total {
            let frames = (*sizes.next().unwrap()).min(total - at);
            let start = MediaTime::from_micros((at as f64 * 1e6 / f64::from(RATE)).round() as i64);
            let end = MediaTime::from_micros(((at + frames) as f64 * 1e6 / f64::from(RATE)).round() as i64);
            let due: Vec<_> = events.iter().copied().filter(|event| (start..end).contains(&event.at())).collect();
            synth.render(start, &scene, &due, &mut cut[at * 2..(at + frames) * 2]);
            at += frames;
        }
        let differs = whole.iter().zip(&cut).position(|(a, b)| a.to_bits() != b.to_bits());
        prop_assert_eq!(differs, None, "blocks {:?}", cuts);
    }

    #[test]
    fn no_scene_and_no_event_leaves_full_scale_or_becomes_nan(
        levels in prop::array::uniform8(prop_oneof![-1e30f32..1e30, -0.5f32..1.5, Just(f32::NAN), Just(f32::INFINITY)]),
        at in prop_oneof![any::<i64>(), 0i64..100_000],
        start in prop_oneof![any::<i64>(), 0i64..100_000],
        kind in 0usize..10,
    ) {
        let [wind, rain, snow, dust, nearness, pan, level, space] = levels;
        let kinds = [
            AmbienceKind::None, AmbienceKind::Meadow, AmbienceKind::Forest, AmbienceKind::Jungle, AmbienceKind::Coast,
            AmbienceKind::Desert, AmbienceKind::Tundra, AmbienceKind::City, AmbienceKind::Cave, AmbienceKind::Alien,
        ];
        let scene = SoundScene {
            wind, rain, snow, dust, space,
            water: Water { kind: WaterKind::Sea, nearness, pan },
            ambience: Ambience { kind: kinds[kind], level, daylight: pan },
            mood: MoodTint::Dramatic,
        };
        let at = MediaTime::from_micros(at);
        let events: Vec<_> = (0..40).flat_map(|_| [
            SoundEvent::Bell { at, distance_m: wind, pan },
            SoundEvent::Thunder { at, distance_m: rain, pan },
            SoundEvent::Splash { at, size: snow, pan },
            SoundEvent::Step { at, surface: Surface::Wood, running: true },
            SoundEvent::Click { at },
        ]).collect();
        let mut synth = Synth::new(1);
        let mut out = vec![0.0; 9601];
        for block in 0..3 {
            let start = MediaTime::from_micros(start) + MediaDelta::from_millis(100 * block);
            synth.render(start, &scene, if block == 0 { &events } else { &[] }, &mut out);
            prop_assert!(out.iter().all(|sample| sample.abs() <= 1.0));
        }
    }
}

/// HO-12: what the flash of the landmark is measured against.
#[test]
fn the_bell_sounds_at_its_media_time_to_the_sample() {
    for (index, micros) in [0, 20_000, 33_333, 512_347, 999_999, 1_000_001].into_iter().enumerate() {
        for distance_m in [5.0, 120.0, 900.0] {
            let at = MediaTime::from_micros(micros);
            let pan = [-1.0, 0.0, 1.0][index % 3];
            let sound = render(4, 1.2, &SoundScene::default(), &[SoundEvent::Bell { at, distance_m, pan }]);
            let expected = (micros as f64 * 0.048).round() as usize;
            let threshold = 0.5 * peak(&sound);
            assert_eq!(first_above(&sound, 0.0), Some(expected), "first sound; at {micros} µs, {distance_m} m");
            assert_eq!(first_above(&sound, threshold), Some(expected), "half of the peak; at {micros} µs, {distance_m} m");
        }
    }
}

#[test]
fn the_bell_stands_out_of_a_storm() {
    let storm = SoundScene { wind: 0.9, rain: 0.9, ..SoundScene::default() };
    let bell = SoundEvent::Bell { at: seconds(2.0), distance_m: 30.0, pan: 0.0 };
    let sound = mono(&render(4, 2.2, &storm, &[bell]));
    let onset = 2 * RATE as usize;
    assert!(peak(&sound[onset..onset + 48]) > peak(&sound[onset - RATE as usize / 2..onset]));
}

#[test]
fn the_bell_rings_with_its_own_partials_and_dies_away() {
    let sound =
        mono(&render(0, 8.0, &SoundScene::default(), &[SoundEvent::Bell { at: seconds(0.0), distance_m: 10.0, pan: 0.0 }]));
    wav("bell", &sound.iter().flat_map(|&s| [s, s]).collect::<Vec<_>>());
    let ring = &sound[4800..4800 + 48_000];
    // Seed 0: a strike note of 293.7 Hz; its minor third is a partial, its major third is not.
    let (prime, tierce, major) = (tone(ring, 293.7), tone(ring, 293.7 * 1.183), tone(ring, 293.7 * 1.26));
    assert!(prime > 10.0 * major && tierce > 10.0 * major, "prime {prime}, tierce {tierce}, beside it {major}");
    let halves: Vec<f64> = sound.chunks(RATE as usize).take(6).map(rms).collect();
    assert!(halves.windows(2).all(|pair| pair[1] < pair[0]), "{halves:?}");
    assert!(peak(&sound[sound.len() - 4800..]) < 2e-3);
}

/// The calibration world's click.
#[test]
fn a_click_is_ten_milliseconds_of_a_kilohertz_and_nothing_else() {
    let sound = render(4, 0.5, &SoundScene::default(), &[SoundEvent::Click { at: seconds(0.1) }]);
    let sound: Vec<f32> = sound
        .chunks_exact(2)
        .map(|pair| {
            assert_eq!(pair[0], pair[1]);
            pair[0]
        })
        .collect();
    let (from, to) = (4800, 4800 + 480);
    assert_eq!(sound.iter().position(|&sample| sample != 0.0), Some(from + 1), "a sine starts at zero");
    assert_eq!(sound.iter().rposition(|&sample| sample != 0.0), Some(to - 1));
    assert!((tone(&sound[from..to], 1000.0) - 0.8).abs() < 0.01);
    assert!((peak(&sound) - 0.8).abs() < 0.01);
}

#[test]
fn far_thunder_is_darker_softer_and_slower_than_near_thunder() {
    let thunder = |distance_m: f32| {
        let event = SoundEvent::Thunder { at: seconds(0.1), distance_m, pan: 0.0 };
        let sound = render(6, 10.0, &SoundScene::default(), &[event]);
        wav(&format!("thunder-{distance_m}"), &sound);
        mono(&sound)
    };
    let all: Vec<_> = [100.0, 500.0, 1500.0, 4000.0, 9000.0].map(thunder).into();
    let bright: Vec<f64> = all.iter().map(|sound| brightness(sound)).collect();
    assert!(bright.windows(2).all(|pair| pair[1] < 0.9 * pair[0]), "brightness {bright:?}");
    let loud: Vec<f32> = all.iter().map(|sound| peak(sound)).collect();
    assert!(loud.windows(2).all(|pair| pair[1] < pair[0]), "peaks {loud:?}");
    let rise = |sound: &[f32]| sound.iter().position(|s| s.abs() > 0.5 * peak(sound)).unwrap();
    assert!(rise(&all[0]) < rise(&all[3]));
}

#[test]
fn stronger_wind_rain_snow_and_dust_are_louder() {
    type Set = fn(&mut SoundScene, f32);
    let weathers: [(&str, Set); 4] = [
        ("wind", |scene, level| scene.wind = level),
        ("rain", |scene, level| scene.rain = level),
        ("snow", |scene, level| scene.snow = level),
        ("dust", |scene, level| scene.dust = level),
    ];
    for (name, set) in weathers {
        let levels: Vec<f64> = (0..=5)
            .map(|step| {
                let mut scene = SoundScene::default();
                set(&mut scene, step as f32 / 5.0);
                rms(&render(2, 6.0, &scene, &[]))
            })
            .collect();
        assert!(levels.windows(2).all(|pair| pair[1] > 1.1 * pair[0]), "{name}: {levels:?}");
    }
}

#[test]
fn nearer_water_is_louder_and_lies_where_it_lies() {
    for kind in [WaterKind::Sea, WaterKind::River, WaterKind::Lake] {
        let near = |nearness| rms(&render(2, 8.0, &water(kind, nearness, 0.0), &[]));
        assert!(near(1.0) > 1.5 * near(0.5) && near(0.5) > 1.5 * near(0.1), "{kind:?}");
        let side = |pan| {
            let sound = render(2, 8.0, &water(kind, 0.8, pan), &[]);
            let ear = |offset| rms(&sound.iter().skip(offset).step_by(2).copied().collect::<Vec<_>>());
            ear(1) / ear(0)
        };
        assert!(side(0.9) > 1.3 && side(-0.9) < 1.0 / 1.3, "{kind:?}: {} and {}", side(0.9), side(-0.9));
    }
}

#[test]
fn as_many_footfalls_sound_as_feet_fall_and_they_alternate() {
    for surface in [Surface::Grass, Surface::Sand, Surface::Snow, Surface::Stone, Surface::Wood, Surface::Water] {
        let walk = |running| {
            let events = (0..9).map(|step| SoundEvent::Step { at: seconds(0.2 + 0.6 * f64::from(step)), surface, running });
            render(8, 6.0, &SoundScene::default(), &events.collect::<Vec<_>>())
        };
        let sound = walk(false);
        wav(&format!("steps-{surface:?}").to_lowercase(), &sound);
        let windows: Vec<(f64, f64)> = sound
            .chunks(960 * 2)
            .map(|block| {
                let ear = |offset| rms(&block.iter().skip(offset).step_by(2).copied().collect::<Vec<_>>());
                (ear(0), ear(1))
            })
            .collect();
        let loudest = windows.iter().map(|w| w.0 + w.1).fold(0.0, f64::max);
        // Heel and toe of one foot are less than 200 ms apart.
        let (mut sides, mut rest) = (Vec::new(), 0);
        for (left, right) in &windows {
            if rest == 0 && left + right > 0.25 * loudest {
                sides.push(left > right);
                rest = 10;
            } else if left + right < 0.25 * loudest {
                rest -= rest.min(1);
            }
        }
        assert_eq!(sides.len(), 9, "{surface:?}");
        assert!(sides.windows(2).all(|pair| pair[0] != pair[1]), "{surface:?}: {sides:?}");
        assert!(rms(&walk(true)) > 1.25 * rms(&sound), "{surface:?}: running is louder");
    }
}

/// The largest step between neighbouring samples, beyond what the sound itself does.
fn roughest(samples: &[f32]) -> f32 {
    samples.windows(3).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn changing_the_scene_makes_no_click() {
    // Low sounds only: any jump would stand out of them.
    let tones = |level| SoundScene {
        mood: if level > 0.0 { MoodTint::Eerie } else { MoodTint::Neutral },
        space: level,
        ambience: Ambience { kind: AmbienceKind::Desert, level, daylight: 1.0 },
        ..SoundScene::default()
    };
    let mut synth = Synth::new(3);
    let (mut steady, mut changing) = (vec![0.0; 960], Vec::new());
    for block in 0..400 {
        synth.render(seconds(f64::from(block) * 0.01), &tones(1.0), &[], &mut steady);
    }
    let mut baseline = Vec::new();
    for block in 400..800 {
        synth.render(seconds(f64::from(block) * 0.01), &tones(1.0), &[], &mut steady);
        baseline.extend(steady.chunks_exact(2).map(|pair| pair[0]));
    }
    for block in 800..1200 {
        // On and off every 70 ms, and the mood with it.
        let level = if block / 7 % 2 == 0 { 1.0 } else { 0.0 };
        synth.render(seconds(f64::from(block) * 0.01), &tones(level), &[], &mut steady);
        changing.extend(steady.chunks_exact(2).map(|pair| pair[0]));
    }
    let (calm, torn) = (roughest(&baseline), roughest(&changing));
    println!("second difference: steady {calm:.2e}, changing {torn:.2e}");
    assert!(torn < 2.0 * calm + 2e-4, "steady {calm}, changing {torn}");
}

#[test]
fn block_edges_are_no_rougher_than_the_middle_of_blocks() {
    let sound = mono(&render(3, 8.0, &ambience(AmbienceKind::Desert, 1.0), &[]));
    let step = |index: usize| (sound[index + 1] - 2.0 * sound[index] + sound[index - 1]).abs();
    let edges = (1..sound.len() / BLOCK).map(|block| step(block * BLOCK).max(step(block * BLOCK - 1))).fold(0.0, f32::max);
    let middles =
        (2..sound.len() - 2).filter(|index| index % BLOCK > 2 && index % BLOCK < BLOCK - 2).map(step).fold(0.0, f32::max);
    assert!(edges <= middles, "edges {edges}, middles {middles}");
}

#[test]
fn events_given_early_wait_for_their_time_and_late_ones_sound_at_once_or_never() {
    let bell = |at| SoundEvent::Bell { at: seconds(at), distance_m: 10.0, pan: 0.0 };
    let mut synth = Synth::new(1);
    let mut out = vec![0.0; BLOCK * 2];
    let mut heard = Vec::new();
    for block in 0..100 {
        let events: &[SoundEvent] = match block {
            0 => &[bell(1.25)],
            _ => &[],
        };
        synth.render(seconds(f64::from(block) * 0.02), &SoundScene::default(), events, &mut out);
        heard.extend_from_slice(&out);
    }
    assert_eq!(first_above(&heard, 0.1), Some(60_000), "handed over 1.25 s early");
    for (late_s, onset) in [(0.015, Some(0)), (0.09, Some(0)), (0.5, None)] {
        let mut synth = Synth::new(1);
        synth.render(seconds(10.0), &SoundScene::default(), &[bell(10.0 - late_s)], &mut out);
        assert_eq!(first_above(&out, 0.1), onset, "late by {late_s} s");
    }
}

#[test]
fn a_flood_of_events_is_bounded_and_the_newest_is_heard() {
    let mut events: Vec<_> = (0..200)
        .map(|index| SoundEvent::Thunder { at: MediaTime::from_micros(index * 4_000), distance_m: 3000.0, pan: 0.0 })
        .collect();
    events.push(SoundEvent::Bell { at: seconds(0.85), distance_m: 5.0, pan: 0.0 });
    let sound = render(1, 1.5, &SoundScene::default(), &events);
    assert!(peak(&sound) <= 1.0);
    let bell = mono(&sound[40_800 * 2..42_000 * 2]);
    assert!(tone(&bell, 329.6) > 0.03, "seed 1 strikes E");
    // A voice that is stolen fades: the roll of thunder has no sample that jumps.
    let roll = mono(&sound[..40_000 * 2]);
    assert!(roughest(&roll) < 0.02, "{}", roughest(&roll));
}
