//! Requests in the dialect of hh-app: one prompt or shots, pictures by their links, elements that prompts name. Always says model, mode,
//! duration and sound, which satisfies every revision of the document (AM-13).

use serde_json::{Map, Value, json};

use super::app_elements;
use super::app_pictures;
use super::backend::Backend;
use super::dialect::{FieldNames, Lowered};
use super::draft::{Draft, is_given, prompt_of};
use super::request::{Mode, Request};

/// The one model.
pub(super) const MODEL: &str = "happyhorse-1.0/video";

/// Longest prompt, in characters.
const MOST_PROMPT: usize = 2500;

/// Longest prompt of a shot, in characters.
const MOST_SHOT_PROMPT: usize = 500;

/// Most shots.
const MOST_SHOTS: usize = 5;

/// Bounds of a shot, in seconds.
const SHOT_SECONDS: (u32, u32) = (1, 12);

/// Bounds of a clip, in seconds.
const SECONDS: (u32, u32) = (3, 15);

/// Length of a clip where none is asked for, in seconds.
const DEFAULT_SECONDS: u32 = 5;

/// The fields that the document lists, but for the two whose names it lost.
const FIELDS: [&str; 9] =
    ["model", "prompt", "mode", "duration", "aspect_ratio", "image_urls", "sound", "multi_shots", "multi_prompt"];

pub(super) fn lower(request: &Request, names: &FieldNames) -> Lowered {
    let mut draft = Draft::new(Backend::HhApp, request);
    if draft.is_free("model") {
        draft.put("model", MODEL);
    }
    prompts(&mut draft, request);
    if draft.is_free("mode") {
        draft.put("mode", request.mode.unwrap_or(Mode::Std).name());
    }
    duration(&mut draft, request);
    app_pictures::lower(&mut draft, request);
    if draft.is_free("sound") {
        draft.put("sound", request.sound.unwrap_or(true));
    }
    draft.fraction("adherence", &names.cfg_scale, request.adherence);
    app_elements::lower(&mut draft, request, &names.elements);
    draft.refuse_if(request.ref_video.is_some(), "ref_video", "video", "submit to hh-customer");
    draft.refuse_if(request.ref_audio.is_some(), "ref_audio", "sound of yours", "submit to hh-customer");
    draft.lose_if(is_given(request.resolution.as_ref()), "resolution", "; --mode pro is what it has for more quality");
    draft.lose_if(request.fps.is_some(), "fps", "");
    draft.lose_if(request.seed.is_some(), "seed", "");
    draft.lose_if(request.motion.is_some(), "motion", "; say it in the prompt");
    draft.lose_if(is_given(request.style.as_ref()), "style", "; say it in the prompt");
    draft.lose_if(is_given(request.camera.as_ref()), "camera", "; say it in the prompt");
    let mut documented = FIELDS.to_vec();
    documented.extend([names.cfg_scale.as_str(), names.elements.as_str()]);
    draft.finish(&documented)
}

/// Whether shots are set by hand: then nothing is assumed about prompt and duration.
fn shots_by_hand(draft: &Draft<'_>) -> bool {
    !draft.is_free("multi_shots") || !draft.is_free("multi_prompt")
}

fn prompts(draft: &mut Draft<'_>, request: &Request) {
    if draft.is_free("prompt") {
        match prompt_of(request) {
            Some(prompt) => {
                draft.put("prompt", prompt);
                draft.length("prompt", prompt, 1, MOST_PROMPT);
            }
            None if request.shots.is_empty() && !shots_by_hand(draft) => {
                draft.refuse("prompt", "nothing is asked for", "say what is to be seen, or give shots");
            }
            None => {}
        }
    }
    if request.shots.is_empty() {
        return;
    }
    if draft.is_free("multi_shots") {
        draft.put("multi_shots", true);
    }
    if !draft.is_free("multi_prompt") {
        return;
    }
    if request.shots.len() > MOST_SHOTS {
        let what = format!("{} shots, and {MOST_SHOTS} are the most", request.shots.len());
        draft.refuse("shots", what, "join some, or submit several jobs");
    }
    let mut sum = 0_u32;
    for (number, shot) in request.shots.iter().enumerate() {
        let field = format!("shots[{number}]");
        if shot.prompt.trim().is_empty() {
            draft.refuse(format!("{field}.prompt"), "nothing is asked for", "say what is to be seen in this shot");
        }
        draft.length(&format!("{field}.prompt"), &shot.prompt, 0, MOST_SHOT_PROMPT);
        let (least, most) = SHOT_SECONDS;
        if !(least..=most).contains(&shot.duration) {
            let what = format!("{} s is outside {least} to {most} s for one shot", shot.duration);
            draft.refuse(format!("{field}.duration"), what, format!("choose {least} to {most}"));
        }
        sum = sum.saturating_add(shot.duration);
    }
    let (least, most) = SECONDS;
    if !(least..=most).contains(&sum) {
        let what = format!("{sum} s in all, outside {least} to {most} s for a clip");
        draft.refuse("shots", what, "change the lengths of the shots");
    }
    let shots: Vec<Value> =
        request.shots.iter().map(|shot| json!({ "prompt": shot.prompt, "duration": shot.duration })).collect();
    draft.put("multi_prompt", shots);
}

fn duration(draft: &mut Draft<'_>, request: &Request) {
    if !draft.is_free("duration") {
        return;
    }
    if request.shots.is_empty() || shots_by_hand(draft) {
        let assumed = (!shots_by_hand(draft)).then_some(DEFAULT_SECONDS);
        draft.whole("duration", "duration", request.duration.or(assumed), SECONDS, " s");
        return;
    }
    let sum = request.shots.iter().fold(0_u32, |sum, shot| sum.saturating_add(shot.duration));
    draft.put("duration", sum);
    if let Some(duration) = request.duration.filter(|&duration| duration != sum) {
        let what = format!("{duration} s, and the shots last {sum} s together");
        draft.refuse("duration", what, "leave it out, or make the shots as long");
    }
}

/// Length of the clip that a body asks for, where the document allows such a length.
pub(super) fn seconds(body: &Map<String, Value>) -> Option<u32> {
    let said = body.get("duration").map(Value::as_u64);
    let shots = || {
        let shots = body.get("multi_prompt")?.as_array()?;
        shots.iter().try_fold(0_u64, |sum, shot| Some(sum.saturating_add(shot.get("duration")?.as_u64()?)))
    };
    let seconds = match said {
        Some(said) => said,
        None if body.contains_key("multi_prompt") => shots(),
        None => Some(u64::from(DEFAULT_SECONDS)),
    };
    let (least, most) = SECONDS;
    seconds.and_then(|seconds| u32::try_from(seconds).ok()).filter(|seconds| (least..=most).contains(seconds))
}
