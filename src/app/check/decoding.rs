//! Units of the calibration world to what they show and sound: its flash, its cells, its clicks. Needs decoders.

use super::flow::Unit;
use super::verdict::{Verdict, fail};
use crate::codec::{AudioDecode, VideoDecode, audio_decoder, video_decoder};
use crate::media::{AudioBlock, AudioCodec, Format, PicturePool, VideoCodec};
use crate::sim::{Cells, flash, read_cells};
use crate::wire;

/// A tenth of the click's level: crossed within a tenth of a millisecond of its start.
const CLICK: f32 = 0.08;

/// Decoders of one stream, made when their first unit comes.
#[derive(Default)]
pub struct Decoding {
    video: Option<(VideoCodec, Box<dyn VideoDecode + Send>)>,
    audio: Option<(AudioCodec, Box<dyn AudioDecode + Send>)>,
    pool: Option<PicturePool>,
    block: AudioBlock,
}

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whether it is a flash.
    pub flash: bool,
    /// What its cells say.
    pub cells: Option<Cells>,
}

impl Decoding {
    /// What a video unit shows.
    pub fn picture(&mut self, unit: &Unit) -> Verdict<Shown> {
        let wire::Kind::Media(Format::Video(codec)) = unit.envelope.kind else {
            return fail("a video codec of the profile", format!("{:?}", unit.envelope.kind));
        };
        if self.video.as_ref().is_none_or(|(open, _)| *open != codec) {
            let Ok(decoder) = video_decoder(codec) else { return fail("a decoder", format!("none for {codec}")) };
            self.video = Some((codec, decoder));
        }
        let pool = self.pool.get_or_insert_with(|| PicturePool::new(2));
        let Some(((_, decoder), packet)) = self.video.as_mut().zip(packet(unit)) else { return fail("a packet", "none") };
        match decoder.decode(&packet, pool) {
            Ok(Some(picture)) => Ok(Shown { flash: flash(&picture), cells: read_cells(&picture) }),
            Ok(None) => fail("a picture in every unit", "none"),
            Err(error) => fail("a picture that decodes", error),
        }
    }

    /// When clicks sound in an audio unit, in microseconds of media time.
    pub fn clicks(&mut self, unit: &Unit) -> Verdict<Vec<i64>> {
        let wire::Kind::Media(Format::Audio(codec)) = unit.envelope.kind else {
            return fail("a sound codec of the profile", format!("{:?}", unit.envelope.kind));
        };
        if self.audio.as_ref().is_none_or(|(open, _)| *open != codec) {
            let Ok(decoder) = audio_decoder(codec) else { return fail("a decoder", format!("none for {codec}")) };
            self.audio = Some((codec, decoder));
        }
        let Some(((_, decoder), packet)) = self.audio.as_mut().zip(packet(unit)) else { return fail("a packet", "none") };
        if let Err(error) = decoder.decode(&packet, &mut self.block) {
            return fail("sound that decodes", error);
        }
        let start = self.block.pts.as_micros();
        let loud =
            |(index, frame): (usize, &[f32])| (frame[0].abs() > CLICK).then(|| start + index as i64 * 1_000_000 / 48_000);
        Ok(self.block.samples.chunks_exact(2).enumerate().filter_map(loud).collect())
    }
}

fn packet(unit: &Unit) -> Option<crate::media::Packet> {
    wire::Unit { envelope: unit.envelope.clone(), arrival: unit.arrival }.into_packet().ok()
}
