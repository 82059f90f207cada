//! Joins the fragments of coded units into whole units.
//!
//! Fragments of one track come in order and do not interleave; fragments of the two tracks may. What breaks that rule is
//! dropped and named, never guessed at. Neighbours: `envelope` parses what goes in; the session counts the faults and asks for a
//! keyframe. It reads no clock: the time of arrival is an argument.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::bounds::FRAGMENT_BYTES;
use super::envelope::{Envelope, Kind};
use crate::media::{
    Arrival, Chunk, Epoch, Format, InputEcho, MediaDelta, MediaTime, Monotonic, Packet, ServerStages, Track, VideoCodec,
};

/// Buffers that units of several fragments are joined in, over both tracks. As long as fewer joined units are held by the
/// player, joining allocates nothing; beyond that a fresh buffer takes an old one's place.
const BUFFERS: usize = 8;

/// Joins fragments, one unit per track at a time. Holds at most one unfinished unit of
/// [`MAX_UNIT_BYTES`](super::MAX_UNIT_BYTES) per track.
#[derive(Debug, Default)]
pub struct Assembler {
    open: [Option<Open>; 2],
    buffers: [BytesMut; BUFFERS],
    next_buffer: usize,
}

/// A whole unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Header and whole payload: fragment 0 of 1, however it travelled.
    pub envelope: Envelope,
    /// When its first and its last fragment came.
    pub arrival: Arrival,
}

/// What one envelope led to: a whole unit, a loss, both (a unit cut off by a whole one) or neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assembled {
    /// The unit that this envelope completed.
    pub unit: Option<Unit>,
    /// What was dropped.
    pub fault: Option<Fault>,
}

/// Something dropped for breaking the fragmentation rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{track} unit {sequence}: {kind}")]
pub struct Fault {
    /// On which track.
    pub track: Track,
    /// The unit that suffers.
    pub sequence: u64,
    /// What is wrong.
    pub kind: FaultKind,
}

/// How fragments broke the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FaultKind {
    /// A fragment was skipped: the unit is lost.
    #[error("fragment {expected} is missing: {found} came instead")]
    Missing {
        /// The fragment that was due.
        expected: u16,
        /// The fragment that came.
        found: u16,
    },
    /// A fragment came twice: the second is ignored, the unit goes on.
    #[error("fragment {0} came twice")]
    Duplicate(u16),
    /// Another unit of the track began before this one was whole: this one is lost.
    #[error("cut off by another unit after {have} of {of} fragments")]
    CutOff {
        /// Fragments that came.
        have: u16,
        /// Fragments of the unit.
        of: u16,
    },
    /// A fragment of a unit whose beginning never came: the fragment is ignored.
    #[error("fragment {0} without the beginning of its unit")]
    NoBeginning(u16),
    /// A fragment whose header differs from that of its unit's first: the unit is lost.
    #[error("the headers of its fragments differ")]
    HeadersDiffer,
}

impl FaultKind {
    /// Whether a unit is lost, and with it whatever refers to it.
    #[must_use]
    pub const fn loses_unit(self) -> bool {
        !matches!(self, Self::Duplicate(_))
    }
}

#[derive(Debug)]
struct Open {
    /// The first fragment's header; its payload is empty.
    header: Envelope,
    joined: BytesMut,
    /// Which of the assembler's buffers `joined` is.
    buffer: usize,
    due: u16,
    first_byte: Monotonic,
}

impl Assembler {
    /// An assembler with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one parsed envelope that was read from the socket at `now`. A unit of one fragment passes through uncopied.
    pub fn push(&mut self, envelope: Envelope, now: Monotonic) -> Assembled {
        let slot = envelope.track() as usize;
        match self.open[slot].take() {
            Some(open) if envelope.fragment > 0 || same_unit(&open.header, &envelope) => self.go_on(open, envelope, now),
            Some(open) => {
                let fault = open.fault(FaultKind::CutOff { have: open.due, of: open.header.fragments });
                self.put_back(open);
                Assembled { unit: self.begin(envelope, now), fault: Some(fault) }
            }
            None if envelope.fragment > 0 => {
                Assembled { unit: None, fault: Some(fault_of(&envelope, FaultKind::NoBeginning(envelope.fragment))) }
            }
            None => Assembled { unit: self.begin(envelope, now), fault: None },
        }
    }

    /// Forgets unfinished units, such as after a reconnect.
    pub fn clear(&mut self) {
        for slot in 0..self.open.len() {
            if let Some(open) = self.open[slot].take() {
                self.put_back(open);
            }
        }
    }

    fn begin(&mut self, mut envelope: Envelope, now: Monotonic) -> Option<Unit> {
        if envelope.fragments == 1 {
            return Some(Unit { envelope, arrival: Arrival { first_byte: now, last_byte: now } });
        }
        let payload = std::mem::take(&mut envelope.payload);
        let (buffer, mut joined) = self.take_buffer(envelope.unit_bytes as usize);
        joined.extend_from_slice(&payload);
        let slot = envelope.track() as usize;
        self.open[slot] = Some(Open { header: envelope, joined, buffer, due: 1, first_byte: now });
        None
    }

    fn go_on(&mut self, mut open: Open, envelope: Envelope, now: Monotonic) -> Assembled {
        let slot = envelope.track() as usize;
        if !same_unit(&open.header, &envelope) {
            // The unit that came has lost its beginning and the open one its rest: the open one is the loss to report.
            let fault = open.fault(FaultKind::CutOff { have: open.due, of: open.header.fragments });
            self.put_back(open);
            return Assembled { unit: None, fault: Some(fault) };
        }
        let kind = if !same_header(&open.header, &envelope) {
            Some(FaultKind::HeadersDiffer)
        } else if envelope.fragment < open.due {
            Some(FaultKind::Duplicate(envelope.fragment))
        } else if envelope.fragment > open.due {
            Some(FaultKind::Missing { expected: open.due, found: envelope.fragment })
        } else {
            None
        };
        if let Some(kind) = kind {
            let fault = open.fault(kind);
            if kind.loses_unit() {
                self.put_back(open)
            } else {
                self.open[slot] = Some(open)
            }
            return Assembled { unit: None, fault: Some(fault) };
        }
        open.joined.extend_from_slice(&envelope.payload);
        open.due += 1;
        if open.due < open.header.fragments {
            self.open[slot] = Some(open);
            return Assembled::default();
        }
        let arrival = Arrival { first_byte: open.first_byte, last_byte: now };
        Assembled { unit: Some(Unit { envelope: self.close(open), arrival }), fault: None }
    }

    fn close(&mut self, mut open: Open) -> Envelope {
        let mut envelope = open.header;
        envelope.payload = open.joined.split().freeze();
        envelope.fragments = 1;
        // The emptied handle still shares the memory, and takes it back once the payload is dropped.
        self.buffers[open.buffer] = open.joined;
        envelope
    }

    fn put_back(&mut self, mut open: Open) {
        open.joined.clear();
        self.buffers[open.buffer] = open.joined;
    }

    /// An empty buffer with room for `bytes`, reused where one is free.
    fn take_buffer(&mut self, bytes: usize) -> (usize, BytesMut) {
        for step in 0..BUFFERS {
            let index = (self.next_buffer + step) % BUFFERS;
            if self.buffers[index].try_reclaim(bytes) {
                self.next_buffer = (index + 1) % BUFFERS;
                return (index, std::mem::take(&mut self.buffers[index]));
            }
        }
        let index = self.next_buffer;
        self.next_buffer = (index + 1) % BUFFERS;
        // Rounded up, so that sizes that vary a little settle on buffers that fit them all.
        (index, BytesMut::with_capacity(bytes.next_power_of_two().max(4 * FRAGMENT_BYTES)))
    }
}

impl Open {
    fn fault(&self, kind: FaultKind) -> Fault {
        fault_of(&self.header, kind)
    }
}

fn fault_of(envelope: &Envelope, kind: FaultKind) -> Fault {
    Fault { track: envelope.track(), sequence: envelope.sequence, kind }
}

fn same_unit(first: &Envelope, other: &Envelope) -> bool {
    first.sequence == other.sequence && first.epoch == other.epoch
}

/// Whether two envelopes agree in everything but fragment index, payload and the time of hand-over.
fn same_header(first: &Envelope, other: &Envelope) -> bool {
    let other = Envelope { fragment: first.fragment, sent_us: first.sent_us, payload: Bytes::new(), ..other.clone() };
    *first == other
}

impl Unit {
    /// The unit as a packet for a player.
    ///
    /// # Errors
    /// The kind, for a codec that this side does not know.
    pub fn into_packet(self) -> Result<Packet, Kind> {
        let Self { envelope, arrival } = self;
        let Kind::Media(format) = envelope.kind else { return Err(envelope.kind) };
        let known = |micros: u32| (micros > 0).then(|| Duration::from_micros(micros.into()));
        Ok(Packet {
            format,
            epoch: Epoch(envelope.epoch),
            sequence: envelope.sequence,
            pts: MediaTime::from_micros(envelope.pts_us),
            duration: MediaDelta::from_micros(envelope.duration_us.into()),
            keyframe: envelope.keyframe || matches!(format, Format::Audio(_) | Format::Video(VideoCodec::Mjpeg)),
            discontinuity: envelope.discontinuity,
            chunk: Chunk { index: envelope.chunk_index, len: envelope.chunk_len },
            input: envelope.input.map(|(id, issued_us)| InputEcho { id, issued_us }),
            server: ServerStages {
                generated_us: envelope.generated_us,
                sent_us: envelope.sent_us,
                render: known(envelope.render_us),
                encode: known(envelope.encode_us),
            },
            arrival,
            payload: envelope.payload,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::envelope::fragment;
    use super::*;
    use crate::media::VideoCodec;

    fn unit(track: u8, sequence: u64, bytes: usize) -> Envelope {
        let kind =
            if track == 0 { Kind::Media(Format::Video(VideoCodec::H264)) } else { Kind::UnknownCodec { track, codec: 9 } };
        let payload: Vec<u8> = (0..bytes).map(|index| (index as u64 * 31 + sequence) as u8).collect();
        Envelope {
            kind,
            keyframe: true,
            discontinuity: false,
            epoch: 1,
            sequence,
            pts_us: 40_000,
            duration_us: 33_333,
            fragment: 0,
            fragments: 1,
            unit_bytes: bytes as u32,
            chunk_index: 0,
            chunk_len: 1,
            state_version: 0,
            input: Some((3, 5)),
            generated_us: None,
            sent_us: None,
            render_us: 0,
            encode_us: 0,
            payload: payload.into(),
        }
    }

    fn parts(unit: &Envelope) -> Vec<Envelope> {
        fragment(unit).unwrap().collect()
    }

    fn at(micros: u64) -> Monotonic {
        Monotonic::from_micros(micros)
    }

    #[test]
    fn a_unit_of_one_fragment_passes_through_uncopied() {
        let whole = unit(0, 0, 100);
        let address = whole.payload.as_ptr();
        let done = Assembler::new().push(whole, at(7)).unit.unwrap();
        assert_eq!(done.envelope.payload.as_ptr(), address);
        assert_eq!(done.arrival, Arrival { first_byte: at(7), last_byte: at(7) });
    }

    #[test]
    fn audio_between_the_fragments_of_a_keyframe_does_not_disturb_them() {
        let (video, audio) = (unit(0, 4, 3 * FRAGMENT_BYTES + 1), unit(1, 9, 200));
        let mut assembler = Assembler::new();
        let mut whole = Vec::new();
        for (index, part) in parts(&video).into_iter().enumerate() {
            whole.extend(assembler.push(part, at(index as u64)).unit);
            whole.extend(assembler.push(audio.clone(), at(50)).unit);
        }
        let (last, audio_units): (Vec<_>, Vec<_>) =
            whole.into_iter().partition(|unit| unit.envelope.track() == Track::Video);
        assert_eq!(last[0].envelope, video);
        assert_eq!(last[0].arrival, Arrival { first_byte: at(0), last_byte: at(3) });
        assert_eq!(audio_units.len(), 4);
    }

    #[test]
    fn a_missing_fragment_loses_the_unit_and_nothing_else() {
        let mut assembler = Assembler::new();
        let mut these = parts(&unit(0, 4, 3 * FRAGMENT_BYTES));
        these.remove(1);
        let faults: Vec<_> = these.into_iter().filter_map(|part| assembler.push(part, at(0)).fault).collect();
        let kind = FaultKind::Missing { expected: 1, found: 2 };
        assert_eq!(faults, [Fault { track: Track::Video, sequence: 4, kind }]);
        let next = unit(0, 5, 2 * FRAGMENT_BYTES);
        let units: Vec<_> = parts(&next).into_iter().filter_map(|part| assembler.push(part, at(0)).unit).collect();
        assert_eq!(units[0].envelope, next);
    }

    #[test]
    fn a_fragment_that_comes_twice_is_ignored_and_the_unit_goes_on() {
        let mut assembler = Assembler::new();
        let whole = unit(0, 4, 2 * FRAGMENT_BYTES);
        let these = parts(&whole);
        assert_eq!(assembler.push(these[0].clone(), at(0)), Assembled::default());
        let twice = assembler.push(these[0].clone(), at(0));
        assert_eq!(twice.fault.map(|fault| fault.kind), Some(FaultKind::Duplicate(0)));
        assert_eq!(assembler.push(these[1].clone(), at(1)).unit.unwrap().envelope, whole);
    }

    #[test]
    fn a_unit_cut_off_by_the_next_is_reported_with_the_next() {
        let mut assembler = Assembler::new();
        assembler.push(parts(&unit(0, 4, 2 * FRAGMENT_BYTES)).remove(0), at(0));
        let both = assembler.push(unit(0, 5, 10), at(1));
        assert_eq!(both.unit.unwrap().envelope.sequence, 5);
        let kind = FaultKind::CutOff { have: 1, of: 2 };
        assert_eq!(both.fault, Some(Fault { track: Track::Video, sequence: 4, kind }));
    }

    #[test]
    fn a_fragment_without_a_beginning_or_with_another_header_is_dropped() {
        let mut assembler = Assembler::new();
        let these = parts(&unit(0, 4, 2 * FRAGMENT_BYTES));
        let late = assembler.push(these[1].clone(), at(0));
        assert_eq!(late.fault.map(|fault| fault.kind), Some(FaultKind::NoBeginning(1)));
        assembler.push(these[0].clone(), at(0));
        let other = Envelope { pts_us: 1, ..these[1].clone() };
        assert_eq!(assembler.push(other, at(0)).fault.map(|fault| fault.kind), Some(FaultKind::HeadersDiffer));
    }

    #[test]
    fn joining_reuses_memory_while_few_units_are_held() {
        let mut assembler = Assembler::new();
        let mut addresses = std::collections::HashSet::new();
        for sequence in 0..100 {
            let whole = unit(0, sequence, 3 * FRAGMENT_BYTES);
            for part in parts(&whole) {
                if let Some(done) = assembler.push(part, at(0)).unit {
                    addresses.insert(done.envelope.payload.as_ptr());
                }
            }
        }
        assert!(addresses.len() <= BUFFERS, "{} places for 100 units", addresses.len());
    }
}
