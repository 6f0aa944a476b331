//! Bodies pass as they come: uploads, chunks, events, WebSockets, and clients that leave.

use crate::catalogue::{STANDARD, TARGET, UPSTREAM, VERSION};
use std::time::Duration;

use crate::client::{Connection, call};
use crate::upstream::web_socket;
use crate::world::{Started, World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_pass_and_more_than_allowed_does_not() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let line = format!("X-API-Key: {key}");
    let body = vec![b'x'; 10 << 20];
    let answer = call(gateway.address, "PUT", "/shop/any/file", &[&line], &body).await;
    assert_eq!(answer.json()["length"], body.len());
    let answer = call(
        gateway.address,
        "PUT",
        "/shop/any/file",
        &[&line, "Content-Length: 30000000"],
        b"",
    )
    .await;
    assert_eq!(answer.problem(), (413, "body_too_large".to_owned()));
    gateway.running.shutdown().await;
    assert_eq!(
        world.number("SELECT SUM(bytes_in) FROM usage_minute").await,
        10 << 20
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_pass_and_are_bounded() {
    let world = World::new().await;
    world
        .route(
            45,
            VERSION,
            "[]",
            "/small",
            "exact",
            "{\"access\": \"open\", \"max_body_bytes\": 100}",
        )
        .await;
    let gateway = world.start().await;
    let mut connection = Connection::open(gateway.address).await;
    connection.send("POST /shop/open/x HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n").await;
    assert_eq!(connection.answer().await.unwrap().json()["length"], 11);
    let mut connection = Connection::open(gateway.address).await;
    connection
        .send("POST /shop/open/x HTTP/1.1\r\nHost: api.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        .await;
    assert_eq!(connection.head().await.unwrap().status, 100);
    connection.send("hello").await;
    assert_eq!(connection.answer().await.unwrap().json()["length"], 5);
    let mut connection = Connection::open(gateway.address).await;
    connection
        .send("POST /shop/small HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    connection
        .send(format!("80\r\n{}\r\n", "x".repeat(128)))
        .await;
    let answer = connection.answer().await.unwrap();
    assert_eq!(answer.problem(), (413, "body_too_large".to_owned()));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_one_by_one() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world
        .route(45, VERSION, "[]", "/events", "exact", "{}")
        .await;
    let gateway = world.start().await;
    let events = world.upstream.events();
    let mut connection = Connection::open(gateway.address).await;
    connection.send(format!("GET /shop/events HTTP/1.1\r\nHost: api.test\r\nAccept: text/event-stream\r\nX-API-Key: {key}\r\n\r\n")).await;
    let head = connection.head().await.unwrap();
    assert_eq!(
        (head.status, head.header("content-type")),
        (200, "text/event-stream")
    );
    for n in 0..3 {
        let event = format!("data: {n}\n\n");
        events.send(event.clone()).await.unwrap();
        // the next one is only sent when this one is here: nothing is held back
        assert_eq!(connection.chunk().await.unwrap(), event.into_bytes());
    }
    drop(events);
    assert_eq!(connection.chunk().await, None);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_socket_passes_both_ways() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let address = web_socket().await;
    world
        .change(
            "upstream",
            TARGET,
            &format!("UPDATE target SET url = 'http://{address}' WHERE id = ?"),
        )
        .await;
    world
        .change(
            "upstream",
            UPSTREAM,
            "UPDATE upstream SET version = 2 WHERE id = ?",
        )
        .await;
    let mut config = world.config();
    config.timeouts.body = Duration::from_millis(100);
    let gateway = Started::new(config).await;
    let mut connection = Connection::open(gateway.address).await;
    connection.send(format!("GET /shop/any/ws HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")).await;
    assert_eq!(connection.head().await.unwrap().status, 101);
    for frame in [
        &b"\x81\x85\x01\x02\x03\x04abcde"[..],
        b"\x82\x80\x00\x00\x00\x00",
    ] {
        connection.send(frame).await;
        assert_eq!(connection.bytes(frame.len()).await, frame);
    }
    // silence longer than a body may have does not end it
    let silence = tokio::time::timeout(Duration::from_millis(400), connection.bytes(1)).await;
    assert!(silence.is_err(), "{silence:?}");
    connection.send("x").await;
    assert_eq!(connection.bytes(1).await, b"x");
    drop(connection);
    eventually("the socket is counted", async || {
        world
            .number("SELECT COUNT(*) FROM usage_minute WHERE status = 101")
            .await
            == 1
    })
    .await;
    gateway.running.shutdown().await;
    assert_eq!(
        world.number("SELECT SUM(requests) FROM usage_minute").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_is_counted() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world.route(45, VERSION, "[]", "/hold", "exact", "{}").await;
    let gateway = world.start().await;
    let mut connection = Connection::open(gateway.address).await;
    connection
        .send(format!(
            "GET /shop/hold HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n"
        ))
        .await;
    eventually("the upstream has the request", async || {
        world.upstream.seen() == 1
    })
    .await;
    drop(connection);
    eventually("it is counted", async || {
        world
            .number("SELECT COUNT(*) FROM usage_minute WHERE status = 499")
            .await
            == 1
    })
    .await;
    gateway.running.shutdown().await;
}
