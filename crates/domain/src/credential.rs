//! Credentials of applications, and the shape of an API key.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::CredentialId;
use crate::word::{UnknownWord, words};

words! {
    /// What kind of secret it is.
    pub enum CredentialKind {
        /// A random key in a header, query or cookie.
        ApiKey = "api_key",
        /// A random user name and password (RFC 7617).
        Basic = "basic",
        /// A secret that signs requests (RFC 9421).
        Hmac = "hmac",
        /// A client certificate, by its fingerprint.
        Mtls = "mtls",
        /// Tokens of an issuer whose subject or client id is the application's.
        JwtIssuer = "jwt_issuer",
        /// A client of the OAuth 2 server: an id, and a secret where it can keep one (RFC 6749).
        OauthClient = "oauth_client",
    }
}

/// The text whose SHA-256 a `basic` credential is found by.
pub fn basic_holder(name: &str, password: &str) -> String {
    format!("basic\0{}\0{name}{password}", name.len())
}

/// The text whose SHA-256 an `hmac` credential is found by.
pub fn hmac_holder(key_id: &str) -> String {
    format!("hmac\0{key_id}")
}

/// The text whose SHA-256 a `jwt_issuer` credential is found by.
pub fn jwt_holder(issuer: &str, subject: &str) -> String {
    format!("jwt_issuer\0{}\0{issuer}{subject}", issuer.len())
}

/// The text whose SHA-256 an `oauth_client` credential is found by.
pub fn oauth_holder(client_id: &str) -> String {
    format!("oauth_client\0{client_id}")
}

/// What the secret of a credential is sealed for, so that one credential's does not open as another's.
pub fn sealing_purpose(id: CredentialId) -> String {
    format!("credential:{id}")
}

words! {
    /// Where a credential stands.
    pub enum CredentialState {
        /// Taken.
        Active = "active",
        /// Replaced by another, still taken until its overlap ends.
        Rotating = "rotating",
        /// Refused for good.
        Revoked = "revoked",
    }
}

/// How every API key begins, so that secret scanners can find one.
pub const KEY_PREFIX: &str = "gh_live_";

/// How many random characters follow the prefix: 32 of base 62 hold 190 bits.
pub const KEY_RANDOM: usize = 32;

/// How many characters of check sum follow those.
pub const KEY_CHECK: usize = 6;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A character of base 62 for any number (only `n % 62` counts).
pub fn base62(n: u32) -> char {
    char::from(BASE62[(n % 62) as usize])
}

/// The check sum of what stands before it, as six characters of base 62. `crc` is the CRC32 (ISO-HDLC) of the text.
pub fn key_check(mut crc: u32) -> String {
    let mut digits = ['0'; KEY_CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = base62(crc);
        crc /= 62;
    }
    digits.iter().collect()
}

/// Whether a text has the shape of an API key: prefix, length, alphabet. The check sum is the caller's to compare.
pub fn is_key_shaped(text: &str) -> bool {
    text.strip_prefix(KEY_PREFIX).is_some_and(|rest| {
        rest.len() == KEY_RANDOM + KEY_CHECK && rest.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// What is kept of a key besides its hash: the first twelve characters and the last four, for people to tell keys apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHint {
    /// `gh_live_7hK2`
    pub prefix: String,
    /// `Xq9B`
    pub last_four: String,
}

impl KeyHint {
    /// The hint of a key; both parts are empty for a text too short to be one.
    pub fn of(key: &str) -> Self {
        if key.len() < 24 || !key.is_ascii() {
            return Self {
                prefix: String::new(),
                last_four: String::new(),
            };
        }
        Self {
            prefix: key[..12].to_owned(),
            last_four: key[key.len() - 4..].to_owned(),
        }
    }
}

impl fmt::Display for KeyHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…{}", self.prefix, self.last_four)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_sums_have_six_places() {
        assert_eq!(key_check(0), "000000");
        assert_eq!(key_check(u32::MAX), "4gfFC3");
    }

    #[test]
    fn two_credentials_have_two_look_up_texts() {
        assert_ne!(basic_holder("a", "bc"), basic_holder("ab", "c"));
        assert_ne!(jwt_holder("a", "bc"), jwt_holder("ab", "c"));
        assert_ne!(jwt_holder("a", "b"), basic_holder("a", "b"));
        assert_ne!(jwt_holder("1\0a", "b"), jwt_holder("1", "\0ab"));
    }

    #[test]
    fn only_whole_keys_are_key_shaped() {
        let key = format!("gh_live_{}{}", "a".repeat(KEY_RANDOM), "000000");
        assert!(is_key_shaped(&key));
        assert!(!is_key_shaped(&key[1..]));
        assert!(!is_key_shaped(&key.replace('a', "-")));
        assert_eq!(KeyHint::of(&key).to_string(), "gh_live_aaaa…0000");
    }
}
