//! The director's assistant: free text to structured directions, and the words of a prompt that set a scene. Pure functions over
//! untrusted text: bounded, no panic, no state.

mod understanding;

pub use understanding::{SceneWords, Understanding, scene_words, understand};
