//! The head of a request on its way to an upstream: without what belongs to the caller's connection, and as bytes.

use http::header::CONNECTION;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, Method, Uri, Version};
use pingora_http::RequestHeader;
use thiserror::Error;

use crate::fields::{Fields, Lines, lines_of_fields};

/// Names in `Connection` at the most.
const NAMES_MOST: usize = 16;

/// The request cannot be written: its path holds what would end it, and begin another one.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the path cannot stand in a request line")]
pub struct UnfitPath;

/// Whether what `Connection` names can be removed: each of it a name, few, and none that says where the request came from
/// or goes to.
pub fn is_connection_plain(headers: &HeaderMap) -> bool {
    let mut names = nominated(headers);
    names.by_ref().take(NAMES_MOST - 1).all(|name| {
        HeaderName::from_bytes(name).is_ok_and(|name| {
            !matches!(
                name.as_str(),
                "host" | "x-forwarded-for" | "x-forwarded-host" | "x-forwarded-proto"
            )
        }) && name.iter().all(|byte| *byte != b':' && *byte != b'"')
    }) && names.next().is_none()
}

fn nominated(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(CONNECTION).iter();
    values.flat_map(|value| names(value.as_bytes()))
}

fn names(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let names = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    names.filter(|name| !name.is_empty())
}

/// The head of a request that goes out, however it is kept.
pub trait Outgoing: Lines {
    /// Its method.
    fn method(&self) -> &Method;

    /// Path and query.
    fn target(&self) -> &str;

    /// Puts another path and query in place; one that no URI can hold is left alone, and `false` says so.
    fn set_target(&mut self, target: String) -> bool;

    /// Whether it goes over HTTP/2.
    fn is_http2(&self) -> bool;
}

impl Outgoing for RequestHeader {
    fn method(&self) -> &Method {
        &self.method
    }

    fn target(&self) -> &str {
        self.uri.path_and_query().map_or("/", PathAndQuery::as_str)
    }

    fn set_target(&mut self, target: String) -> bool {
        let mut parts = self.uri.clone().into_parts();
        let Ok(target) = target.parse() else {
            return false;
        };
        parts.path_and_query = Some(target);
        let Ok(uri) = Uri::from_parts(parts) else {
            return false;
        };
        self.set_uri(uri);
        true
    }

    fn is_http2(&self) -> bool {
        self.version == Version::HTTP_2
    }
}

/// The head of a request that goes out over HTTP/1.1.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Path and query.
    target: String,
    /// Its headers.
    pub fields: Fields,
}

impl Request {
    /// A request with the target of another one.
    pub fn new(method: Method, fields: Fields, target: &str) -> Self {
        Self {
            method,
            target: target.to_owned(),
            fields,
        }
    }

    /// Removes what belongs to the caller's connection, and what its `Connection` names.
    pub fn strip(&mut self) {
        let named: Vec<Vec<u8>> = self
            .fields
            .values(&CONNECTION)
            .iter()
            .flat_map(|value| names(value))
            .map(<[u8]>::to_ascii_lowercase)
            .collect();
        self.fields.remove_where(|name| {
            is_of_the_connection(name) || named.iter().any(|one| name.eq_ignore_ascii_case(one))
        });
    }

    /// Appends the head as it goes out.
    ///
    /// # Errors
    ///
    /// When the path holds a space or a control character: it would end there, and another request begin.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), UnfitPath> {
        if !self.target.bytes().all(|byte| byte > b' ' && byte != 0x7f) {
            return Err(UnfitPath);
        }
        out.extend_from_slice(self.method.as_str().as_bytes());
        out.push(b' ');
        out.extend_from_slice(self.target.as_bytes());
        out.extend_from_slice(b" HTTP/1.1\r\n");
        self.fields.write(out);
        out.extend_from_slice(b"\r\n");
        Ok(())
    }
}

lines_of_fields!(Request);

impl Outgoing for Request {
    fn method(&self) -> &Method {
        &self.method
    }

    fn target(&self) -> &str {
        &self.target
    }

    fn set_target(&mut self, target: String) -> bool {
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~?=&%,:@!$'()*+".contains(&byte);
        let fits = target.starts_with('/')
            && (target.bytes().all(is_plain) || target.parse::<PathAndQuery>().is_ok());
        if fits {
            self.target = target;
        }
        fits
    }

    fn is_http2(&self) -> bool {
        false
    }
}

/// What belongs to one connection (RFC 9110 section 7.6.1).
fn is_of_the_connection(name: &[u8]) -> bool {
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    match name.len() {
        2 => is(b"te"),
        7 => is(b"trailer") || is(b"upgrade"),
        10 => is(b"connection") || is(b"keep-alive"),
        14 => is(b"http2-settings"),
        16 => is(b"proxy-connection"),
        17 => is(b"transfer-encoding"),
        18 => is(b"proxy-authenticate"),
        19 => is(b"proxy-authorization"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &[(&'static str, &str)]) -> RequestHeader {
        let mut request = RequestHeader::build("GET", b"/a?b", None).unwrap();
        for (name, value) in fields {
            request.append_header(*name, *value).unwrap();
        }
        request
    }

    #[test]
    fn what_belongs_to_the_connection_stays_behind() {
        let sent = request(&[
            ("Host", "a.test"),
            ("Connection", "close, X-Mine"),
            ("connection", "x-too"),
            ("X-Mine", "1"),
            ("X-Too", "1"),
            ("Keep-Alive", "1"),
            ("Proxy-Connection", "1"),
            ("TE", "trailers"),
            ("Trailer", "x"),
            ("Transfer-Encoding", "chunked"),
            ("Upgrade", "h2c"),
            ("HTTP2-Settings", "x"),
            ("Proxy-Authorization", "x"),
            ("Proxy-Authenticate", "x"),
            ("Accept", "*/*"),
        ]);
        assert!(is_connection_plain(&sent.headers));
        let mut out = Request::new(Method::GET, Fields::of(&sent.headers), "/");
        out.strip();
        assert!(out.set_target("/a?b".to_owned()));
        let mut wire = Vec::new();
        out.write(&mut wire).unwrap();
        let wire = String::from_utf8(wire).unwrap();
        assert_eq!(
            wire,
            "GET /a?b HTTP/1.1\r\nHost: a.test\r\naccept: */*\r\n\r\n"
        );
    }

    #[test]
    fn a_connection_header_with_tricks_is_not_plain() {
        let many = "a,".repeat(NAMES_MOST);
        for value in ["host", "X-Forwarded-For", ":path", "\"host\"", "a b", &many] {
            let sent = request(&[("Connection", value)]);
            assert!(!is_connection_plain(&sent.headers), "{value}");
        }
        assert!(is_connection_plain(&request(&[]).headers));
    }

    /// What the check in `write` relies on, and stands behind.
    #[test]
    fn a_target_cannot_hold_a_second_request() {
        let mut sent = request(&[]);
        let mut out = Request::new(Method::GET, Fields::default(), "/");
        for target in [
            "/a HTTP/1.1\r\nX: 1",
            "/\r\nX: 1",
            "/\0",
            "a",
            "http://a/b",
            "",
        ] {
            assert!(!out.set_target(target.to_owned()), "{target:?}");
            assert_eq!(out.target(), "/");
        }
        for target in ["/a b", "/\n", "/\0"] {
            assert!(!sent.set_target(target.to_owned()), "{target:?}");
        }
        for target in ["/a?b=c&d=%20", "/a%2C?{x}"] {
            assert!(out.set_target(target.to_owned()), "{target:?}");
            assert!(sent.set_target(target.to_owned()), "{target:?}");
            assert_eq!(out.target(), sent.target());
        }
    }
}
