//! The way of media through the session: envelope, assembly, gate, packet. Allocates nothing for a unit of one fragment.

use bytes::Bytes;

use super::gate::Gate;
use super::stats::Stats;
use crate::media::{DropCause, Epoch, Monotonic, Packet, Track};
use crate::wire::{Assembler, Envelope, Fault, FaultKind, Kind, Unit, WireError};

/// Unknown codecs that are remembered as told; a server with more of them is told about no further ones.
const TOLD: usize = 8;

/// Turns binary messages into packets.
#[derive(Debug)]
pub(super) struct Intake {
    assembler: Assembler,
    video: Gate,
    audio: Gate,
    told: [Option<(Track, u8)>; TOLD],
}

/// What one binary message led to.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// A packet to hand over.
    pub(super) packet: Option<Packet>,
    /// A codec that is met for the first time and not known.
    pub(super) unknown: Option<(Track, u8)>,
    /// Whether video waits for a keyframe that must be asked for.
    pub(super) wants_keyframe: bool,
    /// Fragments that contradict each other.
    pub(super) fault: Option<Fault>,
}

impl Intake {
    /// Nothing received yet.
    pub(super) fn new() -> Self {
        Self { assembler: Assembler::new(), video: Gate::video(), audio: Gate::audio(), told: [None; TOLD] }
    }

    /// Takes one binary message that was read at `now`.
    pub(super) fn take(&mut self, now: Monotonic, message: Bytes, stats: &mut Stats) -> Result<Taken, WireError> {
        stats.media_bytes += message.len() as u64;
        let assembled = self.assembler.push(Envelope::parse(message)?, now);
        let mut taken = Taken::default();
        if let Some(fault) = assembled.fault {
            match fault.kind {
                FaultKind::Duplicate(_) => stats.drops.add(DropCause::Duplicate, 1),
                FaultKind::HeadersDiffer => taken.fault = Some(fault),
                FaultKind::Missing { .. } | FaultKind::CutOff { .. } | FaultKind::NoBeginning(_) => {}
            }
            // The gate will see the gap with the next unit; asking now saves the time until then.
            taken.wants_keyframe = fault.track == Track::Video && fault.kind.loses_unit();
        }
        if let Some(unit) = assembled.unit {
            self.judge(unit, &mut taken, stats);
        }
        Ok(taken)
    }

    fn judge(&mut self, unit: Unit, taken: &mut Taken, stats: &mut Stats) {
        let track = unit.envelope.track();
        let (epoch, sequence) = (Epoch(unit.envelope.epoch), unit.envelope.sequence);
        let gate = match track {
            Track::Video => &mut self.video,
            Track::Audio => &mut self.audio,
        };
        let packet = match unit.into_packet() {
            Ok(packet) => packet,
            Err(kind) => {
                gate.skip(epoch, sequence);
                stats.drops.add(DropCause::UnknownCodec, 1);
                taken.unknown = self.first_of(track, kind);
                return;
            }
        };
        let (lost, verdict) = gate.judge(epoch, sequence, packet.keyframe);
        stats.lost = stats.lost.saturating_add(lost);
        match verdict {
            Ok(()) => {
                match track {
                    Track::Video => stats.video_packets += 1,
                    Track::Audio => stats.audio_packets += 1,
                }
                taken.packet = Some(packet);
            }
            Err(cause) => {
                stats.drops.add(cause, 1);
                taken.wants_keyframe |= cause == DropCause::NoReference;
            }
        }
    }

    /// The codec, if it is met for the first time.
    fn first_of(&mut self, track: Track, kind: Kind) -> Option<(Track, u8)> {
        let Kind::UnknownCodec { codec, .. } = kind else { return None };
        if self.told.contains(&Some((track, codec))) {
            return None;
        }
        let free = self.told.iter_mut().find(|told| told.is_none())?;
        *free = Some((track, codec));
        *free
    }

    /// Whether no video passes before the next keyframe.
    pub(super) const fn needs_keyframe(&self) -> bool {
        self.video.needs_keyframe()
    }
}
