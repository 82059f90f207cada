//! One of the many worlds in a hall, as the hall's thread keeps it: who watches, on which timeline, what is echoed to them, what
//! they have used. Its commands are acknowledged and echoed and change nothing, as everybody else watches the same; pausing stops
//! its own stream alone. It owns no thread, no encoder and no coded byte.

use std::sync::Arc;
use std::time::Duration;

use super::audio_track::state;
use super::commands::{applied, choose_audio, rejected};
use super::desk::{Desk, Taken, Visit};
use super::hall::Show;
use super::ledger::Ledger;
use super::order::Order;
use super::outlet::{Outlet, VideoRoom};
use super::seat::Attached;
use crate::media::{MediaDelta, MediaTime, Monotonic, Tier};
use crate::sim::scene::Applied;
use crate::wire::{AudioRequest, Down, EndReason, Envelope, TierName, Up, WorldState};

/// What is said of a command that would change the world if it were one's own.
const SHARED: &str = "heard and echoed; this world is shared, so nothing changes in it";

/// How much a guest wants a keyframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Want {
    /// It fell behind, and nobody else should pay much for that.
    Late,
    /// It sees nothing before, or asks for one.
    Soon,
}

pub(super) struct Guest {
    desk: Arc<Desk>,
    ledger: Ledger,
    outlet: Option<Arc<Outlet>>,
    /// The number of its stream, its timeline, and whose it is.
    stream: u32,
    epoch: u32,
    holder: u32,
    state_version: u32,
    newest_input: Option<(u32, u64)>,
    /// Media time that it was shown.
    lived: MediaTime,
    paused: bool,
    sounding: bool,
    /// Its timeline begins with the next keyframe, and its sound after that.
    begins: bool,
    fresh_sound: bool,
    /// It asks for a keyframe, or fell behind and needs one.
    asks: bool,
    behind: bool,
    alone_since: Option<Monotonic>,
    grace: Duration,
}

impl Guest {
    /// The world begins.
    pub(super) fn new(desk: Arc<Desk>, grace: Duration) -> Self {
        let plan = desk.plan();
        let grace = plan.limits.grace_s.map_or(grace, Duration::from_secs_f64);
        let sounding = plan.audio.0;
        Self {
            ledger: Ledger::small(),
            outlet: None,
            stream: 0,
            epoch: 0,
            holder: 0,
            state_version: desk.state(WorldState::Running),
            newest_input: None,
            lived: MediaTime::ZERO,
            paused: false,
            sounding,
            begins: true,
            fresh_sound: true,
            asks: false,
            behind: false,
            alone_since: None,
            grace,
            desk,
        }
    }

    /// A frame boundary: obeys, keeps its limits, and notices who watches. False: it has ended.
    pub(super) fn visit(&mut self, now: Monotonic, show: &Show, taken: &mut Taken) -> bool {
        self.desk.keep_limits();
        let stream = self.outlet.as_ref().map(|_| self.stream);
        match self.desk.visit(stream, self.lived, taken) {
            Visit::Ended => return false,
            Visit::Nobody => self.outlet = None,
            Visit::Same => {}
            Visit::Another(attached) => self.welcome(attached),
        }
        if let Some(hands) = taken.hands.take() {
            self.echo(hands.input, hands.issued_us);
        }
        self.asks |= std::mem::take(&mut taken.keyframe);
        let wanted = !taken.orders.is_empty();
        while let Some(order) = taken.orders.pop_front() {
            self.obey(order, show);
        }
        if self.outlet.is_some() {
            self.alone_since = None;
            return true;
        }
        if wanted {
            self.alone_since = None;
        }
        let alone = now.since(*self.alone_since.get_or_insert(now));
        if alone >= self.grace {
            self.desk.end(EndReason::Abandoned);
        }
        alone < self.grace
    }

    /// When it is to be visited at the latest, though nothing happens.
    pub(super) fn deadline(&self) -> Option<Monotonic> {
        let grace = self.alone_since.map(|since| since + self.grace);
        [grace, self.desk.deadline()].into_iter().flatten().min()
    }

    /// Whether pictures go to it.
    pub(super) fn watches(&self) -> bool {
        self.outlet.is_some() && !self.paused
    }

    /// Whether sound goes to it.
    pub(super) fn listens(&self) -> bool {
        self.sounding && self.watches()
    }

    /// How much later its sound is to be than its picture.
    pub(super) fn skew(&self) -> MediaDelta {
        self.desk.skew()
    }

    /// Whether it wants a keyframe.
    pub(super) fn wants(&self) -> Option<Want> {
        match self.watches() {
            true if self.begins || self.asks => Some(Want::Soon),
            true if self.behind => Some(Want::Late),
            _ => None,
        }
    }

    /// The hall's time stood still or jumped: another timeline begins.
    pub(super) fn begin_timeline(&mut self) {
        if self.watches() && !self.begins {
            self.epoch = self.desk.next_epoch();
            self.begin();
        }
    }

    /// So much time has passed in the hall.
    pub(super) fn live(&mut self, time: MediaDelta) {
        if !self.watches() {
            return;
        }
        let second = |at: MediaTime| at.as_micros().div_euclid(1_000_000);
        let before = self.lived;
        self.lived = before + time;
        if second(before) != second(self.lived) {
            self.desk.tick(second(self.lived) as f64);
        }
    }

    /// Hands a picture on: the coded bytes are everybody's, number and echo its own. One that does not keep up gets none until a
    /// keyframe.
    pub(super) fn picture(&mut self, picture: &Envelope) {
        let Some(outlet) = self.outlet.as_ref().filter(|_| !self.paused) else { return };
        if self.begins && !picture.keyframe {
            return;
        }
        match outlet.video_room() {
            VideoRoom::Full => return,
            VideoRoom::Keyframe if !picture.keyframe => {
                outlet.skip_video();
                self.behind = true;
                return;
            }
            VideoRoom::Keyframe | VideoRoom::Any => {}
        }
        if picture.keyframe {
            (self.begins, self.asks, self.behind) = (false, false, false);
        }
        outlet.video(Envelope {
            epoch: self.epoch,
            state_version: self.state_version,
            input: self.newest_input,
            ..picture.clone()
        });
    }

    /// Hands a packet of sound on.
    pub(super) fn sound(&mut self, packet: &Envelope) {
        let Some(outlet) = self.outlet.as_ref().filter(|_| !self.paused && !self.begins && self.sounding) else { return };
        let discontinuity = std::mem::take(&mut self.fresh_sound) || packet.discontinuity;
        outlet.audio(Envelope { epoch: self.epoch, discontinuity, ..packet.clone() });
    }

    /// The hall fails.
    pub(super) fn fail(&self) {
        self.desk.end(EndReason::Failed);
    }

    fn welcome(&mut self, attached: Attached) {
        let Attached { outlet, stream, epoch, holder } = attached;
        self.outlet = Some(outlet);
        (self.stream, self.epoch) = (stream, epoch);
        // A holder that comes back goes on counting its inputs; another one begins at 1.
        if std::mem::replace(&mut self.holder, holder) != holder {
            self.newest_input = None;
        }
        self.begin();
    }

    fn begin(&mut self) {
        (self.begins, self.fresh_sound, self.asks, self.behind) = (true, true, false, false);
        if let Some(outlet) = &self.outlet {
            outlet.begin_shared();
        }
    }

    /// Obeys one command, or repeats what was said of it the first time (HO-28).
    fn obey(&mut self, order: Order, show: &Show) {
        let Some(id) = order.command.id().cloned() else { return };
        let ack = self.ledger.repeated(&id).unwrap_or_else(|| {
            let (Applied { status, message }, input) = self.apply(order.command, show);
            let ack = Down::Ack { id: id.clone(), status, message, state_version: self.state_version, input };
            self.ledger.remember(&id, &ack);
            ack
        });
        order.reply.give(ack);
    }

    /// Applies one command; also its input number where it has one.
    fn apply(&mut self, command: Up, show: &Show) -> (Applied, Option<u32>) {
        let applied = match command {
            Up::Direct { input, issued_us, .. } | Up::Wander { input, issued_us, .. } => {
                self.echo(input, issued_us);
                self.state_version = self.desk.changed();
                return (applied(SHARED), Some(input).filter(|input| *input > 0));
            }
            Up::Pause { .. } => self.pause(),
            Up::Resume { .. } => self.resume(),
            Up::Quality { tier, pinned, .. } => self.quality(&tier, pinned, show.tier),
            Up::Audio { audio, .. } => self.audio(&audio, show),
            Up::Rewind { .. } => rejected("this world cannot be taken back: its capabilities say rewind: false"),
            Up::Control(_) | Up::Keyframe {} | Up::Feedback(_) | Up::Ping { .. } | Up::Other(_) => {
                rejected("this is no command")
            }
        };
        (applied, None)
    }

    fn pause(&mut self) -> Applied {
        if self.paused {
            return applied("this stream stands still already");
        }
        self.paused = true;
        self.state_version = self.desk.state(WorldState::Paused);
        applied("this stream stands still; the world is shared and goes on for others")
    }

    fn resume(&mut self) -> Applied {
        if !self.paused {
            return applied("this stream runs already");
        }
        self.paused = false;
        self.state_version = self.desk.state(WorldState::Running);
        if self.outlet.is_some() {
            self.epoch = self.desk.next_epoch();
            self.begin();
        }
        applied("this stream runs, from where the shared world is now")
    }

    fn quality(&self, name: &TierName, pinned: bool, tier: Tier) -> Applied {
        if *name != TierName::Known(tier) {
            return rejected(&format!("this world is shared, and {tier} for everybody: no other tier can be had in it"));
        }
        let reason = if pinned { "pinned by the client" } else { "asked for by the client" };
        self.desk.tier(tier, tier.spec().video_bitrate, pinned, reason);
        applied(&format!("{tier} tier, as for everybody in this shared world"))
    }

    fn audio(&mut self, request: &AudioRequest, show: &Show) -> Applied {
        if !request.enabled {
            self.sounding = false;
            if let Some(outlet) = &self.outlet {
                outlet.flush_audio();
            }
            self.desk.audio(state(false, show.audio));
            return applied("sound is off");
        }
        if choose_audio(&request.formats, show.audio) != Some(show.audio) {
            return rejected(&format!("this world is shared, and its sound is {} for everybody", show.audio));
        }
        self.fresh_sound |= !std::mem::replace(&mut self.sounding, true);
        self.desk.audio(state(true, show.audio));
        applied(&format!("sound is on, as {}", show.audio))
    }

    /// Pictures from now on reflect this input.
    fn echo(&mut self, input: u32, issued_us: u64) {
        if input > self.newest_input.map_or(0, |(number, _)| number) {
            self.newest_input = Some((input, issued_us));
        }
    }
}
