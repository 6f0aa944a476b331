//! `request_transform`: changes headers, query, path and JSON body on the way to the upstream.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::id::PolicyId;
use domain::refusal::Refusal;
use minijinja::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use config::{Config, QueryEdits};

use crate::body_edits::CompiledBodyEdits;
use crate::body_kinds::{self, Kind as BodyKind};
use crate::config_error::ConfigError;
use crate::exchange::Exchange;
use crate::header_edits::CompiledHeaderEdits;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::path_template::PathTemplate;
use crate::policy::{Bodies, Body, Failure, Outcome, PASS, Policy};
use crate::request::{Request, decode};
use crate::services::Services;
use crate::templates::{self, Known, Names, Text};
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "request_transform",
    summary: "Changes headers, query, path and JSON body of the request, with templates",
    stage: Stage::Transform,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| {
        let policy = RequestTransform::new(&read(value)?, instance.id)?;
        Ok(Arc::new(policy))
    },
    readme: include_str!("README.md"),
};

/// What stays readable in a query; the rest is encoded (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The policy.
pub struct RequestTransform {
    id: PolicyId,
    headers: CompiledHeaderEdits,
    query: Option<CompiledQuery>,
    path: Option<PathTemplate>,
    body: Option<CompiledBodyEdits>,
    max_body: usize,
    /// What the head's templates read.
    names: Names,
}

struct CompiledQuery {
    edits: QueryEdits,
    set: Vec<(String, Text)>,
    add: Vec<(String, Text)>,
}

/// Whether the body was changed, for the head that follows it.
#[derive(Default)]
struct IsChanged(bool);

/// What the body's hook needs to know of the request.
#[derive(Default)]
struct Seen {
    known: Known,
    is_json: bool,
}

impl RequestTransform {
    /// From a configuration that was checked.
    pub fn new(config: &Config, id: PolicyId) -> Result<Self, Vec<ConfigError>> {
        let headers = config.headers.compile(Names::REQUEST);
        let path = config
            .path
            .as_deref()
            .map(|path| PathTemplate::parse(path, Names::REQUEST))
            .transpose();
        let path = path.map_err(|problem| vec![ConfigError::new("path", problem)])?;
        let query = (!config.query.is_empty()).then(|| CompiledQuery::new(&config.query));
        let body = config.body.as_ref();
        let body = body
            .map(|body| body.compile("body", Names::BODY))
            .transpose()?;
        let names = headers
            .names()
            .and(path.as_ref().map_or(Names::NONE, PathTemplate::names))
            .and(query.as_ref().map_or(Names::NONE, CompiledQuery::names));
        Ok(Self {
            id,
            headers,
            query,
            path,
            body,
            max_body: config.max_body_bytes,
            names,
        })
    }
}

impl Policy for RequestTransform {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let Some(edits) = &self.body else {
            return PASS;
        };
        if request.body().is_none_or(Bytes::is_empty) {
            return PASS;
        }
        let headers = request.headers();
        if edits.reads_body() && body_kinds::is_encoded(headers) {
            return body_kinds::encoded().into();
        }
        let seen = Seen {
            known: Known::of_request(edits.names(), request, exchange),
            is_json: body_kinds::kind(headers) == BodyKind::Json,
        };
        *exchange.state(self.id) = Some(seen);
        PASS
    }

    fn upstream_request<'a>(
        &'a self,
        request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        self.change_head(request, upstream, exchange).into()
    }

    fn bodies(&self) -> Bodies {
        let mut bodies = Bodies::default();
        if self.body.is_some() {
            bodies.request = Body::Buffer(self.max_body);
        }
        bodies
    }

    fn request_body(
        &self,
        exchange: &mut Exchange,
        piece: &Bytes,
        _end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        let Some(edits) = &self.body else {
            return Ok(None);
        };
        let Some(seen) = exchange.state::<Option<Seen>>(self.id).take() else {
            return Ok(None);
        };
        let body = if !edits.reads_body() {
            None
        } else if seen.is_json {
            Some(body_kinds::json(piece)?)
        } else {
            let detail = "this API takes JSON: send the body with Content-Type application/json";
            return Err(Failure::new(Refusal::UnsupportedMediaType, detail));
        };
        let changed = edits.apply(seen.known, body)?;
        exchange.state::<IsChanged>(self.id).0 = true;
        Ok(Some(changed))
    }
}

impl RequestTransform {
    fn change_head(
        &self,
        request: &Request<'_>,
        upstream: &mut UpstreamRequest<'_>,
        exchange: &mut Exchange,
    ) -> crate::policy::Verdict {
        let context = if self.names == Names::NONE {
            Value::UNDEFINED
        } else {
            Known::of_request(self.names, request, exchange).context()
        };
        self.headers.apply(upstream, &context)?;
        if let Some(path) = &self.path {
            let path = path.render(&context)?;
            if !upstream.set_path(&path) {
                let detail = "the changed path is longer than a URL may be";
                return Err(Failure::new(Refusal::PolicyFailed, detail));
            }
        }
        if let Some(query) = &self.query {
            let edited = query.edited(upstream.query().unwrap_or(""), &context)?;
            if !upstream.set_query(Some(&edited)) {
                let detail = "the changed query is longer than a URL may be";
                return Err(Failure::new(Refusal::PolicyFailed, detail));
            }
        }
        let content_type = self.body.as_ref().and_then(CompiledBodyEdits::content_type);
        let is_changed = exchange.state::<IsChanged>(self.id).0;
        if let Some(content_type) = content_type.filter(|_| is_changed) {
            upstream.set(&http::header::CONTENT_TYPE, content_type.clone());
            upstream.remove(&http::header::CONTENT_ENCODING);
        }
        Ok(crate::policy::Flow::Next)
    }
}

impl CompiledQuery {
    fn new(edits: &QueryEdits) -> Self {
        let texts = |map: &std::collections::BTreeMap<String, String>| {
            map.iter()
                .filter_map(|(name, value)| {
                    let text = Text::parse(value, Names::REQUEST).ok()?;
                    Some((name.clone(), text))
                })
                .collect()
        };
        Self {
            set: texts(&edits.set),
            add: texts(&edits.add),
            edits: edits.clone(),
        }
    }

    fn names(&self) -> Names {
        let texts = self.set.iter().chain(&self.add);
        texts.fold(Names::NONE, |names, (_, text)| names.and(text.names()))
    }

    /// The query after the changes. Parameters that nobody named keep their place and their spelling.
    fn edited(&self, query: &str, context: &Value) -> Result<String, Failure> {
        let edits = &self.edits;
        let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let mut pairs: Vec<String> = Vec::new();
        for raw in query.split('&').filter(|raw| !raw.is_empty()) {
            let (raw_name, raw_value) = match raw.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (raw, None),
            };
            let Some(name) = decode(raw_name) else {
                pairs.push(raw.to_owned());
                continue;
            };
            if edits.remove.contains(&name) || edits.set.contains_key(&name) {
                continue;
            }
            match edits.rename.get(&name) {
                Some(new) if edits.set.contains_key(new) => {}
                Some(new) => pairs.push(match raw_value {
                    Some(value) => format!("{}={value}", encode(new)),
                    None => encode(new),
                }),
                None => pairs.push(raw.to_owned()),
            }
        }
        for (name, text) in self.set.iter().chain(&self.add) {
            let value = text.render(context);
            let value =
                value.map_err(|error| templates::failed(&format!("query.{name}"), &error))?;
            pairs.push(format!("{}={}", encode(name), encode(&value)));
        }
        Ok(pairs.join("&"))
    }
}
