//! Whether an answer may be stored, and for whom (RFC 9111, section 3).

use std::ops::RangeInclusive;

use http::header::{
    AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, COOKIE, SET_COOKIE, TRANSFER_ENCODING, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use super::directives::Directives;
use super::freshness::Freshness;
use crate::exchange::Exchange;
use crate::request::Request;

/// Who may get an answer that is not `public`: a fingerprint of the caller and of what else told callers apart.
pub(super) type Partition = [u8; 16];

/// The names in `Vary`, with what the request had under them.
pub(super) type Varying = Box<[(HeaderName, Option<Box<[u8]>>)]>;

/// Whose requests have carried nothing that names anybody.
const NOBODY: Partition = [0; 16];

/// Whose answer it would be, were it not public.
pub(super) fn partition(request: &Request<'_>, exchange: &Exchange) -> Partition {
    let headers = request.headers();
    let named = exchange.caller.is_some()
        || request.client_certificate().is_some()
        || headers.contains_key(AUTHORIZATION)
        || headers.contains_key(COOKIE);
    if !named {
        return NOBODY;
    }
    let mut hash = Sha256::new();
    if let Some(caller) = &exchange.caller {
        hash.update(b"application");
        hash.update(caller.application.uuid().as_bytes());
    }
    if let Some(terms) = &exchange.terms {
        hash.update(b"subscription");
        hash.update(terms.subscription.uuid().as_bytes());
    }
    if let Some(certificate) = request.client_certificate() {
        hash.update(b"certificate");
        hash.update(certificate.fingerprint);
    }
    for name in [AUTHORIZATION, COOKIE] {
        for value in headers.get_all(&name) {
            hash.update(name.as_str());
            hash.update(value.len().to_be_bytes());
            hash.update(value.as_bytes());
        }
    }
    let mut partition = [0; 16];
    partition.copy_from_slice(&hash.finalize()[..16]);
    partition
}

/// Whether an answer may be stored at all: what section 3 asks for, and none of what makes it one caller's alone.
/// `fresh` is what its head says of its freshness.
pub(super) fn may_store(
    status: StatusCode,
    headers: &HeaderMap,
    fresh: Option<&Freshness>,
) -> bool {
    let said = Directives::of_response(headers);
    let understood = is_understood(status);
    let forbidden = said.private || said.no_store && !(said.must_understand && understood);
    let useful = fresh.is_some_and(|f| f.lifetime > 0 || f.stale_while_revalidate > 0)
        || fresh.is_some() && has_validator(headers);
    understood
        && !forbidden
        && useful
        && !headers.contains_key(SET_COOKIE)
        && !headers.contains_key(CONTENT_RANGE)
        && !is_stream(headers)
}

/// Whether it may be given to every caller.
pub(super) fn is_public(headers: &HeaderMap) -> bool {
    Directives::of_response(headers).public
}

/// Final statuses whose meaning the cache knows; 206 and 304 are parts of something else.
fn is_understood(status: StatusCode) -> bool {
    const SUCCESS: RangeInclusive<u16> = 200..=204;
    let code = status.as_u16();
    SUCCESS.contains(&code) && code != 201 && code != 202
        || matches!(code, 300..=303 | 307 | 308)
        || matches!(code, 404 | 405 | 410 | 414 | 501)
}

pub(super) fn has_validator(headers: &HeaderMap) -> bool {
    headers.contains_key(http::header::ETAG) || headers.contains_key(http::header::LAST_MODIFIED)
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(|kind| {
        kind.trim_start()
            .get(..17)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("text/event-stream"))
    })
}

/// What the request had under the names in `Vary`, and under `more` besides. `None` for `Vary: *`, which no other request ever matches
/// (section 4.1).
pub(super) fn varying(
    answer: &HeaderMap,
    more: &[HeaderName],
    request: &HeaderMap,
) -> Option<Varying> {
    let mut names: Vec<HeaderName> = more.to_vec();
    for line in answer.get_all(VARY) {
        for name in line.to_str().ok()?.split(',').map(str::trim) {
            if name.is_empty() {
                continue;
            }
            // `*` is no header name either, and what cannot be one is matched by nothing
            let name: HeaderName = if name == "*" {
                return None;
            } else {
                name.parse().ok()?
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    names.dedup();
    Some(
        names
            .into_iter()
            .map(|name| {
                let value = selected(&name, request);
                (name, value)
            })
            .collect(),
    )
}

/// Whether a request is one that the stored answer was selected for.
pub(super) fn matches(varying: &Varying, request: &HeaderMap) -> bool {
    varying
        .iter()
        .all(|(name, value)| selected(name, request) == *value)
}

/// All values of a header as one, without differences that mean nothing (section 4.1): lines are joined, space around
/// commas is dropped.
fn selected(name: &HeaderName, request: &HeaderMap) -> Option<Box<[u8]>> {
    let mut joined: Vec<u8> = Vec::new();
    let mut any = false;
    for value in request.get_all(name).iter().map(HeaderValue::as_bytes) {
        for part in value.split(|b| *b == b',') {
            if any {
                joined.push(b',');
            }
            any = true;
            joined.extend_from_slice(part.trim_ascii());
        }
    }
    any.then(|| joined.into())
}

/// The headers that are stored: all but those of the connection (section 3.1). `Content-Length` is made anew.
pub(super) fn stored_headers(headers: &HeaderMap) -> HeaderMap {
    const HOP: [&str; 8] = [
        "connection",
        "keep-alive",
        "proxy-connection",
        "proxy-authenticate",
        "proxy-authentication-info",
        "te",
        "trailer",
        "upgrade",
    ];
    headers
        .iter()
        .filter(|(name, _)| {
            !HOP.contains(&name.as_str())
                && **name != TRANSFER_ENCODING
                && **name != http::header::CONTENT_LENGTH
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
