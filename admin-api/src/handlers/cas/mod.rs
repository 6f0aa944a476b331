//! Bundles of authorities: who signs the certificates of callers or of upstreams.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod update;

use operations::cas as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A bundle of authorities.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ca {
    /// Its id.
    id: Uuid,
    /// Its name for people.
    name: String,
    /// The certificates, PEM.
    bundle: String,
    /// Whom they name, in the bundle's order.
    subjects: Vec<String>,
    /// When the first of them expires (RFC 3339).
    not_after: String,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<rows::Ca> for Ca {
    fn from(row: rows::Ca) -> Self {
        Self {
            id: row.id.uuid(),
            name: row.name,
            bundle: row.bundle,
            subjects: row.subjects,
            not_after: row.not_after.to_string(),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// What a bundle is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaInput {
    /// Its name for people.
    name: String,
    /// The certificates, PEM; each may sign others.
    bundle: String,
}

impl From<CaInput> for rows::Input {
    fn from(body: CaInput) -> Self {
        Self {
            name: body.name,
            bundle: body.bundle,
        }
    }
}
