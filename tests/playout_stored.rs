//! Playout of a source that is there beforehand, in virtual time: it stands until it is told to run, shows what comes in decoding order
//! in its own, and never what only helps to decode.

mod cases;
mod playout_sim;

use playout_sim::{Stream, frame_of};
use proptest::prelude::*;
use seaglass::media::{Epoch, MediaDelta, MediaTime, Monotonic, Packet, Track};
use seaglass::playout::{Controller, Preset};

const REFRESH: i64 = 16_667;

struct Deck {
    playout: Controller,
    template: Packet,
    sequence: u64,
    now: i64,
    shown: Vec<(u32, i64)>,
}

impl Deck {
    fn new() -> Self {
        let made = Stream { seconds: 0.1, ..Stream::default() }.packets(|_| 0);
        let template = made.into_iter().find(|packet| packet.track() == Track::Video).expect("made");
        let mut playout = Controller::new(Preset::Balanced, MediaDelta::from_micros(REFRESH));
        playout.set_stored();
        Self { playout, template, sequence: 0, now: 1_000_000, shown: Vec::new() }
    }

    fn moment(&self, later: i64) -> Monotonic {
        Monotonic::from_micros((self.now + later) as u64)
    }

    /// Pushes pictures by their times in milliseconds, in decoding order; the first is a keyframe, and one before zero lasts no time.
    fn push(&mut self, epoch: u32, times: &[i64]) {
        for (place, ms) in times.iter().enumerate() {
            let packet = Packet {
                epoch: Epoch(epoch),
                sequence: self.sequence,
                pts: MediaTime::from_micros(ms * 1000),
                duration: MediaDelta::from_millis(if *ms < 0 { 0 } else { 40 }),
                keyframe: place == 0,
                ..self.template.clone()
            };
            self.sequence += 1;
            self.playout.push(packet);
        }
    }

    fn run(&mut self, ms: i64) {
        for _ in 0..ms * 1000 / REFRESH {
            let now = self.moment(0);
            while let Some(packet) = self.playout.next_video(now, None) {
                self.playout.decoded(frame_of(&packet, now, now));
            }
            if let Some(frame) = self.playout.frame_for(now, self.moment(REFRESH), None) {
                self.shown.push((frame.epoch.0, frame.pts.as_micros() / 1000));
            }
            self.now += REFRESH;
        }
    }
}

#[test]
fn the_picture_at_zero_is_shown_and_nothing_moves_until_it_is_told_to() {
    let mut deck = Deck::new();
    deck.push(1, &[-80, -40, 0, 120, 40, 80]);
    deck.run(3_000);
    assert_eq!(deck.shown, [(1, 0)]);
    assert!(deck.playout.is_cued() && deck.playout.position(deck.moment(0)).is_none());
    deck.playout.start(deck.moment(50_000));
    deck.run(40);
    assert_eq!(deck.shown.len(), 1, "its time has not come");
    deck.run(400);
    assert_eq!(deck.shown, [0, 40, 80, 120].map(|ms| (1, ms)));
    assert_eq!(deck.playout.counts().led_in, 2);
    assert_eq!(deck.playout.drops_of(Track::Video).total(), 0);
}

#[test]
fn another_timeline_stands_still_again_and_the_last_picture_of_a_timeline_stays() {
    let mut deck = Deck::new();
    deck.push(1, &[0, 40, 80]);
    deck.playout.start(deck.moment(0));
    deck.run(1_000);
    assert_eq!(deck.shown.last(), Some(&(1, 80)));
    deck.push(2, &[0, 40]);
    deck.run(1_000);
    assert_eq!(deck.shown.last(), Some(&(2, 0)));
    deck.playout.start(deck.moment(0));
    deck.run(100);
    assert_eq!(deck.shown.last(), Some(&(2, 40)));
}

#[test]
fn a_start_before_any_packet_is_none() {
    let mut deck = Deck::new();
    deck.playout.start(deck.moment(0));
    deck.push(1, &[0, 40]);
    deck.run(200);
    assert_eq!(deck.shown, [(1, 0)]);
}

proptest! {
    #![proptest_config(cases::config(200))]

    /// HO-27: nothing runs backwards and nothing is lost uncounted, whatever order pictures are coded in.
    #[test]
    fn whatever_order_pictures_are_coded_in_they_are_shown_in_their_own_and_all_of_them(
        groups in prop::collection::vec((1_usize..12, any::<prop::sample::Index>()), 1..12),
    ) {
        let mut deck = Deck::new();
        let mut times = Vec::new();
        let mut next = 0;
        for (length, first) in groups {
            // As B pictures do: one is coded before others that are shown before it.
            let mut group: Vec<i64> = (next..next + length as i64).map(|number| number * 40).collect();
            let ahead = group.remove(first.index(length));
            group.insert(0, ahead);
            next += length as i64;
            times.extend(group);
        }
        // The first picture of a timeline stands at its zero.
        let zero = times.iter().position(|ms| *ms == 0).expect("there");
        times[..=zero].rotate_right(1);
        deck.push(1, &times);
        deck.run(100);
        deck.playout.start(deck.moment(0));
        deck.run(next * 40 + 200);
        let shown: Vec<i64> = deck.shown.iter().map(|(_, ms)| *ms).collect();
        prop_assert_eq!(shown, (0..next).map(|number| number * 40).collect::<Vec<_>>());
    }
}
