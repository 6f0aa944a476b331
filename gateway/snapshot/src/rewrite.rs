//! Paths with holes: what the upstream gets in place of a path, and where callers are sent.

use http::{HeaderValue, StatusCode};
use thiserror::Error;
use url::Url;

use crate::path::{Ambiguity, Canonical, canonical_text};
use crate::settings::Redirect;
use crate::template::Pattern;

/// A path with holes.
#[derive(Debug, Clone)]
pub(crate) struct Rewrite(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Param(String),
}

/// Why a rewrite or a redirect cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum RewriteError {
    /// Paths are absolute.
    #[error("rewrite `{0}` does not begin with a slash")]
    NotAbsolute(String),
    /// A brace without its partner.
    #[error("rewrite `{0}` has a parameter that is not closed")]
    Open(String),
    /// The route's path has no such parameter.
    #[error("rewrite names `{{{name}}}`, which path `{path}` does not have")]
    Unknown {
        /// The name.
        name: String,
        /// The route's path.
        path: String,
    },
    /// `?`, dot segments and the like.
    #[error("rewrite `{0}` is not a path that can be sent: {1}")]
    Ambiguous(String, Ambiguity),
    /// A redirect to something else than a path or a web address.
    #[error(
        "redirect `{0}` is neither a path nor an http or https URL without user, query and fragment"
    )]
    NotAUrl(String),
    /// A status that is no redirect.
    #[error("redirect has status {0}; 301, 302, 303, 307 and 308 are possible")]
    Status(u16),
}

impl Rewrite {
    /// Reads a rewrite for a route's path.
    pub(crate) fn parse(text: &str, path: &str, pattern: &Pattern) -> Result<Self, RewriteError> {
        if !text.starts_with('/') {
            return Err(RewriteError::NotAbsolute(text.to_owned()));
        }
        let known = pattern.parameters();
        let mut pieces = Vec::new();
        let mut trial = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(tail) = rest.strip_prefix('{') {
                let (name, tail) = tail
                    .split_once('}')
                    .ok_or_else(|| RewriteError::Open(text.to_owned()))?;
                let name = name.trim_end_matches('*');
                if !known.iter().any(|k| k == name) {
                    return Err(RewriteError::Unknown {
                        name: name.to_owned(),
                        path: path.to_owned(),
                    });
                }
                pieces.push(Piece::Param(name.to_owned()));
                trial.push('x');
                rest = tail;
            } else {
                let at = rest.find('{').unwrap_or(rest.len());
                let (literal, tail) = rest.split_at(at);
                let is_query = literal.contains(['?', '#', ';']);
                let literal = if is_query {
                    literal.to_owned()
                } else {
                    canonical_text(literal)
                };
                trial.push_str(&literal);
                pieces.push(Piece::Text(literal));
                rest = tail;
            }
        }
        Canonical::parse(trial.as_bytes())
            .map_err(|error| RewriteError::Ambiguous(text.to_owned(), error))?;
        Ok(Self(pieces))
    }

    /// The path with its holes filled from a path that the pattern matched. Parameters can make of harmless text a path
    /// that has two readings: that is refused.
    pub(crate) fn fill(&self, pattern: &Pattern, path: &str) -> Result<String, Ambiguity> {
        let values = pattern.captures(path).unwrap_or_default();
        let mut text = String::with_capacity(path.len());
        for piece in &self.0 {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Param(name) => {
                    let value = values.iter().find(|(n, _)| n == name);
                    text.push_str(value.map_or("", |(_, value)| value));
                }
            }
        }
        let canonical = Canonical::parse(text.as_bytes())?;
        Ok(canonical.as_str().to_owned())
    }
}

/// A redirect of a route, ready to be answered.
#[derive(Debug, Clone)]
pub(crate) struct CompiledRedirect {
    /// `https://new.example`, or nothing for the same host.
    origin: String,
    path: Rewrite,
    status: StatusCode,
    keep_query: bool,
}

impl CompiledRedirect {
    /// Reads a redirect for a route's path. Only its path may have parameters: callers choose no host.
    pub(crate) fn compile(
        redirect: &Redirect,
        path: &str,
        pattern: &Pattern,
    ) -> Result<Self, RewriteError> {
        let status = StatusCode::from_u16(redirect.status)
            .ok()
            .filter(|status| matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308))
            .ok_or(RewriteError::Status(redirect.status))?;
        let (origin, rest) = split(&redirect.to)?;
        Ok(Self {
            origin,
            path: Rewrite::parse(rest, path, pattern)?,
            status,
            keep_query: redirect.keep_query,
        })
    }

    /// Status and `Location` for a path below the base path.
    pub(crate) fn answer(
        &self,
        pattern: &Pattern,
        below: &str,
        query: Option<&str>,
    ) -> Result<(StatusCode, HeaderValue), Ambiguity> {
        let path = self.path.fill(pattern, below)?;
        let mut location = format!("{}{path}", self.origin);
        if let Some(query) = query.filter(|_| self.keep_query) {
            location.push('?');
            location.push_str(query);
        }
        // a canonical path and a query that arrived in a request line hold nothing that a header cannot
        HeaderValue::try_from(location)
            .map(|location| (self.status, location))
            .map_err(|_| Ambiguity::Control)
    }
}

/// The origin of a redirect, and its path.
fn split(to: &str) -> Result<(String, &str), RewriteError> {
    if to.starts_with('/') && !to.starts_with("//") {
        return Ok((String::new(), to));
    }
    let wrong = || RewriteError::NotAUrl(to.to_owned());
    let (scheme, rest) = to.split_once("://").ok_or_else(wrong)?;
    let at = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let url = Url::parse(&format!("{scheme}://{authority}")).map_err(|_| wrong())?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && !authority.contains(['{', '}', '\\']);
    if !is_plain {
        return Err(wrong());
    }
    let origin = url.as_str().trim_end_matches('/').to_owned();
    Ok((origin, if path.is_empty() { "/" } else { path }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::api::PathKind;

    fn location(to: &str, status: u16) -> Result<String, RewriteError> {
        let path = "/old/{id}/{rest*}";
        let pattern = Pattern::parse(path, PathKind::Template).unwrap();
        let redirect = Redirect {
            to: to.to_owned(),
            status,
            keep_query: true,
        };
        let compiled = CompiledRedirect::compile(&redirect, path, &pattern)?;
        let (_, location) = compiled
            .answer(&pattern, "/old/7/a/b", Some("q=1"))
            .unwrap();
        Ok(location.to_str().unwrap().to_owned())
    }

    #[test]
    fn callers_are_sent_to_paths_and_urls() {
        assert_eq!(location("/new/{id}", 308).unwrap(), "/new/7?q=1");
        assert_eq!(
            location("https://new.example:8443/v2/{rest}/{id}", 302).unwrap(),
            "https://new.example:8443/v2/a/b/7?q=1"
        );
        assert_eq!(
            location("https://new.example", 301).unwrap(),
            "https://new.example/?q=1"
        );
    }

    #[test]
    fn no_caller_chooses_the_host() {
        for to in [
            "https://{id}.example/",
            "//evil.example",
            "javascript://a",
            "https://me@new.example/",
            "new.example",
        ] {
            assert!(
                matches!(location(to, 308), Err(RewriteError::NotAUrl(_))),
                "{to}"
            );
        }
        assert_eq!(location("/new", 200), Err(RewriteError::Status(200)));
        assert!(matches!(
            location("/new/{other}", 308),
            Err(RewriteError::Unknown { .. })
        ));
        // what follows a slash at the beginning would be read as a host
        let pattern = Pattern::parse("/{rest*}", PathKind::Template).unwrap();
        let rewrite = Rewrite::parse("/{rest}", "/{rest*}", &pattern).unwrap();
        assert!(rewrite.fill(&pattern, "//evil.example").is_err());
    }
}
