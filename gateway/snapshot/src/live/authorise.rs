//! Who calls, and under which terms: each way in which the answer can be no has its own code.

use std::sync::Arc;

use domain::Timestamp;
use domain::api::PlanState;
use domain::credential::{CredentialKind, CredentialState};
use domain::id::{ApiVersionId, ApplicationId, ProductId, SigningKeyId};
use domain::refusal::Refusal;
use domain::subscription::{ApplicationState, SubscriptionState};
use gateway_policies::exchange::{Caller, Proof, Terms};
use gateway_policies::jose::key::Key;
use gateway_policies::services::Credentials;
use uuid::Uuid;

use super::Live;
use super::tables::{ApplicationNow, CompiledPlan, SubscriptionEntry};
use crate::route::CompiledRoute;
use crate::steps::Step;

/// What a caller was granted for one route.
#[derive(Clone)]
pub struct Grant {
    /// The application as it stands.
    pub application: Arc<ApplicationNow>,
    /// The subscription in force.
    pub subscription: Arc<SubscriptionEntry>,
    /// Its plan.
    pub plan: Arc<CompiledPlan>,
    /// The product.
    pub product: ProductId,
}

impl Grant {
    /// The same as ids.
    pub fn terms(&self) -> Terms {
        Terms {
            subscription: self.subscription.id,
            plan: self.plan.id,
            product: self.product,
        }
    }

    /// The steps of the plan and of the application.
    pub(crate) fn steps(&self) -> (&[Step], &[Step]) {
        (&self.plan.steps, self.application.steps())
    }
}

/// How a caller stands to a route.
#[derive(Clone, Default)]
pub enum Standing {
    /// Nobody said who calls.
    #[default]
    Unknown,
    /// The application is known, and no subscription was asked for.
    Known(Arc<ApplicationNow>),
    /// It has a subscription.
    Granted(Grant),
}

impl Standing {
    /// What was granted.
    pub fn grant(&self) -> Option<&Grant> {
        match self {
            Self::Granted(grant) => Some(grant),
            Self::Unknown | Self::Known(_) => None,
        }
    }

    /// The steps of the plan and of the application.
    pub(crate) fn steps(&self) -> (&[Step], &[Step]) {
        match self {
            Self::Unknown => (&[], &[]),
            Self::Known(application) => (&[], application.steps()),
            Self::Granted(grant) => grant.steps(),
        }
    }
}

impl Credentials for Live {
    fn holder(
        &self,
        kind: CredentialKind,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Caller, Refusal> {
        let entry = self
            .tables
            .credentials
            .get(hash)
            .filter(|entry| entry.kind == kind)
            .ok_or(Refusal::CredentialUnknown)?;
        if entry.state == CredentialState::Revoked {
            return Err(Refusal::CredentialRevoked);
        }
        // A rotating key holds to the end of its overlap, which is its expiry.
        if entry.expires_at.is_some_and(|end| end <= now) {
            return Err(Refusal::CredentialExpired);
        }
        match entry.application.now.load().state {
            Some(ApplicationState::Active) => Ok(Caller {
                application: entry.application.id,
                proof: Proof::Credential(entry.id),
            }),
            Some(ApplicationState::Suspended) => Err(Refusal::ApplicationSuspended),
            None => Err(Refusal::CredentialUnknown),
        }
    }

    fn signing_secret(
        &self,
        kind: CredentialKind,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<(Caller, Arc<[u8]>), Refusal> {
        let caller = self.holder(kind, hash, now)?;
        let entry = self.tables.credentials.get(hash);
        let sealed = entry.and_then(|entry| entry.sealed.clone());
        Ok((caller, sealed.ok_or(Refusal::CredentialUnknown)?))
    }

    fn is_subscribed(&self, application: ApplicationId, product: ProductId) -> bool {
        let cell = self.tables.applications.get(&application);
        let now = cell.map(|cell| cell.now.load_full());
        let subscriptions = now.iter().flat_map(|now| &now.subscriptions);
        subscriptions
            .filter(|subscription| subscription.product.id == product)
            .any(|subscription| plan_in_force(subscription).is_ok())
    }

    fn playground_key(&self, id: SigningKeyId) -> Option<[u8; 32]> {
        self.tables.signing_keys.load().get(&id).copied()
    }

    fn access_token_key(&self, id: SigningKeyId) -> Option<Arc<Key>> {
        self.tables.access_token_keys.load().get(&id).cloned()
    }

    fn is_token_revoked(&self, id: Uuid) -> bool {
        self.tables.oauth_revocations.contains(&id)
    }
}

impl Live {
    /// Under which terms a caller may use a route. Of several subscriptions that reach the route the best is taken, of
    /// equals the oldest; when none authorises, the one nearest to it says why.
    pub fn authorise(&self, caller: &Caller, route: &CompiledRoute) -> Result<Grant, Refusal> {
        let application = self.application(caller)?;
        let mut nearest = Refusal::SubscriptionMissing;
        let only = self.only(caller)?;
        let among: &[Arc<SubscriptionEntry>] = match &only {
            Some(one) => std::slice::from_ref(one),
            None => &application.subscriptions,
        };
        for subscription in among {
            match reach(subscription, route.version.id) {
                Ok(plan) => {
                    return Ok(Grant {
                        product: subscription.product.id,
                        subscription: subscription.clone(),
                        application: application.clone(),
                        plan,
                    });
                }
                Err(refusal) if nearness(refusal) > nearness(nearest) => nearest = refusal,
                Err(_) => {}
            }
        }
        Err(nearest)
    }

    /// The application of a caller, which must be active.
    pub fn application(&self, caller: &Caller) -> Result<Arc<ApplicationNow>, Refusal> {
        let unknown = match caller.proof {
            Proof::Credential(_) => Refusal::CredentialUnknown,
            Proof::Playground(_) => Refusal::TokenInvalid,
        };
        let cell = self.tables.applications.get(&caller.application);
        let application = cell.map(|cell| cell.now.load_full()).ok_or(unknown)?;
        match application.state {
            Some(ApplicationState::Active) => Ok(application),
            Some(ApplicationState::Suspended) => Err(Refusal::ApplicationSuspended),
            None => Err(unknown),
        }
    }

    /// A playground token speaks for one subscription, which must be its application's.
    fn only(&self, caller: &Caller) -> Result<Option<Arc<SubscriptionEntry>>, Refusal> {
        let Proof::Playground(id) = caller.proof else {
            return Ok(None);
        };
        let entry = self.tables.subscriptions.get(&id);
        let entry = entry.map(|entry| entry.clone());
        match entry.filter(|entry| entry.application == caller.application) {
            Some(entry) => Ok(Some(entry)),
            None => Err(Refusal::TokenInvalid),
        }
    }
}

/// Whether a subscription authorises an API version, and under which plan.
fn reach(
    subscription: &SubscriptionEntry,
    version: ApiVersionId,
) -> Result<Arc<CompiledPlan>, Refusal> {
    if !subscription.product.items.load().contains(&version) {
        return Err(Refusal::SubscriptionMissing);
    }
    plan_in_force(subscription)
}

/// The plan of a subscription that is in force itself.
fn plan_in_force(subscription: &SubscriptionEntry) -> Result<Arc<CompiledPlan>, Refusal> {
    match subscription.state {
        SubscriptionState::Active => {}
        SubscriptionState::Suspended => return Err(Refusal::SubscriptionSuspended),
        SubscriptionState::Pending => return Err(Refusal::SubscriptionPending),
        SubscriptionState::Rejected | SubscriptionState::Cancelled => {
            return Err(Refusal::SubscriptionMissing);
        }
    }
    let plan = subscription.plan.now.load_full();
    plan.filter(|plan| plan.state != PlanState::Retired)
        .ok_or(Refusal::PlanRetired)
}

/// How little is missing, of the reasons that [`reach`] gives.
fn nearness(refusal: Refusal) -> u8 {
    match refusal {
        Refusal::PlanRetired => 3,
        Refusal::SubscriptionSuspended => 2,
        Refusal::SubscriptionPending => 1,
        _ => 0,
    }
}
