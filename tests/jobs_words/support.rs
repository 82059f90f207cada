//! Shorthands of these tests: requests, answers, the documents' samples.

use seaglass::jobs::{Backend, FieldNames, Input, LocalFile, Lowered, NoteKind, Problem, Reply, Request, Status, dialect};
use serde_json::Value;

/// A sample of a document.
pub(crate) fn sample(document: &str, name: &str) -> Value {
    let text = match document {
        "lab" => include_str!("../golden/jobs/lab.json"),
        "app" => include_str!("../golden/jobs/app.json"),
        _ => include_str!("../golden/jobs/customer.json"),
    };
    let all: Value = serde_json::from_str(text).unwrap();
    all.get(name).unwrap_or_else(|| panic!("{document} has no {name}")).clone()
}

/// A request for these words and nothing else.
pub(crate) fn asking(prompt: &str) -> Request {
    Request { prompt: Some(prompt.to_owned()), ..Request::default() }
}

/// As in [`Backend`], lowered.
pub(crate) fn lower(backend: Backend, request: &Request) -> Lowered {
    dialect(backend).lower(request, &FieldNames::default())
}

/// The body of a request that nothing speaks against.
pub(crate) fn body(backend: Backend, request: &Request) -> Value {
    let lowered = lower(backend, request);
    assert_eq!(lowered.violations, [], "{request:?}");
    Value::Object(lowered.body)
}

/// The fields that something is wrong with, in order.
pub(crate) fn wrong(backend: Backend, request: &Request) -> Vec<String> {
    lower(backend, request).violations.into_iter().map(|violation| violation.field).collect()
}

/// The fields that are lost, in order.
pub(crate) fn lost(lowered: &Lowered) -> Vec<&str> {
    lowered.notes.iter().filter(|note| note.kind == NoteKind::Loss).map(|note| note.field.as_str()).collect()
}

/// The fields that are warned about, in order.
pub(crate) fn warned(lowered: &Lowered) -> Vec<&str> {
    lowered.notes.iter().filter(|note| note.kind == NoteKind::Warning).map(|note| note.field.as_str()).collect()
}

/// A picture on the web.
pub(crate) fn web(path: &str) -> Input {
    Input::Url(format!("https://example.com/{path}"))
}

/// A file of this machine.
pub(crate) fn file(path: &str, media_type: &str, bytes: u64) -> LocalFile {
    LocalFile { path: path.into(), media_type: media_type.to_owned(), bytes }
}

/// Asks a dialect what an answer to a status request says.
pub(crate) fn status(backend: Backend, http: u16, answer: &Value) -> Result<Status, Problem> {
    let body = answer.to_string();
    dialect(backend).read_status(&Reply { status: http, retry_after: None, body: body.as_bytes() })
}

/// What is wrong with an answer, whatever was asked.
pub(crate) fn problem(backend: Backend, http: u16, answer: &str) -> Problem {
    dialect(backend).read_any(&Reply { status: http, retry_after: None, body: answer.as_bytes() }).unwrap_err()
}
