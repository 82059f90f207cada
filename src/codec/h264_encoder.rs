//! H.264 by openh264, set for low delay: constrained baseline, one slice, no B-frames, no look-ahead, so that an access unit
//! leaves for every picture that enters. Annex B, with SPS and PPS before every IDR picture.

use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile, RateControlMode,
    UsageType, VuiConfig,
};
use openh264::formats::YUVSource;

use super::encode::VideoEncode;
use super::error::CodecError;
use crate::media::{Picture, Size, VideoCodec};

const NAME: &str = VideoCodec::H264.name();

/// Seconds between periodic IDR pictures. A client asks when it needs one; the period only heals one that does not ask.
const IDR_SECONDS: u32 = 4;

/// Encodes one stream of pictures of one size.
pub struct H264Encoder {
    encoder: Encoder,
    size: Size,
    fps: u32,
    bitrate: u32,
    period: u32,
    since_key: u32,
}

impl H264Encoder {
    /// An encoder at rest; its first access unit is an IDR picture.
    ///
    /// # Errors
    /// [`CodecError::Setup`] where the library cannot start.
    pub fn new(size: Size, fps: u32, bitrate: u32) -> Result<Self, CodecError> {
        let encoder = open(fps, bitrate)?;
        Ok(Self { encoder, size, fps, bitrate, period: IDR_SECONDS * fps.max(1), since_key: 0 })
    }
}

fn open(fps: u32, bitrate: u32) -> Result<Encoder, CodecError> {
    let config = EncoderConfig::new()
        .usage_type(UsageType::CameraVideoRealTime)
        .profile(Profile::Baseline)
        .bitrate(BitRate::from_bps(bitrate))
        .max_frame_rate(FrameRate::from_hz(fps as f32))
        // Bitrate mode without frame skipping: the media clock has a frame for every tick, so rate is met by quality.
        .rate_control_mode(RateControlMode::Bitrate)
        .skip_frames(false)
        .complexity(Complexity::Low)
        // Both look for still backgrounds and flat areas in camera noise; a rendered world has none, and they cost time.
        .background_detection(false)
        .adaptive_quantization(false)
        // A flash or a cut must not become an unasked keyframe: those cost five times the bits at the worst moment.
        .scene_change_detect(false)
        .intra_frame_period(IntraFramePeriod::auto())
        .num_threads(1)
        .vui(VuiConfig::bt709());
    let mut encoder = Encoder::with_api_config(OpenH264API::from_source(), config).map_err(setup)?;
    hush(&mut encoder);
    Ok(encoder)
}

impl VideoEncode for H264Encoder {
    fn encode(&mut self, picture: &Picture, keyframe: bool, out: &mut Vec<u8>) -> Result<bool, CodecError> {
        out.clear();
        if picture.size() != self.size {
            let what = format!("a picture of {} in a stream of {}", picture.size(), self.size);
            return Err(CodecError::Unsupported { codec: NAME, what });
        }
        if self.since_key > 0 && (keyframe || self.since_key >= self.period) {
            self.encoder.force_intra_frame();
        }
        let unit = self.encoder.encode(&Planes(picture)).map_err(setup)?;
        unit.write_vec(out);
        let is_key = matches!(unit.frame_type(), FrameType::IDR);
        self.since_key = if is_key { 1 } else { self.since_key + 1 };
        Ok(is_key)
    }

    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
        let bits = bits_per_second.max(1);
        if bits == self.bitrate {
            return Ok(());
        }
        if self.since_key == 0 {
            // The library has no stream yet whose option could be set.
            self.encoder = open(self.fps, bits)?;
        } else {
            // The rate may never be above the highest rate, not even between the two.
            let order = if bits < self.bitrate { [RATE, HIGHEST_RATE] } else { [HIGHEST_RATE, RATE] };
            order.into_iter().try_for_each(|option| rate(&mut self.encoder, option, bits))?;
        }
        self.bitrate = bits;
        Ok(())
    }
}

/// Keeps the library from writing to standard error. The binding does so too, but only after the library has warned, once for each
/// encoder, that a bit rate held without skipping frames may be overshot: which is what is asked for here.
#[expect(unsafe_code, reason = "the binding has no other way to set an option before the first picture")]
fn hush(encoder: &mut Encoder) {
    /// `ENCODER_OPTION_TRACE_LEVEL` and `WELS_LOG_QUIET` of the library's `codec_app_def.h`.
    const TRACE_LEVEL: u32 = 25;
    const QUIET: i32 = 0;
    let mut level = QUIET;
    // SAFETY: this option takes the address of one int, which is read before the call returns, and may be set at any time.
    let status = unsafe { encoder.raw_api().set_option(TRACE_LEVEL as _, (&raw mut level).cast()) };
    if status != 0 {
        tracing::debug!(status, "openh264 keeps its warnings");
    }
}

/// `ENCODER_OPTION_BITRATE` and `ENCODER_OPTION_MAX_BITRATE` of the library's `codec_app_def.h`.
const RATE: u32 = 5;
const HIGHEST_RATE: u32 = 6;

/// Sets a rate of the only layer of a stream that has begun.
#[expect(unsafe_code, reason = "the binding can change no bit rate without a new encoder, which costs a keyframe")]
fn rate(encoder: &mut Encoder, option: u32, bits: u32) -> Result<(), CodecError> {
    /// `SBitrateInfo` of the same file.
    #[repr(C)]
    struct BitrateInfo {
        layer: std::ffi::c_int,
        bitrate: std::ffi::c_int,
    }
    let bitrate = std::ffi::c_int::try_from(bits).unwrap_or(std::ffi::c_int::MAX);
    let mut info = BitrateInfo { layer: 0, bitrate };
    // SAFETY: both options take the address of one such structure, which is read before the call returns; the encoder has begun.
    let status = unsafe { encoder.raw_api().set_option(option as _, (&raw mut info).cast()) };
    match status {
        0 => Ok(()),
        status => Err(CodecError::Setup { codec: NAME, what: format!("bit rate {bits}: status {status}") }),
    }
}

fn setup(error: openh264::Error) -> CodecError {
    CodecError::Setup { codec: NAME, what: error.to_string() }
}

/// A picture as openh264 wants to see it.
struct Planes<'a>(&'a Picture);

impl YUVSource for Planes<'_> {
    fn dimensions(&self) -> (usize, usize) {
        (self.0.size().width as usize, self.0.size().height as usize)
    }

    fn strides(&self) -> (usize, usize, usize) {
        let [y, u, v] = self.0.planes();
        (y.stride, u.stride, v.stride)
    }

    fn y(&self) -> &[u8] {
        self.0.planes()[0].data
    }

    fn u(&self) -> &[u8] {
        self.0.planes()[1].data
    }

    fn v(&self) -> &[u8] {
        self.0.planes()[2].data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoder() -> (H264Encoder, Picture) {
        let size = Size { width: 64, height: 48 };
        (H264Encoder::new(size, 30, 200_000).unwrap(), Picture::black(size))
    }

    /// Types of the NAL units of an Annex B stream (ITU-T H.264, table 7-1).
    fn nal_types(unit: &[u8]) -> Vec<u8> {
        unit.windows(4).filter(|bytes| bytes[..3] == [0, 0, 1]).map(|bytes| bytes[3] & 0x1f).collect()
    }

    #[test]
    fn every_idr_picture_follows_its_parameter_sets() {
        let (mut encoder, picture) = encoder();
        let mut unit = Vec::new();
        for frame in 0..12 {
            let is_key = encoder.encode(&picture, frame == 7, &mut unit).unwrap();
            assert_eq!(is_key, frame == 0 || frame == 7, "frame {frame}");
            let expected: &[u8] = if is_key { &[7, 8, 5] } else { &[1] };
            assert_eq!(nal_types(&unit), expected, "frame {frame}");
        }
    }

    #[test]
    fn a_keyframe_comes_every_four_seconds_unasked() {
        let (mut encoder, picture) = encoder();
        let mut unit = Vec::new();
        let keys: Vec<u32> = (0..250).filter(|_| encoder.encode(&picture, false, &mut unit).unwrap()).collect();
        assert_eq!(keys, [0, 120, 240]);
    }

    /// HO-16: less is sent at once, on the same references.
    #[test]
    fn another_bit_rate_changes_the_bits_and_begins_nothing_anew() {
        let size = Size { width: 320, height: 192 };
        let mut encoder = H264Encoder::new(size, 30, 2_000_000).unwrap();
        let mut picture = Picture::black(size);
        let (mut unit, mut state) = (Vec::new(), 1_u32);
        let mut bytes = |encoder: &mut H264Encoder, first: bool| {
            (0..40).fold(0, |sum, frame| {
                let luma = picture.planes_mut()[0].iter_mut();
                luma.for_each(|sample| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *sample = 90 + (state >> 27) as u8;
                });
                let key = encoder.encode(&picture, false, &mut unit).unwrap();
                assert_eq!(key, first && frame == 0, "frame {frame}");
                sum + unit.len()
            })
        };
        let full = bytes(&mut encoder, true);
        encoder.set_bitrate(500_000).unwrap();
        let quarter = bytes(&mut encoder, false);
        encoder.set_bitrate(2_000_000).unwrap();
        let again = bytes(&mut encoder, false);
        assert!(quarter * 2 < full && quarter * 2 < again, "{full} bytes, then {quarter}, then {again}");
        let mut fresh = H264Encoder::new(size, 30, 2_000_000).unwrap();
        fresh.set_bitrate(500_000).unwrap();
        assert!(bytes(&mut fresh, true) * 2 < full);
    }

    #[test]
    fn a_picture_of_another_size_is_refused() {
        let (mut encoder, _) = encoder();
        let other = Picture::black(Size { width: 32, height: 32 });
        assert!(matches!(encoder.encode(&other, false, &mut Vec::new()), Err(CodecError::Unsupported { .. })));
    }
}
