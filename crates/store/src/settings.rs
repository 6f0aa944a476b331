//! Settings that admins change while the platform runs, one JSON value by name.

use domain::Timestamp;
use domain::id::WorkspaceId;
use serde_json::Value;
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    FIND = "SELECT name, value, version, updated_at FROM setting WHERE workspace_id = $1 AND name = $2";
    LIST = "SELECT name, value, version, updated_at FROM setting WHERE workspace_id = $1 ORDER BY name";
    INSERT = "INSERT INTO setting (workspace_id, name, value, version, updated_at) VALUES ($1, $2, $3, 1, $4)";
    UPDATE = "UPDATE setting SET value = $4, version = version + 1, updated_at = $5 \
        WHERE workspace_id = $1 AND name = $2 AND version = $3";
}

record! {
    /// A setting.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Setting {
        /// Its name.
        pub name: String,
        /// Its value.
        pub value: Json<Value>,
        /// How often it was changed.
        pub version: i64,
        /// When it was changed last.
        pub updated_at: Timestamp,
    }
}

/// One setting.
pub async fn find(conn: &mut Conn, workspace: WorkspaceId, name: &str) -> Result<Option<Setting>> {
    conn.query(FIND).bind(workspace).bind(name).optional().await
}

/// All of a workspace's settings, by name.
pub async fn list(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Setting>> {
    conn.query(LIST).bind(workspace).all().await
}

/// Writes a setting that is not there yet.
pub async fn insert(
    conn: &mut Conn,
    workspace: WorkspaceId,
    name: &str,
    value: Value,
    at: Timestamp,
) -> Result<()> {
    conn.query(INSERT)
        .bind(workspace)
        .bind(name)
        .bind(Json(value))
        .bind(at)
        .run()
        .await?;
    Ok(())
}

/// Changes a setting that is at `version`; false when it is not.
pub async fn update(
    conn: &mut Conn,
    workspace: WorkspaceId,
    name: &str,
    version: i64,
    value: Value,
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(workspace)
        .bind(name)
        .bind(version)
        .bind(Json(value))
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}
