//! The admin path: faults set, seen and taken away while the server runs. Off unless the configuration wants it; answers callers on
//! the same machine alone, no web page, and with the server's key where there is one.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, get};

use super::auth::check_key;
use super::gate::Caller;
use super::house::House;
use super::refusal::Refusal;
use super::trouble::fits;
use crate::sim::faults::{Faults, Report, Script};
use crate::wire::ErrorCode;

/// Bytes of a script at most.
const LONGEST: usize = 64 * 1024;

type Shared = State<Arc<House>>;

/// `GET`, `PUT` and `DELETE` of `/admin/faults`.
pub(super) fn faults(house: &Arc<House>) -> MethodRouter<Arc<House>> {
    get(show)
        .put(set)
        .delete(clear)
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(middleware::from_fn_with_state(Arc::clone(house), guard))
}

/// Lets callers on this machine in. Others learn no more than that there is nothing for them.
async fn guard(
    State(house): Shared,
    ConnectInfo(caller): ConnectInfo<Caller>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    if !caller.peer.ip().to_canonical().is_loopback() || request.headers().contains_key(header::ORIGIN) {
        return Err(Refusal::new(ErrorCode::Forbidden, "this path answers programs on the server's own machine alone"));
    }
    check_key(house.config.key.as_ref(), request.headers())?;
    Ok(next.run(request).await)
}

async fn show(State(house): Shared) -> Result<Json<Report>, Refusal> {
    Ok(Json(known(&house)?.report()))
}

/// Replaces the script by the body: JSON where its type says so, else TOML. Its times count from now.
async fn set(
    State(house): Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Report>, Refusal> {
    let body = body.map_err(|_| Refusal::new(ErrorCode::TooLarge, format!("a script has at most {LONGEST} bytes")))?;
    let invalid = |why: &str| Refusal::new(ErrorCode::InvalidRequest, format!("no fault script: {why}"));
    let text = std::str::from_utf8(&body).map_err(|_| invalid("it is not UTF-8"))?;
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let json = stated.to_ascii_lowercase().starts_with("application/json");
    let script = if json { Script::from_json(text) } else { Script::from_toml(text) };
    let faults = known(&house)?;
    let script = script.map_err(|error| invalid(&error.to_string()))?;
    fits(&script, &house.config).map_err(|why| invalid(&why))?;
    faults.set(script);
    Ok(Json(faults.report()))
}

async fn clear(State(house): Shared) -> Result<StatusCode, Refusal> {
    known(&house)?.set(Script::default());
    Ok(StatusCode::NO_CONTENT)
}

fn known(house: &House) -> Result<&Faults, Refusal> {
    house.faults.as_ref().ok_or_else(|| Refusal::new(ErrorCode::NotFound, "this server keeps no faults"))
}
