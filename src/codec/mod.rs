//! Bytes to pictures and samples, and back: decoders, encoders, and the MP4 file that keeps both. Ground for player and server
//! alike; no policy of time, no queue, no thread.

mod audio;
mod choose;
mod error;
mod video;

pub use audio::AudioDecode;
pub use choose::{audio_decoder, video_decoder};
pub use error::CodecError;
pub use video::VideoDecode;
