//! Edit lists (ISO/IEC 14496-12 §8.6.6): where a track begins on the movie's time. Both directions, arithmetic only.

use shiguredo_mp4::FixedPointNumber;
use shiguredo_mp4::boxes::{EdtsBox, ElstBox, ElstEntry, TrakBox};

use crate::media::MediaDelta;

/// Ticks of the movie per second in what we write: microseconds, like every time in the program.
pub(super) const MOVIE_SCALE: u32 = 1_000_000;

/// The edit list of a track whose first media tick lies at `start_us` on the movie's time and whose first `skip` ticks are not
/// presented; `None` where the track begins at 0 and nothing is skipped. With it, the track's length on the movie's time.
pub(super) fn edits(start_us: i64, skip: u64, ticks: u64, scale: u32) -> (Option<EdtsBox>, u64) {
    let to_us = |ticks: u64| (u128::from(ticks) * u128::from(MOVIE_SCALE) / u128::from(scale)) as u64;
    let begins = start_us.saturating_add(to_us(skip) as i64);
    // What would begin before the movie does is cut there.
    let cut = skip + (u128::from(begins.min(0).unsigned_abs()) * u128::from(scale) / u128::from(MOVIE_SCALE)) as u64;
    let (wait, length) = (begins.max(0) as u64, to_us(ticks.saturating_sub(cut)));
    if wait == 0 && cut == 0 {
        return (None, length);
    }
    let entry = |edit_duration, media_time| ElstEntry { edit_duration, media_time, media_rate: FixedPointNumber::new(1, 0) };
    let mut entries = Vec::new();
    if wait > 0 {
        entries.push(entry(wait, -1));
    }
    entries.push(entry(length, cut as i64));
    (Some(EdtsBox { elst_box: Some(ElstBox { entries }), unknown_boxes: Vec::new() }), wait + length)
}

/// Which part of a track is presented, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Edit {
    /// Where the track's first media tick lies on the movie's time, in microseconds: negative where its first ticks are skipped.
    pub(super) start_us: i64,
    /// When its presentation begins on the movie's time, in microseconds.
    pub(super) begins_us: i64,
    /// When it ends; `None`: with its last sample.
    pub(super) ends_us: Option<i64>,
    /// The track has no edit list.
    pub(super) is_none: bool,
}

impl Edit {
    /// When the presentation begins and ends on the movie's time, for a track whose last sample ends at `last`.
    pub(super) fn span(self, last: MediaDelta) -> (MediaDelta, MediaDelta) {
        let begins = self.begins_us.max(0);
        let ends = self.ends_us.unwrap_or(i64::MAX).min(last.as_micros()).max(begins);
        (MediaDelta::from_micros(begins), MediaDelta::from_micros(ends))
    }
}

/// What a track's edit list asks for, as far as it is followed: one part of the media, after a wait. With it, in words, what of it is
/// not followed.
pub(super) fn edit_of(track: &TrakBox, movie_scale: u32) -> (Edit, Option<String>) {
    let scale = i128::from(track.mdia_box.mdhd_box.timescale.get());
    let Some(list) = track.edts_box.as_ref().and_then(|edits| edits.elst_box.as_ref()) else {
        return (Edit { is_none: true, ..Edit::default() }, None);
    };
    let to_us = |ticks: u64| i128::from(ticks) * 1_000_000 / i128::from(movie_scale.max(1));
    let micros = |value: i128| i64::try_from(value).unwrap_or(0);
    let mut wait = 0_i128;
    for (place, entry) in list.entries.iter().enumerate() {
        if entry.media_time < 0 {
            wait += to_us(entry.edit_duration);
            continue;
        }
        let skipped = (i128::from(entry.media_time) * 1_000_000 + scale / 2) / scale;
        // No length: up to the end, as in files whose length was not known when the list was written. A length is rounded to
        // ticks of the movie, often milliseconds: the end of a last sample must not be taken for a cut.
        let slack = 1_000_000 / i128::from(movie_scale.max(1)) + 1;
        let ends_us = (entry.edit_duration > 0).then(|| micros(wait + to_us(entry.edit_duration) + slack));
        let edit = Edit { start_us: micros(wait - skipped), begins_us: micros(wait), ends_us, is_none: false };
        let further = list.entries[place + 1..].iter().any(|entry| entry.media_time >= 0);
        let note = further.then(|| "parts of an edit list behind its first".to_owned());
        return (edit, note);
    }
    (Edit { is_none: true, ..Edit::default() }, None)
}

/// Where a track's first media tick lies on the movie's time, in microseconds: negative where its first ticks are skipped.
pub(super) fn start_us(track: &TrakBox, movie_scale: u32) -> i64 {
    edit_of(track, movie_scale).0.start_us
}
