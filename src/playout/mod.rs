//! When to show and sound what: the session clock, the delay that the network asks for, the jitter buffers, the choice of a
//! frame for a refresh. Clock-free: time is an argument; a live player and a simulation drive the same code.

mod audio_buffer;
mod controller;
mod frame_map;
mod lateness;
mod master;
mod output_level;
mod pilot;
mod present_queue;
mod preset;
mod recent;
mod session_clock;
mod sound_step;
mod tempo;
mod video_queue;
mod window;

pub use audio_buffer::{AudioBuffer, Head};
pub use controller::{Controller, Counts};
pub use frame_map::FrameMap;
pub use lateness::Lateness;
pub use master::{Lead, Master};
pub use output_level::OutputLevel;
pub use pilot::{Pilot, STEP};
pub use present_queue::{DECODED, PresentQueue};
pub use preset::Preset;
pub use recent::Recent;
pub use session_clock::SessionClock;
pub use sound_step::{Carried, Device, Line, SoundStep, SoundTotals};
pub use video_queue::VideoQueue;
