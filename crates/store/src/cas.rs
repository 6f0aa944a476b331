//! Bundles of certificate authorities: who signs the certificates of clients or of upstreams.

use domain::id::{CaId, WorkspaceId};
use domain::{Id, Timestamp};
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// A bundle of authorities.
    #[derive(Debug, Clone)]
    pub struct Ca {
        /// Its id.
        pub id: CaId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Its name for people, unique in the workspace.
        pub name: String,
        /// The certificates, PEM.
        pub bundle: String,
        /// Their subjects, in the bundle's order.
        pub subjects: Json<Vec<String>>,
        /// When the first of them expires.
        pub not_after: Timestamp,
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
        "id, workspace_id, name, bundle, subjects, not_after, created_at, updated_at, version"
    };
}

statements! {
    INSERT = concat!("INSERT INTO ca (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    UPDATE = "UPDATE ca SET name = $4, bundle = $5, subjects = $6, not_after = $7, updated_at = $8,
        version = version + 1 WHERE id = $1 AND workspace_id = $2 AND version = $3";
    DELETE = "DELETE FROM ca WHERE id = $1 AND workspace_id = $2 AND version = $3";
    FIND = concat!("SELECT ", columns!(), " FROM ca WHERE id = $1 AND workspace_id = $2");
    LIST = concat!("SELECT ", columns!(), " FROM ca
        WHERE workspace_id = $1 AND (name > $2 OR (name = $2 AND id > $3)) ORDER BY name, id LIMIT $4");
    EVERY = concat!("SELECT ", columns!(), " FROM ca ORDER BY id");
    BY_ID = concat!("SELECT ", columns!(), " FROM ca WHERE id = $1");
}

/// Writes a new bundle.
pub async fn insert(conn: &mut Conn, ca: &Ca) -> Result<()> {
    conn.query(INSERT)
        .bind(ca.id)
        .bind(ca.workspace_id)
        .bind(ca.name.as_str())
        .bind(ca.bundle.as_str())
        .bind(ca.subjects.clone())
        .bind(ca.not_after)
        .bind(ca.created_at)
        .bind(ca.updated_at)
        .bind(ca.version)
        .run()
        .await
        .map(drop)
}

/// Changes everything but the id; `false` when `ca.version` is no longer the stored one.
pub async fn update(conn: &mut Conn, ca: &Ca) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(ca.id)
        .bind(ca.workspace_id)
        .bind(ca.version)
        .bind(ca.name.as_str())
        .bind(ca.bundle.as_str())
        .bind(ca.subjects.clone())
        .bind(ca.not_after)
        .bind(ca.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes a bundle; `false` when `version` is no longer the stored one.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: CaId,
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

/// One bundle.
pub async fn find(conn: &mut Conn, workspace: WorkspaceId, id: CaId) -> Result<Option<Ca>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// At most `limit` bundles by name, after the one named `after` with that id.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    after: (&str, CaId),
    limit: i64,
) -> Result<Vec<Ca>> {
    conn.query(LIST)
        .bind(workspace)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .all()
        .await
}

/// Every bundle of every workspace, for the gateway.
pub async fn all(conn: &mut Conn) -> Result<Vec<Ca>> {
    conn.query(EVERY).all().await
}

/// One bundle of whichever workspace, for the gateway.
pub async fn load(conn: &mut Conn, id: CaId) -> Result<Option<Ca>> {
    conn.query(BY_ID).bind(id).optional().await
}

/// Where a list by name begins.
pub const FROM_THE_START: (&str, CaId) = ("", Id::NIL);
