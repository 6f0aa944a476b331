//! Changes of the configuration under load: each is swapped in, no request fails, and memory stays what it was. In a process of
//! its own: the tests beside it take memory too.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::catalogue::{STANDARD, UPSTREAM};
use crate::client::Connection;
use crate::world::{Started, World};

/// Clients that call without a pause.
const CLIENTS: usize = 3;
/// How much the process may grow, in percent, after the first changes.
const GROWTH: u64 = 5;
/// Tells the process that runs this test alone.
const ALONE: &str = "GATEHOUSE_RELOADS_ALONE";

/// How many changes: `GATEHOUSE_RELOADS=10000` for the full run.
fn changes() -> u64 {
    variable("GATEHOUSE_RELOADS")
        .and_then(|text| text.parse().ok())
        .unwrap_or(500)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the length of a run is the caller's choice"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[test]
fn changes_under_load_fail_no_request_and_keep_no_memory() {
    if variable(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        return runtime.unwrap().block_on(run(changes()));
    }
    let name = "reloads::changes_under_load_fail_no_request_and_keep_no_memory";
    let alone = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&alone.stderr);
    let told = said.lines().find(|line| line.contains("changes in"));
    assert!(alone.status.success() && told.is_some(), "{said}");
    tell(told.unwrap_or_default());
}

async fn run(count: u64) {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let mut config = world.config();
    let (written, changes) = watch::channel(0);
    config.changes = Some(changes);
    let gateway = Started::new(config).await;
    let load = Load::start(&gateway, &key);
    // what is made once, and what a heap keeps for later, is there after the first changes
    let first = (count / 5).max(300);
    let mut before = 0;
    for n in 1..=first {
        change(&world, &gateway, &written, n).await;
        before = before.max(memory());
    }
    let began = Instant::now();
    for n in first + 1..=first + count {
        change(&world, &gateway, &written, n).await;
    }
    let (after, took) = (memory(), began.elapsed());
    let served = load.end().await;
    tell(&format!(
        "{count} changes in {took:?}, each live before the next; {served} requests, none failed; \
         {before} KiB of memory before, {after} KiB after"
    ));
    assert!(served > count, "{served} requests in {took:?}");
    assert!(
        after * 100 <= before * (100 + GROWTH),
        "{before} KiB became {after} KiB"
    );
    gateway.running.shutdown().await;
}

/// One change, and the wait until it is in force. In turn: the upstream's settings, a route that is in use, and the version
/// that owns it.
async fn change(world: &World, gateway: &Started, written: &watch::Sender<i64>, n: u64) {
    let (kind, id, statement) = match n % 3 {
        0 => (
            "upstream",
            UPSTREAM,
            format!(
                "UPDATE upstream SET settings = '{{\"connect_timeout_ms\": {}}}' WHERE id = ?",
                500 + n % 1_000
            ),
        ),
        1 => (
            "route",
            40,
            format!(
                "UPDATE route SET name = 'echo {n}', priority = {} WHERE id = ?",
                n % 7
            ),
        ),
        _ => (
            "api_version",
            30,
            format!("UPDATE api_version SET label = 'v{n}' WHERE id = ?"),
        ),
    };
    world.change(kind, id, &statement).await;
    let revision = i64::try_from(n).unwrap();
    written.send_replace(revision);
    let end = Instant::now() + Duration::from_secs(10);
    while gateway.running.revision() < revision {
        assert!(Instant::now() < end, "change {n} was never live");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Requests without a pause.
struct Load {
    stop: Arc<AtomicBool>,
    served: Arc<AtomicU64>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    fn start(gateway: &Started, key: &str) -> Self {
        let (stop, served) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let request =
            format!("GET /shop/echo HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n");
        let clients = (0..CLIENTS)
            .map(|_| {
                let (request, address) = (request.clone(), gateway.address);
                let (stop, served) = (stop.clone(), served.clone());
                tokio::spawn(async move {
                    let mut connection = Connection::open(address).await;
                    while !stop.load(Ordering::Relaxed) {
                        connection.send(&request).await;
                        let answer = connection.answer().await.expect("an answer");
                        assert_eq!(answer.status, 200);
                        served.fetch_add(1, Ordering::Relaxed);
                        // a connection carries so many requests, and says which is the last
                        if answer.header("connection").eq_ignore_ascii_case("close") {
                            connection = Connection::open(address).await;
                        }
                    }
                })
            })
            .collect();
        Self {
            stop,
            served,
            clients,
        }
    }

    async fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            tokio::time::timeout(Duration::from_secs(10), client)
                .await
                .expect("the client ends")
                .expect("no request failed");
        }
        self.served.load(Ordering::Relaxed)
    }
}

/// What this process keeps in memory, in KiB (proc(5)).
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_ascii_whitespace().nth(1));
    number.unwrap().parse().unwrap()
}

fn tell(what: &str) {
    #[expect(
        clippy::print_stderr,
        reason = "the outcome of a full run is read by people"
    )]
    {
        eprintln!("{what}");
    }
}
