//! How the sound of a file is coded, as its sample description says: what a decoder needs to know to begin. Reads descriptions
//! alone; what cannot be decoded is named.

use shiguredo_mp4::boxes::{Mp4aBox, SampleEntry};

use super::mp4_names::name_of;

/// Rates that sound may have.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// MPEG-4 and MPEG-2 AAC, and MP3 (ISO/IEC 14496-1, object type indications).
const AAC: [u8; 4] = [0x40, 0x66, 0x67, 0x68];
const MP3: [u8; 2] = [0x69, 0x6b];

/// Audio object types of AAC (ISO/IEC 14496-3, table 1.17): what is decoded, and what wraps it.
const AAC_LC: u32 = 2;
const SBR: u32 = 5;
const PS: u32 = 29;

/// How sound is coded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundFormat {
    /// The codec, as people call it.
    pub name: &'static str,
    /// Frames per second of what a decoder gives.
    pub rate: u32,
    /// Channels, as the file says.
    pub channels: u16,
    /// What a decoder is told.
    pub(super) kind: Kind,
    /// Frames at the start that are decoded and not heard, for files without an edit list.
    pub(super) pre_skip: u16,
    /// What is not played of it, in words for people.
    pub(super) note: Option<String>,
}

/// A codec with what its decoder must know beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// AAC-LC, with its AudioSpecificConfig.
    Aac(Vec<u8>),
    Mp3,
    /// With its STREAMINFO block.
    Flac(Vec<u8>),
    /// With its output gain in 1/256 dB.
    Opus(i16),
}

impl SoundFormat {
    /// The format that a track's descriptions tell of.
    ///
    /// # Errors
    /// What cannot be decoded, in words for people.
    pub(super) fn of(entries: &[SampleEntry]) -> Result<Self, String> {
        let Some(entry) = entries.first() else { return Err("sound without a description".to_owned()) };
        let format = match entry {
            SampleEntry::Mp4a(mp4a) => Self::of_mp4a(mp4a)?,
            SampleEntry::Opus(opus) => {
                let channels = u16::from(opus.dops_box.output_channel_count);
                if channels > 2 {
                    return Err(format!("Opus sound of {channels} channels"));
                }
                let kind = Kind::Opus(opus.dops_box.output_gain);
                Self { name: "Opus", rate: 48_000, channels, kind, pre_skip: opus.dops_box.pre_skip, note: None }
            }
            SampleEntry::Flac(flac) => {
                let info = flac.dfla_box.metadata_blocks.first().map(|block| block.block_data.clone()).unwrap_or_default();
                // STREAMINFO (RFC 9639 §8.2): 20 bits of rate and 3 of channels behind 10 bytes.
                let Some(&[a, b, c]) = info.get(10..13).and_then(|bytes| bytes.first_chunk::<3>()) else {
                    return Err("FLAC sound without its description".to_owned());
                };
                let word = u32::from_be_bytes([0, a, b, c]);
                let (rate, channels) = (word >> 4, (word >> 1 & 7) as u16 + 1);
                Self { name: "FLAC", rate, channels, kind: Kind::Flac(info), pre_skip: 0, note: None }
            }
            other => return Err(format!("sound coded as {}", name_of(other))),
        };
        if RATES.contains(&format.rate) { Ok(format) } else { Err(format!("sound of {} Hz", format.rate)) }
    }

    fn of_mp4a(mp4a: &Mp4aBox) -> Result<Self, String> {
        let decoder = &mp4a.esds_box.es.dec_config_descr;
        let (told_rate, told_channels) = (u32::from(mp4a.audio.samplerate.integer), mp4a.audio.channelcount);
        if MP3.contains(&decoder.object_type_indication) {
            return Ok(Self {
                name: "MP3",
                rate: told_rate,
                channels: told_channels,
                kind: Kind::Mp3,
                pre_skip: 0,
                note: None,
            });
        }
        if !AAC.contains(&decoder.object_type_indication) {
            return Err(format!("sound of object type {:#04x}", decoder.object_type_indication));
        }
        let config = decoder.dec_specific_info.as_ref().map(|info| &info.payload[..]).unwrap_or_default();
        let mut bits = Bits { bytes: config, at: 0 };
        let mut object = bits.object().ok_or("AAC sound without its description")?;
        let rate = bits.rate().ok_or("AAC sound without a rate")?;
        let channels = bits.read(4).ok_or("AAC sound without channels")?;
        let mut note = None;
        if object == SBR || object == PS {
            // The core alone: half the rate, and nothing above a quarter of the told one.
            bits.rate().ok_or("AAC sound without its full rate")?;
            object = bits.object().ok_or("AAC sound without its core")?;
            note = Some("the high frequencies of HE-AAC sound (its core is played)".to_owned());
        }
        if object != AAC_LC {
            return Err(format!("AAC sound of object type {object}"));
        }
        if !(1..=2).contains(&channels) {
            return Err(format!("AAC sound of {} channels", if channels == 7 { 8 } else { channels }));
        }
        let index = RATE_TABLE.iter().position(|known| *known == rate).ok_or_else(|| format!("AAC sound of {rate} Hz"))?;
        // Written anew, since what may follow (extensions) is nothing that the decoder knows.
        let config = ((AAC_LC << 11) | (index as u32) << 7 | channels << 3) as u16;
        let kind = Kind::Aac(config.to_be_bytes().to_vec());
        Ok(Self { name: "AAC", rate, channels: channels as u16, kind, pre_skip: 0, note })
    }
}

/// Sampling frequencies by index (ISO/IEC 14496-3, table 1.18).
const RATE_TABLE: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// Reads an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1).
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn read(&mut self, count: usize) -> Option<u32> {
        (0..count).try_fold(0, |value, _| {
            let byte = *self.bytes.get(self.at / 8)?;
            let bit = byte >> (7 - self.at % 8) & 1;
            self.at += 1;
            Some(value << 1 | u32::from(bit))
        })
    }

    fn object(&mut self) -> Option<u32> {
        match self.read(5)? {
            31 => Some(32 + self.read(6)?),
            object => Some(object),
        }
    }

    fn rate(&mut self) -> Option<u32> {
        match self.read(4)? as usize {
            15 => self.read(24),
            index => RATE_TABLE.get(index).copied(),
        }
    }
}
