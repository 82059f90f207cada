//! Every bound of the protocol. A peer that breaks one gets a typed error, never a crash and never unbounded memory.

/// Protocol version, in every binary envelope and in the hello.
pub const VERSION: u8 = 1;

/// The WebSocket sub-protocol of this version.
pub const PROTOCOL: &str = "seaglass.v1";

/// Largest payload of one fragment, in bytes. An audio packet never waits behind more than one such fragment: 16 KiB take 26 ms
/// at 5 Mbit/s.
pub const FRAGMENT_BYTES: usize = 16 * 1024;

/// Most fragments of one unit.
pub const MAX_FRAGMENTS: usize = 256;

/// Largest coded unit, in bytes.
pub const MAX_UNIT_BYTES: usize = FRAGMENT_BYTES * MAX_FRAGMENTS;

/// Largest WebSocket message either side may send, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// Largest JSON text message, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Longest prompt or direction, in Unicode scalar values.
pub const MAX_PROMPT_CHARS: usize = 2000;

/// Longest identifier that a server may hand out, in bytes.
pub const MAX_IDENTIFIER: usize = 128;

/// Most keys held at once in one control message.
pub const MAX_HELD_KEYS: usize = 16;
