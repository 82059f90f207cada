//! What the keys of a player mean, as in a tape deck's transport: where to go, whether to move, how fast. Clock-free: it is told
//! how the stage stands and says what is to be done next. Everything that breaks the flow (a jump, a pause, another speed) is one
//! thing to it: a new timeline that is made ready, and started or not.

use super::status::Motion;
use super::timeline::Timeline;
use crate::media::{Epoch, MediaDelta, MediaTime, Place};

/// The speeds that keys go through.
pub const SPEEDS: [f64; 9] = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0];

/// What a user asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Go on; from the start where it has ended.
    Play,
    /// Stand still.
    Pause,
    /// The one or the other.
    Toggle,
    /// Go to a place on the clip's time.
    Seek(MediaDelta),
    /// Go on by so much, or back.
    Jump(MediaDelta),
    /// Stand still and go on by so many pictures, or back.
    Step(i32),
    /// Clip seconds per second, 0.25 to 4; the pitch stays.
    Speed(f64),
    /// The next of the usual speeds.
    Faster,
    /// The one before.
    Slower,
    /// Begin anew at the end, or not.
    Round(bool),
    /// The one or the other.
    ToggleRound,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    /// Hand over the start of this timeline, on this epoch of the stage, without letting it run.
    Cue(Timeline, Epoch),
    /// Let it run.
    Start,
    /// Go round from here on, or end with the lap that was reached.
    Round(bool),
}

/// The transport.
#[derive(Clone, Debug)]
pub struct Transport {
    length: MediaDelta,
    lap: MediaDelta,
    speed: f64,
    round: bool,
    /// The flow is to move.
    play: bool,
    motion: Motion,
    timeline: Timeline,
    epoch: Epoch,
    /// A timeline is being made ready.
    in_flight: bool,
    /// Where to go next; the newest wish counts.
    wanted: Option<MediaDelta>,
    /// Where it stands or will stand.
    at: MediaDelta,
    /// Going round was changed while it flows.
    turned: bool,
}

impl Transport {
    /// At a place of a clip of a length, which begins anew after `lap`.
    #[must_use]
    pub fn new(length: MediaDelta, lap: MediaDelta, from: MediaDelta, speed: f64, round: bool, play: bool) -> Self {
        let at = from.max(MediaDelta::ZERO).min(length);
        let speed = sane(speed);
        Self {
            length,
            lap,
            speed,
            round,
            play,
            motion: Motion::Cueing,
            timeline: Timeline::new(at, speed, lap, length, round),
            epoch: Epoch(0),
            in_flight: false,
            wanted: Some(at),
            at,
            turned: false,
        }
    }

    /// Takes an order. [`Order::Step`] needs to know pictures: see [`Transport::stand_at`].
    pub fn order(&mut self, order: Order, place: &Place) {
        match order {
            Order::Play => self.move_on(true, place),
            Order::Pause => self.move_on(false, place),
            Order::Toggle => self.move_on(!self.play || self.motion == Motion::Ended, place),
            Order::Seek(to) => self.go(to),
            Order::Jump(by) => self.go(self.position(place) + by),
            Order::Step(_) => self.move_on(false, place),
            Order::Speed(speed) => self.run_at(sane(speed), place),
            Order::Faster => {
                let faster = SPEEDS.into_iter().find(|speed| *speed > self.speed + 1e-9);
                self.run_at(faster.unwrap_or(self.speed), place);
            }
            Order::Slower => {
                let slower = SPEEDS.into_iter().rev().find(|speed| *speed < self.speed - 1e-9);
                self.run_at(slower.unwrap_or(self.speed), place);
            }
            Order::Round(round) => self.turn(round),
            Order::ToggleRound => self.turn(!self.round),
        }
    }

    /// Stands still at a place.
    pub fn stand_at(&mut self, place: MediaDelta) {
        self.play = false;
        self.go(place);
    }

    /// What is to be done next, if anything. `fed`: the start of the newest timeline, and all that its picture needs, was handed over.
    /// `ready`: the sound device runs, or is not waited for.
    pub fn poll(&mut self, place: &Place, fed: bool, ready: bool) -> Option<Act> {
        if self.in_flight && fed && ready && place.epoch == Some(self.epoch) && place.picture_is_ready {
            self.in_flight = false;
            self.motion = Motion::Paused;
        }
        if !self.in_flight
            && let Some(to) = self.wanted.take()
        {
            // The first epoch is 0: a stage that has played nothing has none.
            self.epoch = self.epoch.next();
            self.timeline = Timeline::new(to, self.speed, self.lap, self.length, self.round);
            self.at = self.timeline.from();
            (self.in_flight, self.turned) = (true, false);
            self.motion = Motion::Cueing;
            return Some(Act::Cue(self.timeline, self.epoch));
        }
        if std::mem::take(&mut self.turned) && matches!(self.motion, Motion::Playing | Motion::Paused) {
            return Some(Act::Round(self.round));
        }
        if self.motion == Motion::Paused && self.play {
            self.motion = Motion::Playing;
            return Some(Act::Start);
        }
        let over = |end: MediaTime| self.stage_time(place) >= end;
        if self.motion == Motion::Playing && self.timeline.end().is_some_and(over) {
            if self.round {
                self.wanted = Some(MediaDelta::ZERO);
                return self.poll(place, fed, ready);
            }
            self.motion = Motion::Ended;
            self.at = self.length;
        }
        None
    }

    /// Takes over what became of going round.
    pub fn took(&mut self, timeline: Timeline) {
        self.timeline = timeline;
    }

    /// What is seen and heard, on the clip's time.
    #[must_use]
    pub fn position(&self, place: &Place) -> MediaDelta {
        match (self.motion, self.wanted) {
            // Whoever asks twice in a row goes on from where the first question leads.
            (_, Some(wanted)) => wanted,
            (Motion::Playing, None) => self.timeline.place(self.stage_time(place)).1,
            _ => self.at,
        }
    }

    /// How often the clip has come round on this timeline.
    #[must_use]
    pub fn laps(&self, place: &Place) -> u64 {
        if self.motion == Motion::Playing { self.timeline.place(self.stage_time(place)).0 } else { 0 }
    }

    /// Whether it moves.
    #[must_use]
    pub const fn motion(&self) -> Motion {
        self.motion
    }

    /// Whether it is to move, also while it is on its way to a place.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.play && self.motion != Motion::Ended
    }

    /// Clip seconds per second.
    #[must_use]
    pub const fn speed(&self) -> f64 {
        self.speed
    }

    /// Begins anew at the end.
    #[must_use]
    pub const fn goes_round(&self) -> bool {
        self.round
    }

    /// The stage's time of this timeline: what is heard or, half a refresh further, what is on the screen. Who stops there sees the
    /// same picture again.
    fn stage_time(&self, place: &Place) -> MediaTime {
        let position = place.position.filter(|_| place.epoch == Some(self.epoch)).unwrap_or(MediaTime::ZERO);
        let shown = place.shown.filter(|(epoch, _)| *epoch == self.epoch).map_or(MediaTime::ZERO, |(_, pts)| pts);
        position.max(shown)
    }

    fn move_on(&mut self, play: bool, place: &Place) {
        match self.motion {
            Motion::Ended if play => self.go(MediaDelta::ZERO),
            Motion::Playing if !play => self.go(self.position(place)),
            _ => {}
        }
        self.play = play;
    }

    fn run_at(&mut self, speed: f64, place: &Place) {
        if speed.to_bits() == self.speed.to_bits() {
            return;
        }
        let position = self.position(place);
        self.speed = speed;
        if self.motion != Motion::Ended {
            self.go(position);
        }
    }

    fn turn(&mut self, round: bool) {
        self.turned |= round != self.round;
        self.round = round;
    }

    fn go(&mut self, to: MediaDelta) {
        self.wanted = Some(to.max(MediaDelta::ZERO).min(self.length));
    }
}

fn sane(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(SPEEDS[0], SPEEDS[SPEEDS.len() - 1]) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: MediaDelta = MediaDelta::from_millis(10_000);

    /// A stage that does at once what it is told, and a clock by hand.
    struct Deck {
        transport: Transport,
        place: Place,
        cues: Vec<(i64, f64)>,
        runs: bool,
    }

    impl Deck {
        fn new(round: bool) -> Self {
            let transport = Transport::new(LENGTH, LENGTH, MediaDelta::ZERO, 1.0, round, true);
            let mut deck = Self { transport, place: Place::default(), cues: Vec::new(), runs: false };
            deck.settle();
            deck
        }

        fn settle(&mut self) {
            for _ in 0..10 {
                match self.transport.poll(&self.place, true, true) {
                    Some(Act::Cue(timeline, epoch)) => {
                        self.cues.push((timeline.from().as_micros() / 1000, timeline.speed()));
                        self.runs = false;
                        self.place = Place { epoch: Some(epoch), picture_is_ready: true, ..Place::default() };
                    }
                    Some(Act::Start) => {
                        self.runs = true;
                        self.place.position = Some(MediaTime::ZERO);
                    }
                    Some(Act::Round(round)) => {
                        let mut timeline = self.transport.timeline;
                        timeline.go_round((!round).then(|| self.transport.laps(&self.place)));
                        self.transport.took(timeline);
                    }
                    None => {}
                }
            }
        }

        fn run(&mut self, ms: i64) {
            if let Some(position) = &mut self.place.position {
                *position += MediaDelta::from_millis(ms);
            }
            self.settle();
        }

        fn order(&mut self, order: Order) {
            self.transport.order(order, &self.place);
            self.settle();
        }

        fn at(&self) -> i64 {
            self.transport.position(&self.place).as_micros() / 1000
        }
    }

    #[test]
    fn it_begins_at_the_start_and_runs() {
        let mut deck = Deck::new(false);
        assert!(deck.runs && deck.transport.motion() == Motion::Playing);
        deck.run(2_500);
        assert_eq!((deck.at(), deck.cues.len()), (2_500, 1));
    }

    #[test]
    fn a_pause_stands_where_the_picture_on_the_screen_begins_at_the_earliest_and_goes_on_from_there() {
        let mut deck = Deck::new(false);
        deck.run(995);
        // The screen is half a refresh ahead of the sound.
        deck.place.shown = Some((deck.place.epoch.unwrap(), MediaTime::from_micros(1_000_000)));
        deck.order(Order::Toggle);
        assert_eq!((deck.at(), deck.runs, deck.transport.motion()), (1_000, false, Motion::Paused));
        deck.run(5_000);
        assert_eq!(deck.at(), 1_000, "time does not pass");
        deck.order(Order::Toggle);
        deck.run(500);
        assert_eq!((deck.at(), deck.cues.last()), (1_500, Some(&(1_000, 1.0))), "one cue serves the pause and what follows");
        assert_eq!(deck.cues.len(), 2);
    }

    #[test]
    fn speed_changes_where_it_is_and_counts_from_there() {
        let mut deck = Deck::new(false);
        deck.run(1_000);
        deck.order(Order::Faster);
        deck.order(Order::Faster);
        assert_eq!(deck.transport.speed(), 1.5);
        deck.run(2_000);
        assert_eq!(deck.at(), 4_000);
        deck.order(Order::Speed(f64::NAN));
        deck.order(Order::Speed(100.0));
        assert_eq!(deck.transport.speed(), 4.0);
        deck.order(Order::Slower);
        assert_eq!(deck.transport.speed(), 3.0);
    }

    #[test]
    fn jumps_add_up_and_stay_inside_of_the_clip() {
        let mut deck = Deck::new(false);
        deck.run(3_000);
        let by = MediaDelta::from_millis(2_000);
        deck.transport.order(Order::Jump(by), &deck.place);
        deck.transport.order(Order::Jump(by), &deck.place);
        deck.settle();
        assert_eq!(deck.cues[1..], [(7_000, 1.0)], "two in a row are one way");
        deck.order(Order::Seek(MediaDelta::from_millis(-5)));
        assert_eq!(deck.at(), 0);
        deck.order(Order::Seek(MediaDelta::from_millis(50_000)));
        assert_eq!((deck.at(), deck.transport.motion()), (10_000, Motion::Ended));
    }

    #[test]
    fn while_a_place_is_made_ready_only_the_newest_wish_waits() {
        let mut deck = Deck::new(false);
        deck.transport.order(Order::Seek(MediaDelta::from_millis(1_000)), &deck.place);
        let Some(Act::Cue(_, epoch)) = deck.transport.poll(&deck.place, true, true) else { panic!("no cue") };
        deck.place = Place { epoch: Some(epoch), ..Place::default() };
        for ms in 2..9 {
            deck.transport.order(Order::Seek(MediaDelta::from_millis(ms * 1000)), &deck.place);
            assert_eq!(deck.transport.poll(&deck.place, true, true), None, "the picture is not ready");
        }
        deck.place.picture_is_ready = true;
        deck.settle();
        assert_eq!((deck.cues.last(), deck.at()), (Some(&(8_000, 1.0)), 8_000));
    }

    #[test]
    fn at_its_end_it_stands_and_plays_again_from_the_start() {
        let mut deck = Deck::new(false);
        deck.run(10_000);
        assert_eq!((deck.at(), deck.transport.motion()), (10_000, Motion::Ended));
        deck.order(Order::Toggle);
        assert_eq!((deck.at(), deck.transport.motion(), deck.runs), (0, Motion::Playing, true));
    }

    #[test]
    fn going_round_breaks_nothing_and_ends_with_its_lap_when_it_is_turned_off() {
        let mut deck = Deck::new(true);
        deck.run(25_000);
        assert_eq!((deck.at(), deck.transport.laps(&deck.place), deck.cues.len()), (5_000, 2, 1));
        deck.order(Order::ToggleRound);
        deck.run(5_001);
        assert_eq!((deck.at(), deck.transport.motion(), deck.cues.len()), (10_000, Motion::Ended, 1));
        let mut deck = Deck::new(false);
        deck.run(4_000);
        deck.order(Order::ToggleRound);
        deck.run(8_000);
        assert_eq!((deck.at(), deck.transport.motion(), deck.cues.len()), (2_000, Motion::Playing, 1));
    }

    #[test]
    fn stepping_stands_still() {
        let mut deck = Deck::new(false);
        deck.run(4_000);
        deck.transport.stand_at(MediaDelta::from_millis(4_040));
        deck.settle();
        assert_eq!((deck.at(), deck.runs), (4_040, false));
    }
}
