//! Bodies with two readings: whatever is hidden behind one, the upstream sees at most the request that was let in.

use std::time::Duration;

use tokio::time::timeout;

use crate::catalogue::STANDARD;
use crate::client::Connection;
use crate::world::{Started, World};

const SOON: Duration = Duration::from_secs(10);

/// Sends bytes that are followed by a hidden request. Returns the statuses that came back before the connection closed.
async fn statuses(gateway: &Started, bytes: &[u8]) -> Vec<u16> {
    let mut connection = Connection::open(gateway.address).await;
    connection.send(bytes).await;
    let mut statuses = Vec::new();
    while let Some(answer) = timeout(SOON, connection.answer())
        .await
        .expect("an answer or an end")
    {
        statuses.push(answer.status);
    }
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_chunks_end_the_connection() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let mut config = world.config();
    config.timeouts.body = Duration::from_secs(1);
    let gateway = Started::new(config).await;
    let head = format!(
        "POST /shop/echo HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let hidden =
        format!("GET /shop/any/hidden HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n");
    let mut sent = 0;
    for (name, body) in [
        (
            "a size that overflows",
            "10000000000000005\r\nhello\r\n0\r\n\r\n",
        ),
        (
            "a size of sixteen digits",
            "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        ),
        ("a negative size", "-5\r\nhello\r\n0\r\n\r\n"),
        ("a signed size", "+5\r\nhello\r\n0\r\n\r\n"),
        ("a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
        ("no size", "\r\nhello\r\n0\r\n\r\n"),
        ("a size that is a word", "five\r\nhello\r\n0\r\n\r\n"),
        ("a space before the size", " 5\r\nhello\r\n0\r\n\r\n"),
        ("more data than the size", "3\r\nhello\r\n0\r\n\r\n"),
        ("no line end after the data", "5\r\nhello0\r\n\r\n"),
        ("a bare LF after the size", "5\nhello\r\n0\r\n\r\n"),
        ("a bare LF after the data", "5\r\nhello\n0\r\n\r\n"),
        ("a bare CR after the size", "5\rhello\r\n0\r\n\r\n"),
    ] {
        let bytes = format!("{head}{body}{hidden}");
        let statuses = statuses(&gateway, bytes.as_bytes()).await;
        assert!(statuses.len() <= 1, "{name}: {statuses:?}");
        sent += 1;
    }
    gateway.running.shutdown().await;
    // an upstream may have seen the beginning of each, and of none what was hidden in it
    assert!(world.upstream.seen() <= sent, "{}", world.upstream.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_never_the_next_request() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let hidden =
        format!("GET /shop/any/hidden HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n");
    let head = |path: &str, method: &str| {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\nContent-Length: {}\r\n\r\n",
            hidden.len()
        )
    };
    for (path, method, status) in [
        ("/shop/echo", "POST", 200),
        // refused before the body was read
        ("/shop/echo", "DELETE", 405),
        ("/nowhere", "POST", 404),
        ("/shop/echo", "GET", 200),
    ] {
        let before = world.upstream.seen();
        let bytes = format!("{}{hidden}", head(path, method));
        let mut connection = Connection::open(gateway.address).await;
        connection.send(bytes).await;
        let answer = timeout(SOON, connection.answer()).await.unwrap().unwrap();
        assert_eq!(answer.status, status, "{method} {path}");
        // what comes next on the connection is its own request, or nothing at all
        let next = "GET /nowhere HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n";
        connection.offer(next).await;
        if let Ok(Some(answer)) = timeout(SOON, connection.answer()).await {
            assert_eq!(answer.status, 404, "{method} {path}");
        }
        let passed = u64::from(status == 200);
        assert_eq!(world.upstream.seen(), before + passed, "{method} {path}");
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn request_lines_with_two_readings_are_refused() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let rest = format!("Host: api.test\r\nX-API-Key: {key}\r\nConnection: close\r\n\r\n");
    for line in [
        "GET  /shop/echo HTTP/1.1\r\n",
        "GET /shop/echo  HTTP/1.1\r\n",
        "GET\t/shop/echo HTTP/1.1\r\n",
        "GET /shop/echo HTTP/1.1 \r\n",
        "GET /shop/echo HTTP/1.2\r\n",
        "GET /shop/echo HTTP/2.0\r\n",
        "GET /shop/echo\r\n",
        "GET /shop/ec ho HTTP/1.1\r\n",
        "GET /shop/echo#a HTTP/1.1\r\n",
        "G(T /shop/echo HTTP/1.1\r\n",
        "GET /shop/echo HTTP/1.1\r\n X: y\r\n",
        "GET /shop/echo HTTP/1.1\r\n: y\r\n",
        "GET /shop/echo HTTP/1.1\r\nX y\r\n",
        "GET /shop/echo HTTP/1.1\r\nX\r\n",
        "GET /shop/echo HTTP/1.1\r\nHost : api.test\r\n",
        "GET /shop/echo HTTP/1.1\r\nX\0: y\r\n",
        "CONNECT api.test:443 HTTP/1.1\r\n",
        "TRACE /shop/echo HTTP/1.1\r\n",
    ] {
        let before = world.upstream.seen();
        let bytes = format!("{line}{rest}");
        let statuses = statuses(&gateway, bytes.as_bytes()).await;
        assert!(statuses.len() <= 1, "{line:?}: {statuses:?}");
        assert!(
            statuses
                .iter()
                .all(|status| matches!(status, 400 | 404 | 405 | 505)),
            "{line:?}: {statuses:?}"
        );
        assert_eq!(
            world.upstream.seen(),
            before,
            "{line:?} reached the upstream"
        );
    }
    gateway.running.shutdown().await;
}
