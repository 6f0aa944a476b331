//! Plans: terms of access to a product.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod retire;
pub(crate) mod show;
pub(crate) mod update;

use domain::limit::{Quota, RateLimit};
use operations::plans as rows;
use serde::{Deserialize, Serialize};
use store::plans::{Plan as Row, QuestionKind};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::word;

/// At most so many requests in a window.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limit {
    /// Requests allowed.
    requests: u64,
    /// second, minute, hour or day.
    window: String,
}

/// At most so many requests in a calendar period (UTC).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuotaTerms {
    /// Requests allowed.
    requests: u64,
    /// hour, day, week or month.
    period: String,
}

/// A question that a developer answers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// Its name in answers; made from the label when empty.
    #[serde(default)]
    name: String,
    /// The question.
    label: String,
    /// text, long_text or choice, with `max_length` or `options`.
    kind: serde_json::Value,
    /// Whether it must be answered.
    #[serde(default)]
    required: bool,
}

/// A plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plan {
    /// Its id.
    id: Uuid,
    /// The product.
    product_id: Uuid,
    /// Its name in URLs and headers.
    slug: String,
    /// Its name for people.
    name: String,
    /// One sentence.
    summary: String,
    /// active, deprecated or retired.
    state: String,
    /// instant or reviewed.
    approval: String,
    /// Within how many hours a review is promised.
    review_hours: i64,
    /// The price in words; empty for free.
    price: String,
    /// Rate limits.
    rate_limits: Vec<Limit>,
    /// The quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<QuotaTerms>,
    /// The scopes that access tokens may be granted; left out where all are allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    /// The form that a developer fills in.
    questions: Vec<Question>,
    /// The terms to accept, in Markdown.
    terms: String,
    /// Its place among the plans of the product.
    position: i64,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<Row> for Plan {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.uuid(),
            product_id: row.product_id.uuid(),
            slug: row.slug.to_string(),
            name: row.name.to_string(),
            summary: row.summary.to_string(),
            state: row.state.to_string(),
            approval: row.approval.to_string(),
            review_hours: row.review_hours,
            price: row.price.to_string(),
            rate_limits: row
                .rate_limits
                .0
                .iter()
                .map(|l| Limit {
                    requests: l.requests,
                    window: l.window.to_string(),
                })
                .collect(),
            quota: row.quota.map(|q| QuotaTerms {
                requests: q.0.requests,
                period: q.0.period.to_string(),
            }),
            scopes: row.scopes.map(|scopes| scopes.0),
            questions: row
                .questions
                .0
                .into_iter()
                .map(|q| Question {
                    name: q.name.to_string(),
                    label: q.label,
                    kind: serde_json::to_value(&q.kind).unwrap_or_default(),
                    required: q.required,
                })
                .collect(),
            terms: row.terms.to_string(),
            position: row.position,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// The terms of a plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanInput {
    /// Its name for people.
    pub(super) name: String,
    /// Its name in URLs and headers; made from the name when empty.
    #[serde(default)]
    pub(super) slug: String,
    /// One sentence.
    #[serde(default)]
    pub(super) summary: String,
    /// instant (when left out) or reviewed.
    #[serde(default)]
    pub(super) approval: Option<String>,
    /// Within how many hours a review is promised; 24 when left out.
    #[serde(default)]
    pub(super) review_hours: Option<i64>,
    /// The price in words; empty for free.
    #[serde(default)]
    pub(super) price: String,
    /// Rate limits, at most one for each window.
    #[serde(default)]
    pub(super) rate_limits: Vec<Limit>,
    /// The quota; none when left out.
    #[serde(default)]
    pub(super) quota: Option<QuotaTerms>,
    /// The scopes that access tokens may be granted; all of them when left out.
    #[serde(default)]
    pub(super) scopes: Option<Vec<String>>,
    /// The form that a developer fills in.
    #[serde(default)]
    pub(super) questions: Vec<Question>,
    /// The terms to accept, in Markdown.
    #[serde(default)]
    pub(super) terms: String,
}

impl PlanInput {
    pub(super) fn read(self) -> Result<rows::Input, faces::problem::Problem> {
        let limit = |limit: Limit| {
            Ok::<_, faces::problem::Problem>(RateLimit {
                requests: limit.requests,
                window: word("rate_limits", &limit.window)?,
            })
        };
        let question = |question: Question| {
            let kind: QuestionKind = serde_json::from_value(question.kind)
                .map_err(|error| operations::Error::invalid("questions", error))?;
            Ok::<_, faces::problem::Problem>(rows::QuestionInput {
                name: question.name,
                label: question.label,
                kind,
                required: question.required,
            })
        };
        Ok(rows::Input {
            name: self.name,
            slug: self.slug,
            summary: self.summary,
            approval: word("approval", self.approval.as_deref().unwrap_or("instant"))?,
            review_hours: self.review_hours.unwrap_or(24),
            price: self.price,
            rate_limits: self
                .rate_limits
                .into_iter()
                .map(limit)
                .collect::<Result<_, _>>()?,
            quota: match self.quota {
                Some(quota) => Some(Quota {
                    requests: quota.requests,
                    period: word("quota", &quota.period)?,
                }),
                None => None,
            },
            scopes: self.scopes,
            questions: self
                .questions
                .into_iter()
                .map(question)
                .collect::<Result<_, _>>()?,
            terms: self.terms,
        })
    }
}

/// All plans of a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plans {
    /// In the order in which they are shown.
    pub(super) items: Vec<Plan>,
}
