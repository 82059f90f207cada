//! A request against its service's dialect, before anything is sent: what would be sent, everything that is wrong with it,
//! everything worth a word, and what it would cost.

use serde_json::{Value, json};

use super::report;
use super::request::{Asked, asked};
use super::text::{bytes, redacted, shown};
use crate::app::args::Wanted;
use crate::app::backend::BackendSettings;
use crate::jobs::{Backend, Estimate, Input, Lowered, Note, NoteKind, Request, Violation, dialect};
use crate::net::Origin;

/// A request against its dialect.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Which service's.
    pub backend: Backend,
    /// The request; URLs that are fetched first are keys of uploads to come.
    pub request: Request,
    /// The URLs that are fetched first, by field.
    pub fetched: Vec<(Field, String)>,
    /// The request in the service's words.
    pub lowered: Lowered,
    /// What would be refused, here or there.
    pub violations: Vec<Violation>,
    /// What it would cost.
    pub estimate: Estimate,
}

/// An input of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The first frame.
    Image,
    /// The last frame.
    LastFrame,
    /// A video to go by.
    RefVideo,
    /// Sound to go by.
    RefAudio,
}

impl Field {
    const ALL: [Self; 4] = [Self::Image, Self::LastFrame, Self::RefVideo, Self::RefAudio];

    /// Its place in a request.
    pub fn of(self, request: &mut Request) -> &mut Option<Input> {
        match self {
            Self::Image => &mut request.image,
            Self::LastFrame => &mut request.last_frame,
            Self::RefVideo => &mut request.ref_video,
            Self::RefAudio => &mut request.ref_audio,
        }
    }

    /// Its name in a request.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::LastFrame => "last_frame",
            Self::RefVideo => "ref_video",
            Self::RefAudio => "ref_audio",
        }
    }

    /// What stands for the key of what is fetched and uploaded first (HC-8).
    const fn key_to_come(self) -> &'static str {
        match self {
            Self::Image | Self::LastFrame => "videos/inputs/fetched-and-uploaded-first",
            Self::RefVideo => "videos/reference-video/fetched-and-uploaded-first",
            Self::RefAudio => "videos/reference-audio/fetched-and-uploaded-first",
        }
    }
}

impl Draft {
    /// Reads what is wanted, and holds it against the dialect.
    pub fn new(backend: Backend, wanted: &Wanted, own: &BackendSettings) -> Self {
        let mut asked = asked(wanted);
        let mut fetched = Vec::new();
        // HC-22: only where the service takes nothing but its own uploads.
        if wanted.fetch && backend == Backend::HhCustomer {
            for field in Field::ALL {
                let place = field.of(&mut asked.request);
                if let Some(Input::Url(url)) = place {
                    fetched.push((field, std::mem::take(url)));
                    *place = Some(Input::Key(field.key_to_come().to_owned()));
                }
            }
        }
        let request = asked.request.clone();
        Self::held(backend, request, fetched, asked, wanted.strict, own)
    }

    fn held(
        backend: Backend,
        request: Request,
        fetched: Vec<(Field, String)>,
        asked: Asked,
        strict: bool,
        own: &BackendSettings,
    ) -> Self {
        let dialect = dialect(backend);
        let lowered = dialect.lower(&request, &own.names());
        let estimate = dialect.estimate(&request, &own.prices());
        let mut violations = asked.and(lowered.violations.clone());
        if strict {
            let fix = "leave it out, or leave --strict out";
            let losses = lowered.notes.iter().filter(|note| note.kind == NoteKind::Loss);
            violations.extend(losses.map(|loss| Violation::new(&loss.field, &loss.what, fix)));
        }
        Self { backend, request, fetched, lowered, violations, estimate }
    }

    /// Whether there is nothing against sending it.
    pub fn fits(&self) -> bool {
        self.violations.is_empty()
    }

    /// For programs.
    pub fn json(&self, base: Option<&Origin>, key: bool) -> Value {
        let dialect = dialect(self.backend);
        let call = dialect.submit();
        let path = call.path.join("/");
        let url = base.map(|base| base.join(call.path.iter().map(String::as_str)).to_string());
        let uploads: Vec<Value> = self.lowered.uploads.iter().map(upload).collect();
        let fetched: Vec<Value> = self
            .fetched
            .iter()
            .map(|(field, url)| json!({ "field": field.name(), "url": super::text::link(url) }))
            .collect();
        json!({
            "backend": self.backend.name(),
            "base_url": base.map(Origin::as_str),
            "request": {
                "method": "POST",
                "url": url,
                "path": path,
                "headers": {
                    "Authorization": if key { "Bearer [redacted]" } else { "none: no key was found" },
                    "Content-Type": "application/json",
                },
                "body": redacted(&Value::Object(self.lowered.body.clone())),
            },
            "fetched_first": fetched,
            "uploaded_first": uploads,
            "violations": self.violations.iter().map(report::violation).collect::<Vec<_>>(),
            "notes": self.lowered.notes.iter().map(report::note).collect::<Vec<_>>(),
            "estimate": report::estimate(&self.estimate),
            "charged": report::charge(dialect.charge()),
            "sent": false,
        })
    }

    /// For people, line by line.
    pub fn lines(&self, base: Option<&Origin>, key: bool) -> Vec<String> {
        let dialect = dialect(self.backend);
        let call = dialect.submit();
        let at = base.map_or_else(
            || format!("https://YOUR-DOMAIN/{}", call.path.join("/")),
            |base| base.join(call.path.iter().map(String::as_str)).to_string(),
        );
        let mut lines = Vec::new();
        for (field, url) in &self.fetched {
            lines.push(format!("GET {}  for {}, without the key", super::text::link(url), field.name()));
        }
        for need in &self.lowered.uploads {
            let file = &need.file;
            let media_type = if file.media_type.is_empty() { "of unknown type" } else { &file.media_type };
            let name = file.path.display().to_string();
            let size = bytes(file.bytes);
            lines.push(format!("upload {} as {}: {media_type}, {size}", shown(&name, 200), need.field));
        }
        lines.push(format!("POST {at}"));
        lines.push(
            if key { "Authorization: Bearer [redacted]" } else { "Authorization: none, as no key was found" }.to_owned(),
        );
        lines.push("Content-Type: application/json".to_owned());
        lines.push(String::new());
        lines.push(crate::app::print::pretty(&redacted(&Value::Object(self.lowered.body.clone()))));
        lines.push(String::new());
        lines.extend(self.lowered.notes.iter().map(note_words));
        for one in &self.violations {
            lines.push(format!("wrong: {}: {}", one.field, shown(&one.what, 500)));
            lines.push(format!("       -> {}", shown(&one.fix, 500)));
        }
        lines.push(format!("estimate: {}", report::estimate_words(&self.estimate)));
        lines.push(format!("          {}", report::charged(dialect.charge())));
        lines
    }
}

/// A note for people.
pub fn note_words(note: &Note) -> String {
    let kind = match note.kind {
        NoteKind::Loss => "not as asked",
        NoteKind::Warning => "note",
    };
    format!("{kind}: {}: {}", note.field, shown(&note.what, 500))
}

fn upload(need: &crate::jobs::UploadNeed) -> Value {
    json!({
        "field": need.field, "kind": need.kind.name(), "file": need.file.path, "media_type": need.file.media_type,
        "bytes": need.file.bytes,
    })
}
