//! What a request must be before anybody looks at what it wants: one reading, bounded, well formed.
//!
//! Pingora refuses most of what is broken (differing lengths, obs-fold, bad transfer codings, conflicting authorities).
//! Here is what it lets through although two servers could read it differently.

use bytes::Bytes;
use domain::refusal::Refusal;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, Method, Version};

use crate::config::Limits;
use crate::problem::Problem;

/// Headers of which there is at most one. A second one is read by some servers, and not by others.
const SINGLE: [HeaderName; 6] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    EXPECT,
];
/// The first of them, of which a plain request may still have two.
const SINGLE_OF_PLAIN: usize = 2;

/// What is looked at.
pub(crate) struct Facts<'a> {
    pub(crate) method: &'a Method,
    pub(crate) version: Version,
    /// The path and query, without scheme and authority.
    pub(crate) target: &'a str,
    pub(crate) headers: &'a HeaderMap,
    /// How it arrived.
    pub(crate) head: &'a Arrived,
}

/// How the head of a request arrived.
#[derive(Debug)]
pub(crate) enum Arrived {
    /// Over HTTP/1, as these bytes.
    Bytes(Bytes),
    /// The same, and a reader of plain requests has seen to its lines and its framing ([`gateway_wire::arrival`]).
    Plain(usize),
    /// In frames of HTTP/2.
    Frames,
}

/// Refuses what is not one well-formed request.
pub(crate) fn check(facts: &Facts<'_>, limits: &Limits) -> Result<(), Problem> {
    sizes(facts, limits)?;
    if let Arrived::Bytes(raw) = facts.head {
        lines(raw)?;
        request_line(raw)?;
        framing(raw, facts.headers)?;
    }
    let mut single = match facts.head {
        Arrived::Plain(_) => SINGLE[..SINGLE_OF_PLAIN].iter(),
        Arrived::Bytes(_) | Arrived::Frames => SINGLE.iter(),
    };
    if let Some(name) = single.find(|name| repeated(facts.headers, name)) {
        return Err(malformed(format!("there is more than one `{name}` header")));
    }
    host(facts)?;
    if matches!(facts.method.as_str(), "CONNECT" | "TRACE" | "TRACK") {
        return Err(Problem::new(Refusal::MethodNotAllowed)
            .with_detail(format!("{} is never passed on", facts.method))
            .closing());
    }
    if !facts.target.starts_with('/') {
        return Err(malformed("the request's target is not a path"));
    }
    if let Some(expect) = facts.headers.get(EXPECT)
        && !expect.as_bytes().eq_ignore_ascii_case(b"100-continue")
    {
        return Err(malformed("only `100-continue` can be expected"));
    }
    Ok(())
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(Refusal::BadRequest)
        .with_detail(detail)
        .closing()
}

fn repeated(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get_all(name).iter().nth(1).is_some()
}

fn sizes(facts: &Facts<'_>, limits: &Limits) -> Result<(), Problem> {
    let too_large = |detail: String| {
        Problem::new(Refusal::HeadersTooLarge)
            .with_detail(detail)
            .closing()
    };
    if facts.headers.len() > limits.headers {
        return Err(too_large(format!(
            "{} headers were sent; at most {} are taken",
            facts.headers.len(),
            limits.headers
        )));
    }
    let bytes = match facts.head {
        Arrived::Bytes(raw) => raw.len(),
        Arrived::Plain(length) => *length,
        Arrived::Frames => {
            let fields = facts.headers.iter();
            fields.map(|(n, v)| n.as_str().len() + v.len() + 4).sum()
        }
    };
    if bytes > limits.header_bytes {
        return Err(too_large(format!(
            "the headers hold {bytes} bytes; at most {} are taken",
            limits.header_bytes
        )));
    }
    Ok(())
}

/// Every line ends with CRLF, and no CR stands alone (RFC 9112 section 2.2).
fn lines(raw: &[u8]) -> Result<(), Problem> {
    let mut before = 0;
    for &byte in raw {
        if (byte == b'\n') != (before == b'\r') {
            return Err(malformed("a line does not end with CR LF"));
        }
        before = byte;
    }
    Ok(())
}

/// Method, target and version with one space between them (RFC 9112 section 3), and no fragment: servers split anything
/// else in different places.
fn request_line(raw: &[u8]) -> Result<(), Problem> {
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    // a line end left over from the request before may come first
    let start = raw
        .iter()
        .position(|byte| !is_end(byte))
        .unwrap_or_default();
    let line = raw[start..].split(is_end).next().unwrap_or_default();
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let is_whole = words.len() == 3
        && words
            .iter()
            .all(|word| !word.is_empty() && !word.contains(&b'\t'));
    if is_whole && !words[1].contains(&b'#') {
        return Ok(());
    }
    Err(malformed("the request line is not well formed"))
}

/// At most one of Content-Length and Transfer-Encoding, and the coding is `chunked` alone. Pingora has removed the
/// length of a request with both, so the bytes that arrived are asked.
fn framing(raw: &[u8], headers: &HeaderMap) -> Result<(), Problem> {
    if let Some(coding) = headers.get(TRANSFER_ENCODING) {
        if !coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
            return Err(malformed("the only transfer coding taken is `chunked`"));
        }
        if field_lines(raw).any(|line| begins_with_name(line, b"content-length")) {
            return Err(malformed("both a length and a transfer coding were sent"));
        }
    }
    if let Some(length) = headers.get(CONTENT_LENGTH)
        && (length.is_empty() || !length.as_bytes().iter().all(u8::is_ascii_digit))
    {
        return Err(malformed("the body's length is not one number"));
    }
    Ok(())
}

fn field_lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    raw.split(|byte| *byte == b'\n').skip(1)
}

fn begins_with_name(line: &[u8], name: &[u8]) -> bool {
    line.len() > name.len()
        && line[..name.len()].eq_ignore_ascii_case(name)
        && matches!(line[name.len()], b':' | b' ' | b'\t')
}

fn host(facts: &Facts<'_>) -> Result<(), Problem> {
    let Some(host) = facts.headers.get(HOST) else {
        // HTTP/2 carries it as the authority; Pingora has checked that one
        return if facts.version == Version::HTTP_2 {
            Ok(())
        } else {
            Err(malformed("the request names no host"))
        };
    };
    let named = host.as_bytes();
    let allowed =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    if named.is_empty() || !named.iter().all(allowed) {
        return Err(malformed("the request names no valid host"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_raw(raw: &str) -> Option<&'static str> {
        let (head, fields) = raw.split_once('\n').unwrap();
        let target = head.split(' ').nth(1).unwrap();
        let method = head.split(' ').next().unwrap().parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in fields.split('\n') {
            if let Some((name, value)) = line.trim().split_once(':') {
                headers.append(
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    value.trim().parse().unwrap(),
                );
            }
        }
        let facts = Facts {
            method: &method,
            version: Version::HTTP_11,
            target,
            headers: &headers,
            head: &Arrived::Bytes(Bytes::copy_from_slice(raw.as_bytes())),
        };
        let limits = Limits {
            headers: 5,
            header_bytes: 200,
            ..Limits::default()
        };
        check(&facts, &limits).err().map(|p| p.refusal.as_str())
    }

    #[test]
    fn takes_an_ordinary_request() {
        assert_eq!(
            check_raw("GET /a HTTP/1.1\r\nHost: a.test:80\r\n\r\n"),
            None
        );
    }

    #[test]
    fn refuses_two_readings() {
        for raw in [
            "GET /a HTTP/1.1\nHost: a\r\n\r\n",
            "GET /a HTTP/1.1\r\nHost: a\n\r\n",
            "GET /a HTTP/1.1\r\nA: b\r\n\r\n",
            "GET /a HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET /a HTTP/1.1\r\nHost: a b\r\n\r\n",
            "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET  /a HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a  HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\ncontent-length: 3\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n",
        ] {
            assert_eq!(check_raw(raw), Some("bad_request"), "{raw:?}");
        }
        assert_eq!(
            check_raw("TRACE /a HTTP/1.1\r\nHost: a\r\n\r\n"),
            Some("method_not_allowed")
        );
    }

    #[test]
    fn refuses_floods() {
        let many = "X: y\r\n".repeat(6);
        assert_eq!(
            check_raw(&format!("GET /a HTTP/1.1\r\nHost: a\r\n{many}\r\n")),
            Some("headers_too_large")
        );
        let long = "y".repeat(200);
        assert_eq!(
            check_raw(&format!("GET /a HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n")),
            Some("headers_too_large")
        );
    }
}
