//! The pilot of sound: tells the worker that feeds the output what to do next so that each sample sounds when it is due. Holds no
//! samples and no device; counts frames and compares times.
//!
//! The output is never left dry on purpose: where there is no media there is silence, so the moment at which the next written
//! frame sounds is always known exactly, and an underrun means that the worker itself was late.

use super::audio_buffer::{AudioBuffer, Head};
use super::frame_map::RATE;
use super::output_level::OutputLevel;
use super::session_clock::SessionClock;
use super::sound_step::{Carried, Device, Line, SoundStep, SoundTotals};
use super::tempo::{LEAN_US, Tempo};
use crate::media::{DropCause, DropCounts, MediaDelta, MediaTime, Monotonic, Packet};

/// Frames of one step: 5 ms.
pub const STEP: usize = 240;
/// Sound later than its time by more than this is skipped; chasing a stall by speed would take seconds.
const SKIP_US: f64 = 80_000.0;
/// Sound ahead of its time by more than this waits in silence instead.
const WAIT_US: f64 = -150_000.0;
/// How long a backlog may take to come in.
const BACKLOG_PATIENCE: MediaDelta = MediaDelta::from_millis(250);
/// A skip leaves this much in hand.
const KEEP_US: f64 = 20_000.0;
/// Concealment is silent by then, so the sound starts anew.
const GIVE_UP: usize = 24 * STEP;
/// A loss up to this is concealed in place; a longer one is a silence.
const GAP_LIMIT: MediaDelta = MediaDelta::from_millis(120);
/// The worker looks at least this often, and at most.
const LOOK_MOST_US: i64 = 4_000;
const LOOK_LEAST_US: i64 = 500;
/// A callback that is later than this will not come soon.
const OVERDUE_US: i64 = -50_000;
/// The part of the cushion against jitter that may run out before the sound slows down to make it last.
const DRAIN_SHARE: f64 = 0.6;
/// A cushion smaller than this is not worth a change of speed.
const DRAIN_LEAST_US: f64 = 30_000.0;

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
    skipped: bool,
    stretched: f64,
    fade: bool,
    reset: bool,
    decoding: bool,
    level: OutputLevel,
    held: f64,
    /// A skip that no frame was written behind yet: what it leaves out is not held.
    joining: bool,
    tempo: Tempo,
    rate: f64,
    /// Sound that would begin now waits.
    hold: bool,
    backlog_since: Option<Monotonic>,
    /// Frames of the present shortage, whose cause the next packet tells.
    unexplained: u64,
    decoded_last: bool,
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
            skipped: false,
            stretched: 0.0,
            fade: false,
            reset: false,
            decoding: false,
            level: OutputLevel::default(),
            held: 0.0,
            joining: false,
            tempo: Tempo::default(),
            rate: 1.0,
            hold: false,
            backlog_since: None,
            unexplained: 0,
            decoded_last: false,
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
        (self.splice, self.skipped, self.joining) = (false, false, false);
        self.reset = true;
        self.decoding = false;
        self.delay_us = None;
    }

    /// Whether sound that is about to begin again after a silence is to wait. Sound that plays goes on, and the first begins at once.
    pub fn hold(&mut self, hold: bool) {
        self.hold = hold;
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
            return wait(now, None);
        };
        self.note_device(now, device, heard);
        if device.queued >= self.level.enough() + STEP {
            return wait(now, device.callback);
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
            let waits = self.backlog_comes(now, clock);
            return self.start(sounds_us, waits, clock, buffer, drops);
        }
        if self.hand < STEP && !self.decoding {
            let head = buffer.head();
            let waits = matches!(self.state, State::Dry { .. }) && self.backlog_comes(now, clock);
            if head == Head::Ready && !waits {
                return self.decode(clock, buffer);
            }
            // What is late may still come until the device takes its next period.
            if device.queued >= self.level.enough() {
                return wait(now, device.callback);
            }
            let last_call = self.level.last_call(device.callback);
            if last_call.is_some_and(|at| now < at) {
                return wait(now, last_call);
            }
            if self.hand == 0 {
                return self.bridge(if waits { Head::Empty } else { head }, buffer);
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

    /// Reports that the last step's frames were written, how many came out, and what they carry. Returns it as a line.
    pub fn written(&mut self, frames: usize, carried: Carried) -> Line {
        if self.line.is_some() && Tempo::is_off(self.rate) {
            self.totals.off_speed += frames as u64;
            self.stretched += frames as f64 * (self.rate - 1.0).abs();
        }
        self.joining &= frames == 0;
        let speed = carried.span.filter(|_| frames > 0).map(|span| span / frames as f64);
        self.line.take().map(|(first_us, asked)| (first_us - carried.lag * 1e6 / RATE, speed.unwrap_or(asked)))
    }

    /// The delay of the next written frame against a packet without any queueing; `None` while no media is written.
    #[must_use]
    pub fn delay(&self) -> Option<MediaDelta> {
        self.delay_us.map(|delay| MediaDelta::from_micros(delay as i64))
    }

    /// How long before it sounds a sample must be in hand.
    #[must_use]
    pub fn lead(&self) -> MediaDelta {
        self.level.lead()
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
        SoundTotals { stretched: self.stretched as u64, ..self.totals }
    }

    fn start(
        &mut self,
        sounds_us: f64,
        waits: bool,
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
            if (self.hold || waits) && self.totals.played > 0 {
                return self.silence(STEP);
            }
            self.state = State::Playing;
            self.splice = true;
            buffer.continue_at(None);
            return self.decode(clock, buffer);
        }
        self.silence(STEP)
    }

    fn play(&mut self, sounds_us: f64, clock: &SessionClock, buffer: &mut AudioBuffer, drops: &mut DropCounts) -> SoundStep {
        let Some(live) = live_us(clock, sounds_us) else { return self.silence(STEP) };
        let held = if self.joining { 0.0 } else { self.held };
        let delay = live - (self.hand_us - held * 1e6 / RATE);
        let late = delay - clock.target().as_micros() as f64;
        self.delay_us = Some(delay);
        if let State::Dry { .. } = self.state {
            self.state = State::Playing;
        }
        if late < WAIT_US {
            // What is in hand is too early by far; the buffer behind it starts again when it is due.
            self.forget();
            self.fade = false;
            return SoundStep::FadeOut { frames: STEP };
        }
        if late > SKIP_US
            && let Some(step) = self.skip(late, clock, buffer, drops)
        {
            return step;
        }
        if self.splice && late > 0.0 && self.hand > STEP {
            // A jump is the moment to land where it was meant to: within a packet, too.
            let frames = ((late * RATE / 1e6) as usize).min(self.hand - STEP);
            if frames > 0 {
                self.hand -= frames;
                self.hand_us += frames as f64 * 1e6 / RATE;
                self.totals.skipped += frames as u64;
                self.joining = true;
                return SoundStep::Skip { frames };
            }
        }
        if self.splice {
            // The first samples after a jump fade in from what stands in for the sound before.
            self.splice = false;
            self.line = None;
            if std::mem::take(&mut self.skipped) {
                self.totals.concealed_skip += STEP as u64 / 4;
            }
            return SoundStep::Conceal { frames: STEP / 4 };
        }
        let frames = self.hand.min(STEP);
        self.rate = self.tempo.rate(self.haste(late, buffer), self.is_draining(clock, buffer));
        self.line = Some((self.hand_us, self.rate));
        self.hand_us += frames as f64 * 1e6 / RATE;
        self.hand -= frames;
        self.totals.played += frames as u64;
        SoundStep::Play { frames, rate: self.rate }
    }

    /// Skips late sound: first what is in hand, then whole packets. `None` where too little would be left.
    fn skip(
        &mut self,
        late: f64,
        clock: &SessionClock,
        buffer: &mut AudioBuffer,
        drops: &mut DropCounts,
    ) -> Option<SoundStep> {
        let available = self.hand as f64 * 1e6 / RATE + buffer.span().as_micros() as f64;
        let wanted = late.min(available - KEEP_US);
        if wanted < KEEP_US {
            return None;
        }
        if self.hand > 0 {
            let frames = ((wanted * RATE / 1e6) as usize).min(self.hand);
            self.hand -= frames;
            self.hand_us += frames as f64 * 1e6 / RATE;
            self.totals.skipped += frames as u64;
            self.joining = true;
            return Some(SoundStep::Skip { frames });
        }
        // Packets are dropped undecoded, so that nothing is there to fade from: what stands in for it joins the two ends.
        (self.splice, self.skipped) = (true, true);
        let until = buffer.first_pts()? + MediaDelta::from_micros(wanted as i64);
        while buffer.len() > 1 && buffer.first_end().is_some_and(|end| end <= until) {
            let (from, to) = (buffer.first_pts()?, buffer.first_end()?);
            buffer.take();
            drops.add(DropCause::Late, 1);
            self.totals.skipped += ((to - from).as_micros().max(0) as f64 * RATE / 1e6) as u64;
        }
        buffer.continue_at(None);
        Some(self.decode(clock, buffer))
    }

    /// The lateness to catch up with: no more than there is sound in reserve. On a path that became longer everything is late and
    /// nothing in reserve; whoever hurries there runs dry with every packet.
    fn haste(&self, late: f64, buffer: &AudioBuffer) -> f64 {
        let reserve = self.reserve_us(buffer);
        if late > 0.0 { late.min((reserve - KEEP_US).max(LEAN_US)) } else { late }
    }

    /// Whether what comes now is a backlog on its way in: the newest packet itself is too late to be played. Sound that went on with
    /// it would skip with every packet; it waits for the end of the backlog and skips once, or for a while at most.
    fn backlog_comes(&mut self, now: Monotonic, clock: &SessionClock) -> bool {
        let late = (clock.lateness() - clock.target()).as_micros() as f64;
        if late <= SKIP_US {
            self.backlog_since = None;
            return false;
        }
        let since = *self.backlog_since.get_or_insert(now);
        now.signed_since(since) < BACKLOG_PATIENCE
    }

    /// Media that came and is not written yet, in microseconds.
    fn reserve_us(&self, buffer: &AudioBuffer) -> f64 {
        (self.hand as f64 + self.held) * 1e6 / RATE + buffer.span().as_micros() as f64
    }

    /// Whether nothing has come for a while and the cushion that the target holds against jitter is running out.
    fn is_draining(&self, clock: &SessionClock, buffer: &AudioBuffer) -> bool {
        let cushion = (clock.target() - self.lead() - clock.usual_lateness()).as_micros() as f64;
        let left = self.reserve_us(buffer);
        cushion > DRAIN_LEAST_US && left < cushion * DRAIN_SHARE
    }

    fn decode(&mut self, clock: &SessionClock, buffer: &mut AudioBuffer) -> SoundStep {
        match buffer.take() {
            Some(packet) => {
                self.explain(clock, &packet);
                self.decoding = true;
                self.decoded_last = true;
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
        self.totals.concealed_network += STEP as u64;
        self.unexplained += STEP as u64;
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

    /// The packet that ends a shortage tells whose fault it was.
    fn explain(&mut self, clock: &SessionClock, packet: &Packet) {
        let frames = std::mem::take(&mut self.unexplained);
        if frames > 0 && clock.server_was_late(packet) {
            self.totals.concealed_network -= frames;
            self.totals.concealed_server += frames;
        }
    }

    fn note_device(&mut self, now: Monotonic, device: Device, heard: f64) {
        self.held = device.held.clamp(0.0, RATE / 10.0);
        let dry = self.level.note(now, device, heard);
        let decoded = std::mem::take(&mut self.decoded_last);
        *(if decoded { &mut self.totals.dry_decoder } else { &mut self.totals.dry_worker }) += dry;
    }
}

/// Until a moment, within the bounds of the worker's patience.
fn wait(now: Monotonic, until: Option<Monotonic>) -> SoundStep {
    let patience = until.map_or(LOOK_MOST_US, |until| until.signed_since(now).as_micros());
    // A device whose callback is long overdue has gone to sleep, and is not watched closely.
    let patience = if patience < OVERDUE_US { LOOK_MOST_US } else { patience.clamp(LOOK_LEAST_US, LOOK_MOST_US) };
    SoundStep::Wait { until: now + std::time::Duration::from_micros(patience.unsigned_abs()) }
}

fn live_us(clock: &SessionClock, at_us: f64) -> Option<f64> {
    Some(clock.live(Monotonic::from_nanos((at_us * 1e3) as u64))?.as_micros() as f64)
}
