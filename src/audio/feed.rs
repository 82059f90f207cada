//! The body of every callback: takes frames from the ring, lets the sound die away where there are none, and publishes the position.
//! Never allocates, frees, locks, logs or reads a clock; the caller brings the time.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rtrb::Consumer;

use super::conceal::Conceal;
use super::fade::{SHORT, fall, rise};
use super::frames::{CHANNELS, RATE};
use super::history::Period;
use super::line::Line;
use super::shared::Shared;
use super::status::Status;
use crate::media::Monotonic;

/// The consumer half of the ring.
#[derive(Debug)]
pub struct Feed {
    ring: Consumer<f32>,
    shared: Arc<Shared>,
    line: Line,
    device_frames: u64,
    taken_frames: u64,
    edge: Edge,
}

/// Frames for which the sound goes on by itself when the ring runs dry: a callback or a writer that is a little late is not heard …
const GOING: usize = 480;

/// … and those over which it then falls silent.
const FALLING: usize = 480;

/// Softens the edges between sound and the silence of a dry ring.
#[derive(Debug)]
struct Edge {
    /// What would go on sounding.
    conceal: Conceal,
    /// Frames since the ring ran dry.
    since: usize,
    /// How the sound dies away: frames before it falls, and while it does.
    going: (usize, usize),
    /// Frames since sound came back.
    back: usize,
    dry: bool,
}

impl Feed {
    pub(super) fn new(ring: Consumer<f32>, shared: Arc<Shared>) -> Self {
        Self { ring, shared, line: Line::new(RATE), device_frames: 0, taken_frames: 0, edge: Edge::new() }
    }

    /// Fills a period of interleaved stereo whose first frame sounds at `sounds_at`. Where the ring has too little, that is
    /// an underrun: its last pitch period goes on for 10 ms, falls within 10 more, and silence follows. Where the writer rests, the
    /// sound ends within 5 ms. Returns how many frames the ring had.
    pub fn fill(&mut self, out: &mut [f32], sounds_at: Monotonic) -> usize {
        let frames = out.len() / CHANNELS;
        let out = &mut out[..frames * CHANNELS];
        let whole = self.ring.slots() / CHANNELS * CHANNELS;
        let wanted = out.len().min(whole);
        let (sound, rest) = out.split_at_mut(wanted);
        let (got, _) = self.ring.pop_partial_slice(sound);
        let taken = got.len() / CHANNELS;
        let was_dry = self.edge.dry;
        self.edge.sound(sound);
        self.edge.silence(rest, self.shared.resting.load(Ordering::Acquire));
        self.count(was_dry, frames - taken);
        self.publish(frames, taken, sounds_at);
        taken
    }

    /// Tells that the device played `frames` by itself since the last period: its callback came too late. The position stands
    /// still for that long.
    pub fn missed(&mut self, frames: usize) {
        self.device_frames += frames as u64;
        self.shared.late_frames.fetch_add(frames as u64, Ordering::Relaxed);
    }

    /// Begins on another device.
    pub(super) fn restart(&mut self) {
        self.line.restart();
        self.edge = Edge::new();
    }

    /// What the callback's owner shares with the reader.
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn count(&self, was_dry: bool, silent: usize) {
        if silent == 0 || self.shared.resting.load(Ordering::Acquire) {
            return;
        }
        if !was_dry {
            self.shared.underrun_events.fetch_add(1, Ordering::Relaxed);
        }
        self.shared.underrun_frames.fetch_add(silent as u64, Ordering::Relaxed);
    }

    fn publish(&mut self, frames: usize, taken: usize, sounds_at: Monotonic) {
        let origin = self.line.stamp(self.device_frames, sounds_at.as_nanos());
        let (device_start, written_start) = (self.device_frames, self.taken_frames);
        self.device_frames += frames as u64;
        self.taken_frames += taken as u64;
        self.shared.history.push(Period { device_start, written_start, taken: taken as u64, origin });
        let drift = self.line.drift_ppm().unwrap_or(f64::NAN);
        self.shared.drift.store(drift.to_bits(), Ordering::Relaxed);
        self.shared.set_status(Status::Running);
    }
}

impl Edge {
    /// In silence: the first sound fades in like after a dry spell.
    fn new() -> Self {
        Self { conceal: Conceal::new(), since: 0, going: (0, 0), back: 0, dry: true }
    }

    fn sound(&mut self, samples: &mut [f32]) {
        if samples.is_empty() {
            return;
        }
        if std::mem::take(&mut self.dry) {
            self.back = 0;
        }
        for frame in samples.chunks_exact_mut(CHANNELS).take(SHORT.saturating_sub(self.back)) {
            let (new, old) = (rise(self.back, SHORT), fall(self.back, SHORT));
            for (sample, going) in frame.iter_mut().zip(self.going_on()) {
                *sample = *sample * new + going * old;
            }
            self.back += 1;
        }
        self.conceal.hear(samples);
    }

    fn silence(&mut self, samples: &mut [f32], resting: bool) {
        if samples.is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.dry, true) {
            self.conceal.end();
            self.conceal.begin();
            self.since = 0;
            self.going = if resting { (0, SHORT) } else { (GOING, FALLING) };
        }
        for frame in samples.chunks_exact_mut(CHANNELS) {
            frame.copy_from_slice(&self.going_on());
        }
        self.conceal.hear(samples);
    }

    /// The next frame of what goes on by itself.
    fn going_on(&mut self) -> [f32; CHANNELS] {
        let (before, while_falling) = self.going;
        if self.since >= before + while_falling {
            return [0.0; CHANNELS];
        }
        let left = fall(self.since.saturating_sub(before), while_falling);
        self.since += 1;
        self.conceal.next().map(|sample| sample * left)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::ring::connect;
    use super::*;

    const PERIOD: usize = 480;

    fn period_at(number: u64) -> Monotonic {
        Monotonic::from_millis(1000 + 10 * number)
    }

    fn largest_step(samples: &[f32]) -> f32 {
        samples
            .chunks_exact(2)
            .map(|frame| frame[0])
            .collect::<Vec<_>>()
            .windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max)
    }

    #[test]
    fn sound_passes_bit_by_bit_once_it_has_faded_in() {
        let (mut writer, mut feed, _) = connect();
        let sound: Vec<f32> = (0..4 * PERIOD).map(|sample| (sample % 1000) as f32 / 1000.0).collect();
        assert_eq!(writer.write(&sound), 2 * PERIOD);
        let mut out = vec![9.0; 4 * PERIOD];
        let (first, second) = out.split_at_mut(2 * PERIOD);
        feed.fill(first, period_at(0));
        feed.fill(second, period_at(1));
        assert_eq!(out[2 * SHORT..], sound[2 * SHORT..]);
    }

    /// HO-15: an underrun is silence, not yesterday's sound, and it does not click.
    #[test]
    fn underflow_reads_as_silence_rather_than_stale_samples() {
        let (mut writer, mut feed, position) = connect();
        let mut out = vec![0.7; 2 * PERIOD * 6];
        let mut number = 0;
        let mut play = |feed: &mut Feed, out: &mut [f32]| {
            feed.fill(out, period_at(number));
            number += 1;
        };
        for (index, period) in out.chunks_exact_mut(2 * PERIOD).enumerate() {
            match index {
                0 | 1 | 5 => assert_eq!(writer.write(&[0.8; 2 * PERIOD]), PERIOD),
                2 => assert_eq!(writer.write(&[0.8; 200]), 100),
                _ => {}
            }
            play(&mut feed, period);
        }
        let dry = 2 * (2 * PERIOD + 100);
        assert!(out[dry - 2..dry].iter().all(|sample| *sample == 0.8));
        assert!(out[dry + 2 * (GOING + FALLING)..2 * 5 * PERIOD].iter().all(|sample| *sample == 0.0), "silent after 20 ms");
        assert_eq!(out.last(), Some(&0.8), "sound again");
        assert!(largest_step(&out) < 0.8 * 1.6 / SHORT as f32, "{}", largest_step(&out));
        let underruns = position.underruns();
        assert_eq!((underruns.events, underruns.frames), (1, (380 + 2 * PERIOD) as u64));
    }

    /// HO-15: what is heard of a callback or a writer that is late by a few milliseconds.
    #[test]
    fn a_short_underrun_keeps_sounding_and_neither_of_its_edges_has_a_kink() {
        for hertz in [110.0_f64, 440.0, 997.0] {
            let tone = |frame: usize| [(0.5 * (std::f64::consts::TAU * hertz * frame as f64 / 48_000.0).sin()) as f32; 2];
            let (mut writer, mut feed, _) = connect();
            let mut out = vec![0.0; 2 * PERIOD * 12];
            let mut written = 0;
            for (number, period) in out.chunks_exact_mut(2 * PERIOD).enumerate() {
                let frames = if number == 8 { 250 } else { PERIOD };
                let sound: Vec<f32> = (written..written + frames).flat_map(tone).collect();
                written += writer.write(&sound);
                feed.fill(period, period_at(number as u64));
            }
            let left: Vec<f32> = out.chunks_exact(2).map(|frame| frame[0]).skip(2 * PERIOD).collect();
            let bend = |sound: &[f32]| sound.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).abs()).fold(0.0, f32::max);
            let (steady, edges) = (bend(&left[..5 * PERIOD]), bend(&left[5 * PERIOD..]));
            // Two tones of any phase in one fade of 5 ms bend a little more than one.
            assert!(edges < 3.0 * steady + 1e-3, "{hertz} Hz: {edges} beside {steady}");
            let gap = &left[6 * PERIOD + 250..7 * PERIOD];
            let power = gap.iter().map(|s| s * s).sum::<f32>() / gap.len() as f32;
            assert!((power / 0.125 - 1.0).abs() < 0.2, "{hertz} Hz: {power}");
        }
    }

    #[test]
    fn a_rest_is_no_underrun_and_neither_is_the_time_before_the_first_sound() {
        let (mut writer, mut feed, position) = connect();
        let mut out = vec![0.0; 2 * PERIOD];
        feed.fill(&mut out, period_at(0));
        writer.write(&[0.1; 2 * PERIOD]);
        writer.rest();
        for number in 1..4 {
            feed.fill(&mut out, period_at(number));
        }
        assert_eq!(position.underruns(), crate::audio::Underruns::default());
    }

    #[test]
    fn sound_that_stutters_faster_than_its_fades_does_not_click() {
        let (mut writer, mut feed, _) = connect();
        let mut out = vec![0.0; 2 * 100 * 60];
        for (number, piece) in out.chunks_exact_mut(2 * 100).enumerate() {
            if number % 3 != 2 {
                writer.write(&[0.9; 2 * 70]);
            }
            feed.fill(piece, period_at(number as u64));
        }
        assert!(largest_step(&out) < 0.9 * 3.3 / SHORT as f32, "{}", largest_step(&out));
    }

    /// HO-12: the audio clock, which the picture follows.
    #[test]
    fn the_position_counts_what_is_heard_and_stands_still_while_the_ring_is_dry() {
        let (mut writer, mut feed, position) = connect();
        let mut out = vec![0.0; 2 * PERIOD];
        assert_eq!(position.sounding(period_at(0)), None, "nothing plays yet");
        // Periods 0 and 1 have sound, 2 has half, 3 none, 4 has again.
        for (number, frames) in [PERIOD, PERIOD, PERIOD / 2, 0, PERIOD].into_iter().enumerate() {
            writer.write(&vec![0.1; 2 * frames]);
            feed.fill(&mut out, period_at(number as u64));
        }
        let heard = |micros: u64| position.sounding(period_at(0) + Duration::from_micros(micros)).unwrap().round() as u64;
        let expected = [(0, 0), (2500, 120), (10_000, 480), (15_000, 720), (24_000, 1152), (25_000, 1200), (29_000, 1200)];
        let later = [(39_999, 1200), (45_000, 1440), (50_000, 1680), (80_000, 1680)];
        for (micros, frames) in expected.into_iter().chain(later) {
            assert_eq!(heard(micros), frames, "at {micros} µs");
        }
    }

    #[test]
    fn periods_that_the_device_lost_hold_the_position_back_for_as_long() {
        let (mut writer, mut feed, position) = connect();
        let mut out = vec![0.0; 2 * PERIOD];
        writer.write(&[0.1; 2 * 3 * PERIOD]);
        feed.fill(&mut out, period_at(0));
        feed.missed(2 * PERIOD);
        feed.fill(&mut out, period_at(3));
        assert_eq!(position.sounding(period_at(2)), Some(480.0));
        assert_eq!(position.sounding(period_at(3) + Duration::from_millis(5)), Some(720.0));
        assert_eq!(position.underruns().late_frames, 2 * PERIOD as u64);
    }
}
