//! Tests of `mirror`: its configuration, what is copied, and what is not.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::exchange::Exchange;
use crate::policy::{Body, Policy};
use crate::services::{Services, UpstreamCall};
use crate::trial::{
    Table, World, compile, errors, exchange, fetched, header, ready, services_in, view, wait,
};
use crate::upstream::UpstreamRequest;

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "missing field `upstream`"),
        (json!({"upstream": ""}), "upstream: is empty"),
        (json!({"upstream": "a", "percent": 200}), "percent: must be"),
        (
            json!({"upstream": "a", "methods": ["get"]}),
            "methods[0]: is not",
        ),
        (
            json!({"upstream": "a", "max_in_flight": 0}),
            "max_in_flight: must",
        ),
        (
            json!({"upstream": "a", "max_body_bytes": 1_048_577}),
            "max_body_bytes: must",
        ),
    ] {
        let said = errors("mirror", &config);
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
        world.answer("next /v1/things?a=1", Ok(fetched(500, &[], "thrown away")));
        Self {
            policy: compile("mirror", config),
            services: services_in(Table::default(), &world),
            world,
        }
    }

    /// Passes a request through both hooks.
    fn pass(&self, method: &str, headers: &[(&str, &str)], pieces: &[&'static str]) -> Exchange {
        let head = header(method, "/v1/things?a=1", headers);
        let mut exchange = exchange();
        for _attempt in 0..2 {
            let mut copy = head.clone();
            let mut upstream = UpstreamRequest::new(&mut copy);
            let request = view(&head);
            let hook = self.policy.upstream_request(
                &request,
                &mut upstream,
                &mut exchange,
                &self.services,
            );
            ready(hook).unwrap();
        }
        for (i, piece) in pieces.iter().enumerate() {
            let piece = Bytes::from_static(piece.as_bytes());
            let end = i + 1 == pieces.len();
            let changed = self.policy.request_body(&mut exchange, &piece, end);
            assert_eq!(changed, Ok(None));
        }
        exchange
    }

    fn copies(&self) -> Vec<UpstreamCall> {
        for work in self.world.started() {
            wait(work);
        }
        self.world
            .called()
            .into_iter()
            .map(|(_, call)| call)
            .collect()
    }
}

#[test]
fn a_copy_is_what_the_upstream_gets_and_is_made_once() {
    let case = Case::new(json!({"upstream": "next"}));
    assert_eq!(case.policy.bodies().request, Body::Watch);
    case.pass("GET", &[("X-A", "b"), ("Host", "x")], &[]);
    let copies = case.copies();
    assert_eq!(copies.len(), 1);
    assert_eq!(copies[0].path_and_query, "/v1/things?a=1");
    assert_eq!(copies[0].headers["x-a"], "b");
    assert_eq!(copies[0].headers["x-gatehouse-mirror"], "1");
    assert!(!copies[0].headers.contains_key("host"));
}

#[test]
fn bodies_are_copied_as_they_pass_up_to_a_bound() {
    let case = Case::new(json!({"upstream": "next", "max_body_bytes": 6}));
    case.pass("POST", &[("Content-Length", "6")], &["abc", "def"]);
    let copies = case.copies();
    assert_eq!(copies[0].body, "abcdef");
    case.pass("POST", &[("Content-Length", "7")], &["abcdefg"]);
    case.pass(
        "POST",
        &[("Transfer-Encoding", "chunked")],
        &["abcdef", "g"],
    );
    assert!(case.copies().is_empty());
    case.pass("POST", &[("Transfer-Encoding", "chunked")], &["abc", ""]);
    assert_eq!(case.copies()[0].body, "abc");
}

#[test]
fn not_everything_is_copied() {
    let case = Case::new(json!({"upstream": "next", "methods": ["GET"], "max_in_flight": 2}));
    case.pass("DELETE", &[], &[]);
    case.pass("GET", &[("Upgrade", "websocket")], &[]);
    assert!(case.copies().is_empty());
    for _ in 0..5 {
        case.pass("GET", &[], &[]);
    }
    assert_eq!(case.copies().len(), 2, "no more than two are under way");
    case.pass("GET", &[], &[]);
    assert_eq!(case.copies().len(), 1, "the ends made room");
    let none = Case::new(json!({"upstream": "next", "percent": 0}));
    none.pass("GET", &[], &[]);
    assert!(none.copies().is_empty());
}
