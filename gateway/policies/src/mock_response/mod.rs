//! `mock_response`: answers from the examples of the API's document, or with values made from its schemas.

mod choice;
mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::refusal::Refusal;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use openapi::contract::{OperationContract, ResponseContract};
use serde_json::Value;

pub use config::Config;

use crate::body_kinds::{Kind as BodyKind, kind_of};
use crate::contract;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Answer, Failure, Flow, Outcome, Policy, Verdict};
use crate::request::Request;
use crate::services::Services;
use crate::upstream::is_framing;
use choice::Preference;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "mock_response",
    summary: "Answers from the examples and schemas of the API's document instead of an upstream",
    stage: Stage::Steer,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| {
        Ok(Arc::new(MockResponse {
            config: read(value)?,
        }))
    },
    readme: include_str!("README.md"),
};

/// The policy.
pub struct MockResponse {
    config: Config,
}

impl MockResponse {
    fn answer(&self, operation: &OperationContract, headers: &HeaderMap) -> Verdict {
        let preference = if self.config.callers_choose {
            Preference::of(headers)
        } else {
            Preference::default()
        };
        let wanted = preference.status.or(self.config.status);
        let bad = |detail: String| Failure::new(Refusal::BadRequest, detail);
        if wanted.is_some_and(|status| !(200..600).contains(&status)) {
            return Err(bad("`Prefer: code` is between 200 and 599".to_owned()));
        }
        let Some((status, response)) = choice::response(operation, wanted) else {
            let known: Vec<&str> = operation.responses.iter().map(|r| &*r.status).collect();
            let detail = match wanted {
                Some(status) => format!(
                    "the document has no answer {status}; one of {}",
                    known.join(", ")
                ),
                None => "the document has no answer for this operation".to_owned(),
            };
            return Err(bad(detail));
        };
        let mut answer = Answer {
            status,
            headers: headers_of(response),
            body: Bytes::new(),
            for_upstream: true,
        };
        let content = choice::content(response, headers).map_err(|_| {
            let known: Vec<&str> = response.contents.iter().map(|c| &*c.media_type).collect();
            bad(format!("`Accept` takes none of {}", known.join(", ")))
        })?;
        if let Some(content) = content {
            let name = preference.example.as_deref();
            let Some(example) = choice::example(content, name.or(self.config.example.as_deref()))
            else {
                let known: Vec<&str> = content.examples.iter().map(|e| &*e.name).collect();
                let detail = format!(
                    "the answer has no such example; one of {}",
                    known.join(", ")
                );
                return Err(bad(detail));
            };
            // `text/*` and the like are no types that could be sent
            if let Ok(value) = HeaderValue::try_from(content.media_type.replace("/*", "/plain")) {
                answer.headers.push((CONTENT_TYPE, value));
            }
            answer.body = example.map_or_else(Bytes::new, |example| {
                written(&example.value, kind_of(&content.media_type))
            });
        }
        Ok(Flow::Answer(Box::new(answer)))
    }
}

/// The headers that the document gives examples of.
fn headers_of(response: &ResponseContract) -> Vec<(HeaderName, HeaderValue)> {
    let headers = response.headers.iter().filter_map(|header| {
        let name: HeaderName = header.name.parse().ok()?;
        let text = match &header.example {
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (!is_framing(&name)).then_some((name, HeaderValue::try_from(text).ok()?))
    });
    headers.collect()
}

/// A text that is no JSON stands in the document as it is sent.
fn written(value: &Value, kind: BodyKind) -> Bytes {
    match value {
        Value::String(text) if kind != BodyKind::Json => text.clone().into(),
        value => value.to_string().into(),
    }
}

impl Policy for MockResponse {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        match contract::of(exchange) {
            Ok(operation) => self.answer(operation.contract(), request.headers()).into(),
            Err(failure) => failure.into(),
        }
    }

    fn always_answers(&self) -> bool {
        true
    }
}
