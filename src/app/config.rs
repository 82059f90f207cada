//! Settings from files: the project's `seaglass.toml` in the working folder, then the user's own. A wrong key is an error that
//! names the line, never a silent default.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use super::args::{AudioChoice, PresetChoice, VideoChoice};
use super::backend::BackendSettings;
use super::errors::{Exit, Failure};
use super::profile::{Allowance, LimitSettings, Profile};
use super::project::{guard, guard_backends};
use super::typed::Globals;
use crate::jobs::Backend;

/// The project's file, in the working folder.
const PROJECT: &str = "seaglass.toml";

/// What a settings file may say. Flags and environment win over it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// World server.
    pub server: Option<Url>,
    /// Whether that, or the server of a profile, is the choice of the project's file and not of the user's.
    #[serde(skip)]
    pub server_of_project: bool,
    /// File that holds the API key.
    pub api_key_file: Option<PathBuf>,
    /// Header that carries the key.
    pub auth_header: Option<String>,
    /// File with certificates (PEM) to trust beside those of the public web.
    pub ca_file: Option<PathBuf>,
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
    /// Who pays, where nobody says: a name of `profiles`.
    pub profile: Option<String>,
    /// Where worlds are journaled and what they cost is summed up.
    pub books: Option<PathBuf>,
    /// What may be spent over all profiles.
    pub budget: Option<Allowance>,
    /// How long worlds may last.
    pub limits: Option<LimitSettings>,
    /// Servers, who asks there, and what that may cost.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
    /// Services that make clips, by their names.
    #[serde(default)]
    pub backends: BTreeMap<String, BackendSettings>,
    /// Those of them whose base URL is the choice of the project's file and not of the user's.
    #[serde(skip)]
    pub backends_of_project: BTreeSet<String>,
    /// What a command that is shown to be typed later has to repeat.
    #[serde(skip)]
    pub typed: Globals,
}

impl Settings {
    /// What they say of a service.
    pub fn backend(&self, backend: Backend) -> BackendSettings {
        self.backends.get(backend.name()).cloned().unwrap_or_default()
    }
}

/// Settings and the file each came from.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The settings in force.
    pub settings: Settings,
    /// Name, value and origin of everything that a file sets.
    pub origins: Vec<(String, String, PathBuf)>,
}

/// Whether a table has a value of this name, as in `budget.day_seconds`.
fn holds(table: &toml::Table, name: &str) -> bool {
    match name.split_once('.') {
        Some((first, rest)) => table.get(first).and_then(toml::Value::as_table).is_some_and(|table| holds(table, rest)),
        None => table.contains_key(name),
    }
}

/// The files that are read, strongest first.
pub fn paths(named: Option<&Path>) -> Vec<PathBuf> {
    let user = named
        .map(Path::to_path_buf)
        .or_else(|| directories::ProjectDirs::from("", "", "seaglass").map(|dirs| dirs.config_dir().join("config.toml")));
    [Some(PathBuf::from(PROJECT)), user].into_iter().flatten().collect()
}

/// Reads the settings files. A file that is not there is no error, unless it was named.
pub fn load(named: Option<&Path>) -> Result<Loaded, Failure> {
    let mut loaded = Loaded::default();
    let mut merged = toml::Table::new();
    let mut of_project = false;
    let mut backends_of_project = BTreeSet::new();
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
        // A file that is named is meant, wherever it lies.
        if path == Path::new(PROJECT) && named != Some(path.as_path()) {
            let guarded = guard(&mut merged, &table)
                .and_then(|chosen| guard_backends(&mut merged, &table).map(|backends| (chosen, backends)));
            (of_project, backends_of_project) = guarded.map_err(|why| {
                let what = format!("the settings file {} says what a project's may not", path.display());
                Failure::new("config", Exit::Usage, what, why, "put it into your own settings (`seaglass config path`)")
            })?;
            loaded.origins.retain(|(name, ..)| holds(&merged, name));
        }
        merge(&mut merged, table, "", &path, &mut loaded.origins);
    }
    loaded.settings = merged.try_into().map_err(|error| wrong(Path::new("settings"), &error))?;
    loaded.settings.server_of_project = of_project;
    loaded.settings.backends_of_project = backends_of_project;
    loaded.origins.sort();
    Ok(loaded)
}

/// Lays a stronger table over a weaker one, key by key also inside of tables: a project that names a profile takes no budget away.
fn merge(
    under: &mut toml::Table,
    over: toml::Table,
    place: &str,
    path: &Path,
    origins: &mut Vec<(String, String, PathBuf)>,
) {
    for (key, value) in over {
        let name = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => merge(under, over, &name, path, origins),
            (_, toml::Value::Table(over)) => {
                let mut fresh = toml::Table::new();
                merge(&mut fresh, over, &name, path, origins);
                under.insert(key, toml::Value::Table(fresh));
            }
            (_, value) => {
                origins.retain(|(known, ..)| *known != name);
                origins.push((name, value.to_string(), path.to_owned()));
                under.insert(key, value);
            }
        }
    }
}

fn parse(path: &Path, text: &str) -> Result<Settings, Failure> {
    let settings: Settings = toml::from_str(text).map_err(|error| wrong(path, &error))?;
    if let Some(tier) = &settings.tier {
        tier.parse::<crate::media::Tier>().map_err(|why| {
            let what = format!("the settings file {} does not fit", path.display());
            Failure::new("config", Exit::Usage, what, why, "write tier = \"draft\", \"standard\" or \"high\"")
        })?;
    }
    let limits = settings.limits.clone().unwrap_or_default();
    let checked = limits
        .session()
        .and_then(|_| limits.idle())
        .and_then(|_| settings.budget.unwrap_or_default().check("budget"))
        .and_then(|()| settings.profiles.iter().try_for_each(|(name, profile)| profile.check(name)))
        .and_then(|()| settings.backends.iter().try_for_each(|(name, backend)| backend.check(name)));
    checked.map_err(|why| {
        let what = format!("the settings file {} does not fit", path.display());
        Failure::new("config", Exit::Usage, what, why, "mend what is named")
    })?;
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
    fn a_budget_of_the_user_holds_beside_what_a_project_says() {
        let (mut merged, mut origins) = (toml::Table::new(), Vec::new());
        let user = "profile = \"work\"\n[budget]\nday_seconds = 60.0\nmonth_credits = 5.0";
        let project = "[budget]\nday_seconds = 30.0\n[profiles.work]\nserver = \"http://localhost:1\"";
        for (path, text) in [("user", user), ("project", project)] {
            merge(&mut merged, text.parse().unwrap(), "", Path::new(path), &mut origins);
        }
        let settings: Settings = merged.try_into().unwrap();
        let budget = settings.budget.unwrap();
        assert_eq!((budget.day_seconds, budget.month_credits), (Some(30.0), Some(5.0)));
        let origin = |name: &str| origins.iter().find(|(known, ..)| known == name).unwrap().2.to_str().unwrap().to_owned();
        assert_eq!(
            (origin("budget.day_seconds"), origin("budget.month_credits")),
            ("project".to_owned(), "user".to_owned())
        );
    }

    #[test]
    fn amounts_and_limits_that_make_no_sense_are_errors_that_name_the_place() {
        for (text, place) in [
            ("[budget]\nday_seconds = -1.0", "budget.day_seconds"),
            ("[profiles.a]\ncredits_per_second = nan", "profiles.a.credits_per_second"),
            ("[profiles.a.budget]\nmonth_credits = inf", "profiles.a.budget.month_credits"),
            ("[limits]\nsession = \"0s\"", "limits.session"),
            ("[limits]\nidle = \"soon\"", "limits.idle"),
        ] {
            let failure = parse(Path::new("f"), text).unwrap_err();
            assert!(failure.why.contains(place), "{failure}");
        }
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(Some(&folder.path().join("none.toml"))).is_err());
    }
}
