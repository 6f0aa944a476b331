//! `cors`: answers preflight requests and tells browsers which pages may read the answers.

mod config;
mod origin;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::refusal::Refusal;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderName, HeaderValue, Method, StatusCode};

pub use config::Config;
use origin::Pattern;

use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Answer, Failure, Flow, Outcome, PASS, Policy};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "cors",
    summary: "Lets pages of other origins call the API from a browser",
    stage: Stage::Arrive,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(Cors::new(&read(value)?))),
    readme: include_str!("README.md"),
};

const VARY_PREFLIGHT: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);
const TRUE: HeaderValue = HeaderValue::from_static("true");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// The policy.
pub struct Cors {
    origins: Vec<Pattern>,
    methods: HeaderValue,
    headers: Option<HeaderValue>,
    expose: Option<HeaderValue>,
    credentials: bool,
    max_age: HeaderValue,
}

impl Cors {
    /// From a configuration that was checked.
    pub fn new(config: &Config) -> Self {
        let list = |names: &[String]| HeaderValue::try_from(names.join(", ")).ok();
        let some = |names: &[String]| (!names.is_empty()).then(|| list(names)).flatten();
        Self {
            origins: config
                .origins
                .iter()
                .filter_map(|o| o.parse().ok())
                .collect(),
            methods: list(&config.methods).unwrap_or(HeaderValue::from_static("")),
            headers: some(&config.headers),
            expose: some(&config.expose),
            credentials: config.credentials,
            max_age: HeaderValue::from(config.max_age_seconds),
        }
    }

    fn is_open(&self) -> bool {
        self.origins.contains(&Pattern::Any)
    }

    /// What `Access-Control-Allow-Origin` says to this origin; `None` when it is not allowed.
    fn allowed(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        let text = origin.to_str().ok()?;
        if !self.origins.iter().any(|pattern| pattern.covers(text)) {
            return None;
        }
        Some(if self.is_open() { ANY } else { origin.clone() })
    }

    fn preflight(&self, request: &Request<'_>, allowed: HeaderValue) -> Answer {
        let mut headers: Vec<(HeaderName, HeaderValue)> = vec![
            (ACCESS_CONTROL_ALLOW_ORIGIN, allowed),
            (ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone()),
            (ACCESS_CONTROL_MAX_AGE, self.max_age.clone()),
            (VARY, VARY_PREFLIGHT),
        ];
        let asked = || request.header(&ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        if let Some(names) = self.headers.clone().or_else(asked) {
            headers.push((ACCESS_CONTROL_ALLOW_HEADERS, names));
        }
        if self.credentials {
            headers.push((ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE));
        }
        Answer {
            status: StatusCode::NO_CONTENT,
            headers,
            body: Bytes::new(),
            for_upstream: false,
        }
    }
}

impl Policy for Cors {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let is_preflight = request.method() == Method::OPTIONS
            && request.header(&ACCESS_CONTROL_REQUEST_METHOD).is_some();
        let Some(origin) = request.header(&ORIGIN).filter(|_| is_preflight) else {
            return PASS;
        };
        match self.allowed(origin) {
            Some(allowed) => {
                let answer = self.preflight(request, allowed);
                Outcome::Ready(Ok(Flow::Answer(Box::new(answer))))
            }
            None => Failure::new(
                Refusal::OriginNotAllowed,
                "pages of this origin may not call the API from a browser",
            )
            .into(),
        }
    }

    fn response<'a>(
        &'a self,
        request: &'a Request<'a>,
        response: &'a mut Response<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if !self.is_open() {
            response.vary(&ORIGIN);
        }
        // The policy alone decides: what the upstream says about origins would open what is closed here.
        response.remove(&ACCESS_CONTROL_ALLOW_ORIGIN);
        response.remove(&ACCESS_CONTROL_ALLOW_CREDENTIALS);
        let Some(allowed) = request.header(&ORIGIN).and_then(|o| self.allowed(o)) else {
            return PASS;
        };
        response.set(&ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if self.credentials {
            response.set(&ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
        if let Some(expose) = &self.expose {
            response.set(&ACCESS_CONTROL_EXPOSE_HEADERS, expose.clone());
        }
        PASS
    }
}
