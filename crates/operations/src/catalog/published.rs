//! What the gateway makes of a version: its address, the credentials that it asks for, the terms, the limits.

use domain::actor::Actor;
use gateway_policies::key_auth;
use gateway_snapshot::settings::{Access, Authentication, RouteSettings};
use openapi::{KeyPlace, Published};
use serde_json::{Value, json};
use store::Conn;
use store::api_versions::ApiVersion;
use store::plans::Plan;
use store::{api_operations, routes};

use super::api::{base_url, first_place};
use crate::error::Result;
use crate::platform::Platform;
use crate::policies::Effective;
use crate::{policies, products};

/// Reads it from what is in force, as this actor may see it.
pub(super) async fn of(
    platform: &Platform,
    conn: &mut Conn,
    actor: &Actor,
    version: &ApiVersion,
) -> Result<Published> {
    let running: Vec<Effective> = policies::in_force(conn, version)
        .await?
        .into_iter()
        .filter(|effective| effective.runs)
        .collect();
    let doors = doors(conn, version).await?;
    let mut schemes: Vec<(String, Value)> = running.iter().filter_map(scheme).collect();
    if schemes.is_empty() && doors.guarded > 0 {
        // a route is never open by omission: the gateway asks for a key
        schemes.push(key_scheme(key_auth::Config::default()));
    }
    Ok(Published {
        server: base_url(&platform.settings.gateway_url, version),
        schemes,
        all_schemes: doors.all > 0,
        open: doors.open,
        plans: plans(conn, actor, version).await?,
        limits: running.iter().filter_map(limit).collect(),
    })
}

/// How the routes of a version are guarded.
#[derive(Default)]
struct Doors {
    guarded: usize,
    /// How many ask for every credential at once.
    all: usize,
    /// Methods and paths, as the document has them, that everybody may call.
    open: Vec<(String, String)>,
}

async fn doors(conn: &mut Conn, version: &ApiVersion) -> Result<Doors> {
    let workspace = version.workspace_id;
    let operations = api_operations::index(conn, workspace, version.id).await?;
    let operations: std::collections::HashMap<_, _> = operations
        .into_iter()
        .map(|entry| (entry.id, (entry.method, entry.path)))
        .collect();
    let mut doors = Doors::default();
    for route in routes::of_version(conn, workspace, version.id).await? {
        let settings: RouteSettings = serde_json::from_value(route.settings.0).unwrap_or_default();
        if settings.access == Access::Open {
            doors
                .open
                .extend(operations.get(&route.operation_id).cloned());
        } else {
            doors.guarded += 1;
            doors.all += usize::from(settings.authentication == Authentication::All);
        }
    }
    Ok(doors)
}

/// The security scheme (OpenAPI 3.1, section 4.8.27) of a policy that asks for a credential.
fn scheme(effective: &Effective) -> Option<(String, Value)> {
    let policy = &effective.policy;
    let named = |value: Value| Some((policy.kind.clone(), value));
    match policy.kind.as_str() {
        "key_auth" => Some(key_scheme(
            serde_json::from_value(policy.config.0.clone()).unwrap_or_default(),
        )),
        "basic_auth" => named(json!({ "type": "http", "scheme": "basic" })),
        "jwt" => named(json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" })),
        "oauth2_introspection" => named(json!({ "type": "http", "scheme": "bearer" })),
        "hmac_auth" => named(json!({
            "type": "apiKey", "in": "header", "name": "Signature",
            "description": "HTTP Message Signatures (RFC 9421) with `hmac-sha256`.",
        })),
        "mtls_auth" => named(json!({ "type": "mutualTLS" })),
        _ => None,
    }
}

fn key_scheme(config: key_auth::Config) -> (String, Value) {
    let place = first_place(config);
    let value = match (place.prefix, place.place) {
        (Some(_), _) => json!({ "type": "http", "scheme": "bearer" }),
        (None, KeyPlace::Header) => json!({ "type": "apiKey", "in": "header", "name": place.name }),
        (None, KeyPlace::Query) => json!({ "type": "apiKey", "in": "query", "name": place.name }),
        (None, KeyPlace::Cookie) => json!({ "type": "apiKey", "in": "cookie", "name": place.name }),
    };
    ("key_auth".to_owned(), value)
}

/// A limit that holds whatever the plan.
fn limit(effective: &Effective) -> Option<Value> {
    let policy = &effective.policy;
    let keys: &[&str] = match policy.kind.as_str() {
        "rate_limit" => &["limits", "by", "each"],
        "quota" => &["requests", "period", "by"],
        "request_size_limit" => &["max_body_bytes", "max_header_bytes", "max_url_bytes"],
        "concurrency_limit" => &["requests", "by"],
        _ => return None,
    };
    let mut told = json!({ "policy": policy.kind });
    for key in keys {
        if let Some(value) = policy.config.0.get(*key) {
            told[*key] = value.clone();
        }
    }
    Some(told)
}

async fn plans(conn: &mut Conn, actor: &Actor, version: &ApiVersion) -> Result<Vec<Value>> {
    let shelves = products::shelves_with(conn, actor, version.id).await?;
    let plans = shelves.iter().flat_map(|shelf| {
        let product = &shelf.product.slug;
        shelf.plans.iter().map(move |plan| terms(product, plan))
    });
    Ok(plans.collect())
}

fn terms(product: &domain::text::Slug, plan: &Plan) -> Value {
    let mut told = json!({
        "product": product,
        "plan": plan.slug,
        "name": plan.name,
        "approval": plan.approval,
        "rate_limits": plan.rate_limits.0,
    });
    if let Some(quota) = &plan.quota {
        told["quota"] = json!(quota.0);
    }
    if !plan.price.is_empty() {
        told["price"] = json!(plan.price);
    }
    told
}
