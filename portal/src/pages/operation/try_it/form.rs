//! The form of a call: works as it is, and better inside the island.

use leptos::prelude::*;
use openapi::reference::Parameter;
use openapi::samples::{is_form, typed_body};
use operations::catalog::OperationView;
use operations::playground::Choice;
use serde_json::Value;

use super::Tried;
use super::relay::Outcome;
use super::request::{input_name, shown};
use crate::components::icon::icon;
use crate::pages::typed::sentence;

/// Values of an enumeration that are offered as a list.
const LISTED: usize = 60;

impl Tried {
    fn error(&self, field: &str) -> Option<String> {
        let Outcome::Wrong(wrong) = &self.outcome else {
            return None;
        };
        let wrong = wrong.iter().find(|wrong| wrong.field == field)?;
        Some(sentence(&wrong.message))
    }
}

/// Draws it, with what was typed before.
pub(super) fn form(found: &OperationView, choices: &[Choice], tried: Option<&Tried>) -> AnyView {
    let slug = &found.api.api.slug;
    let action = format!("/apis/{slug}/operations/{}#try", found.page.key);
    let inputs: Vec<_> = shown(found)
        .map(|parameter| input(parameter, tried))
        .collect();
    view! {
        <form class="stack" method="post" action=action>
            <input type="hidden" name="version" value=found.api.version.label.clone()/>
            {subscription(choices, tried)}
            {inputs}
            {body(found, tried)}
            <p class="hint">"Counts in your quota and is marked "<span class="mono">"try-it"</span>" in your log."</p>
            <div class="row">
                <button type="submit" class="button" data-kind="primary">{icon("arrow-right")}"Send"</button>
                <button type="reset" class="button" data-kind="quiet">"Reset"</button>
            </div>
        </form>
    }
    .into_any()
}

/// An application may be subscribed in several ways; each is a choice of its own.
fn subscription(choices: &[Choice], tried: Option<&Tried>) -> AnyView {
    let before = tried.and_then(|tried| tried.fields.get("subscription"));
    let working = || choices.iter().filter(|choice| choice.works);
    let products = working().map(|choice| choice.line.product_id);
    let is_one = products.clone().min() == products.max();
    let options: Vec<_> = working()
        .map(|choice| {
            let line = &choice.line;
            let id = line.id.to_string();
            let chosen = before == Some(id.as_str());
            let mut words = format!("{}, {} plan", line.application_name, line.plan_name);
            if !is_one {
                words = format!("{words} of {}", line.product_name);
            }
            view! { <option value=id selected=chosen>{words}</option> }
        })
        .collect();
    let error = tried.and_then(|tried| tried.error("subscription"));
    let select = view! { <select class="select" id="try-subscription" name="subscription">{options}</select> };
    view! {
        <div class="field">
            <label for="try-subscription">"As application"</label>
            {select}
            {error.map(|text| wrong("try-subscription", text))}
        </div>
    }
    .into_any()
}

fn input(parameter: &Parameter, tried: Option<&Tried>) -> AnyView {
    let name = input_name(parameter);
    let id = format!("try-{name}");
    let optional =
        (!parameter.required).then(|| view! { " "<span class="optional">"optional"</span> });
    let value = match tried {
        Some(tried) => tried.fields.raw(&name).unwrap_or_default().to_owned(),
        None => first_value(parameter),
    };
    let error = tried.and_then(|tried| tried.error(&name));
    let invalid = error.is_some().then_some("true");
    let described = error.is_some().then(|| format!("{id}-error"));
    let control = match listed(parameter) {
        Some(values) => {
            let empty = (!parameter.required)
                .then(|| view! { <option value="" selected=value.is_empty()>"not sent"</option> });
            let options: Vec<_> = values
                .into_iter()
                .map(|text| {
                    let chosen = text == value;
                    view! { <option value=text.clone() selected=chosen>{text.clone()}</option> }
                })
                .collect();
            view! { <select class="select mono" id=id.clone() name=name aria-invalid=invalid aria-describedby=described>{empty}{options}</select> }.into_any()
        }
        None => {
            let keyboard = is(parameter, "integer").then_some("numeric");
            view! {
                <input class="input mono" id=id.clone() name=name value=value inputmode=keyboard required=parameter.required
                    autocomplete="off" autocapitalize="off" spellcheck="false" aria-invalid=invalid aria-describedby=described/>
            }.into_any()
        }
    };
    view! {
        <div class="field">
            <label for=id.clone()>{parameter.name.clone()}{optional}</label>
            {control}
            {error.map(|text| wrong(&id, text))}
        </div>
    }
    .into_any()
}

fn is(parameter: &Parameter, kind: &str) -> bool {
    parameter.schema.types.iter().any(|name| name == kind)
}

/// The only values that a parameter takes, when they are few.
fn listed(parameter: &Parameter) -> Option<Vec<String>> {
    let schema = &parameter.schema;
    let one = schema.types.len() == 1;
    if one && is(parameter, "boolean") {
        return Some(vec!["true".to_owned(), "false".to_owned()]);
    }
    let is_whole = schema.values_left_out == 0 && schema.values.len() <= LISTED;
    if schema.values.is_empty() || !is_whole || is(parameter, "array") || is(parameter, "object") {
        return None;
    }
    Some(schema.values.iter().map(text).collect())
}

/// What the field begins with: the example of what is needed, and those of the document's author.
fn first_value(parameter: &Parameter) -> String {
    if parameter.required || parameter.sample_given {
        text(&parameter.sample)
    } else {
        String::new()
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items)
            if items
                .iter()
                .all(|item| !item.is_array() && !item.is_object()) =>
        {
            items.iter().map(text).collect::<Vec<_>>().join(",")
        }
        value => value.to_string(),
    }
}

fn body(found: &OperationView, tried: Option<&Tried>) -> Option<AnyView> {
    let (media_type, sample) = typed_body(&found.page)?;
    let is_needed = found
        .page
        .request_body
        .as_ref()
        .is_some_and(|body| body.required);
    let typed = tried.and_then(|tried| tried.fields.raw("body"));
    let text = typed.map_or(sample, str::to_owned);
    let rows = text.lines().count().clamp(4, 16).to_string();
    let optional = (!is_needed).then(|| view! { " "<span class="optional">"optional"</span> });
    let error = tried.and_then(|tried| tried.error("body"));
    let invalid = error.is_some().then_some("true");
    let lines = is_form(&media_type).then_some(", one name=value a line");
    Some(
        view! {
            <div class="field">
                <label for="try-body">"Body"{optional}</label>
                <textarea class="textarea mono" id="try-body" name="body" rows=rows required=is_needed spellcheck="false"
                    aria-invalid=invalid aria-describedby="try-body-hint" data-media=media_type.clone()>{text}</textarea>
                {error.map(|text| wrong("try-body", text))}
                <p class="hint" id="try-body-hint"><span class="mono">{media_type}</span>{lines}</p>
            </div>
        }
        .into_any(),
    )
}

fn wrong(id: &str, text: String) -> AnyView {
    let id = format!("{id}-error");
    view! { <p class="error" id=id>{icon("alert")}<span>{text}</span></p> }.into_any()
}
