//! The head of an answer (RFC 9112), and what it says about the bytes behind it.

use std::mem::MaybeUninit;
use std::ops::Range;

use bytes::{Buf as _, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderName, Method, StatusCode, Version};
use httparse::{ParserConfig, Response, Status};
use memchr::memchr2;
use pingora_http::header_value_from_raw;
use smallvec::SmallVec;
use thiserror::Error;

use crate::arrival::{number, place};
use crate::body::Framing;
use crate::fields::{Fields, Lines as _, lines_of_fields};

/// Headers of an answer at the most.
pub const HEADERS_MOST: usize = 256;
/// Bytes of a head at the most.
pub const BYTES_MOST: usize = 256 * 1024;

/// The head of an answer.
#[derive(Debug)]
pub struct Head {
    /// Its status.
    pub status: StatusCode,
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
    /// The words behind the status, where they are not the usual ones.
    pub reason: Option<Box<str>>,
    /// Its headers.
    pub fields: Fields,
    /// Where the body ends.
    pub framing: Framing,
    /// Whether the connection can carry another request once the body is read.
    pub keeps: bool,
}

lines_of_fields!(Head);

impl Head {
    /// The words behind the status.
    pub fn reason(&self) -> &str {
        let usual = self.status.canonical_reason();
        self.reason.as_deref().or(usual).unwrap_or_default()
    }
}

/// Why bytes are no head of an answer.
#[derive(Debug, Error)]
pub enum HeadError {
    /// They are not HTTP/1.
    #[error("the answer is not HTTP/1")]
    Malformed(#[source] httparse::Error),
    /// There is no end of it.
    #[error("the head is larger than {BYTES_MOST} bytes")]
    TooLarge,
    /// A name, a value or the status cannot be passed on.
    #[error("a part of the head cannot be passed on")]
    Unfit,
    /// The length is no number, or there are several.
    #[error("the length of the body is not one number")]
    Length,
    /// The body is coded in a way that is not spoken.
    #[error("the only transfer coding known is `chunked`")]
    Coding,
}

/// Takes the head of an answer to a request with this method off the front of what was read; `None` while it is not whole.
///
/// # Errors
///
/// When what was read is no head, or not one that can be passed on.
pub fn take(input: &mut BytesMut, method: &Method) -> Result<Option<Head>, HeadError> {
    let mut fields = [const { MaybeUninit::uninit() }; HEADERS_MOST];
    let mut parsed = Response::new(&mut []);
    let mut parser = ParserConfig::default();
    parser
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true);
    let status = parser
        .parse_response_with_uninit_headers(&mut parsed, input, &mut fields)
        .map_err(HeadError::Malformed)?;
    let length = match status {
        Status::Complete(length) if length <= BYTES_MOST => length,
        Status::Partial if input.len() <= BYTES_MOST => return Ok(None),
        _ => return Err(HeadError::TooLarge),
    };
    let head = head(&parsed, &input[..length])?;
    input.advance(length);
    finish(head, method).map(Some)
}

fn head(parsed: &Response<'_, '_>, bytes: &[u8]) -> Result<Head, HeadError> {
    let code = parsed.code.unwrap_or_default();
    let status = StatusCode::from_u16(code).map_err(|_| HeadError::Unfit)?;
    let reason = parsed.reason.unwrap_or_default();
    // one copy, of which every name and value is a part: what is read next needs no other place
    let mut copy = bytes.to_vec();
    let mut places = SmallVec::<[(Range<usize>, Range<usize>); 24]>::new();
    for field in parsed.headers.iter() {
        let mut value = place(field.value, bytes);
        if memchr2(b'\r', b'\n', field.value).is_some() {
            // over several lines: as one it is shorter
            let one = header_value_from_raw(Bytes::copy_from_slice(field.value));
            value.end = value.start + one.len();
            copy[value.clone()].copy_from_slice(one.as_bytes());
        }
        places.push((place(field.name.as_bytes(), bytes), value));
    }
    let mut fields = Fields::new(copy.into(), places.len() + 4);
    for (name, value) in &places {
        fields.push(name, value);
    }
    Ok(Head {
        status,
        version: match parsed.version {
            Some(0) => Version::HTTP_10,
            _ => Version::HTTP_11,
        },
        reason: (status.canonical_reason() != Some(reason)).then(|| reason.into()),
        fields,
        framing: Framing::None,
        keeps: false,
    })
}

/// Settles where the body ends (RFC 9112 section 6.3) and whether the connection is kept (section 9.3).
fn finish(mut head: Head, method: &Method) -> Result<Head, HeadError> {
    let is_coded = head.fields.has(&TRANSFER_ENCODING);
    if is_coded {
        head.fields.remove(&CONTENT_LENGTH);
    }
    let length = length(&head.fields)?;
    head.framing = if is_bare(method, head.status) {
        Framing::None
    } else if is_coded {
        if !is_chunked(&head.fields) {
            return Err(HeadError::Coding);
        }
        Framing::Chunked
    } else {
        length.map_or(Framing::Close, Framing::Length)
    };
    let is_11 = head.version == Version::HTTP_11;
    head.keeps = head.framing != Framing::Close
        && head.status != StatusCode::SWITCHING_PROTOCOLS
        && if is_11 {
            !says(&head.fields, b"close")
        } else {
            !is_coded && says(&head.fields, b"keep-alive")
        };
    Ok(head)
}

/// Whether an answer has no body, whatever its head says.
fn is_bare(method: &Method, status: StatusCode) -> bool {
    method == Method::HEAD
        || status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
}

/// The one length that all of `Content-Length` says.
fn length(fields: &Fields) -> Result<Option<u64>, HeadError> {
    let mut found = None;
    let mut is_one = true;
    each(fields, &CONTENT_LENGTH, |value| {
        for text in value.split(|byte| *byte == b',') {
            let length = number(text.trim_ascii());
            is_one &= length.is_some() && (found.is_none() || found == length);
            found = length;
        }
    });
    is_one.then_some(found).ok_or(HeadError::Length)
}

fn each(fields: &Fields, name: &HeaderName, mut see: impl FnMut(&[u8])) {
    let name = name.as_str().as_bytes();
    fields.each(&mut |of, value| {
        if of.eq_ignore_ascii_case(name) {
            see(value);
        }
    });
}

/// `chunked`, once and alone: what else is there would have to be undone first.
fn is_chunked(fields: &Fields) -> bool {
    let (mut count, mut chunked) = (0, true);
    each(fields, &TRANSFER_ENCODING, |value| {
        count += 1;
        chunked &= value.trim_ascii().eq_ignore_ascii_case(b"chunked");
    });
    count == 1 && chunked
}

fn says(fields: &Fields, word: &[u8]) -> bool {
    let mut found = false;
    each(fields, &CONNECTION, |value| {
        let mut words = value.split(|byte| *byte == b',');
        found |= words.any(|one| one.trim_ascii().eq_ignore_ascii_case(word));
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], method: &Method) -> Result<Option<Head>, HeadError> {
        let mut input = BytesMut::from(bytes);
        let found = take(&mut input, method);
        if let Ok(Some(_)) = found {
            assert_eq!(&input[..], b"rest");
        }
        found
    }

    fn framed(lines: &str) -> (Framing, bool) {
        let head = check(format!("{lines}\r\n\r\nrest").as_bytes(), &Method::GET);
        let head = head.unwrap().unwrap();
        (head.framing, head.keeps)
    }

    #[test]
    fn a_head_says_where_its_body_ends() {
        for (lines, framing, keeps) in [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 5",
                Framing::Length(5),
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 5, 5",
                Framing::Length(5),
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked",
                Framing::Chunked,
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
                Framing::Chunked,
                true,
            ),
            ("HTTP/1.1 200 OK", Framing::Close, false),
            (
                "HTTP/1.1 204 No Content\r\nContent-Length: 5",
                Framing::None,
                true,
            ),
            ("HTTP/1.1 304 Not Modified", Framing::None, true),
            ("HTTP/1.1 100 Continue", Framing::None, true),
            ("HTTP/1.1 101 Switching Protocols", Framing::None, false),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, Close",
                Framing::Length(0),
                false,
            ),
            (
                "HTTP/1.0 200 OK\r\nContent-Length: 0",
                Framing::Length(0),
                false,
            ),
            (
                "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive",
                Framing::Length(0),
                true,
            ),
            (
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive",
                Framing::Chunked,
                false,
            ),
        ] {
            assert_eq!(framed(lines), (framing, keeps), "{lines}");
        }
    }

    #[test]
    fn head_has_a_length_and_no_body() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nrest";
        let head = check(bytes, &Method::HEAD).unwrap().unwrap();
        assert_eq!((head.framing, head.keeps), (Framing::None, true));
        assert_eq!(head.fields.value(&CONTENT_LENGTH), Some(&b"5"[..]));
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        for lines in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6",
            "HTTP/1.1 200 OK\r\nContent-Length: +5",
            "HTTP/1.1 200 OK\r\nContent-Length: ",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "HTTP/2 200 OK",
            "HTTP/1.1 20 OK",
            "HTTP/1.1 200 OK\r\nna me: 1",
            "garbage",
        ] {
            let bytes = format!("{lines}\r\n\r\nrest");
            assert!(check(bytes.as_bytes(), &Method::GET).is_err(), "{lines}");
        }
    }

    #[test]
    fn names_keep_their_spelling_and_folds_become_spaces() {
        let bytes = b"HTTP/1.1 299 As It Was\r\nX-oDD: a\r\n b\r\n\r\nrest";
        let head = check(bytes, &Method::GET).unwrap().unwrap();
        assert_eq!(head.reason(), "As It Was");
        let mut wire = Vec::new();
        head.fields.write(&mut wire);
        assert_eq!(wire, b"X-oDD: a b\r\n");
    }

    #[test]
    fn a_head_without_end_is_too_large() {
        let mut bytes = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
        assert!(check(&bytes, &Method::GET).unwrap().is_none());
        bytes.resize(BYTES_MOST + 1, b'x');
        let error = check(&bytes, &Method::GET).unwrap_err();
        assert!(matches!(error, HeadError::TooLarge), "{error}");
        let many = "X: 1\r\n".repeat(HEADERS_MOST + 1);
        let bytes = format!("HTTP/1.1 200 OK\r\n{many}\r\n");
        assert!(check(bytes.as_bytes(), &Method::GET).is_err());
    }
}
