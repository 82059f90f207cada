//! What a server says that it can do: one world is made for it before the cases run. Cases that ask for more are skipped.

use crate::media::Tier;
use crate::wire::{Hello, Limits, TierInfo};

/// What is known of the server.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The hello of the survey's world; none where no case makes a world.
    pub hello: Option<Hello>,
    /// Whether a key is configured.
    pub keyed: bool,
    /// Whether the server is on this machine.
    pub local: bool,
    /// Whether it has the calibration world.
    pub calibration: bool,
    /// Whether a create is answered with a ticket.
    pub tickets: bool,
    /// Whether it streams Server-Sent Events.
    pub events: bool,
    /// Whether it tells what worlds have used.
    pub usage: bool,
}

/// What a case asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A key.
    Key,
    /// A server on this machine.
    Local,
    /// The calibration world.
    Calibration,
    /// Tickets.
    Tickets,
    /// Sound.
    Sound,
    /// A codec, by name.
    Codec(&'static str),
    /// Pause.
    Pause,
    /// Structured directions.
    Structured,
    /// Seeds.
    Seed,
    /// Resume.
    Resume,
    /// Server-Sent Events.
    Events,
    /// A longest session, kept by the server.
    SessionLimit,
    /// An idle time, kept by the server.
    IdleLimit,
    /// The books.
    Usage,
    /// Two tiers and more.
    Tiers,
    /// A program that decodes.
    Decoder,
}

/// The limits that the survey asks for, to see which the server keeps.
pub fn survey_limits() -> Limits {
    Limits { session_s: Some(50.0), idle_s: Some(40.0), grace_s: Some(3.0), ..Limits::default() }
}

impl Facts {
    /// Whether a tier of the profile is offered.
    pub fn offers(&self, tier: Tier) -> bool {
        self.tier(tier).is_some()
    }

    /// A tier as the server defines it.
    pub fn tier(&self, tier: Tier) -> Option<&TierInfo> {
        self.hello.as_ref()?.tiers.iter().find(|info| info.name.as_str() == tier.name())
    }

    /// Why a case cannot be played here, if so.
    pub fn lacks(&self, need: Need) -> Option<String> {
        let says = |holds: Option<bool>, why: &str| (holds != Some(true)).then(|| why.to_owned());
        let can = self.hello.as_ref().map(|hello| &hello.capabilities);
        let limits = self.hello.as_ref().map(|hello| &hello.limits);
        match need {
            Need::Key => says(Some(self.keyed), "no key is configured, so nothing can be refused for want of one"),
            Need::Local => says(Some(self.local), "it is done to servers on this machine alone"),
            Need::Calibration => says(Some(self.calibration), "the server has no calibration world"),
            Need::Tickets => says(Some(self.tickets), "the server gives no tickets"),
            Need::Sound => says(can.map(|can| can.audio), "capabilities.audio is false"),
            Need::Codec(name) => (!can.is_some_and(|can| can.codecs.iter().any(|codec| codec == name)))
                .then(|| format!("capabilities.codecs has no {name}")),
            Need::Pause => says(can.map(|can| can.pause), "capabilities.pause is false"),
            Need::Structured => says(can.map(|can| can.structured), "capabilities.structured is false"),
            Need::Seed => says(can.map(|can| can.seed), "capabilities.seed is false"),
            Need::Resume => says(can.map(|can| can.resume), "capabilities.resume is false"),
            Need::Events => says(Some(self.events), "the server streams no Server-Sent Events"),
            Need::SessionLimit => says(
                limits.map(|limits| limits.session_s.is_some()),
                "hello.limits has no session_s though one was asked for",
            ),
            Need::IdleLimit => {
                says(limits.map(|limits| limits.idle_s.is_some()), "hello.limits has no idle_s though one was asked for")
            }
            Need::Usage => says(Some(self.usage), "GET /v1/usage is not there"),
            Need::Tiers => {
                says(self.hello.as_ref().map(|hello| hello.tiers.len() > 1), "hello.tiers offers no other tier to change to")
            }
            Need::Decoder => {
                says(Some(cfg!(feature = "server")), "this program was built without decoders (feature server)")
            }
        }
    }
}
