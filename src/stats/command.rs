//! The stages of one command, from the user to the first light that answers it. Plain data; the session and the player stamp it.

use std::time::Duration;

use crate::media::Monotonic;

/// What one command went through, all moments on our clock. `None`: it has not happened, or nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandTrace {
    /// The command's id on the wire.
    pub id: String,
    /// What it asked, for people.
    pub text: String,
    /// The input number that frames echo.
    pub input: Option<u32>,
    /// What the server answered, in the words of the wire.
    pub status: Option<String>,
    /// The user issued it.
    pub issued: Option<Monotonic>,
    /// It was handed to the socket.
    pub sent: Option<Monotonic>,
    /// Its acknowledgement was read.
    pub acknowledged: Option<Monotonic>,
    /// The last byte of the first frame that reflects it was read.
    pub reflected: Option<Monotonic>,
    /// That frame, or a later one, was presented.
    pub presented: Option<Monotonic>,
}

/// A span between two stamps of a command, counted from its issue except the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommandStage {
    /// From issued to the socket.
    Send,
    /// From issued to acknowledged.
    Acknowledge,
    /// From issued to the first frame that reflects it.
    Reflect,
    /// From issued to presented.
    Present,
}

impl CommandTrace {
    /// How long a stage took; `None` where one of its ends is unknown or lies before its start.
    #[must_use]
    pub fn span(&self, stage: CommandStage) -> Option<Duration> {
        let end = match stage {
            CommandStage::Send => self.sent,
            CommandStage::Acknowledge => self.acknowledged,
            CommandStage::Reflect => self.reflected,
            CommandStage::Present => self.presented,
        };
        end?.as_nanos().checked_sub(self.issued?.as_nanos()).map(Duration::from_nanos)
    }
}

impl CommandStage {
    /// Every stage, in the order of a command's way.
    pub const ALL: [Self; 4] = [Self::Send, Self::Acknowledge, Self::Reflect, Self::Present];

    /// The stage's name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Send => "sent",
            Self::Acknowledge => "acknowledged",
            Self::Reflect => "reflected",
            Self::Present => "presented",
        }
    }
}
