//! The line in the lintel that says where the newest revision serves: asked for again while nodes catch up, and no longer.

use std::time::Duration;

use domain::access::Role;
use domain::id::{DEFAULT_WORKSPACE, GatewayNodeId};
use store::nodes::{self, Node};

use crate::house::House;

/// The fragment says so of itself.
const AGAIN: &str = "hx-get=\"/live\"";

async fn revision(house: &House) -> i64 {
    let mut conn = house.platform.db.read().await.unwrap();
    store::changes::revision(&mut conn).await.unwrap()
}

/// A node speaks.
async fn beat(house: &House, name: &str, revision: i64) {
    let platform = &house.platform;
    let boot: GatewayNodeId = platform.new_id();
    let node = Node {
        id: platform.new_id(),
        workspace_id: DEFAULT_WORKSPACE,
        name: name.to_owned(),
        version: "0.1.0".to_owned(),
        address: "127.0.0.1:8000".to_owned(),
        boot_id: boot.uuid(),
        revision,
        requests_total: 0,
        requests_per_second_milli: 0,
        problem: String::new(),
        upstreams: "[]".to_owned(),
        started_at: platform.now(),
        heartbeat_at: platform.now(),
    };
    let mut tx = platform.db.begin().await.unwrap();
    nodes::beat(&mut tx, &node, platform.now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn it_is_asked_for_again_until_every_node_has_the_revision() {
    let house = House::with(Role::Viewer).await;
    let newest = revision(&house).await;
    let alone = house.get("/live").await;
    alone.shows(200, "no node is running");
    assert!(
        alone.html.trim_start().starts_with("<a class=\"live\""),
        "{}",
        alone.html
    );
    assert!(!alone.html.contains("<html") && !alone.html.contains(AGAIN));

    beat(&house, "one", newest).await;
    let current = house.get("/live").await;
    current.shows(200, &format!("Revision {newest}"));
    current.shows(200, "live on the node");
    assert!(!current.html.contains(AGAIN), "{}", current.html);

    beat(&house, "two", newest - 1).await;
    let settling = house.get("/live").await;
    settling.shows(200, "live on 1 of 2 nodes");
    settling.shows(200, AGAIN);
    house.get("/apis").await.shows(200, AGAIN);

    // Nodes that went silent are not waited for.
    house.platform.wait(Duration::from_secs(60));
    let silent = house.get("/live").await;
    silent.shows(200, "no node is running");
    assert!(!silent.html.contains(AGAIN), "{}", silent.html);
}

#[tokio::test]
async fn it_is_for_the_team_alone() {
    let house = House::empty().await;
    let page = house.get("/live").await;
    assert_eq!(page.status.as_u16(), 303);
    assert!(page.location.starts_with("/sign-in"), "{}", page.location);
}
