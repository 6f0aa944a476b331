//! The model of what is on offer: products with their plans.

use domain::api::{Approval, PlanState, ProductState, Visibility};
use domain::limit::{Quota, RateLimit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Policy;
use crate::row::RowId;
use crate::wants;

/// A bundle of API versions on offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its name in URLs, each once.
    pub slug: String,
    /// Its name for people; the slug when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Who sees it; everybody when left out.
    #[serde(default = "wants::public", skip_serializing_if = "wants::is_public")]
    #[schemars(schema_with = "wants::visibility")]
    pub visibility: Visibility,
    /// Where it stands; published when left out.
    #[serde(
        default = "wants::on_offer",
        skip_serializing_if = "wants::is_on_offer"
    )]
    #[schemars(schema_with = "wants::product_state")]
    pub state: ProductState,
    /// The slug of the API whose own product this is; left out for a bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_of: Option<String>,
    /// The versions in it: `shipping/v2`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// Policies for what is called through it, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// Its terms, in the order in which they are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<Plan>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// Terms of access to a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name in URLs and headers, each once in its product.
    pub slug: String,
    /// Its name for people; the slug when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Where it stands; active when left out.
    #[serde(
        default = "wants::active_plan",
        skip_serializing_if = "wants::is_active_plan"
    )]
    #[schemars(schema_with = "wants::plan_state")]
    pub state: PlanState,
    /// How a subscription begins; at once when left out.
    #[serde(default = "wants::instant", skip_serializing_if = "wants::is_instant")]
    #[schemars(schema_with = "wants::approval")]
    pub approval: Approval,
    /// Within how many hours a review is promised; 24 when left out of a plan that is reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_hours: Option<i64>,
    /// The price in words; empty for free.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub price: String,
    /// Rate limits, at most one for each window: `{ requests: 60, window: minute }`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "wants::rate_limits")]
    pub rate_limits: Vec<RateLimit>,
    /// The calendar budget: `{ requests: 10000, period: month }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "wants::quota")]
    pub quota: Option<Quota>,
    /// The scopes that access tokens may be granted; all of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// The form that a developer fills in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// The terms to accept, in Markdown: text, or a page by `${file:pages/terms.md}`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub terms: String,
    /// Policies for what is called under it, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// A question of a plan's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name in forms and answers; made from the label when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The question.
    pub label: String,
    /// `text`, `long_text` or `choice`.
    pub answer: String,
    /// The longest answer in characters, for texts; 200 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// The answers to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Whether it must be answered.
    #[serde(default, skip_serializing_if = "wants::is_no")]
    pub required: bool,
}
