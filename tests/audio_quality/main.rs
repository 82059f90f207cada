//! Sound quality, measured: what changes of speed, skips and concealment do to tones, speech, music and rain, beside stretchers of
//! other hands on the same samples, and beside joins as they should not be made. `-- --nocapture` prints the tables.
//!
//! Bounds are what was measured and a margin.
#![cfg(feature = "player")]
#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod measures;
mod peer;
mod signals;

use measures::{Likeness, Map, Spectra, cents, click, dip, likeness, mono, repetition};
use seaglass::audio::Stretch;
use signals::{Signal, all};

/// Frames of each signal, and of the silence between two where all are one sound.
const LONG: usize = 3 * 48_000;
const PAUSE: usize = 19_200;

/// What is measured of a signal leaves out its edges.
const EDGE: f64 = 9600.0;

/// A sound that was changed, and where it comes from.
struct Changed {
    out: Vec<f32>,
    map: Map,
}

/// All signals one after the other.
fn all_in_one(signals: &[Signal]) -> Vec<f32> {
    signals.iter().flat_map(|signal| signal.sound.iter().copied().chain([0.0; 2 * PAUSE])).collect()
}

/// Our stretch, in steps of 5 ms as the player does it.
fn ours(rate: f64, sound: &[f32]) -> Changed {
    let (mut stretch, mut out, mut map) = (Stretch::new(), Vec::new(), vec![(0.0, 0.0)]);
    stretch.rate(rate);
    for block in sound.chunks(2 * 240) {
        stretch.process(block, &mut out);
        map.push((out.len() as f64 / 2.0, stretch.position()));
    }
    Changed { out, map: Map(map) }
}

/// The speed reached by cutting out and doubling 10 ms without looking or fading: what must not pass.
fn hard_cuts(rate: f64, sound: &[f32]) -> Changed {
    const PIECE: usize = 487;
    let (mut out, mut map, mut owed) = (Vec::new(), vec![(0.0, 0.0)], 0.0);
    for (number, block) in sound.chunks(2 * PIECE).enumerate() {
        owed += PIECE as f64 * (1.0 - 1.0 / rate);
        if owed >= PIECE as f64 {
            owed -= PIECE as f64;
        } else {
            out.extend_from_slice(block);
            if owed <= -(PIECE as f64) {
                owed += PIECE as f64;
                out.extend_from_slice(block);
            }
        }
        map.push((out.len() as f64 / 2.0, ((number + 1) * PIECE) as f64));
    }
    Changed { out, map: Map(map) }
}

/// The figures of one signal at one speed.
#[derive(Clone, Copy, Debug)]
struct Row {
    cents: Option<f64>,
    rate: f64,
    likeness: Likeness,
    click: f64,
}

fn rows(signals: &[Signal], input: &[f64], spectra: &Spectra, changed: &Changed) -> Vec<Row> {
    let out = mono(&changed.out);
    let row = |(index, signal): (usize, &Signal)| {
        let start = (index * (LONG + PAUSE)) as f64;
        let (first, last) = (start + EDGE, start + LONG as f64 - EDGE);
        let range = changed.map.back(first) as usize..(changed.map.back(last) as usize).min(out.len());
        let rate = (last - first) / range.len() as f64;
        Row {
            cents: signal.hertz.map(|hertz| cents(&out[range.clone()], hertz)),
            rate,
            likeness: likeness(&out, spectra, &changed.map, range.clone()),
            click: click(&out, input, &changed.map, range, 0),
        }
    };
    signals.iter().enumerate().map(row).collect()
}

/// Where a stretcher of another hand puts what: by the first and the last frame that sound.
fn by_its_ends(input: &[f64], out: &[f64]) -> Map {
    let ends = |sound: &[f64]| {
        let first = sound.iter().position(|s| s.abs() > 0.02).unwrap_or(0);
        (first as f64, sound.iter().rposition(|s| s.abs() > 0.02).unwrap_or(0) as f64)
    };
    let (theirs, ours) = (ends(input), ends(out));
    Map(vec![(ours.0, theirs.0), (ours.1, theirs.1)])
}

fn print(name: &str, rate: f64, signals: &[Signal], rows: &[Row]) {
    for (signal, row) in signals.iter().zip(rows) {
        let cents = row.cents.map_or_else(|| "–".into(), |cents| format!("{cents:+.2}"));
        let Likeness { distance, modulation, notch } = row.likeness;
        println!(
            "| {name} | {rate:.2} | {} | {:.4} | {cents} | {modulation:.2} | {notch:.1} | {:+.1} | {distance:.2} |",
            signal.name, row.rate, row.click
        );
    }
}

#[test]
fn changes_of_speed_keep_the_sound() {
    let signals = all(LONG);
    let sound = all_in_one(&signals);
    let input = mono(&sound);
    let spectra = Spectra::new(&input);
    println!("| method | asked | signal | speed | cents | modulation dB | notch dB | click dB | distance dB |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for rate in [0.88, 0.95, 0.99, 1.0, 1.01, 1.05, 1.12, 1.2] {
        let changed = ours(rate, &sound);
        let of_ours = rows(&signals, &input, &spectra, &changed);
        print("seaglass", rate, &signals, &of_ours);
        let stretches = (rate - 1.0_f64).abs() > 0.02;
        for (signal, row) in signals.iter().zip(&of_ours) {
            check(signal, rate, stretches, row);
        }
        if !stretches {
            continue;
        }
        if let Some(out) = peer::atempo(rate, &sound) {
            let map = by_its_ends(&input, &mono(&out));
            let theirs = rows(&signals, &input, &spectra, &Changed { out, map });
            print("atempo", rate, &signals, &theirs);
            for ((signal, ours), theirs) in signals.iter().zip(&of_ours).zip(theirs) {
                let name = format!("{} at {rate}, beside atempo: {ours:?} and {theirs:?}", signal.name);
                assert!(ours.click < theirs.click + 1.0, "{name}");
                assert!(ours.likeness.modulation < theirs.likeness.modulation + 0.25, "{name}");
                assert!(ours.likeness.distance < theirs.likeness.distance + 0.4, "{name}");
            }
        }
        let cuts = rows(&signals, &input, &spectra, &hard_cuts(rate, &sound));
        print("hard cuts", rate, &signals, &cuts);
        for (signal, row) in signals.iter().zip(cuts) {
            let is_seen = row.click > MOST_CLICK + 5.0;
            assert!(is_seen, "cuts without a fade in {} at {rate} would pass: {row:?}", signal.name);
        }
    }
}

/// A click above this is one.
const MOST_CLICK: f64 = 1.5;

fn check(signal: &Signal, rate: f64, stretches: bool, row: &Row) {
    let name = format!("{} at {rate}: {row:?}", signal.name);
    assert!(row.click < MOST_CLICK, "{name}");
    // The beat is spared, so that music falls behind what was asked for.
    let slack = match signal.name {
        "music" if rate > 1.15 => 0.09,
        "music" if stretches => 0.04,
        _ => 0.008,
    };
    assert!((row.rate / rate - 1.0).abs() < slack, "{name}");
    if let Some(cents) = row.cents {
        let resampled = if stretches { 0.0 } else { 1200.0 * rate.log2() };
        assert!((cents - resampled).abs() < 0.5, "{name}");
    }
    let Likeness { distance, modulation, notch } = row.likeness;
    let steady = !matches!(signal.name, "speech" | "music" | "rain");
    assert!(modulation < if steady { 0.15 } else { 1.2 }, "{name}");
    assert!(notch > if steady { -0.5 } else { -9.0 }, "{name}");
    // Noise that is another noise is as good; and a pitch 17 cents off is a line beside the line.
    if stretches && signal.name != "rain" {
        assert!(distance < if steady { 0.1 } else { 0.8 }, "{name}");
    }
    if rate == 1.0 {
        assert!(distance == 0.0 && modulation == 0.0, "{name}");
    }
}

/// Where sound is skipped or lost: every 350 ms, but at another place in the beat each time.
fn places(gap: usize) -> impl Iterator<Item = usize> {
    (0..).map(|number| 12_000 + number * 16_811).take_while(move |place| place + gap + 6000 < LONG)
}

/// A way to leave out frames of a sound; tells where the join begins, and how much it left out.
type Skipper = fn(sound: &[f32], at: usize, frames: usize) -> (Vec<f32>, usize, usize);

fn our_skip(sound: &[f32], at: usize, frames: usize) -> (Vec<f32>, usize, usize) {
    let (mut stretch, mut out) = (Stretch::new(), Vec::new());
    let (before, behind) = sound.split_at(2 * at);
    stretch.process(before, &mut out);
    stretch.skip(frames);
    for block in behind.chunks(2 * 240) {
        stretch.process(block, &mut out);
    }
    let left_out = (sound.len() - out.len()) / 2 - 16;
    (out, at, left_out)
}

fn blind_fade(sound: &[f32], at: usize, frames: usize) -> (Vec<f32>, usize, usize) {
    let mut out = sound[..2 * at].to_vec();
    for index in 0..480 {
        let new = 0.5 - 0.5 * (std::f32::consts::PI * (index as f32 + 0.5) / 480.0).cos();
        let (old, next) = (&sound[2 * (at + index)..], &sound[2 * (at + frames + index)..]);
        out.extend([old[0] * (1.0 - new) + next[0] * new, old[1] * (1.0 - new) + next[1] * new]);
    }
    out.extend_from_slice(&sound[2 * (at + frames + 480)..]);
    (out, at, frames)
}

fn hard_skip(sound: &[f32], at: usize, frames: usize) -> (Vec<f32>, usize, usize) {
    ([&sound[..2 * at], &sound[2 * (at + frames)..]].concat(), at, frames)
}

#[test]
fn skips_make_neither_clicks_nor_notches() {
    const SKIP: usize = 2880;
    println!("| method | signal | left out ms (mean) | click dB | notch dB (worst) | notch dB (mean) |");
    println!("|---|---|---|---|---|---|");
    for (name, skip) in [("seaglass", our_skip as Skipper), ("10 ms fade anywhere", blind_fade), ("hard cut", hard_skip)] {
        for signal in all(LONG) {
            let input = mono(&signal.sound);
            let (mut worst, mut notch, mut total, mut left, mut count) = (f64::NEG_INFINITY, f64::INFINITY, 0.0, 0.0, 0.0);
            for place in places(SKIP) {
                let (out, at, left_out) = skip(&signal.sound, place, SKIP);
                let out = mono(&out);
                let (before, behind) = (at as f64, (at + left_out) as f64);
                let map =
                    Map(vec![(0.0, 0.0), (before, before), (before + 480.0, behind + 480.0), (before + 1e6, behind + 1e6)]);
                worst = worst.max(click(&out, &input, &map, at - 480..at + 1440, SKIP));
                let dip = dip(&out[at - 480..at + 960], &input[at - 480..at + SKIP + 960]).min(0.0);
                (notch, total, left, count) = (notch.min(dip), total + dip, left + left_out as f64 / 48.0, count + 1.0);
            }
            println!("| {name} | {} | {:.1} | {worst:+.1} | {notch:.1} | {:.2} |", signal.name, left / count, total / count);
            match name {
                "seaglass" => assert!(worst < MOST_CLICK && notch > -0.6, "{}: {worst:.1} {notch:.1}", signal.name),
                "hard cut" => {
                    assert!(worst > 5.0 || signal.name == "1 kHz", "{}: a cut would pass: {worst:.1}", signal.name)
                }
                _ => {}
            }
        }
    }
}

/// A way to stand in for `gap` frames lost at each of some places.
type Stander = fn(sound: &[f32], gap: usize) -> Changed;

fn our_concealment(sound: &[f32], gap: usize) -> Changed {
    let (mut stretch, mut out, mut map) = (Stretch::new(), Vec::new(), vec![(0.0, 0.0)]);
    let (mut from, mut lost) = (0, 0.0);
    for place in places(gap).chain([LONG - gap]) {
        for block in sound[2 * from..2 * place].chunks(2 * 240) {
            stretch.process(block, &mut out);
            map.push((out.len() as f64 / 2.0, stretch.position() + lost));
        }
        for frames in std::iter::repeat_n(240, gap / 240) {
            stretch.conceal(frames, &mut out);
        }
        lost += gap as f64;
        map.push((out.len() as f64 / 2.0, stretch.position() + lost));
        from = place + gap;
    }
    Changed { out, map: Map(map) }
}

fn silence(sound: &[f32], gap: usize) -> Changed {
    let mut out = sound.to_vec();
    for place in places(gap) {
        for index in 0..gap {
            let away = index.min(gap - 1 - index) as f32 / 240.0;
            let gain = 0.5 + 0.5 * (std::f32::consts::PI * away.min(1.0)).cos();
            out[2 * (place + index)] *= gain;
            out[2 * (place + index) + 1] *= gain;
        }
    }
    Changed { out, map: Map::straight(1.0) }
}

fn broken_off(sound: &[f32], gap: usize) -> Changed {
    let mut out = sound.to_vec();
    for place in places(gap) {
        out[2 * place..2 * (place + gap)].fill(0.0);
    }
    Changed { out, map: Map::straight(1.0) }
}

#[test]
fn concealment_is_like_what_was_lost() {
    let mut sounding = Vec::new();
    println!("| method | gap ms | signal | click dB | modulation dB | notch dB | distance dB | repetition |");
    println!("|---|---|---|---|---|---|---|---|");
    for gap in [960, 2880, 4800] {
        for (method, stand) in [("seaglass", our_concealment as Stander), ("silence", silence), ("broken off", broken_off)] {
            for signal in all(LONG) {
                let input = mono(&signal.sound);
                let spectra = Spectra::new(&input);
                let changed = stand(&signal.sound, gap);
                let out = mono(&changed.out);
                let mut clicks = f64::NEG_INFINITY;
                let (mut all, mut repeats) = (Vec::new(), Vec::new());
                for place in places(gap) {
                    let at = changed.map.back(place as f64 - 16.0) as usize;
                    let range = at - 480..(at + gap + 1440).min(out.len());
                    clicks = clicks.max(click(&out, &input, &changed.map, range.clone(), gap));
                    all.push(likeness(&out, &spectra, &changed.map, range));
                    let sounding = gap.min(2880);
                    repeats.push(repetition(&out[at..at + sounding]) - repetition(&input[place..place + sounding]));
                }
                let Likeness { distance, modulation, notch } = Likeness::mean(&all);
                let repeats = repeats.iter().sum::<f64>() / repeats.len() as f64;
                let (gap, signal) = (gap / 48, signal.name);
                println!(
                    "| {method} | {gap} | {signal} | {clicks:+.1} | {modulation:.2} | {notch:.1} | {distance:.2} | {repeats:+.2} |"
                );
                let name = format!("{method}, {gap} ms, {signal}: {clicks} {modulation} {notch} {distance} {repeats}");
                let steady = !matches!(signal, "speech" | "music" | "rain");
                match method {
                    "seaglass" => {
                        assert!(clicks < MOST_CLICK, "{name}");
                        // From 40 ms on it fades, as it should.
                        assert!(!steady || gap > 60 || modulation < 0.6 && notch > -1.5 && distance < 1.0, "{name}");
                        assert!(signal != "rain" || repeats < 0.35, "it buzzes: {name}");
                        sounding.push((signal, gap, modulation));
                    }
                    "silence" => {
                        let with = sounding.iter().find(|one| one.0 == signal && one.1 == gap).map_or(99.0, |one| one.2);
                        assert!(with < modulation, "no better than silence: {name}");
                    }
                    _ => assert!(clicks > MOST_CLICK || gap > 60, "a gap that breaks off would pass: {name}"),
                }
            }
        }
    }
}
