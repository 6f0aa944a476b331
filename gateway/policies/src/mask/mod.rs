//! `mask`: keeps members of answers from callers, and parts of requests out of the log.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::id::PolicyId;
use domain::refusal::Refusal;
use http::HeaderName;
use regex::Regex;
use serde_json::Value;

pub use config::{Action, Config, Field, Log, OtherContent};

use crate::body_kinds::{self, Kind as BodyKind};
use crate::exchange::Exchange;
use crate::json_path::JsonPath;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::log_entry::LogEntry;
use crate::policy::{Bodies, Body, Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "mask",
    summary: "Hides members and headers of answers from callers, and parts of requests from the log",
    stage: Stage::Transform,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(Mask::new(read(value)?, instance.id))),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct Mask {
    id: PolicyId,
    fields: Vec<(JsonPath, Field)>,
    headers: Vec<HeaderName>,
    paths: Vec<Regex>,
    config: Config,
}

/// Set while an answer passes whose body is to be masked.
#[derive(Default)]
struct IsMasked(bool);

impl Mask {
    /// From a configuration that was checked.
    pub fn new(config: Config, id: PolicyId) -> Self {
        let fields = config.fields.iter();
        let fields =
            fields.filter_map(|field| Some((JsonPath::parse(&field.path).ok()?, field.clone())));
        let headers = config.headers.iter();
        let paths = config.log.path.iter();
        Self {
            id,
            fields: fields.collect(),
            headers: headers.filter_map(|name| name.parse().ok()).collect(),
            paths: paths
                .filter_map(|text| config::pattern_of(text).ok())
                .collect(),
            config,
        }
    }

    fn look(
        &self,
        request: &Request<'_>,
        response: &mut Response<'_>,
        exchange: &mut Exchange,
    ) -> Verdict {
        for name in &self.headers {
            response.remove(name);
        }
        let status = response.status();
        if self.fields.is_empty() || !body_kinds::is_whole(request.method(), status) {
            // a part of a body is no JSON in which anything could be found
            if status == http::StatusCode::PARTIAL_CONTENT && !self.fields.is_empty() {
                return Err(cannot("only a part of it was sent"));
            }
            return Ok(Flow::Next);
        }
        let is_json = body_kinds::kind(response.headers()) == BodyKind::Json;
        if body_kinds::is_encoded(response.headers()) {
            return Err(cannot("it is encoded"));
        }
        if !is_json {
            // an answer without a body says no type, and hides nothing
            exchange.state::<IsMasked>(self.id).0 = false;
            let is_empty = response
                .headers()
                .get(http::header::CONTENT_LENGTH)
                .is_some_and(|length| length.as_bytes() == b"0");
            return match self.config.other_content {
                OtherContent::Refuse if !is_empty => Err(cannot("it is not JSON")),
                OtherContent::Refuse | OtherContent::Pass => Ok(Flow::Next),
            };
        }
        body_kinds::is_changed(response);
        exchange.state::<IsMasked>(self.id).0 = true;
        Ok(Flow::Next)
    }
}

fn cannot(why: &str) -> Failure {
    let detail = format!("the API's answer holds what callers may not see, and {why}");
    Failure::new(Refusal::PolicyFailed, detail)
}

impl Policy for Mask {
    fn log(&self, entry: &mut LogEntry) {
        for pattern in &self.paths {
            entry.path = hidden(pattern, &entry.path);
        }
        if self.config.log.client_ip {
            entry.client_ip.clear();
        }
        if self.config.log.user_agent {
            entry.user_agent.clear();
        }
    }

    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if !self.fields.is_empty() {
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
            return self.look(request, response, exchange).into();
        }
        PASS
    }

    fn bodies(&self) -> Bodies {
        let mut bodies = Bodies::default();
        if !self.fields.is_empty() {
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
        if !std::mem::take(&mut exchange.state::<IsMasked>(self.id).0) || piece.is_empty() {
            return Ok(None);
        }
        let mut body = body_kinds::response_json(piece)?;
        for (path, field) in &self.fields {
            match field.action {
                Action::Remove => {
                    path.remove(&mut body);
                }
                Action::Replace => path.change(&mut body, &mut |value| {
                    *value = Value::String(field.with.clone());
                }),
                Action::KeepLast => path.change(&mut body, &mut |value| {
                    *value = Value::String(ending(value, field.keep.into()));
                }),
            }
        }
        serde_json::to_vec(&body)
            .map(|body| Some(body.into()))
            .map_err(|_| cannot("it cannot be written again"))
    }
}

/// The last characters of a value, never more than half of them; lists and objects are hidden whole.
fn ending(value: &Value, keep: usize) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return "***".to_owned(),
    };
    let length = text.chars().count();
    let keep = keep.min(length / 2);
    let kept = text.chars().skip(length - keep);
    std::iter::repeat_n('*', length - keep)
        .chain(kept)
        .collect()
}

/// The text with what the pattern finds made unreadable.
fn hidden(pattern: &Regex, text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for captures in pattern.captures_iter(text) {
        let Some(found) = captures.get(1).or_else(|| captures.get(0)) else {
            continue;
        };
        if found.start() < from || found.is_empty() {
            continue;
        }
        shown.push_str(&text[from..found.start()]);
        shown.push_str("***");
        from = found.end();
    }
    shown.push_str(&text[from..]);
    shown
}
