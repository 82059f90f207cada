//! Where reports go, and as what: `text`, `json:FILE` and so on; and the folder of transcripts. Writes; knows no server.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::report::{self, Report};
use super::run::{Done, Outcome};
use super::{junit, text};
use crate::app::errors::{Exit, Failure};

/// As what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines for people.
    Text,
    /// One object.
    Json,
    /// An object per case, as it ends.
    Jsonl,
    /// XML for CI systems.
    Junit,
}

/// The reports that are wanted.
pub struct Outputs {
    outputs: Vec<(Form, Option<PathBuf>)>,
    live: Vec<(Option<PathBuf>, Box<dyn Write>)>,
    transcripts: Option<PathBuf>,
    /// Whether there is a report, written or not.
    finished: bool,
}

impl Outputs {
    /// Reads `FORMAT` or `FORMAT:FILE`, several of them; stdout takes one. Writes nothing.
    pub fn read(wanted: &[String], transcripts: Option<&Path>) -> Result<Self, Failure> {
        let mut outputs = Vec::new();
        for text in wanted {
            outputs.push(one(text)?);
        }
        if outputs.iter().filter(|(_, path)| path.is_none()).count() > 1 {
            let why = format!("-o was given as {}", wanted.join(" and "));
            return Err(Failure::usage(
                "two reports cannot both go to stdout",
                &why,
                "send one to a file, as in -o junit:report.xml",
            ));
        }
        Ok(Self { outputs, live: Vec::new(), transcripts: transcripts.map(Path::to_path_buf), finished: false })
    }

    /// Makes the files, so that what cannot be written is known before a world is made; and opens what is written as cases end.
    pub fn begin(&mut self) -> Result<(), Failure> {
        if let Some(folder) = &self.transcripts {
            std::fs::create_dir_all(folder).map_err(|error| Failure::unwritten(folder, &error))?;
        }
        for (form, path) in &self.outputs {
            match (form, path) {
                (Form::Jsonl, None) => self.live.push((None, Box::new(std::io::stdout()))),
                (_, None) => {}
                (form, Some(path)) => {
                    let file = File::create(path).map_err(|error| Failure::unwritten(path, &error))?;
                    if *form == Form::Jsonl {
                        self.live.push((Some(path.clone()), Box::new(file)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Says in the JUnit files of a run that came to no report why not: whoever reads an empty file knows nothing.
    pub fn abandon(&self, why: &str) {
        for (form, path) in self.outputs.iter().filter(|_| !self.finished) {
            if let (Form::Junit, Some(path), Ok(text)) = (form, path, junit::abandoned(why)) {
                // The run's own failure is what is told; that of this file would hide it.
                let _ = std::fs::write(path, text);
            }
        }
    }

    /// The form that stdout takes.
    pub fn stdout(&self) -> Option<Form> {
        self.outputs.iter().find(|(_, path)| path.is_none()).map(|(form, _)| *form)
    }

    /// Hears of a case as it ends.
    pub fn tell(&mut self, done: &Done, seed: u64) {
        for (_, live) in &mut self.live {
            // A report that cannot be written must not leave worlds open: the end of the run says so.
            let _ = writeln!(live, "{}", report::case(done, seed)).and_then(|()| live.flush());
        }
    }

    /// Writes the reports and the transcripts of what failed.
    pub fn finish(&mut self, report: &Report) -> Result<(), Failure> {
        self.finished = true;
        for (path, live) in &mut self.live {
            let mut last = report.json();
            if let Some(last) = last.as_object_mut() {
                last.remove("cases");
            }
            let place = path.clone().unwrap_or_else(|| PathBuf::from("stdout"));
            written(writeln!(live, "{last}").and_then(|()| live.flush()), &place)?;
        }
        for (form, path) in &self.outputs {
            let text = match form {
                Form::Text => text::report(report),
                Form::Json => format!("{:#}\n", report.json()),
                Form::Jsonl => continue,
                Form::Junit => junit::report(report).map_err(|error| {
                    Failure::new("unexpected", Exit::Unexpected, "the JUnit report cannot be made", error, "use -o json")
                })?,
            };
            match path {
                Some(path) => written(std::fs::write(path, text), path)?,
                None => written(std::io::stdout().lock().write_all(text.as_bytes()), Path::new("stdout"))?,
            }
        }
        let Some(folder) = &self.transcripts else { return Ok(()) };
        for done in &report.done {
            let Outcome::Failed { expected, found, transcript } = &done.outcome else { continue };
            let path = folder.join(format!("{}.txt", done.case.id.replace('/', "-")));
            let head =
                format!("{}\nexpected: {expected}\nfound:    {found}\nseed:     {}\n\n", text::line(done), report.seed);
            written(std::fs::write(&path, head + &transcript.join("\n") + "\n"), &path)?;
        }
        Ok(())
    }
}

fn one(text: &str) -> Result<(Form, Option<PathBuf>), Failure> {
    let (form, path) = text.split_once(':').map_or((text, None), |(form, path)| (form, Some(path)));
    let form = match form {
        "text" => Form::Text,
        "json" => Form::Json,
        "jsonl" => Form::Jsonl,
        "junit" => Form::Junit,
        _ => {
            let what = format!("a report cannot be written as {form:?}");
            let why = "the formats are text, json, jsonl and junit";
            return Err(Failure::usage(&what, why, "write -o FORMAT, or -o FORMAT:FILE"));
        }
    };
    if path == Some("") {
        return Err(Failure::usage(
            "a report has no file",
            "nothing follows the colon",
            "name a file, or leave the colon out",
        ));
    }
    Ok((form, path.filter(|path| *path != "-").map(PathBuf::from)))
}

fn written(done: std::io::Result<()>, path: &Path) -> Result<(), Failure> {
    match done {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(|error| Failure::unwritten(path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_said_before_a_world_is_made() {
        for (wanted, word) in [
            (&["xml"][..], "text, json, jsonl and junit"),
            (&["text", "json"], "stdout"),
            (&["json:"], "colon"),
            (&["junit:/nonexistent/a.xml"], "/nonexistent"),
        ] {
            let wanted: Vec<String> = wanted.iter().map(|text| (*text).to_owned()).collect();
            let Err(refused) = Outputs::read(&wanted, None).and_then(|mut outputs| outputs.begin()) else {
                panic!("{wanted:?} was taken")
            };
            let text = refused.to_string();
            assert!(text.contains(word), "{wanted:?}: {text}");
        }
    }
}
