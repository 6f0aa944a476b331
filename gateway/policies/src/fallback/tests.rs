//! Tests of `fallback`: its configuration, when it steps in, and with what.

use std::sync::Arc;

use domain::refusal::Refusal;
use http::StatusCode;
use pingora_http::ResponseHeader;
use serde_json::{Value, json};

use crate::exchange::{Place, UPSTREAM_PATH};
use crate::policy::{Answer, Flow, Policy};
use crate::response::Response;
use crate::services::Services;
use crate::trial::{
    Table, World, compile, errors, exchange, fetched, header, ready, services_in, settled, view,
};
use crate::upstream::UpstreamRequest;

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "needs `upstream` or `answer`"),
        (json!({"upstream": ""}), "upstream: is empty"),
        (
            json!({"upstream": "a", "statuses": [200]}),
            "statuses[0]: must",
        ),
        (json!({"answer": {"status": 204}}), "answer.status: must"),
        (
            json!({"answer": {"headers": {"Connection": "x"}}}),
            "answer.headers.Connection: decides",
        ),
        (
            json!({"answer": {"text": "x"}}),
            "answer.text: unknown field",
        ),
    ] {
        let said = errors("fallback", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

struct Case {
    policy: Arc<dyn Policy>,
    world: Arc<World>,
    services: Services,
}

impl Case {
    fn new(config: Value) -> Self {
        let world = Arc::new(World::default());
        Self {
            policy: compile("fallback", config),
            services: services_in(Table::default(), &world),
            world,
        }
    }

    /// The upstream answers with this status; what the fallback does about it.
    fn answered(&self, method: &str, status: u16) -> Option<Answer> {
        let head = header(method, "/base/a?b=1", &[("X-A", "b")]);
        let request = view(&head);
        let mut exchange = exchange();
        let mut copy = head.clone();
        let mut upstream = UpstreamRequest::new(&mut copy).to("shop", "/base");
        let hook =
            self.policy
                .upstream_request(&request, &mut upstream, &mut exchange, &self.services);
        ready(hook).unwrap();
        let mut response = ResponseHeader::build(status, None).unwrap();
        let mut seen = Response::from_upstream(&mut response);
        let hook = self
            .policy
            .response(&request, &mut seen, &mut exchange, &self.services);
        answer(settled(hook).unwrap())
    }

    /// There is no connection to the upstream.
    fn failed(&self, method: &str) -> Option<Answer> {
        let head = header(
            method,
            "/shop/a?b=1",
            &[("X-API-Key", "secret"), ("X-A", "b")],
        );
        let mut exchange = exchange();
        exchange.credential_place = Some(Place::Header("x-api-key".parse().unwrap()));
        exchange.set_value(UPSTREAM_PATH, "/a");
        let why = Refusal::UpstreamUnavailable;
        let request = view(&head);
        let hook = self
            .policy
            .upstream_failed(&request, why, &mut exchange, &self.services);
        answer(settled(hook).unwrap())
    }
}

fn answer(flow: Flow) -> Option<Answer> {
    match flow {
        Flow::Next => None,
        Flow::Answer(answer) => Some(*answer),
    }
}

#[test]
fn a_fixed_answer_stands_in_for_a_failure() {
    let case = Case::new(json!({"answer": {"body": "[]", "headers": {"X-B": "c"}}}));
    for status in [502, 503, 504] {
        let made = case.answered("POST", status).unwrap();
        assert_eq!((made.status, &made.body[..]), (StatusCode::OK, &b"[]"[..]));
        assert!(made.for_upstream);
        assert_eq!(made.headers[0].1, "application/json");
        assert_eq!(made.headers[1].1, "answer");
        assert_eq!(made.headers[2].1, "c");
    }
    for status in [200, 404, 500] {
        assert_eq!(case.answered("GET", status), None);
    }
    assert!(case.failed("POST").is_some());
}

#[test]
fn another_upstream_is_asked_for_what_changes_nothing() {
    let case = Case::new(json!({"upstream": "spare", "statuses": [500]}));
    let said = [("x-c", "d"), ("connection", "x-e"), ("x-e", "f")];
    case.world
        .answer("spare /a?b=1", Ok(fetched(200, &said, "spare")));
    for made in [case.answered("GET", 500), case.failed("GET")] {
        let made = made.unwrap();
        assert_eq!(
            (made.status, &made.body[..]),
            (StatusCode::OK, &b"spare"[..])
        );
        let names: Vec<&str> = made.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["x-c", "x-fallback"]);
    }
    for (slug, call) in case.world.called() {
        assert_eq!(
            (slug.as_str(), call.path_and_query.as_str()),
            ("spare", "/a?b=1")
        );
        assert_eq!(call.headers["x-a"], "b");
        assert!(!call.headers.contains_key("x-api-key"));
    }
    assert_eq!(case.answered("POST", 500), None);
    assert!(case.world.called().is_empty());
    case.world.answer("spare /a?b=1", Ok(fetched(500, &[], "")));
    assert_eq!(case.answered("GET", 500), None, "it fails too");
}

#[test]
fn when_both_fail_the_fixed_answer_is_left() {
    let case = Case::new(json!({"upstream": "spare", "answer": {"status": 203, "body": "x"}}));
    assert_eq!(case.answered("GET", 503).unwrap().status.as_u16(), 203);
    assert_eq!(case.failed("GET").unwrap().status.as_u16(), 203);
    assert_eq!(case.world.called().len(), 2);
}
