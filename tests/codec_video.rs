//! Video decoders held against each other, against lost and damaged packets, and against what the encoder was given.
#![cfg(feature = "codec")]
#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod cases;

use bytes::Bytes;
use openh264::OpenH264API;
use openh264::encoder::{BitRate, Encoder, EncoderConfig, FrameRate, IntraFramePeriod, UsageType};
use openh264::formats::YUVBuffer;
use proptest::prelude::*;
use seaglass::codec::{CodecError, H264Backend, VideoDecode, h264_decoder, video_decoder};
use seaglass::media::{
    Arrival, Chunk, Epoch, Format, MediaDelta, MediaTime, Packet, Picture, PicturePool, ServerStages, VideoCodec,
};

fn packet(codec: VideoCodec, sequence: u64, keyframe: bool, payload: Vec<u8>) -> Packet {
    Packet {
        format: Format::Video(codec),
        epoch: Epoch(0),
        sequence,
        pts: MediaTime::from_micros(33_333 * sequence as i64),
        duration: MediaDelta::from_micros(33_333),
        keyframe,
        discontinuity: false,
        chunk: Chunk::default(),
        input: None,
        server: ServerStages::default(),
        arrival: Arrival::default(),
        payload: Bytes::from(payload),
    }
}

/// A moving pattern with edges, gradients and colour.
fn scene(width: usize, height: usize, frame: usize) -> YUVBuffer {
    let mut samples = Vec::with_capacity(width * height * 3 / 2);
    for y in 0..height {
        for x in 0..width {
            let block = ((x + 3 * frame) / 24 + y / 16) % 2 * 60;
            samples.push((40 + block + (x * 90 / width) + (y * 40 / height)) as u8);
        }
    }
    for plane in 0..2 {
        for y in 0..height / 2 {
            for x in 0..width / 2 {
                samples.push((100 + (x * 50 / (width / 2)) + (y + frame + 20 * plane) % 32) as u8);
            }
        }
    }
    YUVBuffer::from_vec(samples, width, height)
}

fn encoder() -> Encoder {
    let config = EncoderConfig::new()
        .bitrate(BitRate::from_bps(1_500_000))
        .max_frame_rate(FrameRate::from_hz(30.0))
        .usage_type(UsageType::CameraVideoRealTime)
        .intra_frame_period(IntraFramePeriod::from_num_frames(0))
        .skip_frames(false);
    Encoder::with_api_config(OpenH264API::from_source(), config).unwrap()
}

/// `sizes` one after another, `each` frames of each, an IDR at every change.
fn stream(sizes: &[(usize, usize)], each: usize) -> Vec<Packet> {
    let mut packets = Vec::new();
    for &(width, height) in sizes {
        let mut encoder = encoder();
        for frame in 0..each {
            let payload = encoder.encode(&scene(width, height, frame)).unwrap().to_vec();
            assert!(!payload.is_empty());
            packets.push(packet(VideoCodec::H264, packets.len() as u64, frame == 0, payload));
        }
    }
    packets
}

fn samples(picture: &Picture) -> Vec<u8> {
    picture.planes().iter().flat_map(|plane| plane.data.iter().copied()).collect()
}

fn decode_all(backend: H264Backend, packets: &[Packet]) -> Vec<Vec<u8>> {
    let pool = PicturePool::new(2);
    let mut decoder = h264_decoder(backend).unwrap();
    packets.iter().map(|packet| samples(&decoder.decode(packet, &pool).unwrap().unwrap())).collect()
}

#[test]
fn both_h264_libraries_decode_the_same_pixels_through_size_changes() {
    let packets = stream(&[(320, 180), (640, 360), (320, 180)], 12);
    let ours = decode_all(H264Backend::Rusty, &packets);
    let theirs = decode_all(H264Backend::OpenH264, &packets);
    assert_eq!(ours.len(), 36);
    for (frame, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert!(ours == theirs, "frame {frame} differs");
    }
    assert_eq!((ours[11].len(), ours[12].len()), (320 * 180 * 3 / 2, 640 * 360 * 3 / 2));
}

#[test]
fn a_decoded_picture_resembles_what_was_encoded() {
    let packets = stream(&[(320, 192)], 8);
    let decoded = decode_all(H264Backend::Rusty, &packets);
    for (frame, decoded) in decoded.iter().enumerate() {
        let original = {
            use openh264::formats::YUVSource;
            let scene = scene(320, 192, frame);
            [scene.y(), scene.u(), scene.v()].concat()
        };
        let error: f64 = original.iter().zip(decoded).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
        let psnr = 10.0 * (255.0_f64.powi(2) * original.len() as f64 / error.max(1e-9)).log10();
        assert!(psnr > 30.0, "frame {frame}: {psnr:.1} dB");
    }
}

/// HO-27: after a loss nothing is shown until a keyframe.
#[test]
fn a_gap_in_the_sequence_shuts_the_gate_until_the_next_keyframe() {
    let pool = PicturePool::new(2);
    let packets = stream(&[(160, 96), (160, 96)], 4);
    for backend in [H264Backend::Rusty, H264Backend::OpenH264] {
        let mut decoder = h264_decoder(backend).unwrap();
        let refused = |result| matches!(result, Err(CodecError::NoReference { codec: "h264" }));
        assert!(refused(decoder.decode(&packets[1], &pool)), "it starts in the middle of a group");
        assert!(decoder.decode(&packets[0], &pool).unwrap().is_some());
        assert!(refused(decoder.decode(&packets[2], &pool)), "packet 1 is missing");
        assert!(refused(decoder.decode(&packets[3], &pool)), "still waiting");
        assert!(decoder.decode(&packets[4], &pool).unwrap().is_some(), "the next keyframe opens");
        assert!(decoder.decode(&packets[5], &pool).unwrap().is_some());
        decoder.reset();
        assert!(refused(decoder.decode(&packets[6], &pool)), "reset forgets the references");
    }
}

#[test]
fn a_damaged_unit_is_a_typed_error_and_the_next_keyframe_heals_it() {
    let pool = PicturePool::new(2);
    let packets = stream(&[(160, 96), (160, 96)], 3);
    for backend in [H264Backend::Rusty, H264Backend::OpenH264] {
        let mut decoder = h264_decoder(backend).unwrap();
        decoder.decode(&packets[0], &pool).unwrap();
        let mut cut = packets[1].clone();
        cut.payload = cut.payload.slice(..8);
        assert!(matches!(decoder.decode(&cut, &pool), Err(CodecError::Corrupt { codec: "h264", .. })), "{backend:?}");
        assert!(matches!(decoder.decode(&packets[2], &pool), Err(CodecError::NoReference { .. })), "{backend:?}");
        assert!(decoder.decode(&packets[3], &pool).unwrap().is_some(), "{backend:?}");
    }
}

#[test]
fn a_picture_larger_than_a_player_takes_is_refused_before_memory_is_reserved() {
    // Baseline, level 1; then sps id 0, 4-bit frame numbers, order by decoding, one reference, no gaps, 1024 macroblocks wide
    // and high (ITU-T H.264 §7.3.2.1.1), frames only, no cropping, no VUI.
    let bits = "1 1 011 010 0 000000000010000000000 000000000010000000000 1 1 0 0 1000".replace(' ', "");
    let mut sps = vec![0_u8, 0, 0, 1, 0x67, 66, 0, 10];
    sps.extend(bits.as_bytes().chunks(8).map(|byte| byte.iter().fold(0, |value, bit| 2 * value + (bit - b'0'))));
    let pool = PicturePool::new(1);
    let mut decoder = h264_decoder(H264Backend::Rusty).unwrap();
    let result = decoder.decode(&packet(VideoCodec::H264, 0, true, sps), &pool);
    assert!(matches!(&result, Err(CodecError::Unsupported { what, .. }) if what.contains("4096")), "{result:?}");
}

#[test]
fn a_packet_of_another_codec_is_refused() {
    let pool = PicturePool::new(1);
    for (decoder, other) in [(VideoCodec::H264, VideoCodec::Mjpeg), (VideoCodec::Mjpeg, VideoCodec::H264)] {
        let result = video_decoder(decoder).unwrap().decode(&packet(other, 0, true, vec![1, 2, 3]), &pool);
        assert!(matches!(result, Err(CodecError::WrongFormat { .. })));
    }
}

fn jpeg(width: u16, height: u16, pixel: impl Fn(u16, u16) -> [u8; 3]) -> Vec<u8> {
    let pixels: Vec<u8> = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect();
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, 95);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    out
}

#[test]
fn mjpeg_colours_come_out_as_bt709_limited() {
    // BT.709 limited codes of the colours, from the standard's equations.
    let expected = [([255, 255, 255], [235, 128, 128]), ([0, 0, 0], [16, 128, 128]), ([255, 0, 0], [63, 102, 240])];
    let more = [([0, 255, 0], [173, 42, 26]), ([0, 0, 255], [32, 240, 118]), ([128, 128, 128], [126, 128, 128])];
    let pool = PicturePool::new(1);
    let mut decoder = video_decoder(VideoCodec::Mjpeg).unwrap();
    for (sequence, (rgb, yuv)) in expected.into_iter().chain(more).enumerate() {
        let unit = packet(VideoCodec::Mjpeg, sequence as u64, true, jpeg(50, 34, |_, _| rgb));
        let picture = decoder.decode(&unit, &pool).unwrap().unwrap();
        assert_eq!((picture.size().width, picture.size().height), (50, 34));
        for (plane, wanted) in picture.planes().iter().zip(yuv) {
            let far = plane.data.iter().map(|sample| sample.abs_diff(wanted)).max().unwrap();
            assert!(far <= 3, "{rgb:?}: off by {far} from {wanted}");
        }
    }
}

#[test]
fn mjpeg_keeps_edges_where_they_were_and_follows_size_changes() {
    let pool = PicturePool::new(1);
    let mut decoder = video_decoder(VideoCodec::Mjpeg).unwrap();
    for (sequence, (width, height)) in [(64, 48), (37, 23), (128, 64)].into_iter().enumerate() {
        let data = jpeg(width, height, |x, _| if x < width / 2 { [0; 3] } else { [255; 3] });
        let picture = decoder.decode(&packet(VideoCodec::Mjpeg, sequence as u64, true, data), &pool).unwrap().unwrap();
        let luma = picture.planes()[0];
        let row = &luma.data[luma.stride * (luma.height / 2)..][..luma.width];
        let edge = usize::from(width / 2);
        assert!(row[edge - 4] < 40 && row[edge + 4] > 210, "{row:?}");
    }
}

#[test]
fn half_a_jpeg_is_an_error_and_not_half_a_picture() {
    let pool = PicturePool::new(1);
    let whole = jpeg(160, 96, |x, y| [x as u8, y as u8, (x ^ y) as u8]);
    let mut decoder = video_decoder(VideoCodec::Mjpeg).unwrap();
    let half = packet(VideoCodec::Mjpeg, 0, true, whole[..whole.len() / 2].to_vec());
    assert!(matches!(decoder.decode(&half, &pool), Err(CodecError::Corrupt { codec: "mjpeg", .. })));
    assert!(decoder.decode(&packet(VideoCodec::Mjpeg, 1, true, whole), &pool).unwrap().is_some());
}

/// A change to a payload.
#[derive(Clone, Debug)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Random(Vec<u8>),
    Lose,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        1 => any::<prop::sample::Index>().prop_map(Damage::Cut),
        1 => prop::collection::vec(any::<u8>(), 0..300).prop_map(Damage::Random),
        1 => Just(Damage::Lose),
    ]
}

fn survive(decoder: &mut dyn VideoDecode, packets: &[Packet], damages: &[(usize, Damage)]) {
    let pool = PicturePool::new(2);
    for (at, packet) in packets.iter().enumerate() {
        let mut packet = packet.clone();
        let mut payload = packet.payload.to_vec();
        let mut lost = false;
        for (_, damage) in damages.iter().filter(|(target, _)| *target == at) {
            match damage {
                Damage::Flip(index, mask) if !payload.is_empty() => {
                    let index = index.index(payload.len());
                    payload[index] ^= mask;
                }
                Damage::Cut(index) if !payload.is_empty() => payload.truncate(index.index(payload.len())),
                Damage::Random(bytes) => payload.clone_from(bytes),
                Damage::Lose => lost = true,
                _ => {}
            }
        }
        packet.payload = payload.into();
        if !lost && let Ok(Some(picture)) = decoder.decode(&packet, &pool) {
            assert!(picture.size().width <= 4096 && picture.size().height <= 4096);
        }
    }
}

proptest! {
    #![proptest_config(cases::config(48))]

    #[test]
    fn damaged_h264_never_panics_and_a_clean_keyframe_always_heals(
        damages in prop::collection::vec((0_usize..10, damage()), 1..8),
    ) {
        static STREAM: std::sync::OnceLock<Vec<Packet>> = std::sync::OnceLock::new();
        let packets = STREAM.get_or_init(|| stream(&[(160, 96), (96, 64), (160, 96)], 5));
        let mut decoder = video_decoder(VideoCodec::H264).unwrap();
        survive(&mut *decoder, &packets[..10], &damages);
        let pool = PicturePool::new(1);
        let healed = decoder.decode(&packets[10], &pool).unwrap().unwrap();
        let fresh = h264_decoder(H264Backend::OpenH264).unwrap().decode(&packets[10], &pool).unwrap().unwrap();
        prop_assert!(samples(&healed) == samples(&fresh));
    }

    #[test]
    fn damaged_jpegs_never_panic(damages in prop::collection::vec((0_usize..3, damage()), 1..6)) {
        let unit = |sequence| packet(VideoCodec::Mjpeg, sequence, true, jpeg(48, 40, |x, y| [x as u8 * 5, y as u8 * 6, 90]));
        let mut decoder = video_decoder(VideoCodec::Mjpeg).unwrap();
        survive(&mut *decoder, &[unit(0), unit(1), unit(2)], &damages);
    }
}
