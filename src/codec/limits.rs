//! How large a picture may be before a decoder reserves memory for it.

use super::error::CodecError;
use crate::media::Size;

/// The largest side: UHD and cinema 4K fit. A hostile header could otherwise ask for gigabytes.
pub(super) const MAX_SIDE: u32 = 4096;

/// Refuses sizes that no tier has and that would cost more memory than a player should give.
pub(super) fn check_size(codec: &'static str, size: Size) -> Result<(), CodecError> {
    if (1..=MAX_SIDE).contains(&size.width) && (1..=MAX_SIDE).contains(&size.height) {
        return Ok(());
    }
    Err(CodecError::Unsupported { codec, what: format!("pictures of {size} (at most {MAX_SIDE} a side)") })
}
