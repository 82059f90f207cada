//! The session clock: what the arrivals of all tracks tell about the server's media clock and about the delay that the network
//! asks for. Sees packets' stamps alone, never their bytes, and reads no clock.
//!
//! For each packet `off = arrival − pts`. The smallest `off` of a window belongs to the fastest packet and stands for the path
//! without queues: the *base*. What is above it is jitter. The windowed minimum and the quantile over absolute offsets are those
//! of the playout design; taking the minimum of a path delay as its noise-free value is the clock filter of NTP (RFC 5905, §10).

use super::lateness::Lateness;
use super::preset::Preset;
use super::window::Bins;
use crate::media::{MediaDelta, MediaTime, Monotonic, Packet};

const BASE_BIN_US: u64 = 250_000;
const BASE_BINS: usize = 60;
/// Bins of the last second.
const RECENT_BINS: u64 = 4;
const SKEW_BIN_US: u64 = 1_000_000;
const SKEW_BINS: usize = 64;
/// Bins of skew before a slope is told.
const SKEW_MIN_BINS: u64 = 30;
const SKEW_LIMIT_PPM: f64 = 500.0;
/// A slope is acted on only where the minima lie this close to a line, root mean square: a path that changed is no crystal.
const SKEW_SURE_US: f64 = 1_500.0;
/// An offset that jumps by more is another timeline.
const REANCHOR_US: i64 = 1_000_000;
/// How long a higher offset must last before it is believed: a stall's backlog drains sooner.
const BELIEVE_US: u64 = 1_000_000;
/// A flagged discontinuity that moves the offset by more starts anew at once.
const DISCONTINUITY_US: i64 = 250_000;
/// The delay before anything is known.
const START_DELAY_US: i64 = 40_000;
/// How long nothing is known.
const WARM_UP_US: u64 = 1_000_000;
/// How long the target may jump, since little is known.
const SETTLE_US: u64 = 5_000_000;
/// On top of jitter and of the output's lead: scheduling of the workers.
const MARGIN_US: i64 = 2_000;
/// The least delay with sound: two periods of a usual device.
const LEAST_WITH_SOUND_US: i64 = 20_000;
/// How slowly the target falls at least, in microseconds per second: sound follows it by 0.2 %, which nobody hears …
const FALL_US_PER_S: f64 = 2_000.0;
/// … and faster where it is far off: by the difference in so many seconds.
const FALL_S: f64 = 4.0;

/// The estimate of the server's media clock and of the delay to play at.
#[derive(Clone, Debug)]
pub struct SessionClock {
    /// The time is set, and not learnt from arrivals.
    stored: bool,
    preset: Preset,
    /// Instead of the preset's.
    own_cap: Option<MediaDelta>,
    base: Bins<BASE_BINS>,
    base_us: Option<i64>,
    lateness: Lateness,
    /// Generation stamp less presentation time, on the server's clock: its least is a server in time.
    generated: Bins<BASE_BINS>,
    skew: Bins<SKEW_BINS>,
    skew_ppm: Option<f64>,
    /// Offset gained per microsecond by skew that is sure.
    drift: f64,
    anchored_at: Option<Monotonic>,
    above_since: Option<Monotonic>,
    newest_off: i64,
    newest_at: Monotonic,
    chunk_span_us: i64,
    cadence_us: i64,
    lead_us: i64,
    picture_us: i64,
    refresh_us: i64,
    with_sound: bool,
    target_us: f64,
    target_base_us: f64,
    target_at: Monotonic,
}

impl SessionClock {
    /// A clock that has seen nothing, for a display of the refresh interval.
    #[must_use]
    pub fn new(preset: Preset, refresh: MediaDelta) -> Self {
        Self {
            stored: false,
            preset,
            own_cap: None,
            base: Bins::new(BASE_BIN_US),
            base_us: None,
            lateness: Lateness::default(),
            generated: Bins::new(BASE_BIN_US),
            skew: Bins::new(SKEW_BIN_US),
            skew_ppm: None,
            drift: 0.0,
            anchored_at: None,
            above_since: None,
            newest_off: 0,
            newest_at: Monotonic::ZERO,
            chunk_span_us: 0,
            cadence_us: 0,
            lead_us: 10_000,
            picture_us: 0,
            refresh_us: refresh.as_micros(),
            with_sound: false,
            target_us: START_DELAY_US as f64,
            target_base_us: 0.0,
            target_at: Monotonic::ZERO,
        }
    }

    /// Takes the time as [`SessionClock::start`] sets it from here on: a stored source has no arrivals to learn from, and needs no delay.
    pub fn set_stored(&mut self) {
        self.stored = true;
    }

    /// Sets the moment at which a stored source's time zero is due.
    pub fn start(&mut self, at: Monotonic) {
        if self.stored {
            self.base_us = Some(micros(at));
            self.target_us = 0.0;
        }
    }

    /// Forgets the timeline: the next packet anchors it anew.
    pub fn forget(&mut self) {
        self.base.clear();
        self.base_us = None;
        self.lateness.clear();
        self.generated.clear();
        self.skew.clear();
        (self.skew_ppm, self.drift) = (None, 0.0);
        self.anchored_at = None;
        self.above_since = None;
        self.target_us = START_DELAY_US as f64;
    }

    /// Takes in a packet's stamps. Returns whether the timeline was anchored anew.
    pub fn observe(&mut self, packet: &Packet) -> bool {
        if self.stored {
            self.note_cadence(packet);
            return false;
        }
        let at = packet.arrival.last_byte;
        let off = offset(at, packet.pts);
        let anew = match (self.anchored_at, self.base_us) {
            (Some(_), Some(base)) => self.is_another_timeline(at, off, base, packet.discontinuity),
            _ => true,
        };
        if anew {
            self.forget();
            self.anchored_at = Some(at);
            self.target_at = at;
            self.target_base_us = off as f64;
        }
        // While the stream is young a faster packet means that the ones before were a backlog (a late joiner's), not jitter.
        if self.is_younger(at, WARM_UP_US) && self.base_us.is_some_and(|base| off < base) {
            self.lateness.clear();
        }
        if self.lateness.opens_bin(at) {
            let reach = Lateness::step_us() / BASE_BIN_US;
            let before = self.base.iter().filter(|(age, _)| *age >= reach).map(|(_, off)| off).min();
            if self.lateness.forget_slower_path(before) {
                // What is held above the new path is no cushion against anything.
                self.target_us = 0.0;
            }
        }
        if self.skew.is_new_bin(at) {
            self.fit_skew();
        }
        self.base.add(at, off, |new, old| new < old);
        self.lateness.add(at, off);
        self.skew.add(at, off, |new, old| new < old);
        if let Some(generated) = generation_offset(packet) {
            self.generated.add(at, generated, |new, old| new < old);
        }
        self.base_us = self.fastest();
        self.newest_off = off;
        self.newest_at = at;
        self.note_cadence(packet);
        self.update_target(at);
        anew
    }

    /// Tells whether sound plays, and how long before it sounds a sample must be in hand (device latency and ring).
    pub fn output(&mut self, with_sound: bool, lead: MediaDelta) {
        self.with_sound = with_sound;
        self.lead_us = lead.as_micros().clamp(0, 500_000);
    }

    /// Tells how long before it lights up a picture must have come: decoding, the time between choice and light, and the half
    /// refresh by which it may be early. Counts where sound and picture are to be in step.
    pub fn picture(&mut self, need: MediaDelta) {
        self.picture_us = need.as_micros().clamp(0, 100_000);
    }

    /// How long before it lights up a picture must have come, as told.
    #[must_use]
    pub const fn picture_need(&self) -> MediaDelta {
        MediaDelta::from_micros(self.picture_us)
    }

    /// Changes the promise.
    pub fn set_preset(&mut self, preset: Preset) {
        self.preset = preset;
    }

    /// Sets another cap than the preset's; `None`: the preset's.
    pub fn set_cap(&mut self, cap: Option<MediaDelta>) {
        self.own_cap = cap;
    }

    /// Changes the refresh interval.
    pub fn set_refresh(&mut self, refresh: MediaDelta) {
        self.refresh_us = refresh.as_micros();
    }

    /// The promise.
    #[must_use]
    pub const fn preset(&self) -> Preset {
        self.preset
    }

    /// The refresh interval.
    #[must_use]
    pub const fn refresh(&self) -> MediaDelta {
        MediaDelta::from_micros(self.refresh_us)
    }

    /// The media time that a packet without any queueing would carry if it came at `now`; `None` before the first packet.
    #[must_use]
    pub fn live(&self, now: Monotonic) -> Option<MediaTime> {
        let base = self.base_us?;
        Some(MediaTime::from_micros(micros(now).saturating_sub(base)))
    }

    /// The media time to present at `now`: the live edge less the target delay.
    #[must_use]
    pub fn due(&self, now: Monotonic) -> Option<MediaTime> {
        Some(self.live(now)? - self.target())
    }

    /// The delay to play at.
    #[must_use]
    pub fn target(&self) -> MediaDelta {
        if self.stored {
            return MediaDelta::ZERO;
        }
        MediaDelta::from_micros((self.target_us as i64).min(self.cap_us()))
    }

    /// The most that [`SessionClock::target`] can be: the preset's cap, the chunk span, and what the sound output itself needs.
    #[must_use]
    pub fn cap(&self) -> MediaDelta {
        MediaDelta::from_micros(self.cap_us())
    }

    /// How long one generation chunk is, less its last frame.
    #[must_use]
    pub const fn chunk_span(&self) -> MediaDelta {
        MediaDelta::from_micros(self.chunk_span_us)
    }

    /// Whether the network asks for more than the promise allows.
    #[must_use]
    pub fn asks_too_much(&self) -> bool {
        let cap = self.jitter_cap_us();
        self.standing() >= cap || self.lateness.affordable(self.preset.missed(), 2 * cap) > cap
    }

    /// What is late by habit and not by chance: the usual latest packet of a half second, or how late even the fastest of the last
    /// second was.
    #[must_use]
    pub fn usual_lateness(&self) -> MediaDelta {
        MediaDelta::from_micros(self.lateness.habit().max(self.standing()))
    }

    /// How much later than the fastest packet of the window the newest came.
    #[must_use]
    pub fn lateness(&self) -> MediaDelta {
        MediaDelta::from_micros(self.base_us.map_or(0, |base| self.newest_off.saturating_sub(base)))
    }

    /// The 95th percentile of lateness over the jitter window, by bins.
    #[must_use]
    pub fn lateness_p95(&self) -> MediaDelta {
        MediaDelta::from_micros(self.lateness.quantile(0.95))
    }

    /// Whether at least half of a packet's lateness lies in its generation, by the server's own stamps.
    #[must_use]
    pub fn server_was_late(&self, packet: &Packet) -> bool {
        let (Some(base), Some(usual)) = (self.base_us, self.generated.min()) else { return false };
        let Some(generated) = generation_offset(packet) else { return false };
        let late = offset(packet.arrival.last_byte, packet.pts).saturating_sub(base) - self.chunk_span_us;
        let by_server = generated.saturating_sub(usual) - self.chunk_span_us;
        by_server > 0 && by_server >= late / 2
    }

    /// Whether nothing came for `max(3 × cadence, 500 ms)`.
    #[must_use]
    pub fn is_stalled(&self, now: Monotonic) -> bool {
        let patience = self.cadence_us.saturating_mul(3).saturating_add(self.chunk_span_us).max(500_000);
        self.anchored_at.is_some() && now.signed_since(self.newest_at).as_micros() > patience
    }

    /// Whether nothing came for longer than pictures are apart, though not yet long enough to call it a stall.
    #[must_use]
    pub fn is_quiet(&self, now: Monotonic) -> bool {
        !self.stored && now.signed_since(self.newest_at).as_micros() > self.cadence_us.saturating_mul(3) / 2 + 10_000
    }

    /// How much faster our clock runs than the server's, in parts per million; `None` for the first 30 s.
    #[must_use]
    pub const fn skew_ppm(&self) -> Option<f64> {
        self.skew_ppm
    }

    fn is_younger(&self, at: Monotonic, age_us: u64) -> bool {
        self.anchored_at.is_none_or(|anchor| at.since(anchor).as_micros() < u128::from(age_us))
    }

    /// The least offset of the window. A window's least lags behind clocks that drift; where the drift is sure it is added.
    fn fastest(&self) -> Option<i64> {
        let gained = |age: u64| (age as f64 * BASE_BIN_US as f64 * self.drift) as i64;
        self.base.iter().map(|(age, off)| off.saturating_add(gained(age))).min()
    }

    /// How late even the fastest packet of the last second was, in microseconds: a longer path, or a queue that stands. No delay
    /// below it can be held, however rare it was before.
    fn standing(&self) -> i64 {
        let recent = self.base.iter().filter(|(age, _)| (1..=RECENT_BINS).contains(age));
        let least = recent.map(|(_, off)| off).min();
        match (least, self.base_us) {
            (Some(least), Some(base)) => least.saturating_sub(base),
            _ => 0,
        }
    }

    /// A line through the least offset of each second, by least squares.
    fn fit_skew(&mut self) {
        let Some(origin) = self.skew.min() else { return };
        let (mut n, mut sx, mut sy, mut sxx, mut sxy, mut syy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        let mut oldest = 0;
        for (age, off) in self.skew.iter() {
            let (x, y) = (-(age as f64), off.saturating_sub(origin) as f64);
            (n, sx, sy) = (n + 1.0, sx + x, sy + y);
            (sxx, sxy, syy) = (sxx + x * x, sxy + x * y, syy + y * y);
            oldest = age;
        }
        let spread = n * sxx - sx * sx;
        if oldest < SKEW_MIN_BINS || spread <= 0.0 {
            return;
        }
        let slope = (n * sxy - sx * sy) / spread;
        let residual = (syy - sy * sy / n) - slope * (n * sxy - sx * sy) / n;
        // Microseconds per second are parts per million.
        let ppm = slope.clamp(-SKEW_LIMIT_PPM, SKEW_LIMIT_PPM);
        let sure = (residual.max(0.0) / n).sqrt() < SKEW_SURE_US && slope.abs() <= SKEW_LIMIT_PPM;
        self.skew_ppm = Some(ppm);
        self.drift = if sure { ppm * 1e-6 } else { 0.0 };
    }

    fn is_another_timeline(&mut self, at: Monotonic, off: i64, base: i64, discontinuity: bool) -> bool {
        let rise = off.saturating_sub(base);
        if rise < -REANCHOR_US || (discontinuity && rise.saturating_abs() > DISCONTINUITY_US) {
            return true;
        }
        if rise <= REANCHOR_US {
            self.above_since = None;
            return false;
        }
        let since = *self.above_since.get_or_insert(at);
        at.since(since).as_micros() > u128::from(BELIEVE_US)
    }

    fn note_cadence(&mut self, packet: &Packet) {
        let duration = packet.duration.as_micros().clamp(0, 1_000_000);
        let span = duration * (i64::from(packet.chunk.len.clamp(1, 256)) - 1);
        if packet.format.track() == crate::media::Track::Video {
            self.chunk_span_us = span.min(5_000_000);
            self.cadence_us = duration;
        }
    }

    /// The cap bounds what chance may cost. A source whose units always come in bursts is not played in less than a burst, whether it
    /// tells of chunks or not.
    fn jitter_cap_us(&self) -> i64 {
        self.own_cap.unwrap_or(self.preset.cap()).as_micros() + self.chunk_span_us.max(self.lateness.habit())
    }

    fn cap_us(&self) -> i64 {
        self.jitter_cap_us() + if self.with_sound { self.outputs_us() } else { 0 }
    }

    /// How long before its time the outputs need the media: the slower of the two, or the sound alone where the picture may
    /// be a little late.
    fn outputs_us(&self) -> i64 {
        if self.preset == Preset::Latency { self.lead_us } else { self.lead_us.max(self.picture_us) }
    }

    fn update_target(&mut self, now: Monotonic) {
        let Some(base) = self.base_us else { return };
        self.lateness.refresh(base);
        let half = self.refresh_us / 2;
        let (mut least, lead) = if self.with_sound { (LEAST_WITH_SOUND_US, self.outputs_us()) } else { (half, half) };
        let cap = self.cap_us();
        let young = self.is_younger(now, WARM_UP_US);
        let habit = self.usual_lateness().as_micros();
        let mut jitter = self.lateness.affordable(self.preset.missed(), self.jitter_cap_us()).max(habit);
        if young {
            least = least.max(START_DELAY_US);
            jitter = jitter.max(self.chunk_span_us);
        }
        // A habit moves the base; the least delay stands on top of it.
        let wanted = (jitter + MARGIN_US + lead).max(habit + least).min(cap) as f64;
        // The playout point slews, not the delay above a base that moves under it.
        let base = base as f64;
        let before = self.target_us + self.target_base_us - base;
        let elapsed = now.since(self.target_at).as_secs_f64();
        let fall = elapsed * f64::max(FALL_US_PER_S, (before - wanted) / FALL_S);
        self.target_us = if self.is_younger(now, SETTLE_US) { wanted } else { (before - fall).max(wanted).min(cap as f64) };
        self.target_base_us = base;
        self.target_at = now;
    }
}

/// When a packet was ready by the server's clock, against its presentation time; `None` where the server does not say.
fn generation_offset(packet: &Packet) -> Option<i64> {
    let generated = i64::try_from(packet.server.generated_us?).ok()?;
    Some(generated.saturating_sub(packet.pts.as_micros()))
}

fn micros(moment: Monotonic) -> i64 {
    i64::try_from(moment.as_micros()).unwrap_or(i64::MAX)
}

fn offset(at: Monotonic, pts: MediaTime) -> i64 {
    micros(at).saturating_sub(pts.as_micros())
}
