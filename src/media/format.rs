//! Which track a packet belongs to and how its payload is coded.

use std::fmt;

/// One of the two media tracks of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Track {
    /// The picture.
    Video,
    /// The sound.
    Audio,
}

/// How a video access unit is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// H.264 (ITU-T H.264), Annex B byte stream, parameter sets before every IDR picture.
    H264,
    /// One baseline JPEG (ITU-T T.81) per access unit, coloured as JFIF says: BT.601 in full range; every unit is a keyframe.
    Mjpeg,
}

/// How an audio packet is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AudioCodec {
    /// Opus (RFC 6716), 48 kHz stereo, one packet per unit.
    Opus,
    /// Interleaved signed 16-bit little-endian samples, 48 kHz stereo.
    PcmS16le,
}

/// The format of one packet; it implies the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A video access unit.
    Video(VideoCodec),
    /// An audio packet.
    Audio(AudioCodec),
}

impl Format {
    /// The track that carries this format.
    #[must_use]
    pub const fn track(self) -> Track {
        match self {
            Self::Video(_) => Track::Video,
            Self::Audio(_) => Track::Audio,
        }
    }

    /// The codec's name on the wire and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Video(codec) => codec.name(),
            Self::Audio(codec) => codec.name(),
        }
    }
}

impl VideoCodec {
    /// The codec's name on the wire and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Mjpeg => "mjpeg",
        }
    }
}

impl AudioCodec {
    /// The codec's name on the wire and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::PcmS16le => "pcm_s16le",
        }
    }
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Video => "video",
            Self::Audio => "audio",
        })
    }
}

impl fmt::Display for VideoCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for AudioCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
