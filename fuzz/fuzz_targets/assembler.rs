//! Streams of envelopes: each of the input's records sets a few header fields and a payload length, so that the fuzzer reaches
//! every order of fragments without having to guess a header.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use seaglass::media::Monotonic;
use seaglass::wire::{Assembler, Envelope, FRAGMENT_BYTES, Kind, MAX_UNIT_BYTES};

fuzz_target!(|records: &[u8]| {
    let mut assembler = Assembler::new();
    let full = Bytes::from(vec![7; FRAGMENT_BYTES]);
    for record in records.chunks_exact(4).take(4096) {
        let fragments = u16::from(record[1] >> 4) + 1;
        let fragment = u16::from(record[1] & 15) % fragments;
        let last = usize::from(record[2]) + 1;
        let unit_bytes = FRAGMENT_BYTES * usize::from(fragments - 1) + last;
        let envelope = Envelope {
            kind: Kind::UnknownCodec { track: record[0] & 1, codec: 9 },
            keyframe: record[0] & 2 != 0,
            discontinuity: false,
            epoch: u32::from(record[0] >> 7),
            sequence: u64::from(record[3]),
            pts_us: i64::from(record[0] >> 5),
            duration_us: 0,
            fragment,
            fragments,
            unit_bytes: unit_bytes as u32,
            chunk_index: 0,
            chunk_len: 1,
            state_version: 0,
            input: None,
            generated_us: None,
            sent_us: None,
            render_us: 0,
            encode_us: 0,
            payload: full.slice(..if fragment + 1 < fragments { FRAGMENT_BYTES } else { last }),
        };
        if let Some(unit) = assembler.push(envelope, Monotonic::ZERO).unit {
            assert_eq!(unit.envelope.payload.len(), unit.envelope.unit_bytes as usize);
            assert!(unit.envelope.payload.len() <= MAX_UNIT_BYTES);
            let _ = unit.into_packet();
        }
    }
});
