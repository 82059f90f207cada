//! The thread of one world: waits for its next frame or packet of sound, whichever is due first, and makes it.
//!
//! Media time is true to real time: a late frame is skipped, never squeezed in later. Sound is made a packet at a time, at the
//! moment its first sample is due, and never past the next frame, because what a frame shows decides what sounds with it.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::adaptation::Adaptation;
use super::audio_track::{AudioTrack, PACKET, state};
use super::decision::{Change, Decision, Report};
use super::desk::{Desk, Taken};
use super::frame::Frame;
use super::ledger::Ledger;
use super::outlet::{Outlet, VideoRoom};
use super::pace::{Due, Pace};
use super::seat::Attached;
use super::skew::Skew;
use super::video_track::VideoTrack;
use crate::clock::Clock;
use crate::codec::{BITS_OVER_H264, CodecError};
use crate::media::{AudioCodec, MediaDelta, MediaTime, Monotonic, Tier, VideoCodec};
use crate::sim::defect::Defect;
use crate::sim::scene::{Build, FrameLabel, Scene, Shown};
use crate::wire::{Control, EndReason, WorldState};

/// Grace where a plan sets none.
const GRACE: Duration = Duration::from_secs(30);

/// Builds a world and lives it, on a thread of its own, until it ends.
///
/// # Errors
/// What the system says if it has no thread to give.
pub fn spawn(desk: Arc<Desk>, clock: Clock, build: Build) -> io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().name(format!("world {}", desk.plan().id)).spawn(move || {
        let life = AssertUnwindSafe(|| live(&desk, clock, build));
        match catch_unwind(life) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(world = %desk.plan().id, %error, "the world failed");
                desk.end(EndReason::Failed);
            }
            // The panic's message is on standard error already; here it costs one world and not the server.
            Err(_) => desk.end(EndReason::Failed),
        }
    })
}

fn live(desk: &Arc<Desk>, clock: Clock, build: Build) -> Result<(), CodecError> {
    let scene = build(&mut |stage, percent| desk.stage(stage, percent));
    let plan = desk.plan();
    let mut host = Host {
        video: VideoTrack::new(plan.video, plan.tier, plan.tier.spec().video_bitrate)?,
        adaptation: adaptation(desk, clock.now(), plan.tier, false),
        ceiling: (plan.tier, false),
        track: AudioTrack::new(plan.audio.1),
        sounding: plan.audio.0,
        desk: Arc::clone(desk),
        clock,
        scene,
        ledger: Ledger::default(),
        taken: Taken::default(),
        stream: None,
        number: 0,
        epoch: 0,
        holder: 0,
        pace: Pace::new(clock.now(), MediaTime::ZERO, plan.tier.spec().fps),
        known: MediaTime::ZERO,
        hands: Control::default(),
        newest_input: None,
        frames: 0,
        paused: false,
        interrupted: false,
    };
    desk.state(WorldState::Running);
    host.run()
}

/// A world and what it needs to be streamed.
pub(super) struct Host {
    pub(super) desk: Arc<Desk>,
    pub(super) scene: Box<dyn Scene>,
    pub(super) video: VideoTrack,
    pub(super) track: AudioTrack,
    pub(super) ledger: Ledger,
    pub(super) paused: bool,
    /// Time stood still: the next frame begins a new timeline.
    pub(super) interrupted: bool,
    adaptation: Adaptation,
    /// The tier that was asked for, and whether it is pinned.
    ceiling: (Tier, bool),
    clock: Clock,
    /// Whether sound is wanted, though it may not be open.
    sounding: bool,
    taken: Taken,
    stream: Option<Arc<Outlet>>,
    /// Number of the stream.
    number: u32,
    epoch: u32,
    /// Who holds the stream.
    holder: u32,
    pace: Pace,
    /// End of the frame last stepped to: what sounds before is decided.
    known: MediaTime,
    hands: Control,
    newest_input: Option<(u32, u64)>,
    frames: u32,
}

impl Host {
    fn run(&mut self) -> Result<(), CodecError> {
        while !self.desk.ended() {
            self.desk.keep_limits();
            self.settle_stream()?;
            if self.stream.is_none() || self.paused {
                self.stand_still();
                continue;
            }
            let now = self.clock.now();
            match self.pace.due(now) {
                Due::At(moment) => {
                    self.sound()?;
                    let packet = self.next_packet().map_or(moment, |packet| packet.min(moment));
                    self.desk.wait_until(packet, self.epoch);
                }
                Due::Frames { skip } => self.frame(skip)?,
                Due::Lost => self.begin_timeline()?,
            }
        }
        Ok(())
    }

    /// Notices that a stream came, changed or went.
    fn settle_stream(&mut self) -> Result<(), CodecError> {
        match self.desk.attached() {
            Some(Attached { outlet, stream, epoch, holder }) if stream != self.number => {
                self.stream = Some(outlet);
                self.number = stream;
                self.epoch = epoch;
                self.hands = Control::default();
                // A holder that comes back goes on counting its inputs; another one begins at 1.
                if std::mem::replace(&mut self.holder, holder) != holder {
                    self.newest_input = None;
                }
                self.scene.release();
                // Defect: what was asked for on the stream before is forgotten.
                if self.has(Defect::Forgetful) {
                    self.ceiling = (self.desk.plan().tier, false);
                }
                self.welcome()?;
                if !self.paused {
                    self.interrupted = false;
                    self.start()?;
                }
            }
            Some(_) if self.interrupted => self.begin_timeline()?,
            Some(_) => {}
            None if self.stream.take().is_some() => {
                self.hands = Control::default();
                self.scene.release();
            }
            None => {}
        }
        Ok(())
    }

    /// A stream knows nothing of the network of the one before: it begins with what was asked for.
    fn welcome(&mut self) -> Result<(), CodecError> {
        let (tier, pinned) = self.ceiling;
        let before = (self.adaptation.tier(), self.adaptation.bitrate());
        self.adaptation = adaptation(&self.desk, self.clock.now(), tier, pinned);
        if before != (tier, self.adaptation.bitrate()) {
            self.retier(tier, self.adaptation.bitrate())?;
            self.desk.tier(tier, self.adaptation.bitrate(), pinned, "another stream: beginning anew");
        }
        Ok(())
    }

    /// No frame is due: obeys commands as they come, and ends the world when nobody comes for too long.
    fn stand_still(&mut self) {
        self.desk.take(&mut self.taken);
        // What the hands do while the world is paused holds when it goes on: nobody says it again.
        self.take_hands();
        if self.obey_all() {
            return;
        }
        if self.stream.is_some() {
            // Paused under a live stream: its limits are the session's, not the grace time.
            self.desk.wait_for_work(Some(self.epoch), Duration::from_secs(3600));
            return;
        }
        let grace = self.desk.plan().limits.grace_s.map_or(GRACE, Duration::from_secs_f64);
        if !self.desk.wait_for_work(None, grace) {
            self.desk.end(EndReason::Abandoned);
        }
    }

    /// Another timeline on the same stream.
    fn begin_timeline(&mut self) -> Result<(), CodecError> {
        self.interrupted = false;
        self.epoch = self.desk.next_epoch();
        self.start()
    }

    /// Binds the media clock to now and begins both tracks anew.
    fn start(&mut self) -> Result<(), CodecError> {
        // The first frame follows the last one before the break, as if no time had passed.
        let base = self.known;
        let now = self.clock.now();
        self.pace = Pace::new(now, base, self.video.tier().spec().fps);
        self.adaptation.broke_off(now);
        self.video.break_off();
        let skew = self.skew();
        self.video.be_late(skew.picture);
        self.track.be_late(skew.sound);
        if self.sounding {
            self.track.open(self.track.codec(), self.video.tier(), base)?;
        }
        Ok(())
    }

    fn obey_all(&mut self) -> bool {
        let any = !self.taken.orders.is_empty();
        while let Some(order) = self.taken.orders.pop_front() {
            self.obey(order);
        }
        any
    }

    fn frame(&mut self, skip: u32) -> Result<(), CodecError> {
        let Some(outlet) = self.stream.clone() else { return Ok(()) };
        let began = self.clock.now();
        self.take_input();
        if self.paused {
            return Ok(());
        }
        for _ in 0..skip {
            self.step(false);
            self.pace.advance();
        }
        if skip > 0 {
            self.video.cut();
        }
        let room = self.room(&outlet, began)?;
        self.step(room != VideoRoom::Full);
        let (pts, after) = (self.pace.pts(), self.pace.pts_after());
        self.pace.advance();
        self.sound()?;
        if room != VideoRoom::Full {
            self.show(&outlet, room, (pts, after - pts), began)?;
            self.sound()?;
        }
        self.tick(pts);
        Ok(())
    }

    /// What the network and the client leave room for. Anything but room is decided before rendering, so that what is not sent
    /// costs nothing and breaks no reference.
    fn room(&mut self, outlet: &Outlet, now: Monotonic) -> Result<VideoRoom, CodecError> {
        outlet.take_departed(|unit| self.adaptation.departed(unit));
        if let Some((at, feedback)) = self.taken.report.take() {
            self.adaptation.heard(at, Report::from(&feedback));
        }
        match self.adaptation.decide(now, outlet.waiting(now), self.video.wants_keyframe()) {
            Decision::Send => {}
            Decision::Skip(cause) => {
                tracing::trace!(%cause, "a picture is skipped");
                outlet.skip_video();
                return Ok(VideoRoom::Full);
            }
            Decision::Flush(cause) => {
                tracing::debug!(%cause, "pictures that wait are dropped");
                outlet.flush_video();
                outlet.skip_video();
                return Ok(VideoRoom::Full);
            }
            Decision::Change(Change { tier, bitrate, reason }) => {
                tracing::info!(%tier, bitrate, reason, "the rate of the pictures changes");
                self.retier(tier, bitrate)?;
                self.desk.tier(tier, bitrate, false, &reason);
            }
        }
        Ok(match outlet.video_room() {
            VideoRoom::Keyframe if !self.video.may_keyframe(now) => VideoRoom::Full,
            room => room,
        })
    }

    fn show(
        &mut self,
        outlet: &Outlet,
        room: VideoRoom,
        (pts, duration): (MediaTime, MediaDelta),
        began: Monotonic,
    ) -> Result<(), CodecError> {
        if room == VideoRoom::Keyframe {
            self.video.ask_keyframe();
        }
        if self.scene.take_cut() {
            self.video.cut();
        }
        let input = self.newest_input.map_or(0, |(number, _)| number);
        self.scene.render(&mut self.video.picture, FrameLabel { frame: self.frames, input });
        self.frames = self.frames.wrapping_add(1);
        let generated = self.clock.now();
        self.sound()?;
        let frame = Frame {
            epoch: self.epoch,
            pts,
            duration,
            state_version: self.desk.state_version(),
            input: self.newest_input,
            generated,
            render: generated.since(began),
        };
        let clock = self.clock;
        let unit = self.video.encode(|| clock.now(), &frame)?;
        // Defect: the pictures after the first one come without it.
        if self.has(Defect::LateKeyframe) && unit.keyframe && unit.discontinuity {
            return Ok(());
        }
        // Defect: every so often a number that belongs to no picture.
        if self.has(Defect::Gaps) && self.frames.is_multiple_of(16) {
            outlet.lose_number();
        }
        outlet.video(unit);
        Ok(())
    }

    fn take_input(&mut self) {
        self.desk.take(&mut self.taken);
        self.take_hands();
        if std::mem::take(&mut self.taken.keyframe) {
            self.video.ask_keyframe();
        }
        self.obey_all();
    }

    fn take_hands(&mut self) {
        if let Some(hands) = self.taken.hands.take() {
            self.echo(hands.input, hands.issued_us);
            self.hands = hands;
        }
    }

    fn step(&mut self, rendered: bool) {
        let (pts, after) = (self.pace.pts(), self.pace.pts_after());
        self.scene.control(&self.hands);
        self.scene.step(Shown { pts, duration: after - pts, rendered });
        self.known = after;
    }

    /// A fault on purpose; holds for a timeline. Another frame rate within it may move it by less than a frame.
    fn skew(&self) -> Skew {
        Skew::new(self.desk.skew(), self.video.tier().spec().fps)
    }

    /// Makes the packets of sound that are due.
    fn sound(&mut self) -> Result<(), CodecError> {
        let Some(outlet) = self.stream.clone() else { return Ok(()) };
        while self.next_packet().is_some_and(|due| due <= self.clock.now()) {
            let Some(mut packet) = self.track.packet(&mut *self.scene, self.epoch)? else { break };
            // Defect: a quarter of a second later than it belongs.
            if self.has(Defect::LateSound) {
                packet.pts_us += 250_000;
            }
            outlet.audio(packet);
        }
        Ok(())
    }

    /// When the next packet of sound is due, if what it sounds is decided.
    fn next_packet(&self) -> Option<Monotonic> {
        let next = self.track.next()?;
        (next + PACKET <= self.known).then(|| self.pace.moment(next))
    }

    fn tick(&mut self, pts: MediaTime) {
        self.desk.lived(pts);
        let second = |at: MediaTime| at.as_micros().div_euclid(1_000_000);
        if second(pts) != second(self.known) {
            self.desk.tick(second(self.known) as f64);
        }
    }

    pub(super) fn has(&self, defect: Defect) -> bool {
        self.desk.plan().defects.has(defect)
    }

    /// Frames from now on reflect this input.
    pub(super) fn echo(&mut self, input: u32, issued_us: u64) {
        if input > self.newest_input.map_or(0, |(number, _)| number) {
            self.newest_input = Some((input, issued_us));
        }
    }

    /// Changes the rate of the pictures. Another tier has another size and begins with a keyframe on the same timeline; other bits
    /// in the same tier change nothing else.
    pub(super) fn retier(&mut self, tier: Tier, bitrate: u32) -> Result<(), CodecError> {
        if tier == self.video.tier() {
            return self.video.set_bitrate(bitrate);
        }
        self.video = VideoTrack::new(self.video.codec(), tier, bitrate)?;
        self.video.be_late(self.skew().picture);
        self.pace = self.pace.at_rate(tier.spec().fps);
        if let Some(outlet) = &self.stream {
            outlet.flush_video();
        }
        Ok(())
    }

    /// The client's word on the tier.
    pub(super) fn asked_for(&mut self, tier: Tier, pinned: bool) {
        self.ceiling = (tier, pinned);
        self.adaptation.asked(self.clock.now(), tier, pinned);
    }

    pub(super) fn mute(&mut self) {
        self.sounding = false;
        self.track.shut();
        if let Some(outlet) = &self.stream {
            outlet.flush_audio();
        }
        self.desk.audio(state(false, self.track.codec()));
    }

    pub(super) fn unmute(&mut self, codec: AudioCodec) -> Result<(), CodecError> {
        if !self.sounding || codec != self.track.codec() {
            self.track.open(codec, self.video.tier(), self.known)?;
            self.sounding = true;
        }
        self.desk.audio(state(true, codec));
        Ok(())
    }
}

fn adaptation(desk: &Desk, now: Monotonic, tier: Tier, pinned: bool) -> Adaptation {
    let plan = desk.plan();
    let load = match plan.video {
        VideoCodec::H264 => 1.0,
        VideoCodec::Mjpeg => f64::from(BITS_OVER_H264),
    };
    Adaptation::new(plan.adaptation, now, tier, pinned, load)
}
