//! The hand on a world: synchronous, never blocks, may be cloned and sent anywhere.

use crate::media::PlaybackHealth;
use crate::session::{Hands, Link, Refused, Stats};
use crate::wire::{AudioRequest, CommandId, Direction, TierName, WorldId};

/// Acts on a world. Every method only notes what is to be sent; the driver sends it at once.
#[derive(Clone, Debug)]
pub struct WorldHandle {
    id: WorldId,
}

impl WorldHandle {
    /// The world's id.
    #[must_use]
    pub const fn id(&self) -> &WorldId {
        &self.id
    }

    /// Directs the world in words (HO-2).
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn direct(&self, text: &str) -> Result<CommandId, Refused> {
        let _ = text;
        Err(Refused::Ended)
    }

    /// Directs the world with a structured action.
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn act(&self, action: Direction) -> Result<CommandId, Refused> {
        let _ = action;
        Err(Refused::Ended)
    }

    /// Wanders on with a prompt (HO-4).
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn wander(&self, prompt: &str) -> Result<CommandId, Refused> {
        let _ = prompt;
        Err(Refused::Ended)
    }

    /// Tells the state of the user's hands. The latest wins; `turned` adds up. Returns the input number under which it travels,
    /// `None` where it changes nothing or the world has ended.
    pub fn control(&self, hands: Hands) -> Option<u32> {
        let _ = hands;
        None
    }

    /// Changes the quality tier; pinned, the server must keep to it.
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn quality(&self, tier: impl Into<TierName>, pinned: bool) -> Result<CommandId, Refused> {
        let _ = (tier.into(), pinned);
        Err(Refused::Ended)
    }

    /// Turns sound on or off, or changes its format (HO-13).
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn audio(&self, audio: AudioRequest) -> Result<CommandId, Refused> {
        let _ = audio;
        Err(Refused::Ended)
    }

    /// Stops the world's time.
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn pause(&self) -> Result<CommandId, Refused> {
        Err(Refused::Ended)
    }

    /// Lets the world's time run again.
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn resume(&self) -> Result<CommandId, Refused> {
        Err(Refused::Ended)
    }

    /// Takes the world back by so many milliseconds.
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn rewind(&self, by_ms: u32) -> Result<CommandId, Refused> {
        let _ = by_ms;
        Err(Refused::Ended)
    }

    /// Asks for a keyframe; requests that come fast are merged.
    pub fn request_keyframe(&self) {}

    /// Tells how playback is doing; at most four reports a second are sent, the others are dropped.
    pub fn feedback(&self, health: PlaybackHealth) {
        let _ = health;
    }

    /// Round trip and clock offset; `None` before the first answer.
    #[must_use]
    pub fn link(&self) -> Option<Link> {
        None
    }

    /// What the stream has carried and dropped so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
}
