//! Reads Rust source just far enough to know its modules, its paths and its items: comments, strings and test code are blanked
//! out, lines stay where they are. No grammar: what it cannot understand it leaves out rather than guess.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file of `src/`.
pub struct Source {
    /// Path from the repository's root, with `/`.
    pub path: String,
    /// The module, such as `["wire", "up"]`; `lib.rs` and `main.rs` are `[]`.
    pub module: Vec<String>,
    /// Whether it is a face: `mod.rs` or `lib.rs`.
    pub face: bool,
    /// As it stands on disk.
    pub raw: String,
    /// Without comments, contents of strings, and test code.
    pub code: String,
    /// Lines that are not test code.
    pub lines: usize,
}

/// A path that code mentions, from the crate's root.
pub struct Mention {
    /// Segments, such as `["media", "Packet"]`.
    pub path: Vec<String>,
    /// Line, from 1.
    pub line: usize,
}

/// Every source file below `src/`, test modules in files of their own left out.
pub fn sources(root: &Path) -> Vec<Source> {
    let files = files(&root.join("src"), &["rs"]);
    let all: Vec<Source> = files.iter().map(|file| Source::read(root, file)).collect();
    let tests: Vec<Vec<String>> = all.iter().flat_map(Source::test_modules).collect();
    all.into_iter().filter(|source| !tests.iter().any(|test| source.module.starts_with(test))).collect()
}

/// Files below a folder with one of the endings, sorted; none if the folder is missing.
pub fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, endings));
        } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

impl Source {
    fn read(root: &Path, file: &Path) -> Self {
        let raw = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let path = file.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        Self::new(path, raw)
    }

    /// A source file from its text.
    pub fn new(path: String, raw: String) -> Self {
        let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
        let face = module.last().is_some_and(|name| name == "mod" || name == "lib");
        if face || module == ["main"] {
            module.pop();
        }
        let bare = without_comments_and_strings(&raw);
        let code = without_tests(&bare);
        let lines = raw.lines().count() - (bare.lines().count() - code.lines().filter(|line| *line != TEST_LINE).count());
        Self { path, module, face, raw, code: code.replace(TEST_LINE, ""), lines }
    }

    /// Names of the folder at the top of `src/` that the file stands in; `None` for `lib.rs` and `main.rs`.
    pub fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    fn test_modules(&self) -> Vec<Vec<String>> {
        let bare = without_comments_and_strings(&self.raw);
        let mut found = Vec::new();
        for (at, _) in bare.match_indices("#[cfg(test)]") {
            let rest = bare[at + "#[cfg(test)]".len()..].trim_start();
            let Some(name) = rest.strip_prefix("mod ").and_then(|rest| rest.split_once(';')).map(|(name, _)| name.trim())
            else {
                continue;
            };
            if name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                found.push(self.module.iter().cloned().chain([name.to_owned()]).collect());
            }
        }
        found
    }

    /// Every path into the crate that the code mentions, by `crate::` or by `super::`.
    pub fn mentions(&self) -> Vec<Mention> {
        let mut found = Vec::new();
        let words = words(&self.code);
        let mut index = 0;
        while index < words.len() {
            let (word, line) = (&words[index].0, words[index].1);
            let after_path = index > 0 && words[index - 1].0 == "::";
            if after_path || !(word == "crate" || word == "super") {
                index += 1;
                continue;
            }
            // A face's `super` is its parent's face; a file's `super` is its own face.
            let mut base = if word == "crate" { Vec::new() } else { self.parent(1) };
            index += 1;
            let mut supers = 1;
            while word == "super"
                && words.get(index).is_some_and(|w| w.0 == "::")
                && words.get(index + 1).is_some_and(|w| w.0 == "super")
            {
                supers += 1;
                index += 2;
                base = self.parent(supers);
            }
            if words.get(index).is_some_and(|word| word.0 == "::") {
                index = expand(&words, index + 1, &base, line, &mut found);
            }
        }
        found
    }

    fn parent(&self, levels: usize) -> Vec<String> {
        self.module[..self.module.len().saturating_sub(levels)].to_vec()
    }
}

/// Reads `a::b::{c, d::e}` from `index` on; returns the index behind it.
fn expand(words: &[(String, usize)], mut index: usize, base: &[String], line: usize, found: &mut Vec<Mention>) -> usize {
    let mut path = base.to_vec();
    loop {
        match words.get(index).map(|word| word.0.as_str()) {
            Some("{") => {
                index += 1;
                while let Some((word, line)) = words.get(index) {
                    match word.as_str() {
                        "}" => return index + 1,
                        "," => index += 1,
                        "self" => {
                            found.push(Mention { path: path.clone(), line: *line });
                            index += 1;
                        }
                        _ => index = expand(words, index, &path, *line, found).max(index + 1),
                    }
                }
                return index;
            }
            Some(word) if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                path.push(word.to_owned());
                index += 1;
                if words.get(index).is_some_and(|word| word.0 == "::") {
                    index += 1;
                    continue;
                }
                if words.get(index).is_some_and(|word| word.0 == "as") {
                    index += 2;
                }
            }
            Some("*") => index += 1,
            _ => {}
        }
        found.push(Mention { path, line });
        return index;
    }
}

/// Identifiers and the few signs that paths are made of, with their lines.
fn words(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let length = if first.is_alphanumeric() || first == '_' {
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                found.push((rest[..length].to_owned(), number + 1));
            }
            rest = &rest[length..];
        }
    }
    found
}

/// Blanks out comments and the contents of strings and characters. Lines stay where they are.
fn without_comments_and_strings(source: &str) -> String {
    let bytes: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    let starts = |at: usize, text: &str| text.chars().enumerate().all(|(index, c)| bytes.get(at + index) == Some(&c));
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    while at < bytes.len() {
        let c = bytes[at];
        let in_word = at > 0 && (bytes[at - 1].is_alphanumeric() || bytes[at - 1] == '_');
        let hashes = bytes[at + 1..].iter().take_while(|c| **c == '#').count();
        let end = if starts(at, "//") {
            bytes[at..].iter().position(|c| *c == '\n').map_or(bytes.len(), |length| at + length)
        } else if starts(at, "/*") {
            (at + 2..bytes.len()).find(|end| starts(*end, "*/")).map_or(bytes.len(), |end| end + 2)
        } else if c == 'r' && (!in_word || bytes[at - 1] == 'b') && bytes.get(at + 1 + hashes) == Some(&'"') {
            let close = format!("\"{}", "#".repeat(hashes));
            (at + 2 + hashes..bytes.len()).find(|end| starts(*end, &close)).map_or(bytes.len(), |end| end + 1 + hashes)
        } else if c == '"' {
            let mut end = at + 1;
            while end < bytes.len() && bytes[end] != '"' {
                end += if bytes[end] == '\\' { 2 } else { 1 };
            }
            (end + 1).min(bytes.len())
        } else if c == '\'' && bytes.get(at + 1) == Some(&'\\') {
            (at + 3..bytes.len()).find(|end| bytes[*end] == '\'').map_or(bytes.len(), |end| end + 1)
        } else if c == '\'' && bytes.get(at + 2) == Some(&'\'') {
            at + 3
        } else {
            out.push(c);
            at += 1;
            continue;
        };
        out.extend(bytes[at..end].iter().map(|c| blank(*c)));
        at = end;
    }
    out
}

/// Stands for a line of test code until it is counted.
const TEST_LINE: &str = "\u{1}";

/// Blanks out every item under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut lines: Vec<&str> = code.lines().collect();
    let mut from = 0;
    while let Some(start) = (from..lines.len()).find(|line| {
        let line = lines[*line].trim_start();
        line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test")
    }) {
        let (mut depth, mut end) = (0_usize, start);
        'item: for (line, text) in lines.iter().enumerate().skip(start) {
            end = line;
            let text = if line == start { text.split_once(']').map_or("", |(_, rest)| rest) } else { text };
            for c in text.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth <= 1 => break 'item,
                    '}' => depth -= 1,
                    ';' if depth == 0 => break 'item,
                    _ => {}
                }
            }
        }
        lines[start..=end].fill(TEST_LINE);
        from = end + 1;
    }
    lines.join("\n")
}
