//! Reads H.264 and Opus tracks back from an MP4 file, sample by sample, with presentation times on the movie's time. Enough to
//! measure a recording; playing clips of any kind is still to be built on it. Progressive files only: fragments are refused.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use shiguredo_mp4::boxes::{MoovBox, SampleEntry};
use shiguredo_mp4::demux::{DemuxError, Input, Mp4FileDemuxer};
use shiguredo_mp4::{Decode, TrackKind};

use super::error::CodecError;
use super::mp4_edits::start_us;
use crate::media::{MediaDelta, Size, Track};

/// The largest table that is read: a day of recording.
const LARGEST_TABLE: u64 = 512 << 20;

/// The largest sample that is read.
const LARGEST_SAMPLE: usize = 64 << 20;

/// A file being read.
#[derive(Debug)]
pub struct Mp4Reader {
    path: PathBuf,
    file: File,
    demuxer: Mp4FileDemuxer,
    /// Track ids and where their first tick lies on the movie's time.
    starts: Vec<(u32, i64)>,
    /// Parameter sets and length size of the video samples that follow.
    video: Option<(Vec<u8>, usize)>,
    size: Option<Size>,
    pre_skip: Option<u16>,
    has_opus: bool,
}

/// One sample of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mp4Sample {
    /// The track.
    pub track: Track,
    /// When it is presented on the movie's time. For Opus: when its first decoded frame belongs; less than zero, or than the
    /// track's start, for frames that are decoded and not heard.
    pub pts: MediaDelta,
    /// How long it lasts.
    pub duration: MediaDelta,
    /// Decodable by itself.
    pub keyframe: bool,
    /// The coded bytes: an Annex B access unit, parameter sets before every keyframe; or an Opus packet.
    pub payload: Vec<u8>,
}

impl Mp4Reader {
    /// Opens a file and reads its table.
    ///
    /// # Errors
    /// [`CodecError::File`] where it cannot be read, [`CodecError::BadFile`] where it is no MP4 file of this kind.
    pub fn open(path: &Path) -> Result<Self, CodecError> {
        let failed = |source| CodecError::File { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let moov = read_moov(&mut file, path)?;
        let scale = moov.mvhd_box.timescale.get();
        let starts = moov.trak_boxes.iter().map(|track| (track.tkhd_box.track_id, start_us(track, scale))).collect();
        let mut demuxer = Mp4FileDemuxer::new();
        let mut buffer = Vec::new();
        while let Some(wanted) = demuxer.required_input() {
            read_at(&mut file, wanted.position, wanted.size.map(|size| size as u64), &mut buffer).map_err(failed)?;
            demuxer.handle_input(Input { position: wanted.position, data: &buffer });
        }
        let mut reader =
            Self { path: path.to_owned(), file, demuxer, starts, video: None, size: None, pre_skip: None, has_opus: false };
        reader.demuxer.tracks().map_err(|error| bad(path, error.to_string()))?;
        for track in &moov.trak_boxes {
            for entry in &track.mdia_box.minf_box.stbl_box.stsd_box.entries {
                reader.note(entry);
            }
        }
        Ok(reader)
    }

    /// Size of the video, where there is any.
    #[must_use]
    pub fn size(&self) -> Option<Size> {
        self.size
    }

    /// Opus frames at the start that are decoded and not heard, where there is sound.
    #[must_use]
    pub fn pre_skip(&self) -> Option<u16> {
        self.pre_skip
    }

    /// The next sample of either track, in the order of their times; `None` at the end.
    ///
    /// # Errors
    /// [`CodecError::File`], [`CodecError::BadFile`].
    pub fn next_sample(&mut self) -> Result<Option<Mp4Sample>, CodecError> {
        loop {
            let sample = match self.demuxer.next_sample() {
                Ok(Some(sample)) => sample,
                Ok(None) => return Ok(None),
                Err(DemuxError::InputRequired(_)) => return Err(bad(&self.path, "the table is cut off".into())),
                Err(error) => return Err(bad(&self.path, error.to_string())),
            };
            let scale = i128::from(sample.track.timescale.get());
            let to_us = |ticks: i128| ((ticks * 1_000_000 + scale / 2).div_euclid(scale)) as i64;
            let begins = self.starts.iter().find(|(id, _)| *id == sample.track.track_id).map_or(0, |(_, start)| *start);
            let presented = i128::from(sample.timestamp) + i128::from(sample.composition_time_offset.unwrap_or(0));
            let pts = MediaDelta::from_micros(begins.saturating_add(to_us(presented)));
            let duration = MediaDelta::from_micros(to_us(i128::from(sample.duration)));
            let (kind, keyframe) = (sample.track.kind, sample.keyframe);
            let (offset, size) = (sample.data_offset, sample.data_size);
            if let Some(entry) = sample.sample_entry.cloned() {
                self.note(&entry);
            }
            if size > LARGEST_SAMPLE {
                return Err(bad(&self.path, format!("a sample of {size} bytes")));
            }
            let mut payload = Vec::new();
            read_at(&mut self.file, offset, Some(size as u64), &mut payload)
                .map_err(|source| CodecError::File { path: self.path.clone(), source })?;
            if payload.len() < size {
                return Err(bad(&self.path, "it ends in the middle of a sample".into()));
            }
            let track = match (kind, &self.video) {
                (TrackKind::Video, Some((parameters, length_size))) => {
                    payload = to_annexb(&payload, if keyframe { parameters } else { &[] }, *length_size)
                        .ok_or_else(|| bad(&self.path, "a video sample whose units do not fit it".into()))?;
                    Track::Video
                }
                (TrackKind::Audio, _) if self.has_opus => Track::Audio,
                _ => continue,
            };
            return Ok(Some(Mp4Sample { track, pts, duration, keyframe, payload }));
        }
    }

    fn note(&mut self, entry: &SampleEntry) {
        match entry {
            SampleEntry::Avc1(avc) => {
                let sets = avc.avcc_box.sps_list.iter().chain(&avc.avcc_box.pps_list);
                let parameters = sets.flat_map(|set| [0, 0, 0, 1].into_iter().chain(set.iter().copied())).collect();
                self.video = Some((parameters, usize::from(avc.avcc_box.length_size_minus_one.get()) + 1));
                self.size = Some(Size { width: avc.visual.width.into(), height: avc.visual.height.into() });
            }
            SampleEntry::Opus(opus) => {
                self.has_opus = true;
                self.pre_skip = Some(opus.dops_box.pre_skip);
            }
            _ => {}
        }
    }
}

fn bad(path: &Path, what: String) -> CodecError {
    CodecError::BadFile { path: path.to_owned(), what }
}

fn read_at(file: &mut File, position: u64, size: Option<u64>, buffer: &mut Vec<u8>) -> io::Result<()> {
    file.seek(SeekFrom::Start(position))?;
    buffer.clear();
    file.take(size.unwrap_or(u64::MAX).min(LARGEST_TABLE)).read_to_end(buffer).map(|_| ())
}

/// Finds the movie box among the boxes at the top (ISO/IEC 14496-12 §4.2).
fn read_moov(file: &mut File, path: &Path) -> Result<MoovBox, CodecError> {
    let failed = |source| CodecError::File { path: path.to_owned(), source };
    let (mut at, mut header) = (0_u64, Vec::new());
    loop {
        read_at(file, at, Some(16), &mut header).map_err(failed)?;
        let Some((&[s0, s1, s2, s3, k0, k1, k2, k3], rest)) = header.split_first_chunk::<8>() else {
            return Err(bad(path, "no table in it: the recording was not finished".into()));
        };
        let size = match (u32::from_be_bytes([s0, s1, s2, s3]), rest.first_chunk::<8>()) {
            (1, Some(large)) => u64::from_be_bytes(*large),
            // Up to the end of the file.
            (0, _) => LARGEST_TABLE,
            (size, _) => u64::from(size),
        };
        if size < 8 {
            return Err(bad(path, format!("a box of {size} bytes")));
        }
        if [k0, k1, k2, k3] == *b"moov" {
            let mut table = Vec::new();
            read_at(file, at, Some(size), &mut table).map_err(failed)?;
            return MoovBox::decode(&table).map(|(moov, _)| moov).map_err(|error| bad(path, error.to_string()));
        }
        // Where no seek leads, no box lies: the next look finds nothing.
        at = at.saturating_add(size).min(i64::MAX as u64);
    }
}

/// Length-prefixed units to a byte stream behind `parameters`.
fn to_annexb(mut sample: &[u8], parameters: &[u8], length_size: usize) -> Option<Vec<u8>> {
    let mut out = parameters.to_vec();
    while !sample.is_empty() {
        let (prefix, rest) = sample.split_at_checked(length_size)?;
        let length = prefix.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
        let (unit, rest) = rest.split_at_checked(length)?;
        out.extend_from_slice(&[0, 0, 0, 1]);
        out.extend_from_slice(unit);
        sample = rest;
    }
    Some(out)
}
