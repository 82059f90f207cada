//! Sample entries of an MP4 file: what a track's bytes are. Builds them from a codec's own parameters; writes nothing.

use shiguredo_mp4::bitstream::aac::{Mp4aSampleEntryConfig, build_mp4a_box, parse_audio_specific_config};
use shiguredo_mp4::bitstream::h264::{H264SampleEntryConfig, LengthSize, build_avc1_box};
use shiguredo_mp4::boxes::SampleEntry;

use super::annexb::{self, PPS, SPS};
use super::error::CodecError;
use crate::media::VideoCodec;

/// The entry of H.264 with these parameter sets, units behind lengths of four bytes.
pub(super) fn h264(parameters: &[Vec<u8>]) -> Result<SampleEntry, CodecError> {
    let of = |wanted| parameters.iter().filter(|unit| annexb::unit_type(unit) == wanted).cloned().collect::<Vec<_>>();
    let config = H264SampleEntryConfig { length_size: LengthSize::FourBytes };
    let described = build_avc1_box(&of(SPS), &of(PPS), &config)
        .map_err(|error| CodecError::Corrupt { codec: VideoCodec::H264.name(), what: format!("parameter sets: {error}") })?;
    Ok(SampleEntry::Avc1(described))
}

/// The entry of AAC-LC with this `AudioSpecificConfig`.
pub(super) fn aac(config: &[u8], bitrate: u32) -> Result<SampleEntry, CodecError> {
    let corrupt =
        |error: shiguredo_mp4::Error| CodecError::Corrupt { codec: "aac", what: format!("configuration: {error}") };
    let parsed = parse_audio_specific_config(config).map_err(corrupt)?;
    // 6144 bits a channel is the largest access unit (ISO/IEC 14496-3, 4.5.3.1).
    let wanted = Mp4aSampleEntryConfig { es_id: 1, buffer_size_db: 1536, max_bitrate: bitrate, avg_bitrate: bitrate };
    build_mp4a_box(&parsed, &wanted).map(SampleEntry::Mp4a).map_err(corrupt)
}

/// An access unit of a byte stream as MP4 keeps it: each unit behind its length, parameter sets left to the entry.
pub(super) fn lengths(annexb: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
    out.clear();
    for unit in annexb::units(annexb).filter(|unit| !matches!(annexb::unit_type(unit), SPS | PPS)) {
        let corrupt = |_| CodecError::Corrupt { codec: VideoCodec::H264.name(), what: "a unit of 4 GiB".into() };
        out.extend_from_slice(&u32::try_from(unit.len()).map_err(corrupt)?.to_be_bytes());
        out.extend_from_slice(unit);
    }
    Ok(())
}

/// The parameter sets of an access unit of a byte stream.
pub(super) fn parameters(annexb: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    annexb::units(annexb).filter(|unit| matches!(annexb::unit_type(unit), SPS | PPS))
}
