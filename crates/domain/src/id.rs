//! Typed ids: UUIDs that cannot be mistaken for the id of something else.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The id of a `T` (a marker from [`kind`]). On the wire a hyphenated UUID (RFC 9562), made as version 7.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// "Nothing": stands where a key column must not be NULL.
    pub const NIL: Self = Self(Uuid::nil(), PhantomData);

    /// The id behind a UUID.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bare UUID, for the store.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// Whether this is [`Id::NIL`].
    pub fn is_nil(self) -> bool {
        self.0.is_nil()
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self::new)
    }
}
impl<T> From<Uuid> for Id<T> {
    fn from(uuid: Uuid) -> Self {
        Self::new(uuid)
    }
}
impl<T> From<Id<T>> for Uuid {
    fn from(id: Id<T>) -> Self {
        id.0
    }
}
impl<T> Default for Id<T> {
    fn default() -> Self {
        Self::NIL
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::new)
    }
}

/// What an id can be of. The types are never made.
pub mod kind {
    /// Somebody who can sign in.
    pub enum Account {}
    /// An account at a server that issues certificates.
    pub enum AcmeAccount {}
    /// A proof that a host is ours, while it is asked for.
    pub enum AcmeChallenge {}
    /// A standing order for a certificate.
    pub enum AcmeOrder {}
    /// A published contract.
    pub enum Api {}
    /// One version of an API.
    pub enum ApiVersion {}
    /// A bearer token for the admin API.
    pub enum ApiToken {}
    /// The caller.
    pub enum Application {}
    /// A bundle of certificates that sign others.
    pub enum Ca {}
    /// A certificate with its key.
    pub enum Certificate {}
    /// A line of the audit log.
    pub enum AuditEvent {}
    /// An order to forget stored answers.
    pub enum CachePurge {}
    /// A secret of an application.
    pub enum Credential {}
    /// What was applied last under a tag.
    pub enum Declaration {}
    /// One running data plane.
    pub enum GatewayNode {}
    /// A message for one account.
    pub enum Notification {}
    /// One method and path of a document.
    pub enum Operation {}
    /// What a person allowed an OAuth client.
    pub enum OauthGrant {}
    /// Something to send.
    pub enum OutboxEvent {}
    /// Terms of access to a product.
    pub enum Plan {}
    /// Behaviour attached to a scope.
    pub enum Policy {}
    /// A bundle of API versions on offer.
    pub enum Product {}
    /// One request through the gateway.
    pub enum RequestLog {}
    /// Host, path and method, owned by an API version.
    pub enum Route {}
    /// One sign-in.
    pub enum Session {}
    /// A key that signs.
    pub enum SigningKey {}
    /// One upload of an OpenAPI document.
    pub enum SpecRevision {}
    /// Application x product x plan.
    pub enum Subscription {}
    /// One address of an upstream.
    pub enum Target {}
    /// Where requests go.
    pub enum Upstream {}
    /// The tenant that everything belongs to.
    pub enum Workspace {}
}

/// Id of an account.
pub type AccountId = Id<kind::Account>;
/// Id of an account at a server that issues certificates.
pub type AcmeAccountId = Id<kind::AcmeAccount>;
/// Id of a proof that a host is ours.
pub type AcmeChallengeId = Id<kind::AcmeChallenge>;
/// Id of a standing order for a certificate.
pub type AcmeOrderId = Id<kind::AcmeOrder>;
/// Id of an API.
pub type ApiId = Id<kind::Api>;
/// Id of an API version.
pub type ApiVersionId = Id<kind::ApiVersion>;
/// Id of an admin API token.
pub type ApiTokenId = Id<kind::ApiToken>;
/// Id of an application.
pub type ApplicationId = Id<kind::Application>;
/// Id of an audit event.
pub type AuditEventId = Id<kind::AuditEvent>;
/// Id of an order to forget stored answers.
pub type CachePurgeId = Id<kind::CachePurge>;
/// Id of a bundle of certificate authorities.
pub type CaId = Id<kind::Ca>;
/// Id of a certificate.
pub type CertificateId = Id<kind::Certificate>;
/// Id of a credential.
pub type CredentialId = Id<kind::Credential>;
/// Id of what was applied last under a tag.
pub type DeclarationId = Id<kind::Declaration>;
/// Id of a gateway node.
pub type GatewayNodeId = Id<kind::GatewayNode>;
/// Id of a notification.
pub type NotificationId = Id<kind::Notification>;
/// Id of an operation.
pub type OperationId = Id<kind::Operation>;
/// Id of what a person allowed an OAuth client.
pub type OauthGrantId = Id<kind::OauthGrant>;
/// Id of an outbox event.
pub type OutboxEventId = Id<kind::OutboxEvent>;
/// Id of a plan.
pub type PlanId = Id<kind::Plan>;
/// Id of a policy.
pub type PolicyId = Id<kind::Policy>;
/// Id of a product.
pub type ProductId = Id<kind::Product>;
/// Id of a logged request.
pub type RequestLogId = Id<kind::RequestLog>;
/// Id of a route.
pub type RouteId = Id<kind::Route>;
/// Id of a session.
pub type SessionId = Id<kind::Session>;
/// Id of a signing key.
pub type SigningKeyId = Id<kind::SigningKey>;
/// Id of a spec revision.
pub type SpecRevisionId = Id<kind::SpecRevision>;
/// Id of a subscription.
pub type SubscriptionId = Id<kind::Subscription>;
/// Id of a target.
pub type TargetId = Id<kind::Target>;
/// Id of an upstream.
pub type UpstreamId = Id<kind::Upstream>;
/// Id of a workspace.
pub type WorkspaceId = Id<kind::Workspace>;

/// The workspace that the first migration makes.
pub const DEFAULT_WORKSPACE: WorkspaceId =
    Id::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
