//! Which route answers: by host, base path, path, method and precedence.

use domain::api::{Lifecycle, PathKind};
use http::{HeaderMap, HeaderName, Method};

use crate::condition::{Asked, Condition, Test};
use crate::live::{Found, Live, Verdict};
use crate::model::{ApiVersion, Entity, Route};
use crate::trial::{route, upstream, version};

use PathKind::{Exact, Prefix, Regex, Template};

/// A gateway with one API version at `base`, on every host, with these routes.
fn one(base: &str, routes: &[(&str, PathKind)]) -> Live {
    let routes = routes
        .iter()
        .zip(100..)
        .map(|((line, kind), n)| route(n, 2, line, *kind))
        .collect();
    many(vec![version(2, base)], routes)
}

fn many(versions: Vec<ApiVersion>, routes: Vec<Route>) -> Live {
    let live = Live::new();
    let mut entities = vec![Entity::Upstream(upstream(1))];
    entities.extend(versions.into_iter().map(Entity::ApiVersion));
    entities.extend(routes.into_iter().map(Entity::Route));
    live.replace(1, entities).unwrap();
    live
}

fn on(mut version: ApiVersion, hosts: &[&str]) -> ApiVersion {
    version.hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
    version
}

/// The name of the route that answers `GET https://api.example/path`, or what happens instead.
fn answer(live: &Live, line: &str) -> String {
    let (method, rest) = line.split_once(' ').unwrap();
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap()),
        None => ("api.example", rest),
    };
    let method: Method = method.parse().unwrap();
    match live.find(&method, host, path) {
        Found::Route(route) => {
            let up = route.upstream_path(path).unwrap();
            format!("{} -> {up}", route.name)
        }
        Found::Retired(version) => format!("retired {}", version.label),
        Found::MethodNotAllowed { allow } => format!("allow {}", allow.to_str().unwrap()),
        Found::NotFound => "nothing".to_owned(),
    }
}

fn check(live: &Live, rows: &[(&str, &str)]) {
    for (request, expected) in rows {
        assert_eq!(answer(live, request), *expected, "{request}");
    }
}

#[test]
fn paths_are_exact_prefix_template_or_regex() {
    let live = one(
        "/pay/v2",
        &[
            ("GET /", Exact),
            ("GET /charges", Exact),
            ("GET /charges/", Exact),
            ("/files", Prefix),
            ("GET,DELETE /charges/{id}", Template),
            ("GET /charges/{id}/refunds/{refund}", Template),
            ("GET /docs/{path*}", Template),
            ("GET /v[0-9]+/.*", Regex),
        ],
    );
    check(
        &live,
        &[
            ("GET /pay/v2", "GET / -> /"),
            ("GET /pay/v2/", "GET / -> /"),
            ("GET /pay/v2/charges", "GET /charges -> /charges"),
            ("GET /pay/v2/charges/", "GET /charges/ -> /charges/"),
            (
                "GET /pay/v2/charges/ch_1",
                "GET,DELETE /charges/{id} -> /charges/ch_1",
            ),
            (
                "HEAD /pay/v2/charges/ch_1",
                "GET,DELETE /charges/{id} -> /charges/ch_1",
            ),
            ("POST /pay/v2/charges/ch_1", "allow DELETE, GET, HEAD"),
            ("GET /pay/v2/charges/ch_1/", "nothing"),
            (
                "GET /pay/v2/charges/a/refunds/b",
                "GET /charges/{id}/refunds/{refund} -> /charges/a/refunds/b",
            ),
            ("PUT /pay/v2/files", "/files -> /files"),
            ("PUT /pay/v2/files/", "/files -> /files/"),
            ("PUT /pay/v2/files/a/b", "/files -> /files/a/b"),
            ("PUT /pay/v2/filesystem", "nothing"),
            ("GET /pay/v2/docs/a/b/", "GET /docs/{path*} -> /docs/a/b/"),
            ("GET /pay/v2/docs", "nothing"),
            ("GET /pay/v2/docs/", "nothing"),
            ("GET /pay/v2/v10/x", "GET /v[0-9]+/.* -> /v10/x"),
            ("GET /pay/v2/xv10/x", "nothing"),
            ("GET /pay/v20", "nothing"),
            ("GET /pay", "nothing"),
            ("GET /", "nothing"),
        ],
    );
}

#[test]
fn the_more_particular_path_is_taken() {
    let live = one(
        "/",
        &[
            ("GET /{a}/{b}", Template),
            ("GET /users/{id}", Template),
            ("GET /users/me", Exact),
            ("/users/me", Exact),
            ("GET /users/{id}.json", Template),
            ("GET /users/{id}.v{v}.json", Template),
            ("/users", Prefix),
            ("/", Prefix),
            ("GET /users/.*", Regex),
            ("GET /only/.+", Regex),
        ],
    );
    check(
        &live,
        &[
            ("GET /users/me", "GET /users/me -> /users/me"),
            ("PUT /users/me", "/users/me -> /users/me"),
            ("GET /users/7", "GET /users/{id} -> /users/7"),
            ("GET /users/7.json", "GET /users/{id}.json -> /users/7.json"),
            (
                "GET /users/7.v2.json",
                "GET /users/{id}.v{v}.json -> /users/7.v2.json",
            ),
            ("GET /users/7/x", "/users -> /users/7/x"),
            ("GET /else/7", "GET /{a}/{b} -> /else/7"),
            ("POST /else/7", "/ -> /else/7"),
            ("GET /only/a/b", "/ -> /only/a/b"),
        ],
    );
}

#[test]
fn segments_may_mix_text_and_parameters() {
    let live = one(
        "/",
        &[
            ("GET /compare/{base}...{head}", Template),
            ("GET /at/{user}@{host}", Template),
            ("GET /tile/{z}-{x}-{y}.png", Template),
            ("GET /pre-{x}", Template),
            ("GET /büro/{x}", Template),
        ],
    );
    check(
        &live,
        &[
            (
                "GET /compare/main...dev",
                "GET /compare/{base}...{head} -> /compare/main...dev",
            ),
            ("GET /compare/...dev", "nothing"),
            ("GET /compare/main...", "nothing"),
            ("GET /at/a@b", "GET /at/{user}@{host} -> /at/a@b"),
            (
                "GET /tile/1-2-3.png",
                "GET /tile/{z}-{x}-{y}.png -> /tile/1-2-3.png",
            ),
            ("GET /tile/1-2.png", "nothing"),
            ("GET /pre-", "nothing"),
            ("GET /pre-x", "GET /pre-{x} -> /pre-x"),
            ("GET /b%C3%BCro/1", "GET /büro/{x} -> /b%C3%BCro/1"),
        ],
    );
}

#[test]
fn priority_stands_above_shape() {
    let mut catch_all = route(9, 2, "GET /{rest*}", Template);
    catch_all.priority = 10;
    let live = many(
        vec![version(2, "/")],
        vec![catch_all, route(8, 2, "GET /users/me", Exact)],
    );
    check(&live, &[("GET /users/me", "GET /{rest*} -> /users/me")]);
}

#[test]
fn hosts_are_exact_then_wildcard_then_any() {
    let live = many(
        vec![
            on(version(2, "/"), &["api.example"]),
            on(version(3, "/"), &["*.example"]),
            on(version(4, "/"), &["*.eu.example"]),
            version(5, "/"),
        ],
        vec![
            route(20, 2, "GET /exact", Exact),
            route(30, 3, "GET /wild", Exact),
            route(31, 3, "GET /both", Exact),
            route(40, 4, "GET /both", Exact),
            route(50, 5, "/any", Prefix),
            route(51, 5, "POST /exact", Exact),
        ],
    );
    check(
        &live,
        &[
            ("GET //api.example/exact", "GET /exact -> /exact"),
            ("GET //API.Example.:8000/exact", "GET /exact -> /exact"),
            ("GET //api.example/wild", "GET /wild -> /wild"),
            ("GET //api.example/any", "/any -> /any"),
            ("POST //api.example/exact", "POST /exact -> /exact"),
            ("PUT //api.example/exact", "allow GET, HEAD, POST"),
            ("GET //a.b.example/wild", "GET /wild -> /wild"),
            ("GET //example/wild", "nothing"),
            ("GET //xexample/wild", "nothing"),
            ("GET //[::1]:8000/any/x", "/any -> /any/x"),
            ("GET ///any", "/any -> /any"),
        ],
    );
    let Found::Route(found) = live.find(&Method::GET, "x.eu.example", "/both") else {
        panic!("both wildcards have it");
    };
    assert_eq!(found.id, crate::trial::id(40));
}

#[test]
fn base_paths_may_lie_inside_each_other() {
    let mut old = version(3, "/shop/old");
    old.lifecycle = Lifecycle::Retired;
    let live = many(
        vec![
            version(2, "/"),
            old,
            version(4, "/shop"),
            version(5, "/shop"),
        ],
        vec![
            route(20, 2, "GET /{a}/{b}", Template),
            route(30, 3, "/", Prefix),
            route(40, 4, "GET /cart", Exact),
            route(50, 5, "GET /{x}", Template),
            route(51, 5, "POST /cart", Exact),
        ],
    );
    check(
        &live,
        &[
            ("GET /shop/cart", "GET /cart -> /cart"),
            ("POST /shop/cart", "POST /cart -> /cart"),
            ("GET /shop/else", "GET /{x} -> /else"),
            ("GET /zoo/else", "GET /{a}/{b} -> /zoo/else"),
            ("GET /shop/old/a/b", "retired v1"),
            ("GET /shop/old", "GET /{x} -> /old"),
            ("DELETE /shop/old", "retired v1"),
        ],
    );
}

#[test]
fn paths_are_stripped_rewritten_or_kept() {
    let mut kept = route(20, 2, "GET /kept", Exact);
    kept.settings.strip_base_path = false;
    let mut rewritten = route(21, 2, "GET /u/{user}/f/{path*}", Template);
    rewritten.settings.rewrite = Some("/files/{path}/of/{user}".into());
    let mut regex = route(22, 2, "GET /r/(?<year>\\d+)-(\\d+)", Regex);
    regex.settings.rewrite = Some("/archive/{year}/{2}".into());
    let mut joined = route(23, 2, "GET /j/{a}-{b}", Template);
    joined.settings.rewrite = Some("/{a}{b}".into());
    let live = many(
        vec![version(2, "/v1")],
        vec![kept, rewritten, regex, joined],
    );
    check(
        &live,
        &[
            ("GET /v1/kept", "GET /kept -> /v1/kept"),
            (
                "GET /v1/u/7/f/a/b",
                "GET /u/{user}/f/{path*} -> /files/a/b/of/7",
            ),
            (
                "GET /v1/r/2026-11",
                "GET /r/(?<year>\\d+)-(\\d+) -> /archive/2026/11",
            ),
            ("GET /v1/j/x-y", "GET /j/{a}-{b} -> /xy"),
        ],
    );
    let Found::Route(route) = live.find(&Method::GET, "h", "/v1/j/.-.") else {
        panic!("the template matches");
    };
    assert!(
        route.upstream_path("/v1/j/.-.").is_err(),
        "two dots joined are a dot segment"
    );
}

#[test]
fn disabled_routes_do_not_answer() {
    let mut off = route(20, 2, "GET /a", Exact);
    off.enabled = false;
    check(
        &many(vec![version(2, "/")], vec![off]),
        &[("GET /a", "nothing")],
    );
}

#[test]
fn the_trace_says_why() {
    let live = many(
        vec![on(version(2, "/v1"), &["api.example"]), version(3, "/v1")],
        vec![
            route(20, 2, "GET /users/{id}", Template),
            route(21, 2, "GET /users/me", Exact),
            route(22, 2, "POST /users/{id}", Template),
            route(30, 3, "GET /users/me", Exact),
        ],
    );
    let trace = live.explain(&Asked::new(&Method::GET, "api.example", "/v1/users/%6de"));
    assert_eq!(trace.path.as_deref(), Some("/v1/users/me"));
    let lines: Vec<String> = trace
        .candidates
        .iter()
        .map(|c| format!("{} on `{}`: {}", c.name, c.host, c.reason))
        .collect();
    assert_eq!(
        lines,
        [
            "GET /users/me on `api.example`: it stands first among the routes that take the method",
            "GET /users/{id} on `api.example`: `GET /users/me` was taken: its path is more particular",
            "POST /users/{id} on `api.example`: it does not take GET",
            "GET /users/me on ``: `GET /users/me` was taken under a more particular host",
        ]
    );
    let Verdict::Route {
        policies,
        upstream_path,
        needs_subscription,
        ..
    } = trace.verdict
    else {
        panic!("a route is taken");
    };
    assert_eq!(upstream_path.as_deref(), Some("/users/me"));
    assert!(needs_subscription && policies[0].kind == "key_auth");
    let verdict = live
        .explain(&Asked::new(&Method::GET, "api.example", "/v1/../etc"))
        .verdict;
    assert!(matches!(verdict, Verdict::Ambiguous { .. }));
    let verdict = live
        .explain(&Asked::new(&Method::PATCH, "api.example", "/v1/users/me"))
        .verdict;
    assert_eq!(
        verdict,
        Verdict::MethodNotAllowed {
            allow: "GET, HEAD, POST".into()
        }
    );
}

fn condition(name: &str, value: Test) -> Condition {
    Condition {
        name: name.into(),
        value,
    }
}

/// Routes of `GET /a` that differ by their conditions only, and one for every method.
fn conditional() -> Live {
    let with = |n: u128, name: &str, headers: Vec<Condition>, query: Vec<Condition>| {
        let mut route = route(n, 2, "GET /a", Exact);
        route.name = name.into();
        route.settings.headers = headers;
        route.settings.query = query;
        route
    };
    let text = |text: &str| text.to_owned();
    many(
        vec![version(2, "/")],
        vec![
            with(100, "plain", vec![], vec![]),
            with(
                101,
                "beta",
                vec![condition("X-Beta", Test::Equals(text("1")))],
                vec![],
            ),
            with(
                102,
                "beta of tenant",
                vec![
                    condition("x-beta", Test::Equals(text("1"))),
                    condition("X-Tenant", Test::Regex(text("t-[0-9]+"))),
                ],
                vec![],
            ),
            with(103, "paged", vec![], vec![condition("page", Test::Present)]),
            with(
                104,
                "german",
                vec![
                    condition("accept-language", Test::Prefix(text("de"))),
                    condition("x-robot", Test::Absent),
                ],
                vec![],
            ),
            with(
                105,
                "decoded",
                vec![],
                vec![condition("q r", Test::Equals(text("a b")))],
            ),
        ],
    )
}

fn asked_with(live: &Live, headers: &[(&str, &str)], query: Option<&str>) -> String {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    let asked = Asked {
        headers: Some(&map),
        query,
        ..Asked::new(&Method::GET, "h", "/a")
    };
    let trace = live.explain(&asked);
    match live.find_asked(&asked) {
        Found::Route(route) => {
            let taken = trace.candidates.iter().find(|candidate| candidate.taken);
            assert_eq!(taken.map(|taken| &taken.name), Some(&route.name));
            route.name.clone()
        }
        _ => "nothing".to_owned(),
    }
}

#[test]
fn headers_and_query_choose_between_routes_of_one_path() {
    let live = conditional();
    let check = |headers: &[(&str, &str)], query: Option<&str>, name: &str| {
        assert_eq!(
            asked_with(&live, headers, query),
            name,
            "{headers:?} {query:?}"
        );
    };
    check(&[], None, "plain");
    check(&[("x-beta", "0")], None, "plain");
    check(&[("x-beta", "0"), ("x-beta", "1")], None, "beta");
    check(
        &[("x-beta", "1"), ("x-tenant", "t-12")],
        None,
        "beta of tenant",
    );
    check(&[("x-beta", "1"), ("x-tenant", "at-12")], None, "beta");
    check(&[("x-beta", "1")], Some("page=2"), "beta");
    check(&[], Some("page"), "paged");
    check(&[("accept-language", "de-AT")], None, "german");
    check(&[("accept-language", "de"), ("x-robot", "")], None, "plain");
    check(&[], Some("x=1&q+r=a%20b"), "decoded");
}

#[test]
fn a_condition_that_does_not_hold_is_told() {
    let live = conditional();
    let asked = Asked {
        query: Some("page=1"),
        ..Asked::new(&Method::GET, "h", "/a")
    };
    let trace = live.explain(&asked);
    let reasons: Vec<(&str, &str)> = trace
        .candidates
        .iter()
        .map(|one| (one.name.as_str(), one.reason.as_str()))
        .collect();
    for expected in [
        ("beta", "header `x-beta` is not `1`"),
        ("decoded", "query parameter `q r` is not `a b`"),
        (
            "plain",
            "`paged` was taken: it asks for more headers or query parameters",
        ),
    ] {
        assert!(reasons.contains(&expected), "{reasons:?}");
    }
}

#[test]
fn conditions_that_cannot_be_asked_are_refused() {
    let check = |headers: Vec<Condition>, query: Vec<Condition>, words: &str| {
        let mut route = route(100, 2, "GET /a", Exact);
        route.settings.headers = headers;
        route.settings.query = query;
        let problems = crate::check::route(&route).unwrap_err();
        assert!(problems[0].message.contains(words), "{problems:?}");
    };
    check(
        vec![condition("a b", Test::Present)],
        vec![],
        "name of a header",
    );
    check(vec![], vec![condition("", Test::Present)], "has no name");
    let regex = Test::Regex("(a{1,500}){1,500}".into());
    check(vec![condition("x", regex)], vec![], "size limit");
    let many = (0..17).map(|_| condition("x", Test::Present)).collect();
    check(many, vec![], "at most 16");
}

#[test]
fn a_redirect_is_told_with_its_location() {
    let mut moved = route(100, 2, "GET /old/{id}", Template);
    moved.settings.redirect = Some(crate::settings::Redirect {
        to: "https://new.example/v2/{id}".into(),
        status: 301,
        keep_query: true,
    });
    let live = many(vec![version(2, "/")], vec![moved]);
    let asked = Asked {
        query: Some("a=1"),
        ..Asked::new(&Method::GET, "h", "/old/7")
    };
    let Verdict::Redirect {
        status, location, ..
    } = live.explain(&asked).verdict
    else {
        panic!("it redirects");
    };
    assert_eq!(
        (status, location.as_str()),
        (301, "https://new.example/v2/7?a=1")
    );
}
