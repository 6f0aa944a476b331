//! Without a database: serving goes on, and a start from the disk serves as well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gateway::config::Database;
use gateway::{Gateway, StartError};
use store::{Access, Db};

use crate::catalogue::STANDARD;
use crate::client::get;
use crate::world::{Started, World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn serving_goes_on_without_the_database_and_starts_without_it() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    world.db.close().await;
    eventually("the status says that it is gone", async || {
        gateway.status().await["database_connected"] == false
    })
    .await;
    for _ in 0..20 {
        assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    }
    gateway.running.shutdown().await;

    // reachable only later
    let reachable = Arc::new(AtomicBool::new(false));
    let url = format!(
        "sqlite:{}",
        world.folder.path().join("gatehouse.db").display()
    );
    let mut config = world.config();
    let open = reachable.clone();
    config.database = Database::Later(Arc::new(move || {
        let (url, open) = (url.clone(), open.load(Ordering::SeqCst));
        Box::pin(async move {
            if !open {
                return Err("not yet".to_owned());
            }
            Db::open(&url, Access::Beside)
                .await
                .map_err(|error| error.to_string())
        })
    }));
    let gateway = Started::new(config).await;
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    assert_eq!(gateway.status().await["database_connected"], false);
    reachable.store(true, Ordering::SeqCst);
    eventually("everything is written", async || {
        world
            .number("SELECT COALESCE(SUM(requests), 0) FROM usage_minute")
            .await
            == 22
    })
    .await;
    world
        .change(
            "credential",
            201,
            "UPDATE credential SET state = 'revoked' WHERE id = ?",
        )
        .await;
    eventually("the key is refused", async || {
        get(gateway.address, "/shop/echo", &key).await.status == 401
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_any_configuration_says_so() {
    let world = World::new().await;
    let mut config = world.config();
    config.database = Database::None;
    let running = Gateway::start(config).await.unwrap();
    let answer = get(running.addresses()[0], "/shop/echo", "x").await;
    assert_eq!(answer.problem(), (503, "not_ready".to_owned()));
    let ready = get(running.status_address().unwrap(), "/ready", "").await;
    assert_eq!(ready.status, 503);
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_and_a_port_have_one_gateway() {
    let world = World::new().await;
    let gateway = world.start().await;
    let error = Gateway::start(world.config()).await.err().unwrap();
    assert!(matches!(error, StartError::Data(_)), "{error}");
    let mut config = world.config();
    config.data_dir = world.folder.path().join("other");
    config.listen = vec![gateway.address];
    let error = Gateway::start(config).await.err().unwrap();
    assert!(
        error.to_string().contains(&gateway.address.to_string()),
        "{error}"
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_data_folder_is_noticed() {
    let world = World::new().await;
    let first = world.start().await;
    eventually("the first node is known", async || {
        world.number("SELECT COUNT(*) FROM gateway_node").await == 1
    })
    .await;
    let mut config = world.config();
    config.data_dir = world.folder.path().join("copy");
    std::fs::create_dir(&config.data_dir).unwrap();
    let id = "node.id";
    std::fs::copy(world.data_dir().join(id), config.data_dir.join(id)).unwrap();
    let second = Started::new(config).await;
    eventually("the second node says what is wrong", async || {
        let status = second.status().await.to_string();
        status.contains("its data folder was copied")
    })
    .await;
    eventually(
        "the dashboard shows the copy beside the first",
        async || {
            let told = "SELECT COUNT(*) FROM gateway_node WHERE problem LIKE '%was copied%'";
            world.number(told).await == 1
                && world.number("SELECT COUNT(*) FROM gateway_node").await == 2
        },
    )
    .await;
    second.running.shutdown().await;
    let alive = "SELECT COUNT(*) FROM gateway_node WHERE heartbeat_at > 0";
    assert_eq!(world.number(alive).await, 1, "the copy said good-bye");
    first.running.shutdown().await;
}
