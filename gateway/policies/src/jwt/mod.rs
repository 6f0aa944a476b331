//! `jwt`: who calls, by a JSON Web Token of an issuer.

mod config;
#[cfg(test)]
mod remote_tests;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use domain::credential::{CredentialKind, jwt_holder, sealing_purpose};
use domain::id::CredentialId;
use domain::refusal::Refusal;
use serde_json::Value;

pub use config::Config;

use crate::address;
use crate::config_error::ConfigError;
use crate::dpop::Binding;
use crate::exchange::Exchange;
use crate::holder;
use crate::jose::algorithm::Algorithm;
use crate::jose::compact::Compact;
use crate::jose::key::Key;
use crate::jose::key_set::{KeySet, Unverified};
use crate::jose::remote::{Ages, Place as KeyPlace, Remote};
use crate::jose::rules::Rules;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::secret::SecretText;
use crate::services::Services;
use crate::token::{self, ClaimHeaders, Places, Sent};
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "jwt",
    summary: "Takes JSON Web Tokens of an issuer",
    stage: Stage::Authenticate,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(Jwt::new(read(value)?)?)),
    readme: include_str!("README.md"),
};

/// Where the keys are.
enum Keys {
    Fixed(KeySet),
    Shared {
        secret: SecretText,
        algorithm: Algorithm,
        opened: OnceLock<KeySet>,
    },
    Remote(Box<Remote>),
    /// Each application's own.
    OfApplications,
}

/// The policy.
pub struct Jwt {
    keys: Keys,
    taken: Vec<Algorithm>,
    rules: Rules,
    types: Vec<String>,
    issuer: String,
    application_claim: String,
    claim_headers: ClaimHeaders,
    places: Places,
    binding: Binding,
}

impl Jwt {
    /// From a configuration that was checked.
    pub fn new(config: Config) -> Result<Self, Vec<ConfigError>> {
        let rsa = config.rsa();
        let ages = Ages {
            renewed_after: i64::from(config.renew_seconds),
            dropped_after: i64::from(config.keep_seconds),
        };
        let keys = if let Some(secret) = config.secret.clone() {
            Keys::Shared {
                secret,
                algorithm: config.secret_algorithm(),
                opened: OnceLock::new(),
            }
        } else if config.application_keys {
            Keys::OfApplications
        } else if !config.keys.is_empty() {
            let keys = config.keys.iter().map(|jwk| Key::from_jwk(jwk, &rsa));
            let keys = keys.collect::<Result<_, _>>();
            Keys::Fixed(KeySet::of(
                keys.map_err(|e| vec![ConfigError::new("keys", e.to_string())])?,
            ))
        } else {
            let place = match &config.jwks_url {
                Some(url) => KeyPlace::Set(
                    address::parse(url).map_err(|e| vec![ConfigError::new("jwks_url", e)])?,
                ),
                None => KeyPlace::Issuer(config.issuer.clone()),
            };
            Keys::Remote(Box::new(Remote::new(place, &rsa, ages)))
        };
        Ok(Self {
            keys,
            taken: config.taken(),
            rules: Rules {
                issuers: match config.application_keys && config.issuer.is_empty() {
                    true => Vec::new(),
                    false => vec![config.issuer.clone()],
                },
                audiences: config.audiences,
                scopes: config.scopes,
                claims: config.claims,
                skew: i64::from(config.clock_skew_seconds),
                needs_end: config.require_expiry,
                longest_life: i64::from(config.longest_life_seconds),
            },
            types: config
                .types
                .iter()
                .map(|typ| typ.to_ascii_lowercase())
                .collect(),
            issuer: config.issuer,
            application_claim: config.application_claim,
            claim_headers: ClaimHeaders::new(&config.claim_headers),
            places: Places::new(&config.header, &config.query, config.hide_credential),
            binding: Binding::of(config.require_dpop),
        })
    }

    /// The keys that need no waiting, for a token; `None` when they have to be fetched.
    fn verify_at_hand(
        &self,
        token: &Compact<'_>,
        exchange: &Exchange,
        services: &Services,
    ) -> Option<Result<(), Failure>> {
        let check = |set: &KeySet| self.verify_with(set, token);
        match &self.keys {
            Keys::Fixed(set) => Some(check(set)),
            Keys::Shared {
                secret,
                algorithm,
                opened,
            } => {
                if let Some(set) = opened.get() {
                    return Some(check(set));
                }
                let set = secret.open(services).and_then(|secret| {
                    let key = Key::secret(secret.as_bytes(), *algorithm)
                        .map_err(|error| Failure::new(Refusal::PolicyFailed, error.to_string()))?;
                    Ok(KeySet::of(vec![key]))
                });
                Some(set.and_then(|set| check(opened.get_or_init(|| set))))
            }
            Keys::Remote(remote) => {
                let set = remote.at_hand(token.key_id.as_deref(), exchange.now, services)?;
                Some(check(&set))
            }
            Keys::OfApplications => Some(self.verify_with_own(token, exchange, services)),
        }
    }

    fn verify_with(&self, set: &KeySet, token: &Compact<'_>) -> Result<(), Failure> {
        let verified = set.verify(token, &self.taken);
        verified.map_err(|why: Unverified| token::invalid(why.detail()))
    }

    /// The token's claims and its application, once the signature was verified.
    fn accept(
        &self,
        token: &Compact<'_>,
        sent: &Sent,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        if !self.types.is_empty()
            && !token
                .kind
                .as_ref()
                .is_some_and(|kind| self.types.contains(kind))
        {
            return Err(token::invalid("the token is of another type (`typ`)"));
        }
        let claims = claims(token)?;
        self.rules
            .check(&claims, exchange.now)
            .map_err(token::broken)?;
        let hash = self.look_up(&claims)?;
        let found = services
            .credentials
            .holder(CredentialKind::JwtIssuer, &hash, exchange.now);
        let caller = found.map_err(|refusal| holder::of_token(refusal, &self.application_claim))?;
        self.binding
            .check(&claims, sent, request, exchange.now, services)?;
        exchange.caller = Some(caller);
        exchange.credential_place = Some(sent.place.clone());
        exchange.claims = Some(Arc::new(claims));
        Ok(Flow::Next)
    }

    /// Under what the credential of the token's application is found.
    fn look_up(&self, claims: &Value) -> Result<[u8; 32], Failure> {
        let Some(subject) = token::application_of(claims, &self.application_claim) else {
            let detail = format!(
                "the token names no application (`{}`)",
                self.application_claim
            );
            return Err(Failure::new(Refusal::ApplicationUnknown, detail));
        };
        let issuer = match (&self.keys, self.issuer.as_str()) {
            (Keys::OfApplications, "") => subject,
            (_, issuer) => issuer,
        };
        Ok(holder::hash(&jwt_holder(issuer, subject)))
    }

    /// Verifies with the key that the credential of the token's application holds. Until then nothing of the token is
    /// believed: its claims only say whose key must fit.
    fn verify_with_own(
        &self,
        token: &Compact<'_>,
        exchange: &Exchange,
        services: &Services,
    ) -> Result<(), Failure> {
        let hash = self.look_up(&claims(token)?)?;
        let found =
            services
                .credentials
                .signing_secret(CredentialKind::JwtIssuer, &hash, exchange.now);
        let (caller, sealed) = found.map_err(|refusal| match refusal {
            Refusal::CredentialUnknown => {
                token::invalid("no application has a key for tokens of this issuer")
            }
            other => holder::of_token(other, &self.application_claim),
        })?;
        let purpose = sealing_purpose(caller.credential().unwrap_or(CredentialId::NIL));
        let cannot = |detail: &str| Failure::new(Refusal::PolicyFailed, detail.to_owned());
        let plain = services.secrets.open(&purpose, &sealed).ok_or_else(|| {
            cannot("the key of the credential cannot be opened on this node; its master key may be another one")
        })?;
        let key = Key::of_credential(&plain)
            .map_err(|error| cannot(&format!("the key of the credential {error}")))?;
        self.verify_with(&KeySet::of(vec![key]), token)
    }

    async fn fetch_and_decide(
        &self,
        sent: &Sent,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let token = Compact::parse(&sent.token).map_err(token::invalid)?;
        if let Keys::Remote(remote) = &self.keys {
            let set = remote.fetch(exchange.now, services).await.map_err(|_| {
                let detail = "the issuer's keys cannot be fetched at the moment";
                Failure::new(Refusal::PolicyFailed, detail)
            })?;
            self.verify_with(&set, &token)?;
            return self.accept(&token, sent, request, exchange, services);
        }
        Err(token::invalid(Unverified::UnknownKey.detail()))
    }
}

fn claims(token: &Compact<'_>) -> Result<Value, Failure> {
    let payload = token.payload().map_err(token::invalid)?;
    serde_json::from_slice(&payload).map_err(|_| token::invalid("the token's payload is not JSON"))
}

impl Policy for Jwt {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let Some(sent) = self.places.find(request) else {
            return self.binding.missing(&self.places).into();
        };
        let token = Compact::parse(&sent.token).map_err(token::invalid);
        let at_hand = token.and_then(|token| {
            let verified = self.verify_at_hand(&token, exchange, services);
            let accept = |()| self.accept(&token, &sent, request, exchange, services);
            verified
                .map(|verified| verified.and_then(accept))
                .transpose()
        });
        match at_hand.transpose() {
            Some(verdict) => self.binding.challenged(verdict, &sent).into(),
            None => Outcome::Later(Box::pin(async move {
                let decided = self.fetch_and_decide(&sent, request, exchange, services);
                self.binding.challenged(decided.await, &sent)
            })),
        }
    }

    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        upstream: &'a mut UpstreamRequest<'_>,
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        self.places.hide(upstream, exchange);
        self.claim_headers.set(upstream, exchange);
        PASS
    }
}
