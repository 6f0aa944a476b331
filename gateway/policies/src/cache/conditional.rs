//! What a stored answer says to a request with conditions or a range (RFC 9110, sections 13 and 14).

use bytes::Bytes;
use domain::Timestamp;
use http::header::{
    ACCEPT_RANGES, CONTENT_RANGE, DATE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::freshness::date;

/// What of the stored answer the caller gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// Nothing: what the caller has is current.
    NotModified,
    /// These bytes, with this `Content-Range`.
    Range(Bytes, HeaderValue),
    /// There are no such bytes.
    Unsatisfiable(HeaderValue),
}

/// Decides for a stored answer of this status, these headers and this body.
pub(super) fn part(
    method: &Method,
    request: &HeaderMap,
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
) -> Part {
    if status == StatusCode::OK && is_current(request, headers) {
        return Part::NotModified;
    }
    if method != Method::GET || status != StatusCode::OK || !request.contains_key(RANGE) {
        return Part::Whole;
    }
    if request.contains_key(IF_RANGE) && !is_same(request, headers) {
        return Part::Whole;
    }
    range(request, body)
}

/// `If-None-Match` before `If-Modified-Since` (RFC 9110, section 13.2.2).
fn is_current(request: &HeaderMap, stored: &HeaderMap) -> bool {
    if request.contains_key(IF_NONE_MATCH) {
        let own = stored.get(ETAG).and_then(|etag| etag.to_str().ok());
        return request
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .any(|line| line.trim() == "*" || tags(line).any(|tag| Some(tag) == own.map(opaque)));
    }
    match date(request, &IF_MODIFIED_SINCE) {
        Some(since) => changed(stored).is_some_and(|changed| changed <= since),
        None => false,
    }
}

/// When the stored answer last changed; without a word of it, when it was made (RFC 9111, section 4.3.2).
fn changed(stored: &HeaderMap) -> Option<Timestamp> {
    date(stored, &LAST_MODIFIED).or_else(|| date(stored, &DATE))
}

/// `If-Range`: a strong tag, or the very date (RFC 9110, section 13.1.5).
fn is_same(request: &HeaderMap, stored: &HeaderMap) -> bool {
    let asked = request.get(IF_RANGE).and_then(|value| value.to_str().ok());
    let Some(asked) = asked.map(str::trim) else {
        return false;
    };
    if asked.contains('"') {
        let own = stored.get(ETAG).and_then(|etag| etag.to_str().ok());
        return !asked.starts_with("W/") && own == Some(asked);
    }
    let own = date(stored, &LAST_MODIFIED);
    own.is_some() && own == super::freshness::date_of(asked)
}

/// The opaque tags of a list, weak or strong alike.
fn tags(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let begin = rest.find('"')?;
        let end = begin + 1 + rest[begin + 1..].find('"')?;
        let tag = &rest[begin..=end];
        rest = &rest[end + 1..];
        Some(tag)
    })
}

/// A tag without its weakness: conditions of reading compare weakly (RFC 9110, section 8.8.3.2).
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// One range; several at once, and other units, get the whole, as RFC 9110 allows (section 14.2).
fn range(request: &HeaderMap, body: &Bytes) -> Part {
    let mut lines = request.get_all(RANGE).iter();
    let line = lines.next().and_then(|line| line.to_str().ok());
    let set = line.and_then(|line| line.trim().strip_prefix("bytes="));
    let (Some(set), None) = (set, lines.next()) else {
        return Part::Whole;
    };
    let Some((from, to)) = set.trim().split_once('-') else {
        return Part::Whole;
    };
    let is_number = |text: &str| text.is_empty() || text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(from) || !is_number(to) {
        return Part::Whole;
    }
    let length = body.len();
    let number = |text: &str| text.parse::<usize>().unwrap_or(usize::MAX);
    let (begin, end) = match (from.is_empty(), to.is_empty()) {
        (true, true) => return Part::Whole,
        (true, false) => (length.saturating_sub(number(to)), length),
        (false, true) => (number(from), length),
        (false, false) if number(to) < number(from) => return Part::Whole,
        (false, false) => (number(from), number(to).saturating_add(1).min(length)),
    };
    if begin >= end {
        return Part::Unsatisfiable(text(format!("bytes */{length}")));
    }
    let place = text(format!("bytes {begin}-{}/{length}", end - 1));
    Part::Range(body.slice(begin..end), place)
}

fn text(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("digits and punctuation")
}

/// What a 304 repeats of the stored headers (RFC 9110, section 15.4.5).
pub(super) fn is_of_not_modified(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "cache-control"
            | "content-location"
            | "date"
            | "etag"
            | "expires"
            | "last-modified"
            | "vary"
            | "age"
            | "cache-status"
    )
}

/// Headers of an answer to a range.
pub(super) fn range_headers(place: HeaderValue) -> [(HeaderName, HeaderValue); 2] {
    [
        (CONTENT_RANGE, place),
        (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn decide(request: &[(&str, &str)], stored: &[(&str, &str)]) -> Part {
        let body = Bytes::from_static(b"0123456789");
        let (request, stored) = (headers(request), headers(stored));
        part(&Method::GET, &request, StatusCode::OK, &stored, &body)
    }

    #[test]
    fn tags_decide_before_dates() {
        const WEAK: &[(&str, &str)] = &[
            ("etag", "W/\"a,b\""),
            ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ];
        const OLD: (&str, &str) = ("if-modified-since", "Sun, 06 Nov 1984 08:49:37 GMT");
        const NEW: (&str, &str) = ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (request, current) in [
            (&[("if-none-match", "\"a,b\"")][..], true),
            (&[("if-none-match", "\"x\", W/\"a,b\"")], true),
            (&[("if-none-match", "*")], true),
            (&[("if-none-match", "\"x\"")], false),
            (&[("if-none-match", "\"x\""), NEW], false),
            (&[("if-none-match", "\"a,b\""), OLD], true),
            (&[NEW], true),
            (&[OLD], false),
            (&[("if-modified-since", "yesterday")], false),
            (&[], false),
        ] {
            let found = decide(request, WEAK) == Part::NotModified;
            assert_eq!(found, current, "{request:?}");
        }
        // without Last-Modified the date of the answer stands in
        let dated = decide(&[NEW], &[("date", "Sun, 06 Nov 1994 08:49:30 GMT")]);
        assert_eq!(dated, Part::NotModified);
    }

    #[test]
    fn one_range_is_cut_out() {
        for (asked, expected) in [
            ("bytes=2-4", Some(("234", "bytes 2-4/10"))),
            ("bytes=7-", Some(("789", "bytes 7-9/10"))),
            ("bytes=-3", Some(("789", "bytes 7-9/10"))),
            ("bytes=-30", Some(("0123456789", "bytes 0-9/10"))),
            ("bytes=8-99", Some(("89", "bytes 8-9/10"))),
            ("bytes=4-2", None),
            ("bytes=1-2,4-5", None),
            ("lines=1-2", None),
            ("bytes=-", None),
            ("bytes=a-b", None),
        ] {
            let found = decide(&[("range", asked)], &[]);
            match (expected, &found) {
                (Some((body, place)), Part::Range(cut, at)) => {
                    assert_eq!((&cut[..], at.to_str().unwrap()), (body.as_bytes(), place));
                }
                (None, Part::Whole) => {}
                _ => panic!("{asked}: {found:?}"),
            }
        }
        for asked in ["bytes=10-", "bytes=-0", "bytes=99999999999999999999-"] {
            let found = decide(&[("range", asked)], &[]);
            assert_eq!(found, Part::Unsatisfiable("bytes */10".parse().unwrap()));
        }
    }

    #[test]
    fn if_range_wants_the_very_same() {
        const STORED: &[(&str, &str)] = &[
            ("etag", "\"a\""),
            ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ];
        for (asked, cut) in [
            ("\"a\"", true),
            ("W/\"a\"", false),
            ("\"b\"", false),
            ("Sun, 06 Nov 1994 08:49:37 GMT", true),
            ("Sun, 06 Nov 1994 08:49:38 GMT", false),
        ] {
            let found = decide(&[("range", "bytes=1-2"), ("if-range", asked)], STORED);
            assert_eq!(matches!(found, Part::Range(..)), cut, "{asked}");
        }
        let weak = decide(
            &[("range", "bytes=1-2"), ("if-range", "W/\"a\"")],
            &[("etag", "W/\"a\"")],
        );
        assert_eq!(weak, Part::Whole);
    }
}
