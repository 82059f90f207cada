//! Gathers what playback did of late: samples at each refresh and of each presented frame, totals ten times a second. Reads no
//! clock. All memory is taken at the start: about a megabyte.

use std::time::Duration;

use super::arrivals::Arrivals;
use super::recent::{HALF_MINUTE, Recent, SECOND, SOUND_EARLY, SOUND_LATE, Shares, Spread, TRACE, Trace};
use super::verdict::Late;
use crate::audio::{RATE, Underruns};
use crate::media::{DropCause, DropCounts, MediaDelta, Monotonic};
use crate::playout::SoundTotals;
use crate::stats::{FrameStage, FrameTrace, InputStage, Rolling, Tally};

/// Samples kept of what comes with each refresh: 30 s at 136 Hz; a faster display's window is shorter.
const REFRESHES: usize = 4096;
/// Samples kept of what comes with each frame: 30 s at 68 frames per second.
const FRAMES: usize = 2048;
/// Samples kept of inputs that frames echoed: 30 s at 30 a second.
const INPUTS: usize = 1024;

/// One refresh of the display, as playout saw it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refresh {
    pub(super) now: Monotonic,
    /// `None` while nothing plays.
    pub(super) delay: Option<MediaDelta>,
    pub(super) target: MediaDelta,
    pub(super) av_offset: Option<MediaDelta>,
    pub(super) totals: Totals,
}

/// Counters that only rise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) sound: SoundTotals,
    pub(super) underruns: Underruns,
    pub(super) drops: DropCounts,
    pub(super) bytes: u64,
}

/// Where the counters of [`Totals`] stand in a tally; drops by cause come behind.
const CONCEALED: usize = 0;
const STRETCHED: usize = 1;
const SOUNDED: usize = 2;
const DRY: usize = 3;
const UNASKED: usize = 4;
const BYTES: usize = 5;
const DROPS: usize = 6;
const COUNTERS: usize = DROPS + DropCause::ALL.len();

/// Samples and totals of the last 30 s.
#[derive(Debug)]
pub(super) struct Figures {
    delay: Rolling,
    target: Rolling,
    av_offset: Rolling,
    /// From one look for a frame to the next.
    looks: Rolling,
    interval: Rolling,
    server: Rolling,
    decode: Rolling,
    draw: Rolling,
    input: Rolling,
    tally: Tally<COUNTERS>,
    looked: Option<Monotonic>,
    last_presented: Option<Monotonic>,
    newest_input: Option<u32>,
    /// How long a frame lasts.
    frame: MediaDelta,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            delay: Rolling::new(REFRESHES),
            target: Rolling::new(REFRESHES),
            av_offset: Rolling::new(REFRESHES),
            looks: Rolling::new(REFRESHES),
            interval: Rolling::new(FRAMES),
            server: Rolling::new(FRAMES),
            decode: Rolling::new(FRAMES),
            draw: Rolling::new(FRAMES),
            input: Rolling::new(INPUTS),
            tally: Tally::default(),
            looked: None,
            last_presented: None,
            newest_input: None,
            frame: MediaDelta::ZERO,
        }
    }
}

impl Figures {
    /// The display looked for a frame.
    pub(super) fn refreshed(&mut self, refresh: &Refresh) {
        let Refresh { now, delay, target, av_offset, totals } = *refresh;
        if let Some(before) = self.looked.replace(now) {
            self.looks.record(now, now.signed_since(before));
        }
        if let Some(delay) = delay {
            self.delay.record(now, delay);
            self.target.record(now, target);
        }
        if let Some(offset) = av_offset {
            self.av_offset.record(now, offset);
        }
        self.tally.note(now, totals.counters());
    }

    /// A frame that lasts so long is on its way to the screen.
    pub(super) fn chosen(&mut self, lasts: MediaDelta) {
        self.frame = lasts;
    }

    /// A frame was presented.
    pub(super) fn presented(&mut self, trace: &FrameTrace) {
        let Some(at) = trace.presented else { return };
        let spent = |span: Duration| MediaDelta::from_duration(span);
        if let Some(before) = self.last_presented.replace(at) {
            self.interval.record(at, at.signed_since(before));
        }
        let made = match (trace.span(FrameStage::ServerRender), trace.span(FrameStage::ServerEncode)) {
            (None, None) => None,
            (render, encode) => Some(render.unwrap_or_default().saturating_add(encode.unwrap_or_default())),
        };
        if let Some(made) = made {
            self.server.record(at, spent(made));
        }
        if let Some(decode) = trace.span(FrameStage::Decode) {
            self.decode.record(at, spent(decode));
        }
        if let Some(chosen) = trace.chosen {
            self.draw.record(at, at.signed_since(chosen));
        }
        // An input counts once, with the first frame that reflects it or a later one.
        if let Some(input) = trace.input
            && self.newest_input.is_none_or(|newest| input.id > newest)
        {
            self.newest_input = Some(input.id);
            if let Some(total) = trace.input_span(InputStage::Total, None) {
                self.input.record(at, spent(total));
            }
        }
    }

    /// What all of it comes to at `now`.
    pub(super) fn recent(&mut self, now: Monotonic, totals: &Totals, arrivals: &mut Arrivals) -> Recent {
        let shares = |counter: usize| {
            let share = |window| {
                let counts = self.tally.over(now, window, totals.counters())?.counts;
                // Slowed sound writes more than it was given.
                (counts[SOUNDED] > 0).then(|| (counts[counter] as f64 * 100.0 / counts[SOUNDED] as f64).min(100.0))
            };
            Shares { second: share(SECOND), half_minute: share(HALF_MINUTE) }
        };
        let (concealed_pct, stretched_pct) = (shares(CONCEALED), shares(STRETCHED));
        let mut drops = DropCounts::default();
        if let Some(counted) = self.tally.over(now, HALF_MINUTE, totals.counters()) {
            DropCause::ALL.into_iter().zip(&counted.counts[DROPS..]).for_each(|(cause, count)| drops.add(cause, *count));
        }
        let received_kbit_s = self.tally.over(now, SECOND, totals.counters()).and_then(|counted| {
            let seconds = counted.span.as_secs_f64();
            (seconds > 0.1).then(|| counted.counts[BYTES] as f64 * 8.0 / 1e3 / seconds)
        });
        let noticed = |offset: MediaDelta| !(SOUND_LATE..=SOUND_EARLY).contains(&offset);
        Recent {
            fps: self.fps(now),
            delay: spread(&mut self.delay, now),
            trace: Trace { delay: course(&self.delay, now), target: course(&self.target, now) },
            av_magnitude: Spread {
                second: self.av_offset.magnitudes_over(now, SECOND),
                half_minute: self.av_offset.magnitudes_over(now, HALF_MINUTE),
            },
            av_outside_pct: self.av_offset.share(now, HALF_MINUTE, noticed).map(|share| share * 100.0),
            interval: spread(&mut self.interval, now),
            lateness: spread(&mut arrivals.lateness, now),
            server: spread(&mut self.server, now),
            decode: spread(&mut self.decode, now),
            draw: spread(&mut self.draw, now),
            input_to_photon: spread(&mut self.input, now),
            concealed_pct,
            stretched_pct,
            drops,
            received_kbit_s,
        }
    }

    /// By how much each part of the way missed its time in the last second; see [`Late`].
    pub(super) fn late(&mut self, now: Monotonic, totals: &Totals, arrivals: &Arrivals) -> Late {
        let beyond_frame = |time: Option<f64>| time.map_or(MediaDelta::ZERO, MediaDelta::from_secs_f64) - self.frame;
        let p95 = |rolling: &mut Rolling| rolling.over(now, SECOND).map(|summary| summary.p95 / 1e3);
        let peak = |rolling: &Rolling| rolling.peak(now, SECOND).unwrap_or_default();
        let counts = self.tally.over(now, SECOND, totals.counters()).map_or([0; COUNTERS], |counted| counted.counts);
        let sound = |counter: usize| MediaDelta::from_secs_f64(counts[counter] as f64 / f64::from(RATE));
        let looks = self.looks.peak(now, SECOND).map(MediaDelta::as_secs_f64);
        Late {
            server: beyond_frame(p95(&mut self.server)).max(peak(&arrivals.server)),
            network: peak(&arrivals.network),
            decoder: beyond_frame(p95(&mut self.decode)).max(sound(DRY)),
            display: beyond_frame(p95(&mut self.draw)).max(beyond_frame(looks)),
            callback: sound(UNASKED),
        }
    }

    /// Frames per second by the intervals of the last second; none at all is a rate of zero once there was one.
    fn fps(&mut self, now: Monotonic) -> Option<f64> {
        let last = self.last_presented?;
        if now.since(last) >= SECOND {
            return Some(0.0);
        }
        self.interval.mean(now, SECOND).filter(|mean| *mean > MediaDelta::ZERO).map(|mean| 1.0 / mean.as_secs_f64())
    }
}

impl Totals {
    fn counters(&self) -> [u64; COUNTERS] {
        let sound = &self.sound;
        let concealed = sound.concealed();
        let mut counters = [0; COUNTERS];
        counters[CONCEALED] = concealed;
        counters[STRETCHED] = sound.stretched;
        counters[SOUNDED] = sound.played + concealed;
        counters[DRY] = self.underruns.frames;
        counters[UNASKED] = self.underruns.late_frames;
        counters[BYTES] = self.bytes;
        DropCause::ALL.into_iter().zip(&mut counters[DROPS..]).for_each(|(cause, counter)| *counter = self.drops.of(cause));
        counters
    }
}

fn spread(rolling: &mut Rolling, now: Monotonic) -> Spread {
    Spread { second: rolling.over(now, SECOND), half_minute: rolling.over(now, HALF_MINUTE) }
}

fn course(rolling: &Rolling, now: Monotonic) -> Vec<Option<f32>> {
    let mut bins = vec![None; TRACE];
    rolling.peaks(now, HALF_MINUTE / TRACE as u32, &mut bins);
    bins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::InputEcho;

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    fn ms(millis: i64) -> MediaDelta {
        MediaDelta::from_millis(millis)
    }

    /// Refreshes at 50 Hz from one moment to another.
    fn play(figures: &mut Figures, span: std::ops::Range<u64>, change: impl Fn(u64, &mut Refresh)) {
        for now in span.step_by(20) {
            let mut refresh = Refresh {
                now: at(now),
                delay: Some(ms(50)),
                target: ms(48),
                av_offset: Some(ms(2)),
                totals: Totals::default(),
            };
            change(now, &mut refresh);
            figures.refreshed(&refresh);
        }
    }

    fn drawn(presented: u64, took: u64, input: u32) -> FrameTrace {
        FrameTrace {
            input: Some(InputEcho { id: input, issued_us: (presented - 80) * 1000 }),
            unbuffered: Some(at(presented - took - 4)),
            decoded: Some(at(presented - took - 1)),
            chosen: Some(at(presented - took)),
            presented: Some(at(presented)),
            ..FrameTrace::default()
        }
    }

    #[test]
    fn a_bad_minute_does_not_stain_the_next() {
        let (mut figures, mut arrivals) = (Figures::default(), Arrivals::default());
        play(&mut figures, 0..20_000, |_, refresh| refresh.av_offset = Some(ms(200)));
        play(&mut figures, 20_000..60_000, |_, _| {});
        let recent = figures.recent(at(60_000), &Totals::default(), &mut arrivals);
        assert_eq!(recent.av_outside_pct, Some(0.0));
        assert_eq!(recent.av_magnitude.half_minute.map(|summary| summary.max), Some(2.0));
        assert_eq!(recent.delay.second.map(|summary| (summary.p50, summary.p95)), Some((50.0, 50.0)));
        assert!(recent.trace.delay.iter().all(|delay| *delay == Some(50.0)), "{:?}", recent.trace);
    }

    /// HO-12: sound early is noticed before sound late is.
    #[test]
    fn offsets_outside_the_thresholds_of_bt1359_are_told_as_a_share() {
        let (mut figures, mut arrivals) = (Figures::default(), Arrivals::default());
        let offsets = [45, -125, 46, -126];
        play(&mut figures, 0..20_000, |now, refresh| refresh.av_offset = Some(ms(offsets[(now / 20 % 4) as usize])));
        let recent = figures.recent(at(20_000), &Totals::default(), &mut arrivals);
        assert_eq!(recent.av_outside_pct, Some(50.0));
    }

    #[test]
    fn shares_of_sound_and_drops_are_of_the_window() {
        let (mut figures, mut arrivals) = (Figures::default(), Arrivals::default());
        let totals = |now: u64| {
            let mut totals = Totals { bytes: now * 250, ..Totals::default() };
            // Concealed while second 5 lasts, one part in ten.
            totals.sound.concealed_network = now.clamp(5_000, 6_000) * 48 / 10 - 24_000;
            totals.sound.played = now * 48 - totals.sound.concealed_network;
            totals.drops.add(DropCause::Late, now / 10_000);
            totals
        };
        play(&mut figures, 0..45_000, |now, refresh| refresh.totals = totals(now));
        let early = figures.tally.over(at(6_000), SECOND, totals(6_000).counters());
        assert!(early.is_some());
        let recent = figures.recent(at(45_000), &totals(45_000), &mut arrivals);
        assert_eq!(recent.concealed_pct, Shares { second: Some(0.0), half_minute: Some(0.0) });
        assert_eq!(recent.drops.of(DropCause::Late), 3);
        assert!((recent.received_kbit_s.expect("received") - 2000.0).abs() < 1.0, "{:?}", recent.received_kbit_s);
        let mut figures = Figures::default();
        play(&mut figures, 0..6_000, |now, refresh| refresh.totals = totals(now));
        let recent = figures.recent(at(6_000), &totals(6_000), &mut arrivals);
        let second = recent.concealed_pct.second.expect("sounded");
        assert!((second - 10.0).abs() < 0.5, "{second}");
    }

    #[test]
    fn frames_tell_their_rate_their_stages_and_each_input_once() {
        let (mut figures, mut arrivals) = (Figures::default(), Arrivals::default());
        for n in 0..100 {
            figures.presented(&drawn(200 + n * 40, 7, (n / 4) as u32 + 1));
        }
        let recent = figures.recent(at(4_160), &Totals::default(), &mut arrivals);
        assert_eq!(recent.fps.map(f64::round), Some(25.0));
        assert_eq!(recent.draw.second.map(|summary| summary.p95), Some(7.0));
        assert_eq!(recent.decode.half_minute.map(|summary| summary.p50), Some(3.0));
        assert_eq!(recent.input_to_photon.half_minute.map(|summary| (summary.n, summary.p50)), Some((25, 80.0)));
        let later = figures.recent(at(6_000), &Totals::default(), &mut arrivals);
        assert_eq!(later.fps, Some(0.0), "a picture that stands still has a rate, and it is none");
    }

    #[test]
    fn what_takes_longer_than_a_frame_lasts_is_late_by_the_difference() {
        let (mut figures, arrivals) = (Figures::default(), Arrivals::default());
        figures.chosen(ms(40));
        (0..50).for_each(|n| figures.presented(&drawn(2_000 + n * 40, 61, 1)));
        let late = figures.late(at(3_990), &Totals::default(), &arrivals);
        assert_eq!((late.display, late.decoder), (ms(21), MediaDelta::ZERO), "decoding took 3 ms of the 40");
    }

    #[test]
    fn sound_that_the_device_took_unasked_is_the_callbacks() {
        let (mut figures, arrivals) = (Figures::default(), Arrivals::default());
        play(&mut figures, 0..3_000, |_, _| {});
        let mut totals = Totals::default();
        totals.underruns.late_frames = 480;
        let late = figures.late(at(3_000), &totals, &arrivals);
        assert_eq!((late.callback, late.decoder.max(MediaDelta::ZERO)), (ms(10), MediaDelta::ZERO));
    }

    #[test]
    fn memory_stays_what_it_was() {
        let mut figures = Figures::default();
        play(&mut figures, 0..200_000, |_, _| {});
        assert_eq!(figures.delay.over(at(200_000), Duration::from_secs(1000)).map(|summary| summary.n), Some(4096));
    }
}
