//! The picture's last step: planar YUV in, letterboxed RGB out, by wgpu on whatever adapter there is (a software rasteriser
//! counts). Knows no window, no time and no protocol: a target is a texture view, and when to draw is the caller's affair.

mod error;
mod gpu;
mod letterbox;
mod offscreen;
mod renderer;

pub use error::GpuError;
pub use gpu::{Adapter, Gpu};
pub use letterbox::{Rect, letterbox};
pub use offscreen::Offscreen;
pub use renderer::Renderer;
