//! Which routes answer by themselves, so that they need no upstream.

use std::collections::HashSet;

use domain::id::RouteId;
use gateway_policies::kind::Instance;
use gateway_policies::policy::OnError;
use gateway_policies::registry;
use serde_json::Value;
use store::Conn;
use store::api_versions::ApiVersion;
use store::policies::Policy;
use store::routes::Route;

use super::effective;
use crate::error::Result;

/// The routes of a version that a redirect of their own, or a policy in force on them, answers whatever is asked.
pub(crate) async fn by_themselves(
    conn: &mut Conn,
    version: &ApiVersion,
    routes: &[Route],
) -> Result<HashSet<RouteId>> {
    let of_routes = effective::of_routes(conn, version, routes).await?;
    let redirected = routes
        .iter()
        .filter(|route| {
            route
                .settings
                .0
                .get("redirect")
                .is_some_and(Value::is_object)
        })
        .map(|route| route.id);
    let answered = of_routes
        .into_iter()
        .filter(|(_, policies)| {
            policies
                .iter()
                .any(|one| one.runs && answers_by_row(&one.policy))
        })
        .map(|(id, _)| id);
    Ok(redirected.chain(answered).collect())
}

fn answers_by_row(policy: &Policy) -> bool {
    let instance = Instance {
        id: policy.id,
        scope: policy.scope,
    };
    let on_error = OnError::of_word(&policy.on_error);
    let (config, conditions) = (&policy.config.0, &policy.conditions.0);
    answers(&policy.kind, config, conditions, on_error, instance)
}

/// Whether a policy answers every request: one with conditions does not, and neither does one that lets requests pass when
/// it fails. Without `on_error` its configuration says what happens then.
pub(crate) fn answers(
    kind: &str,
    config: &Value,
    conditions: &Value,
    on_error: Option<OnError>,
    instance: Instance,
) -> bool {
    let always = conditions.as_object().is_none_or(|it| it.is_empty());
    let Some((_, kind)) = registry::find(kind).filter(|_| always) else {
        return false;
    };
    (kind.compile)(config, instance).is_ok_and(|compiled| {
        let on_error = on_error.unwrap_or_else(|| compiled.on_error());
        compiled.always_answers() && on_error == OnError::Closed
    })
}
