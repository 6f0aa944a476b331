use serde_json::{Value, json};

use super::*;
use crate::{Limits, parse};

fn changes(old: Value, new: Value) -> Vec<(bool, String)> {
    let read = |paths: Value| {
        let text = json!({ "openapi": "3.0.3", "paths": paths }).to_string();
        parse(text.as_bytes(), &Limits::default()).expect("a document")
    };
    let changes = between(&read(old), &read(new));
    changes
        .into_iter()
        .map(|change| (change.breaking, change.sentence))
        .collect()
}

fn operation(operation: Value) -> Value {
    json!({ "/a/{id}": { "post": operation } })
}

fn check(old: Value, new: Value, breaking: bool, sentence: &str) {
    assert_eq!(
        changes(operation(old), operation(new)),
        [(breaking, sentence.to_owned())]
    );
}

fn body(schema: Value) -> Value {
    json!({ "requestBody": { "content": { "application/json": { "schema": schema } } } })
}

fn answer(schema: Value) -> Value {
    json!({ "responses": { "200": { "content": { "application/json": { "schema": schema } } } } })
}

#[test]
fn the_same_is_no_change() {
    assert_eq!(
        changes(
            operation(body(json!({ "type": "string" }))),
            operation(body(json!({ "type": "string" })))
        ),
        []
    );
}

#[test]
fn operations_come_and_go_whatever_their_parameters_are_called() {
    let old = json!({ "/a/{x}": { "get": {} }, "/b": { "get": {} } });
    let new = json!({ "/a/{y}": { "get": {} }, "/c": { "get": {} } });
    assert_eq!(
        changes(old, new),
        [
            (true, "The operation is gone.".to_owned()),
            (false, "The operation is new.".to_owned())
        ]
    );
}

#[test]
fn duplicates_are_paired_with_themselves() {
    let paths = json!({ "/a/{x}": { "get": {} }, "/a/{y}": { "get": { "deprecated": true } } });
    assert_eq!(changes(paths.clone(), paths), []);
}

#[test]
fn parameters() {
    let with = |required: bool, kind: &str| json!({ "parameters": [{ "name": "q", "in": "query", "required": required, "schema": { "type": kind } }] });
    check(
        json!({}),
        with(true, "string"),
        true,
        "The query parameter `q` is new, as a required parameter.",
    );
    check(
        json!({}),
        with(false, "string"),
        false,
        "The query parameter `q` is new, as an optional parameter.",
    );
    check(
        with(false, "string"),
        json!({}),
        true,
        "The query parameter `q` is gone.",
    );
    check(
        with(false, "string"),
        with(true, "string"),
        true,
        "The query parameter `q` is required now.",
    );
    check(
        with(true, "string"),
        with(true, "integer"),
        true,
        "The query parameter `q` is integer now, not string.",
    );
    check(
        with(true, "integer"),
        with(true, "number"),
        false,
        "The query parameter `q` is number now, not integer.",
    );
}

#[test]
fn a_header_written_twice_is_one() {
    let with = |summary: &str| {
        json!({ "summary": summary, "parameters": [
        { "name": "x-hash", "in": "header" },
        { "name": "X-Hash", "in": "header", "required": true },
    ] })
    };
    assert_eq!(changes(operation(with("a")), operation(with("b"))), []);
}

#[test]
fn bodies() {
    let with = |required: Value| {
        body(
            json!({ "type": "object", "required": required, "properties": { "a": { "type": "object", "properties": { "b": { "type": "string" } } } } }),
        )
    };
    check(
        with(json!([])),
        with(json!(["a"])),
        true,
        "`a` in the body is required now.",
    );
    check(
        with(json!([])),
        body(json!({ "type": "object" })),
        false,
        "`a` in the body is gone.",
    );
    check(
        body(json!({ "type": "array", "items": { "enum": ["x", "y"] } })),
        body(json!({ "type": "array", "items": { "enum": ["x"] } })),
        true,
        "`[]` in the body does not know the value `y` any more.",
    );
}

#[test]
fn answers() {
    let with =
        |kind: &str| answer(json!({ "type": "object", "properties": { "a": { "type": kind } } }));
    check(
        with("string"),
        with("integer"),
        true,
        "`a` in the answer 200 is integer now, not string.",
    );
    check(
        with("number"),
        with("integer"),
        false,
        "`a` in the answer 200 is integer now, not number.",
    );
    check(
        with("string"),
        answer(json!({ "type": "object" })),
        true,
        "`a` in the answer 200 is gone.",
    );
    check(
        answer(json!({ "type": "object" })),
        with("string"),
        false,
        "`a` in the answer 200 is new.",
    );
    check(
        with("string"),
        json!({ "responses": {} }),
        true,
        "The answer 200 is gone.",
    );
}

#[test]
fn shared_schemas_are_compared_through_others() {
    let read = |kind: &str, unused: &str| {
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let text = json!({
            "openapi": "3.0.3",
            "paths": operation(answer(reference("A"))),
            "components": { "schemas": {
                "A": { "type": "object", "properties": { "b": reference("B~1c") } },
                "B/c": { "type": kind },
                "Unused": { "type": unused },
            } },
        });
        parse(text.to_string().as_bytes(), &Limits::default()).expect("a document")
    };
    let changes = between(&read("string", "string"), &read("integer", "string"));
    assert_eq!(changes.len(), 1);
    assert_eq!(
        changes[0].sentence,
        "`b` in the answer 200 is integer now, not string."
    );
    assert_eq!(
        between(&read("string", "string"), &read("string", "integer")),
        []
    );
}

#[test]
fn shared_schemas_are_compared() {
    let read = |kind: &str| {
        let text = json!({
            "openapi": "3.0.3",
            "paths": operation(answer(json!({ "$ref": "#/components/schemas/A" }))),
            "components": { "schemas": { "A": { "type": kind } } },
        });
        parse(text.to_string().as_bytes(), &Limits::default()).expect("a document")
    };
    let changes = between(&read("string"), &read("integer"));
    assert_eq!(changes.len(), 1);
    assert!(changes[0].breaking && changes[0].kind == ChangeKind::Changed);
}

#[test]
fn security() {
    let read = |security: Value| {
        let text = json!({
            "openapi": "3.0.3", "security": security, "paths": operation(json!({})),
            "components": { "securitySchemes": { "k": { "type": "apiKey", "in": "header", "name": "X" } } },
        });
        parse(text.to_string().as_bytes(), &Limits::default()).expect("a document")
    };
    let changes = between(&read(json!([])), &read(json!([{ "k": [] }])));
    assert_eq!(changes[0].sentence, "The operation needs a credential now.");
    assert!(
        between(&read(json!([{ "k": [] }])), &read(json!([])))
            .iter()
            .all(|change| !change.breaking)
    );
}
