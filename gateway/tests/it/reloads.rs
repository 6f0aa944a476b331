//! Changes of the configuration under load: no request fails, and the last change is the one in force.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::catalogue::{STANDARD, UPSTREAM};
use crate::client::Connection;
use crate::world::{World, eventually};

/// Clients that call without a pause.
const CLIENTS: usize = 3;

/// How many changes: `GATEHOUSE_RELOADS=10000` for the full run.
fn changes() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the length of a run is the caller's choice"
    )]
    let wanted = std::env::var("GATEHOUSE_RELOADS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(500)
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_under_load_fail_no_request() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let (stop, served) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let request =
                format!("GET /shop/echo HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n");
            let (address, stop, served) = (gateway.address, stop.clone(), served.clone());
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await;
                while !stop.load(Ordering::Relaxed) {
                    connection.send(&request).await;
                    let answer = connection.answer().await.expect("an answer");
                    assert_eq!(answer.status, 200);
                    served.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let (count, began) = (changes(), Instant::now());
    for n in 1..=count {
        // in turn: the upstream's settings, a route that is in use, and the version that owns it
        let (kind, id, statement) = match n % 3 {
            0 => (
                "upstream",
                UPSTREAM,
                format!(
                    "UPDATE upstream SET settings = '{{\"connect_timeout_ms\": {}}}' WHERE id = ?",
                    500 + n
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
    }
    let newest = i64::try_from(count).unwrap();
    eventually("the last change is live", async || {
        gateway.running.revision() >= newest
    })
    .await;
    let took = began.elapsed();
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        tokio::time::timeout(Duration::from_secs(10), client)
            .await
            .expect("the client ends")
            .expect("no request failed");
    }
    let served = served.load(Ordering::Relaxed);
    tell(count, served, took);
    assert!(served > count / 20, "{served} requests in {took:?}");
    gateway.running.shutdown().await;
}

fn tell(count: u64, served: u64, took: Duration) {
    #[expect(
        clippy::print_stderr,
        reason = "the outcome of a full run is read by people"
    )]
    {
        eprintln!("{count} changes in {took:?}, {served} requests, none failed");
    }
}
