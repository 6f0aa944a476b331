//! Tests of `request_validator`.

use bytes::Bytes;
use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::contract::tests::{operation, shop};
use crate::trial::{Table, compile, errors, exchange, header, ready, services, view};

const TRACE: (&str, &str) = ("x-trace", "3f2b8c1e-5d4a-4e6b-9f70-1a2b3c4d5e6f");

/// What comes of a PUT: nothing, or the code and its detail.
fn refused(
    config: Value,
    target: &str,
    content_type: &str,
    body: &'static str,
) -> Option<(Refusal, String)> {
    let policy = compile("request_validator", config);
    let head = header("PUT", target, &[TRACE, ("content-type", content_type)]);
    let body = Bytes::from_static(body.as_bytes());
    let mut exchange = exchange();
    exchange.contract = Some(operation(&shop(), "put-order"));
    let request = view(&head).with_body(Some(&body));
    let services = services(Table::default());
    let verdict = ready(policy.request(&request, &mut exchange, &services));
    verdict
        .err()
        .map(|failure| (failure.refusal, failure.detail))
}

#[test]
fn requests_are_held_against_their_operation() {
    let (json, none) = ("application/json", json!({}));
    let fine = "{\"lines\":[{\"sku\":\"a\"}]}";
    let invalid = |detail: &str| Some((Refusal::RequestInvalid, detail.to_owned()));
    assert_eq!(refused(none.clone(), "/v1/orders/7", json, fine), None);
    assert_eq!(refused(none.clone(), "/orders/7?oops=1", json, fine), None);
    assert_eq!(
        refused(none.clone(), "/orders/7", json, "{\"lines\":[{}]}"),
        invalid("/lines/0/sku: is missing")
    );
    assert_eq!(
        refused(none.clone(), "/orders/7", json, ""),
        invalid("body: is missing")
    );
    let strict = json!({"unknown_parameters": "refuse"});
    assert_eq!(
        refused(strict, "/orders/7?oops=1", json, fine),
        invalid("query parameter oops: is not known here")
    );
    let (code, detail) = refused(none, "/orders/x?page=99", json, fine).unwrap();
    assert_eq!(code, Refusal::RequestInvalid);
    assert!(
        detail.starts_with("path parameter id: ") && detail.contains("; query parameter page: "),
        "{detail}"
    );
    assert_eq!(
        refused(json!({"body": false}), "/orders/7", json, "{"),
        None
    );
    assert_eq!(
        refused(json!({"parameters": false}), "/orders/x", json, fine),
        None
    );
}

#[test]
fn types_that_the_document_does_not_name_are_refused_unless_told() {
    let xml = "application/xml";
    let (code, detail) = refused(json!({}), "/orders/7", xml, "<a/>").unwrap();
    assert_eq!(code, Refusal::UnsupportedMediaType);
    assert!(
        detail.contains("application/json, application/x-www-form-urlencoded, text/*"),
        "{detail}"
    );
    assert_eq!(
        refused(
            json!({"unknown_content_types": "pass"}),
            "/orders/7",
            xml,
            "<a/>"
        ),
        None
    );
}

#[test]
fn a_route_without_an_operation_is_closed() {
    let policy = compile("request_validator", json!({}));
    let head = header("GET", "/", &[]);
    let verdict = ready(policy.request(&view(&head), &mut exchange(), &services(Table::default())));
    assert_eq!(verdict.unwrap_err().refusal, Refusal::PolicyFailed);
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (
            json!({"parameters": false, "body": false}),
            "checks nothing",
        ),
        (
            json!({"unknown_parameters": "drop"}),
            "unknown_parameters: unknown variant `drop`",
        ),
        (json!({"max_body_bytes": 0}), "max_body_bytes: is between"),
    ] {
        let said = errors("request_validator", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}
