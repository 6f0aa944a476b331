//! Tests of `request_size_limit`: its configuration, and what is too large.

use bytes::Bytes;
use domain::refusal::Refusal;
use serde_json::json;

use crate::policy::Body;
use crate::trial::{Table, compile, errors, exchange, header, run, services};

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "limits nothing"),
        (json!({"max_url_bytes": 0}), "max_url_bytes: of 0"),
        (json!({"max_header_bytes": 0}), "max_header_bytes: of 0"),
        (
            json!({"max_body_bytes": -1}),
            "max_body_bytes: invalid value",
        ),
        (json!({"max_bytes": 1}), "unknown field `max_bytes`"),
    ] {
        let said = errors("request_size_limit", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

#[test]
fn each_part_has_its_bound_and_its_code() {
    let config = json!({"max_body_bytes": 10, "max_header_bytes": 40, "max_url_bytes": 8,
        "require_length": true});
    let policy = compile("request_size_limit", config);
    let services = services(Table::default());
    for (target, headers, refused) in [
        ("/a?b=123", &[][..], None),
        ("/a?b=1234", &[], Some(Refusal::UrlTooLong)),
        ("/a", &[("Content-Length", "10")], None),
        (
            "/a",
            &[("Content-Length", "11")],
            Some(Refusal::BodyTooLarge),
        ),
        (
            "/a",
            &[("Transfer-Encoding", "chunked")],
            Some(Refusal::LengthRequired),
        ),
        (
            "/a",
            &[("X-A", "0123456789012345678901234567890123456")],
            None,
        ),
        (
            "/a",
            &[("X-A", "01234567890123456789012345678901234567")],
            Some(Refusal::HeadersTooLarge),
        ),
    ] {
        let request = header("POST", target, headers);
        let verdict = run(policy.as_ref(), &request, &mut exchange(), &services);
        assert_eq!(
            verdict.err().map(|f| f.refusal),
            refused,
            "{target} {headers:?}"
        );
    }
}

#[test]
fn a_body_that_does_not_say_its_length_is_counted_as_it_passes() {
    let policy = compile("request_size_limit", json!({"max_body_bytes": 10}));
    assert_eq!(policy.bodies().request, Body::Watch);
    let mut exchange = exchange();
    let piece = Bytes::from_static(b"12345");
    assert_eq!(policy.request_body(&mut exchange, &piece, false), Ok(None));
    assert_eq!(policy.request_body(&mut exchange, &piece, false), Ok(None));
    let one = Bytes::from_static(b"1");
    let failure = policy.request_body(&mut exchange, &one, true).unwrap_err();
    assert_eq!(failure.refusal, Refusal::BodyTooLarge);
    let unbound = compile("request_size_limit", json!({"require_length": true}));
    assert_eq!(unbound.bodies().request, Body::None);
}
