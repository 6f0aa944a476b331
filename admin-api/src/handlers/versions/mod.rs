//! Versions of APIs: what is published.

pub(crate) mod delete;
pub(crate) mod deprecate;
pub(crate) mod publish;
pub(crate) mod retire;
pub(crate) mod show;
pub(crate) mod unpublish;
pub(crate) mod update;

use serde::{Deserialize, Serialize};
use store::api_versions as rows;
use utoipa::ToSchema;
use uuid::Uuid;

/// A version of an API.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    /// Its id.
    id: Uuid,
    /// The API.
    api_id: Uuid,
    /// What it is called: v2.
    label: String,
    /// draft, published, deprecated or retired.
    lifecycle: String,
    /// Where its requests go.
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_id: Option<Uuid>,
    /// Host names; none for every host.
    hosts: Vec<String>,
    /// What stands before the path of each route.
    base_path: String,
    /// What came after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    successor_id: Option<Uuid>,
    /// Since when it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<String>,
    /// Since when it is deprecated.
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated_at: Option<String>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    sunset_at: Option<String>,
    /// Since when it is retired.
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<String>,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<rows::ApiVersion> for Version {
    fn from(row: rows::ApiVersion) -> Self {
        Self {
            id: row.id.uuid(),
            api_id: row.api_id.uuid(),
            label: row.label.to_string(),
            lifecycle: row.lifecycle.to_string(),
            upstream_id: row.upstream_id.map(Into::into),
            hosts: row.hosts.0,
            base_path: row.base_path.to_string(),
            successor_id: (!row.successor_id.is_nil()).then(|| row.successor_id.uuid()),
            published_at: row.published_at.map(|v| v.to_string()),
            deprecated_at: row.deprecated_at.map(|v| v.to_string()),
            sunset_at: row.sunset_at.map(|v| v.to_string()),
            retired_at: row.retired_at.map(|v| v.to_string()),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// Where a version is placed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionInput {
    /// What it is called.
    pub(super) label: String,
    /// Where its requests go.
    #[serde(default)]
    pub(super) upstream_id: Option<Uuid>,
    /// Host names; none for every host.
    #[serde(default)]
    pub(super) hosts: Vec<String>,
    /// What stands before the path of each route.
    pub(super) base_path: String,
}

impl VersionInput {
    pub(crate) fn read(self) -> operations::versions::Input {
        operations::versions::Input {
            label: self.label,
            upstream: self.upstream_id.map(Into::into),
            hosts: self.hosts,
            base_path: self.base_path,
        }
    }
}

/// The end of a version, announced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deprecation {
    /// When it ends (RFC 3339).
    #[serde(default)]
    pub(super) sunset_at: Option<String>,
    /// What comes after it.
    #[serde(default)]
    pub(super) successor_id: Option<Uuid>,
}
