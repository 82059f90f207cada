//! When to show and sound what: the session clock, the delay that the network asks for, the jitter buffers, the choice of a
//! frame for a refresh. Clock-free: time is an argument; a live player and a simulation drive the same code.

mod preset;

pub use preset::Preset;
