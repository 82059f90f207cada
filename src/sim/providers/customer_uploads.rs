//! hh-customer: places for uploads. The bytes come to [`super::storage`].

use serde_json::{Value, json};
use uuid::Uuid;

use bytes::Bytes;

use super::account::Service;
use super::customer_wish::wrong;
use super::desk::Object;
use super::exchange::{Answer, Call, Refusal};
use super::shop::{Shop, in_millis, object};

/// A kind of upload: its name, the folder of its keys, its largest size in megabytes, its types and their endings.
struct Kind {
    name: &'static str,
    folder: &'static str,
    megabytes: u64,
    types: &'static [(&'static str, &'static str)],
}

/// The table of the document; folders are those of its sample.
const KINDS: [Kind; 3] = [
    Kind {
        name: "image",
        folder: "videos/inputs",
        megabytes: 10,
        types: &[("image/png", "png"), ("image/jpeg", "jpg"), ("image/webp", "webp")],
    },
    Kind {
        name: "video",
        folder: "videos/reference-video",
        megabytes: 50,
        types: &[("video/mp4", "mp4"), ("video/quicktime", "mov"), ("video/webm", "webm")],
    },
    Kind {
        name: "audio",
        folder: "videos/reference-audio",
        megabytes: 15,
        types: &[("audio/mpeg", "mp3"), ("audio/mp3", "mp3"), ("audio/wav", "wav"), ("audio/webm", "webm")],
    },
];

/// `POST /api/v1/uploads/presign`.
pub(super) fn presign(shop: &Shop, call: &Call) -> Result<Answer, Refusal> {
    let account = shop.admit(Service::Customer, call)?;
    let body =
        object(call).map_err(|what| Refusal::new(400, "invalid_input", format!("Request body is invalid. {what}")))?;
    if let Some(field) = body.keys().find(|field| !["kind", "contentType", "sizeBytes"].contains(&field.as_str())) {
        return Err(wrong(field, "this field is not accepted"));
    }
    let kind = match body.get("kind") {
        None => &KINDS[0],
        Some(name) => {
            KINDS.iter().find(|kind| name == kind.name).ok_or_else(|| wrong("kind", "one of image, video, audio"))?
        }
    };
    let content_type = body.get("contentType").and_then(Value::as_str).ok_or_else(|| wrong("contentType", "required"))?;
    let size = body.get("sizeBytes").and_then(Value::as_u64).filter(|size| *size > 0);
    let size = size.ok_or_else(|| wrong("sizeBytes", "required, an integer above 0"))?;
    let Some((_, ending)) = kind.types.iter().find(|(name, _)| *name == content_type) else {
        let what = format!("The content type is not supported for {} uploads.", kind.name);
        return Err(Refusal::new(400, "upload_type_not_supported", what));
    };
    if size > kind.megabytes.saturating_mul(shop.config.customer.megabyte) {
        let what = format!("The file is larger than the {} MB allowed for {} uploads.", kind.megabytes, kind.name);
        return Err(Refusal::new(413, "upload_file_too_large", what));
    }
    let key = format!("{}/{}/{}.{ending}", kind.folder, shop.config.accounts[account].name, Uuid::now_v7());
    let lasts = call.strike.link_expires_s.unwrap_or(shop.config.customer.upload_expires_s);
    let until = shop.time.now().saturating_add(in_millis(lasts));
    let path = format!("/{key}");
    let object =
        Object { account, kind: kind.name, content_type: content_type.to_owned(), size, stored: false, bytes: Bytes::new() };
    shop.desk().place(key.clone(), object);
    Ok(Answer::new(
        200,
        json!({
            "uploadUrl": shop.links.write(&path, until, content_type, size),
            "key": key,
            "publicUrl": shop.links.read(&path, None),
            "kind": kind.name,
        }),
    ))
}
