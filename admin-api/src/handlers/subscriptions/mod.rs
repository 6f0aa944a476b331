//! Subscriptions: application, product, plan, and a state.

pub(crate) mod approve;
pub(crate) mod cancel;
pub(crate) mod change_plan;
pub(crate) mod decide;
pub(crate) mod list;
pub(crate) mod reject;
pub(crate) mod request;
pub(crate) mod request_many;
pub(crate) mod resume;
pub(crate) mod show;
pub(crate) mod suspend;

use domain::id::PlanId;
use operations::plans::AnswerInput;
use serde::{Deserialize, Serialize};
use store::subscription_events::Event as EventRow;
use store::subscription_lines::Line;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::word;

/// A subscription.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Subscription {
    /// Its id.
    id: Uuid,
    /// The application.
    application_id: Uuid,
    /// The application's name.
    application_name: String,
    /// The owner's address.
    owner_email: String,
    /// The product.
    product_id: Uuid,
    /// The product's name.
    product_name: String,
    /// The plan.
    plan_id: Uuid,
    /// The plan's name.
    plan_name: String,
    /// pending, active, rejected, suspended or cancelled.
    state: String,
    /// Whether somebody must decide.
    waiting: bool,
    /// Answers to the plan's questions.
    answers: Vec<GivenAnswer>,
    /// What was said with the last decision.
    reason: String,
    /// Who asked.
    requested_by_name: String,
    /// Who decided; empty while nobody has.
    decided_by_name: String,
    /// When it was asked for.
    requested_at: String,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<String>,
    /// Since when it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// When it was last changed.
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<Line> for Subscription {
    fn from(row: Line) -> Self {
        Self {
            id: row.id.uuid(),
            application_id: row.application_id.uuid(),
            application_name: row.application_name.to_string(),
            owner_email: row.owner_email.to_string(),
            product_id: row.product_id.uuid(),
            product_name: row.product_name.to_string(),
            plan_id: row.plan_id.uuid(),
            plan_name: row.plan_name.to_string(),
            state: row.state.to_string(),
            waiting: row.waiting,
            answers: row
                .answers
                .0
                .into_iter()
                .map(|a| GivenAnswer {
                    name: a.name.to_string(),
                    question: a.question,
                    answer: a.answer,
                })
                .collect(),
            reason: row.reason.to_string(),
            requested_by_name: row.requested_by_name.to_string(),
            decided_by_name: row.decided_by_name.to_string(),
            requested_at: row.requested_at.to_string(),
            decided_at: row.decided_at.map(|v| v.to_string()),
            started_at: row.started_at.map(|v| v.to_string()),
            ended_at: row.ended_at.map(|v| v.to_string()),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// An answer to a question of the plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GivenAnswer {
    /// The question's name.
    name: String,
    /// The question, as it was asked.
    question: String,
    /// The answer.
    answer: String,
}

/// What happened to a subscription.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    /// When.
    at: String,
    /// What.
    kind: String,
    /// Who did it.
    actor: String,
    /// What was said.
    note: String,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Self {
            at: row.at.to_string(),
            kind: row.kind,
            actor: row.actor_name,
            note: row.note,
        }
    }
}

/// A subscription with its history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscriptionDetail {
    /// The subscription.
    #[serde(flatten)]
    pub(super) subscription: Subscription,
    /// What happened, oldest first.
    pub(super) events: Vec<Event>,
}

/// An answer to a question of the plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// The question's name.
    pub(super) name: String,
    /// The answer.
    pub(super) answer: String,
}

/// A subscription to ask for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSubscription {
    /// The application.
    pub(super) application_id: Uuid,
    /// The plan.
    pub(super) plan_id: Uuid,
    /// Answers to the plan's questions.
    #[serde(default)]
    pub(super) answers: Vec<Answer>,
    /// Whether the terms are accepted.
    #[serde(default)]
    pub(super) accepts_terms: bool,
}

impl NewSubscription {
    pub(super) fn read(self) -> operations::subscriptions::Request {
        operations::subscriptions::Request {
            application: self.application_id.into(),
            plan: self.plan_id.into(),
            answers: self.answers.into_iter().map(AnswerInput::from).collect(),
            accepts_terms: self.accepts_terms,
        }
    }
}

/// Another plan to ask for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanChange {
    /// The plan, of the same product.
    plan_id: Uuid,
    /// Answers to the plan's questions.
    #[serde(default)]
    answers: Vec<Answer>,
    /// Whether the terms are accepted.
    #[serde(default)]
    accepts_terms: bool,
}

impl PlanChange {
    fn read(self) -> (PlanId, Vec<AnswerInput>, bool) {
        let answers = self.answers.into_iter().map(AnswerInput::from).collect();
        (self.plan_id.into(), answers, self.accepts_terms)
    }
}

impl From<Answer> for AnswerInput {
    fn from(given: Answer) -> Self {
        Self {
            name: given.name,
            answer: given.answer,
        }
    }
}

/// Which subscriptions.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubscriptionFilter {
    /// Only those in this state; `pending` is what waits for a decision.
    state: Option<String>,
    /// Only those of this product.
    product: Option<Uuid>,
    /// Only those under this plan.
    plan: Option<Uuid>,
    /// Only those of this application.
    application: Option<Uuid>,
}

impl SubscriptionFilter {
    pub(super) fn read(self) -> Result<store::subscription_lines::Filter, faces::problem::Problem> {
        Ok(store::subscription_lines::Filter {
            state: self
                .state
                .as_deref()
                .map(|state| word("state", state))
                .transpose()?,
            product: self.product.map(Into::into),
            plan: self.plan.map(Into::into),
            application: self.application.map(Into::into),
            ..Default::default()
        })
    }
}
