//! What an envelope costs between the socket's buffer and the player's queue: parsing, and printing on the server's side.

use bytes::{Bytes, BytesMut};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use seaglass::media::{Format, VideoCodec};
use seaglass::wire::{Envelope, Kind};

fn envelope(payload: usize) -> Envelope {
    Envelope {
        kind: Kind::Media(Format::Video(VideoCodec::H264)),
        keyframe: false,
        discontinuity: false,
        epoch: 1,
        sequence: 7,
        pts_us: 233_333,
        duration_us: 33_333,
        fragment: 0,
        fragments: 1,
        unit_bytes: payload as u32,
        chunk_index: 0,
        chunk_len: 1,
        state_version: 3,
        input: Some((9, 1_000_000)),
        generated_us: Some(5),
        sent_us: Some(6),
        render_us: 9000,
        encode_us: 4000,
        payload: Bytes::from(vec![0x5a; payload]),
    }
}

fn envelopes(criterion: &mut Criterion) {
    // A frame of the standard tier at its bit rate is about 10 kB.
    let frame = envelope(10_000);
    let mut printed = BytesMut::new();
    frame.print(&mut printed);
    let message = printed.freeze();

    let mut group = criterion.benchmark_group("envelope");
    group.throughput(Throughput::Bytes(message.len() as u64));
    group.bench_function("parse", |bench| bench.iter(|| Envelope::parse(message.clone())));
    let mut out = BytesMut::with_capacity(message.len());
    group.bench_function("print", |bench| {
        bench.iter(|| {
            out.clear();
            frame.print(&mut out);
        });
    });
    group.finish();
}

criterion_group!(benches, envelopes);
criterion_main!(benches);
