//! An MP4 file of anybody, to be played: its picture and its sound as lists of samples with presentation times, and their bytes one
//! by one in any order. Progressive or fragmented, its table before or behind the media. Plays the first H.264 track and the first
//! sound that can be decoded, and says what it leaves out; no policy of time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use shiguredo_mp4::boxes::{Avc1Box, MoofBox, MvexBox, MvhdBox, SampleEntry, TrakBox, TrexBox};
use shiguredo_mp4::{BoxType, Decode};

use super::error::CodecError;
use super::limits::check_size;
use super::mp4_edits::{Edit, edit_of};
use super::mp4_names::{kind_of, name_of};
use super::mp4_table::{Entry, boxes, of_fragment, of_table, runs_are_bounded};
use super::sound_format::SoundFormat;
use super::sound_track::SoundDecoder;
use crate::media::{MediaDelta, Size, Track, VideoCodec};

/// The largest table that is read.
const LARGEST_TABLE: u64 = 64 << 20;
/// The largest sample that is read.
const LARGEST_SAMPLE: u32 = 64 << 20;
/// Boxes at the top of a file, and so fragments, at most.
const MOST_BOXES: usize = 1 << 17;
/// Tracks that are looked at.
const MOST_TRACKS: usize = 64;
/// Times beyond this, a year, are no times.
const LATEST_US: i64 = 366 * 24 * 3_600_000_000;

/// A file that can be played.
#[derive(Debug)]
pub struct Mp4File {
    path: PathBuf,
    file: File,
    picture: Option<PictureTrack>,
    sound: Option<SoundTrack>,
    left_out: Vec<String>,
}

/// The picture of a file.
#[derive(Debug)]
pub struct PictureTrack {
    /// The picture's size, as the file says; its bytes have the last word.
    pub size: Size,
    /// When it begins on the movie's time: what is presented before only helps to decode.
    pub begins: MediaDelta,
    /// When it ends on the movie's time.
    pub ends: MediaDelta,
    /// Its samples in decoding order.
    pub samples: Vec<ClipSample>,
    places: Vec<Place>,
    /// Parameter sets of each description, and how many bytes tell a unit's length.
    descriptions: Vec<(Vec<u8>, usize)>,
}

/// The sound of a file.
#[derive(Debug)]
pub struct SoundTrack {
    /// How it is coded.
    pub format: SoundFormat,
    /// When it begins on the movie's time: what lies before only helps to decode.
    pub begins: MediaDelta,
    /// When it ends on the movie's time.
    pub ends: MediaDelta,
    /// Its samples in order.
    pub samples: Vec<ClipSample>,
    places: Vec<Place>,
}

/// One sample: a coded picture, or a packet of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipSample {
    /// When it is presented on the movie's time.
    pub pts: MediaDelta,
    /// How long it lasts, as the file says.
    pub duration: MediaDelta,
    /// Decodable by itself, as the file says.
    pub keyframe: bool,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    offset: u64,
    size: u32,
    description: u16,
}

impl Mp4File {
    /// Opens a file and reads its tables.
    ///
    /// # Errors
    /// [`CodecError::File`] where it cannot be read, [`CodecError::BadFile`] where it is no MP4 file, or a damaged or cut-off one,
    /// [`CodecError::Unsupported`] where nothing in it can be decoded.
    pub fn open(path: &Path) -> Result<Self, CodecError> {
        let failed = |source| CodecError::File { path: path.to_owned(), source };
        let bad = |what: String| CodecError::BadFile { path: path.to_owned(), what };
        // Asked before it is opened: a pipe opens only once somebody writes to it.
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if !metadata.is_file() && !metadata.is_dir() {
            let why = "it is a pipe or a device, and a clip is read at any of its places";
            return Err(failed(io::Error::new(io::ErrorKind::NotSeekable, why)));
        }
        let mut file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let tables = read_tables(&mut file, length, &bad, &failed)?;
        let mut opened = Self { path: path.to_owned(), file, picture: None, sound: None, left_out: Vec::new() };
        let mut refused = None;
        for track in &tables.tracks {
            let track = match track {
                Ok(track) => track,
                Err(Unread { handler: b"vide", why }) => {
                    refused = refused.or(Some(format!("a picture track whose description cannot be read ({why})")));
                    continue;
                }
                Err(Unread { handler: b"soun", why }) => {
                    opened.left_out.push(format!("sound whose description cannot be read ({why})"));
                    continue;
                }
                Err(_) => continue,
            };
            let handler = track.mdia_box.hdlr_box.handler_type;
            let entries = &track.mdia_box.minf_box.stbl_box.stsd_box.entries;
            let loaded = match &handler {
                b"vide" => match picture_of(entries) {
                    Ok(None) => continue,
                    Ok(Some(format)) if opened.picture.is_none() => {
                        if is_turned(track) {
                            opened.left_out.push("its rotation: it is shown as it was recorded".to_owned());
                        }
                        if is_stretched(entries) {
                            opened.left_out.push("pixels that are not square: it is shown pixel by pixel".to_owned());
                        }
                        load(track, &tables, length).map(|loaded| opened.take_picture(loaded, format))
                    }
                    Ok(Some(_)) => Err("a second picture track".to_owned()),
                    Err(what) => {
                        refused = refused.or(Some(what.clone()));
                        Err(what)
                    }
                },
                b"soun" => match decodable(entries) {
                    Ok(format) if opened.sound.is_none() => {
                        load(track, &tables, length).map(|loaded| opened.take_sound(loaded, format))
                    }
                    Ok(_) => Err("a second sound track".to_owned()),
                    Err(what) => Err(what),
                },
                // Subtitles, time codes, hints: nothing that a player of pictures and sound has to speak of.
                _ => continue,
            };
            match loaded {
                Ok(()) => {}
                // Tables that lead nowhere: the file is damaged, and what else it says is not to be trusted either.
                Err(what) if what.starts_with(DAMAGED) => return Err(bad(what[DAMAGED.len()..].to_owned())),
                Err(what) => opened.left_out.push(what),
            }
        }
        if let (None, Some(what)) = (&opened.picture, refused) {
            return Err(CodecError::Unsupported { codec: "mp4", what });
        }
        if opened.picture.is_none() && opened.sound.is_none() {
            return Err(match opened.left_out.first() {
                Some(what) => CodecError::Unsupported { codec: "mp4", what: what.clone() },
                None => bad("neither picture nor sound in it".into()),
            });
        }
        Ok(opened)
    }

    /// The picture; `None` where the file has sound alone.
    #[must_use]
    pub const fn picture(&self) -> Option<&PictureTrack> {
        self.picture.as_ref()
    }

    /// The sound; `None` where the file is silent, or its sound cannot be decoded.
    #[must_use]
    pub const fn sound(&self) -> Option<&SoundTrack> {
        self.sound.as_ref()
    }

    /// What is in the file and is not played, in words for people.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Reads a sample into `out`, replacing what it held: an Annex B access unit with parameter sets before every keyframe, or a
    /// packet of sound.
    ///
    /// # Errors
    /// [`CodecError::File`]; [`CodecError::BadFile`] where the sample does not lie in the file or is damaged.
    pub fn read(&mut self, track: Track, index: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let bad = |what: &str| CodecError::BadFile { path: self.path.clone(), what: what.to_owned() };
        let places = match track {
            Track::Video => self.picture.as_ref().map(|picture| &picture.places),
            Track::Audio => self.sound.as_ref().map(|sound| &sound.places),
        };
        let place = *places.and_then(|places| places.get(index)).ok_or_else(|| bad("a sample that it does not have"))?;
        read_at(&mut self.file, place.offset, place.size.into(), out)
            .map_err(|source| CodecError::File { path: self.path.clone(), source })?;
        if out.len() < place.size as usize {
            return Err(bad("it ends in the middle of a sample: download or record it again"));
        }
        let (Track::Video, Some(picture)) = (track, &self.picture) else { return Ok(()) };
        let description = picture.descriptions.get(usize::from(place.description).saturating_sub(1));
        let (parameters, length_size) = description.ok_or_else(|| bad("a picture whose description is missing"))?;
        let parameters = if picture.samples[index].keyframe { &parameters[..] } else { &[] };
        to_annexb(out, parameters, *length_size).ok_or_else(|| bad("a picture whose parts do not fit it"))
    }

    fn take_picture(&mut self, loaded: Loaded, (size, descriptions): (Size, Vec<(Vec<u8>, usize)>)) {
        let Loaded { edit, samples, places, note } = loaded;
        self.left_out.extend(note);
        let last = samples.iter().map(|sample| sample.pts + sample.duration).max().unwrap_or_default();
        let (begins, ends) = edit.span(last);
        self.picture = Some(PictureTrack { size, begins, ends, samples, places, descriptions });
    }

    fn take_sound(&mut self, loaded: Loaded, format: SoundFormat) {
        let Loaded { mut edit, mut samples, places, note } = loaded;
        self.left_out.extend(note);
        // Without an edit list the description alone says how much of the start is not to be heard.
        if edit.is_none && format.pre_skip > 0 {
            let skipped = MediaDelta::from_micros(i64::from(format.pre_skip) * 1_000_000 / i64::from(format.rate.max(1)));
            edit = Edit { begins_us: 0, ..edit };
            samples.iter_mut().for_each(|sample| sample.pts -= skipped);
        }
        self.left_out.extend(format.note.clone());
        let last = samples.iter().map(|sample| sample.pts + sample.duration).max().unwrap_or_default();
        let (begins, ends) = edit.span(last);
        self.sound = Some(SoundTrack { format, begins, ends, samples, places });
    }
}

/// Marks words that mean a damaged file and not one that we cannot play.
const DAMAGED: &str = "\u{0}";

struct Loaded {
    edit: Edit,
    samples: Vec<ClipSample>,
    places: Vec<Place>,
    note: Option<String>,
}

/// Samples of a track with their times on the movie's time.
fn load(track: &TrakBox, tables: &Tables, length: u64) -> Result<Loaded, String> {
    let damaged = |what: String| format!("{DAMAGED}{what}");
    let mut entries = of_table(&track.mdia_box.minf_box.stbl_box).map_err(damaged)?;
    let id = track.tkhd_box.track_id;
    let defaults = tables.defaults.iter().find(|defaults| defaults.track_id == id);
    let mut decoded = entries.iter().fold(0_i64, |sum, entry| sum.saturating_add(entry.ticks.into()));
    for (at, moof) in &tables.fragments {
        of_fragment(moof, *at, id, defaults, &mut decoded, &mut entries).map_err(damaged)?;
    }
    entries.retain(|entry| entry.size > 0);
    if entries.is_empty() {
        return Err("a track without samples".to_owned());
    }
    let outside = |entry: &&Entry| entry.offset.saturating_add(entry.size.into()) > length;
    let beyond = entries.iter().filter(outside).count();
    if beyond > 0 {
        let all = entries.len();
        return Err(damaged(format!(
            "it is cut off: {beyond} of {all} samples lie behind its end, at byte {length}; download or record it again"
        )));
    }
    if let Some(entry) = entries.iter().find(|entry| entry.size > LARGEST_SAMPLE) {
        return Err(damaged(format!("a sample of {} bytes", entry.size)));
    }
    let scale = i128::from(track.mdia_box.mdhd_box.timescale.get());
    let to_us = |ticks: i128| {
        let micros = (ticks * 1_000_000 + scale / 2).div_euclid(scale);
        i64::try_from(micros).unwrap_or(if micros < 0 { i64::MIN } else { i64::MAX })
    };
    let (edit, note) = edit_of(track, tables.scale);
    let pts = |entry: &Entry| edit.start_us.saturating_add(to_us(entry.presented.into()));
    if entries.iter().any(|entry| !(-LATEST_US..LATEST_US).contains(&pts(entry))) {
        return Err(damaged("a sample that is presented a year from its start".to_owned()));
    }
    let samples = entries.iter().map(|entry| ClipSample {
        pts: MediaDelta::from_micros(pts(entry)),
        duration: MediaDelta::from_micros(to_us(entry.ticks.into()).clamp(0, LATEST_US)),
        keyframe: entry.keyframe,
    });
    let places = entries.iter().map(|entry| Place {
        offset: entry.offset,
        size: entry.size,
        description: u16::try_from(entry.description).unwrap_or(0),
    });
    Ok(Loaded { edit, samples: samples.collect(), places: places.collect(), note })
}

/// The format of a track's sound, where a decoder takes it.
fn decodable(entries: &[SampleEntry]) -> Result<SoundFormat, String> {
    let format = SoundFormat::of(entries)?;
    SoundDecoder::new(&format).map(|_| format).map_err(|error| error.to_string())
}

/// Whether a track asks to be turned or mirrored (ISO/IEC 14496-12 §8.3.2): its matrix is more than a move.
fn is_turned(track: &TrakBox) -> bool {
    let [a, b, _, c, d, ..] = track.tkhd_box.matrix;
    (a, b, c, d) != (0x1_0000, 0, 0, 0x1_0000) && (a, b, c, d) != (0, 0, 0, 0)
}

/// Whether the pixels of a picture are not square (ISO/IEC 14496-12 §12.1.4).
fn is_stretched(entries: &[SampleEntry]) -> bool {
    let SampleEntry::Avc1(avc) = &entries[0] else { return false };
    let aspect = avc.unknown_boxes.iter().find(|unknown| unknown.box_type == BoxType::Normal(*b"pasp"));
    aspect.and_then(|aspect| aspect.payload.split_at_checked(4)).is_some_and(|(wide, high)| high.get(..4) != Some(wide))
}

type PictureFormat = (Size, Vec<(Vec<u8>, usize)>);

/// The picture's size and parameter sets; `None` for a track of cover art, which is no film.
fn picture_of(entries: &[SampleEntry]) -> Result<Option<PictureFormat>, String> {
    let mut found: Option<PictureFormat> = None;
    for entry in entries {
        let rewritten;
        let avc = match entry {
            SampleEntry::Avc1(avc) => avc,
            SampleEntry::Unknown(unknown) if unknown.box_type == BoxType::Normal(*b"avc3") => {
                // The same description under another name: its parameter sets may stand between the pictures.
                rewritten = as_avc1(&unknown.payload).ok_or("an H.264 track whose description is damaged")?;
                &rewritten
            }
            SampleEntry::Unknown(unknown)
                if [*b"jpeg", *b"mjpa", *b"png "].map(BoxType::Normal).contains(&unknown.box_type) =>
            {
                return Ok(None);
            }
            other => return Err(format!("pictures coded as {}", name_of(other))),
        };
        let size = Size { width: avc.visual.width.into(), height: avc.visual.height.into() };
        check_size(VideoCodec::H264.name(), size).map_err(|_| format!("pictures of {size}"))?;
        let sets = avc.avcc_box.sps_list.iter().chain(&avc.avcc_box.pps_list);
        let parameters = sets.flat_map(|set| [0, 0, 0, 1].into_iter().chain(set.iter().copied())).collect();
        let length_size = usize::from(avc.avcc_box.length_size_minus_one.get()) + 1;
        found.get_or_insert_with(|| (size, Vec::new())).1.push((parameters, length_size));
    }
    Ok(found)
}

fn as_avc1(payload: &[u8]) -> Option<Avc1Box> {
    let size = u32::try_from(payload.len() + 8).ok()?;
    let whole = [&size.to_be_bytes()[..], b"avc1", payload].concat();
    Avc1Box::decode(&whole).ok().map(|(avc, _)| avc)
}

/// What the tables of a file say.
#[derive(Default)]
struct Tables {
    /// Ticks of the movie per second.
    scale: u32,
    /// Track by track, since one of a kind that nobody knows spoils no other.
    tracks: Vec<Result<TrakBox, Unread>>,
    defaults: Vec<TrexBox>,
    /// With where each begins.
    fragments: Vec<(u64, MoofBox)>,
}

/// A track that cannot be read.
struct Unread {
    handler: &'static [u8; 4],
    why: String,
}

impl Tables {
    /// Of a movie box.
    fn of(moov: &[u8]) -> Result<Self, String> {
        let mut tables = Self::default();
        let inside = boxes(moov).next().map(|(_, inside)| inside).unwrap_or_default();
        for (kind, inside) in boxes(inside) {
            let whole = || [&(inside.len() as u32 + 8).to_be_bytes()[..], &kind, inside].concat();
            match &kind {
                b"mvhd" => {
                    let head = MvhdBox::decode(&whole()).map_err(|error| error.to_string())?.0;
                    tables.scale = head.timescale.get();
                }
                b"trak" if tables.tracks.len() < MOST_TRACKS => {
                    let unread =
                        |error: shiguredo_mp4::Error| Unread { handler: handler_of(inside), why: error.to_string() };
                    tables.tracks.push(TrakBox::decode(&whole()).map(|(track, _)| track).map_err(unread));
                }
                b"mvex" => {
                    tables.defaults = MvexBox::decode(&whole()).map_err(|error| error.to_string())?.0.trex_boxes;
                }
                _ => {}
            }
        }
        if tables.scale == 0 { Err("it has no head".to_owned()) } else { Ok(tables) }
    }
}

/// What a track that cannot be read is of.
fn handler_of(track: &[u8]) -> &'static [u8; 4] {
    let inside = |outer, name: &[u8; 4]| boxes(outer).find(|(kind, _)| kind == name).map(|(_, inside)| inside);
    let handler = inside(track, b"mdia").and_then(|media| inside(media, b"hdlr")).and_then(|handler| handler.get(8..12));
    match handler {
        Some(b"vide") => b"vide",
        Some(b"soun") => b"soun",
        _ => b"none",
    }
}

/// The movie box and the fragments, wherever they stand among the boxes at the top (ISO/IEC 14496-12 §4.2).
fn read_tables(
    file: &mut File,
    length: u64,
    bad: &dyn Fn(String) -> CodecError,
    failed: &dyn Fn(io::Error) -> CodecError,
) -> Result<Tables, CodecError> {
    let (mut moov, mut fragments) = (None::<Tables>, Vec::new());
    let (mut at, mut bytes, mut tables) = (0_u64, Vec::new(), 0);
    if length == 0 {
        return Err(bad("it is empty".into()));
    }
    for number in 0.. {
        read_at(file, at, 16, &mut bytes).map_err(failed)?;
        let Some((&[s0, s1, s2, s3, k0, k1, k2, k3], rest)) = bytes.split_first_chunk::<8>() else { break };
        let size = match (u32::from_be_bytes([s0, s1, s2, s3]), rest.first_chunk::<8>()) {
            (1, Some(large)) => u64::from_be_bytes(*large),
            (0, _) => length - at,
            (size, _) => u64::from(size),
        };
        if number == 0 && ![*b"ftyp", *b"moov", *b"mdat", *b"free", *b"skip", *b"wide", *b"styp"].contains(&[k0, k1, k2, k3])
        {
            let like = kind_of(&bytes).map_or_else(String::new, |kind| format!(", but like {kind}"));
            return Err(bad(format!("it does not begin like one{like}")));
        }
        if size < 8 {
            return Err(bad(format!("a box of {size} bytes at byte {at}")));
        }
        if number == MOST_BOXES {
            return Err(bad(format!("more than {MOST_BOXES} parts")));
        }
        let kind = [k0, k1, k2, k3];
        if kind == *b"moov" && moov.is_none() || kind == *b"moof" {
            tables += size;
            if tables > LARGEST_TABLE {
                return Err(bad(format!("tables of more than {} MiB", LARGEST_TABLE >> 20)));
            }
            if at.saturating_add(size) > length {
                return Err(bad("it is cut off in the middle of its table: download or record it again".into()));
            }
            read_at(file, at, size, &mut bytes).map_err(failed)?;
            if kind == *b"moov" {
                moov = Some(Tables::of(&bytes).map_err(|why| bad(format!("its table: {why}")))?);
            } else {
                if !runs_are_bounded(&bytes) {
                    return Err(bad("a fragment of more samples than any player takes".into()));
                }
                fragments.push((at, MoofBox::decode(&bytes).map_err(|error| bad(format!("a fragment: {}", error)))?.0));
            }
        }
        at = at.saturating_add(size);
        if at >= length {
            break;
        }
    }
    match moov {
        Some(tables) => Ok(Tables { fragments, ..tables }),
        None if length < 8 => Err(bad(format!("it has no more than {length} bytes"))),
        None => Err(bad("no table in it: it is cut off, or was never finished; download or record it again".into())),
    }
}

fn read_at(file: &mut File, position: u64, size: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    file.seek(SeekFrom::Start(position.min(i64::MAX as u64)))?;
    buffer.clear();
    file.take(size).read_to_end(buffer).map(|_| ())
}

/// Length-prefixed units to a byte stream behind `parameters`.
fn to_annexb(sample: &mut Vec<u8>, parameters: &[u8], length_size: usize) -> Option<()> {
    let mut out = Vec::with_capacity(parameters.len() + sample.len() + 16);
    out.extend_from_slice(parameters);
    let mut rest = &sample[..];
    while !rest.is_empty() {
        let (prefix, behind) = rest.split_at_checked(length_size)?;
        let length = prefix.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
        let (unit, behind) = behind.split_at_checked(length)?;
        out.extend_from_slice(&[0, 0, 0, 1]);
        out.extend_from_slice(unit);
        rest = behind;
    }
    *sample = out;
    Some(())
}
