//! The one canonical path: what is routed, authorised and forwarded is the same string, and what has two readings is refused.

use thiserror::Error;

/// A path that every server on the way reads alike. It begins with `/`, is ASCII, and holds no empty or dot segments;
/// unreserved characters stand for themselves, everything else that needs it is percent-encoded in capitals.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Canonical(Box<str>);

/// Why a path was refused. The words go into the problem document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Ambiguity {
    /// `OPTIONS *`, an authority, or nothing.
    #[error("the path does not begin with a slash")]
    NotAbsolute,
    /// `%` without two hexadecimal digits.
    #[error("a % is not followed by two hexadecimal digits")]
    BadEncoding,
    /// `%2f`
    #[error("the path holds an encoded slash (%2F)")]
    EncodedSlash,
    /// `\` or `%5c`
    #[error("the path holds a backslash")]
    Backslash,
    /// `%00`, `%0a`, a raw control character.
    #[error("the path holds a control character")]
    Control,
    /// `%2e`
    #[error("the path holds an encoded dot (%2E)")]
    EncodedDot,
    /// `.` or `..`
    #[error("the path holds a segment of dots only")]
    DotSegment,
    /// `//`
    #[error("the path holds an empty segment (//)")]
    EmptySegment,
    /// `;`
    #[error("the path holds a semicolon; path parameters are not taken")]
    Semicolon,
    /// Bytes that are no UTF-8 text, encoded or not.
    #[error("the path is not UTF-8 text")]
    NotUtf8,
    /// `#` or `?` inside the path.
    #[error("the path holds a # or ? that is not encoded")]
    Delimiter,
}

impl Canonical {
    /// Reads the path of a request target (without query), as it came off the wire.
    pub fn parse(raw: &[u8]) -> Result<Self, Ambiguity> {
        if raw.first() != Some(&b'/') {
            return Err(Ambiguity::NotAbsolute);
        }
        if is_plain(raw) {
            let text = std::str::from_utf8(raw).map_err(|_| Ambiguity::NotUtf8)?;
            return check_segments(text).map(|()| Self(text.into()));
        }
        let decoded = decode(raw)?;
        // UTF-8 is judged over the decoded whole: an overlong or cut sequence has two readings.
        let bytes: Vec<u8> = decoded.iter().map(|(byte, _)| *byte).collect();
        std::str::from_utf8(&bytes).map_err(|_| Ambiguity::NotUtf8)?;
        let mut text = String::with_capacity(raw.len());
        for (byte, was_encoded) in decoded {
            if is_unreserved(byte) || (!was_encoded && is_allowed_raw(byte)) {
                text.push(char::from(byte));
            } else {
                push_encoded(&mut text, byte);
            }
        }
        check_segments(&text)?;
        Ok(Self(text.into()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same.
    pub fn into_string(self) -> String {
        self.0.into()
    }
}

/// Writes text that people typed (a route's path) in the canonical spelling; encoded triplets in it stay, in capitals.
pub(crate) fn canonical_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        let hex = bytes.get(i + 1).zip(bytes.get(i + 2));
        match hex.and_then(|(a, b)| Some((nibble(*a)?, nibble(*b)?))) {
            Some((high, low)) if byte == b'%' => {
                let decoded = high << 4 | low;
                if is_unreserved(decoded) {
                    out.push(char::from(decoded));
                } else {
                    push_encoded(&mut out, decoded);
                }
                i += 3;
            }
            _ => {
                if is_unreserved(byte) || is_allowed_raw(byte) {
                    out.push(char::from(byte));
                } else {
                    push_encoded(&mut out, byte);
                }
                i += 1;
            }
        }
    }
    out
}

/// Whether nothing needs decoding or encoding: the usual path, checked without a copy.
fn is_plain(raw: &[u8]) -> bool {
    raw.iter().all(|b| is_unreserved(*b) || is_allowed_raw(*b))
}

/// RFC 3986, section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What may stand unencoded besides: the sub-delimiters without `;`, and `:` `@` `/` (RFC 3986, section 3.3).
fn is_allowed_raw(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' | b':' | b'@' | b'/'
    )
}

/// The bytes that the path means, each with whether it was encoded.
fn decode(raw: &[u8]) -> Result<Vec<(u8, bool)>, Ambiguity> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut i = 0;
    while i < raw.len() {
        let byte = raw[i];
        if byte == b'%' {
            let (high, low) = raw
                .get(i + 1)
                .zip(raw.get(i + 2))
                .and_then(|(a, b)| Some((nibble(*a)?, nibble(*b)?)))
                .ok_or(Ambiguity::BadEncoding)?;
            decoded.push((check_encoded(high << 4 | low)?, true));
            i += 3;
        } else {
            decoded.push((check_raw(byte)?, false));
            i += 1;
        }
    }
    Ok(decoded)
}

fn check_encoded(byte: u8) -> Result<u8, Ambiguity> {
    match byte {
        b'/' => Err(Ambiguity::EncodedSlash),
        b'\\' => Err(Ambiguity::Backslash),
        b'.' => Err(Ambiguity::EncodedDot),
        0..=0x1f | 0x7f => Err(Ambiguity::Control),
        _ => Ok(byte),
    }
}

fn check_raw(byte: u8) -> Result<u8, Ambiguity> {
    match byte {
        b'\\' => Err(Ambiguity::Backslash),
        b';' => Err(Ambiguity::Semicolon),
        b'#' | b'?' => Err(Ambiguity::Delimiter),
        0..=0x1f | 0x7f => Err(Ambiguity::Control),
        _ => Ok(byte),
    }
}

/// Segments may be empty only at the end (`/a/`), and never consist of one or two dots.
fn check_segments(text: &str) -> Result<(), Ambiguity> {
    let is_encoded = text.contains('%');
    let mut segments = text[1..].split('/').peekable();
    while let Some(segment) = segments.next() {
        // some servers decode first and cut parameters off then
        let named = if is_encoded {
            segment.split("%3B").next().unwrap_or_default()
        } else {
            segment
        };
        match named {
            "" if !segment.is_empty() => return Err(Ambiguity::Semicolon),
            "" if segments.peek().is_some() => return Err(Ambiguity::EmptySegment),
            "." | ".." => return Err(Ambiguity::DotSegment),
            _ => {}
        }
    }
    Ok(())
}

fn nibble(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

fn push_encoded(text: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    text.push(char::from(HEX[usize::from(byte >> 4)]));
    text.push(char::from(HEX[usize::from(byte & 0x0f)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, canonical: Result<&str, Ambiguity>) {
        let parsed = Canonical::parse(raw.as_bytes());
        assert_eq!(
            parsed.as_ref().map(Canonical::as_str),
            canonical.as_ref().copied(),
            "{raw}"
        );
        if let Ok(path) = parsed {
            let again = Canonical::parse(path.as_str().as_bytes());
            assert_eq!(
                again.as_ref(),
                Ok(&path),
                "canonical once is canonical for good: {raw}"
            );
            assert_eq!(canonical_text(path.as_str()), path.as_str(), "{raw}");
        }
    }

    #[test]
    fn plain_paths_stay_as_they_are() {
        for path in [
            "/",
            "/a",
            "/a/",
            "/a/b.c/~d_e-f",
            "/a:b/@c/!$&'()*+,=",
            "/...",
            "/a..b",
            "/.well-known/x",
        ] {
            check(path, Ok(path));
        }
    }

    #[test]
    fn spellings_of_one_path_become_one() {
        check("/%61%62%7e", Ok("/ab~"));
        check("/a%3ab", Ok("/a%3Ab"));
        check("/m%c3%bcller", Ok("/m%C3%BCller"));
        check("/müller", Ok("/m%C3%BCller"));
        check("/a b{c}|\"<>^`", Ok("/a%20b%7Bc%7D%7C%22%3C%3E%5E%60"));
        check("/a%3Bb", Ok("/a%3Bb"));
        check("/100%25", Ok("/100%25"));
        check("/%252f", Ok("/%252f")); // an encoded percent sign is data
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        for (raw, reason) in [
            ("", Ambiguity::NotAbsolute),
            ("*", Ambiguity::NotAbsolute),
            ("a/b", Ambiguity::NotAbsolute),
            ("/a%2fb", Ambiguity::EncodedSlash),
            ("/a%2Fb", Ambiguity::EncodedSlash),
            ("/a%5cb", Ambiguity::Backslash),
            ("/a\\b", Ambiguity::Backslash),
            ("/a%00b", Ambiguity::Control),
            ("/a%0d%0ab", Ambiguity::Control),
            ("/a\u{7f}", Ambiguity::Control),
            ("/a%2eb", Ambiguity::EncodedDot),
            ("/%2E%2E/b", Ambiguity::EncodedDot),
            ("/./a", Ambiguity::DotSegment),
            ("/a/..", Ambiguity::DotSegment),
            ("/../a", Ambiguity::DotSegment),
            ("//a", Ambiguity::EmptySegment),
            ("/a//b", Ambiguity::EmptySegment),
            ("/a//", Ambiguity::EmptySegment),
            ("/a;b=c/d", Ambiguity::Semicolon),
            ("/a/%3Bb/d", Ambiguity::Semicolon),
            ("/a/..%3bb/d", Ambiguity::DotSegment),
            ("/a%", Ambiguity::BadEncoding),
            ("/a%4", Ambiguity::BadEncoding),
            ("/a%zz", Ambiguity::BadEncoding),
            ("/a%+1", Ambiguity::BadEncoding),
            ("/a%c3", Ambiguity::NotUtf8),
            ("/a%c0%af", Ambiguity::NotUtf8),
            ("/a%ed%a0%80", Ambiguity::NotUtf8),
            ("/a?b", Ambiguity::Delimiter),
            ("/a#b", Ambiguity::Delimiter),
        ] {
            check(raw, Err(reason));
        }
        assert_eq!(Canonical::parse(b"/a\xff"), Err(Ambiguity::NotUtf8));
    }

    #[test]
    fn every_pair_of_bytes_is_canonical_or_refused() {
        for a in 0..=255_u8 {
            for b in 0..=255_u8 {
                let Ok(path) = Canonical::parse(&[b'/', a, b]) else {
                    continue;
                };
                let text = path.as_str();
                assert!(text.starts_with('/') && text.is_ascii(), "{text}");
                assert!(
                    !text.contains(['\\', ';', '?', '#']) && !text.contains("//"),
                    "{text}"
                );
                assert_eq!(Canonical::parse(text.as_bytes()), Ok(path.clone()));
            }
        }
    }
}
