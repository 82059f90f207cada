//! What small changes of speed, skips and concealment do to tones: pitch, purity, clicks, and exact book-keeping.
#![cfg(feature = "player")]

use std::f64::consts::TAU;

use proptest::prelude::*;
use seaglass::audio::Stretch;

const RATE: f64 = 48_000.0;

/// Frames `from..to` of a tone, both channels alike.
fn tone(hertz: f64, from: usize, to: usize) -> Vec<f32> {
    (from..to).flat_map(|frame| [(0.5 * (TAU * hertz * frame as f64 / RATE).sin()) as f32; 2]).collect()
}

fn left(sound: &[f32]) -> Vec<f64> {
    sound.chunks_exact(2).map(|frame| f64::from(frame[0])).collect()
}

/// The frequency of a tone by its zero crossings upward, interpolated.
fn pitch(sound: &[f64]) -> f64 {
    let crossings: Vec<f64> = sound
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] < 0.0 && pair[1] >= 0.0)
        .map(|(at, pair)| at as f64 + pair[0] / (pair[0] - pair[1]))
        .collect();
    (crossings.len() - 1) as f64 / (crossings[crossings.len() - 1] - crossings[0]) * RATE
}

/// What is left, in decibels below it, when the tone is taken out by least squares.
fn purity(sound: &[f64], hertz: f64) -> f64 {
    let (mut ss, mut cc, mut sc, mut xs, mut xc, mut xx) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (frame, sample) in sound.iter().enumerate() {
        let (sin, cos) = (TAU * hertz * frame as f64 / RATE).sin_cos();
        ss += sin * sin;
        cc += cos * cos;
        sc += sin * cos;
        xs += sample * sin;
        xc += sample * cos;
        xx += sample * sample;
    }
    let determinant = ss * cc - sc * sc;
    let (a, b) = ((xs * cc - xc * sc) / determinant, (xc * ss - xs * sc) / determinant);
    let explained = a * xs + b * xc;
    10.0 * ((xx - explained).max(1e-15) / xx).log10()
}

/// The loudest place of a click: the energy of the second difference over 2 ms, in decibels below the tone's own at its loudest.
/// A smooth join of two tones stays near 0; a step stands far above.
fn click(sound: &[f64], hertz: f64, amplitude: f64) -> f64 {
    let bend = amplitude * (TAU * hertz / RATE).powi(2);
    let bends: Vec<f64> = sound.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).powi(2)).collect();
    let loudest = bends.windows(96).map(|window| window.iter().sum::<f64>()).fold(0.0, f64::max);
    10.0 * (loudest / (96.0 * bend * bend)).log10()
}

#[test]
fn at_nominal_speed_sound_passes_bit_by_bit_with_16_frames_delay() {
    let input: Vec<f32> = (0..2 * 5000).map(|sample| ((sample * 7919) % 1000) as f32 / 1000.0 - 0.5).collect();
    let (mut stretch, mut out) = (Stretch::new(), Vec::new());
    for block in input.chunks(2 * 333) {
        stretch.process(block, &mut out);
    }
    assert_eq!(out[..], input[..out.len()]);
    assert_eq!((input.len() - out.len()) / 2, 16);
    assert!((stretch.position() - 4984.0).abs() < 1e-9);
}

#[test]
fn a_percent_of_speed_is_a_percent_of_pitch_and_nothing_else() {
    for rate in [0.99, 0.998, 1.002, 1.01] {
        for hertz in [100.0, 440.0, 1000.0, 5000.0, 12_000.0] {
            let (mut stretch, mut out) = (Stretch::new(), Vec::new());
            stretch.rate(rate);
            for block in tone(hertz, 0, 48_000).chunks(2 * 960) {
                stretch.process(block, &mut out);
            }
            let sound = &left(&out)[500..];
            let error = if hertz < 2000.0 { (pitch(sound) / (hertz * rate) - 1.0).abs() * 1200.0 / 2_f64.ln() } else { 0.0 };
            assert!(error < 0.05, "{hertz} Hz at {rate}: {error:.3} cents off");
            let rest = purity(sound, hertz * rate);
            assert!(rest < -75.0, "{hertz} Hz at {rate}: {rest:.1} dB beside the tone");
            let expected = (48_000.0 - 16.0) / rate;
            assert!((out.len() as f64 / 2.0 - expected).abs() <= 1.0, "{} frames for {expected}", out.len() / 2);
        }
    }
}

#[test]
fn a_change_of_speed_does_not_click() {
    let (mut stretch, mut out) = (Stretch::new(), Vec::new());
    for (number, block) in tone(500.0, 0, 96_000).chunks(2 * 480).enumerate() {
        stretch.rate([1.0, 1.01, 0.99, 1.002][number / 10 % 4]);
        stretch.process(block, &mut out);
    }
    let loudness = click(&left(&out)[100..], 500.0, 0.5);
    assert!(loudness < 4.0, "{loudness:.1} dB");
}

#[test]
fn a_skip_leaves_out_exactly_that_much_behind_a_fade() {
    for frames in [1, 100, 479, 480, 1000, 5000] {
        let (mut stretch, mut out) = (Stretch::new(), Vec::new());
        let input = tone(300.0, 0, 48_000);
        for (number, block) in input.chunks(2 * 960).enumerate() {
            if number == 10 {
                stretch.skip(frames);
            }
            stretch.process(block, &mut out);
        }
        assert_eq!(out.len() / 2, 48_000 - 16 - frames);
        // 9600 frames in, the fade begins; 480 later the sound is the input again, `frames` further on.
        assert_eq!(out[..2 * 9600], input[..2 * 9600]);
        assert_eq!(out[2 * (9600 + 480)..], input[2 * (9600 + 480 + frames)..input.len() - 32], "{frames} frames");
        assert!((stretch.position() - (48_000.0 - 16.0)).abs() < 1e-9);
        let loudness = click(&left(&out), 300.0, 0.5);
        // Two tones in opposite phase cancel within the fade and that bends; a cut would read 40 dB.
        assert!(loudness < 6.0, "{frames} frames: {loudness:.1} dB");
    }
}

#[test]
fn a_cut_without_a_fade_would_be_found_by_these_tests() {
    let mut sound = left(&tone(300.0, 0, 4800));
    sound.drain(2040..2120);
    assert!(click(&sound, 300.0, 0.5) > 25.0);
}

#[test]
fn the_position_names_the_input_frame_that_sounds_next() {
    // A ramp says of every output frame which input frame it is.
    let ramp: Vec<f32> = (0..40_000).flat_map(|frame| [frame as f32 / 40_000.0; 2]).collect();
    let (mut stretch, mut out) = (Stretch::new(), Vec::new());
    let rates = [1.0, 1.01, 0.99, 1.004];
    for (number, block) in ramp.chunks(2 * 500).enumerate() {
        stretch.rate(rates[number % 4]);
        if number % 9 == 5 {
            stretch.skip(777);
        }
        let next = stretch.position();
        let before = out.len();
        stretch.process(block, &mut out);
        // Where a fade runs, two frames sound at once: the check is for the rest.
        if number > 0 && !matches!(number % 9, 5..=8) && out.len() > before {
            let sounded = f64::from(out[before]) * 40_000.0;
            assert!((sounded - next).abs() < 0.6, "block {number}: {sounded} where {next} was said");
        }
    }
}

#[test]
fn concealment_goes_on_with_the_tone_then_falls_silent_and_neither_edge_clicks() {
    for hertz in [110.0, 233.0, 440.0, 997.0] {
        let (mut stretch, mut out) = (Stretch::new(), Vec::new());
        stretch.process(&tone(hertz, 0, 9600), &mut out);
        let gap = out.len() / 2;
        for _ in 0..14 {
            stretch.conceal(480, &mut out);
        }
        let back = out.len() / 2;
        stretch.process(&tone(hertz, 9600, 14_400), &mut out);
        let sound = left(&out);
        assert_eq!(back - gap, 14 * 480);
        let energy =
            |range: std::ops::Range<usize>| sound[range.clone()].iter().map(|s| s * s).sum::<f64>() / range.len() as f64;
        let full = energy(gap - 1920..gap);
        assert!((energy(gap..gap + 1920) / full - 1.0).abs() < 0.15, "{hertz} Hz: full strength for 40 ms");
        assert!(energy(gap + 3600..gap + 4080) < 0.5 * full, "{hertz} Hz: falling");
        assert!(energy(gap + 5760..back) == 0.0, "{hertz} Hz: silent after 120 ms");
        let pitched = pitch(&sound[gap..gap + 1920]);
        assert!((pitched / hertz - 1.0).abs() < 0.01, "{hertz} Hz goes on as {pitched:.1} Hz");
        let loudness = click(&sound, hertz, 0.5);
        assert!(loudness < 6.0, "{hertz} Hz: {loudness:.1} dB");
        assert_eq!(sound[back + 240..], left(&tone(hertz, 9584 + 240, 14_384))[..], "{hertz} Hz: itself again after 5 ms");
    }
}

#[test]
fn concealing_nothing_heard_is_silence() {
    let (mut stretch, mut out) = (Stretch::new(), Vec::new());
    stretch.conceal(1000, &mut out);
    assert_eq!(out, vec![0.0; 2000]);
}

#[test]
fn a_reset_forgets_the_sound_and_counts_anew() {
    let (mut stretch, mut out) = (Stretch::new(), Vec::new());
    stretch.process(&tone(300.0, 0, 2000), &mut out);
    stretch.skip(500);
    stretch.reset();
    out.clear();
    assert!(stretch.position().abs() < f64::EPSILON);
    stretch.process(&[0.25; 2000], &mut out);
    assert_eq!(out, vec![0.25; 2000 - 32]);
}

/// A command of the playout controller.
#[derive(Clone, Debug)]
enum Command {
    Rate(f64),
    Skip(usize),
    Conceal(usize),
    Process(usize),
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        (0.9_f64..1.1).prop_map(Command::Rate),
        (0_usize..3000).prop_map(Command::Skip),
        (0_usize..3000).prop_map(Command::Conceal),
        (0_usize..3000).prop_map(Command::Process),
    ]
}

proptest! {
    #[test]
    fn whatever_the_controller_asks_frames_are_neither_lost_nor_invented(commands in prop::collection::vec(command(), 1..40)) {
        let (mut stretch, mut out) = (Stretch::new(), Vec::new());
        let (mut given, mut concealed, mut last) = (0_usize, 0_usize, 0.0);
        for command in commands {
            match command {
                Command::Rate(rate) => stretch.rate(rate),
                Command::Skip(frames) => stretch.skip(frames),
                Command::Conceal(frames) => {
                    stretch.conceal(frames, &mut out);
                    concealed += frames;
                }
                Command::Process(frames) => {
                    stretch.process(&vec![0.5; 2 * frames], &mut out);
                    given += frames;
                }
            }
            prop_assert!(stretch.position() >= last, "it never goes back");
            last = stretch.position();
            let made = out.len() / 2 - concealed;
            prop_assert!(made as f64 <= given as f64 / 0.99 + 1.0);
            prop_assert!(out.iter().all(|sample| sample.abs() <= 0.75));
        }
    }
}
