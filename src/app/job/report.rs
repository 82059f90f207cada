//! What a command ends with: one object for programs, a line for people. Unknown is null, and never a guess.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::board::stands;
use super::text::{amount, bytes, link, redacted, shown};
use crate::app::errors::Failure;
use crate::books::JobEntry;
use crate::jobs::{Backend, Charge, Confidence, Estimate, Expiry, JobState, Note, NoteKind, Status, Violation};

/// How a job ended for a command, or how it stands.
#[derive(Clone, Debug)]
pub struct Report {
    /// The service's id.
    pub id: Option<String>,
    /// The journal's key.
    pub key: Option<String>,
    /// Which service.
    pub backend: Backend,
    /// How it stands.
    pub state: JobState,
    /// In the service's word.
    pub word: String,
    /// What it cost.
    pub credits: Option<f64>,
    /// What was expected.
    pub estimate: Option<Estimate>,
    /// Where its clip lies.
    pub file: Option<PathBuf>,
    /// The length of that.
    pub bytes: Option<u64>,
    /// Where its clip is.
    pub results: Vec<String>,
    /// Until when, as the service says it.
    pub expires: Option<String>,
    /// What speaks against the request.
    pub violations: Vec<Violation>,
    /// What is worth a word about it.
    pub notes: Vec<Note>,
    /// What went wrong.
    pub error: Option<Failure>,
    /// What the service said last.
    pub raw: Value,
    /// The command that goes on with it.
    pub resume: Option<String>,
}

impl Report {
    /// Of a job that nothing is known of yet.
    pub fn new(backend: Backend, state: JobState) -> Self {
        Self {
            id: None,
            key: None,
            backend,
            state,
            word: String::new(),
            credits: None,
            estimate: None,
            file: None,
            bytes: None,
            results: Vec::new(),
            expires: None,
            violations: Vec::new(),
            notes: Vec::new(),
            error: None,
            raw: Value::Null,
            resume: None,
        }
    }

    /// Takes in what the journal knows.
    pub fn take_entry(&mut self, entry: &JobEntry) {
        self.id = entry.id.clone().or(self.id.take());
        self.key = Some(entry.key.clone());
        self.backend = entry.backend;
        self.state = entry.state;
        self.word.clone_from(&entry.word);
        self.credits = entry.credits.or(self.credits);
        self.file = entry.file.clone().or(self.file.take());
        self.results.clone_from(&entry.results);
        self.expires = entry.expires.map(|at| at.to_string()).or(self.expires.take());
    }

    /// Takes in what the service said.
    pub fn take_status(&mut self, state: JobState, status: &Status) {
        self.state = state;
        self.word.clone_from(&status.word);
        self.credits = status.credits.or(self.credits);
        self.results.clone_from(&status.results);
        self.expires = match &status.expires {
            Some(Expiry::At(at)) => Some(shown(at, 40)),
            Some(Expiry::HoursAfter(hours, from)) => Some(format!("{hours} h after {}", shown(from, 40))),
            None => self.expires.take(),
        };
        self.raw.clone_from(&status.raw);
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({
            // A job that no service has named goes by its key, which every command takes, too.
            "id": self.id.as_ref().or(self.key.as_ref()),
            "key": self.key,
            "backend": self.backend.name(),
            "state": self.state.name(),
            "word": (!self.word.is_empty()).then_some(&self.word),
            "credits": self.credits,
            "estimate": self.estimate.as_ref().map(estimate),
            "file": self.file,
            "bytes": self.bytes,
            "results": self.results.iter().map(|text| link(text)).collect::<Vec<_>>(),
            "expires": self.expires,
            "violations": self.violations.iter().map(violation).collect::<Vec<_>>(),
            "notes": self.notes.iter().map(note).collect::<Vec<_>>(),
            "error": self.error.as_ref().map(error),
            "raw": redacted(&self.raw),
            "resume": self.resume,
        })
    }

    /// How it stands, in one line for people.
    pub fn words(&self) -> String {
        let mut words = stands(self.state, &self.word);
        if let Some(credits) = self.credits {
            words += &format!("  {} credits", amount(credits));
        }
        if let Some(file) = &self.file {
            let size = self.bytes.map_or_else(String::new, |count| format!(" ({})", bytes(count)));
            words += &format!("  {}{size}", file.display());
        }
        words
    }
}

/// An error for programs.
pub fn error(failure: &Failure) -> Value {
    json!({
        "code": failure.code, "exit": failure.exit as u8, "message": failure.what, "why": failure.why, "fix": failure.fix,
    })
}

/// A note for programs.
pub fn note(note: &Note) -> Value {
    let kind = match note.kind {
        NoteKind::Loss => "loss",
        NoteKind::Warning => "warning",
    };
    json!({ "kind": kind, "field": note.field, "what": note.what })
}

/// A violation for programs.
pub fn violation(violation: &Violation) -> Value {
    json!({ "field": violation.field, "what": violation.what, "fix": violation.fix })
}

/// An estimate for programs.
pub fn estimate(estimate: &Estimate) -> Value {
    json!({
        "credits": estimate.credits, "dollars": estimate.dollars, "confidence": confidence(estimate.confidence),
        "basis": estimate.basis,
    })
}

/// An estimate for people.
pub fn estimate_words(estimate: &Estimate) -> String {
    let dollars = estimate.dollars.map_or_else(String::new, |dollars| format!(", about ${dollars:.2}"));
    let price = match (estimate.credits, estimate.confidence) {
        (Some(credits), Confidence::Exact) => format!("{} credits{dollars}", amount(credits)),
        (Some(credits), Confidence::Floor) => format!("at least {} credits{dollars}", amount(credits)),
        (Some(credits), Confidence::Unknown) => format!("{} credits{dollars}, as far as anybody knows", amount(credits)),
        (None, _) => format!("unknown{dollars}"),
    };
    if estimate.basis.starts_with("unknown") {
        return shown(&estimate.basis, 300);
    }
    if estimate.basis.is_empty() { price } else { format!("{price}: {}", shown(&estimate.basis, 300)) }
}

/// When credits are taken, for people (AM-18).
pub const fn charged(charge: Charge) -> &'static str {
    match charge {
        Charge::OnSuccess => "charged when the clip is made, and only then",
        Charge::OnSubmit => "charged with the submit",
        Charge::Unstated => "its document does not say when it is charged",
    }
}

/// What a job goes on to cost when nobody waits for it any more (AM-18).
pub const fn goes_on(charge: Charge) -> &'static str {
    match charge {
        Charge::OnSuccess => "it cannot be cancelled, and is charged when its clip is made",
        Charge::OnSubmit => "it cannot be cancelled, and was charged when it was submitted",
        Charge::Unstated => "it cannot be cancelled, and costs what it costs",
    }
}

/// When credits are taken, for programs.
pub const fn charge(charge: Charge) -> &'static str {
    match charge {
        Charge::OnSuccess => "on_success",
        Charge::OnSubmit => "on_submit",
        Charge::Unstated => "unstated",
    }
}

const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Exact => "exact",
        Confidence::Floor => "floor",
        Confidence::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_knows_is_null_and_never_0() {
        let json = Report::new(Backend::HhCustomer, JobState::Running).json();
        for field in ["id", "credits", "file", "estimate", "error", "word"] {
            assert_eq!(json.get(field), Some(&Value::Null), "{field}: {json}");
        }
        assert_eq!((&json["backend"], &json["state"]), (&Value::from("hh-customer"), &Value::from("running")));
        let unknown =
            Estimate { credits: None, dollars: None, confidence: Confidence::Unknown, basis: "nobody says".to_owned() };
        assert_eq!(estimate_words(&unknown), "unknown: nobody says");
        assert_eq!(estimate(&unknown)["credits"], Value::Null);
    }

    ///
    #[test]
    fn x_9_the_final_object_holds_no_signature_of_a_link() {
        let mut report = Report::new(Backend::HhLab, JobState::Ready);
        report.results = vec!["https://cdn.example/a.mp4?sig=SECRET".to_owned()];
        report.raw = json!({ "output_url": "https://cdn.example/a.mp4?sig=SECRET" });
        let text = report.json().to_string();
        assert!(!text.contains("SECRET") && text.contains("https://cdn.example/a.mp4"), "{text}");
    }

    /// AM-18
    #[test]
    fn am_18_each_service_says_when_it_charges() {
        assert!(charged(Charge::OnSuccess).contains("only then") && charged(Charge::OnSubmit).contains("submit"));
        assert!(
            goes_on(Charge::OnSubmit).contains("was charged") && goes_on(Charge::Unstated).contains("cannot be cancelled")
        );
    }
}
