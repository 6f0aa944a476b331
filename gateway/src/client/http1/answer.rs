//! An answer as bytes (RFC 9112): its head, and how its body is framed.

use gateway_wire::fields::{Lines, write_line};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{StatusCode, Version};
use pingora::protocols::http::date::get_cached_date;

/// How the body of an answer is framed, and how much of it is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// There is none, or all of it is out.
    None,
    /// So many bytes are to come.
    Length(u64),
    /// In chunks.
    Chunked,
    /// The end of the connection ends it.
    Close,
}

impl Body {
    /// As the head says (RFC 9112 section 6.3).
    pub(super) fn of(status: StatusCode, lines: &impl Lines, has_body: bool) -> Self {
        let is_bare = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if is_bare || !has_body {
            return Self::None;
        }
        if lines.has(&TRANSFER_ENCODING) {
            return Self::Chunked;
        }
        let length = lines.value(&CONTENT_LENGTH);
        match length.and_then(|length| std::str::from_utf8(length).ok()?.parse().ok()) {
            Some(0) => Self::None,
            Some(length) => Self::Length(length),
            None => Self::Close,
        }
    }

    /// Before so many bytes of it.
    pub(super) fn begin(&self, length: usize, out: &mut Vec<u8>) {
        if *self == Self::Chunked && length > 0 {
            out.extend_from_slice(format!("{length:X}\r\n").as_bytes());
        }
    }

    /// After them.
    pub(super) fn end(&mut self, length: usize, is_end: bool, out: &mut Vec<u8>) {
        match self {
            Self::Chunked => {
                if length > 0 {
                    out.extend_from_slice(b"\r\n");
                }
                if is_end {
                    out.extend_from_slice(b"0\r\n\r\n");
                    *self = Self::None;
                }
            }
            Self::Length(left) => {
                *left = left.saturating_sub(length as u64);
                if *left == 0 {
                    *self = Self::None;
                }
            }
            Self::None | Self::Close => {}
        }
    }

    pub(super) fn is_done(self) -> bool {
        self == Self::None
    }
}

/// The first line of an answer.
pub(super) struct Start<'h> {
    pub(super) version: Version,
    pub(super) status: StatusCode,
    pub(super) reason: &'h str,
}

/// Appends a head, with the date and what becomes of the connection: in the place of the upstream's, or at the end.
pub(super) fn head(start: &Start<'_>, lines: &impl Lines, keeps: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(match start.version {
        Version::HTTP_10 => b"HTTP/1.0 ",
        _ => b"HTTP/1.1 ",
    });
    out.extend_from_slice(start.status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(start.reason.as_bytes());
    out.extend_from_slice(b"\r\n");
    // an interim answer says neither
    let interim = start.status.is_informational();
    let (mut dated, mut connected) = (interim, interim);
    lines.each(&mut |name, value| {
        let is = |known: &[u8]| !interim && name.eq_ignore_ascii_case(known);
        match name.len() {
            4 if is(b"date") => {
                if !std::mem::replace(&mut dated, true) {
                    date(out);
                }
            }
            10 if is(b"connection") => {
                if !std::mem::replace(&mut connected, true) {
                    connection(keeps, out);
                }
            }
            _ => write_line(name, value, out),
        }
    });
    if !dated {
        date(out);
    }
    if !connected {
        connection(keeps, out);
    }
    out.extend_from_slice(b"\r\n");
}

fn date(out: &mut Vec<u8>) {
    out.extend_from_slice(b"Date: ");
    out.extend_from_slice(get_cached_date().as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn connection(keeps: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if keeps {
        b"Connection: keep-alive\r\n"
    } else {
        b"Connection: close\r\n"
    });
}
