//! What an answer is an answer to: the primary key of the cache.

use http::{HeaderValue, Uri};

use super::store::Resource;
use crate::exchange::{Exchange, Place};
use crate::request::{Request, decode};

/// The resource that a request names. A credential in the query is no part of it: the caller is a part of the key apart.
pub(super) fn resource(request: &Request<'_>, exchange: &Exchange) -> Resource {
    let mut target = request.path().to_owned();
    if let Some(query) = request.query() {
        let secret = match &exchange.credential_place {
            Some(Place::Query(name)) => Some(name.as_str()),
            _ => None,
        };
        let mut sign = '?';
        let is_secret = |pair: &str| {
            let name = pair.split_once('=').map_or(pair, |(name, _)| name);
            secret.is_some() && decode(name).as_deref() == secret
        };
        for pair in query.split('&').filter(|pair| !is_secret(pair)) {
            target.push(sign);
            target.push_str(pair);
            sign = '&';
        }
    }
    Resource {
        api_version: exchange.api_version,
        scheme: request.scheme(),
        host: request.host().into(),
        target: target.into(),
    }
}

/// The resource that `Location` or `Content-Location` names, when it is of the same origin (RFC 9111, section 4.4).
pub(super) fn beside(resource: &Resource, place: &HeaderValue) -> Option<Resource> {
    let place: Uri = place.to_str().ok()?.parse().ok()?;
    if place.host().is_some_and(|host| *host != *resource.host) {
        return None;
    }
    let target = place.path_and_query()?.as_str();
    target.starts_with('/').then(|| Resource {
        target: target.into(),
        ..resource.clone()
    })
}
