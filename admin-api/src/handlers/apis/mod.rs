//! APIs with their versions.

pub(crate) mod add_version;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod update;

use operations::apis as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::handlers::versions::Version;
use crate::words::word;

/// An API with its versions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Api {
    /// Its id.
    id: Uuid,
    /// Its name in URLs.
    slug: String,
    /// Its name for people.
    name: String,
    /// One sentence.
    summary: String,
    /// Markdown.
    description: String,
    /// Who sees it in the portal: public, registered or hidden.
    visibility: String,
    /// Words to filter by.
    tags: Vec<String>,
    /// Its versions, newest first.
    versions: Vec<Version>,
    /// When it was made.
    created_at: String,
    /// When it was last changed.
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<rows::WithVersions> for Api {
    fn from(row: rows::WithVersions) -> Self {
        Self {
            id: row.api.id.uuid(),
            slug: row.api.slug.to_string(),
            name: row.api.name.to_string(),
            summary: row.api.summary,
            description: row.api.description,
            visibility: row.api.visibility.to_string(),
            tags: row.api.tags.0,
            versions: row.versions.into_iter().map(Version::from).collect(),
            created_at: row.api.created_at.to_string(),
            updated_at: row.api.updated_at.to_string(),
            version: row.api.version,
        }
    }
}

/// What an API is called and who sees it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiInput {
    /// Its name for people.
    pub(super) name: String,
    /// Its name in URLs; made from the name when left out.
    #[serde(default)]
    pub(super) slug: Option<String>,
    /// One sentence.
    #[serde(default)]
    pub(super) summary: String,
    /// Markdown.
    #[serde(default)]
    pub(super) description: String,
    /// public (when left out), registered or hidden.
    #[serde(default)]
    pub(super) visibility: Option<String>,
    /// Words to filter by.
    #[serde(default)]
    pub(super) tags: Vec<String>,
}

impl ApiInput {
    pub(super) fn read(self) -> Result<rows::Input, faces::problem::Problem> {
        Ok(rows::Input {
            visibility: word("visibility", self.visibility.as_deref().unwrap_or("public"))?,
            name: self.name,
            slug: self.slug,
            summary: self.summary,
            description: self.description,
            tags: self.tags,
            owner: None,
        })
    }
}

/// A text that the names of what is listed hold.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TextQuery {
    /// Part of a name.
    #[serde(default)]
    pub(super) text: String,
}
