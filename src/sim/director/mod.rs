//! The director's assistant: free text to structured directions, and the words of a prompt that set a scene. Pure functions over
//! untrusted text: bounded, no panic, no state.

mod camera;
mod clause;
mod lexicon;
mod phrases;
mod prompt;
mod scene;
mod things;
mod tokens;
mod understanding;

pub use prompt::{SceneWords, scene_words};
pub use understanding::{Understanding, understand};
