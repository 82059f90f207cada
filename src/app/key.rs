//! The API key: from a file, stdin or the environment; never from a flag's value, never printed.

use std::io::Read as _;
use std::path::Path;

use secrecy::SecretString;

use super::errors::{Exit, Failure};

const LONGEST: u64 = 4096;

/// Reads a key from a file; `-` is stdin.
pub fn in_file(path: &Path) -> Result<SecretString, Failure> {
    if path == Path::new("-") {
        return checked(&take(std::io::stdin().lock(), "on stdin")?, "on stdin");
    }
    let place = format!("in {}", path.display());
    let file = std::fs::File::open(path).map_err(|error| wrong(&place, error))?;
    checked(&take(file, &place)?, &place)
}

/// Reads a key from `file` (`-` is stdin), else from the environment variable; `None` where neither says one.
pub fn read(file: Option<&Path>, variable: &str) -> Result<Option<SecretString>, Failure> {
    if let Some(path) = file {
        return in_file(path).map(Some);
    }
    let place = format!("in {variable}");
    match std::env::var(variable) {
        Ok(text) => checked(&text, &place).map(Some),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(wrong(&place, "it is not text")),
    }
}

/// A key, if the text is one.
pub fn checked(text: &str, place: &str) -> Result<SecretString, Failure> {
    let key = text.trim();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong(place, "a key is one line of visible ASCII characters"));
    }
    if key.len() as u64 > LONGEST {
        return Err(wrong(place, format!("a key has at most {LONGEST} characters")));
    }
    Ok(SecretString::from(key.to_owned()))
}

fn take(source: impl std::io::Read, place: &str) -> Result<String, Failure> {
    let mut text = String::new();
    // One more than is allowed, so that a longer one is refused and not cut.
    source.take(LONGEST + 64).read_to_string(&mut text).map_err(|error| wrong(place, error))?;
    Ok(text)
}

fn wrong(place: &str, why: impl std::fmt::Display) -> Failure {
    let fix = "put the key, and nothing else, into a file that only you can read, and name that file";
    Failure::new("key", Exit::Usage, format!("the key {place} cannot be used"), why, fix)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_key_file_may_end_in_a_newline() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "sg-123\n").unwrap();
        let key = read(Some(file.path()), "NONE").unwrap().unwrap();
        assert_eq!(key.expose_secret(), "sg-123");
        assert!(!format!("{key:?}").contains("123"), "X-9: a key never shows in Debug");
    }

    #[test]
    fn a_key_file_that_holds_no_key_is_refused_without_showing_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "two words").unwrap();
        let failure = read(Some(file.path()), "NONE").unwrap_err();
        assert!(!failure.to_string().contains("two words"));
    }
}
