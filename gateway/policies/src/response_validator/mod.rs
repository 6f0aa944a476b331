//! `response_validator`: holds answers against the operation in the API's document.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::id::PolicyId;
use domain::refusal::Refusal;
use http::StatusCode;

pub use config::Config;

use crate::body_kinds;
use crate::contract::{self, CompiledOperation, Found};
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::request_validator::Unknown;
use crate::response::Response;
use crate::services::Services;
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "response_validator",
    summary: "Holds back answers that break the API's document: headers and bodies",
    stage: Stage::Validate,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| {
        Ok(Arc::new(ResponseValidator {
            id: instance.id,
            config: read(value)?,
        }))
    },
    readme: include_str!("README.md"),
};

/// The policy.
pub struct ResponseValidator {
    id: PolicyId,
    config: Config,
}

/// An answer whose body is to be checked.
struct Awaited {
    operation: Arc<CompiledOperation>,
    status: StatusCode,
    media_type: String,
}

impl ResponseValidator {
    fn head(
        &self,
        request: &Request<'_>,
        response: &Response<'_>,
        exchange: &mut Exchange,
    ) -> Verdict {
        let status = response.status();
        if status.is_informational() || status == StatusCode::NOT_MODIFIED {
            return Ok(Flow::Next);
        }
        let operation = contract::of(exchange)?.compiled()?;
        let Some(promised) = operation.response(status) else {
            return match self.config.unknown_statuses {
                Unknown::Pass => Ok(Flow::Next),
                Unknown::Refuse => Err(invalid(format!(
                    "status {} is not promised",
                    status.as_u16()
                ))),
            };
        };
        if self.config.headers {
            refuse(&contract::check_headers(promised, response.headers()))?;
        }
        if !self.config.body || !promised.has_body() {
            return Ok(Flow::Next);
        }
        if status == StatusCode::PARTIAL_CONTENT {
            return Err(invalid(
                "only a part of the body was sent, which cannot be checked",
            ));
        }
        if !body_kinds::is_whole(request.method(), status) {
            return Ok(Flow::Next);
        }
        let media_type = body_kinds::media_type(response.headers()).unwrap_or_default();
        if promised.content(&media_type).is_none() {
            return match self.config.unknown_content_types {
                Unknown::Pass => Ok(Flow::Next),
                Unknown::Refuse => Err(invalid("the type of the body is not promised")),
            };
        }
        if body_kinds::is_encoded(response.headers()) {
            return Err(invalid("the body is encoded, so it cannot be checked"));
        }
        *exchange.state(self.id) = Some(Awaited {
            operation,
            status,
            media_type,
        });
        Ok(Flow::Next)
    }
}

fn invalid(detail: impl Into<String>) -> Failure {
    Failure::new(Refusal::ResponseInvalid, detail)
}

fn refuse(found: &[Found]) -> Result<(), Failure> {
    if found.is_empty() {
        return Ok(());
    }
    let found: Vec<String> = found.iter().map(Found::to_string).collect();
    Err(invalid(found.join("; ")))
}

impl Policy for ResponseValidator {
    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if self.config.body {
            body_kinds::ask_plain(upstream);
        }
        PASS
    }

    fn response<'a>(
        &'a self,
        request: &'a Request<'a>,
        response: &'a mut Response<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if response.is_from_upstream() {
            return self.head(request, response, exchange).into();
        }
        PASS
    }

    fn bodies(&self) -> Bodies {
        let mut bodies = Bodies::default();
        if self.config.body {
            bodies.response = Body::Buffer(self.config.max_body_bytes);
        }
        bodies
    }

    fn response_body(
        &self,
        exchange: &mut Exchange,
        piece: &Bytes,
        _end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        let Some(awaited) = exchange.state::<Option<Awaited>>(self.id).take() else {
            return Ok(None);
        };
        let promised = awaited.operation.response(awaited.status);
        if let Some(content) = promised.and_then(|p| p.content(&awaited.media_type)) {
            refuse(&contract::check_body(content, &awaited.media_type, piece))?;
        }
        Ok(None)
    }
}
