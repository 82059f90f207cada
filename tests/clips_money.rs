//! Money under faults: whatever goes wrong on the way, nothing is submitted more often than its user asked, no id that was told is
//! lost, and every job ends with its file or a typed reason. Against the providers' mocks, over real sockets; every run has a seed.
#![cfg(feature = "server")]
#![allow(missing_docs, reason = "a test")]

mod clips_support;

use std::path::Path;
use std::sync::Arc;

use jiff::Zoned;
use seaglass::books::JobEntry;
use seaglass::clips::{Agency, AgencyConfig, ClipError, Waiting};
use seaglass::jobs::{Backend, JobState, Mode, Request};
use seaglass::sim::providers::{Fault, Log, Lost, MissingResults};

/// Jobs of one run.
const JOBS: usize = 4;
/// Runs per service, all at once.
const RUNS: u64 = 6;

/// SplitMix64: what a run does follows from its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

/// The endpoints of a service by the names of fault scripts: submit and status.
const fn endpoints(backend: Backend) -> (&'static str, &'static str) {
    match backend {
        Backend::HhLab => ("lab.generate", "lab.job"),
        Backend::HhApp => ("app.generate", "app.status"),
        Backend::HhCustomer => ("customer.create", "customer.video"),
    }
}

/// A few faults for one run. All of them can happen to anybody.
fn faults(backend: Backend, dice: &mut Dice) -> Vec<Fault> {
    let (submit, status) = endpoints(backend);
    let mut faults = Vec::new();
    for nth in 1..=JOBS as u64 {
        let fault = Fault { nth, ..Fault::on(submit) };
        match dice.below(8) {
            0 => faults.push(Fault { lose: Some(Lost::After), ..fault }),
            1 => faults.push(Fault { lose: Some(Lost::Before), ..fault }),
            2 => faults.push(Fault { status: Some(500), ..fault }),
            3 => faults.push(Fault { status: Some(429), retry_after: Some(0), ..fault }),
            4 => faults.push(Fault { garbled: true, ..fault }),
            5 => faults.push(Fault { fail: Some("the model gave up".to_owned()), ..fault }),
            _ => {}
        }
    }
    for nth in 1..=12 {
        let fault = Fault { nth, ..Fault::on(status) };
        match dice.below(10) {
            0 => faults.push(Fault { status: Some(503), ..fault }),
            1 => faults.push(Fault { status: Some(429), retry_after: Some(0), ..fault }),
            2 => faults.push(Fault { lose: Some(Lost::After), ..fault }),
            3 => faults.push(Fault { garbled: true, ..fault }),
            4 => faults.push(Fault { word: Some("pondering".to_owned()), ..fault }),
            5 if dice.one_in(4) => faults.push(Fault { results: Some(MissingResults::Empty), ..fault }),
            _ => {}
        }
    }
    for nth in 1..=6 {
        let fault = Fault { nth, ..Fault::on("cdn.get") };
        match dice.below(6) {
            0 => faults.push(Fault { cut_after: Some(500 + dice.below(4000)), ..fault }),
            1 => faults.push(Fault { status: Some(503), ..fault }),
            2 => faults.push(Fault { status: Some(403), ..fault }),
            3 => faults.push(Fault { redirects: 2, ..fault }),
            _ => {}
        }
    }
    faults
}

fn request(number: usize) -> Request {
    Request {
        prompt: Some(format!("a horse at the sea, take {number}")),
        duration: Some(3),
        mode: Some(Mode::Std),
        ..Request::default()
    }
}

/// How one job went for its user.
#[derive(Debug)]
enum Told {
    File(String),
    Failed(Option<String>, ClipError),
}

async fn one(agency: &Agency, number: usize, folder: &Path) -> Told {
    let mut quiet = |_| {};
    let receipt = match agency.submit(&request(number), &mut quiet).await {
        Ok(receipt) => receipt,
        Err(error) => return Told::Failed(None, error),
    };
    let target = folder.join(format!("{number}.mp4"));
    let waited = agency.wait(&receipt.id, Waiting { deadline: None }, &mut quiet).await;
    match waited {
        Ok(finished) if finished.state == JobState::Ready => match agency.download(&receipt.id, &target, &mut quiet).await {
            Ok(_) => Told::File(receipt.id),
            Err(error) => Told::Failed(Some(receipt.id), error),
        },
        Ok(finished) => panic!("a wait that went well ended with {finished:?}"),
        Err(error) => Told::Failed(Some(receipt.id), error),
    }
}

/// What is wrong with a run; empty if nothing is.
fn faults_of(run: &[(usize, Told)], log: &Log, journal: &[JobEntry], folder: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let prompt_of = |submit: &serde_json::Value| submit["prompt"].as_str().unwrap_or_default().to_owned();
    for (number, told) in run {
        let prompt = request(*number).prompt.expect("a prompt");
        let made: Vec<_> = log.submits.iter().filter(|submit| prompt_of(&submit.body) == prompt).collect();
        let entries: Vec<_> =
            journal.iter().filter(|entry| entry.body.contains(&prompt) || entry.summary.contains(&prompt)).collect();
        let mut check = |holds: bool, claim: &str| {
            if !holds {
                wrong.push(format!(
                    "job {number}: not so: {claim}\n  told: {told:?}\n  made: {made:?}\n  journal: {entries:?}"
                ));
            }
        };
        // HL-21, HC-31: whatever was lost, nothing is made twice.
        check(made.len() <= 1, "the service made it at most once");
        check(entries.len() == 1, "the journal has it, once");
        let Some(entry) = entries.first() else { continue };
        if let Some(made) = made.first() {
            let known = entry.id.as_deref() == Some(&made.id);
            // what was paid for is known by its id, or known to be unknown.
            check(known || entry.state == JobState::Unknown, "what was made is in the journal, or known to be unknown");
        }
        match told {
            Told::File(id) => {
                check(entry.id.as_ref() == Some(id) && entry.state == JobState::Ready, "the journal says that it is ready");
                let file = std::fs::read(folder.join(format!("{number}.mp4"))).unwrap_or_default();
                check(file.get(4..8) == Some(b"ftyp"), "its file is a clip");
                check(entry.file.is_some(), "the journal says where the file is");
            }
            Told::Failed(id, error) => {
                check(entry.id == *id, "an id that was told is in the journal");
                let fits = match error {
                    ClipError::OutcomeUnknown { .. } => entry.state == JobState::Unknown,
                    ClipError::Failed { .. } => entry.state == JobState::Failed,
                    ClipError::Refused(_) if id.is_none() => entry.state == JobState::Refused && made.is_empty(),
                    // One whose clip was there stays ready where the service does not name it again.
                    ClipError::ResultMissing { .. } => matches!(entry.state, JobState::Failed | JobState::Ready),
                    ClipError::Refused(_) | ClipError::NoClip { .. } | ClipError::Expired { .. } => id.is_some(),
                    // A new link was asked for, and the service takes back that it is done.
                    ClipError::StillRunning { .. } => id.is_some() && entry.state == JobState::Ready,
                    ClipError::Net(_) => id.is_some() || made.is_empty(),
                    _ => false,
                };
                check(fits, "the reason is one of those that there are, and the journal agrees");
            }
        }
    }
    if log.submits.len() > run.len() {
        wrong.push(format!("{} jobs were made where {} were asked for", log.submits.len(), run.len()));
    }
    //
    wrong.extend(log.violations.iter().map(|violation| format!("the providers object: {violation:?}")));
    wrong
}

async fn run(backend: Backend, seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let script = faults(backend, &mut dice);
    let providers = clips_support::providers(script.clone()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = AgencyConfig { seed, ..clips_support::config(backend, &providers, folder.path()) };
    let books = Arc::clone(config.books.as_ref().expect("books"));
    let agency = Agency::new(config).expect("an agency");
    let jobs = (0..JOBS).map(|number| {
        let (agency, folder) = (agency.clone(), folder.path().to_owned());
        tokio::spawn(async move { (number, one(&agency, number, &folder).await) })
    });
    let mut told = Vec::new();
    for job in jobs.collect::<Vec<_>>() {
        told.push(job.await.expect("a job"));
    }
    let journal = books.jobs(&Zoned::now(), 100).expect("the journal");
    let wrong = faults_of(&told, &providers.log(), &journal, folder.path());
    wrong.into_iter().map(|what| format!("{backend}, seed {seed}: {what}\n  faults: {script:?}")).collect()
}

async fn runs(backend: Backend) {
    let base = std::env::var("SEAGLASS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_260_422);
    let runs: Vec<_> = (0..RUNS).map(|number| tokio::spawn(run(backend, base + number))).collect();
    let mut wrong = Vec::new();
    for run in runs {
        wrong.extend(run.await.expect("a run"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// HL-21, X-3, X-5
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hl_21_under_faults_no_job_is_made_twice_and_every_one_ends() {
    runs(Backend::HhLab).await;
}

/// HA-20, HA-21, X-3, X-5
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ha_21_under_faults_no_task_is_made_twice_and_every_one_ends() {
    runs(Backend::HhApp).await;
}

/// HC-31, X-3, X-5
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hc_31_under_faults_no_video_is_made_twice_and_every_one_ends() {
    runs(Backend::HhCustomer).await;
}
