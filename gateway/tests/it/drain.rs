//! Stopping: idle connections at once, requests in flight to their end, streams only up to the bound.

use std::time::{Duration, Instant};

use crate::catalogue::{STANDARD, VERSION};
use crate::client::Connection;
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_flight_end_and_idle_connections_do_not_wait() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world.route(45, VERSION, "[]", "/hold", "exact", "{}").await;
    let gateway = world.start().await;
    let request =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n");
    let mut idle = Connection::open(gateway.address).await;
    idle.send(request("/shop/echo")).await;
    assert_eq!(idle.answer().await.unwrap().status, 200);
    let mut busy = Connection::open(gateway.address).await;
    busy.send(request("/shop/hold")).await;
    eventually("the upstream holds it", async || world.upstream.seen() == 2).await;

    let address = gateway.address;
    let stopping = tokio::spawn(gateway.running.shutdown());
    assert!(idle.is_closed().await);
    eventually("nobody listens", async || {
        tokio::net::TcpStream::connect(address).await.is_err()
    })
    .await;
    assert!(!stopping.is_finished());
    world.upstream.gate.add_permits(1);
    let answer = busy.answer().await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"held"[..]));
    stopping.await.unwrap();
    assert_eq!(
        world
            .number("SELECT SUM(requests) FROM usage_minute WHERE status = 200")
            .await,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_ends_is_cut_off_at_the_bound() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world
        .route(45, VERSION, "[]", "/events", "exact", "{}")
        .await;
    let mut config = world.config();
    config.timeouts.drain = Duration::from_millis(300);
    let gateway = crate::world::Started::new(config).await;
    let _events = world.upstream.events();
    let mut connection = Connection::open(gateway.address).await;
    connection
        .send(format!(
            "GET /shop/events HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n"
        ))
        .await;
    assert_eq!(connection.head().await.unwrap().status, 200);
    let begun = Instant::now();
    gateway.running.shutdown().await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(
        world
            .number("SELECT COUNT(*) FROM usage_minute WHERE status = 200")
            .await,
        1
    );
}
