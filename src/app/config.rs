//! Settings from files: the project's `seaglass.toml` in the working folder, then the user's own. A wrong key is an error that
//! names the line, never a silent default.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use super::args::{AudioChoice, PresetChoice, VideoChoice};
use super::errors::{Exit, Failure};

/// What a settings file may say. Flags and environment win over it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// World server.
    pub server: Option<Url>,
    /// File that holds the API key.
    pub api_key_file: Option<PathBuf>,
    /// Header that carries the key.
    pub auth_header: Option<String>,
    /// Quality tier.
    pub tier: Option<String>,
    /// Sound.
    pub audio: Option<AudioChoice>,
    /// Video codec.
    pub video: Option<VideoChoice>,
    /// Playout preset.
    pub preset: Option<PresetChoice>,
    /// Sound device.
    pub sound: Option<String>,
    /// Begin in full screen.
    pub fullscreen: Option<bool>,
    /// Where screenshots of the window go.
    pub screenshots: Option<PathBuf>,
}

/// Settings and the file each came from.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The settings in force.
    pub settings: Settings,
    /// Name, value and origin of everything that a file sets.
    pub origins: Vec<(String, String, PathBuf)>,
}

/// The files that are read, strongest first.
pub fn paths(named: Option<&Path>) -> Vec<PathBuf> {
    let user = named
        .map(Path::to_path_buf)
        .or_else(|| directories::ProjectDirs::from("", "", "seaglass").map(|dirs| dirs.config_dir().join("config.toml")));
    [Some(PathBuf::from("seaglass.toml")), user].into_iter().flatten().collect()
}

/// Reads the settings files. A file that is not there is no error, unless it was named.
pub fn load(named: Option<&Path>) -> Result<Loaded, Failure> {
    let mut loaded = Loaded::default();
    let mut merged = toml::Table::new();
    // Weakest first: a stronger file overwrites.
    for path in paths(named).into_iter().rev() {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named != Some(path.as_path()) => continue,
            Err(error) => {
                let what = format!("the settings file {} cannot be read", path.display());
                return Err(Failure::new("config", Exit::Usage, what, error, "check the path and its permissions"));
            }
        };
        parse(&path, &text)?;
        let table: toml::Table = text.parse().map_err(|error| wrong(&path, &error))?;
        for (key, value) in table {
            loaded.origins.retain(|(name, ..)| *name != key);
            loaded.origins.push((key.clone(), value.to_string(), path.clone()));
            merged.insert(key, value);
        }
    }
    loaded.settings = merged.try_into().map_err(|error| wrong(Path::new("settings"), &error))?;
    loaded.origins.sort();
    Ok(loaded)
}

fn parse(path: &Path, text: &str) -> Result<Settings, Failure> {
    let settings: Settings = toml::from_str(text).map_err(|error| wrong(path, &error))?;
    if let Some(tier) = &settings.tier {
        tier.parse::<crate::media::Tier>().map_err(|why| {
            let what = format!("the settings file {} does not fit", path.display());
            Failure::new("config", Exit::Usage, what, why, "write tier = \"draft\", \"standard\" or \"high\"")
        })?;
    }
    Ok(settings)
}

fn wrong(path: &Path, error: &toml::de::Error) -> Failure {
    Failure::new(
        "config",
        Exit::Usage,
        format!("the settings file {} does not fit", path.display()),
        error.to_string().trim_end(),
        "mend that line, or take it out; the README lists the settings",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_is_an_error_that_names_the_line_and_the_keys_there_are() {
        let failure = parse(Path::new("seaglass.toml"), "tier = \"draft\"\nteir = \"high\"\n").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.why.contains("line 2"), "{failure}");
        assert!(failure.why.contains("`teir`") && failure.why.contains("`preset`"), "{failure}");
    }

    #[test]
    fn a_wrong_value_is_an_error() {
        assert!(parse(Path::new("f"), "tier = \"ultra\"").is_err());
        assert!(parse(Path::new("f"), "audio = \"loud\"").is_err());
        assert!(parse(Path::new("f"), "server = \"not a url\"").is_err());
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(Some(&folder.path().join("none.toml"))).is_err());
    }
}
