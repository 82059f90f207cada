//! The storage: takes a file under a presigned link, of exactly the type and the size that were signed. Answers as object stores do,
//! in XML.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use futures_util::StreamExt;

use super::desk::Object;
use super::endpoint::Endpoint;
use super::exchange::{Refusal, respond};
use super::links::{Verdict, sha256};
use super::record::Upload;
use super::shop::Shop;
use super::time;

/// Bytes of a refused upload that are still read, so that its sender hears why: the largest that is ever presigned.
const MOST_DRAINED: u64 = 64 << 20;

/// How long that may take.
const DRAINING: Duration = Duration::from_secs(10);

/// `PUT` of a presigned link.
pub(super) async fn put(shop: &Shop, path: &str, query: &str, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let object = match check(shop, path, query, headers) {
        Ok(object) => object,
        Err(refusal) => {
            drain(body).await;
            return Err(refusal);
        }
    };
    // The size was checked against its kind's limit when it was presigned.
    let most = usize::try_from(object.size).unwrap_or(usize::MAX);
    let incomplete = |_| Refusal::new(400, "IncompleteBody", "You did not provide the number of bytes specified.");
    let bytes: Bytes = axum::body::to_bytes(body, most).await.map_err(incomplete)?;
    let hash = sha256(&bytes);
    let key = path.trim_start_matches('/');
    let upload = Upload {
        at: time::millis(shop.time.now()),
        key: key.to_owned(),
        content_type: object.content_type,
        bytes: bytes.len() as u64,
        sha256: hash.clone(),
    };
    shop.desk().store(key, bytes);
    shop.log().upload(upload);
    let mut response = respond(200, "application/xml", Body::empty());
    if let Ok(tag) = format!("\"{}\"", &hash[..32]).try_into() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// Reads what is not wanted.
pub(super) async fn drain(body: Body) {
    let reading = async {
        let (mut stream, mut read) = (body.into_data_stream(), 0);
        while let Some(Ok(bytes)) = stream.next().await {
            read += bytes.len() as u64;
            if read > MOST_DRAINED {
                break;
            }
        }
    };
    drop(tokio::time::timeout(DRAINING, reading).await);
}

/// The place that an upload was signed for, where it is exactly what was signed.
fn check(shop: &Shop, path: &str, query: &str, headers: &HeaderMap) -> Result<Object, Refusal> {
    let place = shop.desk().object(path.trim_start_matches('/')).cloned();
    let object = place.ok_or_else(|| Refusal::of(None, 403))?;
    let denied = |what: &str| Refusal::new(403, "AccessDenied", what);
    let signed = format!("{}\n{}", object.content_type, object.size);
    match shop.links.check(query, "PUT", path, &signed, shop.time.now()) {
        Verdict::Valid => {}
        Verdict::Expired => return Err(denied("Request has expired")),
        Verdict::Forged => {
            shop.violation(Endpoint::StoragePut, "a link that was not signed here");
            return Err(Refusal::new(403, "SignatureDoesNotMatch", "The signature does not match the request."));
        }
    }
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let mismatch = |what: String| {
        shop.violation(Endpoint::StoragePut, &*what);
        Refusal::new(403, "SignatureDoesNotMatch", what)
    };
    let content_type = text(header::CONTENT_TYPE).unwrap_or_default();
    if content_type != object.content_type {
        return Err(mismatch(format!("Content-Type is {content_type:?}, and {:?} was presigned", object.content_type)));
    }
    let Some(length) = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok()) else {
        shop.violation(Endpoint::StoragePut, "no Content-Length");
        return Err(Refusal::new(411, "MissingContentLength", "You must provide the Content-Length HTTP header."));
    };
    if length != object.size {
        return Err(mismatch(format!("Content-Length is {length}, and {} was presigned", object.size)));
    }
    Ok(object)
}
