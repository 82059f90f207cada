//! Compares secrets. Holds none.

use std::hint::black_box;

/// Whether two secrets are the same. Takes as long for a near miss as for a far one; only the length can be learnt.
#[must_use]
pub fn same(given: &[u8], secret: &[u8]) -> bool {
    let differences = given.iter().zip(secret).fold(0, |sum, (a, b)| black_box(sum | (a ^ b)));
    given.len() == secret.len() && black_box(differences) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_the_same_only_whole() {
        assert!(same(b"key", b"key"));
        for other in [&b"kez"[..], b"ke", b"key ", b""] {
            assert!(!same(other, b"key"));
        }
    }
}
