//! Tests of `xml_threat_protection`.

use bytes::Bytes;
use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::policy::Body;
use crate::trial::{Table, compile, errors, exchange, header, ready, services, view};

fn refusal(config: Value, headers: &[(&str, &str)], body: &str) -> Option<Refusal> {
    let policy = compile("xml_threat_protection", config);
    let header = header("POST", "/", headers);
    let body = Bytes::copy_from_slice(body.as_bytes());
    let services = services(Table::default());
    let request = view(&header).with_body(Some(&body));
    let verdict = ready(policy.request(&request, &mut exchange(), &services));
    verdict.err().map(|failure| failure.refusal)
}

#[test]
fn bodies_are_refused_by_what_they_are() {
    let xml = [("content-type", "application/soap+xml; charset=utf-8")];
    let text = [("content-type", "text/plain")];
    let zipped = [("content-type", "text/xml"), ("content-encoding", "gzip")];
    let laughs = "<!DOCTYPE l [<!ENTITY a \"a\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
    for (config, headers, body, expected) in [
        (json!({}), &xml[..], "<a><b c='1'>x</b></a>", None),
        (json!({}), &xml[..], "", None),
        (json!({}), &xml[..], laughs, Some(Refusal::BodyRefused)),
        (
            json!({}),
            &xml[..],
            "<a>&x;</a>",
            Some(Refusal::BodyRefused),
        ),
        (json!({}), &xml[..], "<a>", Some(Refusal::InvalidBody)),
        (json!({}), &text[..], laughs, None),
        (
            json!({"every_content_type": true}),
            &text[..],
            laughs,
            Some(Refusal::BodyRefused),
        ),
        (
            json!({}),
            &zipped[..],
            "<a/>",
            Some(Refusal::UnsupportedMediaType),
        ),
        (
            json!({"max_depth": 1}),
            &xml[..],
            "<a><b/></a>",
            Some(Refusal::BodyRefused),
        ),
        (
            json!({"max_attributes": 0}),
            &xml[..],
            "<a b='1'/>",
            Some(Refusal::BodyRefused),
        ),
    ] {
        assert_eq!(
            refusal(config.clone(), headers, body),
            expected,
            "{config} {body}"
        );
    }
}

#[test]
fn the_body_is_bounded_before_it_is_read() {
    let policy = compile("xml_threat_protection", json!({"max_bytes": 1_000}));
    assert_eq!(policy.bodies().request, Body::Buffer(1_000));
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({"max_depth": 0}), "max_depth: is between 1 and 1024"),
        (
            json!({"max_bytes": 9_000_000}),
            "max_bytes: is between 1 and 8388608",
        ),
        (json!({"dtd": true}), "unknown field `dtd`"),
    ] {
        let said = errors("xml_threat_protection", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}
