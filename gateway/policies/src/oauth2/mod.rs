//! `oauth2`: who calls, by an access token of this platform's own OAuth 2 server.

mod access_token;
mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::credential::{CredentialKind, oauth_holder};
use domain::refusal::Refusal;
use serde_json::Value;

pub use config::Config;

use crate::claim;
use crate::dpop::Binding;
use crate::exchange::Exchange;
use crate::holder;
use crate::jose::rules::Rules;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::services::Services;
use crate::token::{self, ClaimHeaders, Places, Sent};
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "oauth2",
    summary: "Takes access tokens of the platform's own OAuth 2 server",
    stage: Stage::Authenticate,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(Oauth2::new(read(value)?))),
    readme: include_str!("README.md"),
};

/// Seconds that the clock of the one who signed may be ahead, or ours behind.
const SKEW: i64 = 5;

/// The policy.
pub struct Oauth2 {
    scopes: Vec<String>,
    operation_scopes: bool,
    require_person: bool,
    binding: Binding,
    rules: Rules,
    claim_headers: ClaimHeaders,
    places: Places,
}

impl Oauth2 {
    /// From a configuration that was checked.
    pub fn new(config: Config) -> Self {
        Self {
            scopes: config.scopes,
            operation_scopes: config.operation_scopes,
            require_person: config.require_person,
            binding: Binding::of(config.require_dpop),
            rules: Rules {
                audiences: config.audiences,
                skew: SKEW,
                needs_end: true,
                longest_life: domain::oauth::ACCESS_LIFE.as_secs().cast_signed(),
                ..Rules::default()
            },
            claim_headers: ClaimHeaders::new(&config.claim_headers),
            places: Places::new(&config.header, &[], config.hide_credential),
        }
    }

    fn decide(
        &self,
        sent: &Sent,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let credentials = services.credentials.as_ref();
        let claims = access_token::verify(&sent.token, credentials).map_err(token::invalid)?;
        self.rules
            .check(&claims, exchange.now)
            .map_err(token::broken)?;
        let read = access_token::read(&claims).map_err(token::invalid)?;
        if read.ids().any(|id| credentials.is_token_revoked(id)) {
            let detail = "the token was revoked; ask for a new one";
            let failure = token::challenge(Refusal::CredentialRevoked, detail, "invalid_token");
            return Err(failure);
        }
        let hash = holder::hash(&oauth_holder(read.client_id));
        let found = credentials.holder(CredentialKind::OauthClient, &hash, exchange.now);
        let caller = found.map_err(of_client)?;
        if self.require_person && read.grant.is_none() {
            let detail = "the token stands for a client alone; a person has to consent first";
            return Err(token::challenge(
                Refusal::ScopeMissing,
                detail,
                "insufficient_scope",
            ));
        }
        self.binding
            .check(&claims, sent, request, exchange.now, services)?;
        exchange.scopes = self.needed(&claims, exchange)?;
        exchange.caller = Some(caller);
        exchange.credential_place = Some(sent.place.clone());
        exchange.claims = Some(Arc::new(claims));
        Ok(Flow::Next)
    }

    /// The scopes that the request needs, when the token has them.
    fn needed(&self, claims: &Value, exchange: &Exchange) -> Result<Vec<String>, Failure> {
        let mut needed = self.scopes.clone();
        let has = |scope: &String| claim::has_scope(claims, scope);
        let alternatives = match &exchange.contract {
            _ if !self.operation_scopes => &[][..],
            Some(operation) => operation.contract().scopes.as_slice(),
            None if exchange.operation.is_nil() => &[],
            None => {
                let detail = "the API's document cannot be used, so nobody knows which scopes the operation needs";
                return Err(Failure::new(Refusal::PolicyFailed, detail));
            }
        };
        let fitting = alternatives.iter().find(|scopes| scopes.iter().all(has));
        if let Some(scopes) = fitting.or(alternatives.first()) {
            needed.extend(scopes.iter().cloned());
        }
        let missing: Vec<&str> = needed
            .iter()
            .filter(|scope| !has(scope))
            .map(String::as_str)
            .collect();
        if missing.is_empty() {
            return Ok(needed);
        }
        let detail = format!("the token lacks the scope {}", missing.join(" "));
        Err(token::insufficient(
            detail,
            needed.iter().map(String::as_str),
        ))
    }
}

/// What a refusal of the look-up means for a token that is good in itself.
fn of_client(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::CredentialUnknown => {
            token::invalid("the client of the token does not exist any more")
        }
        other if other.status() == 401 => {
            token::challenge(other, other.explain().remedy, "invalid_token")
        }
        other => other.into(),
    }
}

impl Policy for Oauth2 {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let Some(sent) = self.places.find(request) else {
            return self.binding.missing(&self.places).into();
        };
        let verdict = self.decide(&sent, request, exchange, services);
        self.binding.challenged(verdict, &sent).into()
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
