//! Services that policies ask, and that do not answer as they should: each request gets an answer in bounded time, with a code that
//! is counted, and never more than the policy lets pass.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Html;
use axum::routing::any;
use futures_util::stream;
use gateway::Config;
use serde_json::json;
use tokio::net::TcpListener;

use crate::attached::Attached;
use crate::catalogue::STANDARD;
use crate::client::{Answer, call};
use crate::tokens::Issuer;
use crate::world::{Started, World, eventually};

/// Hangs, grows without an end, lies, or breaks off, by path.
async fn hostile() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let endless = || async {
        let pieces =
            stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 4096])));
        Body::from_stream(pieces)
    };
    let broken = || async {
        let pieces = [
            Ok(Bytes::from_static(b"{\"keys\": [")),
            Err(std::io::Error::other("gone")),
        ];
        Body::from_stream(stream::iter(pieces))
    };
    let router = Router::new()
        .route("/hangs", any(std::future::pending::<()>))
        .route("/grows", any(endless))
        .route("/breaks", any(broken))
        .route("/lies", any(|| async { Html("<html>200 OK</html>") }))
        .route("/empty", any(|| async { "{\"keys\": []}" }))
        .route(
            "/secret",
            any(|| async { "{\"keys\": [{\"kty\": \"oct\", \"k\": \"AAAA\", \"kid\": \"one\"}]}" }),
        );
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn start(world: &World) -> Started {
    Started::new(Config {
        outbound: outbound::Policy::default().with_loopback(),
        ..world.config()
    })
    .await
}

async fn get(gateway: &Started, lines: &[&str]) -> Answer {
    call(gateway.address, "GET", "/shop/any/x", lines, b"").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_set_that_hangs_grows_or_lies_lets_nobody_in() {
    let world = World::new().await;
    world.active(1, STANDARD).await;
    let gateway = start(&world).await;
    let service = hostile().await;
    let claims =
        json!({ "iss": "https://login.example", "client_id": "crane", "exp": 4_000_000_000_u64 });
    let token = Issuer::new().bearer("JWT", &claims);
    for (id, place) in (600..).zip(["lies", "empty", "secret", "breaks", "grows", "hangs"]) {
        let config = json!({
            "issuer": "https://login.example", "jwks_url": format!("http://{service}/{place}"),
        });
        let policy = Attached::to_route(id, 41, "jwt", config);
        world.attach(&gateway, &policy).await;
        let begun = Instant::now();
        let answer = get(&gateway, &[&token]).await;
        assert_eq!(
            answer.problem(),
            (500, "policy_failed".to_owned()),
            "{place}"
        );
        assert!(begun.elapsed() < Duration::from_secs(30), "{place}");
        // the failure stands for a while: nobody waits for it again
        let begun = Instant::now();
        let answer = get(&gateway, &[&token]).await;
        assert_eq!(
            answer.problem(),
            (500, "policy_failed".to_owned()),
            "{place}"
        );
        assert!(begun.elapsed() < Duration::from_secs(4), "{place}");
        world.detach(&gateway, id).await;
    }
    assert_eq!(world.upstream.seen(), 0);
    eventually("each refusal is counted under its code", async || {
        let counted =
            "SELECT COALESCE(SUM(requests), 0) FROM usage_minute WHERE code = 'policy_failed'";
        world.number(counted).await == 12
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_does_not_come_is_no_yes_unless_it_may_be() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = start(&world).await;
    let service = hostile().await;
    let own = format!("X-API-Key: {key}");
    for (id, (kind, place)) in (600..).zip([
        ("opa", "hangs"),
        ("opa", "grows"),
        ("opa", "lies"),
        ("forward_auth", "hangs"),
        ("forward_auth", "nowhere:1"),
    ]) {
        let url = match place {
            "nowhere:1" => "http://127.0.0.1:1/".to_owned(),
            place => format!("http://{service}/{place}"),
        };
        let config = json!({ "url": url, "timeout_ms": 200 });
        for (on_error, status) in [("", 500), ("closed", 500), ("open", 200)] {
            let policy = Attached {
                on_error,
                ..Attached::to_route(id, 41, kind, config.clone())
            };
            world.attach(&gateway, &policy).await;
            let answer = get(&gateway, &[&own]).await;
            assert_eq!(answer.status, status, "{kind} {place} {on_error}");
            if status == 500 {
                assert_eq!(answer.problem().1, "policy_failed");
            }
            world.detach(&gateway, id).await;
        }
    }
    let address = gateway.running.status_address().unwrap();
    let metrics = call(address, "GET", "/metrics", &[], b"").await;
    let text = String::from_utf8(metrics.body).unwrap();
    for (policy, passed, refused) in [("opa", 3, 6), ("forward_auth", 2, 4)] {
        for (request, count) in [("passed", passed), ("refused", refused)] {
            let line = format!(
                "gatehouse_gateway_policy_failures_total{{policy=\"{policy}\",request=\"{request}\"}} {count}\n"
            );
            assert!(text.contains(&line), "{line} in {text}");
        }
    }
    eventually("the dashboard is told", async || {
        let told = "SELECT COUNT(*) FROM gateway_node WHERE problem LIKE '%`opa` (3)%'";
        world.number(told).await == 1
    })
    .await;
    let status = gateway.status().await;
    let told = json!({ "policy": "opa", "refused": 6, "passed": 3 });
    let failures = status["policy_failures"].as_array().unwrap();
    assert!(failures.contains(&told), "{status}");
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_not_asked_unless_the_operator_allows_it() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let config = json!({ "url": format!("http://{}/allows", world.upstream.address) });
    let policy = Attached::to_route(600, 41, "opa", config);
    world.attach(&gateway, &policy).await;
    let answer = get(&gateway, &[&format!("X-API-Key: {key}")]).await;
    assert_eq!(answer.problem(), (500, "policy_failed".to_owned()));
    let detail = answer.json()["detail"].to_string();
    assert!(!detail.contains("127.0.0.1"), "no address in {detail}");
    assert_eq!(world.upstream.seen(), 0);
    gateway.running.shutdown().await;
}
