//! Pictures of hh-app: by their links alone, since it has no uploads, and what they do to the aspect ratio.

use super::draft::Draft;
use super::request::{Input, Request};
use super::text::is_link;

pub(super) fn lower(draft: &mut Draft<'_>, request: &Request) {
    frames(draft, request);
    aspect_ratio(draft, request);
}

/// First frame, then last frame; shots take a first frame alone (HA-8).
fn frames(draft: &mut Draft<'_>, request: &Request) {
    if !draft.is_free("image_urls") {
        return;
    }
    let mut urls = Vec::new();
    if let Some(image) = &request.image {
        urls.extend(url(draft, "image", image));
    }
    if let Some(last) = &request.last_frame {
        urls.extend(url(draft, "last_frame", last));
        if draft.has_shots() {
            draft.refuse("last_frame", "with shots, hh-app takes a first frame alone", "leave it out, or ask for one shot");
        } else if request.image.is_none() {
            draft.refuse(
                "last_frame",
                "hh-app takes a last frame only after a first",
                "give the first frame, too, with --image",
            );
        }
    }
    if !urls.is_empty() {
        draft.put("image_urls", urls);
    }
}

/// The link of a picture; whatever is no link is refused, and left out.
pub(super) fn url(draft: &mut Draft<'_>, field: &str, input: &Input) -> Option<String> {
    match input {
        Input::Url(url) if is_link(url) => return Some(url.clone()),
        Input::Url(_) => draft.refuse(field, "that is no http or https URL", "give the picture's whole URL"),
        Input::File(file) => draft.refuse(
            field,
            format!("{} is a local file, and hh-app has no uploads: it fetches pictures from the web", file.path.display()),
            "put the file on the web and give its https URL, or submit to hh-customer",
        ),
        Input::Key(_) => draft.refuse(field, "storage keys are of hh-customer alone", "give the picture's https URL"),
    }
    None
}

/// Adapted to the pictures where there are any, so that one beside them would say nothing (HA-7).
fn aspect_ratio(draft: &mut Draft<'_>, request: &Request) {
    let asked = request.aspect_ratio.as_deref().filter(|ratio| !ratio.is_empty());
    if request.image.is_some() || request.last_frame.is_some() || draft.has("image_urls") {
        if asked.is_some() && draft.is_free("aspect_ratio") {
            draft.lose("aspect_ratio", "hh-app adapts it to the picture, so it is left out");
        }
        return;
    }
    draft.choice("aspect_ratio", "aspect_ratio", Some(asked.unwrap_or("16:9")), &["16:9", "9:16", "1:1"]);
}
