//! Policies: behaviour attached to a scope.

use domain::Timestamp;
use domain::api::PolicyScope;
use domain::id::{ApiVersionId, PolicyId, WorkspaceId};
use futures_util::stream::BoxStream;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// Behaviour attached to a scope.
    #[derive(Debug, Clone)]
    pub struct Policy {
        /// Its id.
        pub id: PolicyId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Its name in the registry of policies.
        pub kind: String,
        /// What it is attached to.
        pub scope: PolicyScope,
        /// Which one of these; nil for [`PolicyScope::Global`].
        pub scope_id: Uuid,
        /// What the registry's schema for its kind describes.
        pub config: Json<Value>,
        /// Its place among the policies of the scope, from 0.
        pub position: i64,
        /// Whether it does anything.
        pub enabled: bool,
        /// What people call it; often empty.
        pub name: String,
        /// When it applies; null for always.
        pub conditions: Json<Value>,
        /// What happens when it cannot do its work: `open`, `closed`, or empty where its configuration says.
        pub on_error: String,
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
        "id, workspace_id, kind, scope, scope_id, config, position, enabled, name, conditions, on_error, created_at, updated_at, version"
    };
}

statements! {
    INSERT = concat!("INSERT INTO policy (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
    UPDATE = "UPDATE policy SET config = $4, position = $5, enabled = $6, name = $7, conditions = $8, on_error = $9, updated_at = $10,
        version = version + 1
        WHERE id = $1 AND workspace_id = $2 AND version = $3";
    PLACE = "UPDATE policy SET position = $3 WHERE id = $1 AND workspace_id = $2";
    DELETE = "DELETE FROM policy WHERE id = $1 AND workspace_id = $2 AND version = $3";
    DELETE_OF = "DELETE FROM policy WHERE workspace_id = $1 AND scope = $2 AND scope_id = $3 RETURNING id";
    DELETE_OF_ROUTES = "DELETE FROM policy WHERE workspace_id = $1 AND scope = 'route'
        AND scope_id IN (SELECT id FROM route WHERE api_version_id = $2) RETURNING id";
    FIND = concat!("SELECT ", columns!(), " FROM policy WHERE id = $1 AND workspace_id = $2");
    OF_SCOPE = concat!("SELECT ", columns!(), " FROM policy
        WHERE workspace_id = $1 AND scope = $2 AND scope_id = $3 ORDER BY position, id");
    OF_ROUTES = concat!("SELECT ", columns!(), " FROM policy WHERE workspace_id = $1 AND scope = 'route'
        AND scope_id IN (SELECT id FROM route WHERE api_version_id = $2) ORDER BY scope_id, position, id");
    OF_WORKSPACE = concat!("SELECT ", columns!(), " FROM policy
        WHERE workspace_id = $1 ORDER BY scope, scope_id, position, id");
    EVERY = concat!("SELECT ", columns!(), " FROM policy ORDER BY id");
    BY_ID = concat!("SELECT ", columns!(), " FROM policy WHERE id = $1");
}

/// Writes a new policy.
pub async fn insert(conn: &mut Conn, row: &Policy) -> Result<()> {
    conn.query(INSERT)
        .bind(row.id)
        .bind(row.workspace_id)
        .bind(row.kind.as_str())
        .bind(row.scope)
        .bind(row.scope_id)
        .bind(row.config.clone())
        .bind(row.position)
        .bind(row.enabled)
        .bind(row.name.as_str())
        .bind(row.conditions.clone())
        .bind(row.on_error.as_str())
        .bind(row.created_at)
        .bind(row.updated_at)
        .bind(row.version)
        .run()
        .await
        .map(drop)
}

/// Changes config, position and whether it is on; `false` when `row.version` is no longer the stored one.
pub async fn update(conn: &mut Conn, row: &Policy) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(row.id)
        .bind(row.workspace_id)
        .bind(row.version)
        .bind(row.config.clone())
        .bind(row.position)
        .bind(row.enabled)
        .bind(row.name.as_str())
        .bind(row.conditions.clone())
        .bind(row.on_error.as_str())
        .bind(row.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Puts a policy at another place of its scope, which is no edit of it; `false` when it is gone.
pub async fn place(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: PolicyId,
    position: i64,
) -> Result<bool> {
    let touched = conn
        .query(PLACE)
        .bind(id)
        .bind(workspace)
        .bind(position)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes a policy; `false` when `version` is no longer the stored one.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: PolicyId,
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

/// Deletes the policies of a scope that goes away: which ones they were.
pub async fn delete_of(
    conn: &mut Conn,
    workspace: WorkspaceId,
    scope: PolicyScope,
    scope_id: Uuid,
) -> Result<Vec<PolicyId>> {
    let rows: Vec<(Uuid,)> = conn
        .query(DELETE_OF)
        .bind(workspace)
        .bind(scope)
        .bind(scope_id)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| PolicyId::new(id)).collect())
}

/// Deletes the policies of all routes of a version: which ones they were.
pub async fn delete_of_routes(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<Vec<PolicyId>> {
    let rows: Vec<(Uuid,)> = conn
        .query(DELETE_OF_ROUTES)
        .bind(workspace)
        .bind(version)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| PolicyId::new(id)).collect())
}

/// One policy.
pub async fn find(conn: &mut Conn, workspace: WorkspaceId, id: PolicyId) -> Result<Option<Policy>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// The policies of one scope, in their order.
pub async fn of_scope(
    conn: &mut Conn,
    workspace: WorkspaceId,
    scope: PolicyScope,
    scope_id: Uuid,
) -> Result<Vec<Policy>> {
    conn.query(OF_SCOPE)
        .bind(workspace)
        .bind(scope)
        .bind(scope_id)
        .all()
        .await
}

/// The policies of all routes of a version, by route.
pub async fn of_routes(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<Vec<Policy>> {
    conn.query(OF_ROUTES)
        .bind(workspace)
        .bind(version)
        .all()
        .await
}

/// Every policy of a workspace, by scope.
pub async fn of_workspace(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Policy>> {
    conn.query(OF_WORKSPACE).bind(workspace).all().await
}

/// Every policy of every workspace, for the gateway.
pub fn all(conn: &mut Conn) -> BoxStream<'_, Result<Policy>> {
    conn.query(EVERY).stream()
}

/// One policy of whichever workspace, for the gateway.
pub async fn load(conn: &mut Conn, id: PolicyId) -> Result<Option<Policy>> {
    conn.query(BY_ID).bind(id).optional().await
}
