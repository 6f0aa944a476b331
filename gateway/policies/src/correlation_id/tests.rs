//! Tests of `correlation_id`: whose id it is, and who gets it.

use pingora_http::ResponseHeader;
use serde_json::json;

use crate::response::Response;
use crate::trial::{Table, anonymous, compile, errors, header, ready, run, sent, services, view};

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({"header": "a b"}), "header: is not a header name"),
        (json!({"header": "Host"}), "header: decides where"),
        (json!({"generator": "uuid"}), "unknown field `generator`"),
    ] {
        let said = errors("correlation_id", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

#[test]
fn a_safe_id_is_kept_and_others_are_replaced() {
    let services = services(Table::default());
    for (config, given, kept) in [
        (json!({}), Some("order-7"), true),
        (json!({}), Some("a b"), false),
        (json!({}), Some("\"x\""), false),
        (json!({}), None, false),
        (json!({"always_new": true}), Some("order-7"), false),
    ] {
        let policy = compile("correlation_id", config);
        let headers: Vec<_> = given.iter().map(|id| ("X-Correlation-Id", *id)).collect();
        let request = header("GET", "/", &headers);
        let mut exchange = anonymous();
        run(policy.as_ref(), &request, &mut exchange, &services).unwrap();
        let id = exchange.value(super::VALUE).unwrap().to_owned();
        assert_eq!(Some(id.as_str()) == given, kept, "{given:?}");
        assert!(kept || id.parse::<uuid::Uuid>().unwrap().get_version_num() == 4);
        let lines = sent(policy.as_ref(), &request, &mut exchange).to_lowercase();
        assert!(
            lines.contains(&format!("x-correlation-id: {id}")),
            "{lines}"
        );
    }
}

#[test]
fn the_caller_is_told_unless_it_is_switched_off() {
    let services = services(Table::default());
    for echo in [true, false] {
        let policy = compile("correlation_id", json!({"header": "X-Trace", "echo": echo}));
        let request = header("GET", "/", &[("X-Trace", "abc")]);
        let mut exchange = anonymous();
        run(policy.as_ref(), &request, &mut exchange, &services).unwrap();
        let mut response = ResponseHeader::build(403, None).unwrap();
        let mut seen = Response::from_gateway(&mut response);
        ready(policy.response(&view(&request), &mut seen, &mut exchange, &services)).unwrap();
        assert_eq!(response.headers.get("x-trace").is_some(), echo);
    }
}
