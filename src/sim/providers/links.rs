//! Links that nobody else can make: a path with the time until which it is valid, signed.

use ring::{digest, hmac};

use super::time::Moment;

/// Signs and checks.
#[derive(Debug)]
pub(super) struct Links {
    key: hmac::Key,
    /// Where files live: an origin without a slash at its end.
    pub(super) origin: String,
}

/// What a link's signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is ours and valid.
    Valid,
    /// It is ours, and its time is over.
    Expired,
    /// It is not ours, or not for this.
    Forged,
}

impl Links {
    pub(super) fn new(origin: String) -> Self {
        // A fresh key each time: links of another run are not ours. Without randomness they are, which only a test would notice.
        let fresh = hmac::Key::generate(hmac::HMAC_SHA256, &ring::rand::SystemRandom::new());
        let key = fresh.unwrap_or_else(|_| hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]));
        Self { key, origin }
    }

    /// A link to read a file, valid until then; without a time for ever.
    pub(super) fn read(&self, path: &str, until: Option<Moment>) -> String {
        match until {
            Some(until) => self.signed("GET", path, until, ""),
            None => format!("{}{path}", self.origin),
        }
    }

    /// A link to write a file of exactly this type and size.
    pub(super) fn write(&self, path: &str, until: Moment, content_type: &str, size: u64) -> String {
        self.signed("PUT", path, until, &format!("{content_type}\n{size}"))
    }

    /// What a query says about a method, a path and what was signed with it.
    pub(super) fn check(&self, query: &str, method: &str, path: &str, more: &str, now: Moment) -> Verdict {
        let field = |name: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
        let until = field("expires").and_then(|(_, value)| value.parse::<i64>().ok());
        let signature = field("signature").and_then(|(_, value)| unhex(value));
        let (Some(until), Some(signature)) = (until, signature) else { return Verdict::Forged };
        let text = format!("{method}\n{path}\n{until}\n{more}");
        if hmac::verify(&self.key, text.as_bytes(), &signature).is_err() {
            return Verdict::Forged;
        }
        if now >= until { Verdict::Expired } else { Verdict::Valid }
    }

    /// A name that cannot be guessed.
    pub(super) fn name(&self, of: &str) -> String {
        hex(&hmac::sign(&self.key, format!("name\n{of}").as_bytes()).as_ref()[..8])
    }

    fn signed(&self, method: &str, path: &str, until: Moment, more: &str) -> String {
        let text = format!("{method}\n{path}\n{until}\n{more}");
        let signature = hex(hmac::sign(&self.key, text.as_bytes()).as_ref());
        format!("{}{path}?expires={until}&signature={signature}", self.origin)
    }
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() || text.len() > 128 {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_what_was_signed_until_its_time() {
        let links = Links::new("http://files".to_owned());
        let link = links.write("/a.png", 1000, "image/png", 5);
        let query = link.split_once('?').unwrap().1;
        let check = |method, path, more, now| links.check(query, method, path, more, now);
        assert_eq!(check("PUT", "/a.png", "image/png\n5", 999), Verdict::Valid);
        assert_eq!(check("PUT", "/a.png", "image/png\n5", 1000), Verdict::Expired);
        assert_eq!(check("PUT", "/a.png", "image/png\n6", 1), Verdict::Forged);
        assert_eq!(check("PUT", "/b.png", "image/png\n5", 1), Verdict::Forged);
        assert_eq!(check("GET", "/a.png", "image/png\n5", 1), Verdict::Forged);
        assert_eq!(links.check("expires=9&signature=zz", "GET", "/", "", 0), Verdict::Forged);
        assert_eq!(Links::new(String::new()).check(query, "PUT", "/a.png", "image/png\n5", 1), Verdict::Forged);
    }
}
