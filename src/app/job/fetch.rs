//! `--fetch`: what URLs lead to, brought here first, as a service takes nothing but its own uploads (HC-22). No key goes along.

use std::path::{Path, PathBuf};

use super::draft::{Draft, Field};
use super::screen::Screen;
use super::{failure, inputs};
use crate::app::errors::{Exit, Failure};
use crate::clips;
use crate::jobs::{Input, MediaKind};
use crate::net::Trust;

/// A folder of this run alone, which goes when the run does.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("seaglass-{}", uuid::Uuid::now_v7().simple()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Brings everything here that a draft has to fetch, and puts the files into its request. The files live as long as the folder.
pub async fn fetch(draft: &mut Draft, trust: &Trust, screen: &Screen) -> Result<Option<Folder>, Failure> {
    if draft.fetched.is_empty() {
        return Ok(None);
    }
    let folder = Folder::new().map_err(|error| Failure::unwritten(&std::env::temp_dir(), &error))?;
    for (field, url) in draft.fetched.clone() {
        let place = screen.add(field.name());
        let to = folder.0.join(name(field, &url));
        let mut tell = |progress| screen.tell(place, field.name(), &progress);
        let fetched = clips::fetch(trust, &url, &to, &mut tell).await;
        if let Err(error) = fetched {
            screen.end(place);
            let reason = failure::of(&error, draft.backend);
            let what = format!("what --{} names cannot be fetched; nothing was submitted", field.name().replace('_', "-"));
            let exit = if reason.exit == Exit::Network { Exit::Network } else { Exit::Usage };
            let fix = "check the URL, or download it yourself and name the file";
            return Err(Failure::new(reason.code, exit, what, format!("{}: {}", reason.what, reason.why), fix));
        }
        screen.end(place);
        *field.of(&mut draft.request) = Some(Input::File(inputs::local(&to, Some(kind(field)))?));
    }
    Ok(Some(folder))
}

const fn kind(field: Field) -> MediaKind {
    match field {
        Field::Image | Field::LastFrame => MediaKind::Image,
        Field::RefVideo => MediaKind::Video,
        Field::RefAudio => MediaKind::Audio,
    }
}

/// A name with the URL's ending, which says what a file is where its bytes do not.
fn name(field: Field, url: &str) -> String {
    let path = url::Url::parse(url).map(|url| url.path().to_owned()).unwrap_or_default();
    let ending = Path::new(&path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let plain = (1..=5).contains(&ending.len()) && ending.chars().all(|c| c.is_ascii_alphanumeric());
    if plain { format!("{}.{ending}", field.name()) } else { field.name().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fetched_keeps_its_ending_and_nothing_else_of_its_name() {
        assert_eq!(name(Field::Image, "https://a.example/x/../y.PNG?z=1"), "image.PNG");
        assert_eq!(name(Field::RefAudio, "https://a.example/sound"), "ref_audio");
        assert_eq!(name(Field::Image, "https://a.example/a.b%2f..%2fc"), "image");
    }

    #[test]
    fn the_folder_goes_with_the_run() {
        let folder = Folder::new().unwrap();
        let path = folder.0.clone();
        std::fs::write(path.join("a"), "b").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
