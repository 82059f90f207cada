//! The binary media envelope.

#![no_main]

use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use seaglass::wire::{Envelope, FRAGMENT_BYTES};

fuzz_target!(|message: &[u8]| {
    if let Ok(envelope) = Envelope::parse(Bytes::copy_from_slice(message)) {
        assert!(envelope.payload.len() <= FRAGMENT_BYTES);
        let mut printed = BytesMut::new();
        envelope.print(&mut printed);
        assert_eq!(Envelope::parse(printed.freeze()), Ok(envelope));
    }
});
