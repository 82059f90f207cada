//! `seaglass check` is able to fail: for each deliberate defect of the reference server the case that should catch it does, says what
//! it expected and what came, and gives nothing secret away.
#![cfg(feature = "server")]
#![allow(missing_docs, reason = "a test")]

mod support;

use seaglass::sim::{Defect, Server, ServerConfig};
use serde_json::Value;
use support::{run, seaglass};

const KEY: &str = "sg-test-key-77d01e";

/// What is expected of a run against a server with one defect.
struct Caught {
    defect: Defect,
    /// The case that catches it.
    case: &'static str,
    /// A word of its finding.
    says: &'static str,
}

const CAUGHT: &[Caught] = &[
    Caught { defect: Defect::AnyKey, case: "auth/1/1", says: "401" },
    Caught { defect: Defect::ForgetsKeys, case: "create/3/1", says: "200" },
    Caught { defect: Defect::Undead, case: "life/2/2", says: "404" },
    Caught { defect: Defect::Twice, case: "cmd/2/1", says: "Duplicate" },
    Caught { defect: Defect::LateKeyframe, case: "stream/2/1", says: "keyframe" },
    Caught { defect: Defect::Gaps, case: "stream/2/2", says: "without a gap" },
    Caught { defect: Defect::LateSound, case: "sync/1/1", says: "flash" },
    Caught { defect: Defect::Forgetful, case: "reconn/2/1", says: "tier" },
    Caught { defect: Defect::NoResume, case: "reconn/1/1", says: "opens a stream" },
    Caught { defect: Defect::Endless, case: "limit/1/1", says: "longest session" },
    Caught { defect: Defect::UntoldTier, case: "quality/1/2", says: "quality" },
    Caught { defect: Defect::LoosePin, case: "quality/2/1", says: "is kept" },
    Caught { defect: Defect::Mute, case: "robust/1/1", says: "error" },
    Caught { defect: Defect::Swallows, case: "robust/2/2", says: "error" },
];

/// Plays the theme of a case against a server with this defect; the report, and everything that was printed or written.
fn play(caught: &Caught) -> (Value, Option<i32>, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let mut config = ServerConfig::new(([127, 0, 0, 1], 0).into());
    config.key = Some(KEY.to_owned().into());
    config.max_worlds = 32;
    config.defects = caught.defect.into();
    let server = runtime.block_on(Server::start(config)).expect("a server");
    let url = format!("http://{}", server.address());
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("report.txt");
    let output = run(seaglass()
        .env("SEAGLASS_API_KEY", KEY)
        .args(["check", caught.case, "--timeout", "12s", "--target", &url, "-o", "json", "-o"])
        .arg(format!("text:{}", text.display()))
        .arg("--transcripts")
        .arg(folder.path()));
    runtime.block_on(server.shutdown());
    let mut printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for entry in std::fs::read_dir(folder.path()).expect("the folder").flatten() {
        printed += &std::fs::read_to_string(entry.path()).expect("a report");
    }
    let report =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{}: {error}: {printed}", caught.defect));
    (report, output.status.code(), printed)
}

/// What is wrong with a run against a server with one defect.
fn faults(caught: &Caught) -> Vec<String> {
    let Caught { defect, case, says } = caught;
    let (report, status, printed) = play(caught);
    let found = &report["cases"][0];
    let words = format!("{} {}", found["expected"], found["found"]);
    let told = printed.replace("\\\"", "\"");
    // A line of a transcript may be cut anywhere, also in the middle of that word.
    let redacted = |value: &str| "[redacted]".starts_with(value.split(['"', '…', '\\', '\n']).next().unwrap_or_default());
    let shows = |secret: &str| told.split(&format!("\"{secret}\":\"")).skip(1).any(|rest| !redacted(rest));
    let claims = [
        (status == Some(30) && found["outcome"] == "failed", "the case fails, with exit status 30"),
        (case.split('/').next() == Some(defect.group()), "it is of the group of the defect"),
        (words.contains(says), "it says what is wrong"),
        (found["seed"].is_u64() && printed.contains("error[check-must]"), "it gives the seed and the code"),
        (found["transcript"].as_array().is_some_and(|lines| !lines.is_empty()), "it gives a transcript"),
        //
        (printed.contains("[redacted]") && !printed.contains(KEY), "the key stands nowhere"),
        (!shows("ticket") && !shows("resume"), "no ticket and no token stands anywhere"),
        // A server that does not end worlds is found out by the proof as well.
        (
            report["worlds_left_open"].as_u64().is_some_and(|left| (left > 0) == (*defect == Defect::Undead)),
            "no world is left, unless the server ends none",
        ),
    ];
    let broken = |(holds, claim): &(bool, &str)| (!holds).then(|| format!("{defect}: not so: {claim}\n{printed}"));
    claims.iter().filter_map(broken).collect()
}

#[test]
fn each_defect_is_caught_by_its_case() {
    assert_eq!(CAUGHT.len(), Defect::ALL.len(), "every defect stands in the table");
    let faults: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = CAUGHT.iter().map(|caught| scope.spawn(|| faults(caught))).collect();
        runs.into_iter().flat_map(|run| run.join().expect("a run")).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
