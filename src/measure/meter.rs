//! One session's way to tell what it does and sees. Cheap to clone, callable from any thread, allocates nothing for a packet; each call
//! holds the session's lock, its shard's and at times the house's for as long as it takes to count.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::commands::{Answer, Issued};
use super::frames::Came;
use super::hub::{Hub, lock};
use super::metric::Metric;
use super::seat::{Seat, SessionOutcome, Until};
use super::shard::Shard;
use crate::media::{DropCounts, MediaDelta, Monotonic, Packet};
use crate::stats::FrameTrace;

/// Measures one session.
#[derive(Clone, Debug)]
pub struct Meter {
    hub: Arc<Hub>,
    seat: Arc<Mutex<Seat>>,
    session: u32,
}

impl Meter {
    pub(super) const fn new(hub: Arc<Hub>, seat: Arc<Mutex<Seat>>, session: u32) -> Self {
        Self { hub, seat, session }
    }

    /// The session's number.
    #[must_use]
    pub const fn session(&self) -> u32 {
        self.session
    }

    /// Its create was answered.
    pub fn created(&self, now: Monotonic) {
        self.with(|seat, shard| seat.created(shard, self.hub.micros(now)));
    }

    /// The server's hello was read; of later streams it changes nothing.
    pub fn connected(&self, now: Monotonic) {
        self.with(|seat, shard| seat.connected(shard, self.hub.micros(now)));
    }

    /// Its world runs; later times change nothing.
    pub fn running(&self, now: Monotonic) {
        self.with(|seat, shard| seat.running(shard, self.hub.micros(now)));
    }

    /// A packet of either track was read, at its own stamps of arrival.
    pub fn packet(&self, packet: &Packet) {
        let came = self.with(|seat, shard| seat.packet(shard, self.hub.budget(), self.hub.origin(), packet));
        let at = || self.hub.micros(packet.arrival.last_byte);
        match came {
            Came::Another => {}
            Came::First => self.hub.house().stream(at(), true),
            Came::Again { lost_us, why } => {
                let mut house = self.hub.house();
                house.stream(at(), true);
                house.mark(lost_us, Some(at()), "reconnect", Some(self.session), &why);
            }
        }
    }

    /// A command was issued. Hands have no id, and no input number where they could not be sent for now.
    pub fn commanded(&self, kind: &'static str, id: Option<&str>, input: Option<u32>, due: Monotonic, issued: Monotonic) {
        let (due_us, issued_us) = (self.hub.micros(due), self.hub.micros(issued));
        let issued = Issued { kind, id, input, due_us, taken_us: issued_us, issued_us };
        self.with(|seat, shard| seat.commanded(shard, self.hub.budget(), &issued));
    }

    /// Hands that were taken up when no stream could have them were issued later, or, without an input number, given up then.
    pub fn commanded_late(&self, input: Option<u32>, due: Monotonic, taken: Monotonic, issued: Monotonic) {
        let (due_us, taken_us, issued_us) = (self.hub.micros(due), self.hub.micros(taken), self.hub.micros(issued));
        let issued = Issued { kind: "hands", id: None, input, due_us, taken_us, issued_us };
        self.with(|seat, shard| seat.commanded(shard, self.hub.budget(), &issued));
    }

    /// A command that was due was refused by this side.
    pub fn rejected(&self, kind: &'static str, due: Monotonic, now: Monotonic) {
        let (due, now) = (self.hub.micros(due), self.hub.micros(now));
        self.with(|seat, shard| seat.rejected(shard, self.hub.budget(), kind, due, now));
    }

    /// A command was acknowledged: when it was handed to the system, and when its answer was read.
    pub fn acknowledged(
        &self,
        id: &str,
        status: &str,
        sent: Option<Monotonic>,
        acknowledged: Monotonic,
        input: Option<u32>,
    ) {
        let sent_us = sent.map(|sent| self.hub.micros(sent));
        let answer = Answer { id, status, sent_us, at_us: self.hub.micros(acknowledged), input };
        self.with(|seat, shard| seat.acknowledged(shard, &answer));
    }

    /// A frame was presented.
    pub fn presented(&self, trace: &FrameTrace) {
        self.with(|seat, shard| seat.presented(shard, self.hub.origin(), trace));
    }

    /// The pixels of a frame that was presented then reflect this input.
    pub fn pixels(&self, input: u32, presented: Monotonic) {
        self.with(|seat, shard| seat.pixels(shard, input, self.hub.micros(presented)));
    }

    /// Sound minus picture, as it was seen and heard; positive: the sound is early.
    pub fn content_offset(&self, at: Monotonic, offset: MediaDelta) {
        self.with(|_, shard| shard.sample(Metric::AvContent, self.hub.micros(at), offset.as_micros()));
    }

    /// How much sound was made up, of how much in all. Once, at the end of a decoded session.
    pub fn concealed(&self, concealed: Duration, sounded: Duration) {
        let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.with(|_, shard| {
            shard.sums.concealed_us = shard.sums.concealed_us.saturating_add(micros(concealed));
            shard.sums.sounded_us = shard.sums.sounded_us.saturating_add(micros(sounded));
        });
    }

    /// A ping was answered: its round trip, and what the server's clock shows more than ours with the bound of that estimate.
    pub fn link(&self, now: Monotonic, rtt: Duration, ahead_us: i64, bound_us: u64) {
        let rtt = u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX);
        self.with(|seat, shard| seat.link(shard, self.hub.micros(now), rtt, ahead_us, bound_us));
    }

    /// The stream broke.
    pub fn lost(&self, now: Monotonic, why: &str) {
        let now = self.hub.micros(now);
        if self.with(|seat, shard| seat.lost(shard, now, why)) {
            self.hub.house().stream(now, false);
        }
    }

    /// The stream was taken up again.
    pub fn resumed(&self, now: Monotonic) {
        self.with(|seat, shard| seat.resumed(shard, self.hub.micros(now)));
    }

    /// A tier holds from now on; the first one is no change.
    pub fn tier(&self, now: Monotonic, name: &str, reason: &str) {
        let now = self.hub.micros(now);
        if let Some(text) = self.with(|seat, shard| seat.tier(shard, now, name, reason)) {
            self.hub.house().mark(now, None, "tier", Some(self.session), &text);
        }
    }

    /// What the session's streams lost and dropped in all, at its end.
    pub fn totals(&self, lost: u64, drops: &DropCounts) {
        self.with(|seat, shard| seat.totals(shard, lost, drops));
    }

    /// What the world has used so far; the latest word counts.
    pub fn spent(&self, seconds: f64, credits: Option<f64>) {
        self.with(|seat, _| {
            if seconds.is_finite() && seconds >= 0.0 {
                seat.row.seconds_used = seconds;
            }
            seat.row.credits = credits.filter(|credits| credits.is_finite()).or(seat.row.credits);
        });
    }

    /// `websocket` or `sse`.
    pub fn transport(&self, name: &str) {
        self.with(|seat, _| seat.row.transport = Some(super::house::clean(name)));
    }

    /// The session's end is wanted: from here on nothing counts but how long that takes.
    pub fn closing(&self, now: Monotonic) {
        let now = self.hub.micros(now);
        let until = self.with(|seat, shard| seat.closing(shard, now));
        self.end(now, until, None);
    }

    /// The session has ended, or is given up. The outcome as it counts: a session that nobody saw a frame of has not completed.
    pub fn closed(&self, now: Monotonic, outcome: SessionOutcome) -> SessionOutcome {
        let now = self.hub.micros(now);
        let (until, error, outcome) = self.with(|seat, shard| {
            let before = seat.row.closed_us.is_some();
            let (until, outcome) = seat.closed(shard, now, outcome);
            (until, seat.row.error.clone().filter(|_| !before), outcome)
        });
        self.end(now, until, error);
        outcome
    }

    /// Its world was found alive after it had closed: whatever became of the session, that is a leak.
    pub fn lives_on(&self) {
        self.with(Seat::lives_on);
    }

    /// The run ends: a session that nobody has closed was broken off.
    pub(super) fn abandon(&self, now: Monotonic) {
        self.closed(now, SessionOutcome::Aborted);
    }

    fn end(&self, now: u64, until: Until, error: Option<(String, String)>) {
        if !until.streamed && until.lost.is_none() && error.is_none() {
            return;
        }
        let mut house = self.hub.house();
        if until.streamed {
            house.stream(now, false);
        }
        if let Some((lost, why)) = until.lost {
            house.mark(lost, Some(now), "reconnect", Some(self.session), &format!("never back: {why}"));
        }
        if let Some((code, why)) = error {
            house.error(&code);
            house.mark(now, None, "error", Some(self.session), &format!("{code}: {why}"));
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Seat, &mut Shard) -> T) -> T {
        let mut seat = lock(&self.seat);
        act(&mut seat, &mut self.hub.shard(self.session))
    }
}
