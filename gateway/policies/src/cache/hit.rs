//! Answering from memory.

use bytes::Bytes;
use domain::Timestamp;
use http::header::{AGE, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use super::conditional::{Part, is_of_not_modified, part, range_headers};
use super::directives::Directives;
use super::freshness::Freshness;
use super::store::Stored;
use super::{CACHE_STATUS, is_own};
use crate::policy::{Answer, Flow};
use crate::request::Request;

/// Why a stored answer is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// It is fresh.
    Fresh,
    /// The request takes stale ones.
    Accepted,
    /// It is revalidated meanwhile.
    WhileRevalidated,
    /// The upstream has just said that it is current.
    Revalidated,
    /// The upstream failed.
    IfError,
}

/// Whether a stored answer may be used without asking the upstream (RFC 9111, section 4).
pub(super) fn usable(fresh: &Freshness, said: &Directives, now: Timestamp) -> Option<Label> {
    if said.no_cache || said.max_age.is_some_and(|most| fresh.age(now) > most) {
        return None;
    }
    let least = said.min_fresh.unwrap_or(0);
    if fresh.left(now).is_some_and(|left| left >= least) {
        return Some(Label::Fresh);
    }
    if said.min_fresh.is_some() {
        return None;
    }
    let stale = fresh.staleness(now);
    if !fresh.never_stale && said.max_stale.is_some_and(|most| stale <= most) {
        return Some(Label::Accepted);
    }
    // the moment in which the freshness ends counts as stale for none of the seconds
    (stale < fresh.stale_while_revalidate).then_some(Label::WhileRevalidated)
}

/// Whether a stored answer may stand in for an upstream that fails.
pub(super) fn for_error(fresh: &Freshness, now: Timestamp) -> bool {
    fresh.left(now).is_some() || fresh.staleness(now) < fresh.stale_if_error
}

/// The answer to a request, out of a stored one.
pub(super) fn answer(
    request: &Request<'_>,
    stored: &Stored,
    now: Timestamp,
    label: Label,
    show: bool,
) -> Flow {
    let part = part(
        request.method(),
        request.headers(),
        stored.status,
        &stored.headers,
        &stored.body,
    );
    let mut headers: Vec<(HeaderName, HeaderValue)> = stored
        .headers
        .iter()
        .filter(|(name, _)| !is_own(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    headers.push((AGE, HeaderValue::from(stored.freshness.age(now))));
    if show {
        let left = i64::try_from(stored.freshness.lifetime).unwrap_or(i64::MAX)
            - i64::try_from(stored.freshness.age(now)).unwrap_or(i64::MAX);
        let text = match label {
            Label::Revalidated => format!("gatehouse; fwd=stale; fwd-status=304; ttl={left}"),
            Label::IfError => format!("gatehouse; fwd=stale; detail=upstream-failed; ttl={left}"),
            Label::Fresh | Label::Accepted | Label::WhileRevalidated => {
                format!("gatehouse; hit; ttl={left}")
            }
        };
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.push((CACHE_STATUS, value));
        }
    }
    let (status, body) = match part {
        Part::Whole => (stored.status, stored.body.clone()),
        Part::NotModified => {
            headers.retain(|(name, _)| is_of_not_modified(name));
            (StatusCode::NOT_MODIFIED, Bytes::new())
        }
        Part::Range(body, place) => {
            headers.extend(range_headers(place));
            (StatusCode::PARTIAL_CONTENT, body)
        }
        Part::Unsatisfiable(place) => {
            headers.retain(|(name, _)| is_of_not_modified(name));
            headers.extend(range_headers(place));
            (StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new())
        }
    };
    Flow::Answer(Box::new(Answer {
        status,
        headers,
        body,
        for_upstream: true,
    }))
}

/// The request takes nothing but a stored answer, and there is none (RFC 9111, section 5.2.1.7).
pub(super) fn not_there() -> Flow {
    let problem = json!({"type": "about:blank", "title": "Gateway Timeout", "status": 504,
        "detail": "the request says only-if-cached, and nothing is cached that it could get"});
    let json = HeaderValue::from_static("application/problem+json");
    Flow::Answer(Box::new(Answer {
        status: StatusCode::GATEWAY_TIMEOUT,
        headers: vec![(CONTENT_TYPE, json)],
        body: Bytes::from(problem.to_string()),
        for_upstream: false,
    }))
}
