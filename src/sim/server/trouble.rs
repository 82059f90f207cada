//! Where faults on purpose meet requests and worlds. What goes wrong and when is decided in [`crate::sim::faults`]; here it happens.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::sleep;

use super::config::ServerConfig;
use super::doom::end;
use super::gate::Caller;
use super::house::House;
use super::refusal::Refusal;
use crate::clock::wall_clock;
use crate::sim::faults::{BadCertificate, Call, Fate, Fault, Faults, Kind, RetryAfter, Script};

/// Rests between two changes of a script at least: many entries may change at once.
const REST: Duration = Duration::from_millis(1);

/// Every request passes here, where faults are set.
pub(super) async fn strike(
    State(house): State<Arc<House>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    request: Request,
    next: Next,
) -> Response {
    let call = Call::of(request.method().as_str(), request.uri().path());
    let (Some(faults), Some(line), Some(call)) = (&house.faults, &caller.line, call) else {
        return next.run(request).await;
    };
    let struck = faults.request(line, call);
    if line.is_struck() {
        // Its relay closes the connection, or keeps it without a word, and this task goes with it.
        return pending().await;
    }
    if let Some(Kind::Status { status, retry_after }) = struck {
        line.answered();
        return answer(status, retry_after);
    }
    let response = next.run(request).await;
    if let Some(silent) = faults.loses_reply(call) {
        line.strike(if silent { Fate::HalfOpen } else { Fate::Reset });
        return pending().await;
    }
    let streams = call == Call::Stream && !response.status().is_client_error() && !response.status().is_server_error();
    if !streams {
        line.answered();
    }
    response
}

/// A refusal that is nobody's fault but the script's.
fn answer(status: u16, retry_after: Option<RetryAfter>) -> Response {
    let refusal = Refusal::with_status(status, "this answer is a fault on purpose");
    match retry_after {
        None => refusal.into_response(),
        Some(RetryAfter::Seconds(after)) => {
            refusal.retry_after_ms(u64::try_from(after.as_millis()).unwrap_or(u64::MAX)).into_response()
        }
        Some(RetryAfter::Date(after)) => {
            let mut response = refusal.into_response();
            let date = httpdate::fmt_http_date(SystemTime::from(wall_clock()) + after);
            if let Ok(date) = HeaderValue::from_str(&date) {
                response.headers_mut().insert(header::RETRY_AFTER, date);
            }
            response
        }
    }
}

/// Keeps everything that stands up to date with the script, until the server goes down.
pub(super) async fn keep_time(house: Arc<House>, faults: Faults) {
    loop {
        let worlds = house.living();
        let (ends, next) = faults.turn(worlds.len());
        for (desk, kind) in worlds.iter().zip(ends) {
            end(desk, kind);
        }
        drop(worlds);
        let rest = async {
            match next {
                Some(next) => sleep(next.max(REST)).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = rest => {}
            () = faults.changed() => {}
            () = house.closing.cancelled() => return,
        }
    }
}

/// Whether a server of this configuration can do what a script asks.
///
/// # Errors
/// What it cannot, and what to do.
pub(super) fn fits(script: &Script, config: &ServerConfig) -> Result<(), String> {
    let wrong = |fault: &Fault| matches!(fault.kind, Kind::Tls(what) if what != BadCertificate::Handshake);
    match &config.tls {
        None if script.faults.iter().any(|fault| matches!(fault.kind, Kind::Tls(_))) => {
            Err("a fault of TLS needs a server with TLS: serve with --tls-self-signed".to_owned())
        }
        Some(tls) if !tls.has_wrong_ones() && script.faults.iter().any(wrong) => {
            Err("a wrong certificate needs an authority of the server's own: serve with --tls-self-signed".to_owned())
        }
        _ => Ok(()),
    }
}
