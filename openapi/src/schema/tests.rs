use serde_json::json;

use super::*;
use crate::{Limits, parse};

fn node(schema: serde_json::Value) -> SchemaNode {
    let text = json!({
        "openapi": "3.1.0",
        "components": { "schemas": {
            "Tree": { "type": "object", "properties": {
                "name": { "type": "string" },
                "children": { "type": "array", "items": { "$ref": "#/components/schemas/Tree" } } } },
            "Base": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string", "format": "uuid" } } },
            "Loop": { "$ref": "#/components/schemas/Loop" },
            "Test": schema,
        }}
    })
    .to_string();
    let document = parse(text.as_bytes(), &Limits::default()).expect("a document");
    let schema = document
        .root()
        .pointer("/components/schemas/Test")
        .expect("the schema");
    Builder::new(
        &document,
        Budget {
            depth: 8,
            bytes: 100_000,
            schemas: 1,
        },
    )
    .node(schema)
}

#[test]
fn merges_all_of() {
    let node = node(json!({ "allOf": [
        { "$ref": "#/components/schemas/Base" },
        { "type": "object", "required": ["size"], "properties": { "size": { "type": "integer" }, "id": { "description": "Ours." } } },
    ] }));
    let names: Vec<(&str, bool)> = node
        .properties
        .iter()
        .map(|p| (p.name.as_str(), p.required))
        .collect();
    assert_eq!(names, [("id", true), ("size", true)]);
    let id = &node.properties[0].schema;
    assert_eq!(
        (id.label.as_str(), id.description.as_deref()),
        ("string, uuid", Some("Ours."))
    );
}

#[test]
fn recursion_ends_with_a_marker() {
    let node = node(json!({ "$ref": "#/components/schemas/Tree" }));
    assert_eq!(node.label, "Tree");
    let children = &node.properties[1].schema;
    assert_eq!(children.label, "array of Tree");
    let inner = children.items.as_ref().expect("items");
    assert_eq!(inner.marker, Some(Marker::SeeAbove("Tree".to_owned())));
    assert!(inner.properties.is_empty());
}

#[test]
fn bad_references_are_marked() {
    let loops = node(json!({ "$ref": "#/components/schemas/Loop" }));
    assert!(matches!(loops.marker, Some(Marker::Missing(_))));
    let missing = node(json!({ "$ref": "#/components/schemas/None" }));
    assert!(matches!(missing.marker, Some(Marker::Missing(_))));
    let external = node(json!({ "$ref": "other.yaml#/A" }));
    assert!(matches!(external.marker, Some(Marker::External(_))));
}

#[test]
fn null_is_not_a_variant() {
    let node =
        node(json!({ "oneOf": [{ "$ref": "#/components/schemas/Base" }, { "type": "null" }] }));
    assert!(node.nullable && node.variants.is_empty());
    assert_eq!(
        (node.label.as_str(), node.properties.len()),
        ("Base, nullable", 1)
    );
}

#[test]
fn variants_have_labels() {
    let node = node(json!({
        "oneOf": [{ "$ref": "#/components/schemas/Base" }, { "type": "string" }],
        "discriminator": { "propertyName": "kind", "mapping": { "base": "#/components/schemas/Base" } },
    }));
    let labels: Vec<&str> = node.variants[0]
        .options
        .iter()
        .map(|option| option.label.as_str())
        .collect();
    assert_eq!(labels, ["base", "string"]);
    assert_eq!(node.label, "Base or string");
}

#[test]
fn limits_are_words() {
    let of = |schema| node(schema).limits;
    assert_eq!(
        of(json!({ "minimum": 1, "maximum": 99_999_999 })),
        ["1 to 99\u{202f}999\u{202f}999"]
    );
    assert_eq!(
        of(json!({ "minimum": 0, "exclusiveMinimum": true })),
        ["more than 0"]
    );
    assert_eq!(
        of(json!({ "exclusiveMaximum": 10, "minimum": 2.5 })),
        ["at least 2.5 and less than 10"]
    );
    assert_eq!(of(json!({ "maxLength": 255 })), ["at most 255 characters"]);
    assert_eq!(
        of(json!({ "minItems": 1, "uniqueItems": true })),
        ["at least 1 item", "no two items alike"]
    );
    assert_eq!(
        of(json!({ "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] })),
        ["needs `a`, or `b`"]
    );
}

#[test]
fn types_of_3_1_and_enums() {
    let one = node(json!({ "type": ["string", "null"], "enum": ["a", null] }));
    assert_eq!(
        (one.label.as_str(), one.values.len()),
        ("string, enum, nullable", 1)
    );
    let map = node(json!({ "type": "object", "additionalProperties": { "type": "string" } }));
    assert_eq!(map.label, "map of string");
    assert_eq!(
        node(json!({ "const": null })).constant,
        Some(serde_json::Value::Null)
    );
}

#[test]
fn keeps_its_meaning_when_stored() {
    let before = node(json!({ "default": null, "type": ["integer", "string"], "enum": [1, "a"] }));
    let text = serde_json::to_string(&before).expect("json");
    let after: SchemaNode = serde_json::from_str(&text).expect("a node");
    assert_eq!(before, after);
}

#[test]
fn a_spent_budget_is_marked() {
    let properties: serde_json::Map<_, _> = (0..500)
        .map(|n| (format!("p{n}"), json!({ "type": "string" })))
        .collect();
    let text = json!({ "openapi": "3.0.0", "x": { "type": "object", "properties": properties } })
        .to_string();
    let document = parse(text.as_bytes(), &Limits::default()).expect("a document");
    let mut builder = Builder::new(
        &document,
        Budget {
            depth: 3,
            bytes: 4_000,
            schemas: 1,
        },
    );
    let node = builder.node(&document.root()["x"]);
    assert_eq!(node.properties.len() + node.properties_left_out, 500);
    assert!(serde_json::to_string(&node).expect("json").len() < 6_000);
}
