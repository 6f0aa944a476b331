//! Tests of contracts, and a small API for the tests of the policies that use them.

use std::sync::Arc;

use bytes::Bytes;
use openapi::contract::{Wants, of};
use openapi::{Limits, parse};
use serde_json::{Value, json};

use super::{Contracts, Operation, check_body, check_parameters};
use crate::trial::{header, view};

/// The contract of an operation of a document.
pub(crate) fn operation(document: &Value, key: &str) -> Operation {
    let wants = Wants {
        requests: true,
        responses: true,
        examples: true,
        scopes: true,
    };
    let document = parse(document.to_string().as_bytes(), &Limits::default()).unwrap();
    let contract = of(&document, wants, |_| true).unwrap();
    let text = serde_json::to_string(&contract).unwrap();
    let contracts = Arc::new(Contracts::read(&text).unwrap());
    let known: Vec<_> = contract.operations.iter().map(|o| o.key.clone()).collect();
    contracts
        .operation(key)
        .unwrap_or_else(|| panic!("{key} of {known:?}"))
}

/// A shop with one operation, `put-order`.
pub(crate) fn shop() -> Value {
    json!({
        "openapi": "3.0.3", "info": {"title": "Shop", "version": "1"},
        "paths": {"/orders/{id}": {"put": {
            "operationId": "put_order",
            "parameters": [
                {"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Id"}},
                {"name": "page", "in": "query", "schema": {"type": "integer", "maximum": 9}},
                {"name": "tag", "in": "query", "schema": {"type": "array", "maxItems": 2, "items": {"type": "string", "minLength": 2}}},
                {"name": "ids", "in": "query", "style": "pipeDelimited", "explode": false, "schema": {"type": "array", "items": {"type": "integer"}}},
                {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object", "properties": {"max": {"type": "number"}}}},
                {"name": "json", "in": "query", "content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}},
                {"name": "X-Trace", "in": "header", "required": true, "schema": {"type": "string", "format": "uuid"}},
                {"name": "debug", "in": "cookie", "schema": {"type": "boolean"}},
            ],
            "requestBody": {"required": true, "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Order"}},
                "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/Order"}},
                "text/*": {"schema": {"type": "string"}},
            }},
            "responses": {
                "200": {"description": "ok", "headers": {"X-Count": {"required": true, "schema": {"type": "integer"}, "example": 3}},
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}, "examples": {
                        "small": {"value": {"id": 1, "lines": []}}, "large": {"value": {"id": 2, "lines": [{"sku": "ab"}]}}}},
                        "text/plain": {"example": "one order"}}},
                "204": {"description": "nothing"},
                "4XX": {"description": "no", "content": {"application/problem+json": {"schema": {"type": "object", "required": ["title"],
                    "properties": {"title": {"type": "string"}}}}}},
            },
        }}},
        "components": {"schemas": {
            "Id": {"type": "integer", "minimum": 1},
            "Order": {"type": "object", "required": ["id", "lines"], "additionalProperties": false, "properties": {
                "id": {"type": "integer", "readOnly": true},
                "note": {"type": "string", "nullable": true, "maxLength": 5},
                "when": {"type": "string", "format": "date-time"},
                "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                "parent": {"$ref": "#/components/schemas/Order"},
            }},
            "Line": {"type": "object", "required": ["sku"], "properties": {
                "sku": {"type": "string", "pattern": "^[a-z]+$"}, "price": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
            }},
        }},
    })
}

fn parameters(target: &str, headers: &[(&str, &str)], only_known: bool) -> String {
    let operation = operation(&shop(), "put-order").compiled().unwrap();
    let mut all = vec![("x-trace", "3f2b8c1e-5d4a-4e6b-9f70-1a2b3c4d5e6f")];
    if let Some((name, _)) = headers.first() {
        all.retain(|(known, _)| known != name);
    }
    all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
    let head = header("PUT", target, &all);
    let found = check_parameters(&operation, &view(&head), only_known);
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    found.join("\n")
}

#[test]
fn parameters_are_read_by_their_schemas() {
    for target in [
        "/shop/v1/orders/7",
        "/orders/7?page=9&tag=ab&tag=cd&ids=1%7C2&filter[max]=1.5&json=%7B%22a%22:1%7D",
        "/orders/7?other=1&flag",
    ] {
        assert_eq!(parameters(target, &[], false), "", "{target}");
    }
    for (target, expected) in [
        ("/orders/x", "path parameter id: "),
        ("/orders/0", "path parameter id: "),
        ("/orders/7?page=10", "query parameter page: "),
        ("/orders/7?page=abc", "query parameter page: "),
        ("/orders/7?tag=ab&tag=c", "query parameter tag/1: "),
        ("/orders/7?tag=ab&tag=cd&tag=ef", "query parameter tag: "),
        ("/orders/7?ids=1%7Cx", "query parameter ids/1: "),
        ("/orders/7?filter[max]=x", "query parameter filter/max: "),
        (
            "/orders/7?json=%7B%7D",
            "query parameter json/a: is missing",
        ),
        ("/orders/7?json=%7B", "query parameter json: "),
    ] {
        let said = parameters(target, &[], false);
        assert!(said.starts_with(expected), "{target}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert_eq!(
        parameters("/orders/7", &[("x-trace", "")], false),
        "header parameter x-trace: is missing"
    );
    assert!(
        parameters("/orders/7", &[("x-trace", "no")], false)
            .starts_with("header parameter x-trace: ")
    );
    assert!(
        parameters("/orders/7", &[("cookie", "debug=maybe")], false)
            .starts_with("cookie parameter debug: ")
    );
    assert_eq!(
        parameters("/orders/7", &[("cookie", "debug=true")], false),
        ""
    );
    assert_eq!(
        parameters("/orders/7?filter[max]=1&oops=1", &[], true),
        "query parameter oops: is not known here"
    );
}

fn body(media_type: &str, body: &str) -> String {
    let operation = operation(&shop(), "put-order").compiled().unwrap();
    let content = operation.body(media_type).unwrap();
    let body = Bytes::copy_from_slice(body.as_bytes());
    let found = check_body(content, media_type, &body);
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    found.join("\n")
}

#[test]
fn bodies_are_checked_and_faults_named_by_pointer() {
    let json = "application/json";
    for fine in [
        "{\"lines\":[]}",
        "{\"lines\":[{\"sku\":\"ab\",\"price\":0.1}],\"note\":null,\"parent\":{\"lines\":[]},\"when\":\"2026-01-01T00:00:00Z\"}",
    ] {
        assert_eq!(body(json, fine), "", "{fine}");
    }
    for (given, expected) in [
        ("{}", "/lines: is missing"),
        ("{\"lines\":[{}]}", "/lines/0/sku: is missing"),
        ("{\"lines\":[{\"sku\":\"AB\"}]}", "/lines/0/sku: "),
        (
            "{\"lines\":[{\"sku\":\"a\",\"price\":0}]}",
            "/lines/0/price: ",
        ),
        ("{\"lines\":[],\"note\":\"secret\"}", "/note: "),
        ("{\"lines\":[],\"a/b\":1}", "/a~1b: is not known here"),
        ("{\"lines\":[],\"when\":\"now\"}", "/when: "),
        ("{\"lines\":[],\"parent\":{\"lines\":1}}", "/parent/lines: "),
        ("[]", "body: "),
        ("{\"lines\":", "body: is not JSON"),
    ] {
        let said = body(json, given);
        assert!(said.starts_with(expected), "{given}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
    assert_eq!(
        body("application/x-www-form-urlencoded", "note=ab"),
        "/lines: is missing"
    );
    assert_eq!(body("text/csv", "a,b"), "");
}

#[test]
fn hostile_bodies_are_bounded() {
    let mut deep = "{\"lines\":[],\"parent\":".repeat(100);
    deep.push_str("{\"lines\":[]}");
    deep.push_str(&"}".repeat(100));
    assert_eq!(
        body("application/json", &deep),
        "body: is more than 64 deep"
    );
    let bomb = "[".repeat(100_000);
    assert!(body("application/json", &bomb).starts_with("body: is not JSON"));
    let many = format!("{{\"lines\":[{}]}}", vec!["{}"; 50].join(","));
    assert_eq!(body("application/json", &many).lines().count(), super::MOST);
    let huge = format!("{{\"lines\":[{}]}}", vec!["{}"; 50_000].join(","));
    assert_eq!(body("application/json", &huge), "/lines/0/sku: is missing");
}

#[test]
fn a_pattern_that_runs_away_is_stopped() {
    let mut document = shop();
    document["components"]["schemas"]["Line"]["properties"]["sku"]["pattern"] =
        json!("^(a|a)*(?=b)c$");
    let operation = operation(&document, "put-order").compiled().unwrap();
    let text = "a".repeat(60);
    let body = format!("{{\"lines\":[{{\"sku\":\"{text}\"}}]}}");
    let found = check_body(
        operation.body("application/json").unwrap(),
        "application/json",
        body.as_bytes(),
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn what_was_compiled_is_kept_within_a_bound() {
    let contract = operation(&shop(), "put-order");
    let first = contract.compiled().unwrap();
    assert!(Arc::ptr_eq(&first, &contract.compiled().unwrap()));
    assert_eq!(contract.all.kept.lock().list.len(), 1);
}

#[test]
fn schemas_that_cannot_be_compiled_fail_closed() {
    let mut document = shop();
    document["components"]["schemas"]["Line"]["properties"]["sku"]["pattern"] = json!("(");
    let failure = operation(&document, "put-order").compiled().err().unwrap();
    assert_eq!(failure.refusal, domain::refusal::Refusal::PolicyFailed);
    assert!(failure.detail.contains("put-order"), "{}", failure.detail);
}
