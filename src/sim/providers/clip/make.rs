//! Makes the file of a clip: draws, sounds, encodes, writes. Blocks for as long as it takes; runs on a thread that may.

use super::card::Card;
use super::spec::ClipSpec;
use super::tune::Tune;
use crate::codec::{AacEncoder, ClipPictures, ClipSound, CodecError, H264Encoder, VideoEncode, mp4_clip};
use crate::media::Picture;

/// Bits a second of the sound.
const SOUND_BITRATE: u32 = 96_000;

/// Bits a pixel and frame: the pictures are flat, and letters stay sharp with so many.
const BITS_PER_PIXEL: f64 = 0.14;

/// Frames of sound that are encoded at once.
const BLOCK: usize = 4096;

/// The MP4 file of a clip: H.264 and, where wanted, AAC-LC, the table before the samples.
///
/// # Errors
/// [`CodecError`] where a codec cannot be set up.
pub fn make_clip(spec: &ClipSpec) -> Result<Vec<u8>, CodecError> {
    let frames = spec.seconds() * spec.fps;
    let pixels = f64::from(spec.size.width) * f64::from(spec.size.height);
    let bitrate = (pixels * f64::from(spec.fps) * BITS_PER_PIXEL) as u32;
    let mut encoder = H264Encoder::new(spec.size, spec.fps, bitrate)?;
    let mut card = Card::new(spec);
    let mut picture = Picture::black(spec.size);
    let mut pictures = ClipPictures { fps: spec.fps, units: Vec::with_capacity(frames as usize) };
    let cuts: Vec<u32> = spec
        .shots
        .iter()
        .scan(0, |sum, shot| {
            let first = *sum;
            *sum += shot.seconds * spec.fps;
            Some(first)
        })
        .collect();
    for number in 0..frames {
        card.draw(number, &mut picture);
        let mut unit = Vec::new();
        // A keyframe every second as services send them, and at every cut.
        let wanted = number % (spec.fps * 2) == 0 || cuts.contains(&number);
        let keyframe = encoder.encode(&picture, wanted, &mut unit)?;
        pictures.units.push((unit, keyframe));
    }
    let sound = spec.sound.then(|| sound(spec)).transpose()?;
    mp4_clip(&pictures, sound.as_ref())
}

fn sound(spec: &ClipSpec) -> Result<ClipSound, CodecError> {
    let mut encoder = AacEncoder::new(SOUND_BITRATE)?;
    let mut tune = Tune::new(spec);
    let config = encoder.config().to_vec();
    let frames = u64::from(tune.frames());
    let mut units = Vec::new();
    let mut block = vec![0.0; BLOCK * 2];
    loop {
        let filled = tune.fill(&mut block);
        if filled == 0 {
            break;
        }
        encoder.feed(&block[..filled * 2], &mut units)?;
    }
    encoder.finish(&mut units)?;
    let (unit_frames, priming) = (AacEncoder::FRAMES, AacEncoder::PRIMING);
    Ok(ClipSound { config, bitrate: SOUND_BITRATE, units, unit_frames, priming, frames })
}
