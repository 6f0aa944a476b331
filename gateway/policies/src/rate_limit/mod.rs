//! `rate_limit`: at most so many requests in a window. The limits of plans are the same engine.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::limit::RateLimit;
use domain::refusal::Refusal;
use http::HeaderValue;
use http::header::RETRY_AFTER;

pub use config::{Config, LimitConfig, WindowName};

use crate::cost::{Cost, CostConfig};
use crate::counters::{Key, Limit, Taken};
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Failure, Flow, OnError, Outcome, PASS, Policy, Verdict};
use crate::readings::{Reading, whole_seconds};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;
use crate::subject::{By, Each, Subject};
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
    subject: Subject,
    weight: u64,
    cost: Option<Cost>,
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
            subject: Subject::new(config.by, config.header.as_deref(), config.each),
            weight: config.weight,
            cost: config.cost.as_ref().and_then(CostConfig::compile),
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
            subject: Subject::new(By::Subscription, None, Each::All),
            weight: 1,
            cost: None,
            limits: kept.iter().map(|limit| Limit::sliding(*limit)).collect(),
            names: kept
                .iter()
                .map(|limit| limit.window.as_str().into())
                .collect(),
            on_error: OnError::Closed,
        })
    }

    fn key(&self, request: &Request<'_>, exchange: &Exchange) -> Key {
        let (subject, foreign) = self.subject.of(request, exchange);
        Key {
            set: self.set,
            subject,
            foreign,
        }
    }

    fn decide(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let cost = match &self.cost {
            Some(cost) => cost.at_admission(request.headers()),
            None => self.weight,
        };
        let taken = services
            .counters
            .take(
                self.key(request, exchange),
                &self.limits,
                cost,
                exchange.now,
            )
            .map_err(|full| Failure::new(Refusal::PolicyFailed, full.to_string()))?;
        self.report(&taken, exchange);
        if taken.admitted {
            return Ok(Flow::Next);
        }
        Err(self.refuse(&taken))
    }

    fn report(&self, taken: &Taken, exchange: &mut Exchange) {
        for ((limit, name), standing) in self.limits.iter().zip(&self.names).zip(&taken.standings) {
            exchange.readings.set(Reading {
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
            self.subject.by().as_str()
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

    fn response<'a>(
        &'a self,
        request: &'a Request<'a>,
        response: &'a mut Response<'_>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        if let Some(cost) = &self.cost
            && response.is_from_upstream()
        {
            let cost = cost.afterwards(response.headers());
            if cost > 0 {
                let key = self.key(request, exchange);
                // a full table has let the request pass already, or refused it
                if let Ok(taken) = services
                    .counters
                    .charge(key, &self.limits, cost, exchange.now)
                {
                    self.report(&taken, exchange);
                }
            }
        }
        PASS
    }

    fn on_error(&self) -> OnError {
        self.on_error
    }
}
