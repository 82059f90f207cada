//! The thread of a hall: at each frame boundary it visits every guest, then it renders and encodes once and hands the same coded
//! bytes to all. Guests cost it two short locks a frame each; none of them can make it wait.
//!
//! Media time is true to real time, as in `run`, and goes on while anybody watches. Nothing adapts: all get the same, and who does
//! not keep up skips to a later keyframe.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, park_timeout};
use std::time::Duration;

use super::audio_track::{AudioTrack, PACKET};
use super::desk::Taken;
use super::frame::Frame;
use super::guest::{Guest, Want};
use super::hall::{Hall, Show};
use super::pace::{Due, Pace};
use super::skew::Skew;
use super::video_track::VideoTrack;
use crate::clock::Clock;
use crate::codec::CodecError;
use crate::media::{MediaDelta, MediaTime, Monotonic};
use crate::sim::scene::{Build, FrameLabel, Scene, Shown};
use crate::wire::{Control, EndReason};

/// How long a hall stays open for nobody: worlds that come and go need not have it built each time.
const LINGER: Duration = Duration::from_secs(30);

/// Grace where a plan sets none.
const GRACE: Duration = Duration::from_secs(30);

/// Keyframes that are forced come no closer than this, for all guests together.
const SPACING: Duration = Duration::from_millis(500);

/// The same for guests that fell behind: others pay for their keyframes with bits.
const SPACING_BEHIND: Duration = Duration::from_secs(2);

/// Opens a hall: builds its scene and shows it, on a thread of its own, until the hall is closed or nobody has wanted it for a
/// while. Time stands still in it, and no CPU is used, while nobody watches.
///
/// # Errors
/// What the system says if it has no thread to give.
pub fn open_hall(show: Show, clock: Clock, build: Build) -> io::Result<(Arc<Hall>, thread::JoinHandle<()>)> {
    let hall = Arc::new(Hall::new(show));
    let own = Arc::clone(&hall);
    let thread = thread::Builder::new().name("shared world".to_owned()).spawn(move || {
        let life = AssertUnwindSafe(|| {
            let scene = build(&mut |stage, percent| own.stage(stage, percent));
            Showing::new(Arc::clone(&own), clock, scene)?.run()
        });
        match catch_unwind(life) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "a shared world failed"),
            // The panic's message is on standard error already; here it costs one hall and not the server.
            Err(_) => {}
        }
        own.close(&EndReason::Failed);
    })?;
    Ok((hall, thread))
}

struct Showing {
    hall: Arc<Hall>,
    clock: Clock,
    scene: Box<dyn Scene>,
    video: VideoTrack,
    track: AudioTrack,
    pace: Pace,
    /// End of the frame last stepped to: what sounds before is decided.
    known: MediaTime,
    frames: u32,
    newest_keyframe: Option<Monotonic>,
    /// Nobody watched: time begins anew.
    interrupted: bool,
    guests: Vec<Guest>,
    taken: Taken,
}

impl Showing {
    fn new(hall: Arc<Hall>, clock: Clock, scene: Box<dyn Scene>) -> Result<Self, CodecError> {
        let spec = hall.show.tier.spec();
        Ok(Self {
            video: VideoTrack::new(hall.show.video, hall.show.tier, spec.video_bitrate)?,
            track: AudioTrack::new(hall.show.audio),
            pace: Pace::new(clock.now(), MediaTime::ZERO, spec.fps),
            known: MediaTime::ZERO,
            frames: 0,
            newest_keyframe: None,
            interrupted: true,
            guests: Vec::new(),
            taken: Taken::default(),
            hall,
            clock,
            scene,
        })
    }

    /// Shows until the hall is closed and everybody has gone.
    fn run(&mut self) -> Result<(), CodecError> {
        loop {
            self.visit()?;
            if self.guests.is_empty() && self.hall.is_closed() {
                return Ok(());
            }
            if !self.guests.iter().any(Guest::watches) {
                self.stand_still();
                continue;
            }
            if std::mem::take(&mut self.interrupted) {
                self.start()?;
            }
            match self.pace.due(self.clock.now()) {
                Due::Frames { skip } => self.frame(skip)?,
                Due::Lost => self.start()?,
                Due::At(_) => {}
            }
            self.wait_for_frame()?;
        }
    }

    /// A frame boundary: who came, who went, and what they want.
    fn visit(&mut self) -> Result<(), CodecError> {
        let (guests, hall) = (&mut self.guests, &self.hall);
        hall.bell.hush();
        hall.admit(|desk| guests.push(Guest::new(desk, GRACE)));
        let (now, taken) = (self.clock.now(), &mut self.taken);
        guests.retain_mut(|guest| guest.visit(now, &hall.show, taken));
        match (self.guests.iter().any(Guest::listens), self.track.next().is_some()) {
            (true, false) => self.track.open(self.track.codec(), self.video.tier(), self.known),
            (false, true) => {
                self.track.shut();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Nobody watches: waits for a word, or for a limit.
    fn stand_still(&mut self) {
        self.interrupted = true;
        let deadline = self.guests.iter().filter_map(Guest::deadline).min();
        let wait = deadline.map_or(LINGER, |deadline| deadline.since(self.clock.now()));
        if !self.hall.bell.wait(wait) && self.guests.is_empty() {
            self.hall.close_if_empty();
        }
    }

    /// Binds the media clock to now and begins both tracks anew, for everybody.
    fn start(&mut self) -> Result<(), CodecError> {
        self.pace = Pace::new(self.clock.now(), self.known, self.video.tier().spec().fps);
        self.video.break_off();
        self.newest_keyframe = None;
        // All see and hear the same: that of the first stream counts.
        let by = self.guests.iter().find(|guest| guest.watches()).map_or(MediaDelta::ZERO, Guest::skew);
        let skew = Skew::new(by, self.video.tier().spec().fps);
        self.video.be_late(skew.picture);
        self.track.be_late(skew.sound);
        self.guests.iter_mut().for_each(Guest::begin_timeline);
        if self.track.next().is_some() {
            self.track.open(self.track.codec(), self.video.tier(), self.known)?;
        }
        Ok(())
    }

    fn frame(&mut self, skip: u32) -> Result<(), CodecError> {
        let (began, before) = (self.clock.now(), self.known);
        for _ in 0..skip {
            self.step(false);
            self.pace.advance();
        }
        if skip > 0 {
            self.video.cut();
        }
        self.step(true);
        let (pts, after) = (self.pace.pts(), self.pace.pts_after());
        self.pace.advance();
        self.sound()?;
        if self.keyframe_is_due(began) {
            self.video.ask_keyframe();
        }
        if self.scene.take_cut() {
            self.video.cut();
        }
        self.scene.render(&mut self.video.picture, FrameLabel { frame: self.frames, input: 0 });
        self.frames = self.frames.wrapping_add(1);
        let generated = self.clock.now();
        let frame = Frame {
            epoch: 0,
            pts,
            duration: after - pts,
            state_version: 0,
            input: None,
            generated,
            render: generated.since(began),
        };
        let clock = self.clock;
        let picture = self.video.encode(|| clock.now(), &frame)?;
        if picture.keyframe {
            self.newest_keyframe = Some(began);
        }
        let lived = self.known - before;
        for guest in &mut self.guests {
            guest.picture(&picture);
            guest.live(lived);
        }
        Ok(())
    }

    /// Whether somebody wants a keyframe, and the newest is long enough ago for them.
    fn keyframe_is_due(&self, now: Monotonic) -> bool {
        let since = self.newest_keyframe.map(|newest| now.since(newest));
        let Some(want) = self.guests.iter().filter_map(Guest::wants).max() else { return false };
        let spacing = match want {
            Want::Soon => SPACING,
            Want::Late => SPACING_BEHIND,
        };
        since.is_none_or(|since| since >= spacing)
    }

    fn step(&mut self, rendered: bool) {
        let (pts, after) = (self.pace.pts(), self.pace.pts_after());
        self.scene.control(&Control::default());
        self.scene.step(Shown { pts, duration: after - pts, rendered });
        self.known = after;
    }

    /// Waits until the next frame is due, and makes the sound until then.
    fn wait_for_frame(&mut self) -> Result<(), CodecError> {
        loop {
            self.sound()?;
            let now = self.clock.now();
            let Due::At(moment) = self.pace.due(now) else { return Ok(()) };
            let moment = self.next_packet().map_or(moment, |packet| packet.min(moment));
            park_timeout(moment.since(now));
        }
    }

    /// Makes the packets of sound that are due.
    fn sound(&mut self) -> Result<(), CodecError> {
        while self.next_packet().is_some_and(|due| due <= self.clock.now()) {
            let Some(packet) = self.track.packet(&mut *self.scene, 0)? else { break };
            self.guests.iter_mut().for_each(|guest| guest.sound(&packet));
        }
        Ok(())
    }

    /// When the next packet of sound is due, if what it sounds is decided.
    fn next_packet(&self) -> Option<Monotonic> {
        let next = self.track.next()?;
        (next + PACKET <= self.known).then(|| self.pace.moment(next))
    }
}

impl Drop for Showing {
    /// Guests do not outlive their hall; after an orderly end there are none.
    fn drop(&mut self) {
        self.guests.iter().for_each(Guest::fail);
    }
}
