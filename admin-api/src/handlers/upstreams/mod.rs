//! Where requests go.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod update;

use operations::upstreams as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::settings;

/// One address of an upstream.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Target {
    /// Its id.
    id: Uuid,
    /// Its address.
    url: String,
    /// Its share of the requests.
    weight: i64,
    /// Whether it gets requests.
    enabled: bool,
}

impl From<rows::Target> for Target {
    fn from(row: rows::Target) -> Self {
        Self {
            id: row.id.uuid(),
            url: row.url.to_string(),
            weight: row.weight,
            enabled: row.enabled,
        }
    }
}

/// An upstream with its targets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Upstream {
    /// Its id.
    id: Uuid,
    /// Its name in URLs.
    slug: String,
    /// Its name for people.
    name: String,
    /// Timeouts, host header, retries.
    settings: serde_json::Value,
    /// Its addresses.
    targets: Vec<Target>,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<rows::Upstream> for Upstream {
    fn from(row: rows::Upstream) -> Self {
        Self {
            id: row.id.uuid(),
            slug: row.slug.to_string(),
            name: row.name.to_string(),
            settings: serde_json::to_value(&row.settings).unwrap_or_default(),
            targets: row.targets.into_iter().map(Target::from).collect(),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// What a target is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetInput {
    /// Which one, when it is there already.
    #[serde(default)]
    pub(super) id: Option<Uuid>,
    /// Where it is: an `http` or `https` URL, or `http+srv` or `https+srv` with the name of a service, whose SRV records name
    /// hosts and ports.
    pub(super) url: String,
    /// Its share of the requests; 100 when left out.
    #[serde(default)]
    pub(super) weight: Option<i64>,
    /// Whether it gets requests; yes when left out.
    #[serde(default)]
    pub(super) enabled: Option<bool>,
}

/// What an upstream is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpstreamInput {
    /// Its name for people.
    pub(super) name: String,
    /// Its name in URLs; made from the name when left out.
    #[serde(default)]
    pub(super) slug: Option<String>,
    /// Timeouts in milliseconds, host header, retries; the defaults when left out.
    #[serde(default)]
    pub(super) settings: Option<serde_json::Value>,
    /// All its addresses.
    pub(super) targets: Vec<TargetInput>,
}

impl UpstreamInput {
    pub(super) fn read(self) -> Result<rows::Input, faces::problem::Problem> {
        Ok(rows::Input {
            name: self.name,
            slug: self.slug,
            settings: settings::read(self.settings)?,
            targets: self
                .targets
                .into_iter()
                .map(|target| rows::TargetInput {
                    id: target.id.map(Into::into),
                    weight: target.weight.unwrap_or(100),
                    enabled: target.enabled.unwrap_or(true),
                    url: target.url,
                })
                .collect(),
        })
    }
}
