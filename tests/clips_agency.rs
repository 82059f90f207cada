//! The agency against hosts whose every byte is written down here: what is sent, how often, and what the journal says afterwards.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[path = "scripted_host/mod.rs"]
mod scripted_host;

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use scripted_host::{Host, answer};
use seaglass::books::{Books, Budget, Budgets, JobEntry, Limit};
use seaglass::clips::{Agency, AgencyConfig, ClipError, Finished, Progress, Receipt, Waiting};
use seaglass::clock::Clock;
use seaglass::jobs::{Backend, FieldNames, Input, JobState, LocalFile, MediaKind, Pace, Prices, ProblemKind, Request};
use seaglass::net::Trust;

const ACCEPTED: &str = r#"{"code":200,"message":"success","data":{"task_id":"n92abc","status":"IN_PROGRESS"}}"#;
const RUNNING: &str =
    r#"{"code":200,"message":"success","data":{"task_id":"n92abc","status":"IN_PROGRESS","response":null}}"#;

fn done(link: &str) -> String {
    format!(
        r#"{{"code":200,"message":"success","data":{{"task_id":"n92abc","status":"SUCCESS","consumed_credits":400,
            "response":{{"resultUrls":["{link}"]}},"error_message":null}}}}"#
    )
}

fn json(status: &str, body: &str) -> Vec<u8> {
    let headers = [("Content-Type", "application/json".to_owned()), ("Content-Length", body.len().to_string())];
    answer(status, &headers, body.as_bytes())
}

/// As fast as a test may be: the exact waits are those of the clock-free tests.
fn brisk() -> Pace {
    let brief = Duration::from_millis(5);
    Pace {
        first: (brief, brief),
        interval: brief,
        step: Duration::ZERO,
        longest: brief,
        longest_limited: brief,
        jitter: 0.0,
        deadline: Duration::from_secs(60),
    }
}

fn config(base: &str, books: &Arc<Books>) -> AgencyConfig {
    AgencyConfig {
        backend: Backend::HhApp,
        base: base.to_owned(),
        key: Some("sk-very-secret".to_owned().into()),
        allow_plaintext_key: false,
        trust: Trust::web(),
        clock: Clock::start(),
        books: Some(Arc::clone(books)),
        profile: "default".to_owned(),
        budgets: Budgets::default(),
        names: FieldNames::default(),
        prices: Prices::default(),
        pace: Some(brisk()),
        rates: None,
        seed: 1,
    }
}

fn books(folder: &Path) -> Arc<Books> {
    Arc::new(Books::open(&folder.join("books.sqlite")).unwrap())
}

fn eagle() -> Request {
    Request {
        prompt: Some("A majestic eagle".to_owned()),
        duration: Some(5),
        mode: Some(seaglass::jobs::Mode::Pro),
        ..Request::default()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn submit(agency: &Agency, request: &Request) -> (Result<Receipt, ClipError>, Vec<Progress>) {
    let mut told = Vec::new();
    let outcome = agency.submit(request, &mut |progress| told.push(progress)).await;
    (outcome, told)
}

#[tokio::main(flavor = "current_thread")]
async fn wait(agency: &Agency, id: &str) -> (Result<Finished, ClipError>, Vec<Progress>) {
    let mut told = Vec::new();
    let outcome = agency.wait(id, Waiting { deadline: None }, &mut |progress| told.push(progress)).await;
    (outcome, told)
}

fn entries(books: &Books) -> Vec<JobEntry> {
    books.jobs(&jiff::Zoned::now(), 100).unwrap()
}

fn only(books: &Books) -> JobEntry {
    let [entry] = <[JobEntry; 1]>::try_from(entries(books)).unwrap();
    entry
}

/// X-3: journaled, sent once, waited for, and booked as the service says.
#[test]
fn ha_2_a_job_is_journaled_submitted_once_and_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let host = Host::answering(vec![
        json("200 OK", ACCEPTED),
        json("200 OK", RUNNING),
        json("502 Bad Gateway", "<h1>not now</h1>"),
        json("200 OK", RUNNING),
        json("200 OK", &done("https://cdn.example/a.mp4?sig=x")),
    ]);
    let agency = Agency::new(config(&host.url(""), &books)).unwrap();
    let (receipt, told) = submit(&agency, &eagle());
    let receipt = receipt.unwrap();
    assert_eq!(receipt.id, "n92abc");
    assert_eq!(told.first(), Some(&Progress::Journaled { key: receipt.key.clone() }));
    let entry = only(&books);
    assert_eq!((entry.state, entry.id.as_deref()), (JobState::Running, Some("n92abc")));
    assert_eq!((entry.estimate, entry.booked), (Some(400.0), 0.0));
    let (finished, told) = wait(&agency, "n92abc");
    let finished = finished.unwrap();
    assert_eq!((finished.state, finished.credits), (JobState::Ready, Some(400.0)));
    assert_eq!(told.iter().filter(|told| matches!(told, Progress::Checked { .. })).count(), 3, "{told:?}");
    assert_eq!(told.iter().filter(|told| matches!(told, Progress::Retrying { .. })).count(), 1, "{told:?}");
    let entry = only(&books);
    assert_eq!((entry.state, entry.booked), (JobState::Ready, 400.0));
    assert_eq!(entry.results, ["https://cdn.example/a.mp4?sig=x"]);
    let asked = host.asked();
    assert!(asked[0].head.starts_with("post /api/generate "), "{}", asked[0].head);
    assert_eq!(asked.iter().filter(|asked| asked.head.starts_with("post")).count(), 1);
    assert_eq!(String::from_utf8_lossy(&asked[0].body), entry.body, "the journal has what was sent");
    assert!(asked[1].head.starts_with("get /api/status?task_id=n92abc "), "{}", asked[1].head);
    assert!(asked.iter().all(|asked| asked.head.contains("authorization: bearer sk-very-secret\r\n")));
    assert!(!format!("{agency:?} {told:?}").contains("very-secret"));
}

/// Whatever an id holds, it stays one value of one query.
#[test]
fn ha_14_the_task_id_is_asked_for_percent_encoded() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let odd = r#"{"code":200,"message":"success","data":{"task_id":"n92 a/b&c=d+e?%#","status":"IN_PROGRESS"}}"#;
    let host = Host::answering(vec![json("200 OK", odd), json("200 OK", &done("https://cdn.example/a.mp4"))]);
    let agency = Agency::new(config(&host.url(""), &books)).unwrap();
    let id = submit(&agency, &eagle()).0.unwrap().id;
    assert_eq!(id, "n92 a/b&c=d+e?%#");
    assert_eq!(wait(&agency, &id).0.unwrap().state, JobState::Ready);
    let asked = host.asked();
    let line = asked[1].head.lines().next().unwrap();
    assert_eq!(line, "get /api/status?task_id=n92%20a%2fb%26c%3dd%2be%3f%25%23 http/1.1");
}

/// HL-21, HC-31: an answer that is lost leaves the job unknown, and it is never sent again.
#[test]
fn x_5_a_submit_whose_answer_is_lost_is_unknown_and_not_sent_again() {
    let cases: [(&str, Vec<u8>); 4] = [
        ("cut off", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"code\":200,".to_vec()),
        ("nothing", Vec::new()),
        ("no id", json("200 OK", r#"{"code":200,"data":{}}"#)),
        ("5xx", json("500 Internal Server Error", r#"{"code":"INTERNAL_ERROR","message":"try again later"}"#)),
    ];
    for (case, bytes) in cases {
        let folder = tempfile::tempdir().unwrap();
        let books = books(folder.path());
        let host = Host::answering(vec![bytes, json("200 OK", ACCEPTED)]);
        let agency = Agency::new(config(&host.url(""), &books)).unwrap();
        let (outcome, _) = submit(&agency, &eagle());
        let Err(ClipError::OutcomeUnknown { key, .. }) = outcome else { panic!("{case}: {outcome:?}") };
        assert_eq!(host.asked().len(), 1, "{case}");
        let entry = only(&books);
        assert_eq!((entry.state, entry.key), (JobState::Unknown, key.clone()), "{case}");
        let plan = agency.plan(&eagle()).unwrap();
        assert!(plan.lowered.notes.iter().any(|note| note.what.contains(&key)), "{case}: {:?}", plan.lowered.notes);
        assert!(matches!(wait(&agency, &key).0, Err(ClipError::OutcomeUnknown { .. })), "{case}");
    }
}

/// HA-21: what the service refuses, and what never left, costs nothing and says so.
#[test]
fn x_3_a_submit_that_is_refused_frees_what_was_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let day = Limit { seconds: None, credits: Some(500.0) };
    let budgets = Budgets { user: Budget { day, ..Budget::default() }, ..Budgets::default() };
    let refusal = json("402 Payment Required", r#"{"code":"INSUFFICIENT_CREDITS","message":"Not enough credits"}"#);
    let host = Host::answering(vec![refusal, json("200 OK", ACCEPTED)]);
    let agency = Agency::new(AgencyConfig { budgets, ..config(&host.url(""), &books) }).unwrap();
    match submit(&agency, &eagle()).0 {
        Err(ClipError::Refused(problem)) => assert_eq!(problem.kind, ProblemKind::Credits),
        other => panic!("{other:?}"),
    }
    assert_eq!(only(&books).state, JobState::Refused);
    submit(&agency, &eagle()).0.expect("400 of 500 are free again");
    assert!(matches!(submit(&agency, &eagle()).0, Err(ClipError::Budget(_))), "800 of 500");
    assert_eq!(host.asked().len(), 2);
    assert_eq!(entries(&books).len(), 2, "what a budget denies is not journaled");
}

const CREATED: &str = r#"{"id":"018f3f1d","status":"queued"}"#;

fn customer(base: &str, books: &Arc<Books>) -> AgencyConfig {
    AgencyConfig { backend: Backend::HhCustomer, ..config(base, books) }
}

fn picture(folder: &Path) -> LocalFile {
    let path = folder.join("horse.png");
    std::fs::write(&path, b"\x89PNG\r\n\x1a\nnot much of a picture").unwrap();
    LocalFile { bytes: std::fs::metadata(&path).unwrap().len(), path, media_type: "image/png".to_owned() }
}

fn horse(folder: &Path) -> Request {
    Request {
        prompt: Some("A chestnut horse".to_owned()),
        duration: Some(6),
        image: Some(Input::File(picture(folder))),
        ..Request::default()
    }
}

fn presigned(storage: &Host, key: &str) -> Vec<u8> {
    let link = storage.url(&format!("put/{key}?signature=hush"));
    json("200 OK", &format!(r#"{{"uploadUrl":"{link}","key":"{key}","publicUrl":"https://cdn.example/x","kind":"image"}}"#))
}

fn empty(status: &str) -> Vec<u8> {
    answer(status, &[("Content-Length", "0".to_owned())], b"")
}

/// HC-7, X-10: the key goes to the service alone, and what is submitted names what was uploaded last.
#[test]
fn hc_10_files_are_uploaded_before_the_submit_and_again_under_a_new_link_where_one_has_expired() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let storage = Host::answering(vec![empty("403 Forbidden"), empty("503 Slow Down"), empty("200 OK")]);
    let limited =
        answer("429 Too Many Requests", &[("Content-Length", "0".to_owned()), ("Retry-After", "0".to_owned())], b"");
    let host = Host::answering(vec![
        limited,
        presigned(&storage, "first"),
        presigned(&storage, "second"),
        json("201 Created", CREATED),
    ]);
    let agency = Agency::new(customer(&host.url(""), &books)).unwrap();
    let (receipt, told) = submit(&agency, &horse(folder.path()));
    assert_eq!(receipt.unwrap().id, "018f3f1d");
    assert!(matches!(told[0], Progress::Journaled { .. }), "{told:?}");
    assert!(told.iter().any(|told| matches!(told, Progress::Uploading { sent, of, .. } if sent == of)), "{told:?}");
    let puts = storage.asked();
    assert_eq!(puts.len(), 3);
    for put in &puts {
        assert!(put.head.starts_with("put /put/") && put.head.contains("content-type: image/png\r\n"), "{}", put.head);
        assert!(!put.head.contains("authorization"), "{}", put.head);
        assert!(put.body.starts_with(b"\x89PNG"));
    }
    let asked = host.asked();
    let body: serde_json::Value = serde_json::from_slice(&asked[3].body).unwrap();
    assert_eq!(body["sourceImageKey"], "second");
    let entry = only(&books);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&entry.body).unwrap(), body, "the journal has what was sent");
    assert!(!entry.body.contains("hush") && !format!("{told:?}").contains("hush"));
}

/// X-5: a presign is a POST, too; and where it fails nothing is submitted and nothing stays set aside.
#[test]
fn x_3_an_upload_that_fails_leaves_nothing_submitted() {
    for answer in [json("500 Internal Server Error", "{}"), json("413 Payload Too Large", "{}")] {
        let folder = tempfile::tempdir().unwrap();
        let books = books(folder.path());
        let host = Host::answering(vec![answer, json("201 Created", CREATED)]);
        let agency = Agency::new(customer(&host.url(""), &books)).unwrap();
        let (outcome, _) = submit(&agency, &horse(folder.path()));
        assert!(matches!(outcome, Err(ClipError::Refused(_))), "{outcome:?}");
        assert_eq!(host.asked().len(), 1);
        assert_eq!(only(&books).state, JobState::Refused);
    }
}

/// X-5: what never left this machine is tried again, and is then no job.
#[test]
fn x_5_a_submit_that_reaches_nobody_is_repeated_a_little_and_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let agency = Agency::new(config(&format!("http://{nobody}"), &books)).unwrap();
    let (outcome, told) = submit(&agency, &eagle());
    assert!(matches!(outcome, Err(ClipError::Net(_))), "{outcome:?}");
    assert_eq!(told.iter().filter(|told| matches!(told, Progress::Retrying { .. })).count(), 3, "{told:?}");
    assert_eq!(only(&books).state, JobState::Refused);
}

#[test]
fn x_5_a_submit_is_sent_again_after_a_429_and_once_taken_on_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let limited = |after: &str| {
        let headers = [("Content-Length", "2".to_owned()), ("Retry-After", after.to_owned())];
        answer("429 Too Many Requests", &headers, b"{}")
    };
    let host = Host::answering(vec![limited("0"), json("200 OK", ACCEPTED), json("200 OK", ACCEPTED)]);
    let agency = Agency::new(config(&host.url(""), &books)).unwrap();
    assert_eq!(submit(&agency, &eagle()).0.unwrap().id, "n92abc");
    assert_eq!(host.asked().len(), 2);
    // A service that wants to be left alone for longer than anybody waits at a prompt.
    let host = Host::answering(vec![limited("3600"), json("200 OK", ACCEPTED)]);
    let agency = Agency::new(config(&host.url(""), &books)).unwrap();
    match submit(&agency, &eagle()).0 {
        Err(ClipError::Refused(problem)) => assert_eq!(problem.kind, ProblemKind::RateLimited),
        other => panic!("{other:?}"),
    }
    assert_eq!(host.asked().len(), 1);
}

/// A service that reads one request and answers it only when it is told to.
struct Slow {
    base: String,
    asked: std::sync::mpsc::Receiver<()>,
    go: std::sync::mpsc::SyncSender<()>,
}

impl Slow {
    fn new(answer: Vec<u8>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = std::sync::mpsc::sync_channel(1);
        let (go, wait) = std::sync::mpsc::sync_channel(1);
        std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            let mut piece = [0; 4096];
            while !seen.windows(8).any(|part| part == b"eagle\",\"") && !seen.ends_with(b"}") {
                match peer.read(&mut piece) {
                    Ok(read @ 1..) => seen.extend_from_slice(&piece[..read]),
                    _ => break,
                }
            }
            tell.send(()).unwrap();
            if wait.recv().is_ok() {
                let _ = peer.write_all(&answer);
            }
        });
        Self { base, asked, go }
    }
}

/// X-3: a submit that is on its way is paid for, whoever has gone meanwhile.
#[test]
fn x_3_the_answer_to_a_submit_that_was_dropped_is_heard_out_and_its_id_journaled() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let slow = Slow::new(json("200 OK", ACCEPTED));
    let agency = Agency::new(config(&slow.base, &books)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let request = eagle();
        let mut tell = |_| {};
        let mut submit = Box::pin(agency.submit(&request, &mut tell));
        let arrived = async { tokio::task::spawn_blocking(move || slow.asked.recv().unwrap()).await.unwrap() };
        tokio::select! {
            outcome = &mut submit => panic!("{outcome:?}"),
            () = arrived => {}
        }
        drop(submit);
        assert_eq!(only(&books).state, JobState::Intent, "on its way");
        slow.go.send(()).unwrap();
        agency.settled().await;
    });
    let entry = only(&books);
    assert_eq!((entry.state, entry.id.as_deref()), (JobState::Running, Some("n92abc")));
}

/// X-3: a runtime that goes down takes the answer with it, and the journal says so at once.
#[test]
fn x_3_a_submit_whose_runtime_goes_down_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let slow = Slow::new(json("200 OK", ACCEPTED));
    let agency = Agency::new(config(&slow.base, &books)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let this = agency.clone();
    runtime.spawn(async move {
        let _ = this.submit(&eagle(), &mut |_| {}).await;
    });
    slow.asked.recv().unwrap();
    drop(runtime);
    assert_eq!(only(&books).state, JobState::Unknown);
}

/// X-4, HC-25: an id of another machine; afterwards the journal has it.
#[test]
fn x_4_a_job_of_another_machine_is_waited_for_by_its_id_and_journaled() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let missing = r#"{"error":{"code":"not_found","message":"Video not found."}}"#;
    let host = Host::answering(vec![
        json("404 Not Found", missing),
        json("200 OK", r#"{"id":"v 1/2","status":"ready","videoUrl":"https://cdn.example/v.mp4"}"#),
    ]);
    let agency = Agency::new(customer(&host.url(""), &books)).unwrap();
    match wait(&agency, "v 1/2").0 {
        Err(ClipError::Refused(problem)) => assert_eq!(problem.kind, ProblemKind::NotFound),
        other => panic!("{other:?}"),
    }
    assert_eq!(entries(&books), [], "nobody's id is no job");
    assert_eq!(wait(&agency, "v 1/2").0.unwrap().state, JobState::Ready);
    let entry = only(&books);
    assert_eq!((entry.id.as_deref(), entry.state, entry.booked), (Some("v 1/2"), JobState::Ready, 0.0));
    assert!(host.asked().iter().all(|asked| asked.head.starts_with("get /api/v1/videos/v%201%2f2 ")), "percent-encoded");
}

/// X-4: by the journal's key, in another process, and what the service's failure costs.
#[test]
fn hl_9_a_failed_job_is_told_with_its_reason_and_never_charged() {
    let folder = tempfile::tempdir().unwrap();
    let one = books(folder.path());
    let host = Host::answering(vec![
        json("202 Accepted", r#"{"job_id":"job_1"}"#),
        json("200 OK", r#"{"job_id":"job_1","status":"rendering","progress":40}"#),
        json("200 OK", r#"{"job_id":"job_1","status":"failed","error":{"message":"no such dream"}}"#),
    ]);
    let lab = |books: &Arc<Books>| AgencyConfig { backend: Backend::HhLab, ..config(&host.url("v1"), books) };
    let (receipt, _) = submit(&Agency::new(lab(&one)).unwrap(), &eagle());
    let key = receipt.unwrap().key;
    drop(one);
    let other = books(folder.path());
    let agency = Agency::new(lab(&other)).unwrap();
    let (outcome, told) = wait(&agency, &key);
    assert!(
        matches!(&outcome, Err(ClipError::Failed { id, why }) if id == "job_1" && why == "no such dream"),
        "{outcome:?}"
    );
    assert!(
        told.iter().any(|told| matches!(told, Progress::Checked { word, progress: Some(part), .. }
            if word == "rendering" && *part == 0.4)),
        "{told:?}"
    );
    let entry = only(&other);
    assert_eq!((entry.state, entry.booked, entry.error.as_deref()), (JobState::Failed, 0.0, Some("no such dream")));
    let paths: Vec<String> = host.asked().iter().map(|asked| asked.head.lines().next().unwrap().to_owned()).collect();
    assert_eq!(paths, ["post /v1/generate http/1.1", "get /v1/jobs/job_1 http/1.1", "get /v1/jobs/job_1 http/1.1"]);
}

/// HL-13, X-8: a link that holds no more is asked for again, and nothing is ever submitted for it.
#[test]
fn a_clip_whose_link_has_expired_is_downloaded_by_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let clip = b"\0\0\0\x18ftypisom and so on";
    let headers = [("Content-Type", "video/mp4".to_owned()), ("Content-Length", clip.len().to_string())];
    let cdn = Host::answering(vec![
        empty("403 Forbidden"),
        answer("200 OK", &headers, clip),
        empty("410 Gone"),
        empty("410 Gone"),
    ]);
    let (old, new) = (cdn.url("a.mp4?sig=old"), cdn.url("a.mp4?sig=new"));
    let host = Host::answering(vec![
        json("200 OK", ACCEPTED),
        json("200 OK", &done(&old)),
        json("200 OK", &done(&new)),
        json("200 OK", &done(&new)),
    ]);
    let agency = Agency::new(config(&host.url(""), &books)).unwrap();
    submit(&agency, &eagle()).0.unwrap();
    wait(&agency, "n92abc").0.unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let target = folder.path().join("eagle.mp4");
    let downloaded = runtime.block_on(agency.download("n92abc", &target, &mut |_| {})).unwrap();
    assert_eq!((std::fs::read(&target).unwrap(), downloaded.bytes), (clip.to_vec(), clip.len() as u64));
    assert_eq!(only(&books).file.as_deref(), Some(&*target));
    assert!(cdn.asked().iter().all(|asked| !asked.head.contains("authorization")));
    let again = runtime.block_on(agency.download("n92abc", &target, &mut |_| {}));
    assert!(matches!(again, Err(ClipError::Expired { .. })), "{again:?}");
    assert_eq!(host.asked().iter().filter(|asked| asked.head.starts_with("post")).count(), 1);
}

/// X-11: what the wall clock says is for reports. A job that was taken on in a year to come, or long ago, is waited for all the same.
#[test]
fn x_11_a_wall_clock_that_is_wrong_by_years_does_not_hold_up_a_wait() {
    let second = |times: u32| Duration::from_millis(50) * times;
    for year in ["1999", "2999"] {
        let folder = tempfile::tempdir().unwrap();
        let books = books(folder.path());
        let then: jiff::Zoned = format!("{year}-01-01T00:00:00[UTC]").parse().unwrap();
        let host = Host::answering(vec![json("200 OK", &done("https://cdn.example/a.mp4"))]);
        let pace = Pace { first: (second(1), second(2)), ..brisk() };
        let agency = Agency::new(AgencyConfig { pace: Some(pace), ..config(&host.url(""), &books) }).unwrap();
        let intent = seaglass::books::JobIntent {
            key: "k1",
            backend: Backend::HhApp,
            server: agency.base(),
            profile: "default",
            summary: "",
            hash: "",
            body: "{}",
            estimate: None,
        };
        books.reserve_job(&then, &intent, &Budgets::default()).unwrap().unwrap();
        books.job_sending(&then, "k1", "{}", None).unwrap();
        books.job_accepted(&then, "k1", "n92abc", "", None).unwrap();
        assert_eq!(wait(&agency, "n92abc").0.unwrap().state, JobState::Ready, "{year}");
    }
}

/// X-14, HL-19: more questions than may be on their way at once are all answered, and never more than so many are.
#[test]
fn x_14_no_more_than_eight_requests_are_on_their_way_at_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (at_once, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (count, peak) = (Arc::clone(&at_once), Arc::clone(&most));
    // Nobody is answered before eight are there: fewer at once, and the test would not end.
    let eight = Arc::new(Barrier::new(8));
    std::thread::spawn(move || {
        for peer in listener.incoming().take(40) {
            let (mut peer, count, peak) = (peer.unwrap(), Arc::clone(&count), Arc::clone(&peak));
            let eight = Arc::clone(&eight);
            std::thread::spawn(move || {
                let mut head = [0; 4096];
                let _ = peer.read(&mut head);
                peak.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                eight.wait();
                // A moment in which a ninth could come.
                std::thread::sleep(Duration::from_millis(20));
                count.fetch_sub(1, Ordering::SeqCst);
                let _ = peer.write_all(&json("200 OK", RUNNING));
            });
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let agency = Agency::new(config(&base, &books(folder.path()))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let shows: Vec<_> = (0..40)
            .map(|_| {
                let agency = agency.clone();
                tokio::spawn(async move { agency.show("n92abc").await.map(|status| status.word) })
            })
            .collect();
        for show in shows {
            assert_eq!(show.await.unwrap().unwrap(), "IN_PROGRESS");
        }
    });
    assert_eq!(most.load(Ordering::SeqCst), 8);
}

/// X-10: a service that sends elsewhere gets no key there, and no second submit.
#[test]
fn x_10_a_redirect_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let other = Host::answering(vec![json("200 OK", ACCEPTED)]);
    for (status, state) in [("307 Temporary Redirect", JobState::Refused), ("302 Found", JobState::Unknown)] {
        let headers = [("Location", other.url("api/generate")), ("Content-Length", "0".to_owned())];
        let host = Host::answering(vec![answer(status, &headers, b"")]);
        let agency = Agency::new(config(&host.url(""), &books)).unwrap();
        assert!(submit(&agency, &eagle()).0.is_err(), "{status}");
        assert_eq!(entries(&books)[0].state, state, "{status}");
    }
    assert_eq!(other.asked().len(), 0);
}

#[test]
fn x_10_a_key_does_not_travel_readable_for_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let refused = Agency::new(config("http://happyhorse.example", &books)).unwrap_err();
    assert!(matches!(refused, ClipError::Net(_)) && !refused.to_string().contains("very-secret"), "{refused}");
    assert!(Agency::new(AgencyConfig { allow_plaintext_key: true, ..config("http://happyhorse.example", &books) }).is_ok());
    assert!(Agency::new(config("https://happyhorse.example", &books)).is_ok());
}

#[test]
fn nothing_is_submitted_without_a_journal_nor_with_a_violation() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let host = Host::answering(vec![json("200 OK", ACCEPTED)]);
    let agency = Agency::new(AgencyConfig { books: None, ..config(&host.url(""), &books) }).unwrap();
    assert!(matches!(submit(&agency, &eagle()).0, Err(ClipError::NoBooks)));
    let agency = Agency::new(config(&host.url(""), &books)).unwrap();
    let wrong = Request { duration: Some(99), prompt: None, ..eagle() };
    match submit(&agency, &wrong).0 {
        Err(ClipError::Violations(all)) => assert_eq!(all.len(), 2, "{all:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!((host.asked().len(), entries(&books).len()), (0, 0));
}

/// HL-15, HL-16, HC-31
#[test]
fn balance_and_models_are_read_where_the_service_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let host = Host::answering(vec![
        json("200 OK", r#"{"balance":1200}"#),
        json("503 Service Unavailable", ""),
        json("200 OK", r#"{"models":[{"id":"happyhorse-1.0"}]}"#),
    ]);
    let lab = Agency::new(AgencyConfig { backend: Backend::HhLab, ..config(&host.url("v1"), &books) }).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(lab.credits()).unwrap().unwrap()["balance"], 1200);
    assert_eq!(runtime.block_on(lab.models()).unwrap().unwrap()["models"][0]["id"], "happyhorse-1.0");
    let other = Agency::new(customer(&host.url(""), &books)).unwrap();
    assert!(runtime.block_on(other.credits()).unwrap().is_none() && runtime.block_on(other.models()).unwrap().is_none());
    let heads: Vec<String> = host.asked().into_iter().map(|asked| asked.head).collect();
    assert!(heads[0].starts_with("get /v1/credits ") && heads[1].starts_with("get /v1/models "), "{heads:?}");
}

/// HC-3, HC-6
#[test]
fn a_file_is_uploaded_by_itself_and_its_link_is_shown_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let books = books(folder.path());
    let storage = Host::answering(vec![empty("200 OK")]);
    let host = Host::answering(vec![presigned(&storage, "videos/inputs/u/a.png")]);
    let agency = Agency::new(customer(&host.url(""), &books)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let file = picture(folder.path());
    let uploaded = runtime.block_on(agency.upload(MediaKind::Image, &file, &mut |_| {})).unwrap();
    assert_eq!(
        (uploaded.key.as_str(), uploaded.public_url.as_deref()),
        ("videos/inputs/u/a.png", Some("https://cdn.example/x"))
    );
    assert_eq!(uploaded.raw["kind"], "image");
    assert!(!format!("{uploaded:?}").contains("hush"));
    let body: serde_json::Value = serde_json::from_slice(&host.asked()[0].body).unwrap();
    assert_eq!(body["sizeBytes"], file.bytes, "exactly");
    let sound = LocalFile { media_type: "audio/mp4".to_owned(), ..file };
    let refused = runtime.block_on(agency.upload(MediaKind::Audio, &sound, &mut |_| {}));
    assert!(matches!(refused, Err(ClipError::Violations(_))), "{refused:?}");
    assert_eq!(host.asked().len(), 1);
}
