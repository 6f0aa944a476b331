//! The configuration as plain data: one struct per kind of entity, as the store's rows and the disk hold it.

use std::fmt;
use std::sync::Arc;

use domain::Timestamp;
use domain::api::{Lifecycle, PathKind, PlanState, PolicyScope, ProductState};
use domain::certificate::{CertificateUse, ClientAuth};
use domain::change::ChangeKind;
use domain::credential::{CredentialKind, CredentialState};
use domain::id::{
    ApiId, ApiVersionId, ApplicationId, CaId, CertificateId, CredentialId, OperationId, PlanId,
    PolicyId, ProductId, RouteId, SigningKeyId, SubscriptionId, TargetId, UpstreamId,
};
use domain::limit::{Quota, RateLimit};
use domain::oauth::SigningAlgorithm;
use domain::subscription::{ApplicationState, SubscriptionState};
use gateway_policies::policy::OnError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::settings::{RouteSettings, UpstreamSettings};

/// A key that signs playground tokens or access tokens: its public half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// Its id: `kid` of the tokens.
    pub id: SigningKeyId,
    /// What it signs: `playground` or `oauth`.
    pub purpose: String,
    /// With what.
    pub algorithm: SigningAlgorithm,
    /// The public half, in the form that the algorithm says.
    pub public_key: Vec<u8>,
    /// Since when it signs nothing any more (tokens of before are refused too).
    pub retired_at: Option<Timestamp>,
}

/// A bundle of authorities that clients or upstreams are verified with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ca {
    /// Its id.
    pub id: CaId,
    /// Its name, for messages.
    pub name: String,
    /// The certificates in DER.
    pub certificates: Vec<Vec<u8>>,
}

/// A certificate, its key sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its id.
    pub id: CertificateId,
    /// Its name, for messages.
    pub name: String,
    /// What it is shown to.
    pub used_for: CertificateUse,
    /// The host names in it, lower case; `*.` begins a wildcard.
    pub names: Vec<String>,
    /// The chain in DER, the certificate itself first.
    pub chain: Vec<Vec<u8>>,
    /// The private key in DER, sealed for `certificate:<id>`.
    pub sealed_key: Vec<u8>,
    /// Whether callers of its hosts show one of their own.
    pub client_auth: ClientAuth,
    /// Who signs those; nil when they are not asked.
    pub client_ca: CaId,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("id", &self.id)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Its id.
    pub id: UpstreamId,
    /// Its slug, for messages.
    pub slug: String,
    /// How it is spoken to.
    pub settings: UpstreamSettings,
    /// Its addresses, in order of their ids.
    pub targets: Vec<Target>,
}

/// One address of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its id.
    pub id: TargetId,
    /// `http://host:port/path` or `https://...`; the path is put before every request's.
    pub url: String,
    /// Its share of the requests, from 0 (none) upwards.
    pub weight: u32,
    /// Whether it takes part at all.
    pub enabled: bool,
}

/// One version of an API, with what is needed of the API itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiVersion {
    /// Its id.
    pub id: ApiVersionId,
    /// The API.
    pub api: ApiId,
    /// The API's slug.
    pub api_slug: String,
    /// The API's name.
    pub api_name: String,
    /// `v2`
    pub label: String,
    /// Where it stands; drafts are not routed.
    pub lifecycle: Lifecycle,
    /// Where its requests go; without one they are refused with 503.
    pub upstream: Option<UpstreamId>,
    /// Host names (`api.example.com`, `*.example.com`); none means every host.
    pub hosts: Vec<String>,
    /// What every path begins with: `/` or `/payments/v2`, without a slash at the end.
    pub base_path: String,
    /// Since when it is deprecated.
    pub deprecated_at: Option<Timestamp>,
    /// When it will go.
    pub sunset_at: Option<Timestamp>,
    /// The page of the version to move to, for `Link: rel="successor-version"`.
    pub successor_url: Option<String>,
}

/// What is let through to an API version, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Its id.
    pub id: RouteId,
    /// The API version that owns it.
    pub api_version: ApiVersionId,
    /// The operation of the document that it stands for; nil for a route made by hand.
    pub operation: OperationId,
    /// Its name, for people.
    pub name: String,
    /// Methods in capitals; none means every method.
    pub methods: Vec<String>,
    /// The path below the version's base path.
    pub path: String,
    /// How the path is read.
    pub path_kind: PathKind,
    /// The higher is asked first, whatever its shape.
    pub priority: i32,
    /// The rest.
    pub settings: RouteSettings,
    /// Whether it takes part at all.
    pub enabled: bool,
}

/// Behaviour attached to a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// Which behaviour: a name of the registry.
    pub kind: String,
    /// What it is attached to.
    pub scope: PolicyScope,
    /// Which one; nil for [`PolicyScope::Global`].
    pub scope_id: Uuid,
    /// Its configuration, as JSON text.
    pub config: String,
    /// Its place among others of the kind in the scope.
    pub position: i64,
    /// Whether it takes part at all.
    pub enabled: bool,
    /// When it applies, as JSON text; empty for always.
    pub conditions: String,
    /// What happens when it cannot do its work; `None` leaves it to its configuration.
    pub on_error: Option<OnError>,
}

/// A bundle of API versions on offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its slug.
    pub slug: String,
    /// Where it stands. What is subscribed goes on in every state.
    pub state: ProductState,
    /// The API versions in it.
    pub items: Vec<ApiVersionId>,
}

/// Terms of access to a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// The product.
    pub product: ProductId,
    /// Its slug: `X-Plan` of what upstreams get.
    pub slug: String,
    /// Where it stands; a retired plan authorises nothing.
    pub state: PlanState,
    /// Short-term protection, all of them in force.
    pub rate_limits: Vec<RateLimit>,
    /// The calendar budget.
    pub quota: Option<Quota>,
    /// The scopes of access tokens that it allows; all of them where there is no list.
    pub scopes: Option<Vec<String>>,
}

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: ApplicationState,
}

/// Application x product x plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// The application.
    pub application: ApplicationId,
    /// The product.
    pub product: ProductId,
    /// The plan in force.
    pub plan: PlanId,
    /// Where it stands; only `active` authorises.
    pub state: SubscriptionState,
}

/// A secret of an application: what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// The application.
    pub application: ApplicationId,
    /// What kind of secret.
    pub kind: CredentialKind,
    /// SHA-256 of the key, of the certificate, or of the kind's look-up text (see `domain::credential`).
    pub hash: [u8; 32],
    /// The secret of an `hmac` credential, or the own key of a `jwt_issuer`, sealed; empty for the others.
    pub sealed: Vec<u8>,
    /// Where it stands.
    pub state: CredentialState,
    /// Until when it is taken; of a rotating one, the end of the overlap.
    pub expires_at: Option<Timestamp>,
}

/// Access tokens that are refused before their end: all that carry this id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OauthRevocation {
    /// Their own id, their family's or their grant's.
    pub id: Uuid,
    /// When the last of them has ended anyway.
    pub expires_at: Timestamp,
}

/// What the document of an API version promises, for versions with policies that ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// The version.
    pub api_version: ApiVersionId,
    /// The operations in it, with their keys in the document.
    pub operations: Vec<(OperationId, String)>,
    /// The contract as JSON, see `openapi::contract`.
    pub document: Arc<str>,
}

/// Any of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::large_enum_variant,
    reason = "entities are passed on one by one, and kept by kind"
)]
pub enum Entity {
    /// See [`SigningKey`].
    SigningKey(SigningKey),
    /// See [`Ca`].
    Ca(Ca),
    /// See [`Certificate`].
    Certificate(Certificate),
    /// See [`Upstream`].
    Upstream(Upstream),
    /// See [`ApiVersion`].
    ApiVersion(ApiVersion),
    /// See [`Route`].
    Route(Route),
    /// See [`Policy`].
    Policy(Policy),
    /// See [`Product`].
    Product(Product),
    /// See [`Plan`].
    Plan(Plan),
    /// See [`Application`].
    Application(Application),
    /// See [`Subscription`].
    Subscription(Subscription),
    /// See [`Credential`].
    Credential(Credential),
    /// See [`Contract`].
    Contract(Contract),
    /// See [`OauthRevocation`].
    OauthRevocation(OauthRevocation),
}

impl Entity {
    /// What kind it is.
    pub fn kind(&self) -> ChangeKind {
        self.key().0
    }

    /// Its id.
    pub fn id(&self) -> Uuid {
        self.key().1
    }

    fn key(&self) -> (ChangeKind, Uuid) {
        match self {
            Self::SigningKey(e) => (ChangeKind::SigningKey, e.id.uuid()),
            Self::Ca(e) => (ChangeKind::Ca, e.id.uuid()),
            Self::Certificate(e) => (ChangeKind::Certificate, e.id.uuid()),
            Self::Upstream(e) => (ChangeKind::Upstream, e.id.uuid()),
            Self::ApiVersion(e) => (ChangeKind::ApiVersion, e.id.uuid()),
            Self::Route(e) => (ChangeKind::Route, e.id.uuid()),
            Self::Policy(e) => (ChangeKind::Policy, e.id.uuid()),
            Self::Product(e) => (ChangeKind::Product, e.id.uuid()),
            Self::Plan(e) => (ChangeKind::Plan, e.id.uuid()),
            Self::Application(e) => (ChangeKind::Application, e.id.uuid()),
            Self::Subscription(e) => (ChangeKind::Subscription, e.id.uuid()),
            Self::Credential(e) => (ChangeKind::Credential, e.id.uuid()),
            Self::Contract(e) => (ChangeKind::Contract, e.api_version.uuid()),
            Self::OauthRevocation(e) => (ChangeKind::OauthRevocation, e.id),
        }
    }
}

/// One step from a revision to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every change is a Put, and changes are passed on, not kept"
)]
pub enum Change {
    /// It is there now, and like this.
    Put(Entity),
    /// It is gone.
    Delete {
        /// What it was.
        kind: ChangeKind,
        /// Which one.
        id: Uuid,
    },
}

impl Change {
    /// What kind it is about.
    pub fn kind(&self) -> ChangeKind {
        match self {
            Self::Put(entity) => entity.kind(),
            Self::Delete { kind, .. } => *kind,
        }
    }

    /// Which one it is about.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Put(entity) => entity.id(),
            Self::Delete { id, .. } => *id,
        }
    }
}
