//! Every request is in SQL once, under its keys, whatever happens between.

use domain::Clock;
use gateway::Config;
use gateway::config::{Database, Durability, Limits};

use crate::catalogue::STANDARD;
use crate::client::{call, get};
use crate::world::{Started, World, eventually};

const TOTAL: &str = "SELECT COALESCE(SUM(requests), 0) FROM usage_minute";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_row_and_a_line() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    for _ in 0..5 {
        get(gateway.address, "/shop/echo", &key).await;
    }
    call(gateway.address, "GET", "/shop/echo", &[], b"").await;
    eventually("they are in SQL while the gateway runs", async || {
        world.number(TOTAL).await == 6
    })
    .await;
    let good = "SELECT requests FROM usage_minute WHERE status = 200 AND code = '' AND api_version_id = x'0000000000000000000000000000001e' AND operation_id = x'00000000000000000000000000000410' AND subscription_id = x'0000000000000000000000000000012d' AND application_id = x'00000000000000000000000000000065'";
    assert_eq!(world.number(good).await, 5);
    assert_eq!(
        world
            .number(
                "SELECT requests FROM usage_hour WHERE code = 'credential_missing' AND status = 401"
            )
            .await,
        1
    );
    eventually("the lines are there", async || {
        world.number("SELECT COUNT(*) FROM request_log").await == 6
    })
    .await;
    assert_eq!(world.number("SELECT COUNT(*) FROM request_log WHERE credential_id = x'000000000000000000000000000000c9' AND path = '/shop/echo' AND duration_us > 0 AND upstream_us > 0").await, 5);
    assert_eq!(
        world
            .number("SELECT COUNT(*) FROM credential WHERE last_used_at IS NOT NULL")
            .await,
        1
    );
    eventually("the node speaks", async || {
        world
            .number("SELECT COUNT(*) FROM gateway_node WHERE requests_total = 6 AND problem = ''")
            .await
            == 1
    })
    .await;
    gateway.running.shutdown().await;
    assert_eq!(world.number(TOTAL).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_counted_and_the_log_is_a_sample_of_what_went_well_and_of_what_failed() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let config = world.config();
    let gateway = Started::new(Config {
        workers: Some(1),
        limits: Limits {
            // two of each at once, and nothing more for a minute
            log_rate: 1,
            ..config.limits
        },
        clock: Clock::manual(config.clock.now()),
        ..config
    })
    .await;
    for _ in 0..6 {
        get(gateway.address, "/shop/echo", &key).await;
        get(gateway.address, "/shop/echo", "unknown").await;
    }
    eventually("each is counted", async || world.number(TOTAL).await == 12).await;
    gateway.running.shutdown().await;
    for status in [200, 401] {
        let lines = format!("SELECT COUNT(*) FROM request_log WHERE status = {status}");
        let lines = world.number(&lines).await;
        // a third one when a request took longer than the one before it
        assert!((2..=3).contains(&lines), "{lines} with {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_between_loses_nothing_and_doubles_nothing() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world.start().await.running.shutdown().await;

    // serves from the disk, without a database: all counts stay in the journal
    let mut config = world.config();
    config.database = Database::None;
    let gateway = Started::new(config.clone()).await;
    for _ in 0..7 {
        assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    }
    eventually("their records are closed", async || {
        gateway.status().await["requests_total"] == 7
    })
    .await;
    drop(gateway);
    let journals: Vec<_> = std::fs::read_dir(world.data_dir().join("usage"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "journal"))
        .collect();
    assert_eq!(journals.len(), 1, "{journals:?}");
    let copy = std::fs::read(&journals[0]).unwrap();
    assert_eq!(world.number(TOTAL).await, 0);

    let gateway = world.start().await;
    eventually("the journal is replayed", async || {
        world.number(TOTAL).await == 7
    })
    .await;
    gateway.running.shutdown().await;

    // the same journal again: as after a death between the commit and the removal of the file
    std::fs::write(&journals[0], &copy).unwrap();
    let gateway = world.start().await;
    get(gateway.address, "/shop/echo", &key).await;
    eventually("the new request is written", async || {
        world.number(TOTAL).await >= 8
    })
    .await;
    gateway.running.shutdown().await;
    assert_eq!(world.number(TOTAL).await, 8);
    assert!(!journals[0].exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn strict_durability_has_it_on_the_disk_before_the_answer() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world.start().await.running.shutdown().await;
    let mut config = world.config();
    config.database = Database::None;
    config.durability = Durability::Strict;
    let gateway = Started::new(config).await;
    let before = gateway.status().await["journal_bytes"].as_u64().unwrap();
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    let after = gateway.status().await["journal_bytes"].as_u64().unwrap();
    assert!(after > before, "{before} -> {after}");
    gateway.running.shutdown().await;
}
