//! `seaglass job` from words to a file: the real program against the mocks of all three services, also where they fail, where it is
//! interrupted and where it is killed. Submits are counted by the mocks: never more than were asked for.
#![cfg(all(unix, feature = "server"))]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod job_desk;
mod scripted_host;
mod support;

use std::io::{BufReader, Read as _};
use std::process::{Child, Stdio};

use job_desk::{Desk, object, said, status};
use scripted_host::{Host, answer};
use seaglass::sim::providers::{Fault, FaultScript, Lost, MissingResults, Providers, ProvidersConfig};
use serde_json::{Value, json};

const LAB: &str = "hh_seaglass0lab0pro0001";
const APP: &str = "seaglass-app-key-0001";
const CUSTOMER: &str = "hh_live_seaglass_pro_0001";

/// Rendering takes an instant, unless a test says otherwise.
const QUICK: &str = "[lab]\nrender_s = 0.3\n[app]\nrender_s = 0.3\n[customer]\nrender_s = 0.3";

/// Nobody waits eight seconds for a mock.
const PACE: &str = "first_check = \"300ms\"\ninterval = \"300ms\"";

/// The services, and a desk from which one of them is asked.
struct Place {
    desk: Desk,
    providers: Providers,
    backend: &'static str,
    base: String,
    runtime: tokio::runtime::Runtime,
}

impl Place {
    fn at(backend: &'static str, config: &str, settings: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let providers = runtime.block_on(Providers::start(ProvidersConfig::from_toml(config).unwrap())).unwrap();
        let (key, path) = match backend {
            "hh-lab" => (LAB, "/v1"),
            "hh-app" => (APP, ""),
            _ => (CUSTOMER, ""),
        };
        let desk = Desk::with_key(key);
        let text = format!("{settings}\n[backends.{backend}]\n{PACE}\n");
        std::fs::write(desk.path("settings.toml"), text).unwrap();
        let base = format!("http://{}{path}", providers.address());
        Self { desk, providers, backend, base, runtime }
    }

    fn quick(backend: &'static str) -> Self {
        Self::at(backend, QUICK, "")
    }

    fn strike(&self, fault: Fault) {
        self.providers.set_faults(FaultScript::new(vec![fault])).unwrap();
    }

    /// `seaglass job submit a fox runs --duration 5 …` at the service.
    fn submit(&self, more: &[&str]) -> std::process::Command {
        let words = ["submit", "a fox runs", "--duration", "5", "--backend", self.backend, "--base-url", &self.base];
        self.with_key(&[&words[..], more].concat())
    }

    fn with_key(&self, words: &[&str]) -> std::process::Command {
        let mut command = self.desk.job(&[words, &["--api-key-file", "key", "--config", "settings.toml"]].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn submits(&self) -> usize {
        self.providers.log().submits.len()
    }

    /// One whole run that may not fail; the final object.
    fn made(&self, more: &[&str]) -> Value {
        let output = support::run(&mut self.submit(&[more, &["-o", "json"]].concat()));
        assert!(output.status.success(), "{}", said(&output));
        object(&output)
    }

    fn listed(&self, state: &str) -> Vec<Value> {
        let output = self.desk.run(&["list", "--state", state, "-o", "json"]);
        object(&output).as_array().unwrap().clone()
    }

    /// Nobody saw a key where none belongs, or any other thing that no client should do.
    fn is_clean(&self) {
        let violations = self.providers.log().violations;
        assert!(violations.is_empty(), "{violations:?}");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Ends what the mocks do before their runtime goes.
        let _within = self.runtime.enter();
    }
}

fn is_clip(path: &std::path::Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.len() > 1000 && bytes.get(4..8) == Some(b"ftyp"))
}

/// The first line that a process prints on stderr, or stdout, that has this in it.
fn line_with(stream: &mut impl std::io::BufRead, part: &str) -> String {
    let mut line = String::new();
    while !line.contains(part) {
        line.clear();
        assert!(stream.read_line(&mut line).unwrap() > 0, "it ended without {part:?}");
    }
    line
}

fn interrupt(child: &Child) {
    let process = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
}

/// HL-1, HL-2, HL-13, HL-19, X-3, X-10: signed links, and no key where they lead.
#[test]
fn hl_2_words_become_a_file_at_hh_lab() {
    let place = Place::quick("hh-lab");
    let shown = place.made(&["--resolution", "1080p", "--seed", "7", "--download", "fox.mp4"]);
    assert_eq!((&shown["state"], &shown["file"], &shown["credits"]), (&json!("ready"), &json!("fox.mp4"), &json!(10.0)));
    assert!(is_clip(&place.desk.path("fox.mp4")));
    let submit = place.providers.log().submits[0].clone();
    assert_eq!(submit.body, json!({ "prompt": "a fox runs", "duration": 5, "resolution": "1080p", "seed": 7 }));
    assert_eq!(json!(submit.id), shown["id"]);
    let listed = place.listed("ready");
    assert_eq!((&listed[0]["id"], listed[0]["file"].as_str().unwrap().ends_with("fox.mp4")), (&shown["id"], true));
    place.is_clean();
}

/// HA-1, HA-2, HA-17, HA-22, HA-25: exactly what was estimated, downloaded at once into the working folder.
#[test]
fn ha_2_words_become_a_file_at_hh_app() {
    let place = Place::quick("hh-app");
    let shown = place.made(&["--mode", "pro", "--wait"]);
    let name = format!("{}.mp4", shown["id"].as_str().unwrap());
    assert_eq!(
        (&shown["state"], &shown["credits"], &shown["estimate"]["credits"]),
        (&json!("ready"), &json!(400.0), &json!(400.0))
    );
    assert!(is_clip(&place.desk.path(&name)), "{shown}");
    assert_eq!(place.submits(), 1);
    place.is_clean();
}

/// HC-2, HC-3, HC-7, HC-8, HC-10, HC-17: local files are uploaded first, by what their bytes are.
#[test]
fn hc_3_local_files_are_uploaded_and_named_by_their_keys() {
    let place = Place::quick("hh-customer");
    let image = [&b"\x89PNG\r\n\x1a\n"[..], &[7; 5000]].concat();
    std::fs::write(place.desk.path("frame.jpg"), &image).unwrap();
    let shown = place.made(&["--image", "@frame.jpg", "--camera", "pan-right", "--download", "clips/"]);
    assert!(is_clip(&place.desk.path(shown["file"].as_str().unwrap())), "{shown}");
    let log = place.providers.log();
    let upload = &log.uploads[0];
    assert_eq!((upload.content_type.as_str(), upload.bytes), ("image/png", image.len() as u64), "a PNG, whatever its name");
    assert_eq!(log.submits[0].body["sourceImageKey"], json!(upload.key));
    assert_eq!(log.submits[0].body["cameraMotion"], "pan-right");
    assert_eq!(shown["credits"], Value::Null, "HC-30: unknown is not 0");
    place.is_clean();
}

/// HC-22: a URL is refused with the way out named, and with that taken brought here without a key, and uploaded.
#[test]
fn hc_22_a_url_is_refused_and_with_fetch_brought_here_and_uploaded() {
    let place = Place::quick("hh-customer");
    let image = [&b"\x89PNG\r\n\x1a\n"[..], &[9; 3000]].concat();
    let headers = [("Content-Type", "image/png".to_owned()), ("Content-Length", image.len().to_string())];
    let host = Host::answering(vec![answer("200 OK", &headers, &image)]);
    let url = host.url("a.png?signature=s3cret");
    let output = support::run(&mut place.submit(&["--image", &url]));
    assert_eq!(status(&output), 2, "{}", said(&output));
    assert!(said(&output).contains("--fetch") && host.asked().is_empty(), "{}", said(&output));
    let output = support::run(&mut place.submit(&["--image", &url, "--fetch", "--dry-run"]));
    assert!(output.status.success() && host.asked().is_empty(), "{}", said(&output));
    assert!(!said(&output).contains("s3cret"), "X-9: {}", said(&output));
    place.made(&["--image", &url, "--fetch"]);
    let fetched = host.asked()[0].clone();
    assert!(!fetched.head.contains("authorization") && fetched.body.is_empty(), "{}", fetched.head);
    let log = place.providers.log();
    assert_eq!((log.uploads.len(), log.uploads[0].bytes), (1, image.len() as u64));
    assert_eq!(log.submits[0].body["sourceImageKey"], json!(log.uploads[0].key));
    place.is_clean();
}

/// HL-14, HA-20, X-4: the wait ends, the job does not, and whoever comes later goes on with the command that was shown.
#[test]
fn x_4_a_wait_that_ends_names_the_command_that_goes_on() {
    let place = Place::at("hh-app", "[app]\nrender_s = 2.5", "");
    let output = support::run(&mut place.submit(&["--wait", "--deadline", "1s"]));
    assert_eq!(status(&output), 8, "{}", said(&output));
    let first = String::from_utf8_lossy(&output.stdout).lines().next().unwrap().to_owned();
    let (id, resume) = first.split_once("  resume: seaglass job ").unwrap();
    assert!(id.starts_with("n92") && resume.starts_with(&format!("wait {id}")), "{first}");
    let words: Vec<&str> = resume.split(' ').collect();
    let output = support::run(&mut place.desk.job(&words));
    assert!(output.status.success(), "{}", said(&output));
    assert!(is_clip(&place.desk.path(&format!("{id}.mp4"))), "{}", said(&output));
    assert_eq!(place.submits(), 1);
}

/// on a machine whose journal does not know the job.
#[test]
fn x_4_a_job_of_another_machine_can_be_waited_for() {
    let place = Place::quick("hh-customer");
    let id = place.made(&[])["id"].as_str().unwrap().to_owned();
    let books = place.desk.path("others.sqlite");
    let mut command = place.with_key(&["wait", &id, "-o", "json"]);
    let output = support::run(command.env("SEAGLASS_BOOKS", &books));
    assert_eq!(status(&output), 5, "it cannot know where: {}", said(&output));
    let mut command = place.with_key(&["wait", &id, "--backend", "hh-customer", "--base-url", &place.base, "-o", "json"]);
    let output = support::run(command.env("SEAGLASS_BOOKS", &books));
    assert_eq!(object(&output)["state"], "ready", "{}", said(&output));
}

/// HC-31, HA-20: Ctrl-C ends the waiting, not the job, and says so.
#[test]
fn hc_31_an_interrupt_ends_the_waiting_and_says_what_goes_on() {
    let place = Place::at("hh-customer", "[customer]\nrender_s = 4.0", "");
    let mut child = place.submit(&["--wait"]).spawn().unwrap();
    let first = line_with(&mut BufReader::new(child.stdout.as_mut().unwrap()), "resume:");
    interrupt(&child);
    let (mut words, mut stderr) = (String::new(), child.stderr.take().unwrap());
    stderr.read_to_string(&mut words).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{words}");
    let id = first.split("  ").next().unwrap();
    assert!(words.contains("was charged when it was submitted") && words.contains(&format!("job wait {id}")), "{words}");
    assert_eq!((place.listed("running").len(), place.submits()), (1, 1));
}

/// a submit that is under way when the interrupt comes is heard out: its id is not lost.
#[test]
fn x_3_an_interrupt_during_a_submit_does_not_lose_its_id() {
    let place = Place::quick("hh-app");
    place.strike(Fault { delay_ms: 1200, ..Fault::on("app.generate") });
    let mut child = place.submit(&["--wait", "-o", "json"]).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    line_with(&mut stderr, "submitting");
    interrupt(&child);
    let (mut words, mut stdout) = (String::new(), String::new());
    stderr.read_to_string(&mut words).unwrap();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{words}");
    let shown: Value = serde_json::from_str(&stdout).unwrap();
    let submits = place.providers.log().submits;
    if let Some(submit) = submits.front() {
        assert_eq!((&shown["id"], &shown["state"]), (&json!(submit.id), &json!("running")), "{words}");
        assert!(words.contains(&format!("seaglass job wait {}", submit.id)), "{words}");
    } else {
        assert_eq!(shown["state"], "refused", "it had not left: {words}");
    }
    assert!(submits.len() <= 1);
}

/// X-3, HL-21: whatever ends the process, the journal says that a submit was on its way, and nobody sends it again.
#[test]
fn hl_21_a_killed_submit_is_unknown_and_is_not_sent_again() {
    let place = Place::quick("hh-lab");
    place.strike(Fault { delay_ms: 60_000, ..Fault::on("lab.generate") });
    let mut child = place.submit(&["--wait"]).spawn().unwrap();
    line_with(&mut BufReader::new(child.stderr.take().unwrap()), "submitting");
    // Until the mock has it.
    while place.submits() == 0 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let unknown = place.listed("unknown");
    assert_eq!((unknown.len(), &unknown[0]["id"]), (1, &unknown[0]["key"]), "what has no id goes by its key: {unknown:?}");
    let key = unknown[0]["key"].as_str().unwrap();
    let output = support::run(&mut place.with_key(&["wait", key]));
    assert_eq!(status(&output), 12, "{}", said(&output));
    assert_eq!(place.submits(), 1);
}

/// HL-21, HC-31: an answer that is lost after the work was done.
#[test]
fn hc_31_a_lost_answer_is_an_unknown_outcome_and_is_not_repeated() {
    let place = Place::quick("hh-customer");
    place.strike(Fault { lose: Some(Lost::After), ..Fault::on("customer.create") });
    let output = support::run(&mut place.submit(&["--wait", "-o", "json"]));
    assert_eq!(status(&output), 12, "{}", said(&output));
    assert_eq!((object(&output)["state"].clone(), place.submits()), (json!("unknown"), 1));
}

/// HC-31, X-4: its user found it on the service's pages, and everything goes on from there. The service is asked before that is
/// believed.
#[test]
fn hc_31_an_unknown_job_that_its_user_found_goes_on_under_its_id() {
    let place = Place::quick("hh-customer");
    place.strike(Fault { lose: Some(Lost::After), ..Fault::on("customer.create") });
    let output = support::run(&mut place.submit(&["--wait"]));
    assert_eq!(status(&output), 12, "{}", said(&output));
    let key = place.listed("unknown")[0]["key"].as_str().unwrap().to_owned();
    let settle = format!("seaglass job settle {key} ");
    for named in [said(&output), said(&place.desk.run(&["list"])), said(&place.desk.run(&["show", &key]))] {
        assert!(named.contains(&settle) && named.contains("--never"), "{named}");
    }
    let output =
        support::run(&mut place.with_key(&["settle", &key, "--id", "018f3f1d-8c2e-7b4d-9db1-8e8f3a0c8f21", "-o", "json"]));
    assert_eq!(status(&output), 5, "{}", said(&output));
    assert!(said(&output).contains("nothing was settled") && said(&output).contains("--no-check"), "{}", said(&output));
    assert_eq!(place.listed("unknown").len(), 1);
    let id = place.providers.log().submits[0].id.clone();
    let output = support::run(&mut place.with_key(&["settle", &key, "--id", &id, "-o", "json"]));
    assert!(output.status.success(), "{}", said(&output));
    let shown = object(&output);
    assert_eq!((&shown["id"], &shown["key"], &shown["error"]), (&json!(id), &json!(key), &Value::Null), "{shown}");
    assert!(
        matches!(shown["state"].as_str(), Some("running" | "ready")) && !shown["raw"].is_null(),
        "it was asked: {shown}"
    );
    let output = support::run(&mut place.with_key(&["wait", &key, "--download", "fox.mp4"]));
    assert!(output.status.success() && is_clip(&place.desk.path("fox.mp4")), "{}", said(&output));
    let output = support::run(&mut place.with_key(&["settle", &key, "--never"]));
    assert_eq!(status(&output), 2, "what is known is not settled: {}", said(&output));
    assert!(said(&output).contains("is not unknown") && said(&output).contains("it is ready"), "{}", said(&output));
    assert_eq!((place.listed("ready").len(), place.listed("unknown").len(), place.submits()), (1, 0, 1));
    place.is_clean();
}

/// HL-21, HO-23: nobody is asked, as no service can say that something never was; without a key nobody could be.
#[test]
fn hl_21_an_unknown_job_that_never_was_frees_its_part_of_the_budget() {
    let place = Place::at("hh-app", QUICK, "[budget]\nday_credits = 500");
    place.strike(Fault { lose: Some(Lost::Before), ..Fault::on("app.generate") });
    let output = support::run(&mut place.submit(&["--mode", "pro"]));
    assert_eq!(status(&output), 12, "{}", said(&output));
    let output = support::run(&mut place.submit(&["--mode", "pro"]));
    assert_eq!(status(&output), 10, "400 of 500 credits are set aside: {}", said(&output));
    let key = place.listed("unknown")[0]["key"].as_str().unwrap().to_owned();
    for wrong in [&["settle", &key][..], &["settle", &key, "--never", "--id", "n92a"], &["settle", "nobodys", "--never"]] {
        assert!(matches!(status(&place.desk.run(wrong)), 2 | 5), "{wrong:?}");
    }
    let asked = place.providers.log().count("app.status");
    let output = place.desk.run(&["settle", &key, "--never"]);
    assert!(output.status.success() && said(&output).contains("400 credits"), "{}", said(&output));
    assert_eq!((place.listed("refused").len(), place.providers.log().count("app.status")), (1, asked));
    place.made(&["--mode", "pro"]);
    assert_eq!(place.submits(), 1);
}

/// Where the service cannot be asked, its user is believed.
#[test]
fn an_unknown_job_is_settled_without_a_key_where_nobody_is_to_be_asked() {
    let place = Place::quick("hh-lab");
    place.strike(Fault { lose: Some(Lost::After), ..Fault::on("lab.generate") });
    assert_eq!(status(&support::run(&mut place.submit(&[]))), 12);
    let key = place.listed("unknown")[0]["key"].as_str().unwrap().to_owned();
    let id = place.providers.log().submits[0].id.clone();
    assert_eq!(status(&place.desk.run(&["settle", &key, "--id", &id])), 3, "it asks with a key");
    let output = place.desk.run(&["settle", &key, "--id", &id, "--no-check", "-o", "json"]);
    assert_eq!((&object(&output)["state"], &object(&output)["id"]), (&json!("running"), &json!(id)), "{}", said(&output));
    let output = support::run(&mut place.with_key(&["download", &id, "fox.mp4"]));
    assert!(matches!(status(&output), 0 | 8), "it is asked for now: {}", said(&output));
    let output = support::run(&mut place.with_key(&["wait", &id, "-o", "json"]));
    assert_eq!((object(&output)["state"].clone(), place.submits()), (json!("ready"), 1), "{}", said(&output));
}

/// X-5, HA-21: too many at once is the one refusal after which a submit is sent again.
#[test]
fn x_5_a_submit_that_comes_too_soon_is_sent_again_when_the_service_says() {
    let place = Place::quick("hh-app");
    place.strike(Fault { status: Some(429), retry_after: Some(1), ..Fault::on("app.generate") });
    let output = support::run(&mut place.submit(&[]));
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("again in"), "{}", said(&output));
    assert_eq!((place.submits(), place.providers.log().count("app.generate")), (1, 2));
}

/// HA-23, HL-12: the service's own words, its credits, exit status 6, and no second try.
#[test]
fn ha_23_a_job_that_failed_says_why() {
    let place = Place::quick("hh-app");
    place.strike(Fault { fail: Some("the fox was shy".to_owned()), ..Fault::on("app.generate") });
    let output = support::run(&mut place.submit(&["--wait", "-o", "json"]));
    assert_eq!(status(&output), 6, "{}", said(&output));
    let shown = object(&output);
    assert_eq!(
        (&shown["state"], &shown["file"], &shown["error"]["code"]),
        (&json!("failed"), &Value::Null, &json!("job-failed"))
    );
    assert!(shown["error"]["why"].as_str().unwrap().contains("the fox was shy"), "{shown}");
    assert_eq!(place.submits(), 1);
}

/// HA-17: done, and no clip: a state of its own journal's that nobody waits on, and the reason in the list.
#[test]
fn ha_17_a_job_that_is_done_without_a_clip_is_listed_as_failed_with_its_reason() {
    let place = Place::quick("hh-app");
    place.strike(Fault { results: Some(MissingResults::Missing), times: 0, ..Fault::on("app.status") });
    let output = support::run(&mut place.submit(&["--wait", "-o", "json"]));
    assert_eq!(status(&output), 6, "{}", said(&output));
    let shown = object(&output);
    assert_eq!((&shown["state"], &shown["error"]["code"]), (&json!("failed"), &json!("no-clip")), "{shown}");
    assert_eq!((&shown["credits"], &shown["file"]), (&json!(300.0), &Value::Null), "5 s x 60: it was charged: {shown}");
    let listed = place.listed("failed");
    assert!(listed[0]["error"].as_str().unwrap().contains("names no clip"), "{listed:?}");
    assert_eq!((listed.len(), place.listed("running").len(), place.submits()), (1, 0, 1));
    let output = place.desk.run(&["list"]);
    assert!(said(&output).contains("names no clip"), "{}", said(&output));
}

/// a clip that cannot be downloaded costs the job nothing, and is no success either, wherever it was to go; later it can be.
#[test]
fn x_8_a_download_that_fails_loses_nothing_and_makes_nothing_again() {
    let place = Place::quick("hh-lab");
    place.strike(Fault { status: Some(418), times: 0, ..Fault::on("cdn.get") });
    let output = support::run(&mut place.submit(&["--wait", "-o", "json"]));
    assert_eq!(status(&output), 6, "a script that goes on with the file would find none: {}", said(&output));
    let shown = object(&output);
    assert_eq!(
        (&shown["state"], &shown["file"], &shown["error"]["code"]),
        (&json!("ready"), &Value::Null, &json!("no-clip"))
    );
    assert_eq!(shown["error"]["exit"], json!(6), "as the process says");
    let again = format!("seaglass job download {}", shown["id"].as_str().unwrap());
    assert!(shown["error"]["fix"].as_str().unwrap().contains(&again), "{shown}");
    let id = shown["id"].as_str().unwrap();
    let output = support::run(&mut place.with_key(&["download", id, "fox.mp4"]));
    assert_eq!(status(&output), 6, "{}", said(&output));
    place.providers.set_faults(FaultScript::default()).unwrap();
    let output = support::run(&mut place.with_key(&["download", id, "fox.mp4"]));
    assert!(output.status.success() && is_clip(&place.desk.path("fox.mp4")), "{}", said(&output));
    assert_eq!(place.submits(), 1);
    place.is_clean();
}

/// a place where no clip can lie is told before the job is paid for, and what lies there is left alone.
#[test]
fn x_1_a_place_where_no_clip_can_go_is_refused_before_anything_is_sent() {
    let place = Place::quick("hh-lab");
    let socket = place.desk.path("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for to in ["-", "socket", "key/fox.mp4"] {
        let output = support::run(&mut place.submit(&["--wait", "--download", to, "-o", "json"]));
        assert_eq!(status(&output), 2, "{}", said(&output));
        assert_eq!(object(&output)["error"]["code"], json!("usage"), "{}", said(&output));
    }
    assert_eq!(place.submits(), 0);
    let id = place.made(&["--wait", "--no-download"])["id"].as_str().unwrap().to_owned();
    for words in [["wait", &id, "--download", "socket"], ["download", &id, "--download", "-"]] {
        let output = support::run(&mut place.with_key(&words));
        assert_eq!(status(&output), 2, "{words:?}: {}", said(&output));
    }
    assert!(!socket.is_file() && !place.desk.path("-").exists());
    let output = support::run(&mut place.with_key(&["download", &id, "--download", "fox.mp4"]));
    assert!(output.status.success() && is_clip(&place.desk.path("fox.mp4")), "as submit says it: {}", said(&output));
}

/// two that wait for the same job in the same folder both end with its clip.
#[test]
fn x_8_two_processes_that_want_the_same_clip_in_the_same_place_both_have_it() {
    let place = Place::quick("hh-lab");
    let id = place.made(&[])["id"].as_str().unwrap().to_owned();
    place.strike(Fault { delay_ms: 1500, times: 0, ..Fault::on("cdn.get") });
    let both = [0, 1].map(|_| place.with_key(&["wait", &id, "-o", "json"]).spawn().unwrap());
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let file = object(&output)["file"].as_str().unwrap().to_owned();
        assert!(is_clip(&place.desk.path(&file)), "{file}");
    }
    assert!(!place.desk.path(&format!("{id}.mp4.part")).exists());
    place.is_clean();
}

/// The words that people try first.
#[test]
fn guessed_words_do_what_is_meant_or_say_why_not() {
    let place = Place::quick("hh-lab");
    let id = place.made(&[])["id"].as_str().unwrap().to_owned();
    let output = support::run(&mut place.with_key(&["status", &id]));
    assert!(output.status.success() && said(&output).contains(&id), "{}", said(&output));
    let output = place.desk.run(&["ls"]);
    assert!(output.status.success() && said(&output).contains(&id), "{}", said(&output));
    let output = support::run(&mut place.with_key(&["cancel", &id, "--backend", "hh-lab"]));
    assert_eq!(status(&output), 2, "{}", said(&output));
    assert!(said(&output).contains("cannot be cancelled"), "{}", said(&output));
}

/// HL-20: the base URL of hh-lab without its /v1, as people type it, is told as what it is.
#[test]
fn hl_20_a_base_url_that_leads_nowhere_is_told_as_one() {
    let place = Place::quick("hh-lab");
    let base = place.base.trim_end_matches("/v1").to_owned();
    let words = ["submit", "a fox runs", "--backend", "hh-lab", "--base-url", &base, "-o", "json"];
    let output = support::run(&mut place.with_key(&words));
    assert_eq!(status(&output), 5, "{}", said(&output));
    let error = &object(&output)["error"];
    assert!(error["fix"].as_str().unwrap().contains("/v1"), "{error}");
    assert!(!error["message"].as_str().unwrap().contains("no such job"), "{error}");
    let output = support::run(&mut place.with_key(&["submit", "a fox runs", "-o", "json"]));
    assert_eq!((status(&output), &object(&output)["error"]["code"]), (2, &json!("usage")), "whatever happens, an object");
    assert_eq!(place.submits(), 0);
}

/// HO-23, X-2: what a budget does not allow is not sent.
#[test]
fn x_2_a_budget_refuses_before_anything_is_sent() {
    let place = Place::at("hh-app", QUICK, "[budget]\nday_credits = 500");
    place.made(&["--mode", "pro"]);
    let output = support::run(&mut place.submit(&["--mode", "pro"]));
    assert_eq!(status(&output), 10, "{}", said(&output));
    assert!(said(&output).contains("the same request was submitted"), "a note: {}", said(&output));
    let output = support::run(&mut place.submit(&["--mode", "pro", "--dry-run"]));
    assert_eq!(status(&output), 10, "{}", said(&output));
    assert_eq!(place.submits(), 1);
}

/// HL-19, X-14: whoever submits without waiting leaves jobs of which the journal knows no end. They hold no place for ever: the service is
/// asked for them where one is needed.
#[test]
fn hl_19_a_job_that_ended_with_nobody_looking_gives_its_place_to_the_next() {
    let place = Place::at("hh-lab", "[lab]\nrender_s = 0.01", "");
    let settings = place.desk.path("settings.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}jobs = 1\n")).unwrap();
    let first = place.made(&[])["id"].clone();
    assert_eq!(place.listed("running").len(), 1);
    place.made(&["--seed", "2"]);
    assert_eq!(place.submits(), 2);
    assert_eq!(place.listed("ready")[0]["id"], first, "as the service said when it was asked");
}

/// HL-19, X-14: several at once; with --any the first that is ready ends the wait.
#[test]
fn several_jobs_are_waited_for_at_once() {
    let place = Place::quick("hh-app");
    let ids: Vec<String> = ["1", "2"].iter().map(|_| place.made(&[])["id"].as_str().unwrap().to_owned()).collect();
    place.strike(Fault { stuck: true, ..Fault::on("app.generate") });
    let stuck = place.made(&[])["id"].as_str().unwrap().to_owned();
    let output = support::run(&mut place.with_key(&["wait", &ids[0], &ids[1], "--download", "clips", "-o", "json"]));
    assert!(output.status.success(), "{}", said(&output));
    let shown = object(&output);
    for (index, id) in ids.iter().enumerate() {
        assert_eq!((&shown[index]["id"], &shown[index]["state"]), (&json!(id), &json!("ready")));
        assert!(is_clip(&place.desk.path(&format!("clips/{id}.mp4"))), "{shown}");
    }
    let output = support::run(&mut place.with_key(&["wait", &stuck, &ids[0], "--any", "--no-download", "-o", "json"]));
    assert!(output.status.success(), "{}", said(&output));
    let states: Vec<&str> = object(&output)
        .as_array()
        .unwrap()
        .iter()
        .map(|job| match job["state"].as_str() {
            Some("ready") => "ready",
            _ => "running",
        })
        .collect();
    assert_eq!(states, ["running", "ready"]);
    let output = support::run(&mut place.with_key(&["wait", &stuck, &ids[0], "--deadline", "1s", "--no-download"]));
    assert_eq!(status(&output), 8, "{}", said(&output));
}

/// One event a line, in order, and the final object last.
#[test]
fn programs_get_an_event_a_line_and_the_final_object_last() {
    let place = Place::quick("hh-lab");
    let output = support::run(&mut place.submit(&["--download", "fox.mp4", "-o", "jsonl"]));
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    names.dedup();
    assert_eq!(names, ["journaled", "accepted", "checked", "downloading", "done"], "{text}");
    let (accepted, done) = (&events[1], events.last().unwrap());
    assert!(accepted["resume"].as_str().unwrap().starts_with("seaglass job wait "), "{accepted}");
    assert_eq!((&done["state"], &done["id"]), (&json!("ready"), &accepted["id"]));
}

/// A file that is uploaded by itself is named by the key that is printed, and by nothing else on stdout.
#[test]
fn an_upload_prints_the_key_that_a_submit_takes() {
    let place = Place::quick("hh-customer");
    std::fs::write(place.desk.path("song.mp3"), [&b"ID3\x04\0"[..], &[3; 2000]].concat()).unwrap();
    let words = ["upload", "song.mp3", "--backend", "hh-customer", "--base-url", &place.base];
    let output = support::run(&mut place.with_key(&words));
    assert!(output.status.success(), "{}", said(&output));
    let key = String::from_utf8(output.stdout).unwrap();
    let shown = place.made(&["--ref-audio", &format!("key:{}", key.trim_end()), "--wait", "--no-download"]);
    assert_eq!((&shown["state"], &shown["file"]), (&json!("ready"), &Value::Null));
    let log = place.providers.log();
    assert_eq!(log.submits[0].body["referenceAudioKey"], json!(log.uploads[0].key));
    assert_eq!(log.uploads[0].content_type, "audio/mpeg");
}
