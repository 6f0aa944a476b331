//! `hmac_auth`: who calls, by a signature over the request.

mod component;
mod config;
pub mod digest;
pub mod signature;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

use std::sync::Arc;

use domain::credential::{CredentialKind, hmac_holder, sealing_purpose};
use domain::id::CredentialId;
use domain::refusal::Refusal;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderName, HeaderValue};
use ring::hmac;

pub use config::Config;

use crate::exchange::Exchange;
use crate::expiring::Expiring;
use crate::holder;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Bodies, Body, Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::services::Services;
use crate::upstream::UpstreamRequest;
use signature::Signature;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "hmac_auth",
    summary: "Takes requests that are signed with a secret of an application",
    stage: Stage::Authenticate,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(HmacAuth::new(read(value)?))),
    readme: include_str!("README.md"),
};

/// Nonces that are remembered at a time.
const MOST_NONCES: usize = 100_000;

/// The policy.
pub struct HmacAuth {
    config: Config,
    nonces: Expiring<(CredentialId, String), ()>,
}

impl HmacAuth {
    /// From a configuration that was checked.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            nonces: Expiring::new(MOST_NONCES),
        }
    }

    fn decide(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let signatures = signature::of(request).map_err(invalid)?;
        if signatures.is_empty() {
            let detail = "sign the request (RFC 9421) with the secret of your application, and name it in `keyid`";
            return Err(challenge(Failure::new(Refusal::CredentialMissing, detail)));
        }
        // Of several signatures the first counts whose key is known; what the others are for is others' business.
        let mut refused = Refusal::CredentialUnknown;
        for signature in &signatures {
            let hash = holder::hash(&hmac_holder(&signature.key_id));
            match services
                .credentials
                .signing_secret(CredentialKind::Hmac, &hash, exchange.now)
            {
                Ok((caller, sealed)) => {
                    let credential = caller.credential().unwrap_or(CredentialId::NIL);
                    let secret = services
                        .secrets
                        .open(&sealing_purpose(credential), &sealed)
                        .ok_or_else(|| {
                            let detail = "the secret of the credential cannot be opened on this node; its master key may be another one";
                            Failure::new(Refusal::PolicyFailed, detail)
                        })?;
                    self.verify(request, signature, &secret, exchange)?;
                    self.check_body(request, signature)?;
                    self.use_up(signature, credential, exchange)?;
                    exchange.caller = Some(caller);
                    return Ok(Flow::Next);
                }
                Err(Refusal::CredentialUnknown) => {}
                Err(refusal) => refused = refusal,
            }
        }
        if refused == Refusal::CredentialUnknown {
            let detail = "no application has a secret with the `keyid` of the signature";
            return Err(challenge(Failure::new(refused, detail)));
        }
        Err(challenge(refused.into()))
    }

    fn verify(
        &self,
        request: &Request<'_>,
        signature: &Signature,
        secret: &[u8],
        exchange: &Exchange,
    ) -> Result<(), Failure> {
        let config = &self.config;
        if signature
            .algorithm
            .as_deref()
            .is_some_and(|alg| alg != "hmac-sha256")
        {
            return Err(invalid("the signature's `alg` is not hmac-sha256"));
        }
        if config.tag.is_some() && signature.tag != config.tag {
            return Err(invalid(
                "the signature has not the `tag` that the API asks for",
            ));
        }
        let missing = config
            .required_components
            .iter()
            .find(|name| !signature.covers(name));
        if let Some(missing) = missing {
            return Err(invalid(format!("the signature does not cover `{missing}`")));
        }
        let now = exchange.now.seconds();
        let Some(created) = signature.created else {
            return Err(invalid(
                "the signature does not say when it was made (`created`)",
            ));
        };
        if created > now.saturating_add(i64::from(config.clock_skew_seconds)) {
            return Err(invalid(
                "the signature was made in the future; look at your clock",
            ));
        }
        let old = now.saturating_sub(created) > i64::from(config.max_age_seconds);
        if old || signature.expires.is_some_and(|end| end <= now) {
            return Err(invalid("the signature is too old; sign each request anew"));
        }
        let base = signature.base(request).map_err(invalid)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        hmac::verify(&key, base.as_bytes(), &signature.bytes)
            .map_err(|_| invalid("the signature does not fit the request"))
    }

    fn check_body(&self, request: &Request<'_>, signature: &Signature) -> Result<(), Failure> {
        if self.config.body_bytes == 0 {
            return Ok(());
        }
        let Some(body) = request.body() else {
            let detail = "the body of the request is not there to be checked";
            return Err(Failure::new(Refusal::PolicyFailed, detail));
        };
        let named = request.header(&digest::CONTENT_DIGEST).is_some();
        if !named && (body.is_empty() || !self.config.require_digest) {
            return Ok(());
        }
        if !named {
            return Err(invalid(
                "the request has a body, but no Content-Digest (RFC 9530)",
            ));
        }
        if self.config.require_digest && !body.is_empty() && !signature.covers("content-digest") {
            return Err(invalid("the signature does not cover `content-digest`"));
        }
        digest::check(request, body).map_err(invalid)
    }

    /// A nonce is taken once, as long as its signature could be sent again.
    fn use_up(
        &self,
        signature: &Signature,
        credential: CredentialId,
        exchange: &Exchange,
    ) -> Result<(), Failure> {
        if !self.config.require_nonce {
            return Ok(());
        }
        let nonce = signature
            .nonce
            .as_ref()
            .filter(|nonce| (8..=128).contains(&nonce.len()));
        let Some(nonce) = nonce else {
            return Err(invalid(
                "the signature has no `nonce` of 8 to 128 characters",
            ));
        };
        let now = exchange.now.seconds();
        let key = (credential, nonce.clone());
        let life = self.config.max_age_seconds + self.config.clock_skew_seconds;
        if self.nonces.put_new(key, (), now, now + i64::from(life) + 1) {
            return Ok(());
        }
        Err(invalid("the signature's `nonce` was used before"))
    }
}

fn challenge(failure: Failure) -> Failure {
    if failure.refusal.status() == 401 {
        failure.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Signature"))
    } else {
        failure
    }
}

fn invalid(detail: impl Into<String>) -> Failure {
    challenge(Failure::new(Refusal::SignatureInvalid, detail))
}

impl Policy for HmacAuth {
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
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if self.config.hide_credential {
            upstream.remove(&HeaderName::from_static("signature"));
            upstream.remove(&HeaderName::from_static("signature-input"));
        }
        PASS
    }

    fn bodies(&self) -> Bodies {
        let request = match self.config.body_bytes {
            0 => Body::None,
            most => Body::Buffer(most),
        };
        Bodies {
            request,
            ..Bodies::default()
        }
    }
}
