//! `request_validator`: holds requests against the operation in the API's document.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::refusal::Refusal;

pub use config::{Config, Unknown};

use crate::body_kinds;
use crate::contract::{self, CompiledOperation, Found};
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Flow, Outcome, Policy, Verdict};
use crate::request::Request;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "request_validator",
    summary: "Refuses requests that break the API's document: parameters and bodies",
    stage: Stage::Validate,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| {
        Ok(Arc::new(RequestValidator {
            config: read(value)?,
        }))
    },
    readme: include_str!("README.md"),
};

/// The policy.
pub struct RequestValidator {
    config: Config,
}

impl RequestValidator {
    fn check(&self, request: &Request<'_>, exchange: &Exchange) -> Verdict {
        let operation = contract::of(exchange)?.compiled()?;
        if self.config.parameters {
            let only_known = self.config.unknown_parameters == Unknown::Refuse;
            let found = contract::check_parameters(&operation, request, only_known);
            refuse(&found)?;
        }
        if self.config.body {
            self.check_body(&operation, request)?;
        }
        Ok(Flow::Next)
    }

    fn check_body(
        &self,
        operation: &CompiledOperation,
        request: &Request<'_>,
    ) -> Result<(), Failure> {
        let (takes, must) = operation.takes_body();
        let Some(body) = request.body().filter(|body| !body.is_empty()) else {
            if must {
                return Err(Failure::new(Refusal::RequestInvalid, "body: is missing"));
            }
            return Ok(());
        };
        // an operation without a described body may get one; nothing is known of it
        if !takes {
            return Ok(());
        }
        let media_type = body_kinds::media_type(request.headers()).unwrap_or_default();
        let Some(content) = operation.body(&media_type) else {
            if self.config.unknown_content_types == Unknown::Pass {
                return Ok(());
            }
            let detail = format!("this operation takes {}", operation.body_types().join(", "));
            return Err(Failure::new(Refusal::UnsupportedMediaType, detail));
        };
        if body_kinds::is_encoded(request.headers()) {
            return Err(body_kinds::encoded());
        }
        refuse(&contract::check_body(content, &media_type, body))
    }
}

fn refuse(found: &[Found]) -> Result<(), Failure> {
    if found.is_empty() {
        return Ok(());
    }
    let found: Vec<String> = found.iter().map(Found::to_string).collect();
    Err(Failure::new(Refusal::RequestInvalid, found.join("; ")))
}

impl Policy for RequestValidator {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        self.check(request, exchange).into()
    }

    fn bodies(&self) -> Bodies {
        let mut bodies = Bodies::default();
        if self.config.body {
            bodies.request = Body::Buffer(self.config.max_body_bytes);
        }
        bodies
    }

    fn request_body(
        &self,
        _exchange: &mut Exchange,
        _piece: &Bytes,
        _end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        Ok(None)
    }
}
