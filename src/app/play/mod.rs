//! `seaglass play`: a clip from a file, from the network or of a job, in a window, headless, or as a sum of all its pictures.

mod bar;
mod failure;
mod figures;
mod hash;
mod headless;
mod keys;
mod launch;
mod source;
mod window;

pub use launch::play;
