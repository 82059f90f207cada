//! The face of a video decoder. Knows no codec; its backends stand beside it.

use super::error::CodecError;
use crate::media::{Packet, Picture, PicturePool};

/// Turns access units of one stream, in order, into pictures.
pub trait VideoDecode {
    /// Decodes one access unit into a picture of the pool. `Ok(None)`: the unit holds no picture (parameter sets alone).
    ///
    /// The decoder gates itself: after an error, and before its first keyframe, it refuses with
    /// [`CodecError::NoReference`] until a keyframe comes, since decoders go on with damaged pictures otherwise. The caller
    /// tells it of losses that it cannot see (a gap in the sequence) by [`VideoDecode::reset`].
    ///
    /// # Errors
    /// [`CodecError::Corrupt`], [`CodecError::NoReference`], [`CodecError::Unsupported`] or [`CodecError::WrongFormat`].
    fn decode(&mut self, packet: &Packet, pool: &PicturePool) -> Result<Option<Picture>, CodecError>;

    /// Forgets all references: nothing decodes until the next keyframe. For a sequence gap or a new epoch.
    fn reset(&mut self);
}
