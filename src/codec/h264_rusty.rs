//! H.264 by rusty_h264: pure Rust, the default.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusty_h264::Decoder;

use super::h264::Backend;
use crate::media::{Picture, PicturePool, Size};

pub(super) struct Rusty(Decoder);

impl Backend for Rusty {
    fn fresh() -> Result<Self, String> {
        Ok(Self(Decoder::new()))
    }

    fn decode(&mut self, unit: &[u8], pool: &PicturePool) -> Result<Option<Picture>, String> {
        // A young decoder that eats bytes from the network: a panic of its own is a damaged unit, not the end of playback. Its
        // state is replaced after any error, so nothing half-done is seen again.
        let decoded = catch_unwind(AssertUnwindSafe(|| self.0.decode(unit)))
            .map_err(|_| "the decoder panicked".to_owned())?
            .map_err(|error| error.to_string())?;
        let Some(frame) = decoded else { return Ok(None) };
        let mut picture = pool.take(Size { width: frame.width as u32, height: frame.height as u32 });
        let [y, u, v] = picture.planes_mut();
        for (source, target) in [(&frame.y, y), (&frame.u, u), (&frame.v, v)] {
            if source.len() != target.len() {
                return Err(format!("a plane of {} samples where {} belong", source.len(), target.len()));
            }
            target.copy_from_slice(source);
        }
        Ok(Some(picture))
    }
}
