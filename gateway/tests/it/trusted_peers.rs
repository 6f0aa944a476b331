//! The PROXY protocol: believed from trusted peers, demanded of them, and refused from everybody else.

use std::time::Duration;

use tokio::time::timeout;

use crate::catalogue::STANDARD;
use crate::client::Connection;
use crate::world::{Started, World};

const SOON: Duration = Duration::from_secs(10);

/// The status, and whom the upstream thinks the request is from.
async fn seen(gateway: &Started, key: &str, preamble: &[u8]) -> Option<(u16, String)> {
    let mut connection = Connection::open(gateway.address).await;
    connection.send(preamble).await;
    connection
        .offer(format!("GET /shop/echo HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\nConnection: close\r\n\r\n"))
        .await;
    let answer = timeout(SOON, connection.answer()).await.unwrap()?;
    if answer.status != 200 {
        return Some((answer.status, String::new()));
    }
    let from = answer.json()["headers"]["x-forwarded-for"].clone();
    Some((answer.status, from.as_str().unwrap_or_default().to_owned()))
}

fn version_2() -> Vec<u8> {
    let mut bytes = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
    bytes.extend([
        0x21, 0x11, 0, 12, 203, 0, 113, 9, 127, 0, 0, 1, 0x30, 0x39, 0x1f, 0x40,
    ]);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_balancer_says_whom_it_speaks_for() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let mut config = world.config();
    config.proxy_protocol = true;
    config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    config.timeouts.header = Duration::from_secs(1);
    let gateway = Started::new(config).await;
    let v1 = b"PROXY TCP4 203.0.113.7 127.0.0.1 12345 8000\r\n";
    let taken = |from: &str| Some((200, from.to_owned()));
    assert_eq!(seen(&gateway, &key, v1).await, taken("203.0.113.7"));
    assert_eq!(
        seen(&gateway, &key, &version_2()).await,
        taken("203.0.113.9")
    );
    assert_eq!(
        seen(&gateway, &key, b"PROXY UNKNOWN\r\n").await,
        taken("127.0.0.1")
    );
    // never guessed
    assert_eq!(seen(&gateway, &key, b"").await, None);
    assert_eq!(
        seen(&gateway, &key, b"PROXY TCP4 203.0.113.7\r\n").await,
        None
    );
    assert_eq!(seen(&gateway, &key, &version_2()[..14]).await, None);
    gateway.running.shutdown().await;
    let logged = "SELECT COUNT(*) FROM request_log WHERE client_ip = '203.0.113.7'";
    assert_eq!(world.number(logged).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_believed() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let mut config = world.config();
    config.proxy_protocol = true;
    config.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    let gateway = Started::new(config).await;
    assert_eq!(
        seen(&gateway, &key, b"").await,
        Some((200, "127.0.0.1".to_owned()))
    );
    for preamble in [
        &b"PROXY TCP4 203.0.113.7 127.0.0.1 12345 8000\r\n"[..],
        &version_2(),
    ] {
        let status = seen(&gateway, &key, preamble).await.map(|seen| seen.0);
        assert!(matches!(status, None | Some(400)), "{status:?}");
    }
    assert_eq!(world.upstream.seen(), 1);
    gateway.running.shutdown().await;
}
