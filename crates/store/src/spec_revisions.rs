//! Spec revisions: the documents of an API version, as they were uploaded and as they were read.

use domain::Timestamp;
use domain::id::{AccountId, ApiVersionId, SpecRevisionId, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::search::Sight;
use crate::value::record;

record! {
    /// One upload. Never changed.
    #[derive(Debug, Clone)]
    pub struct SpecRevision {
        /// Its id.
        pub id: SpecRevisionId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The version that it describes.
        pub api_version_id: ApiVersionId,
        /// Counts the uploads of the version, from 1.
        pub number: i64,
        /// `application/json` or `application/yaml`.
        pub media_type: String,
        /// The document, byte for byte.
        pub source: Vec<u8>,
        /// SHA-256 of the source, in hexadecimal.
        pub checksum: String,
        /// What the document says about the API as a whole, as JSON.
        pub overview: String,
        /// What was found wrong in it, as JSON.
        pub findings: String,
        /// What is different from the revision before, as JSON.
        pub changes: String,
        /// Who uploaded it; nil for the platform itself.
        pub created_by: AccountId,
        /// When it was uploaded.
        pub created_at: Timestamp,
    }
}

record! {
    /// One upload in a list: without the document.
    #[derive(Debug, Clone)]
    pub struct Entry {
        /// Its id.
        pub id: SpecRevisionId,
        /// Counts the uploads of the version, from 1.
        pub number: i64,
        /// `application/json` or `application/yaml`.
        pub media_type: String,
        /// SHA-256 of the source, in hexadecimal.
        pub checksum: String,
        /// What is different from the revision before, as JSON.
        pub changes: String,
        /// Who uploaded it; empty for the platform itself or an account that is gone.
        pub author: String,
        /// When it was uploaded.
        pub created_at: Timestamp,
    }
}

record! {
    /// One upload with the API that it belongs to.
    #[derive(Debug, Clone)]
    pub struct Recent {
        /// The API's name in URLs.
        pub api_slug: String,
        /// The API's name for people.
        pub api_name: String,
        /// The version's label.
        pub label: String,
        /// Counts the uploads of the version, from 1.
        pub number: i64,
        /// What is different from the revision before, as JSON.
        pub changes: String,
        /// When it was uploaded.
        pub created_at: Timestamp,
    }
}

record! {
    /// An API version that a policy asks for its document.
    #[derive(Debug, Clone)]
    pub struct Asked {
        /// The version.
        pub api_version_id: ApiVersionId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The document in force; nil for none.
        pub spec_revision_id: SpecRevisionId,
        /// The kind of the policy.
        pub kind: String,
    }
}

statements! {
    ASKED = "SELECT DISTINCT v.id AS api_version_id, v.workspace_id, v.spec_revision_id, p.kind
        FROM policy p JOIN api_version v ON v.workspace_id = p.workspace_id AND (p.scope = 'global'
            OR (p.scope = 'api' AND p.scope_id = v.api_id) OR (p.scope = 'version' AND p.scope_id = v.id)
            OR (p.scope = 'route' AND EXISTS (SELECT 1 FROM route r WHERE r.id = p.scope_id AND r.api_version_id = v.id)))
        WHERE p.enabled AND p.kind IN ($1, $2, $3, $4) AND v.lifecycle <> 'draft' ORDER BY v.id, p.kind";
    INSERT = "INSERT INTO spec_revision (id, workspace_id, api_version_id, number, media_type, source, checksum,
        overview, findings, changes, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    FIND = "SELECT id, workspace_id, api_version_id, number, media_type, source, checksum, overview, findings,
        changes, created_by, created_at FROM spec_revision WHERE id = $1 AND workspace_id = $2";
    OVERVIEW = "SELECT overview FROM spec_revision WHERE id = $1 AND workspace_id = $2";
    FINDINGS = "SELECT findings FROM spec_revision WHERE id = $1 AND workspace_id = $2";
    CHECKSUM = "SELECT checksum FROM spec_revision WHERE id = $1 AND workspace_id = $2";
    LAST_NUMBER = "SELECT CAST(COALESCE(MAX(number), 0) AS BIGINT) AS number FROM spec_revision
        WHERE api_version_id = $1 AND workspace_id = $2";
    LIST = "SELECT r.id, r.number, r.media_type, r.checksum, r.changes, COALESCE(a.name, '') AS author, r.created_at
        FROM spec_revision r LEFT JOIN account a ON a.id = r.created_by
        WHERE r.api_version_id = $1 AND r.workspace_id = $2 ORDER BY r.number DESC LIMIT $3";
    RECENT = "SELECT a.slug AS api_slug, a.name AS api_name, v.label, r.number, r.changes, r.created_at
        FROM spec_revision r JOIN api_version v ON v.id = r.api_version_id JOIN api a ON a.id = v.api_id
        WHERE r.workspace_id = $1 AND v.lifecycle IN ('published', 'deprecated')
        AND (a.visibility = 'public' OR (a.visibility = 'registered' AND CAST($2 AS BOOLEAN))
            OR (a.visibility = 'hidden' AND CAST($3 AS BOOLEAN)))
        ORDER BY r.created_at DESC, r.id DESC LIMIT $4";
}

/// The API versions that are no drafts and have a policy of one of three kinds in force, by version and kind.
pub async fn asked(conn: &mut Conn, kinds: [&str; 4]) -> Result<Vec<Asked>> {
    let [first, second, third, fourth] = kinds;
    conn.query(ASKED)
        .bind(first)
        .bind(second)
        .bind(third)
        .bind(fourth)
        .all()
        .await
}

/// Writes a new revision.
pub async fn insert(conn: &mut Conn, row: &SpecRevision) -> Result<()> {
    conn.query(INSERT)
        .bind(row.id)
        .bind(row.workspace_id)
        .bind(row.api_version_id)
        .bind(row.number)
        .bind(row.media_type.as_str())
        .bind(row.source.as_slice())
        .bind(row.checksum.as_str())
        .bind(row.overview.as_str())
        .bind(row.findings.as_str())
        .bind(row.changes.as_str())
        .bind(row.created_by)
        .bind(row.created_at)
        .run()
        .await
        .map(drop)
}

/// One revision with its document.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: SpecRevisionId,
) -> Result<Option<SpecRevision>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// What a revision says about the API as a whole, as JSON.
pub async fn overview(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: SpecRevisionId,
) -> Result<Option<String>> {
    text(
        conn.query(OVERVIEW)
            .bind(id)
            .bind(workspace)
            .optional()
            .await?,
    )
}

/// What was found wrong in a revision, as JSON.
pub async fn findings(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: SpecRevisionId,
) -> Result<Option<String>> {
    text(
        conn.query(FINDINGS)
            .bind(id)
            .bind(workspace)
            .optional()
            .await?,
    )
}

/// The checksum of a revision's source.
pub async fn checksum(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: SpecRevisionId,
) -> Result<Option<String>> {
    text(
        conn.query(CHECKSUM)
            .bind(id)
            .bind(workspace)
            .optional()
            .await?,
    )
}

/// The number of the last revision of a version; 0 without one.
pub async fn last_number(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<i64> {
    let (number,): (i64,) = conn
        .query(LAST_NUMBER)
        .bind(version)
        .bind(workspace)
        .one()
        .await?;
    Ok(number)
}

/// The last `limit` revisions of a version, newest first.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
    limit: i64,
) -> Result<Vec<Entry>> {
    conn.query(LIST)
        .bind(version)
        .bind(workspace)
        .bind(limit)
        .all()
        .await
}

/// The last `limit` uploads of all published and deprecated versions within sight, newest first.
pub async fn recent(
    conn: &mut Conn,
    workspace: WorkspaceId,
    sight: Sight,
    limit: i64,
) -> Result<Vec<Recent>> {
    conn.query(RECENT)
        .bind(workspace)
        .bind(sight.registered)
        .bind(sight.hidden)
        .bind(limit)
        .all()
        .await
}

fn text(row: Option<(String,)>) -> Result<Option<String>> {
    Ok(row.map(|(text,)| text))
}
