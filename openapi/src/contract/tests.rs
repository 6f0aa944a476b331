//! Tests of contracts.

use serde_json::{Value, json};

use super::{Contract, ContractError, Place, Style, Wants, of};
use crate::{Limits, parse};

const ALL: Wants = Wants {
    requests: true,
    responses: true,
    examples: true,
    scopes: true,
};

fn contract(document: &Value) -> Contract {
    let document = parse(document.to_string().as_bytes(), &Limits::default()).unwrap();
    of(&document, ALL, |_| true).unwrap()
}

fn shop(version: &str) -> Value {
    json!({
        "openapi": version, "info": {"title": "Shop", "version": "1"},
        "paths": {"/orders/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}}],
            "put": {
                "operationId": "changeOrder",
                "parameters": [
                    {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                    {"name": "Accept", "in": "header", "schema": {"type": "string"}},
                    {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "filter", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
                ],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                "responses": {
                    "200": {"description": "ok", "headers": {"ETag": {"required": true, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"},
                            "examples": {"small": {"value": {"id": 1}}, "big": {"$ref": "#/components/examples/Big"}}}}},
                    "default": {"description": "no", "content": {"application/problem+json": {"schema": {"type": "object",
                        "properties": {"title": {"type": "string"}}}}}},
                },
            },
        }},
        "components": {
            "examples": {"Big": {"value": {"id": 2}}},
            "schemas": {"Order": {
                "type": "object", "required": ["id", "secret", "lines"], "additionalProperties": false, "description": "x",
                "properties": {
                    "id": {"type": "integer", "readOnly": true},
                    "secret": {"type": "string", "writeOnly": true, "example": "y"},
                    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}, "minItems": -1},
                    "note": {"type": "string", "nullable": true, "enum": ["a"]},
                    "price": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
                },
            }},
        },
    })
}

#[test]
fn parameters_bodies_and_answers_are_read() {
    let contract = contract(&shop("3.0.3"));
    let operation = &contract.operations[0];
    assert_eq!(
        (operation.method.as_str(), operation.path.as_str()),
        ("PUT", "/orders/{id}")
    );
    let parameters: Vec<_> = operation
        .parameters
        .iter()
        .map(|p| (p.name.as_str(), p.place, p.style, p.explode, p.required))
        .collect();
    assert_eq!(
        parameters,
        [
            ("x-trace", Place::Header, Style::Simple, false, false),
            ("tag", Place::Query, Style::Form, true, false),
            ("filter", Place::Query, Style::Json, false, false),
            ("id", Place::Path, Style::Simple, false, true),
        ]
    );
    let body = operation.body.as_ref().unwrap();
    assert!(body.required);
    assert_eq!(
        body.contents[0].schema,
        Some(json!({"$ref": "#/$defs/Order"}))
    );
    let [ok, default] = operation.responses.as_slice() else {
        panic!("two answers");
    };
    assert_eq!(
        (ok.status.as_str(), default.status.as_str()),
        ("200", "default")
    );
    assert!(ok.headers[0].required && ok.headers[0].name == "etag");
    let names: Vec<_> = ok.contents[0]
        .examples
        .iter()
        .map(|e| (e.name.as_str(), e.value.clone()))
        .collect();
    assert_eq!(
        names,
        [("small", json!({"id": 1})), ("big", json!({"id": 2}))]
    );
    assert_eq!(
        default.contents[0].examples[0].value,
        json!({"title": "string"})
    );
}

#[test]
fn schemas_are_plain_and_know_which_way_they_go() {
    let contract = contract(&shop("3.0.3"));
    assert_eq!(
        contract.request_definitions["Order"],
        json!({
            "type": "object", "required": ["secret", "lines"], "additionalProperties": false,
            "properties": {
                "id": {"type": "integer"}, "secret": {"type": "string"},
                "lines": {"type": "array", "items": {"$ref": "#/$defs/Order"}},
                "note": {"type": ["string", "null"], "enum": ["a", null]},
                "price": {"type": "number", "exclusiveMinimum": 0},
            },
        })
    );
    assert_eq!(
        contract.response_definitions["Order"]["required"],
        json!(["id", "lines"])
    );
}

#[test]
fn swagger_2_has_the_same_contract() {
    let contract = contract(&json!({
        "swagger": "2.0", "info": {"title": "Shop", "version": "1"}, "consumes": ["application/json"], "produces": ["application/json"],
        "paths": {"/a": {"post": {
            "parameters": [
                {"name": "n", "in": "query", "type": "array", "items": {"type": "integer"}, "collectionFormat": "pipes"},
                {"name": "body", "in": "body", "required": true, "schema": {"$ref": "#/definitions/A"}},
            ],
            "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/A"}}},
        }}},
        "definitions": {"A": {"type": "object", "required": ["x"], "properties": {"x": {"type": "string", "x-nullable": true}}}},
    }));
    let operation = &contract.operations[0];
    assert_eq!(
        (
            operation.parameters[0].style,
            operation.parameters[0].explode
        ),
        (Style::PipeDelimited, false)
    );
    assert_eq!(
        operation.body.as_ref().unwrap().contents[0].media_type,
        "application/json"
    );
    let plain = json!({"type": "object", "required": ["x"], "properties": {"x": {"type": ["string", "null"]}}});
    assert_eq!(contract.request_definitions["A"], plain);
    assert_eq!(contract.response_definitions["A"], plain);
}

#[test]
fn beside_a_reference_counts_what_its_version_counts() {
    let schema = json!({"$ref": "#/components/schemas/Order", "minProperties": 2});
    for (version, expected) in [
        ("3.0.3", json!({"$ref": "#/$defs/Order"})),
        (
            "3.1.0",
            json!({"$ref": "#/$defs/Order", "minProperties": 2}),
        ),
    ] {
        let mut document = shop(version);
        document["paths"]["/orders/{id}"]["put"]["requestBody"]["content"]["application/json"]["schema"] =
            schema.clone();
        let contract = contract(&document);
        let body = contract.operations[0].body.as_ref().unwrap();
        assert_eq!(
            body.contents[0].schema.as_ref(),
            Some(&expected),
            "{version}"
        );
    }
}

#[test]
fn only_what_is_wanted_is_there() {
    let document = parse(shop("3.1.0").to_string().as_bytes(), &Limits::default()).unwrap();
    let requests = Wants {
        requests: true,
        ..Wants::default()
    };
    let contract = of(&document, requests, |_| true).unwrap();
    assert!(
        contract.operations[0].responses.is_empty() && contract.response_definitions.is_empty()
    );
    let examples = Wants {
        examples: true,
        ..Wants::default()
    };
    let contract = of(&document, examples, |_| true).unwrap();
    assert!(
        contract.operations[0].parameters.is_empty() && contract.request_definitions.is_empty()
    );
    assert!(
        contract.operations[0].responses[0].contents[0]
            .schema
            .is_none()
    );
    assert!(of(&document, ALL, |_| false).unwrap().operations.is_empty());
}

#[test]
fn schemas_without_an_end_are_refused_whole() {
    let mut deep = json!({"type": "string"});
    for _ in 0..80 {
        deep = json!({"items": deep});
    }
    let mut document = shop("3.1.0");
    document["components"]["schemas"]["Order"] = deep;
    let document = parse(document.to_string().as_bytes(), &Limits::default()).unwrap();
    assert_eq!(of(&document, ALL, |_| true), Err(ContractError::TooLarge));
}
