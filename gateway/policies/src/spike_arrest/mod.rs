//! `spike_arrest`: smooths the flow of requests, so that no spike reaches the upstream.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::api::PolicyScope;
use domain::refusal::Refusal;
use http::HeaderValue;
use http::header::RETRY_AFTER;

pub use config::{Config, Per};

use crate::counters::{Key, Limit};
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Failure, Flow, Outcome, Policy, Verdict};
use crate::readings::whole_seconds;
use crate::request::Request;
use crate::services::Services;
use crate::subject::Subject;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "spike_arrest",
    summary: "Keeps requests evenly apart, so that no spike reaches the upstream",
    stage: Stage::Limit,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(SpikeArrest::new(&read(value)?, instance))),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct SpikeArrest {
    set: u128,
    subject: Subject,
    limit: [Limit; 1],
}

impl SpikeArrest {
    /// From a configuration that was checked.
    pub fn new(config: &Config, instance: Instance) -> Self {
        Self {
            set: instance.id.uuid().as_u128(),
            subject: Subject::new(config.by, config.header.as_deref(), config.each),
            limit: [config.limit()],
        }
    }

    fn decide(&self, request: &Request<'_>, exchange: &Exchange, services: &Services) -> Verdict {
        let (subject, foreign) = self.subject.of(request, exchange);
        let key = Key {
            set: self.set,
            subject,
            foreign,
        };
        let taken = services
            .counters
            .take(key, &self.limit, 1, exchange.now)
            .map_err(|full| Failure::new(Refusal::PolicyFailed, full.to_string()))?;
        if taken.admitted {
            return Ok(Flow::Next);
        }
        let detail = format!(
            "requests come too close together; the next one is taken in {} ms",
            taken.wait().div_ceil(1_000)
        );
        let seconds = whole_seconds(taken.wait()).max(1);
        Err(Failure::new(Refusal::RateLimited, detail)
            .with_header(RETRY_AFTER, HeaderValue::from(seconds)))
    }
}

impl Policy for SpikeArrest {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        self.decide(request, exchange, services).into()
    }
}
