//! `redirect`: sends callers elsewhere.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::refusal::Refusal;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

pub use config::{Config, RedirectStatus};

use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Answer, Failure, Flow, Outcome, Policy, Verdict};
use crate::request::{Request, Scheme};
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "redirect",
    summary: "Sends callers to another place",
    stage: Stage::Authorise,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(Redirect::new(read(value)?))),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct Redirect {
    config: Config,
}

impl Redirect {
    /// From a configuration that was checked.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    fn decide(&self, request: &Request<'_>) -> Verdict {
        let config = &self.config;
        if config.only_http && request.scheme() == Scheme::Https {
            return Ok(Flow::Next);
        }
        let mut place = match &config.to {
            Some(to) => to.clone(),
            None => format!("https://{}{}", request.host(), request.path()),
        };
        if config.keep_path && config.to.is_some() {
            place.truncate(place.trim_end_matches('/').len());
            place.push_str(request.path());
        }
        if let Some(query) = request.query().filter(|_| config.keep_query) {
            place.push('?');
            place.push_str(query);
        }
        let place = HeaderValue::try_from(place).map_err(|_| {
            Failure::new(Refusal::BadRequest, "the target cannot stand in a header")
        })?;
        let status = StatusCode::from_u16(config.status.code()).expect("it is a status");
        Ok(Flow::Answer(Box::new(Answer {
            status,
            headers: vec![(LOCATION, place)],
            body: Bytes::new(),
            for_upstream: false,
        })))
    }
}

impl Policy for Redirect {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        self.decide(request).into()
    }

    fn always_answers(&self) -> bool {
        !self.config.only_http
    }
}
