//! Pictures to PNG files.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use crate::app::errors::{Exit, Failure};
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
