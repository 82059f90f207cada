//! Every bound of the protocol. A peer that breaks one gets a typed error, never a crash and never unbounded memory.
//!
//! `docs/protocol.md` publishes these figures. This file holds numbers alone; the files beside it enforce them.

/// Protocol version, in every binary envelope and in the hello.
pub const VERSION: u8 = 1;

/// The WebSocket sub-protocol of this version.
pub const PROTOCOL: &str = "seaglass.v1";

/// The header that carries the resume token of a stream (HO-19).
pub const RESUME_HEADER: &str = "seaglass-resume";

/// Largest payload of one fragment, in bytes. An audio packet never waits behind more than one such fragment: 16 KiB take 26 ms
/// at 5 Mbit/s.
pub const FRAGMENT_BYTES: usize = 16 * 1024;

/// Most fragments of one unit.
pub const MAX_FRAGMENTS: usize = 256;

/// Largest coded unit, in bytes.
pub const MAX_UNIT_BYTES: usize = FRAGMENT_BYTES * MAX_FRAGMENTS;

/// Largest WebSocket message either side may send, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// Most bytes of messages up in one POST of a stream of events.
pub const MAX_UPLINK_BYTES: usize = 256 * 1024;

/// Most messages up in one such POST.
pub const MAX_UPLINK_LINES: usize = 256;

/// Longest line of a stream of events that carries media, in bytes: an envelope in base64, and room.
pub const MAX_EVENT_BYTES: usize = 3 * 512 * 1024;

/// Largest JSON text message, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Largest body of an HTTP request or reply, in bytes: the first-frame image and room for the words around it.
pub const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Largest first-frame image, in bytes of its base64 text.
pub const MAX_IMAGE_TEXT: usize = 1024 * 1024;

/// Longest prompt or direction, in Unicode scalar values.
pub const MAX_PROMPT_CHARS: usize = 2000;

/// Longest explanation for people that a server may send, in Unicode scalar values.
pub const MAX_EXPLANATION_CHARS: usize = 4000;

/// Longest identifier that a server may hand out, in bytes.
pub const MAX_IDENTIFIER: usize = 128;

/// Longest name (tier, codec, weather, stage, thing in the world …), in Unicode scalar values.
pub const MAX_NAME_CHARS: usize = 64;

/// Longest ticket or resume token, in bytes.
pub const MAX_TOKEN_BYTES: usize = 512;

/// Most entries of any list in a control message: tiers, codecs, formats, causes of drops.
pub const MAX_LIST: usize = 32;

/// Most keys held at once in one control message.
pub const MAX_HELD_KEYS: usize = 16;

/// Widest and highest picture, in pixels.
pub const MAX_PICTURE_SIDE: u32 = 8192;

/// Most frames per second.
pub const MAX_FPS: f32 = 240.0;

/// Most things that one direction may spawn.
pub const MAX_SPAWN: u32 = 64;
