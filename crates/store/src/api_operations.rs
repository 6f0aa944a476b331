//! Operations of API versions: one row for each, with its page of the reference.

use domain::id::{ApiVersionId, OperationId, WorkspaceId};
use futures_util::stream::BoxStream;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// One method and path of a version's current document.
    #[derive(Debug, Clone)]
    pub struct Operation {
        /// Its id; kept as long as its slug is in the document.
        pub id: OperationId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The version that it belongs to.
        pub api_version_id: ApiVersionId,
        /// Its name in URLs, unique in the version.
        pub slug: String,
        /// In capitals.
        pub method: String,
        /// As the document writes it.
        pub path: String,
        /// Its heading.
        pub summary: String,
        /// One sentence on it; may be empty.
        pub about: String,
        /// The group that it is shown in; may be empty.
        pub tag: String,
        /// Whether callers should stop using it.
        pub deprecated: bool,
        /// Its place in the document, from 0.
        pub position: i64,
        /// Its page of the reference, as JSON.
        pub page: String,
    }
}

record! {
    /// An operation in an index: without its page.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Entry {
        /// Its id.
        pub id: OperationId,
        /// Its name in URLs.
        pub slug: String,
        /// In capitals.
        pub method: String,
        /// As the document writes it.
        pub path: String,
        /// Its heading.
        pub summary: String,
        /// One sentence on it; may be empty.
        pub about: String,
        /// The group that it is shown in; may be empty.
        pub tag: String,
        /// Whether callers should stop using it.
        pub deprecated: bool,
    }
}

record! {
    /// How many operations a version has.
    #[derive(Debug, Clone, Copy)]
    pub struct Count {
        /// The version.
        pub api_version_id: ApiVersionId,
        /// Its operations.
        pub operations: i64,
    }
}

macro_rules! columns {
    () => {
        "id, workspace_id, api_version_id, slug, method, path, summary, about, tag, deprecated, position, page"
    };
}

statements! {
    INSERT = concat!("INSERT INTO operation (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    UPDATE = "UPDATE operation SET method = $4, path = $5, summary = $6, about = $7, tag = $8, deprecated = $9,
        position = $10, page = $11 WHERE id = $1 AND workspace_id = $2 AND slug = $3";
    DELETE = "DELETE FROM operation WHERE id = $1 AND workspace_id = $2";
    FIND = concat!("SELECT ", columns!(), " FROM operation
        WHERE api_version_id = $1 AND workspace_id = $2 AND slug = $3");
    BY_ID = concat!("SELECT ", columns!(), " FROM operation WHERE id = $1 AND workspace_id = $2");
    INDEX = "SELECT id, slug, method, path, summary, about, tag, deprecated FROM operation
        WHERE api_version_id = $1 AND workspace_id = $2 ORDER BY position, id";
    PAGES = concat!("SELECT ", columns!(), " FROM operation
        WHERE api_version_id = $1 AND workspace_id = $2 ORDER BY position, id");
    COUNTS = "SELECT api_version_id, COUNT(*) AS operations FROM operation WHERE workspace_id = $1
        GROUP BY api_version_id";
}

/// Writes a new operation.
pub async fn insert(conn: &mut Conn, row: &Operation) -> Result<()> {
    conn.query(INSERT)
        .bind(row.id)
        .bind(row.workspace_id)
        .bind(row.api_version_id)
        .bind(row.slug.as_str())
        .bind(row.method.as_str())
        .bind(row.path.as_str())
        .bind(row.summary.as_str())
        .bind(row.about.as_str())
        .bind(row.tag.as_str())
        .bind(row.deprecated)
        .bind(row.position)
        .bind(row.page.as_str())
        .run()
        .await
        .map(drop)
}

/// Writes an operation again under the same id and slug; `false` when it is gone.
pub async fn update(conn: &mut Conn, row: &Operation) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(row.id)
        .bind(row.workspace_id)
        .bind(row.slug.as_str())
        .bind(row.method.as_str())
        .bind(row.path.as_str())
        .bind(row.summary.as_str())
        .bind(row.about.as_str())
        .bind(row.tag.as_str())
        .bind(row.deprecated)
        .bind(row.position)
        .bind(row.page.as_str())
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes an operation; `false` when it is gone.
pub async fn delete(conn: &mut Conn, workspace: WorkspaceId, id: OperationId) -> Result<bool> {
    let touched = conn.query(DELETE).bind(id).bind(workspace).run().await?;
    Ok(touched == 1)
}

/// One operation by its name in URLs.
pub async fn find_by_slug(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
    slug: &str,
) -> Result<Option<Operation>> {
    conn.query(FIND)
        .bind(version)
        .bind(workspace)
        .bind(slug)
        .optional()
        .await
}

/// One operation.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: OperationId,
) -> Result<Option<Operation>> {
    conn.query(BY_ID).bind(id).bind(workspace).optional().await
}

/// The operations of a version in the order of its document, without their pages.
pub async fn index(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<Vec<Entry>> {
    conn.query(INDEX).bind(version).bind(workspace).all().await
}

/// The operations of a version in the order of its document, with their pages, one by one.
pub fn pages(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> BoxStream<'_, Result<Operation>> {
    conn.query(PAGES).bind(version).bind(workspace).stream()
}

/// How many operations each version of a workspace has; versions without any are left out.
pub async fn counts(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Count>> {
    conn.query(COUNTS).bind(workspace).all().await
}
