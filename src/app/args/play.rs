//! `seaglass play`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::{duration, positive, size};

/// `seaglass play`
#[derive(Clone, Debug, Args)]
pub struct Play {
    /// An MP4 file, the address of one, or the id of a job.
    #[arg(value_name = "FILE|URL|JOB", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub source: String,
    /// No window: the same pipeline onto a paced stand-in for the sound device; ends with the clip.
    #[arg(long)]
    pub headless: bool,
    /// Decode every picture and sample as fast as possible, and print their SHA-256.
    #[arg(long)]
    pub hash: bool,
    /// End after so many pictures.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub frames: Option<u64>,
    /// End after so long, as in `10s` or `2m`.
    #[arg(long = "for", value_name = "DURATION", value_parser = positive)]
    pub duration: Option<Duration>,
    /// Begin so far into the clip, as in `1.5s`.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "0s")]
    pub from: Duration,
    /// Clip seconds per second, 0.25 to 4; the pitch stays.
    #[arg(long, value_name = "X", value_parser = speed, default_value = "1")]
    pub speed: f64,
    /// Begin anew at the end.
    #[arg(long = "loop")]
    pub round: bool,
    /// Begin standing still.
    #[arg(long, conflicts_with_all = ["headless", "hash"])]
    pub paused: bool,
    /// Play silently.
    #[arg(long, conflicts_with = "sound")]
    pub no_sound: bool,
    /// Sound device: `default`, `none`, or a name that `seaglass doctor` lists.
    #[arg(long, value_name = "DEVICE")]
    pub sound: Option<String>,
    /// Save the last picture, as PNG.
    #[arg(long, value_name = "FILE", conflicts_with = "hash")]
    pub screenshot: Option<PathBuf>,
    /// Begin in full screen.
    #[arg(long)]
    pub fullscreen: bool,
    /// The window's size, as WIDTHxHEIGHT; otherwise that of the clip.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub size: Option<crate::media::Size>,
}

/// Reads a speed.
fn speed(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches(['x', '×']);
    let speed: f64 = number.parse().map_err(|_| format!("{text:?} is no speed: write a number, as in 1.5"))?;
    if (0.25..=4.0).contains(&speed) { Ok(speed) } else { Err(format!("{text:?} is outside 0.25 to 4")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_read_with_and_without_their_sign_and_within_bounds() {
        assert_eq!(speed("1.5"), Ok(1.5));
        assert_eq!(speed("2x"), Ok(2.0));
        for wrong in ["0", "5", "fast", "nan", "inf", "-1"] {
            assert!(speed(wrong).is_err(), "{wrong}");
        }
    }
}
