//! Tests of `mask`.

use bytes::Bytes;
use domain::refusal::Refusal;
use http::StatusCode;
use pingora_http::ResponseHeader;
use serde_json::{Value, json};

use crate::log_entry::LogEntry;
use crate::response::Response;
use crate::trial::{Table, compile, errors, exchange, header, ready, sent, services, view};

/// What the caller gets of an answer with this body: the names of its headers and the body, or a code.
fn answered(
    config: Value,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<(Vec<String>, String), Refusal> {
    let policy = compile("mask", config);
    let mut exchange = exchange();
    let request = header("GET", "/", &[]);
    let status = StatusCode::from_u16(status).unwrap();
    let mut head = ResponseHeader::build(status, None).unwrap();
    for (name, value) in headers {
        head.append_header((*name).to_owned(), *value).unwrap();
    }
    let services = services(Table::default());
    let mut response = Response::from_upstream(&mut head);
    ready(policy.response(&view(&request), &mut response, &mut exchange, &services))
        .map_err(|failure| failure.refusal)?;
    let piece = Bytes::copy_from_slice(body.as_bytes());
    let changed = policy
        .response_body(&mut exchange, &piece, true)
        .map_err(|failure| failure.refusal)?;
    let body = String::from_utf8(changed.unwrap_or(piece).to_vec()).unwrap();
    let names = head.headers.keys().map(ToString::to_string).collect();
    Ok((names, body))
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json"), ("etag", "\"1\"")];

#[test]
fn members_are_replaced_shortened_and_removed() {
    let config = json!({"fields": [
        {"path": "/card/number", "action": "keep_last"},
        {"path": "/**/password"},
        {"path": "/people/*/email", "action": "replace", "with": "(hidden)"},
        {"path": "/internal", "action": "remove"},
        {"path": "/pin", "action": "keep_last", "keep": 2},
    ]});
    let body = json!({
        "card": {"number": "4111111111111111"}, "password": 1, "deep": [{"password": {"a": 1}}],
        "people": [{"email": "a@b", "name": "A"}, {"email": null}], "internal": {"x": 1}, "pin": 123
    });
    let (names, masked) = answered(config, 200, JSON, &body.to_string()).unwrap();
    assert_eq!(
        names,
        ["content-type"],
        "an ETag of the whole body would tell of it"
    );
    assert_eq!(
        serde_json::from_str::<Value>(&masked).unwrap(),
        json!({
            "card": {"number": "************1111"}, "password": "***", "deep": [{"password": "***"}],
            "people": [{"email": "(hidden)", "name": "A"}, {"email": "(hidden)"}], "pin": "**3"
        })
    );
}

#[test]
fn what_cannot_be_looked_into_is_refused() {
    let config = || json!({"fields": [{"path": "/a"}]});
    let zipped: &[(&str, &str)] = &[
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ];
    let html: &[(&str, &str)] = &[("content-type", "text/html")];
    let none: &[(&str, &str)] = &[("content-length", "0")];
    let failed = Err(Refusal::PolicyFailed);
    assert_eq!(answered(config(), 200, zipped, "x"), failed);
    assert_eq!(answered(config(), 200, html, "x"), failed);
    assert_eq!(answered(config(), 500, html, "x"), failed);
    assert_eq!(answered(config(), 200, JSON, "{\"a\":"), failed);
    assert_eq!(answered(config(), 206, JSON, "{\"a\":"), failed);
    assert!(answered(config(), 204, &[], "").is_ok());
    assert!(answered(config(), 200, none, "").is_ok());
    let open = json!({"fields": [{"path": "/a"}], "other_content": "pass"});
    assert_eq!(answered(open, 200, html, "x").unwrap().1, "x");
}

#[test]
fn headers_are_removed() {
    let config = json!({"headers": ["X-Internal-Node"]});
    let headers: &[(&str, &str)] = &[("x-internal-node", "7"), ("x-a", "b")];
    let (names, body) = answered(config, 200, headers, "any").unwrap();
    assert_eq!((names, &*body), (vec!["x-a".to_owned()], "any"));
}

#[test]
fn the_upstream_is_asked_for_a_plain_and_whole_body() {
    let policy = compile("mask", json!({"fields": [{"path": "/a"}]}));
    let request = header(
        "GET",
        "/",
        &[("accept-encoding", "gzip"), ("range", "bytes=0-1")],
    );
    let head = sent(policy.as_ref(), &request, &mut exchange());
    assert_eq!(head, "GET /\naccept-encoding: identity");
}

#[test]
fn the_log_does_not_hold_what_is_masked() {
    let config = json!({"log": {"path": ["/customers/([^/]+)", "@[a-z.]+"], "client_ip": true}});
    let policy = compile("mask", config);
    let mut entry = LogEntry {
        path: "/v1/customers/ada/orders/7/me@home.example".into(),
        client_ip: "192.0.2.7".into(),
        user_agent: "curl".into(),
    };
    policy.log(&mut entry);
    assert_eq!(entry.path, "/v1/customers/***/orders/7/me***");
    assert_eq!((&*entry.client_ip, &*entry.user_agent), ("", "curl"));
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "masks nothing"),
        (
            json!({"fields": [{"path": "a"}]}),
            "fields[0].path: `a` does not begin",
        ),
        (
            json!({"fields": [{"path": "/a", "action": "hide"}]}),
            "unknown variant `hide`",
        ),
        (
            json!({"headers": ["Content-Length"]}),
            "headers[0]: `Content-Length`",
        ),
        (
            json!({"log": {"path": ["("]}}),
            "log.path[0]: `(` is not a regular expression",
        ),
        (json!({"log": {"path": ["(a{1000}){1000}"]}}), "log.path[0]"),
    ] {
        let said = errors("mask", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}
