//! Randomness and what is made of it: tokens, keys, and the hashes under which they are kept.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::credential::{KEY_CHECK, KEY_RANDOM, base62, key_check};
use parking_lot::Mutex;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng as _, SeedableRng as _, TryRng as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A text that nobody else may see. Neither shown nor logged nor serialised by accident; overwritten when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself: for the person it belongs to, or the service that asks for it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Where randomness comes from. Passed in, so that a test can repeat it.
#[derive(Clone)]
pub struct Random(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<StdRng>>),
}

impl Random {
    /// The operating system's.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The same for the same seed: for tests only.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(
            seed,
        )))))
    }

    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => SysRng
                .try_fill_bytes(&mut bytes)
                .expect("the operating system gives randomness to every process"),
            Source::Seeded(rng) => rng.lock().fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A text of 32 random bytes in base64url: sessions, links.
    pub fn token(&self) -> Secret {
        Secret::new(BASE64URL_NOPAD.encode(&self.bytes::<32>()))
    }

    /// So many random characters of base 62, each as likely as the others.
    pub fn base62(&self, characters: usize) -> String {
        let mut text = String::with_capacity(characters);
        while text.len() < characters {
            // 62 * 4 = 248: what is above would make some characters likelier.
            let chars = self.bytes::<32>().into_iter().filter(|b| *b < 248);
            text.extend(
                chars
                    .map(|b| base62(u32::from(b)))
                    .take(characters - text.len()),
            );
        }
        text
    }

    /// A key that people keep: `prefix`, 32 random characters of base 62, and six of check sum, so that a scanner can
    /// tell a real one from a look-alike without asking.
    pub fn key(&self, prefix: &str) -> Secret {
        let body = format!("{prefix}{}", self.base62(KEY_RANDOM));
        let check = key_check(crc32fast::hash(body.as_bytes()));
        Secret::new(body + &check)
    }
}

/// Whether a text is a key with this prefix whose check sum holds.
pub fn is_key(prefix: &str, text: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix) else {
        return false;
    };
    if rest.len() != KEY_RANDOM + KEY_CHECK || !rest.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let (body, check) = text.split_at(text.len() - KEY_CHECK);
    key_check(crc32fast::hash(body.as_bytes())) == check
}

/// Under what a random secret is kept and found. Secrets that people choose need argon2 instead.
pub fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_carry_their_check_sum() {
        let random = Random::seeded(1);
        let key = random.key("gh_live_");
        assert!(is_key("gh_live_", key.reveal()));
        assert!(!is_key("gh_admin_", key.reveal()));
        let mut altered = key.reveal().to_owned();
        let last = if altered.ends_with('0') { "1" } else { "0" };
        altered.replace_range(altered.len() - 1.., last);
        assert!(!is_key("gh_live_", &altered));
    }

    #[test]
    fn seeds_repeat_and_the_system_does_not() {
        assert_eq!(Random::seeded(7).base62(40), Random::seeded(7).base62(40));
        assert_ne!(Random::system().base62(40), Random::system().base62(40));
    }
}
