//! Writes H.264 and Opus to an MP4 file that ordinary players open, with exact presentation times: frames last as long as they
//! were shown, sound begins where it began (edit lists, Opus pre-skip honoured). Reads no clock; the caller brings the times.
//!
//! Samples go to the file as they come. What stays in memory is the table of them (about 50 bytes each, so some 15 MB an hour)
//! and half a second of sound, which is written in one piece to keep that table small. The table is written by
//! [`Mp4Recorder::finish`]; a file whose recorder was killed before holds no table and does not play.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use shiguredo_mp4::bitstream::opus::{ChannelCount, OpusSampleEntryConfig, build_opus_box};
use shiguredo_mp4::boxes::{MoovBox, SampleEntry};
use shiguredo_mp4::mux::{Mp4FileMuxer, Sample};
use shiguredo_mp4::{Encode, TrackKind};

use super::error::CodecError;
use super::mp4_edits::{MOVIE_SCALE, edits};
use super::mp4_entry;
use crate::media::{AudioCodec, MediaDelta, VideoCodec};

/// Ticks of video per second: microseconds, so every presentation time is exact.
const VIDEO_SCALE: NonZeroU32 = NonZeroU32::new(MOVIE_SCALE).expect("a million is not zero");

/// Ticks of audio per second: Opus frames.
const AUDIO_SCALE: NonZeroU32 = NonZeroU32::new(48_000).expect("48 000 is not zero");

/// Sound within this many frames (1 ms) of where it should continue does continue: that is rounding, not a gap.
const CONTINUES: i64 = 48;

/// Sound that is gathered before it is written, in frames.
const GATHER: i64 = 24_000;

/// How long the last frame lasts where nothing tells, in microseconds.
const LAST_FRAME: u32 = 33_333;

/// A recording being written.
#[derive(Debug)]
pub struct Mp4Recorder {
    path: PathBuf,
    file: BufWriter<File>,
    position: u64,
    muxer: Mp4FileMuxer,
    video: VideoTrack,
    audio: AudioTrack,
    /// Samples in the file whose duration is not known yet, and those behind them, in the order of the file.
    open: VecDeque<Open>,
    scratch: Vec<u8>,
    done: bool,
}

#[derive(Debug, Default)]
struct VideoTrack {
    parameters: Vec<Vec<u8>>,
    entry: Option<SampleEntry>,
    first: Option<i64>,
    last: i64,
    last_duration: Option<u32>,
    frames: u64,
}

#[derive(Debug)]
struct AudioTrack {
    entry: Option<SampleEntry>,
    pre_skip: u16,
    first_us: Option<i64>,
    /// Frame, counted from the first one's, at which the next packet continues.
    next: i64,
    gathered: Vec<u8>,
    /// Size and frames of each gathered packet.
    packets: Vec<(usize, i64)>,
    count: u64,
}

#[derive(Debug)]
struct Open {
    kind: TrackKind,
    entry: Option<SampleEntry>,
    keyframe: bool,
    duration: Option<u32>,
    offset: u64,
    size: usize,
}

/// What a finished recording holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Video frames.
    pub frames: u64,
    /// Audio packets.
    pub packets: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

impl Mp4Recorder {
    /// Creates the file, or empties the one that is there. `pre_skip` is the Opus encoder's delay in frames at 48 kHz.
    ///
    /// # Errors
    /// [`CodecError::File`] where the file cannot be written.
    pub fn create(path: &Path, pre_skip: u16) -> Result<Self, CodecError> {
        let failed = |source| CodecError::File { path: path.to_owned(), source };
        let muxer = Mp4FileMuxer::new().map_err(|error| failed(io::Error::other(error.to_string())))?;
        let mut file = BufWriter::with_capacity(1 << 18, File::create(path).map_err(failed)?);
        let head = muxer.initial_boxes_bytes();
        file.write_all(head).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            position: head.len() as u64,
            file,
            muxer,
            video: VideoTrack::default(),
            audio: AudioTrack {
                entry: None,
                pre_skip,
                first_us: None,
                next: 0,
                gathered: Vec::new(),
                packets: Vec::new(),
                count: 0,
            },
            open: VecDeque::new(),
            scratch: Vec::new(),
            done: false,
        })
    }

    /// Adds a frame: an H.264 access unit as an Annex B byte stream, shown from `pts` (since the start of the recording) until
    /// the next one. The first must be a keyframe and bring its parameter sets.
    ///
    /// # Errors
    /// [`CodecError::OutOfOrder`] for a time that is not behind the last one's, [`CodecError::NoReference`] before the first
    /// keyframe, [`CodecError::Corrupt`] for parameter sets that cannot be read, [`CodecError::File`].
    pub fn video(&mut self, pts: MediaDelta, annexb: &[u8], keyframe: bool) -> Result<(), CodecError> {
        let codec = VideoCodec::H264.name();
        let at = pts.as_micros();
        if self.video.first.is_some() && at <= self.video.last {
            return Err(CodecError::OutOfOrder { codec, at: pts });
        }
        let entry = self.video.note_parameters(annexb)?;
        if self.video.entry.is_none() || (self.video.first.is_none() && !keyframe) {
            return Err(CodecError::NoReference { codec });
        }
        mp4_entry::lengths(annexb, &mut self.scratch)?;
        let scratch = std::mem::take(&mut self.scratch);
        let written = self.append(&scratch);
        let size = scratch.len();
        self.scratch = scratch;
        let offset = written?;
        let lasted = u32::try_from(at - self.video.last).unwrap_or(u32::MAX);
        if self.video.first.is_some() {
            self.close(TrackKind::Video, lasted)?;
            self.video.last_duration = Some(lasted);
        } else {
            self.video.first = Some(at);
        }
        self.video.last = at;
        self.video.frames += 1;
        self.open.push_back(Open { kind: TrackKind::Video, entry, keyframe, duration: None, offset, size });
        Ok(())
    }

    /// Adds an Opus packet whose first decoded frame belongs at `pts` (since the start of the recording) with the codec's delay
    /// taken off, as on the wire: for a fresh encoder, the time of the first frame it was given, less its pre-skip. A pause
    /// between packets becomes a pause in the file; less than 1 ms is taken for rounding.
    ///
    /// # Errors
    /// [`CodecError::OutOfOrder`] for a time before the last packet's end, [`CodecError::Corrupt`] for bytes that are no Opus
    /// packet, [`CodecError::File`].
    pub fn audio(&mut self, pts: MediaDelta, packet: &[u8]) -> Result<(), CodecError> {
        let codec = AudioCodec::Opus.name();
        let frames = opus_pure::packet::samples_48k(packet)
            .map_err(|error| CodecError::Corrupt { codec, what: error.to_string() })? as i64;
        let at = pts.as_micros();
        let first = *self.audio.first_us.get_or_insert(at);
        let gap = ((at - first) * 48 + 500).div_euclid(1000) - self.audio.next;
        if gap.abs() > CONTINUES {
            match self.audio.packets.last_mut() {
                Some((_, lasts)) if *lasts + gap > 0 => *lasts += gap,
                _ => return Err(CodecError::OutOfOrder { codec, at: pts }),
            }
            self.audio.next += gap;
        }
        let gathered: i64 = self.audio.packets.iter().map(|(_, frames)| frames).sum();
        // One packet stays behind: only the next one tells whether a pause follows it.
        if gathered >= GATHER {
            self.write_sound(1)?;
        }
        self.audio.gathered.extend_from_slice(packet);
        self.audio.packets.push((packet.len(), frames));
        self.audio.next += frames;
        self.audio.count += 1;
        Ok(())
    }

    /// Writes what is left and the table that makes the file play.
    ///
    /// # Errors
    /// [`CodecError::File`]; nothing recorded is [`CodecError::BadFile`].
    pub fn finish(mut self) -> Result<Recording, CodecError> {
        self.complete()
    }

    fn complete(&mut self) -> Result<Recording, CodecError> {
        self.done = true;
        self.write_sound(0)?;
        if self.video.first.is_some() {
            self.close(TrackKind::Video, self.video.last_duration.unwrap_or(LAST_FRAME))?;
        }
        let finalized = self.muxer.finalize().map_err(|error| mux_failed(&self.path, &error))?;
        let mut moov = finalized.moov_box().clone();
        let head: Vec<_> = finalized.offset_and_bytes_pairs().map(|(at, bytes)| (at, bytes.to_vec())).collect();
        self.place(&mut moov);
        let table = moov.encode_to_vec().map_err(|error| self.bad(error.to_string()))?;
        let (end, file) = (self.position, &mut self.file);
        let write = |file: &mut BufWriter<File>| {
            // The library's own table, the pair at the end, is replaced by the one with the edit lists.
            for (at, bytes) in head.iter().filter(|(at, _)| *at < end) {
                file.seek(SeekFrom::Start(*at))?;
                file.write_all(bytes)?;
            }
            file.seek(SeekFrom::Start(end))?;
            file.write_all(&table)?;
            file.flush()?;
            file.get_ref().sync_all()
        };
        write(file).map_err(|source| CodecError::File { path: self.path.clone(), source })?;
        Ok(Recording { frames: self.video.frames, packets: self.audio.count, bytes: end + table.len() as u64 })
    }

    /// Puts the tracks where they belong on the movie's time.
    fn place(&self, moov: &mut MoovBox) {
        let mut longest = 0;
        moov.mvhd_box.timescale = VIDEO_SCALE;
        for track in &mut moov.trak_boxes {
            let media = &track.mdia_box;
            let is_video = matches!(media.minf_box.stbl_box.stsd_box.entries.first(), Some(SampleEntry::Avc1(_)));
            let (start, skip) = if is_video {
                (self.video.first.unwrap_or(0), 0)
            } else {
                (self.audio.first_us.unwrap_or(0), u64::from(self.audio.pre_skip))
            };
            let (list, length) = edits(start, skip, media.mdhd_box.duration, media.mdhd_box.timescale.get());
            track.edts_box = list;
            track.tkhd_box.duration = length;
            longest = longest.max(length);
        }
        moov.mvhd_box.duration = longest;
    }

    /// Writes the gathered sound but for the last `keep` packets.
    fn write_sound(&mut self, keep: usize) -> Result<(), CodecError> {
        let packets = std::mem::take(&mut self.audio.packets);
        let count = packets.len().saturating_sub(keep);
        let bytes: usize = packets[..count].iter().map(|(size, _)| size).sum();
        let mut gathered = std::mem::take(&mut self.audio.gathered);
        let written = self.append(&gathered[..bytes]);
        gathered.drain(..bytes);
        self.audio.gathered = gathered;
        let mut offset = written?;
        for &(size, frames) in &packets[..count] {
            let entry = match self.audio.entry {
                Some(_) => None,
                None => Some(self.audio.describe()),
            };
            let duration = Some(u32::try_from(frames).unwrap_or(u32::MAX));
            self.open.push_back(Open { kind: TrackKind::Audio, entry, keyframe: true, duration, offset, size });
            offset += size as u64;
        }
        self.audio.packets.extend_from_slice(&packets[count..]);
        self.settle()
    }

    fn append(&mut self, bytes: &[u8]) -> Result<u64, CodecError> {
        let at = self.position;
        self.file.write_all(bytes).map_err(|source| CodecError::File { path: self.path.clone(), source })?;
        self.position += bytes.len() as u64;
        Ok(at)
    }

    /// Gives the track's open sample its duration.
    fn close(&mut self, kind: TrackKind, duration: u32) -> Result<(), CodecError> {
        if let Some(open) = self.open.iter_mut().rev().find(|open| open.kind == kind) {
            open.duration = Some(duration);
        }
        self.settle()
    }

    /// Hands the muxer every sample whose duration is known, in the order of the file.
    fn settle(&mut self) -> Result<(), CodecError> {
        while let Some(open) = self.open.pop_front_if(|open| open.duration.is_some()) {
            let sample = Sample {
                track_kind: open.kind,
                sample_entry: open.entry,
                keyframe: open.keyframe,
                timescale: if open.kind == TrackKind::Video { VIDEO_SCALE } else { AUDIO_SCALE },
                duration: open.duration.unwrap_or(0),
                composition_time_offset: None,
                data_offset: open.offset,
                data_size: open.size,
            };
            self.muxer.append_sample(&sample).map_err(|error| mux_failed(&self.path, &error))?;
        }
        Ok(())
    }

    fn bad(&self, what: String) -> CodecError {
        CodecError::BadFile { path: self.path.clone(), what }
    }
}

fn mux_failed(path: &Path, error: &shiguredo_mp4::mux::MuxError) -> CodecError {
    CodecError::BadFile { path: path.to_owned(), what: error.to_string() }
}

impl Drop for Mp4Recorder {
    /// A recorder that was not finished tries to, so that an aborted run leaves a file that plays.
    fn drop(&mut self) {
        if !self.done
            && let Err(error) = self.complete()
        {
            tracing::warn!("the recording was given up: {error}");
        }
    }
}

impl VideoTrack {
    /// Keeps the parameter sets of a unit. A new description is returned where they are new.
    fn note_parameters(&mut self, annexb: &[u8]) -> Result<Option<SampleEntry>, CodecError> {
        let mut new = mp4_entry::parameters(annexb).peekable();
        if new.peek().is_none() || new.clone().eq(self.parameters.iter().map(Vec::as_slice)) {
            return Ok(None);
        }
        let parameters: Vec<Vec<u8>> = new.map(<[u8]>::to_vec).collect();
        let entry = mp4_entry::h264(&parameters)?;
        self.parameters = parameters;
        self.entry = Some(entry);
        Ok(self.entry.clone())
    }
}

impl AudioTrack {
    fn describe(&mut self) -> SampleEntry {
        let entry = SampleEntry::Opus(build_opus_box(&OpusSampleEntryConfig {
            channel_count: ChannelCount::Stereo,
            pre_skip: self.pre_skip,
            input_sample_rate: AUDIO_SCALE.get(),
            output_gain: 0,
        }));
        self.entry = Some(entry.clone());
        entry
    }
}
