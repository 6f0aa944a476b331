//! `concurrency_limit`: so many requests at once, a bounded queue before them.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use domain::api::PolicyScope;
use domain::refusal::Refusal;
use http::HeaderValue;
use http::header::RETRY_AFTER;

pub use config::Config;

use crate::counters::Key;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Failure, Flow, Outcome, Policy};
use crate::request::Request;
use crate::services::Services;
use crate::slots::{Asked, Busy};
use crate::subject::Subject;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "concurrency_limit",
    summary: "Lets so many requests run at once, and a bounded number wait",
    stage: Stage::Limit,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| {
        Ok(Arc::new(ConcurrencyLimit::new(&read(value)?, instance)))
    },
    readme: include_str!("README.md"),
};

/// The policy.
pub struct ConcurrencyLimit {
    set: u128,
    subject: Subject,
    limit: u32,
    queue: u32,
    wait: Duration,
}

impl ConcurrencyLimit {
    /// From a configuration that was checked.
    pub fn new(config: &Config, instance: Instance) -> Self {
        Self {
            set: instance.id.uuid().as_u128(),
            subject: Subject::new(config.by, config.header.as_deref(), config.each),
            limit: config.limit,
            queue: config.queue,
            wait: Duration::from_millis(u64::from(config.wait_ms)),
        }
    }

    fn refuse(&self, busy: Busy) -> Failure {
        let by = self.subject.by().as_str();
        let limit = self.limit;
        let detail = match busy {
            Busy::Full if self.queue == 0 => format!("{limit} requests per {by} run already"),
            Busy::Full => format!(
                "{limit} requests per {by} run already, and {} wait",
                self.queue
            ),
            Busy::Waited => format!(
                "{limit} requests per {by} run already, and none ended within {} ms",
                self.wait.as_millis()
            ),
        };
        Failure::new(Refusal::ConcurrencyLimited, detail)
            .with_header(RETRY_AFTER, HeaderValue::from_static("1"))
    }
}

impl Policy for ConcurrencyLimit {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let (subject, foreign) = self.subject.of(request, exchange);
        let key = Key {
            set: self.set,
            subject,
            foreign,
        };
        match services.slots.ask(key, self.limit, self.queue) {
            Ok(Asked::Runs(permit)) => {
                exchange.hold(permit);
                Ok(Flow::Next).into()
            }
            Ok(Asked::Waits(place)) => Outcome::Later(Box::pin(async move {
                let permit = place.wait(self.wait).await;
                exchange.hold(permit.map_err(|busy| self.refuse(busy))?);
                Ok(Flow::Next)
            })),
            Err(busy) => self.refuse(busy).into(),
        }
    }
}
