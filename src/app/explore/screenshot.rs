//! Pictures to PNG files.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use crate::app::errors::{Exit, Failure};
use crate::clock::wall_clock;
use crate::media::Size;

/// Writes RGBA samples, top row first, rows without padding. The file is opaque: a picture of a world has no holes.
pub fn save(path: &Path, rgba: &[u8], size: Size) -> Result<(), Failure> {
    let fail = |why: &dyn std::fmt::Display| {
        let what = format!("the screenshot {} cannot be written", path.display());
        Failure::new("file", Exit::Unexpected, what, why, "check that the folder exists, is writable and has room")
    };
    let file = File::create(path).map_err(|error| fail(&error))?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(|error| fail(&error))?;
    let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    writer.write_image_data(&rgb).map_err(|error| fail(&error))?;
    writer.finish().map_err(|error| fail(&error))
}

/// A name in the folder that no file has yet, made of the time in UTC.
#[must_use]
pub fn fresh_name(folder: &Path) -> PathBuf {
    let stamp = wall_clock().strftime("%Y%m%d-%H%M%S-%3f").to_string();
    let name = |count: u32| match count {
        0 => folder.join(format!("seaglass-{stamp}.png")),
        _ => folder.join(format!("seaglass-{stamp}-{count}.png")),
    };
    // Another picture of the same millisecond gets a number; after a thousand of them overwriting is no loss.
    (0..1000).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_picture_reads_back_as_it_was_and_the_next_gets_another_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let rgba: Vec<u8> = (0..6).flat_map(|n| [n * 40, 255 - n, n, 255]).collect();
        let path = fresh_name(folder.path());
        save(&path, &rgba, Size { width: 3, height: 2 }).expect("saved");
        let file = std::io::BufReader::new(File::open(&path).expect("a file"));
        let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!((info.width, info.height, info.color_type), (3, 2, png::ColorType::Rgb));
        let rgb: Vec<u8> = rgba.chunks(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
        assert_eq!(pixels, rgb);
        assert_ne!(fresh_name(folder.path()), path);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named_in_the_error() {
        let failure =
            save(Path::new("/nowhere/at/all.png"), &[0; 4], Size { width: 1, height: 1 }).expect_err("no such folder");
        assert!(failure.what.contains("/nowhere/at/all.png"), "{failure}");
    }
}
