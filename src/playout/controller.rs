//! The façade: takes packets, decoded frames and what the output says, all with their moments; answers what to decode, what to
//! sound and what to show. A live player and a simulation in virtual time drive the same calls.

use super::audio_buffer::AudioBuffer;
use super::master::{Lead, Master};
use super::pilot::Pilot;
use super::present_queue::PresentQueue;
use super::preset::Preset;
use super::recent::Recent;
use super::session_clock::SessionClock;
use super::sound_step::{Carried, Device, SoundStep, SoundTotals};
use super::video_queue::VideoQueue;
use crate::media::{
    DropCause, DropCounts, Epoch, MediaDelta, MediaTime, Monotonic, Packet, PlaybackHealth, Pushed, Track, VideoFrame,
};

/// Timestamps beyond this (285 years) are no timestamps.
const PTS_LIMIT_US: i64 = 1 << 53;
/// A keyframe is asked for at most this often.
const ASK_AGAIN: MediaDelta = MediaDelta::from_millis(500);
/// Sound counts as present for this long after its last packet.
const SOUND_PRESENT: MediaDelta = MediaDelta::from_millis(2_000);
/// After a stall sound waits for the decoder to come through the pictures of that time, at most so long: they go on together.
const WAIT_FOR_PICTURE: MediaDelta = MediaDelta::from_millis(250);
/// More pictures than this behind the position are a backlog.
const BACKLOG: usize = 2;
/// How long decoding through a backlog of a stored source may take: its next keyframe may lie ten seconds ahead.
const STORED_PATIENCE: MediaDelta = MediaDelta::from_millis(5_000);

/// Counts since the start. For each track: received = used + dropped + held (+ unsounded, for sound).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Video packets pushed.
    pub video_received: u64,
    /// Audio packets pushed.
    pub audio_received: u64,
    /// Pictures decoded.
    pub decoded: u64,
    /// Frames handed out for a refresh.
    pub shown: u64,
    /// Video packets that held no picture of their own (parameter sets alone).
    pub pictureless: u64,
    /// Pictures of a stored source that last no time: decoded for others, and never meant to be shown.
    pub led_in: u64,
}

/// Playout of one stream. Bounded: at most 240 coded pictures, 3 + 1 decoded ones, 256 sound packets.
#[derive(Debug)]
pub struct Controller {
    epoch: Option<Epoch>,
    stored: bool,
    clock: SessionClock,
    master: Master,
    audio: AudioBuffer,
    pilot: Pilot,
    video: VideoQueue,
    present: PresentQueue,
    decode: Recent,
    counts: Counts,
    audio_drops: DropCounts,
    video_drops: DropCounts,
    sound_on: bool,
    paused: bool,
    in_decoder: Option<(Epoch, MediaTime)>,
    last_sound_packet: Option<Monotonic>,
    newest_pts: Option<MediaTime>,
    asked_keyframe: Option<Monotonic>,
    decoder_lost: bool,
    av_offset: Option<MediaDelta>,
    shown: Option<(MediaTime, MediaDelta)>,
    ahead_us: f64,
    behind_since: Option<Monotonic>,
}

impl Controller {
    /// Nothing received yet.
    #[must_use]
    pub fn new(preset: Preset, refresh: MediaDelta) -> Self {
        Self {
            epoch: None,
            stored: false,
            clock: SessionClock::new(preset, refresh),
            master: Master::default(),
            audio: AudioBuffer::default(),
            pilot: Pilot::default(),
            video: VideoQueue::default(),
            present: PresentQueue::default(),
            decode: Recent::default(),
            counts: Counts::default(),
            audio_drops: DropCounts::default(),
            video_drops: DropCounts::default(),
            sound_on: true,
            paused: false,
            in_decoder: None,
            last_sound_packet: None,
            newest_pts: None,
            asked_keyframe: None,
            decoder_lost: false,
            av_offset: None,
            shown: None,
            ahead_us: 0.0,
            behind_since: None,
        }
    }

    /// Plays a source that is there beforehand: times are set by [`Controller::start`] and not learnt from arrivals, and pictures
    /// that last no time are decoded and not shown.
    pub fn set_stored(&mut self) {
        self.stored = true;
        self.clock.set_stored();
    }

    /// Lets the timeline of a stored source run: its time zero is due at `at`. Another timeline stands still again.
    pub fn start(&mut self, at: Monotonic) {
        if self.epoch.is_some() {
            self.clock.start(at);
        }
    }

    /// Whether the picture at time zero is decoded, or shown already, or none is to come.
    #[must_use]
    pub fn is_cued(&self) -> bool {
        let shown = self.present.shown().is_some_and(|(epoch, _)| Some(epoch) == self.epoch);
        let idle = self.video.is_empty() && self.in_decoder.is_none();
        shown || idle || self.present.settled(self.coded()) > 0
    }

    /// The timeline that plays.
    #[must_use]
    pub const fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// The frame that was handed out last.
    #[must_use]
    pub const fn shown(&self) -> Option<(Epoch, MediaTime)> {
        self.present.shown()
    }

    /// Takes a packet in; its `arrival` is the moment. A packet that is not taken is counted with its cause.
    pub fn push(&mut self, packet: Packet) -> Pushed {
        let video = packet.track() == Track::Video;
        match video {
            true => self.counts.video_received += 1,
            false => self.counts.audio_received += 1,
        }
        if packet.pts.as_micros().saturating_abs() > PTS_LIMIT_US {
            self.drops(video).add(DropCause::Corrupt, 1);
            return Pushed::Accepted;
        }
        let mut packet = packet;
        packet.duration = MediaDelta::from_micros(packet.duration.as_micros().clamp(0, 1_000_000));
        if self.epoch != Some(packet.epoch) {
            if self.epoch.is_some_and(|epoch| is_before(packet.epoch, epoch)) {
                self.drops(video).add(DropCause::OldEpoch, 1);
                return Pushed::Accepted;
            }
            self.begin(packet.epoch);
        }
        if self.clock.observe(&packet) {
            self.newest_pts = None;
        }
        self.newest_pts = self.newest_pts.max(Some(packet.pts + packet.duration));
        if !video {
            self.last_sound_packet = Some(packet.arrival.last_byte);
            if let Some(cause) = self.audio.push(packet) {
                self.audio_drops.add(cause, 1);
                return if cause == DropCause::QueueFull { Pushed::Full } else { Pushed::Accepted };
            }
            return Pushed::Accepted;
        }
        match self.video.push(packet) {
            Ok(()) => Pushed::Accepted,
            Err(cause) => {
                self.video_drops.add(cause, 1);
                if cause == DropCause::QueueFull { Pushed::Full } else { Pushed::Accepted }
            }
        }
    }

    /// The next packet for the video decoder, or `None`: nothing that should be decoded now. The answer is
    /// [`Controller::decoded`], [`Controller::no_picture`] or [`Controller::undecodable`].
    pub fn next_video(&mut self, now: Monotonic, heard: Option<f64>) -> Option<Packet> {
        self.advance(now, heard);
        let position = self.master.position(now);
        self.present.expire(position, self.clock.refresh(), &mut self.video_drops);
        if self.in_decoder.is_some() || !self.present.has_room(self.coded()) {
            return None;
        }
        let due = if self.paused { None } else { position };
        let patience = if self.stored { STORED_PATIENCE } else { self.clock.cap() };
        let packet = self.video.take(due, self.decode_time(), patience, &mut self.video_drops)?;
        self.in_decoder = Some((packet.epoch, packet.pts));
        Some(packet)
    }

    /// Takes the picture of the last packet of [`Controller::next_video`].
    pub fn decoded(&mut self, frame: VideoFrame) {
        self.in_decoder = None;
        self.decoder_lost = false;
        self.counts.decoded += 1;
        self.decode.add(frame.decoded.signed_since(frame.unbuffered));
        if self.epoch == Some(frame.epoch) {
            if self.stored && frame.duration <= MediaDelta::ZERO {
                self.counts.led_in += 1;
                return;
            }
            self.present.push(frame, &mut self.video_drops);
        } else {
            self.video_drops.add(DropCause::OldEpoch, 1);
        }
    }

    /// The last packet of [`Controller::next_video`] held no picture.
    pub fn no_picture(&mut self) {
        self.in_decoder = None;
        self.counts.pictureless += 1;
    }

    /// The last packet of [`Controller::next_video`] could not be decoded: what depends on it is dropped, up to a keyframe.
    pub fn undecodable(&mut self, cause: DropCause) {
        self.video_drops.add(cause, 1);
        let current = self.in_decoder.take().map(|(epoch, _)| epoch) == self.epoch;
        // A keyframe of a codec that nobody decodes would help nobody.
        if current && cause != DropCause::UnknownCodec {
            self.video.lost_reference(&mut self.video_drops);
            self.decoder_lost = true;
        }
    }

    /// What the worker that feeds the sound output does next.
    pub fn next_sound(&mut self, now: Monotonic, device: Device) -> SoundStep {
        self.advance(now, device.heard);
        if device.heard.is_none() {
            self.master.map().clear();
        }
        let present = self.last_sound_packet.is_some_and(|at| now.signed_since(at) < SOUND_PRESENT);
        let on = self.sound_on && !self.paused;
        self.clock.output(present && on && device.heard.is_some(), self.pilot.lead());
        let behind = self.picture_is_behind(now);
        self.pilot.hold(behind);
        self.pilot.next(now, device, on, &self.clock, &mut self.audio, &mut self.audio_drops)
    }

    /// The media time of the first frame of the last [`SoundStep::Play`], in microseconds.
    #[must_use]
    pub fn sound_pts_us(&self) -> f64 {
        self.pilot.line_start_us()
    }

    /// The packet of [`SoundStep::Decode`] gave `frames` samples per channel from `pts` on. Returns whether they are wanted: not
    /// if the timeline ended meanwhile.
    #[must_use]
    pub fn sound_decoded(&mut self, pts: MediaTime, frames: usize) -> bool {
        self.pilot.decoded(pts, frames, &mut self.audio)
    }

    /// The packet of [`SoundStep::Decode`] could not be decoded.
    pub fn sound_undecodable(&mut self, pts: MediaTime, cause: DropCause) {
        if self.pilot.undecoded(pts, &mut self.audio) {
            self.audio_drops.add(cause, 1);
        }
    }

    /// The last step wrote `frames`, the first of which is number `from` of the output, and what they carry.
    pub fn sound_written(&mut self, from: u64, frames: usize, carried: Carried) {
        let line = self.pilot.written(frames, carried);
        if frames > 0 {
            self.master.map().push(from, frames, line);
        }
    }

    /// The frame for the refresh that lights up at `visible_at`; `None`: hold the last.
    pub fn frame_for(&mut self, now: Monotonic, visible_at: Monotonic, heard: Option<f64>) -> Option<VideoFrame> {
        self.advance(now, heard);
        if self.paused && self.shown.is_some() {
            return None;
        }
        // A backlog is decoded through unseen: running through it in a few refreshes would show nothing but haste.
        let hidden = self.shown.is_some() && self.picture_is_behind(now);
        let position = self.master.position(visible_at).map(|position| position + self.trail());
        let refresh = self.clock.refresh();
        self.tell_what_pictures_need(visible_at.signed_since(now));
        let mut coded = self.coded();
        if self.stored && position.is_none() {
            // Only what stands at its start is shown of a timeline that does not run.
            let behind_zero = MediaTime::from_micros(1);
            coded = Some(coded.map_or(behind_zero, |coded| coded.min(behind_zero)));
        }
        let frame = match hidden {
            true => None,
            false => self.present.choose(position, coded, refresh, &mut self.video_drops),
        };
        if let Some(frame) = &frame {
            self.counts.shown += 1;
            self.shown = Some((frame.pts, frame.duration));
        }
        self.av_offset = match (self.master.sound(visible_at), self.shown) {
            // A held frame is right while it lasts, and behind once its time is over.
            (Some(sound), Some((pts, _))) if frame.is_some() => Some(sound - pts),
            (Some(sound), Some((pts, duration))) => {
                let beyond = sound - (pts + duration);
                if beyond > MediaDelta::ZERO { Some(beyond) } else { self.av_offset }
            }
            _ => None,
        };
        frame
    }

    /// Whether the server should be asked for a keyframe now: nothing can be decoded without one. True at most twice a second.
    pub fn wants_keyframe(&mut self, now: Monotonic) -> bool {
        let needs = self.needs_keyframe();
        let asked = self.asked_keyframe.is_some_and(|at| now.signed_since(at) < ASK_AGAIN);
        if needs && !asked {
            self.asked_keyframe = Some(now);
        }
        needs && !asked
    }

    /// Whether nothing can be decoded before a keyframe comes.
    #[must_use]
    pub fn needs_keyframe(&self) -> bool {
        self.decoder_lost && self.video.is_empty() || self.video.has_seen_any() && self.video.needs_keyframe()
    }

    /// Turns the sound off or on.
    pub fn set_sound(&mut self, on: bool) {
        self.sound_on = on;
    }

    /// Freezes the position, or lets it go on.
    pub fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Changes delay against smoothness.
    pub fn set_preset(&mut self, preset: Preset) {
        self.clock.set_preset(preset);
    }

    /// Sets another cap on the share of the delay that answers jitter than the preset's; `None`: the preset's.
    pub fn set_cap(&mut self, cap: Option<MediaDelta>) {
        self.clock.set_cap(cap);
    }

    /// Tells the refresh interval.
    pub fn set_refresh(&mut self, refresh: MediaDelta) {
        self.clock.set_refresh(refresh);
    }

    /// The session clock.
    #[must_use]
    pub const fn clock(&self) -> &SessionClock {
        &self.clock
    }

    /// Who moves the position.
    #[must_use]
    pub const fn lead(&self) -> Lead {
        self.master.lead()
    }

    /// The position at a moment near the last call.
    #[must_use]
    pub fn position(&self, when: Monotonic) -> Option<MediaTime> {
        self.master.position(when)
    }

    /// The position now, whoever asked last.
    pub fn position_at(&mut self, now: Monotonic, heard: Option<f64>) -> Option<MediaTime> {
        self.advance(now, heard);
        self.master.position(now)
    }

    /// The delay between the fastest possible arrival and playout, as it is at a moment near the last call.
    #[must_use]
    pub fn delay(&self, when: Monotonic) -> Option<MediaDelta> {
        Some(self.clock.live(when)? - self.master.position(when)?)
    }

    /// Sound minus picture at the latest refresh; positive: the sound is early. `None` unless both play.
    #[must_use]
    pub const fn av_offset(&self) -> Option<MediaDelta> {
        self.av_offset
    }

    /// Media in hand ahead of the position.
    #[must_use]
    pub fn buffered(&self, when: Monotonic) -> MediaDelta {
        match (self.newest_pts, self.master.position(when)) {
            (Some(newest), Some(position)) => (newest - position).max(MediaDelta::ZERO),
            _ => MediaDelta::ZERO,
        }
    }

    /// Median time to decode a picture; `None` before the first.
    #[must_use]
    pub fn decode_median(&self) -> Option<MediaDelta> {
        self.decode.median()
    }

    /// Whether pictures decode more slowly than they last.
    #[must_use]
    pub fn decodes_too_slowly(&self) -> bool {
        self.video.len() > 3 && self.shown.is_some_and(|(_, duration)| self.decode_time() > duration)
    }

    /// Counts since the start.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// What became of the sound, since the start.
    #[must_use]
    pub const fn sound_totals(&self) -> SoundTotals {
        self.pilot.totals()
    }

    /// Drops of a track since the start.
    #[must_use]
    pub const fn drops_of(&self, track: Track) -> DropCounts {
        match track {
            Track::Video => self.video_drops,
            Track::Audio => self.audio_drops,
        }
    }

    /// Packets and frames held now: coded pictures (one in the decoder counts), decoded pictures, sound packets.
    #[must_use]
    pub fn held(&self) -> (usize, usize, usize) {
        (self.video.len() + usize::from(self.in_decoder.is_some()), self.present.len(), self.audio.len())
    }

    /// Playback health at a moment near the last call.
    #[must_use]
    pub fn health(&self, now: Monotonic) -> PlaybackHealth {
        PlaybackHealth {
            last_pts: self.newest_pts.unwrap_or_default(),
            lateness: self.clock.lateness(),
            lateness_p95: self.clock.lateness_p95(),
            buffered: self.buffered(now),
            decode: self.decode_time(),
            target: self.clock.target(),
            delay: self.delay(now).unwrap_or_default(),
            av_offset: self.av_offset,
            drops: self.video_drops.plus(self.audio_drops),
        }
    }

    fn begin(&mut self, epoch: Epoch) {
        if self.epoch.is_some() {
            self.video_drops.add(DropCause::OldEpoch, (self.video.clear() + self.present.clear()) as u64);
            self.audio_drops.add(DropCause::OldEpoch, self.audio.clear() as u64);
            self.pilot.forget();
            self.master.forget();
            self.clock.forget();
            self.newest_pts = None;
            self.av_offset = None;
            self.decoder_lost = false;
        }
        self.epoch = Some(epoch);
    }

    fn advance(&mut self, now: Monotonic, heard: Option<f64>) {
        // Sound that ran dry while pictures still come was ended or lost on its own: the picture does not wait for it.
        let waits = self.sound_on && self.clock.is_quiet(now);
        self.master.advance(now, heard, self.clock.due(now), waits, self.paused);
    }

    /// Whether pictures wait to be decoded whose time has passed, and that not for long.
    fn picture_is_behind(&mut self, now: Monotonic) -> bool {
        let due = self.clock.due(now);
        let behind = due.is_some_and(|due| self.video.late(due) > BACKLOG);
        if !behind {
            self.behind_since = None;
            return false;
        }
        let since = *self.behind_since.get_or_insert(now);
        now.signed_since(since) < WAIT_FOR_PICTURE
    }

    /// The earliest presentation time among the pictures of this timeline that are not decoded yet, where that matters: live
    /// streams are in presentation order.
    fn coded(&self) -> Option<MediaTime> {
        if !self.stored {
            return None;
        }
        let in_decoder = self.in_decoder.filter(|(epoch, _)| Some(*epoch) == self.epoch).map(|(_, pts)| pts);
        let queued = self.video.earliest();
        queued.into_iter().chain(in_decoder).min()
    }

    /// How far the picture runs ahead of the sound: the preset's trail, as far as the delay has room for it.
    fn trail(&self) -> MediaDelta {
        // What is left is what a picture needs to be shown in cadence.
        let late = self.clock.chunk_span().max(self.clock.usual_lateness());
        let room = self.clock.target() - late - self.clock.picture_need();
        self.clock.preset().trail().min(room).max(MediaDelta::ZERO)
    }

    /// `ahead`: between the choice of a frame and its light, at this refresh. Its peaks count, and decay over a few seconds.
    fn tell_what_pictures_need(&mut self, ahead: MediaDelta) {
        let ahead = ahead.as_micros().clamp(0, 50_000) as f64;
        self.ahead_us = if ahead > self.ahead_us { ahead } else { self.ahead_us + (ahead - self.ahead_us) * 0.01 };
        let half = self.clock.refresh().as_micros() / 2;
        self.clock.picture(self.decode_time() + MediaDelta::from_micros(self.ahead_us as i64 + half));
    }

    fn decode_time(&self) -> MediaDelta {
        self.decode.median().unwrap_or(MediaDelta::from_millis(4))
    }

    fn drops(&mut self, video: bool) -> &mut DropCounts {
        if video { &mut self.video_drops } else { &mut self.audio_drops }
    }
}

/// Whether one epoch lies before another; epochs count up and may wrap (RFC 1982 arithmetic).
fn is_before(epoch: Epoch, other: Epoch) -> bool {
    other.0.wrapping_sub(epoch.0).wrapping_sub(1) < u32::MAX / 2
}
