//! `opa`: whether a request may pass, as an Open Policy Agent decides.

mod config;
mod decision;
mod input;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::refusal::Refusal;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

pub use config::Config;
pub(crate) use config::header_names;

use crate::address;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::services::{Call, Redirects, Services};
use crate::upstream::UpstreamRequest;
use decision::Decision;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "opa",
    summary: "Asks an Open Policy Agent",
    stage: Stage::Authorise,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(Opa::new(&read(value)?, instance)?)),
    readme: include_str!("README.md"),
};

/// The largest answer of the agent.
const ANSWER_BYTES: usize = 64 << 10;

/// The policy.
pub struct Opa {
    url: Url,
    timeout: Duration,
    request_headers: Vec<HeaderName>,
    body_bytes: usize,
    upstream_headers: Vec<(HeaderName, String)>,
}

impl Opa {
    /// From a configuration that was checked.
    pub fn new(
        config: &Config,
        instance: Instance,
    ) -> Result<Self, Vec<crate::config_error::ConfigError>> {
        let url = address::parse(&config.url)
            .map_err(|problem| vec![crate::config_error::ConfigError::new("url", problem)])?;
        let names = |list: &[String]| -> Vec<HeaderName> {
            list.iter().filter_map(|name| name.parse().ok()).collect()
        };
        let upstream_headers = names(&config.upstream_headers);
        Ok(Self {
            url,
            timeout: Duration::from_millis(u64::from(config.timeout_ms)),
            request_headers: names(&config.request_headers),
            body_bytes: config.body_bytes,
            upstream_headers: upstream_headers
                .into_iter()
                .map(|name| {
                    let value = format!("{}:{name}", instance.id);
                    (name, value)
                })
                .collect(),
        })
    }

    async fn decide(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let body = (self.body_bytes > 0).then(|| request.body()).flatten();
        let input = input::of(request, exchange, &self.request_headers, body);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let call = Call {
            method: Method::POST,
            url: self.url.clone(),
            headers,
            body: Bytes::from(input.to_string()),
            timeout: self.timeout,
            max_bytes: ANSWER_BYTES,
            redirects: Redirects::Answer,
        };
        let answer = services.fetch.fetch(call).await.map_err(|error| {
            tracing::warn!(url = %self.url, %error, "the policy agent gave no answer");
            Failure::new(
                Refusal::PolicyFailed,
                "the service that decides about requests gave no answer",
            )
        })?;
        let decision = Decision::read(answer.status, &answer.body).map_err(|why| {
            tracing::warn!(url = %self.url, why, "the policy agent's answer is of no use");
            Failure::new(
                Refusal::PolicyFailed,
                "the service that decides about requests gave an answer of no use",
            )
        })?;
        if !decision.allow {
            return decision.refuse();
        }
        for (name, key) in &self.upstream_headers {
            if let Some(value) = decision.header(name) {
                exchange.set_value(key.clone(), value.to_owned());
            }
        }
        Ok(Flow::Next)
    }
}

impl Policy for Opa {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        Outcome::Later(Box::pin(self.decide(request, exchange, services)))
    }

    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        for (name, key) in &self.upstream_headers {
            upstream.remove(name);
            if let Some(value) = exchange
                .value(key)
                .and_then(|v| HeaderValue::from_str(v).ok())
            {
                upstream.set(name, value);
            }
        }
        PASS
    }

    fn bodies(&self) -> Bodies {
        Bodies {
            request: if self.body_bytes > 0 {
                Body::Buffer(self.body_bytes)
            } else {
                Body::None
            },
            ..Bodies::default()
        }
    }
}
