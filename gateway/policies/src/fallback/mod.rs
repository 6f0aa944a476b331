//! `fallback`: another upstream's answer, or a fixed one, when the upstream fails.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::id::PolicyId;
use domain::refusal::Refusal;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

pub use config::{Config, FixedAnswer};

use crate::exchange::{Exchange, Place, UPSTREAM_PATH};
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Answer, Flow, Outcome, PASS, Policy};
use crate::request::Request;
use crate::response::Response;
use crate::services::{Fetched, Services, UpstreamCall};
use crate::upstream::{UpstreamRequest, is_framing};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "fallback",
    summary: "Answers from another upstream, or with a fixed answer, when the upstream fails",
    stage: Stage::Steer,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(Fallback::new(&read(value)?, instance))),
    readme: include_str!("README.md"),
};

/// Tells callers that the answer is not the upstream's own.
pub const X_FALLBACK: HeaderName = HeaderName::from_static("x-fallback");

/// The policy.
pub struct Fallback {
    id: PolicyId,
    statuses: Box<[u16]>,
    upstream: Option<Box<str>>,
    timeout: Duration,
    most: usize,
    answer: Option<Answer>,
}

/// The request as the upstream got it; `None` before there was a connection to one.
#[derive(Default)]
struct Sent(Option<(String, HeaderMap)>);

impl Fallback {
    /// From a configuration that was checked.
    pub fn new(config: &Config, instance: Instance) -> Self {
        Self {
            id: instance.id,
            statuses: config.statuses.clone().into(),
            upstream: config.upstream.as_deref().map(Box::from),
            timeout: Duration::from_millis(u64::from(config.timeout_ms)),
            most: config.max_body_bytes,
            answer: config.answer.as_ref().and_then(fixed),
        }
    }

    /// The call to the other upstream; `None` when there is none, or the request may change something.
    fn call(&self, request: &Request<'_>, exchange: &mut Exchange) -> Option<UpstreamCall> {
        let is_reading = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
        let headers = request.headers();
        let has_body = headers.contains_key(TRANSFER_ENCODING)
            || headers
                .get(CONTENT_LENGTH)
                .is_some_and(|length| length != "0");
        if self.upstream.is_none() || !is_reading || has_body {
            return None;
        }
        let sent = std::mem::take(exchange.state::<Sent>(self.id)).0;
        let (path_and_query, headers) = sent.or_else(|| unsent(request, exchange))?;
        Some(UpstreamCall {
            method: request.method().clone(),
            path_and_query,
            headers,
            body: Bytes::new(),
            timeout: self.timeout,
            max_bytes: self.most,
        })
    }

    fn instead<'a>(
        &'a self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let call = self.call(request, exchange);
        let (Some(upstream), Some(call)) = (&self.upstream, call) else {
            return Ok(self.last()).into();
        };
        let answer = services.upstreams.call(upstream, call);
        Outcome::Later(Box::pin(async move {
            Ok(match answer.await {
                Ok(fetched) if !self.fails(fetched.status) => {
                    Flow::Answer(Box::new(taken_over(fetched)))
                }
                Ok(_) => self.last(),
                Err(error) => {
                    tracing::debug!(%error, "the fallback did not answer");
                    self.last()
                }
            })
        }))
    }

    /// What is left: the fixed answer, or the failure as it is.
    fn last(&self) -> Flow {
        let answer = self.answer.clone();
        answer.map_or(Flow::Next, |answer| Flow::Answer(Box::new(answer)))
    }

    fn fails(&self, status: StatusCode) -> bool {
        self.statuses.contains(&status.as_u16())
    }
}

/// The request for an upstream that could not be connected to: its path as the route makes it, and the caller's headers
/// without the credential and what belongs to the connection.
fn unsent(request: &Request<'_>, exchange: &Exchange) -> Option<(String, HeaderMap)> {
    let mut path = exchange.value(UPSTREAM_PATH)?.to_owned();
    if let Some(query) = request.query() {
        if matches!(exchange.credential_place, Some(Place::Query(_))) {
            return None;
        }
        path.push('?');
        path.push_str(query);
    }
    let secret = match &exchange.credential_place {
        Some(Place::Header(name)) => Some(name.clone()),
        Some(Place::Bearer) => Some(AUTHORIZATION),
        Some(Place::Cookie(_)) => Some(COOKIE),
        Some(Place::Query(_)) | None => None,
    };
    let all = request.headers();
    let headers = all
        .iter()
        .filter(|(name, _)| {
            !is_framing(name) && !is_of_connection(name, all) && Some(*name) != secret.as_ref()
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Some((path, headers))
}

fn fixed(answer: &FixedAnswer) -> Option<Answer> {
    let mut headers = vec![
        (
            CONTENT_TYPE,
            HeaderValue::from_str(&answer.content_type).ok()?,
        ),
        (X_FALLBACK, HeaderValue::from_static("answer")),
    ];
    for (name, value) in &answer.headers {
        headers.push((name.parse().ok()?, HeaderValue::from_str(value).ok()?));
    }
    Some(Answer {
        status: StatusCode::from_u16(answer.status).ok()?,
        headers,
        body: Bytes::from(answer.body.clone()),
        for_upstream: true,
    })
}

fn taken_over(fetched: Fetched) -> Answer {
    let mut headers: Vec<(HeaderName, HeaderValue)> = fetched
        .headers
        .iter()
        .filter(|(name, _)| !is_framing(name) && !is_of_connection(name, &fetched.headers))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    headers.push((X_FALLBACK, HeaderValue::from_static("upstream")));
    Answer {
        status: fetched.status,
        headers,
        body: fetched.body,
        for_upstream: true,
    }
}

/// Headers that a `Connection` line names belong to that connection.
fn is_of_connection(name: &HeaderName, headers: &HeaderMap) -> bool {
    headers
        .get_all(http::header::CONNECTION)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|named| named.trim().eq_ignore_ascii_case(name.as_str()))
}

impl Policy for Fallback {
    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if self.upstream.is_some() {
            let path = upstream.path_below().to_owned();
            let headers = upstream.headers().clone();
            *exchange.state::<Sent>(self.id) = Sent(Some((path, headers)));
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
        if response.is_from_upstream() && self.fails(response.status()) {
            return self.instead(request, exchange, services);
        }
        PASS
    }

    fn upstream_failed<'a>(
        &'a self,
        request: &'a Request<'a>,
        _why: Refusal,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        self.instead(request, exchange, services)
    }
}
