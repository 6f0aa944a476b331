//! Routes of a version: what the gateway matches.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod update;

use operations::routes as rows;
use serde::{Deserialize, Serialize};
use store::routes::Route as Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::settings;
use crate::words::word;

/// A route.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Route {
    /// Its id.
    id: Uuid,
    /// The version that owns it.
    api_version_id: Uuid,
    /// The operation of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_id: Option<Uuid>,
    /// Its name.
    name: String,
    /// Methods; none for all.
    methods: Vec<String>,
    /// Its path, below the base path.
    path: String,
    /// exact, prefix, template or regex.
    path_kind: String,
    /// Higher ones are tried first.
    priority: i64,
    /// Access, rewriting, body limit.
    settings: serde_json::Value,
    /// Whether it is in force.
    enabled: bool,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<Row> for Route {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.uuid(),
            api_version_id: row.api_version_id.uuid(),
            operation_id: (!row.operation_id.is_nil()).then(|| row.operation_id.uuid()),
            name: row.name.to_string(),
            methods: row.methods.0,
            path: row.path.to_string(),
            path_kind: row.path_kind.to_string(),
            priority: row.priority,
            settings: row.settings.0,
            enabled: row.enabled,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// What a route matches.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteInput {
    /// Its name; made from method and path when left out.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// Methods; none for all.
    #[serde(default)]
    pub(super) methods: Vec<String>,
    /// Its path, below the base path.
    pub(super) path: String,
    /// template (when left out), exact, prefix or regex.
    #[serde(default)]
    pub(super) path_kind: Option<String>,
    /// Higher ones are tried first.
    #[serde(default)]
    pub(super) priority: i64,
    /// Access, rewriting, body limit; the defaults when left out.
    #[serde(default)]
    pub(super) settings: Option<serde_json::Value>,
    /// The operation of the document.
    #[serde(default)]
    pub(super) operation_id: Option<Uuid>,
    /// Whether it is in force; yes when left out.
    #[serde(default)]
    pub(super) enabled: Option<bool>,
}

impl RouteInput {
    pub(super) fn read(self) -> Result<rows::Input, faces::problem::Problem> {
        Ok(rows::Input {
            name: self.name,
            methods: self.methods,
            path: self.path,
            path_kind: word("path_kind", self.path_kind.as_deref().unwrap_or("template"))?,
            priority: self.priority,
            settings: settings::read(self.settings)?,
            operation: self.operation_id.map(Into::into),
            enabled: self.enabled.unwrap_or(true),
        })
    }
}

/// All routes of a version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Routes {
    /// In the order in which they are shown.
    pub(super) items: Vec<Route>,
}
