//! `rate_limit`: at most so many requests in a window. The limits of plans are the same engine.

mod config;
mod subject;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::limit::RateLimit;
use domain::refusal::Refusal;
use http::header::RETRY_AFTER;
use http::{HeaderName, HeaderValue};

pub use config::{By, Config, LimitConfig, WindowName};

use crate::counters::{Key, Limit, Taken};
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Failure, Flow, OnError, Outcome, Policy, Verdict};
use crate::readings::{Reading, whole_seconds};
use crate::request::Request;
use crate::services::Services;
use domain::api::PolicyScope;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "rate_limit",
    summary: "Lets at most so many requests pass in a second, minute, hour or day",
    stage: Stage::Limit,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(RateLimiter::new(&read(value)?, instance))),
    readme: include_str!("README.md"),
};

/// The set that the limits of every plan share: a subscription that moves to another plan keeps what it used.
const PLANS: u128 = 0;

/// The policy.
pub struct RateLimiter {
    set: u128,
    by: By,
    header: Option<HeaderName>,
    limits: Box<[Limit]>,
    names: Box<[Arc<str>]>,
    on_error: OnError,
}

impl RateLimiter {
    /// From a configuration that was checked.
    pub fn new(config: &Config, instance: Instance) -> Self {
        let (names, limits): (Vec<String>, Vec<Limit>) = config.compiled().into_iter().unzip();
        Self {
            set: instance.id.uuid().as_u128(),
            by: config.by,
            header: config.header.as_deref().and_then(|name| name.parse().ok()),
            limits: limits.into(),
            names: names.into_iter().map(Arc::from).collect(),
            on_error: config.on_error,
        }
    }

    /// The limits of a plan, counted by subscription and named by their windows. Of two limits for one window only the
    /// smaller can ever decide, so only it is kept. `None` for a plan without limits.
    pub fn of_plan(limits: &[RateLimit]) -> Option<Self> {
        let mut kept: Vec<RateLimit> = limits.to_vec();
        kept.sort_by_key(|limit| (limit.window, limit.requests));
        kept.dedup_by_key(|limit| limit.window);
        if kept.is_empty() {
            return None;
        }
        Some(Self {
            set: PLANS,
            by: By::Subscription,
            header: None,
            limits: kept.iter().map(|limit| Limit::sliding(*limit)).collect(),
            names: kept
                .iter()
                .map(|limit| limit.window.as_str().into())
                .collect(),
            on_error: OnError::Closed,
        })
    }

    fn decide(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let (subject, foreign) = subject::of(self.by, self.header.as_ref(), request, exchange);
        let key = Key {
            set: self.set,
            subject,
            foreign,
        };
        let taken = services
            .counters
            .take(key, &self.limits, 1, exchange.now)
            .map_err(|full| Failure::new(Refusal::PolicyFailed, full.to_string()))?;
        self.report(&taken, exchange);
        if taken.admitted {
            return Ok(Flow::Next);
        }
        Err(self.refuse(&taken))
    }

    fn report(&self, taken: &Taken, exchange: &mut Exchange) {
        for ((limit, name), standing) in self.limits.iter().zip(&self.names).zip(&taken.standings) {
            exchange.readings.push(Reading {
                name: name.clone(),
                limit: limit.requests,
                window: limit.window_us / 1_000_000,
                remaining: standing.remaining,
                reset: whole_seconds(standing.reset.max(standing.wait)),
            });
        }
    }

    fn refuse(&self, taken: &Taken) -> Failure {
        let seconds = whole_seconds(taken.wait()).max(1);
        let full: Vec<String> = self
            .limits
            .iter()
            .zip(&taken.standings)
            .filter(|(_, standing)| standing.wait > 0)
            .map(|(limit, _)| {
                format!(
                    "{} requests in {} s",
                    limit.requests,
                    limit.window_us / 1_000_000
                )
            })
            .collect();
        let detail = format!(
            "the limit of {} per {} is reached; try again in {seconds} s",
            full.join(" and "),
            self.by.as_str()
        );
        Failure::new(Refusal::RateLimited, detail)
            .with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }
}

impl Policy for RateLimiter {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        self.decide(request, exchange, services).into()
    }

    fn on_error(&self) -> OnError {
        self.on_error
    }
}
