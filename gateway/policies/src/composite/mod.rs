//! `composite`: several calls to upstreams, and one answer made of theirs.

mod compiled;
mod config;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use domain::refusal::Refusal;
use futures_util::future::join_all;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

pub use config::{AnswerTemplate, Call, Config};

use crate::body_kinds::{self, Kind as BodyKind};
use crate::config_error::ConfigError;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Answer, Bodies, Body, Failure, Flow, Outcome, Policy, Verdict};
use crate::request::Request;
use crate::services::{FetchError, Fetched, Services};
use crate::statuses::Statuses;
use crate::templates::{self, Known, Names, Structure, Text};
use compiled::{CompiledCall, Reader, rendered};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "composite",
    summary: "Calls several upstreams, beside and after each other, and makes one answer of theirs",
    stage: Stage::Steer,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(Composite::new(&read(value)?)?)),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct Composite {
    calls: Vec<CompiledCall>,
    waves: Vec<Vec<usize>>,
    status: Structure,
    headers: Vec<(HeaderName, Text)>,
    json: Structure,
    names: Names,
    max_body: usize,
}

impl Composite {
    /// From a configuration that was checked.
    pub fn new(config: &Config) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let all: HashSet<&str> = config.calls.iter().map(|call| call.name.as_str()).collect();
        let calls: Vec<CompiledCall> = (0..config.calls.len())
            .filter_map(|place| reader.call(config, place))
            .collect();
        let status = reader.structure("answer.status", &config.answer.status, &all);
        let headers = reader.headers("answer.headers", &config.answer.headers, &all);
        let json = reader.structure("answer.json", &config.answer.json, &all);
        let names = reader.names.unwrap_or(Names::NONE);
        match (reader.errors, status, json, config.waves()) {
            (errors, Some(status), Some(json), Some(waves)) if errors.is_empty() => Ok(Self {
                calls,
                waves,
                status,
                headers,
                json,
                names,
                max_body: config.max_body_bytes,
            }),
            (errors, ..) => Err(errors),
        }
    }

    async fn answer(
        &self,
        request: &Request<'_>,
        mut known: Known,
        services: &Services,
    ) -> Verdict {
        let mut answers = Map::new();
        for wave in &self.waves {
            known.set_calls(&answers);
            let context = known.context();
            let mut begun = Vec::with_capacity(wave.len());
            for place in wave {
                let call = &self.calls[*place];
                match call.make(request, &context)? {
                    Some(made) => {
                        begun.push(async move {
                            (call, services.upstreams.call(&call.upstream, made).await)
                        });
                    }
                    None => {
                        let left_out = failed(call, Value::Null, "left_out");
                        answers.insert(call.name.clone(), left_out);
                    }
                }
            }
            for (call, fetched) in join_all(begun).await {
                answers.insert(call.name.clone(), call.settle(fetched)?);
            }
        }
        known.set_calls(&answers);
        let context = known.context();
        let status = self.status.render(&context);
        let status = status.map_err(|(_, error)| templates::failed("answer.status", &error))?;
        let status = status
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .filter(|status| (200..600).contains(status))
            .and_then(|status| StatusCode::from_u16(status).ok())
            .ok_or_else(|| {
                let detail = "`answer.status` made no status between 200 and 599";
                Failure::new(Refusal::PolicyFailed, detail)
            })?;
        let mut headers = rendered(&self.headers, "answer.headers", &context)?;
        if !headers.iter().any(|(name, _)| name == CONTENT_TYPE) {
            headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        }
        let body = self.json.render(&context).map_err(|(pointer, error)| {
            templates::failed(&format!("answer.json{pointer}"), &error)
        })?;
        let body = serde_json::to_vec(&body).map_err(|_| Failure::from(Refusal::PolicyFailed))?;
        Ok(Flow::Answer(Box::new(Answer {
            status,
            headers,
            body: body.into(),
            for_upstream: true,
        })))
    }
}

impl CompiledCall {
    /// What templates read of it. Without an answer that it can do without, the composite fails.
    fn settle(&self, fetched: Result<Fetched, FetchError>) -> Result<Value, Failure> {
        match fetched {
            Ok(fetched) if Statuses::any(&self.success, fetched.status) => Ok(json!({
                "ok": true,
                "status": fetched.status.as_u16(),
                "headers": headers_of(&fetched),
                "body": body_of(&fetched),
                "error": null,
            })),
            Ok(fetched) if self.optional => {
                Ok(failed(self, json!(fetched.status.as_u16()), "status"))
            }
            Ok(fetched) => {
                let detail = format!(
                    "call `{}` was answered with status {}",
                    self.name,
                    fetched.status.as_u16()
                );
                Err(Failure::new(Refusal::UpstreamFailed, detail))
            }
            Err(error) => {
                let (word, code, what) = match error {
                    FetchError::TimedOut => (
                        "timed_out",
                        Refusal::UpstreamTimeout,
                        "was not answered in time",
                    ),
                    FetchError::TooLarge => (
                        "too_large",
                        Refusal::UpstreamFailed,
                        "was answered with more than it may",
                    ),
                    FetchError::UnknownUpstream => (
                        "unavailable",
                        Refusal::UpstreamUnavailable,
                        "has no upstream that takes it",
                    ),
                    // the causes of these two name addresses
                    FetchError::Refused(_) | FetchError::Failed(_) => {
                        ("failed", Refusal::UpstreamFailed, "could not be made")
                    }
                };
                if self.optional {
                    return Ok(failed(self, json!(0), word));
                }
                let detail = format!("call `{}` {what}", self.name);
                Err(Failure::new(code, detail))
            }
        }
    }
}

/// What templates read of a call that has no answer.
fn failed(call: &CompiledCall, status: Value, error: &str) -> Value {
    json!({
        "ok": false,
        "status": status,
        "headers": {},
        "body": call.fallback,
        "error": error,
    })
}

fn headers_of(fetched: &Fetched) -> Map<String, Value> {
    let names = fetched.headers.keys();
    names
        .filter_map(|name| {
            let value = fetched.headers.get(name)?.to_str().ok()?;
            Some((name.as_str().to_owned(), json!(value)))
        })
        .collect()
}

/// JSON as what it is, other texts as text, anything else as nothing.
fn body_of(fetched: &Fetched) -> Value {
    if body_kinds::kind(&fetched.headers) == BodyKind::Json
        && let Ok(value) = serde_json::from_slice(&fetched.body)
    {
        return value;
    }
    std::str::from_utf8(&fetched.body).map_or(Value::Null, |text| json!(text))
}

impl Policy for Composite {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let mut known = Known::of_request(self.names, request, exchange);
        if self.names.has("body") {
            let body = request.body().filter(|body| !body.is_empty());
            let read = match body {
                Some(_) if body_kinds::is_encoded(request.headers()) => Err(body_kinds::encoded()),
                Some(body) => body_kinds::json(body),
                None => Ok(Value::Null),
            };
            match read {
                Ok(body) => known.set_body(&body),
                Err(failure) => return failure.into(),
            }
        }
        Outcome::Later(Box::pin(self.answer(request, known, services)))
    }

    fn bodies(&self) -> Bodies {
        let mut bodies = Bodies::default();
        if self.names.has("body") {
            bodies.request = Body::Buffer(self.max_body);
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

    fn always_answers(&self) -> bool {
        true
    }
}
