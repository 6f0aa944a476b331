//! Tests of `cors`.

use domain::refusal::Refusal;
use serde_json::{Value, json};

use super::origin::Pattern;
use crate::policy::Flow;
use crate::trial::{Table, anonymous, answered, compile, errors, header, run, services};

fn preflight(config: Value, origin: &str) -> Result<Vec<String>, Refusal> {
    let policy = compile("cors", config);
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "x-one, x-two"),
    ];
    let request = header("OPTIONS", "/", &headers);
    match run(
        policy.as_ref(),
        &request,
        &mut anonymous(),
        &services(Table::default()),
    ) {
        Ok(Flow::Answer(answer)) => Ok(answer
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect()),
        Ok(Flow::Next) => panic!("a preflight is answered"),
        Err(failure) => Err(failure.refusal),
    }
}

#[test]
fn preflights_are_answered() {
    let config =
        json!({"origins": ["https://app.example"], "credentials": true, "max_age_seconds": 60});
    assert_eq!(
        preflight(config.clone(), "https://app.example").unwrap(),
        [
            "access-control-allow-origin: https://app.example",
            "access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE",
            "access-control-max-age: 60",
            "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            "access-control-allow-headers: x-one, x-two",
            "access-control-allow-credentials: true",
        ]
    );
    assert_eq!(
        preflight(config, "https://evil.example"),
        Err(Refusal::OriginNotAllowed)
    );
    let open = preflight(
        json!({"origins": ["*"], "headers": ["X-One"]}),
        "https://any.example",
    );
    let open = open.unwrap();
    assert!(
        open.contains(&"access-control-allow-origin: *".into()),
        "{open:?}"
    );
    assert!(
        open.contains(&"access-control-allow-headers: X-One".into()),
        "{open:?}"
    );
}

#[test]
fn other_requests_pass_and_plain_options_too() {
    let policy = compile("cors", json!({"origins": ["https://app.example"]}));
    for (method, headers) in [
        ("GET", vec![("origin", "https://evil.example")]),
        ("OPTIONS", vec![("origin", "https://app.example")]),
        ("OPTIONS", vec![("access-control-request-method", "GET")]),
    ] {
        let request = header(method, "/", &headers);
        let flow = run(
            policy.as_ref(),
            &request,
            &mut anonymous(),
            &services(Table::default()),
        );
        assert!(matches!(flow, Ok(Flow::Next)), "{method} {headers:?}");
    }
}

#[test]
fn answers_name_the_origin_and_nobody_else_may() {
    let policy = compile(
        "cors",
        json!({"origins": ["https://app.example"], "expose": ["X-Id"]}),
    );
    let upstream = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-credentials", "true"),
    ];
    let from = |origin: &str| {
        let request = header("GET", "/", &[("origin", origin)]);
        answered(policy.as_ref(), &request, &upstream, true)
    };
    assert_eq!(
        from("https://app.example"),
        [
            "access-control-allow-origin: https://app.example",
            "access-control-expose-headers: X-Id",
            "vary: origin",
        ]
    );
    assert_eq!(from("https://evil.example"), ["vary: origin"]);
    let vary = [("vary", "Accept, Origin")];
    let request = header("GET", "/", &[]);
    assert_eq!(
        answered(policy.as_ref(), &request, &vary, true),
        ["vary: Accept, Origin"]
    );
}

#[test]
fn wildcards_cover_hosts_below_and_nothing_else() {
    let pattern: Pattern = "https://*.Example.com:8443".parse().unwrap();
    for (origin, covered) in [
        ("https://a.example.com:8443", true),
        ("https://a.b.example.com:8443", true),
        ("https://example.com:8443", false),
        ("https://.example.com:8443", false),
        ("https://evil.com/.example.com:8443", false),
        ("https://evil.com?.example.com:8443", false),
        ("https://evil.com#a.example.com:8443", false),
        ("https://u@a.example.com:8443", false),
        ("http://a.example.com:8443", false),
        ("https://a.example.com", false),
        ("https://aexample.com:8443", false),
        ("null", false),
    ] {
        assert_eq!(pattern.covers(origin), covered, "{origin}");
    }
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "missing field `origins`"),
        (json!({"origins": []}), "origins: is empty"),
        (
            json!({"origins": ["app.example"]}),
            "origins[0]: needs a scheme",
        ),
        (
            json!({"origins": ["https://a.example/"]}),
            "origins[0]: is an origin",
        ),
        (
            json!({"origins": ["https://a.*.example"]}),
            "origins[0]: has a host",
        ),
        (
            json!({"origins": ["file://x"]}),
            "origins[0]: may have only",
        ),
        (
            json!({"origins": ["*"], "credentials": true}),
            "origins[0]: cannot be `*`",
        ),
        (
            json!({"origins": ["*"], "methods": ["G T"]}),
            "methods[0]: is not a method",
        ),
        (
            json!({"origins": ["*"], "expose": ["a b"]}),
            "expose[0]: is not a header name",
        ),
        (
            json!({"origins": ["*"], "max_age_seconds": 100_000}),
            "max_age_seconds: is more than a day",
        ),
    ] {
        let said = errors("cors", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}
