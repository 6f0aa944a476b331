//! An ACME server (RFC 8555): its directory, its nonces, and what it answers to signed requests.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use outbound::{Fetched, Limits};
use parking_lot::Mutex;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;
use url::Url;

use super::jws::{AccountKey, Signer};

/// One request.
const LIMITS: Limits = Limits {
    time: Duration::from_secs(20),
    size: 256 << 10,
};
/// Tries with another nonce: servers throw old ones away at any time.
const NONCES: usize = 6;
/// The longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Why there is no certificate.
#[derive(Debug, Error)]
pub enum AcmeError {
    /// The server cannot be reached.
    #[error("the server cannot be reached: {0}")]
    Fetch(#[from] outbound::Error),
    /// The server refuses.
    #[error("the server refuses: {0}")]
    Refused(Problem),
    /// A host could not be proven.
    #[error("`{host}` could not be proven: {reason}")]
    Unproven {
        /// Which.
        host: String,
        /// What the server says.
        reason: String,
    },
    /// The server does not take this kind of proof for the host.
    #[error("the server does not offer {kind} for `{host}`")]
    NoSuchChallenge {
        /// Which.
        host: String,
        /// Of which kind.
        kind: domain::acme::ChallengeKind,
    },
    /// The order failed after its hosts were proven.
    #[error("the order failed: {0}")]
    OrderFailed(String),
    /// An answer that is none.
    #[error("the server's answer for {0} cannot be read")]
    Unreadable(&'static str),
    /// The account's key does not work.
    #[error("the account's key cannot be used")]
    Key,
    /// The key of the account outside of ACME is no base64url.
    #[error("acme.external_key is not base64url")]
    ExternalKey,
    /// No gateway would answer.
    #[error("no gateway node is running that could answer the server")]
    NoNode,
    /// The request for the certificate could not be made.
    #[error("the request for a certificate could not be made: {0}")]
    Request(#[from] rcgen::Error),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] operations::Error),
}

/// What a server says that it refuses (RFC 9457).
#[derive(Debug, Default, Deserialize)]
pub struct Problem {
    /// `urn:ietf:params:acme:error:badNonce`
    #[serde(default, rename = "type")]
    pub kind: String,
    /// In words.
    #[serde(default)]
    pub detail: String,
    /// The same for single names.
    #[serde(default)]
    pub subproblems: Vec<Problem>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.kind.rsplit(':').next().unwrap_or_default();
        write!(f, "{} ({kind})", self.detail)?;
        for one in &self.subproblems {
            write!(f, "; {one}")?;
        }
        Ok(())
    }
}

impl Problem {
    /// Whether it is this error of ACME.
    pub fn is(&self, name: &str) -> bool {
        self.kind.strip_prefix("urn:ietf:params:acme:error:") == Some(name)
    }
}

/// Where a server takes what.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Directory {
    pub(super) new_nonce: Url,
    pub(super) new_account: Url,
    pub(super) new_order: Url,
}

/// A server that is spoken to.
pub(super) struct Server {
    http: outbound::Client,
    pub(super) directory: Directory,
    nonce: Mutex<Option<String>>,
}

/// An answer that is no refusal.
pub(super) struct Answer {
    fetched: Fetched,
}

impl Answer {
    /// The thing that was made, a URL.
    pub(super) fn location(&self) -> Option<String> {
        text(&self.fetched.headers, &LOCATION)
    }

    /// How long the server wants to be left alone.
    pub(super) fn retry_after(&self) -> Duration {
        let seconds = text(&self.fetched.headers, &RETRY_AFTER).and_then(|text| text.parse().ok());
        Duration::from_secs(seconds.unwrap_or(1)).min(LONGEST_WAIT)
    }

    /// What it holds.
    pub(super) fn read<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, AcmeError> {
        serde_json::from_slice(&self.fetched.body).map_err(|_| AcmeError::Unreadable(what))
    }

    /// What it holds, as text.
    pub(super) fn text(&self, what: &'static str) -> Result<String, AcmeError> {
        String::from_utf8(self.fetched.body.to_vec()).map_err(|_| AcmeError::Unreadable(what))
    }
}

impl Server {
    /// Reads the directory.
    pub(super) async fn at(http: outbound::Client, directory: &Url) -> Result<Self, AcmeError> {
        let fetched = http.get(directory, LIMITS).await?;
        let directory = serde_json::from_slice(&fetched.body)
            .map_err(|_| AcmeError::Unreadable("the directory"))?;
        Ok(Self {
            http,
            directory,
            nonce: Mutex::new(None),
        })
    }

    /// Asks with a signature; without a payload it only reads.
    pub(super) async fn ask(
        &self,
        key: &AccountKey,
        signer: Signer<'_>,
        url: &Url,
        payload: Option<&Value>,
    ) -> Result<Answer, AcmeError> {
        let mut tries = 0;
        loop {
            let nonce = self.nonce().await?;
            let signed = key.sign(signer, url.as_str(), &nonce, payload)?;
            let mut headers = HeaderMap::new();
            let jose = HeaderValue::from_static("application/jose+json");
            headers.insert(CONTENT_TYPE, jose);
            let body = Bytes::from(signed.to_string());
            let fetched = self
                .http
                .send_once(Method::POST, url, headers, body, LIMITS)
                .await?;
            *self.nonce.lock() = text(&fetched.headers, &REPLAY_NONCE);
            if fetched.status.is_success() {
                return Ok(Answer { fetched });
            }
            let problem = problem(&fetched);
            tries += 1;
            if !problem.is("badNonce") || tries == NONCES {
                return Err(AcmeError::Refused(problem));
            }
        }
    }

    async fn nonce(&self) -> Result<String, AcmeError> {
        if let Some(nonce) = self.nonce.lock().take() {
            return Ok(nonce);
        }
        let url = &self.directory.new_nonce;
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        let fetched = self
            .http
            .send_once(Method::HEAD, url, headers, body, LIMITS)
            .await?;
        text(&fetched.headers, &REPLAY_NONCE).ok_or(AcmeError::Unreadable("a nonce"))
    }
}

static REPLAY_NONCE: HeaderName = HeaderName::from_static("replay-nonce");

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn problem(fetched: &Fetched) -> Problem {
    serde_json::from_slice(&fetched.body).unwrap_or_else(|_| Problem {
        detail: format!("it answered {}", fetched.status),
        ..Problem::default()
    })
}
