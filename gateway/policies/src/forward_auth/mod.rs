//! `forward_auth`: whether a request may pass, as another service decides by its head.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::refusal::Refusal;
use http::header::{CONTENT_LENGTH, EXPECT, HOST, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

pub use config::Config;

use crate::address;
use crate::config_error::ConfigError;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Answer, Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::services::{Call, Fetched, Redirects, Services};
use crate::upstream::{UpstreamRequest, is_framing};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "forward_auth",
    summary: "Asks another service with the head of the request",
    stage: Stage::Authorise,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(ForwardAuth::new(&read(value)?, instance)?)),
    readme: include_str!("README.md"),
};

/// The largest answer of the service.
const ANSWER_BYTES: usize = 256 << 10;
/// Cookies of the platform's own pages, which no service may set.
const OWN_COOKIES: &[u8] = b"__host-gatehouse-";

const X_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const X_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const X_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROXY: [HeaderName; 4] = [
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authenticate"),
    HeaderName::from_static("proxy-authorization"),
    HeaderName::from_static("alt-svc"),
];

/// The policy.
pub struct ForwardAuth {
    url: Url,
    timeout: Duration,
    request_headers: Vec<HeaderName>,
    upstream_headers: Vec<(HeaderName, String)>,
}

impl ForwardAuth {
    /// From a configuration that was checked.
    pub fn new(config: &Config, instance: Instance) -> Result<Self, Vec<ConfigError>> {
        let url = address::parse(&config.url)
            .map_err(|problem| vec![ConfigError::new("url", problem)])?;
        let names = |list: &[String]| -> Vec<HeaderName> {
            list.iter().filter_map(|name| name.parse().ok()).collect()
        };
        Ok(Self {
            url,
            timeout: Duration::from_millis(u64::from(config.timeout_ms)),
            request_headers: names(&config.request_headers),
            upstream_headers: names(&config.upstream_headers)
                .into_iter()
                .map(|name| {
                    let value = format!("{}:{name}", instance.id);
                    (name, value)
                })
                .collect(),
        })
    }

    /// The head that the service gets.
    fn head(&self, request: &Request<'_>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers() {
            let wanted = self.request_headers.is_empty() || self.request_headers.contains(name);
            let ours = [HOST, CONTENT_LENGTH, EXPECT].contains(name);
            if wanted && !ours && !is_hop_by_hop(name, request.headers()) {
                headers.append(name, value.clone());
            }
        }
        let target = match request.query() {
            Some(query) => format!("{}?{query}", request.path()),
            None => request.path().to_owned(),
        };
        let host = request
            .headers()
            .get(HOST)
            .and_then(|host| host.to_str().ok());
        for (name, value) in [
            (X_METHOD, request.method().as_str()),
            (X_PROTO, request.scheme().as_str()),
            (X_HOST, host.unwrap_or_else(|| request.host())),
            (X_URI, target.as_str()),
            (
                X_FOR,
                request.client_ip().to_canonical().to_string().as_str(),
            ),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        headers
    }

    async fn decide(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let call = Call {
            method: Method::GET,
            url: self.url.clone(),
            headers: self.head(request),
            body: Bytes::new(),
            timeout: self.timeout,
            max_bytes: ANSWER_BYTES,
            redirects: Redirects::Answer,
        };
        let failed = || {
            let detail = "the service that decides about requests gave no answer";
            Failure::new(Refusal::PolicyFailed, detail)
        };
        let answer = services.fetch.fetch(call).await.map_err(|error| {
            tracing::warn!(url = %self.url, %error, "the authentication service gave no answer");
            failed()
        })?;
        if answer.status.is_success() {
            for (name, key) in &self.upstream_headers {
                let values = answer.headers.get_all(name).iter();
                let texts: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
                if !texts.is_empty() {
                    exchange.set_value(key.clone(), texts.join(", "));
                }
            }
            return Ok(Flow::Next);
        }
        if !answer.status.is_redirection() && !answer.status.is_client_error() {
            tracing::warn!(url = %self.url, status = %answer.status, "the authentication service failed");
            return Err(failed());
        }
        Ok(Flow::Answer(Box::new(passed_on(answer))))
    }
}

/// The service's refusal, as the caller gets it.
fn passed_on(answer: Fetched) -> Answer {
    let own_cookie = |name: &HeaderName, value: &HeaderValue| {
        let start = value.as_bytes().get(..OWN_COOKIES.len());
        *name == SET_COOKIE && start.is_some_and(|start| start.eq_ignore_ascii_case(OWN_COOKIES))
    };
    let encoded = http::header::CONTENT_ENCODING;
    let headers = answer
        .headers
        .iter()
        .filter(|(name, value)| {
            !is_hop_by_hop(name, &answer.headers) && **name != encoded && !own_cookie(name, value)
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Answer {
        status: answer.status,
        headers,
        body: answer.body,
        for_upstream: false,
    }
}

/// Whether a header belongs to one connection only (RFC 9110, section 7.6.1).
fn is_hop_by_hop(name: &HeaderName, headers: &HeaderMap) -> bool {
    let nominated = || {
        let lines = headers.get_all(http::header::CONNECTION).iter();
        lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .any(|one| one.trim().eq_ignore_ascii_case(name.as_str()))
    };
    is_framing(name) || PROXY.contains(name) || nominated()
}

impl Policy for ForwardAuth {
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
}
