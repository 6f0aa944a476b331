//! What asking for a plan takes: the choice of it, its questions and its terms; and what it grants.

use charts::format::count;
use domain::api::Approval;
use domain::id::PlanId;
use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use operations::plans::AnswerInput;
use store::plans::{Plan, Question, QuestionKind};

use crate::components::icon::icon;
use crate::pages::typed::Typed;

/// The answers to the questions of a plan, as they were typed.
pub(in crate::pages) fn answers(plan: &Plan, typed: &Typed) -> Vec<AnswerInput> {
    let prefix = format!("answer.{}.", plan.id);
    typed
        .below(&prefix)
        .map(|(name, answer)| AnswerInput {
            name: name.to_owned(),
            answer: answer.to_owned(),
        })
        .collect()
}

/// Whether the terms of a plan are accepted in the form.
pub(in crate::pages) fn accepts_terms(plan: &Plan, typed: &Typed) -> bool {
    typed.is_on(&format!("terms.{}", plan.id))
}

/// A plan to choose.
pub(in crate::pages) fn choice(plan: &Plan, chosen: PlanId) -> AnyView {
    let price = if plan.price.is_empty() {
        "free"
    } else {
        plan.price.as_str()
    };
    let words = format!(" · {price} · {}", start(plan));
    view! {
        <label class="choice" data-plate="">
            <input type="radio" name="plan" value=plan.id.to_string() checked={plan.id == chosen}/>
            <span><strong>{plan.name.as_str().to_owned()}</strong>{words}</span>
            <span class="hint">{plan.summary.clone()}</span>
        </label>
    }
    .into_any()
}

/// How a subscription to a plan begins.
fn start(plan: &Plan) -> String {
    match (plan.approval, plan.review_hours) {
        (Approval::Instant, _) => "starts at once".to_owned(),
        (Approval::Reviewed, hours @ 1..) => format!("reviewed, within {hours} h"),
        (Approval::Reviewed, _) => "reviewed by a person".to_owned(),
    }
}

/// The questions of a plan.
pub(in crate::pages) fn questions(plan: &Plan, typed: &Typed) -> Option<AnyView> {
    if plan.questions.is_empty() {
        return None;
    }
    let questions: Vec<_> = plan
        .questions
        .iter()
        .map(|question| answer(plan, question, typed))
        .collect();
    Some(
        view! {
            <section class="form-section"><header><h2>"Questions"</h2><p>"From the platform team. They read them; a sentence each will do."</p></header>
                <div class="fields">{questions}</div></section>
        }
        .into_any(),
    )
}

fn answer(plan: &Plan, question: &Question, typed: &Typed) -> AnyView {
    let name = format!("answer.{}.{}", plan.id, question.name.as_str());
    let value = typed.get(&name).to_owned();
    let error = typed.error(&format!("answers/{}", question.name.as_str()));
    let invalid = error.is_some().then_some("true");
    let error_id = format!("{name}-error");
    let described = error.is_some().then(|| error_id.clone());
    let error = error
        .map(|text| view! { <p class="error" id=error_id>{icon("alert")}<span>{text}</span></p> });
    let optional =
        (!question.required).then(|| view! { " "<span class="optional">"optional"</span> });
    let id = name.clone();
    let input = match &question.kind {
        QuestionKind::Text { .. } => view! { <input class="input" id=id name=name.clone() type="text" value=value aria-invalid=invalid aria-describedby=described/> }.into_any(),
        QuestionKind::LongText { .. } => view! { <textarea class="textarea" id=id name=name.clone() rows="3" aria-invalid=invalid aria-describedby=described>{value}</textarea> }.into_any(),
        QuestionKind::Choice { options } => {
            let options: Vec<_> = options
                .iter()
                .map(|option| {
                    let selected = *option == value;
                    view! { <option value=option.clone() selected=selected>{option.clone()}</option> }
                })
                .collect();
            view! { <select class="select" id=id name=name.clone() aria-invalid=invalid aria-describedby=described><option value="">"Choose one"</option>{options}</select> }.into_any()
        }
    };
    let label = question.label.clone();
    view! { <div class="field"><label for=name>{label}{optional}</label>{input}{error}</div> }
        .into_any()
}

/// The terms of a plan, with the box that accepts them.
pub(in crate::pages) fn terms(plan: &Plan, typed: &Typed) -> Option<AnyView> {
    if plan.terms.is_empty() {
        return None;
    }
    let html = format!(
        "<div class=\"prose\">{}</div>",
        openapi::markdown::html(&plan.terms)
    );
    let name = format!("terms.{}", plan.id);
    let accepted = typed.is_on(&name);
    let words = format!("I accept the terms of {}", plan.name.as_str());
    Some(
        view! {
            <section class="form-section"><header><h2>"Terms"</h2></header><div class="fields">
                <details><summary>"Read the terms"</summary>{InertElement::new(html)}</details>
                <label class="choice"><input type="checkbox" name=name value="yes" checked=accepted/><span>{words}</span></label>
            </div></section>
        }
        .into_any(),
    )
}

/// Price and limits of a plan, as facts.
pub(in crate::pages) fn grants(plan: &Plan) -> AnyView {
    let price = match plan.price.as_str() {
        "" => "Free".to_owned(),
        price => price.to_owned(),
    };
    let rates: Vec<String> = plan
        .rate_limits
        .iter()
        .map(|limit| format!("{} a {}", count(limit.requests), limit.window))
        .collect();
    let rates = match rates.as_slice() {
        [] => "none".to_owned(),
        rates => rates.join(", "),
    };
    let quota = plan.quota.as_ref().map_or_else(
        || "none".to_owned(),
        |quota| format!("{} a {}", count(quota.0.requests), quota.0.period),
    );
    view! {
        <div><dt>"Price"</dt><dd>{price}</dd></div>
        <div><dt>"Rate limit"</dt><dd>{rates}</dd></div>
        <div><dt>"Quota"</dt><dd>{quota}</dd></div>
    }
    .into_any()
}

/// Who decides on a request for a plan.
pub(in crate::pages) fn decider(plan: &Plan) -> &'static str {
    match plan.approval {
        Approval::Instant => "Nobody: this plan starts at once.",
        Approval::Reviewed => {
            "The platform team. You get a mail with the answer, and see it on the page of the request."
        }
    }
}
