//! A clip: a file with its length, its pictures' order, and what is to be said of it. Reads bytes when asked; keeps none.

use std::path::Path;

use super::error::ReelError;
use super::sheet::Sheet;
use crate::codec::{CodecError, Mp4File, SoundFormat};
use crate::media::{MediaDelta, Size, Track};

/// Sound and picture that end within this of each other were meant to end together: where the clip goes round, it does so at the
/// end of its sound, so that no silence is heard. Two frames of AAC and one of 25 pictures a second.
const TOGETHER_US: i64 = 85_000;

/// A clip that can be played.
#[derive(Debug)]
pub struct Clip {
    pub(super) file: Mp4File,
    pub(super) sheet: Sheet,
    length: i64,
    lap: i64,
}

impl Clip {
    /// Opens an MP4 file.
    ///
    /// # Errors
    /// [`ReelError::File`].
    pub fn open(path: &Path) -> Result<Self, ReelError> {
        let file = Mp4File::open(path)?;
        let sheet = file.picture().map(Sheet::new).unwrap_or_default();
        let (last, seen) = sheet.last();
        let heard = file.sound().map_or(0, |sound| sound.ends.as_micros());
        // Nothing is so short that going round it would be a tone.
        let length = seen.max(heard).max(10_000);
        let together = heard > last.max(9_999) && (seen - heard).abs() <= TOGETHER_US;
        let lap = if together { heard } else { length };
        Ok(Self { file, sheet, length, lap })
    }

    /// From its start to the end of what ends last.
    #[must_use]
    pub const fn length(&self) -> MediaDelta {
        MediaDelta::from_micros(self.length)
    }

    /// After how long it begins anew where it goes round: its length, or the end of its sound where both end almost together.
    #[must_use]
    pub const fn lap(&self) -> MediaDelta {
        MediaDelta::from_micros(self.lap)
    }

    /// How many pictures it shows.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.sheet.len()
    }

    /// When a picture begins, by its number.
    #[must_use]
    pub fn frame_begins(&self, number: usize) -> Option<MediaDelta> {
        self.sheet.begins(number).map(|(time, _)| MediaDelta::from_micros(time))
    }

    /// The number of the picture at a time.
    #[must_use]
    pub fn frame_at(&self, time: MediaDelta) -> usize {
        self.sheet.number_at(time.as_micros())
    }

    /// Pictures a second, on average; `None` for fewer than two.
    #[must_use]
    pub fn fps(&self) -> Option<f64> {
        let (last, _) = self.sheet.last();
        let first = self.sheet.begins(0)?.0;
        (last > first).then(|| rate(self.frames() - 1, last - first))
    }

    /// The picture's size, as the file says; `None` where there is no picture.
    #[must_use]
    pub fn size(&self) -> Option<Size> {
        self.file.picture().map(|picture| picture.size)
    }

    /// How the sound is coded; `None` where there is none, or none that can be decoded.
    #[must_use]
    pub fn sound(&self) -> Option<&SoundFormat> {
        self.file.sound().map(|sound| &sound.format)
    }

    /// What is in the file and is not played, in words for people.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        self.file.left_out()
    }

    /// The place, in decoding order, where decoding begins for the picture at a place: the last keyframe that keeps what the file
    /// promises. Files call pictures keyframes that a decoder cannot begin with.
    pub(super) fn decode_from(&mut self, place: usize) -> Result<usize, CodecError> {
        let mut from = self.sheet.keyframe_before(place);
        let mut unit = Vec::new();
        while from > 0 {
            self.file.read(Track::Video, from, &mut unit)?;
            if crate::codec::begins_decoding(&unit) {
                break;
            }
            from = self.sheet.keyframe_before(from - 1);
        }
        Ok(from)
    }
}

/// Pictures a second where so many take so many microseconds: a whole number, or one of the 1000/1001 of NTSC, where that is what
/// the times say as far as they are exact.
fn rate(pictures: usize, micros: i64) -> f64 {
    let micros_at = |rate: f64| pictures as f64 * 1e6 / rate;
    let mean = micros_at(micros as f64);
    let usual = [mean.round(), (mean * 1.001).round() / 1.001];
    usual.into_iter().find(|rate| (micros_at(*rate) - micros as f64).abs() <= 1.0).unwrap_or(mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_what_was_meant_where_the_times_are_whole_microseconds() {
        for meant in [24.0, 25.0, 30.0, 60.0, 120.0, 24.0 / 1.001, 30.0 / 1.001, 60.0 / 1.001] {
            for pictures in [1, 7, 48, 9_999] {
                let micros = (pictures as f64 * 1e6 / meant).round() as i64;
                let told = rate(pictures, micros);
                assert!((told - meant).abs() < 1e-9 || pictures == 1, "{meant}: {told} of {pictures}");
            }
        }
        assert_eq!(rate(3, 1_234_567), 3.0 * 1e6 / 1_234_567.0, "no usual one");
        assert_eq!(rate(1, 3_000_000), 1.0 / 3.0);
    }
}
