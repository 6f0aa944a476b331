//! `response_rate_limit`: limits on what the upstream says that its answers cost.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::api::PolicyScope;
use domain::refusal::Refusal;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};

pub use config::{Config, UnitLimit};

use crate::counters::{Key, Limit, Standing};
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::readings::{Reading, whole_seconds};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;
use crate::subject::Subject;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "response_rate_limit",
    summary: "Limits what the upstream says that its answers cost",
    stage: Stage::Limit,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| {
        Ok(Arc::new(ResponseRateLimit::new(&read(value)?, instance)))
    },
    readme: include_str!("README.md"),
};

/// The largest cost of one answer that is believed.
const MOST: u64 = 1_000_000_000_000;

/// The policy.
pub struct ResponseRateLimit {
    set: u128,
    subject: Subject,
    header: HeaderName,
    show: bool,
    units: Box<[Unit]>,
}

/// One limit of one thing. Each has counters of its own: they are charged apart.
struct Unit {
    name: Arc<str>,
    limit: [Limit; 1],
    salt: u128,
}

impl ResponseRateLimit {
    /// From a configuration that was checked.
    pub fn new(config: &Config, instance: Instance) -> Self {
        let units = config.limits.iter().map(|unit| {
            let mut digest = [0; 16];
            let hash = <sha2::Sha256 as sha2::Digest>::digest(unit.unit.as_bytes());
            digest.copy_from_slice(&hash[..16]);
            Unit {
                name: unit.unit.as_str().into(),
                limit: [unit.limit()],
                salt: u128::from_be_bytes(digest) ^ u128::from(unit.limit().window_us),
            }
        });
        Self {
            set: instance.id.uuid().as_u128(),
            subject: Subject::new(config.by, config.header.as_deref(), config.each),
            header: HeaderName::try_from(config.usage_header.as_str())
                .expect("the configuration was checked"),
            show: config.show_usage,
            units: units.collect(),
        }
    }

    fn key(&self, unit: &Unit, subject: (u128, bool)) -> Key {
        Key {
            set: self.set ^ unit.salt,
            subject: subject.0,
            foreign: subject.1,
        }
    }

    /// Whether something is left of everything. What this request will cost is not known yet.
    fn decide(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let subject = self.subject.of(request, exchange);
        let mut full: Option<(&Unit, u64)> = None;
        for unit in &self.units {
            let key = self.key(unit, subject);
            let taken = services
                .counters
                .peek(key, &unit.limit, exchange.now)
                .map_err(|full| Failure::new(Refusal::PolicyFailed, full.to_string()))?;
            report(unit, &taken.standings[0], exchange);
            if !taken.admitted && full.is_none_or(|(_, wait)| wait < taken.wait()) {
                full = Some((unit, taken.wait()));
            }
        }
        let Some((unit, wait)) = full else {
            return Ok(Flow::Next);
        };
        let seconds = whole_seconds(wait).max(1);
        let detail = format!(
            "the limit of {} {} in {} s per {} is used up; try again in {seconds} s",
            unit.limit[0].requests,
            unit.name,
            unit.limit[0].window_us / 1_000_000,
            self.subject.by().as_str()
        );
        Err(Failure::new(Refusal::RateLimited, detail)
            .with_header(RETRY_AFTER, HeaderValue::from(seconds)))
    }

    fn cost(&self, unit: &Unit, headers: &HeaderMap) -> u64 {
        let amount = headers
            .get_all(&self.header)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .find_map(|part| match part.split_once('=') {
                Some((name, amount)) if name.trim() == &*unit.name => amount.trim().parse().ok(),
                None if self.units.iter().all(|u| u.name == unit.name) => part.trim().parse().ok(),
                _ => None,
            });
        amount.unwrap_or(0).min(MOST)
    }
}

fn report(unit: &Unit, standing: &Standing, exchange: &mut Exchange) {
    exchange.readings.set(Reading {
        name: unit.name.clone(),
        limit: unit.limit[0].requests,
        window: unit.limit[0].window_us / 1_000_000,
        remaining: standing.remaining,
        reset: whole_seconds(standing.reset.max(standing.wait)),
    });
}

impl Policy for ResponseRateLimit {
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
        if !response.is_from_upstream() {
            return PASS;
        }
        let subject = self.subject.of(request, exchange);
        for unit in &self.units {
            let cost = self.cost(unit, response.headers());
            let key = self.key(unit, subject);
            // a table that is full refused the request when it came
            if cost > 0
                && let Ok(taken) = services
                    .counters
                    .charge(key, &unit.limit, cost, exchange.now)
            {
                report(unit, &taken.standings[0], exchange);
            }
        }
        if !self.show {
            response.remove(&self.header);
        }
        PASS
    }
}
