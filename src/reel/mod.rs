//! A file as a paced stream: reads a clip, and plays it onto a stage as a server would, but for what a file can do and a server
//! cannot: jump, stand still, go round, run at another speed. The decisions are clock-free; one thread reads, decodes sound and
//! paces. Knows no player and no window.

mod clip;
mod error;
mod feed;
mod pictures;
mod sheet;
mod sound;
mod status;
mod thread;
mod timeline;
mod transport;

pub use clip::Clip;
pub use error::ReelError;
pub use feed::Feed;
pub use status::{Motion, Status};
pub use thread::{Begin, Reel};
pub use timeline::Timeline;
pub use transport::{Act, Order, SPEEDS, Transport};
