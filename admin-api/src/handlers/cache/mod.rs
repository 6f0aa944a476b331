//! What the gateways keep of answers.

pub(crate) mod purge;

use serde::{Deserialize, Serialize};
use store::cache_purges::CachePurge;
use utoipa::ToSchema;
use uuid::Uuid;

/// What is to be forgotten: exactly one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPurge {
    /// Everything.
    all: Option<bool>,
    /// All answers of one API, in all its versions.
    api_id: Option<Uuid>,
    /// Answers that carry this tag in `Cache-Tag` or `Surrogate-Key`.
    tag: Option<String>,
    /// One URL, `https://api.example.com/orders?page=1`; with `*` at its end those that begin with it.
    url: Option<String>,
}

/// An order that every gateway node carries out within a second.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Purge {
    /// Its id.
    id: Uuid,
    /// all, api, tag or url.
    target: String,
    /// The API's id, the tag or the URL; empty for everything.
    value: String,
    /// When it was given (RFC 3339).
    created_at: String,
}

impl From<CachePurge> for Purge {
    fn from(row: CachePurge) -> Self {
        Self {
            id: row.id.uuid(),
            target: row.target.to_string(),
            value: row.value,
            created_at: row.created_at.to_string(),
        }
    }
}
