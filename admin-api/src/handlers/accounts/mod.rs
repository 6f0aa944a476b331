//! People: developers and the platform team.

pub(crate) mod approve;
pub(crate) mod assign_role;
pub(crate) mod create;
pub(crate) mod create_many;
pub(crate) mod list;
pub(crate) mod resume;
pub(crate) mod revoke_role;
pub(crate) mod show;
pub(crate) mod suspend;

use operations::users::User;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Somebody who can sign in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    /// The id.
    id: Uuid,
    /// The address.
    email: String,
    /// The name.
    name: String,
    /// unverified, pending_approval, active or suspended.
    state: String,
    /// Roles in the platform team; none for a developer.
    roles: Vec<String>,
    /// When the address was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<String>,
    /// When the person last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sign_in_at: Option<String>,
    /// When the account was made.
    created_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<User> for Account {
    fn from(row: User) -> Self {
        Self {
            id: row.id.uuid(),
            email: row.email.to_string(),
            name: row.name.to_string(),
            state: row.state.to_string(),
            roles: row.roles.iter().map(|role| role.to_string()).collect(),
            verified_at: row.verified_at.map(|v| v.to_string()),
            last_sign_in_at: row.last_sign_in_at.map(|v| v.to_string()),
            created_at: row.created_at.to_string(),
            version: row.version,
        }
    }
}

/// An account to make. Its owner chooses a password through a mailed link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    /// The address.
    pub(super) email: String,
    /// The name.
    pub(super) name: String,
    /// Roles in the platform team: viewer, approver, api_owner, admin.
    #[serde(default)]
    pub(super) roles: Vec<String>,
}

/// Which accounts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountQuery {
    /// Only those in this state.
    pub(super) state: Option<String>,
    /// Part of the name or the address.
    pub(super) text: Option<String>,
    /// Only the platform team.
    #[serde(default)]
    pub(super) team: bool,
}
