//! API versions: what is published, deprecated and retired.

use domain::Timestamp;
use domain::api::Lifecycle;
use domain::id::{ApiId, ApiVersionId, ProductId, SpecRevisionId, UpstreamId, WorkspaceId};
use futures_util::stream::BoxStream;
use sqlx::types::Json;
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// One version of an API.
    #[derive(Debug, Clone)]
    pub struct ApiVersion {
        /// Its id.
        pub id: ApiVersionId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The API that it is a version of.
        pub api_id: ApiId,
        /// Its label, such as `v2`; unique in the API.
        pub label: String,
        /// Where it stands.
        pub lifecycle: Lifecycle,
        /// Where its requests go; none while it is being made.
        pub upstream_id: Option<UpstreamId>,
        /// Host names in lower case, `*.` in front for all names below; none for every host.
        pub hosts: Json<Vec<String>>,
        /// What stands before the path of each route: `/` or `/shipping/v2`.
        pub base_path: String,
        /// The document in force; nil without one.
        pub spec_revision_id: SpecRevisionId,
        /// The version that comes after this one; nil for none.
        pub successor_id: ApiVersionId,
        /// When it was last published.
        pub published_at: Option<Timestamp>,
        /// From when it is deprecated.
        pub deprecated_at: Option<Timestamp>,
        /// When it is going to be retired.
        pub sunset_at: Option<Timestamp>,
        /// When it was retired.
        pub retired_at: Option<Timestamp>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

record! {
    /// A version with what its API is called: what the gateway loads.
    #[derive(Debug, Clone)]
    pub struct Named {
        /// Its id.
        pub id: ApiVersionId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The API that it is a version of.
        pub api_id: ApiId,
        /// The API's name in URLs.
        pub api_slug: String,
        /// The API's name for people.
        pub api_name: String,
        /// Its label.
        pub label: String,
        /// Where it stands.
        pub lifecycle: Lifecycle,
        /// Where its requests go.
        pub upstream_id: Option<UpstreamId>,
        /// Host names; none for every host.
        pub hosts: Json<Vec<String>>,
        /// What stands before the path of each route.
        pub base_path: String,
        /// The version that comes after this one; nil for none.
        pub successor_id: ApiVersionId,
        /// From when it is deprecated.
        pub deprecated_at: Option<Timestamp>,
        /// When it is going to be retired.
        pub sunset_at: Option<Timestamp>,
    }
}

macro_rules! columns {
    () => {
        "id, workspace_id, api_id, label, lifecycle, upstream_id, hosts, base_path, spec_revision_id, successor_id, \
         published_at, deprecated_at, sunset_at, retired_at, created_at, updated_at, version"
    };
}
macro_rules! named {
    () => {
        "SELECT v.id, v.workspace_id, v.api_id, a.slug AS api_slug, a.name AS api_name, v.label, v.lifecycle, \
         v.upstream_id, v.hosts, v.base_path, v.successor_id, v.deprecated_at, v.sunset_at \
         FROM api_version v JOIN api a ON a.id = v.api_id"
    };
}

statements! {
    INSERT = concat!("INSERT INTO api_version (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)");
    UPDATE = "UPDATE api_version SET label = $4, lifecycle = $5, upstream_id = $6, hosts = $7, base_path = $8,
        spec_revision_id = $9, successor_id = $10, published_at = $11, deprecated_at = $12, sunset_at = $13,
        retired_at = $14, updated_at = $15, version = version + 1
        WHERE id = $1 AND workspace_id = $2 AND version = $3";
    DELETE = "DELETE FROM api_version WHERE id = $1 AND workspace_id = $2 AND version = $3";
    CLEAR_SUCCESSOR = "UPDATE api_version SET successor_id = $3, updated_at = $4, version = version + 1
        WHERE successor_id = $1 AND workspace_id = $2 RETURNING id";
    FIND = concat!("SELECT ", columns!(), " FROM api_version WHERE id = $1 AND workspace_id = $2");
    OF_API = concat!("SELECT ", columns!(), " FROM api_version
        WHERE api_id = $1 AND workspace_id = $2 ORDER BY created_at DESC, id DESC");
    OF_WORKSPACE = concat!("SELECT ", columns!(), " FROM api_version
        WHERE workspace_id = $1 ORDER BY api_id, created_at DESC, id DESC");
    WITHOUT_UPSTREAM = concat!("SELECT ", columns!(), " FROM api_version
        WHERE workspace_id = $1 AND upstream_id IS NULL AND lifecycle IN ('published', 'deprecated') ORDER BY id");
    NAMED = concat!(named!(), " WHERE v.workspace_id = $1 ORDER BY a.name, v.created_at DESC, v.id DESC");
    EVERY = concat!(named!(), " ORDER BY v.id");
    BY_ID = concat!(named!(), " WHERE v.id = $1");
    LOCK = "UPDATE workspace SET name = name WHERE id = $1";
    PRODUCTS = "SELECT product_id FROM product_item WHERE api_version_id = $1 AND workspace_id = $2";
    OPEN_SUBSCRIPTIONS = "SELECT COUNT(DISTINCT s.id) FROM subscription s
        JOIN product_item i ON i.product_id = s.product_id
        WHERE i.api_version_id = $1 AND i.workspace_id = $2 AND s.state IN ('pending', 'active', 'suspended')";
}

/// Writes a new version.
pub async fn insert(conn: &mut Conn, row: &ApiVersion) -> Result<()> {
    conn.query(INSERT)
        .bind(row.id)
        .bind(row.workspace_id)
        .bind(row.api_id)
        .bind(row.label.as_str())
        .bind(row.lifecycle)
        .bind(row.upstream_id)
        .bind(row.hosts.clone())
        .bind(row.base_path.as_str())
        .bind(row.spec_revision_id)
        .bind(row.successor_id)
        .bind(row.published_at)
        .bind(row.deprecated_at)
        .bind(row.sunset_at)
        .bind(row.retired_at)
        .bind(row.created_at)
        .bind(row.updated_at)
        .bind(row.version)
        .run()
        .await
        .map(drop)
}

/// Changes all but ids and the time it was made; `false` when `row.version` is no longer the stored one.
pub async fn update(conn: &mut Conn, row: &ApiVersion) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(row.id)
        .bind(row.workspace_id)
        .bind(row.version)
        .bind(row.label.as_str())
        .bind(row.lifecycle)
        .bind(row.upstream_id)
        .bind(row.hosts.clone())
        .bind(row.base_path.as_str())
        .bind(row.spec_revision_id)
        .bind(row.successor_id)
        .bind(row.published_at)
        .bind(row.deprecated_at)
        .bind(row.sunset_at)
        .bind(row.retired_at)
        .bind(row.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes a version with its documents, operations and routes; `false` when `version` is no longer the stored one.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApiVersionId,
    version: i64,
) -> Result<bool> {
    let touched = conn
        .query(DELETE)
        .bind(id)
        .bind(workspace)
        .bind(version)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Takes a version away as the successor of others: which ones they were.
pub async fn clear_successor(
    conn: &mut Conn,
    workspace: WorkspaceId,
    successor: ApiVersionId,
    at: Timestamp,
) -> Result<Vec<ApiVersionId>> {
    let rows: Vec<(Uuid,)> = conn
        .query(CLEAR_SUCCESSOR)
        .bind(successor)
        .bind(workspace)
        .bind(ApiVersionId::NIL)
        .bind(at)
        .all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id,)| ApiVersionId::new(id))
        .collect())
}

/// One version.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApiVersionId,
) -> Result<Option<ApiVersion>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// The versions of an API, newest first.
pub async fn of_api(
    conn: &mut Conn,
    workspace: WorkspaceId,
    api: ApiId,
) -> Result<Vec<ApiVersion>> {
    conn.query(OF_API).bind(api).bind(workspace).all().await
}

/// Every version of a workspace, by API, newest first.
pub async fn of_workspace(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<ApiVersion>> {
    conn.query(OF_WORKSPACE).bind(workspace).all().await
}

/// The versions that the gateway serves although they have no upstream.
pub async fn without_upstream(
    conn: &mut Conn,
    workspace: WorkspaceId,
) -> Result<Vec<ApiVersion>> {
    conn.query(WITHOUT_UPSTREAM).bind(workspace).all().await
}

/// Every version of a workspace with its API's name, by that name.
pub async fn named(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Named>> {
    conn.query(NAMED).bind(workspace).all().await
}

/// Every version of every workspace, for the gateway.
pub fn all(conn: &mut Conn) -> BoxStream<'_, Result<Named>> {
    conn.query(EVERY).stream()
}

/// One version of whichever workspace, for the gateway.
pub async fn load(conn: &mut Conn, id: ApiVersionId) -> Result<Option<Named>> {
    conn.query(BY_ID).bind(id).optional().await
}

/// Makes every other publisher of the workspace wait until this transaction ends, so that two of them cannot each
/// publish what the other one's routes exclude.
pub async fn lock_publishing(conn: &mut Conn, workspace: WorkspaceId) -> Result<()> {
    conn.query(LOCK).bind(workspace).run().await.map(drop)
}

/// How many open subscriptions reach this version through a product.
pub async fn open_subscriptions(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApiVersionId,
) -> Result<i64> {
    let (count,): (i64,) = conn
        .query(OPEN_SUBSCRIPTIONS)
        .bind(id)
        .bind(workspace)
        .one()
        .await?;
    Ok(count)
}

/// The products that hold this version.
pub async fn products(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApiVersionId,
) -> Result<Vec<ProductId>> {
    let rows: Vec<(Uuid,)> = conn.query(PRODUCTS).bind(id).bind(workspace).all().await?;
    Ok(rows.into_iter().map(|(id,)| ProductId::new(id)).collect())
}
