//! `oauth2_introspection`: who calls, by a token that its issuer is asked about.

mod config;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::credential::{CredentialKind, jwt_holder};
use domain::refusal::Refusal;
use futures_util::future::{BoxFuture, FutureExt as _, Shared};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use parking_lot::Mutex;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

pub use config::Config;

use crate::address;
use crate::client_login::basic_header;
use crate::config_error::ConfigError;
use crate::dpop::Binding;
use crate::exchange::Exchange;
use crate::expiring::Expiring;
use crate::holder;
use crate::jose::compact::LONGEST;
use crate::jose::rules::Rules;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::secret::SecretText;
use crate::services::{Call, Fetched, Redirects, Services};
use crate::token::{self, ClaimHeaders, Places, Sent};
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "oauth2_introspection",
    summary: "Takes tokens that their issuer is asked about",
    stage: Stage::Authenticate,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(Introspection::new(read(value)?)?)),
    readme: include_str!("README.md"),
};

/// The largest answer, in bytes.
const ANSWER_BYTES: usize = 64 << 10;
/// Answers that are kept at a time.
const MOST_KEPT: usize = 10_000;

/// What the issuer says of a token: its claims, or that it is none.
type Answer = Option<Arc<Value>>;
type Asking = Shared<BoxFuture<'static, Result<Answer, ()>>>;
type Hash = [u8; 32];

/// The policy.
pub struct Introspection {
    url: Url,
    issuer: String,
    client_id: String,
    client_secret: SecretText,
    rules: Rules,
    application_claim: String,
    claim_headers: ClaimHeaders,
    places: Places,
    binding: Binding,
    cache_seconds: i64,
    timeout: Duration,
    /// By the SHA-256 of the token: a dump of memory holds no tokens.
    kept: Arc<Expiring<Hash, Answer>>,
    /// One question at a time for each token.
    asking: Arc<Mutex<HashMap<Hash, Asking>>>,
}

impl Introspection {
    /// From a configuration that was checked.
    pub fn new(config: Config) -> Result<Self, Vec<ConfigError>> {
        let url = address::parse(&config.url).map_err(|e| vec![ConfigError::new("url", e)])?;
        Ok(Self {
            url,
            rules: Rules {
                audiences: config.audiences,
                scopes: config.scopes,
                claims: config.claims,
                ..Rules::default()
            },
            issuer: config.issuer,
            client_id: config.client_id,
            client_secret: config.client_secret,
            application_claim: config.application_claim,
            claim_headers: ClaimHeaders::new(&config.claim_headers),
            places: Places::new(&config.header, &config.query, config.hide_credential),
            binding: Binding::of(config.require_dpop),
            cache_seconds: i64::from(config.cache_seconds),
            timeout: Duration::from_millis(u64::from(config.timeout_ms)),
            kept: Arc::new(Expiring::new(MOST_KEPT)),
            asking: Arc::default(),
        })
    }

    fn accept(
        &self,
        answer: &Answer,
        sent: &Sent,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let Some(claims) = answer else {
            return Err(token::invalid(
                "the token's issuer does not know it, or it is no longer active",
            ));
        };
        self.rules
            .check(claims, exchange.now)
            .map_err(token::broken)?;
        if claims
            .get("iss")
            .is_some_and(|iss| iss.as_str() != Some(&self.issuer))
        {
            return Err(token::invalid("the token is from another issuer (`iss`)"));
        }
        let Some(subject) = token::application_of(claims, &self.application_claim) else {
            let detail = format!(
                "the token names no application (`{}`)",
                self.application_claim
            );
            return Err(Failure::new(Refusal::ApplicationUnknown, detail));
        };
        let hash = holder::hash(&jwt_holder(&self.issuer, subject));
        let found = services
            .credentials
            .holder(CredentialKind::JwtIssuer, &hash, exchange.now);
        let caller = found.map_err(|refusal| holder::of_token(refusal, &self.application_claim))?;
        self.binding
            .check(claims, sent, request, exchange.now, services)?;
        exchange.caller = Some(caller);
        exchange.credential_place = Some(sent.place.clone());
        exchange.claims = Some(claims.clone());
        Ok(Flow::Next)
    }

    /// The question about a token, asked once for all who want to know at the same time.
    fn ask(
        &self,
        token: &str,
        hash: Hash,
        now: i64,
        services: &Services,
    ) -> Result<Asking, Failure> {
        if let Some(asking) = self.asking.lock().get(&hash) {
            return Ok(asking.clone());
        }
        let secret = self.client_secret.open(services)?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        headers.insert(AUTHORIZATION, basic_header(&self.client_id, &secret));
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("token_type_hint", "access_token")
            .finish();
        let answer = services.fetch.fetch(Call {
            method: Method::POST,
            url: self.url.clone(),
            headers,
            body: Bytes::from(form),
            timeout: self.timeout,
            max_bytes: ANSWER_BYTES,
            redirects: Redirects::Answer,
        });
        let (kept, asking) = (self.kept.clone(), self.asking.clone());
        let (url, keep) = (self.url.clone(), self.cache_seconds);
        let question = async move {
            let read = match answer.await {
                Ok(answer) => read_answer(&answer),
                Err(error) => Err(error.to_string()),
            };
            let result = match read {
                Ok(answer) => {
                    let end = answer
                        .as_deref()
                        .and_then(|claims| claims.get("exp")?.as_i64());
                    let end = end.unwrap_or(i64::MAX).min(now.saturating_add(keep));
                    if end > now {
                        kept.put(hash, answer.clone(), end);
                    }
                    Ok(answer)
                }
                Err(why) => {
                    tracing::warn!(%url, why, "the issuer did not say whether a token is active");
                    Err(())
                }
            };
            asking.lock().remove(&hash);
            result
        };
        let question = question.boxed().shared();
        let mut asking = self.asking.lock();
        Ok(asking.entry(hash).or_insert(question).clone())
    }

    async fn decide(
        &self,
        sent: &Sent,
        hash: Hash,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let question = self.ask(&sent.token, hash, exchange.now.seconds(), services)?;
        // It ends also when this request goes away: others may wait for it, and its place must become free.
        let others = question.clone();
        services.spawn(async move {
            let _ = others.await;
        });
        let answer = question.await.map_err(|()| {
            let detail = "the issuer of the token did not say whether it is active";
            Failure::new(Refusal::PolicyFailed, detail)
        })?;
        self.accept(&answer, sent, request, exchange, services)
    }
}

/// `None` for a token that is not active (RFC 7662, section 2.2).
fn read_answer(answer: &Fetched) -> Result<Answer, String> {
    if answer.status != StatusCode::OK {
        return Err(format!("its answer was {}", answer.status));
    }
    let claims: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    match claims.get("active") {
        Some(Value::Bool(true)) => Ok(Some(Arc::new(claims))),
        Some(Value::Bool(false)) => Ok(None),
        _ => Err("its answer has no boolean `active`".to_owned()),
    }
}

impl Policy for Introspection {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        exchange: &'a mut Exchange,
        services: &'a Services,
    ) -> Outcome<'a> {
        let Some(sent) = self.places.find(request) else {
            return self.binding.missing(&self.places).into();
        };
        let text = &sent.token;
        if text.len() > LONGEST || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return token::invalid("the token is not one that an issuer would make").into();
        }
        let hash: Hash = Sha256::digest(text.as_bytes()).into();
        match self.kept.get(&hash, exchange.now.seconds()) {
            Some(answer) => {
                let verdict = self.accept(&answer, &sent, request, exchange, services);
                self.binding.challenged(verdict, &sent).into()
            }
            None => Outcome::Later(Box::pin(async move {
                let decided = self.decide(&sent, hash, request, exchange, services);
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
