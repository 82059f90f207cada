//! The neutral request of the command line. Files are looked at, nothing is sent; everything that cannot be read is told at once,
//! beside what the service's dialect finds.

use std::str::FromStr;

use serde_json::Value;

use super::elements::{self, Written};
use super::{inputs, texts};
use crate::app::args::{self, Wanted};
use crate::app::errors::Failure;
use crate::jobs::{Input, MediaKind, Mode, Motion, Request, Shot, Violation};

/// A request, and what could not be read of it.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The request; what could not be read is missing.
    pub request: Request,
    /// What could not be read, by its field.
    pub unread: Vec<Violation>,
}

impl Asked {
    /// Everything that is wrong: with what was written, and with what it says. One field is told once.
    pub fn and(self, violations: Vec<Violation>) -> Vec<Violation> {
        let mut all = self.unread;
        let told = |all: &[Violation], field: &str| {
            all.iter().any(|known| known.field == field || field.starts_with(&format!("{}[", known.field)))
        };
        let more: Vec<_> = violations.into_iter().filter(|violation| !told(&all, &violation.field)).collect();
        all.extend(more);
        all
    }

    /// A value as it was written; what is no value of its kind is wrong.
    fn read<T>(&mut self, field: &str, said: &Option<String>, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        match read(said.as_deref()?) {
            Ok(value) => Some(value),
            Err(what) => {
                self.unread.push(Violation::new(field, what, "correct it, or leave it out"));
                None
            }
        }
    }

    fn wrong(&mut self, field: impl Into<String>, failure: &Failure) {
        let what = match failure.why.is_empty() {
            true => failure.what.clone(),
            false => format!("{}: {}", failure.what, failure.why.trim_end().replace('\n', " ")),
        };
        self.unread.push(Violation::new(field, what, failure.fix.clone()));
    }
}

/// Reads what is wanted.
pub fn asked(wanted: &Wanted) -> Asked {
    let mut asked = Asked::default();
    let written = written_elements(wanted, &mut asked);
    let names: Vec<String> = written.iter().map(|element| element.name().to_owned()).collect();
    if let Some(said) = &wanted.prompt {
        match texts::text(said, &names) {
            Ok(prompt) => asked.request.prompt = Some(prompt),
            Err(failure) => asked.wrong("prompt", &failure),
        }
    }
    for (index, said) in wanted.shots.iter().enumerate() {
        match shot(said, &names) {
            Ok(shot) => asked.request.shots.push(shot),
            Err(failure) => asked.wrong(format!("shots[{index}]"), &failure),
        }
    }
    for (index, element) in written.iter().enumerate() {
        let (element, wrong) = element.read();
        asked.request.elements.push(element);
        for (place, failure) in wrong {
            asked.wrong(format!("elements[{index}].{place}"), &failure);
        }
    }
    let style = wanted.style.as_deref().map(|said| texts::text(said, &names)).transpose();
    match style {
        Ok(style) => asked.request.style = style,
        Err(failure) => asked.wrong("style", &failure),
    }
    asked.request.image = input(&mut asked, "image", &wanted.image, MediaKind::Image);
    asked.request.last_frame = input(&mut asked, "last_frame", &wanted.last_frame, MediaKind::Image);
    asked.request.ref_video = input(&mut asked, "ref_video", &wanted.ref_video, MediaKind::Video);
    asked.request.ref_audio = input(&mut asked, "ref_audio", &wanted.ref_audio, MediaKind::Audio);
    for said in &wanted.set {
        match field(said) {
            Ok((name, _)) if asked.request.extra.contains_key(&name) => {
                let failure = Failure::usage(&format!("{name} is set twice"), "", "say it once");
                asked.wrong(format!("extra.{name}"), &failure);
            }
            Ok((name, value)) => drop(asked.request.extra.insert(name, value)),
            Err(failure) => asked.wrong("extra", &failure),
        }
    }
    asked.request.duration = asked.read("duration", &wanted.duration, args::seconds);
    asked.request.mode = asked.read("mode", &wanted.mode, |said| word(said, &[("std", Mode::Std), ("pro", Mode::Pro)]));
    asked.request.fps = asked.read("fps", &wanted.fps, whole);
    asked.request.seed = asked.read("seed", &wanted.seed, whole);
    asked.request.sound = asked.read("sound", &wanted.sound, |said| word(said, &[("on", true), ("off", false)]));
    let strength = asked.read("motion", &wanted.motion, number).map(Motion::Strength);
    let level = asked.read("motion", &wanted.motion_level, whole).map(Motion::Level);
    asked.request.motion = strength.or(level);
    asked.request.adherence = asked.read("adherence", &wanted.adherence, number);
    let request = &mut asked.request;
    request.resolution.clone_from(&wanted.resolution);
    request.aspect_ratio.clone_from(&wanted.aspect_ratio);
    request.camera.clone_from(&wanted.camera);
    asked
}

fn written_elements(wanted: &Wanted, asked: &mut Asked) -> Vec<Written> {
    let mut written = Vec::new();
    for said in &wanted.elements {
        match elements::written(said) {
            Ok(elements) => written.extend(elements),
            Err(failure) => asked.wrong("elements", &failure),
        }
    }
    written
}

/// An input that may be given once. Of several the first goes on, so that what depends on it is judged all the same.
fn input(asked: &mut Asked, field: &str, said: &[String], kind: MediaKind) -> Option<Input> {
    let first = said.first()?;
    if said.len() > 1 {
        let fix = format!("name one with --{}", field.replace('_', "-"));
        asked.unread.push(Violation::new(field, format!("one only; {} given", said.len()), fix));
    }
    match inputs::input(first, kind) {
        Ok(input) => Some(input),
        Err(failure) => {
            asked.wrong(field, &failure);
            None
        }
    }
}

fn word<T: Copy>(said: &str, known: &[(&str, T)]) -> Result<T, String> {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let found = known.iter().find(|(name, _)| *name == said).map(|(_, value)| *value);
    found.ok_or_else(|| format!("{said:?} is none of {}", names.join(", ")))
}

fn whole<T: FromStr>(said: &str) -> Result<T, String> {
    said.trim().parse().map_err(|_| format!("{said:?} is no whole number that can be sent"))
}

fn number(said: &str) -> Result<f64, String> {
    said.trim().parse().map_err(|_| format!("{said:?} is no number"))
}

/// `SECONDS:PROMPT`.
fn shot(said: &str, names: &[String]) -> Result<Shot, Failure> {
    let wrong =
        |why: &str| Failure::usage(&format!("{said:?} is no shot"), why, "write SECONDS:PROMPT, as in '3:a door opens'");
    let (seconds, prompt) = said.split_once(':').ok_or_else(|| wrong("no colon stands in it"))?;
    let duration = args::seconds(seconds).map_err(|why| wrong(&why))?;
    Ok(Shot { prompt: texts::text(prompt.trim_start(), names)?, duration })
}

/// `FIELD=JSON`.
fn field(said: &str) -> Result<(String, Value), Failure> {
    let fix = "write FIELD=JSON, as in --set watermark=false or --set 'tone=\"warm\"'";
    let wrong = |why: String| Failure::usage(&format!("{said:?} sets no field"), &why, fix);
    let (name, value) = said.split_once('=').ok_or_else(|| wrong("no = stands in it".to_owned()))?;
    if name.trim().is_empty() {
        return Err(wrong("no name stands before the =".to_owned()));
    }
    let value = serde_json::from_str(value).map_err(|error| wrong(format!("{value:?} is no JSON ({error})")))?;
    Ok((name.trim().to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// whoever has three things wrong hears of all three.
    #[test]
    fn everything_that_cannot_be_read_is_told_at_once() {
        let wanted = Wanted {
            prompt: Some("@/no/such/prompt".to_owned()),
            image: vec!["/no/such/image.png".to_owned()],
            shots: vec!["3:fine".to_owned(), "soon:a fox".to_owned()],
            set: vec!["a=1".to_owned(), "b=oops".to_owned()],
            mode: Some("ultra".to_owned()),
            duration: Some("2.5".to_owned()),
            seed: Some("-1".to_owned()),
            ..Wanted::default()
        };
        let asked = asked(&wanted);
        let fields: Vec<&str> = asked.unread.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["prompt", "shots[1]", "image", "extra", "duration", "mode", "seed"]);
        let of_dialect = vec![Violation::new("prompt", "is missing", "say it"), Violation::new("camera", "is a crane", "3")];
        let fields: Vec<String> = asked.and(of_dialect).into_iter().map(|violation| violation.field).collect();
        assert_eq!(fields.last().map(String::as_str), Some("camera"));
        assert_eq!(fields.len(), 8, "a field is told once: {fields:?}");
    }

    #[test]
    fn an_input_that_is_given_again_is_told_and_hides_nothing_of_what_depends_on_it() {
        let url = |name: &str| format!("https://a.example/{name}.png");
        let wanted = Wanted {
            image: vec![url("1"), url("2"), url("3")],
            last_frame: vec![url("4")],
            ref_audio: vec!["/no/such.mp3".to_owned(), "/no/other.mp3".to_owned()],
            ..Wanted::default()
        };
        let asked = asked(&wanted);
        let told: Vec<String> = asked.unread.iter().map(|one| format!("{}: {}", one.field, one.what)).collect();
        assert_eq!(told[..2], ["image: one only; 3 given", "ref_audio: one only; 2 given"], "{told:?}");
        assert!(told.len() == 3 && told[2].contains("/no/such.mp3"), "{told:?}");
        assert_eq!(asked.request.image, Some(Input::Url(url("1"))), "--last-frame is not told to miss its --image");
    }

    #[test]
    fn what_is_not_said_is_not_asked_for() {
        assert_eq!(asked(&Wanted::default()).request, Request::default());
        let wanted = Wanted { set: vec!["tone=\"warm\"".to_owned()], sound: Some("off".to_owned()), ..Wanted::default() };
        let request = asked(&wanted).request;
        assert_eq!((request.extra.get("tone"), request.sound), (Some(&Value::from("warm")), Some(false)));
    }
}
