//! The words of the world protocol, version 1: REST bodies, control messages and the binary media envelope. Parses and prints;
//! holds no policy, no clock, no IO. `docs/protocol.md` is its specification, `tests/golden/wire/` its vectors.

mod assembler;
mod bounds;
mod close;
mod control;
mod create;
mod direction;
mod down;
mod envelope;
mod error;
mod feedback;
mod fields;
mod hello;
mod ids;
mod life;
mod problem;
mod rest;
mod sound;
mod tier_name;
mod token;
mod up;
mod violation;

pub use assembler::{Assembled, Assembler, Fault, FaultKind, Unit};
pub use bounds::{
    FRAGMENT_BYTES, MAX_BODY_BYTES, MAX_EVENT_BYTES, MAX_EXPLANATION_CHARS, MAX_FPS, MAX_FRAGMENTS, MAX_HELD_KEYS,
    MAX_IDENTIFIER, MAX_IMAGE_TEXT, MAX_LIST, MAX_MESSAGE_BYTES, MAX_NAME_CHARS, MAX_PICTURE_SIDE, MAX_PROMPT_CHARS,
    MAX_SPAWN, MAX_TEXT_BYTES, MAX_TOKEN_BYTES, MAX_UNIT_BYTES, MAX_UPLINK_BYTES, MAX_UPLINK_LINES, PROTOCOL, RESUME_HEADER,
    VERSION,
};
pub use close::CloseCode;
pub use control::{Axes, Control, Key, Look};
pub use create::{CreateWorld, Mode, is_idempotency_key};
pub use direction::{CameraMove, Direction, Mood, Place, TimeOfDay, Weather};
pub use down::{AckStatus, Down, Stage};
pub use envelope::{Envelope, HEADER_BYTES, Kind, fragment};
pub use error::WireError;
pub use feedback::Feedback;
pub use hello::{CameraModel, Capabilities, Hello, TierInfo};
pub use ids::{CommandId, WorldId};
pub use life::{EndReason, LimitKind, Limits, WorldState};
pub use problem::{ErrorBody, ErrorCode, ErrorEnvelope};
pub use rest::{Usage, WorldInfo, WorldList, WorldUsage};
pub use sound::{AudioRequest, AudioState};
pub use tier_name::TierName;
pub use token::Token;
pub use up::Up;
pub use violation::{Violation, Violations};
