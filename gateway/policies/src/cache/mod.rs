//! `cache`: answers from memory, by the rules of RFC 9111.

mod conditional;
mod config;
mod directives;
mod freshness;
mod hit;
mod key;
mod lookup;
mod refresh;
mod storable;
pub mod store;
#[cfg(test)]
mod tests;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::id::PolicyId;
use domain::refusal::Refusal;
use http::header::{
    AGE, CONTENT_LOCATION, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
    LOCATION, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub use config::Config;

use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;
use crate::upstream::UpstreamRequest;
use directives::Directives;
use freshness::{Bounds, Freshness};
use hit::Label;
use storable::{is_public, may_store, stored_headers, varying};
use store::{Again, Stored, count};
use turn::{Asking, Collecting, State};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "cache",
    summary: "Answers from memory what the upstream allows to be kept (RFC 9111)",
    stage: Stage::Cache,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(Cache::new(&read(value)?, instance))),
    readme: include_str!("README.md"),
};

/// Where an answer came from (RFC 9211).
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// Tags of an answer, between commas.
pub const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
/// Tags of an answer, between spaces.
pub const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// Tags that one answer may have.
const TAGS: usize = 128;

/// The policy.
pub struct Cache {
    id: PolicyId,
    bounds: Bounds,
    most: usize,
    obey: bool,
    collapse: Option<Duration>,
    vary: Box<[HeaderName]>,
    show: bool,
}

impl Cache {
    /// From a configuration that was checked.
    pub fn new(config: &Config, instance: Instance) -> Self {
        let wait = Duration::from_millis(u64::from(config.collapse_wait_ms));
        Self {
            id: instance.id,
            bounds: config.bounds(),
            most: config.max_body_bytes,
            obey: config.obey_requests,
            collapse: config.collapse.then_some(wait),
            vary: config.vary.iter().filter_map(|n| n.parse().ok()).collect(),
            show: config.show_status,
        }
    }

    /// What a request says about caching, as far as it is obeyed.
    fn said(&self, request: &Request<'_>) -> Directives {
        if self.obey {
            Directives::of_request(request.headers())
        } else {
            Directives::default()
        }
    }

    /// The upstream answered what we asked it.
    fn answered(
        &self,
        request: &Request<'_>,
        response: &mut Response<'_>,
        exchange: &mut Exchange,
        services: &Services,
        mut asking: Box<Asking>,
    ) -> Verdict {
        let now = exchange.now;
        let store = &services.cache;
        if let Some(stale) = &asking.stale {
            if response.status() == StatusCode::NOT_MODIFIED && asking.is_conditional() {
                let stored =
                    refresh::freshened(stale, response.headers(), &asking, &self.bounds, now);
                count(&store.tally.revalidated);
                let flow = hit::answer(request, &stored, now, Label::Revalidated, self.show);
                store.put(&asking.resource, stored, asking.epoch);
                return Ok(flow);
            }
            if is_failure(response.status()) && hit::for_error(&stale.freshness, now) {
                count(&store.tally.stale);
                let label = Label::IfError;
                return Ok(hit::answer(request, stale, now, label, self.show));
            }
        }
        let headers = response.headers();
        let fresh = Freshness::of(response.status(), headers, asking.asked, now, &self.bounds);
        let varying = varying(headers, &self.vary, request.headers());
        let length = length(headers);
        let stores = may_store(response.status(), headers, fresh.as_ref())
            && length.is_none_or(|length| length <= self.most);
        let state = match (fresh, varying) {
            (Some(freshness), Some(varying)) if stores => {
                let wanted = freshness.stale_while_revalidate > 0;
                let stored = Stored {
                    status: response.status(),
                    headers: stored_headers(headers),
                    body: Bytes::new(),
                    file: None,
                    freshness,
                    tags: tags(headers),
                    partition: (!is_public(headers)).then_some(asking.partition),
                    varying,
                    again: asking.again.take().filter(|_| wanted),
                };
                State::Collects(Box::new(Collecting {
                    stored,
                    resource: asking.resource,
                    epoch: asking.epoch,
                    flight: asking.flight,
                    body: Vec::with_capacity(length.unwrap_or(0)),
                    length,
                    store: store.clone(),
                }))
            }
            _ => {
                if let Some(flight) = asking.flight.take()
                    && response.status().is_success()
                {
                    flight.in_vain(now);
                }
                State::Idle
            }
        };
        if self.show {
            let kind = if asking.stale.is_some() {
                "stale"
            } else {
                "miss"
            };
            let stored = if matches!(state, State::Collects(_)) {
                "; stored"
            } else {
                ""
            };
            let text = format!("gatehouse; fwd={kind}{stored}");
            if let Ok(value) = HeaderValue::try_from(text) {
                response.append(&CACHE_STATUS, value);
            }
        }
        *exchange.state::<State>(self.id) = state;
        Ok(Flow::Next)
    }
}

/// Statuses for which a stale answer may stand in (RFC 5861, section 4).
fn is_failure(status: StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

fn length(headers: &HeaderMap) -> Option<usize> {
    let value = headers.get(http::header::CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}

fn tags(headers: &HeaderMap) -> Box<[Box<str>]> {
    let lines = |name: &HeaderName| {
        let lines = headers.get_all(name).iter();
        lines.filter_map(|v| v.to_str().ok()).collect::<Vec<_>>()
    };
    let commas = lines(&CACHE_TAG);
    let spaces = lines(&SURROGATE_KEY);
    let mut tags: Vec<Box<str>> = commas
        .iter()
        .flat_map(|line| line.split(','))
        .chain(spaces.iter().flat_map(|line| line.split_whitespace()))
        .map(str::trim)
        .filter(|tag| (1..=256).contains(&tag.len()))
        .take(TAGS)
        .map(Box::from)
        .collect();
    tags.sort();
    tags.dedup();
    tags.into()
}

impl Policy for Cache {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        self.decide(request, exchange, services)
    }

    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let now = exchange.now;
        let steered = exchange.steer.clone();
        let State::Asks(asking) = exchange.state::<State>(self.id) else {
            return PASS;
        };
        asking.asked = now;
        let named = steered.or_else(|| upstream.name().map(Box::from));
        asking.again = named.map(|slug| Again {
            upstream: slug,
            target: upstream.path_below().to_owned(),
            headers: upstream.headers().clone(),
        });
        if let Some(stale) = &asking.stale {
            for name in [
                IF_NONE_MATCH,
                IF_MODIFIED_SINCE,
                IF_UNMODIFIED_SINCE,
                IF_RANGE,
                RANGE,
            ] {
                upstream.remove(&name);
            }
            for (name, value) in refresh::conditions(&stale.headers) {
                upstream.set(&name, value);
            }
        }
        PASS
    }

    fn response<'a>(
        &'a self,
        request: &'a Request<'a>,
        response: &'a mut Response<'_>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        if !response.is_from_upstream() {
            return PASS;
        }
        let state = std::mem::take(exchange.state::<State>(self.id));
        let verdict = match state {
            State::Changes(resource) => {
                if response.status().is_success() || response.status().is_redirection() {
                    for place in [LOCATION, CONTENT_LOCATION] {
                        let place = response.headers().get(place);
                        if let Some(other) = place.and_then(|p| key::beside(&resource, p)) {
                            services.cache.invalidate(&other);
                        }
                    }
                    services.cache.invalidate(&resource);
                }
                Ok(Flow::Next)
            }
            State::Asks(asking) => self.answered(request, response, exchange, services, asking),
            State::Idle | State::Collects(_) => Ok(Flow::Next),
        };
        response.remove(&SURROGATE_KEY);
        verdict.into()
    }

    fn upstream_failed<'a>(
        &'a self,
        request: &'a Request<'a>,
        _why: Refusal,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let now = exchange.now;
        let State::Asks(asking) = std::mem::take(exchange.state::<State>(self.id)) else {
            return PASS;
        };
        match &asking.stale {
            Some(stale) if hit::for_error(&stale.freshness, now) => {
                count(&services.cache.tally.stale);
                Ok(hit::answer(request, stale, now, Label::IfError, self.show)).into()
            }
            _ => PASS,
        }
    }

    fn bodies(&self) -> Bodies {
        Bodies {
            request: Body::None,
            response: Body::Watch,
        }
    }

    fn response_body(
        &self,
        exchange: &mut Exchange,
        piece: &Bytes,
        end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        let state = exchange.state::<State>(self.id);
        let State::Collects(collecting) = state else {
            return Ok(None);
        };
        if !collecting.add(piece, self.most) {
            *state = State::Idle;
        } else if end && let State::Collects(whole) = std::mem::take(state) {
            whole.finish();
        }
        Ok(None)
    }
}

/// Whether a header is one that the cache sets anew on each answer.
fn is_own(name: &HeaderName) -> bool {
    *name == AGE || *name == SURROGATE_KEY
}
