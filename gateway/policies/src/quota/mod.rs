//! `quota`: a calendar budget of requests. The quotas of plans are the same engine.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::api::PolicyScope;
use domain::limit::Quota;
use domain::refusal::Refusal;
use http::HeaderValue;
use http::header::RETRY_AFTER;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use config::{By, Config, PeriodName};

use crate::cost::{Cost, CostConfig};
use crate::exchange::{Exchange, Proof};
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::quotas::{Balance, Charge};
use crate::readings::{Reading, whole_seconds};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "quota",
    summary: "Grants a number of requests per hour, day, week or month",
    stage: Stage::Limit,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(QuotaPolicy::new(&read(value)?, instance))),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct QuotaPolicy {
    quota: Quota,
    by: By,
    /// The policy's id; `None` for a plan's quota, whose counter is the subscription itself.
    owner: Option<Uuid>,
    cost: Option<Cost>,
    name: Arc<str>,
}

impl QuotaPolicy {
    /// From a configuration that was checked.
    pub fn new(config: &Config, instance: Instance) -> Self {
        let quota = config.quota();
        let name = config
            .name
            .clone()
            .unwrap_or_else(|| format!("{}-{}", config.by.as_str(), quota.period));
        Self {
            quota,
            by: config.by,
            owner: Some(instance.id.uuid()),
            cost: config.cost.as_ref().and_then(CostConfig::compile),
            name: name.into(),
        }
    }

    /// The quota of a plan: counted by subscription, named by its period.
    pub fn of_plan(quota: Quota) -> Self {
        Self {
            quota,
            by: By::Subscription,
            owner: None,
            cost: None,
            name: format!("{}-quota", quota.period).into(),
        }
    }

    /// Whose budget; `None` when nobody is known, so that there is no budget to charge.
    fn counter(&self, exchange: &Exchange) -> Option<Uuid> {
        let subscription = exchange.terms.map(|terms| terms.subscription.uuid());
        let whose = match self.by {
            By::Subscription => subscription?,
            By::Application => exchange.caller?.application.uuid(),
            By::Credential => match exchange.caller?.proof {
                Proof::Credential(id) => id.uuid(),
                Proof::Playground(subscription) => subscription.uuid(),
            },
        };
        Some(match self.owner {
            None => whose,
            Some(owner) => derived(owner, whose),
        })
    }

    fn decide(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let Some(counter) = self.counter(exchange) else {
            // An open route: there is nobody whose budget it could be.
            return Ok(Flow::Next);
        };
        let cost = self.cost.as_ref();
        let amount = cost.map_or(1, |cost| cost.at_admission(request.headers()));
        match services
            .quotas
            .take(counter, self.quota, amount, exchange.now)
        {
            Ok(balance) => {
                exchange.charges.push(Charge {
                    counter,
                    period_start: balance.period_start,
                    amount,
                });
                exchange.readings.set(self.reading(balance, exchange));
                Ok(Flow::Next)
            }
            Err(balance) => {
                let reading = self.reading(balance, exchange);
                let seconds = reading.reset.max(1);
                exchange.readings.set(reading);
                let detail = format!(
                    "all {} requests of this {} are used; the next one begins at {}",
                    self.quota.requests, self.quota.period, balance.period_end
                );
                Err(Failure::new(Refusal::QuotaExceeded, detail)
                    .with_header(RETRY_AFTER, HeaderValue::from(seconds)))
            }
        }
    }

    fn reading(&self, balance: Balance, exchange: &Exchange) -> Reading {
        let micros =
            |span: std::time::Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Reading {
            name: self.name.clone(),
            limit: self.quota.requests,
            window: balance.period_end.since(balance.period_start).as_secs(),
            remaining: self.quota.requests.saturating_sub(balance.used),
            reset: whole_seconds(micros(balance.period_end.since(exchange.now))),
        }
    }
}

/// One id for a policy and whom it counts, stable over restarts. Version 8 (RFC 9562): made of a hash.
fn derived(owner: Uuid, whose: Uuid) -> Uuid {
    let hash = Sha256::new()
        .chain_update(owner.as_bytes())
        .chain_update(whose.as_bytes())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Uuid::from_bytes(bytes)
}

impl Policy for QuotaPolicy {
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
        _request: &'a Request<'a>,
        response: &'a mut Response<'_>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        if let Some(cost) = &self.cost
            && response.is_from_upstream()
            && let Some(counter) = self.counter(exchange)
        {
            let amount = cost.afterwards(response.headers());
            if amount > 0 {
                let quotas = &services.quotas;
                let balance = quotas.charge(counter, self.quota, amount, exchange.now);
                exchange.charges.push(Charge {
                    counter,
                    period_start: balance.period_start,
                    amount,
                });
                exchange.readings.set(self.reading(balance, exchange));
            }
        }
        PASS
    }
}
