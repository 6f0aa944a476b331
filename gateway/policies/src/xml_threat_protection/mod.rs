//! `xml_threat_protection`: refuses XML that is built to hurt whoever reads it, before the upstream sees it.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::api::PolicyScope;
use domain::refusal::Refusal;

pub use config::Config;

use crate::body_kinds;
use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Outcome, PASS, Policy};
use crate::request::Request;
use crate::services::Services;
use crate::xml::{self, XmlOffence};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "xml_threat_protection",
    summary: "Refuses XML bodies with document types, entities, or too much of anything",
    stage: Stage::Validate,
    composition: Composition::Narrowest,
    scopes: PolicyScope::ALL,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| {
        Ok(Arc::new(XmlThreatProtection {
            config: read(value)?,
        }))
    },
    readme: include_str!("README.md"),
};

/// The policy.
pub struct XmlThreatProtection {
    config: Config,
}

impl Policy for XmlThreatProtection {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let headers = request.headers();
        if !self.config.every_content_type && body_kinds::kind(headers) != body_kinds::Kind::Xml {
            return PASS;
        }
        let Some(body) = request.body().filter(|body| !body.is_empty()) else {
            return PASS;
        };
        if body_kinds::is_encoded(headers) {
            return body_kinds::encoded().into();
        }
        match xml::read(body, &self.config.bounds(), &mut ()) {
            Ok(()) => PASS,
            Err(offence) => refusal(&offence).into(),
        }
    }

    fn bodies(&self) -> Bodies {
        Bodies {
            request: Body::Buffer(self.config.max_bytes),
            response: Body::None,
        }
    }
}

pub(crate) fn refusal(offence: &XmlOffence) -> Failure {
    let code = if offence.is_malformed() {
        Refusal::InvalidBody
    } else {
        Refusal::BodyRefused
    };
    Failure::new(code, format!("the XML is refused: {offence}"))
}
