//! Tests of `request_termination`: its configuration, and the answer that it makes.

use serde_json::{Value, json};

use crate::policy::{Answer, Flow};
use crate::trial::{Table, compile, errors, exchange, header, run, services};

fn answer(config: Value) -> Answer {
    let policy = compile("request_termination", config);
    let request = header("GET", "/", &[]);
    let services = services(Table::default());
    match run(policy.as_ref(), &request, &mut exchange(), &services) {
        Ok(Flow::Answer(answer)) => *answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({"status": 101}), "status: must be"),
        (
            json!({"message": "a", "body": "b"}),
            "message: cannot stand",
        ),
        (json!({"status": 204, "body": "b"}), "status: has no body"),
        (json!({"headers": {"a b": "c"}}), "headers.a b: is not a"),
        (
            json!({"headers": {"Content-Length": "3"}}),
            "headers.Content-Length: decides",
        ),
        (
            json!({"headers": {"a": "\n"}}),
            "headers.a: is not a header value",
        ),
        (json!({"text": "b"}), "unknown field `text`"),
    ] {
        let said = errors("request_termination", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

#[test]
fn a_message_becomes_a_problem_document() {
    let made = answer(json!({"message": "back at nine", "headers": {"Retry-After": "600"}}));
    assert_eq!(made.status, 503);
    assert_eq!(made.headers[0].1, "application/problem+json");
    assert_eq!(made.headers[1].1, "600");
    let body: Value = serde_json::from_slice(&made.body).unwrap();
    assert_eq!(body["detail"], "back at nine");
    assert_eq!(body["title"], "Service Unavailable");
}

#[test]
fn a_body_is_sent_as_it_is_and_none_has_no_type() {
    let made = answer(json!({"status": 200, "body": "<p>hi</p>", "content_type": "text/html"}));
    assert_eq!(
        (made.status.as_u16(), &made.body[..]),
        (200, &b"<p>hi</p>"[..])
    );
    assert_eq!(made.headers[0].1, "text/html");
    let bare = answer(json!({"status": 204}));
    assert!(bare.body.is_empty() && bare.headers.is_empty());
}
