//! Every picture and every sample of a clip, decoded in order without regard to time, and their SHA-256: the same on every machine.
//! What the pipeline shows and sounds, through the same reel and the same decoders.

use std::collections::BTreeMap;

use ring::digest::{Context, SHA256};
use serde_json::{Value, json};

use super::failure;
use crate::app::errors::Failure;
use crate::app::signals::Stop;
use crate::codec::{CodecError, VideoDecode, video_decoder};
use crate::media::{Epoch, Format, MediaDelta, MediaTime, Packet, Picture, PicturePool, Size, Track};
use crate::reel::{Clip, Feed, Timeline};

/// Pictures that wait for earlier ones, and some.
const POOL: usize = 24;

/// What is summed up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Where it begins and how fast it runs.
    pub(super) timeline: Timeline,
    /// At most so many pictures.
    pub(super) frames: Option<u64>,
    /// At most so long.
    pub(super) duration: Option<MediaDelta>,
    /// With sound.
    pub(super) sound: bool,
}

/// The sums, and the signal that cut them short if one came.
pub(super) fn hash(clip: &mut Clip, extent: &Extent, stop: &Stop) -> Result<Value, Failure> {
    let mut feed = Feed::cue(clip, extent.timeline, Epoch(1)).map_err(|error| failure::of_clip(&error))?;
    let mut pictures = Pictures::new(extent)?;
    let mut sequence = 0;
    while !pictures.are_over() && stop.asked().is_none() {
        let Some(packet) = feed.next(clip, Track::Video).map_err(|error| failure::of_clip(&error))? else { break };
        pictures.take(&Packet { sequence, ..packet })?;
        sequence += 1;
        let settled = feed.earliest(clip, Track::Video);
        pictures.give(settled);
    }
    if pictures.count == 0 && clip.frames() > 0 && pictures.damaged > 0 {
        let error = pictures.error.unwrap_or(CodecError::NoReference { codec: "h264" });
        return Err(failure::of_clip(&error));
    }
    let until = match (extent.frames, extent.duration, extent.timeline.end()) {
        (Some(frames), _, _) if clip.frames() > 0 && pictures.count == frames => pictures.until,
        (_, Some(duration), Some(end)) => end.min(MediaTime::ZERO + duration),
        (_, Some(duration), None) => MediaTime::ZERO + duration,
        (_, None, end) => end.unwrap_or(pictures.until),
    };
    let mut samples = Context::new(&SHA256);
    let mut left = if extent.sound { Feed::frames_until(until) } else { 0 };
    let mut frames = 0;
    while left > 0 && stop.asked().is_none() {
        let Some(packet) = feed.next(clip, Track::Audio).map_err(|error| failure::of_clip(&error))? else { break };
        let count = left.min(packet.payload.len() as u64 / 4);
        samples.update(&packet.payload[..count as usize * 4]);
        (left, frames) = (left - count, frames + count);
    }
    failure::say_left_out(pictures.damaged);
    if feed.damaged() > 0 {
        eprintln!("seaglass: {} packets of sound could not be decoded and are silent", feed.damaged());
    }
    let size = pictures.size;
    Ok(json!({
        "frames": pictures.count,
        "undecodable_frames": pictures.damaged,
        "pictures": {
            "sha256": (pictures.count > 0).then(|| hex(pictures.sum)),
            "format": "yuv420p",
            "width": size.map(|size| size.width),
            "height": size.map(|size| size.height),
        },
        "samples": {
            "sha256": (frames > 0).then(|| hex(samples)),
            "format": "s16le",
            "rate": 48_000,
            "channels": 2,
            "frames": frames,
            "undecodable_packets": feed.damaged(),
        },
    }))
}

struct Pictures {
    decoder: Box<dyn VideoDecode + Send>,
    pool: PicturePool,
    /// Decoded, and waiting for those that are presented before; at most as many as a stream can reorder, and a few.
    waiting: BTreeMap<MediaTime, (Picture, MediaDelta)>,
    sum: Context,
    most: u64,
    ends: Option<MediaTime>,
    count: u64,
    damaged: u64,
    error: Option<CodecError>,
    until: MediaTime,
    late: bool,
    size: Option<Size>,
}

impl Pictures {
    fn new(extent: &Extent) -> Result<Self, Failure> {
        Ok(Self {
            decoder: video_decoder(crate::media::VideoCodec::H264).map_err(|error| failure::of_clip(&error))?,
            pool: PicturePool::new(POOL),
            waiting: BTreeMap::new(),
            sum: Context::new(&SHA256),
            most: extent.frames.unwrap_or(u64::MAX),
            ends: extent.duration.map(|duration| MediaTime::ZERO + duration),
            count: 0,
            damaged: 0,
            error: None,
            until: MediaTime::ZERO,
            late: false,
            size: None,
        })
    }

    fn are_over(&self) -> bool {
        self.count >= self.most || self.late
    }

    fn take(&mut self, packet: &Packet) -> Result<(), Failure> {
        let Format::Video(_) = packet.format else { return Ok(()) };
        match self.decoder.decode(packet, &self.pool) {
            Ok(Some(picture)) if packet.duration > MediaDelta::ZERO => {
                self.waiting.insert(packet.pts, (picture, packet.duration));
            }
            Ok(_) => {}
            Err(error @ (CodecError::Unsupported { .. } | CodecError::Setup { .. })) => {
                return Err(failure::of_clip(&error));
            }
            Err(error) => {
                self.damaged += u64::from(packet.duration > MediaDelta::ZERO);
                self.error.get_or_insert(error);
            }
        }
        Ok(())
    }

    /// Sums up the pictures that nothing is presented before any more.
    fn give(&mut self, settled: Option<MediaTime>) {
        while let Some(first) = self.waiting.first_entry() {
            if settled.is_some_and(|settled| *first.key() >= settled) || self.count >= self.most {
                return;
            }
            let (pts, (picture, lasts)) = first.remove_entry();
            if self.ends.is_some_and(|ends| pts >= ends) {
                self.late = true;
                return;
            }
            for plane in picture.planes() {
                self.sum.update(plane.data);
            }
            self.size = Some(picture.size());
            self.until = pts + lasts;
            self.count += 1;
        }
    }
}

fn hex(sum: Context) -> String {
    sum.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
