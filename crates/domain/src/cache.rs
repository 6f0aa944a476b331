//! Purging what gateways keep of answers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::{UnknownWord, words};

words! {
    /// What a purge names.
    pub enum PurgeTarget {
        /// Everything.
        All = "all",
        /// One API, all its versions.
        Api = "api",
        /// Answers that carry a tag.
        Tag = "tag",
        /// One URL, or with `*` at its end those that begin with it.
        Url = "url",
    }
}

/// The longest tag or URL, in bytes.
pub const PURGE_VALUE: usize = 2_048;

/// The URL of a purge as the gateways compare it: host in small letters without port, path, query. `None` when it is
/// none: `https://api.example.com/orders?page=1`, with or without the scheme, with or without `*` at the end.
pub fn purge_url(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = match text.split_once("://") {
        Some(("http" | "https", rest)) => rest,
        Some(_) => return None,
        None => text,
    };
    let rest = rest.split('#').next().unwrap_or(rest);
    let end = rest.find(['/', '?', '*']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let name = match host.strip_prefix('[') {
        Some(six) => &host[..six.find(']')? + 2],
        None => host.split(':').next().unwrap_or(host),
    };
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b".-_[]:".contains(&b);
    if name.is_empty() || !name.bytes().all(is_name) || rest.contains(char::is_whitespace) {
        return None;
    }
    let path = match path {
        "" => "/".to_owned(),
        "*" => "*".to_owned(),
        query if query.starts_with('?') => format!("/{query}"),
        path if path.starts_with('*') => return None,
        path => path.to_owned(),
    };
    Some(format!("{}{path}", name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::purge_url;

    #[test]
    fn urls_are_brought_to_what_gateways_compare() {
        for (text, expected) in [
            (
                "https://API.example.com/a?b=1#c",
                Some("api.example.com/a?b=1"),
            ),
            ("api.example.com:8443/a*", Some("api.example.com/a*")),
            ("http://api.example.com", Some("api.example.com/")),
            ("api.example.com*", Some("api.example.com*")),
            ("api.example.com?x", Some("api.example.com/?x")),
            ("http://[::1]:8000/a", Some("[::1]/a")),
            ("ftp://a/b", None),
            ("/only/a/path", None),
            ("*", None),
            ("a b/c", None),
            ("", None),
        ] {
            assert_eq!(purge_url(text).as_deref(), expected, "{text}");
        }
    }
}
