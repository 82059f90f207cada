//! Requests in the dialect of hh-customer: camel case, a length that must be said, pictures, video and sound by the keys of uploads, and
//! neither a model nor links (HC-11 to HC-22).

use super::backend::Backend;
use super::customer_uploads;
use super::dialect::{Lowered, UploadNeed};
use super::draft::{Draft, prompt_of};
use super::request::{Input, MediaKind, Request};
use super::text::{is_unprintable, quoted};

/// The fields that the document lists.
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

/// What the document names as not accepted, and what to do instead.
const REFUSED: [(&str, &str); 4] = [
    ("model", "leave it out: the plan decides which model it is"),
    ("inputImageUrl", UPLOAD),
    ("referenceVideoUrl", UPLOAD),
    ("audioUrl", UPLOAD),
];

const UPLOAD: &str = "download it and give the file, which is then uploaded, or let --fetch do that";

const CAMERAS: [&str; 9] =
    ["none", "static", "pan-left", "pan-right", "tilt-up", "tilt-down", "zoom-in", "zoom-out", "orbit"];

pub(super) fn lower(request: &Request) -> Lowered {
    let mut draft = Draft::new(Backend::HhCustomer, request);
    if draft.is_free("prompt") {
        match prompt_of(request) {
            Some(prompt) => {
                draft.put("prompt", prompt);
                draft.length("prompt", prompt, 3, 2000);
            }
            None => draft.refuse("prompt", "nothing is asked for", "say what is to be seen, in 3 to 2000 characters"),
        }
    }
    if let Some(style) = request.style.as_deref().filter(|style| !style.is_empty() && draft.is_free("style")) {
        draft.put("style", style);
        draft.length("style", style, 0, 50);
    }
    if request.duration.is_none() && draft.is_free("durationSec") {
        draft.refuse("duration", "hh-customer has no default for it, and it decides the price", "--duration 3..12");
    }
    draft.whole("duration", "durationSec", request.duration, (3, 12), " s");
    draft.choice("aspect_ratio", "aspectRatio", request.aspect_ratio.as_deref(), &["16:9", "9:16", "1:1"]);
    draft.choice("resolution", "resolution", request.resolution.as_deref(), &["720p", "1080p"]);
    input(&mut draft, "image", "sourceImageKey", MediaKind::Image, request.image.as_ref());
    input(&mut draft, "last_frame", "lastFrameKey", MediaKind::Image, request.last_frame.as_ref());
    input(&mut draft, "ref_video", "referenceVideoKey", MediaKind::Video, request.ref_video.as_ref());
    input(&mut draft, "ref_audio", "referenceAudioKey", MediaKind::Audio, request.ref_audio.as_ref());
    // Exactly this pair: the document's own example has the other three together (AM-17).
    if given(&draft, "sourceImageKey", request.image.as_ref()) && given(&draft, "lastFrameKey", request.last_frame.as_ref())
    {
        draft.refuse(
            "last_frame",
            "hh-customer does not take it together with `image`, a first frame",
            "leave out one of the two",
        );
    }
    draft.choice("camera", "cameraMotion", request.camera.as_deref(), &CAMERAS);
    draft.motion_level("motionIntensity");
    draft.fraction("adherence", "cfgScale", request.adherence);
    draft.refuse_if(!request.shots.is_empty(), "shots", "shots", "submit to hh-app, or one job per shot");
    draft.refuse_if(!request.elements.is_empty(), "elements", "elements", "submit to hh-app");
    draft.lose_if(request.mode.is_some(), "mode", ": the plan decides");
    draft.lose_if(request.fps.is_some(), "fps", "");
    draft.lose_if(request.seed.is_some(), "seed", "");
    draft.lose_if(request.sound.is_some(), "sound", "");
    for (key, fix) in REFUSED {
        if request.extra.contains_key(key) {
            draft.refuse(format!("extra.{key}"), "hh-customer does not accept this field", fix);
        }
    }
    draft.finish(&FIELDS)
}

/// Whether a field is asked for: by hand, or as an input, also one that is itself refused.
fn given(draft: &Draft<'_>, key: &str, input: Option<&Input>) -> bool {
    draft.has(key) || (draft.is_free(key) && input.is_some())
}

fn input(draft: &mut Draft<'_>, field: &str, key: &str, kind: MediaKind, input: Option<&Input>) {
    let Some(input) = input.filter(|_| draft.is_free(key)) else { return };
    match input {
        Input::File(file) => {
            let (violations, notes) = customer_uploads::check(field, kind, file);
            draft.take(violations, notes);
            draft.upload(UploadNeed { field: key.to_owned(), kind, file: file.clone() });
        }
        Input::Key(storage) => {
            draft.put(key, storage.as_str());
            let prefix = customer_uploads::prefix(kind);
            let what = format!("{} is no storage key", quoted(storage));
            if storage.trim().is_empty() || storage.chars().any(|c| c.is_whitespace() || is_unprintable(c)) {
                draft.refuse(field, what, "give the key that an upload was answered with");
            } else if storage.contains("://") {
                draft.refuse(field, what, format!("hh-customer takes no links: {UPLOAD}"));
            } else if !storage.starts_with(prefix) {
                draft
                    .warn(field, format!("storage keys of this kind begin with {prefix}, and {} does not", quoted(storage)));
            }
        }
        // A link may hold a signature, so it is not repeated.
        Input::Url(_) => draft.refuse(field, "that is a URL, and hh-customer takes none", UPLOAD),
    }
}
