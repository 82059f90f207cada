//! Where the server's tasks and the world's thread meet. Tasks lay orders on the desk and read what stands there; they never wait
//! for the thread. Everything on it is bounded: orders are refused when too many wait, the rest are slots where the latest wins.
//!
//! Lock order: the desk before an outlet, never the other way round.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::bell::Bell;
use super::limits::{Verdict, Watch};
use super::order::{DeskFull, MAX_ORDERS, Order, Reply, Snapshot};
use super::outlet::Outlet;
use super::plan::Plan;
use super::seat::{Attached, Opening, Seat};
use super::words::{Greeting, farewell, hello, replaced, tier_info, warning};
use crate::clock::Clock;
use crate::media::{MediaDelta, MediaTime, Monotonic, Tier};
use crate::sim::defect::Defect;
use crate::wire::{AudioState, Control, Down, EndReason, Feedback, Limits, Stage, Token, WorldState};

/// The desk of one world.
#[derive(Debug)]
pub struct Desk {
    plan: Plan,
    clock: Clock,
    inner: Mutex<Inner>,
    bell: Condvar,
    /// The bell of the hall in which it has a place, if it is one of many.
    hall: OnceLock<Arc<Bell>>,
}

#[derive(Debug)]
struct Inner {
    state: WorldState,
    state_version: u32,
    stage: Option<Stage>,
    /// Place in line and its length, while there is one.
    line: Option<(u32, u32)>,
    ended: Option<EndReason>,
    watch: Watch,
    tier: (Tier, bool),
    bitrate: u32,
    audio: AudioState,
    lived: MediaTime,
    /// It may not be begun yet.
    held: bool,
    skew: MediaDelta,
    seat: Seat,
    orders: VecDeque<Order>,
    hands: Option<Control>,
    keyframe: bool,
    feedback: Option<Feedback>,
    /// The same and when it came, until the thread takes it; the latest wins.
    report: Option<(Monotonic, Feedback)>,
}

/// Who watches a world, as a hall finds it.
pub(super) enum Visit {
    /// Nobody will any more.
    Ended,
    /// Nobody.
    Nobody,
    /// Who did before.
    Same,
    /// Somebody else, or again.
    Another(Attached),
}

/// What the thread takes at a frame boundary; its memory is reused.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) orders: VecDeque<Order>,
    pub(super) hands: Option<Control>,
    pub(super) keyframe: bool,
    pub(super) report: Option<(Monotonic, Feedback)>,
}

impl Desk {
    /// The desk of a world that is about to be built.
    #[must_use]
    pub fn new(plan: Plan, clock: Clock) -> Self {
        // Defect: the limits are announced, and that is all.
        let kept = if plan.defects.has(Defect::Endless) { Limits::default() } else { plan.limits.clone() };
        let watch = Watch::new(&kept);
        let inner = Inner {
            state: WorldState::Warming,
            state_version: 1,
            stage: None,
            line: None,
            ended: None,
            watch,
            tier: (plan.tier, false),
            bitrate: plan.tier.spec().video_bitrate,
            audio: super::audio_track::state(plan.audio.0, plan.audio.1),
            lived: MediaTime::ZERO,
            held: false,
            skew: MediaDelta::ZERO,
            seat: Seat::default(),
            orders: VecDeque::new(),
            hands: None,
            keyframe: false,
            feedback: None,
            report: None,
        };
        Self { plan, clock, inner: Mutex::new(inner), bell: Condvar::new(), hall: OnceLock::new() }
    }

    /// What the world was asked to be.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What stands on the desk now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let inner = self.inner();
        Snapshot {
            state: inner.state.clone(),
            state_version: inner.state_version,
            ended: inner.ended.clone(),
            tier: inner.tier.0,
            lived: inner.lived,
            attached: inner.seat.outlet().is_some(),
            feedback: inner.feedback.clone(),
            video_dropped: inner.seat.outlet().map_or(0, |outlet| outlet.video_dropped()),
            video_skipped: inner.seat.outlet().map_or(0, |outlet| outlet.video_skipped()),
            media_bytes: inner.seat.outlet().map_or(0, |outlet| outlet.bytes()),
        }
    }

    /// Whether a stream may be opened with this resume token.
    #[must_use]
    pub fn may_resume(&self, token: &Token) -> bool {
        self.inner().seat.may_resume(token)
    }

    /// The attached stream, if this is its number.
    #[must_use]
    pub fn stream(&self, number: u32) -> Option<Arc<Outlet>> {
        self.inner().seat.attached().filter(|attached| attached.stream == number).map(|attached| attached.outlet)
    }

    /// Attaches a stream: says hello on it and takes the place of the one before (HO-28). A stream that is to be resumed and is not
    /// its holder's any more is closed instead.
    pub fn attach(&self, outlet: &Arc<Outlet>, opening: Opening) {
        let mut inner = self.inner();
        if let Some(reason) = inner.ended.clone() {
            farewell(outlet, &reason);
            return;
        }
        let resumed = matches!(opening, Opening::Resume(_));
        let Some(before) = inner.seat.take(outlet, opening) else {
            replaced(outlet);
            return;
        };
        outlet.tell(&self.hello(&inner, resumed));
        if let Some(stage) = inner.stage.clone() {
            outlet.tell(&Down::Stage(stage));
        }
        if let Some((position, size)) = inner.line {
            outlet.tell(&Down::Queue { position, size });
        }
        inner.hands = None;
        inner.report = None;
        inner.keyframe = false;
        if let Some(before) = before {
            replaced(&before);
        }
        self.ring();
    }

    /// Detaches a stream whose socket is gone.
    pub fn detach(&self, outlet: &Arc<Outlet>) {
        outlet.abandon();
        let mut inner = self.inner();
        if inner.seat.leave(outlet) {
            inner.hands = None;
            self.ring();
        }
    }

    /// Lays down a command for the next frame. One of a stream that was replaced is dropped: its client sends it again where it goes
    /// on, and a client that was sent away has no say any more (HO-19).
    ///
    /// # Errors
    /// [`DeskFull`]; the command is dropped.
    pub fn order(&self, order: Order) -> Result<(), DeskFull> {
        let now = self.clock.now();
        let mut inner = self.inner();
        if let Reply::Stream(outlet) = &order.reply
            && !inner.seat.seats(outlet)
        {
            return Ok(());
        }
        inner.watch.wanted(now);
        if inner.orders.len() == MAX_ORDERS {
            return Err(DeskFull);
        }
        if inner.ended.is_none() {
            inner.orders.push_back(order);
        }
        self.ring();
        Ok(())
    }

    /// The state of the user's hands on a stream; the latest wins. Streams that were replaced hold nothing.
    pub fn hands(&self, outlet: &Arc<Outlet>, hands: Control) {
        let now = self.clock.now();
        let mut inner = self.inner();
        if inner.seat.seats(outlet) {
            inner.watch.wanted(now);
            inner.hands = Some(hands);
        }
    }

    /// Asks for a keyframe on a stream. Streams that were replaced get none.
    pub fn keyframe(&self, outlet: &Arc<Outlet>) {
        let mut inner = self.inner();
        if inner.seat.seats(outlet) {
            inner.keyframe = true;
        }
    }

    /// Takes the word of a stream's client on its playback; the latest wins. Streams that were replaced are not heard.
    pub fn feedback(&self, outlet: &Arc<Outlet>, feedback: Feedback) {
        let now = self.clock.now();
        let mut inner = self.inner();
        if inner.seat.seats(outlet) {
            inner.feedback = Some(feedback.clone());
            inner.report = Some((now, feedback));
        }
    }

    /// Ends the world: says why, closes its stream, lets its thread go. Waiting commands get no answer.
    pub fn end(&self, reason: EndReason) {
        let mut inner = self.inner();
        if inner.ended.is_some() {
            return;
        }
        inner.state = WorldState::Ended;
        inner.state_version += 1;
        inner.orders.clear();
        if let Some(outlet) = inner.seat.clear() {
            farewell(&outlet, &reason);
        }
        inner.ended = Some(reason);
        self.ring();
    }

    /// The world waits for its turn at this place.
    pub fn stand_in_line(&self, position: u32, size: u32) {
        let mut inner = self.inner();
        if inner.ended.is_none() && inner.line.replace((position, size)) != Some((position, size)) {
            inner.state = WorldState::Queued;
            tell(&inner, &Down::Queue { position, size });
        }
    }

    /// Its turn has come: it is being built.
    pub fn leave_line(&self) {
        self.inner().line = None;
        self.state(WorldState::Warming);
    }

    /// Waits for so long, or until the world ends.
    pub fn wait_for_end(&self, at_most: Duration) {
        drop(self.bell.wait_timeout_while(self.inner(), at_most, |inner| inner.ended.is_none()));
    }

    /// Whether the world has ended.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.inner().ended.is_some()
    }

    /// The attached stream.
    pub(super) fn attached(&self) -> Option<Attached> {
        self.inner().seat.attached()
    }

    /// Begins another timeline on the same stream.
    pub(super) fn next_epoch(&self) -> u32 {
        self.inner().seat.next_epoch()
    }

    pub(super) fn take(&self, taken: &mut Taken) {
        self.inner().give(taken);
    }

    /// As [`Desk::take`], with who watches and what has been lived: all that a hall wants at a frame boundary, under one lock.
    /// `stream`: the number of the one that watched last time, if any did.
    pub(super) fn visit(&self, stream: Option<u32>, lived: MediaTime, taken: &mut Taken) -> Visit {
        let mut inner = self.inner();
        if inner.ended.is_some() {
            return Visit::Ended;
        }
        inner.lived = lived;
        inner.give(taken);
        match inner.seat.outlet() {
            None => Visit::Nobody,
            Some(_) if stream == Some(inner.seat.stream()) => Visit::Same,
            Some(_) => inner.seat.attached().map_or(Visit::Nobody, Visit::Another),
        }
    }

    /// It gets a place in a hall, whose bell rings for it from now on.
    pub(super) fn seat_in(&self, bell: &Arc<Bell>) {
        drop(self.hall.set(Arc::clone(bell)));
    }

    /// The sound of timelines that begin from now on is so much later than the picture of the same time stamps: a fault on purpose.
    pub fn set_skew(&self, by: MediaDelta) {
        self.inner().skew = by;
    }

    pub(super) fn skew(&self) -> MediaDelta {
        self.inner().skew
    }

    /// It is kept from beginning until [`Desk::let_go`].
    pub fn hold(&self) {
        self.inner().held = true;
    }

    /// It may begin.
    pub fn let_go(&self) {
        self.inner().held = false;
        self.ring();
    }

    /// Whether it is kept from beginning.
    pub(super) fn is_held(&self) -> bool {
        self.inner().held
    }

    /// When a limit is due next.
    pub(super) fn deadline(&self) -> Option<Monotonic> {
        let inner = self.inner();
        inner.watch.next(inner.seat.outlet().is_some())
    }

    /// Warns of the limits that come near, and ends the world when one is reached.
    pub(super) fn keep_limits(&self) {
        let mut inner = self.inner();
        let now = self.clock.now();
        let heard = inner.seat.outlet().is_some();
        while inner.ended.is_none()
            && let Some(verdict) = inner.watch.verdict(now, heard)
        {
            match verdict {
                Verdict::Warn(limit, left) => tell(&inner, &warning(limit, left)),
                Verdict::End(reason) => {
                    drop(inner);
                    return self.end(reason);
                }
            }
        }
    }

    /// Tells what has been used, and what is left.
    pub(super) fn tick(&self, seconds_used: f64) {
        let inner = self.inner();
        let seconds_left = inner.watch.left(self.clock.now()).map(|left| left.as_secs_f64());
        let credits = self.plan.is_priced().then(|| self.plan.credits(seconds_used));
        tell(&inner, &Down::Tick { seconds_used, seconds_left, credits });
    }

    /// Waits for a command, a stream, a limit or the end; false if `at_most` passes before.
    pub(super) fn wait_for_work(&self, stream: Option<u32>, at_most: Duration) -> bool {
        let idle = |inner: &mut Inner| inner.orders.is_empty() && inner.ended.is_none() && inner.seat.timeline() == stream;
        let inner = self.inner();
        let limit = inner.watch.next(stream.is_some()).map(|limit| limit.since(self.clock.now()));
        let wait = limit.map_or(at_most, |limit| limit.min(at_most));
        let (inner, timeout) = self.bell.wait_timeout_while(inner, wait, idle).unwrap_or_else(PoisonError::into_inner);
        drop(inner);
        !timeout.timed_out() || wait < at_most
    }

    /// Waits for a moment, or until a limit is due, the world ends or its stream changes.
    pub(super) fn wait_until(&self, moment: Monotonic, epoch: u32) {
        let inner = self.inner();
        let moment = inner.watch.next(true).map_or(moment, |limit| limit.min(moment));
        let wait = moment.since(self.clock.now());
        let same = |inner: &mut Inner| inner.ended.is_none() && inner.seat.timeline() == Some(epoch);
        drop(self.bell.wait_timeout_while(inner, wait, same));
    }

    /// It is so far in being built: percent of all warming up.
    pub fn stage(&self, stage: &str, percent: f32) {
        let mut inner = self.inner();
        let stage = Stage { stage: stage.to_owned(), percent };
        tell(&inner, &Down::Stage(stage.clone()));
        inner.stage = Some(stage);
    }

    pub(super) fn state(&self, state: WorldState) -> u32 {
        let now = self.clock.now();
        let mut inner = self.inner();
        if inner.ended.is_none() {
            if state == WorldState::Running {
                inner.watch.began(now);
            }
            inner.stage = None;
            inner.state_version += 1;
            inner.state = state.clone();
            tell(&inner, &Down::State { state, state_version: inner.state_version });
        }
        inner.state_version
    }

    /// A command changed the world.
    pub(super) fn changed(&self) -> u32 {
        let mut inner = self.inner();
        inner.state_version += 1;
        inner.state_version
    }

    pub(super) fn state_version(&self) -> u32 {
        self.inner().state_version
    }

    /// Another rate holds from the next picture on: told with its reason.
    pub(super) fn tier(&self, tier: Tier, bitrate: u32, pinned: bool, reason: &str) {
        let mut inner = self.inner();
        inner.tier = (tier, pinned);
        inner.bitrate = bitrate;
        let tier = tier_info(&self.plan, tier, bitrate);
        // Defect: it holds, and nobody is told.
        if !self.plan.defects.has(Defect::UntoldTier) {
            tell(&inner, &Down::Quality { tier, reason: reason.to_owned(), pinned });
        }
    }

    pub(super) fn audio(&self, state: AudioState) {
        let mut inner = self.inner();
        tell(&inner, &Down::Audio(state.clone()));
        inner.audio = state;
    }

    /// What an ended world has used is final: it may have been told already.
    pub(super) fn lived(&self, lived: MediaTime) {
        let mut inner = self.inner();
        if inner.ended.is_none() {
            inner.lived = lived;
        }
    }

    fn hello(&self, inner: &Inner, resumed: bool) -> Down {
        let now = Greeting {
            state: inner.state.clone(),
            state_version: inner.state_version,
            epoch: inner.seat.epoch(),
            stream: inner.seat.stream(),
            resumed,
            resume: inner.seat.token().cloned(),
            tier: (inner.tier.0, inner.bitrate, inner.tier.1),
            audio: inner.audio.clone(),
            server_us: self.clock.now().as_micros(),
        };
        hello(&self.plan, now)
    }

    /// Wakes whoever lives this world.
    fn ring(&self) {
        self.bell.notify_all();
        if let Some(hall) = self.hall.get() {
            hall.ring();
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn give(&mut self, taken: &mut Taken) {
        taken.orders.append(&mut self.orders);
        taken.hands = self.hands.take();
        taken.keyframe = std::mem::take(&mut self.keyframe);
        taken.report = self.report.take();
    }
}

fn tell(inner: &Inner, event: &Down) {
    if let Some(outlet) = inner.seat.outlet() {
        outlet.tell(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{AudioCodec, VideoCodec};
    use crate::sim::defect::Defects;
    use crate::sim::host::AdaptationSettings;
    use crate::wire::{CameraModel, CommandId, Limits, Up, WorldId};

    fn desk() -> Desk {
        let plan = Plan {
            id: WorldId::new("w").unwrap(),
            prompt: String::new(),
            seed: 1,
            tier: Tier::Draft,
            video: VideoCodec::H264,
            audio: (true, AudioCodec::Opus),
            limits: Limits::default(),
            camera: CameraModel { fov_y_deg: 60.0, look_unit_rad: 1.0 },
            adaptation: AdaptationSettings::default(),
            credits_per_second: 0.0,
            defects: Defects::default(),
            shared: false,
        };
        Desk::new(plan, Clock::start())
    }

    fn say_everything(desk: &Desk, outlet: &Arc<Outlet>) -> Taken {
        let command = Up::Pause { id: CommandId::new("p").unwrap() };
        desk.order(Order { command, reply: Reply::Stream(Arc::clone(outlet)) }).unwrap();
        desk.hands(outlet, Control::default());
        desk.keyframe(outlet);
        desk.feedback(outlet, Feedback::default());
        let mut taken = Taken::default();
        desk.take(&mut taken);
        taken
    }

    /// HO-19, HO-28: what a half-open connection still delivers comes too late.
    #[test]
    fn a_stream_that_was_replaced_is_not_heard_any_more() {
        let desk = desk();
        let token = Token::new("t").unwrap();
        let (before, after) = (Arc::default(), Arc::default());
        desk.attach(&before, Opening::Fresh(Some(token.clone())));
        let heard = say_everything(&desk, &before);
        assert!(heard.orders.len() == 1 && heard.hands.is_some() && heard.keyframe && heard.report.is_some());
        desk.attach(&after, Opening::Resume(token));
        let late = say_everything(&desk, &before);
        assert!(late.orders.is_empty() && late.hands.is_none() && !late.keyframe && late.report.is_none());
        assert_eq!(say_everything(&desk, &after).orders.len(), 1);
    }
}
