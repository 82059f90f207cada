//! The calibration world: what measures sync and input-to-photon from pixels and samples, so that nobody has to trust anybody's own
//! figures. `docs/calibration.md` says what is in it and where.

mod cells;
mod world;

pub use cells::{Cells, draw_cells, read_cells};
pub use world::{CAMERA, Calibration, FLASH_LUMA, GREY_LUMA, flash};
