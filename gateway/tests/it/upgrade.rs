//! A successor takes over the sockets of a gateway that runs: no request fails, and none is lost or counted twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use gateway::config::Database;
use gateway::{Config, Gateway, StartError};

use crate::catalogue::{STANDARD, VERSION};
use crate::client::{Connection, get};
use crate::world::{Started, World, eventually};

/// Clients that call without a pause.
const CLIENTS: usize = 4;
/// Upgrades in one run.
const UPGRADES: usize = 20;

fn heir(config: &Config) -> Config {
    Config {
        succeed: true,
        ..config.clone()
    }
}

/// The successor, once the one before it has gone.
async fn upgrade(before: Started, config: &Config) -> Started {
    let mut before = before;
    let after = Gateway::start(heir(config)).await.unwrap();
    assert!(after.is_ready());
    before.running.succeeded().await;
    tokio::spawn(before.running.retire());
    let address = after.addresses()[0];
    assert_eq!(address, before.address);
    Started {
        running: after,
        address,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_upgrades_under_load_fail_no_request_and_count_each_once() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let config = Config {
        hand_over: true,
        ..world.config()
    };
    let mut gateway = Started::new(config.clone()).await;
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
                    if answer.header("connection").eq_ignore_ascii_case("close") {
                        connection = Connection::open(address).await;
                    }
                }
            })
        })
        .collect();
    for _ in 0..UPGRADES {
        let seen = served.load(Ordering::Relaxed);
        gateway = upgrade(gateway, &config).await;
        eventually("requests go on", async || {
            served.load(Ordering::Relaxed) > seen + 50
        })
        .await;
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        tokio::time::timeout(Duration::from_secs(10), client)
            .await
            .expect("the client ends")
            .expect("no request failed");
    }
    let served = i64::try_from(served.load(Ordering::Relaxed)).unwrap();
    eventually("each is counted", async || {
        world
            .number("SELECT COALESCE(SUM(requests), 0) FROM usage_minute WHERE status = 200")
            .await
            == served
    })
    .await;
    gateway.running.shutdown().await;
    assert_eq!(
        world.number("SELECT SUM(requests) FROM usage_minute").await,
        served
    );
    assert_eq!(world.upstream.seen() as i64, served);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_ends_where_it_began_and_the_name_passes_on() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world.route(45, VERSION, "[]", "/hold", "exact", "{}").await;
    let config = Config {
        hand_over: true,
        ..world.config()
    };
    let mut before = Started::new(config.clone()).await;
    let mut busy = Connection::open(before.address).await;
    busy.send(format!(
        "GET /shop/hold HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n"
    ))
    .await;
    eventually("the upstream holds it", async || world.upstream.seen() == 1).await;

    let after = Gateway::start(heir(&config)).await.unwrap();
    before.running.succeeded().await;
    let retiring = tokio::spawn(before.running.retire());
    assert_eq!(get(before.address, "/shop/echo", &key).await.status, 200);
    assert!(!retiring.is_finished());
    world.upstream.gate.add_permits(1);
    let answer = busy.answer().await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"held"[..]));
    assert_eq!(answer.header("connection"), "close");
    retiring.await.unwrap();
    eventually("one node speaks, and nothing is wrong with it", async || {
        world
            .number("SELECT COUNT(*) FROM gateway_node WHERE heartbeat_at > 0 AND problem = '' AND requests_total = 1")
            .await
            == 1
    })
    .await;
    after.shutdown().await;
    assert_eq!(
        world.number("SELECT SUM(requests) FROM usage_minute").await,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_that_the_one_before_could_not_write_are_written_by_the_successor() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world.start().await.running.shutdown().await;
    let config = Config {
        hand_over: true,
        ..world.config()
    };
    // serves from the disk, without a database: all counts stay in its journal
    let mut before = Started::new(Config {
        database: Database::None,
        ..config.clone()
    })
    .await;
    for _ in 0..7 {
        assert_eq!(get(before.address, "/shop/echo", &key).await.status, 200);
    }
    let after = Gateway::start(heir(&config)).await.unwrap();
    before.running.succeeded().await;
    before.running.retire().await;
    eventually("they are in SQL", async || {
        world
            .number("SELECT COALESCE(SUM(requests), 0) FROM usage_minute")
            .await
            == 7
    })
    .await;
    after.shutdown().await;
    assert_eq!(
        world.number("SELECT SUM(requests) FROM usage_minute").await,
        7
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_comes_to_nothing_leaves_the_other_as_it_was() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let config = Config {
        hand_over: true,
        ..world.config()
    };
    let gateway = Started::new(config.clone()).await;
    // it asks, and is gone before it serves
    let socket = config.data_dir.join("handover.sock");
    drop(std::os::unix::net::UnixStream::connect(&socket).unwrap());
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    // another one may still come
    let gateway = upgrade(gateway, &config).await;
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_stays_locked_all_the_while_and_nobody_need_be_there() {
    let world = World::new().await;
    let config = Config {
        hand_over: true,
        ..world.config()
    };
    // nobody runs: it starts as any
    let gateway = Started::new(heir(&config)).await;
    let gateway = upgrade(gateway, &config).await;
    let refused = Gateway::start(world.config()).await;
    assert!(matches!(refused, Err(StartError::Data(_))));
    gateway.running.shutdown().await;
}
