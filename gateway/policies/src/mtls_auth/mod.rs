//! `mtls_auth`: who calls, by the certificate that was shown when the connection was made.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use data_encoding::HEXLOWER;
use domain::credential::CredentialKind;
use domain::refusal::Refusal;
use http::{HeaderName, HeaderValue};

pub use config::Config;

use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::services::Services;
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "mtls_auth",
    summary: "Takes client certificates of applications",
    stage: Stage::Authenticate,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(MtlsAuth::new(read(value)?))),
    readme: include_str!("README.md"),
};

/// The policy.
pub struct MtlsAuth {
    subjects: Vec<String>,
    subject_header: Option<HeaderName>,
    fingerprint_header: Option<HeaderName>,
}

impl MtlsAuth {
    /// From a configuration that was checked.
    pub fn new(config: Config) -> Self {
        let name = |text: Option<String>| text.and_then(|text| text.parse().ok());
        Self {
            subjects: config.subjects,
            subject_header: name(config.subject_header),
            fingerprint_header: name(config.fingerprint_header),
        }
    }

    fn decide(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let Some(certificate) = request.client_certificate() else {
            let detail = "connect over TLS with the certificate that your application has given to the platform";
            return Err(Failure::new(Refusal::CredentialMissing, detail));
        };
        let has = |wanted: &String| has_part(&certificate.subject, wanted);
        if !self.subjects.is_empty() && !self.subjects.iter().any(has) {
            let detail = "the API takes no certificate with this subject";
            return Err(Failure::new(Refusal::CallerNotAllowed, detail));
        }
        let found = services.credentials.holder(
            CredentialKind::Mtls,
            &certificate.fingerprint,
            exchange.now,
        );
        let caller = found.map_err(|refusal| match refusal {
            Refusal::CredentialUnknown => {
                let digits = HEXLOWER.encode(&certificate.fingerprint);
                let detail = format!(
                    "no application has the certificate with the SHA-256 fingerprint {digits}"
                );
                Failure::new(refusal, detail)
            }
            other => other.into(),
        })?;
        exchange.caller = Some(caller);
        Ok(Flow::Next)
    }
}

/// Whether a subject (RFC 4514) is the wanted one, or has it as one of its parts.
fn has_part(subject: &str, wanted: &str) -> bool {
    let wanted = wanted.trim();
    let mut start = 0;
    let mut escaped = false;
    for (place, character) in subject.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' | '+' => {
                if subject[start..place].trim() == wanted {
                    return true;
                }
                start = place + 1;
            }
            _ => {}
        }
    }
    subject[start..].trim() == wanted || subject == wanted
}

impl Policy for MtlsAuth {
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
        let certificate = request.client_certificate();
        let subject = certificate.map(|c| c.subject.clone());
        let fingerprint = certificate.map(|c| HEXLOWER.encode(&c.fingerprint));
        for (name, text) in [
            (&self.subject_header, subject),
            (&self.fingerprint_header, fingerprint),
        ] {
            let Some(name) = name else { continue };
            upstream.remove(name);
            // a name beyond ASCII travels as its UTF-8 bytes
            let value = text.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok());
            if let Some(value) = value {
                upstream.set(name, value);
            }
        }
        PASS
    }
}
