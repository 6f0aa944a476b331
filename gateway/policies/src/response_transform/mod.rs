//! `response_transform`: changes headers and JSON body on the way back to the caller.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::id::PolicyId;
use domain::refusal::Refusal;
use minijinja::Value;

pub use config::Config;

use crate::body_edits::CompiledBodyEdits;
use crate::body_kinds::{self, Kind as BodyKind};
use crate::config_error::ConfigError;
use crate::exchange::Exchange;
use crate::header_edits::CompiledHeaderEdits;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;
use crate::statuses::Statuses;
use crate::templates::{Known, Names};
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "response_transform",
    summary: "Changes headers and JSON body of the answer, with templates",
    stage: Stage::Transform,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| {
        let policy = ResponseTransform::new(&read(value)?, instance.id)?;
        Ok(Arc::new(policy))
    },
    readme: include_str!("README.md"),
};

/// The policy.
pub struct ResponseTransform {
    id: PolicyId,
    headers: CompiledHeaderEdits,
    body: Option<CompiledBodyEdits>,
    statuses: Vec<Statuses>,
    max_body: usize,
}

impl ResponseTransform {
    /// From a configuration that was checked.
    pub fn new(config: &Config, id: PolicyId) -> Result<Self, Vec<ConfigError>> {
        let body = config.body.as_ref();
        let body = body
            .map(|body| body.compile("body", Names::RESPONSE))
            .transpose()?;
        let statuses = config.statuses.iter();
        Ok(Self {
            id,
            headers: config.headers.compile(Names::HEAD),
            body,
            statuses: statuses.filter_map(|text| Statuses::parse(text)).collect(),
            max_body: config.max_body_bytes,
        })
    }

    fn change(
        &self,
        request: &Request<'_>,
        response: &mut Response<'_>,
        exchange: &mut Exchange,
    ) -> Verdict {
        let body = self.body.as_ref();
        let names = self.headers.names();
        let names = names.and(body.map_or(Names::NONE, CompiledBodyEdits::names));
        let mut known = Known::of_request(names, request, exchange);
        if names.has("response") {
            known.set_response(response.status(), response.headers());
        }
        let context = if self.headers.names() == Names::NONE {
            Value::UNDEFINED
        } else {
            known.context()
        };
        let kind = body_kinds::kind(response.headers());
        let is_encoded = body_kinds::is_encoded(response.headers());
        self.headers.apply(response, &context)?;
        let Some(edits) = body else {
            return Ok(Flow::Next);
        };
        if !body_kinds::is_whole(request.method(), response.status()) {
            return Ok(Flow::Next);
        }
        if edits.reads_body() && (is_encoded || kind != BodyKind::Json) {
            let detail = "the API's answer is not plain JSON, so it cannot be changed";
            return Err(Failure::new(Refusal::PolicyFailed, detail));
        }
        body_kinds::is_changed(response);
        if let Some(content_type) = edits.content_type() {
            response.set(&http::header::CONTENT_TYPE, content_type.clone());
            response.remove(&http::header::CONTENT_ENCODING);
        }
        *exchange.state(self.id) = Some(known);
        Ok(Flow::Next)
    }
}

impl Policy for ResponseTransform {
    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if self
            .body
            .as_ref()
            .is_some_and(CompiledBodyEdits::reads_body)
        {
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
        if response.is_from_upstream() && Statuses::any(&self.statuses, response.status()) {
            return self.change(request, response, exchange).into();
        }
        PASS
    }

    fn bodies(&self) -> Bodies {
        let mut bodies = Bodies::default();
        if self.body.is_some() {
            bodies.response = Body::Buffer(self.max_body);
        }
        bodies
    }

    fn response_body(
        &self,
        exchange: &mut Exchange,
        piece: &Bytes,
        _end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        let Some(edits) = &self.body else {
            return Ok(None);
        };
        let Some(known) = exchange.state::<Option<Known>>(self.id).take() else {
            return Ok(None);
        };
        // an answer that said to be JSON and has no body has nothing to change
        if piece.is_empty() && edits.reads_body() {
            return Ok(None);
        }
        let body = if edits.reads_body() {
            Some(body_kinds::response_json(piece)?)
        } else {
            None
        };
        edits.apply(known, body).map(Some)
    }
}
