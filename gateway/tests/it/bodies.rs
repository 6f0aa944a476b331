//! Policies that read bodies: in pieces and whole, up to their bounds, before the upstream hears of the request.

use serde_json::json;

use crate::attached::Attached;
use crate::catalogue::{STANDARD, TARGET, UPSTREAM};
use crate::client::{Connection, call};
use crate::world::World;

/// A JSON document of about so many bytes.
fn document(bytes: usize) -> Vec<u8> {
    format!("{{\"name\": \"a\", \"text\": \"{}\"}}", "x".repeat(bytes)).into_bytes()
}

fn headers(key: &str) -> [String; 2] {
    [
        format!("X-API-Key: {key}"),
        "Content-Type: application/json".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_replaced_whole_however_large_it_is() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let config =
        json!({ "body": { "json": { "name": "{{ body.name }}" } }, "max_body_bytes": 4_194_304 });
    world
        .attach(
            &gateway,
            &Attached::to_route(600, 41, "request_transform", config),
        )
        .await;
    let lines = headers(&key);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    // below and above what Pingora keeps of a body by itself
    for size in [10, 60_000, 70_000, 3_000_000] {
        let answer = call(
            gateway.address,
            "PUT",
            "/shop/any/x",
            &lines,
            &document(size),
        )
        .await;
        assert_eq!(
            answer.status,
            200,
            "{size}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        let seen = answer.json();
        let replaced = "{\"name\":\"a\"}".len();
        assert_eq!(seen["length"], replaced, "{size}");
        assert_eq!(
            seen["headers"]["content-length"],
            replaced.to_string(),
            "{size}"
        );
    }
    let before = world.upstream.seen();
    let announced = [lines[0], lines[1], "Content-Length: 10485760"];
    let large = call(gateway.address, "PUT", "/shop/any/x", &announced, b"").await;
    assert_eq!(large.problem(), (413, "body_too_large".to_owned()));
    let broken = call(gateway.address, "PUT", "/shop/any/x", &lines, b"{").await;
    assert!((400..500).contains(&broken.status), "{}", broken.status);
    assert_eq!(
        world.upstream.seen(),
        before,
        "the upstream heard of neither"
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_carried_a_whole_body_carries_another_request() {
    let world = World::new().await;
    let gateway = world.start().await;
    let config = json!({ "body": { "set": { "/seen": true } } });
    world
        .attach(
            &gateway,
            &Attached::to_route(600, 43, "request_transform", config),
        )
        .await;
    let mut connection = Connection::open(gateway.address).await;
    for _ in 0..3 {
        connection
            .send("POST /shop/open/x HTTP/1.1\r\nHost: api.test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\": 1\r\n1\r\n}\r\n0\r\n\r\n")
            .await;
        let answer = connection.answer().await.expect("the connection is kept");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["length"], "{\"a\":1,\"seen\":true}".len());
    }
    connection
        .send("POST /shop/open/x HTTP/1.1\r\nHost: api.test\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        .await;
    assert_eq!(connection.head().await.unwrap().status, 100);
    connection.send("{}").await;
    assert_eq!(
        connection.answer().await.unwrap().json()["length"],
        "{\"seen\":true}".len()
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_are_shown_as_they_pass() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    world
        .attach(
            &gateway,
            &Attached::to_route(
                600,
                41,
                "json_threat_protection",
                json!({ "max_string_length": 20_000_000, "max_body_bytes": 20_000_000 }),
            ),
        )
        .await;
    let lines = headers(&key);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let body = document(10 << 20);
    let answer = call(gateway.address, "PUT", "/shop/any/x", &lines, &body).await;
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert_eq!(answer.json()["length"], body.len());
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_judged_before_its_head_is_sent() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let config = json!({ "fields": [{ "path": "/method", "with": "hidden" }] });
    world
        .attach(&gateway, &Attached::to_route(600, 41, "mask", config))
        .await;
    let line = format!("X-API-Key: {key}");
    let lines = [line.as_str(), "Accept-Encoding: gzip", "Range: bytes=0-3"];
    let answer = call(gateway.address, "GET", "/shop/any/x", &lines, b"").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-length"),
        answer.body.len().to_string()
    );
    let seen = answer.json();
    assert_eq!(seen["method"], "hidden");
    assert_eq!(seen["headers"]["accept-encoding"], "identity");
    assert!(seen["headers"]["range"].is_null());
    let head = call(gateway.address, "HEAD", "/shop/any/x", &lines, b"").await;
    assert_eq!((head.status, head.body.len()), (200, 0));

    // larger than the policy takes: a refusal, and no half of an answer
    let body = format!("{{\"text\": \"{}\"}}", "x".repeat(2 << 20));
    let large = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let address = crate::upstream::canned(Box::leak(large.into_boxed_str())).await;
    let statement = format!("UPDATE target SET url = 'http://{address}' WHERE id = ?");
    let mut tx = world.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(uuid::Uuid::from_u128(TARGET))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world
        .change(
            "upstream",
            UPSTREAM,
            "UPDATE upstream SET version = version + 1 WHERE id = ?",
        )
        .await;
    world.settled(&gateway).await;
    let answer = call(gateway.address, "GET", "/shop/any/x", &[&line], b"").await;
    assert_eq!(answer.status / 100, 5, "{}", answer.status);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    gateway.running.shutdown().await;
}
