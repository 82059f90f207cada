//! Writes a short clip as one MP4 file in memory: H.264 at a constant rate and, where there is sound, AAC-LC. The table stands before
//! the samples and both tracks lie interleaved, so that the file plays while it is still coming. For long recordings with exact times
//! see [`super::mp4_recorder`]. Everything is in memory at once: no use for more than a few minutes.

use std::num::NonZeroU32;

use shiguredo_mp4::mux::{Mp4FileMuxer, Mp4FileMuxerOptions, Sample, estimate_maximum_moov_box_size};
use shiguredo_mp4::{BoxHeader, Encode, TrackKind};

use super::error::CodecError;
use super::mp4_edits::{MOVIE_SCALE, edits};
use super::mp4_entry;

const NAME: &str = "mp4";

/// Ticks of video per second (RTP's clock): every common rate divides it.
const VIDEO_SCALE: NonZeroU32 = NonZeroU32::new(90_000).expect("90 000 is not zero");

/// Ticks of sound per second.
const AUDIO_SCALE: NonZeroU32 = NonZeroU32::new(48_000).expect("48 000 is not zero");

/// What edit lists add to the table, at most.
const EDITS: usize = 256;

/// The pictures of a clip.
#[derive(Clone, Debug, Default)]
pub struct ClipPictures {
    /// Frames a second: a divisor of 90 000.
    pub fps: u32,
    /// Access units as Annex B byte streams, the first a keyframe with its parameter sets; and whether each is a keyframe.
    pub units: Vec<(Vec<u8>, bool)>,
}

/// The sound of a clip: 48 kHz AAC-LC.
#[derive(Clone, Debug, Default)]
pub struct ClipSound {
    /// The `AudioSpecificConfig`.
    pub config: Vec<u8>,
    /// Bits a second, about.
    pub bitrate: u32,
    /// Access units, without headers.
    pub units: Vec<Vec<u8>>,
    /// Frames of one of them.
    pub unit_frames: u32,
    /// Frames that are decoded before the sound begins.
    pub priming: u32,
    /// Frames of the sound itself.
    pub frames: u64,
}

/// The file.
///
/// # Errors
/// [`CodecError::Corrupt`] where parameter sets or configuration cannot be read, [`CodecError::Setup`] where there is nothing to
/// write or the library refuses.
pub fn mp4_clip(pictures: &ClipPictures, sound: Option<&ClipSound>) -> Result<Vec<u8>, CodecError> {
    if pictures.units.is_empty() || pictures.fps == 0 || !VIDEO_SCALE.get().is_multiple_of(pictures.fps) {
        let what = format!("{} pictures at {} a second", pictures.units.len(), pictures.fps);
        return Err(CodecError::Setup { codec: NAME, what });
    }
    let counts = [pictures.units.len(), sound.map_or(0, |sound| sound.units.len())];
    let reserved_moov_box_size = estimate_maximum_moov_box_size(&counts) + EDITS;
    let options = Mp4FileMuxerOptions { reserved_moov_box_size, ..Mp4FileMuxerOptions::default() };
    let muxer = Mp4FileMuxer::with_options(options).map_err(setup)?;
    let file = muxer.initial_boxes_bytes().to_vec();
    let mut writer = Writer { muxer, file };
    writer.samples(pictures, sound)?;
    writer.finish(sound)
}

struct Writer {
    muxer: Mp4FileMuxer,
    file: Vec<u8>,
}

impl Writer {
    /// Writes the samples of both tracks by their times.
    fn samples(&mut self, pictures: &ClipPictures, sound: Option<&ClipSound>) -> Result<(), CodecError> {
        let sets: Vec<Vec<u8>> = mp4_entry::parameters(&pictures.units[0].0).map(<[u8]>::to_vec).collect();
        let mut video_entry = Some(mp4_entry::h264(&sets)?);
        let mut audio_entry = sound.map(|sound| mp4_entry::aac(&sound.config, sound.bitrate)).transpose()?;
        let lasts = VIDEO_SCALE.get() / pictures.fps;
        let mut unit = Vec::new();
        let (units, frames) = sound.map_or((&[][..], 0), |sound| (sound.units.as_slice(), sound.unit_frames));
        let mut heard = units.iter();
        let mut heard_frames = 0_u64;
        for (index, (picture, keyframe)) in pictures.units.iter().enumerate() {
            mp4_entry::lengths(picture, &mut unit)?;
            self.add(TrackKind::Video, video_entry.take(), *keyframe, lasts, &unit)?;
            // A quarter of a second of each in turn.
            let last = index + 1 == pictures.units.len();
            if (index as u32 + 1).is_multiple_of(pictures.fps.div_ceil(4)) || last {
                let shown = (index as u64 + 1) * u64::from(AUDIO_SCALE.get()) / u64::from(pictures.fps);
                while last || heard_frames < shown {
                    let Some(sounds) = heard.next() else { break };
                    self.add(TrackKind::Audio, audio_entry.take(), true, frames, sounds)?;
                    heard_frames += u64::from(frames);
                }
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        kind: TrackKind,
        entry: Option<shiguredo_mp4::boxes::SampleEntry>,
        keyframe: bool,
        duration: u32,
        bytes: &[u8],
    ) -> Result<(), CodecError> {
        let sample = Sample {
            track_kind: kind,
            sample_entry: entry,
            keyframe,
            timescale: if kind == TrackKind::Video { VIDEO_SCALE } else { AUDIO_SCALE },
            duration,
            composition_time_offset: None,
            data_offset: self.file.len() as u64,
            data_size: bytes.len(),
        };
        self.file.extend_from_slice(bytes);
        self.muxer.append_sample(&sample).map_err(setup)
    }

    /// Puts the table, with edit lists that take the encoder's delay off the sound, into the room before the samples.
    fn finish(mut self, sound: Option<&ClipSound>) -> Result<Vec<u8>, CodecError> {
        let finalized = self.muxer.finalize().map_err(setup)?;
        let mut moov = finalized.moov_box().clone();
        moov.mvhd_box.timescale = NonZeroU32::new(MOVIE_SCALE).unwrap_or(NonZeroU32::MIN);
        moov.mvhd_box.duration = 0;
        for track in &mut moov.trak_boxes {
            let media = &track.mdia_box;
            let (skip, ticks) = match sound {
                Some(sound) if media.mdhd_box.timescale == AUDIO_SCALE => {
                    (u64::from(sound.priming), u64::from(sound.priming) + sound.frames)
                }
                _ => (0, media.mdhd_box.duration),
            };
            let scale = media.mdhd_box.timescale.get();
            let delay = (skip * u64::from(MOVIE_SCALE) / u64::from(scale)) as i64;
            let (list, length) = edits(-delay, skip, ticks, scale);
            track.edts_box = list;
            track.tkhd_box.duration = length;
            moov.mvhd_box.duration = moov.mvhd_box.duration.max(length);
        }
        let pairs: Vec<(usize, Vec<u8>)> =
            finalized.offset_and_bytes_pairs().map(|(at, bytes)| (at as usize, bytes.to_vec())).collect();
        let refused = |error: shiguredo_mp4::Error| CodecError::Setup { codec: NAME, what: error.to_string() };
        let table = moov.encode_to_vec().map_err(refused)?;
        let head = pairs.first().map_or(&[][..], |(_, bytes)| bytes);
        let brands = head.first_chunk().map_or(0, |size| u32::from_be_bytes(*size) as usize);
        let room = head.len().checked_sub(brands + table.len()).filter(|left| *left >= BoxHeader::MIN_SIZE);
        let Some(left) = room else {
            return Err(CodecError::Setup { codec: NAME, what: "the table is larger than its room".to_owned() });
        };
        for (at, bytes) in &pairs {
            if let Some(place) = self.file.get_mut(*at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        }
        self.file[brands..brands + table.len()].copy_from_slice(&table);
        let free = brands + table.len();
        self.file[free..free + left].fill(0);
        self.file[free..free + 4].copy_from_slice(&(left as u32).to_be_bytes());
        self.file[free + 4..free + 8].copy_from_slice(b"free");
        Ok(self.file)
    }
}

fn setup(error: shiguredo_mp4::mux::MuxError) -> CodecError {
    CodecError::Setup { codec: NAME, what: error.to_string() }
}
