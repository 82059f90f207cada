//! Keeps pictures with lost references off the screen: decoders go on after a loss and return damaged pictures (HO-27). Knows
//! packets and no codec.

use super::error::CodecError;
use crate::media::{Epoch, Packet};

/// Open while every packet since the last keyframe came through.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gate {
    expected: Option<(Epoch, u64)>,
}

impl Gate {
    /// Lets a packet through that is a keyframe or continues the one before without a gap.
    pub(super) fn admit(&mut self, packet: &Packet, keyframe: bool) -> Result<(), CodecError> {
        let here = (packet.epoch, packet.sequence);
        if !keyframe && self.expected != Some(here) {
            self.close();
            return Err(CodecError::NoReference { codec: packet.format.name() });
        }
        self.expected = Some((packet.epoch, packet.sequence.wrapping_add(1)));
        Ok(())
    }

    /// Lets nothing through until the next keyframe.
    pub(super) fn close(&mut self) {
        self.expected = None;
    }
}
