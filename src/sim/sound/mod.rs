//! Native sound of the world, synthesised with the picture: 48 kHz stereo, deterministic from a seed, sample accurate. The world
//! describes what is to be heard (a [`SoundScene`] and [`SoundEvent`]s), the [`Synth`] makes it sound. No clock, no IO.

mod ambience;
mod bands;
mod bell;
mod chirps;
mod creatures;
mod drones;
mod dsp;
mod footstep;
mod master;
mod scene;
mod shore;
mod space;
mod splash;
mod synth;
mod thunder;
mod voices;
mod weather;

pub use dsp::RATE;
pub use scene::{Ambience, AmbienceKind, MoodTint, SoundEvent, SoundScene, Surface, Water, WaterKind};
pub use synth::Synth;
