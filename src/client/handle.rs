//! The hand on a world: synchronous, never blocks, may be cloned and sent anywhere.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::shared::{Shared, Standing};
use super::transport::Transport;
use crate::media::PlaybackHealth;
use crate::session::{Command, Hands, Link, Refused, Stats};
use crate::wire::{AudioRequest, CommandId, Direction, TierName, WorldId};

/// Acts on a world. Every method only notes what is to be sent, stamped with the moment of the call; the driver sends it at once.
#[derive(Clone, Debug)]
pub struct WorldHandle {
    pub(super) shared: Arc<Shared>,
}

impl WorldHandle {
    /// The world's id.
    #[must_use]
    pub fn id(&self) -> &WorldId {
        &self.shared.id
    }

    /// Directs the world in words (HO-2).
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn direct(&self, text: &str) -> Result<CommandId, Refused> {
        self.command(Command::Direct { text: Some(text.to_owned()), action: None })
    }

    /// Directs the world with a structured action.
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn act(&self, action: Direction) -> Result<CommandId, Refused> {
        self.command(Command::Direct { text: None, action: Some(action) })
    }

    /// Wanders on with a prompt (HO-4).
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn wander(&self, prompt: &str) -> Result<CommandId, Refused> {
        self.command(Command::Wander { prompt: prompt.to_owned() })
    }

    /// Tells the state of the user's hands. The latest wins; `turned` adds up. Returns the input number under which it travels,
    /// `None` where it changes nothing or nothing can be sent yet or any more.
    pub fn control(&self, hands: Hands) -> Option<u32> {
        let input = self.shared.session().control(self.shared.clock.now(), hands);
        self.shared.wake.notify_one();
        input
    }

    /// Changes the quality tier; pinned, the server must keep to it.
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn quality(&self, tier: impl Into<TierName>, pinned: bool) -> Result<CommandId, Refused> {
        self.command(Command::Quality { tier: tier.into(), pinned })
    }

    /// Turns sound on or off, or changes its format (HO-13).
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn audio(&self, audio: AudioRequest) -> Result<CommandId, Refused> {
        self.command(Command::Audio(audio))
    }

    /// Stops the world's time.
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn pause(&self) -> Result<CommandId, Refused> {
        self.command(Command::Pause)
    }

    /// Lets the world's time run again.
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn resume(&self) -> Result<CommandId, Refused> {
        self.command(Command::Resume)
    }

    /// Takes the world back by so many milliseconds.
    ///
    /// # Errors
    /// [`Refused`]; nothing was sent.
    pub fn rewind(&self, by_ms: u32) -> Result<CommandId, Refused> {
        self.command(Command::Rewind { by_ms })
    }

    /// The user is there, though there is nothing to tell: idle time begins anew, on this side and on the server's (HO-22).
    pub fn stay(&self) {
        self.shared.session().stay(self.shared.clock.now());
        self.shared.wake.notify_one();
    }

    /// Drops the connection of the stream without a word, as a network that breaks would; the session takes it up again. For tests and
    /// benchmarks of that.
    pub fn cut(&self) {
        self.shared.cut.store(true, Ordering::Relaxed);
        self.shared.wake.notify_one();
    }

    /// Which way the latest stream takes; `None` before the first, and while the latest attempt at one has failed.
    #[must_use]
    pub fn transport(&self) -> Option<Transport> {
        match self.shared.standing() {
            Standing::Open(transport) => Some(transport),
            Standing::Opening | Standing::Refused(_) => None,
        }
    }

    /// Asks for a keyframe; requests that come fast are merged.
    pub fn request_keyframe(&self) {
        self.shared.session().request_keyframe(self.shared.clock.now());
        self.shared.wake.notify_one();
    }

    /// Tells how playback is doing; at most four reports a second are sent, the others are dropped.
    pub fn feedback(&self, health: PlaybackHealth) {
        self.shared.session().feedback(self.shared.clock.now(), &health);
        self.shared.wake.notify_one();
    }

    /// Round trip and clock offset; `None` before the first answer.
    #[must_use]
    pub fn link(&self) -> Option<Link> {
        self.shared.session().link()
    }

    /// What the stream has carried and dropped so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.session().stats()
    }

    fn command(&self, command: Command) -> Result<CommandId, Refused> {
        let id = self.shared.session().command(self.shared.clock.now(), command);
        self.shared.wake.notify_one();
        id
    }
}
