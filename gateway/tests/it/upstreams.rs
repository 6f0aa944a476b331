//! Balancing, health, retries, breakers and limits, over sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::catalogue::{BUDGET, STANDARD, TARGET, UPSTREAM, VERSION};
use crate::client::{Answer, Connection, call, get};
use crate::world::{Started, World, eventually};

/// A target that counts, answers a status of choice, and can be made to wait.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<AtomicU64>,
    status: Arc<AtomicU16>,
    health: Arc<AtomicU16>,
    gate: Arc<Semaphore>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::at("127.0.0.1:0").await
    }

    pub(crate) async fn at(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            status: Arc::new(AtomicU16::new(200)),
            health: Arc::new(AtomicU16::new(200)),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        };
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    pub(crate) fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }

    fn says(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }
}

async fn answer(State(server): State<Server>, request: Request) -> Response {
    let status = if request.uri().path() == "/health" {
        &server.health
    } else {
        server.seen.fetch_add(1, Ordering::SeqCst);
        drop(server.gate.acquire().await.unwrap());
        &server.status
    };
    let status = StatusCode::from_u16(status.load(Ordering::SeqCst)).unwrap();
    let mut answer = Response::new(Body::from("ok"));
    *answer.status_mut() = status;
    answer
}

/// A world whose upstream has these targets (with their weights) and settings.
pub(crate) async fn world(targets: &[(SocketAddr, u32)], settings: Value) -> World {
    let world = World::new().await;
    set(&world, &settings).await;
    sqlx::query("DELETE FROM target")
        .execute(&world.pool)
        .await
        .unwrap();
    for (n, (address, weight)) in targets.iter().enumerate() {
        add(&world, n, &format!("http://{address}"), *weight).await;
    }
    world
}

pub(crate) async fn add(world: &World, n: usize, url: &str, weight: u32) {
    let id = uuid::Uuid::from_u128(TARGET + 1_000 + n as u128);
    sqlx::query(
        "INSERT INTO target (id, workspace_id, upstream_id, url, weight, enabled, created_at) \
         SELECT ?, workspace_id, id, ?, ?, 1, 0 FROM upstream",
    )
    .bind(id)
    .bind(url.to_owned())
    .bind(i64::from(weight))
    .execute(&world.pool)
    .await
    .unwrap();
}

pub(crate) async fn set(world: &World, settings: &Value) {
    let statement = format!("UPDATE upstream SET settings = '{settings}' WHERE id = ?");
    world.change("upstream", UPSTREAM, &statement).await;
}

/// A key of the standard plan, and a gateway that serves.
async fn start(world: &World) -> (String, Started) {
    let key = world.active(1, STANDARD).await;
    (key, world.start().await)
}

pub(crate) async fn ask(gateway: &Started, key: &str) -> Answer {
    get(gateway.address, "/shop/any", key).await
}

pub(crate) async fn upstream_of(gateway: &Started) -> Value {
    gateway.status().await["upstreams"][0].clone()
}

/// Waits until nothing is under way to a target: an answer is read a moment before its request is over.
async fn idle(gateway: &Started, target: usize) {
    eventually("the target is idle", async || {
        upstream_of(gateway).await["targets"][target]["in_flight"] == 0
    })
    .await;
}

async fn servers(count: usize) -> Vec<Server> {
    let mut servers = Vec::new();
    for _ in 0..count {
        servers.push(Server::start().await);
    }
    servers
}

fn even(servers: &[Server]) -> Vec<(SocketAddr, u32)> {
    servers.iter().map(|server| (server.address, 1)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_follow_the_weights() {
    let all = servers(2).await;
    let world = world(&[(all[0].address, 3), (all[1].address, 1)], json!({})).await;
    let (key, gateway) = start(&world).await;
    for _ in 0..12 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
    }
    assert_eq!((all[0].seen(), all[1].seen()), (9, 3));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_least_busy_target_is_asked() {
    let all = servers(2).await;
    let world = world(&even(&all), json!({ "balancing": "least_connections" })).await;
    let (key, gateway) = start(&world).await;
    // two requests wait, one at each; then one of them is free again and takes all that comes
    for server in &all {
        server.gate.forget_permits(usize::MAX);
    }
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let (address, key) = (gateway.address, key.clone());
            tokio::spawn(async move { get(address, "/shop/any", &key).await.status })
        })
        .collect();
    eventually("one request at each", async || {
        all[0].seen() == 1 && all[1].seen() == 1
    })
    .await;
    all[0].gate.add_permits(1_000);
    eventually("one is free", async || {
        let told = upstream_of(&gateway).await;
        told["targets"][0]["in_flight"] == 0 && told["targets"][1]["in_flight"] == 1
    })
    .await;
    for _ in 0..5 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
        idle(&gateway, 0).await;
    }
    assert_eq!((all[0].seen(), all[1].seen()), (6, 1));
    all[1].gate.add_permits(1_000);
    for request in waiting {
        assert_eq!(request.await.unwrap(), 200);
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_stays_at_its_target() {
    let all = servers(3).await;
    let settings = json!({ "balancing": { "consistent_hash": { "header": "X-Tenant" } } });
    let world = world(&even(&all), settings).await;
    let (key, gateway) = start(&world).await;
    let key = format!("X-API-Key: {key}");
    for tenant in 0..20 {
        let before: Vec<u64> = all.iter().map(Server::seen).collect();
        let header = format!("X-Tenant: t{tenant}");
        for _ in 0..3 {
            call(gateway.address, "GET", "/shop/any", &[&key, &header], b"").await;
        }
        let more: Vec<u64> = all.iter().zip(before).map(|(s, b)| s.seen() - b).collect();
        assert!(more.contains(&3), "{more:?}");
    }
    assert!(all.iter().all(|server| server.seen() > 0));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_target_is_ejected_within_a_second_and_comes_back() {
    let all = servers(2).await;
    all[0].says(503);
    let settings =
        json!({ "health": { "passive": { "consecutive_failures": 3, "eject_ms": 300 } } });
    let world = world(&even(&all), settings).await;
    let (key, gateway) = start(&world).await;
    let began = Instant::now();
    eventually("it is ejected", async || {
        ask(&gateway, &key).await;
        upstream_of(&gateway).await["targets"][0]["state"] == "ejected"
    })
    .await;
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(all[0].seen(), 3);
    all[0].says(200);
    eventually("it is asked again", async || {
        ask(&gateway, &key).await;
        all[0].seen() > 3
    })
    .await;
    eventually("it is healthy", async || {
        ask(&gateway, &key).await;
        upstream_of(&gateway).await["targets"][0]["state"] == "healthy"
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn below_the_panic_threshold_health_is_ignored() {
    let all = servers(2).await;
    all.iter()
        .for_each(|server| server.health.store(500, Ordering::SeqCst));
    let settings = |panic: u8| {
        json!({ "health": {
            "active": { "probe": { "http": { "path": "/health", "statuses": ["200-299"] } }, "interval_ms": 100, "timeout_ms": 1000, "unhealthy_after": 1 },
            "panic_percent": panic,
        } })
    };
    let world = world(&even(&all), settings(0)).await;
    let (key, gateway) = start(&world).await;
    eventually("both are unhealthy", async || {
        let told = upstream_of(&gateway).await;
        told["targets"]
            .as_array()
            .unwrap()
            .iter()
            .all(|t| t["state"] == "unhealthy")
    })
    .await;
    let refused = ask(&gateway, &key).await;
    assert_eq!(refused.problem(), (503, "upstream_unavailable".to_owned()));
    set(&world, &settings(50)).await;
    eventually("all are used", async || {
        ask(&gateway, &key).await.status == 200
    })
    .await;
    assert_eq!(upstream_of(&gateway).await["panic"], true);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_active_check_takes_a_target_out_and_puts_it_back() {
    let all = servers(2).await;
    let settings = json!({ "health": { "active": {
        "probe": { "http": { "path": "/health" } }, "interval_ms": 100, "timeout_ms": 1000, "healthy_after": 1, "unhealthy_after": 1,
    } } });
    let world = world(&even(&all), settings).await;
    let (key, gateway) = start(&world).await;
    all[1].health.store(500, Ordering::SeqCst);
    eventually("it is out", async || {
        upstream_of(&gateway).await["targets"][1]["state"] == "unhealthy"
    })
    .await;
    let before = all[1].seen();
    for _ in 0..6 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
    }
    assert_eq!(all[1].seen(), before);
    all[1].health.store(204, Ordering::SeqCst);
    eventually("it is back", async || {
        upstream_of(&gateway).await["targets"][1]["state"] == "healthy"
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tcp_check_sees_a_closed_port() {
    let open = Server::start().await;
    let closed = closed().await;
    let settings = json!({ "health": { "active": { "probe": "tcp", "interval_ms": 100, "unhealthy_after": 1 } } });
    let world = world(&[(open.address, 1), (closed, 1)], settings).await;
    let (_, gateway) = start(&world).await;
    eventually("the closed one is unhealthy", async || {
        let told = upstream_of(&gateway).await;
        told["targets"][1]["state"] == "unhealthy" && told["targets"][0]["state"] == "healthy"
    })
    .await;
    gateway.running.shutdown().await;
}

/// An address where nobody listens.
pub(crate) async fn closed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

/// A server that reads a request and closes without an answer; it counts.
async fn breaks_off() -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, seen) = (listener.local_addr().unwrap(), Arc::new(AtomicU64::new(0)));
    let counter = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counter = counter.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => return,
                    }
                }
                counter.fetch_add(1, Ordering::SeqCst);
            });
        }
    });
    (address, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_may_be_repeated_is_tried_elsewhere() {
    let good = Server::start().await;
    let (bad, seen) = breaks_off().await;
    let settings =
        json!({ "health": { "passive": { "consecutive_failures": 0, "error_percent": 0 } } });
    let world = world(&[(bad, 1), (good.address, 1)], settings).await;
    let (key, gateway) = start(&world).await;
    for _ in 0..6 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
    }
    assert_eq!((seen.load(Ordering::SeqCst), good.seen()), (6, 6));
    // every other one goes to the server that breaks off, and stays there
    let key = format!("X-API-Key: {key}");
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let answer = call(gateway.address, "POST", "/shop/any", &[&key], b"x").await;
        statuses.push(answer.status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 502, 502]);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_amplify_within_their_budget() {
    let (one, seen_one) = breaks_off().await;
    let (other, seen_other) = breaks_off().await;
    let settings = json!({
        "retries": 3,
        "retry": { "budget_percent": 20, "budget_per_second": 0 },
        "health": { "passive": { "consecutive_failures": 0, "error_percent": 0 } },
    });
    let world = world(&[(one, 1), (other, 1)], settings).await;
    let (key, gateway) = start(&world).await;
    for _ in 0..50 {
        assert_eq!(ask(&gateway, &key).await.status, 502);
    }
    let attempts = seen_one.load(Ordering::SeqCst) + seen_other.load(Ordering::SeqCst);
    assert!(
        (51..=60).contains(&attempts),
        "{attempts} attempts of 50 requests"
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_of_choice_is_tried_elsewhere() {
    let all = servers(2).await;
    all[0].says(503);
    let settings = json!({ "retry": { "statuses": ["503"] }, "health": { "passive": { "consecutive_failures": 0, "error_percent": 0 } } });
    let world = world(&even(&all), settings).await;
    let (key, gateway) = start(&world).await;
    for _ in 0..4 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
    }
    assert!(all[0].seen() >= 1);
    all[1].says(503);
    assert_eq!(ask(&gateway, &key).await.status, 503);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_breaker_opens_and_closes() {
    let server = Server::start().await;
    server.says(503);
    let settings = json!({
        "breaker": { "minimum_requests": 4, "error_percent": 50, "open_ms": 400, "probes": 2 },
        "health": { "passive": { "consecutive_failures": 0, "error_percent": 0 } },
    });
    let world = world(&[(server.address, 1)], settings).await;
    let (key, gateway) = start(&world).await;
    for _ in 0..4 {
        assert_eq!(ask(&gateway, &key).await.status, 503);
    }
    let refused = ask(&gateway, &key).await;
    assert_eq!(refused.problem(), (503, "upstream_unavailable".to_owned()));
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(server.seen(), 4);
    assert_eq!(upstream_of(&gateway).await["breaker"], "open");
    server.says(200);
    eventually("it is tried again", async || {
        ask(&gateway, &key).await.status == 200
    })
    .await;
    eventually("it is closed", async || {
        ask(&gateway, &key).await;
        upstream_of(&gateway).await["breaker"] == "closed"
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_shed_by_plan() {
    let server = Server::start().await;
    let settings = json!({ "limits": {
        "requests": 4,
        "shedding": { "critical_plans": ["standard"], "sheddable_plans": ["budget"], "sheddable_percent": 50 },
    } });
    let world = world(&[(server.address, 1)], settings).await;
    let (critical, gateway) = {
        let cheap = world.active(2, BUDGET).await;
        let (key, gateway) = start(&world).await;
        ((key, cheap), gateway)
    };
    let (critical, cheap) = critical;
    server.gate.forget_permits(usize::MAX);
    let hold = |key: &str| {
        let (address, key) = (gateway.address, key.to_owned());
        tokio::spawn(async move { get(address, "/shop/any", &key).await.status })
    };
    let mut held = vec![hold(&cheap), hold(&cheap)];
    eventually("half is taken", async || server.seen() == 2).await;
    let shed = ask(&gateway, &cheap).await;
    assert_eq!(shed.problem(), (503, "upstream_overloaded".to_owned()));
    held.extend([hold(&critical), hold(&critical)]);
    eventually("all is taken", async || server.seen() == 4).await;
    assert_eq!(ask(&gateway, &critical).await.status, 503);
    server.gate.add_permits(1_000);
    for request in held {
        assert_eq!(request.await.unwrap(), 200);
    }
    idle(&gateway, 0).await;
    assert_eq!(ask(&gateway, &cheap).await.status, 200);
    assert_eq!(upstream_of(&gateway).await["refused_total"], 2);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_target_makes_room_for_another() {
    let all = servers(2).await;
    let world = world(
        &even(&all),
        json!({ "limits": { "requests_per_target": 1 } }),
    )
    .await;
    let (key, gateway) = start(&world).await;
    all[0].gate.forget_permits(usize::MAX);
    let (address, held_key) = (gateway.address, key.clone());
    let held = tokio::spawn(async move { get(address, "/shop/any", &held_key).await.status });
    eventually("the first target is full", async || all[0].seen() == 1).await;
    for _ in 0..4 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
        idle(&gateway, 1).await;
    }
    assert_eq!((all[0].seen(), all[1].seen()), (1, 4));
    all[0].gate.add_permits(1_000);
    assert_eq!(held.await.unwrap(), 200);
    gateway.running.shutdown().await;
}

/// A server that sends the head of its answer a byte at a time.
async fn drips() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Slow: ".iter();
                for byte in head.chain(std::iter::repeat_n(&b'a', 10_000)) {
                    if stream.write_all(&[*byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_drips_is_given_up() {
    let world = world(
        &[(drips().await, 1)],
        json!({ "header_timeout_ms": 300, "first_byte_timeout_ms": 5000 }),
    )
    .await;
    let (key, gateway) = start(&world).await;
    let began = Instant::now();
    let answer = ask(&gateway, &key).await;
    assert_eq!(answer.problem(), (504, "upstream_timeout".to_owned()));
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_goes_on_too_long_is_broken_off() {
    let world = World::new().await;
    set(&world, &json!({ "request_timeout_ms": 400 })).await;
    world
        .route(60, VERSION, "[]", "/events", "exact", "{}")
        .await;
    let events = world.upstream.events();
    let (key, gateway) = start(&world).await;
    let mut connection = Connection::open(gateway.address).await;
    connection
        .send(format!(
            "GET /shop/events HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n"
        ))
        .await;
    events.send("one".to_owned()).await.unwrap();
    assert_eq!(connection.head().await.unwrap().status, 200);
    assert_eq!(connection.chunk().await.unwrap(), b"one");
    let closed = tokio::time::timeout(Duration::from_secs(5), connection.is_closed()).await;
    assert!(closed.unwrap());
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_of_a_name_is_tried() {
    // `localhost` is 127.0.0.1 and, where the system says so, ::1: one of them listens
    let server = Server::at("127.0.0.1:0").await;
    let world = world(&[], json!({})).await;
    add(
        &world,
        0,
        &format!("http://localhost:{}", server.address.port()),
        1,
    )
    .await;
    let (key, gateway) = start(&world).await;
    for _ in 0..3 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
    }
    let told = upstream_of(&gateway).await;
    let addresses = told["targets"][0]["addresses"].as_array().unwrap();
    assert!(
        addresses.contains(&json!(server.address.to_string())),
        "{told}"
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_without_targets_is_unavailable() {
    let world = world(&[], json!({})).await;
    let (key, gateway) = start(&world).await;
    let refused = ask(&gateway, &key).await;
    assert_eq!(refused.problem(), (503, "upstream_unavailable".to_owned()));
    assert_eq!(refused.header("retry-after"), "5");
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn upstreams_are_in_the_metrics() {
    let server = Server::start().await;
    let world = world(&[(server.address, 1)], json!({})).await;
    let (key, gateway) = start(&world).await;
    ask(&gateway, &key).await;
    let address = gateway.running.status_address().unwrap();
    let text = String::from_utf8(get(address, "/metrics", "").await.body).unwrap();
    for line in [
        "gatehouse_gateway_upstream_attempts_total{upstream=\"shop\"} 1",
        "gatehouse_gateway_upstream_targets_healthy{upstream=\"shop\"} 1",
        "gatehouse_gateway_targets_out 0",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    gateway.running.shutdown().await;
}

/// A server of gRPC's health service that answers a status of choice (1 is `SERVING`).
async fn grpc_health(status: Arc<AtomicU16>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let status = status.clone();
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    assert_eq!(request.uri().path(), "/grpc.health.v1.Health/Check");
                    let head = http::Response::builder().header("content-type", "application/grpc");
                    let mut stream = respond
                        .send_response(head.body(()).unwrap(), false)
                        .unwrap();
                    let status = u8::try_from(status.load(Ordering::SeqCst)).unwrap();
                    let message = axum::body::Bytes::from(vec![0, 0, 0, 0, 2, 8, status]);
                    stream.send_data(message, false).unwrap();
                    let mut trailers = http::HeaderMap::new();
                    trailers.insert("grpc-status", "0".parse().unwrap());
                    stream.send_trailers(trailers).unwrap();
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grpc_check_asks_the_health_service() {
    let status = Arc::new(AtomicU16::new(1));
    let address = grpc_health(status.clone()).await;
    let settings = json!({ "health": { "active": {
        "probe": { "grpc": { "service": "shop" } }, "interval_ms": 100, "timeout_ms": 1000, "healthy_after": 1, "unhealthy_after": 1,
    } } });
    let world = world(&[(address, 1)], settings).await;
    let (_, gateway) = start(&world).await;
    let is = async |state: &str| upstream_of(&gateway).await["targets"][0]["state"] == state;
    // a target of which nothing is known counts as healthy: only what is said next tells
    status.store(2, Ordering::SeqCst);
    eventually("it does not serve", async || is("unhealthy").await).await;
    status.store(1, Ordering::SeqCst);
    eventually("it serves", async || is("healthy").await).await;
    gateway.running.shutdown().await;
}
