//! The pilot of sound: tells the worker that feeds the output what to do next so that each sample sounds when it is due. Holds no
//! samples and no device; counts frames and compares times.
//!
//! The output is never left dry on purpose: where there is no media there is silence, so the moment at which the next written
//! frame sounds is always known exactly, and an underrun means that the worker itself was late.

use super::audio_buffer::{AudioBuffer, Head};
use super::frame_map::RATE;
use super::session_clock::SessionClock;
use super::window::Bins;
use crate::media::{DropCause, DropCounts, MediaDelta, MediaTime, Monotonic, Packet};

/// Frames of one step: 5 ms.
pub const STEP: usize = 240;
/// Inside this the speed leans by at most 0.2 %, which also follows any crystal's drift.
const LEAN_US: f64 = 8_000.0;
const LEAN: f64 = 0.002;
/// Beyond it, by 1 %: 17 cents, not heard as a wrong pitch.
const HURRY: f64 = 0.01;
/// Sound later than its time by more than this is skipped; chasing it by speed would take seconds.
const SKIP_US: f64 = 60_000.0;
/// Sound ahead of its time by more than this waits in silence instead.
const WAIT_US: f64 = -150_000.0;
/// A skip leaves this much in hand.
const KEEP_US: f64 = 20_000.0;
/// Concealment is silent by then, so the sound starts anew.
const GIVE_UP: usize = 24 * STEP;
/// A loss up to this is concealed in place; a longer one is a silence.
const GAP_LIMIT: MediaDelta = MediaDelta::from_millis(120);
/// Frames to keep written ahead, at least and at most.
const RING_LEAST: usize = 4 * STEP;
const RING_MOST: usize = 12 * STEP;
/// After so long without an underrun the ring shrinks by a step's fifth.
const CALM_US: u128 = 10_000_000;
/// The device's own latency goes up and down with its period; its peak over eight bins counts.
const LATENCY_BIN_US: u64 = 500_000;
/// That latency before a device has told anything: one period of 10 ms.
const LATENCY_FRAMES: i64 = 480;

/// What the output says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Device {
    /// Written frames that have been heard, with fraction; `None` while no device runs.
    pub heard: Option<f64>,
    /// Frames written since the start.
    pub written: u64,
    /// Written frames that the device has not taken yet.
    pub queued: usize,
    /// How often the device ran dry.
    pub underruns: u64,
}

/// What the worker does next.
#[derive(Debug)]
pub enum SoundStep {
    /// Nothing for now: wait for a few milliseconds or a packet.
    Wait,
    /// Decode this, put its samples behind those in hand, and report [`Pilot::decoded`].
    Decode(Packet),
    /// Write `frames` of the samples in hand at a speed (above 1 catches up), and report [`Pilot::written`].
    Play {
        /// Frames of samples in hand to use.
        frames: usize,
        /// Input frames per output frame.
        rate: f64,
    },
    /// Discard the first `frames` of the samples in hand.
    Skip {
        /// Frames to discard.
        frames: usize,
    },
    /// Write `frames` that stand in for sound that is not there, and report [`Pilot::written`].
    Conceal {
        /// Frames to make up.
        frames: usize,
    },
    /// Write `frames` that stand in for the sound that ends here, faded out to silence, and report [`Pilot::written`].
    FadeOut {
        /// Frames to fade over.
        frames: usize,
    },
    /// Write `frames` of silence, and report [`Pilot::written`].
    Silence {
        /// Frames of silence.
        frames: usize,
    },
    /// Forget the samples in hand and the decoder's state: another timeline, or the sound was turned off.
    Reset,
}

/// Totals since the start, in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoundTotals {
    /// Frames of media written.
    pub played: u64,
    /// Frames made up because a packet was lost (a later one was in hand).
    pub concealed_lost: u64,
    /// Frames made up because nothing was in hand.
    pub concealed_late: u64,
    /// Frames of media skipped to come back to the target.
    pub skipped: u64,
    /// Frames written at a speed further than 0.2 % from nominal.
    pub stretched: u64,
    /// How often sound ran out and concealment set in.
    pub dry: u64,
    /// Packets whose sound was used.
    pub packets: u64,
    /// Packets dropped unheard because the sound is off, paused or has no device.
    pub unsounded: u64,
}

/// What the written frames carry: media microseconds of the first and media seconds per second; `None` carries no media time.
pub type Line = Option<(f64, f64)>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Idle,
    Playing,
    Dry { frames: usize },
}

/// The pilot.
#[derive(Debug)]
pub struct Pilot {
    state: State,
    hand_us: f64,
    hand: usize,
    line: Line,
    splice: bool,
    fade: bool,
    reset: bool,
    decoding: bool,
    ring: usize,
    underruns: u64,
    calm_since: Monotonic,
    latency: Bins<8>,
    rate: f64,
    delay_us: Option<f64>,
    totals: SoundTotals,
}

impl Default for Pilot {
    fn default() -> Self {
        Self {
            state: State::Idle,
            hand_us: 0.0,
            hand: 0,
            line: None,
            splice: false,
            fade: false,
            reset: false,
            decoding: false,
            ring: RING_LEAST,
            underruns: 0,
            calm_since: Monotonic::ZERO,
            latency: Bins::new(LATENCY_BIN_US),
            rate: 1.0,
            delay_us: None,
            totals: SoundTotals::default(),
        }
    }
}

impl Pilot {
    /// Forgets the timeline; the next steps are [`SoundStep::FadeOut`] where sound plays, and [`SoundStep::Reset`].
    pub fn forget(&mut self) {
        self.fade = self.fade || self.state != State::Idle;
        self.state = State::Idle;
        self.hand = 0;
        self.line = None;
        self.splice = false;
        self.reset = true;
        self.decoding = false;
        self.delay_us = None;
    }

    /// What to do next. `on`: the sound is on and not paused. Dropped packets are counted into `drops`.
    pub fn next(
        &mut self,
        now: Monotonic,
        device: Device,
        on: bool,
        clock: &SessionClock,
        buffer: &mut AudioBuffer,
        drops: &mut DropCounts,
    ) -> SoundStep {
        if self.fade && device.heard.is_some() {
            self.fade = false;
            return SoundStep::FadeOut { frames: STEP };
        }
        if self.reset {
            self.fade = false;
            self.reset = false;
            return SoundStep::Reset;
        }
        let Some(heard) = device.heard else {
            self.totals.unsounded += buffer.clear() as u64;
            if self.state != State::Idle {
                self.forget();
            }
            return SoundStep::Wait;
        };
        self.size_ring(now, device.underruns);
        let latency = (device.written as f64 - heard - device.queued as f64).clamp(0.0, RATE * 0.3);
        self.latency.add(now, latency as i64, |new, old| new > old);
        if device.queued >= self.ring {
            return SoundStep::Wait;
        }
        if !on {
            self.totals.unsounded += buffer.clear() as u64;
            if self.state != State::Idle {
                self.forget();
                return self.next(now, device, on, clock, buffer, drops);
            }
            return self.silence(STEP);
        }
        let ahead_us = ((device.written as f64 - heard) * 1e6 / RATE).clamp(0.0, 5e6);
        let sounds_us = now.as_nanos() as f64 / 1e3 + ahead_us;
        if self.state == State::Idle {
            return self.start(sounds_us, clock, buffer, drops);
        }
        if self.hand < STEP && !self.decoding {
            match buffer.head() {
                Head::Ready => return self.decode(buffer),
                head => {
                    // Late packets may still come while the ring is half full.
                    if device.queued > self.ring / 2 {
                        return SoundStep::Wait;
                    }
                    if self.hand == 0 {
                        return self.bridge(head, buffer);
                    }
                }
            }
        }
        self.play(sounds_us, clock, buffer, drops)
    }

    /// Reports decoded samples, now in hand behind the others: media time of the first, and how many frames. To be ignored when
    /// the timeline was forgotten meanwhile: returns whether the samples are wanted.
    pub fn decoded(&mut self, pts: MediaTime, frames: usize, buffer: &mut AudioBuffer) -> bool {
        if !self.decoding {
            self.totals.unsounded += 1;
            return false;
        }
        self.decoding = false;
        self.totals.packets += 1;
        if frames == 0 {
            buffer.continue_at(Some(pts));
            return false;
        }
        if self.hand == 0 {
            self.hand_us = pts.as_micros() as f64;
        }
        self.hand += frames;
        let end = self.hand_us + self.hand as f64 * 1e6 / RATE;
        buffer.continue_at(Some(MediaTime::from_micros(end.round() as i64)));
        true
    }

    /// Reports that the packet could not be decoded. Its place stays open, to be concealed like a loss. Returns whether it was
    /// wanted: not if the timeline was forgotten meanwhile.
    pub fn undecoded(&mut self, pts: MediaTime, buffer: &mut AudioBuffer) -> bool {
        if !self.decoding {
            self.totals.unsounded += 1;
            return false;
        }
        self.decoding = false;
        buffer.continue_at(Some(pts));
        true
    }

    /// Reports that the last step's frames were written, how many came out, and by how many frames of input the first of them
    /// lies before the first that was given (a resampler holds a few). Returns what they carry.
    pub fn written(&mut self, frames: usize, lag: f64) -> Line {
        if self.line.is_some() && (self.rate - 1.0).abs() > LEAN + 1e-6 {
            self.totals.stretched += frames as u64;
        }
        self.line.take().map(|(first_us, speed)| (first_us - lag * 1e6 / RATE, speed))
    }

    /// The delay of the next written frame against a packet without any queueing; `None` while no media is written.
    #[must_use]
    pub fn delay(&self) -> Option<MediaDelta> {
        self.delay_us.map(|delay| MediaDelta::from_micros(delay as i64))
    }

    /// How long before it sounds a sample must be in hand: the part of the ring that is kept, and the device's own latency.
    #[must_use]
    pub fn lead(&self) -> MediaDelta {
        let latency = self.latency.iter().map(|(_, frames)| frames).max().unwrap_or(LATENCY_FRAMES);
        MediaDelta::from_micros(((latency as f64 + (self.ring / 2) as f64) * 1e6 / RATE) as i64)
    }

    /// Media time of the first frame of the step in hand, in microseconds; 0 where it carries none.
    #[must_use]
    pub fn line_start_us(&self) -> f64 {
        self.line.map_or(0.0, |(first_us, _)| first_us)
    }

    /// Frames decoded and not yet written.
    #[must_use]
    pub const fn in_hand(&self) -> usize {
        self.hand
    }

    /// Totals since the start.
    #[must_use]
    pub const fn totals(&self) -> SoundTotals {
        self.totals
    }

    fn start(
        &mut self,
        sounds_us: f64,
        clock: &SessionClock,
        buffer: &mut AudioBuffer,
        drops: &mut DropCounts,
    ) -> SoundStep {
        while let (Some(pts), Some(end)) = (buffer.first_pts(), buffer.first_end()) {
            let Some(live) = live_us(clock, sounds_us) else { break };
            let due_us = live - clock.target().as_micros() as f64;
            let gone_by = due_us - end.max(pts).as_micros() as f64;
            // What is just late is kept when nothing newer is there: it is the sound of a slow start.
            if gone_by >= 0.0 && buffer.len() > 1 {
                buffer.take();
                drops.add(DropCause::Late, 1);
                continue;
            }
            let ahead = pts.as_micros() as f64 - due_us;
            let frames = (ahead * RATE / 1e6) as usize;
            if ahead > 0.0 && frames > 0 {
                return self.silence(frames.min(STEP));
            }
            self.state = State::Playing;
            self.splice = true;
            buffer.continue_at(None);
            return self.decode(buffer);
        }
        self.silence(STEP)
    }

    fn play(&mut self, sounds_us: f64, clock: &SessionClock, buffer: &mut AudioBuffer, drops: &mut DropCounts) -> SoundStep {
        let Some(live) = live_us(clock, sounds_us) else { return self.silence(STEP) };
        let delay = live - self.hand_us;
        let late = delay - clock.target().as_micros() as f64;
        self.delay_us = Some(delay);
        if let State::Dry { .. } = self.state {
            self.state = State::Playing;
        }
        if late < WAIT_US {
            // What is in hand is too early by far; the buffer behind it starts again when it is due.
            self.forget();
            return SoundStep::Wait;
        }
        if late > SKIP_US
            && let Some(step) = self.skip(late, buffer, drops)
        {
            return step;
        }
        if self.splice {
            // The first samples after a jump fade in from what stands in for the sound before.
            self.splice = false;
            self.line = None;
            return SoundStep::Conceal { frames: STEP / 4 };
        }
        let frames = self.hand.min(STEP);
        self.rate = rate_for(late);
        self.line = Some((self.hand_us, self.rate));
        self.hand_us += frames as f64 * 1e6 / RATE;
        self.hand -= frames;
        self.totals.played += frames as u64;
        SoundStep::Play { frames, rate: self.rate }
    }

    /// Skips late sound: first what is in hand, then whole packets. `None` where too little would be left.
    fn skip(&mut self, late: f64, buffer: &mut AudioBuffer, drops: &mut DropCounts) -> Option<SoundStep> {
        let available = self.hand as f64 * 1e6 / RATE + buffer.span().as_micros() as f64;
        let wanted = late.min(available - KEEP_US);
        if wanted < KEEP_US {
            return None;
        }
        self.splice = true;
        if self.hand > 0 {
            let frames = ((wanted * RATE / 1e6) as usize).min(self.hand);
            self.hand -= frames;
            self.hand_us += frames as f64 * 1e6 / RATE;
            self.totals.skipped += frames as u64;
            return Some(SoundStep::Skip { frames });
        }
        let until = buffer.first_pts()? + MediaDelta::from_micros(wanted as i64);
        while buffer.len() > 1 && buffer.first_end().is_some_and(|end| end <= until) {
            let (from, to) = (buffer.first_pts()?, buffer.first_end()?);
            buffer.take();
            drops.add(DropCause::Late, 1);
            self.totals.skipped += ((to - from).as_micros().max(0) as f64 * RATE / 1e6) as u64;
        }
        buffer.continue_at(None);
        Some(self.decode(buffer))
    }

    fn decode(&mut self, buffer: &mut AudioBuffer) -> SoundStep {
        match buffer.take() {
            Some(packet) => {
                self.decoding = true;
                if self.hand == 0 {
                    self.hand_us = packet.pts.as_micros() as f64;
                }
                SoundStep::Decode(packet)
            }
            None => self.silence(STEP),
        }
    }

    /// Bridges missing sound: a loss in place, a shortage standing still.
    fn bridge(&mut self, head: Head, buffer: &mut AudioBuffer) -> SoundStep {
        if let Head::Gap(gap) = head
            && gap <= GAP_LIMIT
        {
            let frames = ((gap.as_micros() as f64 * RATE / 1e6).round() as usize).clamp(1, STEP);
            self.line = Some((self.hand_us, 1.0));
            self.rate = 1.0;
            self.hand_us += frames as f64 * 1e6 / RATE;
            self.totals.concealed_lost += frames as u64;
            buffer.continue_at(Some(MediaTime::from_micros(self.hand_us.round() as i64)));
            return SoundStep::Conceal { frames };
        }
        if let Head::Gap(_) = head {
            // A longer hole is a silence: start again when the sound behind it is due.
            self.state = State::Idle;
            self.delay_us = None;
            self.line = None;
            return SoundStep::FadeOut { frames: STEP };
        }
        let before = match self.state {
            State::Dry { frames } => frames,
            _ => {
                self.totals.dry += 1;
                0
            }
        };
        self.line = None;
        self.totals.concealed_late += STEP as u64;
        if before + STEP >= GIVE_UP {
            self.state = State::Idle;
            self.delay_us = None;
        } else {
            self.state = State::Dry { frames: before + STEP };
        }
        SoundStep::Conceal { frames: STEP }
    }

    fn silence(&mut self, frames: usize) -> SoundStep {
        self.line = None;
        SoundStep::Silence { frames }
    }

    /// A worker that was late once may be late again: hold more until it has been calm for a while.
    fn size_ring(&mut self, now: Monotonic, underruns: u64) {
        if underruns > self.underruns {
            self.underruns = underruns;
            self.ring = (self.ring + STEP).min(RING_MOST);
            self.calm_since = now;
        } else if now.since(self.calm_since).as_micros() > CALM_US {
            self.ring = self.ring.saturating_sub(STEP / 5).max(RING_LEAST);
            self.calm_since = now;
        }
    }
}

fn live_us(clock: &SessionClock, at_us: f64) -> Option<f64> {
    Some(clock.live(Monotonic::from_nanos((at_us * 1e3) as u64))?.as_micros() as f64)
}

/// The speed that leads a lateness in microseconds back to nothing, in steps of 0.01 %.
fn rate_for(late_us: f64) -> f64 {
    let lean = if late_us.abs() <= LEAN_US { late_us / LEAN_US * LEAN } else { HURRY.copysign(late_us) };
    1.0 + (lean * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_errors_lean_by_at_most_two_tenths_of_a_percent() {
        for (late, rate) in [(0.0, 1.0), (8_000.0, 1.002), (-4_000.0, 0.999), (20_000.0, 1.01), (-20_000.0, 0.99)] {
            assert!((rate_for(late) - rate).abs() < 1e-9, "{late}: {}", rate_for(late));
        }
    }
}
