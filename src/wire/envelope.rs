//! The binary media envelope: a fixed little-endian header and a payload that is never copied.
//!
//! One WebSocket binary message is one envelope. A coded unit larger than [`FRAGMENT_BYTES`] travels as several envelopes with
//! the same header but for the fragment index, so that an audio packet never waits behind a whole keyframe.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::bounds::{FRAGMENT_BYTES, MAX_FRAGMENTS, MAX_UNIT_BYTES, VERSION};
use super::error::WireError;
use crate::media::{AudioCodec, Format, Track, VideoCodec};

/// Length of the header of version 1, in bytes. A longer header is allowed: what stands between byte 88 and the header length
/// belongs to later revisions and is skipped.
pub const HEADER_BYTES: usize = 88;

/// "SG", little endian.
const MAGIC: u16 = 0x4753;
const LONGEST_HEADER: u16 = 1024;

const KEYFRAME: u8 = 1 << 0;
const DISCONTINUITY: u8 = 1 << 1;
const HAS_INPUT: u8 = 1 << 2;
const HAS_GENERATED: u8 = 1 << 3;
const HAS_SENT: u8 = 1 << 4;

/// What an envelope carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A unit in a format that this side knows.
    Media(Format),
    /// A unit in a codec that this side does not know: `track` 0 is video and 1 is audio.
    UnknownCodec {
        /// The track number.
        track: u8,
        /// The codec number.
        codec: u8,
    },
}

/// One envelope. Times in microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Format of the unit.
    pub kind: Kind,
    /// Decodable without any earlier unit.
    pub keyframe: bool,
    /// Does not continue the unit before.
    pub discontinuity: bool,
    /// Timeline number.
    pub epoch: u32,
    /// Unit number in its track.
    pub sequence: u64,
    /// Presentation timestamp.
    pub pts_us: i64,
    /// Duration.
    pub duration_us: u32,
    /// Index of this fragment, below `fragments`.
    pub fragment: u16,
    /// Fragments of the unit, 1 to [`MAX_FRAGMENTS`].
    pub fragments: u16,
    /// Bytes of the whole unit, at most [`MAX_UNIT_BYTES`].
    pub unit_bytes: u32,
    /// Index in the generation chunk.
    pub chunk_index: u16,
    /// Frames in the generation chunk, at least 1.
    pub chunk_len: u16,
    /// World state version that the unit shows (HO-8).
    pub state_version: u32,
    /// Number and client stamp of the newest input applied.
    pub input: Option<(u32, u64)>,
    /// End of generation on the server's monotonic clock.
    pub generated_us: Option<u64>,
    /// Hand-over to the socket, same clock.
    pub sent_us: Option<u64>,
    /// Time spent generating; 0 unknown.
    pub render_us: u32,
    /// Time spent encoding; 0 unknown.
    pub encode_us: u32,
    /// The fragment's bytes.
    pub payload: Bytes,
}

impl Envelope {
    /// Parses one binary message. The payload shares the message's memory.
    ///
    /// # Errors
    /// A [`WireError`] that names the field; never panics, whatever the bytes.
    pub fn parse(mut message: Bytes) -> Result<Self, WireError> {
        let have = message.len();
        if have < HEADER_BYTES {
            return Err(WireError::Truncated { what: "media envelope", have, need: HEADER_BYTES });
        }
        let magic = message.get_u16_le();
        if magic != MAGIC {
            return Err(WireError::Magic { found: magic });
        }
        let version = message.get_u8();
        if version != VERSION {
            return Err(WireError::Version { found: version });
        }
        let flags = message.get_u8();
        let header = message.get_u16_le();
        if usize::from(header) < HEADER_BYTES || header > LONGEST_HEADER {
            return Err(WireError::Range { field: "header length", value: header.into(), range: "88 to 1024" });
        }
        if have < usize::from(header) {
            return Err(WireError::Truncated { what: "media envelope", have, need: header.into() });
        }
        let (track, codec) = (message.get_u8(), message.get_u8());
        let mut envelope = Self {
            kind: Kind::from_numbers(track, codec)?,
            keyframe: flags & KEYFRAME != 0,
            discontinuity: flags & DISCONTINUITY != 0,
            epoch: message.get_u32_le(),
            fragment: message.get_u16_le(),
            fragments: message.get_u16_le(),
            sequence: message.get_u64_le(),
            pts_us: message.get_i64_le(),
            duration_us: message.get_u32_le(),
            unit_bytes: message.get_u32_le(),
            chunk_index: message.get_u16_le(),
            chunk_len: message.get_u16_le(),
            state_version: message.get_u32_le(),
            input: {
                let input = (message.get_u32_le(), message.get_u64_le());
                (flags & HAS_INPUT != 0).then_some(input)
            },
            render_us: message.get_u32_le(),
            encode_us: message.get_u32_le(),
            generated_us: Some(message.get_u64_le()).filter(|_| flags & HAS_GENERATED != 0),
            sent_us: Some(message.get_u64_le()).filter(|_| flags & HAS_SENT != 0),
            payload: Bytes::new(),
        };
        message.advance(4); // reserved: keeps the payload aligned to 8 bytes
        message.advance(usize::from(header) - HEADER_BYTES);
        envelope.payload = message;
        envelope.check()?;
        Ok(envelope)
    }

    /// Prints the envelope into `out`.
    pub fn print(&self, out: &mut BytesMut) {
        let (track, codec) = self.kind.numbers();
        let flag = |set, bit| if set { bit } else { 0 };
        out.reserve(HEADER_BYTES + self.payload.len());
        out.put_u16_le(MAGIC);
        out.put_u8(VERSION);
        out.put_u8(
            flag(self.keyframe, KEYFRAME)
                | flag(self.discontinuity, DISCONTINUITY)
                | flag(self.input.is_some(), HAS_INPUT)
                | flag(self.generated_us.is_some(), HAS_GENERATED)
                | flag(self.sent_us.is_some(), HAS_SENT),
        );
        out.put_u16_le(HEADER_BYTES as u16);
        out.put_u8(track);
        out.put_u8(codec);
        out.put_u32_le(self.epoch);
        out.put_u16_le(self.fragment);
        out.put_u16_le(self.fragments);
        out.put_u64_le(self.sequence);
        out.put_i64_le(self.pts_us);
        out.put_u32_le(self.duration_us);
        out.put_u32_le(self.unit_bytes);
        out.put_u16_le(self.chunk_index);
        out.put_u16_le(self.chunk_len);
        out.put_u32_le(self.state_version);
        let (input, issued) = self.input.unwrap_or_default();
        out.put_u32_le(input);
        out.put_u64_le(issued);
        out.put_u32_le(self.render_us);
        out.put_u32_le(self.encode_us);
        out.put_u64_le(self.generated_us.unwrap_or_default());
        out.put_u64_le(self.sent_us.unwrap_or_default());
        out.put_u32_le(0);
        out.put_slice(&self.payload);
    }

    /// The track that the unit belongs to, whether or not its codec is known.
    #[must_use]
    pub const fn track(&self) -> Track {
        self.kind.track()
    }

    fn check(&self) -> Result<(), WireError> {
        let range = |field, value: i128, range| Err(WireError::Range { field, value, range });
        if self.fragments == 0 || usize::from(self.fragments) > MAX_FRAGMENTS {
            return range("fragment count", self.fragments.into(), "1 to 256");
        }
        if self.fragment >= self.fragments {
            return range("fragment index", self.fragment.into(), "below the fragment count");
        }
        if self.unit_bytes == 0 {
            return range("unit length", 0, "1 and more");
        }
        if self.unit_bytes as usize > MAX_UNIT_BYTES {
            return Err(WireError::TooLarge { what: "coded unit", have: self.unit_bytes as usize, most: MAX_UNIT_BYTES });
        }
        if self.chunk_len == 0 || self.chunk_index >= self.chunk_len {
            return range("chunk index", self.chunk_index.into(), "below the chunk length");
        }
        let (index, count) = (usize::from(self.fragment), usize::from(self.fragments));
        let unit = self.unit_bytes as usize;
        let expected = if index + 1 < count {
            FRAGMENT_BYTES
        } else {
            unit.checked_sub(FRAGMENT_BYTES * (count - 1)).unwrap_or(usize::MAX)
        };
        if expected > FRAGMENT_BYTES || expected == 0 {
            return range("unit length", self.unit_bytes.into(), "what its fragments can hold");
        }
        if self.payload.len() < expected {
            return Err(WireError::Truncated { what: "media payload", have: self.payload.len(), need: expected });
        }
        if self.payload.len() > expected {
            return Err(WireError::TooLarge { what: "media payload", have: self.payload.len(), most: expected });
        }
        Ok(())
    }
}

impl Kind {
    /// The track of such a unit.
    #[must_use]
    pub const fn track(self) -> Track {
        match self {
            Self::Media(format) => format.track(),
            Self::UnknownCodec { track: 0, .. } => Track::Video,
            Self::UnknownCodec { .. } => Track::Audio,
        }
    }

    fn from_numbers(track: u8, codec: u8) -> Result<Self, WireError> {
        match (track, codec) {
            (0, 1) => Ok(Self::Media(Format::Video(VideoCodec::H264))),
            (0, 2) => Ok(Self::Media(Format::Video(VideoCodec::Mjpeg))),
            (1, 1) => Ok(Self::Media(Format::Audio(AudioCodec::Opus))),
            (1, 2) => Ok(Self::Media(Format::Audio(AudioCodec::PcmS16le))),
            (0 | 1, codec) => Ok(Self::UnknownCodec { track, codec }),
            (track, _) => Err(WireError::Range { field: "track", value: track.into(), range: "0 (video) or 1 (audio)" }),
        }
    }

    const fn numbers(self) -> (u8, u8) {
        match self {
            Self::Media(Format::Video(VideoCodec::H264)) => (0, 1),
            Self::Media(Format::Video(VideoCodec::Mjpeg)) => (0, 2),
            Self::Media(Format::Audio(AudioCodec::Opus)) => (1, 1),
            Self::Media(Format::Audio(AudioCodec::PcmS16le)) => (1, 2),
            Self::UnknownCodec { track, codec } => (track, codec),
        }
    }
}

/// Splits a whole unit into envelopes that each fit a fragment; `unit` carries the whole payload and any fragment fields.
///
/// The payloads share the unit's memory.
///
/// # Errors
/// [`WireError`] for an empty unit and for one above [`MAX_UNIT_BYTES`].
pub fn fragment(unit: &Envelope) -> Result<impl Iterator<Item = Envelope> + '_, WireError> {
    let bytes = unit.payload.len();
    if bytes > MAX_UNIT_BYTES {
        return Err(WireError::TooLarge { what: "coded unit", have: bytes, most: MAX_UNIT_BYTES });
    }
    if bytes == 0 {
        return Err(WireError::Range { field: "unit length", value: 0, range: "1 and more" });
    }
    let count = bytes.div_ceil(FRAGMENT_BYTES);
    Ok((0..count).map(move |index| {
        let start = index * FRAGMENT_BYTES;
        let mut part = unit.clone();
        part.fragment = index as u16;
        part.fragments = count as u16;
        part.unit_bytes = bytes as u32;
        part.payload = unit.payload.slice(start..bytes.min(start + FRAGMENT_BYTES));
        part
    }))
}
