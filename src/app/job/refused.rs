//! A command line or settings that are refused before there is a command: programs that asked for an object get one all the same.

use std::ffi::OsString;

use super::submit::told;
use crate::app::args::{Job, OutputFormat};
use crate::app::errors::Failure;

/// Tells programs on stdout what clap refuses, where the command line asks for that.
pub fn refused(error: &clap::Error, words: impl Iterator<Item = OsString>) {
    let words: Vec<String> = words.skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let said = error.to_string();
    let why = said.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    let failure = Failure::usage("the command line does not fit", why, "`seaglass job --help` shows the commands and flags");
    let _ = told::<()>(Err(failure), "", output(&words).unwrap_or(OutputFormat::Text));
}

/// Settings, or on stdout why there are none.
pub fn settled<T>(loaded: Result<T, Failure>, command: &Job) -> Result<T, Failure> {
    told(loaded, "", command.output())
}

/// How a command of `job` is to print, as far as a line that does not fit says it.
fn output(words: &[String]) -> Option<OutputFormat> {
    // What stands before a command is not a command's.
    let mut command = words.iter().map(String::as_str).enumerate();
    let at = loop {
        match command.next()? {
            (_, "--config" | "--books") => drop(command.next()),
            (_, word) if word.starts_with('-') => {}
            (at, "job") => break at,
            _ => return None,
        }
    };
    let mut format = None;
    let mut rest = words.get(at + 1..).unwrap_or_default().iter().map(String::as_str).take_while(|word| *word != "--");
    while let Some(word) = rest.next() {
        let named = match word {
            "-o" | "--output" => rest.next(),
            word => word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o")),
        };
        format = match named.map(|name| name.trim_start_matches('=')) {
            Some("json") => Some(OutputFormat::Json),
            Some("jsonl") => Some(OutputFormat::Jsonl),
            Some(_) => None,
            None => format,
        };
    }
    format
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_does_not_fit_still_says_how_it_is_to_be_answered() {
        for (line, expected) in [
            ("job submit x --duration five -o json", Some(OutputFormat::Json)),
            ("-v --config job job submit --nonsense --output=json", Some(OutputFormat::Json)),
            ("job wait -ojsonl --any --all", Some(OutputFormat::Jsonl)),
            ("job submit x --duration five", None),
            ("job submit x --duration five -o text", None),
            ("job submit x --duration five -- -o json", None),
            ("world new job -o json --nonsense", None),
            ("--books", None),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(output(&words), expected, "{line}");
        }
    }
}
