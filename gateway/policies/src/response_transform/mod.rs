//! `response_transform`: changes headers on the way back to the caller.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::api::PolicyScope;

pub use config::Config;

use crate::exchange::Exchange;
use crate::header_edits::CompiledHeaderEdits;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Outcome, PASS, Policy};
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "response_transform",
    summary: "Adds, sets, renames and removes headers of the answer",
    stage: Stage::Transform,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(ResponseTransform::new(&read(value)?))),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct ResponseTransform {
    headers: CompiledHeaderEdits,
}

impl ResponseTransform {
    /// From a configuration that was checked.
    pub fn new(config: &Config) -> Self {
        Self {
            headers: config.headers.compile(),
        }
    }
}

impl Policy for ResponseTransform {
    fn response<'a>(
        &'a self,
        _request: &'a Request<'a>,
        response: &'a mut Response<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if response.is_from_upstream() {
            self.headers.apply(response);
        }
        PASS
    }
}
