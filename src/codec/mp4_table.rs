//! Where the samples of a track lie in an MP4 file and when they are presented: the tables of a progressive file (ISO/IEC
//! 14496-12 §8.6, §8.7) and the runs of a fragmented one (§8.8), as one list in decoding order. Reads tables alone, no samples;
//! what tables say is a stranger's word, so every sum saturates and every list is bounded.

use shiguredo_mp4::boxes::{MoofBox, StblBox, StszBox, TrafBox, TrexBox};
use shiguredo_mp4::{Either, SampleFlags};

/// Samples of a track, at most: nineteen hours of 30 pictures a second. Longer files are refused, since their tables would take
/// more memory than a player should give.
pub(super) const MOST_SAMPLES: usize = 1 << 21;

/// One sample as the tables say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Byte offset from the file's start.
    pub(super) offset: u64,
    /// Bytes.
    pub(super) size: u32,
    /// When it is presented, in ticks of the track.
    pub(super) presented: i64,
    /// How long it lasts, in ticks of the track.
    pub(super) ticks: u32,
    /// Decodable by itself, as the file says.
    pub(super) keyframe: bool,
    /// Which sample description it uses, from 1.
    pub(super) description: u32,
}

/// The samples of a progressive track.
///
/// # Errors
/// What is wrong with its tables.
pub(super) fn of_table(table: &StblBox) -> Result<Vec<Entry>, String> {
    let count = match &table.stsz_box {
        StszBox::Fixed { sample_count, .. } => *sample_count as usize,
        StszBox::Variable { entry_sizes } => entry_sizes.len(),
    };
    bounded(count)?;
    let size = |index: usize| match &table.stsz_box {
        StszBox::Fixed { sample_size, .. } => sample_size.get(),
        StszBox::Variable { entry_sizes } => entry_sizes[index],
    };
    let durations = &mut table.stts_box.entries.iter().map(|entry| (entry.sample_count, entry.sample_delta));
    let offsets = table.ctts_box.as_ref().map_or(&[][..], |table| &table.entries);
    let offsets = &mut offsets.iter().map(|entry| (entry.sample_count, entry.sample_offset));
    let (mut duration, mut composition) = (Runs::default(), Runs::default());
    let mut keyframes =
        table.stss_box.as_ref().map(|table| table.sample_numbers.iter().map(|number| number.get()).peekable());
    let mut samples: Vec<Entry> = Vec::with_capacity(count);
    let mut decoded = 0_i64;
    let mut layout = table.stsc_box.entries.iter().peekable();
    let (mut per_chunk, mut description) = (0, 1);
    for (chunk, start) in (1_u32..).zip(chunks(table)) {
        while let Some(entry) = layout.next_if(|entry| entry.first_chunk.get() <= chunk) {
            (per_chunk, description) = (entry.sample_per_chunk, entry.sample_description_index.get());
        }
        let mut offset = start;
        for _ in 0..per_chunk {
            let index = samples.len();
            if index == count {
                break;
            }
            let ticks = duration.next(durations);
            let number = index as u32 + 1;
            let keyframe = keyframes.as_mut().is_none_or(|keyframes| {
                while keyframes.next_if(|keyframe| *keyframe < number).is_some() {}
                keyframes.peek() == Some(&number)
            });
            let presented = decoded.saturating_add(composition.next(offsets));
            samples.push(Entry { offset, size: size(index), presented, ticks, keyframe, description });
            decoded = decoded.saturating_add(ticks.into());
            offset = offset.saturating_add(size(index).into());
        }
        if samples.len() == count {
            break;
        }
    }
    if samples.len() < count {
        return Err(format!("its table places {} of its {count} samples", samples.len()));
    }
    Ok(samples)
}

/// Appends the samples that a fragment holds of a track. `moof_at` is where the fragment's table begins.
///
/// # Errors
/// What is wrong with its tables.
pub(super) fn of_fragment(
    moof: &MoofBox,
    moof_at: u64,
    track: u32,
    defaults: Option<&TrexBox>,
    decoded: &mut i64,
    samples: &mut Vec<Entry>,
) -> Result<(), String> {
    // Where nobody says otherwise the bytes of a track follow those of the track before (§8.8.7).
    let mut end = moof_at;
    for (place, traf) in moof.traf_boxes.iter().enumerate() {
        let base = match traf.tfhd_box.base_data_offset {
            Some(base) => base,
            None if traf.tfhd_box.default_base_is_moof || place == 0 => moof_at,
            None => end,
        };
        let own = traf.tfhd_box.track_id == track;
        let (mut into, mut clock) = (Vec::new(), 0);
        let (into, clock) = if own { (&mut *samples, &mut *decoded) } else { (&mut into, &mut clock) };
        end = of_runs(traf, base, defaults.filter(|_| own), clock, into)?;
    }
    Ok(())
}

fn of_runs(
    traf: &TrafBox,
    base: u64,
    defaults: Option<&TrexBox>,
    decoded: &mut i64,
    samples: &mut Vec<Entry>,
) -> Result<u64, String> {
    let head = &traf.tfhd_box;
    if let Some(tfdt) = &traf.tfdt_box {
        *decoded = i64::try_from(tfdt.base_media_decode_time).unwrap_or(i64::MAX);
    }
    let mut at = base;
    for run in &traf.trun_boxes {
        bounded(samples.len().saturating_add(run.samples.len()))?;
        if let Some(offset) = run.data_offset {
            at = base.saturating_add_signed(offset.into());
        }
        for (index, sample) in run.samples.iter().enumerate() {
            let flags = run.first_sample_flags.filter(|_| index == 0).or(sample.flags).or(head.default_sample_flags);
            let flags = flags.or(defaults.map(|defaults| defaults.default_sample_flags)).unwrap_or(SampleFlags::empty());
            let or = |own: Option<u32>, of_track: Option<u32>, of_file: fn(&TrexBox) -> u32| {
                own.or(of_track).or(defaults.map(of_file)).unwrap_or(0)
            };
            let ticks = or(sample.duration, head.default_sample_duration, |trex| trex.default_sample_duration);
            let size = or(sample.size, head.default_sample_size, |trex| trex.default_sample_size);
            let description = or(None, head.sample_description_index, |trex| trex.default_sample_description_index).max(1);
            samples.push(Entry {
                offset: at,
                size,
                presented: decoded.saturating_add(sample.composition_time_offset.unwrap_or(0)),
                ticks,
                keyframe: !flags.sample_is_non_sync_sample(),
                description,
            });
            *decoded = decoded.saturating_add(ticks.into());
            at = at.saturating_add(size.into());
        }
    }
    Ok(at)
}

/// Whether the runs of a fragment hold no more samples than are taken: a run without a field per sample costs a hostile file
/// nothing, and the memory that its list takes cannot be had back once it is asked for.
pub(super) fn runs_are_bounded(moof: &[u8]) -> bool {
    let mut count = 0_u64;
    let inside = boxes(moof).next().map(|(_, inside)| inside).unwrap_or_default();
    for (kind, traf) in boxes(inside) {
        if kind != *b"traf" {
            continue;
        }
        for (kind, run) in boxes(traf) {
            if kind == *b"trun"
                && let Some(number) = run.get(4..).and_then(|rest| rest.first_chunk::<4>())
            {
                count += u64::from(u32::from_be_bytes(*number));
            }
        }
    }
    count <= MOST_SAMPLES as u64
}

/// The boxes inside of another one's contents; stops where one does not fit.
pub(super) fn boxes(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (&[s0, s1, s2, s3, k0, k1, k2, k3], body) = rest.split_first_chunk::<8>()?;
        let (size, body, head) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 => (rest.len() as u64, body, 8),
            1 => {
                let (large, body) = body.split_first_chunk::<8>()?;
                (u64::from_be_bytes(*large), body, 16)
            }
            size => (u64::from(size), body, 8),
        };
        let length = usize::try_from(size.checked_sub(head)?).ok()?;
        let (inside, behind) = body.split_at_checked(length)?;
        rest = behind;
        Some(([k0, k1, k2, k3], inside))
    })
}

fn chunks(table: &StblBox) -> impl Iterator<Item = u64> {
    let (short, long) = match &table.stco_or_co64_box {
        Either::A(table) => (&table.chunk_offsets[..], &[][..]),
        Either::B(table) => (&[][..], &table.chunk_offsets[..]),
    };
    short.iter().map(|offset| u64::from(*offset)).chain(long.iter().copied())
}

fn bounded(count: usize) -> Result<(), String> {
    if count <= MOST_SAMPLES { Ok(()) } else { Err(format!("a track of more than {MOST_SAMPLES} samples")) }
}

/// Unrolls (how often, what); what comes last goes on where a table is too short.
#[derive(Default)]
struct Runs<T> {
    left: u32,
    value: T,
}

impl<T: Copy> Runs<T> {
    fn next(&mut self, runs: &mut impl Iterator<Item = (u32, T)>) -> T {
        while self.left == 0 {
            let Some((count, value)) = runs.next() else { return self.value };
            (self.left, self.value) = (count, value);
        }
        self.left -= 1;
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_costs_a_file_nothing_is_counted_before_its_list_is_made() {
        let run = |count: u32| {
            let trun = [&24_u32.to_be_bytes()[..], b"trun", &[0; 4], &count.to_be_bytes(), &[0; 8]].concat();
            let traf = [&((8 + trun.len()) as u32).to_be_bytes()[..], b"traf", &trun].concat();
            [&((8 + traf.len()) as u32).to_be_bytes()[..], b"moof", &traf].concat()
        };
        assert!(runs_are_bounded(&run(MOST_SAMPLES as u32)));
        assert!(!runs_are_bounded(&run(MOST_SAMPLES as u32 + 1)));
        assert!(runs_are_bounded(b"moof") && runs_are_bounded(&[0; 64]));
    }

    #[test]
    fn a_table_that_is_too_short_goes_on_with_its_last_word() {
        let mut runs = Runs::default();
        let words = &mut [(2, 7), (0, 1), (1, 9)].into_iter();
        assert_eq!([(); 5].map(|()| runs.next(words)), [7, 7, 9, 9, 9]);
    }
}
