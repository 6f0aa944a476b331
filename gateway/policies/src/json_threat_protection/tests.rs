//! Tests of `json_threat_protection`.

use bytes::Bytes;
use domain::refusal::Refusal;
use serde_json::{Value, json};

use super::{Bounds, Config, Offence, Scanner};
use crate::trial::{Table, compile, errors, exchange, header, run, services};

fn scan_in(pieces: usize, config: &Config, body: &[u8]) -> Result<(), Offence> {
    let mut scanner = Scanner::new(Bounds::from(config));
    for piece in body.chunks(pieces.max(1)) {
        scanner.read(piece)?;
    }
    scanner.finish()
}

fn scan(config: &Config, body: &str) -> Result<(), Offence> {
    let whole = scan_in(body.len(), config, body.as_bytes());
    for pieces in [1, 2, 3, 7] {
        assert_eq!(
            scan_in(pieces, config, body.as_bytes()),
            whole,
            "{body} in pieces of {pieces}"
        );
    }
    whole
}

#[test]
fn what_is_json_passes_and_what_is_not_does_not() {
    for body in [
        "{}",
        "[]",
        "0",
        "-0",
        "12.5e+3",
        "1E9",
        "true",
        "null",
        "\"\"",
        " \n[ 1 , {\"a\" : [ ] } ]\t",
        "{\"a\":{\"b\":[1,2,{}]},\"c\":\"\\u00e4\\n\\\"\"}",
        "\"ä€😀\"",
        "[false,null,-1.0]",
    ] {
        assert_eq!(scan(&Config::default(), body), Ok(()), "{body}");
        assert!(serde_json::from_str::<Value>(body).is_ok(), "{body}");
    }
    for body in [
        "",
        "{",
        "[1",
        "{\"a\"}",
        "{\"a\":}",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "1.",
        "-",
        "1e",
        "+1",
        ".5",
        "tru",
        "trux",
        "nul",
        "\"a",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "[}",
        "{]",
        "{} {}",
        "1 2",
        "{a:1}",
        "[1 2]",
        "'a'",
        "//",
        "\u{feff}{}",
        "[,]",
        "{\"a\" 1}",
        "NaN",
        "]",
    ] {
        let found = scan(&Config::default(), body);
        assert!(
            matches!(found, Err(Offence::NotJson(_) | Offence::TooEarly)),
            "{body}: {found:?}"
        );
        assert!(serde_json::from_str::<Value>(body).is_err(), "{body}");
    }
}

#[test]
fn every_bound_holds_at_its_edge() {
    let tight = Config {
        max_depth: 2,
        max_members: 2,
        max_items: 3,
        max_name_length: 2,
        max_text_length: 3,
        max_number_length: 4,
        max_values: 6,
        max_bytes: 60,
        every_content_type: false,
    };
    for (fine, over, offence) in [
        ("[[]]", "[[[]]]", Offence::Depth(2)),
        ("[{}]", "[{\"a\":{}}]", Offence::Depth(2)),
        (
            "{\"a\":1,\"b\":2}",
            "{\"a\":1,\"b\":2,\"c\":3}",
            Offence::Members(2),
        ),
        ("[1,2,3]", "[1,2,3,4]", Offence::Items(3)),
        ("{\"äö\":1}", "{\"äöü\":1}", Offence::Name(2)),
        ("\"€€€\"", "\"€€€€\"", Offence::Text(3)),
        (
            "\"\\u00e4\\n\\\\\"",
            "\"\\u00e4\\n\\\\a\"",
            Offence::Text(3),
        ),
        ("-1.5", "-1.55", Offence::Number(4)),
        ("[[1,2],[3]]", "[[1,2],[3,4]]", Offence::Values(6)),
        (
            "[1                                                        ]",
            "[1                                                             ]",
            Offence::Size(60),
        ),
    ] {
        assert_eq!(scan(&tight, fine), Ok(()), "{fine}");
        assert_eq!(scan(&tight, over), Err(offence), "{over}");
    }
}

#[test]
fn a_bomb_is_refused_at_its_first_byte_too_deep() {
    let bomb = "[".repeat(10_000_000);
    let mut scanner = Scanner::new(Bounds::from(&Config::default()));
    assert_eq!(scanner.read(bomb.as_bytes()), Err(Offence::Depth(32)));
}

/// What comes of a POST with this body, sent in two pieces.
fn refusal(config: Value, content_type: &str, body: &str) -> Option<Refusal> {
    let policy = compile("json_threat_protection", config);
    let mut exchange = exchange();
    let header = header("POST", "/", &[("content-type", content_type)]);
    let services = services(Table::default());
    if let Err(failure) = run(policy.as_ref(), &header, &mut exchange, &services) {
        return Some(failure.refusal);
    }
    let (first, second) = body.split_at(body.len() / 2);
    for (piece, end) in [(first, false), (second, true)] {
        let piece = Bytes::copy_from_slice(piece.as_bytes());
        match policy.request_body(&mut exchange, &piece, end) {
            Ok(changed) => assert_eq!(changed, None),
            Err(failure) => return Some(failure.refusal),
        }
    }
    None
}

#[test]
fn bodies_are_refused_by_what_they_are() {
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let json = "application/json";
    for (config, content_type, body, expected) in [
        (json!({}), json, "{\"a\":1}", None),
        (json!({}), json, "", None),
        (json!({}), json, &*deep, Some(Refusal::BodyRefused)),
        (
            json!({}),
            "application/problem+json",
            &*deep,
            Some(Refusal::BodyRefused),
        ),
        (json!({}), "text/plain", &*deep, None),
        (
            json!({"every_content_type": true}),
            "text/plain",
            &*deep,
            Some(Refusal::BodyRefused),
        ),
        (json!({}), json, "{\"a\":", Some(Refusal::InvalidBody)),
        (
            json!({"max_bytes": 5}),
            json,
            "{\"a\":1}",
            Some(Refusal::BodyTooLarge),
        ),
    ] {
        assert_eq!(
            refusal(config.clone(), content_type, body),
            expected,
            "{config} {body}"
        );
    }
}

#[test]
fn an_encoded_body_is_refused() {
    let policy = compile("json_threat_protection", json!({}));
    let header = header(
        "POST",
        "/",
        &[
            ("content-type", "application/json"),
            ("content-encoding", "gzip"),
        ],
    );
    let verdict = run(
        policy.as_ref(),
        &header,
        &mut exchange(),
        &services(Table::default()),
    );
    assert_eq!(verdict.unwrap_err().refusal, Refusal::UnsupportedMediaType);
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({"max_depth": 0}), "max_depth: is between 1 and 1024"),
        (json!({"max_items": 0}), "max_items: is at least 1"),
        (json!({"max_dept": 1}), "unknown field `max_dept`"),
        (json!({"max_depth": -1}), "max_depth"),
    ] {
        let said = errors("json_threat_protection", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}
