//! Back-pressure (HO-16): what to do with the next picture, and at which rate, so that a slow network costs picture rate and
//! detail, but neither delay nor sound. Time is an argument and nothing waits: a world and a simulation in virtual time run it
//! alike. Never touches sound. Neighbours: `flight` measures the way, `ladder` holds the rates, the host does what is decided.
//!
//! Three things tell of a queue: pictures that wait for the socket, the age of what is on the way, and the client's word on
//! lateness, less what the server itself was late by. Frames are skipped *before* they are encoded, so no reference breaks. A
//! queue is something that drains when nothing is sent: a delay that does not is the path's own, and is accepted.

use std::time::Duration;

use super::decision::{AdaptationSettings, Cause, Change, Decision, Report, Waiting};
use super::flight::{Departed, Flight, Way};
use super::ladder::Rung;
use crate::media::{MediaDelta, Monotonic, Tier};

/// A report that is older tells nothing: four should have come since.
const STALE: Duration = Duration::from_secs(1);

/// Without strain for so long, a strain is over.
const OVER: Duration = Duration::from_secs(1);

/// A raised rate that strains the way for so long did not hold.
const PROBE_FAILS: Duration = Duration::from_millis(500);

/// A delay that neither grows nor shrinks for so long, though pictures are skipped, is put to the test.
const DOUBT: Duration = Duration::from_secs(1);

/// The test is over after so long, beyond the delay itself, whatever was found.
const TEST: Duration = Duration::from_secs(1);

/// Time in which a packet of sound leaves, where there is sound.
const SOUND_LEAVES: Duration = Duration::from_millis(50);

/// Shares of what it was at which a delay counts as steady.
const STEADY: std::ops::RangeInclusive<f64> = 0.6..=1.3;

/// Share of the measured rate that is used: the rest drains what stands.
const USED: f64 = 0.85;

/// Growth of the allowed rate with each report of a short queue, until it carries all that there is: doubled in four seconds.
const GROWTH: f64 = 1.05;

/// Share of a rate below which a pace is a strain: above it, it will have grown to the whole before anybody minds.
const MUCH: f64 = 0.9;

/// Share of a frame's time that decoding it may take on a tier that is to be entered.
const DECODABLE: f64 = 0.8;

/// The policy of one stream. Bounded: a thousand units on the way, and a handful of numbers.
#[derive(Debug)]
pub struct Adaptation {
    settings: AdaptationSettings,
    /// Coded bits for each bit of a rung: 1 for H.264.
    load: f64,
    ceiling: Rung,
    rung: Rung,
    pinned: bool,
    flight: Flight,
    heard: Option<Heard>,
    /// Of the path and not of a queue, by the client's word.
    allowed: MediaDelta,
    doubt: Option<Doubt>,
    skip_next: bool,
    paced: Option<Paced>,
    strained_since: Option<Monotonic>,
    /// Longest queue of that strain.
    worst: MediaDelta,
    strained_at: Option<Monotonic>,
    slow_since: Option<Monotonic>,
    calm_since: Monotonic,
    trial: Option<Trial>,
    patience: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    at: Monotonic,
    queue: MediaDelta,
    /// Two reports in a row, or one that leaves no doubt.
    sure: bool,
    moves: bool,
    decode: MediaDelta,
    tier: Tier,
}

/// Whether a delay is a queue.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    since: Monotonic,
    queue: MediaDelta,
    /// No picture is made from here on.
    drains_from: Option<Monotonic>,
    /// One picture was let out after all, where there is no sound whose arrival tells.
    probed: bool,
}

/// Pictures pass as fast as they have been seen to arrive.
#[derive(Clone, Copy, Debug)]
struct Paced {
    /// Bits a second.
    rate: f64,
    /// Bits that may pass; negative: that have passed ahead of their time.
    credit: f64,
    at: Monotonic,
}

#[derive(Clone, Copy, Debug)]
struct Trial {
    from: Rung,
    until: Monotonic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strain {
    Free,
    Thin(MediaDelta),
    Hold(MediaDelta),
    Test,
}

impl Adaptation {
    /// The policy of a stream that begins at `now` with this tier, which it never exceeds. `load`: coded bits for each bit of
    /// the tier's rate, 1 where the codec keeps to it.
    #[must_use]
    pub fn new(settings: AdaptationSettings, now: Monotonic, tier: Tier, pinned: bool, load: f64) -> Self {
        Self {
            settings,
            load: if load.is_finite() { load.clamp(0.1, 100.0) } else { 1.0 },
            ceiling: Rung::full(tier),
            rung: Rung::full(tier),
            pinned,
            flight: Flight::default(),
            heard: None,
            allowed: MediaDelta::ZERO,
            doubt: None,
            skip_next: false,
            paced: None,
            strained_since: None,
            worst: MediaDelta::ZERO,
            strained_at: None,
            slow_since: None,
            calm_since: now,
            trial: None,
            patience: settings.up_after,
        }
    }

    /// The client asked for a tier: it is in force at once, with all its bits, and the most that will be tried. Pinned, it stays.
    pub fn asked(&mut self, now: Monotonic, tier: Tier, pinned: bool) {
        self.ceiling = Rung::full(tier);
        self.pinned = pinned;
        self.patience = self.settings.up_after;
        self.trial = None;
        self.enter(now, self.ceiling);
    }

    /// Time stood still, or another timeline begins: what was on the way before tells nothing.
    pub fn broke_off(&mut self, now: Monotonic) {
        self.flight = Flight::default();
        self.heard = None;
        self.doubt = None;
        self.trial = None;
        self.enter(now, self.rung);
    }

    /// A unit of either track has been handed to the socket whole.
    pub fn departed(&mut self, unit: Departed) {
        self.flight.departed(unit);
    }

    /// The client's report came in.
    pub fn heard(&mut self, now: Monotonic, report: Report) {
        let way = self.flight.heard(now, report.last);
        self.allowed = self.allowed.min(report.late);
        let late = (report.late - self.allowed - way.own_lateness).max(MediaDelta::ZERO);
        let queue = self.judge(now, &way, late, report.late);
        let high = queue >= self.settings.skip_at;
        let again = self.heard.is_some_and(|before| before.queue >= self.settings.skip_at && now.since(before.at) < STALE);
        if !high {
            self.flight.is_free();
        }
        let tier = self.rung.tier();
        let sure = high && (again || queue >= self.settings.hold_at);
        self.set_pace(now, queue, sure);
        self.heard = Some(Heard { at: now, queue, sure, moves: way.moves, decode: report.decode, tier });
        if report.decode > frame_time(tier) {
            self.slow_since.get_or_insert(now);
        } else {
            self.slow_since = None;
        }
    }

    /// What to do with the picture that is due at `now`. `keyframe`: it would be one that the client waits for. Ask once for each
    /// picture, and do what is said.
    pub fn decide(&mut self, now: Monotonic, waiting: Waiting, keyframe: bool) -> Decision {
        let by_socket = waiting.oldest >= self.settings.skip_at;
        let told = self.told(now);
        let strained = by_socket || told != Strain::Free;
        let paced = self.paced.is_some() && !by_socket && matches!(told, Strain::Free | Strain::Thin(_));
        let held = paced && !self.may_pass(now, keyframe);
        // A pace that holds pictures back keeps a strain from being over, and is one where it passes much less than there is.
        self.note(now, waiting, strained, strained || held);
        let much = self.paced.is_some_and(|paced| paced.rate < MUCH * f64::from(self.rung.bitrate()) * self.load);
        if let Some(change) = self.change(now, strained || (held && much)) {
            return Decision::Change(change);
        }
        let cause = match told {
            _ if by_socket => Cause::Socket(waiting.oldest),
            Strain::Test if self.may_probe(now) => return Decision::Send,
            Strain::Test => Cause::Test,
            Strain::Hold(queue) => Cause::Late(queue),
            _ if held => Cause::Rate(self.paced.map_or(0, |paced| paced.rate as u32)),
            Strain::Thin(queue) if !paced && !keyframe && self.is_second() => Cause::Late(queue),
            Strain::Free | Strain::Thin(_) => return Decision::Send,
        };
        let behind = self
            .heard
            .filter(|heard| heard.sure && now.since(heard.at) < STALE)
            .map_or(waiting.oldest, |heard| heard.queue.max(waiting.oldest));
        match waiting.frames > 0 && behind >= self.settings.flush_at {
            true => Decision::Flush(cause),
            false => Decision::Skip(cause),
        }
    }

    /// The tier in force.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.rung.tier()
    }

    /// Bits a second of its pictures.
    #[must_use]
    pub fn bitrate(&self) -> u32 {
        self.rung.bitrate()
    }

    /// Whether the client's word alone changes the tier.
    #[must_use]
    pub const fn is_pinned(&self) -> bool {
        self.pinned
    }

    /// The queue by this report; settles whether a delay is one.
    fn judge(&mut self, now: Monotonic, way: &Way, late: MediaDelta, told_late: MediaDelta) -> MediaDelta {
        let queue = way.standing.max(late);
        let Some(mut doubt) = self.doubt.take() else {
            if queue >= self.settings.skip_at {
                self.doubt = Some(Doubt { since: now, queue, drains_from: None, probed: false });
            }
            return queue;
        };
        let Some(from) = doubt.drains_from else {
            let share = queue.as_secs_f64() / doubt.queue.as_secs_f64().max(1e-6);
            if queue >= self.settings.skip_at {
                if !STEADY.contains(&share) || !way.moves {
                    // It grows or shrinks, as queues do.
                    doubt = Doubt { since: now, queue, drains_from: None, probed: false };
                } else if now.since(doubt.since) >= DOUBT {
                    doubt = Doubt { since: now, queue, drains_from: Some(now), probed: false };
                }
                self.doubt = Some(doubt);
            }
            return queue;
        };
        // What left when a queue of that length had drained tells.
        if self.flight.arrived_since(from + doubt.queue.as_duration()) {
            if queue.as_secs_f64() > STEADY.start() * doubt.queue.as_secs_f64() {
                self.allowed = told_late;
                self.flight.accept(now);
                self.paced = None;
                self.strained_since = None;
                return MediaDelta::ZERO;
            }
        } else if now.since(from) < doubt.queue.as_duration() + TEST {
            self.doubt = Some(doubt);
        }
        queue
    }

    /// What the newest report asks for at this moment.
    fn told(&self, now: Monotonic) -> Strain {
        let Some(heard) = self.heard.filter(|heard| now.since(heard.at) < STALE) else { return Strain::Free };
        if let Some(Doubt { drains_from: Some(_), .. }) = self.doubt {
            return Strain::Test;
        }
        if !heard.sure {
            return Strain::Free;
        }
        // What took so long to come has come when as much time has passed without a picture.
        let drains_until = heard.at + heard.queue.as_duration();
        if heard.queue >= self.settings.hold_at && now < drains_until {
            return Strain::Hold(heard.queue);
        }
        Strain::Thin(heard.queue)
    }

    /// The rate at which pictures may pass, from what has been seen to arrive while there was a queue.
    fn set_pace(&mut self, now: Monotonic, queue: MediaDelta, sure: bool) {
        let before = self.paced.unwrap_or(Paced { rate: 0.0, credit: 0.0, at: now });
        let least = f64::from(Rung::LOWEST.bitrate()) / 2.0 * self.load;
        if let Some(rate) = self.flight.video_rate().filter(|_| sure && self.flight.picture_bits() > 0.0) {
            self.paced = Some(Paced { rate: (rate * USED).max(least), ..before });
        } else if let Some(paced) = self.paced.as_mut().filter(|_| queue + queue < self.settings.skip_at) {
            paced.rate *= GROWTH;
            if paced.rate > f64::from(self.rung.bitrate()) * self.load {
                self.paced = None;
            }
        }
    }

    /// Whether the pace lets another picture pass; if so, it has.
    fn may_pass(&mut self, now: Monotonic, keyframe: bool) -> bool {
        let picture = self.flight.picture_bits();
        self.paced.as_mut().is_none_or(|paced| {
            let more = paced.rate * now.since(std::mem::replace(&mut paced.at, now)).as_secs_f64();
            paced.credit = (paced.credit + more).min(picture);
            let may = keyframe || paced.credit >= 0.0;
            if may {
                paced.credit = (paced.credit - picture).max(-4.0 * picture);
            }
            may
        })
    }

    /// Whether the test for a queue needs a picture whose arrival tells; if so, this is it.
    fn may_probe(&mut self, now: Monotonic) -> bool {
        let Some(doubt) = self.doubt.as_mut().filter(|doubt| !doubt.probed) else { return false };
        let Some(drained) = doubt.drains_from.map(|from| from + doubt.queue.as_duration()) else { return false };
        doubt.probed = now >= drained + SOUND_LEAVES && !self.flight.left_since(drained);
        doubt.probed
    }

    /// Whether this is a second picture of two.
    fn is_second(&mut self) -> bool {
        self.skip_next = !self.skip_next;
        self.skip_next
    }

    /// Follows strain and calm.
    fn note(&mut self, now: Monotonic, waiting: Waiting, strained: bool, goes_on: bool) {
        // Of a path that carries nothing at all nobody knows what it will carry: its time does not count.
        let stands = self.heard.is_some_and(|heard| !heard.moves || now.since(heard.at) >= STALE);
        if goes_on {
            self.strained_at = Some(now);
            self.calm_since = now;
        }
        if strained {
            self.strained_since.get_or_insert(now);
        }
        let over = self.strained_at.is_none_or(|at| now.since(at) >= OVER);
        if over || stands {
            self.strained_since = None;
        }
        let queue = self.heard.map_or(MediaDelta::ZERO, |heard| heard.queue).max(waiting.oldest);
        self.worst = self.strained_since.map_or(MediaDelta::ZERO, |_| self.worst.max(queue));
        if let Some(trial) = self.trial.filter(|trial| now >= trial.until && self.strained_since.is_none()) {
            self.trial = None;
            if trial.from < self.rung {
                self.patience = (self.patience / 2).max(self.settings.up_after);
            }
        }
    }

    fn change(&mut self, now: Monotonic, strained: bool) -> Option<Change> {
        if self.pinned {
            return None;
        }
        // A strain that is just over is not answered any more.
        let strained = self.strained_since.filter(|_| strained).map(|since| now.since(since));
        if let Some(trial) = self.trial.filter(|_| strained.is_some_and(|strained| strained >= PROBE_FAILS)) {
            self.trial = None;
            self.patience = (self.patience * 2).min(self.settings.longest_wait.max(self.settings.up_after));
            return Some(self.go(now, trial.from, format!("the network does not carry more: {}", self.behind())));
        }
        if strained.is_some_and(|strained| strained >= self.settings.down_after) {
            let rate = self.flight.video_rate().or_else(|| self.paced.map(|paced| paced.rate / USED));
            let to = match rate {
                Some(rate) => self.rung.below_carried_by(rate * USED / self.load)?,
                None => self.rung.down()?,
            };
            let carries = rate.map_or(String::new(), |rate| format!(", {:.1} Mbit/s of pictures arrive", rate / 1e6));
            return Some(self.go(now, to, format!("the network is slow: {}{carries}", self.behind())));
        }
        if self.slow_since.is_some_and(|since| now.since(since) >= self.settings.down_after)
            && let Some(heard) = self.heard
        {
            let to = self.rung.tier_below()?;
            let (took, has) = (heard.decode.as_millis_f64(), frame_time(self.rung.tier()).as_millis_f64());
            return Some(self.go(now, to, format!("decoding is slow: a frame of {has:.0} ms takes {took:.0} ms")));
        }
        self.up(now)
    }

    fn up(&mut self, now: Monotonic) -> Option<Change> {
        let next = self.rung.up().filter(|next| *next <= self.ceiling)?;
        let same = next.tier() == self.rung.tier();
        let patience = if same { self.patience / 3 } else { self.patience };
        let calm = now.since(self.calm_since);
        if calm < patience || !(same || self.decodes(next.tier())) {
            return None;
        }
        self.trial = Some(Trial { from: self.rung, until: now + self.settings.trial });
        Some(self.go(now, next, format!("calm for {:.0} s: trying more", calm.as_secs_f64())))
    }

    /// Whether the client is fast enough for a tier, by what the present one costs it for each sample.
    fn decodes(&self, tier: Tier) -> bool {
        self.heard.is_none_or(|heard| {
            let samples = |tier: Tier| f64::from(tier.spec().size.width) * f64::from(tier.spec().size.height);
            let takes = heard.decode.as_secs_f64() * samples(tier) / samples(heard.tier);
            takes <= DECODABLE * frame_time(tier).as_secs_f64()
        })
    }

    fn behind(&self) -> String {
        format!("up to {:.0} ms behind", self.worst.as_millis_f64())
    }

    fn go(&mut self, now: Monotonic, to: Rung, reason: String) -> Change {
        self.enter(now, to);
        Change { tier: to.tier(), bitrate: to.bitrate(), reason }
    }

    fn enter(&mut self, now: Monotonic, rung: Rung) {
        self.rung = rung;
        self.calm_since = now;
        self.strained_since = None;
        self.strained_at = None;
        self.slow_since = None;
        self.paced = None;
        self.flight.is_free();
    }
}

fn frame_time(tier: Tier) -> MediaDelta {
    MediaDelta::from_secs_f64(1.0 / f64::from(tier.spec().fps.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::MediaTime;
    use crate::wire::Feedback;

    const FREE: Waiting = Waiting { frames: 0, oldest: MediaDelta::ZERO };

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    fn ms(millis: i64) -> MediaDelta {
        MediaDelta::from_millis(millis)
    }

    fn policy(tier: Tier) -> Adaptation {
        Adaptation::new(AdaptationSettings::default(), at(0), tier, false, 1.0)
    }

    fn late(millis: i64) -> Report {
        Report { late: ms(millis), ..Report::default() }
    }

    fn waiting(frames: usize, millis: i64) -> Waiting {
        Waiting { frames, oldest: ms(millis) }
    }

    /// The decisions at every millisecond of a span.
    fn each(policy: &mut Adaptation, span: std::ops::Range<u64>, waiting: Waiting) -> Vec<Decision> {
        span.map(|millis| policy.decide(at(millis), waiting, false)).collect()
    }

    fn changes(policy: &mut Adaptation, span: std::ops::Range<u64>, waiting: Waiting) -> Vec<(u64, Change)> {
        span.filter_map(|millis| match policy.decide(at(millis), waiting, false) {
            Decision::Change(change) => Some((millis, change)),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn pictures_that_wait_60_ms_for_the_socket_stop_new_ones_from_being_made() {
        let mut policy = policy(Tier::High);
        assert_eq!(policy.decide(at(1), waiting(1, 59), false), Decision::Send);
        assert_eq!(policy.decide(at(2), waiting(1, 60), false), Decision::Skip(Cause::Socket(ms(60))));
        assert_eq!(policy.decide(at(3), waiting(1, 60), true), Decision::Skip(Cause::Socket(ms(60))));
        assert_eq!(policy.decide(at(4), FREE, false), Decision::Send);
    }

    #[test]
    fn pictures_that_wait_400_ms_are_flushed_and_nothing_is_flushed_where_none_waits() {
        let mut policy = policy(Tier::High);
        assert_eq!(policy.decide(at(1), waiting(2, 399), false), Decision::Skip(Cause::Socket(ms(399))));
        assert_eq!(policy.decide(at(2), waiting(2, 400), false), Decision::Flush(Cause::Socket(ms(400))));
        // The one that has begun to leave must leave whole.
        assert_eq!(policy.decide(at(3), waiting(0, 400), false), Decision::Skip(Cause::Socket(ms(400))));
    }

    #[test]
    fn two_reports_of_60_ms_thin_the_pictures_and_one_is_jitter() {
        let mut policy = policy(Tier::High);
        policy.heard(at(250), late(60));
        assert!(each(&mut policy, 250..500, FREE).iter().all(|decision| *decision == Decision::Send));
        policy.heard(at(500), late(59));
        policy.heard(at(750), late(60));
        assert_eq!(policy.decide(at(750), FREE, false), Decision::Send);
        policy.heard(at(1000), late(60));
        let decisions = each(&mut policy, 1000..1100, FREE);
        let skipped = decisions.iter().filter(|decision| **decision == Decision::Skip(Cause::Late(ms(60)))).count();
        assert_eq!(skipped, 50, "every second one");
        assert_eq!(policy.decide(at(1100), FREE, true), Decision::Send);
        assert_eq!(policy.decide(at(1101), FREE, true), Decision::Send, "a keyframe is not skipped");
    }

    #[test]
    fn a_report_of_150_ms_holds_pictures_back_for_as_long() {
        let mut policy = policy(Tier::High);
        policy.heard(at(1000), late(150));
        assert!(
            each(&mut policy, 1000..1150, FREE).iter().all(|decision| *decision == Decision::Skip(Cause::Late(ms(150))))
        );
        assert!(each(&mut policy, 1150..1200, FREE).contains(&Decision::Send));
    }

    /// What has stood for longer than the client's window is the path to it; the server has a clock of its own.
    #[test]
    fn a_queue_that_the_client_takes_for_the_path_is_noticed_all_the_same() {
        let mut policy = policy(Tier::High);
        let mut skipped = Vec::new();
        for now in (0..5000_u64).step_by(10) {
            if now.is_multiple_of(20) {
                let pts = MediaTime::ZERO + ms(now as i64);
                policy.departed(Departed { at: at(now), pts, duration: ms(20), bytes: 400, video: false });
            }
            if now.is_multiple_of(250) {
                let takes = if now < 2000 { 30 } else { 130 };
                let last = MediaTime::ZERO + ms((now as i64 - takes) / 20 * 20 + 20);
                policy.heard(at(now), Report { last, ..Report::default() });
            }
            if matches!(policy.decide(at(now), FREE, false), Decision::Skip(_)) {
                skipped.push(now);
            }
        }
        assert!(skipped.first().is_some_and(|first| (2250..2300).contains(first)), "{skipped:?}");
    }

    #[test]
    fn a_report_counts_for_a_second() {
        let mut policy = policy(Tier::High);
        policy.heard(at(1000), late(5000));
        assert!(matches!(policy.decide(at(1999), FREE, false), Decision::Skip(_)));
        assert_eq!(policy.decide(at(2000), FREE, false), Decision::Send);
    }

    #[test]
    fn the_tier_goes_down_after_two_seconds_of_strain_and_says_why() {
        let mut policy = policy(Tier::High);
        let changes = changes(&mut policy, 100..4000, waiting(1, 80));
        let (first, change) = &changes[0];
        assert_eq!((*first, change.tier, change.bitrate), (2100, Tier::High, 4_200_000));
        assert_eq!(change.reason, "the network is slow: up to 80 ms behind");
        assert_eq!(changes.len(), 1, "the next needs two more seconds: {changes:?}");
    }

    #[test]
    fn a_second_without_strain_ends_it() {
        let mut policy = policy(Tier::High);
        each(&mut policy, 0..1900, waiting(1, 80));
        each(&mut policy, 1900..2950, FREE);
        assert_eq!(changes(&mut policy, 2950..4949, waiting(1, 80)), []);
        assert_eq!(changes(&mut policy, 4949..4951, waiting(1, 80)).len(), 1);
    }

    /// HO-16: "a pinned tier stays pinned".
    #[test]
    fn a_pinned_tier_stays_and_pictures_are_still_skipped() {
        let mut policy = policy(Tier::High);
        policy.asked(at(0), Tier::High, true);
        assert!(each(&mut policy, 0..60_000, waiting(1, 80)).iter().all(|decision| matches!(decision, Decision::Skip(_))));
        assert_eq!((policy.tier(), policy.is_pinned()), (Tier::High, true));
    }

    #[test]
    fn bits_come_back_after_a_third_of_the_calm_and_a_tier_after_all_of_it() {
        let mut policy = policy(Tier::Standard);
        // Three times down in the tier, and into the next.
        assert_eq!(changes(&mut policy, 0..8000, waiting(1, 80)).len(), 3);
        assert_eq!((policy.tier(), policy.bitrate()), (Tier::Draft, 700_000));
        let ups: Vec<_> = changes(&mut policy, 8000..60_000, FREE)
            .into_iter()
            .map(|(millis, change)| (millis, change.tier, change.bitrate))
            .collect();
        assert_eq!(
            ups,
            [
                (7999 + 15_000, Tier::Standard, 1_250_000),
                (7999 + 20_000, Tier::Standard, 1_750_000),
                (7999 + 25_000, Tier::Standard, 2_500_000)
            ],
            "and never above what was asked for"
        );
    }

    #[test]
    fn a_raise_that_fails_doubles_the_patience_up_to_a_bound() {
        let mut policy = policy(Tier::Standard);
        let mut now = changes(&mut policy, 0..3000, waiting(1, 80))[0].0 + 1;
        let mut waits = Vec::new();
        for _ in 0..8 {
            let began = now;
            let up = loop {
                if let Decision::Change(change) = policy.decide(at(now), FREE, false) {
                    break change;
                }
                now += 1;
            };
            waits.push((now - began + 1) / 1000);
            assert!(up.bitrate == 2_500_000 && up.reason.starts_with("calm for"), "{up:?}");
            let (back, down) = changes(&mut policy, now + 1..now + 600, waiting(1, 80)).remove(0);
            assert_eq!((back, down.bitrate), (now + 501, 1_750_000));
            assert!(down.reason.starts_with("the network does not carry more"), "{}", down.reason);
            now = back + 1;
        }
        assert_eq!(waits, [5, 10, 20, 40, 40, 40, 40, 40]);
    }

    #[test]
    fn a_decoder_that_is_too_slow_lowers_the_tier_and_keeps_it_down() {
        let mut policy = policy(Tier::High);
        let told = |policy: &mut Adaptation, millis: u64, decode: i64| {
            policy.heard(at(millis), Report { decode: ms(decode), ..Report::default() });
            changes(policy, millis..millis + 250, FREE)
        };
        let mut all = Vec::new();
        for report in 0..9 {
            all.extend(told(&mut policy, report * 250, 34));
        }
        let (when, change) = all.remove(0);
        assert_eq!((when, change.tier, change.bitrate), (2000, Tier::Standard, 2_500_000));
        assert_eq!(change.reason, "decoding is slow: a frame of 33 ms takes 34 ms");
        // A quarter of the samples takes 9 ms: four times as much is too much still.
        for report in 9..200 {
            assert_eq!(told(&mut policy, report * 250, 9), []);
        }
        for report in 200..204 {
            all.extend(told(&mut policy, report * 250, 6));
        }
        assert_eq!(all[0].1.tier, Tier::High);
    }

    #[test]
    fn words_that_make_no_sense_change_nothing() {
        let mut policy = policy(Tier::High);
        for (report, late_ms) in [f32::NAN, f32::NEG_INFINITY, -5.0, f32::INFINITY].into_iter().enumerate() {
            let feedback = Feedback { last_pts_us: i64::MIN, late_ms, decode_ms: late_ms, ..Feedback::default() };
            policy.heard(at(report as u64 * 250), Report::from(&feedback));
            assert_eq!(policy.decide(at(report as u64 * 250), FREE, false), Decision::Send);
        }
        let feedback = Feedback { last_pts_us: i64::MAX, late_ms: f32::MAX, ..Feedback::default() };
        assert_eq!(Report::from(&feedback).late, MediaDelta::from_millis(60_000));
    }
}
