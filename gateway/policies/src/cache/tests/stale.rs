//! Answers that are no longer fresh: revalidated, used all the same, or not.

use domain::refusal::Refusal;
use http::StatusCode;
use serde_json::json;

use super::{Case, FRESH, TAGGED, Told};
use crate::policy::Flow;
use crate::trial::{exchange, fetched, header, settled, view, wait};

#[test]
fn a_stale_answer_is_revalidated_and_renewed() {
    let case = Case::new(json!({}));
    case.get("/", &[], TAGGED);
    case.later(60);
    let conditions = [("if-none-match", "\"other\""), ("range", "bytes=0-0")];
    let said = [
        ("cache-control", "max-age=10"),
        ("x-new", "1"),
        ("content-type", "x/y"),
    ];
    let renewed = case.get("/", &conditions, (304, &said, ""));
    assert_eq!(renewed.asked("if-none-match"), "\"v1\"");
    assert_eq!(
        renewed.asked("if-modified-since"),
        "Mon, 21 Sep 2026 14:03:20 GMT"
    );
    assert_eq!(renewed.asked("range"), "");
    // the caller's own conditions are about what is stored
    assert_eq!((renewed.status, renewed.body.as_str()), (206, "o"));
    case.later(9);
    let hit = case.get("/", &[], FRESH);
    assert!(hit.is_hit());
    assert_eq!(hit.header("age"), "9");
    assert_eq!(hit.header("x-new"), "1");
    assert_eq!(hit.header("content-type"), "x/y");
    case.later(1);
    let current = case.get("/", &[("if-none-match", "\"v1\"")], (304, &said, ""));
    assert_eq!((current.status, current.body.as_str()), (304, ""));
    case.later(10);
    let changed = case.get("/", &[], (200, &[("cache-control", "max-age=60")], "two"));
    assert_eq!(changed.body, "two");
    assert_eq!(case.get("/", &[], FRESH).body, "two");
}

#[test]
fn no_cache_answers_are_kept_and_revalidated_each_time() {
    let case = Case::new(json!({}));
    let told: Told<'_> = (
        200,
        &[("cache-control", "no-cache"), ("etag", "\"v1\"")],
        "one",
    );
    case.get("/", &[], told);
    for _ in 0..2 {
        let again = case.get("/", &[], (304, &[], ""));
        assert_eq!(again.asked("if-none-match"), "\"v1\"");
        assert_eq!((again.status, again.body.as_str()), (200, "one"));
    }
}

#[test]
fn a_304_that_was_not_asked_for_by_the_cache_is_the_caller_s() {
    let case = Case::new(json!({}));
    let got = case.get("/", &[("if-none-match", "\"mine\"")], (304, &[], ""));
    assert_eq!(got.asked("if-none-match"), "\"mine\"");
    assert_eq!(got.status, 304);
    case.get("/", &[], FRESH);
    case.later(60);
    // nothing to revalidate with, so a 304 would be about nothing that is stored
    let got = case.get("/", &[], (304, &[], ""));
    assert_eq!((got.status, got.asked("if-none-match")), (304, ""));
}

#[test]
fn callers_say_how_fresh_an_answer_must_be() {
    for (age, directive, hit) in [
        (10, "max-age=10", true),
        (10, "max-age=9", false),
        (10, "min-fresh=50", true),
        (10, "min-fresh=51", false),
        (10, "no-cache", false),
        (10, "no-store", false),
        (70, "max-stale", true),
        (70, "max-stale=10", true),
        (70, "max-stale=9", false),
        (70, "max-stale=99, max-age=20", false),
    ] {
        let case = Case::new(json!({}));
        case.get("/", &[], TAGGED);
        case.later(age);
        let got = case.get("/", &[("cache-control", directive)], FRESH);
        assert_eq!(got.is_hit(), hit, "{directive} at {age}");
        let deaf = Case::new(json!({"obey_requests": false}));
        deaf.get("/", &[], TAGGED);
        deaf.later(age);
        let got = deaf.get("/", &[("cache-control", directive)], FRESH);
        assert_eq!(got.is_hit(), age < 60, "{directive} at {age}");
    }
    let case = Case::new(json!({}));
    let alone = case.get("/", &[("cache-control", "only-if-cached")], FRESH);
    assert_eq!((alone.status, alone.is_hit()), (504, true));
    assert!(!case.get("/", &[("pragma", "no-cache")], FRESH).is_hit());
    assert!(!case.get("/", &[("pragma", "no-cache")], FRESH).is_hit());
    let strict: Told<'_> = (
        200,
        &[("cache-control", "max-age=60, must-revalidate")],
        "one",
    );
    case.get("/s", &[], strict);
    case.later(61);
    assert!(
        !case
            .get("/s", &[("cache-control", "max-stale")], FRESH)
            .is_hit()
    );
}

#[test]
fn a_request_that_says_no_store_leaves_nothing_behind() {
    let case = Case::new(json!({}));
    case.get("/", &[("cache-control", "no-store")], FRESH);
    assert!(!case.get("/", &[], FRESH).is_hit());
}

#[test]
fn a_stale_answer_stands_in_for_a_failing_upstream_where_it_may() {
    for (directives, config, stale) in [
        ("max-age=60, stale-if-error=30", json!({}), true),
        ("max-age=60", json!({"stale_if_error_s": 30}), true),
        ("max-age=60", json!({}), false),
        (
            "max-age=60, stale-if-error=30, must-revalidate",
            json!({}),
            false,
        ),
        (
            "max-age=60, must-revalidate",
            json!({"stale_if_error_s": 30}),
            false,
        ),
        ("s-maxage=60", json!({"stale_if_error_s": 30}), false),
        (
            "max-age=60, stale-if-error=5",
            json!({"stale_if_error_s": 30}),
            false,
        ),
    ] {
        for status in [500, 502, 503, 504] {
            let case = Case::new(config.clone());
            case.get("/", &[], (200, &[("cache-control", directives)], "one"));
            case.later(75);
            let got = case.get("/", &[], (status, &[], "broken"));
            assert_eq!(got.status == 200, stale, "{directives}");
            if stale {
                assert_eq!((got.body.as_str(), got.header("age")), ("one", "75"));
                case.later(20);
                assert_eq!(case.get("/", &[], (status, &[], "")).status, status);
            }
        }
        let case = Case::new(config);
        case.get("/", &[], (200, &[("cache-control", directives)], "one"));
        case.later(75);
        assert_eq!(case.get("/", &[], (404, &[], "")).status, 404, "no failure");
    }
}

#[test]
fn a_stale_answer_stands_in_for_an_upstream_that_cannot_be_reached() {
    let case = Case::new(json!({"stale_if_error_s": 30}));
    case.get("/", &[], FRESH);
    case.later(75);
    let head = header("GET", "/", &[]);
    let request = view(&head);
    let fail = |now| {
        let mut exchange = exchange();
        exchange.now = now;
        let flow = settled(case.policy.request(&request, &mut exchange, &case.services));
        assert!(matches!(flow, Ok(Flow::Next)));
        let why = Refusal::UpstreamUnavailable;
        let hook = case
            .policy
            .upstream_failed(&request, why, &mut exchange, &case.services);
        settled(hook).unwrap()
    };
    let Flow::Answer(answer) = fail(case.now.get()) else {
        panic!("there is an answer");
    };
    assert_eq!(
        (answer.status, &answer.body[..]),
        (StatusCode::OK, &b"one"[..])
    );
    case.later(30);
    assert!(matches!(fail(case.now.get()), Flow::Next));
}

#[test]
fn stale_while_revalidate_answers_at_once_and_asks_in_the_background() {
    let case = Case::new(json!({}));
    let told: Told<'_> = (
        200,
        &[
            ("cache-control", "max-age=60, stale-while-revalidate=30"),
            ("etag", "\"v1\""),
        ],
        "one",
    );
    case.get("/base/a?b=1", &[("x-extra", "1")], told);
    case.later(70);
    for _ in 0..3 {
        let got = case.get("/base/a?b=1", &[], FRESH);
        assert!(got.is_hit());
        assert_eq!(got.body, "one");
    }
    let again = [
        ("cache-control", "max-age=60, stale-while-revalidate=30"),
        ("etag", "\"v2\""),
    ];
    case.world
        .answer("shop /a?b=1", Ok(fetched(200, &again, "two")));
    let calls = case.world.called();
    assert_eq!(calls.len(), 1, "one asks for all");
    assert_eq!(calls[0].1.headers["if-none-match"], "\"v1\"");
    assert_eq!(calls[0].1.headers["x-extra"], "1");
    for work in case.world.started() {
        wait(work);
    }
    // that one had found nobody: the world answered before it was told
    let stale = case.get("/base/a?b=1", &[], FRESH);
    assert_eq!((stale.is_hit(), stale.body.as_str()), (true, "one"));
    for work in case.world.started() {
        wait(work);
    }
    let fresh = case.get("/base/a?b=1", &[], FRESH);
    assert_eq!((fresh.body.as_str(), fresh.header("age")), ("two", "0"));
    case.later(91);
    assert!(
        !case.get("/base/a?b=1", &[], FRESH).is_hit(),
        "its time is over"
    );
}

#[test]
fn a_304_in_the_background_renews() {
    let case = Case::new(json!({"stale_while_revalidate_s": 30}));
    case.get("/base/", &[], TAGGED);
    case.later(60);
    let said = [("cache-control", "max-age=100")];
    case.world.answer("shop /", Ok(fetched(304, &said, "")));
    assert!(case.get("/base/", &[], FRESH).is_hit());
    for work in case.world.started() {
        wait(work);
    }
    case.later(99);
    let hit = case.get("/base/", &[], FRESH);
    assert_eq!((hit.is_hit(), hit.body.as_str()), (true, "one"));
    assert_eq!(hit.header("cache-status"), "gatehouse; hit; ttl=1");
}
