//! Tests of `cache` as its callers meet it, case by case from RFC 9111. Parts that need no policy are tested where they are.

mod behaviour;
mod stale;

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Timestamp;
use http::HeaderMap;
use pingora_http::ResponseHeader;
use serde_json::{Value, json};

use super::store::{Purge, What};
use crate::exchange::{Exchange, Place};
use crate::policy::{Answer, Flow, Outcome, Policy};
use crate::request::Scheme;
use crate::response::Response;
use crate::services::Services;
use crate::trial::{
    NOW, Table, World, anonymous, compile, errors, exchange, header, id, ready, services_in,
    settled, view,
};
use crate::upstream::UpstreamRequest;

/// What an upstream answers: status, headers, body.
type Told<'a> = (u16, &'a [(&'a str, &'a str)], &'a str);

const FRESH: Told<'_> = (200, &[("cache-control", "max-age=60")], "one");
const PUBLIC: Told<'_> = (200, &[("cache-control", "public, max-age=60")], "one");

struct Case {
    policy: Arc<dyn Policy>,
    world: Arc<World>,
    services: Services,
    now: Cell<Timestamp>,
}

/// What a caller got.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
    /// What the upstream was asked; `None` when it was not.
    asked: Option<HeaderMap>,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    fn asked(&self, name: &str) -> &str {
        let asked = self.asked.as_ref().expect("the upstream was asked");
        asked.get(name).map_or("", |v| v.to_str().unwrap())
    }

    fn is_hit(&self) -> bool {
        self.asked.is_none()
    }
}

impl Case {
    fn new(config: Value) -> Self {
        let world = Arc::new(World::default());
        Self {
            policy: compile("cache", config),
            services: services_in(Table::default(), &world),
            world,
            now: Cell::new(NOW),
        }
    }

    fn later(&self, seconds: u64) {
        self.now.set(self.now.get() + Duration::from_secs(seconds));
    }

    /// A GET of an application.
    fn get(&self, target: &str, headers: &[(&str, &str)], told: Told<'_>) -> Got {
        self.call(("GET", target), headers, exchange(), told)
    }

    /// A GET of another application.
    fn other(&self, target: &str, headers: &[(&str, &str)], told: Told<'_>) -> Got {
        let mut exchange = exchange();
        exchange.caller.as_mut().unwrap().application = id(99);
        exchange.terms = None;
        self.call(("GET", target), headers, exchange, told)
    }

    fn call(
        &self,
        line: (&str, &str),
        headers: &[(&str, &str)],
        mut exchange: Exchange,
        told: Told<'_>,
    ) -> Got {
        exchange.now = self.now.get();
        let head = header(line.0, line.1, headers);
        let request = view(&head);
        let verdict = settled(self.policy.request(&request, &mut exchange, &self.services));
        if let Flow::Answer(answer) = verdict.unwrap() {
            return got(*answer, None);
        }
        let mut copy = head.clone();
        let mut upstream = UpstreamRequest::new(&mut copy).to("shop", "/base");
        let hook =
            self.policy
                .upstream_request(&request, &mut upstream, &mut exchange, &self.services);
        ready(hook).unwrap();
        let asked = Some(copy.headers.clone());
        self.answer(&request, &mut exchange, told, asked)
    }

    fn answer(
        &self,
        request: &crate::request::Request<'_>,
        exchange: &mut Exchange,
        told: Told<'_>,
        asked: Option<HeaderMap>,
    ) -> Got {
        let mut response = ResponseHeader::build(told.0, None).unwrap();
        for (name, value) in told.1 {
            response.append_header((*name).to_owned(), *value).unwrap();
        }
        let mut seen = Response::from_upstream(&mut response);
        let hook = self
            .policy
            .response(request, &mut seen, exchange, &self.services);
        if let Flow::Answer(answer) = settled(hook).unwrap() {
            return got(*answer, asked);
        }
        let body = Bytes::copy_from_slice(told.2.as_bytes());
        let half = body.len() / 2;
        for (piece, end) in [(body.slice(..half), false), (body.slice(half..), true)] {
            assert_eq!(self.policy.response_body(exchange, &piece, end), Ok(None));
        }
        Got {
            status: told.0,
            headers: response.headers.clone(),
            body: told.2.to_owned(),
            asked,
        }
    }
}

fn got(answer: Answer, asked: Option<HeaderMap>) -> Got {
    Got {
        status: answer.status.as_u16(),
        headers: answer.headers.into_iter().collect(),
        body: String::from_utf8(answer.body.to_vec()).unwrap(),
        asked,
    }
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (
            json!({"default_ttl_s": 31_536_001}),
            "default_ttl_s: must be",
        ),
        (json!({"max_body_bytes": 0}), "max_body_bytes: must be"),
        (json!({"collapse_wait_ms": 0}), "collapse_wait_ms: must be"),
        (json!({"vary": ["a b"]}), "vary[0]: is not"),
        (json!({"ttl": 5}), "unknown field `ttl`"),
    ] {
        let said = errors("cache", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

#[test]
fn a_fresh_answer_comes_from_memory_with_its_age() {
    let case = Case::new(json!({}));
    let told: Told<'_> = (
        200,
        &[
            ("cache-control", "max-age=60"),
            ("x-a", "b"),
            ("age", "5"),
            ("connection", "x-c"),
        ],
        "one",
    );
    let first = case.get("/a?b=1", &[], told);
    assert_eq!(first.header("cache-status"), "gatehouse; fwd=miss; stored");
    case.later(10);
    let hit = case.get("/a?b=1", &[], (500, &[], ""));
    assert!(hit.is_hit());
    assert_eq!((hit.status, hit.body.as_str()), (200, "one"));
    assert_eq!(hit.header("age"), "15");
    assert_eq!(hit.header("x-a"), "b");
    assert_eq!(hit.header("connection"), "");
    assert_eq!(hit.header("cache-status"), "gatehouse; hit; ttl=45");
    assert!(!case.get("/a?b=2", &[], FRESH).is_hit(), "another query");
    assert!(!case.get("/A?b=1", &[], FRESH).is_hit(), "another path");
    case.later(45);
    assert!(!case.get("/a?b=1", &[], FRESH).is_hit(), "its time is over");
}

#[test]
fn only_what_may_be_stored_is_stored() {
    for (status, headers, stored) in [
        (200, &[("cache-control", "max-age=60")][..], true),
        (200, &[("cache-control", "max-age=60, no-store")], false),
        (
            200,
            &[("cache-control", "no-store, must-understand, max-age=60")],
            true,
        ),
        (
            299,
            &[("cache-control", "no-store, must-understand, max-age=60")],
            false,
        ),
        (200, &[("cache-control", "private, max-age=60")], false),
        (
            200,
            &[("cache-control", "private=\"x-a\", max-age=60")],
            false,
        ),
        (200, &[("cache-control", "max-age=0")], false),
        (200, &[("cache-control", "s-maxage=60, max-age=0")], true),
        (200, &[], false),
        (200, &[("expires", "0")], false),
        (
            200,
            &[("cache-control", "max-age=60"), ("set-cookie", "a=b")],
            false,
        ),
        (
            200,
            &[("cache-control", "max-age=60"), ("vary", "*")],
            false,
        ),
        (
            200,
            &[("cache-control", "max-age=60"), ("vary", "accept, *")],
            false,
        ),
        (
            200,
            &[
                ("cache-control", "max-age=60"),
                ("content-type", "text/event-stream"),
            ],
            false,
        ),
        (
            200,
            &[("cache-control", "max-age=60"), ("content-length", "9")],
            false,
        ),
        (
            206,
            &[
                ("cache-control", "max-age=60"),
                ("content-range", "bytes 0-2/9"),
            ],
            false,
        ),
        (204, &[("cache-control", "max-age=60")], true),
        (301, &[("cache-control", "max-age=60")], true),
        (302, &[("cache-control", "max-age=60")], true),
        (404, &[("cache-control", "max-age=60")], true),
        (201, &[("cache-control", "max-age=60")], false),
        (500, &[("cache-control", "max-age=60")], false),
        (599, &[("cache-control", "max-age=60")], false),
    ] {
        let case = Case::new(json!({}));
        case.get("/", &[], (status, headers, "one"));
        let again = case.get("/", &[], (503, &[], ""));
        assert_eq!(again.is_hit(), stored, "{status} {headers:?}");
    }
}

#[test]
fn a_date_to_guess_from_and_a_default_make_answers_fresh() {
    let dates: &[(&str, &str)] = &[
        ("date", "Mon, 21 Sep 2026 14:13:20 GMT"),
        ("last-modified", "Mon, 21 Sep 2026 14:03:20 GMT"),
    ];
    for (config, headers, fresh) in [
        (json!({}), dates, 60),
        (json!({"heuristic_ttl_s": 30}), dates, 30),
        (json!({"heuristic_ttl_s": 0}), dates, 0),
        (json!({"default_ttl_s": 9}), &[][..], 9),
        (
            json!({"max_ttl_s": 7}),
            &[("cache-control", "max-age=60")],
            7,
        ),
    ] {
        let case = Case::new(config.clone());
        case.get("/", &[], (200, headers, "one"));
        if fresh > 0 {
            case.later(fresh - 1);
            assert!(case.get("/", &[], FRESH).is_hit(), "{config}");
            case.later(1);
        }
        assert!(!case.get("/", &[], (503, &[], "")).is_hit(), "{config}");
    }
}

#[test]
fn nothing_of_one_caller_is_given_to_another_unless_it_is_public() {
    let case = Case::new(json!({}));
    case.get("/a", &[], FRESH);
    assert!(case.get("/a", &[], FRESH).is_hit());
    assert!(
        !case.other("/a", &[], FRESH).is_hit(),
        "another application"
    );
    assert!(
        !case
            .get("/a", &[("authorization", "Bearer x")], FRESH)
            .is_hit()
    );
    assert!(
        !case
            .get("/a", &[("authorization", "Bearer y")], FRESH)
            .is_hit()
    );
    assert!(
        case.get("/a", &[("authorization", "Bearer x")], FRESH)
            .is_hit()
    );
    assert!(!case.get("/a", &[("cookie", "s=1")], FRESH).is_hit());
    let nobody = |headers| {
        case.call(("GET", "/a"), headers, anonymous(), FRESH)
            .is_hit()
    };
    assert!(!nobody(&[]), "nobody is apart from everybody who is known");
    assert!(nobody(&[]));
    case.get("/b", &[("authorization", "Bearer x")], PUBLIC);
    assert!(case.other("/b", &[], FRESH).is_hit());
    assert!(case.call(("GET", "/b"), &[], anonymous(), FRESH).is_hit());
    // what section 3.5 would share for other directives stays with its caller here
    let directives = [("cache-control", "s-maxage=60, must-revalidate")];
    case.get(
        "/c",
        &[("authorization", "Bearer x")],
        (200, &directives, "one"),
    );
    assert!(
        !case
            .other("/c", &[("authorization", "Bearer z")], FRESH)
            .is_hit()
    );
}

#[test]
fn host_scheme_and_version_are_in_the_key_and_a_credential_is_not() {
    let case = Case::new(json!({}));
    case.get("/a", &[], PUBLIC);
    let mut version = exchange();
    version.api_version = id(12);
    assert!(!case.call(("GET", "/a"), &[], version, PUBLIC).is_hit());
    let head = header("GET", "/a", &[]);
    let request = view(&head).over(Scheme::Https, None);
    let hook = goes_on(
        case.policy
            .request(&request, &mut exchange(), &case.services),
    );
    assert!(hook, "the scheme differs");
    let keyed = |target: &str| {
        let mut exchange = exchange();
        exchange.credential_place = Some(Place::Query("api_key".to_owned()));
        case.call(("GET", target), &[], exchange, PUBLIC).is_hit()
    };
    assert!(!keyed("/k?a=1&api_key=one"));
    assert!(keyed("/k?api%5Fkey=two&a=1"));
    assert!(keyed("/a?api_key=one"));
    assert!(!keyed("/k?a=2&api_key=one"));
}

/// Whether a request goes on to the upstream.
fn goes_on(outcome: Outcome<'_>) -> bool {
    matches!(settled(outcome), Ok(Flow::Next))
}

#[test]
fn vary_tells_requests_apart() {
    let case = Case::new(json!({"vary": ["X-Tenant"]}));
    let told: Told<'_> = (
        200,
        &[("cache-control", "max-age=60"), ("vary", "Accept-Language")],
        "one",
    );
    case.get("/", &[("accept-language", "de, en")], told);
    assert!(
        case.get("/", &[("accept-language", "de,en")], told)
            .is_hit()
    );
    assert!(!case.get("/", &[("accept-language", "en")], told).is_hit());
    assert!(!case.get("/", &[], told).is_hit());
    assert!(
        case.get("/", &[("accept-language", "de, en")], told)
            .is_hit()
    );
    assert!(!case.get("/", &[("x-tenant", "7")], told).is_hit());
    assert!(case.get("/", &[("x-tenant", "7")], told).is_hit());
}

#[test]
fn head_is_answered_from_a_get_but_stores_nothing() {
    let case = Case::new(json!({}));
    let head = |target| case.call(("HEAD", target), &[], exchange(), FRESH);
    assert!(!head("/a").is_hit());
    assert!(!head("/a").is_hit());
    assert!(!case.get("/a", &[], FRESH).is_hit());
    let hit = head("/a");
    assert!(hit.is_hit());
    assert_eq!(hit.header("cache-control"), "max-age=60");
}

#[test]
fn unsafe_methods_that_succeed_remove_what_is_stored() {
    for (method, status, location, removed) in [
        ("POST", 201, None, true),
        ("PUT", 204, None, true),
        ("PATCH", 303, None, true),
        ("DELETE", 200, None, true),
        ("PURGE", 200, None, true),
        ("POST", 400, None, false),
        ("DELETE", 500, None, false),
        ("OPTIONS", 200, None, false),
        ("POST", 200, Some("/b"), true),
    ] {
        let case = Case::new(json!({}));
        case.get("/a", &[], FRESH);
        case.other("/a", &[], FRESH);
        case.get("/b", &[], FRESH);
        let location = location.map(|place| ("location", place));
        let headers: Vec<_> = location.into_iter().collect();
        case.call((method, "/a"), &[], exchange(), (status, &headers, ""));
        for hit in [
            case.get("/a", &[], FRESH).is_hit(),
            case.other("/a", &[], FRESH).is_hit(),
        ] {
            assert_eq!(hit, !removed, "{method} {status}");
        }
        assert_eq!(case.get("/b", &[], FRESH).is_hit(), location.is_none());
    }
    let case = Case::new(json!({}));
    case.get("/b", &[], FRESH);
    for place in ["https://elsewhere.example/b", "http://api.example.com/c"] {
        case.call(
            ("POST", "/a"),
            &[],
            exchange(),
            (201, &[("content-location", place)], ""),
        );
        assert!(case.get("/b", &[], FRESH).is_hit(), "{place}");
    }
    let place = [("content-location", "http://api.example.com/b")];
    case.call(("POST", "/a"), &[], exchange(), (201, &place, ""));
    assert!(!case.get("/b", &[], FRESH).is_hit());
}

const TAGGED: Told<'_> = (
    200,
    &[
        ("cache-control", "max-age=60"),
        ("etag", "\"v1\""),
        ("last-modified", "Mon, 21 Sep 2026 14:03:20 GMT"),
        ("content-type", "text/plain"),
    ],
    "one",
);

#[test]
fn ranges_and_conditions_are_answered_from_memory() {
    let case = Case::new(json!({}));
    assert!(
        !case
            .get("/", &[("range", "bytes=0-1")], (206, &[], "on"))
            .is_hit()
    );
    case.get("/", &[], TAGGED);
    let part = case.get("/", &[("range", "bytes=1-")], FRESH);
    assert_eq!((part.status, part.body.as_str()), (206, "ne"));
    assert_eq!(part.header("content-range"), "bytes 1-2/3");
    let none = case.get("/", &[("range", "bytes=5-")], FRESH);
    assert_eq!(
        (none.status, none.header("content-range")),
        (416, "bytes */3")
    );
    let current = case.get("/", &[("if-none-match", "W/\"v1\"")], FRESH);
    assert_eq!((current.status, current.body.as_str()), (304, ""));
    assert_eq!(current.header("etag"), "\"v1\"");
    assert_eq!(current.header("content-type"), "");
}

#[test]
fn what_is_too_large_or_broken_off_is_not_stored() {
    let case = Case::new(json!({"max_body_bytes": 4}));
    case.get("/a", &[], (200, FRESH.1, "fives"));
    assert!(!case.get("/a", &[], FRESH).is_hit());
    let head = header("GET", "/b", &[]);
    let request = view(&head);
    let mut exchange = exchange();
    let next = goes_on(case.policy.request(&request, &mut exchange, &case.services));
    assert!(next);
    let mut response = ResponseHeader::build(200, None).unwrap();
    response
        .insert_header("cache-control", "max-age=60")
        .unwrap();
    let mut seen = Response::from_upstream(&mut response);
    let hook = case
        .policy
        .response(&request, &mut seen, &mut exchange, &case.services);
    ready(hook).unwrap();
    let piece = Bytes::from_static(b"ha");
    case.policy
        .response_body(&mut exchange, &piece, false)
        .unwrap();
    drop(exchange);
    assert!(!case.get("/b", &[], FRESH).is_hit());
}

#[test]
fn purges_remove_by_tag_and_the_upstream_s_key_stays_inside() {
    let case = Case::new(json!({}));
    let first = case.get(
        "/a",
        &[],
        (
            200,
            &[
                ("cache-control", "max-age=60"),
                ("surrogate-key", "shoes hats"),
            ],
            "one",
        ),
    );
    assert_eq!(first.header("surrogate-key"), "");
    let tagged = [("cache-control", "max-age=60"), ("cache-tag", "hats, red")];
    case.get("/b", &[], (200, &tagged, "one"));
    assert_eq!(case.get("/a", &[], FRESH).header("surrogate-key"), "");
    let purge = |tag: &str| {
        case.services.cache.purge(&Purge {
            versions: None,
            what: What::Tag(tag.to_owned()),
        })
    };
    assert_eq!(purge("shoes"), 1);
    assert!(!case.get("/a", &[], FRESH).is_hit());
    assert_eq!(purge("red"), 1);
    assert!(!case.get("/b", &[], FRESH).is_hit());
}

#[tokio::test]
async fn others_wait_for_the_one_that_asks() {
    let case = Case::new(json!({}));
    let head = header("GET", "/", &[]);
    let request = view(&head);
    let (mut first, mut second) = (exchange(), exchange());
    let next = goes_on(case.policy.request(&request, &mut first, &case.services));
    assert!(next);
    let Outcome::Later(waiting) = case.policy.request(&request, &mut second, &case.services) else {
        panic!("one asks already");
    };
    case.answer(&request, &mut first, FRESH, None);
    let waited = tokio::time::timeout(Duration::from_secs(5), waiting).await;
    let Ok(Ok(Flow::Answer(answer))) = waited else {
        panic!("the answer is there: {waited:?}");
    };
    assert_eq!(&answer.body[..], b"one");
    drop((first, second));
    // an answer that is not stored: those who waited ask themselves, and nobody waits for the next
    let head = header("GET", "/never", &[]);
    let request = view(&head);
    let (mut first, mut second, mut third) = (exchange(), exchange(), exchange());
    let next = goes_on(case.policy.request(&request, &mut first, &case.services));
    assert!(next);
    let Outcome::Later(waiting) = case.policy.request(&request, &mut second, &case.services) else {
        panic!("one asks already");
    };
    case.answer(&request, &mut first, (200, &[], "one"), None);
    let waited = tokio::time::timeout(Duration::from_secs(5), waiting).await;
    assert!(matches!(waited, Ok(Ok(Flow::Next))));
    let hook = case.policy.request(&request, &mut third, &case.services);
    assert!(matches!(hook, Outcome::Ready(Ok(Flow::Next))));
}
