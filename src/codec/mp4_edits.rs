//! Edit lists (ISO/IEC 14496-12 §8.6.6): where a track begins on the movie's time. Both directions, arithmetic only.

use shiguredo_mp4::FixedPointNumber;
use shiguredo_mp4::boxes::{EdtsBox, ElstBox, ElstEntry, TrakBox};

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

/// Where a track's first media tick lies on the movie's time, in microseconds: negative where its first ticks are skipped.
pub(super) fn start_us(track: &TrakBox, movie_scale: u32) -> i64 {
    let scale = i128::from(track.mdia_box.mdhd_box.timescale.get());
    let entries = track.edts_box.as_ref().and_then(|edits| edits.elst_box.as_ref()).map_or(&[][..], |list| &list.entries);
    let mut wait = 0_i128;
    for entry in entries {
        if entry.media_time >= 0 {
            let skipped = (i128::from(entry.media_time) * 1_000_000 + scale / 2) / scale;
            return i64::try_from(wait - skipped).unwrap_or(0);
        }
        wait += i128::from(entry.edit_duration) * 1_000_000 / i128::from(movie_scale.max(1));
    }
    0
}
