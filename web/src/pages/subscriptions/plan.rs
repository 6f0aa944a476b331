//! `/subscriptions/{id}/plan`: another plan of the same product, asked for on the owner's behalf.

use askama::Template;
use axum::extract::Path;
use domain::api::{Approval, PlanState};
use domain::id::{PlanId, SubscriptionId};
use domain::subscription::SubscriptionState;
use operations::plans::AnswerInput;
use operations::{plans, subscriptions};
use serde_json::json;
use store::plans::{Plan, QuestionKind};
use store::subscription_lines::Line;

use crate::admin::{Admin, show_form};
use crate::answer::{Answer, done};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{ApiCall, Choice, Field, Kind, Notice, Threshold};
use crate::say;

#[derive(Template)]
#[template(path = "pages/subscription_plan.html")]
struct Page {
    layout: Layout,
    head: Threshold,
    line: Line,
    notice: Option<Notice>,
    chosen: Option<Chosen>,
}

/// The plan that the form is about.
struct Chosen {
    plan: Plan,
    choice: Field,
    fields: Vec<Field>,
    call: ApiCall,
}

impl Chosen {
    fn submit(&self) -> String {
        let name = self.plan.name.as_str();
        match self.plan.approval {
            Approval::Instant => format!("Change to {name}"),
            Approval::Reviewed => format!("Ask for {name}"),
        }
    }
}

/// The form, with the plan of the address chosen.
pub(crate) async fn get(
    admin: Admin,
    Path(subscription): Path<String>,
    Query(query): Query,
) -> Answer {
    page(&admin, id(&subscription)?, &query, false).await
}

/// Changes the plan, or asks for the change where the plan is reviewed.
pub(crate) async fn post(admin: Admin, Path(subscription): Path<String>, form: Form) -> Answer {
    let subscription: SubscriptionId = id(&subscription)?;
    let plan: PlanId = id(form.get("plan"))?;
    let answers = answers(&admin, plan, &form).await?;
    let changed = subscriptions::change_plan(
        &admin.platform,
        &admin.actor,
        subscription,
        form.parse("version"),
        plan,
        &answers,
        form.is("accepts_terms"),
    );
    match changed.await {
        Ok(changed) if changed.waiting => done(
            &format!("/approvals/{subscription}"),
            "Asked for; it waits for a decision, and the old plan holds until then",
        ),
        Ok(_) => done(
            &format!("/subscriptions/{subscription}"),
            "The plan is changed; the owner is told, and nodes have it within a second",
        ),
        Err(error) => page(&admin, subscription, &form.refused(error)?, true).await,
    }
}

async fn answers(
    admin: &Admin,
    plan: PlanId,
    form: &Form,
) -> Result<Vec<AnswerInput>, operations::Error> {
    let plan = plans::find(&admin.platform, &admin.actor, plan).await?;
    let answers = plan.questions.iter().map(|question| AnswerInput {
        name: question.name.to_string(),
        answer: form.text(&format!("answers/{}", question.name)),
    });
    Ok(answers.collect())
}

async fn page(admin: &Admin, subscription: SubscriptionId, form: &Form, came_back: bool) -> Answer {
    let (platform, actor) = (&admin.platform, &admin.actor);
    let line = subscriptions::find(platform, actor, subscription)
        .await?
        .line;
    let mut others = plans::of_product(platform, actor, line.product_id).await?;
    others.retain(|plan| plan.state == PlanState::Active && plan.id != line.plan_id);
    let name = format!("{} on {}", line.application_name, line.plan_name);
    let is_open = line.state == SubscriptionState::Active && !line.waiting;
    let chosen = is_open
        .then(|| chosen(admin, &line, others, form))
        .flatten();
    let shown = chosen
        .iter()
        .flat_map(|chosen| &chosen.fields)
        .collect::<Vec<_>>();
    let notice = form.head(&shown);
    show_form(
        came_back,
        &Page {
            layout: admin.layout("Change the plan", Some(Screen::Products)),
            head: Threshold::new("Change the plan")
                .below("Subscriptions", "/subscriptions")
                .below(&name, format!("/subscriptions/{}", line.id))
                .lede("The keys stay the same. The owner is told."),
            notice,
            chosen,
            line,
        },
    )
}

fn chosen(admin: &Admin, line: &Line, others: Vec<Plan>, form: &Form) -> Option<Chosen> {
    let wanted = form.parse::<PlanId>("plan");
    let at = others.iter().position(|plan| Some(plan.id) == wanted);
    let choices = others
        .iter()
        .map(|plan| {
            let label = format!(
                "{}: {}; {}",
                plan.name,
                say::rates(plan),
                say::plan_quota(plan)
            );
            Choice::new(plan.id.to_string(), label)
        })
        .collect();
    let plan = others.into_iter().nth(at.unwrap_or_default())?;
    let choice = form
        .field(Kind::Select(choices), "plan", "Plan")
        .value(plan.id.to_string())
        .hint(format!(
            "In place of {}. It {}.",
            line.plan_name,
            begins(&plan)
        ));
    Some(Chosen {
        fields: fields(&plan, form),
        call: admin
            .api_call(
                "POST",
                format!("/api/v1/subscriptions/{}/plan", line.id),
                Some(json!({ "plan_id": plan.id, "answers": [], "accepts_terms": false })),
            )
            .at(line.version),
        choice,
        plan,
    })
}

fn begins(plan: &Plan) -> &'static str {
    match plan.approval {
        Approval::Instant => "holds at once",
        Approval::Reviewed => "waits for a decision first",
    }
}

fn fields(plan: &Plan, form: &Form) -> Vec<Field> {
    let mut fields: Vec<Field> = plan
        .questions
        .iter()
        .map(|question| {
            let kind = match &question.kind {
                QuestionKind::Text { .. } => Kind::Text,
                QuestionKind::LongText { .. } => Kind::Area(3),
                QuestionKind::Choice { options } => {
                    let mut choices = vec![Choice::new("", "none")];
                    choices.extend(options.iter().map(|option| Choice::new(option, option)));
                    Kind::Select(choices)
                }
            };
            let field = form.field(kind, &format!("answers/{}", question.name), &question.label);
            if question.required {
                field
            } else {
                field.optional()
            }
        })
        .collect();
    if !plan.terms.is_empty() {
        let field = form.field(
            Kind::Checkbox,
            "accepts_terms",
            "The owner accepts the terms",
        );
        fields.push(field.hint("It is written down that you said so."));
    }
    fields
}
