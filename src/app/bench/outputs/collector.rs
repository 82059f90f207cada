//! An OpenTelemetry collector, which takes metrics by HTTP (OTLP 1.x, "OTLP/HTTP"): its address, and one request to it, again where it
//! asks for that. Keys for it come from `OTEL_EXPORTER_OTLP_HEADERS`, as the standard has it, and go to that address alone.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::app::errors::{Exit, Failure};
use crate::net::{Body, Credential, Http, Method, NetError, Request, Response, Trust};
use crate::session::clean;

/// The path under which a collector takes metrics.
const PATH: &str = "/v1/metrics";

/// The variables with headers, the more special one first.
const VARIABLES: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];

const CONNECT: Duration = Duration::from_secs(5);

/// OTLP's own default is 10 s.
const WHOLE: Duration = Duration::from_secs(10);

/// Longest wait before it is asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How often it is asked.
const TIMES: u32 = 3;

/// Longest answer, in bytes.
const MOST: usize = 64 * 1024;

/// Reads an address. One without a path of its own gets the standard's.
///
/// # Errors
/// What is no address, and one that would carry a password in the command line.
pub fn address(text: &str) -> Result<Url, Failure> {
    let fix = "write otlp:http://HOST:4318, or otlp:FILE";
    let mut url =
        Url::parse(text).map_err(|error| Failure::usage("that is no address of a collector", &error.to_string(), fix))?;
    if !url.username().is_empty() || url.password().is_some() {
        let why = "it holds a user's name or a password, which others on this machine could read";
        let fix = "put a header for it into OTEL_EXPORTER_OTLP_HEADERS, as in Authorization=Bearer%20TOKEN";
        return Err(Failure::usage("that address of a collector is refused", why, fix));
    }
    if matches!(url.path(), "" | "/") {
        url.set_path(PATH);
    }
    Ok(url)
}

/// Sends metrics, and waits for the collector's word.
///
/// # Errors
/// That it cannot be reached, refuses them, or takes only some.
pub fn send(url: &Url, body: &str) -> Result<(), Failure> {
    let place = url.origin().ascii_serialization();
    let credentials = credentials().map_err(|why| failure(&place, &why))?;
    let url = url.clone();
    let body = body.to_owned();
    // A thread of its own, as whoever asks may be inside of a runtime, and must not wait for another one there.
    let sending = std::thread::Builder::new().name("seaglass-otlp".into()).spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        runtime.block_on(attempts(&url, &body, &credentials))
    });
    let said = sending.map_err(|error| failure(&place, &error.to_string()))?.join();
    let said = said.unwrap_or_else(|_| Err("sending ended in a panic".to_owned()));
    said.map_err(|why| failure(&place, &why))
}

async fn attempts(url: &Url, body: &str, credentials: &[Credential]) -> Result<(), String> {
    let http = Http::new(Trust::web(), CONNECT, WHOLE).map_err(|error| error.to_string())?;
    let mut wait = Duration::from_millis(500);
    let mut left = TIMES;
    loop {
        left -= 1;
        let request = Request {
            method: Method::Post,
            url: url.clone(),
            credentials: credentials.to_vec(),
            body: Some(Body { kind: "application/json", text: body.to_owned() }),
        };
        match http.exchange(request, MOST).await {
            // The only ones that may be asked again (OTLP specification, "Retryable Response Codes").
            Ok(answer) if left > 0 && matches!(answer.status, 429 | 502..=504) => {
                tokio::time::sleep(answer.retry_after.unwrap_or(wait).min(LONGEST_WAIT)).await;
            }
            Ok(answer) => return judge(&answer),
            Err(NetError::Unreachable { .. } | NetError::Timeout { .. }) if left > 0 => tokio::time::sleep(wait).await,
            Err(error) => return Err(error.to_string()),
        }
        wait *= 2;
    }
}

/// What an answer says.
fn judge(answer: &Response) -> Result<(), String> {
    let words = clean(&String::from_utf8_lossy(&answer.body), 200);
    if !(200..300).contains(&answer.status) {
        return Err(format!("it answered with HTTP status {}: {words}", answer.status));
    }
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let refused = &said["partialSuccess"]["rejectedDataPoints"];
    // 64 bits are strings in OTLP's JSON, and some write numbers.
    let refused = refused.as_str().and_then(|count| count.parse().ok()).or_else(|| refused.as_u64()).unwrap_or(0);
    if refused > 0 {
        return Err(format!("it refused {refused} of the data points: {words}"));
    }
    Ok(())
}

/// Headers from the environment: `key=value` with commas between, percent-encoded (W3C Baggage).
fn credentials() -> Result<Vec<Credential>, String> {
    let Some((name, value)) = VARIABLES.iter().find_map(|name| Some((*name, std::env::var(name).ok()?))) else {
        return Ok(Vec::new());
    };
    let pairs = value.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let headers = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').ok_or_else(|| format!("{name} is no list of key=value"))?;
        Credential::new(key.trim(), &decoded(value.trim())).map_err(|error| format!("{name}: {error}"))
    });
    headers.collect()
}

/// A text without its percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn failure(place: &str, why: &str) -> Failure {
    let fix = "check the address and that its OTLP/HTTP receiver is on; `-o otlp:FILE` keeps the metrics in a file";
    Failure::new("collector", Exit::Network, format!("the collector at {place} did not take the metrics"), why, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response { status, content_type: String::new(), retry_after: None, body: body.into() }
    }

    #[test]
    fn a_collector_that_took_only_some_did_not_take_them() {
        assert_eq!(judge(&answer(200, "{}")), Ok(()));
        assert_eq!(judge(&answer(200, "")), Ok(()));
        let partly = r#"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no"}}"#;
        assert!(judge(&answer(200, partly)).expect_err("refused").contains("3 of the data points"));
        assert!(judge(&answer(404, "\u{1b}[2Jnot here")).expect_err("refused").ends_with("404: [2Jnot here"));
    }

    #[test]
    fn headers_are_decoded_as_the_standard_writes_them() {
        assert_eq!(decoded("Bearer%20a%2Cb"), "Bearer a,b");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz%é"), "%zz%é");
    }
}
