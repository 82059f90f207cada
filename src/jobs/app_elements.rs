//! Elements of hh-app: things and characters that prompts name by `@name` (HA-13). Checked in both directions, so that nobody pays for a
//! clip in which one of them is missing.

use serde_json::{Value, json};

use super::app_pictures::url;
use super::draft::Draft;
use super::request::Request;
use super::text::quoted;

/// Most elements of a job.
const MOST: usize = 3;

/// Fewest and most pictures of an element.
const IMAGES: (usize, usize) = (2, 4);

pub(super) fn lower(draft: &mut Draft<'_>, request: &Request, key: &str) {
    if !draft.is_free(key) {
        return;
    }
    let elements = &request.elements;
    if elements.len() > MOST {
        draft.refuse("elements", format!("{} elements, and {MOST} are the most", elements.len()), "leave some out");
    }
    let mut bodies: Vec<Value> = Vec::new();
    for (number, element) in elements.iter().enumerate() {
        let field = format!("elements[{number}]");
        name(draft, request, number, &format!("{field}.name"));
        if element.description.trim().is_empty() {
            draft.refuse(format!("{field}.description"), "it is empty", "say what the element is");
        }
        let (least, most) = IMAGES;
        if !(least..=most).contains(&element.images.len()) {
            let what = format!("{} pictures, and {least} to {most} are taken", element.images.len());
            draft.refuse(format!("{field}.images"), what, format!("give {least} to {most}"));
        }
        let urls: Vec<String> = element
            .images
            .iter()
            .enumerate()
            .filter_map(|(number, image)| url(draft, &format!("{field}.images[{number}]"), image))
            .collect();
        bodies.push(json!({ "name": element.name, "description": element.description, "element_input_urls": urls }));
    }
    if !bodies.is_empty() {
        draft.put(key, bodies);
    }
    references(draft, request);
}

fn name(draft: &mut Draft<'_>, request: &Request, number: usize, field: &str) {
    let name = request.elements[number].name.as_str();
    if name.is_empty() || name.starts_with('@') || name.trim() != name {
        draft.refuse(field, format!("{} is no name", quoted(name)), "give a name without the @ and without space around it");
    } else if request.elements[..number].iter().any(|other| other.name == name) {
        draft.refuse(field, format!("{} is the name of another element", quoted(name)), "give each a name of its own");
    } else if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        draft.warn(field, "names of ASCII letters, digits and _ are understood everywhere; others may not be");
    }
}

/// Every element is named by a prompt, and every name in a prompt is an element's.
fn references(draft: &mut Draft<'_>, request: &Request) {
    // What is set by hand is not read.
    let mut texts: Vec<(String, &str)> = Vec::new();
    if let Some(prompt) = request.prompt.as_deref().filter(|_| draft.is_free("prompt")) {
        texts.push(("prompt".to_owned(), prompt));
    }
    if draft.is_free("multi_prompt") {
        let shots = request.shots.iter().enumerate();
        texts.extend(shots.map(|(number, shot)| (format!("shots[{number}].prompt"), shot.prompt.as_str())));
    }
    let names: Vec<&str> =
        request.elements.iter().map(|element| element.name.as_str()).filter(|name| !name.is_empty()).collect();
    let mut used = vec![false; names.len()];
    for (field, text) in texts {
        for (at, _) in text.match_indices('@') {
            let rest = &text[at + 1..];
            let longest =
                names.iter().enumerate().filter(|(_, name)| begins_with(rest, name)).max_by_key(|(_, name)| name.len());
            if let Some((_, longest)) = longest {
                for (used, name) in used.iter_mut().zip(&names) {
                    *used |= name == longest;
                }
            } else if let Some(dangling) = dangling(&text[..at], rest) {
                let what = format!("@{dangling} names no element");
                if names.is_empty() {
                    draft.warn(field.clone(), format!("{what}: it is read as plain words"));
                } else {
                    draft.refuse(
                        field.clone(),
                        what,
                        format!("write one of @{}, or add such an element", names.join(", @")),
                    );
                }
            }
        }
    }
    let by_hand = !draft.is_free("prompt") || !draft.is_free("multi_prompt");
    let elements = request.elements.iter().enumerate().filter(|(_, element)| !element.name.is_empty());
    for ((number, element), used) in elements.zip(used) {
        if !used && !by_hand {
            let fix = format!("write @{} where it is to be seen, or leave the element out", element.name);
            draft.refuse(format!("elements[{number}].name"), format!("no prompt names {}", quoted(&element.name)), fix);
        }
    }
}

/// Whether a text begins with a name that ends there: `@dogs` is not `@dog` and an s. Scripts that write words without a space between
/// them end a name anywhere.
fn begins_with(text: &str, name: &str) -> bool {
    let Some(rest) = text.strip_prefix(name) else { return false };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !(name.ends_with(is_word) && rest.starts_with(is_word))
}

/// The name behind an `@` that is no element's; none behind those of mail addresses and of prices.
fn dangling(before: &str, after: &str) -> Option<String> {
    if before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let name: String = after.chars().take_while(|&c| c.is_alphanumeric() || c == '_').take(40).collect();
    (!name.is_empty()).then_some(name)
}
