//! Coded pictures on their way to the decoder: gates on losses, skips what would only be dropped, bounded. Knows positions as
//! arguments and never looks into a payload.

use std::collections::VecDeque;

use crate::media::{DropCause, DropCounts, MediaDelta, MediaTime, Packet};

/// Packets held: ten seconds at 24 frames per second. When full, everything up to the next keyframe is dropped.
const CAPACITY: usize = 240;
/// Bytes held, for the same reason.
const CAPACITY_BYTES: usize = 32 << 20;

/// The queue.
#[derive(Debug)]
pub struct VideoQueue {
    packets: VecDeque<Packet>,
    bytes: usize,
    newest: Option<u64>,
    needs_keyframe: bool,
}

impl Default for VideoQueue {
    fn default() -> Self {
        Self { packets: VecDeque::with_capacity(CAPACITY), bytes: 0, newest: None, needs_keyframe: true }
    }
}

impl VideoQueue {
    /// Takes a packet in, or says why not. After a gap in the sequence, or a full queue, nothing but a keyframe is taken, since
    /// decoders go on with damaged pictures (HO-27).
    ///
    /// # Errors
    /// The cause of the drop.
    pub fn push(&mut self, packet: Packet) -> Result<(), DropCause> {
        if self.newest.is_some_and(|newest| packet.sequence <= newest) {
            return Err(DropCause::Duplicate);
        }
        let follows = self.newest.is_some_and(|newest| packet.sequence == newest + 1);
        self.newest = Some(packet.sequence);
        if !packet.keyframe && (self.needs_keyframe || !follows) {
            self.needs_keyframe = true;
            return Err(DropCause::NoReference);
        }
        if self.packets.len() >= CAPACITY || self.bytes.saturating_add(packet.payload.len()) > CAPACITY_BYTES {
            self.needs_keyframe = true;
            return Err(DropCause::QueueFull);
        }
        self.needs_keyframe = false;
        self.bytes += packet.payload.len();
        self.packets.push_back(packet);
        Ok(())
    }

    /// Takes the next packet to decode. Where the head is late and a keyframe stands behind it that is late too, everything
    /// before the last such keyframe would only be dropped after decoding: it is dropped now. Where decoding through a backlog
    /// would take longer than `patience`, it is dropped up to the next keyframe, or to its end, and a keyframe is needed.
    pub fn take(
        &mut self,
        position: Option<MediaTime>,
        decode: MediaDelta,
        patience: MediaDelta,
        drops: &mut DropCounts,
    ) -> Option<Packet> {
        if let Some(position) = position {
            if let Some(last_due) = self.packets.iter().rposition(|packet| packet.keyframe && packet.pts <= position) {
                self.discard(last_due, DropCause::Late, drops);
            }
            let late = self.packets.iter().take_while(|packet| packet.pts <= position).count();
            let work = decode.as_micros().max(0).saturating_mul(late as i64);
            if late > 3 && work > patience.as_micros() {
                let keyframe = self.packets.iter().skip(1).position(|packet| packet.keyframe).map(|place| place + 1);
                self.discard(keyframe.unwrap_or(self.packets.len()), DropCause::Late, drops);
                self.needs_keyframe = self.packets.is_empty();
            }
        }
        let packet = self.packets.pop_front()?;
        self.bytes -= packet.payload.len();
        Some(packet)
    }

    /// The decoder lost its references: drops up to the next keyframe, and needs one if there is none.
    pub fn lost_reference(&mut self, drops: &mut DropCounts) {
        let keyframe = self.packets.iter().position(|packet| packet.keyframe);
        self.discard(keyframe.unwrap_or(self.packets.len()), DropCause::NoReference, drops);
        self.needs_keyframe = self.packets.is_empty();
    }

    /// Forgets everything: another timeline, whose sequence counts anew. Returns how many packets that were.
    pub fn clear(&mut self) -> usize {
        let held = self.packets.len();
        self.packets.clear();
        self.bytes = 0;
        self.newest = None;
        self.needs_keyframe = true;
        held
    }

    /// Whether nothing can be decoded before a keyframe comes. True at the start, too.
    #[must_use]
    pub const fn needs_keyframe(&self) -> bool {
        self.needs_keyframe
    }

    /// Whether anything came on this timeline.
    #[must_use]
    pub const fn has_seen_any(&self) -> bool {
        self.newest.is_some()
    }

    /// The earliest presentation time of the packets held.
    #[must_use]
    pub fn earliest(&self) -> Option<MediaTime> {
        self.packets.iter().map(|packet| packet.pts).min()
    }

    /// How many of the packets held should have been shown by a position.
    #[must_use]
    pub fn late(&self, position: MediaTime) -> usize {
        self.packets.iter().take_while(|packet| packet.pts <= position).count()
    }

    /// Packets held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    fn discard(&mut self, count: usize, cause: DropCause, drops: &mut DropCounts) {
        for packet in self.packets.drain(..count) {
            self.bytes -= packet.payload.len();
        }
        drops.add(cause, count as u64);
    }
}
