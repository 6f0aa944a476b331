//! `basic_auth`: who calls, by a user name and a password that were made for an application.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use data_encoding::BASE64;
use domain::credential::{CredentialKind, basic_holder};
use domain::refusal::Refusal;
use http::HeaderValue;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};

pub use config::Config;

use crate::exchange::{Exchange, Place};
use crate::holder;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::services::Services;
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "basic_auth",
    summary: "Asks for a user name and a password of an application",
    stage: Stage::Authenticate,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(BasicAuth::new(&read(value)?))),
    readme: include_str!("README.md"),
};

/// Longer texts are nobody's password; they are not even decoded.
const LONGEST: usize = 1_024;

/// The policy.
pub struct BasicAuth {
    challenge: HeaderValue,
    hide: bool,
}

impl BasicAuth {
    /// From a configuration that was checked.
    pub fn new(config: &Config) -> Self {
        let challenge = format!("Basic realm=\"{}\", charset=\"UTF-8\"", config.realm);
        Self {
            challenge: HeaderValue::try_from(challenge)
                .unwrap_or(HeaderValue::from_static("Basic realm=\"api\"")),
            hide: config.hide_credential,
        }
    }

    fn decide(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let text = request
            .header(&AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let scheme = text.and_then(|text| text.trim().split_once(' '));
        let Some((_, encoded)) = scheme.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        else {
            let detail = "send the user name and the password in Authorization: Basic";
            return Err(self.refuse(Failure::new(Refusal::CredentialMissing, detail)));
        };
        let decoded = (encoded.len() <= LONGEST)
            .then(|| BASE64.decode(encoded.trim().as_bytes()).ok())
            .flatten()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
        let Some((name, password)) = pair else {
            let detail = "Authorization: Basic is not the base64 of a name, a colon and a password";
            return Err(self.refuse(Failure::new(Refusal::CredentialUnknown, detail)));
        };
        // The hash of both is the key of the table: how long the look-up takes tells nothing about either of them.
        let hash = holder::hash(&basic_holder(name, password));
        let found = services
            .credentials
            .holder(CredentialKind::Basic, &hash, exchange.now);
        match found {
            Ok(caller) => {
                exchange.caller = Some(caller);
                exchange.credential_place = Some(Place::Header(AUTHORIZATION));
                Ok(Flow::Next)
            }
            Err(Refusal::CredentialUnknown) => {
                let detail = "no application has this user name with this password";
                Err(self.refuse(Failure::new(Refusal::CredentialUnknown, detail)))
            }
            Err(refusal) => Err(self.refuse(refusal.into())),
        }
    }

    /// With the challenge that a 401 must carry (RFC 9110, section 15.5.2).
    fn refuse(&self, failure: Failure) -> Failure {
        if failure.refusal.status() == 401 {
            failure.with_header(WWW_AUTHENTICATE, self.challenge.clone())
        } else {
            failure
        }
    }
}

impl Policy for BasicAuth {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        self.decide(request, exchange, services).into()
    }

    fn upstream_request<'a>(
        &'a self,
        request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        // whoever was asked in the end: a password that stands there is a secret
        let is_basic = request.header(&AUTHORIZATION).is_some_and(|value| {
            let start = value.as_bytes().get(..6);
            start.is_some_and(|start| start.eq_ignore_ascii_case(b"basic "))
        });
        if self.hide && is_basic {
            upstream.remove(&AUTHORIZATION);
        }
        PASS
    }
}
