//! Who would feel it: applications that could call before an apply and not after it, and how often they called.

use std::collections::HashSet;

use declaration::{Body, ItemKind};
use domain::api::{Lifecycle, PlanState};
use domain::id::{ApplicationId, WorkspaceId};
use domain::subscription::{ApplicationState, SubscriptionState};
use futures_util::TryStreamExt as _;
use serde::Serialize;
use store::Conn;
use uuid::Uuid;

use super::plan::{Action, Step};
use crate::error::Result;

/// How many applications would be cut off from something, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Impact {
    /// Applications with an open subscription to it, or with calls in the last 24 hours.
    pub applications: usize,
    /// Their calls of it in the last 24 hours.
    pub calls: i64,
}

/// What goes, or stops answering.
#[derive(Default)]
struct Cut {
    versions: HashSet<Uuid>,
    products: HashSet<Uuid>,
    plans: HashSet<Uuid>,
    subscriptions: HashSet<Uuid>,
    applications: HashSet<Uuid>,
}

impl Cut {
    fn of(steps: &[Step], version_of: impl Fn(&declaration::Key) -> Option<Uuid>) -> Self {
        let mut cut = Self::default();
        for step in steps {
            let Some(before) = &step.before else { continue };
            let id = before.body.id().uuid();
            let after = step.after.as_ref().map(|item| &item.body);
            let ends = step.action == Action::Delete;
            if step.action == Action::Keep {
                continue;
            }
            match (&before.body, after) {
                (Body::Version(was), Some(Body::Version(is))) => {
                    let served = |one: &declaration::Version| {
                        matches!(one.lifecycle, Lifecycle::Published | Lifecycle::Deprecated)
                    };
                    let moved = (&was.hosts, &was.base_path) != (&is.hosts, &is.base_path);
                    if served(was) && (!served(is) || moved) {
                        cut.versions.insert(id);
                    }
                }
                (Body::Route(was), after) => {
                    let gone = match after {
                        Some(Body::Route(is)) => {
                            was.enabled
                                && (!is.enabled
                                    || (&was.path, &was.methods) != (&is.path, &is.methods))
                        }
                        _ => ends,
                    };
                    if gone {
                        cut.versions
                            .extend(before.parent.as_ref().and_then(&version_of));
                    }
                }
                (Body::Version(_), _) if ends => drop(cut.versions.insert(id)),
                (Body::Product(was), Some(Body::Product(is)))
                    if was.versions.iter().any(|one| !is.versions.contains(one)) =>
                {
                    cut.products.insert(id);
                }
                (Body::Product(_), _) if ends => drop(cut.products.insert(id)),
                (Body::Plan(_), Some(Body::Plan(is))) if is.state == PlanState::Retired => {
                    cut.plans.insert(id);
                }
                (Body::Plan(_), None) if ends => drop(cut.plans.insert(id)),
                (Body::Subscription(_), Some(Body::Subscription(is)))
                    if is.state != SubscriptionState::Active =>
                {
                    cut.subscriptions.insert(id);
                }
                (Body::Subscription(_), None) if ends => drop(cut.subscriptions.insert(id)),
                (Body::Application(_), Some(Body::Application(is)))
                    if is.state == ApplicationState::Suspended =>
                {
                    cut.applications.insert(id);
                }
                (Body::Application(_), None) if ends => drop(cut.applications.insert(id)),
                (Body::Credential(was), after) => {
                    let other = match after {
                        Some(Body::Credential(is)) => {
                            let shown = |one: &declaration::Credential| {
                                (
                                    one.hash.clone(),
                                    one.secret_hash.clone(),
                                    one.secret.clone(),
                                )
                            };
                            shown(was) != shown(is)
                        }
                        _ => ends,
                    };
                    if other && let Some(parent) = &before.parent {
                        debug_assert_eq!(parent.kind, ItemKind::Application);
                        cut.applications.extend(version_of(parent));
                    }
                }
                _ => {}
            }
        }
        cut
    }
}

/// Counts who would feel the steps. `row` knows the row of what something stands in.
pub(super) async fn of(
    conn: &mut Conn,
    workspace: WorkspaceId,
    hour: i64,
    steps: &[Step],
    row: impl Fn(&declaration::Key) -> Option<Uuid>,
) -> Result<Impact> {
    let cut = Cut::of(steps, row);
    let sets = [
        &cut.versions,
        &cut.products,
        &cut.plans,
        &cut.subscriptions,
        &cut.applications,
    ];
    if sets.iter().all(|set| set.is_empty()) {
        return Ok(Impact::default());
    }
    let mut products = cut.products.clone();
    for version in &cut.versions {
        let of = store::products::of_api_version(conn, workspace, (*version).into()).await?;
        products.extend(of.into_iter().map(|product| product.id.uuid()));
    }
    let mut felt: HashSet<ApplicationId> = cut.applications.iter().map(|id| (*id).into()).collect();
    let mut through: HashSet<Uuid> = HashSet::new();
    let all: Vec<_> = store::subscriptions::all(conn).try_collect().await?;
    for one in all
        .iter()
        .filter(|one| one.state == SubscriptionState::Active)
    {
        let ends =
            cut.subscriptions.contains(&one.id.uuid()) || cut.plans.contains(&one.plan_id.uuid());
        if ends || products.contains(&one.product_id.uuid()) {
            felt.insert(one.application_id);
        }
        if ends || cut.products.contains(&one.product_id.uuid()) {
            through.insert(one.id.uuid());
        }
    }
    let mut calls = 0;
    for one in store::declared::calls(conn, workspace, hour - 24).await? {
        if cut.versions.contains(&one.api_version_id.uuid())
            || through.contains(&one.subscription_id.uuid())
            || cut.applications.contains(&one.application_id.uuid())
        {
            calls += one.requests;
            if !one.application_id.is_nil() {
                felt.insert(one.application_id);
            }
        }
    }
    Ok(Impact {
        applications: felt.len(),
        calls,
    })
}
