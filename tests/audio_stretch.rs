//! What small changes of speed, skips and concealment do to tones: pitch, purity, clicks, and exact book-keeping.
#![cfg(feature = "player")]

mod cases;

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

/// A skip joins where the sound is like itself: at most 15 ms earlier than asked for, and without a notch.
#[test]
fn a_skip_leaves_out_what_was_asked_for_or_a_little_less_where_that_joins_without_a_notch() {
    for frames in [1, 100, 479, 480, 1000, 2880, 5000, 30_000] {
        let (mut stretch, mut out) = (Stretch::new(), Vec::new());
        let input = tone(300.0, 0, 48_000);
        for (number, block) in input.chunks(2 * 960).enumerate() {
            if number == 10 {
                stretch.skip(frames);
            }
            stretch.process(block, &mut out);
        }
        let left_out = 48_000 - 16 - out.len() / 2;
        assert!(left_out <= frames && left_out + 720 >= frames, "{left_out} instead of {frames}");
        // 9600 frames in, the fade begins; 480 later the sound is the input again, so many frames further on.
        assert_eq!(out[..2 * 9600], input[..2 * 9600]);
        assert_eq!(out[2 * (9600 + 480)..], input[2 * (9600 + 480 + left_out)..input.len() - 32], "{frames} frames");
        assert!((stretch.position() - (48_000.0 - 16.0)).abs() < 1e-9);
        let sound = left(&out);
        let loudness = click(&sound, 300.0, 0.5);
        assert!(loudness < 3.0, "{frames} frames: {loudness:.1} dB");
        let power = |window: &[f64]| window.iter().map(|s| s * s).sum::<f64>() / window.len() as f64;
        let notch = sound.windows(160).map(power).fold(1.0, f64::min) / 0.125;
        assert!(notch > 0.8, "{frames} frames: {:.1} dB", 10.0 * notch.log10());
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
        assert!((stretch.position() - 14_384.0).abs() < 1e-9);
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
        assert_eq!(sound[back + 240..], left(&tone(hertz, 9600 + 240, 14_384))[..], "{hertz} Hz: itself again after 5 ms");
    }
}

/// A gap shorter than the fade to silence ends where the sound falls in with its stand-in, at most 10 ms later.
#[test]
fn a_short_gap_closes_in_phase() {
    for hertz in [110.0, 233.0, 440.0, 997.0] {
        for gap in [240, 700, 960, 1700] {
            let (mut stretch, mut out) = (Stretch::new(), Vec::new());
            stretch.process(&tone(hertz, 0, 9600), &mut out);
            let from = out.len() / 2;
            stretch.conceal(gap, &mut out);
            stretch.process(&tone(hertz, 9600 + gap, 14_400), &mut out);
            let later = out.len() / 2 + 16 + 16 - 14_400;
            assert!(later <= 480, "{hertz} Hz, {gap} frames: {later} frames later");
            let sound = left(&out);
            assert_eq!(sound[from + gap + later + 240..], left(&tone(hertz, 9600 + gap + 240, 14_384))[..]);
            let loudness = click(&sound, hertz, 0.5);
            assert!(loudness < 3.0, "{hertz} Hz, {gap} frames: {loudness:.1} dB");
            let rest = purity(&sound[from - 480..from], hertz).max(purity(&sound[from + gap + later..][..240], hertz));
            assert!(rest < -25.0, "{hertz} Hz, {gap} frames: {rest:.1} dB beside the tone");
        }
    }
}

/// What the last two samples of noise did says nothing of the next: to go on that way would be a click of several times its height.
#[test]
fn a_gap_in_noise_or_right_behind_a_beginning_is_no_louder_than_what_was_heard() {
    let mut state = 1_u32;
    let noise: Vec<f32> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0 - 0.5
    })
    .take(2 * 48_000)
    .collect();
    let beginnings = (17..80).map(|frames| vec![0.5; 2 * frames]);
    for heard in noise.chunks_exact(2 * 1000).map(<[f32]>::to_vec).chain(beginnings) {
        let (mut stretch, mut out) = (Stretch::new(), Vec::new());
        stretch.process(&heard, &mut out);
        let gap = out.len();
        stretch.conceal(960, &mut out);
        let loudest = |sound: &[f32]| sound.iter().fold(0.0, |most: f32, sample| most.max(sample.abs()));
        let (before, within) = (loudest(&out[..gap]), loudest(&out[gap..]));
        assert!(within <= 1.2501 * before, "{} frames heard: {within} after {before}", heard.len() / 2);
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
    #![proptest_config(cases::config(256))]

    #[test]
    fn whatever_the_controller_asks_frames_are_neither_lost_nor_invented(commands in prop::collection::vec(command(), 1..40)) {
        let (mut stretch, mut out) = (Stretch::new(), Vec::new());
        let (mut given, mut concealed, mut gaps, mut last) = (0_usize, 0_usize, 0_usize, 0.0);
        for command in commands {
            match command {
                Command::Rate(rate) => stretch.rate(rate),
                Command::Skip(frames) => stretch.skip(frames),
                Command::Conceal(frames) => {
                    let before = out.len() / 2;
                    stretch.conceal(frames, &mut out);
                    prop_assert_eq!(out.len() / 2 - before, frames);
                    concealed += frames;
                    gaps += 1;
                }
                Command::Process(frames) => {
                    stretch.process(&vec![0.5; 2 * frames], &mut out);
                    given += frames;
                }
            }
            let position = stretch.position();
            prop_assert!(position >= last, "it never goes back");
            prop_assert!(position <= given as f64, "nor ahead of what came");
            last = position;
            let made = out.len() / 2;
            prop_assert!(made as f64 <= given as f64 / 0.99 + (stretch.inserted() as usize + concealed + 480 * gaps) as f64 + 1.0);
            prop_assert!(out.iter().all(|sample| sample.abs() <= 0.75));
        }
    }

    /// The account of the stretched share: what was put in and what was taken out explain every frame.
    #[test]
    fn input_and_output_differ_by_what_was_put_in_and_taken_out(
        steps in prop::collection::vec((0.85_f64..1.15, 1_usize..3000), 1..40),
        hertz in 60.0_f64..2000.0,
    ) {
        let (mut stretch, mut out, mut given) = (Stretch::new(), Vec::new(), 0);
        for (rate, frames) in steps {
            // Only what is not a matter of resampling.
            stretch.rate(if (rate - 1.0).abs() <= 0.0101 { 1.0 } else { rate });
            stretch.process(&tone(hertz, given, given + frames), &mut out);
            given += frames;
            let held = given as f64 - stretch.position();
            // 15 ms and the kernel, and what a join has taken out but the reading point has not passed.
            prop_assert!((0.0..=1456.0).contains(&held), "{held} frames inside");
        }
        stretch.rate(1.0);
        stretch.process(&tone(hertz, given, given + 4000), &mut out);
        given += 4000;
        prop_assert_eq!((out.len() / 2 + 16) as u64 + stretch.removed(), given as u64 + stretch.inserted());
        prop_assert!((stretch.position() - (given as f64 - 16.0)).abs() < 1e-6);
    }
}

/// Faster and slower by more than a percent keep the pitch, and the speed is what was asked for.
#[test]
fn speeds_beyond_a_percent_keep_the_pitch_and_the_speed_that_was_asked_for() {
    for rate in [0.8, 0.88, 0.95, 1.05, 1.12, 1.2] {
        for hertz in [100.0, 233.0, 440.0, 1000.0] {
            let (mut stretch, mut out) = (Stretch::new(), Vec::new());
            stretch.rate(rate);
            for block in tone(hertz, 0, 96_000).chunks(2 * 240) {
                stretch.process(block, &mut out);
            }
            let reached = stretch.position() / (out.len() / 2) as f64;
            assert!((reached / rate - 1.0).abs() < 0.01, "{hertz} Hz at {rate}: {reached:.4}");
            let sound = &left(&out)[500..];
            let error = ((pitch(sound) / hertz).log2() * 1200.0).abs();
            assert!(error < 1.0, "{hertz} Hz at {rate}: {error:.2} cents off");
            let rest = purity(&left(&out)[500..1500], hertz);
            assert!(rest < -25.0, "{hertz} Hz at {rate}: {rest:.1} dB beside the tone");
        }
    }
}

/// What stands on one side only, or in opposite phase, is heard as well and decides as much.
#[test]
fn sound_of_one_side_and_of_opposite_sides_is_joined_as_well_as_that_of_the_middle() {
    for sides in [[1.0_f32, 0.0], [0.0, 1.0], [1.0, -1.0]] {
        for rate in [0.9, 1.1] {
            let (mut stretch, mut out) = (Stretch::new(), Vec::new());
            stretch.rate(rate);
            let sound: Vec<f32> =
                tone(310.0, 0, 96_000).chunks_exact(2).flat_map(|f| [f[0] * sides[0], f[1] * sides[1]]).collect();
            for block in sound.chunks(2 * 240) {
                stretch.process(block, &mut out);
            }
            for (channel, gain) in sides.into_iter().enumerate().filter(|side| side.1 != 0.0) {
                let heard: Vec<f64> = out.chunks_exact(2).map(|f| f64::from(f[channel] / gain)).collect();
                let loudness = click(&heard[100..], 310.0, 0.5);
                assert!(loudness < 3.0, "{sides:?} at {rate}: {loudness:.1} dB");
            }
        }
    }
}

/// Where the sound runs dry while some is held for looking ahead, that sounds first.
#[test]
fn what_is_held_sounds_before_anything_is_made_up() {
    let (mut stretch, mut out) = (Stretch::new(), Vec::new());
    stretch.rate(1.1);
    for block in tone(200.0, 0, 9600).chunks(2 * 240) {
        stretch.process(block, &mut out);
    }
    let held = 9600.0 - stretch.position();
    assert!(held > 500.0, "{held}");
    stretch.conceal(240, &mut out);
    assert!((9600.0 - stretch.position() - (held - 240.0)).abs() < 1e-9);
    stretch.conceal(960, &mut out);
    assert!((stretch.position() - 9600.0).abs() < 1e-9, "all that was held has sounded");
}

/// What the player does: the frames to leave out are given at once, and what follows them comes in steps of 5 ms.
#[test]
fn nothing_comes_out_of_a_skip_until_there_is_something_to_join() {
    let (mut stretch, mut out) = (Stretch::new(), Vec::new());
    stretch.process(&tone(300.0, 0, 9600), &mut out);
    stretch.skip(2880);
    stretch.process(&tone(300.0, 9600, 9600 + 2880), &mut out);
    stretch.process(&tone(300.0, 12_480, 12_720), &mut out);
    assert_eq!(out.len() / 2, 9584);
    stretch.process(&tone(300.0, 12_720, 12_960), &mut out);
    assert!(out.len() / 2 >= 9600 + 464, "{}", out.len() / 2);
}

#[test]
fn a_skip_that_is_cut_short_by_a_shortage_is_still_left_out_and_does_not_click() {
    let (mut stretch, mut out) = (Stretch::new(), Vec::new());
    stretch.process(&tone(300.0, 0, 9600), &mut out);
    stretch.skip(2880);
    stretch.process(&tone(300.0, 9600, 11_000), &mut out);
    stretch.conceal(240, &mut out);
    stretch.process(&tone(300.0, 11_000, 24_000), &mut out);
    assert!((stretch.position() - 23_984.0).abs() < 1e-9);
    let sound = left(&out);
    assert_eq!(sound[sound.len() - 11_000..], left(&tone(300.0, 12_984, 23_984))[..]);
    assert!(out.len() / 2 <= 9600 + 240 + 480 + 24_000 - 12_480, "{}", out.len() / 2);
    let loudness = click(&sound, 300.0, 0.5);
    assert!(loudness < 3.0, "{loudness:.1} dB");
}
