//! A software rasteriser for stylised low-poly scenes: triangles with a depth buffer, glows and streaks over them, and the way
//! into a planar video picture. It knows no worlds; `sim::world` draws with it.

mod camera;
mod convert;
mod frame;
mod grade;
mod mesh;
mod sprite;
mod triangle;

pub use camera::Camera;
pub use convert::{BandPlanes, write_band};
pub use frame::{BAND_ROWS, Band, Frame, pack, unpack};
pub use grade::Grade;
pub use mesh::{Builder, Face, Mesh};
pub use sprite::{Sprite, SpriteShape, draw_sprites};
pub use triangle::{Corner, Triangle, Triangles, fill};
