//! The head of a caller's request, where it has one reading and nothing that is not seen every day. Everything else is left to a
//! reader that knows all of HTTP/1, and what to say about it.

use std::mem::MaybeUninit;
use std::ops::Range;

use bytes::Bytes;
use http::{Method, Version};
use httparse::{Header, Request, Status};
use memchr::memchr_iter;
use pingora_http::{RequestHeader, header_value_from_raw};

use crate::fields::Fields;

/// Headers at the most.
const HEADERS_MOST: usize = 64;

/// What the bytes at the front of a connection are.
#[derive(Debug)]
pub enum Arrival {
    /// Not yet all of a head.
    Partial,
    /// Not for this reader: malformed, or out of the ordinary.
    Odd,
    /// A request.
    Plain(Box<Asked>),
}

/// The head of a request. Its target begins with `/`, it names one host, has no transfer coding, expects nothing and stays with
/// HTTP/1.1; every line ends with CR LF.
#[derive(Debug)]
pub struct Asked {
    /// Method, target and headers.
    pub header: RequestHeader,
    /// The headers as they came.
    pub fields: Fields,
    /// The bytes, of which names and values are parts.
    pub raw: Bytes,
    /// How many bytes of a body follow.
    pub body: u64,
    /// Whether the caller wants to keep the connection.
    pub keeps: bool,
}

/// Reads what came; nothing is taken away.
pub fn read(input: &[u8]) -> Arrival {
    let mut fields = [const { MaybeUninit::uninit() }; HEADERS_MOST];
    let mut parsed = Request::new(&mut []);
    match parsed.parse_with_uninit_headers(input, &mut fields) {
        Ok(Status::Complete(length)) => {
            let head = &input[..length];
            plain(&parsed, head).map_or(Arrival::Odd, |asked| Arrival::Plain(Box::new(asked)))
        }
        Ok(Status::Partial) if is_begun_well(input) => Arrival::Partial,
        Ok(Status::Partial) | Err(_) => Arrival::Odd,
    }
}

/// An empty line may not come first.
fn is_begun_well(input: &[u8]) -> bool {
    input.first().is_none_or(u8::is_ascii_uppercase)
}

fn plain(parsed: &Request<'_, '_>, head: &[u8]) -> Option<Asked> {
    let method = method(parsed.method?)?;
    let path = parsed.path?;
    let is_plain = parsed.version == Some(1)
        && is_begun_well(head)
        && path.starts_with('/')
        && path.is_ascii()
        && !path.contains('#')
        && memchr_iter(b'\n', head).all(|at| at > 0 && head[at - 1] == b'\r');
    if !is_plain {
        return None;
    }
    let raw = Bytes::copy_from_slice(head);
    let count = parsed.headers.len();
    let mut asked = Asked {
        header: RequestHeader::build_no_case(method, path.as_bytes(), Some(count)).ok()?,
        fields: Fields::new(raw.clone(), count),
        raw: raw.clone(),
        body: 0,
        keeps: true,
    };
    asked.header.set_version(Version::HTTP_11);
    let mut seen = Seen::default();
    for field in parsed.headers.iter() {
        seen.note(field, &mut asked)?;
        let name = place(field.name.as_bytes(), head);
        let value = place(field.value, head);
        asked.fields.push(&name, &value);
        let value = header_value_from_raw(raw.slice(value));
        asked.header.append_header(raw.slice(name), value).ok()?;
    }
    seen.host.then_some(asked)
}

/// Where in a head a part of it is.
pub(crate) fn place(part: &[u8], head: &[u8]) -> Range<usize> {
    // an empty one need not point into the head
    if part.is_empty() {
        return 0..0;
    }
    let from = (part.as_ptr() as usize).wrapping_sub(head.as_ptr() as usize);
    from..from + part.len()
}

/// The methods of every day. Another one is a method as well, and read elsewhere.
fn method(name: &str) -> Option<Method> {
    Some(match name {
        "GET" => Method::GET,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "DELETE" => Method::DELETE,
        "PATCH" => Method::PATCH,
        "HEAD" => Method::HEAD,
        "OPTIONS" => Method::OPTIONS,
        _ => return None,
    })
}

#[derive(Default)]
struct Seen {
    host: bool,
    length: bool,
}

impl Seen {
    /// What a header says about the connection and the body; `None` where that is out of the ordinary.
    fn note(&mut self, field: &Header<'_>, asked: &mut Asked) -> Option<()> {
        let is = |name: &str| field.name.eq_ignore_ascii_case(name);
        match field.name.len() {
            4 if is("host") && std::mem::replace(&mut self.host, true) => return None,
            6 if is("expect") => return None,
            7 if is("upgrade") || is("trailer") => return None,
            10 if is("connection") => {
                asked.keeps = if field.value.eq_ignore_ascii_case(b"close") {
                    false
                } else if field.value.eq_ignore_ascii_case(b"keep-alive") {
                    asked.keeps
                } else {
                    return None;
                };
            }
            14 if is("content-length") => {
                if std::mem::replace(&mut self.length, true) {
                    return None;
                }
                asked.body = number(field.value)?;
            }
            14 if is("http2-settings") => return None,
            17 if is("transfer-encoding") => return None,
            _ => {}
        }
        Some(())
    }
}

/// A number of digits and nothing else.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    let are_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits)
        .ok()
        .filter(|_| are_digits)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<Box<Asked>> {
        match read(text.as_bytes()) {
            Arrival::Plain(asked) => Some(asked),
            Arrival::Partial | Arrival::Odd => None,
        }
    }

    #[test]
    fn a_plain_request_is_read() {
        let head = "PUT /a?b=c HTTP/1.1\r\nHost: a.test\r\nX-oDD:  1 \r\ncontent-length: 3\r\nConnection: Close\r\n\r\n";
        let found = asked(&format!("{head}abcGET")).unwrap();
        assert_eq!(found.raw, head);
        assert_eq!((found.body, found.keeps), (3, false));
        assert_eq!(found.header.method, Method::PUT);
        assert_eq!(found.header.raw_path(), b"/a?b=c");
        assert_eq!(found.header.headers["x-odd"], "1");
        let mut lines = Vec::new();
        found.fields.write(&mut lines);
        let expected = "Host: a.test\r\nX-oDD: 1\r\ncontent-length: 3\r\nConnection: Close\r\n";
        assert_eq!(String::from_utf8(lines).unwrap(), expected);
        for cut in 0..head.len() {
            let found = read(&head.as_bytes()[..cut]);
            assert!(matches!(found, Arrival::Partial), "{cut}: {found:?}");
        }
    }

    #[test]
    fn everything_else_is_left_to_another_reader() {
        let good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        assert!(asked(good).is_some());
        for odd in [
            "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
            "LINK / HTTP/1.1\r\nHost: a\r\n\r\n",
            "get / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTrailer: X\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHTTP2-Settings: X\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Mine\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\u{16}\u{3}\u{1}",
        ] {
            let found = read(odd.as_bytes());
            assert!(matches!(found, Arrival::Odd), "{odd:?}: {found:?}");
        }
        let many = "X: 1\r\n".repeat(HEADERS_MOST);
        assert!(asked(&format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n")).is_none());
    }

    #[test]
    fn a_connection_that_ends_once_ends() {
        let both =
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n";
        assert!(!asked(both).unwrap().keeps);
    }
}
