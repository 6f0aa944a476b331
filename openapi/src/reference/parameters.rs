//! Parameters and headers.

use serde_json::Value;

use super::content::first_given;
use super::types::{Parameter, Place};
use crate::document::{Document, flag, text};
use crate::names;
use crate::operations::Operation;
use crate::sample::{self, Direction};
use crate::schema::{Builder, SchemaNode, value_weight};

/// Longest description of a parameter, in bytes.
const DESCRIPTION: usize = 4_000;

/// The parameters of an operation: by place, then in the order of the document.
pub(super) fn read<'d>(
    document: &'d Document,
    operation: &Operation<'d>,
    builder: &mut Builder<'d>,
) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for (value, _) in operation.parameters(document) {
        let (Some(name), Some(place)) = (text(value, "name"), place(value)) else {
            continue;
        };
        parameters.push(one(
            document,
            name,
            place,
            value,
            Direction::Request,
            builder,
        ));
    }
    parameters.sort_by_key(|parameter| parameter.place);
    parameters
}

/// The headers of a response.
pub(super) fn headers<'d>(
    document: &'d Document,
    response: &'d Value,
    builder: &mut Builder<'d>,
) -> Vec<Parameter> {
    let headers = response
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    headers
        .filter_map(|(name, written)| {
            let header = document.resolve(written)?;
            Some(one(
                document,
                name,
                Place::Header,
                header,
                Direction::Response,
                builder,
            ))
        })
        .collect()
}

/// Where a parameter says that it is sent.
pub(crate) fn place(parameter: &Value) -> Option<Place> {
    match text(parameter, "in")? {
        "path" => Some(Place::Path),
        "query" => Some(Place::Query),
        "querystring" => Some(Place::QueryString),
        "header" => Some(Place::Header),
        "cookie" => Some(Place::Cookie),
        _ => None,
    }
}

fn one<'d>(
    document: &'d Document,
    name: &str,
    place: Place,
    value: &'d Value,
    direction: Direction,
    builder: &mut Builder<'d>,
) -> Parameter {
    let media = value
        .get("content")
        .and_then(Value::as_object)
        .and_then(|content| content.iter().next());
    let schema = value
        .get("schema")
        .or_else(|| media.and_then(|(_, media)| media.get("schema")));
    let node = match schema {
        Some(schema) => builder.small(schema),
        None => SchemaNode {
            label: "string".to_owned(),
            ..SchemaNode::default()
        },
    };
    let style = text(value, "style").filter(|style| *style != usual_style(place));
    let explode = match value.get("explode").and_then(Value::as_bool) {
        Some(explode) => explode,
        None => style.unwrap_or(usual_style(place)) == "form",
    };
    let given = first_given(document, value)
        .or_else(|| media.and_then(|(_, media)| first_given(document, media)))
        .or_else(|| node.examples.first().cloned());
    let sample_given = given.is_some();
    let sample = given
        .or_else(|| schema.map(|schema| sample::value(document, schema, direction)))
        .unwrap_or_else(|| Value::String("string".to_owned()));
    let description = text(value, "description").map(|text| builder.text(text, DESCRIPTION));
    builder.spend(160 + name.len() * 2 + value_weight(&sample));
    let prefix = match place {
        Place::Path => "path",
        Place::Query | Place::QueryString => "query",
        Place::Header => "header",
        Place::Cookie => "cookie",
    };
    Parameter {
        name: name.to_owned(),
        place,
        anchor: names::anchor(prefix, name),
        required: flag(value, "required")
            || place == Place::Path && direction == Direction::Request,
        deprecated: flag(value, "deprecated"),
        description,
        schema: node,
        explode,
        style: style.map(str::to_owned),
        media_type: media.map(|(media_type, _)| media_type.clone()),
        sample,
        sample_given,
    }
}

fn usual_style(place: Place) -> &'static str {
    match place {
        Place::Query | Place::QueryString | Place::Cookie => "form",
        Place::Path | Place::Header => "simple",
    }
}
