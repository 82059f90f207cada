//! Lines while a run goes on: one JSON object each, flushed at once, so that `tail -f` and programs see them. What cannot be written
//! does not end a run: it is told at its end.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::app::errors::Failure;

/// Where lines go while a run goes on.
pub struct LiveWriter {
    places: Vec<Line>,
}

/// One of the places.
struct Line {
    /// `None`: stdout.
    path: Option<PathBuf>,
    /// Opened by the first line.
    open: Option<Box<dyn Write + Send>>,
    /// What went wrong first; nothing is written there any more.
    failed: Option<std::io::Error>,
}

impl LiveWriter {
    /// Lines to these files, `None` being stdout; nothing where there are none.
    pub(super) fn to(places: Vec<Option<PathBuf>>) -> Option<Self> {
        let places: Vec<Line> = places.into_iter().map(|path| Line { path, open: None, failed: None }).collect();
        (!places.is_empty()).then_some(Self { places })
    }

    /// Writes one object.
    pub fn line(&mut self, value: &Value) {
        for place in &mut self.places {
            if place.failed.is_none()
                && let Err(error) = place.write(value)
            {
                place.failed = Some(error);
            }
        }
    }

    /// Whether everything was written.
    ///
    /// # Errors
    /// The first failure. A reader of stdout that has seen enough is none.
    pub fn finish(self) -> Result<(), Failure> {
        for Line { path, failed, .. } in self.places {
            if let Some(error) = failed.filter(|error| error.kind() != ErrorKind::BrokenPipe) {
                return Err(Failure::unwritten(path.as_deref().unwrap_or(Path::new("stdout")), &error));
            }
        }
        Ok(())
    }
}

impl Line {
    fn write(&mut self, value: &Value) -> std::io::Result<()> {
        let open: &mut Box<dyn Write + Send> = match &mut self.open {
            Some(open) => open,
            none => none.insert(match &self.path {
                Some(path) => Box::new(File::create(path)?),
                None => Box::new(std::io::stdout()),
            }),
        };
        writeln!(open, "{value}")?;
        open.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_can_be_read_while_the_run_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("live.jsonl");
        let mut live = LiveWriter::to(vec![Some(path.clone())]).expect("a place");
        live.line(&json!({ "at_s": 1.0, "text": "two\nlines" }));
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "{\"at_s\":1.0,\"text\":\"two\\nlines\"}\n");
        live.line(&json!({ "at_s": 2.0 }));
        live.finish().expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("read").lines().count(), 2);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told_at_the_end() {
        let mut live = LiveWriter::to(vec![Some("/nonexistent/live.jsonl".into())]).expect("a place");
        live.line(&json!({}));
        live.line(&json!({}));
        assert!(live.finish().expect_err("told").to_string().contains("/nonexistent/live.jsonl"));
    }
}
