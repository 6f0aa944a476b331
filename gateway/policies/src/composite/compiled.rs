//! Calls with ready-made templates, and what is made of them for one request.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use minijinja::Value as Context;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::config::{Call, Config, is_header_value};
use crate::config_error::ConfigError;
use crate::path_template::PathTemplate;
use crate::policy::Failure;
use crate::request::Request;
use crate::services::UpstreamCall;
use crate::statuses::Statuses;
use crate::templates::{self, Expression, Names, Structure, Text};
use domain::refusal::Refusal;

/// A call with ready-made templates.
pub(super) struct CompiledCall {
    pub(super) name: String,
    pub(super) upstream: String,
    pub(super) optional: bool,
    pub(super) fallback: Value,
    pub(super) success: Vec<Statuses>,
    method: Method,
    path: PathTemplate,
    query: Vec<(String, Text)>,
    headers: Vec<(HeaderName, Text)>,
    forwarded: Vec<HeaderName>,
    body: Option<Structure>,
    when: Option<Expression>,
    timeout: Duration,
    max_bytes: usize,
}

/// Gathers what is wrong while templates are compiled.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) errors: Vec<ConfigError>,
    pub(super) names: Option<Names>,
}

impl Reader {
    fn wrong(&mut self, at: &str, problem: impl ToString) {
        self.errors.push(ConfigError::new(at, problem.to_string()));
    }

    /// Notes what a template reads; a call that is not made by then is an error.
    fn reads(&mut self, at: &str, names: Names, variables: Vec<String>, before: &HashSet<&str>) {
        self.names = Some(self.names.unwrap_or(Names::NONE).and(names));
        for variable in variables {
            let mut steps = variable.split('.');
            if steps.next() == Some("calls")
                && let Some(name) = steps.next()
                && !before.contains(name)
            {
                let problem =
                    format!("reads `calls.{name}`, which is not made before: name it in `after`");
                self.wrong(at, problem);
            }
        }
    }

    pub(super) fn structure(
        &mut self,
        at: &str,
        value: &Value,
        before: &HashSet<&str>,
    ) -> Option<Structure> {
        match Structure::parse(value, Names::CALLS) {
            Ok(structure) => {
                self.reads(at, structure.names(), structure.variables(), before);
                Some(structure)
            }
            Err((pointer, error)) => {
                self.wrong(&format!("{at}{pointer}"), error);
                None
            }
        }
    }

    pub(super) fn text(&mut self, at: &str, text: &str, before: &HashSet<&str>) -> Option<Text> {
        match Text::parse(text, Names::CALLS) {
            Ok(text) => {
                self.reads(at, text.names(), text.variables(), before);
                Some(text)
            }
            Err(error) => {
                self.wrong(at, error);
                None
            }
        }
    }

    pub(super) fn headers(
        &mut self,
        at: &str,
        headers: &std::collections::BTreeMap<String, String>,
        before: &HashSet<&str>,
    ) -> Vec<(HeaderName, Text)> {
        let mut compiled = Vec::new();
        for (name, value) in headers {
            let at = format!("{at}.{name}");
            let text = self.text(&at, value, before);
            if text
                .as_ref()
                .and_then(Text::plain)
                .is_some_and(|plain| !is_header_value(plain))
            {
                self.wrong(&at, "holds a character that no header may hold");
            }
            if let (Ok(name), Some(text)) = (name.parse(), text) {
                compiled.push((name, text));
            }
        }
        compiled
    }

    pub(super) fn call(&mut self, config: &Config, place: usize) -> Option<CompiledCall> {
        let call: &Call = &config.calls[place];
        let before = config.before(call);
        let at = |key: &str| format!("calls[{place}].{key}");
        let path = match PathTemplate::parse(&call.path, Names::CALLS) {
            Ok(path) => {
                self.reads(&at("path"), path.names(), path.variables(), &before);
                Some(path)
            }
            Err(problem) => {
                self.wrong(&at("path"), problem);
                None
            }
        };
        let mut query = Vec::new();
        for (name, value) in &call.query {
            if let Some(text) = self.text(&at(&format!("query.{name}")), value, &before) {
                query.push((name.clone(), text));
            }
        }
        let headers = self.headers(&at("headers"), &call.headers, &before);
        let body = call.body.as_ref();
        let body = body.and_then(|body| self.structure(&at("body"), body, &before));
        let when = match call
            .when
            .as_deref()
            .map(|when| Expression::parse(when, Names::CALLS))
        {
            Some(Ok(when)) => {
                self.reads(
                    &at("when"),
                    when.names(),
                    when.variables().collect(),
                    &before,
                );
                Some(when)
            }
            Some(Err(error)) => {
                self.wrong(&at("when"), error);
                None
            }
            None => None,
        };
        Some(CompiledCall {
            name: call.name.clone(),
            upstream: call.upstream.clone(),
            optional: call.optional,
            fallback: call.fallback.clone(),
            success: call
                .success
                .iter()
                .filter_map(|text| Statuses::parse(text))
                .collect(),
            method: Method::from_bytes(call.method.as_bytes()).ok()?,
            path: path?,
            query,
            headers,
            forwarded: call
                .forward_headers
                .iter()
                .filter_map(|name| name.parse().ok())
                .collect(),
            body,
            when,
            timeout: Duration::from_millis(call.timeout_ms),
            max_bytes: call.max_answer_bytes,
        })
    }
}

impl CompiledCall {
    /// The call for this request; `None` when it is left out.
    pub(super) fn make(
        &self,
        request: &Request<'_>,
        context: &Context,
    ) -> Result<Option<UpstreamCall>, Failure> {
        let at = |key: &str| format!("calls.{}.{key}", self.name);
        if let Some(when) = &self.when {
            let value = when.evaluate(context);
            if !value
                .map_err(|error| templates::failed(&at("when"), &error))?
                .is_true()
            {
                return Ok(None);
            }
        }
        let mut path_and_query = self.path.render(context)?;
        for (place, (name, text)) in self.query.iter().enumerate() {
            let value = text.render(context);
            let value = value.map_err(|error| templates::failed(&at("query"), &error))?;
            path_and_query.push(if place == 0 { '?' } else { '&' });
            path_and_query.extend(utf8_percent_encode(name, NON_ALPHANUMERIC));
            path_and_query.push('=');
            path_and_query.extend(utf8_percent_encode(&value, NON_ALPHANUMERIC));
        }
        let mut headers = HeaderMap::new();
        for name in &self.forwarded {
            for value in request.headers().get_all(name) {
                headers.append(name, value.clone());
            }
        }
        for (name, value) in rendered(&self.headers, &at("headers"), context)? {
            headers.insert(name, value);
        }
        let body = match &self.body {
            None => Bytes::new(),
            Some(structure) => {
                let value = structure.render(context).map_err(|(pointer, error)| {
                    templates::failed(&at(&format!("body{pointer}")), &error)
                })?;
                headers
                    .entry(http::header::CONTENT_TYPE)
                    .or_insert(HeaderValue::from_static("application/json"));
                serde_json::to_vec(&value)
                    .map_err(|_| Failure::from(Refusal::PolicyFailed))?
                    .into()
            }
        };
        Ok(Some(UpstreamCall {
            method: self.method.clone(),
            path_and_query,
            headers,
            body,
            timeout: self.timeout,
            max_bytes: self.max_bytes,
        }))
    }
}

/// Headers with their values.
pub(super) fn rendered(
    headers: &[(HeaderName, Text)],
    at: &str,
    context: &Context,
) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
    headers
        .iter()
        .map(|(name, text)| {
            let value = text.render(context);
            let value =
                value.map_err(|error| templates::failed(&format!("{at}.{name}"), &error))?;
            let value = HeaderValue::try_from(value).map_err(|_| {
                let detail = format!(
                    "the value made for header `{name}` holds a character that no header may hold"
                );
                Failure::new(Refusal::PolicyFailed, detail)
            })?;
            Ok((name.clone(), value))
        })
        .collect()
}
