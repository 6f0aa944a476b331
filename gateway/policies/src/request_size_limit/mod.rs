//! `request_size_limit`: how large the parts of a request may be.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use domain::api::PolicyScope;
use domain::id::PolicyId;
use domain::refusal::Refusal;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

pub use config::Config;

use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Flow, Outcome, Policy, Verdict};
use crate::request::Request;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "request_size_limit",
    summary: "Refuses requests whose body, headers or URL are too large",
    stage: Stage::Limit,
    composition: Composition::All,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, instance: Instance| Ok(Arc::new(SizeLimit::new(read(value)?, instance))),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct SizeLimit {
    id: PolicyId,
    config: Config,
}

impl SizeLimit {
    /// From a configuration that was checked.
    pub fn new(config: Config, instance: Instance) -> Self {
        Self {
            id: instance.id,
            config,
        }
    }

    fn decide(&self, request: &Request<'_>) -> Verdict {
        let headers = request.headers();
        let url = request.path().len() + request.query().map_or(0, |query| query.len() + 1);
        if let Some(most) = self.config.max_url_bytes.filter(|most| url > *most) {
            let detail = format!("path and query have {url} bytes, at most {most} are taken");
            return Err(Failure::new(Refusal::UrlTooLong, detail));
        }
        if let Some(most) = self.config.max_header_bytes {
            let bytes: usize = headers
                .iter()
                .map(|(name, value)| name.as_str().len() + value.len())
                .sum();
            if bytes > most {
                let detail = format!("the headers have {bytes} bytes, at most {most} are taken");
                return Err(Failure::new(Refusal::HeadersTooLarge, detail));
            }
        }
        if self.config.require_length && headers.contains_key(TRANSFER_ENCODING) {
            return Err(Refusal::LengthRequired.into());
        }
        let length = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok());
        let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        self.fits(length)?;
        Ok(Flow::Next)
    }

    fn fits(&self, bytes: u64) -> Result<(), Failure> {
        match self.config.max_body_bytes {
            Some(most) if bytes > most => {
                let detail = format!("the body has more than the {most} bytes that are taken");
                Err(Failure::new(Refusal::BodyTooLarge, detail))
            }
            _ => Ok(()),
        }
    }
}

impl Policy for SizeLimit {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        self.decide(request).into()
    }

    fn bodies(&self) -> Bodies {
        let request = match self.config.max_body_bytes {
            Some(_) => Body::Watch,
            None => Body::None,
        };
        Bodies {
            request,
            response: Body::None,
        }
    }

    fn request_body(
        &self,
        exchange: &mut Exchange,
        piece: &Bytes,
        _end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        let passed = exchange.state::<u64>(self.id);
        *passed += piece.len() as u64;
        let passed = *passed;
        self.fits(passed).map(|()| None)
    }
}
