//! The face of an audio decoder. Knows no codec; its backends stand beside it.

use super::error::CodecError;
use crate::media::{AudioBlock, Packet};

/// Turns packets of one stream, in order, into 48 kHz stereo samples.
pub trait AudioDecode {
    /// Decodes one packet into `out`, replacing what it held and keeping its memory. `out.pts` is the packet's pts: the wire's
    /// timestamps already have the codec delay taken off.
    ///
    /// # Errors
    /// [`CodecError::Corrupt`], [`CodecError::Unsupported`] or [`CodecError::WrongFormat`]; the next packet may be decoded
    /// all the same.
    fn decode(&mut self, packet: &Packet, out: &mut AudioBlock) -> Result<(), CodecError>;

    /// Fills `out` with `frames` that stand in for a lost packet, continuing the sound before; `out.pts` is left to the caller.
    /// A codec without concealment of its own gives silence.
    ///
    /// # Errors
    /// [`CodecError::Corrupt`] where the codec cannot conceal.
    fn conceal(&mut self, frames: usize, out: &mut AudioBlock) -> Result<(), CodecError>;

    /// Forgets the sound before. For a new epoch or a seek.
    fn reset(&mut self);
}
