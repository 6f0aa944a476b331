//! What requests read: credentials, applications, products and plans, each replaced on its own.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use dashmap::{DashMap, DashSet};
use domain::Timestamp;
use domain::api::PlanState;
use domain::credential::{CredentialKind, CredentialState};
use domain::id::{
    ApiVersionId, ApplicationId, CredentialId, PlanId, ProductId, SigningKeyId, SubscriptionId,
};
use domain::subscription::{ApplicationState, SubscriptionState};
use foldhash::fast::RandomState;
use gateway_policies::jose::key::Key;
use http::HeaderValue;
use uuid::Uuid;

use crate::model::{Ca, Certificate};
use crate::router::hosts::HostTable;
use crate::steps::Step;
use crate::upstream::UpstreamCell;

/// A credential, beside its hash.
#[derive(Clone)]
pub(super) struct CredentialEntry {
    pub(super) id: CredentialId,
    pub(super) kind: CredentialKind,
    pub(super) state: CredentialState,
    pub(super) expires_at: Option<Timestamp>,
    /// Only of kinds whose secret must be readable again.
    pub(super) sealed: Option<Arc<[u8]>>,
    pub(super) application: Arc<ApplicationCell>,
}

/// An application: its credentials point here, so that its state and subscriptions change in one place.
pub(super) struct ApplicationCell {
    pub(super) id: ApplicationId,
    pub(super) now: ArcSwap<ApplicationNow>,
}

/// An application as it stands.
#[derive(Default)]
pub struct ApplicationNow {
    /// Its name; empty when it is not known (yet).
    pub name: Box<str>,
    pub(super) state: Option<ApplicationState>,
    /// The subscriptions that may matter: those that are open.
    pub(super) subscriptions: Box<[Arc<SubscriptionEntry>]>,
    pub(super) steps: Option<Arc<[Step]>>,
}

impl ApplicationNow {
    /// The steps of its own policies.
    pub(super) fn steps(&self) -> &[Step] {
        self.steps.as_deref().unwrap_or_default()
    }
}

/// A subscription, with where its product and its plan are found.
pub struct SubscriptionEntry {
    /// Its id.
    pub id: SubscriptionId,
    /// The application.
    pub application: ApplicationId,
    /// Where it stands.
    pub state: SubscriptionState,
    pub(super) product: Arc<ProductCell>,
    pub(super) plan: Arc<PlanCell>,
}

/// A product: which API versions are in it.
pub(super) struct ProductCell {
    pub(super) id: ProductId,
    pub(super) items: ArcSwap<HashSet<ApiVersionId, RandomState>>,
}

/// A plan's place.
pub(super) struct PlanCell {
    pub(super) now: ArcSwapOption<CompiledPlan>,
}

/// A plan as the runtime uses it.
pub struct CompiledPlan {
    /// Its id.
    pub id: PlanId,
    /// Its slug, ready for `X-Plan`.
    pub slug: HeaderValue,
    /// Where it stands.
    pub state: PlanState,
    /// The scopes of access tokens that it allows; all of them where there is no list.
    pub scopes: Option<Box<[String]>>,
    /// Its limits and quota, and the policies of its product and its own, in run order.
    pub steps: Arc<[Step]>,
}

/// What connections are secured with: certificates and the authorities they name.
#[derive(Debug, Default)]
pub struct Papers {
    /// Certificates, in order of their ids.
    pub certificates: Vec<Certificate>,
    /// Bundles of authorities, in order of their ids.
    pub cas: Vec<Ca>,
}

/// All of it.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) hosts: ArcSwap<HostTable>,
    pub(super) papers: ArcSwap<Papers>,
    /// By slug.
    pub(super) upstreams: ArcSwap<HashMap<Box<str>, Arc<UpstreamCell>>>,
    pub(super) signing_keys: ArcSwap<HashMap<SigningKeyId, [u8; 32]>>,
    pub(super) access_token_keys: ArcSwap<HashMap<SigningKeyId, Arc<Key>>>,
    /// Ids of access tokens, families and grants whose tokens were taken back.
    pub(super) oauth_revocations: DashSet<Uuid, RandomState>,
    pub(super) credentials: DashMap<[u8; 32], CredentialEntry, BuildHasherDefault<FirstBytes>>,
    pub(super) applications: DashMap<ApplicationId, Arc<ApplicationCell>, RandomState>,
    pub(super) subscriptions: DashMap<SubscriptionId, Arc<SubscriptionEntry>, RandomState>,
    pub(super) products: DashMap<ProductId, Arc<ProductCell>, RandomState>,
    pub(super) plans: DashMap<PlanId, Arc<PlanCell>, RandomState>,
}

impl Tables {
    pub(super) fn application(&self, id: ApplicationId) -> Arc<ApplicationCell> {
        let cell = self.applications.entry(id).or_insert_with(|| {
            Arc::new(ApplicationCell {
                id,
                now: ArcSwap::default(),
            })
        });
        cell.clone()
    }

    pub(super) fn product(&self, id: ProductId) -> Arc<ProductCell> {
        let cell = self.products.entry(id).or_insert_with(|| {
            Arc::new(ProductCell {
                id,
                items: ArcSwap::default(),
            })
        });
        cell.clone()
    }

    pub(super) fn plan(&self, id: PlanId) -> Arc<PlanCell> {
        let cell = self.plans.entry(id).or_insert_with(|| {
            Arc::new(PlanCell {
                now: ArcSwapOption::empty(),
            })
        });
        cell.clone()
    }
}

/// The hash of a SHA-256 is its first bytes: it is as random as can be, and nobody can choose it.
#[derive(Default)]
pub(super) struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        // The length of the array is written first; only the bytes themselves count.
        if let Some(first) = bytes.first_chunk::<8>().filter(|_| bytes.len() == 32) {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
