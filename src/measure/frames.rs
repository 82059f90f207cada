//! What the packets and the presented frames of a session say.

use super::flow::Gap;
use super::metric::Metric;
use super::recording::FrameRow;
use super::rows::Budget;
use super::seat::{Paused, Seat, Streaming, span};
use super::shard::Shard;
use super::window::Origin;
use crate::media::{DropCounts, MediaDelta, Monotonic, Packet, Track};
use crate::stats::{FrameStage, FrameTrace};

/// A recovery's gap in media time counts as lost frames up to this much beyond the outage: a larger one is another clock.
const CLOCK_SLACK_US: i64 = 1_000_000;

/// What a frame means for the run as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// Nothing.
    Another,
    /// The session streams from here on.
    First,
    /// It streams again.
    Again {
        /// Since when it had not.
        lost_us: u64,
        /// Why.
        why: String,
    },
}

impl Seat {
    /// A packet was read.
    pub(super) fn packet(&mut self, shard: &mut Shard, budget: &Budget, origin: Origin, packet: &Packet) -> Came {
        let session = self.row.session;
        if self.streaming.is_none() || self.row.closing_us.is_some() {
            return Came::Another;
        }
        let at = origin.micros(packet.arrival.last_byte);
        let bytes = packet.payload.len() as u64;
        self.row.bytes += bytes;
        shard.bytes += bytes;
        shard.course.at(at).bytes += bytes;
        let counts = shard.counts(at);
        if counts {
            shard.sums.bytes_window += bytes;
        }
        if packet.track() == Track::Audio {
            if self.row.first_audio_us.is_none() {
                self.row.first_audio_us = Some(at);
                shard.once(Metric::Ttfa, session, span(self.row.due_us, at));
            }
            return Came::Another;
        }
        self.row.frames += 1;
        shard.frames += 1;
        shard.course.at(at).frames += 1;
        shard.sums.frames_window += u64::from(counts);
        let first = self.row.first_frame_us.is_none();
        if first {
            self.row.first_frame_us = Some(at);
            shard.once(Metric::Ttff, session, span(self.row.due_us, at));
        }
        let decoded = self.row.decoded;
        let Some(streaming) = &mut self.streaming else { return Came::Another };
        let freezes = streaming.follow(shard, at, packet, !decoded);
        self.row.freezes += freezes;
        let network = streaming.stages(shard, origin, packet);
        if let Some(echo) = packet.input.filter(|echo| streaming.waiting.is_news(echo.id)) {
            let issued = Monotonic::from_micros(echo.issued_us);
            if let Some((took, bound)) = streaming.to_server(issued, packet.server.generated_us) {
                shard.estimate(Metric::ToServer, origin.micros(issued), took, bound);
            }
        }
        let back = streaming.recover(shard, at, packet);
        self.trace_frame(budget, origin, packet, network);
        if let Some(echo) = packet.input {
            self.reflected(shard, echo.id, origin.stamp(echo.issued_us), at);
        }
        match back {
            Some((lost_us, why)) => Came::Again { lost_us, why },
            None if first => Came::First,
            None => Came::Another,
        }
    }

    /// A frame was presented.
    pub(super) fn presented(&mut self, shard: &mut Shard, origin: Origin, trace: &FrameTrace) {
        let session = self.row.session;
        if self.streaming.is_none() || self.row.closing_us.is_some() {
            return;
        }
        let Some(at) = trace.presented.map(|at| origin.micros(at)) else { return };
        let before = self.row.presented.replace(self.row.presented.unwrap_or(0) + 1);
        if before.unwrap_or(0) == 0 {
            shard.once(Metric::TtffPresented, session, span(self.row.due_us, at));
        }
        shard.sums.presented_window += u64::from(shard.counts(at));
        let Some(streaming) = &mut self.streaming else { return };
        let follows = streaming.shown_epoch.replace(trace.epoch.0) == Some(trace.epoch.0);
        if streaming.paused != Paused::No {
            streaming.shown.pause();
        }
        if let Some((gap, judged)) = streaming.shown.frame(at) {
            if follows {
                shard.sample(Metric::PresentInterval, at - gap, span(0, gap));
            }
            self.row.freezes += judge(shard, at, gap, judged);
        }
        let began = trace.last_byte.map_or(at, |last| origin.micros(last));
        for (metric, stage) in [
            (Metric::Buffer, FrameStage::Buffer),
            (Metric::Decode, FrameStage::Decode),
            (Metric::Wait, FrameStage::Wait),
            (Metric::Client, FrameStage::Client),
        ] {
            if let Some(took) = trace.span(stage) {
                shard.sample(metric, began, MediaDelta::from_duration(took).as_micros());
            }
        }
        if let Some(chosen) = trace.chosen {
            shard.sample(Metric::Present, began, span(origin.micros(chosen), at));
        }
        if let Some(offset) = trace.av_offset {
            shard.sample(Metric::AvOffset, at, offset.as_micros());
        }
        if let Some(row) = self.trace.as_mut().and_then(|kept| kept.shown(trace.epoch.0, trace.sequence)) {
            row.unbuffered_us = trace.unbuffered.map(|at| origin.micros(at));
            row.decoded_us = trace.decoded.map(|at| origin.micros(at));
            row.chosen_us = trace.chosen.map(|at| origin.micros(at));
            row.presented_us = Some(at);
            row.av_offset_us = trace.av_offset.map(MediaDelta::as_micros);
        }
        if let Some(echo) = trace.input {
            self.shown(shard, echo.id, origin.stamp(echo.issued_us), at);
        }
    }

    /// A round trip, and what it says of the server's clock.
    pub(super) fn link(&mut self, shard: &mut Shard, now_us: u64, rtt_us: u64, ahead_us: i64, bound_us: u64) {
        self.row.server_ahead_us = Some((ahead_us, bound_us));
        if let Some(streaming) = &mut self.streaming {
            streaming.link = Some((ahead_us, bound_us));
            shard.sample(Metric::Rtt, now_us.saturating_sub(rtt_us), span(0, rtt_us));
        }
    }

    /// What a session's stream lost and dropped in all.
    pub(super) fn totals(&mut self, shard: &mut Shard, lost: u64, drops: &DropCounts) {
        shard.sums.lost = shard.sums.lost.saturating_add(lost);
        shard.sums.drops = shard.sums.drops.saturating_add(drops.total());
        shard.drops = shard.drops.plus(*drops);
        (self.row.lost, self.row.dropped) = (lost, drops.total());
    }

    fn trace_frame(&mut self, budget: &Budget, origin: Origin, packet: &Packet, network_us: Option<u64>) {
        let Some(trace) = &mut self.trace else { return };
        let micros = |duration: std::time::Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let row = FrameRow {
            session: self.row.session,
            epoch: packet.epoch.0,
            sequence: packet.sequence,
            pts_us: packet.pts.as_micros(),
            bytes: u32::try_from(packet.payload.len()).unwrap_or(u32::MAX),
            keyframe: packet.keyframe,
            input: packet.input.map(|echo| echo.id),
            render_us: packet.server.render.map(micros),
            encode_us: packet.server.encode.map(micros),
            queue_us: queue(packet),
            network_us,
            first_byte_us: origin.micros(packet.arrival.first_byte),
            last_byte_us: origin.micros(packet.arrival.last_byte),
            ..FrameRow::default()
        };
        trace.frame(budget, row);
    }
}

impl Streaming {
    /// How a frame follows the one before; how many freezes it ends.
    fn follow(&mut self, shard: &mut Shard, at: u64, packet: &Packet, watched: bool) -> u64 {
        match self.paused {
            Paused::No => {}
            paused => {
                self.received.pause();
                self.transit.pause();
                if let Paused::Resuming(since) = paused {
                    self.paused_window_us += shard.window.overlap(since, at);
                    self.paused = Paused::No;
                    self.shown.pause();
                }
            }
        }
        let before = self.received.last();
        let arrived = self.transit.frame(packet.epoch.0, at, packet.pts.as_micros());
        let gap = self.received.frame(at);
        if let (true, Some(before)) = (arrived.follows, before) {
            shard.sample(Metric::FrameInterval, before, span(before, at));
            shard.course.at(at).interval(span(before, at));
            if let Some(jitter) = arrived.jitter_us {
                shard.sample(Metric::Jitter, before, jitter.round() as i64);
            }
            shard.sample(Metric::Lateness, before, arrived.lateness_us);
        }
        match gap {
            Some((gap, judged)) if watched => judge(shard, at, gap, judged),
            _ => 0,
        }
    }

    /// Where the frame's time went; the time on the network in microseconds, where the clocks' offset is known.
    fn stages(&self, shard: &mut Shard, origin: Origin, packet: &Packet) -> Option<u64> {
        let (first, last) = (origin.micros(packet.arrival.first_byte), origin.micros(packet.arrival.last_byte));
        let micros = |duration: std::time::Duration| MediaDelta::from_duration(duration).as_micros();
        if let Some(render) = packet.server.render {
            shard.sample(Metric::ServerRender, last, micros(render));
        }
        if let Some(encode) = packet.server.encode {
            shard.sample(Metric::ServerEncode, last, micros(encode));
        }
        if let Some(queue) = queue(packet) {
            shard.sample(Metric::ServerQueue, last, span(0, queue));
        }
        // What comes as one message has one moment: how long its bytes took nobody has seen.
        if first < last {
            shard.sample(Metric::Transfer, first, span(first, last));
        }
        let (ahead, bound) = self.link?;
        let sent = packet.server.sent_us?;
        let network = one_way(packet.arrival.first_byte.as_micros(), sent, ahead, bound)?;
        shard.estimate(Metric::Network, last, network, bound);
        u64::try_from(network).ok()
    }

    /// A stream that was lost is back with a new frame.
    fn recover(&mut self, shard: &mut Shard, at: u64, packet: &Packet) -> Option<(u64, String)> {
        let duration = packet.duration.as_micros();
        let pts = packet.pts.as_micros();
        let before = self.pts_end_us.replace((pts.saturating_add(duration), duration));
        let (lost, why) = self.lost.take()?;
        shard.sample(Metric::Reconnect, lost, span(lost, at));
        let Some((expected, duration)) = before else { return Some((lost, why)) };
        let missing = pts.saturating_sub(expected);
        // The media clock goes on while the world does. Where it began anew nobody knows what was lost.
        if shard.counts(lost)
            && duration > 0
            && missing > -duration
            && missing <= span(lost, at).saturating_add(CLOCK_SLACK_US)
        {
            shard.sums.recoveries_window += 1;
            shard.sums.recovery_lost_window += u64::try_from(missing.saturating_add(duration / 2) / duration).unwrap_or(0);
        }
        Some((lost, why))
    }

    /// From issued here to generated there, where both clocks are known.
    pub(super) fn to_server(&self, issued: Monotonic, generated_us: Option<u64>) -> Option<(i64, u64)> {
        let (ahead, bound) = self.link?;
        let here = i128::from(generated_us?) - i128::from(ahead);
        clamp(here - i128::from(issued.as_micros()), bound).map(|took| (took, bound))
    }
}

/// Counts a gap that a viewer notices; how many freezes it is.
fn judge(shard: &mut Shard, at: u64, gap: u64, judged: Gap) -> u64 {
    match judged {
        Gap::Smooth => 0,
        Gap::Stutter => {
            shard.sums.stutters_window += u64::from(shard.counts(at - gap));
            0
        }
        Gap::Freeze => {
            shard.freeze(at, gap, false);
            1
        }
    }
}

/// From encoded to the server's socket. A picture is encoded between the moment of its completion and that of its sending, and that
/// time has a stage of its own: stages follow one another, so that they add up.
fn queue(packet: &Packet) -> Option<u64> {
    let server = &packet.server;
    let encode = server.encode.map_or(0, |took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    server.sent_us?.checked_sub(server.generated_us?)?.checked_sub(encode)
}

/// From a stamp of the server's clock to one of ours.
fn one_way(here_us: u64, there_us: u64, ahead_us: i64, bound_us: u64) -> Option<i64> {
    clamp(i128::from(here_us) - (i128::from(there_us) - i128::from(ahead_us)), bound_us)
}

/// Nothing arrives before it is sent: within the bound a negative span is 0, and beyond it the estimate is worth nothing.
fn clamp(took: i128, bound_us: u64) -> Option<i64> {
    if took < -i128::from(bound_us) {
        return None;
    }
    i64::try_from(took.max(0)).ok()
}
