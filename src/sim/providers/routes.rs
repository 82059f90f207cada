//! The ways in: every path of the three APIs, storage and CDN, and the tests' own. Each call is struck by its faults, handled, and
//! written down here.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, get, on, post};

use super::endpoint::Endpoint;
use super::exchange::{Answer, Call, Refusal, lost, respond};
use super::fault::{Fault, Lost};
use super::record::Seen;
use super::rules::ErrorStyle;
use super::shop::Shop;
use super::{admin, app, cdn, customer, customer_uploads, lab, storage, time};

/// Bytes of a body at most: a request at every limit of its service has some 40 kB.
const LARGEST_BODY: usize = 256 << 10;

/// Characters of a path, and headers of a call, that are written down.
const MOST_NOTED: usize = 200;

type Shared = State<Arc<Shop>>;
type Posted = Result<Bytes, BytesRejection>;
type Handler = fn(&Shop, &Call) -> Result<Answer, Refusal>;

/// The APIs, and what tests ask.
pub(super) fn apis(shop: &Arc<Shop>) -> Router {
    let admin = Router::new()
        .route("/admin/providers", get(admin::seen).delete(admin::forget))
        .route("/admin/providers/clock", post(admin::advance))
        .route("/admin/providers/credits", post(admin::credits))
        .route(
            "/admin/providers/faults",
            get(admin::faults).put(admin::set_faults).post(admin::add_faults).delete(admin::clear_faults),
        )
        .route_layer(middleware::from_fn(admin::guard));
    Router::new()
        .route("/v1/generate", way(MethodFilter::POST, Endpoint::LabGenerate, lab::generate))
        .route("/v1/jobs/{id}", way(MethodFilter::GET, Endpoint::LabJob, lab::job))
        .route("/v1/credits", way(MethodFilter::GET, Endpoint::LabCredits, lab::credits))
        .route("/v1/models", way(MethodFilter::GET, Endpoint::LabModels, lab::models))
        .route("/api/generate", way(MethodFilter::POST, Endpoint::AppGenerate, app::generate))
        .route("/api/status", way(MethodFilter::GET, Endpoint::AppStatus, app::status))
        .route("/api/v1/uploads/presign", way(MethodFilter::POST, Endpoint::CustomerPresign, customer_uploads::presign))
        .route("/api/v1/videos", way(MethodFilter::POST, Endpoint::CustomerCreate, customer::create))
        .route("/api/v1/videos/{id}", way(MethodFilter::GET, Endpoint::CustomerVideo, customer::video))
        .merge(admin)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(Arc::clone(shop))
}

/// Storage and CDN.
pub(super) fn files(shop: &Arc<Shop>) -> Router {
    Router::new().fallback(file).with_state(Arc::clone(shop))
}

/// What is taken out of a request.
struct Parts {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    id: Option<String>,
    query: Option<String>,
    body: Posted,
}

impl FromRequest<Arc<Shop>> for Parts {
    type Rejection = Infallible;

    async fn from_request(request: Request, shop: &Arc<Shop>) -> Result<Self, Infallible> {
        let (mut head, body) = request.into_parts();
        let id = Path::<String>::from_request_parts(&mut head, shop).await.ok().map(|Path(id)| id);
        let (method, uri, headers) = (head.method.clone(), head.uri.clone(), head.headers.clone());
        let query = head.uri.query().map(str::to_owned);
        let body = Bytes::from_request(Request::from_parts(head, body), shop).await;
        Ok(Self { method, uri, headers, id, query, body })
    }
}

/// The way in to one endpoint.
fn way(method: MethodFilter, endpoint: Endpoint, handler: Handler) -> MethodRouter<Arc<Shop>> {
    on(method, move |shop: Shared, parts: Parts| api(endpoint, handler, shop, parts))
}

async fn api(endpoint: Endpoint, handler: Handler, State(shop): Shared, parts: Parts) -> Response {
    let Parts { method, uri, headers, id, query, body } = parts;
    let strike = shop.book().strike(endpoint);
    let id = id.unwrap_or_else(|| task_id(query.as_deref().unwrap_or_default()));
    let call = Call { headers, id, body: body.ok(), strike };
    let response = struck(&shop, endpoint, &call, handler).await;
    note(&shop, endpoint, &method, &uri, &call.headers, response.as_ref());
    response.unwrap_or_else(lost)
}

/// The answer to a call; none: it is lost on purpose.
async fn struck(shop: &Shop, endpoint: Endpoint, call: &Call, handler: Handler) -> Option<Response> {
    let (service, strike) = (endpoint.service(), &call.strike);
    if strike.lose == Some(Lost::Before) {
        hold(strike).await;
        return None;
    }
    let style = shop.config.app.errors;
    if let Some(refusal) = refused(endpoint, strike) {
        hold(strike).await;
        return Some(refusal.response(service, style, date(shop, strike)));
    }
    let answer = handler(shop, call);
    hold(strike).await;
    if strike.lose == Some(Lost::After) {
        return None;
    }
    Some(match answer {
        Ok(Answer { status, body }) => {
            let text = body.to_string();
            let end = if strike.garbled { text.floor_char_boundary(text.len() / 2) } else { text.len() };
            respond(status, "application/json", text[..end].to_owned())
        }
        Err(refusal) => refusal.response(service, style, None),
    })
}

/// `PUT`, `GET` and `HEAD` of a file.
async fn file(State(shop): Shared, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let endpoint = if head.method == Method::PUT { Endpoint::StoragePut } else { Endpoint::CdnGet };
    let strike = shop.book().strike(endpoint);
    let response = filed(&shop, endpoint, &head, body, &strike).await;
    note(&shop, endpoint, &head.method, &head.uri, &head.headers, response.as_ref());
    response.unwrap_or_else(lost)
}

async fn filed(
    shop: &Shop,
    endpoint: Endpoint,
    head: &axum::http::request::Parts,
    body: Body,
    strike: &Fault,
) -> Option<Response> {
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
    // A key has no business here: whoever sends it along gives it to a stranger.
    if head.headers.contains_key(header::AUTHORIZATION) {
        shop.violation(endpoint, "an Authorization header came to the origin of the files");
        storage::drain(body).await;
        let refusal = Refusal::new(400, "InvalidArgument", "Only one auth mechanism allowed; send no Authorization header.");
        return Some(refusal.response(None, ErrorStyle::Word, None));
    }
    if strike.lose == Some(Lost::Before) {
        hold(strike).await;
        return None;
    }
    let answer = match refused(endpoint, strike) {
        Some(refusal) => {
            storage::drain(body).await;
            hold(strike).await;
            return Some(refusal.response(None, ErrorStyle::Word, date(shop, strike)));
        }
        None if head.method == Method::PUT => storage::put(shop, path, query, &head.headers, body).await,
        None if head.method == Method::GET || head.method == Method::HEAD => {
            cdn::get(shop, &head.method, path, query, &head.headers, strike).await
        }
        None => Err(Refusal::new(405, "MethodNotAllowed", "The specified method is not allowed.")),
    };
    hold(strike).await;
    if strike.lose == Some(Lost::After) {
        return None;
    }
    Some(answer.unwrap_or_else(|refusal| refusal.response(None, ErrorStyle::Word, None)))
}

/// The refusal that a fault wants.
fn refused(endpoint: Endpoint, strike: &Fault) -> Option<Refusal> {
    let status = strike.status?;
    let mut refusal = Refusal::of(endpoint.service(), status);
    refusal.status = status;
    if let Some(code) = &strike.code {
        refusal.code.clone_from(code);
    }
    if let Some(message) = &strike.message {
        refusal.message.clone_from(message);
    }
    refusal.retry_after = strike.retry_after;
    Some(refusal)
}

/// `Retry-After` as a date, where a fault wants that.
fn date(shop: &Shop, strike: &Fault) -> Option<String> {
    let seconds = strike.retry_after.filter(|_| strike.retry_after_date)?;
    let at = u64::try_from(shop.time.now() / 1000).unwrap_or_default().saturating_add(seconds);
    Some(httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(at)))
}

async fn hold(strike: &Fault) {
    if strike.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(strike.delay_ms)).await;
    }
}

/// Writes a call down.
fn note(shop: &Shop, endpoint: Endpoint, method: &Method, uri: &Uri, headers: &HeaderMap, response: Option<&Response>) {
    let brief = |text: &str| text.chars().take(MOST_NOTED).collect::<String>();
    let mut names: Vec<String> = headers.keys().take(MOST_NOTED).map(|name| brief(name.as_str())).collect();
    names.sort_unstable();
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok()).map(brief);
    shop.log().call(
        endpoint,
        Seen {
            at: time::millis(shop.time.now()),
            endpoint: endpoint.name(),
            method: method.to_string(),
            path: brief(uri.path()),
            headers: names,
            range,
            status: response.map_or(0, |response| response.status().as_u16()),
        },
    );
}

/// The `task_id` of a query; empty where there is none.
fn task_id(query: &str) -> String {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "task_id")
        .map_or_else(String::new, |(_, id)| id.into_owned())
}
