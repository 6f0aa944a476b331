//! Who calls: applications with their subscriptions and credentials.

use std::fmt;

use domain::Timestamp;
use domain::credential::{CredentialKind, CredentialState};
use domain::subscription::{ApplicationState, SubscriptionState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Policy;
use crate::row::RowId;
use crate::wants;

/// A caller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its name, each once for its owner.
    pub name: String,
    /// The e-mail address of its owner; `defaults.owner` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where it stands; active when left out.
    #[serde(
        default = "wants::active_application",
        skip_serializing_if = "wants::is_active_application"
    )]
    #[schemars(schema_with = "wants::application_state")]
    pub state: ApplicationState,
    /// Policies for what it calls, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// What it may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Subscription>,
    /// How it is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<Credential>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// An application's access to a product, at most one for each product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The slug of the product.
    pub product: String,
    /// The slug of the plan.
    pub plan: String,
    /// Where it stands: active (when left out), pending or suspended.
    #[serde(
        default = "wants::in_force",
        skip_serializing_if = "wants::is_in_force"
    )]
    #[schemars(schema_with = "wants::subscription_state")]
    pub state: SubscriptionState,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// A secret of an application: the secret by a reference, or only its hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// What kind of secret; `api_key` when left out.
    #[serde(default = "wants::api_key", skip_serializing_if = "wants::is_api_key")]
    #[schemars(schema_with = "wants::credential_kind")]
    pub kind: CredentialKind,
    /// What people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// The key (`api_key`), the password (`basic`), the signing secret (`hmac`), the client's secret (`oauth_client`) or the key that
    /// its own tokens are verified with, as a JWK (`jwt_issuer`): a reference such as `${PARTNER_KEY}`, or the sealed text of an
    /// export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// SHA-256 of what the credential is found by, as 64 digits of base 16, in place of the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// What the client is called in requests, for `oauth_client`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// SHA-256 of the client's secret, as 64 digits of base 16, in place of the secret. An `oauth_client` with neither is one
    /// that cannot keep a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_hash: Option<String>,
    /// Where people may be sent back to, each in full, for `oauth_client`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// The user name, for `basic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The id of the key, for `hmac`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The certificate, PEM, for `mtls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The issuer, for `jwt_issuer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The subject, for `jwt_issuer` and, beside a hash, for `mtls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How it begins, for people to tell keys apart; beside a hash.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// How it ends; beside a hash.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_four: String,
    /// `active` (when left out) or `rotating`.
    #[serde(default = "wants::taken", skip_serializing_if = "wants::is_taken")]
    #[schemars(schema_with = "wants::credential_state")]
    pub state: CredentialState,
    /// From when on it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("kind", &self.kind)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
