//! What goes into a session and what comes out of it.

use bytes::Bytes;

use super::error::{Loss, Refusal};
use super::event::Event;
use crate::media::{MediaDelta, Monotonic, Packet, PlaybackHealth, Track};
use crate::wire::{
    AudioRequest, Axes, CloseCode, CommandId, Direction, Feedback, Key, Look, MAX_HELD_KEYS, TierName, Token, Up,
};

/// Something that came from outside. Time is told beside it.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// The stream that [`Output::Open`] asked for is open and its sub-protocol agreed.
    Opened,
    /// It could not be opened.
    Refused(Refusal),
    /// A text message.
    Text(&'a str),
    /// A binary message; packets share its memory.
    Binary(Bytes),
    /// Everything handed out as [`Output::Transmit`] so far has reached the operating system.
    Flushed,
    /// The player's queue of a track was full: it skips to the next keyframe.
    SinkFull(Track),
    /// The peer closed the stream.
    Closed {
        /// Its code.
        code: CloseCode,
        /// Its words.
        reason: &'a str,
    },
    /// The connection broke.
    Lost {
        /// How.
        loss: Loss,
        /// The transport's words.
        detail: &'a str,
    },
    /// The deadline of the last [`Output::Timeout`] has come. Telling it early or late does no harm.
    Deadline,
}

/// What the user or the program wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Directs the world (HO-2), in words, structured, or both.
    Direct {
        /// In words.
        text: Option<String>,
        /// Structured.
        action: Option<Direction>,
    },
    /// Wanders on with a prompt (HO-4).
    Wander {
        /// The prompt.
        prompt: String,
    },
    /// Stops the world's time.
    Pause,
    /// Lets it run again.
    Resume,
    /// Takes the world back by so many milliseconds.
    Rewind {
        /// How far.
        by_ms: u32,
    },
    /// Changes the quality tier.
    Quality {
        /// The tier.
        tier: TierName,
        /// Whether the server must keep to it.
        pinned: bool,
    },
    /// Turns sound on or off, or changes its format (HO-13).
    Audio(AudioRequest),
}

/// The user's hands at one moment. The latest state wins; only `turned` adds up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hands {
    /// Keys held now. More than [`MAX_HELD_KEYS`] are cut.
    pub keys: Vec<Key>,
    /// Analog movement now, each −1 to 1.
    pub axes: Axes,
    /// How far the view was turned **since the last call**, in radians; the session accumulates it.
    pub turned: Look,
}

/// What the driver is to do next.
#[derive(Debug)]
pub enum Output {
    /// Open a stream; [`Input::Opened`] or [`Input::Refused`] answers.
    Open(Opening),
    /// Drop the stream, or the attempt at one, at once: nobody answers there.
    Abandon,
    /// Write to the stream.
    Transmit(Transmit),
    /// Tell the holder.
    Event(Event),
    /// Hand over to the player.
    Media(Packet),
    /// Nothing more: wait for the next input, or for this moment.
    Timeout(Option<Monotonic>),
}

/// A stream that is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Counts the attempts since the last stream that stood, from 0.
    pub attempt: u32,
    /// With what the server knows the holder of the stream that was lost; none for the first one, or where the server gave none.
    pub resume: Option<Token>,
}

/// Something to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transmit {
    /// A text message.
    Text(String),
    /// A close frame with this code; the stream ends when the peer answers.
    Close(CloseCode),
}

impl Hands {
    /// Hands that hold these keys.
    #[must_use]
    pub fn holding(keys: impl IntoIterator<Item = Key>) -> Self {
        Self { keys: keys.into_iter().take(MAX_HELD_KEYS).collect(), ..Self::default() }
    }

    /// Hands that turn the view by so many radians, right and up positive.
    #[must_use]
    pub fn turning(yaw: f32, pitch: f32) -> Self {
        Self { turned: Look { yaw, pitch }, ..Self::default() }
    }
}

/// A command as the wire says it.
pub(super) fn message_of(command: Command, id: CommandId, input: u32, issued: Monotonic) -> Up {
    let issued_us = issued.as_micros();
    match command {
        Command::Direct { text, action } => Up::Direct { id, text, action, input, issued_us },
        Command::Wander { prompt } => Up::Wander { id, prompt, input, issued_us },
        Command::Pause => Up::Pause { id },
        Command::Resume => Up::Resume { id },
        Command::Rewind { by_ms } => Up::Rewind { id, by_ms },
        Command::Quality { tier, pinned } => Up::Quality { id, tier, pinned },
        Command::Audio(audio) => Up::Audio { id, audio },
    }
}

/// A health report as the wire says it.
pub(super) fn feedback(health: &PlaybackHealth) -> Feedback {
    let ms = |delta: MediaDelta| delta.as_millis_f64() as f32;
    Feedback {
        last_pts_us: health.last_pts.as_micros(),
        late_ms: ms(health.lateness),
        late_p95_ms: ms(health.lateness_p95),
        buffered_ms: ms(health.buffered),
        decode_ms: ms(health.decode),
        target_ms: ms(health.target),
        drops: health.drops.iter().map(|(cause, count)| (cause.name().to_owned(), count.into())).collect(),
    }
}
