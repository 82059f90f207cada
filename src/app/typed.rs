//! Commands that are shown to be typed later: they repeat what was typed now, as a shell takes it. Never a key: a file of one is
//! named, what came by stdin or from the environment is not.
//!
//! Neighbours: `world` and `job` show how to go on with what they made, and how to end it.

use std::path::{Path, PathBuf};

use super::args::Reach;

/// Flags of the whole program that a command to type later has to repeat; `None` where they were not given.
#[derive(Clone, Debug, Default)]
pub struct Globals {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--books`
    pub books: Option<PathBuf>,
}

impl Globals {
    /// As they are typed, each with a space before it.
    pub fn words(&self) -> String {
        flag("--config", self.config.as_deref()) + &flag("--books", self.books.as_deref())
    }
}

/// The flags that lead to a server once more, each with a space before it.
pub fn reaching(reach: &Reach, server: Option<&str>, globals: &Globals) -> String {
    let unless_set = |variable: &str| std::env::var_os(variable).is_none();
    let mut words = server.map_or_else(String::new, |server| format!(" --server {}", quoted(server)));
    if let Some(profile) = reach.profile.as_deref().filter(|_| unless_set("SEAGLASS_PROFILE")) {
        words += &format!(" --profile {}", quoted(profile));
    }
    words += &flag("--api-key-file", reach.api_key_file.as_deref().filter(|file| *file != Path::new("-")));
    if let Some(header) = &reach.auth_header {
        words += &format!(" --auth-header {}", quoted(header));
    }
    if reach.allow_plaintext_key {
        words += " --allow-plaintext-key";
    }
    words += &flag("--ca-file", reach.ca_file.as_deref().filter(|_| unless_set("SEAGLASS_CA_FILE")));
    words + &globals.words()
}

/// A word of a command line, as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':' | '=' | '@' | '%' | '+' | ',');
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

fn flag(name: &str, value: Option<&Path>) -> String {
    value.map_or_else(String::new, |value| format!(" {name} {}", quoted(&value.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_typed_as_it_is_shown() {
        assert_eq!(quoted("n92abc"), "n92abc");
        assert_eq!(quoted("it's here"), "'it'\\''s here'");
    }

    /// a file of a key is named, and no key.
    #[test]
    fn the_way_to_a_server_is_repeated_as_it_was_typed() {
        let reach = Reach {
            api_key_file: Some("my key.txt".into()),
            auth_header: Some("X-Key".to_owned()),
            allow_plaintext_key: true,
            ..Reach::default()
        };
        let globals = Globals { config: None, books: Some("b.sqlite".into()) };
        let expected = " --server http://host:1/ --api-key-file 'my key.txt' --auth-header X-Key --allow-plaintext-key --books b.sqlite";
        assert_eq!(reaching(&reach, Some("http://host:1/"), &globals), expected);
        let by_stdin = Reach { api_key_file: Some("-".into()), ..Reach::default() };
        assert_eq!(reaching(&by_stdin, None, &Globals::default()), "");
    }
}
