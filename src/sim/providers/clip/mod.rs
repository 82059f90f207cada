//! The clips that the providers hand out: small real files, drawn and sounded here from the words that asked for them, and kept by
//! what was asked.

mod card;
mod letters;
mod make;
mod shelf;
mod spec;
mod tune;

pub use make::make_clip;
pub use shelf::Shelf;
pub use spec::{CameraMove, ClipSpec, Shot};
