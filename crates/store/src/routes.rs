//! Routes: which requests belong to which API version.

use domain::Timestamp;
use domain::api::PathKind;
use domain::id::{ApiVersionId, OperationId, RouteId, WorkspaceId};
use futures_util::stream::BoxStream;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// Method and path, owned by an API version.
    #[derive(Debug, Clone)]
    pub struct Route {
        /// Its id.
        pub id: RouteId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The version that it belongs to.
        pub api_version_id: ApiVersionId,
        /// The operation that it was made for; nil for none.
        pub operation_id: OperationId,
        /// Its name for people.
        pub name: String,
        /// In capitals; none for every method.
        pub methods: Json<Vec<String>>,
        /// Begins with a slash and comes after the version's base path.
        pub path: String,
        /// How `path` is read.
        pub path_kind: PathKind,
        /// Routes with a higher one are tried first.
        pub priority: i64,
        /// Who may call it and what becomes of its path: the gateway's `RouteSettings`.
        pub settings: Json<Value>,
        /// Whether it matches at all.
        pub enabled: bool,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

macro_rules! columns {
    () => {
        "id, workspace_id, api_version_id, operation_id, name, methods, path, path_kind, priority, settings, \
         enabled, created_at, updated_at, version"
    };
}

statements! {
    INSERT = concat!("INSERT INTO route (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
    UPDATE = "UPDATE route SET operation_id = $4, name = $5, methods = $6, path = $7, path_kind = $8, priority = $9,
        settings = $10, enabled = $11, updated_at = $12, version = version + 1
        WHERE id = $1 AND workspace_id = $2 AND version = $3";
    DELETE = "DELETE FROM route WHERE id = $1 AND workspace_id = $2 AND version = $3";
    FIND = concat!("SELECT ", columns!(), " FROM route WHERE id = $1 AND workspace_id = $2");
    OF_VERSION = concat!("SELECT ", columns!(), " FROM route
        WHERE api_version_id = $1 AND workspace_id = $2 ORDER BY path, id");
    IDS_OF_VERSION = "SELECT id FROM route WHERE api_version_id = $1 AND workspace_id = $2";
    SERVED = "SELECT DISTINCT operation_id FROM route WHERE api_version_id = $1 AND workspace_id = $2 AND enabled";
    ENABLED = "SELECT COUNT(*) AS routes FROM route WHERE api_version_id = $1 AND workspace_id = $2 AND enabled";
    EVERY = concat!("SELECT ", columns!(), " FROM route ORDER BY api_version_id, id");
    BY_ID = concat!("SELECT ", columns!(), " FROM route WHERE id = $1");
}

/// The operations that a version's enabled routes were made for; nil among them when one was made by hand.
pub async fn served(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<Vec<OperationId>> {
    let rows: Vec<(Uuid,)> = conn
        .query(SERVED)
        .bind(version)
        .bind(workspace)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| OperationId::new(id)).collect())
}

/// Writes a new route.
pub async fn insert(conn: &mut Conn, row: &Route) -> Result<()> {
    conn.query(INSERT)
        .bind(row.id)
        .bind(row.workspace_id)
        .bind(row.api_version_id)
        .bind(row.operation_id)
        .bind(row.name.as_str())
        .bind(row.methods.clone())
        .bind(row.path.as_str())
        .bind(row.path_kind)
        .bind(row.priority)
        .bind(row.settings.clone())
        .bind(row.enabled)
        .bind(row.created_at)
        .bind(row.updated_at)
        .bind(row.version)
        .run()
        .await
        .map(drop)
}

/// Changes all but ids and the time it was made; `false` when `row.version` is no longer the stored one.
pub async fn update(conn: &mut Conn, row: &Route) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(row.id)
        .bind(row.workspace_id)
        .bind(row.version)
        .bind(row.operation_id)
        .bind(row.name.as_str())
        .bind(row.methods.clone())
        .bind(row.path.as_str())
        .bind(row.path_kind)
        .bind(row.priority)
        .bind(row.settings.clone())
        .bind(row.enabled)
        .bind(row.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes a route; `false` when `version` is no longer the stored one.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: RouteId,
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

/// One route.
pub async fn find(conn: &mut Conn, workspace: WorkspaceId, id: RouteId) -> Result<Option<Route>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// The routes of a version, by path.
pub async fn of_version(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<Vec<Route>> {
    conn.query(OF_VERSION)
        .bind(version)
        .bind(workspace)
        .all()
        .await
}

/// The ids of the routes of a version.
pub async fn ids_of_version(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<Vec<RouteId>> {
    let rows: Vec<(Uuid,)> = conn
        .query(IDS_OF_VERSION)
        .bind(version)
        .bind(workspace)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| RouteId::new(id)).collect())
}

/// How many routes of a version are enabled.
pub async fn count_enabled(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<i64> {
    let (count,): (i64,) = conn
        .query(ENABLED)
        .bind(version)
        .bind(workspace)
        .one()
        .await?;
    Ok(count)
}

/// Every route of every workspace, by version, for the gateway.
pub fn all(conn: &mut Conn) -> BoxStream<'_, Result<Route>> {
    conn.query(EVERY).stream()
}

/// One route of whichever workspace, for the gateway.
pub async fn load(conn: &mut Conn, id: RouteId) -> Result<Option<Route>> {
    conn.query(BY_ID).bind(id).optional().await
}
