//! The session clock: what the arrivals of all tracks tell about the server's media clock and about the delay that the network
//! asks for. Sees packets' stamps alone, never their bytes, and reads no clock.
//!
//! For each packet `off = arrival − pts`. The smallest `off` of a window belongs to the fastest packet and stands for the path
//! without queues: the *base*. What is above it is jitter. The windowed minimum and the quantile over absolute offsets are those
//! of the playout design; taking the minimum of a path delay as its noise-free value is the clock filter of NTP (RFC 5905, §10).

use super::preset::Preset;
use super::window::Bins;
use crate::media::{MediaDelta, MediaTime, Monotonic, Packet};

const BASE_BIN_US: u64 = 250_000;
const BASE_BINS: usize = 60;
const JITTER_BIN_US: u64 = 500_000;
const JITTER_BINS: usize = 60;
/// Jitter bins after which a faster path is believed: two seconds.
const STEP_BINS: u64 = 4;
const SKEW_BIN_US: u64 = 1_000_000;
const SKEW_BINS: usize = 64;
/// Bins of skew before a slope is told.
const SKEW_MIN_BINS: u64 = 30;
const SKEW_LIMIT_PPM: f64 = 500.0;
/// Age at which a jitter bin counts half.
const HALF_LIFE_US: f64 = 15e6;
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
/// On top of jitter and of the output's lead: scheduling of the workers.
const MARGIN_US: i64 = 2_000;
/// The least delay with sound.
const LEAST_WITH_SOUND_US: i64 = 20_000;
/// How fast the target falls, in microseconds per second: as fast as a change of speed by 1 % can follow.
const FALL_US_PER_S: f64 = 10_000.0;

/// The estimate of the server's media clock and of the delay to play at.
#[derive(Clone, Debug)]
pub struct SessionClock {
    preset: Preset,
    base: Bins<BASE_BINS>,
    jitter: Bins<JITTER_BINS>,
    skew: Bins<SKEW_BINS>,
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
            preset,
            base: Bins::new(BASE_BIN_US),
            jitter: Bins::new(JITTER_BIN_US),
            skew: Bins::new(SKEW_BIN_US),
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

    /// Forgets the timeline: the next packet anchors it anew.
    pub fn forget(&mut self) {
        self.base.clear();
        self.jitter.clear();
        self.skew.clear();
        self.anchored_at = None;
        self.above_since = None;
        self.target_us = START_DELAY_US as f64;
    }

    /// Takes in a packet's stamps. Returns whether the timeline was anchored anew.
    pub fn observe(&mut self, packet: &Packet) -> bool {
        let at = packet.arrival.last_byte;
        let off = offset(at, packet.pts);
        let anew = match (self.anchored_at, self.base.min()) {
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
        let young = self.anchored_at.is_some_and(|anchor| at.since(anchor).as_micros() < u128::from(WARM_UP_US));
        if young && self.base.min().is_some_and(|base| off < base) {
            self.jitter.clear();
        }
        if self.jitter.is_new_bin(at) {
            self.forget_before_a_faster_path();
        }
        self.base.add(at, off, |new, old| new < old);
        self.jitter.add(at, off, |new, old| new > old);
        self.skew.add(at, off, |new, old| new < old);
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

    /// Changes the promise.
    pub fn set_preset(&mut self, preset: Preset) {
        self.preset = preset;
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
        let base = self.base.min()?;
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

    /// What the network asks for, before cap and floor; zero before the first packet.
    #[must_use]
    pub fn jitter(&self) -> MediaDelta {
        MediaDelta::from_micros(self.quantile(self.preset.quantile()))
    }

    /// Whether the network asks for more than the preset's promise.
    #[must_use]
    pub fn asks_too_much(&self) -> bool {
        self.quantile(self.preset.quantile()) > self.preset.cap().as_micros() + self.chunk_span_us
    }

    /// How much later than the fastest packet of the window the newest came.
    #[must_use]
    pub fn lateness(&self) -> MediaDelta {
        MediaDelta::from_micros(self.base.min().map_or(0, |base| self.newest_off.saturating_sub(base)))
    }

    /// The 95th percentile of lateness over the jitter window, by bins.
    #[must_use]
    pub fn lateness_p95(&self) -> MediaDelta {
        MediaDelta::from_micros(self.quantile(0.95))
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
        now.signed_since(self.newest_at).as_micros() > self.cadence_us.saturating_mul(3) / 2 + 10_000
    }

    /// How much faster our clock runs than the server's, in parts per million; `None` for the first 30 s.
    #[must_use]
    pub fn skew_ppm(&self) -> Option<f64> {
        let (mut n, mut sx, mut sy, mut sxx, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let origin = self.base.min()?;
        let mut oldest = 0;
        for (age, off) in self.skew.iter() {
            let (x, y) = (-(age as f64), off.saturating_sub(origin) as f64);
            (n, sx, sy, sxx, sxy) = (n + 1.0, sx + x, sy + y, sxx + x * x, sxy + x * y);
            oldest = age;
        }
        let spread = n * sxx - sx * sx;
        // Microseconds per second are parts per million.
        (oldest >= SKEW_MIN_BINS && spread > 0.0)
            .then(|| ((n * sxy - sx * sy) / spread).clamp(-SKEW_LIMIT_PPM, SKEW_LIMIT_PPM))
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

    /// A path that became faster leaves jitter bins behind that look late against the new base. Where even the latest packet of
    /// two seconds came before the fastest of the time before, they belong to the path that was. The bin of the change itself,
    /// which holds both, is left out.
    fn forget_before_a_faster_path(&mut self) {
        let recent = self.jitter.iter().filter(|(age, _)| *age < STEP_BINS).map(|(_, off)| off).max();
        let before = self.base.iter().filter(|(age, _)| *age >= 2 * (STEP_BINS + 1)).map(|(_, off)| off).min();
        if let (Some(recent), Some(before)) = (recent, before)
            && recent < before
        {
            self.jitter.keep(STEP_BINS);
        }
    }

    fn note_cadence(&mut self, packet: &Packet) {
        let duration = packet.duration.as_micros().clamp(0, 1_000_000);
        let span = duration * (i64::from(packet.chunk.len.clamp(1, 256)) - 1);
        if packet.format.track() == crate::media::Track::Video {
            self.chunk_span_us = span.min(5_000_000);
            self.cadence_us = duration;
        }
    }

    fn cap_us(&self) -> i64 {
        self.preset.cap().as_micros() + self.chunk_span_us + if self.with_sound { self.outputs_us() } else { 0 }
    }

    /// How long before its time the outputs need the media: the slower of the two, or the sound alone where the picture may
    /// be a little late.
    fn outputs_us(&self) -> i64 {
        if self.preset == Preset::Latency { self.lead_us } else { self.lead_us.max(self.picture_us) }
    }

    fn update_target(&mut self, now: Monotonic) {
        let half = self.refresh_us / 2;
        let (least, lead) = if self.with_sound { (LEAST_WITH_SOUND_US, self.outputs_us()) } else { (half, half) };
        let young = self.anchored_at.is_none_or(|anchor| now.since(anchor).as_micros() < u128::from(WARM_UP_US));
        let mut jitter = self.quantile(self.preset.quantile());
        let mut least = least;
        if young {
            least = least.max(START_DELAY_US);
            jitter = jitter.max(self.chunk_span_us);
        }
        let wanted = jitter + MARGIN_US + lead;
        let cap = self.cap_us();
        let wanted = wanted.clamp(least.min(cap), cap) as f64;
        // The playout point slews, not the delay above a base that moves under it.
        let base = self.base.min().unwrap_or_default() as f64;
        let fall = now.since(self.target_at).as_secs_f64() * FALL_US_PER_S;
        let before = self.target_us + self.target_base_us - base;
        self.target_us = if young { wanted } else { (before - fall).max(wanted).min(cap as f64) };
        self.target_base_us = base;
        self.target_at = now;
    }

    /// The weighted quantile of the jitter bins above the current base, in microseconds.
    fn quantile(&self, q: f64) -> i64 {
        let Some(base) = self.base.min() else { return 0 };
        let mut bins = [(0_i64, 0.0_f64); JITTER_BINS];
        let mut n = 0;
        let mut total = 0.0;
        for (age, off) in self.jitter.iter() {
            let weight = (-(age as f64) * JITTER_BIN_US as f64 / HALF_LIFE_US).exp2();
            bins[n] = (off.saturating_sub(base).max(0), weight);
            total += weight;
            n += 1;
        }
        let bins = &mut bins[..n];
        bins.sort_unstable_by_key(|bin| bin.0);
        let mut below = 0.0;
        for (value, weight) in bins.iter() {
            below += weight;
            if below >= q * total {
                return *value;
            }
        }
        bins.last().map_or(0, |bin| bin.0)
    }
}

fn micros(moment: Monotonic) -> i64 {
    i64::try_from(moment.as_micros()).unwrap_or(i64::MAX)
}

fn offset(at: Monotonic, pts: MediaTime) -> i64 {
    micros(at).saturating_sub(pts.as_micros())
}
