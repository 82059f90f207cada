//! The agency and the providers' mocks, which know nothing of each other: bills, places and links as both sides see them.
#![cfg(feature = "server")]
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod clips_support;

use std::path::Path;
use std::time::Duration;

use clips_support::{config, providers};
use seaglass::books::{Books, Budgets, JobEntry, Period, Scope};
use seaglass::clips::{Agency, AgencyConfig, ClipError, Progress, Waiting};
use seaglass::jobs::{Backend, JobState, LocalFile, MediaKind, Mode, Prices, ProblemKind, Rates, Request};
use seaglass::sim::Providers;
use seaglass::sim::providers::{Fault, FaultScript, MissingResults};

fn eagle() -> Request {
    Request { prompt: Some("an eagle".to_owned()), duration: Some(3), mode: Some(Mode::Std), ..Request::default() }
}

fn journal(folder: &Path) -> (Vec<JobEntry>, f64) {
    let books = Books::open(&folder.join("books.sqlite")).unwrap();
    let now = jiff::Zoned::now();
    let balances = books.balances(&now, "default", &Budgets::default()).unwrap();
    let month = balances.iter().find(|balance| (balance.period, balance.scope) == (Period::Month, Scope::User)).unwrap();
    (books.jobs(&now, 10).unwrap(), month.used.credits)
}

fn charged(providers: &Providers) -> f64 {
    providers.log().charges.iter().map(|charge| charge.credits as f64).sum()
}

/// AM-18: whoever takes credits when, the ledger has what the service's own log has.
#[tokio::test]
async fn hc_10_the_ledger_agrees_with_the_services_bill_whenever_that_takes_its_credits() {
    for backend in Backend::ALL {
        let folder = tempfile::tempdir().unwrap();
        let providers = providers(Vec::new()).await;
        // What the mock charges a second at 720p; the document of hh-customer names nothing.
        let prices = match backend {
            Backend::HhCustomer => Prices { per_job: None, per_second: Some(10.0) },
            _ => Prices::default(),
        };
        let agency = Agency::new(AgencyConfig { prices, ..config(backend, &providers, folder.path()) }).unwrap();
        let receipt = agency.submit(&eagle(), &mut |_| {}).await.unwrap();
        let after_submit = journal(folder.path()).1;
        assert_eq!(after_submit > 0.0, backend == Backend::HhCustomer, "{backend}: {after_submit}");
        let finished = agency.wait(&receipt.id, Waiting { deadline: None }, &mut |_| {}).await.unwrap();
        assert_eq!(finished.state, JobState::Ready, "{backend}");
        let target = folder.path().join("eagle.mp4");
        agency.download(&receipt.id, &target, &mut |_| {}).await.unwrap();
        assert_eq!(&std::fs::read(&target).unwrap()[4..8], b"ftyp", "{backend}");
        let (entries, used) = journal(folder.path());
        assert_eq!((entries.len(), entries[0].state), (1, JobState::Ready), "{backend}");
        assert_eq!(entries[0].file.as_deref(), Some(&*target), "{backend}");
        if backend == Backend::HhCustomer {
            assert_eq!(used, 30.0, "as the user's price table says");
        } else {
            assert_eq!(used, charged(&providers), "{backend}");
        }
        let log = providers.log();
        assert_eq!((log.submits.len(), log.violations.len()), (1, 0), "{backend}: {:?}", log.violations);
    }
}

/// HL-12, HA-23
#[tokio::test]
async fn hl_2_a_failed_job_is_billed_as_its_service_does() {
    for (backend, submit) in [(Backend::HhLab, "lab.generate"), (Backend::HhApp, "app.generate")] {
        let folder = tempfile::tempdir().unwrap();
        let failing = Fault { fail: Some("no such dream".to_owned()), ..Fault::on(submit) };
        let providers = providers(vec![failing]).await;
        let agency = Agency::new(config(backend, &providers, folder.path())).unwrap();
        let receipt = agency.submit(&eagle(), &mut |_| {}).await.unwrap();
        let outcome = agency.wait(&receipt.id, Waiting { deadline: None }, &mut |_| {}).await;
        assert!(matches!(&outcome, Err(ClipError::Failed { why, .. }) if why.contains("no such dream")), "{outcome:?}");
        let (entries, used) = journal(folder.path());
        assert_eq!(entries[0].state, JobState::Failed);
        if backend == Backend::HhLab {
            assert_eq!((used, charged(&providers)), (0.0, 0.0), "failed jobs are never charged");
        } else {
            assert!(used >= charged(&providers), "a budget never counts less than was taken");
        }
    }
}

/// HL-19: the submit after the last that a service takes at once waits, says so, and nobody is bothered.
/// HA-17, AM-18: it is not asked for for ever, and costs what the service takes for it. A clip that turns up later is had all the same.
#[tokio::test]
async fn ha_17_a_job_that_is_done_without_a_clip_ends_as_failed_and_stays_billed() {
    for (backend, status) in
        [(Backend::HhLab, "lab.job"), (Backend::HhApp, "app.status"), (Backend::HhCustomer, "customer.video")]
    {
        let folder = tempfile::tempdir().unwrap();
        let none = Fault { results: Some(MissingResults::Null), times: 0, ..Fault::on(status) };
        let providers = providers(vec![none]).await;
        let prices = match backend {
            Backend::HhCustomer => Prices { per_job: None, per_second: Some(10.0) },
            _ => Prices::default(),
        };
        let agency = Agency::new(AgencyConfig { prices, ..config(backend, &providers, folder.path()) }).unwrap();
        let receipt = agency.submit(&eagle(), &mut |_| {}).await.unwrap();
        let ended = agency.wait(&receipt.id, Waiting { deadline: None }, &mut |_| {}).await;
        assert!(matches!(&ended, Err(ClipError::ResultMissing { id }) if *id == receipt.id), "{backend}: {ended:?}");
        let (entries, used) = journal(folder.path());
        let told = entries[0].error.as_deref().unwrap_or_default();
        assert_eq!(entries[0].state, JobState::Failed, "{backend}");
        assert!(told.contains("names no clip"), "{backend}: {told}");
        let bill = if backend == Backend::HhCustomer { 30.0 } else { charged(&providers) };
        assert_eq!((used, used > 0.0), (bill, true), "{backend}");
        providers.set_faults(FaultScript::default()).unwrap();
        let finished = agency.wait(&receipt.id, Waiting { deadline: None }, &mut |_| {}).await.unwrap();
        assert_eq!(finished.state, JobState::Ready, "{backend}");
        let (entries, used) = journal(folder.path());
        assert_eq!((entries[0].state, used), (JobState::Ready, bill), "{backend}: and costs nothing more");
        // What was there once is no failure when its link is asked for again and not named.
        let none = Fault { results: Some(MissingResults::Empty), times: 0, ..Fault::on(status) };
        providers.set_faults(FaultScript::new(vec![none])).unwrap();
        assert!(agency.show(&receipt.id).await.is_ok(), "{backend}");
        assert_eq!(journal(folder.path()).0[0].state, JobState::Ready, "{backend}");
    }
}

#[tokio::test]
async fn x_14_a_submit_that_finds_no_place_says_so_and_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let providers = providers(vec![Fault { stuck: true, times: 0, ..Fault::on("lab.generate") }]).await;
    let rates = Some(Rates { jobs: Some(2), per_minute: None });
    let agency = Agency::new(AgencyConfig { rates, ..config(Backend::HhLab, &providers, folder.path()) }).unwrap();
    for _ in 0..2 {
        agency.submit(&eagle(), &mut |_| {}).await.unwrap();
    }
    let (tell, mut told) = tokio::sync::mpsc::channel(8);
    let request = eagle();
    let mut heard = move |progress| {
        if let Progress::Retrying { why, after } = progress {
            let _ = tell.try_send((why, after));
        }
    };
    let (why, after) = tokio::select! {
        outcome = agency.submit(&request, &mut heard) => panic!("{outcome:?}"),
        told = told.recv() => told.unwrap(),
    };
    assert!(why.contains("2 jobs are under way") && after >= Duration::from_secs(5), "{why} {after:?}");
    agency.settled().await;
    let (entries, _) = journal(folder.path());
    let states: Vec<JobState> = entries.iter().map(|entry| entry.state).collect();
    assert_eq!(states, [JobState::Refused, JobState::Running, JobState::Running], "whoever went has sent nothing");
    assert_eq!(providers.log().submits.len(), 2);
}

/// HC-25, HL-20: what the services refuse, in their own envelopes.
#[tokio::test]
async fn hc_25_a_job_of_somebody_else_is_not_found_and_a_wrong_key_is_told_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let providers = providers(Vec::new()).await;
    let pro = Agency::new(config(Backend::HhCustomer, &providers, folder.path())).unwrap();
    let receipt = pro.submit(&eagle(), &mut |_| {}).await.unwrap();
    for (key, kind) in [("hh_live_seaglass_basic_0001", ProblemKind::NotFound), ("hh_live_nobody", ProblemKind::Auth)] {
        let other = tempfile::tempdir().unwrap();
        let key = Some(key.to_owned().into());
        let agency = Agency::new(AgencyConfig { key, ..config(Backend::HhCustomer, &providers, other.path()) }).unwrap();
        match agency.wait(&receipt.id, Waiting { deadline: None }, &mut |_| {}).await {
            Err(ClipError::Refused(problem)) => assert_eq!(problem.kind, kind),
            outcome => panic!("{outcome:?}"),
        }
    }
}

/// HC-9: every documented error of an upload is told for what it is; only the one that says "later" is asked again.
#[tokio::test]
async fn hc_9_every_error_of_an_upload_is_known() {
    let documented = [
        (400, "invalid_input", ProblemKind::Invalid),
        (413, "upload_file_too_large", ProblemKind::TooLarge),
        (400, "upload_type_not_supported", ProblemKind::TypeNotSupported),
        (401, "missing_api_key", ProblemKind::Auth),
        (401, "invalid_api_key", ProblemKind::Auth),
        (429, "rate_limited", ProblemKind::RateLimited),
        (500, "internal_error", ProblemKind::Server),
    ];
    let mut uploads = Vec::new();
    for (status, code, kind) in documented {
        uploads.push(tokio::spawn(async move {
            let folder = tempfile::tempdir().unwrap();
            let refusing =
                Fault { status: Some(status), code: Some(code.to_owned()), times: 0, ..Fault::on("customer.presign") };
            let providers = providers(vec![refusing]).await;
            let path = folder.path().join("horse.png");
            std::fs::write(&path, b"\x89PNG\r\n\x1a\n, and no more").unwrap();
            let bytes = std::fs::metadata(&path).unwrap().len();
            let file = LocalFile { path, media_type: "image/png".to_owned(), bytes };
            let agency = Agency::new(config(Backend::HhCustomer, &providers, folder.path())).unwrap();
            match agency.upload(MediaKind::Image, &file, &mut |_| {}).await {
                Err(ClipError::Refused(problem)) => {
                    assert_eq!((problem.kind, problem.status, problem.code.as_deref()), (kind, status, Some(code)));
                    let asked = providers.log().requests["customer.presign"];
                    assert_eq!(asked > 1, kind == ProblemKind::RateLimited, "{code}: asked {asked} times");
                }
                outcome => panic!("{code}: {outcome:?}"),
            }
            assert!(providers.log().uploads.is_empty());
        }));
    }
    for upload in uploads {
        upload.await.unwrap();
    }
}

/// After the answer that says that a clip is ready the next request is for the clip: nobody says for how long its link holds.
async fn is_downloaded_at_once(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let providers = providers(Vec::new()).await;
    let agency = Agency::new(config(backend, &providers, folder.path())).unwrap();
    let receipt = agency.submit(&eagle(), &mut |_| {}).await.unwrap();
    agency.wait(&receipt.id, Waiting { deadline: None }, &mut |_| {}).await.unwrap();
    let before = providers.log().calls.len();
    agency.download(&receipt.id, &folder.path().join("eagle.mp4"), &mut |_| {}).await.unwrap();
    let log = providers.log();
    let calls: Vec<&str> = log.calls.iter().skip(before).map(|call| call.endpoint).collect();
    assert_eq!(calls, ["cdn.get"], "{backend}");
    let headers = &log.calls.back().unwrap().headers;
    assert!(!headers.iter().any(|name| name == "authorization"), "{headers:?}");
}

/// HA-26: and the key does not go there.
#[tokio::test]
async fn ha_25_a_clip_is_downloaded_by_the_link_that_came_with_the_news_of_it() {
    is_downloaded_at_once(Backend::HhApp).await;
}

#[tokio::test]
async fn am_22_a_clip_is_downloaded_by_the_link_that_came_with_the_news_of_it() {
    is_downloaded_at_once(Backend::HhCustomer).await;
}
