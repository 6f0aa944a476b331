//! What the status listener tells.

use crate::catalogue::STANDARD;
use crate::client::{call, get};
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn health_state_and_metrics_are_told() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    let address = gateway.running.status_address().unwrap();
    for path in ["/health", "/ready"] {
        assert_eq!(get(address, path, "").await.status, 200);
    }
    eventually("the call is counted", async || {
        gateway.status().await["requests_total"] != 0
    })
    .await;
    let status = gateway.status().await;
    assert_eq!(status["ready"], true);
    assert_eq!(status["lag"], 0);
    assert_eq!(status["credentials"], 1);
    assert_eq!(status["requests_total"], 1);
    assert_eq!(status["direct_exchanges_total"], u64::from(crate::DIRECT));
    let metrics = call(address, "GET", "/metrics", &[], b"").await;
    let text = String::from_utf8(metrics.body).unwrap();
    assert!(
        text.contains("gatehouse_gateway_requests_total 1"),
        "{text}"
    );
    assert!(!text.contains(&key));
    gateway.running.shutdown().await;
}
