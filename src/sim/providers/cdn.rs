//! The CDN: hands out results and uploads, whole or in part (RFC 9110, sections 13 and 14), to whoever has a valid link.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use futures_util::{StreamExt, stream};

use super::desk::Desk;
use super::endpoint::Endpoint;
use super::exchange::{Refusal, respond};
use super::fault::Fault;
use super::links::{Verdict, sha256};
use super::shop::Shop;

/// How long a connection that is to break stays whole after its last byte, so that the byte leaves.
const LINGER: Duration = Duration::from_millis(30);

/// The parameter that counts redirects.
const HOP: &str = "hop";

/// What a path stands for.
enum Found {
    Clip(Box<super::clip::ClipSpec>),
    Upload(Bytes, String),
}

/// `GET` and `HEAD` of a file.
pub(super) async fn get(
    shop: &Shop,
    method: &Method,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    strike: &Fault,
) -> Result<Response, Refusal> {
    let hops = query.split('&').find_map(|pair| pair.strip_prefix("hop=")).and_then(|hop| hop.parse::<u8>().ok());
    if let Some(target) = redirect(shop, path, query, hops, strike) {
        let mut response = respond(302, "text/plain", Body::empty());
        insert(&mut response, header::LOCATION, &target);
        return Ok(response);
    }
    let signed: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("hop=") && !pair.is_empty()).collect();
    let found = find(shop, &shop.desk(), path, &signed.join("&"))?;
    let (file, kind) = match found {
        Found::Clip(spec) => {
            let made = shop.shelf.clip(&spec).await;
            (made.map_err(|what| Refusal::new(500, "InternalError", what))?, "video/mp4".to_owned())
        }
        Found::Upload(bytes, kind) => (bytes, kind),
    };
    let file = match strike.truncate {
        Some(bytes) => file.slice(..file.len().min(usize::try_from(bytes).unwrap_or(usize::MAX))),
        None => file,
    };
    let tag = format!("\"{}\"", &sha256(&file)[..32]);
    let mut response = answer(&file, &tag, headers)?;
    insert(&mut response, header::CONTENT_TYPE, &kind);
    insert(&mut response, header::ETAG, &tag);
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
        return Ok(response);
    }
    Ok(broken(response, strike).await)
}

/// Where a fault leads to instead of the file.
fn redirect(shop: &Shop, path: &str, query: &str, hops: Option<u8>, strike: &Fault) -> Option<String> {
    if let Some(target) = strike.redirect_to.clone().filter(|_| hops.is_none()) {
        return Some(target);
    }
    let left = hops.unwrap_or(strike.redirects).checked_sub(1)?;
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("hop=") && !pair.is_empty()).collect();
    let hop = format!("{HOP}={left}");
    let query: Vec<&str> = rest.into_iter().chain([hop.as_str()]).collect();
    Some(format!("{}{path}?{}", shop.links.origin, query.join("&")))
}

/// What a path stands for, where its link allows to see it.
fn find(shop: &Shop, desk: &Desk, path: &str, query: &str) -> Result<Found, Refusal> {
    let now = shop.time.now();
    if let Some(object) = desk.object(path.trim_start_matches('/')) {
        let there = object.stored && !object.bytes.is_empty();
        return if there {
            Ok(Found::Upload(object.bytes.clone(), object.content_type.clone()))
        } else {
            Err(Refusal::of(None, 404))
        };
    }
    let missing = || Refusal::of(None, 404);
    let job = desk.job_at(path).filter(|job| now >= job.ends() && job.fails.is_none()).ok_or_else(missing)?;
    let signed = query.contains("signature=");
    let needs = job.link_expires.is_some() || shop.expires(job.service);
    if signed || needs {
        match shop.links.check(query, "GET", path, "", now) {
            Verdict::Valid => {}
            Verdict::Expired => return Err(Refusal::new(403, "AccessDenied", "Request has expired")),
            Verdict::Forged => {
                shop.violation(Endpoint::CdnGet, "a link that was not signed here");
                return Err(Refusal::new(403, "SignatureDoesNotMatch", "The signature does not match the request."));
            }
        }
    }
    Ok(Found::Clip(Box::new(job.clip.clone())))
}

/// The file, the part of it that is asked for, or what RFC 9110 wants else.
fn answer(file: &Bytes, tag: &str, headers: &HeaderMap) -> Result<Response, Refusal> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| tags == "*" || tags.split(',').any(|one| one.trim() == tag)) {
        return Ok(respond(304, "video/mp4", Body::empty()));
    }
    // A part is good only of the same file; else the whole is sent (section 13.1.5).
    let same = text(header::IF_RANGE).is_none_or(|wanted| wanted == tag);
    let range = text(header::RANGE).filter(|_| same).and_then(|range| part(range, file.len() as u64));
    match range {
        None => {
            let mut response = respond(200, "video/mp4", Body::from(file.clone()));
            insert(&mut response, header::CONTENT_LENGTH, &file.len().to_string());
            Ok(response)
        }
        Some(None) => {
            let mut response = respond(416, "application/xml", Body::empty());
            insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", file.len()));
            Ok(response)
        }
        Some(Some((first, last))) => {
            let bytes = file.slice(first as usize..=last as usize);
            let length = bytes.len();
            let mut response = respond(206, "video/mp4", Body::from(bytes));
            insert(&mut response, header::CONTENT_LENGTH, &length.to_string());
            insert(&mut response, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{}", file.len()));
            Ok(response)
        }
    }
}

/// The first and last byte of a range; `None` where there is no range that is served in part, `Some(None)` where it lies outside.
fn part(range: &str, length: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = range.trim().strip_prefix("bytes=")?.split_once('-')?;
    if last.contains(',') {
        return None;
    }
    let found = match (first.trim(), last.trim()) {
        ("", last) => {
            let wanted: u64 = last.parse().ok()?;
            (wanted > 0 && length > 0).then(|| (length.saturating_sub(wanted), length - 1))
        }
        (first, last) => {
            let first: u64 = first.parse().ok()?;
            let last: u64 = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
            if last < first {
                return None;
            }
            (first < length).then(|| (first, last.min(length - 1)))
        }
    };
    Some(found)
}

/// The answer as a fault wants it: breaking off, or telling more than it brings.
async fn broken(response: Response, strike: &Fault) -> Response {
    if strike.cut_after.is_none() && strike.longer.is_none() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else { return Response::from_parts(head, Body::empty()) };
    if let Some(more) = strike.longer {
        head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len() as u64 + more));
    }
    let keep = strike.cut_after.map_or(bytes.len(), |bytes| usize::try_from(bytes).unwrap_or(usize::MAX)).min(bytes.len());
    let kept = bytes.slice(..keep);
    let end = async {
        tokio::time::sleep(LINGER).await;
        Err(std::io::Error::other("cut off on purpose"))
    };
    let stream = stream::iter([Ok(kept)]).chain(stream::once(end));
    Response::from_parts(head, Body::from_stream(stream))
}

fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9110, section 14.1.2.
    #[test]
    fn ranges_are_read_as_the_rfc_has_them() {
        for (range, found) in [
            ("bytes=0-499", Some(Some((0, 499)))),
            ("bytes=500-999", Some(Some((500, 999)))),
            ("bytes=-500", Some(Some((500, 999)))),
            ("bytes=-5000", Some(Some((0, 999)))),
            ("bytes=990-", Some(Some((990, 999)))),
            ("bytes=990-5000", Some(Some((990, 999)))),
            ("bytes=1000-", Some(None)),
            ("bytes=-0", Some(None)),
            ("bytes=5-4", None),
            ("bytes=0-1,5-6", None),
            ("lines=0-1", None),
            ("bytes=x-", None),
        ] {
            assert_eq!(part(range, 1000), found, "{range}");
        }
    }
}
