//! Scopes of access tokens (RFC 6749, section 3.3), and how long tokens live.

use std::time::Duration;

/// How long an access token is good. The gateway takes none that claims more.
pub const ACCESS_LIFE: Duration = Duration::from_secs(900);

/// What the access tokens' keys are for, in the store.
pub const KEY_PURPOSE: &str = "oauth";

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
