//! `fault_injection`: delays and errors on purpose, so that callers learn to live with them.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::api::PolicyScope;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;

pub use config::{Abort, Config, Delay};

use crate::dice::Dice;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Answer, Flow, Outcome, PASS, Policy};
use crate::request::Request;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "fault_injection",
    summary: "Delays requests or answers them with errors, on purpose",
    stage: Stage::Steer,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(FaultInjection::new(read(value)?))),
    readme: include_str!("README.md"),
};

/// Tells callers that the fault was made on purpose.
pub const X_FAULT: HeaderName = HeaderName::from_static("x-fault-injected");

/// The policy.
pub struct FaultInjection {
    config: Config,
}

impl FaultInjection {
    /// From a configuration that was checked.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// How long this request waits.
    fn delay(&self, dice: &Dice) -> Option<Duration> {
        let delay = self.config.delay.as_ref()?;
        dice.happens(delay.percent).then(|| {
            let jitter = dice.below(u64::from(delay.jitter_ms) + 1);
            Duration::from_millis(u64::from(delay.ms) + jitter)
        })
    }

    /// What this request is answered with.
    fn abort(&self, dice: &Dice) -> Option<Answer> {
        let abort = self.config.abort.as_ref()?;
        let status = StatusCode::from_u16(abort.status).ok()?;
        dice.happens(abort.percent).then(|| {
            let problem = json!({"type": "about:blank",
                "title": status.canonical_reason().unwrap_or("Fault"),
                "status": abort.status, "detail": "this fault was injected on purpose"});
            let json = HeaderValue::from_static("application/problem+json");
            Answer {
                status,
                headers: vec![
                    (CONTENT_TYPE, json),
                    (X_FAULT, HeaderValue::from_static("abort")),
                ],
                body: Bytes::from(problem.to_string()),
                for_upstream: true,
            }
        })
    }
}

fn flow(abort: Option<Answer>) -> Flow {
    abort.map_or(Flow::Next, |answer| Flow::Answer(Box::new(answer)))
}

impl Policy for FaultInjection {
    fn request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        _exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let abort = self.abort(&services.dice);
        match (self.delay(&services.dice), abort) {
            (None, None) => PASS,
            (None, abort) => Ok(flow(abort)).into(),
            (Some(delay), abort) => Outcome::Later(Box::pin(async move {
                tokio::time::sleep(delay).await;
                Ok(flow(abort))
            })),
        }
    }
}
