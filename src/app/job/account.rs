//! `seaglass job credits`, `models`, `upload`: what a service says of an account, and what it keeps for it.

use std::path::Path;

use serde_json::{Value, json};

use super::board::event;
use super::desk::{Desk, Globals};
use super::drive::{Ended, drive};
use super::service::Service;
use super::text::{amount, link, redacted, shown};
use super::{failure, inputs, sniff};
use crate::app::args::{self, OutputFormat};
use crate::app::config::Settings;
use crate::app::errors::{Exit, Failure};
use crate::app::print;
use crate::app::signals::Stop;
use crate::clock::Clock;
use crate::jobs::{Backend, MediaKind, Ranges, Span, balance, ranges};

/// Asks for the balance (HL-15).
pub async fn credits(
    args: &args::Service,
    output: OutputFormat,
    settings: &Settings,
    globals: &Globals,
    clock: Clock,
) -> Result<(), Failure> {
    let (desk, service) = found(args, output, settings, globals, clock)?;
    if service.dialect().credits().is_none() {
        return Err(has_none(service.backend, "balance"));
    }
    let asked = desk.agency(&service, args)?.credits().await;
    let raw = asked.map_err(|error| failure::of(&error, service.backend))?;
    let raw = raw.ok_or_else(|| has_none(service.backend, "balance"))?;
    let balance = balance(&raw);
    match output {
        OutputFormat::Text => {
            match balance {
                Some(credits) => println!("{} credits", amount(credits)),
                None => eprintln!("the answer names no balance that can be read; this is all of it"),
            }
            println!("{}", print::pretty(&redacted(&raw)));
            if let Some(note) = service.dialect().credits_note() {
                eprintln!("note: {note}");
            }
        }
        output => {
            let shown = json!({
                "backend": service.backend.name(), "credits": balance, "raw": redacted(&raw),
                "note": service.dialect().credits_note(),
            });
            print::one(&shown, output, |_| ());
        }
    }
    Ok(())
}

/// Asks for the models and the ranges of their parameters (HL-16).
pub async fn models(
    args: &args::Service,
    output: OutputFormat,
    settings: &Settings,
    globals: &Globals,
    clock: Clock,
) -> Result<(), Failure> {
    let (desk, service) = found(args, output, settings, globals, clock)?;
    if service.dialect().models().is_none() {
        return Err(has_none(service.backend, "list of models"));
    }
    let asked = desk.agency(&service, args)?.models().await;
    let raw = asked.map_err(|error| failure::of(&error, service.backend))?;
    let raw = raw.ok_or_else(|| has_none(service.backend, "list of models"))?;
    let ranges = ranges(&raw);
    let notes = ranges.as_ref().map(differences).unwrap_or_default();
    match output {
        OutputFormat::Text => {
            println!("{}", print::pretty(&redacted(&raw)));
            notes.iter().for_each(|note| eprintln!("note: {note}"));
        }
        output => {
            let shown = json!({
                "backend": service.backend.name(), "ranges": ranges.as_ref().map(described), "differences": notes,
                "raw": redacted(&raw),
            });
            print::one(&shown, output, |_| ());
        }
    }
    Ok(())
}

/// Uploads a file; the signal that ended it, if one did.
pub async fn upload(
    file: &Path,
    kind: Option<MediaKind>,
    args: &args::Service,
    output: OutputFormat,
    settings: &Settings,
    globals: &Globals,
    clock: Clock,
) -> Result<Option<Exit>, Failure> {
    let (desk, service) = found(args, output, settings, globals, clock)?;
    let local = inputs::local(file, kind)?;
    let kind = kind.or_else(|| sniff::kind(&local.media_type)).ok_or_else(|| {
        let what = format!("what {} is cannot be told by its first bytes or its name", file.display());
        Failure::usage(&what, "", "say it: --kind image, video or audio")
    })?;
    if service.dialect().presign(kind, &local).is_none() {
        return Err(has_none(service.backend, "storage for uploads"));
    }
    let (violations, notes) = service.dialect().check_upload("file", kind, &local);
    notes.iter().for_each(|note| desk.screen.note(&super::draft::note_words(note)));
    if !violations.is_empty() {
        return Err(failure::violations(&violations));
    }
    let agency = desk.agency(&service, args)?;
    let again = "seaglass: ended at once; nothing was charged";
    let stop = Stop::saying(&tokio::runtime::Handle::current(), None, again);
    let name = shown(&file.file_name().unwrap_or_default().to_string_lossy(), 40);
    let place = desk.screen.add(&name);
    let mut tell = |progress| match output {
        OutputFormat::Jsonl => desk.screen.event(&event(&progress, &name)),
        _ => desk.screen.tell(place, &name, &progress),
    };
    let uploaded = match drive(&desk.screen, &stop, agency.upload(kind, &local, &mut tell)).await {
        Ended::Done(uploaded) => uploaded.map_err(|error| failure::of(&error, service.backend)),
        Ended::Asked(exit) => {
            desk.screen.close();
            eprintln!("seaglass: stopped; nothing was charged");
            return Ok(Some(exit));
        }
    };
    desk.screen.end(place);
    desk.screen.close();
    let uploaded = uploaded?;
    match output {
        // The key alone, so that a script can take it as it is.
        OutputFormat::Text => {
            println!("{}", shown(&uploaded.key, 1000));
            eprintln!("name it in a submit as --{} key:{}", flag(kind), shown(&uploaded.key, 1000));
        }
        output => {
            let mut shown = json!({
                "key": uploaded.key, "backend": service.backend.name(), "kind": kind.name(),
                "media_type": local.media_type, "bytes": local.bytes,
                "public_url": uploaded.public_url.as_deref().map(link), "raw": redacted(&uploaded.raw),
            });
            if output == OutputFormat::Jsonl {
                shown["event"] = json!("done");
            }
            print::one(&shown, output, |_| ());
        }
    }
    Ok(None)
}

fn found<'a>(
    args: &args::Service,
    output: OutputFormat,
    settings: &'a Settings,
    globals: &'a Globals,
    clock: Clock,
) -> Result<(Desk<'a>, Service), Failure> {
    let service = Service::find(args, settings, None)?;
    Ok((Desk::open(settings, globals, clock, output)?, service))
}

fn has_none(backend: Backend, what: &str) -> Failure {
    let others: Vec<&str> = match what {
        "storage for uploads" => vec!["hh-customer"],
        _ => vec!["hh-lab"],
    };
    let fix = match (backend, what) {
        (Backend::HhApp, "storage for uploads") => "give it URLs that anybody can reach, as in --image https://…".to_owned(),
        _ => format!("its pages on the web may show it; of the three services {} has one", others.join(", ")),
    };
    Failure::usage(&format!("{backend} has no {what} that can be asked for"), "its document names none", &fix)
}

const fn flag(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "ref-video",
        MediaKind::Audio => "ref-audio",
    }
}

fn described(ranges: &Ranges) -> Value {
    let span = |span: Option<Span>| span.map(|span| json!([span.least, span.most]));
    json!({
        "duration": span(ranges.duration), "motion_strength": span(ranges.motion_strength), "fps": ranges.fps,
        "resolution": ranges.resolution,
    })
}

/// Where the server's ranges are not those of the document, which this program checks by (HL-4 to HL-7).
fn differences(ranges: &Ranges) -> Vec<String> {
    let mut notes = Vec::new();
    let mut span = |name: &str, said: Option<Span>, least: f64, most: f64| {
        if let Some(said) = said.filter(|said| (said.least, said.most) != (least, most)) {
            notes.push(format!(
                "the service takes {name} from {} to {}, its document says {least} to {most}: the service counts",
                said.least, said.most
            ));
        }
    };
    span("duration", ranges.duration, 2.0, 16.0);
    span("motion_strength", ranges.motion_strength, 0.0, 1.0);
    let mut listed = |name: &str, said: Option<Vec<String>>, documented: &[&str]| {
        if let Some(mut said) = said {
            said.sort();
            let mut documented: Vec<String> = documented.iter().map(|&word| word.to_owned()).collect();
            documented.sort();
            if said != documented {
                let (said, documented) = (shown(&said.join(", "), 200), documented.join(", "));
                notes.push(format!("the service takes {name} {said}; its document says {documented}: the service counts"));
            }
        }
    };
    listed("fps", ranges.fps.as_ref().map(|fps| fps.iter().map(ToString::to_string).collect()), &["24", "30"]);
    listed("resolution", ranges.resolution.clone(), &["1080p", "4K"]);
    if !notes.is_empty() {
        notes.push("what lies beyond the document passes with --set, as in --set duration=20".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HL-16
    #[test]
    fn ranges_that_are_not_the_documents_are_told() {
        let documented = Ranges {
            duration: Some(Span { least: 2.0, most: 16.0 }),
            motion_strength: None,
            fps: Some(vec![24, 30]),
            resolution: Some(vec!["1080p".to_owned(), "4K".to_owned()]),
        };
        assert!(differences(&documented).is_empty());
        let other = Ranges { duration: Some(Span { least: 2.0, most: 20.0 }), fps: Some(vec![24]), ..documented };
        let notes = differences(&other).join("\n");
        assert!(notes.contains("from 2 to 20") && notes.contains("fps 24;") && notes.contains("--set"), "{notes}");
    }
}
