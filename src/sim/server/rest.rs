//! The control plane: one small function for each path.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{self, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::oneshot;

use super::admin;
use super::auth::check_key;
use super::body::{Posted, text};
use super::house::House;
use super::refusal::Refusal;
use super::stream::stream;
use super::trouble::strike;
use super::uplink::uplink;
use crate::sim::host::{Order, Reply};
use crate::wire::{CreateWorld, Down, ErrorCode, MAX_BODY_BYTES, MAX_TEXT_BYTES, PROTOCOL, Up, WorldList};

type Shared = State<Arc<House>>;

const JSON: &str = "application/json";

pub(super) fn router(house: Arc<House>) -> Router {
    let worlds = Router::new()
        .route("/v1/worlds", post(create).get(list))
        .route("/v1/worlds/{id}", get(one).delete(delete))
        .route("/v1/worlds/keys/{key}", routing::delete(void))
        .route("/v1/usage", get(usage))
        .route("/v1/worlds/{id}/direct", post(direct))
        .route("/v1/worlds/{id}/wander", post(wander))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&house), authorise));
    let router = Router::new()
        .merge(worlds)
        // The stream has other ways in, and sees to it itself.
        .route("/v1/worlds/{id}/stream", get(stream))
        .route("/v1/worlds/{id}/stream/{number}", post(uplink))
        .route("/health", get(health))
        .fallback(async || Refusal::new(ErrorCode::NotFound, "no such path here: the worlds live under /v1/worlds"))
        .method_not_allowed_fallback(async || Refusal::new(ErrorCode::MethodNotAllowed, "this path has no such method"))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    let router = if house.config.admin { router.route("/admin/faults", admin::faults(&house)) } else { router };
    let router = match house.faults {
        Some(_) => router.layer(middleware::from_fn_with_state(Arc::clone(&house), strike)),
        None => router,
    };
    router.with_state(house)
}

async fn authorise(State(house): Shared, request: Request, next: Next) -> Result<Response, Refusal> {
    check_key(house.config.key.as_ref(), request.headers())?;
    Ok(next.run(request).await)
}

async fn health() -> impl IntoResponse {
    Json(json!({ "status": "ok", "server": concat!("seaglass ", env!("CARGO_PKG_VERSION")), "protocols": [PROTOCOL] }))
}

async fn create(State(house): Shared, headers: HeaderMap, body: Posted) -> Result<Response, Refusal> {
    let request: CreateWorld = serde_json::from_str(text(&headers, &body, JSON, MAX_BODY_BYTES)?)
        .map_err(|error| Refusal::new(ErrorCode::InvalidRequest, format!("the body is no request for a world: {error}")))?;
    let (world, new) = house.create(request)?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    let location = format!("/v1/worlds/{}", world.id());
    Ok((status, [(header::LOCATION, location)], Json(world.info_for_creator())).into_response())
}

async fn list(State(house): Shared) -> Json<WorldList> {
    Json(WorldList { worlds: house.list() })
}

async fn one(State(house): Shared, Path(id): Path<String>) -> Result<Response, Refusal> {
    Ok(Json(house.world(&id)?.info()).into_response())
}

async fn delete(State(house): Shared, Path(id): Path<String>) -> Result<Response, Refusal> {
    Ok(Json(house.delete(&id)?).into_response())
}

async fn void(State(house): Shared, Path(key): Path<String>) -> StatusCode {
    house.void(&key);
    StatusCode::NO_CONTENT
}

/// Which worlds' usage is asked for.
#[derive(Deserialize)]
struct Narrowed {
    world: Option<String>,
    key: Option<String>,
}

async fn usage(State(house): Shared, narrowed: Result<Query<Narrowed>, QueryRejection>) -> Result<Response, Refusal> {
    let Query(narrowed) = narrowed.map_err(|rejection| Refusal::new(ErrorCode::InvalidRequest, rejection.body_text()))?;
    Ok(Json(house.usage(narrowed.world.as_deref(), narrowed.key.as_deref())).into_response())
}

async fn direct(
    State(house): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Posted,
) -> Result<Response, Refusal> {
    command(&house, &id, Up::parse_body("direct", text(&headers, &body, JSON, MAX_TEXT_BYTES)?)?).await
}

async fn wander(
    State(house): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Posted,
) -> Result<Response, Refusal> {
    command(&house, &id, Up::parse_body("wander", text(&headers, &body, JSON, MAX_TEXT_BYTES)?)?).await
}

/// Lays a command on the world's desk and waits for what becomes of it.
async fn command(house: &House, id: &str, command: Up) -> Result<Response, Refusal> {
    let world = house.world(id)?;
    let ended = || Refusal::new(ErrorCode::WorldEnded, "the world has ended");
    if world.desk.snapshot().ended.is_some() {
        return Err(ended());
    }
    let (reply, answer) = oneshot::channel();
    let order = Order { command, reply: Reply::Once(reply) };
    world.desk.order(order).map_err(|full| Refusal::new(ErrorCode::Busy, full.to_string()).retry_after_ms(100))?;
    let ack: Down = answer.await.map_err(|_| ended())?;
    Ok(Json(ack).into_response())
}
