//! Keeps made clips by what was asked, so that the same clip is made once. Bounded in bytes: the clip that was asked for the longest
//! time ago goes first.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::make::make_clip;
use super::spec::ClipSpec;

/// Bytes of clips that are kept.
const MOST_BYTES: usize = 64 << 20;

/// Made clips.
#[derive(Debug, Default)]
pub struct Shelf {
    kept: Mutex<Kept>,
    /// One clip is made at a time: two at once would take as long, and need twice the memory.
    making: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The one asked for last stands last.
    clips: VecDeque<(ClipSpec, Bytes)>,
    bytes: usize,
    made: u64,
}

impl Shelf {
    /// The file of a clip, made where it is not kept.
    ///
    /// # Errors
    /// What the encoder says, in words.
    pub async fn clip(&self, spec: &ClipSpec) -> Result<Bytes, String> {
        if let Some(file) = self.kept().find(spec) {
            return Ok(file);
        }
        let _turn = self.making.lock().await;
        if let Some(file) = self.kept().find(spec) {
            return Ok(file);
        }
        let wanted = spec.clone();
        let made = tokio::task::spawn_blocking(move || make_clip(&wanted)).await;
        let file = Bytes::from(made.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?);
        self.kept().put(spec.clone(), file.clone());
        Ok(file)
    }

    /// Clips made so far.
    #[must_use]
    pub fn made(&self) -> u64 {
        self.kept().made
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn find(&mut self, spec: &ClipSpec) -> Option<Bytes> {
        let at = self.clips.iter().position(|(kept, _)| kept == spec)?;
        let found = self.clips.remove(at)?;
        let file = found.1.clone();
        self.clips.push_back(found);
        Some(file)
    }

    fn put(&mut self, spec: ClipSpec, file: Bytes) {
        self.made += 1;
        self.bytes += file.len();
        self.clips.push_back((spec, file));
        while self.bytes > MOST_BYTES && self.clips.len() > 1 {
            self.bytes -= self.clips.pop_front().map_or(0, |(_, file)| file.len());
        }
    }
}
