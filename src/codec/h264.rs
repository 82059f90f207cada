//! H.264 in order, gated, with a backend behind it. What the backends share stands here; what a backend library is called like,
//! beside it. Pictures are taken as BT.709 limited range, which the protocol prescribes, whatever the stream's VUI says.

use super::annexb;
use super::error::CodecError;
use super::gate::Gate;
use super::video::VideoDecode;
use crate::media::{Format, Packet, Picture, PicturePool, VideoCodec};

/// An H.264 library.
pub(super) trait Backend: Sized {
    /// A decoder that has seen nothing.
    fn fresh() -> Result<Self, String>;

    /// Decodes one access unit in decode order. The protocol's streams have no B pictures, so that is display order.
    fn decode(&mut self, unit: &[u8], pool: &PicturePool) -> Result<Option<Picture>, String>;
}

/// A gated H.264 decoder.
pub(super) struct H264<B> {
    backend: B,
    gate: Gate,
}

impl<B: Backend> H264<B> {
    pub(super) fn new() -> Result<Self, CodecError> {
        let backend = B::fresh().map_err(|what| CodecError::Setup { codec: VideoCodec::H264.name(), what })?;
        Ok(Self { backend, gate: Gate::default() })
    }

    fn decode_unit(&mut self, unit: &[u8], expects: bool, pool: &PicturePool) -> Result<Option<Picture>, String> {
        match self.backend.decode(unit, pool) {
            Ok(None) if expects => Err("the access unit ends before its picture does".into()),
            other => other,
        }
    }
}

impl<B: Backend> VideoDecode for H264<B> {
    fn decode(&mut self, packet: &Packet, pool: &PicturePool) -> Result<Option<Picture>, CodecError> {
        let codec = VideoCodec::H264.name();
        if packet.format != Format::Video(VideoCodec::H264) {
            return Err(CodecError::WrongFormat { codec });
        }
        // The bytes decide what a keyframe is: the packet's flag is the server's word, and only an IDR resets the references.
        let contents = annexb::inspect(&packet.payload).inspect_err(|_| self.gate.close())?;
        self.gate.admit(packet, contents.idr)?;
        self.decode_unit(&packet.payload, contents.picture, pool).map_err(|what| {
            self.gate.close();
            // A library in the middle of a damaged picture is not asked to recover: the next IDR needs none of its state.
            match B::fresh() {
                Ok(backend) => {
                    self.backend = backend;
                    CodecError::Corrupt { codec, what }
                }
                Err(what) => CodecError::Setup { codec, what },
            }
        })
    }

    fn reset(&mut self) {
        self.gate.close();
    }
}

/// Copies a plane with padding into one without; false where the source is too short.
pub(super) fn copy_plane(source: &[u8], stride: usize, width: usize, target: &mut [u8]) -> bool {
    if width == 0 || stride < width {
        return target.is_empty();
    }
    let height = target.len() / width;
    if height > 0 && source.len() < stride * (height - 1) + width {
        return false;
    }
    if stride == width {
        target.copy_from_slice(&source[..target.len()]);
    } else {
        for (to, from) in target.chunks_exact_mut(width).zip(source.chunks(stride)) {
            to.copy_from_slice(&from[..width]);
        }
    }
    true
}
