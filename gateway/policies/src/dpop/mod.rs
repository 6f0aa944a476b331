//! Tokens that are bound to a key of the client: a request proves that key (DPoP, RFC 9449, section 7).

#[cfg(test)]
mod tests;

use domain::Timestamp;
use domain::refusal::Refusal;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::expiring::Expiring;
use crate::jose::dpop::{LIFE, Proof, Target, algorithm_names};
use crate::policy::{Failure, Verdict};
use crate::request::Request;
use crate::services::Services;
use crate::token::{self, Places, Scheme, Sent};

/// The header that holds the proof.
pub const HEADER: HeaderName = HeaderName::from_static("dpop");

/// How many proofs are remembered at a time. When there are more within their life, the oldest could be sent again.
const MOST_TAKEN: usize = 1 << 17;

/// Proofs that were taken by this node: each opens it once.
pub struct TakenProofs(Expiring<[u8; 32], ()>);

impl Default for TakenProofs {
    fn default() -> Self {
        Self(Expiring::new(MOST_TAKEN))
    }
}

impl TakenProofs {
    /// Takes a proof; false when it was taken before.
    fn take(&self, proof: &Proof, now: i64) -> bool {
        self.0.put_new(proof.hash(), (), now, proof.end())
    }
}

/// Which tokens must come with a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// Those that are bound to a key (RFC 7800, section 3.1, and RFC 9449, section 6.1).
    WhenBound,
    /// All: one that is bound to no key is refused.
    Always,
}

impl Binding {
    /// As a configuration says it.
    pub const fn of(require_dpop: bool) -> Self {
        if require_dpop {
            Self::Always
        } else {
            Self::WhenBound
        }
    }

    /// Refuses a request that does not prove the key that its token is bound to. The last of all checks: a proof is used up
    /// by it.
    pub fn check(
        self,
        claims: &Value,
        sent: &Sent,
        request: &Request<'_>,
        now: Timestamp,
        services: &Services,
    ) -> Result<(), Failure> {
        let key = match (claims.pointer("/cnf/jkt"), sent.scheme) {
            (Some(Value::String(key)), Scheme::Dpop) => key,
            (Some(_), Scheme::Dpop) => {
                return Err(token::invalid("the token's `cnf` names no key"));
            }
            (Some(_), Scheme::Bearer) => {
                let detail = "the token is bound to a key of the client: send it behind DPoP, with a proof in the header DPoP";
                return Err(as_dpop(token::invalid(detail)));
            }
            (None, Scheme::Dpop) => {
                let detail = "the token is bound to no key; send it behind Bearer";
                return Err(token::invalid(detail));
            }
            (None, Scheme::Bearer) if self == Self::WhenBound => return Ok(()),
            (None, Scheme::Bearer) => {
                let detail =
                    "the API takes only tokens that are bound to a key of the client (DPoP)";
                return Err(as_dpop(token::invalid(detail)));
            }
        };
        let proof = proof_of(request).and_then(|text| Proof::verify(text).map_err(str::to_owned));
        let proof = proof.map_err(|why| invalid_proof(&why))?;
        if proof.thumbprint != *key {
            return Err(invalid_proof(
                "it is signed with another key than the token's",
            ));
        }
        let target = Target {
            method: request.method().as_str(),
            scheme: request.scheme().as_str(),
            authority: request.authority(),
            path: request.path(),
            token: Some(&sent.token),
        };
        proof.check(&target, now).map_err(invalid_proof)?;
        if services.proofs.take(&proof, now.seconds()) {
            return Ok(());
        }
        Err(invalid_proof(&format!(
            "it was used before (`jti`), and is good once in {LIFE} seconds"
        )))
    }

    /// A refusal for a request without a token.
    pub fn missing(self, places: &Places) -> Failure {
        match self {
            Self::WhenBound => places.missing(),
            Self::Always => as_dpop(places.missing()),
        }
    }

    /// The verdict, with a challenge for what the caller sent.
    pub fn challenged(self, verdict: Verdict, sent: &Sent) -> Verdict {
        match sent.scheme {
            Scheme::Dpop => verdict.map_err(as_dpop),
            Scheme::Bearer => verdict,
        }
    }
}

/// Whether a token with these claims is bound to a key.
pub fn is_bound(claims: &Value) -> bool {
    claims.pointer("/cnf/jkt").is_some()
}

fn proof_of<'a>(request: &Request<'a>) -> Result<&'a str, String> {
    let mut lines = request.headers().get_all(HEADER).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => line
            .to_str()
            .map_err(|_| "it is not a JSON Web Token".to_owned()),
        (None, _) => Err("the header is missing".to_owned()),
        (Some(_), Some(_)) => Err("the header is there twice".to_owned()),
    }
}

fn invalid_proof(why: &str) -> Failure {
    let detail = format!("the proof in the header DPoP is not good: {why}");
    as_dpop(token::challenge(
        Refusal::ProofInvalid,
        detail,
        "invalid_dpop_proof",
    ))
}

/// The same refusal with a challenge for DPoP in place of that for Bearer (section 7.1).
fn as_dpop(mut failure: Failure) -> Failure {
    for (name, value) in &mut failure.headers {
        let rest = value
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix("Bearer"));
        if *name == WWW_AUTHENTICATE
            && let Some(rest) = rest
        {
            let comma = if rest.is_empty() { "" } else { "," };
            let text = format!("DPoP{rest}{comma} algs=\"{}\"", algorithm_names().join(" "));
            *value = HeaderValue::try_from(text).expect("names and what was a header before");
        }
    }
    failure
}
