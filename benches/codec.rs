//! What decoding costs: one 360p H.264 frame, one 360p JPEG, one Opus packet. Run with `cargo bench --bench codec`.
#![allow(missing_docs, reason = "criterion's macros make the items")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use seaglass::codec::{
    AUDIO_FRAMES, AudioEncode, H264Backend, H264Encoder, MjpegEncoder, OpusEncoder, VideoEncode, audio_decoder,
    h264_decoder, video_decoder,
};
use seaglass::media::{
    Arrival, AudioBlock, AudioCodec, Chunk, Epoch, Format, MediaDelta, MediaTime, Packet, Picture, PicturePool,
    ServerStages, Size, VideoCodec,
};

const SIZE: Size = Size { width: 640, height: 360 };
const FRAMES: usize = 90;

fn packet(format: Format, sequence: usize, keyframe: bool, payload: &[u8]) -> Packet {
    Packet {
        format,
        epoch: Epoch(0),
        sequence: sequence as u64,
        pts: MediaTime::from_micros(33_333 * sequence as i64),
        duration: MediaDelta::from_micros(33_333),
        keyframe,
        discontinuity: false,
        chunk: Chunk::default(),
        input: None,
        server: ServerStages::default(),
        arrival: Arrival::default(),
        payload: payload.to_vec().into(),
    }
}

/// A landscape that pans: ridges, texture and a coloured sky.
fn scene(picture: &mut Picture, frame: usize) {
    let [y, u, v] = picture.planes_mut();
    let (width, height) = (SIZE.width as usize, SIZE.height as usize);
    for row in 0..height {
        for column in 0..width {
            let place = column + 3 * frame;
            let ridge = height / 2 + ((place as f32 / 60.0).sin() * 40.0) as usize % height;
            let noise = (place.wrapping_mul(2_654_435_761) ^ row.wrapping_mul(40_503)) >> 5 & 15;
            y[row * width + column] = if row < ridge { 180 - (row / 4) as u8 } else { 70 + (row / 8) as u8 + noise as u8 };
        }
    }
    u.fill(110);
    v.fill(140);
}

fn video(codec: VideoCodec, encoder: &mut dyn VideoEncode) -> Vec<Packet> {
    let (mut picture, mut unit) = (Picture::black(SIZE), Vec::new());
    (0..FRAMES)
        .map(|frame| {
            scene(&mut picture, frame);
            let keyframe = encoder.encode(&picture, frame == 0, &mut unit).expect("the encoder takes its own size");
            packet(Format::Video(codec), frame, keyframe, &unit)
        })
        .collect()
}

fn decoding(criterion: &mut Criterion) {
    let pool = PicturePool::new(2);
    let mut h264 = H264Encoder::new(SIZE, 30, 2_500_000).expect("openh264 starts");
    let packets = video(VideoCodec::H264, &mut h264);
    for backend in [H264Backend::Rusty, H264Backend::OpenH264] {
        criterion.bench_function(&format!("h264_360p/{backend:?}"), |bencher| {
            let mut decoder = h264_decoder(backend).expect("a decoder starts");
            let mut next = packets.iter().cycle();
            bencher.iter(|| decoder.decode(black_box(next.next().expect("endless")), &pool).expect("a clean stream"));
        });
    }
    let packets = video(VideoCodec::Mjpeg, &mut MjpegEncoder::new(SIZE, 30, 2_500_000));
    criterion.bench_function("mjpeg_360p", |bencher| {
        let mut decoder = video_decoder(VideoCodec::Mjpeg).expect("a decoder starts");
        let mut next = packets.iter().cycle();
        bencher.iter(|| decoder.decode(black_box(next.next().expect("endless")), &pool).expect("a clean stream"));
    });
    let mut opus = OpusEncoder::new(96_000).expect("an encoder starts");
    let mut bytes = Vec::new();
    let packets: Vec<Packet> = (0..100)
        .map(|block| {
            let sound: Vec<f32> = (0..AUDIO_FRAMES)
                .flat_map(|frame| {
                    let at = (block * AUDIO_FRAMES + frame) as f32 / 48_000.0;
                    [(at * 440.0 * std::f32::consts::TAU).sin() * 0.4, (at * 660.0 * std::f32::consts::TAU).sin() * 0.4]
                })
                .collect();
            opus.encode(&sound, &mut bytes).expect("a block of the right length");
            packet(Format::Audio(AudioCodec::Opus), block, true, &bytes)
        })
        .collect();
    criterion.bench_function("opus_20ms", |bencher| {
        let mut decoder = audio_decoder(AudioCodec::Opus).expect("a decoder starts");
        let (mut block, mut next) = (AudioBlock::default(), packets.iter().cycle());
        bencher.iter(|| decoder.decode(black_box(next.next().expect("endless")), &mut block).expect("a clean stream"));
    });
}

criterion_group!(benches, decoding);
criterion_main!(benches);
