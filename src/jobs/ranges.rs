//! Ranges of parameters as hh-lab's `GET /v1/models` gives them, in a form that no document shows (HL-16): read where they can be, and
//! then stronger than those that are built in.

use serde_json::{Map, Value};

use super::dialect::Lowered;
use super::request::{Motion, Request};
use super::violation::Violation;

/// How deep an answer is searched.
const DEEPEST: usize = 8;

/// Most words of a choice that are kept.
const MOST_CHOICES: usize = 64;

/// What a server says that it takes. `None`: it does not say, or not in a form that can be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranges {
    /// Length, in seconds.
    pub duration: Option<Span>,
    /// Strength of motion.
    pub motion_strength: Option<Span>,
    /// Frames per second.
    pub fps: Option<Vec<u32>>,
    /// Resolutions.
    pub resolution: Option<Vec<String>>,
}

/// From the least to the most, both taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

/// The ranges in an answer about models; `None` where there are none that can be read. Of several models the first counts that has any,
/// and happyhorse-1.0 before all others.
#[must_use]
pub fn ranges(answer: &Value) -> Option<Ranges> {
    let own = find(answer, 0, &|object| {
        let named =
            ["id", "name", "model"].into_iter().any(|key| object.get(key).and_then(Value::as_str) == Some("happyhorse-1.0"));
        if named { within(object, 0) } else { None }
    });
    own.or_else(|| find(answer, 0, &|object| read(object)))
}

impl Ranges {
    /// Judges a request of hh-lab by these: where the server's ranges are known, the built-in ones do not count.
    pub fn prefer(&self, request: &Request, lowered: &mut Lowered) {
        let mut judge = |field: &str, key: &str, known: bool, wrong: Option<(String, String)>| {
            if known && !request.extra.contains_key(key) {
                lowered.violations.retain(|violation| violation.field != field);
                if let Some((what, takes)) = wrong {
                    lowered.violations.push(Violation::new(
                        field,
                        format!("the server takes {takes}, not {what}"),
                        "choose one of those",
                    ));
                }
            }
        };
        let beyond = |span: Option<Span>, value: f64| {
            let span = span.filter(|span| !span.takes(value))?;
            Some((value.to_string(), format!("{} to {}", span.least, span.most)))
        };
        if let Some(duration) = request.duration {
            judge("duration", "duration", self.duration.is_some(), beyond(self.duration, f64::from(duration)));
        }
        if let Some(Motion::Strength(strength)) = request.motion.filter(|_| self.motion_strength.is_some()) {
            // What is no number is wrong in every range, and stays out of the body.
            if strength.is_finite() {
                judge("motion", "motion_strength", true, beyond(self.motion_strength, strength));
            }
        }
        if let (Some(fps), Some(takes)) = (request.fps, &self.fps) {
            let list = || takes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            judge("fps", "fps", true, (!takes.contains(&fps)).then(|| (fps.to_string(), list())));
        }
        let resolution = request.resolution.as_ref().filter(|resolution| !resolution.is_empty());
        if let (Some(resolution), Some(takes)) = (resolution, &self.resolution) {
            judge(
                "resolution",
                "resolution",
                true,
                (!takes.contains(resolution)).then(|| (resolution.clone(), takes.join(", "))),
            );
        }
    }
}

impl Span {
    fn takes(self, value: f64) -> bool {
        (self.least..=self.most).contains(&value)
    }
}

/// The first object for which `reading` gives ranges, outer ones first.
fn find(value: &Value, depth: usize, reading: &dyn Fn(&Map<String, Value>) -> Option<Ranges>) -> Option<Ranges> {
    if depth > DEEPEST {
        return None;
    }
    match value {
        Value::Object(object) => {
            reading(object).or_else(|| object.values().find_map(|inner| find(inner, depth + 1, reading)))
        }
        Value::Array(list) => list.iter().find_map(|inner| find(inner, depth + 1, reading)),
        _ => None,
    }
}

/// The ranges of an object, or of an object in it.
fn within(object: &Map<String, Value>, depth: usize) -> Option<Ranges> {
    read(object).or_else(|| object.values().find_map(|inner| find(inner, depth + 1, &read)))
}

fn read(object: &Map<String, Value>) -> Option<Ranges> {
    let get = |names: &[&str]| names.iter().find_map(|name| object.get(*name));
    let ranges = Ranges {
        duration: get(&["duration", "duration_range"]).and_then(span),
        motion_strength: get(&["motion_strength", "motion_strength_range"]).and_then(span),
        fps: get(&["fps", "fps_options"])
            .and_then(choices)
            .map(|list| list.iter().filter_map(|one| u32::try_from(one.as_u64()?).ok()).collect::<Vec<_>>()),
        resolution: get(&["resolution", "resolutions"])
            .and_then(choices)
            .map(|list| list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect::<Vec<_>>()),
    };
    let ranges = Ranges {
        fps: ranges.fps.filter(|list| !list.is_empty()),
        resolution: ranges.resolution.filter(|list| !list.is_empty()),
        ..ranges
    };
    (ranges != Ranges::default()).then_some(ranges)
}

/// `{"min": 2, "max": 16}`, `{"minimum": 2, "maximum": 16}`, `[2, 16]` or `"2-16"`.
fn span(value: &Value) -> Option<Span> {
    let (least, most) = match value {
        Value::Object(object) => {
            let get = |names: [&str; 2]| names.into_iter().find_map(|name| object.get(name)?.as_f64());
            match object.get("range") {
                Some(range @ (Value::Array(_) | Value::String(_))) => return span(range),
                _ => (get(["min", "minimum"])?, get(["max", "maximum"])?),
            }
        }
        Value::Array(list) => match list.as_slice() {
            [least, most] => (least.as_f64()?, most.as_f64()?),
            _ => return None,
        },
        Value::String(text) => {
            let (least, most) = text.split_once(['-', '–'])?;
            (least.trim().parse().ok()?, most.trim().parse().ok()?)
        }
        _ => return None,
    };
    (least.is_finite() && most.is_finite() && least <= most).then_some(Span { least, most })
}

/// `[24, 30]`, or an object that holds such a list as `enum`, `values`, `options` or `allowed`.
fn choices(value: &Value) -> Option<&[Value]> {
    let list = match value {
        Value::Array(list) => list,
        Value::Object(object) => {
            ["enum", "values", "options", "allowed"].into_iter().find_map(|name| object.get(name)?.as_array())?
        }
        _ => return None,
    };
    (!list.is_empty() && list.len() <= MOST_CHOICES).then_some(list)
}
