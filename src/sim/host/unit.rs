//! A coded unit on its way out: an envelope but for what is only known when it is handed to the socket.

use bytes::{Bytes, BytesMut};

use crate::wire::{Envelope, fragment};

/// Splits a whole unit into binary messages.
pub(super) fn messages(unit: &Envelope) -> Vec<Bytes> {
    let Ok(parts) = fragment(unit) else {
        // The encoders' bit rates keep units three orders of magnitude below the bound; one above it is not sent.
        tracing::error!(bytes = unit.payload.len(), "a coded unit is above the protocol's bound and is dropped");
        return Vec::new();
    };
    parts
        .map(|part| {
            let mut message = BytesMut::new();
            part.print(&mut message);
            message.freeze()
        })
        .collect()
}
