//! The window: live picture, overlay, keys and mouse. [`run`] takes the main thread until the user leaves or the run is over, and
//! returns, so that the caller can end the world. It waits for nobody but the display: events come through [`super::live::Live`],
//! commands only note what is to be sent, and frames come from the player when they are due.

mod bindings;
#[cfg(test)]
mod easel;
mod gauges;
mod handler;
mod hands;
mod hud;
mod options;
mod overlay;
mod pace;
pub(crate) mod paint;
mod panel;
mod program;
mod prompt;
mod screen;
mod shots;
mod view;

pub use options::{Hud, Outcome, WindowError, WindowOptions};
// What another window is made of.
pub(crate) use pace::Pace;
pub use program::run;
pub(crate) use screen::{Drawn, Screen};
pub(crate) use shots::{Shots, Told};
pub(crate) use view::{Card, Toast, Tone};
