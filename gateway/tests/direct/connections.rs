//! Connections whose requests are read without Pingora: one request behind the other, and the way to Pingora in between.

use serde_json::json;

use crate::attached::Attached;
use crate::catalogue::{BUDGET, STANDARD};
use crate::client::Connection;
use crate::world::{Started, World, eventually};

struct Scene {
    world: World,
    gateway: Started,
    key: String,
    caller: Connection,
}

impl Scene {
    async fn new() -> Self {
        Self::with(STANDARD).await
    }

    async fn with(plan: u128) -> Self {
        let world = World::new().await;
        let key = world.active(1, plan).await;
        let gateway = world.start().await;
        Self {
            caller: Connection::open(gateway.address).await,
            world,
            gateway,
            key,
        }
    }

    fn request(&self, method: &str, more: &str) -> String {
        let key = &self.key;
        format!("{method} /shop/any/x HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n{more}\r\n")
    }

    async fn status(&mut self) -> u16 {
        self.caller.answer().await.expect("an answer").status
    }

    async fn direct(&self) -> u64 {
        let status = self.gateway.status().await;
        status["direct_exchanges_total"].as_u64().unwrap()
    }

    /// So many requests are counted, and no more of them.
    async fn counts(&self, requests: i64) {
        let sum = "SELECT COALESCE(SUM(requests), 0) FROM usage_minute";
        eventually("every request is counted", async || {
            self.world.number(sum).await >= requests
        })
        .await;
        assert_eq!(self.world.number(sum).await, requests);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_come_at_once_are_answered_in_turn() {
    let mut scene = Scene::new().await;
    let post = scene.request("POST", "Content-Length: 5\r\n") + "hello";
    let all = [scene.request("GET", ""), post, scene.request("GET", "")].concat();
    for bytes in all.as_bytes().chunks(700) {
        scene.caller.send(bytes).await;
    }
    for length in [0, 5, 0] {
        let answer = scene.caller.answer().await.expect("an answer");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["length"], length);
    }
    scene.counts(3).await;
    assert_eq!(scene.direct().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_goes_on_with_pingora_when_a_request_is_not_plain() {
    let mut scene = Scene::new().await;
    let chunked = scene.request("POST", "Transfer-Encoding: chunked\r\n");
    let first = scene.request("GET", "") + &chunked + "2\r\nhe\r\n";
    scene.caller.send(first).await;
    assert_eq!(scene.status().await, 200);
    scene.caller.send("3\r\nllo\r\n0\r\n\r\n").await;
    let answer = scene.caller.answer().await.expect("an answer");
    assert_eq!((answer.status, &answer.json()["length"]), (200, &json!(5)));
    let last = scene.request("GET", "Connection: close\r\n");
    scene.caller.send(last).await;
    assert_eq!(scene.status().await, 200);
    assert!(scene.caller.answer().await.is_none());
    scene.counts(3).await;
    assert_eq!(scene.direct().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_nobody_wanted_makes_way() {
    let mut scene = Scene::new().await;
    let refused = "POST /shop/any/x HTTP/1.1\r\nHost: api.test\r\nContent-Length: 30000\r\n\r\n";
    scene.caller.send(refused).await;
    assert_eq!(scene.status().await, 401);
    scene.caller.send("x".repeat(30_000)).await;
    let next = scene.request("GET", "");
    scene.caller.send(next).await;
    assert_eq!(scene.status().await, 200);
    scene.counts(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_let_in_changes_lanes_and_is_counted_once() {
    let mut scene = Scene::with(BUDGET).await;
    let config = json!({ "body": { "json": { "name": "{{ body.name }}" } } });
    let policy = Attached::to_route(600, 41, "request_transform", config);
    scene.world.attach(&scene.gateway, &policy).await;
    let body = format!("{{\"name\": \"{}\"}}", "n".repeat(20_000));
    let lines = format!(
        "Content-Type: application/json\r\nContent-Length: {}\r\nX-Plan: spoofed\r\n",
        body.len()
    );
    let put = scene.request("PUT", &lines) + &body;
    scene.caller.send(put).await;
    let answer = scene.caller.answer().await.expect("an answer");
    assert_eq!(answer.status, 200, "{:?}", String::from_utf8(answer.body));
    assert_eq!(answer.json()["headers"]["x-plan"], "budget");
    // of five, one is taken
    assert_eq!(answer.header("x-ratelimit-remaining"), "4");
    let seen = answer.json()["length"].as_u64().unwrap();
    assert_eq!(seen, "{\"name\":\"\"}".len() as u64 + 20_000);
    let get = scene.request("GET", "");
    scene.caller.send(get).await;
    assert!(scene.caller.answer().await.is_some());
    scene.counts(2).await;
    assert_eq!(scene.direct().await, 0);
}
