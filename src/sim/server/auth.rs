//! Who may: the key in the `Authorization` header, or for a stream a one-time ticket. Secrets are compared in constant time and
//! reach no log and no answer.

use axum::http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};

use super::refusal::Refusal;
use crate::sim::host::same;
use crate::wire::{ErrorCode, Token};

/// Random bytes of a ticket or a resume token.
const TICKET_BYTES: usize = 24;

/// Checks the key, where there is one.
pub(super) fn check_key(key: Option<&SecretString>, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(key) = key else { return Ok(()) };
    match credential(headers, "Bearer") {
        Some(given) if same(given.as_bytes(), key.expose_secret().as_bytes()) => Ok(()),
        Some(_) => Err(Refusal::new(ErrorCode::Unauthorized, "this key is not the server's; check the one you configured")),
        None => Err(Refusal::new(ErrorCode::Unauthorized, "this server needs a key: send Authorization: Bearer KEY")),
    }
}

/// The credential of a scheme, as RFC 9110 section 11.4 writes it.
pub(super) fn credential<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (name, credential) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then(|| credential.trim())
}

/// A fresh ticket or resume token from the system's randomness; `None` where it has none to give.
pub(super) fn ticket() -> Option<Token> {
    let mut bytes = [0; TICKET_BYTES];
    random(&mut bytes)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Token::new(text).ok()
}

/// A fresh seed; 0 where the system has no randomness to give.
pub(super) fn seed() -> u64 {
    let mut bytes = [0; 8];
    random(&mut bytes).map_or(0, |()| u64::from_le_bytes(bytes))
}

fn random(bytes: &mut [u8]) -> Option<()> {
    rustls::crypto::ring::default_provider().secure_random.fill(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_differ() {
        assert_ne!(ticket().unwrap().expose(), ticket().unwrap().expose());
    }

    ///
    #[test]
    fn a_refused_key_stands_in_no_answer() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "Bearer wrong-and-private".parse().unwrap());
        let refusal = check_key(Some(&SecretString::from("right-and-private")), &headers).unwrap_err();
        assert!(!format!("{refusal:?}").contains("private"));
    }
}
