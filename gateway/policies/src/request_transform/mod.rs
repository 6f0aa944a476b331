//! `request_transform`: changes headers and query on the way to the upstream.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::api::PolicyScope;
use domain::refusal::Refusal;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use config::{Config, QueryEdits};

use crate::exchange::Exchange;
use crate::header_edits::CompiledHeaderEdits;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Failure, Outcome, PASS, Policy};
use crate::request::{Request, decode};
use crate::services::Services;
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "request_transform",
    summary: "Adds, sets, renames and removes headers and query parameters of the request",
    stage: Stage::Transform,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(RequestTransform::new(read(value)?))),
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
    headers: CompiledHeaderEdits,
    query: Option<QueryEdits>,
}

impl RequestTransform {
    /// From a configuration that was checked.
    pub fn new(config: Config) -> Self {
        Self {
            headers: config.headers.compile(),
            query: Some(config.query).filter(|query| !query.is_empty()),
        }
    }
}

impl Policy for RequestTransform {
    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        self.headers.apply(upstream);
        if let Some(edits) = &self.query {
            let query = edited(edits, upstream.query().unwrap_or(""));
            if !upstream.set_query(Some(&query)) {
                let detail = "the changed query is longer than a URL may be";
                return Failure::new(Refusal::PolicyFailed, detail).into();
            }
        }
        PASS
    }
}

/// The query after the changes. Parameters that nobody named keep their place and their spelling.
fn edited(edits: &QueryEdits, query: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let pair = |(name, value): (&String, &String)| format!("{}={}", encode(name), encode(value));
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
    pairs.extend(edits.set.iter().map(pair));
    pairs.extend(edits.add.iter().map(pair));
    pairs.join("&")
}
