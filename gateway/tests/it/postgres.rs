//! The same feed and the same counts over both databases.

use domain::api::{Lifecycle, PathKind, Visibility};
use domain::change::{Change, ChangeKind};
use domain::id::DEFAULT_WORKSPACE;
use domain::{Id, Timestamp};
use gateway::Config;
use gateway::config::Database;
use serde_json::json;
use sqlx::types::Json;
use store::{Conn, api_versions, apis, changes, routes, upstreams, usage};
use testkit::{TestDb, each_database};
use uuid::Uuid;

use crate::client::get;
use crate::upstream::Upstream;
use crate::world::{Started, eventually};

const NEVER: Timestamp = Timestamp::from_seconds(0);

fn id<T>(n: u128) -> Id<T> {
    Id::new(Uuid::from_u128(n))
}

async fn catalogue(conn: &mut Conn, upstream: &Upstream) {
    let row = upstreams::Upstream {
        id: id(1),
        workspace_id: DEFAULT_WORKSPACE,
        slug: "shop".parse().unwrap(),
        name: "Shop".parse().unwrap(),
        settings: Json(json!({})),
        created_at: NEVER,
        updated_at: NEVER,
        version: 1,
    };
    upstreams::insert(conn, &row).await.unwrap();
    let row = upstreams::Target {
        id: id(2),
        workspace_id: DEFAULT_WORKSPACE,
        upstream_id: id(1),
        url: format!("http://{}", upstream.address),
        weight: 1,
        enabled: true,
        created_at: NEVER,
    };
    upstreams::insert_target(conn, &row).await.unwrap();
    let row = apis::Api {
        id: id(3),
        workspace_id: DEFAULT_WORKSPACE,
        slug: "shop".parse().unwrap(),
        name: "Shop".parse().unwrap(),
        summary: String::new(),
        description: String::new(),
        visibility: Visibility::Public,
        tags: Json(Vec::new()),
        owner_id: Id::NIL,
        created_at: NEVER,
        updated_at: NEVER,
        version: 1,
    };
    apis::insert(conn, &row).await.unwrap();
    let row = api_versions::ApiVersion {
        id: id(4),
        workspace_id: DEFAULT_WORKSPACE,
        api_id: id(3),
        label: "v1".to_owned(),
        lifecycle: Lifecycle::Published,
        upstream_id: Some(id(1)),
        hosts: Json(Vec::new()),
        base_path: "/shop".to_owned(),
        spec_revision_id: Id::NIL,
        successor_id: Id::NIL,
        published_at: None,
        deprecated_at: None,
        sunset_at: None,
        retired_at: None,
        created_at: NEVER,
        updated_at: NEVER,
        version: 1,
    };
    api_versions::insert(conn, &row).await.unwrap();
}

fn route() -> routes::Route {
    routes::Route {
        id: id(5),
        workspace_id: DEFAULT_WORKSPACE,
        api_version_id: id(4),
        operation_id: Id::NIL,
        name: "echo".to_owned(),
        methods: Json(Vec::new()),
        path: "/echo".to_owned(),
        path_kind: PathKind::Exact,
        priority: 0,
        settings: Json(json!({ "access": "open" })),
        enabled: true,
        created_at: NEVER,
        updated_at: NEVER,
        version: 1,
    }
}

/// Tells of the route, as the last act of a transaction.
async fn tell(conn: &mut Conn) {
    let revision = changes::take_revision(conn).await.unwrap();
    let change = Change {
        kind: ChangeKind::Route,
        id: route().id.uuid(),
        deleted: false,
    };
    changes::record_change(conn, DEFAULT_WORKSPACE, revision, change, NEVER)
        .await
        .unwrap();
    changes::notify(conn, revision).await.unwrap();
}

async fn check(db: TestDb) {
    let upstream = Upstream::start().await;
    let mut tx = db.begin().await.unwrap();
    catalogue(&mut tx, &upstream).await;
    tx.commit().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let gateway = Started::new(Config {
        database: Database::Open(db.clone()),
        ..Config::new(folder.path().join("gateway"))
    })
    .await;
    assert_eq!(get(gateway.address, "/shop/echo", "").await.status, 404);

    // a slow transaction: its change counts from its commit on, whatever others do meanwhile
    let mut tx = db.begin().await.unwrap();
    routes::insert(&mut tx, &route()).await.unwrap();
    tell(&mut tx).await;
    assert_eq!(get(gateway.address, "/shop/echo", "").await.status, 404);
    tx.commit().await.unwrap();
    let begun = std::time::Instant::now();
    eventually("the route is live", async || {
        get(gateway.address, "/shop/echo", "").await.status == 200
    })
    .await;
    assert!(begun.elapsed().as_millis() < 1_000, "{:?}", begun.elapsed());

    let status = gateway.status().await;
    let node = Id::new(status["node"].as_str().unwrap().parse().unwrap());
    gateway.running.shutdown().await;
    let mut conn = db.read().await.unwrap();
    let node = store::nodes::find(&mut conn, node).await.unwrap().unwrap();
    assert_eq!(node.heartbeat_at, NEVER, "it said good-bye");
    let log = store::request_log::find(&mut conn, DEFAULT_WORKSPACE, "none").await;
    assert!(log.unwrap().is_empty());
    let epoch = std::fs::read_to_string(folder.path().join("gateway/usage/epoch")).unwrap();
    let written = usage::last_sequence(&mut conn, node.id, epoch.trim().parse().unwrap()).await;
    assert!(written.unwrap().is_some_and(|sequence| sequence > 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_live_and_counts_written_on_both_databases() {
    each_database(check).await;
}
