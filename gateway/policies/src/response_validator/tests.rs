//! Tests of `response_validator`.

use bytes::Bytes;
use domain::refusal::Refusal;
use http::StatusCode;
use pingora_http::ResponseHeader;
use serde_json::{Value, json};

use crate::contract::tests::{operation, shop};
use crate::response::Response;
use crate::trial::{Table, compile, errors, exchange, header, ready, services, view};

/// What comes of an answer: nothing, or the code and its detail.
fn held(
    config: Value,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<(Refusal, String)> {
    let policy = compile("response_validator", config);
    let request = header("PUT", "/orders/7", &[]);
    let status = StatusCode::from_u16(status).unwrap();
    let mut head = ResponseHeader::build(status, None).unwrap();
    for (name, value) in headers {
        head.append_header((*name).to_owned(), *value).unwrap();
    }
    let mut exchange = exchange();
    exchange.contract = Some(operation(&shop(), "put-order"));
    let services = services(Table::default());
    let mut response = Response::from_upstream(&mut head);
    let flow = ready(policy.response(&view(&request), &mut response, &mut exchange, &services));
    if let Err(failure) = flow {
        return Some((failure.refusal, failure.detail));
    }
    let piece = Bytes::copy_from_slice(body.as_bytes());
    match policy.response_body(&mut exchange, &piece, true) {
        Ok(changed) => {
            assert_eq!(changed, None);
            None
        }
        Err(failure) => Some((failure.refusal, failure.detail)),
    }
}

#[test]
fn answers_are_held_against_their_operation() {
    let fine: &[(&str, &str)] = &[("content-type", "application/json"), ("x-count", "3")];
    let bare: &[(&str, &str)] = &[("content-type", "application/json")];
    let text: &[(&str, &str)] = &[("content-type", "text/plain"), ("x-count", "3")];
    let zipped: &[(&str, &str)] = &[
        ("content-type", "application/json"),
        ("x-count", "3"),
        ("content-encoding", "gzip"),
    ];
    let html: &[(&str, &str)] = &[("content-type", "text/html"), ("x-count", "3")];
    let problem: &[(&str, &str)] = &[("content-type", "application/problem+json")];
    let order = "{\"id\":1,\"lines\":[]}";
    for (config, status, headers, body, expected) in [
        (json!({}), 200, fine, order, None),
        (
            json!({}),
            200,
            fine,
            "{\"lines\":[]}",
            Some("/id: is missing"),
        ),
        (json!({}), 200, fine, "", Some("body: is not JSON")),
        (
            json!({}),
            200,
            bare,
            order,
            Some("header x-count: is missing"),
        ),
        (json!({"headers": false}), 200, bare, order, None),
        (json!({}), 200, text, "any", None),
        (json!({}), 200, zipped, "x", Some("the body is encoded")),
        (
            json!({}),
            200,
            html,
            "<p>",
            Some("the type of the body is not promised"),
        ),
        (
            json!({"unknown_content_types": "pass"}),
            200,
            html,
            "<p>",
            None,
        ),
        (json!({}), 204, &[], "", None),
        (json!({}), 404, problem, "{\"title\":\"no\"}", None),
        (json!({}), 404, problem, "{}", Some("/title: is missing")),
        (json!({}), 500, html, "<p>", None),
        (
            json!({"unknown_statuses": "refuse"}),
            500,
            html,
            "<p>",
            Some("status 500 is not promised"),
        ),
    ] {
        let found = held(config.clone(), status, headers, body);
        match (found, expected) {
            (None, None) => {}
            (Some((code, detail)), Some(expected)) => {
                assert_eq!(code, Refusal::ResponseInvalid);
                assert!(detail.starts_with(expected), "{detail}");
            }
            (found, expected) => panic!("{config} {status} {body}: {found:?}, not {expected:?}"),
        }
    }
}

#[test]
fn configurations_are_checked() {
    let said = errors(
        "response_validator",
        &json!({"body": false, "headers": false}),
    );
    assert!(said.contains("checks nothing"), "{said}");
    let said = errors("response_validator", &json!({"bodies": true}));
    assert!(said.contains("unknown field `bodies`"), "{said}");
}
