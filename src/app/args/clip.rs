//! What a clip is to be, as the command line says it: the flags that `job submit` and `job estimate` share. Reads no file; what the
//! services make of it is decided in `jobs`.

use clap::Args;

// Words and numbers stay as they were written: one that does not fit is told with all else that is wrong, where clap would tell it alone.
/// What a clip is to be. What is not said is not sent.
#[derive(Clone, Debug, Default, Args)]
pub struct Wanted {
    /// What is to be seen. `@FILE` reads it from a file, `-` from stdin, `@@` stands for an @ at the beginning.
    pub prompt: Option<String>,
    /// Length in seconds.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, help_heading = "Clip")]
    pub duration: Option<String>,
    /// Quality, where the service has two: std, or pro, the better one.
    #[arg(long, value_name = "std|pro", help_heading = "Clip")]
    pub mode: Option<String>,
    /// Resolution as the service writes it: 720p, 1080p, 4K.
    #[arg(long, value_name = "RESOLUTION", help_heading = "Clip")]
    pub resolution: Option<String>,
    /// Aspect ratio: 16:9, 9:16, 1:1.
    #[arg(long, value_name = "RATIO", help_heading = "Clip")]
    pub aspect_ratio: Option<String>,
    /// Frames per second.
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Clip")]
    pub fps: Option<String>,
    /// Seed, for the same clip again.
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Clip")]
    pub seed: Option<String>,
    /// Native sound.
    #[arg(long, value_name = "on|off", help_heading = "Clip")]
    pub sound: Option<String>,
    // One each, and still lists, as one may be given again.
    /// First frame, or what the picture is to be like: a file, a URL, or key:KEY of an upload.
    #[arg(long, value_name = "PATH|URL", help_heading = "Inputs")]
    pub image: Vec<String>,
    /// Last frame, likewise.
    #[arg(long, value_name = "PATH|URL", help_heading = "Inputs")]
    pub last_frame: Vec<String>,
    /// A video to go by, likewise.
    #[arg(long, value_name = "PATH|URL", help_heading = "Inputs")]
    pub ref_video: Vec<String>,
    /// Sound to go by, likewise.
    #[arg(long, value_name = "PATH|URL", help_heading = "Inputs")]
    pub ref_audio: Vec<String>,
    /// Download URLs and upload what they hold, where a service takes files alone.
    #[arg(long, help_heading = "Inputs")]
    pub fetch: bool,
    /// One shot of a clip of several, in order; may be repeated. The text may be @FILE.
    #[arg(long = "shot", value_name = "SECONDS:PROMPT", help_heading = "Story")]
    pub shots: Vec<String>,
    /// Something that prompts name as @NAME, with its pictures; may be repeated. @FILE reads TOML or JSON.
    #[arg(long = "element", value_name = "NAME:DESCRIPTION:IMAGE,IMAGE", help_heading = "Story")]
    pub elements: Vec<String>,
    /// How the camera moves: static, pan-left, pan-right, tilt-up, tilt-down, zoom-in, zoom-out, orbit.
    #[arg(long, value_name = "MOTION", help_heading = "Story")]
    pub camera: Option<String>,
    /// A style in a few words.
    #[arg(long, value_name = "TEXT", help_heading = "Story")]
    pub style: Option<String>,
    /// How much moves, 0 to 1.
    #[arg(
        long,
        value_name = "0..1",
        conflicts_with = "motion_level",
        allow_negative_numbers = true,
        help_heading = "Story"
    )]
    pub motion: Option<String>,
    /// How much moves, 1 to 5.
    #[arg(long, value_name = "1..5", allow_negative_numbers = true, help_heading = "Story")]
    pub motion_level: Option<String>,
    /// How closely the prompt is followed, 0 to 1.
    #[arg(long, value_name = "0..1", allow_negative_numbers = true, help_heading = "Story")]
    pub adherence: Option<String>,
    /// A field of the service that no flag has a word for, sent as it is; may be repeated. It wins over what flags say.
    #[arg(long = "set", value_name = "FIELD=JSON", help_heading = "Clip")]
    pub set: Vec<String>,
    /// Refuse what the service has no word for, instead of leaving it out with a note.
    #[arg(long, help_heading = "Clip")]
    pub strict: bool,
}

/// Reads `8` or `8s`. Whole seconds: that is what the services take.
pub fn seconds(text: &str) -> Result<u32, String> {
    let number = text.trim().strip_suffix('s').unwrap_or(text).trim();
    number.parse().map_err(|_| format!("{text:?} is no length: write whole seconds, as in 8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_whole_seconds() {
        assert_eq!((seconds("8"), seconds("12s")), (Ok(8), Ok(12)));
        for wrong in ["", "s", "-3", "1.5", "8m"] {
            assert!(seconds(wrong).is_err(), "{wrong:?}");
        }
    }
}
