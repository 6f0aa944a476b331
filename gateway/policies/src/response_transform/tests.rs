//! Tests of `response_transform`.

use bytes::Bytes;
use domain::refusal::Refusal;
use http::StatusCode;
use pingora_http::ResponseHeader;
use serde_json::{Value, json};

use crate::response::Response;
use crate::trial::{Table, answered, compile, errors, exchange, header, ready, services, view};

#[test]
fn only_the_upstream_s_answers_are_changed() {
    let config = json!({"headers": {"remove": ["Server"], "set": {"X-Frame-Options": "DENY"}}});
    let policy = compile("response_transform", config);
    let request = header("GET", "/", &[]);
    let answer = |from_upstream| {
        answered(
            policy.as_ref(),
            &request,
            &[("server", "old"), ("x-a", "b")],
            from_upstream,
        )
    };
    assert_eq!(answer(true), ["x-a: b", "x-frame-options: DENY"]);
    assert_eq!(answer(false), ["server: old", "x-a: b"]);
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "changes nothing"),
        (
            json!({"headers": {}}),
            "changes nothing; name a header or a body",
        ),
        (
            json!({"headers": {"set": {"Transfer-Encoding": "x"}}}),
            "`Transfer-Encoding` decides where",
        ),
    ] {
        let said = errors("response_transform", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

/// What the caller gets of an answer: its headers and body, or a code.
fn changed(
    config: Value,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<(Vec<String>, String), Refusal> {
    let policy = compile("response_transform", config);
    let mut exchange = exchange();
    let request = header("GET", "/orders", &[]);
    let status = StatusCode::from_u16(status).unwrap();
    let mut head = ResponseHeader::build(status, None).unwrap();
    for (name, value) in headers {
        head.append_header((*name).to_owned(), *value).unwrap();
    }
    let services = services(Table::default());
    let mut response = Response::from_upstream(&mut head);
    let seen = view(&request);
    let flow = policy.response(&seen, &mut response, &mut exchange, &services);
    ready(flow).map_err(|failure| failure.refusal)?;
    let piece = Bytes::copy_from_slice(body.as_bytes());
    let made = policy.response_body(&mut exchange, &piece, true);
    let body = made.map_err(|failure| failure.refusal)?.unwrap_or(piece);
    let lines = head.headers.iter();
    let lines = lines.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    Ok((lines.collect(), String::from_utf8(body.to_vec()).unwrap()))
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json"), ("etag", "\"1\"")];

#[test]
fn bodies_are_changed_and_lose_what_was_true_of_the_old_ones() {
    let config = json!({
        "headers": {"set": {"X-Status": "{{ response.status }}"}},
        "body": {"json": {"data": "{{ body }}", "path": "{{ request.path }}"}},
        "statuses": ["2xx"],
    });
    let (headers, body) = changed(config.clone(), 200, JSON, "[1]").unwrap();
    assert_eq!(headers, ["content-type: application/json", "x-status: 200"]);
    assert_eq!(body, "{\"data\":[1],\"path\":\"/orders\"}");
    let (headers, body) = changed(config.clone(), 404, JSON, "[1]").unwrap();
    assert_eq!((headers.len(), &*body), (2, "[1]"));
    let (_, body) = changed(config, 204, &[], "").unwrap();
    assert_eq!(body, "");
}

#[test]
fn answers_that_cannot_be_changed_are_refused() {
    let reads = || json!({"body": {"remove": ["/a"]}});
    let html: &[(&str, &str)] = &[("content-type", "text/html")];
    let zipped: &[(&str, &str)] = &[
        ("content-type", "application/json"),
        ("content-encoding", "br"),
    ];
    for (config, headers, body) in [
        (reads(), html, "<p>"),
        (reads(), zipped, "x"),
        (reads(), JSON, "{\"a\":"),
        (json!({"body": {"json": "{{ body.gone }}"}}), JSON, "{}"),
        (
            json!({"headers": {"set": {"X-A": "{{ response.headers.gone }}"}}}),
            JSON,
            "{}",
        ),
    ] {
        let refused = changed(config.clone(), 200, headers, body);
        assert_eq!(refused, Err(Refusal::PolicyFailed), "{config}");
    }
}
