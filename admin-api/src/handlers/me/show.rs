//! `GET /me`: who calls, and what the caller may do.

use axum::Json;
use domain::access::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// `account` or `token`.
    kind: &'static str,
    /// The name in the audit log.
    name: String,
    /// What the caller may do.
    permissions: Vec<&'static str>,
}

/// Who calls, and what the caller may do.
#[utoipa::path(get, path = "/me", tag = "Caller", operation_id = "show_me", responses((status = 200, body = Me)))]
pub(crate) async fn show_me(Caller(actor): Caller) -> Json<Me> {
    let permissions = Permission::ALL
        .iter()
        .filter(|permission| actor.may(**permission))
        .map(|permission| permission.as_str())
        .collect();
    Json(Me {
        kind: actor.kind(),
        name: actor.name,
        permissions,
    })
}
