//! Requests that may be repeated without harm, repeated: reads, and commands, which a server applies once per id.

use std::time::Duration;

use crate::net::{Http, NetError, Request, Response};
use crate::retry::Backoff;
use crate::wire::MAX_BODY_BYTES;

/// Most attempts.
const ATTEMPTS: u32 = 4;
/// Bounds of the wait after a first failure, and after any.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// A server that wants to be left alone for longer than this is left alone: its answer goes to the caller.
const LONGEST_WISH: Duration = Duration::from_secs(20);

/// Sends a request until it is answered by more than "not now", a few times at most.
pub(super) async fn exchange(http: &Http, request: Request, seed: u64) -> Result<Response, NetError> {
    let mut backoff = Backoff::new(BACKOFF.0, BACKOFF.1, seed);
    for _ in 1..ATTEMPTS {
        let outcome = http.exchange(request.clone(), MAX_BODY_BYTES).await;
        let wish = match &outcome {
            Ok(answer) if is_not_now(answer.status) => answer.retry_after,
            Err(NetError::Timeout { .. } | NetError::Broken { .. }) => None,
            Err(error) if error.is_unsent() => None,
            _ => return outcome,
        };
        if wish.is_some_and(|wish| wish > LONGEST_WISH) {
            return outcome;
        }
        let wait = backoff.next(wish);
        tracing::info!("asking {} again in {} ms", request.url.path(), wait.as_millis());
        tokio::time::sleep(wait).await;
    }
    http.exchange(request, MAX_BODY_BYTES).await
}

/// Whether a status says that the same request may succeed in a moment.
pub(super) const fn is_not_now(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502..=504)
}
