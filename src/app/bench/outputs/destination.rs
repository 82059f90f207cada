//! Where reports go: stdout takes one, files and collectors the others. Everything that can be known to be wrong with a place is
//! said before a run begins. Renders nothing itself.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use url::Url;

use super::collector;
use super::kind::Kind;
use super::live::LiveWriter;
use super::render::render;
use crate::app::errors::Failure;
use crate::measure::{Recording, Report};

/// Where to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// The standard output.
    Stdout,
    /// A file.
    File(PathBuf),
    /// An OpenTelemetry collector.
    Collector(Url),
}

/// The reports that are wanted of a run.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    outputs: Vec<(Kind, Place)>,
}

impl Outputs {
    /// Reads `KIND` or `KIND:PLACE`, several of them, and checks every place without changing what lies there.
    ///
    /// # Errors
    /// An unknown kind, a place that cannot be written, two reports for one place.
    pub fn parse(wanted: &[String]) -> Result<Self, Failure> {
        Self::among(&Kind::ALL, wanted)
    }

    /// As [`Self::parse`], of some kinds alone.
    ///
    /// # Errors
    /// As there.
    pub fn among(kinds: &[Kind], wanted: &[String]) -> Result<Self, Failure> {
        let mut outputs: Vec<(Kind, Place)> = Vec::new();
        for text in wanted {
            let (kind, place) = one(kinds, text)?;
            if let Some((other, _)) = outputs.iter().find(|(_, taken)| *taken == place) {
                let what = match &place {
                    Place::Stdout => "two reports cannot both go to stdout".to_owned(),
                    Place::File(path) => format!("two reports cannot both go to {}", path.display()),
                    Place::Collector(url) => format!("two reports cannot both go to {}", shown(url)),
                };
                let why = format!("-o asks for {} and {} there", other.name(), kind.name());
                return Err(Failure::usage(&what, &why, "send one of them to another file, as in -o json:report.json"));
            }
            if let Place::File(path) = &place {
                check(path)?;
            }
            outputs.push((kind, place));
        }
        Ok(Self { outputs })
    }

    /// What hears of a run while it goes on, where `jsonl` is wanted.
    #[must_use]
    pub fn live(&self) -> Option<LiveWriter> {
        let places = self.outputs.iter().filter(|(kind, _)| *kind == Kind::Jsonl).map(|(_, place)| match place {
            Place::File(path) => Some(path.clone()),
            Place::Stdout | Place::Collector(_) => None,
        });
        LiveWriter::to(places.collect())
    }

    /// Writes every report but the live ones. A place that fails does not keep the others from theirs.
    ///
    /// # Errors
    /// The first failure, after everything was tried.
    pub fn write(&self, recording: &Recording, report: &Report) -> Result<(), Failure> {
        self.write_as(|kind| render(kind, recording, report))
    }

    /// Writes what a function makes of each kind, as [`Self::write`] does.
    ///
    /// # Errors
    /// The first failure, after everything was tried.
    pub fn write_as(&self, render: impl Fn(Kind) -> Result<String, Failure>) -> Result<(), Failure> {
        let mut failed = None;
        for (kind, place) in self.outputs.iter().filter(|(kind, _)| *kind != Kind::Jsonl) {
            let done = render(*kind).and_then(|text| deliver(&text, place));
            if let Err(failure) = done {
                failed.get_or_insert(failure);
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

fn one(kinds: &[Kind], text: &str) -> Result<(Kind, Place), Failure> {
    let (name, place) = text.split_once(':').map_or((text, None), |(name, place)| (name, Some(place)));
    let Some(kind) = Kind::named(name).filter(|kind| kinds.contains(kind)) else {
        let what = format!("this cannot be reported as {name:?}");
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let names = names.join(", ");
        return Err(Failure::usage(
            &what,
            &format!("the kinds are {names}"),
            "write -o KIND, or -o KIND:FILE, as in -o html:report.html",
        ));
    };
    let place = match place {
        Some("") => {
            let why = "nothing follows the colon";
            return Err(Failure::usage("a report has no file", why, "name a file, or leave the colon out"));
        }
        None | Some("-") => Place::Stdout,
        Some(url) if kind == Kind::Otlp && (url.starts_with("http://") || url.starts_with("https://")) => {
            Place::Collector(collector::address(url)?)
        }
        Some(path) => Place::File(PathBuf::from(path)),
    };
    Ok((kind, place))
}

/// Whether a file can be written, without touching what is in it.
fn check(path: &Path) -> Result<(), Failure> {
    let refuse = |why: &str, fix: &str| Err(Failure::usage(&format!("{} cannot be written", path.display()), why, fix));
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            return refuse(&format!("there is no folder {}", folder.display()), "make the folder first");
        }
        _ => {}
    }
    if path.is_dir() {
        return refuse("it is a folder", "name a file in it");
    }
    let fresh = !path.exists();
    if let Err(error) = OpenOptions::new().append(true).create(true).open(path) {
        return refuse(&error.to_string(), "choose a place that you may write to");
    }
    if fresh {
        // Only asked for: what could not be removed again is empty and will be written.
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

fn deliver(text: &str, place: &Place) -> Result<(), Failure> {
    match place {
        Place::File(path) => std::fs::write(path, text).map_err(|error| Failure::unwritten(path, &error)),
        Place::Collector(url) => collector::send(url, text),
        Place::Stdout => match std::io::stdout().lock().write_all(text.as_bytes()) {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            done => done.map_err(|error| Failure::unwritten(Path::new("stdout"), &error)),
        },
    }
}

/// An address without what may be secret in it.
fn shown(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(wanted: &[&str]) -> Result<Outputs, Failure> {
        Outputs::parse(&wanted.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_cannot_be_written_is_said_before_anything_is_run() {
        for (wanted, word) in [
            (&["xml"][..], "the kinds are text, json"),
            (&["text", "json"], "stdout"),
            (&["text", "jsonl:-"], "stdout"),
            (&["json:"], "colon"),
            (&["json:/nonexistent/a.json"], "no folder /nonexistent"),
            (&["html:/"], "it is a folder"),
            (&["otlp:http://"], "address"),
            (&["otlp:http://user:secret@host:4318"], "password"),
        ] {
            let text = parse(wanted).expect_err("refused").to_string();
            assert!(text.contains(word), "{wanted:?}: {text}");
            assert!(!text.contains("secret@"), "{text}");
        }
    }

    #[test]
    fn a_place_takes_one_report() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("both").display().to_string();
        let text = parse(&[&format!("json:{file}"), &format!("html:{file}")]).expect_err("refused").to_string();
        assert!(text.contains(&file) && text.contains("json and html"), "{text}");
    }

    #[test]
    fn a_check_leaves_places_as_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let (old, new) = (folder.path().join("old.json"), folder.path().join("new.json"));
        std::fs::write(&old, "kept").expect("written");
        parse(&[&format!("json:{}", old.display()), &format!("text:{}", new.display())]).expect("both can be written");
        assert_eq!(std::fs::read_to_string(&old).expect("read"), "kept");
        assert!(!new.exists(), "a check made a file");
    }

    #[test]
    fn only_a_collector_has_an_address_and_files_may_hold_colons() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a:b.json");
        let outputs = parse(&["otlp:http://localhost:4318", &format!("json:{}", file.display()), "text"]).expect("read");
        assert_eq!(outputs.outputs[2], (Kind::Text, Place::Stdout));
        assert!(matches!(&outputs.outputs[0].1, Place::Collector(url) if url.path() == "/v1/metrics"));
        assert_eq!(outputs.outputs[1].1, Place::File(file));
    }
}
