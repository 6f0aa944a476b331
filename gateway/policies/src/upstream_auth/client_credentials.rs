//! Tokens that the gateway fetches for itself: one at a time, kept until shortly before its end.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Timestamp;
use domain::refusal::Refusal;
use futures_util::future::{BoxFuture, FutureExt as _, Shared};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use parking_lot::Mutex;
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::config::{ClientCredentials, Login};
use crate::address;
use crate::client_login::basic_header;
use crate::config_error::ConfigError;
use crate::policy::Failure;
use crate::services::{Call, Fetched, Redirects, Services};

/// The largest answer, in bytes.
const ANSWER_BYTES: usize = 64 << 10;
/// Seconds before its end from which on a token is not used: the request is still on its way then.
const MARGIN: i64 = 30;
/// Seconds that a token without `expires_in` is used.
const UNNAMED_LIFE: i64 = 60;
/// Seconds after a failure before the issuer is asked again.
const FLOOR: i64 = 2;

type Fetching = Shared<BoxFuture<'static, Option<HeaderValue>>>;

/// The token of one configuration.
pub(super) struct Tokens {
    config: ClientCredentials,
    url: Url,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// `Authorization`, and until which second it is used.
    value: Option<(HeaderValue, i64)>,
    failed_at: Option<i64>,
    flight: Option<Fetching>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    token_type: String,
    expires_in: Option<f64>,
}

impl Tokens {
    pub(super) fn new(config: ClientCredentials) -> Result<Self, Vec<ConfigError>> {
        let url = address::parse(&config.token_url)
            .map_err(|e| vec![ConfigError::new("client_credentials.token_url", e)])?;
        Ok(Self {
            config,
            url,
            state: Arc::default(),
        })
    }

    /// The token in memory, as a header's value.
    pub(super) fn at_hand(&self, now: Timestamp) -> Option<HeaderValue> {
        let state = self.state.lock();
        let (value, end) = state.value.as_ref()?;
        (now.seconds() < *end).then(|| value.clone())
    }

    /// Forgets the token: the next request fetches another.
    pub(super) fn forget(&self) {
        self.state.lock().value = None;
    }

    /// A new token; all who ask meanwhile wait for the same one.
    pub(super) async fn fetch(
        &self,
        now: Timestamp,
        services: &Services,
    ) -> Result<HeaderValue, Failure> {
        let failed = || {
            let detail = "the gateway got no token for the API behind it";
            Failure::new(Refusal::PolicyFailed, detail)
        };
        let flight = self.start(now.seconds(), services)?.ok_or_else(failed)?;
        let others = flight.clone();
        services.spawn(async move {
            let _ = others.await;
        });
        flight.await.ok_or_else(failed)
    }

    /// The fetch under way, or a new one; `None` shortly after one that failed.
    fn start(&self, now: i64, services: &Services) -> Result<Option<Fetching>, Failure> {
        let mut state = self.state.lock();
        if let Some(flight) = &state.flight {
            return Ok(Some(flight.clone()));
        }
        if state
            .failed_at
            .is_some_and(|at| now.saturating_sub(at) < FLOOR)
        {
            return Ok(None);
        }
        let call = self.call(services)?;
        let fetched = services.fetch.fetch(call);
        let (kept, url) = (self.state.clone(), self.url.clone());
        let flight = async move {
            let read = match fetched.await {
                Ok(answer) => read(&answer, now),
                Err(error) => Err(error.to_string()),
            };
            let mut state = kept.lock();
            state.flight = None;
            match read {
                Ok((value, end)) => {
                    state.failed_at = None;
                    state.value = Some((value.clone(), end));
                    Some(value)
                }
                Err(why) => {
                    tracing::warn!(%url, why, "no token for an upstream");
                    state.failed_at = Some(now);
                    None
                }
            }
        };
        let flight = flight.boxed().shared();
        state.flight = Some(flight.clone());
        Ok(Some(flight))
    }

    fn call(&self, services: &Services) -> Result<Call, Failure> {
        let config = &self.config;
        let secret = config.client_secret.open(services)?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if !config.scopes.is_empty() {
            form.append_pair("scope", &config.scopes.join(" "));
        }
        if let Some(audience) = &config.audience {
            form.append_pair("audience", audience);
        }
        match config.login {
            Login::Basic => {
                headers.insert(AUTHORIZATION, basic_header(&config.client_id, &secret));
            }
            Login::Form => {
                form.append_pair("client_id", &config.client_id);
                form.append_pair("client_secret", &secret);
            }
        }
        Ok(Call {
            method: Method::POST,
            url: self.url.clone(),
            headers,
            body: Bytes::from(form.finish()),
            timeout: Duration::from_millis(u64::from(config.timeout_ms)),
            max_bytes: ANSWER_BYTES,
            redirects: Redirects::Answer,
        })
    }
}

/// The header's value, and until which second it is used.
fn read(answer: &Fetched, now: i64) -> Result<(HeaderValue, i64), String> {
    if answer.status != StatusCode::OK {
        return Err(format!("the answer was {}", answer.status));
    }
    let answer: Answer = serde_json::from_slice(&answer.body)
        .map_err(|_| "the answer is not that of a token endpoint".to_owned())?;
    if !answer.token_type.eq_ignore_ascii_case("bearer") {
        return Err(format!("the token is of type `{}`", answer.token_type));
    }
    let text = Zeroizing::new(format!("Bearer {}", answer.access_token));
    let mut value =
        HeaderValue::from_str(&text).map_err(|_| "the token is no header text".to_owned())?;
    value.set_sensitive(true);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "between 0 and a year in seconds"
    )]
    let life = answer.expires_in.map(|s| s.clamp(0.0, 31_536_000.0) as i64);
    // a very short life is used for half of it: with the margin it would never be
    let used = life.map_or(UNNAMED_LIFE, |life| (life - MARGIN).max(life / 2));
    Ok((value, now.saturating_add(used)))
}
