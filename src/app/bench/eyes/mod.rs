//! The eyes and ears of a measured session: the real player, a display of 60 Hz and a sound device that are none, and a witness of
//! what they show and sound.

mod options;
mod screen;
mod viewer;
mod witness;

pub use options::EyesOptions;
pub use screen::Display;
pub use viewer::Eyes;
