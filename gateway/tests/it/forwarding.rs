//! What an upstream gets, and what of its answer comes back.

use crate::catalogue::{STANDARD, TARGET, UPSTREAM};
use crate::client::{Connection, call, get};
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_upstream_learns_who_calls_and_not_how() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let sent = [
        format!("X-API-Key: {key}"),
        "X-Application-Id: 1".to_owned(),
        "x_plan: gold".to_owned(),
        "X-Forwarded-For: 6.6.6.6".to_owned(),
        "Forwarded: for=6.6.6.6".to_owned(),
        "Connection: X-Nominated".to_owned(),
        "X-Nominated: gone".to_owned(),
        "X-Request-Id: my-own-id-1".to_owned(),
        "Cookie: a=1; __Host-gatehouse-portal=secret; gatehouse-admin=secret".to_owned(),
    ];
    let lines: Vec<&str> = sent.iter().map(String::as_str).collect();
    let answer = call(gateway.address, "GET", "/shop/echo?q=a%20b&x", &lines, b"").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-request-id"), "my-own-id-1");
    assert_eq!(answer.header("server"), "");
    let told = answer.json();
    assert_eq!(told["target"], "/echo?q=a%20b&x");
    let headers = &told["headers"];
    assert_eq!(
        headers["x-application-id"],
        uuid::Uuid::from_u128(101).to_string()
    );
    assert_eq!(
        headers["x-subscription-id"],
        uuid::Uuid::from_u128(301).to_string()
    );
    assert_eq!(
        headers["x-credential-id"],
        uuid::Uuid::from_u128(201).to_string()
    );
    assert_eq!(headers["x-plan"], "standard");
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert_eq!(headers["x-forwarded-proto"], "http");
    assert_eq!(headers["x-forwarded-host"], "api.test");
    assert_eq!(headers["host"], world.upstream.address.to_string());
    assert_eq!(headers["x-request-id"], "my-own-id-1");
    assert_eq!(headers["cookie"], "a=1");
    for gone in ["x-api-key", "x_plan", "forwarded", "x-nominated"] {
        assert!(headers.get(gone).is_none(), "{gone} arrived: {headers}");
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_is_believed() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let mut config = world.config();
    config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let gateway = crate::world::Started::new(config).await;
    let headers = [
        format!("X-API-Key: {key}"),
        "X-Forwarded-For: 6.6.6.6".to_owned(),
        "X-Forwarded-Proto: https".to_owned(),
        "X-Plan: gold".to_owned(),
    ];
    let lines: Vec<&str> = headers.iter().map(String::as_str).collect();
    let told = call(gateway.address, "GET", "/shop/echo", &lines, b"")
        .await
        .json();
    assert_eq!(told["headers"]["x-forwarded-for"], "6.6.6.6, 127.0.0.1");
    assert_eq!(told["headers"]["x-forwarded-proto"], "https");
    assert_eq!(told["headers"]["x-plan"], "standard");
    gateway.running.shutdown().await;
    assert_eq!(
        world
            .number("SELECT COUNT(*) FROM request_log WHERE client_ip = '6.6.6.6'")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_are_stripped_rewritten_and_joined() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world
        .change(
            "upstream",
            TARGET,
            &format!(
                "UPDATE target SET url = 'http://{}/base/' WHERE id = ?",
                world.upstream.address
            ),
        )
        .await;
    world
        .change(
            "upstream",
            UPSTREAM,
            "UPDATE upstream SET settings = '{\"host\": \"preserve\"}' WHERE id = ?",
        )
        .await;
    let gateway = world.start().await;
    for (path, target) in [
        ("/shop/echo", "/base/echo"),
        ("/shop/items/7%20a?x=1", "/base/v9/things/7%20a?x=1"),
        ("/shop/any", "/base/any"),
        ("/shop/any/below/it", "/base/any/below/it"),
    ] {
        let told = get(gateway.address, path, &key).await.json();
        assert_eq!(told["target"], target);
        assert_eq!(told["headers"]["host"], "api.test");
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_and_open_routes_pass() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let lines = [format!("X-API-Key: {key}")];
    let head = call(gateway.address, "HEAD", "/shop/echo", &[&lines[0]], b"").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let options = call(gateway.address, "OPTIONS", "/shop/any/x", &[&lines[0]], b"").await;
    assert_eq!(options.json()["method"], "OPTIONS");
    let open = call(gateway.address, "PUT", "/shop/open/x", &[], b"hello").await;
    assert_eq!(
        (open.status, open.json()["length"].as_u64()),
        (200, Some(5))
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_cannot_set_the_platforms_cookies() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world
        .route(
            45,
            crate::catalogue::VERSION,
            "[]",
            "/cookies",
            "exact",
            "{}",
        )
        .await;
    let gateway = world.start().await;
    let answer = get(gateway.address, "/shop/cookies", &key).await;
    assert_eq!(answer.header("set-cookie"), "own=1");
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portals_pages_may_call_every_published_route() {
    let world = World::new().await;
    let gateway = world.start().await;
    let origin = "Origin: http://portal.test:8002";
    let preflight = call(
        gateway.address,
        "OPTIONS",
        "/shop/echo",
        &[
            origin,
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: x-api-key",
        ],
        b"",
    )
    .await;
    assert_eq!(preflight.status, 204);
    assert_eq!(
        preflight.header("access-control-allow-origin"),
        "http://portal.test:8002"
    );
    assert_eq!(
        preflight.header("access-control-allow-headers"),
        "x-api-key"
    );
    let refused = call(gateway.address, "GET", "/shop/echo", &[origin], b"").await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.header("access-control-allow-origin"),
        "http://portal.test:8002"
    );
    let other = call(
        gateway.address,
        "OPTIONS",
        "/shop/echo",
        &[
            "Origin: http://evil.test",
            "Access-Control-Request-Method: POST",
        ],
        b"",
    )
    .await;
    assert_eq!(other.status, 405);
    assert_eq!(other.header("access-control-allow-origin"), "");
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_fails_is_not_named() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let garbage = crate::upstream::canned("what?\r\n\r\n").await;
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    for (address, code) in [
        (garbage, "upstream_invalid_answer"),
        (gone, "upstream_failed"),
    ] {
        let statement = format!("UPDATE target SET url = 'http://{address}' WHERE id = ?");
        world.change("upstream", TARGET, &statement).await;
        // the feed names the upstream, the row that changed is its target
        world
            .change(
                "upstream",
                UPSTREAM,
                "UPDATE upstream SET version = version + 1 WHERE id = ?",
            )
            .await;
        eventually("the upstream fails", async || {
            let answer = get(gateway.address, "/shop/echo", &key).await;
            answer.status == 502 && answer.problem().1 == code
        })
        .await;
        let answer = get(gateway.address, "/shop/echo", &key).await;
        assert_eq!(answer.problem(), (502, code.to_owned()));
        let text = String::from_utf8(answer.body).unwrap();
        assert!(
            !text.contains("127.0.0.1") && !text.contains(&address.port().to_string()),
            "{text}"
        );
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_upstream_is_given_up() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world
        .change(
            "upstream",
            UPSTREAM,
            "UPDATE upstream SET settings = '{\"first_byte_timeout_ms\": 200}' WHERE id = ?",
        )
        .await;
    world
        .route(45, crate::catalogue::VERSION, "[]", "/hold", "exact", "{}")
        .await;
    let gateway = world.start().await;
    let answer = get(gateway.address, "/shop/hold", &key).await;
    assert_eq!(answer.problem(), (504, "upstream_timeout".to_owned()));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_target_is_passed_over() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    world.change("upstream", UPSTREAM, &format!("INSERT INTO target (id, workspace_id, upstream_id, url, weight, enabled, created_at) SELECT x'000000000000000000000000000000ff', workspace_id, id, 'http://{gone}', 1, 1, 0 FROM upstream WHERE id = ?")).await;
    let gateway = world.start().await;
    for _ in 0..8 {
        assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_carries_many_requests() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let mut connection = Connection::open(gateway.address).await;
    for path in ["/shop/echo", "/nowhere", "/shop/echo"] {
        connection
            .send(format!(
                "GET {path} HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n"
            ))
            .await;
        let answer = connection.answer().await.unwrap();
        assert_eq!(answer.status, if path == "/nowhere" { 404 } else { 200 });
    }
    gateway.running.shutdown().await;
}
