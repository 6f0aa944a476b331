//! Which route a request takes by its headers and query, where redirects lead, and that one broken row holds back no other.

use crate::catalogue::{STANDARD, UPSTREAM, VERSION};
use crate::client::{call, get};
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_query_choose_the_route() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let with = |conditions: &str, to: &str| format!("{{{conditions}, \"rewrite\": \"/{to}\"}}");
    let beta = with(
        "\"headers\": [{\"name\": \"X-Beta\", \"value\": {\"equals\": \"1\"}}]",
        "beta",
    );
    let paged = with("\"query\": [{\"name\": \"page\"}]", "paged");
    world
        .route(
            60,
            VERSION,
            "[\"GET\"]",
            "/list",
            "exact",
            "{\"rewrite\": \"/plain\"}",
        )
        .await;
    world
        .route(61, VERSION, "[\"GET\"]", "/list", "exact", &beta)
        .await;
    world
        .route(62, VERSION, "[\"GET\"]", "/list", "exact", &paged)
        .await;
    let gateway = world.start().await;
    let key = format!("X-API-Key: {key}");
    for (target, header, seen) in [
        ("/shop/list", "X-Beta: 0", "/plain"),
        ("/shop/list", "X-Beta: 1", "/beta"),
        ("/shop/list?page=2", "X-Beta: 0", "/paged?page=2"),
        ("/shop/list?page=2", "X-Beta: 1", "/beta?page=2"),
    ] {
        let answer = call(gateway.address, "GET", target, &[&key, header], b"").await;
        assert_eq!(answer.json()["target"], seen, "{target} {header}");
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_leads_elsewhere_and_still_asks_for_a_key() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let moved = "{\"redirect\": {\"to\": \"https://new.example/v2/{id}\", \"status\": 301}}";
    world
        .route(60, VERSION, "[]", "/old/{id}", "template", moved)
        .await;
    let gateway = world.start().await;
    let answer = get(gateway.address, "/shop/old/7?a=1", &key).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (301, "https://new.example/v2/7?a=1")
    );
    let refused = call(gateway.address, "GET", "/shop/old/7", &[], b"").await;
    assert_eq!(refused.problem(), (401, "credential_missing".to_owned()));
    assert_eq!(world.upstream.seen(), 0);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_row_stays_as_it_was_and_is_told() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    for (kind, id, statement) in [
        (
            "route",
            40,
            "UPDATE route SET path = '/{a' , path_kind = 'template' WHERE id = ?",
        ),
        (
            "upstream",
            UPSTREAM,
            "UPDATE upstream SET settings = '{\"colour\": 1}' WHERE id = ?",
        ),
    ] {
        world.change(kind, id, statement).await;
    }
    world.route(60, VERSION, "[]", "/new", "exact", "{}").await;
    world
        .change("route", 60, "UPDATE route SET name = 'new' WHERE id = ?")
        .await;
    eventually("the new route is live", async || {
        get(gateway.address, "/shop/new", &key).await.status == 200
    })
    .await;
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    let status = gateway.status().await;
    let problems = status["problems"].as_array().unwrap();
    let kinds: Vec<&str> = problems
        .iter()
        .map(|p| p["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["upstream", "route"], "{status}");
    assert!(
        status["snapshot_problem"]
            .as_str()
            .unwrap()
            .contains("colour"),
        "{status}"
    );
    eventually("the dashboard is told", async || {
        let told = "SELECT COUNT(*) FROM gateway_node WHERE problem LIKE '%colour%'";
        world.number(told).await == 1
    })
    .await;
    // a node that starts again has the last good form from its disk
    gateway.running.shutdown().await;
    let gateway = world.start().await;
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    let mended = "UPDATE upstream SET settings = '{}' WHERE id = ?";
    world.change("upstream", UPSTREAM, mended).await;
    let mended = "UPDATE route SET path = '/echo', path_kind = 'exact' WHERE id = ?";
    world.change("route", 40, mended).await;
    eventually("nothing is wrong any more", async || {
        gateway.status().await["problems"]
            .as_array()
            .unwrap()
            .is_empty()
    })
    .await;
    gateway.running.shutdown().await;
}
