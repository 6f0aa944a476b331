//! Keys that an issuer publishes: fetched once for all who wait, kept, renewed, and looked at again when a token names a
//! key that is not known.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Timestamp;
use futures_util::future::{BoxFuture, FutureExt as _, Shared};
use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue, Method};
use parking_lot::Mutex;
use serde::Deserialize;
use url::Url;

use super::algorithm::Algorithm;
use super::key_set::KeySet;
use crate::services::{Call, Fetch, Redirects, Services};

/// For one document.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The largest document, in bytes.
const LARGEST: usize = 256 << 10;
/// Between two fetches, in seconds, however many tokens name unknown keys and however often fetching fails.
pub const FLOOR: i64 = 30;

/// Where the keys are published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the set at this address.
    Set(Url),
    /// Where the discovery document of this issuer says (OpenID Connect Discovery 1.0, section 4).
    Issuer(String),
}

/// How long keys are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// Seconds after which they are renewed, beside the traffic.
    pub renewed_after: i64,
    /// Seconds after which they are not used any more although renewing fails.
    pub dropped_after: i64,
}

type Fetching = Shared<BoxFuture<'static, Result<Arc<KeySet>, Arc<str>>>>;

/// The keys of one place. One instance serves all requests of a policy.
pub struct Remote {
    place: Place,
    rsa: Vec<Algorithm>,
    ages: Ages,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    keys: Option<(Arc<KeySet>, i64)>,
    /// When the last fetch began.
    tried_at: Option<i64>,
    /// The fetch that is under way. It is driven by those who wait for it.
    flight: Option<Fetching>,
    /// Counts the flights, so that a late one does not end a newer.
    number: u64,
}

/// There are no keys to verify with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoKeys;

impl Remote {
    /// Nothing is fetched before the first token.
    pub fn new(place: Place, rsa: &[Algorithm], ages: Ages) -> Self {
        Self {
            place,
            rsa: rsa.to_vec(),
            ages,
            state: Arc::default(),
        }
    }

    /// The keys in memory, if they are young enough and hold one for this `kid`: the way of nearly every request, without
    /// waiting. Keys that are due are renewed in the background.
    pub fn at_hand(
        &self,
        kid: Option<&str>,
        now: Timestamp,
        services: &Services,
    ) -> Option<Arc<KeySet>> {
        let now = now.seconds();
        let (keys, age) = {
            let state = self.state.lock();
            let (keys, since) = state.keys.as_ref()?;
            (keys.clone(), now.saturating_sub(*since))
        };
        if age >= self.ages.dropped_after || !keys.knows(kid) {
            return None;
        }
        if age >= self.ages.renewed_after
            && let Some(flight) = self.start(now, services)
        {
            services.spawn(async move {
                let _ = flight.await;
            });
        }
        Some(keys)
    }

    /// The keys for a token that those in memory do not serve. All who ask meanwhile wait for one fetch; between two there
    /// are at least [`FLOOR`] seconds, and so long the last answer stands, a failure as well.
    pub async fn fetch(&self, now: Timestamp, services: &Services) -> Result<Arc<KeySet>, NoKeys> {
        let now = now.seconds();
        if let Some(flight) = self.start(now, services)
            && let Ok(keys) = flight.await
        {
            return Ok(keys);
        }
        let state = self.state.lock();
        match &state.keys {
            Some((keys, since)) if now.saturating_sub(*since) < self.ages.dropped_after => {
                Ok(keys.clone())
            }
            _ => Err(NoKeys),
        }
    }

    /// The fetch under way, or a new one, unless the last was too short a time ago.
    fn start(&self, now: i64, services: &Services) -> Option<Fetching> {
        let mut state = self.state.lock();
        if let Some(flight) = &state.flight {
            return Some(flight.clone());
        }
        if state
            .tried_at
            .is_some_and(|tried| now.saturating_sub(tried) < FLOOR)
        {
            return None;
        }
        state.tried_at = Some(now);
        state.number += 1;
        let number = state.number;
        let fetched = load(services.fetch.clone(), self.place.clone(), self.rsa.clone());
        let kept = self.state.clone();
        let place = self.place.clone();
        let flight = async move {
            let result = fetched.await;
            let mut state = kept.lock();
            if state.number == number {
                state.flight = None;
            }
            match result {
                Ok(keys) => {
                    let keys = Arc::new(keys);
                    state.keys = Some((keys.clone(), now));
                    Ok(keys)
                }
                Err(why) => {
                    tracing::warn!(?place, %why, "an issuer's keys were not fetched");
                    Err(Arc::from(why.as_str()))
                }
            }
        };
        let flight = flight.boxed().shared();
        state.flight = Some(flight.clone());
        Some(flight)
    }
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

async fn load(client: Arc<dyn Fetch>, place: Place, rsa: Vec<Algorithm>) -> Result<KeySet, String> {
    let url = match place {
        Place::Set(url) => url,
        Place::Issuer(issuer) => discover(client.as_ref(), &issuer).await?,
    };
    let body = get(client.as_ref(), url).await?;
    KeySet::parse(&body, &rsa).map_err(|error| format!("the key set {error}"))
}

async fn discover(client: &dyn Fetch, issuer: &str) -> Result<Url, String> {
    let address = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let address = Url::parse(&address).map_err(|error| format!("the issuer is no URL: {error}"))?;
    let secure = address.scheme() == "https";
    let body = get(client, address).await?;
    let found: Discovery = serde_json::from_slice(&body)
        .map_err(|error| format!("the discovery document cannot be read: {error}"))?;
    // section 4.3: otherwise one issuer could speak for another
    if found.issuer != issuer {
        return Err(format!(
            "the discovery document is that of `{}`",
            found.issuer
        ));
    }
    let url =
        crate::address::parse(&found.jwks_uri).map_err(|error| format!("jwks_uri: {error}"))?;
    if secure && url.scheme() != "https" {
        return Err("jwks_uri leaves https".into());
    }
    Ok(url)
}

async fn get(client: &dyn Fetch, url: Url) -> Result<Bytes, String> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let call = Call {
        method: Method::GET,
        url,
        headers,
        body: Bytes::new(),
        timeout: TIMEOUT,
        max_bytes: LARGEST,
        redirects: Redirects::Follow,
    };
    let answer = client
        .fetch(call)
        .await
        .map_err(|error| error.to_string())?;
    if !answer.status.is_success() {
        return Err(format!("the answer was {}", answer.status));
    }
    Ok(answer.body)
}
