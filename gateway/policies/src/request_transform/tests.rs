//! Tests of `request_transform`.

use serde_json::{Value, json};

use crate::trial::{compile, errors, exchange, header, sent};

fn check(config: Value, target: &str, headers: &[(&str, &str)], expected: &str) {
    let policy = compile("request_transform", config);
    let request = header("GET", target, headers);
    assert_eq!(sent(policy.as_ref(), &request, &mut exchange()), expected);
}

#[test]
fn headers_are_removed_renamed_set_and_added() {
    check(
        json!({"headers": {
            "remove": ["X-Gone"],
            "rename": {"X-Old": "X-New", "X-Absent": "X-Nothing"},
            "set": {"X-Set": "1"},
            "add": {"X-Add": "2"},
        }}),
        "/x?a=1",
        &[
            ("x-gone", "a"),
            ("x-gone", "b"),
            ("x-old", "c"),
            ("x-old", "d"),
            ("x-set", "e"),
            ("x-add", "f"),
        ],
        "GET /x?a=1\nx-add: f\nx-add: 2\nx-set: 1\nx-new: c\nx-new: d",
    );
}

#[test]
fn the_query_is_changed_and_the_rest_of_it_stays_as_it_was() {
    let edits = json!({"query": {
        "remove": ["gone"],
        "rename": {"old": "näw"},
        "set": {"set": "a b&c"},
        "add": {"add": "x"},
    }});
    check(
        edits.clone(),
        "/x?keep=%C3%A4+%2b&gone=1&g%6fne=2&old=%31&set=9&add=y&flag",
        &[],
        "GET /x?keep=%C3%A4+%2b&n%C3%A4w=%31&add=y&flag&set=a%20b%26c&add=x",
    );
    check(edits, "/x", &[], "GET /x?set=a%20b%26c&add=x");
    check(json!({"query": {"remove": ["a"]}}), "/x?a=1", &[], "GET /x");
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "changes nothing"),
        (
            json!({"headers": {"remove": ["a b"]}}),
            "headers.remove[0]: `a b` is not a header name",
        ),
        (
            json!({"headers": {"set": {"Host": "x"}}}),
            "headers.set.Host: `Host` decides where",
        ),
        (
            json!({"headers": {"rename": {"X-A": "Content-Length"}}}),
            "headers.rename.X-A: `Content-Length` decides",
        ),
        (
            json!({"headers": {"add": {"X": "a\nb"}}}),
            "headers.add.X: holds a character",
        ),
        (json!({"headers": {"ad": {}}}), "unknown field `ad`"),
        (
            json!({"query": {"set": {"": "x"}}}),
            "query: holds a parameter without a name",
        ),
    ] {
        let said = errors("request_transform", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}
