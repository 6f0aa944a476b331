//! Tests of `geo`, with a database that is made here.

use std::io::Write as _;

use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::policy::Policy;
use crate::request::Request;
use crate::trial::{Table, anonymous, compile, errors, header, ready, sent, services};

fn refusal(policy: &dyn Policy, address: &str) -> Option<Refusal> {
    let header = header("GET", "/", &[]);
    let request = Request::new(&header, "h", "/", address.parse().unwrap());
    let verdict = ready(policy.request(&request, &mut anonymous(), &services(Table::default())));
    verdict.err().map(|failure| failure.refusal)
}

fn networks(extra: Value) -> Value {
    let mut config =
        json!({"networks": {"DE": ["192.0.2.0/24", "2001:db8::/32"], "FR": ["192.0.2.128/25"]}});
    config
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    config
}

#[test]
fn countries_decide() {
    let refused = Some(Refusal::CountryNotAllowed);
    let allow = compile("geo", networks(json!({"allow": ["DE"]})));
    let deny = compile("geo", networks(json!({"deny": ["FR"], "unknown": "pass"})));
    for (address, allowed, denied) in [
        ("192.0.2.7", None, None),
        ("::ffff:192.0.2.7", None, None),
        ("2001:db8::1", None, None),
        ("192.0.2.200", refused, refused),
        ("198.51.100.1", refused, None),
    ] {
        assert_eq!(refusal(allow.as_ref(), address), allowed, "{address}");
        assert_eq!(refusal(deny.as_ref(), address), denied, "{address}");
    }
}

#[test]
fn the_upstream_is_told_and_the_caller_is_not_believed() {
    let policy = compile("geo", networks(json!({"header": "X-Country"})));
    let header = header("GET", "/", &[("X-Country", "XX")]);
    let check = |address: &str, expected: bool| {
        let request = Request::new(&header, "h", "/", address.parse().unwrap());
        let mut exchange = anonymous();
        ready(policy.request(&request, &mut exchange, &services(Table::default()))).unwrap();
        let text = sent(policy.as_ref(), &header, &mut exchange);
        assert_eq!(text.contains("x-country: DE"), expected, "{text}");
        assert!(!text.contains("XX"), "{text}");
    };
    check("192.0.2.7", true);
    check("198.51.100.1", false);
}

/// A database with one network, 192.0.2.0/24, in the country `IS`: a tree of 24 nodes and one record.
fn database() -> Vec<u8> {
    let network = u32::from_be_bytes([192, 0, 2, 0]);
    let nodes = 24_u32;
    let mut file = Vec::new();
    let number = |n: u32| n.to_be_bytes()[1..].to_vec();
    for node in 0..nodes {
        let next = if node + 1 == nodes {
            nodes + 16
        } else {
            node + 1
        };
        let bit = network >> (31 - node) & 1;
        let (left, right) = if bit == 0 {
            (next, nodes)
        } else {
            (nodes, next)
        };
        file.extend(number(left));
        file.extend(number(right));
    }
    file.extend([0; 16]);
    let text = |text: &str| {
        let mut bytes = vec![0x40 | u8::try_from(text.len()).unwrap()];
        bytes.extend(text.as_bytes());
        bytes
    };
    file.push(0xe1);
    file.extend(text("country"));
    file.push(0xe1);
    file.extend(text("iso_code"));
    file.extend(text("IS"));
    file.extend(b"\xab\xcd\xefMaxMind.com");
    let small = |n: u8| vec![0xa1, n];
    let members: [(&str, Vec<u8>); 9] = [
        ("binary_format_major_version", small(2)),
        ("binary_format_minor_version", vec![0xa0]),
        ("build_epoch", vec![0x01, 0x02, 1]),
        ("database_type", text("Test-Country")),
        ("description", vec![0xe0]),
        ("ip_version", small(4)),
        ("languages", vec![0x00, 0x04]),
        ("node_count", vec![0xc1, 24]),
        ("record_size", small(24)),
    ];
    file.push(0xe9);
    for (name, value) in members {
        file.extend(text(name));
        file.extend(value);
    }
    file
}

#[test]
fn a_database_is_asked_where_the_networks_know_nothing() {
    let mut file = tempfile::Builder::new().suffix(".mmdb").tempfile().unwrap();
    file.write_all(&database()).unwrap();
    let path = file.path().to_str().unwrap();
    let policy = compile("geo", networks(json!({"database": path, "deny": ["IS"]})));
    assert_eq!(
        refusal(policy.as_ref(), "192.0.2.7"),
        None,
        "the table comes first"
    );
    let policy = compile(
        "geo",
        json!({"database": path, "deny": ["IS"], "unknown": "pass"}),
    );
    assert_eq!(
        refusal(policy.as_ref(), "192.0.2.7"),
        Some(Refusal::CountryNotAllowed)
    );
    assert_eq!(
        refusal(policy.as_ref(), "::ffff:192.0.2.7"),
        Some(Refusal::CountryNotAllowed)
    );
    assert_eq!(refusal(policy.as_ref(), "192.0.3.7"), None);
    assert_eq!(refusal(policy.as_ref(), "2001:db8::1"), None);
}

#[test]
fn a_database_that_cannot_be_read_lets_nobody_pass() {
    let mut file = tempfile::Builder::new().suffix(".mmdb").tempfile().unwrap();
    file.write_all(b"no database").unwrap();
    for path in [file.path().to_str().unwrap(), "/nowhere/at-all.mmdb"] {
        let policy = compile(
            "geo",
            json!({"database": path, "deny": ["IS"], "unknown": "pass"}),
        );
        assert_eq!(
            refusal(policy.as_ref(), "192.0.2.7"),
            Some(Refusal::PolicyFailed)
        );
    }
}

#[test]
fn configurations_are_checked() {
    for (config, words) in [
        (json!({"allow": ["DE"]}), "knows no country"),
        (
            json!({"networks": {"de": ["10.0.0.0/8"]}, "deny": ["DE"]}),
            "networks.de",
        ),
        (
            json!({"networks": {"DE": ["10.0.0.1/8"]}, "deny": ["DEU"]}),
            "deny[0]",
        ),
        (json!({"networks": {"DE": []}}), "neither refuses"),
        (
            json!({"database": "GeoLite2.mmdb", "deny": ["DE"]}),
            "whole path",
        ),
        (
            json!({"database": "/etc/passwd", "deny": ["DE"]}),
            "whole path",
        ),
    ] {
        let found = errors("geo", &config);
        assert!(found.contains(words), "{config}: {found}");
    }
}
