//! The manifests in `deploy/`: they are well-formed, what they name is there, and every command line in them is one that the program takes.
//! What a cluster or a hosted runner does with them is not tested here.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::path::{Path, PathBuf};

use support::seaglass;
use yaml_rust2::{Yaml, YamlLoader};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn documents(name: &str) -> Vec<Yaml> {
    YamlLoader::load_from_str(&read(name)).unwrap_or_else(|error| panic!("{name} is no YAML: {error}"))
}

/// Every text in a document, and every list of texts as one command.
fn texts(yaml: &Yaml, found: &mut Vec<String>) {
    match yaml {
        Yaml::String(text) => found.push(text.clone()),
        Yaml::Array(list) => {
            let words: Vec<&str> = list.iter().filter_map(Yaml::as_str).collect();
            if words.first() == Some(&"seaglass") {
                found.push(words.join(" "));
            }
            list.iter().for_each(|one| texts(one, found));
        }
        Yaml::Hash(map) => map.values().for_each(|one| texts(one, found)),
        _ => {}
    }
}

/// The command lines of the program in a text of a shell: from its name to where the shell goes on with something else.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if !line.starts_with("seaglass bench") {
            continue;
        }
        let end = [";", "||", "&&", "  "].iter().filter_map(|stop| line.find(stop)).min().unwrap_or(line.len());
        let words = line[..end].split_whitespace().skip(1).filter(|word| *word != "…");
        found.push(words.map(plain).collect());
    }
    found
}

/// A word as the program would get it, with numbers and addresses for what others fill in.
fn plain(word: &str) -> String {
    let mut word = word.replace('"', "");
    while let (Some(from), Some(to)) = (word.find("${{"), word.find("}}")) {
        word.replace_range(from..to + 2, "0");
    }
    let mut out = String::new();
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '$' {
            out.push(letter);
            continue;
        }
        let mut name = String::new();
        while let Some(next) = letters.next_if(|next| next.is_ascii_alphanumeric() || *next == '_') {
            name.push(next);
        }
        out.push_str(if name.ends_with("SERVER") { "https://worlds.example" } else { "0" });
    }
    out
}

/// Lets the program read the words, and stops it before it does anything.
fn taken(words: &[String], whence: &str) {
    let done = seaglass().args(words).arg("--help").output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{whence}: seaglass {}\n{said}", words.join(" "));
}

#[test]
fn every_command_in_the_manifests_is_one_that_the_program_takes() {
    let mut seen = Vec::new();
    for name in ["kubernetes/bench.yaml", "kubernetes/merge.yaml", "github/bench.yml"] {
        let mut found = Vec::new();
        // The expressions hold spaces, which are no ends of words.
        let tight = read(name).replace("${{ ", "${{").replace(" }}", "}}");
        YamlLoader::load_from_str(&tight).unwrap().iter().for_each(|document| texts(document, &mut found));
        let lines: Vec<Vec<String>> = found.iter().flat_map(|text| commands(text)).collect();
        assert!(!lines.is_empty(), "{name} runs nothing");
        for words in lines {
            taken(&words, name);
            seen.push(words[1].clone());
        }
    }
    for words in commands(&read("README.md")) {
        taken(&words, "README.md");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["compare", "merge", "run"]);
    // And what it does not take is found out.
    assert!(!seaglass().args(["bench", "run", "--shards", "0/4", "--help"]).output().unwrap().status.success());
}

#[test]
fn the_job_has_as_many_parts_as_its_shards_and_its_merge() {
    let bench = documents("kubernetes/bench.yaml");
    let kinds: Vec<&str> = bench.iter().filter_map(|document| document["kind"].as_str()).collect();
    assert_eq!(kinds, ["ConfigMap", "PersistentVolumeClaim", "Job"]);
    let spec = &bench[2]["spec"];
    assert_eq!(spec["completionMode"].as_str(), Some("Indexed"));
    let parts = spec["completions"].as_i64().unwrap();
    assert_eq!(spec["parallelism"].as_i64(), Some(parts));
    let container = &spec["template"]["spec"]["containers"][0];
    let script = container["command"][2].as_str().unwrap();
    assert!(script.contains(&format!("--shard \"$JOB_COMPLETION_INDEX/{parts}\"")), "{script}");
    let merge = documents("kubernetes/merge.yaml");
    let command = merge[0]["spec"]["template"]["spec"]["containers"][0]["command"].as_vec().unwrap();
    let traces: Vec<&str> = command.iter().filter_map(Yaml::as_str).filter(|word| word.starts_with("/traces/")).collect();
    assert_eq!(traces, (0..parts).map(|part| format!("/traces/{part}.trace")).collect::<Vec<_>>());
    let workflow = &documents("github/bench.yml")[0];
    let shards = workflow["jobs"]["measure"]["strategy"]["matrix"]["shard"].as_vec().unwrap();
    assert_eq!(shards.len(), 4);
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(workflow["env"]["SCENARIO"].as_str().unwrap()).exists());
}

#[test]
fn the_scenarios_of_the_manifests_are_ones_that_a_benchmark_takes() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("scenario.toml");
    let bench = documents("kubernetes/bench.yaml");
    std::fs::write(&scenario, bench[0]["data"]["scenario.toml"].as_str().unwrap()).unwrap();
    // As in a checkout, so is the workflow's: no faults, which a server elsewhere is not given, and a session for each runner.
    let workflow = &documents("github/bench.yml")[0];
    let named = Path::new(env!("CARGO_MANIFEST_DIR")).join(workflow["env"]["SCENARIO"].as_str().unwrap());
    let server = workflow["env"]["SERVER"].as_str().unwrap();
    for scenario in [scenario, named] {
        for shard in ["0/4", "3/4"] {
            let mut command = seaglass();
            command.args(["bench", "run", "--dry-run", "--server", server, "--shard", shard]).arg(&scenario);
            let done = command.output().unwrap();
            assert!(done.status.success(), "{}: {}", scenario.display(), String::from_utf8_lossy(&done.stderr));
        }
    }
}

#[test]
fn the_image_is_built_of_what_is_there() {
    let text = read("Dockerfile");
    let words = ["FROM", "RUN", "COPY", "WORKDIR", "USER", "ENTRYPOINT", "CMD"];
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        assert!(words.iter().any(|word| line.starts_with(&format!("{word} "))), "{line}");
    }
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    assert!(text.contains("--features server ") && manifest.contains("\nserver = ["));
    let needed =
        manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")).unwrap().trim_end_matches('"').to_owned();
    assert!(text.contains(&format!("FROM rust:{needed}")), "Rust {needed} is needed");
}
