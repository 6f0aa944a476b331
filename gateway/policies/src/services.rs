//! What the runtime lends to policies: they look up, count, fetch and spawn through these, and never open a connection themselves.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Timestamp;
use domain::credential::CredentialKind;
use domain::id::{ApplicationId, ProductId, SigningKeyId};
use domain::refusal::Refusal;
use http::{HeaderMap, Method, StatusCode};
use thiserror::Error;
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cache::store::CacheStore;
use crate::counters::Counters;
use crate::dice::Dice;
use crate::dpop::TakenProofs;
use crate::exchange::Caller;
use crate::jose::key::Key;
use crate::quotas::Quotas;
use crate::slots::Slots;

/// A future that can be kept and sent to another thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who holds a credential. The snapshot's live tables answer in production, a map in tests.
pub trait Credentials: Send + Sync {
    /// The holder of the credential of this kind with this SHA-256: of an API key itself, of a certificate, or of the look-up
    /// text that `domain::credential` makes for the other kinds. Refuses with `credential_unknown`,
    /// `credential_expired`, `credential_revoked` or `application_suspended`.
    fn holder(
        &self,
        kind: CredentialKind,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Caller, Refusal>;

    /// The holder of the credential of this kind (`hmac`, or `jwt_issuer` with a key of its own) with this SHA-256 of its
    /// look-up text, and its secret as it is kept: sealed (see `domain::credential::sealing_purpose`). Refuses as
    /// [`Credentials::holder`] does, and with `credential_unknown` where there is no secret.
    fn signing_secret(
        &self,
        kind: CredentialKind,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<(Caller, Arc<[u8]>), Refusal>;

    /// Whether an application has a subscription in force to a product.
    fn is_subscribed(&self, application: ApplicationId, product: ProductId) -> bool;

    /// The public half (Ed25519) of a key that signs playground tokens; `None` when there is none in force.
    fn playground_key(&self, id: SigningKeyId) -> Option<[u8; 32]>;

    /// The public half of a key that signs access tokens; `None` when there is none in force.
    fn access_token_key(&self, id: SigningKeyId) -> Option<Arc<Key>>;

    /// Whether access tokens with this id (their own, their family's or their grant's) were taken back before their end.
    fn is_token_revoked(&self, id: Uuid) -> bool;
}

/// The guarded client: it reaches public addresses, and those that the operator allows. For key sets, discovery documents,
/// token introspection, decisions of other services.
pub trait Fetch: Send + Sync {
    /// Sends a request and reads the whole answer, within its bounds.
    fn fetch(&self, call: Call) -> BoxFuture<'static, Result<Fetched, FetchError>>;
}

/// Calls to the upstreams of the catalogue, beside the exchange's own: to merge, mirror or fall back.
pub trait Upstreams: Send + Sync {
    /// Sends a request to a target of the upstream with this slug and reads the whole answer, within its bounds. Redirects
    /// are not followed.
    fn call(
        &self,
        upstream: &str,
        call: UpstreamCall,
    ) -> BoxFuture<'static, Result<Fetched, FetchError>>;
}

/// Runs work that outlives its request.
pub trait Background: Send + Sync {
    /// Starts it; `false` when so much runs already that it was left undone.
    fn spawn(&self, work: BoxFuture<'static, ()>) -> bool;
}

/// A request to an address that somebody configured.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Where to: http or https, without a user name and a password.
    pub url: Url,
    /// The headers. `Host` and `Content-Length` are the client's.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// For the whole of it, redirects included.
    pub timeout: Duration,
    /// The largest answer in bytes, after decompression.
    pub max_bytes: usize,
    /// What becomes of a redirect.
    pub redirects: Redirects,
}

/// What becomes of a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redirects {
    /// It is followed for GET, on the same host only.
    #[default]
    Follow,
    /// It is the answer.
    Answer,
}

/// A request to an upstream of the catalogue.
#[derive(Debug, Clone)]
pub struct UpstreamCall {
    /// The method.
    pub method: Method,
    /// Path below the target's own, and query: `/v1/users?page=2`. A path with two readings is refused.
    pub path_and_query: String,
    /// The headers. `Host` (unless the upstream's settings name one) and `Content-Length` are the client's.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// For the whole of it.
    pub timeout: Duration,
    /// The largest answer in bytes, after decompression.
    pub max_bytes: usize,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decompressed.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FetchError {
    /// The address may not be asked, or is none.
    #[error("refused: {0}")]
    Refused(String),
    /// It took longer than the call allows.
    #[error("no whole answer in time")]
    TimedOut,
    /// It is larger than the call allows.
    #[error("the answer is too large")]
    TooLarge,
    /// The connection could not be made, or broke.
    #[error("failed: {0}")]
    Failed(String),
    /// The catalogue has no upstream of this slug, or the upstream has no target in use.
    #[error("there is no such upstream with a target in use")]
    UnknownUpstream,
}

/// Opens what is kept sealed: secrets of credentials and of configurations.
pub trait Secrets: Send + Sync {
    /// The plain bytes of what was sealed for this purpose. `None` without the master key, or with another one.
    fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>>;
}

/// The services of one node, shared by all its workers.
#[derive(Clone)]
pub struct Services {
    /// Who holds a credential.
    pub credentials: Arc<dyn Credentials>,
    /// Rate limits.
    pub counters: Arc<Counters>,
    /// Calendar budgets.
    pub quotas: Arc<Quotas>,
    /// Requests that run at once.
    pub slots: Arc<Slots>,
    /// Proofs that were taken already.
    pub proofs: Arc<TakenProofs>,
    /// Chance.
    pub dice: Arc<Dice>,
    /// Stored answers.
    pub cache: Arc<CacheStore>,
    /// Secrets that are kept sealed.
    pub secrets: Arc<dyn Secrets>,
    /// The guarded client.
    pub fetch: Arc<dyn Fetch>,
    /// The upstreams of the catalogue.
    pub upstreams: Arc<dyn Upstreams>,
    /// Work that outlives its request.
    pub background: Arc<dyn Background>,
}

impl Services {
    /// Runs work that outlives the request; `false` when so much runs already that it was left undone.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        self.background.spawn(Box::pin(work))
    }
}

/// Nobody is called and nothing is started: for dry runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offline;

impl Fetch for Offline {
    fn fetch(&self, call: Call) -> BoxFuture<'static, Result<Fetched, FetchError>> {
        let host = call.url.host_str().unwrap_or_default();
        let refused = FetchError::Refused(format!("`{host}` is not asked in a dry run"));
        Box::pin(std::future::ready(Err(refused)))
    }
}

impl Upstreams for Offline {
    fn call(
        &self,
        upstream: &str,
        _call: UpstreamCall,
    ) -> BoxFuture<'static, Result<Fetched, FetchError>> {
        let refused = FetchError::Refused(format!("`{upstream}` is not called in a dry run"));
        Box::pin(std::future::ready(Err(refused)))
    }
}

impl Secrets for Offline {
    fn open(&self, _purpose: &str, _sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        None
    }
}

impl Background for Offline {
    fn spawn(&self, _work: BoxFuture<'static, ()>) -> bool {
        false
    }
}
