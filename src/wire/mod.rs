//! The words of the world protocol, version 1: REST bodies, control messages and the binary media envelope. Parses and prints;
//! holds no policy, no clock, no IO. `docs/protocol.md` is its specification, `tests/golden/wire/` its vectors.

mod bounds;
mod close;
mod direction;
mod down;
mod envelope;
mod error;
mod ids;
mod rest;
mod up;

pub use bounds::{
    FRAGMENT_BYTES, MAX_FRAGMENTS, MAX_HELD_KEYS, MAX_IDENTIFIER, MAX_MESSAGE_BYTES, MAX_PROMPT_CHARS, MAX_TEXT_BYTES,
    MAX_UNIT_BYTES, PROTOCOL, VERSION,
};
pub use close::CloseCode;
pub use direction::{CameraMove, Direction, Mood, Place, TimeOfDay, Weather};
pub use down::{
    AckStatus, AudioState, CameraModel, Capabilities, Down, EndReason, Hello, LimitKind, Limits, Stage, TierInfo, WorldState,
};
pub use envelope::{Envelope, HEADER_BYTES, Kind, fragment};
pub use error::WireError;
pub use ids::{CommandId, WorldId};
pub use rest::{AudioRequest, CreateWorld, ErrorBody, ErrorEnvelope, Mode, WorldInfo, WorldList};
pub use up::{Axes, Control, Feedback, Key, Look, TierName, Up};
