//! Commands: each is done once, and its sender is told what became of it.

use super::order::Order;
use super::run::Host;
use crate::media::AudioCodec;
use crate::sim::defect::Defect;
use crate::sim::scene::Applied;
use crate::wire::{AckStatus, AudioRequest, Down, TierName, Up, WorldState};

impl Host {
    /// Obeys one command, or repeats what was said of it the first time (HO-28).
    pub(super) fn obey(&mut self, order: Order) {
        let Some(id) = order.command.id().cloned() else { return };
        // Defect: what is not remembered is done again.
        let ack = if let Some(ack) = self.ledger.repeated(&id).filter(|_| !self.has(Defect::Twice)) {
            ack
        } else {
            let (applied, input) = self.apply(order.command);
            let Applied { status, message } = applied;
            let state_version = match (&status, &input) {
                (AckStatus::Applied, Some(_)) => self.desk.changed(),
                _ => self.desk.state_version(),
            };
            let input = input.map(|(number, _)| number).filter(|number| *number > 0);
            let ack = Down::Ack { id: id.clone(), status, message, state_version, input };
            self.ledger.remember(&id, &ack);
            ack
        };
        order.reply.give(ack);
    }

    /// Applies one command; also its input number and stamp where it changes what is seen.
    fn apply(&mut self, command: Up) -> (Applied, Option<(u32, u64)>) {
        match command {
            Up::Direct { text, action, input, issued_us, .. } => {
                let applied = self.scene.direct(text.as_deref(), action.as_ref());
                self.seen(&applied, input, issued_us)
            }
            Up::Wander { prompt, input, issued_us, .. } => {
                let applied = self.scene.wander(&prompt);
                self.seen(&applied, input, issued_us)
            }
            Up::Pause { .. } => (self.pause(), None),
            Up::Resume { .. } => (self.resume(), None),
            Up::Quality { tier, pinned, .. } => (self.quality(&tier, pinned), None),
            Up::Audio { audio, .. } => (self.audio(&audio), None),
            Up::Rewind { .. } => (rejected("this world cannot be taken back: its capabilities say rewind: false"), None),
            Up::Control(_) | Up::Keyframe {} | Up::Feedback(_) | Up::Ping { .. } | Up::Other(_) => {
                (rejected("this is no command"), None)
            }
        }
    }

    fn seen(&mut self, applied: &Applied, input: u32, issued_us: u64) -> (Applied, Option<(u32, u64)>) {
        if applied.status == AckStatus::Applied {
            self.echo(input, issued_us);
        }
        (applied.clone(), Some((input, issued_us)))
    }

    fn pause(&mut self) -> Applied {
        if self.paused {
            return applied("time stands still already");
        }
        self.paused = true;
        self.desk.state(WorldState::Paused);
        applied("time stands still")
    }

    fn resume(&mut self) -> Applied {
        if !self.paused {
            return applied("time runs already");
        }
        self.paused = false;
        self.interrupted = true;
        self.desk.state(WorldState::Running);
        applied("time runs")
    }

    fn quality(&mut self, name: &TierName, pinned: bool) -> Applied {
        // Defect: as if the pin had not been said.
        let pinned = pinned && !self.has(Defect::LoosePin);
        let TierName::Known(tier) = *name else {
            return rejected("no tier has that name: the tiers are draft, standard and high");
        };
        if let Err(error) = self.retier(tier, tier.spec().video_bitrate) {
            return rejected(&error.to_string());
        }
        self.asked_for(tier, pinned);
        self.desk.tier(
            tier,
            tier.spec().video_bitrate,
            pinned,
            if pinned { "pinned by the client" } else { "asked for by the client" },
        );
        applied(&format!("{} tier: {}, {} frames a second", tier, tier.spec().size, tier.spec().fps))
    }

    fn audio(&mut self, request: &AudioRequest) -> Applied {
        if !request.enabled {
            self.mute();
            return applied("sound is off");
        }
        let Some(codec) = choose_audio(&request.formats, self.track.codec()) else {
            return rejected("none of these sound formats can be sent: the formats are opus and pcm_s16le");
        };
        match self.unmute(codec) {
            Ok(()) => applied(&format!("sound is on, as {codec}")),
            Err(error) => rejected(&error.to_string()),
        }
    }
}

/// The first format of a list that this server sends; `default` for an empty list.
pub(super) fn choose_audio(formats: &[String], default: AudioCodec) -> Option<AudioCodec> {
    if formats.is_empty() {
        return Some(default);
    }
    let known = [AudioCodec::Opus, AudioCodec::PcmS16le];
    formats.iter().find_map(|name| known.into_iter().find(|codec| codec.name() == name))
}

pub(super) fn applied(message: &str) -> Applied {
    Applied { status: AckStatus::Applied, message: message.to_owned() }
}

pub(super) fn rejected(message: &str) -> Applied {
    Applied { status: AckStatus::Rejected, message: message.to_owned() }
}
