//! A request for a video of hh-customer, read to the letter: every field, every limit, every key that must be an upload of one's own.

use serde_json::{Map, Value};

use super::clip::{CameraMove, ClipSpec, Shot};
use super::desk::Desk;
use super::exchange::Refusal;
use super::rules::CustomerRules;
use crate::media::Size;

/// The table of supported fields.
const FIELDS: [&str; 12] = [
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

/// Fields that name uploads, and the kind of each.
const KEYS: [(&str, &str); 4] =
    [("sourceImageKey", "image"), ("lastFrameKey", "image"), ("referenceVideoKey", "video"), ("referenceAudioKey", "audio")];

const CAMERAS: [(&str, CameraMove); 9] = [
    ("none", CameraMove::Still),
    ("static", CameraMove::Still),
    ("pan-left", CameraMove::PanLeft),
    ("pan-right", CameraMove::PanRight),
    ("tilt-up", CameraMove::TiltUp),
    ("tilt-down", CameraMove::TiltDown),
    ("zoom-in", CameraMove::ZoomIn),
    ("zoom-out", CameraMove::ZoomOut),
    ("orbit", CameraMove::Orbit),
];

/// A checked request, defaults filled in.
pub(super) struct Wish {
    pub(super) prompt: String,
    pub(super) style: Option<String>,
    pub(super) seconds: u32,
    pub(super) ratio: &'static str,
    pub(super) resolution: &'static str,
    camera: CameraMove,
    intensity: Option<u32>,
    /// Fields of [`KEYS`] that are given.
    inputs: Vec<&'static str>,
}

impl Wish {
    /// Reads a body; `desk` knows the uploads of the account.
    pub(super) fn read(body: &Map<String, Value>, desk: &Desk, account: usize) -> Result<Self, Refusal> {
        if let Some(field) = body.keys().find(|field| !FIELDS.contains(&field.as_str())) {
            return Err(wrong(field, "this field is not accepted"));
        }
        let prompt = text(body, "prompt", 3..=2000)?.ok_or_else(|| wrong("prompt", "required"))?;
        let style = text(body, "style", 0..=50)?;
        let seconds = match body.get("durationSec") {
            None => return Err(wrong("durationSec", "required")),
            Some(value) => whole(value, 3..=12).ok_or_else(|| wrong("durationSec", "an integer from 3 to 12"))?,
        };
        let ratio = choice(body, "aspectRatio", &["16:9", "9:16", "1:1"])?;
        let resolution = choice(body, "resolution", &["720p", "1080p"])?;
        let camera = choice(body, "cameraMotion", &CAMERAS.map(|(name, _)| name))?;
        let camera = CAMERAS.iter().find(|(name, _)| *name == camera).map_or(CameraMove::Still, |(_, camera)| *camera);
        let intensity = match body.get("motionIntensity") {
            None => None,
            Some(value) => Some(whole(value, 1..=5).ok_or_else(|| wrong("motionIntensity", "an integer from 1 to 5"))?),
        };
        if body.get("cfgScale").is_some_and(|value| !value.as_f64().is_some_and(|value| (0.0..=1.0).contains(&value))) {
            return Err(wrong("cfgScale", "a number from 0 to 1"));
        }
        let mut inputs = Vec::new();
        for (field, kind) in KEYS {
            let Some(value) = body.get(field) else { continue };
            let object = value.as_str().and_then(|key| desk.object(key)).filter(|object| object.account == account);
            match object {
                Some(object) if object.kind != kind => {
                    return Err(wrong(field, &format!("names an upload that is no {kind}")));
                }
                Some(object) if !object.stored => return Err(wrong(field, "nothing has been uploaded under this key")),
                Some(_) => inputs.push(field),
                None => return Err(wrong(field, "names no upload of this account")),
            }
        }
        if inputs.contains(&"sourceImageKey") && inputs.contains(&"lastFrameKey") {
            return Err(wrong("lastFrameKey", "cannot be used together with sourceImageKey"));
        }
        Ok(Self { prompt, style, seconds, ratio, resolution, camera, intensity, inputs })
    }

    /// Whether a plan allows it; `plan_gate_exceeded` with the lowest plan that does.
    pub(super) fn fits(&self, rules: &CustomerRules, plan: &str) -> Result<(), Refusal> {
        let lacks = |name: &str, field: &str| {
            rules.plans.iter().find(|plan| plan.name == name).is_some_and(|plan| match field {
                "durationSec" => u64::from(self.seconds) > plan.longest_s,
                "resolution" => plan.without.iter().any(|what| what == self.resolution),
                field => plan.without.iter().any(|what| what == field),
            })
        };
        let mut wanted = vec!["durationSec", "resolution"];
        wanted.extend(self.inputs.iter().filter_map(|field| field.strip_suffix("Key")));
        let Some(field) = wanted.into_iter().find(|field| lacks(plan, field)) else { return Ok(()) };
        let enough = rules.plans.iter().find(|plan| !lacks(&plan.name, field)).map_or("enterprise", |plan| &plan.name);
        let refusal = Refusal::new(403, "plan_gate_exceeded", "Your plan does not allow this video setting.");
        Err(refusal.with("field", field).with("requiredPlan", enough).with("currentPlan", plan))
    }

    pub(super) fn cost(&self, rules: &CustomerRules) -> u64 {
        rules.credits_a_second.get(self.resolution).copied().unwrap_or(10).saturating_mul(u64::from(self.seconds))
    }

    pub(super) fn clip(&self, full: bool) -> ClipSpec {
        let steps = match (self.resolution, full) {
            ("1080p", true) => 120,
            (_, true) => 80,
            ("1080p", false) => 40,
            (_, false) => 32,
        };
        let (wide, high) = match self.ratio {
            "9:16" => (9, 16),
            "1:1" => (9, 9),
            _ => (16, 9),
        };
        let inputs: Vec<&str> = self.inputs.iter().filter_map(|field| field.strip_suffix("Key")).collect();
        ClipSpec {
            shots: vec![Shot { prompt: self.prompt.clone(), seconds: self.seconds }],
            size: Size { width: wide * steps, height: high * steps },
            fps: 24,
            sound: true,
            seed: 0,
            camera: self.camera,
            motion: self.intensity.unwrap_or(3) * 200,
            note: format!("hh-customer {} {}", self.resolution, inputs.join(" ")),
        }
    }
}

/// `invalid_input`, with the field that is wrong: "Request body is invalid."
pub(super) fn wrong(field: &str, what: &str) -> Refusal {
    Refusal::new(400, "invalid_input", format!("Request body is invalid. {field}: {what}"))
}

fn text(body: &Map<String, Value>, field: &str, length: std::ops::RangeInclusive<usize>) -> Result<Option<String>, Refusal> {
    let Some(value) = body.get(field) else { return Ok(None) };
    let fits = value.as_str().filter(|text| length.contains(&text.chars().count()));
    let limits = format!("a text of {} to {} characters", length.start(), length.end());
    fits.map(|text| Some(text.to_owned())).ok_or_else(|| wrong(field, &limits))
}

fn choice(body: &Map<String, Value>, field: &str, names: &[&'static str]) -> Result<&'static str, Refusal> {
    match body.get(field) {
        None => Ok(names[0]),
        Some(value) => names
            .iter()
            .find(|name| value == **name)
            .copied()
            .ok_or_else(|| wrong(field, &format!("one of {}", names.join(", ")))),
    }
}

fn whole(value: &Value, range: std::ops::RangeInclusive<u64>) -> Option<u32> {
    value.as_u64().filter(|value| range.contains(value)).map(|value| value as u32)
}
