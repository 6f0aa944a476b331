//! `mirror`: copies of requests go to another upstream, and its answers nowhere.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::id::PolicyId;
use http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Method};

pub use config::Config;

use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Outcome, PASS, Policy};
use crate::request::Request;
use crate::services::{Services, UpstreamCall};
use crate::upstream::{UpstreamRequest, is_framing};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "mirror",
    summary: "Sends copies of requests to another upstream, whose answers are thrown away",
    stage: Stage::Steer,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(Mirror::new(read(value)?, instance))),
    readme: include_str!("README.md"),
};

/// Tells the mirror that it is one.
pub const X_MIRROR: HeaderName = HeaderName::from_static("x-gatehouse-mirror");

/// What of an answer is read before it is thrown away.
const ANSWER: usize = 1 << 20;

/// The policy.
pub struct Mirror {
    id: PolicyId,
    upstream: Box<str>,
    percent: f64,
    methods: Box<[Method]>,
    most: usize,
    most_in_flight: usize,
    timeout: Duration,
    in_flight: Arc<AtomicUsize>,
}

/// Where the copy of a request stands.
#[derive(Default)]
enum Copy {
    /// Not thought of yet.
    #[default]
    Open,
    /// Its body is being copied.
    Collects(Box<Collecting>),
    /// Sent, or not to be made.
    Done,
}

struct Collecting {
    call: UpstreamCall,
    body: Vec<u8>,
    services: Services,
}

/// One copy under way.
struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Mirror {
    /// From a configuration that was checked.
    pub fn new(config: Config, instance: Instance) -> Self {
        Self {
            id: instance.id,
            upstream: config.upstream.into(),
            percent: config.percent,
            methods: config
                .methods
                .iter()
                .filter_map(|m| m.parse().ok())
                .collect(),
            most: config.max_body_bytes,
            most_in_flight: config.max_in_flight,
            timeout: Duration::from_millis(u64::from(config.timeout_ms)),
            in_flight: Arc::default(),
        }
    }

    /// Room for one more copy.
    fn room(&self) -> Option<UnderWay> {
        let before = self.in_flight.fetch_add(1, Ordering::AcqRel);
        let under_way = UnderWay(self.in_flight.clone());
        (before < self.most_in_flight).then_some(under_way)
    }

    fn send(&self, call: UpstreamCall, services: &Services) {
        let Some(under_way) = self.room() else {
            tracing::debug!(upstream = %self.upstream, "too many copies are under way");
            return;
        };
        let answer = services.upstreams.call(&self.upstream, call);
        services.spawn(async move {
            if let Err(error) = answer.await {
                tracing::debug!(%error, "the mirror did not answer");
            }
            drop(under_way);
        });
    }

    fn call(&self, upstream: &UpstreamRequest<'_>) -> UpstreamCall {
        let mut headers: http::HeaderMap = upstream
            .headers()
            .iter()
            .filter(|(name, _)| !is_framing(name) && **name != EXPECT)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        headers.insert(X_MIRROR, HeaderValue::from_static("1"));
        UpstreamCall {
            method: upstream.method().clone(),
            path_and_query: upstream.path_below().to_owned(),
            headers,
            body: Bytes::new(),
            timeout: self.timeout,
            max_bytes: ANSWER,
        }
    }
}

/// How long the request says that its body is; `None` when it does not say.
fn length(request: &Request<'_>) -> Option<usize> {
    let headers = request.headers();
    if headers.contains_key(TRANSFER_ENCODING) {
        return None;
    }
    match headers.get(CONTENT_LENGTH) {
        Some(length) => length.to_str().ok()?.parse().ok(),
        None => Some(0),
    }
}

impl Policy for Mirror {
    fn upstream_request<'a>(
        &'a self,
        request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        // another attempt at the upstream makes no other copy
        if !matches!(exchange.state::<Copy>(self.id), Copy::Open) {
            return PASS;
        }
        *exchange.state::<Copy>(self.id) = Copy::Done;
        let wanted = self.methods.is_empty() || self.methods.contains(upstream.method());
        let length = length(request);
        let fits = length.is_none_or(|length| length <= self.most);
        let upgrades = request.headers().contains_key(http::header::UPGRADE);
        if !wanted || !fits || upgrades || !services.dice.happens(self.percent) {
            return PASS;
        }
        let call = self.call(upstream);
        if length == Some(0) {
            self.send(call, services);
        } else {
            let body = Vec::with_capacity(length.unwrap_or(0));
            let services = services.clone();
            *exchange.state::<Copy>(self.id) = Copy::Collects(Box::new(Collecting {
                call,
                body,
                services,
            }));
        }
        PASS
    }

    fn bodies(&self) -> Bodies {
        Bodies {
            request: Body::Watch,
            response: Body::None,
        }
    }

    fn request_body(
        &self,
        exchange: &mut Exchange,
        piece: &Bytes,
        end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        let copy = exchange.state::<Copy>(self.id);
        let Copy::Collects(collecting) = copy else {
            return Ok(None);
        };
        if collecting.body.len() + piece.len() > self.most {
            *copy = Copy::Done;
            return Ok(None);
        }
        collecting.body.extend_from_slice(piece);
        if end && let Copy::Collects(whole) = std::mem::replace(copy, Copy::Done) {
            let mut call = whole.call;
            call.body = Bytes::from(whole.body);
            self.send(call, &whole.services);
        }
        Ok(None)
    }
}
