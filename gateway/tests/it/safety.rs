//! One request in, at most one out: what two servers could read differently is refused, and the connection closed.

use crate::catalogue::STANDARD;
use crate::client::{Connection, call};
use crate::world::{Started, World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn smuggling_shapes_are_refused_and_end_the_connection() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let hidden = format!("GET /shop/echo HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n");
    let head = format!("POST /shop/echo HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n");
    let chunked = "0\r\n\r\n";
    for (name, request) in [
        (
            "length and coding",
            format!("{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"),
        ),
        (
            "coding and length",
            format!("{head}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{chunked}"),
        ),
        (
            "two equal lengths",
            format!("{head}Content-Length: 0\r\nContent-Length: 0\r\n\r\n"),
        ),
        (
            "two lengths",
            format!("{head}Content-Length: 0\r\nContent-Length: 5\r\n\r\n"),
        ),
        (
            "a list of lengths",
            format!("{head}Content-Length: 0, 0\r\n\r\n"),
        ),
        (
            "a signed length",
            format!("{head}Content-Length: +0\r\n\r\n"),
        ),
        (
            "two codings",
            format!(
                "{head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"
            ),
        ),
        (
            "another coding",
            format!("{head}Transfer-Encoding: gzip, chunked\r\n\r\n{chunked}"),
        ),
        (
            "an unknown coding",
            format!("{head}Transfer-Encoding: xchunked\r\n\r\n{chunked}"),
        ),
        (
            "a space before the colon",
            format!("{head}Transfer-Encoding : chunked\r\n\r\n{chunked}"),
        ),
        (
            "bare line feeds",
            format!("GET /shop/echo HTTP/1.1\nHost: api.test\nX-API-Key: {key}\n\n"),
        ),
        (
            "one bare line feed",
            format!("GET /shop/echo HTTP/1.1\r\nHost: api.test\nX-API-Key: {key}\r\n\r\n"),
        ),
        (
            "a folded line",
            format!(
                "GET /shop/echo HTTP/1.1\r\nHost: api.test\r\n folded\r\nX-API-Key: {key}\r\n\r\n"
            ),
        ),
        (
            "no host",
            format!("GET /shop/echo HTTP/1.1\r\nX-API-Key: {key}\r\n\r\n"),
        ),
        (
            "two hosts",
            format!(
                "GET /shop/echo HTTP/1.1\r\nHost: api.test\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n"
            ),
        ),
        (
            "another host in the target",
            format!(
                "GET http://b.test/shop/echo HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n"
            ),
        ),
        (
            "a NUL",
            format!(
                "GET /shop/echo HTTP/1.1\r\nHost: api.test\r\nX: a\0b\r\nX-API-Key: {key}\r\n\r\n"
            ),
        ),
        (
            "a nominated forwarding header",
            format!(
                "GET /shop/echo HTTP/1.1\r\nHost: api.test\r\nConnection: X-Forwarded-For\r\nX-API-Key: {key}\r\n\r\n"
            ),
        ),
    ] {
        let before = world.upstream.seen();
        let mut connection = Connection::open(gateway.address).await;
        connection.send(format!("{request}{hidden}")).await;
        let answer = connection.answer().await;
        assert_eq!(answer.map(|a| a.status), Some(400), "{name}");
        assert!(
            connection.answer().await.is_none(),
            "{name}: a second answer came"
        );
        assert_eq!(world.upstream.seen(), before, "{name} reached the upstream");
    }
    eventually("all of them are counted", async || {
        world
            .number("SELECT COALESCE(SUM(requests), 0) FROM usage_minute WHERE status = 400")
            .await
            == 18
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_with_two_readings_are_refused() {
    let world = World::new().await;
    let gateway = world.start().await;
    for path in [
        "/shop/open/../echo",
        "/shop/open/%2e%2e/echo",
        "/shop/open/a%2fb",
        "/shop/open/a%5cb",
        "/shop/open/%00",
        "/shop//open",
        "/shop/open/;x=1",
        "/shop/open/%ff",
    ] {
        let before = world.upstream.seen();
        let answer = call(gateway.address, "GET", path, &[], b"").await;
        assert_eq!(
            answer.problem(),
            (400, "ambiguous_path".to_owned()),
            "{path}"
        );
        assert_eq!(world.upstream.seen(), before);
    }
    gateway.running.shutdown().await;
    let logged = "SELECT COUNT(*) FROM request_log WHERE path = '/shop/open/a%2fb'";
    assert_eq!(world.number(logged).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_are_refused() {
    let world = World::new().await;
    let gateway = world.start().await;
    let many: Vec<String> = (0..120).map(|n| format!("X-{n}: y")).collect();
    let lines: Vec<&str> = many.iter().map(String::as_str).collect();
    let answer = call(gateway.address, "GET", "/shop/open", &lines, b"").await;
    assert_eq!(answer.problem(), (431, "headers_too_large".to_owned()));
    let long = format!("X: {}", "y".repeat(70_000));
    let answer = call(gateway.address, "GET", "/shop/open", &[&long], b"").await;
    assert_eq!(answer.problem(), (431, "headers_too_large".to_owned()));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_drip_are_cut_off() {
    let world = World::new().await;
    let mut config = world.config();
    config.timeouts.header = std::time::Duration::from_secs(1);
    let gateway = Started::new(config).await;
    let mut connection = Connection::open(gateway.address).await;
    connection
        .send("GET /shop/open HTTP/1.1\r\nHost: api.test\r\nX: ")
        .await;
    assert!(connection.is_closed().await);
    eventually("it is counted", async || {
        world
            .number("SELECT COUNT(*) FROM usage_minute WHERE code = 'request_timeout'")
            .await
            == 1
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_one_request_and_is_counted() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let mut config = world.config();
    let broken = |_: &gateway::config::ErrorView| panic!("a broken page");
    config.error_page = Some(gateway::config::ErrorPage(std::sync::Arc::new(broken)));
    let gateway = Started::new(config).await;
    let mut connection = Connection::open(gateway.address).await;
    connection
        .send("GET /nowhere HTTP/1.1\r\nHost: api.test\r\nAccept: text/html\r\n\r\n")
        .await;
    assert!(connection.answer().await.is_none());
    for _ in 0..4 {
        let answer = crate::client::get(gateway.address, "/shop/echo", &key).await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(gateway.status().await["panics_total"], 1);
    gateway.running.shutdown().await;
    let counted = "SELECT SUM(requests) FROM usage_minute WHERE status = 500 AND code = 'internal'";
    assert_eq!(world.number(counted).await, 1);
}
