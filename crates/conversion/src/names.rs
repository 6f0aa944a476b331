//! Names in URLs, each once.

use std::collections::HashSet;

/// The longest name in a URL.
const MOST: usize = 50;

/// Slugs that were given.
#[derive(Debug, Default)]
pub(crate) struct Slugs(HashSet<String>);

impl Slugs {
    /// A slug for a name that nobody has yet: with a number behind it where it is taken.
    pub(crate) fn fresh(&mut self, name: &str, otherwise: &str) -> String {
        let base = match slug(name) {
            slug if slug.is_empty() => otherwise.to_owned(),
            slug => slug,
        };
        let mut candidate = base.clone();
        let mut number = 2;
        while !self.0.insert(candidate.clone()) {
            candidate = format!("{base}-{number}");
            number += 1;
        }
        candidate
    }
}

/// Lower case letters, digits and single hyphens.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() >= MOST {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// A variable's name: `HMAC_SHOP_KEY`.
pub(crate) fn variable(words: &[&str]) -> String {
    words
        .join("_")
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_given_once() {
        let mut slugs = Slugs::default();
        assert_eq!(slugs.fresh("My Service_v1", "api"), "my-service-v1");
        assert_eq!(slugs.fresh("my.service.v1", "api"), "my-service-v1-2");
        assert_eq!(slugs.fresh("\u{e9}", "api"), "api");
        assert_eq!(variable(&["hmac", "a-b"]), "HMAC_A_B");
    }
}
