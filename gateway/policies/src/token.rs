//! Bearer tokens: where they stand in a request, how a refusal challenges (RFC 6750), and what becomes of their claims.

use std::collections::BTreeMap;

use domain::credential::KEY_PREFIX;
use domain::refusal::Refusal;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::claim;
use crate::config_error::ConfigError;
use crate::dpop;
use crate::exchange::{Exchange, Place};
use crate::jose::rules::Broken;
use crate::policy::Failure;
use crate::request::Request;
use crate::upstream::{UpstreamRequest, is_framing};

/// A token as it was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The token.
    pub token: String,
    /// Where it stood.
    pub place: Place,
    /// Behind what.
    pub scheme: Scheme,
}

/// What stands before a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Whoever has the token may use it (RFC 6750).
    Bearer,
    /// A proof comes with it (RFC 9449).
    Dpop,
}

impl Scheme {
    fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("bearer") {
            return Some(Self::Bearer);
        }
        name.eq_ignore_ascii_case("dpop").then_some(Self::Dpop)
    }
}

/// Where a token may stand.
#[derive(Debug, Clone)]
pub struct Places {
    header: HeaderName,
    query: Vec<String>,
    hide: bool,
}

impl Places {
    /// A header (in `Authorization` behind `Bearer` or `DPoP`, elsewhere with or without it) and query parameters.
    pub fn new(header: &str, query: &[String], hide: bool) -> Self {
        Self {
            header: header.parse().unwrap_or(AUTHORIZATION),
            query: query.to_vec(),
            hide,
        }
    }

    /// What is wrong with the names.
    pub fn check(header: &str, query: &[String]) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        match header.parse::<HeaderName>() {
            Err(_) => errors.push(ConfigError::new("header", "is not a header name")),
            Ok(name) if is_framing(&name) => {
                errors.push(ConfigError::new(
                    "header",
                    "decides where a message ends or goes",
                ));
            }
            Ok(_) => {}
        }
        for (i, name) in query.iter().enumerate() {
            if name.is_empty() || name.contains(['&', '=', '#']) {
                errors.push(ConfigError::new(
                    format!("query[{i}]"),
                    "is not a parameter's name",
                ));
            }
        }
        errors
    }

    /// The token of a request. API keys and playground tokens that stand where a token could are not one.
    pub fn find(&self, request: &Request<'_>) -> Option<Sent> {
        let header = || {
            let text = request.header(&self.header)?.to_str().ok()?.trim();
            let (scheme, token) = match text.split_once(' ') {
                Some((scheme, rest)) => (Scheme::named(scheme)?, rest.trim()),
                None if self.header != AUTHORIZATION => (Scheme::Bearer, text),
                None => return None,
            };
            let place = if self.header == AUTHORIZATION {
                Place::Bearer
            } else {
                Place::Header(self.header.clone())
            };
            is_token(token).then(|| Sent {
                token: token.to_owned(),
                place,
                scheme,
            })
        };
        let query = || {
            self.query.iter().find_map(|name| {
                let token = request.query_parameter(name)?;
                is_token(&token).then(|| Sent {
                    token,
                    place: Place::Query(name.clone()),
                    scheme: Scheme::Bearer,
                })
            })
        };
        header().or_else(query)
    }

    /// Keeps the token from the upstream, if it is to be kept.
    pub fn hide(&self, upstream: &mut UpstreamRequest<'_>, exchange: &Exchange) {
        if !self.hide {
            return;
        }
        match &exchange.credential_place {
            Some(Place::Bearer) if self.header == AUTHORIZATION => upstream.remove(&AUTHORIZATION),
            Some(Place::Header(name)) if *name == self.header => upstream.remove(name),
            _ => {}
        }
        if exchange.claims.as_deref().is_some_and(dpop::is_bound) {
            upstream.remove(&dpop::HEADER);
        }
        for name in &self.query {
            upstream.remove_query_parameter(name);
        }
    }

    /// A refusal for a request without a token.
    pub fn missing(&self) -> Failure {
        let mut places = if self.header == AUTHORIZATION {
            "Authorization: Bearer".to_owned()
        } else {
            format!("the header {}", self.header)
        };
        for name in &self.query {
            places.push_str(" or the query parameter ");
            places.push_str(name);
        }
        let failure = Failure::new(
            Refusal::CredentialMissing,
            format!("send the token in {places}"),
        );
        failure.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(KEY_PREFIX) && !text.starts_with("ghp_")
}

/// A refusal for a token that does not verify.
pub fn invalid(detail: impl Into<String>) -> Failure {
    challenge(Refusal::TokenInvalid, detail, "invalid_token")
}

/// A refusal for a token whose claims do not hold.
pub fn broken(broken: Broken) -> Failure {
    match broken {
        Broken::Expired(detail) => challenge(Refusal::TokenExpired, detail, "invalid_token"),
        Broken::Invalid(detail) => invalid(detail),
        Broken::Forbidden(detail) => challenge(Refusal::ScopeMissing, detail, "insufficient_scope"),
    }
}

/// A refusal for a token that lacks scopes: the challenge names those that are needed (RFC 6750, section 3).
pub fn insufficient<'a>(
    detail: impl Into<String>,
    needed: impl IntoIterator<Item = &'a str>,
) -> Failure {
    let needed: Vec<&str> = needed.into_iter().collect();
    let plain = needed.iter().all(|scope| domain::oauth::is_scope(scope));
    let text = if plain && !needed.is_empty() {
        let needed = needed.join(" ");
        format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\"")
    } else {
        "Bearer error=\"insufficient_scope\"".to_owned()
    };
    let value = HeaderValue::try_from(text).expect("scopes are visible ASCII");
    Failure::new(Refusal::ScopeMissing, detail).with_header(WWW_AUTHENTICATE, value)
}

/// A refusal with the challenge of RFC 6750, section 3.
pub(crate) fn challenge(refusal: Refusal, detail: impl Into<String>, error: &str) -> Failure {
    let value = HeaderValue::try_from(format!("Bearer error=\"{error}\""))
        .expect("the errors are written above, in letters");
    Failure::new(refusal, detail).with_header(WWW_AUTHENTICATE, value)
}

/// Claims that the upstream gets as headers.
#[derive(Debug, Clone, Default)]
pub struct ClaimHeaders(Vec<(HeaderName, String)>);

impl ClaimHeaders {
    /// From names of headers to names or paths of claims.
    pub fn new(map: &BTreeMap<String, String>) -> Self {
        let pairs = map.iter();
        Self(
            pairs
                .filter_map(|(name, path)| Some((name.parse().ok()?, path.clone())))
                .collect(),
        )
    }

    /// What is wrong with the names.
    pub fn check(map: &BTreeMap<String, String>) -> Vec<ConfigError> {
        let wrong = |name: &String| match name.parse::<HeaderName>() {
            Err(_) => Some("is not a header name"),
            Ok(name) if is_framing(&name) => Some("decides where a message ends or goes"),
            Ok(_) => None,
        };
        map.keys()
            .filter_map(|name| {
                Some(ConfigError::new(
                    format!("claim_headers.{name}"),
                    wrong(name)?,
                ))
            })
            .collect()
    }

    /// Puts them on the request; what the caller sent under these names is removed in any case.
    pub fn set(&self, upstream: &mut UpstreamRequest<'_>, exchange: &Exchange) {
        for (name, path) in &self.0 {
            upstream.remove(name);
            let claims = exchange.claims.as_deref();
            let text = claims
                .and_then(|claims| claim::find(claims, path))
                .and_then(claim::to_text);
            if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
                upstream.set(name, value);
            }
        }
    }
}

/// The text of the claim that names an application.
pub fn application_of<'a>(claims: &'a Value, name: &str) -> Option<&'a str> {
    claim::find(claims, name)?
        .as_str()
        .filter(|text| !text.is_empty())
}
