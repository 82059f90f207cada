//! The reference world: generated from a prompt and a seed, walked in, directed, seen and heard. Deterministic: the same prompt,
//! seed, controls, directions and time steps give the same pixels and the same sounds on every run, on any number of threads.
//!
//! Geography comes from the seed and the first prompt; a wander prompt changes everything but geography. No clock, no IO, no
//! session: the server drives it and encodes what it renders.

mod air;
mod catalogue;
mod directing;
mod dome;
mod erosion;
mod ground;
mod hearing;
mod hours;
mod kind;
mod lamps;
mod land;
mod landmark;
mod meshes;
mod mood;
mod moves;
mod noise;
mod particles;
mod parts;
mod prompt;
mod props;
mod scene;
mod stage;
mod terrain;
mod theme;
mod things;
mod towers;
mod vocabulary;
mod walker;
mod water;
mod weather;
#[expect(clippy::module_inception, reason = "the folder's noun")]
mod world;

pub use directing::Applied;
pub use prompt::theme_of;
pub use scene::FIELD_OF_VIEW;
pub use theme::Theme;
pub use world::World;
