//! Texts of the command line: as they stand there, from a file (`@FILE`), from stdin (`-`).

use std::io::Read as _;
use std::path::Path;

use crate::app::errors::{Exit, Failure};

/// The longest text that is read. The longest prompt of any service has 2500 characters.
const LONGEST: u64 = 64 * 1024;

/// A text of the command line. Prompts name elements as `@NAME`, which `names` lists: those are no files.
pub fn text(said: &str, names: &[String]) -> Result<String, Failure> {
    if said == "-" {
        return read(std::io::stdin().lock(), "stdin");
    }
    if let Some(literal) = said.strip_prefix("@@") {
        return Ok(format!("@{literal}"));
    }
    let Some(path) = said.strip_prefix('@') else { return Ok(said.to_owned()) };
    if names.iter().any(|name| names_it(path, name)) {
        return Ok(said.to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| {
        let fix = "name a file that is there; a text that begins with @ is written @@, and no file is looked for";
        Failure::new("file", Exit::Usage, format!("the text in {path} cannot be read"), error, fix)
    })?;
    read(file, path)
}

/// The text of a file that describes something.
pub fn file(path: &Path) -> Result<String, Failure> {
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| {
        Failure::new("file", Exit::Usage, format!("{name} cannot be read"), error, "name a file that is there")
    })?;
    read(file, &name)
}

/// Whether a prompt begins with this element's name.
fn names_it(prompt: &str, name: &str) -> bool {
    prompt.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-'))
}

fn read(source: impl std::io::Read, name: &str) -> Result<String, Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        let what = format!("the text in {name} cannot be used");
        Failure::new("file", Exit::Usage, what, why, format!("a text is UTF-8, {LONGEST} bytes at most"))
    };
    let mut text = String::new();
    source.take(LONGEST + 1).read_to_string(&mut text).map_err(|error| wrong(&error))?;
    if text.len() as u64 > LONGEST {
        return Err(wrong(&"it is longer than that"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).trim_end();
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prompt.txt");
        std::fs::write(&path, "\u{feff}a fox\nin snow\n\n").unwrap();
        assert_eq!(text(&format!("@{}", path.display()), &[]).unwrap(), "a fox\nin snow");
        let failure = text("@/no/such/file", &[]).unwrap_err();
        assert!(failure.fix.contains("@@") && failure.exit == Exit::Usage, "{failure}");
        std::fs::write(&path, vec![b'a'; 70_000]).unwrap();
        assert!(text(&format!("@{}", path.display()), &[]).is_err());
    }

    #[test]
    fn a_prompt_that_begins_with_an_elements_name_is_no_file() {
        let names = ["dog".to_owned()];
        assert_eq!(text("@dog runs", &names).unwrap(), "@dog runs");
        assert_eq!(text("@dog, running", &names).unwrap(), "@dog, running");
        assert!(text("@dogs run", &names).is_err(), "another word is a file that is not there");
        assert_eq!(text("@@dogs run", &names).unwrap(), "@dogs run");
    }
}
