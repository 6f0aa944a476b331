//! `json_threat_protection`: refuses JSON that is built to hurt whoever reads it, while it passes.

mod config;
mod scanner;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::id::PolicyId;
use domain::refusal::Refusal;

pub use config::Config;
pub use scanner::{Bounds, Offence, Scanner};

use crate::body_kinds;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Outcome, PASS, Policy};
use crate::request::Request;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "json_threat_protection",
    summary: "Refuses JSON bodies that are too deep, too wide or too long, while they pass",
    stage: Stage::Validate,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| {
        let config = read::<Config>(value)?;
        Ok(Arc::new(JsonThreatProtection {
            id: instance.id,
            bounds: Bounds::from(&config),
            every: config.every_content_type,
        }))
    },
    readme: include_str!("README.md"),
};

/// The policy.
pub struct JsonThreatProtection {
    id: PolicyId,
    bounds: Bounds,
    every: bool,
}

impl Policy for JsonThreatProtection {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let headers = request.headers();
        if !self.every && body_kinds::kind(headers) != body_kinds::Kind::Json {
            return PASS;
        }
        if body_kinds::is_encoded(headers) {
            return body_kinds::encoded().into();
        }
        let mut scanner = Scanner::new(self.bounds);
        // another policy had the body read already: refused before the upstream sees anything
        if let Some(body) = request.body().filter(|body| !body.is_empty()) {
            let read = scanner.read(body).and_then(|()| scanner.finish());
            if let Err(offence) = read {
                return refusal(offence).into();
            }
        } else {
            *exchange.state(self.id) = Some(scanner);
        }
        PASS
    }

    fn bodies(&self) -> Bodies {
        Bodies {
            request: Body::Watch,
            response: Body::None,
        }
    }

    fn request_body(
        &self,
        exchange: &mut Exchange,
        piece: &Bytes,
        end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        let Some(scanner) = exchange.state::<Option<Scanner>>(self.id) else {
            return Ok(None);
        };
        scanner.read(piece).map_err(refusal)?;
        if end && !scanner.is_untouched() {
            scanner.finish().map_err(refusal)?;
        }
        Ok(None)
    }
}

fn refusal(offence: Offence) -> Failure {
    let code = match offence {
        Offence::NotJson(_) | Offence::TooEarly => Refusal::InvalidBody,
        Offence::Size(_) => Refusal::BodyTooLarge,
        _ => Refusal::BodyRefused,
    };
    Failure::new(code, offence.to_string())
}
