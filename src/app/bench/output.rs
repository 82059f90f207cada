//! Where a report goes, and as what: `text`, `json:FILE` and so on. Writes; knows no figures.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::course::Course;
use crate::app::errors::Failure;
use crate::lab::Trace;

/// As what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Aligned columns, for people.
    Text,
    /// An array with an object per run.
    Json,
    /// A line per run.
    Csv,
    /// Goals and figures as tables, for documents.
    Markdown,
}

/// A report that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// As what.
    pub form: Form,
    /// Where; `None`: stdout.
    pub path: Option<PathBuf>,
}

impl Output {
    /// Reads `FORMAT` or `FORMAT:FILE`, several of them. Stdout takes one.
    pub fn parse(wanted: &[String]) -> Result<Vec<Self>, Failure> {
        let outputs: Vec<Self> = wanted.iter().map(|text| Self::one(text)).collect::<Result<_, _>>()?;
        if outputs.iter().filter(|output| output.path.is_none()).count() > 1 {
            let what = "two reports cannot both go to stdout";
            let why = format!("-o was given as {}", wanted.join(" and "));
            return Err(Failure::usage(what, &why, "send one of them to a file, as in -o json:report.json"));
        }
        for path in outputs.iter().filter_map(|output| output.path.as_deref()) {
            check_folder(path)?;
        }
        Ok(outputs)
    }

    fn one(text: &str) -> Result<Self, Failure> {
        let (form, path) = text.split_once(':').map_or((text, None), |(form, path)| (form, Some(path)));
        let form = match form {
            "text" => Form::Text,
            "json" => Form::Json,
            "csv" => Form::Csv,
            "markdown" => Form::Markdown,
            _ => {
                let what = format!("a report cannot be written as {form:?}");
                return Err(Failure::usage(
                    &what,
                    "the formats are text, json, csv and markdown",
                    "write -o FORMAT, or -o FORMAT:FILE",
                ));
            }
        };
        if path == Some("") {
            return Err(Failure::usage(
                "a report has no file",
                "nothing follows the colon",
                "name a file, or leave the colon out",
            ));
        }
        Ok(Self { form, path: path.filter(|path| *path != "-").map(PathBuf::from) })
    }

    /// Writes the text of a report, such as `bench sim`: into a document at the place that names it.
    pub fn write(&self, text: &str, report: &str) -> Result<(), Failure> {
        match &self.path {
            Some(path) if self.form == Form::Markdown => write_file(path, &between_marks(path, text, report)),
            Some(path) => write_file(path, text),
            None => match std::io::stdout().lock().write_all(text.as_bytes()) {
                // Whoever reads has seen enough.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                done => done.map_err(|error| Failure::unwritten(Path::new("stdout"), &error)),
            },
        }
    }
}

/// The document with the text between the two lines that name the report; the text alone where there is no document, or it has no
/// such lines. What is around them is somebody's own words and stays.
fn between_marks(path: &Path, text: &str, report: &str) -> String {
    let (begin, end) = (format!("<!-- {report}: begin -->"), format!("<!-- {report}: end -->"));
    let document = std::fs::read_to_string(path).unwrap_or_default();
    let around = document.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    match around {
        Some((before, behind)) => format!("{before}{begin}\n{text}{end}{behind}"),
        None => text.to_owned(),
    }
}

/// Whether so many traces can be saved at a path: checked before minutes are spent on them.
pub fn check_place(path: &Path, traces: usize) -> Result<(), Failure> {
    if traces > 1 && !path.is_dir() {
        let what = format!("{traces} traces cannot be saved as {}", path.display());
        return Err(Failure::usage(&what, "that is no folder", "make a folder of that name, or play one trace"));
    }
    check_folder(path)
}

/// Saves the traces: to the path itself, or into it where it is a folder.
pub fn save_traces(path: &Path, courses: &[Course]) -> Result<(), Failure> {
    for course in courses {
        let made = course.get();
        let file = if path.is_dir() {
            path.join(format!("{}.csv", made.0.name.replace([':', '/', '\\'], "-")))
        } else {
            path.into()
        };
        save_trace(&file, &made.0)?;
    }
    Ok(())
}

/// Saves a trace as CSV.
pub fn save_trace(path: &Path, trace: &Trace) -> Result<(), Failure> {
    write_file(path, &trace.print())
}

fn check_folder(path: &Path) -> Result<(), Failure> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let what = format!("{} cannot be written", path.display());
            Err(Failure::usage(&what, &format!("there is no folder {}", folder.display()), "make the folder first"))
        }
        _ => Ok(()),
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::unwritten(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(wanted: &[&str]) -> Result<Vec<Output>, Failure> {
        Output::parse(&wanted.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_report_goes_to_stdout_or_to_a_file() {
        let read = parse(&["text", "json:a:b.json"]).expect("read");
        assert_eq!(read[0], Output { form: Form::Text, path: None });
        assert_eq!(read[1], Output { form: Form::Json, path: Some("a:b.json".into()) });
    }

    #[test]
    fn what_cannot_be_written_is_said_before_anything_is_played() {
        for (wanted, word) in [
            (&["xml"][..], "text, json, csv and markdown"),
            (&["text", "json"], "stdout"),
            (&["json:"], "colon"),
            (&["json:/nonexistent/a.json"], "/nonexistent"),
        ] {
            let text = parse(wanted).expect_err("refused").to_string();
            assert!(text.contains(word), "{wanted:?}: {text}");
        }
    }
}
