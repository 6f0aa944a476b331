//! Versions without an upstream, some of whose requests nobody answers; with a database they are not published.

use domain::api::{Lifecycle, PolicyScope};
use gateway_policies::kind::Instance;
use gateway_snapshot::model::{ApiVersion, Entity, Policy, Route};
use gateway_snapshot::problem::Problem;
use serde_json::Value;

use crate::policies::answered::answers;
use crate::policies::{Standing, gives_way};

/// One problem for each such version, with the first of its routes.
pub(super) fn unserved(entities: &[Entity]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for entity in entities {
        let Entity::ApiVersion(version) = entity else {
            continue;
        };
        let serves = matches!(
            version.lifecycle,
            Lifecycle::Published | Lifecycle::Deprecated
        );
        if !serves || version.upstream.is_some() {
            continue;
        }
        let open = entities.iter().find_map(|entity| match entity {
            Entity::Route(route) if route.api_version == version.id => {
                is_open(entities, version, route).then_some(route)
            }
            _ => None,
        });
        problems.extend(open.map(|route| {
            let message = format!(
                "has no upstream: choose where requests go; no policy answers `{}`",
                route.name
            );
            Problem::new(entity.kind(), version.id.uuid(), message)
        }));
    }
    problems
}

/// Whether requests for a route find neither a redirect nor a policy that answers them.
fn is_open(entities: &[Entity], version: &ApiVersion, route: &Route) -> bool {
    if !route.enabled || route.settings.redirect.is_some() {
        return false;
    }
    let mut policies: Vec<&Policy> = entities
        .iter()
        .filter_map(|entity| match entity {
            Entity::Policy(policy) if holds(policy, version, route) => Some(policy),
            _ => None,
        })
        .collect();
    policies.sort_by_key(|policy| (policy.scope, policy.position));
    let standing: Vec<Standing<'_>> = policies
        .iter()
        .map(|policy| Standing {
            kind: &policy.kind,
            scope: policy.scope,
            enabled: policy.enabled,
        })
        .collect();
    !policies.iter().enumerate().any(|(index, policy)| {
        policy.enabled && !gives_way(&standing, index) && answers_always(policy)
    })
}

/// Whether a policy is in force for a route whoever calls.
fn holds(policy: &Policy, version: &ApiVersion, route: &Route) -> bool {
    match policy.scope {
        PolicyScope::Global => true,
        PolicyScope::Api => policy.scope_id == version.api.uuid(),
        PolicyScope::Version => policy.scope_id == version.id.uuid(),
        PolicyScope::Route => policy.scope_id == route.id.uuid(),
        PolicyScope::Product | PolicyScope::Plan | PolicyScope::Application => false,
    }
}

fn answers_always(policy: &Policy) -> bool {
    // both were compiled before; what is not there at all is null
    let read = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    let instance = Instance {
        id: policy.id,
        scope: policy.scope,
    };
    let (config, conditions) = (read(&policy.config), read(&policy.conditions));
    answers(
        &policy.kind,
        &config,
        &conditions,
        policy.on_error,
        instance,
    )
}
