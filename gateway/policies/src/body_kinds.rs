//! What a body is, by its headers: JSON, XML, encoded, none.

use bytes::Bytes;
use domain::refusal::Refusal;
use http::header::{ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;

use crate::policy::Failure;
use crate::response::Response;
use crate::upstream::UpstreamRequest;

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// `application/json`, `...+json`.
    Json,
    /// `application/xml`, `text/xml`, `...+xml`.
    Xml,
    /// Something else, or nothing says.
    #[default]
    Other,
}

/// The media type without its parameters, in small letters.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default().trim();
    Some(essence.to_ascii_lowercase())
}

/// What the body is written in, as `Content-Type` says.
pub fn kind(headers: &HeaderMap) -> Kind {
    media_type(headers).map_or(Kind::Other, |essence| kind_of(&essence))
}

/// What a media type is written in.
pub fn kind_of(essence: &str) -> Kind {
    let subtype = essence.split_once('/').map_or("", |(_, subtype)| subtype);
    if subtype == "json" || subtype.ends_with("+json") {
        Kind::Json
    } else if subtype == "xml" || subtype.ends_with("+xml") {
        Kind::Xml
    } else {
        Kind::Other
    }
}

/// Whether the body is compressed or otherwise encoded, so that nobody can look into it here.
pub fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Whether an answer to this request has a body that is whole: not of HEAD, no 204, 304 or part.
pub fn is_whole(method: &Method, status: StatusCode) -> bool {
    method != Method::HEAD
        && !status.is_informational()
        && !matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT
        )
}

/// A refusal of an encoded request body.
pub fn encoded() -> Failure {
    Failure::new(
        Refusal::UnsupportedMediaType,
        "the body is sent with a Content-Encoding; this API looks into bodies and takes them plain",
    )
}

/// Reads a request's body as JSON (at most 128 levels); refuses with `invalid_body`.
pub fn json(body: &Bytes) -> Result<Value, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        let detail = format!(
            "the body is not JSON: line {}, column {}: {}",
            error.line(),
            error.column(),
            category(&error)
        );
        Failure::new(Refusal::InvalidBody, detail)
    })
}

/// Reads a response's body as JSON; a policy that cannot read it has failed.
pub fn response_json(body: &Bytes) -> Result<Value, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        let detail = format!(
            "the API's answer is not the JSON that it says to be: {}",
            category(&error)
        );
        Failure::new(Refusal::PolicyFailed, detail)
    })
}

fn category(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Io => "it could not be read",
        _ => "a character that cannot stand there, or too many levels",
    }
}

/// Asks the upstream for a body that can be looked into: plain and whole.
pub fn ask_plain(upstream: &mut UpstreamRequest<'_>) {
    upstream.set(&ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    upstream.remove(&http::header::RANGE);
}

/// Takes away what was true of the body that the upstream sent, and no more of the one that the caller gets.
pub fn is_changed(response: &mut Response<'_>) {
    for name in [
        ETAG,
        ACCEPT_RANGES,
        HeaderName::from_static("content-md5"),
        HeaderName::from_static("digest"),
        HeaderName::from_static("content-digest"),
        HeaderName::from_static("repr-digest"),
    ] {
        response.remove(&name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_subtype() {
        for (essence, expected) in [
            ("application/json", Kind::Json),
            ("application/problem+json", Kind::Json),
            ("text/xml", Kind::Xml),
            ("application/soap+xml", Kind::Xml),
            ("text/html", Kind::Other),
            ("json", Kind::Other),
        ] {
            assert_eq!(kind_of(essence), expected, "{essence}");
        }
        let mut headers = HeaderMap::new();
        assert_eq!(kind(&headers), Kind::Other);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("Application/JSON; charset=utf-8"),
        );
        assert_eq!(kind(&headers), Kind::Json);
    }

    #[test]
    fn deep_json_is_refused_and_not_followed() {
        let deep = Bytes::from("[".repeat(100_000));
        assert_eq!(json(&deep).unwrap_err().refusal, Refusal::InvalidBody);
        assert_eq!(
            response_json(&deep).unwrap_err().refusal,
            Refusal::PolicyFailed
        );
    }
}
