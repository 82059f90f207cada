//! What is on its way: which units have left for the socket, which of them the client has told to have, how long they take, and
//! how fast they arrive. The server's own knowledge, on its own clock: a queue that has stood for so long that the client takes
//! it for the path itself is seen here. Reads no clock; neighbour: `adaptation` decides on it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::media::{MediaDelta, MediaTime, Monotonic};

/// Units on the way that are remembered; of more the oldest are forgotten. Sound and pictures make 80 a second: 12 s.
const MAX_UNITS: usize = 1024;

/// Window of the shortest way: as long as BBR's (RFC draft-ietf-ccwg-bbr: 10 s) is too short for what may not drain by itself.
const BINS: usize = 12;
const BIN: Duration = Duration::from_secs(5);

/// Reports whose arrivals make the measured rate: two seconds.
const BUSY_REPORTS: usize = 8;

/// Units whose lateness in leaving is compared with what the client says of its newest.
const OWN: usize = 8;

/// A unit that has been handed to the socket whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departed {
    /// When.
    pub at: Monotonic,
    /// Its presentation time.
    pub pts: MediaTime,
    /// How long it lasts.
    pub duration: MediaDelta,
    /// Its bytes with all headers.
    pub bytes: u32,
    /// Whether it is a picture.
    pub video: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Monotonic,
    end: MediaTime,
    /// Bytes of pictures that had left with this unit.
    video: u64,
}

#[derive(Debug, Default)]
pub(super) struct Flight {
    /// Not known to have arrived, oldest first.
    out: VecDeque<Entry>,
    newest_end: Option<MediaTime>,
    left: Option<Monotonic>,
    video: u64,
    /// Bits of a picture, a mean of the latest.
    picture_bits: f64,
    arrived: Option<Entry>,
    /// Shortest way by bins, newest last.
    ways: VecDeque<(Monotonic, MediaDelta)>,
    /// Offsets of the latest departures from their timestamps, and the smallest of a window.
    own: VecDeque<MediaDelta>,
    own_least: VecDeque<(Monotonic, MediaDelta)>,
    heard: Option<Monotonic>,
    busy: VecDeque<(Duration, u64)>,
}

/// What a report tells of the way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    /// Age of the oldest unit on the way, above the shortest way known; zero where all have arrived.
    pub(super) standing: MediaDelta,
    /// Whether anything arrived since the report before, or nothing was on the way.
    pub(super) moves: bool,
    /// By how much the latest units left late by the server's own doing.
    pub(super) own_lateness: MediaDelta,
}

impl Flight {
    pub(super) fn departed(&mut self, unit: Departed) {
        let off = MediaDelta::from_micros(micros(unit.at).saturating_sub(unit.pts.as_micros()));
        if self.own.len() == OWN {
            self.own.pop_front();
        }
        self.own.push_back(off);
        note_least(&mut self.own_least, unit.at, off);
        self.left = Some(unit.at);
        if unit.video {
            self.video += u64::from(unit.bytes);
            self.picture_bits += (f64::from(unit.bytes) * 8.0 - self.picture_bits) / OWN as f64;
        }
        let end = unit.pts + unit.duration;
        // The client tells the newest time that it has: a unit that does not raise it arrives with the one that does.
        if self.newest_end.is_none_or(|newest| end > newest) {
            self.newest_end = Some(end);
            if self.out.len() == MAX_UNITS {
                self.out.pop_front();
            }
            self.out.push_back(Entry { at: unit.at, end, video: self.video });
        }
    }

    /// The client has everything up to this time.
    pub(super) fn heard(&mut self, now: Monotonic, last: MediaTime) -> Way {
        let before = self.arrived.map_or(0, |entry| entry.video);
        let waiting = self.out.len();
        while let Some(first) = self.out.front().copied().filter(|first| first.end <= last) {
            self.arrived = Some(first);
            self.out.pop_front();
        }
        let news = self.out.len() < waiting;
        if let Some(arrived) = self.arrived.filter(|_| news) {
            // It came before the report left, so no way is shorter than this makes it.
            note_least(&mut self.ways, now, now.signed_since(arrived.at));
        }
        let age = self.out.front().map_or(MediaDelta::ZERO, |first| now.signed_since(first.at));
        let moves = waiting == 0 || news;
        if let Some(heard) = self.heard.replace(now) {
            if self.busy.len() == BUSY_REPORTS {
                self.busy.pop_front();
            }
            let arrived = self.arrived.map_or(0, |entry| entry.video);
            self.busy.push_back((now.since(heard), arrived.saturating_sub(before)));
        }
        if !moves {
            // A path that stands still tells nothing about what it carries when it does not.
            self.busy.clear();
        }
        Way {
            standing: least(&self.ways).map_or(MediaDelta::ZERO, |way| (age - way).max(MediaDelta::ZERO)),
            moves,
            own_lateness: self.own_lateness(),
        }
    }

    /// There is no queue: what arrived since tells nothing about what the way can carry.
    pub(super) fn is_free(&mut self) {
        self.busy.clear();
    }

    /// Bits of pictures that arrived each second, since there is a queue; `None` where less than half a second tells it.
    pub(super) fn video_rate(&self) -> Option<f64> {
        let time: Duration = self.busy.iter().map(|(time, _)| *time).sum();
        let bytes: u64 = self.busy.iter().map(|(_, bytes)| *bytes).sum();
        (time >= Duration::from_millis(500)).then(|| bytes as f64 * 8.0 / time.as_secs_f64())
    }

    /// Bits of a picture, a mean of the latest.
    pub(super) fn picture_bits(&self) -> f64 {
        self.picture_bits
    }

    /// Whether a unit that left at or after a moment is known to have arrived.
    pub(super) fn arrived_since(&self, moment: Monotonic) -> bool {
        self.arrived.is_some_and(|entry| entry.at >= moment)
    }

    /// Whether anything left at or after a moment.
    pub(super) fn left_since(&self, moment: Monotonic) -> bool {
        self.left.is_some_and(|left| left >= moment)
    }

    /// The way is as long as it is now: what was measured before belongs to another one.
    pub(super) fn accept(&mut self, now: Monotonic) {
        self.ways.clear();
        self.busy.clear();
        if let Some(arrived) = self.arrived {
            note_least(&mut self.ways, now, now.signed_since(arrived.at));
        }
    }

    /// The worst of the latest units: which of them was the client's newest is not known, and what the server did is no queue.
    fn own_lateness(&self) -> MediaDelta {
        let worst = self.own.iter().max().copied().unwrap_or_default();
        least(&self.own_least).map_or(MediaDelta::ZERO, |least| (worst - least).max(MediaDelta::ZERO))
    }
}

/// Notes a value in the bin of its time; at most [`BINS`] bins are kept.
fn note_least(bins: &mut VecDeque<(Monotonic, MediaDelta)>, at: Monotonic, value: MediaDelta) {
    match bins.back_mut() {
        Some((since, least)) if at.since(*since) < BIN => *least = value.min(*least),
        _ => {
            if bins.len() == BINS {
                bins.pop_front();
            }
            bins.push_back((at, value));
        }
    }
}

fn least(bins: &VecDeque<(Monotonic, MediaDelta)>) -> Option<MediaDelta> {
    bins.iter().map(|(_, least)| *least).min()
}

fn micros(at: Monotonic) -> i64 {
    i64::try_from(at.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: i64) -> MediaDelta {
        MediaDelta::from_millis(millis)
    }

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    fn time(millis: i64) -> MediaTime {
        MediaTime::ZERO + ms(millis)
    }

    /// Twenty pictures of 1000 bytes, 20 ms apart, on time.
    fn sent() -> Flight {
        let mut flight = Flight::default();
        for index in 0..20 {
            let pts = time(index * 20);
            flight.departed(Departed { at: at(index as u64 * 20), pts, duration: ms(20), bytes: 1000, video: true });
        }
        flight
    }

    #[test]
    fn the_oldest_unit_on_the_way_tells_how_long_the_queue_is() {
        let mut flight = sent();
        // What left up to 80 ms has arrived by 110 ms: the way is 30 ms. The next, of 100 ms, is under way for 10.
        assert_eq!(flight.heard(at(110), time(100)).standing, ms(0));
        let later = flight.heard(at(380), time(200));
        assert_eq!(later.standing, ms(380 - 200 - 30));
        assert!(later.moves && !flight.heard(at(630), time(200)).moves);
    }

    #[test]
    fn nothing_on_the_way_is_no_queue_and_no_shorter_way() {
        let mut flight = sent();
        flight.heard(at(110), time(100));
        let all = flight.heard(at(9000), time(400));
        assert_eq!((all.standing, all.moves), (ms(0), true));
        assert!(flight.left_since(at(380)) && flight.arrived_since(at(380)) && !flight.arrived_since(at(381)));
        let next = Departed { at: at(9010), pts: time(9000), duration: ms(20), bytes: 1000, video: true };
        flight.departed(next);
        assert_eq!(flight.heard(at(9012), time(400)).standing, ms(0));
        assert_eq!(flight.heard(at(9100), time(400)).standing, ms(90 - 30));
    }

    #[test]
    fn what_arrives_while_there_is_a_queue_is_the_rate_of_the_way() {
        let mut flight = sent();
        flight.heard(at(130), time(100));
        assert_eq!(flight.video_rate(), None);
        flight.heard(at(380), time(200));
        flight.heard(at(630), time(300));
        assert_eq!(flight.video_rate(), Some(10_000.0 * 8.0 / 0.5));
        flight.is_free();
        assert_eq!(flight.video_rate(), None);
    }

    #[test]
    fn a_unit_that_left_late_is_the_servers_doing() {
        let mut flight = sent();
        let late = Departed { at: at(470), pts: time(400), duration: ms(20), bytes: 1, video: true };
        flight.departed(late);
        assert_eq!(flight.heard(at(500), time(400)).own_lateness, ms(70));
    }

    #[test]
    fn units_that_nobody_acknowledges_are_forgotten_at_last() {
        let mut flight = Flight::default();
        for index in 0..5000 {
            flight.departed(Departed { at: at(index), pts: time(index as i64), duration: ms(1), bytes: 1, video: false });
        }
        assert_eq!(flight.out.len(), MAX_UNITS);
    }
}
