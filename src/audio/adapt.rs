//! Between our 48 kHz stereo and what a device insists on: another rate, another number of channels, another sample type. Runs in
//! the callback: fixed memory, no locks, no logs.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::feed::Feed;
use super::frames::{CHANNELS, RATE};
use super::sinc::{HALF, Sinc};
use crate::clock::Clock;
use crate::media::Monotonic;

/// Frames handled at once; a longer period is filled piece by piece.
const PIECE: usize = 512;

/// A latency beyond this is a stamp gone wrong.
const LATENCY_LIMIT: Duration = Duration::from_secs(2);

/// The rates that are converted. The kernel's memory is bounded by the ratio.
const LOWEST_RATE: u32 = 8_000;
const HIGHEST_RATE: u32 = 384_000;

/// Where a feed waits between two streams; whoever drops the callback puts it back.
pub(super) type Home = Arc<Mutex<Option<Feed>>>;

/// A feed at the device's rate and with its channels.
pub(super) struct Adapter {
    feed: Option<Feed>,
    home: Home,
    clock: Clock,
    channels: usize,
    rate: u32,
    convert: Option<Convert>,
    stereo: Vec<f32>,
    /// The first callback's stamp says nothing: it is filled with silence.
    begun: bool,
}

impl Adapter {
    /// Takes the feed out of its home. `None` where it is not there or the device's rate is beyond reason.
    pub(super) fn new(home: &Home, clock: Clock, channels: u16, rate: u32) -> Option<Self> {
        if channels == 0 || !(LOWEST_RATE..=HIGHEST_RATE).contains(&rate) {
            return None;
        }
        let mut feed = home.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        feed.restart();
        Some(Self {
            feed: Some(feed),
            home: Arc::clone(home),
            clock,
            channels: usize::from(channels),
            rate,
            convert: (rate != RATE).then(|| Convert::new(rate)),
            stereo: vec![0.0; PIECE * CHANNELS],
            begun: false,
        })
    }

    /// Fills a device period. `latency` is what the device says lies between this callback and its first frame's sounding.
    pub(super) fn fill<T>(&mut self, period: &mut [T], latency: Option<Duration>, to_device: impl Fn(f32) -> T) {
        let now = self.clock.now();
        let frames = period.len() / self.channels;
        let begun = std::mem::replace(&mut self.begun, true);
        let Some(feed) = self.feed.as_mut().filter(|_| begun) else {
            period.fill_with(|| to_device(0.0));
            return;
        };
        let told = latency.filter(|latency| !latency.is_zero() && *latency < LATENCY_LIMIT);
        let latency = told.unwrap_or_else(|| duration(frames, self.rate));
        feed.shared().guessed.store(told.is_none(), Ordering::Relaxed);
        feed.shared().latency.store(latency.as_nanos() as u64, Ordering::Relaxed);
        feed.shared().begin_callback(frames as u64 * u64::from(RATE) / u64::from(self.rate), now);
        let mut sounds_at = now + latency;
        for piece in period.chunks_mut(PIECE * self.channels) {
            let frames = piece.len() / self.channels;
            let stereo = &mut self.stereo[..frames * CHANNELS];
            match &mut self.convert {
                Some(convert) => convert.fill(feed, stereo, sounds_at),
                None => {
                    feed.fill(stereo, sounds_at);
                }
            }
            for (to, from) in piece.chunks_mut(self.channels).zip(stereo.chunks_exact(CHANNELS)) {
                spread(from, to, &to_device);
            }
            sounds_at += duration(frames, self.rate);
        }
    }
}

impl Drop for Adapter {
    /// Never in the callback: a stream's owner drops it, and with it this.
    fn drop(&mut self) {
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = self.feed.take();
    }
}

/// One frame for the device: left and right first, silence in the channels behind; their mean where there is one channel.
fn spread<T>(stereo: &[f32], frame: &mut [T], to_device: &impl Fn(f32) -> T) {
    match frame {
        [mono] => *mono = to_device(((stereo[0] + stereo[1]) / 2.0).clamp(-1.0, 1.0)),
        frame => {
            for (channel, sample) in frame.iter_mut().enumerate() {
                *sample = to_device(stereo.get(channel).map_or(0.0, |sample| sample.clamp(-1.0, 1.0)));
            }
        }
    }
}

fn duration(frames: usize, rate: u32) -> Duration {
    Duration::from_nanos(frames as u64 * 1_000_000_000 / u64::from(rate.max(1)))
}

/// 48 kHz to the device's rate.
struct Convert {
    sinc: Sinc,
    /// Input frames per output frame.
    ratio: f64,
    pending: Vec<f32>,
    frames: usize,
    at: f64,
}

impl Convert {
    fn new(rate: u32) -> Self {
        let ratio = f64::from(RATE) / f64::from(rate);
        let most = (PIECE as f64 * ratio).ceil() as usize + 4 * HALF;
        // A little below the lower of the two Nyquist frequencies: a kernel this short has no steep edge.
        let sinc = Sinc::new((1.0 / ratio).min(1.0) * 0.95);
        Self { sinc, ratio, pending: vec![0.0; most * CHANNELS], frames: HALF - 1, at: 0.0 }
    }

    fn fill(&mut self, feed: &mut Feed, stereo: &mut [f32], sounds_at: Monotonic) {
        let last = self.at + (stereo.len() / CHANNELS).saturating_sub(1) as f64 * self.ratio;
        let needed = last as usize + 2 * HALF;
        if needed > self.frames {
            // What is fetched now lies this far behind the frame that sounds first.
            let ahead = self.frames as f64 - (HALF - 1) as f64 - self.at;
            let fetched_sounds_at = sounds_at + Duration::from_secs_f64(ahead.max(0.0) / f64::from(RATE));
            feed.fill(&mut self.pending[self.frames * CHANNELS..needed * CHANNELS], fetched_sounds_at);
            self.frames = needed;
        }
        for frame in stereo.chunks_exact_mut(CHANNELS) {
            let whole = self.at as usize;
            let around = &self.pending[whole * CHANNELS..][..2 * HALF * CHANNELS];
            frame.copy_from_slice(&self.sinc.read(around, self.at.fract()));
            self.at += self.ratio;
        }
        let done = (self.at as usize).min(self.frames);
        self.pending.copy_within(done * CHANNELS..self.frames * CHANNELS, 0);
        self.frames -= done;
        self.at -= done as f64;
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::super::ring::connect;
    use super::*;

    fn play(channels: u16, rate: u32, write: impl Fn(usize) -> [f32; 2], frames: usize) -> Vec<f32> {
        let (mut writer, feed, _) = connect();
        let home: Home = Arc::new(Mutex::new(Some(feed)));
        let mut adapter = Adapter::new(&home, Clock::start(), channels, rate).unwrap();
        let mut period = vec![0.5_f32; usize::from(channels) * rate as usize / 100];
        adapter.fill(&mut period, None, |sample| sample);
        assert!(period.iter().all(|sample| *sample == 0.0), "the first period is silence");
        let (mut written, mut out) = (0, Vec::new());
        while out.len() < frames * usize::from(channels) {
            while writer.queued() < 4800 {
                writer.write(&write(written));
                written += 1;
            }
            adapter.fill(&mut period, Some(Duration::from_millis(20)), |sample| sample);
            out.extend_from_slice(&period);
        }
        drop(adapter);
        assert!(home.lock().unwrap().is_some(), "the feed is home again");
        out
    }

    #[test]
    fn a_mono_device_hears_the_mean_and_a_wide_one_two_channels() {
        let mono = play(1, 48_000, |_| [0.5, 0.25], 4800);
        assert!((mono[2400] - 0.375).abs() < 1e-6);
        let wide = play(6, 48_000, |_| [0.5, 0.25], 4800);
        assert_eq!(wide[6 * 2400..6 * 2400 + 6], [0.5, 0.25, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_device_of_another_rate_plays_the_same_tone() {
        for rate in [44_100, 96_000, 32_000] {
            let tone = |frame: usize| [(0.5 * (TAU * 1000.0 * frame as f64 / 48_000.0).sin()) as f32; 2];
            let out = play(2, rate, tone, rate as usize / 2);
            let left: Vec<f64> = out.chunks_exact(2).map(|frame| f64::from(frame[0])).skip(rate as usize / 10).collect();
            // What a 1 kHz sine at that rate does not explain is error.
            let (mut a, mut b, mut all) = (0.0, 0.0, 0.0);
            for (frame, sample) in left.iter().enumerate() {
                let angle = TAU * 1000.0 * frame as f64 / f64::from(rate);
                a += sample * angle.sin();
                b += sample * angle.cos();
                all += sample * sample;
            }
            let tone = 2.0 * (a * a + b * b) / left.len() as f64;
            let error = 10.0 * ((all - tone) / all).abs().max(1e-12).log10();
            assert!(error < -55.0, "{rate} Hz: {error:.1} dB beside the tone");
        }
    }
}
