//! The worker that decodes pictures. Asks playout what to decode, decodes it outside the lock, hands the picture over.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::decoders::MakeVideo;
use super::shared::Shared;
use crate::codec::{CodecError, VideoDecode};
use crate::media::{DropCause, Format, Packet, Picture, PicturePool, Size, VideoCodec, VideoFrame};
use crate::playout::DECODED;

/// Pictures kept: those that wait, one in the decoder, one on its way to the screen and one in its reader's hands.
const PICTURES: usize = 2 * DECODED + 3;

/// Without a signal the worker looks after this long: frames expire while nobody draws.
const LOOK: Duration = Duration::from_millis(10);

/// Decodes until the player stops.
pub(super) fn run(shared: &Arc<Shared>, make: MakeVideo) {
    let pool = PicturePool::new(PICTURES);
    let mut stocked = None;
    let mut decoder: Option<(VideoCodec, Box<dyn VideoDecode + Send>)> = None;
    while let Some(packet) = next(shared) {
        let Format::Video(codec) = packet.format else { continue };
        let unbuffered = shared.clock.now();
        let decoded = match open(&mut decoder, codec, make) {
            // A decoder that panics on some input is a bug of that decoder and no reason to stop the show.
            Ok(open) => catch_unwind(AssertUnwindSafe(|| open.decode(&packet, &pool))).unwrap_or_else(|_| {
                Err(CodecError::Corrupt { codec: codec.name(), what: "the decoder panicked on it".into() })
            }),
            Err(error) => Err(error),
        };
        let now = shared.clock.now();
        let mut state = shared.lock();
        match decoded {
            Ok(Some(picture)) => {
                state.video_codec = Some(codec);
                let size = picture.size();
                state.size = Some(size);
                state.controller.decoded(VideoFrame::new(&packet, picture, unbuffered, now));
                drop(state);
                if stocked.replace(size) != Some(size) {
                    stock(&pool, size);
                }
            }
            Ok(None) => state.controller.no_picture(),
            Err(error) => {
                let cause = cause(&error);
                if cause == DropCause::UnknownCodec {
                    state.notices.tell(format!("no picture: {error}"));
                }
                state.controller.undecodable(cause);
                drop(state);
                tracing::debug!(%error, sequence = packet.sequence, "picture dropped");
                match cause {
                    DropCause::Corrupt => decoder = None,
                    _ => {
                        if let Some((_, open)) = &mut decoder {
                            open.reset();
                        }
                    }
                }
            }
        }
    }
}

/// Fills the pool after the first picture of a size is on its way, so that no later one waits for memory.
fn stock(pool: &PicturePool, size: Size) {
    let pictures: [Picture; PICTURES] = std::array::from_fn(|_| pool.take(size));
    drop(pictures);
}

/// Waits for the next packet to decode; `None` when the player stops.
fn next(shared: &Shared) -> Option<Packet> {
    let mut state = shared.lock();
    loop {
        if shared.is_stopped() {
            return None;
        }
        let now = shared.clock.now();
        if let Some(packet) = state.controller.next_video(now, shared.heard(now)) {
            return Some(packet);
        }
        state = shared.wait_video(state, LOOK);
    }
}

fn open(
    decoder: &mut Option<(VideoCodec, Box<dyn VideoDecode + Send>)>,
    codec: VideoCodec,
    make: MakeVideo,
) -> Result<&mut Box<dyn VideoDecode + Send>, CodecError> {
    if decoder.as_ref().is_none_or(|(open, _)| *open != codec) {
        *decoder = Some((codec, make(codec)?));
    }
    match decoder {
        Some((_, open)) => Ok(open),
        None => Err(CodecError::Setup { codec: codec.name(), what: "it was not opened".into() }),
    }
}

/// What a refusal counts as, for either track.
pub(super) fn cause(error: &CodecError) -> DropCause {
    match error {
        CodecError::NoReference { .. } => DropCause::NoReference,
        CodecError::Unsupported { .. } | CodecError::Setup { .. } | CodecError::WrongFormat { .. } => {
            DropCause::UnknownCodec
        }
        _ => DropCause::Corrupt,
    }
}
