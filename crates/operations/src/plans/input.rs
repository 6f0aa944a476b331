//! What a person says of a plan, and what is wrong with it.

use domain::Timestamp;
use domain::api::{Approval, PlanState};
use domain::id::{PlanId, ProductId, WorkspaceId};
use domain::limit::{Quota, RateLimit};
use domain::oauth::{SCOPES_MOST, is_scope};
use domain::text::{Name, Slug, paragraph};
use store::plans::{Plan, Question};

use super::form::{QuestionInput, check_questions};
use crate::error::Result;
use crate::fields::Fields;
use crate::products::{SUMMARY_MOST, slug};

/// The longest terms, in characters.
const TERMS_MOST: usize = 40_000;
/// The longest price in words.
const PRICE_MOST: usize = 120;
/// The longest review that can be promised: thirty days.
const REVIEW_MOST: i64 = 720;

/// What a person says of a plan.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name for people.
    pub name: String,
    /// Its name in URLs and headers; made from the name when empty.
    pub slug: String,
    /// One sentence.
    pub summary: String,
    /// How a subscription begins.
    pub approval: Approval,
    /// Within how many hours a review is promised; nothing for instant plans.
    pub review_hours: i64,
    /// The price in words; empty for free.
    pub price: String,
    /// Rate limits, at most one for each window.
    pub rate_limits: Vec<RateLimit>,
    /// The quota; none when calls are not counted.
    pub quota: Option<Quota>,
    /// The scopes that access tokens may be granted; all of them where there is no list.
    pub scopes: Option<Vec<String>>,
    /// The form that a developer fills in.
    pub questions: Vec<QuestionInput>,
    /// The terms to accept, in Markdown; empty for none.
    pub terms: String,
}

impl Default for Input {
    /// An instant, free plan without limits, questions or terms, and without a name.
    fn default() -> Self {
        Self {
            name: String::new(),
            slug: String::new(),
            summary: String::new(),
            approval: Approval::Instant,
            review_hours: 24,
            price: String::new(),
            rate_limits: Vec::new(),
            quota: None,
            scopes: None,
            questions: Vec::new(),
            terms: String::new(),
        }
    }
}

/// What a plan is beside its terms.
pub(super) struct Standing {
    pub(super) id: PlanId,
    pub(super) workspace_id: WorkspaceId,
    pub(super) product_id: ProductId,
    pub(super) state: PlanState,
    pub(super) position: i64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) version: i64,
}

impl Standing {
    pub(super) const fn of(plan: &Plan) -> Self {
        Self {
            id: plan.id,
            workspace_id: plan.workspace_id,
            product_id: plan.product_id,
            state: plan.state,
            position: plan.position,
            created_at: plan.created_at,
            updated_at: plan.updated_at,
            version: plan.version,
        }
    }
}

/// An [`Input`] without a fault.
pub(super) struct Terms {
    name: Name,
    slug: Slug,
    summary: String,
    approval: Approval,
    review_hours: i64,
    price: String,
    rate_limits: Vec<RateLimit>,
    quota: Option<Quota>,
    scopes: Option<Vec<String>>,
    questions: Vec<Question>,
    terms: String,
}

impl Input {
    pub(super) fn check(&self) -> Result<Terms> {
        let mut fields = Fields::new();
        let name: Option<Name> = fields.parse("name", &self.name);
        let slug = slug(&mut fields, &self.slug, &self.name);
        let summary = fields.check("summary", paragraph(&self.summary, SUMMARY_MOST));
        let price = fields.check("price", paragraph(&self.price, PRICE_MOST));
        let terms = fields.check("terms", paragraph(&self.terms, TERMS_MOST));
        let questions = check_questions(&mut fields, &self.questions);
        self.check_limits(&mut fields);
        self.check_scopes(&mut fields);
        let review_hours = match self.approval {
            Approval::Instant => 0,
            Approval::Reviewed => self.review_hours,
        };
        if self.approval == Approval::Reviewed && !(1..=REVIEW_MOST).contains(&review_hours) {
            fields.refuse(
                "review_hours",
                format!("must lie between 1 and {REVIEW_MOST}"),
            );
        }
        let (Some(name), Some(slug), Some(summary), Some(price), Some(terms), Some(questions)) =
            (name, slug, summary, price, terms, questions)
        else {
            return Err(fields.into_error());
        };
        fields.finish()?;
        Ok(Terms {
            name,
            slug,
            summary,
            approval: self.approval,
            review_hours,
            price,
            rate_limits: self.rate_limits.clone(),
            quota: self.quota,
            scopes: self.scopes.clone(),
            questions,
            terms,
        })
    }

    fn check_scopes(&self, fields: &mut Fields) {
        let Some(scopes) = &self.scopes else {
            return;
        };
        if scopes.is_empty() || scopes.len() > SCOPES_MOST {
            let message = format!("needs 1 to {SCOPES_MOST} scopes; leave it out to allow all");
            fields.refuse("scopes", message);
        }
        for (n, scope) in scopes.iter().enumerate() {
            if !is_scope(scope) {
                let message =
                    "is not a scope: visible ASCII without blanks, quotes and backslashes";
                fields.refuse(format!("scopes/{n}"), message);
            }
        }
    }

    fn check_limits(&self, fields: &mut Fields) {
        for (n, limit) in self.rate_limits.iter().enumerate() {
            fields.check(format!("rate_limits/{n}"), limit.check());
            let same = |other: &&RateLimit| other.window == limit.window;
            if self.rate_limits.iter().take(n).any(|other| same(&other)) {
                let message = format!("is the second limit by {}", limit.window);
                fields.refuse(format!("rate_limits/{n}"), message);
            }
        }
        if let Some(quota) = self.quota {
            fields.check("quota", quota.check());
        }
    }
}

impl Terms {
    /// The plan under these terms.
    pub(super) fn into_plan(self, standing: Standing) -> Plan {
        Plan {
            id: standing.id,
            workspace_id: standing.workspace_id,
            product_id: standing.product_id,
            slug: self.slug,
            name: self.name,
            summary: self.summary,
            state: standing.state,
            approval: self.approval,
            review_hours: self.review_hours,
            price: self.price,
            rate_limits: self.rate_limits.into(),
            quota: self.quota.map(Into::into),
            scopes: self.scopes.map(Into::into),
            questions: self.questions.into(),
            terms: self.terms,
            position: standing.position,
            created_at: standing.created_at,
            updated_at: standing.updated_at,
            version: standing.version,
        }
    }
}
