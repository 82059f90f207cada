//! The house rules as a test: who may import whom, what a face may hold, how long a file may be, who may read a clock.
//!
//! Adding an arrow between folders means editing [`ROOMS`] on purpose, and `ARCHITECTURE.md` with it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod proof;
mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use scan::{Source, files, sources};

/// Each folder of `src/` and the folders that it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("media", &[]),
    ("clock", &["media"]),
    ("stats", &["media"]),
    ("measure", &["media", "stats"]),
    ("retry", &[]),
    ("net", &[]),
    ("codec", &["media"]),
    ("wire", &["media"]),
    ("session", &["wire", "retry", "media"]),
    ("sim", &["wire", "media", "codec", "clock"]),
    ("books", &["jobs"]),
    ("client", &["session", "books", "net", "wire", "retry", "media", "clock"]),
    ("jobs", &["retry", "media"]),
    ("clips", &["jobs", "books", "net", "retry", "media", "clock"]),
    ("playout", &["media"]),
    ("lab", &["playout", "media"]),
    ("audio", &["media", "clock"]),
    ("render", &["media"]),
    ("player", &["playout", "codec", "audio", "media", "clock", "stats"]),
    ("reel", &["codec", "audio", "media", "clock"]),
    (
        "app",
        &[
            "client", "session", "clips", "jobs", "books", "net", "wire", "sim", "player", "reel", "lab", "playout",
            "codec", "audio", "render", "measure", "stats", "clock", "media",
        ],
    ),
];

/// Folders to which time is an argument: they read no clock, spawn nothing and do no IO.
const CLOCK_FREE: &[&str] = &["session", "jobs", "retry", "playout", "lab", "measure", "media", "wire"];

/// What a clock-free folder may not mention.
const CLOCKS_AND_IO: &[&str] = &[
    "Instant::now",
    "SystemTime",
    "jiff::",
    "tokio::",
    "std::thread",
    "thread::",
    "sleep(",
    "std::net",
    "std::fs",
    "std::env",
];

const MOST_LINES: usize = 700;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fail_if_any(what: &str, mut faults: Vec<String>) {
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{what}\n  {}\n", faults.join("\n  "));
}

#[test]
fn imports_follow_the_layer_table() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut faults = Vec::new();
    for source in sources(root()) {
        let Some(room) = source.room() else { continue };
        let Some(allowed) = rooms.get(room) else {
            faults.push(format!("{}: src/{room} is not in ROOMS: give it a row there and in ARCHITECTURE.md", source.path));
            continue;
        };
        for mention in source.mentions() {
            let Some(target) = mention.path.first() else { continue };
            if target != room && rooms.contains_key(target.as_str()) && !allowed.contains(&target.as_str()) {
                faults.push(format!(
                    "{}:{}: {room} may not import {target}: move the noun down to media, pass it as an argument, or marry the \
                     two in app",
                    source.path, mention.line
                ));
            }
        }
    }
    fail_if_any("an arrow that the layer table (ROOMS in tests/tidy/main.rs) does not have:", faults);
}

#[test]
fn the_layer_table_has_no_circle() {
    let edges = ROOMS
        .iter()
        .map(|(room, allowed)| ((*room).to_owned(), allowed.iter().map(|to| (*to).to_owned()).collect()))
        .collect();
    assert_eq!(circle(&edges), None, "the layer table itself runs in a circle: take one of these arrows out");
}

#[test]
fn files_of_a_folder_do_not_import_each_other_in_a_circle() {
    let edges = file_edges(&sources(root())).0;
    if let Some(circle) = circle(&edges) {
        panic!(
            "these files import each other in a circle: {}\nmove what they share into a file below both",
            circle.join(" -> ")
        );
    }
}

#[test]
fn siblings_are_imported_by_their_own_path() {
    fail_if_any(
        "an import through a face that the file itself stands behind: name the sibling file, as in `super::packet::Packet`:",
        file_edges(&sources(root())).1,
    );
}

#[test]
fn other_folders_are_imported_through_their_faces() {
    let sources = sources(root());
    let modules: BTreeSet<Vec<String>> = sources.iter().map(|source| source.module.clone()).collect();
    let mut faults = Vec::new();
    for source in &sources {
        let Some(room) = source.room() else { continue };
        for mention in source.mentions() {
            let other_room = mention.path.first().is_some_and(|first| first != room);
            if other_room && mention.path.len() > 2 && modules.contains(&mention.path[..2]) {
                faults.push(format!(
                    "{}:{}: reaches into {}: let the face of {} re-export it",
                    source.path,
                    mention.line,
                    mention.path.join("::"),
                    mention.path[0]
                ));
            }
        }
    }
    fail_if_any("an import past another folder's face:", faults);
}

#[test]
fn faces_hold_no_items() {
    let items =
        ["fn ", "struct ", "enum ", "trait ", "impl", "const ", "static ", "type ", "macro_rules!", "unsafe ", "async "];
    let mut faults = Vec::new();
    for source in sources(root()).iter().filter(|source| source.face) {
        for (number, line) in source.code.lines().enumerate() {
            let line = line.trim_start();
            let bare = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub(super) ")).unwrap_or(line);
            let bare = bare.strip_prefix("pub ").unwrap_or(bare);
            if items.iter().any(|item| bare.starts_with(item)) || (bare.starts_with("mod ") && bare.contains('{')) {
                faults.push(format!("{}:{}: `{}`", source.path, number + 1, line.trim_end()));
            }
        }
    }
    fail_if_any(
        "a face (mod.rs, lib.rs) holds docs, `mod` and `pub use` only: move these into a file of their own:",
        faults,
    );
}

#[test]
fn every_file_opens_with_what_it_is() {
    let sources = sources(root());
    let bare = sources.iter().filter(|source| !source.raw.starts_with("//!")).map(|source| source.path.clone()).collect();
    fail_if_any("a file must open with `//!`: what it is, what it never does, its neighbours:", bare);
}

#[test]
fn no_file_is_longer_than_700_lines() {
    let sources = sources(root());
    let own = sources.iter().map(|source| (source.path.clone(), source.lines));
    let others = ["tests", "examples", "benches"].iter().flat_map(|folder| files(&root().join(folder), &["rs"]));
    let others = others.map(|file| {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        (file.strip_prefix(root()).unwrap().display().to_string(), lines)
    });
    let long =
        own.chain(others).filter(|(_, lines)| *lines > MOST_LINES).map(|(path, lines)| format!("{path}: {lines} lines"));
    fail_if_any("a file above 700 lines (tests inside `src` not counted): split it by what it knows:", long.collect());
}

#[test]
fn clock_free_folders_read_no_clock_and_do_no_io() {
    let mut faults = Vec::new();
    for source in sources(root()) {
        if !source.room().is_some_and(|room| CLOCK_FREE.contains(&room)) {
            continue;
        }
        for (number, line) in source.code.lines().enumerate() {
            for word in CLOCKS_AND_IO.iter().filter(|word| line.contains(**word)) {
                faults.push(format!("{}:{}: `{word}`", source.path, number + 1));
            }
        }
    }
    fail_if_any("a clock-free folder takes time as an argument (media::Monotonic) and leaves IO to a driver:", faults);
}

/// The map must not lie: every `file.rs::Name` that ARCHITECTURE.md mentions stands in that file.
#[test]
fn what_the_architecture_mentions_exists() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut faults = Vec::new();
    let mut mentions = 0;
    for (number, line) in page.lines().enumerate() {
        for mention in line.split('`').skip(1).step_by(2).filter(|words| words.contains('/') && words.contains(".rs")) {
            mentions += 1;
            let (path, name) = mention.split_once("::").unwrap_or((mention, ""));
            let below = if path.starts_with("examples/") || path.starts_with("tests/") { "" } else { "src/" };
            match std::fs::read_to_string(root().join(format!("{below}{path}"))) {
                Err(_) => faults.push(format!("line {}: there is no {below}{path}", number + 1)),
                Ok(code) if !name.split("::").all(|name| has_word(&code, name)) => {
                    faults.push(format!("line {}: {path} has no {name}", number + 1));
                }
                Ok(_) => {}
            }
        }
    }
    assert!(mentions > 20, "only {mentions} places found in ARCHITECTURE.md");
    fail_if_any("ARCHITECTURE.md speaks of what is not there: make the page true:", faults);
}

/// The table of rooms in ARCHITECTURE.md is [`ROOMS`].
#[test]
fn the_architecture_shows_the_layer_table() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
    let mut shown = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `") && line.contains("/` |")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        if let [room, .., imports] = cells[..] {
            shown.insert(room.trim().trim_matches('`').trim_end_matches('/').to_owned(), quoted(imports));
        }
    }
    let meant: BTreeMap<String, BTreeSet<String>> = ROOMS
        .iter()
        .map(|(room, allowed)| ((*room).to_owned(), allowed.iter().map(|to| (*to).to_owned()).collect()))
        .collect();
    assert_eq!(shown, meant, "the table of rooms in ARCHITECTURE.md is not ROOMS of this test: make them agree");
}

/// What may run a second time keeps real time: it draws nothing at random that a second run would draw differently.
#[test]
fn only_tests_that_keep_real_time_may_run_again() {
    let list = std::fs::read_to_string(root().join("scripts/real-time-tests")).unwrap();
    assert!(list.lines().is_sorted(), "scripts/real-time-tests is not sorted");
    let mut faults = Vec::new();
    for name in list.lines() {
        match std::fs::read_to_string(root().join(format!("tests/{name}.rs"))) {
            Err(_) => faults.push(format!("there is no tests/{name}.rs")),
            Ok(code) if code.contains("proptest!") => faults.push(format!("tests/{name}.rs draws at random")),
            Ok(_) => {}
        }
    }
    fail_if_any("scripts/real-time-tests names what may not run a second time:", faults);
}

fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

#[test]
fn no_file_names_a_machine_or_a_registry() {
    // Put together here, so that this file does not name them either.
    let paths: Vec<String> = ["home", "tmp", "work", "root", "Users"].iter().map(|folder| format!("/{folder}/")).collect();
    let hosts: Vec<String> = ["index.crates", "static.crates", "//crates", "registry.npmjs", "pypi"]
        .iter()
        .map(|host| format!("{host}."))
        .collect();
    let mut faults = Vec::new();
    let endings = ["rs", "md", "toml", "wgsl", "json", "txt", "sh", "html", "yml", "yaml"];
    let top = std::fs::read_dir(root()).unwrap().flatten().map(|entry| entry.path());
    let (folders, alone): (Vec<_>, Vec<_>) = top.partition(|path| path.is_dir());
    let visited = ["src", "tests", "docs", "examples", "bench", "benches", "shaders", "fuzz", "scripts", ".ci"];
    let inside =
        folders.iter().filter(|path| path.file_name().is_some_and(|name| visited.iter().any(|visit| name == *visit)));
    let mut all: Vec<_> = inside.flat_map(|folder| files(folder, &endings)).collect();
    all.extend(
        alone
            .into_iter()
            .filter(|path| path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted))),
    );
    for file in all.iter().filter(|file| !file.components().any(|part| part.as_os_str() == "target")) {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        for (number, line) in text.lines().enumerate() {
            let path = paths.iter().find(|path| line.match_indices(path.as_str()).any(|(at, _)| begins_a_path(line, at)));
            if let Some(word) = path.or_else(|| hosts.iter().find(|host| line.contains(host.as_str()))) {
                faults.push(format!("{}:{}: {word}", file.strip_prefix(root()).unwrap().display(), number + 1));
            }
        }
    }
    fail_if_any("a path or host of one machine: use a relative path, a temporary folder (tempfile), or a setting:", faults);
}

fn begins_a_path(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~)}]$*".contains(c))
}

/// Which module file imports which, as `a::b` names, and imports through a file's own face.
fn file_edges(sources: &[Source]) -> (BTreeMap<String, BTreeSet<String>>, Vec<String>) {
    let modules: BTreeSet<Vec<String>> = sources.iter().map(|source| source.module.clone()).collect();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| source.room().is_some()) {
        let name = source.module.join("::");
        let to = edges.entry(name.clone()).or_default();
        if source.face {
            // A face stands on all of its files.
            to.extend(
                modules
                    .iter()
                    .filter(|child| child.len() == source.module.len() + 1 && child.starts_with(&source.module))
                    .map(|child| child.join("::")),
            );
            continue;
        }
        for mention in source.mentions() {
            if mention.path.first().map(String::as_str) != source.room() {
                continue;
            }
            let Some(target) = (1..=mention.path.len())
                .rev()
                .map(|length| &mention.path[..length])
                .find(|prefix| modules.contains(*prefix))
            else {
                continue;
            };
            if target == source.module {
                continue;
            }
            if source.module.starts_with(target) {
                faults.push(format!("{}:{}: {}", source.path, mention.line, mention.path.join("::")));
            } else {
                to.insert(target.join("::"));
            }
        }
    }
    (edges, faults)
}

/// A circle in a graph, first and last the same, where there is one.
fn circle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit<'a>(
        at: &'a str,
        edges: &'a BTreeMap<String, BTreeSet<String>>,
        trail: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(start) = trail.iter().position(|name| *name == at) {
            return Some(trail[start..].iter().chain([&at]).map(|name| (*name).to_owned()).collect());
        }
        if !done.insert(at) {
            return None;
        }
        trail.push(at);
        let found = edges.get(at).into_iter().flatten().find_map(|to| visit(to, edges, trail, done));
        trail.pop();
        found
    }
    let mut done = BTreeSet::new();
    edges.keys().find_map(|start| visit(start, edges, &mut Vec::new(), &mut done))
}

/// The rules above prove nothing if the reader of source is blind: these hold it to examples.
mod the_reader {
    use super::*;

    fn paths(path: &str, code: &str) -> Vec<String> {
        let source = Source::new(path.to_owned(), code.to_owned());
        source.mentions().iter().map(|mention| mention.path.join("::")).collect()
    }

    #[test]
    fn sees_plain_grouped_renamed_and_inline_paths() {
        let code = "use crate::{media::{Packet, time::*}, wire};\nuse super::sibling::Thing as Other;\nfn f() { crate::net::go::<super::super::clock::Clock>() }\n";
        assert_eq!(
            paths("src/a/b.rs", code),
            ["media::Packet", "media::time", "wire", "a::sibling::Thing", "net::go", "clock::Clock"]
        );
    }

    #[test]
    fn is_blind_to_comments_strings_and_tests() {
        let code = "// crate::a::A\nfn f<'a>(c: char) -> &'a str { if c == '\"' { r#\"crate::b::B\"# } else { \"\\\"crate::c\" } }\n/* crate::d */\n#[cfg(test)]\nmod tests {\n    use crate::e::E;\n    fn g() { {} }\n}\nuse crate::f::F;\n";
        assert_eq!(paths("src/a/b.rs", code), ["f::F"]);
        assert_eq!(Source::new("src/a/b.rs".to_owned(), code.to_owned()).lines, 4);
    }

    #[test]
    fn finds_circles_and_imports_through_the_own_face() {
        let source = |path: &str, code: &str| Source::new(path.to_owned(), code.to_owned());
        let files = [
            source("src/a/mod.rs", "mod b;\nmod c;\n"),
            source("src/a/b.rs", "use super::c::C;\n"),
            source("src/a/c.rs", "use super::b::B;\nuse super::Gone;\n"),
        ];
        let (edges, faults) = file_edges(&files);
        assert_eq!(circle(&edges), Some(vec!["a::b".to_owned(), "a::c".to_owned(), "a::b".to_owned()]));
        assert_eq!(faults, ["src/a/c.rs:2: a::Gone"]);
    }

    #[test]
    fn finds_the_source_of_this_crate() {
        let sources = sources(root());
        assert!(sources.iter().any(|source| source.path == "src/wire/up.rs"));
        assert!(sources.iter().map(|source| source.mentions().len()).sum::<usize>() > 100);
    }
}

/// Every requirement of the clips has a test of its name, and the page that says so is the one that the tests make.
#[test]
fn every_requirement_of_the_clips_is_proved_by_a_test_of_its_name() {
    let (page, bare) = proof::page(&proof::proofs(root()));
    let file = root().join("docs/proof.md");
    if std::env::var_os("SEAGLASS_BLESS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    fail_if_any("a requirement that nothing proves: write a test whose name begins with it:", bare);
    let said = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(said == page, "docs/proof.md is not what the tests say: SEAGLASS_BLESS=1 cargo test --test tidy");
}

/// AM-1: there are two APIs, and whoever reads the README or the protocol learns which of them this is.
#[test]
fn am_1_the_documents_tell_the_projection_from_the_official_api() {
    for page in ["README.md", "docs/protocol.md"] {
        let text = std::fs::read_to_string(root().join(page)).unwrap().replace('\n', " ");
        for words in ["unofficial", "projected", "official API", "since September 2026"] {
            let found =
                text.to_lowercase().contains(&words.to_lowercase()) || text.contains("projection") && words == "projected";
            assert!(found, "{page} does not say {words:?}");
        }
    }
}
