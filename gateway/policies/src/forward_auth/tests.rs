//! Tests of `forward_auth`.

use std::sync::Arc;

use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::policy::{Flow, Verdict};
use crate::services::{FetchError, Fetched, Redirects};
use crate::trial::{
    Table, World, compile, errors, exchange, fetched, header, sent, services_in, settled, view,
};

const URL: &str = "https://auth.example/verify";

fn ask(config: Value, answer: Result<Fetched, FetchError>) -> (Verdict, Arc<World>) {
    let world = Arc::new(World::default());
    world.answer(URL, answer);
    let policy = compile("forward_auth", config);
    let header = header(
        "PUT",
        "/ships/7?x=1",
        &[
            ("Host", "api.example.com:8000"),
            ("Cookie", "s=1"),
            ("Content-Length", "3"),
            ("Connection", "close, X-Secret"),
            ("X-Secret", "hop"),
            ("X-Forwarded-Uri", "/spoofed"),
        ],
    );
    let services = services_in(Table::default(), &world);
    let verdict = settled(policy.request(&view(&header), &mut exchange(), &services));
    (verdict, world)
}

#[test]
fn the_service_gets_the_head_of_the_request() {
    let (verdict, world) = ask(json!({"url": URL}), Ok(fetched(204, &[], "")));
    assert!(matches!(verdict, Ok(Flow::Next)));
    let call = world.fetched().remove(0);
    assert_eq!(
        (call.method.as_str(), call.redirects),
        ("GET", Redirects::Answer)
    );
    assert!(call.body.is_empty());
    let mut lines: Vec<String> = call
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "cookie: s=1",
            "x-forwarded-for: 192.0.2.7",
            "x-forwarded-host: api.example.com:8000",
            "x-forwarded-method: PUT",
            "x-forwarded-proto: http",
            "x-forwarded-uri: /ships/7?x=1",
        ]
    );
    let (_, world) = ask(
        json!({"url": URL, "request_headers": ["X-Other"]}),
        Ok(fetched(200, &[], "")),
    );
    assert_eq!(world.fetched()[0].headers.get("cookie"), None);
}

#[test]
fn refusals_are_passed_on_and_failures_are_not() {
    for status in [200, 204, 299] {
        let (verdict, _) = ask(json!({"url": URL}), Ok(fetched(status, &[], "")));
        assert!(matches!(verdict, Ok(Flow::Next)), "{status}");
    }
    for status in [302, 307, 401, 403, 404, 429] {
        let headers = [
            ("location", "https://login.example/"),
            ("set-cookie", "s=2"),
            ("set-cookie", "__Host-gatehouse-portal=x"),
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("content-length", "2"),
        ];
        let (verdict, _) = ask(json!({"url": URL}), Ok(fetched(status, &headers, "no")));
        let Ok(Flow::Answer(answer)) = verdict else {
            panic!("{status} is an answer");
        };
        assert_eq!(
            (answer.status.as_u16(), &*answer.body),
            (status, b"no".as_slice())
        );
        let names: Vec<&str> = answer
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["location", "set-cookie"]);
    }
    for answer in [
        Ok(fetched(500, &[], "")),
        Ok(fetched(503, &[], "")),
        Err(FetchError::TimedOut),
        Err(FetchError::TooLarge),
        Err(FetchError::Failed("x".into())),
    ] {
        let (verdict, _) = ask(json!({"url": URL}), answer);
        assert_eq!(verdict.unwrap_err().refusal, Refusal::PolicyFailed);
    }
}

#[test]
fn the_upstream_gets_the_services_headers_and_not_the_callers() {
    let world = Arc::new(World::default());
    let roles = [
        ("x-user", "kim"),
        ("x-roles", "a"),
        ("x-roles", "b"),
        ("x-else", "1"),
    ];
    world.answer(URL, Ok(fetched(200, &roles, "")));
    let config = json!({"url": URL, "upstream_headers": ["X-User", "X-Roles", "X-Level"]});
    let policy = compile("forward_auth", config);
    let header = header("GET", "/", &[("X-User", "root"), ("X-Level", "root")]);
    let services = services_in(Table::default(), &world);
    let mut exchange = exchange();
    settled(policy.request(&view(&header), &mut exchange, &services)).unwrap();
    let text = sent(policy.as_ref(), &header, &mut exchange);
    assert!(
        text.contains("x-user: kim") && text.contains("x-roles: a, b"),
        "{text}"
    );
    assert!(!text.contains("root") && !text.contains("x-else"), "{text}");
}

#[test]
fn configurations_are_checked() {
    let found = errors(
        "forward_auth",
        &json!({"url": "ftp://a/", "request_headers": ["a b"]}),
    );
    assert_eq!(found.lines().count(), 2, "{found}");
}
