//! What is known about one exchange while it passes through the policies.

use domain::Timestamp;
use domain::id::{
    ApiVersionId, ApplicationId, CredentialId, PlanId, ProductId, RouteId, SubscriptionId,
};
use http::HeaderName;
use smallvec::SmallVec;

use crate::quotas::Charge;
use crate::readings::Readings;

/// Who calls, as an authentication policy found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The application that the credential speaks for.
    pub application: ApplicationId,
    /// By what.
    pub proof: Proof,
}

/// What an application proved itself with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A credential that the application holds.
    Credential(CredentialId),
    /// A playground token, good for one subscription only.
    Playground(SubscriptionId),
}

impl Caller {
    /// The credential, unless a playground token stood in for one.
    pub fn credential(&self) -> Option<CredentialId> {
        match self.proof {
            Proof::Credential(id) => Some(id),
            Proof::Playground(_) => None,
        }
    }

    /// Whether the call comes from the try-it page.
    pub fn is_try_it(&self) -> bool {
        matches!(self.proof, Proof::Playground(_))
    }
}

/// Under which terms the caller may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The subscription in force.
    pub subscription: SubscriptionId,
    /// Its plan.
    pub plan: PlanId,
    /// The product that the plan belongs to.
    pub product: ProductId,
}

/// Where a credential stood in the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a header, alone.
    Header(HeaderName),
    /// In `Authorization`, after `Bearer`.
    Bearer,
    /// In a query parameter.
    Query(String),
    /// In a cookie.
    Cookie(String),
}

/// One request and its answer, from the first policy to the last.
#[derive(Debug)]
pub struct Exchange {
    /// The moment of the current phase: one clock read per phase, by the runtime.
    pub now: Timestamp,
    /// The route.
    pub route: RouteId,
    /// The API version.
    pub api_version: ApiVersionId,
    /// Who calls, once an authentication policy knows.
    pub caller: Option<Caller>,
    /// Under which terms, once the subscription was checked.
    pub terms: Option<Terms>,
    /// Where the credential stood, so that it can be kept from the upstream.
    pub credential_place: Option<Place>,
    /// What the limits said, for the headers of the answer.
    pub readings: Readings,
    /// What was taken from quotas: for the usage record, and to give back when a later policy refuses.
    pub charges: SmallVec<[Charge; 2]>,
}

impl Exchange {
    /// At the start: nobody known, nothing taken.
    pub fn new(now: Timestamp, route: RouteId, api_version: ApiVersionId) -> Self {
        Self {
            now,
            route,
            api_version,
            caller: None,
            terms: None,
            credential_place: None,
            readings: Readings::default(),
            charges: SmallVec::new(),
        }
    }
}
