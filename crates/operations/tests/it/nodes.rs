//! Nodes: heartbeats, and a data folder that was copied.

use std::time::Duration;

use domain::Timestamp;
use domain::id::{DEFAULT_WORKSPACE, GatewayNodeId};
use operations::nodes::{self, Health};
use store::nodes::Node;
use testkit::{TestPlatform, each_platform};
use uuid::Uuid;

fn node(id: GatewayNodeId, boot: u128, at: Timestamp) -> Node {
    Node {
        id,
        workspace_id: DEFAULT_WORKSPACE,
        name: "gate-1".to_owned(),
        version: "0.1.0".to_owned(),
        address: "127.0.0.1:8000".to_owned(),
        boot_id: Uuid::from_u128(boot),
        revision: 1,
        requests_total: 0,
        requests_per_second_milli: 0,
        upstreams: "[]".to_owned(),
        problem: String::new(),
        started_at: at,
        heartbeat_at: at,
    }
}

async fn beat(platform: &TestPlatform, node: &Node) -> bool {
    let mut tx = platform.db.begin().await.unwrap();
    let alive_since = node.heartbeat_at - Duration::from_secs(5);
    let taken = store::nodes::beat(&mut tx, node, alive_since)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    taken
}

#[tokio::test]
async fn a_second_process_with_the_same_folder_is_found_out() {
    each_platform(async |p| {
        let id = p.new_id();
        assert!(beat(&p, &node(id, 1, p.now())).await);
        p.wait(Duration::from_secs(1));
        assert!(beat(&p, &node(id, 1, p.now())).await);
        assert!(!beat(&p, &node(id, 2, p.now())).await);
        // The first one died: after five seconds the next may have its place.
        p.wait(Duration::from_secs(6));
        assert!(beat(&p, &node(id, 2, p.now())).await);
        // This one leaves in good order: the next comes at once.
        let mut tx = p.db.begin().await.unwrap();
        store::nodes::leave(&mut tx, id, Uuid::from_u128(2))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(beat(&p, &node(id, 3, p.now())).await);
    })
    .await;
}

#[tokio::test]
async fn silent_nodes_and_those_behind_are_shown_as_such() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let id = p.new_id();
        beat(&p, &node(id, 1, p.now())).await;
        crate::shop::api(&p, &admin, "payments").await;
        let seen = nodes::list(&p, &admin).await.unwrap();
        assert_eq!((seen[0].health, seen[0].behind), (Health::Good, 1));
        p.wait(Duration::from_secs(16));
        let seen = nodes::list(&p, &admin).await.unwrap();
        assert_eq!(seen[0].health, Health::Silent);
        p.wait(Duration::from_secs(8 * 86_400));
        assert_eq!(nodes::forget(&p).await.unwrap(), 1);
    })
    .await;
}
