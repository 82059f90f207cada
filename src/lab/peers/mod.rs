//! The peers: how other programs play the same arrivals (layer L0). Policy models: their published policies and constants, written
//! anew in as few lines as their timing needs, none of their code. Beside them the fixed delay that hindsight would choose.

mod alvr;
mod biome;
mod decoder;
mod fifo;
mod hindsight;
mod list;
mod model;
mod moonlight;
mod moq;
mod regulator;
mod scrcpy;

pub use hindsight::Hindsight;
pub use list::{NAMES, all, by_name};
pub use model::{Model, sounds};
