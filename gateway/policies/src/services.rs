//! What the runtime lends to policies: they look up and count through these, and never open a connection themselves.

use std::sync::Arc;

use domain::Timestamp;
use domain::id::SigningKeyId;
use domain::refusal::Refusal;

use crate::counters::Counters;
use crate::exchange::Caller;
use crate::quotas::Quotas;

/// Who holds a credential. The snapshot's live tables answer in production, a map in tests.
pub trait Credentials: Send + Sync {
    /// The holder of the API key with this SHA-256. Refuses with `credential_unknown`, `credential_expired`,
    /// `credential_revoked` or `application_suspended`.
    fn api_key(&self, hash: &[u8; 32], now: Timestamp) -> Result<Caller, Refusal>;

    /// The public half (Ed25519) of a key that signs playground tokens; `None` when there is none in force.
    fn playground_key(&self, id: SigningKeyId) -> Option<[u8; 32]>;
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
}
