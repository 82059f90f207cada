//! What proves which requirement of the clips: a table made from the names of tests, and the refusal of a row that nothing proves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::scan::files;

/// Every row with a few words, in order.
const ROWS: &str = include_str!("rows.txt");

const HEAD: &str = "# What proves what

Each requirement of the clips and the tests that would fail without it. Made from the names of tests (`hl_4_…` proves HL-4) and
from the rows that their comments cite: `SEAGLASS_BLESS=1 cargo test --test tidy` writes this page anew.

| row | in a few words | proved by |
|---|---|---|
";

/// A row, as in `HL-4`, from the beginning of a test's name.
fn row_of(name: &str) -> Option<String> {
    let (group, rest) = name.split_once('_')?;
    let number = rest.split('_').next()?;
    let known = ["hl", "ha", "hc", "x", "am"].contains(&group) && number.parse::<u32>().is_ok();
    known.then(|| format!("{}-{number}", group.to_uppercase()))
}

/// Every row that a comment cites.
fn cited(comment: &str) -> Vec<String> {
    let words = comment.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|word| row_of(&word.to_lowercase().replace('-', "_")).is_some()).map(str::to_owned).collect()
}

/// Rows with the tests that prove them, as `folder/file.rs::name`.
pub fn proofs(root: &Path) -> BTreeMap<String, Vec<String>> {
    let mut proofs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in ["src", "tests"].iter().flat_map(|folder| files(&root.join(folder), &["rs"])) {
        let text = std::fs::read_to_string(&file).unwrap();
        let place = file.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let (mut comment, mut is_test) = (String::new(), false);
        for line in text.lines().map(str::trim) {
            if let Some(words) = line.strip_prefix("///") {
                comment += words;
            } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if !line.starts_with("#[") {
                let name = line.trim_start_matches("async ").strip_prefix("fn ").and_then(|rest| rest.split('(').next());
                if let Some(name) = name.filter(|_| is_test) {
                    let rows = row_of(name).into_iter().chain(cited(&comment));
                    for row in rows {
                        let entry = proofs.entry(row).or_default();
                        let proof = format!("{place}::{name}");
                        if !entry.contains(&proof) {
                            entry.push(proof);
                        }
                    }
                }
                (comment, is_test) = (String::new(), false);
            }
        }
    }
    proofs
}

/// The page, and every row that nothing proves by name.
pub fn page(proofs: &BTreeMap<String, Vec<String>>) -> (String, Vec<String>) {
    let mut page = HEAD.to_owned();
    let mut bare = Vec::new();
    for (row, words) in ROWS.lines().filter_map(|line| line.split_once(' ')) {
        let tests = proofs.get(row).map(Vec::as_slice).unwrap_or_default();
        let named = |test: &String| test.rsplit("::").next().and_then(row_of).as_deref() == Some(row);
        if !tests.iter().any(named) {
            bare.push(format!("{row}: no test is named after it ({words})"));
        }
        let tests: Vec<String> = tests.iter().map(|test| format!("`{test}`")).collect();
        let _ = writeln!(page, "| {row} | {words} | {} |", tests.join("<br>"));
    }
    (page, bare)
}
