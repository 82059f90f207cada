//! The documents' limits once more, on bodies as they would arrive: written from the documents alone, without a look at the lowering, so
//! that a mistake on one side is a contradiction and not a habit.

use seaglass::jobs::Backend;
use serde_json::{Map, Value};

/// Everything in a body that the service's document does not allow.
pub(crate) fn faults(backend: Backend, body: &Map<String, Value>) -> Vec<String> {
    let mut faults = Faults { body, found: Vec::new() };
    match backend {
        Backend::HhLab => lab(&mut faults),
        Backend::HhApp => app(&mut faults),
        Backend::HhCustomer => customer(&mut faults),
    }
    faults.found
}

struct Faults<'a> {
    body: &'a Map<String, Value>,
    found: Vec<String>,
}

impl Faults<'_> {
    fn unless(&mut self, fine: bool, what: &str) {
        if !fine {
            self.found.push(what.to_owned());
        }
    }

    fn fields(&mut self, known: &[&str], required: &[&str]) {
        for key in self.body.keys() {
            self.unless(known.contains(&key.as_str()), &format!("{key} is unknown"));
        }
        for key in required {
            self.unless(self.body.contains_key(*key), &format!("{key} is missing"));
        }
    }

    fn optional(&mut self, key: &str, fits: impl Fn(&Value) -> bool) {
        let fine = self.body.get(key).is_none_or(fits);
        self.unless(fine, &format!("{key}: {:?}", self.body.get(key)));
    }
}

fn integer(value: &Value, least: u64, most: u64) -> bool {
    value.as_u64().is_some_and(|number| number >= least && number <= most)
}

fn fraction(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| (0.0..=1.0).contains(&number))
}

fn text(value: &Value, least: usize, most: usize) -> bool {
    value.as_str().is_some_and(|text| text.chars().count() >= least && text.chars().count() <= most)
}

fn one_of(value: &Value, words: &[&str]) -> bool {
    value.as_str().is_some_and(|text| words.contains(&text))
}

fn web(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.to_lowercase().starts_with("http://") || text.to_lowercase().starts_with("https://"))
}

fn lab(faults: &mut Faults<'_>) {
    faults.fields(&["prompt", "resolution", "duration", "motion_strength", "fps", "seed"], &["prompt"]);
    faults.optional("prompt", |value| value.as_str().is_some_and(|text| !text.trim().is_empty()));
    faults.optional("resolution", |value| one_of(value, &["1080p", "4K"]));
    faults.optional("duration", |value| integer(value, 2, 16));
    faults.optional("motion_strength", fraction);
    faults.optional("fps", |value| integer(value, 24, 24) || integer(value, 30, 30));
    faults.optional("seed", Value::is_u64);
}

fn app(faults: &mut Faults<'_>) {
    let known = [
        "model",
        "prompt",
        "mode",
        "duration",
        "aspect_ratio",
        "image_urls",
        "sound",
        "multi_shots",
        "multi_prompt",
        "cfg_scale",
        "elements",
    ];
    faults.fields(&known, &["model", "mode", "duration", "sound"]);
    let multi = faults.body.get("multi_shots") == Some(&Value::Bool(true));
    faults.optional("model", |value| one_of(value, &["happyhorse-1.0/video"]));
    faults.unless(multi || faults.body.contains_key("prompt"), "prompt is missing");
    faults.optional("prompt", |value| text(value, 1, 2500) && !value.as_str().unwrap().trim().is_empty());
    faults.optional("mode", |value| one_of(value, &["pro", "std"]));
    faults.optional("duration", |value| integer(value, 3, 15));
    faults.optional("aspect_ratio", |value| one_of(value, &["16:9", "9:16", "1:1"]));
    faults.optional("image_urls", |value| {
        value
            .as_array()
            .is_some_and(|urls| !urls.is_empty() && urls.len() <= if multi { 1 } else { 2 } && urls.iter().all(web))
    });
    faults.unless(
        !(faults.body.contains_key("image_urls") && faults.body.contains_key("aspect_ratio")),
        "an aspect ratio beside pictures says nothing",
    );
    faults.optional("sound", Value::is_boolean);
    faults.optional("cfg_scale", fraction);
    faults.optional("multi_shots", Value::is_boolean);
    faults.unless(multi == faults.body.contains_key("multi_prompt"), "multi_prompt goes with multi_shots");
    let shots = faults.body.get("multi_prompt").and_then(Value::as_array).cloned().unwrap_or_default();
    let sum: u64 = shots.iter().filter_map(|shot| shot["duration"].as_u64()).sum();
    faults.optional("multi_prompt", |value| {
        value.as_array().is_some_and(|shots| {
            let fits = |shot: &Value| {
                shot.as_object().unwrap().len() == 2 && text(&shot["prompt"], 1, 500) && integer(&shot["duration"], 1, 12)
            };
            !shots.is_empty() && shots.len() <= 5 && shots.iter().all(fits)
        })
    });
    faults.unless(!multi || faults.body.get("duration").and_then(Value::as_u64) == Some(sum), "duration is the shots' sum");
    let mut prompts: Vec<&str> = shots.iter().filter_map(|shot| shot["prompt"].as_str()).collect();
    prompts.extend(faults.body.get("prompt").and_then(Value::as_str));
    let named = |name: &str| prompts.iter().any(|prompt| prompt.contains(&format!("@{name}")));
    faults.optional("elements", |value| {
        let elements = value.as_array().unwrap();
        let fits = |element: &Value| {
            let urls = element["element_input_urls"].as_array().unwrap();
            element["name"].as_str().is_some_and(|name| !name.is_empty() && named(name))
                && element["description"].is_string()
                && (2..=4).contains(&urls.len())
                && urls.iter().all(web)
        };
        !elements.is_empty() && elements.len() <= 3 && elements.iter().all(fits)
    });
}

fn customer(faults: &mut Faults<'_>) {
    let known = [
        "prompt",
        "style",
        "durationSec",
        "aspectRatio",
        "resolution",
        "sourceImageKey",
        "lastFrameKey",
        "referenceVideoKey",
        "referenceAudioKey",
        "cameraMotion",
        "motionIntensity",
        "cfgScale",
    ];
    faults.fields(&known, &["prompt", "durationSec"]);
    faults.optional("prompt", |value| text(value, 3, 2000));
    faults.optional("style", |value| text(value, 1, 50));
    faults.optional("durationSec", |value| integer(value, 3, 12));
    faults.optional("aspectRatio", |value| one_of(value, &["16:9", "9:16", "1:1"]));
    faults.optional("resolution", |value| one_of(value, &["720p", "1080p"]));
    for key in ["sourceImageKey", "lastFrameKey", "referenceVideoKey", "referenceAudioKey"] {
        faults.optional(key, |value| value.as_str().is_some_and(|key| !key.is_empty() && !key.contains("://")));
    }
    let has = |key: &str| faults.body.contains_key(key);
    let pair = has("sourceImageKey") && has("lastFrameKey");
    faults.unless(!pair, "a first and a last frame");
    let ways = "none static pan-left pan-right tilt-up tilt-down zoom-in zoom-out orbit";
    faults.optional("cameraMotion", |value| one_of(value, &ways.split(' ').collect::<Vec<_>>()));
    faults.optional("motionIntensity", |value| integer(value, 1, 5));
    faults.optional("cfgScale", fraction);
}

/// The restatement itself can fail: each document's own sample passes, and one wrong value does not.
#[test]
fn the_restatement_takes_the_documents_samples_and_refuses_what_they_refuse() {
    use super::support::sample;
    let with = |mut body: Value, key: &str, value: Value| {
        body[key] = value;
        body.as_object().unwrap().clone()
    };
    let samples = [
        (Backend::HhLab, sample("lab", "submit")),
        (Backend::HhApp, sample("app", "text_to_video")),
        (Backend::HhApp, sample("app", "multi_shot")),
    ];
    for (backend, sample) in samples {
        assert_eq!(faults(backend, sample.as_object().unwrap()), [""; 0]);
        assert!(!faults(backend, &with(sample.clone(), "duration", 17.into())).is_empty());
        assert!(!faults(backend, &with(sample, "seed", Value::Null)).is_empty());
    }
    let customer = sample("customer", "submit");
    assert_eq!(faults(Backend::HhCustomer, customer.as_object().unwrap()), [""; 0]);
    assert_eq!(faults(Backend::HhCustomer, &with(customer, "lastFrameKey", "k".into())), ["a first and a last frame"]);
}
