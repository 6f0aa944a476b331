//! What was applied last, one for each tag, and what was found to differ from it since.

use domain::Timestamp;
use domain::id::{DeclarationId, WorkspaceId};
use serde_json::Value;
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// What was applied last under a tag, without the text of it.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Declaration {
        /// Its id, the same from one apply to the next.
        pub id: DeclarationId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Its tag; empty for declarations without one.
        pub tag: String,
        /// SHA-256 of it in its one form, in base 16.
        pub hash: String,
        /// How many things it names.
        pub things: i64,
        /// When it was applied.
        pub applied_at: Timestamp,
        /// Who applied it, as they were called then.
        pub applied_by: String,
        /// `account`, `token` or `system`.
        pub applied_by_kind: String,
        /// The revision of the configuration that it was applied to.
        pub revision: i64,
        /// When the platform was last held against it.
        pub checked_at: Timestamp,
        /// Since when the platform is known to differ.
        pub drifted_at: Option<Timestamp>,
        /// Why the platform could not be held against it; empty when it could.
        pub problem: String,
        /// How many things differ.
        pub differing: i64,
        /// What differs, the first of it.
        pub differences: Json<Value>,
    }
}

record! {
    /// The text of a declaration.
    pub struct Content {
        /// JSON.
        pub content: Vec<u8>,
        /// When it was applied.
        pub applied_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, workspace_id, tag, hash, things, applied_at, applied_by, applied_by_kind, revision, checked_at, drifted_at, \
            problem, differing, differences"
    };
}

statements! {
    PUT = "INSERT INTO declaration (id, workspace_id, tag, hash, things, applied_at, applied_by, applied_by_kind, revision, \
        checked_at, drifted_at, problem, differing, differences, content) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
        ON CONFLICT (workspace_id, tag) DO UPDATE SET hash = excluded.hash, things = excluded.things, \
        applied_at = excluded.applied_at, applied_by = excluded.applied_by, applied_by_kind = excluded.applied_by_kind, \
        revision = excluded.revision, checked_at = excluded.checked_at, drifted_at = excluded.drifted_at, \
        problem = excluded.problem, differing = excluded.differing, differences = excluded.differences, \
        content = excluded.content";
    CHECKED = "UPDATE declaration SET checked_at = $4, drifted_at = $5, problem = $6, differing = $7, differences = $8 \
        WHERE id = $1 AND workspace_id = $2 AND applied_at = $3";
    LIST = concat!("SELECT ", columns!(), " FROM declaration WHERE workspace_id = $1 ORDER BY tag");
    FIND = concat!("SELECT ", columns!(), " FROM declaration WHERE id = $1 AND workspace_id = $2");
    CONTENT = "SELECT content, applied_at FROM declaration WHERE id = $1 AND workspace_id = $2";
    DELETE = "DELETE FROM declaration WHERE id = $1 AND workspace_id = $2";
}

/// Writes what was applied, in place of what was applied before under the same tag.
pub async fn put(conn: &mut Conn, declaration: &Declaration, content: Vec<u8>) -> Result<()> {
    let d = declaration.clone();
    conn.query(PUT)
        .bind(d.id)
        .bind(d.workspace_id)
        .bind(d.tag)
        .bind(d.hash)
        .bind(d.things)
        .bind(d.applied_at)
        .bind(d.applied_by)
        .bind(d.applied_by_kind)
        .bind(d.revision)
        .bind(d.checked_at)
        .bind(d.drifted_at)
        .bind(d.problem)
        .bind(d.differing)
        .bind(d.differences)
        .bind(content)
        .run()
        .await
        .map(drop)
}

/// Writes what a look found; `false` when it was applied anew since, or is gone.
pub async fn checked(conn: &mut Conn, declaration: &Declaration) -> Result<bool> {
    let d = declaration.clone();
    let touched = conn
        .query(CHECKED)
        .bind(d.id)
        .bind(d.workspace_id)
        .bind(d.applied_at)
        .bind(d.checked_at)
        .bind(d.drifted_at)
        .bind(d.problem)
        .bind(d.differing)
        .bind(d.differences)
        .run()
        .await?;
    Ok(touched == 1)
}

/// All of a workspace, by tag.
pub async fn list(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Declaration>> {
    conn.query(LIST).bind(workspace).all().await
}

/// One of them.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: DeclarationId,
) -> Result<Option<Declaration>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// The text of one.
pub async fn content(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: DeclarationId,
) -> Result<Option<Content>> {
    conn.query(CONTENT)
        .bind(id)
        .bind(workspace)
        .optional()
        .await
}

/// Forgets one; `false` when it is gone already.
pub async fn delete(conn: &mut Conn, workspace: WorkspaceId, id: DeclarationId) -> Result<bool> {
    let query = conn.query(DELETE).bind(id).bind(workspace);
    Ok(query.run().await? == 1)
}
