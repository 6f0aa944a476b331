//! Scopes of access tokens (RFC 6749, section 3.3), what they are signed with, and how long they live.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::word::{UnknownWord, words};

/// How long an access token is good. The gateway takes none that claims more.
pub const ACCESS_LIFE: Duration = Duration::from_secs(900);

/// What the access tokens' keys are for, in the store.
pub const KEY_PURPOSE: &str = "oauth";

words! {
    /// What access tokens are signed with, by its name in `alg` (RFC 7518, section 3.1, and RFC 8037).
    pub enum SigningAlgorithm {
        /// RSA (PKCS #1 v1.5) with SHA-256: what every resource server reads (RFC 9068, section 2.1). The public half of a key
        /// is its modulus, 256 bytes; the exponent is [`RSA_EXPONENT`].
        RS256 = "RS256",
        /// ECDSA on P-256 with SHA-256. The public half is the uncompressed point, 65 bytes.
        ES256 = "ES256",
        /// Ed25519. The public half is 32 bytes.
        EdDSA = "EdDSA",
    }
}

/// The public exponent of the platform's RSA keys, big end first.
pub const RSA_EXPONENT: [u8; 3] = [1, 0, 1];

/// The longest scope, in characters.
const SCOPE_MOST: usize = 100;
/// How many scopes one token may have.
pub const SCOPES_MOST: usize = 50;

/// Whether a text is one scope: visible ASCII without `"` and `\`, at most 100 characters.
pub fn is_scope(text: &str) -> bool {
    (1..=SCOPE_MOST).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

/// The scopes of a text with single blanks between, each once, in its order; `None` when it is none, or has too many.
pub fn scopes_of(text: &str) -> Option<Vec<String>> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        if !is_scope(scope) {
            return None;
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    (scopes.len() <= SCOPES_MOST).then_some(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_words_without_quotes() {
        let read = |text: &str| scopes_of(text).map(|scopes| scopes.join(","));
        assert_eq!(read("a b:c a"), Some("a,b:c".to_owned()));
        assert_eq!(read(""), Some(String::new()));
        for wrong in ["a\"b", "a\\b", "a\tb", "ä"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read(&"x".repeat(101)), None);
        let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
        assert_eq!(read(&many.join(" ")), None);
    }
}
