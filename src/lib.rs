//! seaglass explores live, generated worlds: it creates them, directs and walks in them, and plays the returned stream with
//! sound and picture in sync.
//!
//! The library is a house with two wings that never import each other. The left wing speaks protocols ([`wire`], [`net`],
//! [`session`], [`client`]; [`jobs`] and [`clips`] those of clips); the right wing plays media (`playout`, `audio`, `render`, `player`, `reel`). Both stand on nouns
//! ([`media`]), and only [`app`] marries them. `ARCHITECTURE.md` draws the map and names the invariants.
//!
//! Features: `player` (decode, sound, picture, window), `server` (the reference world server). Without them the crate is the
//! protocol, the session and the client, and builds with no GPU, sound or window library.

pub mod app;
#[cfg(feature = "player")]
pub mod audio;
pub mod books;
pub mod client;
pub mod clips;
pub mod clock;
#[cfg(feature = "codec")]
pub mod codec;
pub mod jobs;
pub mod lab;
pub mod measure;
pub mod media;
pub mod net;
#[cfg(feature = "player")]
pub mod player;
pub mod playout;
#[cfg(feature = "player")]
pub mod reel;
#[cfg(feature = "player")]
pub mod render;
pub mod retry;
pub mod session;
#[cfg(feature = "server")]
pub mod sim;
pub mod stats;
pub mod wire;

// So that unit tests and integration tests can share what they make up.
#[cfg(test)]
extern crate self as seaglass;
