//! Schemas as lists of members that open.

use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use openapi::{Additional, Marker, SchemaNode, VariantKind, Variants};
use serde_json::Value;

use crate::components::icon::icon;

/// Markdown of the document, sanitised, or nothing.
pub(super) fn prose(text: Option<&str>) -> Option<AnyView> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    let html = format!(
        "<div class=\"prose\">{}</div>",
        openapi::markdown::html(text)
    );
    Some(InertElement::new(html).into_any())
}

/// What is inside a schema: the members of an object, what a list holds, the alternatives.
pub(super) fn inside(node: &SchemaNode, prefix: &str) -> AnyView {
    let members: Vec<_> = node
        .properties
        .iter()
        .map(|property| member(&property.name, property.required, &property.schema, prefix))
        .collect();
    let more = (node.properties_left_out > 0).then(|| {
        let words = format!("and {} more, in the document", node.properties_left_out);
        view! { <li><div class="limits">{words}</div></li> }
    });
    let list = (!members.is_empty()).then(|| {
        view! { <ul class="schema" role="list">{members}{more}</ul> }
    });
    let items = node
        .items
        .as_deref()
        .filter(|items| has_inside(items))
        .map(|items| inside(items, prefix));
    let others = match &node.additional {
        Some(Additional::Schema(schema)) if has_inside(schema) => Some(inside(schema, prefix)),
        _ => None,
    };
    let variants: Vec<_> = node
        .variants
        .iter()
        .map(|variants| one_of(variants, prefix))
        .collect();
    view! { {list}{items}{others}{variants} }.into_any()
}

/// One member: its name, its type, what it is for and what it may be.
pub(super) fn member(name: &str, required: bool, node: &SchemaNode, prefix: &str) -> AnyView {
    let id = format!("{prefix}-{name}");
    let link = format!("#{id}");
    let must = required.then(|| view! { <span class="must">"required"</span> });
    let old = node
        .deprecated
        .then(|| view! { <span class="old">"deprecated"</span> });
    let access = match (node.read_only, node.write_only) {
        (true, false) => Some(view! { <span class="type">"only in answers"</span> }),
        (false, true) => Some(view! { <span class="type">"only in requests"</span> }),
        _ => None,
    };
    let label = match node.nullable && !node.label.contains("nullable") {
        true => format!("{}, nullable", node.label),
        false => node.label.clone(),
    };
    let below = has_inside(node).then(|| {
        let words = summary(node);
        view! { <details><summary>{icon("chevron-right")}{words}</summary>{inside(node, &id)}</details> }
    });
    view! {
        <li id=id>
            <div class="line"><a class="property" href=link>{name.to_owned()}</a><span class="type">{label}</span>{must}{old}{access}</div>
            {prose(node.description.as_deref())}
            {limits(node)}
            {below}
        </li>
    }
    .into_any()
}

fn has_inside(node: &SchemaNode) -> bool {
    !node.properties.is_empty()
        || !node.variants.is_empty()
        || node.items.as_deref().is_some_and(has_inside)
        || matches!(&node.additional, Some(Additional::Schema(schema)) if has_inside(schema))
}

fn summary(node: &SchemaNode) -> String {
    match (node.properties.len(), node.variants.len()) {
        (0, 0) => "What it holds".to_owned(),
        (0, _) => "Alternatives".to_owned(),
        (count, _) => charts::format::counted(count as u64, "member"),
    }
}

/// What a value may be: its bounds, its words, its default.
pub(super) fn limits(node: &SchemaNode) -> Option<AnyView> {
    let mut parts: Vec<AnyView> = Vec::new();
    for limit in &node.limits {
        parts.push(limit.clone().into_any());
    }
    if let Some(constant) = &node.constant {
        parts.push(view! { "always "<code>{written(constant)}</code> }.into_any());
    }
    if !node.values.is_empty() {
        let values: Vec<_> = node
            .values
            .iter()
            .map(|value| view! { " "<code>{written(value)}</code> })
            .collect();
        let more =
            (node.values_left_out > 0).then(|| format!(" and {} more", node.values_left_out));
        parts.push(view! { "one of"{values}{more} }.into_any());
    }
    if let Some(default) = &node.default {
        parts.push(view! { "default "<code>{written(default)}</code> }.into_any());
    }
    if let Some(example) = node.examples.first() {
        parts.push(view! { "for example "<code>{written(example)}</code> }.into_any());
    }
    match &node.marker {
        Some(Marker::SeeAbove(name)) => parts.push(format!("as {name} above").into_any()),
        Some(Marker::Deeper) => parts.push("more below, in the document".into_any()),
        Some(Marker::Missing(name)) => {
            parts.push(format!("{name} is missing from the document").into_any());
        }
        Some(Marker::External(name)) => {
            parts.push(format!("described elsewhere: {name}").into_any());
        }
        None => {}
    }
    if matches!(node.additional, Some(Additional::Refused)) {
        parts.push("no other members".into_any());
    }
    if parts.is_empty() {
        return None;
    }
    let joined: Vec<_> = parts
        .into_iter()
        .enumerate()
        .map(|(n, part)| view! { {(n > 0).then_some(", ")}{part} })
        .collect();
    Some(view! { <div class="limits">{joined}</div> }.into_any())
}

/// A value as it stands in JSON, without the quotes of a text, cut where it is long.
fn written(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    if text.chars().count() <= 80 {
        return text;
    }
    text.chars().take(79).chain(['…']).collect()
}

fn one_of(variants: &Variants, prefix: &str) -> AnyView {
    let heading = match variants.kind {
        VariantKind::OneOf => "One of",
        VariantKind::AnyOf => "Any of",
    };
    let options: Vec<_> = variants
        .options
        .iter()
        .enumerate()
        .map(|(n, variant)| {
            let prefix = format!("{prefix}-{n}");
            let open = n == 0;
            view! {
                <details open=open>
                    <summary>{icon("chevron-right")}{variant.label.clone()}</summary>
                    {prose(variant.schema.description.as_deref())}
                    {limits(&variant.schema)}
                    {inside(&variant.schema, &prefix)}
                </details>
            }
        })
        .collect();
    let more = (variants.left_out > 0).then(|| {
        let words = format!("and {} more, in the document", variants.left_out);
        view! { <p class="limits">{words}</p> }
    });
    view! { <div class="one-of"><p class="limits">{heading}</p>{options}{more}</div> }.into_any()
}
