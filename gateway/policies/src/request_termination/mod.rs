//! `request_termination`: answers every request itself.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::api::PolicyScope;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;

pub use config::Config;

use crate::config_error::ConfigError;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Answer, Flow, Outcome, Policy};
use crate::request::Request;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "request_termination",
    summary: "Answers every request itself, with a status and a body",
    stage: Stage::Authorise,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(RequestTermination::new(&read(value)?)?)),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct RequestTermination {
    answer: Answer,
}

impl RequestTermination {
    /// Makes the answer ready.
    pub fn new(config: &Config) -> Result<Self, Vec<ConfigError>> {
        let wrong = |path: &str| vec![ConfigError::new(path, "cannot be sent")];
        let status = StatusCode::from_u16(config.status).map_err(|_| wrong("status"))?;
        let value = |path: &str, text: &str| HeaderValue::from_str(text).map_err(|_| wrong(path));
        let (content_type, body) = match (&config.message, &config.body) {
            (_, Some(body)) => (Some(config.content_type.as_str()), body.clone()),
            (Some(message), None) => {
                let title = status.canonical_reason().unwrap_or("Stopped here");
                let problem = json!({"type": "about:blank", "title": title,
                    "status": config.status, "detail": message});
                (Some("application/problem+json"), problem.to_string())
            }
            (None, None) => (None, String::new()),
        };
        let mut headers = Vec::with_capacity(config.headers.len() + 1);
        if let Some(content_type) = content_type {
            headers.push((CONTENT_TYPE, value("content_type", content_type)?));
        }
        for (name, text) in &config.headers {
            let path = format!("headers.{name}");
            let name = HeaderName::try_from(name).map_err(|_| wrong(&path))?;
            headers.push((name, value(&path, text)?));
        }
        Ok(Self {
            answer: Answer {
                status,
                headers,
                body: Bytes::from(body),
                for_upstream: false,
            },
        })
    }
}

impl Policy for RequestTermination {
    fn request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        Ok(Flow::Answer(Box::new(self.answer.clone()))).into()
    }

    fn always_answers(&self) -> bool {
        true
    }
}
