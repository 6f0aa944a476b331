//! Asking the upstream whether a stored answer is current, in the foreground and in the background.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    IF_RANGE, IF_UNMODIFIED_SINCE, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::freshness::{Bounds, Freshness};
use super::is_public;
use super::storable::{may_store, stored_headers};
use super::store::{Resource, Role, Stored, count};
use super::{tags, turn::Asking};
use crate::services::{Fetched, Services, UpstreamCall};

/// How long the upstream has in the background.
const PATIENCE: Duration = Duration::from_secs(30);

/// What says which bytes the stored body is: a 304 cannot change it (RFC 9111, section 3.2).
const OF_THE_BODY: [HeaderName; 5] = [
    CONTENT_ENCODING,
    CONTENT_RANGE,
    CONTENT_LENGTH,
    HeaderName::from_static("content-md5"),
    ETAG,
];

/// The conditions of a request that revalidates (RFC 9111, section 4.3.1).
pub(super) fn conditions(stored: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)]
        .into_iter()
        .filter_map(|(from, to)| Some((to, stored.get(from)?.clone())))
        .collect()
}

/// The stored answer with what a 304 says (RFC 9111, sections 3.2 and 4.3.4).
pub(super) fn freshened(
    stored: &Stored,
    said: &HeaderMap,
    asking: &Asking,
    bounds: &Bounds,
    now: Timestamp,
) -> Stored {
    let mut fresh = renewed(stored, said, asking.asked, bounds, now);
    fresh.again = asking.again.clone().or(fresh.again);
    fresh
}

fn renewed(
    stored: &Stored,
    said: &HeaderMap,
    asked: Timestamp,
    bounds: &Bounds,
    now: Timestamp,
) -> Stored {
    let mut headers = stored.headers.clone();
    // its age was told by the answer that is replaced
    headers.remove(http::header::AGE);
    let new = stored_headers(said);
    for name in new.keys() {
        if !OF_THE_BODY.contains(name) {
            headers.remove(name);
            for value in new.get_all(name) {
                headers.append(name.clone(), value.clone());
            }
        }
    }
    let freshness = Freshness::of(stored.status, &headers, asked, now, bounds);
    let freshness = freshness.unwrap_or(Freshness {
        born: now,
        lifetime: 0,
        ..stored.freshness
    });
    Stored {
        freshness,
        tags: tags(&headers),
        headers,
        ..stored.clone()
    }
}

/// Revalidates in the background, unless somebody does already. Whatever comes of it, the answer that is there stays
/// until its time is over.
pub(super) fn begin(
    bounds: Bounds,
    resource: &Resource,
    stored: &Arc<Stored>,
    services: &Services,
    now: Timestamp,
) {
    let Some(again) = stored.again.clone() else {
        return;
    };
    let store = services.cache.clone();
    let key = (resource.clone(), stored.partition);
    let Role::Asks(flight) = store.flights.join(key, now) else {
        return;
    };
    let mut headers = again.headers;
    for name in [
        IF_NONE_MATCH,
        IF_MODIFIED_SINCE,
        IF_UNMODIFIED_SINCE,
        IF_RANGE,
        RANGE,
        CONTENT_LENGTH,
    ] {
        headers.remove(name);
    }
    headers.extend(
        conditions(&stored.headers)
            .into_iter()
            .map(|(name, value)| (Some(name), value)),
    );
    let call = services.upstreams.call(
        &again.upstream,
        UpstreamCall {
            method: Method::GET,
            path_and_query: again.target,
            headers,
            body: bytes::Bytes::new(),
            timeout: PATIENCE,
            max_bytes: stored.body.len().max(1 << 20),
        },
    );
    let (resource, stored) = (resource.clone(), stored.clone());
    let epoch = store.epoch(&resource);
    services.spawn(async move {
        let begun = std::time::Instant::now();
        match call.await {
            Ok(fetched) => {
                let came = now + begun.elapsed();
                if let Some(new) = replaced(&stored, fetched, &bounds, now, came) {
                    count(&store.tally.revalidated);
                    store.put(&resource, new, epoch);
                }
            }
            Err(error) => tracing::debug!(%error, "an answer could not be revalidated"),
        }
        drop(flight);
    });
}

/// What takes the place of a stored answer. Nothing when the new one may not be stored for the same requests.
fn replaced(
    stored: &Stored,
    fetched: Fetched,
    bounds: &Bounds,
    asked: Timestamp,
    came: Timestamp,
) -> Option<Stored> {
    if fetched.status == StatusCode::NOT_MODIFIED {
        return Some(renewed(stored, &fetched.headers, asked, bounds, came));
    }
    let freshness = Freshness::of(fetched.status, &fetched.headers, asked, came, bounds)?;
    let same = |name: HeaderName| fetched.headers.get(&name) == stored.headers.get(&name);
    let shared = stored.partition.is_some() || is_public(&fetched.headers);
    let fits = may_store(fetched.status, &fetched.headers, Some(&freshness))
        && shared
        && same(http::header::VARY)
        && same(CONTENT_ENCODING);
    fits.then(|| Stored {
        status: fetched.status,
        headers: stored_headers(&fetched.headers),
        body: fetched.body,
        freshness,
        tags: tags(&fetched.headers),
        ..stored.clone()
    })
}
