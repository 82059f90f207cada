//! `seaglass play` of a clip that is not a file yet: at an address, and of a job. What is decoded is what is decoded from the file
//! itself, to the last bit.
#![cfg(all(feature = "player", feature = "server"))]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod job_desk;
mod providers_support;
mod support;

use std::process::{Command, Output, Stdio};

use job_desk::{Desk, object, said, status};
use providers_support::{LAB, asked};
use seaglass::sim::providers::{Fault, FaultScript, Providers, ProvidersConfig};
use serde_json::Value;

/// The mocks of the services, and a desk with a job of hh-lab that is done.
struct Place {
    desk: Desk,
    providers: Providers,
    /// The id of the job, whose clip is the file `fox.mp4`.
    id: String,
    runtime: tokio::runtime::Runtime,
}

impl Place {
    fn with_a_clip() -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let config = ProvidersConfig::from_toml("[lab]\nrender_s = 0.3").unwrap();
        let providers = runtime.block_on(Providers::start(config)).unwrap();
        let desk = Desk::with_key(LAB);
        let settings = "[backends.hh-lab]\nfirst_check = \"300ms\"\ninterval = \"300ms\"\n";
        std::fs::write(desk.path("settings.toml"), settings).unwrap();
        std::fs::create_dir(desk.path("temporary")).unwrap();
        let base = format!("http://{}/v1", providers.address());
        let words = ["submit", "a fox runs", "--duration", "5", "--backend", "hh-lab", "--base-url", &base];
        let more = ["--api-key-file", "key", "--config", "settings.toml", "--download", "fox.mp4", "-o", "json"];
        let output = desk.run(&[&words[..], &more].concat());
        assert!(output.status.success(), "{}", said(&output));
        let id = object(&output)["id"].as_str().unwrap().to_owned();
        Self { desk, providers, id, runtime }
    }

    /// `seaglass play` at that desk.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = support::seaglass();
        command.arg("play").args(words).current_dir(self.desk.path(""));
        command.env("SEAGLASS_BOOKS", self.desk.path("books.sqlite")).env("TMPDIR", self.desk.path("temporary"));
        command.env("HH_LAB_API_KEY", LAB);
        command
    }

    /// Runs that to its end.
    fn play(&self, words: &[&str]) -> Output {
        support::run(&mut self.command(words))
    }

    /// How many things lie in the folder for temporary ones.
    fn left(&self) -> usize {
        std::fs::read_dir(self.desk.path("temporary")).unwrap().count()
    }

    /// What it says of a source, less the name of that.
    fn told(&self, source: &str, more: &[&str]) -> Value {
        let output = self.play(&[&[source][..], more].concat());
        assert!(output.status.success(), "{source}: {}", said(&output));
        let mut told = object(&output);
        told.as_object_mut().unwrap().remove("source");
        told
    }

    /// The link to the clip, as the service tells it now.
    fn link(&self) -> String {
        let (status, job) = self.runtime.block_on(asked(&self.providers, LAB, &format!("/v1/jobs/{}", self.id)));
        assert_eq!(status, 200, "{job}");
        job["output_url"].as_str().unwrap().to_owned()
    }

    fn strike(&self, fault: Fault) {
        self.providers.set_faults(FaultScript::new(vec![fault])).unwrap();
    }

    /// How often the fault has struck.
    fn struck(&self) -> u64 {
        let (status, report) = self.runtime.block_on(asked(&self.providers, LAB, "/admin/providers/faults"));
        assert_eq!(status, 200, "{report}");
        report["faults"][0]["struck"].as_u64().unwrap()
    }

    /// How often a file was asked for.
    fn downloads(&self) -> u64 {
        self.providers.log().count("cdn.get")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Ends what the mocks do before their runtime goes.
        let _within = self.runtime.enter();
    }
}

const HASH: [&str; 3] = ["--hash", "--frames", "20"];

#[test]
fn a_clip_of_an_address_plays_as_its_file_does_and_leaves_nothing_behind() {
    let place = Place::with_a_clip();
    let file = place.told("fox.mp4", &HASH);
    assert_eq!(file["frames"], 20, "{file}");
    assert!(file["pictures"]["sha256"].is_string() && file["samples"]["sha256"].is_string(), "{file}");
    assert_eq!(place.told(&place.link(), &HASH), file);
    // A connection that breaks: what is missing is asked for, and no more.
    place.strike(Fault { cut_after: Some(2000), ..Fault::on("cdn.get") });
    let before = place.downloads();
    assert_eq!(place.told(&place.link(), &HASH), file, "in two parts");
    assert_eq!(place.downloads(), before + 2);
    let shown = place.told(&place.link(), &["--headless", "--frames", "2"]);
    assert_eq!((&shown["clip"], &shown["frames"]), (&file["clip"], &2.into()));

    place.strike(Fault { status: Some(404), times: 0, ..Fault::on("cdn.get") });
    let output = place.play(&[&[&place.link()[..]][..], &HASH].concat());
    assert!(!output.status.success() && output.stdout.is_empty(), "{}", said(&output));
    assert!(said(&output).contains("error[clip]: the clip cannot be fetched"), "{}", said(&output));
    assert_eq!(place.left(), 0, "a clip of an address goes with the program that played it");
}

#[cfg(unix)]
#[test]
fn a_fetch_that_is_interrupted_ends_at_once_and_leaves_nothing_behind() {
    use rustix::process::{Pid, Signal, kill_process};

    let place = Place::with_a_clip();
    place.strike(Fault { delay_ms: 600_000, times: 0, ..Fault::on("cdn.get") });
    for (struck, signal, exit) in [(1, Signal::INT, 130), (2, Signal::TERM, 143)] {
        let mut child = place.command(&[&place.link(), "--hash"]).stdout(Stdio::piped()).spawn().unwrap();
        // Until the mock has its request.
        while place.struck() < struck {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::yield_now();
        }
        assert_eq!(place.left(), 1);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((status(&output), output.stdout.len(), place.left()), (exit, 0, 0));
    }
}

#[test]
fn a_clip_of_a_job_plays_where_it_lies_or_is_downloaded_first() {
    let place = Place::with_a_clip();
    let file = place.told("fox.mp4", &HASH);
    let before = place.downloads();
    assert_eq!(place.told(&place.id, &HASH), file);
    assert_eq!(place.downloads(), before, "it is here");
    let shown = place.told(&place.id, &["--headless", "--frames", "2"]);
    assert_eq!((&shown["clip"], &shown["frames"]), (&file["clip"], &2.into()));

    std::fs::remove_file(place.desk.path("fox.mp4")).unwrap();
    assert_eq!(place.told(&place.id, &HASH), file);
    assert!(place.downloads() > before);
    assert!(place.desk.path(&format!("{}.mp4", place.id)).is_file(), "it stays where it was downloaded to");
    let before = place.downloads();
    assert_eq!(place.told(&place.id, &HASH), file);
    assert_eq!(place.downloads(), before, "once");

    let output = place.play(&["job_of_nobody", "--hash"]);
    assert_eq!(status(&output), 5, "{}", said(&output));
    assert!(said(&output).contains("neither a file here nor a job of the journal"), "{}", said(&output));
    assert!(place.providers.log().violations.is_empty());
}
