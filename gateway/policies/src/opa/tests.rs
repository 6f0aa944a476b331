//! Tests of `opa`.

use std::sync::Arc;

use bytes::Bytes;
use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::policy::{Bodies, Body, Flow, Verdict};
use crate::services::{FetchError, Fetched, Redirects};
use crate::trial::{
    Table, World, compile, errors, exchange, fetched, header, sent, services_in, settled, view,
};

const URL: &str = "https://opa.example/v1/data/gateway/allow";

fn ask(config: Value, answer: Result<Fetched, FetchError>) -> (Verdict, Arc<World>) {
    let world = Arc::new(World::default());
    world.answer(URL, answer);
    let policy = compile("opa", config);
    let header = header(
        "POST",
        "/ships/7?a=1&a=2&b=%20",
        &[
            ("X-Tenant", "t"),
            ("Authorization", "Bearer secret"),
            ("Content-Type", "application/json"),
        ],
    );
    let mut exchange = exchange();
    exchange.claims = Some(Arc::new(json!({"sub": "kim"})));
    let body = Bytes::from_static(b"{\"a\": 1}");
    let request = view(&header).with_body(Some(&body));
    let services = services_in(Table::default(), &world);
    let verdict = settled(policy.request(&request, &mut exchange, &services));
    (verdict, world)
}

fn answer(body: &Value) -> Result<Fetched, FetchError> {
    Ok(fetched(200, &[], &body.to_string()))
}

#[test]
fn the_agent_is_told_what_opa_expects() {
    let config = json!({"url": URL, "body_bytes": 100});
    let (verdict, world) = ask(config.clone(), answer(&json!({"result": true})));
    assert!(verdict.is_ok());
    let call = world.fetched().remove(0);
    assert_eq!(
        (call.method.as_str(), call.redirects),
        ("POST", Redirects::Answer)
    );
    let input: Value = serde_json::from_slice(&call.body).unwrap();
    let input = &input["input"];
    assert_eq!(input["method"], "POST");
    assert_eq!(input["path"], json!(["ships", "7"]));
    assert_eq!(input["query"], json!({"a": ["1", "2"], "b": [" "]}));
    assert_eq!(input["headers"]["x-tenant"], json!(["t"]));
    assert_eq!(
        input["headers"].get("authorization"),
        None,
        "a credential is not told unasked"
    );
    assert_eq!(input["body"], json!({"a": 1}));
    assert_eq!(input["claims"]["sub"], "kim");
    assert_eq!(input["source"]["ip"], "192.0.2.7");
    assert_eq!(
        input["caller"]["application"],
        json!(uuid::Uuid::from_u128(1))
    );
    let bodies = compile("opa", config).bodies();
    assert_eq!(
        bodies,
        Bodies {
            request: Body::Buffer(100),
            response: Body::None
        }
    );
}

#[test]
fn only_an_answer_that_allows_lets_pass() {
    let config = json!({"url": URL});
    for (answer, expected) in [
        (answer(&json!({"result": true})), None),
        (answer(&json!({"result": {"allow": true}})), None),
        (
            answer(&json!({"result": false})),
            Some(Refusal::CallerNotAllowed),
        ),
        (answer(&json!({})), Some(Refusal::CallerNotAllowed)),
        (
            answer(&json!({"result": "yes"})),
            Some(Refusal::PolicyFailed),
        ),
        (
            Ok(fetched(302, &[("location", "https://elsewhere")], "")),
            Some(Refusal::PolicyFailed),
        ),
        (
            Ok(fetched(500, &[], "{\"result\": true}")),
            Some(Refusal::PolicyFailed),
        ),
        (Err(FetchError::TimedOut), Some(Refusal::PolicyFailed)),
        (Err(FetchError::TooLarge), Some(Refusal::PolicyFailed)),
    ] {
        let shown = format!("{answer:?}");
        let (verdict, _) = ask(config.clone(), answer);
        assert_eq!(
            verdict.err().map(|failure| failure.refusal),
            expected,
            "{shown}"
        );
    }
}

#[test]
fn the_agent_chooses_status_message_and_headers() {
    let denied = json!({"result": {"allow": false, "status": 404, "message": "no such ship", "headers": {"X-Why": "gone", "Content-Length": "9"}}});
    let (verdict, _) = ask(json!({"url": URL}), answer(&denied));
    let Ok(Flow::Answer(found)) = verdict else {
        panic!("an answer");
    };
    assert_eq!(
        (found.status.as_u16(), &*found.body),
        (404, b"no such ship".as_slice())
    );
    let names: Vec<&str> = found
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["x-why", "content-type"]);
    let denied = json!({"result": {"allow": false, "message": "not yours"}});
    let (verdict, _) = ask(json!({"url": URL}), answer(&denied));
    assert_eq!(verdict.unwrap_err().detail, "not yours");
}

#[test]
fn the_upstream_gets_the_agents_headers_and_not_the_callers() {
    let world = Arc::new(World::default());
    let allowed =
        json!({"result": {"allow": true, "headers": {"X-Department": "cranes", "X-Else": "1"}}});
    world.answer(URL, answer(&allowed));
    let policy = compile(
        "opa",
        json!({"url": URL, "upstream_headers": ["X-Department", "X-Level"]}),
    );
    let header = header("GET", "/", &[("X-Level", "root")]);
    let services = services_in(Table::default(), &world);
    let mut exchange = exchange();
    settled(policy.request(&view(&header), &mut exchange, &services)).unwrap();
    let text = sent(policy.as_ref(), &header, &mut exchange);
    assert!(text.contains("x-department: cranes"), "{text}");
    assert!(!text.contains("root") && !text.contains("x-else"), "{text}");
}

#[test]
fn configurations_are_checked() {
    let found = errors(
        "opa",
        &json!({"url": "opa:8181", "timeout_ms": 1, "upstream_headers": ["Host"]}),
    );
    assert_eq!(found.lines().count(), 3, "{found}");
    assert!(errors("opa", &json!({})).contains("url"));
}
