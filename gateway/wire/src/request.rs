//! The head of a request on its way to an upstream: without what belongs to the caller's connection, and as bytes.

use bytes::BufMut as _;
use http::header::{
    CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName};
use pingora_http::RequestHeader;
use thiserror::Error;

/// Names in `Connection` at the most.
const NAMES_MOST: usize = 16;

/// What belongs to one connection (RFC 9110 section 7.6.1).
const OF_THE_CONNECTION: [HeaderName; 10] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("http2-settings"),
];

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
    headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty())
}

/// Removes what belongs to the caller's connection, and what its `Connection` names.
pub fn strip(request: &mut RequestHeader) {
    if request.headers.contains_key(CONNECTION) {
        let names: Vec<HeaderName> = nominated(&request.headers)
            .filter_map(|name| HeaderName::from_bytes(name).ok())
            .collect();
        for name in &names {
            request.remove_header(name);
        }
    }
    for name in &OF_THE_CONNECTION {
        request.remove_header(name);
    }
}

/// Appends the head as it goes out.
///
/// # Errors
///
/// When the path holds a space, a line end or a NUL.
pub fn write(request: &RequestHeader, out: &mut Vec<u8>) -> Result<(), UnfitPath> {
    let path = request.raw_path();
    if path
        .iter()
        .any(|byte| matches!(byte, b'\0' | b'\n' | b'\r' | b' '))
    {
        return Err(UnfitPath);
    }
    out.put_slice(request.method.as_str().as_bytes());
    out.put_u8(b' ');
    out.put_slice(path);
    out.put_slice(b" HTTP/1.1\r\n");
    request.header_to_h1_wire(out);
    out.put_slice(b"\r\n");
    Ok(())
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
        let mut sent = request(&[
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
            ("aCCept", "*/*"),
        ]);
        assert!(is_connection_plain(&sent.headers));
        strip(&mut sent);
        let mut wire = Vec::new();
        write(&sent, &mut wire).unwrap();
        let wire = String::from_utf8(wire).unwrap();
        assert_eq!(
            wire,
            "GET /a?b HTTP/1.1\r\nHost: a.test\r\naCCept: */*\r\n\r\n"
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
    fn a_path_cannot_hold_a_second_request() {
        let mut sent = request(&[]);
        for path in [&b"/a HTTP/1.1\r\nX: 1"[..], b"/\xff\r\nX: 1", b"/\0"] {
            assert!(sent.set_raw_path(path).is_err(), "{path:?}");
        }
    }
}
