//! Back-pressure (HO-16) in virtual time: the server's policy, a link that does what a link does, and a client that reports. The
//! same code as in the server, at a thousand steps a second, minutes in a moment.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![cfg(feature = "server")]

use std::collections::VecDeque;

use seaglass::media::{MediaDelta, MediaTime, Monotonic, Tier};
use seaglass::sim::host::{Change, Decision, Departed, Report, Waiting};
use seaglass::sim::{Adaptation, AdaptationSettings};

/// What the server's system keeps unsent, and all that it keeps; the path's own buffer in front of its slowest place.
const UNSENT: u64 = 16 * 1024;
const SEND_BUFFER: u64 = 128 * 1024;
const PATH_BUFFER: u64 = 128 * 1024;

/// A link: what it carries (bits a second) and how long it takes (ms, one way) at a millisecond.
struct Link {
    carries: fn(u64) -> u64,
    takes: fn(u64) -> u64,
    /// Whether the stream has sound.
    sound: bool,
}

#[derive(Clone, Copy)]
struct Unit {
    made: u64,
    pts: i64,
    lasts: i64,
    bytes: u64,
    video: bool,
}

/// What happened, by second.
#[derive(Default)]
struct Story {
    changes: Vec<(u64, Change)>,
    /// When it came and by how much later than the fastest, of sound.
    sound: Vec<(u64, u64)>,
    shown: Vec<u64>,
    skipped: Vec<u64>,
    flushes: usize,
}

impl Story {
    /// The lateness that a share of the sound of a span stays below, in milliseconds.
    fn late(&self, span: std::ops::Range<u64>, share: f64) -> u64 {
        let mut late: Vec<u64> =
            self.sound.iter().filter(|(at, _)| span.contains(&(at / 1000))).map(|(_, late)| *late).collect();
        late.sort_unstable();
        late.get((late.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or_default()
    }

    /// Pictures that came and that were skipped in a span of seconds.
    fn pictures(&self, span: std::ops::Range<u64>) -> (usize, usize) {
        let within = |times: &[u64]| times.iter().filter(|at| span.contains(&(*at / 1000))).count();
        (within(&self.shown), within(&self.skipped))
    }

    fn tell(&self, name: &str, spans: &[std::ops::Range<u64>]) {
        println!("{name}:");
        for (at, Change { tier, bitrate, reason }) in &self.changes {
            println!("  {:>7.3} s {tier} at {:.2} Mbit/s: {reason}", *at as f64 / 1e3, f64::from(*bitrate) / 1e6);
        }
        for span in spans {
            let (shown, skipped) = self.pictures(span.clone());
            let (p50, p95) = (self.late(span.clone(), 0.5), self.late(span.clone(), 0.95));
            println!("  {span:?} s: {shown} pictures came, {skipped} skipped; sound late p50 {p50} ms, p95 {p95} ms");
        }
    }
}

/// Streams over a link.
fn stream(link: &Link, tier: Tier, pinned: bool, seconds: u64) -> Story {
    let mut policy = Adaptation::new(AdaptationSettings::default(), Monotonic::ZERO, tier, pinned, 1.0);
    let mut story = Story::default();
    let (mut outlet, mut kernel, mut path, mut flying, mut reports) =
        (VecDeque::new(), VecDeque::new(), VecDeque::new(), VecDeque::new(), VecDeque::new());
    let (mut next_frame, mut next_sound, mut budget, mut leaving) = (0.0_f64, 0_u64, 0.0_f64, None::<Unit>);
    let (mut left_of_first, mut keyframe, mut noise, mut sent) = (0_u64, true, 7_u32, 0_u64);
    let (mut last_end, mut newest_late, mut fastest) = (0_i64, 0_u64, VecDeque::<(u64, i64)>::new());
    for now in 0..seconds * 1000 {
        let moment = Monotonic::from_millis(now);
        while reports.front().is_some_and(|(at, _)| *at <= now) {
            let (_, report) = reports.pop_front().unwrap();
            policy.heard(moment, report);
        }
        if link.sound && now == next_sound {
            outlet.push_front(Unit { made: now, pts: now as i64, lasts: 20, bytes: 420, video: false });
            next_sound += 20;
        }
        if now as f64 >= next_frame {
            let videos = |queue: &VecDeque<Unit>| queue.iter().filter(|unit| unit.video).count();
            let oldest = leaving.iter().chain(outlet.iter()).filter(|unit: &&Unit| unit.video).map(|unit| unit.made).min();
            let oldest = MediaDelta::from_millis(oldest.map_or(0, |made| (now - made) as i64));
            let decision = policy.decide(moment, Waiting { frames: videos(&outlet), oldest }, keyframe);
            if let Decision::Change(change) = &decision {
                keyframe |= story.changes.last().is_none_or(|(_, before)| before.tier != change.tier);
                story.changes.push((now, change.clone()));
            }
            match decision {
                Decision::Send | Decision::Change(_) => {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let fps = f64::from(policy.tier().spec().fps);
                    let usual = f64::from(policy.bitrate()) / 8.0 / fps * (0.7 + f64::from(noise >> 16) / 65536.0 * 0.5);
                    let bytes = usual as u64 * if std::mem::take(&mut keyframe) { 5 } else { 1 } + 100;
                    outlet.push_back(Unit { made: now, pts: now as i64, lasts: (1000.0 / fps) as i64, bytes, video: true });
                }
                Decision::Skip(_) => story.skipped.push(now),
                Decision::Flush(_) => {
                    outlet.retain(|unit| !unit.video);
                    keyframe = true;
                    story.flushes += 1;
                    story.skipped.push(now);
                }
            }
            next_frame += 1000.0 / f64::from(policy.tier().spec().fps);
        }
        // The system takes a unit, fragment by fragment, as long as little of what it has is unsent.
        let unsent = |kernel: &VecDeque<(Unit, u64)>| kernel.iter().map(|(_, bytes)| *bytes).sum::<u64>();
        let on_path = |path: &VecDeque<(Unit, u64, bool)>| path.iter().map(|(_, bytes, _)| *bytes).sum::<u64>();
        while unsent(&kernel) < UNSENT {
            // Sound overtakes between fragments.
            let sound = outlet.front().is_some_and(|unit| !unit.video);
            if let (Some(unit), false) = (leaving, sound) {
                let part = left_of_first.min(UNSENT);
                left_of_first -= part;
                kernel.push_back((Unit { bytes: if left_of_first == 0 { unit.bytes } else { 0 }, ..unit }, part));
                if left_of_first == 0 {
                    policy.departed(departed(moment, &unit));
                    leaving = None;
                }
            } else if let Some(unit) = outlet.pop_front() {
                if unit.video {
                    (leaving, left_of_first) = (Some(unit), unit.bytes);
                } else {
                    policy.departed(departed(moment, &unit));
                    kernel.push_back((unit, unit.bytes));
                }
            } else {
                break;
            }
        }
        // TCP puts on the path what its windows allow.
        while let Some((unit, bytes)) = kernel.front().copied().filter(|_| on_path(&path) < PATH_BUFFER.min(SEND_BUFFER)) {
            kernel.pop_front();
            path.push_back((unit, bytes, unit.bytes > 0));
            sent += bytes;
        }
        budget = (budget + (link.carries)(now) as f64 / 8000.0).min(if path.is_empty() { 1500.0 } else { 1e12 });
        while let Some((unit, bytes, whole)) = path.front().copied().filter(|(_, bytes, _)| *bytes as f64 <= budget) {
            path.pop_front();
            budget -= bytes as f64;
            if whole {
                let at = (now + (link.takes)(now)).max(flying.back().map_or(0, |(at, _)| *at));
                flying.push_back((at, unit));
            }
        }
        while flying.front().is_some_and(|(at, _)| *at <= now) {
            let (at, unit) = flying.pop_front().unwrap();
            let off = at as i64 - unit.pts;
            fastest.retain(|(when, _)| when + 15_000 > now);
            while fastest.back().is_some_and(|(_, other)| *other >= off) {
                fastest.pop_back();
            }
            fastest.push_back((now, off));
            newest_late = (off - fastest.front().unwrap().1) as u64;
            last_end = last_end.max(unit.pts + unit.lasts);
            match unit.video {
                true => story.shown.push(at),
                false => story.sound.push((at, (off - (link.takes)(at) as i64).max(0) as u64)),
            }
        }
        if now % 250 == 0 && last_end > 0 {
            let report = Report {
                last: MediaTime::ZERO + MediaDelta::from_millis(last_end),
                late: MediaDelta::from_millis(newest_late as i64),
                decode: MediaDelta::from_millis(4),
            };
            reports.push_back((now + (link.takes)(now), report));
        }
    }
    println!("{:.2} Mbit/s sent on average", sent as f64 * 8e-6 / seconds as f64);
    story
}

fn departed(at: Monotonic, unit: &Unit) -> Departed {
    Departed {
        at,
        pts: MediaTime::ZERO + MediaDelta::from_millis(unit.pts),
        duration: MediaDelta::from_millis(unit.lasts),
        bytes: unit.bytes as u32,
        video: unit.video,
    }
}

const WIDE: fn(u64) -> u64 = |_| 100_000_000;

#[test]
fn a_clean_link_loses_nothing() {
    let story = stream(&Link { carries: WIDE, takes: |_| 10, sound: true }, Tier::High, false, 60);
    story.tell("clean", &[0..30, 30..60]);
    assert_eq!((story.changes.len(), story.skipped.len(), story.flushes), (0, 0, 0));
}

/// HO-13, HO-16: without sound nothing is on the way between two pictures, which is no shorter way.
#[test]
fn a_long_path_without_sound_is_no_queue() {
    let story = stream(&Link { carries: WIDE, takes: |_| 120, sound: false }, Tier::High, false, 60);
    story.tell("120 ms without sound", &[0..30, 30..60]);
    assert_eq!((story.changes.len(), story.skipped.len(), story.flushes), (0, 0, 0));
    let longer = |now| if now > 10_000 { 200 } else { 120 };
    let story = stream(&Link { carries: WIDE, takes: longer, sound: false }, Tier::High, false, 60);
    story.tell("then 200 ms", &[0..10, 10..30, 30..60]);
    assert_eq!(story.pictures(30..60).1, 0, "accepted for good");
    let story = stream(&Link { carries: |_| 2_000_000, takes: |_| 20, sound: false }, Tier::High, false, 60);
    story.tell("2 Mbit/s without sound", &[0..10, 10..60]);
    assert!(story.changes.first().is_some_and(|(_, change)| change.tier < Tier::High));
    let (shown, skipped) = story.pictures(10..60);
    assert!(skipped * 10 < shown, "{skipped} skipped of {shown}");
}

/// HO-16: down with a reason, the delay comes back while the limit holds, up again when it ends.
#[test]
fn a_link_of_a_quarter_of_the_rate_lowers_it_until_the_delay_is_back_and_raises_it_after_the_end() {
    let carries = |now| if (10_000..40_000).contains(&now) { 1_500_000 } else { 100_000_000 };
    let story = stream(&Link { carries, takes: |_| 15, sound: true }, Tier::High, false, 160);
    story.tell("1.5 Mbit/s from 10 to 40 s", &[0..10, 10..14, 14..20, 20..40, 40..60, 140..160]);
    assert_eq!(story.pictures(0..10).1, 0);
    let (down, change) = &story.changes[0];
    assert!(change.tier < Tier::High && (12_000..14_000).contains(down), "{down} {change:?}");
    assert!(change.reason.contains("the network is slow"));
    assert!(story.late(14..40, 0.95) < 100, "the delay is back");
    let (shown, skipped) = story.pictures(20..40);
    assert!(skipped * 10 < shown, "{skipped} skipped of {shown}");
    let (_, last) = story.changes.last().unwrap();
    assert_eq!((last.tier, last.bitrate), (Tier::High, 6_000_000));
    assert!(last.reason.starts_with("calm for"));
}

#[test]
fn a_link_that_is_a_little_too_slow_is_met_by_fewer_bits_of_the_same_tier() {
    let carries = |now| if now > 10_000 { 5_000_000 } else { 100_000_000 };
    let story = stream(&Link { carries, takes: |_| 20, sound: true }, Tier::High, false, 60);
    story.tell("5 Mbit/s from 10 s on", &[10..20, 20..60]);
    assert!(story.changes.iter().all(|(_, change)| change.tier == Tier::High), "the tier stays");
    assert!(story.late(20..60, 0.95) < 150);
}

#[test]
fn a_pinned_tier_on_a_slow_link_skips_pictures_and_keeps_the_sound_in_time() {
    let carries = |now| if now > 5_000 { 2_000_000 } else { 100_000_000 };
    let story = stream(&Link { carries, takes: |_| 15, sound: true }, Tier::High, true, 60);
    story.tell("2 Mbit/s, pinned high", &[0..5, 10..60]);
    assert_eq!(story.changes.len(), 0);
    let (shown, skipped) = story.pictures(10..60);
    assert!(skipped > shown && shown > 50 * 5, "{shown} shown, {skipped} skipped");
    assert!(story.sound.len() > 59 * 50, "{} packets of sound", story.sound.len());
    assert!(story.late(10..60, 0.5) < 150 && story.late(10..60, 0.95) < 400);
}

/// A longer path is no queue: nothing drains, and nothing is given up for it.
#[test]
fn a_path_that_becomes_longer_is_accepted() {
    for longer in [|now| if now > 10_000 { 100 } else { 20 }, |now| if now > 10_000 { 220 } else { 20 }] {
        let story = stream(&Link { carries: WIDE, takes: longer, sound: true }, Tier::High, false, 60);
        story.tell("a longer path", &[0..10, 10..14, 14..60]);
        assert_eq!(story.changes.len(), 0);
        assert_eq!(story.pictures(14..60).1, 0, "accepted for good");
        let (_, skipped) = story.pictures(10..14);
        assert!(skipped < 75, "{skipped} of 120 pictures");
    }
}

#[test]
fn a_stall_lowers_no_tier_and_pictures_are_back_at_once() {
    let carries = |now| if (10_000..13_000).contains(&now) { 0 } else { 20_000_000 };
    let story = stream(&Link { carries, takes: |_| 20, sound: true }, Tier::High, false, 30);
    story.tell("a stall of 3 s", &[0..10, 10..14, 14..30]);
    assert_eq!(story.changes.len(), 0);
    let first = story.shown.iter().find(|at| **at > 13_300).unwrap();
    assert!(*first < 13_700, "{first}");
    assert!(story.pictures(14..30).1 < 10);
}

/// Outages of 60 to 200 ms, one in five seconds: what Wi-Fi does.
#[test]
fn outages_of_a_wireless_link_cost_few_pictures_and_no_tier() {
    let carries = |now: u64| {
        let (period, within) = (now / 5000, now % 5000);
        let begins = period.wrapping_mul(2_654_435_761) % 4500;
        let lasts = 60 + period.wrapping_mul(40_503) % 140;
        if (begins..begins + lasts).contains(&within) { 0 } else { 30_000_000 }
    };
    let story = stream(&Link { carries, takes: |_| 3, sound: true }, Tier::High, false, 300);
    story.tell("outages", &[0..150, 150..300]);
    assert_eq!(story.changes.len(), 0);
    let (shown, skipped) = story.pictures(0..300);
    assert!(skipped * 100 < shown, "{skipped} skipped of {shown}");
}

/// What stood before the client came is its measure of the path; the server knows better.
#[test]
fn a_queue_that_has_stood_longer_than_the_clients_window_is_noticed() {
    let carries = |now| if now > 2_000 { 5_900_000 } else { 100_000_000 };
    let story = stream(&Link { carries, takes: |_| 15, sound: true }, Tier::High, false, 120);
    story.tell("a little under the rate for two minutes", &[0..30, 30..60, 60..120]);
    assert!(story.late(30..120, 0.95) < 150);
}
