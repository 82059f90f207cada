//! The reference world: generated from a prompt and a seed, walked in, directed, seen and heard. Deterministic: the same prompt,
//! seed, controls, directions and time steps give the same pixels and the same sounds on every run, on any number of threads.
//!
//! Geography comes from the seed and the first prompt; a wander prompt changes everything but geography. No clock, no IO, no
//! session: the server drives it and encodes what it renders.

mod air;
mod catalogue;
mod dome;
mod erosion;
mod ground;
mod kind;
mod lamps;
mod land;
mod noise;
mod prompt;
mod stage;
mod terrain;
mod theme;
mod vocabulary;
mod walker;
mod water;
mod weather;
#[expect(clippy::module_inception, reason = "the folder's noun")]
mod world;

pub use world::{Applied, World};
