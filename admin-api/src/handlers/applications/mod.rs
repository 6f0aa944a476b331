//! Applications: the callers.

pub(crate) mod create;
pub(crate) mod create_many;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod resume;
pub(crate) mod show;
pub(crate) mod suspend;
pub(crate) mod update;

use serde::{Deserialize, Serialize};
use store::applications::Line;
use utoipa::ToSchema;
use uuid::Uuid;

/// An application.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Application {
    /// Its id.
    id: Uuid,
    /// Whose it is.
    owner_id: Uuid,
    /// The owner's name.
    owner_name: String,
    /// The owner's address.
    owner_email: String,
    /// Its name.
    name: String,
    /// What it is.
    description: String,
    /// active or suspended.
    state: String,
    /// How many subscriptions are open.
    open_subscriptions: i64,
    /// How many credentials are taken.
    live_credentials: i64,
    /// When one of them was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<Line> for Application {
    fn from(row: Line) -> Self {
        Self {
            id: row.id.uuid(),
            owner_id: row.owner_id.uuid(),
            owner_name: row.owner_name.to_string(),
            owner_email: row.owner_email.to_string(),
            name: row.name.to_string(),
            description: row.description.to_string(),
            state: row.state.to_string(),
            open_subscriptions: row.open_subscriptions,
            live_credentials: row.live_credentials,
            last_used_at: row.last_used_at.map(|v| v.to_string()),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// What an application is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplicationInput {
    /// Its name.
    pub(super) name: String,
    /// What it is.
    #[serde(default)]
    pub(super) description: String,
}

/// An application to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApplication {
    /// Whose it is; the caller when left out.
    #[serde(default)]
    pub(super) owner_id: Option<Uuid>,
    /// Its name.
    pub(super) name: String,
    /// What it is.
    #[serde(default)]
    pub(super) description: String,
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    /// Shown to the person concerned.
    #[serde(default)]
    pub(crate) reason: String,
}

/// Which applications.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApplicationFilter {
    /// Only those in this state.
    pub(super) state: Option<String>,
    /// Only this account's.
    pub(super) owner: Option<Uuid>,
    /// Name, owner or the beginning of a key.
    #[serde(default)]
    pub(super) text: String,
}
