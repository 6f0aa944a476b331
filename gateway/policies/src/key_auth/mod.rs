//! `key_auth`: who calls, by an API key or by a playground token.

mod config;
mod playground;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::credential::CredentialKind;
use domain::refusal::Refusal;
use http::header::{AUTHORIZATION, COOKIE, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

pub use config::Config;

use crate::exchange::{Exchange, Place};
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Failure, Flow, Outcome, PASS, Policy, Verdict};
use crate::request::Request;
use crate::services::Services;
use crate::upstream::UpstreamRequest;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "key_auth",
    summary: "Asks for an API key in a header, query parameter or cookie",
    stage: Stage::Authenticate,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(KeyAuth::new(read(value)?))),
    readme: include_str!("README.md"),
};

/// Longer texts are nobody's key; they are not even hashed.
const LONGEST: usize = 1_024;

/// The policy.
pub struct KeyAuth {
    headers: Vec<HeaderName>,
    bearer: bool,
    query: Vec<String>,
    cookies: Vec<String>,
    hide: bool,
    challenge: HeaderValue,
    missing: String,
}

impl KeyAuth {
    /// From a configuration that was checked.
    pub fn new(config: Config) -> Self {
        let headers: Vec<HeaderName> = config
            .headers
            .iter()
            .filter_map(|h| h.parse().ok())
            .collect();
        let mut places: Vec<String> = config
            .headers
            .iter()
            .map(|h| format!("the header {h}"))
            .collect();
        if config.bearer {
            places.push("Authorization: Bearer".into());
        }
        places.extend(
            config
                .query
                .iter()
                .map(|q| format!("the query parameter {q}")),
        );
        places.extend(config.cookies.iter().map(|c| format!("the cookie {c}")));
        let challenge = if config.bearer { "Bearer" } else { "ApiKey" };
        Self {
            headers,
            bearer: config.bearer,
            query: config.query,
            cookies: config.cookies,
            hide: config.hide_credential,
            challenge: HeaderValue::from_static(challenge),
            missing: format!("send the key in {}", places.join(" or ")),
        }
    }

    fn find(&self, request: &Request<'_>) -> Option<(String, Place)> {
        let header = self.headers.iter().find_map(|name| {
            let text = request.header(name)?.to_str().ok()?.trim();
            (!text.is_empty()).then(|| (text.to_owned(), Place::Header(name.clone())))
        });
        let bearer = || {
            let text = request.header(&AUTHORIZATION)?.to_str().ok()?;
            let (scheme, token) = text.split_once(' ')?;
            (self.bearer && scheme.eq_ignore_ascii_case("bearer"))
                .then(|| (token.trim().to_owned(), Place::Bearer))
        };
        let query = || {
            self.query.iter().find_map(|name| {
                let text = request.query_parameter(name)?;
                Some((text, Place::Query(name.clone())))
            })
        };
        let cookie = || {
            self.cookies.iter().find_map(|name| {
                let text = request.cookie(name)?;
                Some((text.to_owned(), Place::Cookie(name.clone())))
            })
        };
        header.or_else(bearer).or_else(query).or_else(cookie)
    }

    fn decide(
        &self,
        request: &Request<'_>,
        exchange: &mut Exchange,
        services: &Services,
    ) -> Verdict {
        let Some((key, place)) = self.find(request) else {
            return Err(self.refuse(Failure::new(Refusal::CredentialMissing, &*self.missing)));
        };
        exchange.credential_place = Some(place);
        if key.starts_with(playground::PREFIX) {
            let caller = playground::verify(&key, services.credentials.as_ref(), exchange.now)
                .map_err(|detail| self.refuse(Failure::new(Refusal::TokenInvalid, detail)))?;
            exchange.caller = Some(caller);
            return Ok(Flow::Next);
        }
        if key.len() > LONGEST {
            let detail = format!("the key is longer than {LONGEST} characters");
            return Err(self.refuse(Failure::new(Refusal::CredentialUnknown, detail)));
        }
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        match services
            .credentials
            .holder(CredentialKind::ApiKey, &hash, exchange.now)
        {
            Ok(caller) => {
                exchange.caller = Some(caller);
                Ok(Flow::Next)
            }
            Err(Refusal::CredentialUnknown) => {
                Err(self.refuse(Failure::new(Refusal::CredentialUnknown, why_unknown(&key))))
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

impl Policy for KeyAuth {
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
        exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        if !self.hide {
            return PASS;
        }
        // Every place that can hold a key is emptied, not only the one that was read: a second key is a secret too.
        for name in &self.headers {
            upstream.remove(name);
        }
        if exchange.credential_place == Some(Place::Bearer) {
            upstream.remove(&AUTHORIZATION);
        }
        for name in &self.query {
            upstream.remove_query_parameter(name);
        }
        if !self.cookies.is_empty() {
            without_cookies(upstream, &self.cookies);
        }
        PASS
    }
}

/// What to tell about a key that nobody holds, without telling the key.
fn why_unknown(key: &str) -> &'static str {
    use domain::credential::{KEY_CHECK, is_key_shaped, key_check};
    if !is_key_shaped(key) {
        return "the text is not shaped like a key; copy it again, from gh_live_ to its last character";
    }
    let (body, check) = key.split_at(key.len() - KEY_CHECK);
    if key_check(crc32fast::hash(body.as_bytes())) == check {
        "the key is well formed, but nobody holds it; it may belong to another installation"
    } else {
        "the key's check sum does not fit; a character is mistyped or missing"
    }
}

fn without_cookies(upstream: &mut UpstreamRequest<'_>, names: &[String]) {
    let lines: Vec<HeaderValue> = upstream.headers().get_all(COOKIE).iter().cloned().collect();
    let keep = |pair: &&str| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name).trim();
        !name.is_empty() && !names.iter().any(|n| n == name)
    };
    upstream.remove(&COOKIE);
    for line in lines {
        let Ok(text) = line.to_str() else {
            // A line that cannot be read could hold the key: it is not passed on.
            continue;
        };
        let kept: Vec<&str> = text.split(';').filter(keep).map(str::trim).collect();
        if let (false, Ok(value)) = (kept.is_empty(), HeaderValue::try_from(kept.join("; "))) {
            upstream.append(&COOKIE, value);
        }
    }
}
