//! What tests ask of the providers beside their APIs: what was seen, another time, other faults, other credits. For programs on this
//! machine alone, and never for a web page.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::exchange::respond;
use super::fault::{Book, FaultScript};
use super::shop::{Shop, in_millis};
use super::time;

/// Who calls: put among a request's extensions by whoever accepted its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

type Shared = State<Arc<Shop>>;

/// Lets callers on this machine in.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>();
    let near = peer.is_some_and(|Peer(peer)| peer.ip().to_canonical().is_loopback());
    if !near || request.headers().contains_key(header::ORIGIN) {
        return error(403, "this path answers programs on the server's own machine alone");
    }
    next.run(request).await
}

/// Everything that was seen.
pub(super) async fn seen(State(shop): Shared) -> Response {
    let desk = shop.desk();
    let accounts = shop.config.accounts.iter().enumerate().map(|(index, account)| {
        json!({
            "name": account.name,
            "service": account.service.name(),
            "plan": account.plan,
            "credits": desk.holders[index].credits,
            "jobs_running": desk.running(index),
        })
    });
    let accounts: Vec<Value> = accounts.collect();
    drop(desk);
    let mut body = serde_json::to_value(&*shop.log()).unwrap_or_default();
    body["clock"] = json!({ "now": time::millis(shop.time.now()), "virtual": shop.time.is_virtual() });
    body["accounts"] = Value::Array(accounts);
    body["files"] = json!(shop.links.origin);
    body["clips_made"] = json!(shop.shelf.made());
    ok(&body)
}

/// Forgets what was seen. Jobs and credits stay.
pub(super) async fn forget(State(shop): Shared) -> Response {
    *shop.log() = super::record::Log::default();
    ok(&json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_s: f64,
}

/// Moves virtual time on.
pub(super) async fn advance(State(shop): Shared, body: Bytes) -> Response {
    let Ok(Advance { advance_s }) = serde_json::from_slice(&body) else {
        return error(400, "the body is {\"advance_s\": SECONDS}");
    };
    if !(0.0..=1e12).contains(&advance_s) || !shop.time.advance(in_millis(advance_s)) {
        return error(409, "time moves forward, and only where the clock is virtual");
    }
    ok(&json!({ "now": time::millis(shop.time.now()) }))
}

pub(super) async fn faults(State(shop): Shared) -> Response {
    ok(&shop.book().report())
}

/// Replaces the script; JSON where the body's type says so, else TOML.
pub(super) async fn set_faults(State(shop): Shared, headers: HeaderMap, body: Bytes) -> Response {
    match script(&headers, &body) {
        Ok(script) => {
            let mut book = shop.book();
            *book = Book::new(script);
            ok(&book.report())
        }
        Err(what) => error(400, &what),
    }
}

/// Adds to the script.
pub(super) async fn add_faults(State(shop): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let script = match script(&headers, &body) {
        Ok(script) => script,
        Err(what) => return error(400, &what),
    };
    let mut book = shop.book();
    match book.add(script) {
        Ok(()) => ok(&book.report()),
        Err(what) => error(400, &what),
    }
}

pub(super) async fn clear_faults(State(shop): Shared) -> Response {
    *shop.book() = Book::default();
    ok(&shop.book().report())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    name: String,
    credits: u64,
}

/// Sets an account's credits.
pub(super) async fn credits(State(shop): Shared, body: Bytes) -> Response {
    let Ok(Grant { name, credits }) = serde_json::from_slice(&body) else {
        return error(400, "the body is {\"name\": ACCOUNT, \"credits\": NUMBER}");
    };
    let Some(index) = shop.config.accounts.iter().position(|account| account.name == name) else {
        return error(404, "there is no account of this name");
    };
    shop.desk().holders[index].credits = credits;
    ok(&json!({ "name": name, "credits": credits }))
}

fn script(headers: &HeaderMap, body: &[u8]) -> Result<FaultScript, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") { FaultScript::from_json(text) } else { FaultScript::from_toml(text) }
}

fn ok(body: &Value) -> Response {
    respond(200, "application/json", body.to_string())
}

fn error(status: u16, what: &str) -> Response {
    respond(status, "application/json", json!({ "error": what }).to_string())
}
