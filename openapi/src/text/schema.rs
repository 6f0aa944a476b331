//! Schemas as nested lists in Markdown.

use super::page::{code, line};
use crate::markdown;
use crate::schema::{Additional, SchemaNode, VariantKind, in_words};

/// Values of an enumeration that are written out.
const VALUES: usize = 30;
/// Longest description of a member, in characters.
const ABOUT: usize = 400;

/// `name` (type, required)
pub(super) fn head(name: &str, schema: &SchemaNode, required: bool, deprecated: bool) -> String {
    let mut facts = vec![line(&schema.label)];
    for (holds, word) in [
        (required, "required"),
        (deprecated || schema.deprecated, "deprecated"),
        (schema.read_only, "read only"),
        (schema.write_only, "write only"),
    ] {
        if holds {
            facts.push(word.to_owned());
        }
    }
    format!("{} ({})", code(name), facts.join(", "))
}

/// What is said after the head: description, limits, values.
pub(super) fn sentences(description: Option<&str>, schema: &SchemaNode) -> String {
    let mut text = String::new();
    if let Some(description) = description {
        let plain = markdown::plain(description);
        let short: String = plain.chars().take(ABOUT).collect();
        let more = if short.len() < plain.len() { "…" } else { "" };
        text.push_str(&format!(": {}{more}", line(&short)));
        if !text.ends_with(['.', '!', '?', '…']) {
            text.push('.');
        }
    }
    if !schema.limits.is_empty() {
        text.push_str(&format!(" Limits: {}.", schema.limits.join("; ")));
    }
    if !schema.values.is_empty() {
        let values: Vec<String> = schema
            .values
            .iter()
            .take(VALUES)
            .map(|value| code(&in_words(value)))
            .collect();
        let more = schema.values.len() - values.len() + schema.values_left_out;
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        text.push_str(&format!(" One of {}{more}.", values.join(", ")));
    }
    if let Some(value) = &schema.constant {
        text.push_str(&format!(" Always {}.", code(&in_words(value))));
    }
    if let Some(value) = &schema.default {
        text.push_str(&format!(" Default {}.", code(&in_words(value))));
    }
    if let Some(marker) = &schema.marker {
        text.push_str(&format!(" {}", line(&marker.sentence())));
    }
    text
}

/// What is below a schema, as a list at that depth.
pub(super) fn children(schema: &SchemaNode, depth: usize) -> String {
    let pad = "  ".repeat(depth);
    let mut text = String::new();
    for property in &schema.properties {
        let inner = &property.schema;
        text.push_str(&format!(
            "{pad}- {}",
            head(&property.name, inner, property.required, false)
        ));
        text.push_str(&sentences(inner.description.as_deref(), inner));
        text.push('\n');
        text.push_str(&children(inner, depth + 1));
    }
    if schema.properties_left_out > 0 {
        text.push_str(&format!(
            "{pad}- and {} more members\n",
            schema.properties_left_out
        ));
    }
    if let Some(items) = schema
        .items
        .as_ref()
        .filter(|items| items.has_children() || items.marker.is_some())
    {
        text.push_str(&format!(
            "{pad}- each item ({}){}\n",
            line(&items.label),
            sentences(None, items)
        ));
        text.push_str(&children(items, depth + 1));
    }
    if let Some(Additional::Schema(inner)) = &schema.additional {
        text.push_str(&format!(
            "{pad}- any other member ({}){}\n",
            line(&inner.label),
            sentences(None, inner)
        ));
        text.push_str(&children(inner, depth + 1));
    }
    for variants in &schema.variants {
        let kind = match variants.kind {
            VariantKind::OneOf => "one of",
            VariantKind::AnyOf => "any of",
        };
        text.push_str(&format!("{pad}- {kind}:\n"));
        for option in &variants.options {
            let about = option.schema.description.as_deref();
            text.push_str(&format!(
                "{pad}  - {}{}\n",
                line(&option.label),
                sentences(about, &option.schema)
            ));
            text.push_str(&children(&option.schema, depth + 2));
        }
    }
    text
}
