//! Upstreams that close connections which wait in the pool: before they are used again, and in that very moment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::catalogue::{STANDARD, TARGET, UPSTREAM};
use crate::client::{Answer, Connection};
use crate::world::{Started, World, eventually};

/// When a connection ends.
#[derive(Clone, Copy)]
enum Ending {
    /// Right after its first answer, which says that it stays open.
    Early,
    /// When the second request is there: what was not read makes it a reset.
    Unread,
    /// When the second request was read.
    Read,
    /// When the first request was read, as often as is said; later ones are answered.
    First(u64),
}

/// A request's method and body.
type Request = (String, Vec<u8>);

/// The upstream.
#[derive(Clone)]
struct Fickle {
    address: SocketAddr,
    ending: Ending,
    /// Requests that were read.
    got: Arc<Mutex<Vec<Request>>>,
    answered: Arc<AtomicU64>,
    /// Connections that ended when a request was there.
    broken: Arc<AtomicU64>,
}

impl Fickle {
    async fn start(ending: Ending) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fickle = Self {
            address: listener.local_addr().unwrap(),
            ending,
            got: Arc::default(),
            answered: Arc::default(),
            broken: Arc::default(),
        };
        let serving = fickle.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        fickle
    }

    async fn serve(self, mut stream: TcpStream) -> Option<()> {
        self.read(&mut stream).await?;
        if let Ending::First(times) = self.ending
            && self.broken.load(Ordering::SeqCst) < times
        {
            self.broken.fetch_add(1, Ordering::SeqCst);
            return None;
        }
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        self.answered.fetch_add(1, Ordering::SeqCst);
        stream.write_all(answer).await.ok()?;
        match self.ending {
            Ending::Early => return None,
            Ending::Unread => {
                let there = stream.peek(&mut [0]).await.ok()?;
                if there == 0 {
                    return None;
                }
            }
            Ending::Read | Ending::First(_) => self.read(&mut stream).await?,
        }
        self.broken.fetch_add(1, Ordering::SeqCst);
        Some(())
    }

    async fn read(&self, stream: &mut TcpStream) -> Option<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| {
            let line = line.to_ascii_lowercase();
            line.strip_prefix("content-length: ")?.parse::<usize>().ok()
        });
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await.ok()?;
        let method = head.split(' ').next().unwrap_or_default().to_owned();
        self.got.lock().push((method, body));
        Some(())
    }

    fn got(&self) -> Vec<Request> {
        self.got.lock().clone()
    }

    fn broken(&self) -> u64 {
        self.broken.load(Ordering::SeqCst)
    }
}

/// A gateway with one worker, so that a caller meets the connections that it left.
struct Scene {
    upstream: Fickle,
    gateway: Started,
    world: World,
    caller: Connection,
    key: String,
}

impl Scene {
    /// No retry is allowed, and one failure is too much.
    async fn strict(ending: Ending) -> Self {
        let settings = "{\"retries\": 0, \"health\": {\"passive\": {\"consecutive_failures\": 1}, \"panic_percent\": 0}, \
            \"breaker\": {\"minimum_requests\": 1, \"error_percent\": 1}}";
        Self::with(ending, settings).await
    }

    async fn with(ending: Ending, settings: &str) -> Self {
        let world = World::new().await;
        let upstream = Fickle::start(ending).await;
        let settings = format!("UPDATE upstream SET settings = '{settings}' WHERE id = ?");
        world.change("upstream", UPSTREAM, &settings).await;
        let target = format!(
            "UPDATE target SET url = 'http://{}' WHERE id = ?",
            upstream.address
        );
        world.change("upstream", TARGET, &target).await;
        let key = world.active(1, STANDARD).await;
        let mut config = world.config();
        config.workers = Some(1);
        let gateway = Started::new(config).await;
        Self {
            caller: Connection::open(gateway.address).await,
            upstream,
            gateway,
            world,
            key,
        }
    }

    async fn ask(&mut self, method: &str, body: &[u8]) -> Answer {
        let length = match body.len() {
            0 => String::new(),
            length => format!("Content-Length: {length}\r\n"),
        };
        let key = &self.key;
        let head = format!(
            "{method} /shop/any HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n{length}\r\n"
        );
        self.caller.send([head.as_bytes(), body].concat()).await;
        let answer = self.caller.answer_to(method).await.expect("an answer");
        if answer.header("connection").eq_ignore_ascii_case("close") {
            self.caller = Connection::open(self.gateway.address).await;
        }
        answer
    }

    /// Nothing was held against the upstream.
    async fn is_blameless(&self) {
        let told = self.gateway.status().await["upstreams"][0].clone();
        assert_eq!(told["retries_total"], 0, "{told}");
        assert_eq!(told["breaker"], "closed", "{told}");
        assert_eq!(told["targets"][0]["failures_total"], 0, "{told}");
    }

    /// Bytes of bodies that were counted, when so many requests were.
    async fn bytes_in(&self, requests: i64) -> i64 {
        let sum = "SELECT COALESCE(SUM(requests), 0) FROM usage_minute";
        eventually("every request is counted", async || {
            self.world.number(sum).await == requests
        })
        .await;
        let bytes = "SELECT COALESCE(SUM(bytes_in), 0) FROM usage_minute";
        self.world.number(bytes).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_survives_every_way_to_end() {
    for ending in [Ending::Early, Ending::Unread, Ending::Read] {
        let mut scene = Scene::strict(ending).await;
        for turn in 0..40 {
            assert_eq!(scene.ask("GET", b"").await.status, 200, "request {turn}");
        }
        assert_eq!(scene.upstream.answered.load(Ordering::SeqCst), 40);
        let met_the_end = scene.upstream.broken() > 0;
        assert_eq!(met_the_end, !matches!(ending, Ending::Early));
        scene.is_blameless().await;
        scene.gateway.running.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_may_be_repeated_is_sent_whole_again_and_counted_once() {
    for ending in [Ending::Unread, Ending::Read] {
        let mut scene = Scene::strict(ending).await;
        assert_eq!(scene.ask("GET", b"").await.status, 200);
        let body = vec![b'x'; 3_000];
        assert_eq!(scene.ask("PUT", &body).await.status, 200);
        assert_eq!(scene.upstream.broken(), 1);
        let last = scene.upstream.got().pop().unwrap();
        assert_eq!(last, ("PUT".to_owned(), body));
        assert_eq!(scene.bytes_in(2).await, 3_000);
        scene.is_blameless().await;
        scene.gateway.running.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_repeated_is_sent_once() {
    let mut scene = Scene::with(Ending::Read, "{\"retries\": 3}").await;
    assert_eq!(scene.ask("GET", b"").await.status, 200);
    let refused = scene.ask("POST", b"an order").await;
    assert_eq!(refused.problem(), (502, "upstream_failed".to_owned()));
    let orders = scene.upstream.got();
    let orders = orders.iter().filter(|(method, _)| method == "POST").count();
    assert_eq!(orders, 1);
    assert_eq!(scene.ask("POST", b"an order").await.status, 200);
    scene.gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_counts_the_bytes_of_a_body_once() {
    let mut scene = Scene::with(Ending::First(2), "{\"retries\": 2}").await;
    let body = vec![b'y'; 2_000];
    assert_eq!(scene.ask("PUT", &body).await.status, 200);
    assert_eq!(
        (scene.upstream.got().len(), scene.upstream.broken()),
        (3, 2)
    );
    assert_eq!(scene.bytes_in(1).await, 2_000);
    let told = scene.gateway.status().await["upstreams"][0].clone();
    assert_eq!(told["retries_total"], 2, "{told}");
    scene.gateway.running.shutdown().await;
}
