//! Bytes to pictures and samples, and back: decoders, encoders, and the MP4 file that keeps both. Ground for player and server
//! alike; no policy of time, no queue, no thread.

mod annexb;
mod audio;
mod choose;
mod choose_encoder;
mod colour;
mod encode;
mod error;
mod gate;
mod h264;
mod h264_encoder;
mod h264_openh264;
mod h264_rusty;
mod limits;
mod mjpeg;
mod mjpeg_encoder;
mod mp4_edits;
mod mp4_reader;
mod mp4_recorder;
mod opus;
mod opus_encoder;
mod pcm_encoder;
mod rgba;
mod samples;
mod video;

pub use audio::AudioDecode;
pub use choose::{H264Backend, audio_decoder, h264_decoder, video_decoder};
pub use choose_encoder::{audio_encoder, video_encoder};
pub use encode::{AUDIO_CHANNELS, AUDIO_FRAMES, AudioEncode, VideoEncode};
pub use error::CodecError;
pub use h264_encoder::H264Encoder;
pub use mjpeg_encoder::{BITS_OVER_H264, MjpegEncoder};
pub use mp4_reader::{Mp4Reader, Mp4Sample};
pub use mp4_recorder::{Mp4Recorder, Recording};
pub use opus_encoder::OpusEncoder;
pub use pcm_encoder::PcmEncoder;
pub use rgba::fill_from_rgba;
pub use video::VideoDecode;
