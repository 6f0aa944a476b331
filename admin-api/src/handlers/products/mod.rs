//! Products: bundles of API versions on offer.

pub(crate) mod add_item;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod publish;
pub(crate) mod remove_item;
pub(crate) mod retire;
pub(crate) mod show;
pub(crate) mod update;

use operations::products as rows;
use serde::{Deserialize, Serialize};
use store::products::Product as Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::word;

/// A product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Product {
    /// Its id.
    id: Uuid,
    /// Its name in URLs.
    slug: String,
    /// Its name for people.
    name: String,
    /// One sentence.
    summary: String,
    /// Who sees it in the portal.
    visibility: String,
    /// draft, published or retired.
    state: String,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<Row> for Product {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.uuid(),
            slug: row.slug.to_string(),
            name: row.name.to_string(),
            summary: row.summary.to_string(),
            visibility: row.visibility.to_string(),
            state: row.state.to_string(),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// A product with what is in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WholeProduct {
    /// The product.
    #[serde(flatten)]
    product: Product,
    /// The API versions in it.
    items: Vec<Item>,
}

/// An API version in a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// The version.
    version_id: Uuid,
    /// The API's name.
    api: String,
    /// The version's label.
    label: String,
}

impl From<rows::Whole> for WholeProduct {
    fn from(whole: rows::Whole) -> Self {
        Self {
            product: whole.product.into(),
            items: whole
                .items
                .into_iter()
                .map(|item| Item {
                    version_id: item.api_version_id.uuid(),
                    api: item.api_name.to_string(),
                    label: item.label,
                })
                .collect(),
        }
    }
}

/// What a product is called and who sees it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductInput {
    /// Its name for people.
    pub(super) name: String,
    /// Its name in URLs; made from the name when empty.
    #[serde(default)]
    pub(super) slug: String,
    /// One sentence.
    #[serde(default)]
    pub(super) summary: String,
    /// public (when left out), registered or hidden.
    #[serde(default)]
    pub(super) visibility: Option<String>,
}

impl ProductInput {
    pub(super) fn read(self) -> Result<rows::Input, faces::problem::Problem> {
        Ok(rows::Input {
            visibility: word("visibility", self.visibility.as_deref().unwrap_or("public"))?,
            name: self.name,
            slug: self.slug,
            summary: self.summary,
        })
    }
}

/// Which products.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductFilter {
    /// Only those in this state.
    pub(super) state: Option<String>,
    /// Only those whose name holds this text.
    pub(super) text: Option<String>,
}
