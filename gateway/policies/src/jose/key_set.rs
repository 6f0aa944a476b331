//! Sets of keys (RFC 7517, section 5), and verifying a token with the one that it names.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::algorithm::Algorithm;
use super::compact::Compact;
use super::key::{Key, KeyError};

/// The most keys of a set; the rest is not looked at.
const MOST: usize = 100;
/// How many keys without a name are tried for one token.
const MOST_TRIED: usize = 4;

/// Keys by their names.
#[derive(Clone, Default)]
pub struct KeySet {
    named: HashMap<String, Arc<Key>>,
    /// All of them, for tokens without `kid`, and keys without.
    all: Vec<Arc<Key>>,
}

/// Why no key verified a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverified {
    /// The set has no key of that name: it may be a newer one.
    UnknownKey,
    /// The algorithm is not one of the key's, or not known at all.
    Algorithm,
    /// The signature does not fit.
    Signature,
}

impl Unverified {
    /// What to tell the caller.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::UnknownKey => "the token was signed with a key that the issuer does not publish",
            Self::Algorithm => "the token's `alg` is not one that its key is for",
            Self::Signature => "the token's signature does not fit",
        }
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// From keys that somebody configured. Each must be of use.
    pub fn of(keys: Vec<Key>) -> Self {
        let mut set = Self::default();
        for key in keys {
            set.add(key);
        }
        set
    }

    /// From a document. Keys that are of no use here are passed over (RFC 7517, section 5); a document without any key that
    /// is of use is refused.
    pub fn parse(document: &[u8], rsa: &[Algorithm]) -> Result<Self, KeyError> {
        let document: Document =
            serde_json::from_slice(document).map_err(|e| KeyError::Shape(e.to_string()))?;
        let mut set = Self::default();
        for jwk in document.keys.iter().take(MOST) {
            if let Ok(key) = Key::from_jwk(jwk, rsa) {
                set.add(key);
            }
        }
        if set.all.is_empty() {
            return Err(KeyError::OfNoUse(
                "the set holds no key that verifies signatures".into(),
            ));
        }
        Ok(set)
    }

    fn add(&mut self, key: Key) {
        let key = Arc::new(key);
        if let Some(id) = &key.id {
            // of two keys with one name the first counts: a name must not change its meaning within a document
            self.named.entry(id.clone()).or_insert_with(|| key.clone());
        }
        self.all.push(key);
    }

    /// Whether there is a key of this name, or keys that a token without a name may be tried with.
    pub fn knows(&self, id: Option<&str>) -> bool {
        match id {
            Some(id) => self.named.contains_key(id) || self.all.iter().any(|key| key.id.is_none()),
            None => !self.all.is_empty(),
        }
    }

    /// Verifies a token with the key that it names. A token without `kid` is tried with the keys that its algorithm fits.
    /// `taken` are the algorithms that may be used at all.
    pub fn verify(&self, token: &Compact<'_>, taken: &[Algorithm]) -> Result<(), Unverified> {
        let algorithm = Algorithm::named(&token.algorithm)
            .filter(|one| taken.contains(one))
            .ok_or(Unverified::Algorithm)?;
        let fits = |key: &Key| key.verify(algorithm, token.signed, &token.signature);
        if let Some(key) = token.key_id.as_ref().and_then(|id| self.named.get(id)) {
            if !key.algorithms.contains(&algorithm) {
                return Err(Unverified::Algorithm);
            }
            return if fits(key) {
                Ok(())
            } else {
                Err(Unverified::Signature)
            };
        }
        // A token that names a key is never tried with another named one.
        let candidates = self
            .all
            .iter()
            .filter(|key| token.key_id.is_none() || key.id.is_none());
        let mut fitting = candidates
            .filter(|key| key.algorithms.contains(&algorithm))
            .take(MOST_TRIED)
            .peekable();
        if fitting.peek().is_none() {
            let none_at_all = !self.knows(token.key_id.as_deref());
            return Err(if none_at_all {
                Unverified::UnknownKey
            } else {
                Unverified::Algorithm
            });
        }
        if fitting.any(|key| fits(key)) {
            Ok(())
        } else {
            Err(Unverified::Signature)
        }
    }
}
