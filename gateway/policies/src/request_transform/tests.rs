//! Tests of `request_transform`.

use bytes::Bytes;
use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::trial::{Table, compile, errors, exchange, header, ready, sent, services, view};
use crate::upstream::UpstreamRequest;

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

/// What the upstream gets of a JSON body, or a code.
fn body(config: Value, content_type: &str, body: &'static str) -> Result<String, Refusal> {
    let policy = compile("request_transform", config);
    let head = header(
        "POST",
        "/orders?n=7",
        &[("content-type", content_type), ("x-a", "b\"c")],
    );
    let body = Bytes::from_static(body.as_bytes());
    let mut exchange = exchange();
    let services = services(Table::default());
    let request = view(&head).with_body(Some(&body));
    ready(policy.request(&request, &mut exchange, &services)).map_err(|f| f.refusal)?;
    let changed = policy.request_body(&mut exchange, &body, true);
    let changed = changed.map_err(|failure| failure.refusal)?;
    Ok(String::from_utf8(changed.unwrap_or(body).to_vec()).unwrap())
}

#[test]
fn bodies_are_changed() {
    let given = "{\"user\":{\"name\":\"Ada\",\"pin\":1},\"tags\":[\"x\",\"y\"]}";
    for (edits, expected) in [
        (
            json!({"remove": ["/user/pin"], "set": {"/from": "{{ request.query.n }}", "/tags/-": "z"}}),
            "{\"user\":{\"name\":\"Ada\"},\"tags\":[\"x\",\"y\",\"z\"],\"from\":\"7\"}",
        ),
        (
            json!({"json": {"who": "{{ body.user.name }}", "a": "{{ request.headers['x-a'] }}", "n": "{{ body.tags | length }}"}}),
            "{\"who\":\"Ada\",\"a\":\"b\\\"c\",\"n\":2}",
        ),
        (
            json!({"template": "[{% for t in body.tags %}{{ t }}{% if not loop.last %},{% endif %}{% endfor %}]"}),
            "[\"x\",\"y\"]",
        ),
        (
            json!({"template": "who={{ body.user.name | urlencode }}", "content_type": "application/x-www-form-urlencoded"}),
            "who=Ada",
        ),
    ] {
        let changed = body(json!({"body": edits}), "application/json", given);
        assert_eq!(changed.as_deref(), Ok(expected), "{edits}");
    }
}

#[test]
fn bodies_that_cannot_be_changed_are_refused() {
    let reads = || json!({"body": {"json": {"a": "{{ body.a }}"}}});
    let json = "application/json";
    for (config, content_type, given, expected) in [
        (reads(), json, "", Ok("")),
        (reads(), json, "{\"a\":", Err(Refusal::InvalidBody)),
        (
            reads(),
            "text/plain",
            "{\"a\":1}",
            Err(Refusal::UnsupportedMediaType),
        ),
        (reads(), json, "{\"b\":1}", Err(Refusal::PolicyFailed)),
        (
            json!({"body": {"template": "[{{ body.a }}"}}),
            json,
            "{\"a\":1}",
            Err(Refusal::PolicyFailed),
        ),
        (
            json!({"body": {"set": {"/a/b": 1}}}),
            json,
            "{\"a\":1}",
            Err(Refusal::PolicyFailed),
        ),
        (
            json!({"body": {"json": {"is": "new"}}}),
            "text/plain",
            "x",
            Ok("{\"is\":\"new\"}"),
        ),
    ] {
        let changed = body(config.clone(), content_type, given);
        assert_eq!(changed, expected.map(str::to_owned), "{config} {given}");
    }
}

#[test]
fn values_are_put_into_headers_queries_and_paths() {
    let config = json!({
        "headers": {"set": {"X-App": "{{ caller.application }}", "X-Path": "{{ request.path }}"}},
        "query": {"set": {"q": "{{ request.headers['x-a'] }}"}},
        "path": "/v2{{ request.path }}/{{ request.headers['x-b'] }}",
    });
    check(
        config,
        "/orders?a=1",
        &[("x-a", "1&b=2"), ("x-b", "a b?;c")],
        "GET /v2/orders/a%20b%3F%3Bc?a=1&q=1%26b%3D2\nx-a: 1&b=2\nx-b: a b?;c\nx-app: 00000000-0000-0000-0000-000000000001\nx-path: /orders",
    );
}

#[test]
fn templates_that_fail_change_nothing() {
    let services = services(Table::default());
    for (config, b) in [
        (
            json!({"headers": {"set": {"X-A": "1", "X-B": "{{ claims.sub }}"}}}),
            "x",
        ),
        (
            json!({"headers": {"set": {"X-A": "{{ 'a' ~ values.none }}"}}}),
            "x",
        ),
        (
            json!({"path": "/a/{{ request.headers['x-b'] }}"}),
            "../secret",
        ),
        (json!({"path": "/a/{{ request.headers['x-b'] }}/b"}), ".."),
        (
            json!({"query": {"set": {"a": "{{ request.query.gone }}"}}}),
            "x",
        ),
    ] {
        let policy = compile("request_transform", config.clone());
        let request = header("GET", "/x?k=v", &[("x-b", b)]);
        let mut copy = request.clone();
        let verdict = ready(policy.upstream_request(
            &view(&request),
            &mut UpstreamRequest::new(&mut copy),
            &mut exchange(),
            &services,
        ));
        assert_eq!(
            verdict.unwrap_err().refusal,
            Refusal::PolicyFailed,
            "{config}"
        );
        assert_eq!(copy.headers, request.headers, "{config}");
        assert_eq!(copy.uri, request.uri, "{config}");
    }
}

#[test]
fn templates_are_checked_with_the_configuration() {
    for (config, expected) in [
        (
            json!({"headers": {"set": {"X-A": "{{ body.a }}"}}}),
            "headers.set.X-A: `body` is not known here",
        ),
        (
            json!({"headers": {"add": {"X-A": "{{ a"}}}),
            "headers.add.X-A: an expression is not closed",
        ),
        (
            json!({"query": {"set": {"a": "{{ reqest.path }}"}}}),
            "query.set.a: `reqest` is not known here",
        ),
        (json!({"path": "v2"}), "path: does not begin with a slash"),
        (json!({"path": "/a/../b"}), "path: has two readings"),
        (json!({"body": {}}), "body: takes either"),
        (
            json!({"body": {"json": {"a": ["{{ response.status }}"]}}}),
            "body.json/a/0: `response` is not known here",
        ),
        (
            json!({"body": {"template": "{% include 'x' %}"}}),
            "body.template: `include` is not a statement",
        ),
        (
            json!({"body": {"set": {"/*/a": 1}}}),
            "body.set./*/a: leads to more than one place",
        ),
        (
            json!({"body": {"remove": ["a"]}}),
            "body.remove[0]: `a` does not begin",
        ),
        (
            json!({"body": {"json": 1}, "max_body_bytes": 0}),
            "max_body_bytes: is between 1 and",
        ),
    ] {
        let said = errors("request_transform", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}
