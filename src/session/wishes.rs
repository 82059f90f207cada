//! What the user asked of the world that a server may forget with a stream: quality, sound, pause. A stream that comes after a loss
//! is held against it, and what is missing is asked for again (HO-19).

use super::io::Command;
use crate::wire::{AckStatus, AudioRequest, CommandId, Hello, TierName, WorldState};

/// The user's latest word on each.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    quality: Option<(CommandId, TierName, bool)>,
    audio: Option<(CommandId, AudioRequest)>,
    paused: Option<(CommandId, bool)>,
}

impl Wishes {
    /// Notes a command that was taken.
    pub(super) fn note(&mut self, id: &CommandId, command: &Command) {
        match command {
            Command::Quality { tier, pinned } => self.quality = Some((id.clone(), tier.clone(), *pinned)),
            Command::Audio(audio) => self.audio = Some((id.clone(), audio.clone())),
            Command::Pause => self.paused = Some((id.clone(), true)),
            Command::Resume => self.paused = Some((id.clone(), false)),
            Command::Direct { .. } | Command::Wander { .. } | Command::Rewind { .. } => {}
        }
    }

    /// Forgets what the server refused: it is not asked for again.
    pub(super) fn answered(&mut self, id: &CommandId, status: &AckStatus) {
        if matches!(status, AckStatus::Applied | AckStatus::Duplicate) {
            return;
        }
        self.quality.take_if(|(of, ..)| of == id);
        self.audio.take_if(|(of, _)| of == id);
        self.paused.take_if(|(of, _)| of == id);
    }

    /// What a new stream lacks. Commands that are still without acknowledgement (`pending`) are sent again anyway.
    ///
    /// A server that resumes keeps the rest itself; its word on an unpinned tier is then its own policy at work.
    pub(super) fn missing(&self, hello: &Hello, pending: impl Fn(&CommandId) -> bool) -> Vec<Command> {
        let mut missing = Vec::new();
        if let Some((id, tier, pinned)) = &self.quality
            && !pending(id)
            && if *pinned { !hello.pinned || hello.tier.name != *tier } else { !hello.resumed && hello.tier.name != *tier }
        {
            missing.push(Command::Quality { tier: tier.clone(), pinned: *pinned });
        }
        if let Some((id, audio)) = &self.audio
            && !pending(id)
            && hello.audio.enabled != audio.enabled
        {
            missing.push(Command::Audio(audio.clone()));
        }
        if let Some((id, paused)) = &self.paused
            && !pending(id)
            && !hello.resumed
            && *paused != (hello.state == WorldState::Paused)
            && matches!(hello.state, WorldState::Paused | WorldState::Running)
        {
            missing.push(if *paused { Command::Pause } else { Command::Resume });
        }
        missing
    }
}
