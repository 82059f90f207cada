//! The nouns of the house: times, packets, pictures, blocks of sound, tiers, health. No policy, no clock, no IO.

mod audio_block;
mod format;
mod health;
mod packet;
mod picture;
mod sink;
mod stage;
mod tier;
mod time;
mod video_frame;

pub use audio_block::AudioBlock;
pub use format::{AudioCodec, Format, Track, VideoCodec};
pub use health::{DropCause, DropCounts, PlaybackHealth};
pub use packet::{Arrival, Chunk, InputEcho, Packet, ServerStages};
pub use picture::{Picture, PicturePool, Plane};
pub use sink::{PacketSink, Pushed};
pub use stage::{Place, Stage};
pub use tier::{Size, Tier, TierSpec};
pub use time::{Epoch, MediaDelta, MediaTime, Monotonic};
pub use video_frame::VideoFrame;
