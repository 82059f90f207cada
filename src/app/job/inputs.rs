//! Pictures, videos and sound of the command line: a file, looked at; a URL; the key of an upload.

use std::io::Read as _;
use std::path::Path;

use super::sniff;
use crate::app::errors::{Exit, Failure};
use crate::jobs::{Input, LocalFile, MediaKind};

/// Reads `PATH`, `@PATH`, `http(s)://…` or `key:KEY`. A file is looked at, so that it is there and says what it is.
pub fn input(said: &str, wanted: MediaKind) -> Result<Input, Failure> {
    if let Some(key) = said.strip_prefix("key:") {
        return match key.trim() {
            "" => Err(Failure::usage("that is no key of an upload", "nothing stands after key:", "write key:KEY")),
            key => Ok(Input::Key(key.to_owned())),
        };
    }
    let scheme = said.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https") => url::Url::parse(said)
            .map(|_| Input::Url(said.to_owned()))
            .map_err(|error| Failure::new("usage", Exit::Usage, format!("{said:?} is no URL"), error, "correct it")),
        Some("file") => {
            let path = url::Url::parse(said).ok().and_then(|url| url.to_file_path().ok());
            let path = path.ok_or_else(|| Failure::usage(&format!("{said:?} names no file"), "", "write its path"))?;
            local(&path, Some(wanted)).map(Input::File)
        }
        _ => local(Path::new(said.strip_prefix('@').unwrap_or(said)), Some(wanted)).map(Input::File),
    }
}

/// A file of this machine, as it is.
pub fn local(path: &Path, wanted: Option<MediaKind>) -> Result<LocalFile, Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        let what = format!("{} cannot be read", path.display());
        Failure::new("file", Exit::Usage, what, why, "name a file that is there, a URL, or key:KEY of an upload")
    };
    // Before it is opened: a pipe would wait for its writer.
    let metadata = std::fs::metadata(path).map_err(|error| wrong(&error))?;
    if !metadata.is_file() {
        return Err(wrong(&"it is no plain file"));
    }
    let mut file = std::fs::File::open(path).map_err(|error| wrong(&error))?;
    let mut head = Vec::with_capacity(sniff::LOOKED_AT);
    file.by_ref().take(sniff::LOOKED_AT as u64).read_to_end(&mut head).map_err(|error| wrong(&error))?;
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let media_type = sniff::media_type(&head, extension, wanted).to_owned();
    Ok(LocalFile { path: path.to_owned(), media_type, bytes: metadata.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_a_file_a_url_or_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frame.jpg");
        std::fs::write(&path, b"\x89PNG\r\n\x1a\nrest").unwrap();
        let name = path.to_str().unwrap();
        let expected = Input::File(LocalFile { path: path.clone(), media_type: "image/png".to_owned(), bytes: 12 });
        for said in [name.to_owned(), format!("@{name}"), format!("file://{name}")] {
            assert_eq!(input(&said, MediaKind::Image).unwrap(), expected, "{said}");
        }
        let url = "HTTPS://a.example/x.png?size=1,2";
        assert_eq!(input(url, MediaKind::Image).unwrap(), Input::Url(url.to_owned()));
        assert_eq!(input("key:videos/inputs/a", MediaKind::Image).unwrap(), Input::Key("videos/inputs/a".to_owned()));
        for wrong in ["/no/such/file.png", "key:", "http://", folder.path().to_str().unwrap()] {
            assert_eq!(input(wrong, MediaKind::Image).unwrap_err().exit, Exit::Usage, "{wrong}");
        }
    }
}
