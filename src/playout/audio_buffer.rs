//! The jitter buffer of sound: coded packets by presentation time. Says whether the next one is there, missing or lost; decides
//! nothing about when.

use std::collections::VecDeque;

use crate::media::{DropCause, MediaDelta, MediaTime, Packet};

/// Packets held; more than the longest cap and chunk need. When full the oldest goes: the newest is what counts.
const CAPACITY: usize = 256;
/// Timestamps that differ by less belong together: rounding of sample counts to microseconds.
const TOLERANCE: MediaDelta = MediaDelta::from_millis(2);

/// The buffer.
#[derive(Debug)]
pub struct AudioBuffer {
    packets: VecDeque<Packet>,
    next: Option<MediaTime>,
    last_taken: Option<u64>,
}

/// What stands at the head of the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// The packet that continues the sound.
    Ready,
    /// A later packet: so much before it was lost.
    Gap(MediaDelta),
    /// Nothing.
    Empty,
}

impl Default for AudioBuffer {
    fn default() -> Self {
        Self { packets: VecDeque::with_capacity(CAPACITY), next: None, last_taken: None }
    }
}

impl AudioBuffer {
    /// Takes a packet in, in its place. Returns a cause for each packet that is dropped: this one (late, duplicate) or, from a
    /// full buffer, the oldest.
    pub fn push(&mut self, packet: Packet) -> Option<DropCause> {
        if self.last_taken == Some(packet.sequence) || self.packets.iter().any(|held| held.sequence == packet.sequence) {
            return Some(DropCause::Duplicate);
        }
        if self.next.is_some_and(|next| packet.pts + TOLERANCE < next) {
            return Some(DropCause::Late);
        }
        let full = self.packets.len() == CAPACITY;
        if full {
            self.packets.pop_front();
        }
        let place = self.packets.partition_point(|held| held.pts <= packet.pts);
        self.packets.insert(place, packet);
        full.then_some(DropCause::QueueFull)
    }

    /// What stands at the head.
    #[must_use]
    pub fn head(&self) -> Head {
        match (self.packets.front(), self.next) {
            (None, _) => Head::Empty,
            (Some(first), Some(next)) if first.pts - next > TOLERANCE => Head::Gap(first.pts - next),
            _ => Head::Ready,
        }
    }

    /// The first packet's presentation time.
    #[must_use]
    pub fn first_pts(&self) -> Option<MediaTime> {
        self.packets.front().map(|packet| packet.pts)
    }

    /// The first packet's end.
    #[must_use]
    pub fn first_end(&self) -> Option<MediaTime> {
        self.packets.front().map(|packet| packet.pts + packet.duration)
    }

    /// Takes the first packet, gap or not.
    pub fn take(&mut self) -> Option<Packet> {
        let packet = self.packets.pop_front()?;
        self.next = Some(packet.pts + packet.duration);
        self.last_taken = Some(packet.sequence);
        Some(packet)
    }

    /// Tells where the sound in hand ends, when that differs from what the packets said.
    pub fn continue_at(&mut self, next: Option<MediaTime>) {
        self.next = next;
    }

    /// Media from the first packet's start to the last one's end.
    #[must_use]
    pub fn span(&self) -> MediaDelta {
        match (self.packets.front(), self.packets.back()) {
            (Some(first), Some(last)) => last.pts + last.duration - first.pts,
            _ => MediaDelta::ZERO,
        }
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

    /// Forgets everything; returns how many packets that were.
    pub fn clear(&mut self) -> usize {
        let held = self.packets.len();
        self.packets.clear();
        self.next = None;
        self.last_taken = None;
        held
    }
}
