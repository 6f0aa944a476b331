//! What is on offer: products with their plans.

use declaration::{Plan, Product, Question, RowId};
use domain::api::PolicyScope;
use store::plans::{self, QuestionKind};
use store::products;

use super::reader::Reader;
use crate::error::Result;

impl Reader<'_> {
    pub(super) async fn product(
        &mut self,
        row: products::Product,
        plans: Vec<plans::Plan>,
    ) -> Result<Product> {
        let items = products::items(self.conn, row.id).await?;
        let versions = items
            .iter()
            .filter_map(|item| {
                self.names
                    .versions
                    .get(&item.api_version_id.uuid())
                    .cloned()
            })
            .collect();
        let policies = self.policies_of(PolicyScope::Product, row.id.uuid());
        let mut plans = plans;
        plans.sort_by_key(|plan| (plan.position, plan.id));
        let plans = plans
            .into_iter()
            .map(|row| {
                let policies = self.policies_of(PolicyScope::Plan, row.id.uuid());
                Plan {
                    policies,
                    ..plan(row)
                }
            })
            .collect();
        Ok(Product {
            slug: row.slug.to_string(),
            name: Some(row.name.to_string()),
            summary: row.summary,
            visibility: row.visibility,
            state: row.state,
            own_of: self.names.apis.get(&row.api_id.uuid()).cloned(),
            versions,
            policies,
            plans,
            id: RowId::of(row.id),
        })
    }
}

/// A plan without its policies.
pub(in crate::declared) fn plan(row: plans::Plan) -> Plan {
    Plan {
        slug: row.slug.to_string(),
        name: Some(row.name.to_string()),
        summary: row.summary,
        state: row.state,
        approval: row.approval,
        review_hours: Some(row.review_hours).filter(|hours| ![0, 24].contains(hours)),
        price: row.price,
        rate_limits: row.rate_limits.0,
        quota: row.quota.map(|quota| quota.0),
        scopes: row.scopes.map(|scopes| scopes.0),
        questions: row.questions.0.into_iter().map(question).collect(),
        terms: row.terms,
        policies: Vec::new(),
        id: RowId::of(row.id),
    }
}

fn question(row: plans::Question) -> Question {
    let (answer, max_length, options) = match row.kind {
        QuestionKind::Text { max_length } => ("text", Some(max_length), Vec::new()),
        QuestionKind::LongText { max_length } => ("long_text", Some(max_length), Vec::new()),
        QuestionKind::Choice { options } => ("choice", None, options),
    };
    Question {
        name: Some(row.name.to_string()),
        label: row.label,
        answer: answer.to_owned(),
        max_length,
        options,
        required: row.required,
    }
}
