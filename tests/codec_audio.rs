//! Audio decoders: what comes out sounds like what went in, at the time it should, and no packet breaks them.
#![cfg(feature = "codec")]
#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod cases;

use std::f32::consts::TAU;

use bytes::Bytes;
use opus_pure::{Application, OpusEncoder};
use proptest::prelude::*;
use seaglass::codec::{CodecError, audio_decoder};
use seaglass::media::{Arrival, AudioBlock, AudioCodec, Chunk, Epoch, Format, MediaDelta, MediaTime, Packet, ServerStages};

const FRAMES: usize = 960;

fn packet(codec: AudioCodec, sequence: u64, payload: Vec<u8>) -> Packet {
    Packet {
        format: Format::Audio(codec),
        epoch: Epoch(0),
        sequence,
        pts: MediaTime::from_micros(20_000 * sequence as i64),
        duration: MediaDelta::from_millis(20),
        keyframe: true,
        discontinuity: false,
        chunk: Chunk::default(),
        input: None,
        server: ServerStages::default(),
        arrival: Arrival::default(),
        payload: Bytes::from(payload),
    }
}

/// A tone on the left and a fifth above it on the right, frame `at` of it.
fn tones(at: usize) -> [f32; 2] {
    let time = at as f32 / 48_000.0;
    [0.5 * (TAU * 440.0 * time).sin(), 0.5 * (TAU * 660.0 * time).sin()]
}

fn opus_stream(packets: usize) -> (Vec<Packet>, usize) {
    let mut encoder = OpusEncoder::new(48_000, 2, Application::RestrictedLowDelay).unwrap();
    encoder.bitrate_bps = 96_000;
    let mut bytes = vec![0; 4000];
    let stream = (0..packets)
        .map(|index| {
            let block: Vec<f32> = (0..FRAMES).flat_map(|frame| tones(index * FRAMES + frame)).collect();
            let length = encoder.encode(&block, FRAMES, &mut bytes).unwrap();
            packet(AudioCodec::Opus, index as u64, bytes[..length].to_vec())
        })
        .collect();
    (stream, encoder.lookahead())
}

fn decibels(signal: f64, noise: f64) -> f64 {
    10.0 * (signal / noise.max(1e-12)).log10()
}

#[test]
fn opus_comes_out_as_it_went_in_after_the_codec_delay() {
    let (stream, delay) = opus_stream(25);
    let mut decoder = audio_decoder(AudioCodec::Opus).unwrap();
    let (mut block, mut sound) = (AudioBlock::default(), Vec::new());
    for packet in &stream {
        decoder.decode(packet, &mut block).unwrap();
        assert_eq!((block.rate, block.channels, block.frames(), block.pts), (48_000, 2, FRAMES, packet.pts));
        sound.extend_from_slice(&block.samples);
    }
    let (mut signal, mut noise) = (0.0, 0.0);
    for frame in 4800..20_000 {
        for (channel, wanted) in tones(frame).into_iter().enumerate() {
            let got = sound[2 * (frame + delay) + channel];
            signal += f64::from(wanted).powi(2);
            noise += f64::from(got - wanted).powi(2);
        }
    }
    let ratio = decibels(signal, noise);
    assert!(ratio > 20.0, "{ratio:.1} dB");
}

#[test]
fn pcm_samples_are_exact() {
    let values: Vec<i16> = (0..2 * FRAMES).map(|index| (index as i16).wrapping_mul(123)).collect();
    let payload = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let mut block = AudioBlock::default();
    audio_decoder(AudioCodec::PcmS16le).unwrap().decode(&packet(AudioCodec::PcmS16le, 3, payload), &mut block).unwrap();
    assert_eq!((block.frames(), block.pts.as_micros()), (FRAMES, 60_000));
    assert!(block.samples.iter().zip(values).all(|(got, value)| (got * 32_768.0) == f32::from(value)));
}

#[test]
fn a_lost_opus_packet_is_concealed_by_more_of_the_same_tone() {
    let (stream, _) = opus_stream(12);
    let mut decoder = audio_decoder(AudioCodec::Opus).unwrap();
    let (mut block, mut lost) = (AudioBlock::default(), AudioBlock::default());
    for packet in &stream[..10] {
        decoder.decode(packet, &mut block).unwrap();
    }
    decoder.conceal(FRAMES, &mut lost).unwrap();
    assert_eq!(lost.frames(), FRAMES);
    let energy = |samples: &[f32]| samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
    let ratio = energy(&lost.samples) / energy(&block.samples);
    assert!((0.25..1.5).contains(&ratio), "energy ratio {ratio:.2}");
    decoder.decode(&stream[11], &mut block).unwrap();
    assert_eq!(block.frames(), FRAMES);
}

#[test]
fn concealment_of_any_length_gives_that_length() {
    let (stream, _) = opus_stream(3);
    for codec in [AudioCodec::Opus, AudioCodec::PcmS16le] {
        let mut decoder = audio_decoder(codec).unwrap();
        let mut block = AudioBlock::default();
        if codec == AudioCodec::Opus {
            decoder.decode(&stream[0], &mut block).unwrap();
        }
        for frames in [0, 1, 119, 120, 480, 961, 2880, 5760] {
            decoder.conceal(frames, &mut block).unwrap();
            assert_eq!(block.frames(), frames, "{codec}");
        }
    }
}

#[test]
fn packets_that_are_none_are_refused_with_a_reason() {
    let mut block = AudioBlock::default();
    let mut opus = audio_decoder(AudioCodec::Opus).unwrap();
    let mut pcm = audio_decoder(AudioCodec::PcmS16le).unwrap();
    let corrupt = |result: Result<(), CodecError>| matches!(result, Err(CodecError::Corrupt { .. }));
    assert!(corrupt(opus.decode(&packet(AudioCodec::Opus, 0, vec![]), &mut block)), "empty");
    assert!(corrupt(opus.decode(&packet(AudioCodec::Opus, 0, vec![0xff, 0x00]), &mut block)), "zero frames");
    assert!(corrupt(pcm.decode(&packet(AudioCodec::PcmS16le, 0, vec![0; 6]), &mut block)), "one frame and a half");
    assert!(corrupt(pcm.decode(&packet(AudioCodec::PcmS16le, 0, vec![0; 40_000]), &mut block)), "too long");
    let other = pcm.decode(&packet(AudioCodec::Opus, 0, vec![1, 2, 3, 4]), &mut block);
    assert!(matches!(other, Err(CodecError::WrongFormat { codec: "pcm_s16le" })));
    assert!(block.samples.is_empty(), "no sound is left of a refused packet");
}

proptest! {
    #![proptest_config(cases::config(64))]

    #[test]
    fn any_opus_bytes_give_finite_sound_or_a_typed_error(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..12),
    ) {
        let mut decoder = audio_decoder(AudioCodec::Opus).unwrap();
        let mut block = AudioBlock::default();
        for (sequence, payload) in payloads.into_iter().enumerate() {
            if decoder.decode(&packet(AudioCodec::Opus, sequence as u64, payload), &mut block).is_ok() {
                prop_assert!(block.frames() <= 5760);
                prop_assert!(block.samples.iter().all(|sample| sample.is_finite()));
            }
        }
    }

    #[test]
    fn flipped_bits_in_real_opus_never_panic(
        flips in prop::collection::vec((0_usize..8, any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        static STREAM: std::sync::OnceLock<Vec<Packet>> = std::sync::OnceLock::new();
        let mut decoder = audio_decoder(AudioCodec::Opus).unwrap();
        let mut block = AudioBlock::default();
        for (at, packet) in STREAM.get_or_init(|| opus_stream(8).0).iter().enumerate() {
            let mut payload = packet.payload.to_vec();
            for (_, index, mask) in flips.iter().filter(|(target, ..)| *target == at) {
                let index = index.index(payload.len());
                payload[index] ^= mask;
            }
            let _ = decoder.decode(&Packet { payload: payload.into(), ..packet.clone() }, &mut block);
        }
    }
}
