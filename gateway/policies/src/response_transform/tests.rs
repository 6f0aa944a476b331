//! Tests of `response_transform`.

use serde_json::json;

use crate::trial::{answered, compile, errors, header};

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
        (json!({}), "missing field `headers`"),
        (json!({"headers": {}}), "headers: changes nothing"),
        (
            json!({"headers": {"set": {"Transfer-Encoding": "x"}}}),
            "`Transfer-Encoding` decides where",
        ),
    ] {
        let said = errors("response_transform", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}
