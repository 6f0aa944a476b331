//! What a shared cache does, one row for each case, in the groups that the public suite of HTTP caching tests has. A row is what
//! the first answer says, how many seconds pass, what the second request says, and whether memory answers it. Where a row differs
//! from that suite, it follows RFC 9111 and says so.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;

use super::Case;
use crate::trial::{NOW, exchange};

type Lines = &'static [(&'static str, &'static str)];
type Row = (Lines, u64, Lines, bool);

/// `{+60}` in a value is the date sixty seconds from now.
fn dated(lines: Lines) -> Vec<(&'static str, String)> {
    let now = UNIX_EPOCH + Duration::from_secs(NOW.seconds().unsigned_abs());
    let value = |text: &str| match text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
        Some(seconds) => {
            let seconds: i64 = seconds.parse().unwrap();
            let by = Duration::from_secs(seconds.unsigned_abs());
            httpdate::fmt_http_date(if seconds < 0 { now - by } else { now + by })
        }
        None => text.to_owned(),
    };
    lines
        .iter()
        .map(|(name, text)| (*name, value(text)))
        .collect()
}

fn check(status: u16, rows: &[Row]) {
    for (answer, later, request, hit) in rows {
        let case = Case::new(json!({}));
        let (answer, request) = (dated(answer), dated(request));
        let answer: Vec<(&str, &str)> = answer.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let request: Vec<(&str, &str)> = request.iter().map(|(n, v)| (*n, v.as_str())).collect();
        case.get("/", &[], (status, &answer, "one"));
        case.later(*later);
        let again = case.get("/", &request, (200, &[], "two"));
        assert_eq!(
            again.is_hit(),
            *hit,
            "{status} {answer:?} {later} {request:?}"
        );
    }
}

const NONE: Lines = &[];

#[test]
fn freshness_by_cache_control() {
    check(
        200,
        &[
            (NONE, 0, NONE, false),
            (&[("cache-control", "max-age=3600")], 0, NONE, true),
            (&[("cache-control", "max-age=3600")], 3_599, NONE, true),
            (&[("cache-control", "max-age=3600")], 3_600, NONE, false),
            (&[("cache-control", "max-age=0")], 0, NONE, false),
            (&[("cache-control", "max-age=2147483647")], 9, NONE, true),
            (&[("cache-control", "max-age=2147483648")], 9, NONE, true),
            (&[("cache-control", "max-age=2147483649")], 9, NONE, true),
            (&[("cache-control", "max-age=99999999999")], 9, NONE, true),
            (
                &[("cache-control", "max-age=3600"), ("age", "3600")],
                0,
                NONE,
                false,
            ),
            (
                &[("cache-control", "max-age=3600"), ("age", "3590")],
                9,
                NONE,
                true,
            ),
            (
                &[("cache-control", "max-age=3600"), ("age", "3590")],
                10,
                NONE,
                false,
            ),
            (
                &[("cache-control", "max-age=3600"), ("date", "{-7200}")],
                0,
                NONE,
                false,
            ),
            (
                &[("cache-control", "max-age=3600"), ("expires", "{-7200}")],
                0,
                NONE,
                true,
            ),
            (
                &[("cache-control", "max-age=3600"), ("expires", "0")],
                0,
                NONE,
                true,
            ),
            (
                &[("cache-control", "max-age=0"), ("expires", "{+3600}")],
                0,
                NONE,
                false,
            ),
            (&[("cache-control", "foobar, max-age=3600")], 0, NONE, true),
            (
                &[("cache-control", "foobar=baz, max-age=3600")],
                0,
                NONE,
                true,
            ),
            (&[("cache-control", "MaX-aGe=3600")], 0, NONE, true),
            (&[("cache-control", "max-age=-3600")], 0, NONE, false),
            (&[("cache-control", "s-maxage=3600")], 0, NONE, true),
            (
                &[("cache-control", "max-age=3600, s-maxage=1")],
                2,
                NONE,
                false,
            ),
            (
                &[("cache-control", "s-maxage=1, max-age=3600")],
                2,
                NONE,
                false,
            ),
            (
                &[
                    ("cache-control", "max-age=3600"),
                    ("cache-control", "s-maxage=1"),
                ],
                2,
                NONE,
                false,
            ),
            (
                &[("cache-control", "max-age=1, s-maxage=3600")],
                2,
                NONE,
                true,
            ),
            (
                &[
                    ("cache-control", "max-age=0, s-maxage=3600"),
                    ("expires", "{-100}"),
                ],
                2,
                NONE,
                true,
            ),
        ],
    );
}

#[test]
fn directives_are_read_with_care() {
    check(
        200,
        &[
            (&[("cache-control", "max-age=\"3600\"")], 0, NONE, true),
            (&[("cache-control", "max-age='3600'")], 0, NONE, false),
            (
                &[("cache-control", "extension=\"max-age=3600\", max-age=1")],
                2,
                NONE,
                false,
            ),
            (
                &[("cache-control", "max-age=1, extension=\"max-age=3600\"")],
                2,
                NONE,
                false,
            ),
            (
                &[("cache-control", "extension=\"a, max-age=3600\"")],
                0,
                NONE,
                false,
            ),
            (&[("cache-control", "max-age=003600")], 0, NONE, true),
            (&[("cache-control", "max-age=3600.0")], 0, NONE, false),
            (&[("cache-control", "max-age=a3600")], 0, NONE, false),
            (&[("cache-control", "max-age=3600a")], 0, NONE, false),
            // of two the smaller, whichever comes first, on one line or two
            (
                &[("cache-control", "max-age=3600, max-age=1")],
                2,
                NONE,
                false,
            ),
            (
                &[("cache-control", "max-age=1, max-age=3600")],
                2,
                NONE,
                false,
            ),
            (
                &[
                    ("cache-control", "max-age=3600"),
                    ("cache-control", "max-age=1"),
                ],
                2,
                NONE,
                false,
            ),
            (
                &[
                    ("cache-control", "max-age=1"),
                    ("cache-control", "max-age=3600"),
                ],
                2,
                NONE,
                false,
            ),
        ],
    );
}

#[test]
fn ages_are_read_by_the_first_member() {
    const FRESH: (&str, &str) = ("cache-control", "max-age=3600");
    check(
        200,
        &[
            (&[FRESH, ("age", "7200")], 0, NONE, false),
            (&[FRESH, ("age", "7200, 0")], 0, NONE, false),
            (&[FRESH, ("age", "7200"), ("age", "0")], 0, NONE, false),
            (&[FRESH, ("age", "0, 7200")], 0, NONE, true),
            // RFC 9111, section 5.1: what is no number is ignored (RFC 7234 had it stale)
            (&[FRESH, ("age", "abc")], 0, NONE, true),
            (&[FRESH, ("age", "-7200")], 0, NONE, true),
            (&[FRESH, ("age", "7200.0")], 0, NONE, true),
            (&[FRESH, ("age", "7200;foo=bar")], 0, NONE, true),
        ],
    );
}

#[test]
fn freshness_by_dates() {
    check(
        200,
        &[
            (&[("expires", "{+3600}")], 0, NONE, true),
            (&[("expires", "{+3600}")], 3_600, NONE, false),
            (&[("expires", "{-3600}")], 0, NONE, false),
            (&[("expires", "{+0}"), ("date", "{+0}")], 0, NONE, false),
            (&[("expires", "{-60}"), ("date", "{-30}")], 0, NONE, false),
            (&[("expires", "0")], 0, NONE, false),
            (&[("expires", "{+3600}"), ("date", "foo")], 0, NONE, true),
            (
                &[("expires", "{+3600}"), ("age", "3600"), ("date", "{+0}")],
                0,
                NONE,
                false,
            ),
            (
                &[("expires", "{+3600}"), ("expires", "{+7200}")],
                0,
                NONE,
                false,
            ),
            (
                &[("expires", "Thu, 18 Aug 2050 02:01:18 GMT")],
                0,
                NONE,
                true,
            ),
            (
                &[("expires", "Thursday, 18-Aug-50 02:01:18 GMT")],
                0,
                NONE,
                true,
            ),
            (&[("expires", "Mon Aug  8 02:01:18 2050")], 0, NONE, true),
            (
                &[("expires", "Thu, 18 Aug 2050 02:01:18 UTC")],
                0,
                NONE,
                false,
            ),
            (
                &[("expires", "Thu, 18 Aug 2050 02:01:18 AEST")],
                0,
                NONE,
                false,
            ),
            (
                &[("expires", "Thu, 18-Aug-2050 02:01:18 GMT")],
                0,
                NONE,
                false,
            ),
            (
                &[("expires", "Thu, 18 Aug 2050 02.01.18 GMT")],
                0,
                NONE,
                false,
            ),
        ],
    );
}

#[test]
fn what_answers_forbid() {
    check(
        200,
        &[
            (
                &[("cache-control", "private, max-age=3600")],
                0,
                NONE,
                false,
            ),
            (&[("cache-control", "no-store")], 0, NONE, false),
            (
                &[("cache-control", "nO-StOrE, max-age=3600")],
                0,
                NONE,
                false,
            ),
            (
                &[
                    ("cache-control", "max-age=3600, no-store"),
                    ("expires", "{+3600}"),
                ],
                0,
                NONE,
                false,
            ),
            (
                &[("cache-control", "no-cache, max-age=3600")],
                0,
                NONE,
                false,
            ),
            (
                &[
                    ("cache-control", "No-CaChE, max-age=3600"),
                    ("expires", "{+3600}"),
                ],
                0,
                NONE,
                false,
            ),
            (
                &[("cache-control", "no-cache=\"x-a\", max-age=3600")],
                0,
                NONE,
                false,
            ),
            (
                &[("cache-control", "max-age=3600, must-revalidate")],
                0,
                NONE,
                true,
            ),
            (
                &[("cache-control", "max-age=1, must-revalidate")],
                2,
                NONE,
                false,
            ),
            (
                &[("cache-control", "max-age=3600, immutable")],
                0,
                NONE,
                true,
            ),
            (&[("cache-control", "max-age=1, immutable")], 2, NONE, false),
            // a cache that may be asked by others keeps no answer that sets cookies
            (
                &[("cache-control", "max-age=3600"), ("set-cookie", "a=b")],
                0,
                NONE,
                false,
            ),
            (
                &[
                    ("cache-control", "max-age=3600"),
                    ("content-disposition", "attachment"),
                ],
                0,
                NONE,
                true,
            ),
        ],
    );
}

#[test]
fn what_requests_ask_for() {
    const FRESH: Lines = &[("cache-control", "max-age=3600"), ("age", "1000")];
    check(
        200,
        &[
            (FRESH, 0, &[("cache-control", "max-age=0")], false),
            (FRESH, 0, &[("cache-control", "max-age=900")], false),
            (FRESH, 0, &[("cache-control", "max-age=1001")], true),
            (FRESH, 0, &[("cache-control", "min-fresh=2000")], true),
            (FRESH, 0, &[("cache-control", "min-fresh=2601")], false),
            (FRESH, 2_700, &[("cache-control", "max-stale=1000")], true),
            (FRESH, 2_700, &[("cache-control", "max-stale=50")], false),
            (FRESH, 2_700, &[("cache-control", "max-stale")], true),
            (FRESH, 0, &[("cache-control", "no-cache")], false),
            (FRESH, 0, &[("cache-control", "no-store")], false),
            (FRESH, 0, &[("cache-control", "only-if-cached")], true),
            (FRESH, 0, &[("pragma", "no-cache")], false),
            (FRESH, 0, &[("pragma", "foo")], true),
            (
                FRESH,
                0,
                &[("pragma", "no-cache"), ("cache-control", "max-age=3600")],
                true,
            ),
            // a 412 or a 206 is the upstream's to give
            (FRESH, 0, &[("if-match", "\"a\"")], false),
        ],
    );
    check(
        200,
        &[(
            &[("cache-control", "max-age=1, must-revalidate")],
            2,
            &[("cache-control", "max-stale=1000")],
            false,
        )],
    );
}

#[test]
fn statuses_and_guesses() {
    const CHANGED: Lines = &[("last-modified", "{-100000}"), ("date", "{+0}")];
    const FRESH: Lines = &[("cache-control", "max-age=3600")];
    for (status, guessed, fresh) in [
        (200, true, true),
        (201, false, false),
        (202, false, false),
        (203, true, true),
        (204, true, true),
        (300, true, true),
        (301, true, true),
        (302, false, true),
        (303, false, true),
        (307, false, true),
        (308, true, true),
        (400, false, false),
        (403, false, false),
        (404, true, true),
        (405, true, true),
        (410, true, true),
        (414, true, true),
        (500, false, false),
        (501, true, true),
        (502, false, false),
        (503, false, false),
        (504, false, false),
        (599, false, false),
    ] {
        check(status, &[(CHANGED, 100, NONE, guessed)]);
        check(status, &[(FRESH, 100, NONE, fresh)]);
    }
}

#[test]
fn what_vary_names_must_be_the_same() {
    const A: Lines = &[("cache-control", "max-age=3600"), ("vary", "foo")];
    const TWO: Lines = &[("cache-control", "max-age=3600"), ("vary", "Foo, BAR")];
    for (answer, first, second, hit) in [
        (A, &[("foo", "1")][..], &[("foo", "1")][..], true),
        (A, &[("foo", "1")], &[("foo", "2")], false),
        (A, &[("foo", "1")], NONE, false),
        (A, NONE, &[("foo", "1")], false),
        (A, &[("foo", "1")], &[("foo", "1"), ("other", "2")], true),
        (A, &[("FOO", "1")], &[("foo", "1")], true),
        (A, &[("foo", "1, 2")], &[("foo", "1"), ("foo", "2")], true),
        (A, &[("foo", "1, 2")], &[("foo", "1,2")], true),
        (A, &[("foo", "1, 2")], &[("foo", "2, 1")], false),
        (
            TWO,
            &[("foo", "1"), ("bar", "a")],
            &[("bar", "a"), ("foo", "1")],
            true,
        ),
        (
            TWO,
            &[("foo", "1"), ("bar", "a")],
            &[("foo", "1"), ("bar", "b")],
            false,
        ),
        (TWO, &[("foo", "1"), ("bar", "a")], &[("foo", "1")], false),
        (
            &[("cache-control", "max-age=3600"), ("vary", "*")],
            NONE,
            NONE,
            false,
        ),
        (
            &[("cache-control", "max-age=3600"), ("vary", "foo, *")],
            NONE,
            NONE,
            false,
        ),
        (
            &[("cache-control", "max-age=3600"), ("vary", ", , foo")],
            NONE,
            NONE,
            true,
        ),
        (
            &[("cache-control", "max-age=3600"), ("vary", "not a name")],
            NONE,
            NONE,
            false,
        ),
    ] {
        let case = Case::new(json!({}));
        case.get("/", first, (200, answer, "one"));
        let again = case.get("/", second, (200, NONE, "two"));
        assert_eq!(again.is_hit(), hit, "{answer:?} {first:?} {second:?}");
    }
}

#[test]
fn conditions_are_answered_and_made() {
    const TAGGED: Lines = &[("cache-control", "max-age=60"), ("etag", "\"abcdef\"")];
    const WEAK: Lines = &[("cache-control", "max-age=60"), ("etag", "W/\"abcdef\"")];
    const DATED: Lines = &[
        ("cache-control", "max-age=60"),
        ("last-modified", "Mon, 21 Sep 2026 14:03:20 GMT"),
    ];
    for (answer, condition, status) in [
        (TAGGED, ("if-none-match", "\"abcdef\""), 304),
        (TAGGED, ("if-none-match", "W/\"abcdef\""), 304),
        (TAGGED, ("if-none-match", "\"other\""), 200),
        (TAGGED, ("if-none-match", "\"abcdef\", \"b\", \"c\""), 304),
        (TAGGED, ("if-none-match", "\"a\", \"abcdef\", \"c\""), 304),
        (TAGGED, ("if-none-match", "\"a\", \"b\", \"abcdef\""), 304),
        (TAGGED, ("if-none-match", "*"), 304),
        (TAGGED, ("if-none-match", "abcdef"), 200),
        (WEAK, ("if-none-match", "W/\"abcdef\""), 304),
        (WEAK, ("if-none-match", "\"abcdef\""), 304),
        (
            DATED,
            ("if-modified-since", "Mon, 21 Sep 2026 14:03:20 GMT"),
            304,
        ),
        (
            DATED,
            ("if-modified-since", "Monday, 21-Sep-26 14:03:20 GMT"),
            304,
        ),
        (
            DATED,
            ("if-modified-since", "Mon, 21 Sep 2026 14:13:20 GMT"),
            304,
        ),
        (
            DATED,
            ("if-modified-since", "Mon, 21 Sep 2026 14:03:19 GMT"),
            200,
        ),
        (DATED, ("if-modified-since", "yesterday"), 200),
    ] {
        let case = Case::new(json!({}));
        case.get("/", &[], (200, answer, "one"));
        let again = case.get("/", &[condition], (200, NONE, "two"));
        assert!(again.is_hit(), "{condition:?}");
        assert_eq!(again.status, status, "{answer:?} {condition:?}");
        if status == 304 {
            let name = if answer == DATED {
                "cache-control"
            } else {
                "etag"
            };
            assert!(
                !again.header(name).is_empty(),
                "a 304 says what the 200 says of itself"
            );
            assert_eq!(again.body, "");
        }
    }
    // stale ones are asked about with what they carry
    for (answer, name, value) in [
        (TAGGED, "if-none-match", "\"abcdef\""),
        (WEAK, "if-none-match", "W/\"abcdef\""),
        (DATED, "if-modified-since", "Mon, 21 Sep 2026 14:03:20 GMT"),
    ] {
        let case = Case::new(json!({}));
        case.get("/", &[], (200, answer, "one"));
        case.later(61);
        let again = case.get("/", &[], (304, &[("x-new", "1")], ""));
        assert_eq!(again.asked(name), value);
        assert_eq!((again.status, again.body.as_str()), (200, "one"));
        assert_eq!(
            again.header("x-new"),
            "1",
            "the 304 brings headers up to date"
        );
    }
}

#[test]
fn a_304_renews_all_but_what_says_which_bytes_they_are() {
    let case = Case::new(json!({}));
    let first: Lines = &[
        ("cache-control", "max-age=60"),
        ("etag", "\"a\""),
        ("x-kept", "old"),
        ("x-changed", "old"),
        ("content-type", "text/plain"),
        ("content-encoding", "identity"),
        ("content-md5", "b2xk"),
        ("content-location", "/old"),
    ];
    let second: Lines = &[
        ("cache-control", "max-age=90"),
        ("etag", "\"b\""),
        ("x-changed", "new"),
        ("content-type", "text/html"),
        ("content-encoding", "gzip"),
        ("content-md5", "bmV3"),
        ("content-location", "/new"),
    ];
    case.get("/", &[], (200, first, "one"));
    case.later(61);
    case.get("/", &[], (304, second, ""));
    case.later(89);
    let hit = case.get("/", &[], (500, NONE, ""));
    assert!(hit.is_hit(), "it is fresh for as long as the 304 said");
    for (name, value) in [
        ("x-kept", "old"),
        ("x-changed", "new"),
        ("content-type", "text/html"),
        ("content-encoding", "identity"),
        ("content-md5", "b2xk"),
        ("etag", "\"a\""),
        ("content-location", "/new"),
        ("cache-control", "max-age=90"),
    ] {
        assert_eq!(hit.header(name), value, "{name}");
    }
}

#[test]
fn headers_of_the_connection_are_not_kept_and_others_are() {
    let case = Case::new(json!({}));
    let told: Lines = &[
        ("cache-control", "max-age=60"),
        ("connection", "keep-alive"),
        ("keep-alive", "timeout=5"),
        ("proxy-authenticate", "Basic"),
        ("proxy-connection", "close"),
        ("te", "trailers"),
        ("trailer", "x"),
        ("upgrade", "h2c"),
        ("test-header", "1"),
        ("content-foo", "2"),
        ("content-security-policy", "default-src 'self'"),
        ("clear-site-data", "cookies"),
        ("x-frame-options", "deny"),
        ("expires", "Thu, 18 Aug 2050 02:01:18 GMT"),
        ("date", "Mon, 21 Sep 2026 14:13:20 GMT"),
    ];
    case.get("/", &[], (200, told, "one"));
    case.later(5);
    let hit = case.get("/", &[], (500, NONE, ""));
    assert!(hit.is_hit());
    for (name, value) in &told[1..8] {
        assert_eq!(hit.header(name), "", "{name}: {value}");
    }
    for (name, value) in &told[8..] {
        assert_eq!(
            hit.header(name),
            *value,
            "{name}: it is as it was, the date too"
        );
    }
    assert_eq!(hit.header("age"), "5");
}

#[test]
fn unsafe_methods_remove_what_they_change() {
    const FRESH: Lines = &[("cache-control", "max-age=3600")];
    for method in ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH"] {
        for (status, removed) in [
            (200, true),
            (204, true),
            (303, true),
            (404, false),
            (500, false),
        ] {
            let case = Case::new(json!({}));
            case.get("/a", &[], (200, FRESH, "one"));
            case.call((method, "/a"), &[], exchange(), (status, NONE, ""));
            let again = case.get("/a", &[], (200, FRESH, "two"));
            assert_eq!(again.is_hit(), !removed, "{method} {status}");
        }
        for place in ["location", "content-location"] {
            let case = Case::new(json!({}));
            case.get("/a", &[], (200, FRESH, "one"));
            case.call((method, "/b"), &[], exchange(), (201, &[(place, "/a")], ""));
            assert!(
                !case.get("/a", &[], (200, FRESH, "two")).is_hit(),
                "{method} {place}"
            );
        }
    }
}

#[test]
fn parts_come_out_of_a_whole() {
    for (range, status, body, place) in [
        ("bytes=0-1", 206, "01", "bytes 0-1/10"),
        ("bytes=8-", 206, "89", "bytes 8-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=5-100", 206, "56789", "bytes 5-9/10"),
        ("bytes=-100", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=-0", 416, "", "bytes */10"),
        ("bytes=5-2", 200, "0123456789", ""),
        ("bytes=0-1, 3-4", 200, "0123456789", ""),
        ("lines=1-2", 200, "0123456789", ""),
    ] {
        let case = Case::new(json!({}));
        let whole: Lines = &[("cache-control", "max-age=60"), ("etag", "\"a\"")];
        case.get("/", &[], (200, whole, "0123456789"));
        let part = case.get("/", &[("range", range)], (500, NONE, ""));
        assert!(part.is_hit(), "{range}");
        assert_eq!((part.status, part.body.as_str()), (status, body), "{range}");
        assert_eq!(part.header("content-range"), place, "{range}");
        let other = [("range", range), ("if-range", "\"b\"")];
        assert_eq!(
            case.get("/", &other, (500, NONE, "")).status,
            200,
            "{range}"
        );
    }
}

#[test]
fn failures_are_stood_in_for_only_where_that_is_allowed() {
    for (directives, stands_in) in [
        ("max-age=1", false),
        ("max-age=1, stale-if-error=60", true),
        ("max-age=1, stale-if-error=60, must-revalidate", false),
        ("max-age=1, stale-if-error=60, proxy-revalidate", false),
        ("no-cache, stale-if-error=60", false),
        ("s-maxage=1", false),
    ] {
        let case = Case::new(json!({}));
        let told = [("cache-control", directives), ("etag", "\"a\"")];
        case.get("/", &[], (200, &told, "one"));
        case.later(3);
        let again = case.get("/", &[], (503, NONE, "broken"));
        assert_eq!(again.status == 200, stands_in, "{directives}");
    }
}
