//! Upstreams and their targets: where requests go.

use domain::id::{TargetId, UpstreamId, WorkspaceId};
use domain::text::{Name, Slug};
use domain::{Id, Timestamp};
use futures_util::stream::BoxStream;
use serde_json::Value;
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// A group of targets that answer the same.
    #[derive(Debug, Clone)]
    pub struct Upstream {
        /// Its id.
        pub id: UpstreamId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Its name in URLs, unique in the workspace.
        pub slug: Slug,
        /// Its name for people.
        pub name: Name,
        /// Time-outs and the like: the gateway's `UpstreamSettings`.
        pub settings: Json<Value>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed, its targets included.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

record! {
    /// One address of an upstream.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Target {
        /// Its id.
        pub id: TargetId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The upstream that it belongs to.
        pub upstream_id: UpstreamId,
        /// `http` or `https`, host, port and the path that is put before each request's.
        pub url: String,
        /// Its share of the requests; 0 drains it.
        pub weight: i64,
        /// Whether it gets requests at all.
        pub enabled: bool,
        /// When it was made.
        pub created_at: Timestamp,
    }
}

record! {
    /// An API version that sends its requests to an upstream.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct User {
        /// The API's name.
        pub api_name: String,
        /// The version's label.
        pub label: String,
    }
}

macro_rules! columns {
    () => {
        "id, workspace_id, slug, name, settings, created_at, updated_at, version"
    };
}
macro_rules! target_columns {
    () => {
        "id, workspace_id, upstream_id, url, weight, enabled, created_at"
    };
}

statements! {
    INSERT = concat!("INSERT INTO upstream (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    UPDATE = "UPDATE upstream SET slug = $4, name = $5, settings = $6, updated_at = $7, version = version + 1
        WHERE id = $1 AND workspace_id = $2 AND version = $3";
    DELETE = "DELETE FROM upstream WHERE id = $1 AND workspace_id = $2 AND version = $3";
    FIND = concat!("SELECT ", columns!(), " FROM upstream WHERE id = $1 AND workspace_id = $2");
    FIND_BY_SLUG = concat!("SELECT ", columns!(), " FROM upstream WHERE slug = $1 AND workspace_id = $2");
    LIST = concat!("SELECT ", columns!(), " FROM upstream
        WHERE workspace_id = $1 AND (name > $2 OR (name = $2 AND id > $3))
        ORDER BY name, id LIMIT $4");
    EVERY = concat!("SELECT ", columns!(), " FROM upstream ORDER BY id");
    BY_ID = concat!("SELECT ", columns!(), " FROM upstream WHERE id = $1");
    INSERT_TARGET = concat!("INSERT INTO target (", target_columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7)");
    UPDATE_TARGET = "UPDATE target SET url = $3, weight = $4, enabled = $5 WHERE id = $1 AND upstream_id = $2";
    DELETE_TARGET = "DELETE FROM target WHERE id = $1 AND upstream_id = $2";
    TARGETS = concat!("SELECT ", target_columns!(), " FROM target WHERE upstream_id = $1 ORDER BY created_at, url, id");
    TARGETS_OF_WORKSPACE = concat!("SELECT ", target_columns!(), " FROM target
        WHERE workspace_id = $1 ORDER BY upstream_id, created_at, url, id");
    EVERY_TARGET = concat!("SELECT ", target_columns!(), " FROM target ORDER BY upstream_id, created_at, url, id");
    USERS = "SELECT a.name AS api_name, v.label FROM api_version v JOIN api a ON a.id = v.api_id
        WHERE v.upstream_id = $1 AND v.workspace_id = $2 ORDER BY a.name, v.label";
}

/// Writes a new upstream, without targets.
pub async fn insert(conn: &mut Conn, upstream: &Upstream) -> Result<()> {
    conn.query(INSERT)
        .bind(upstream.id)
        .bind(upstream.workspace_id)
        .bind(upstream.slug.as_str())
        .bind(upstream.name.as_str())
        .bind(upstream.settings.clone())
        .bind(upstream.created_at)
        .bind(upstream.updated_at)
        .bind(upstream.version)
        .run()
        .await
        .map(drop)
}

/// Changes slug, name, settings and time; `false` when `upstream.version` is no longer the stored one.
pub async fn update(conn: &mut Conn, upstream: &Upstream) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(upstream.id)
        .bind(upstream.workspace_id)
        .bind(upstream.version)
        .bind(upstream.slug.as_str())
        .bind(upstream.name.as_str())
        .bind(upstream.settings.clone())
        .bind(upstream.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes an upstream with its targets; `false` when `version` is no longer the stored one.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: UpstreamId,
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

/// One upstream.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: UpstreamId,
) -> Result<Option<Upstream>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// One upstream by its name in URLs.
pub async fn find_by_slug(
    conn: &mut Conn,
    workspace: WorkspaceId,
    slug: &Slug,
) -> Result<Option<Upstream>> {
    conn.query(FIND_BY_SLUG)
        .bind(slug.as_str())
        .bind(workspace)
        .optional()
        .await
}

/// At most `limit` upstreams by name, after the one named `after` with that id.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    after: (&str, UpstreamId),
    limit: i64,
) -> Result<Vec<Upstream>> {
    conn.query(LIST)
        .bind(workspace)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .all()
        .await
}

/// Every upstream of every workspace, for the gateway.
pub fn all(conn: &mut Conn) -> BoxStream<'_, Result<Upstream>> {
    conn.query(EVERY).stream()
}

/// One upstream of whichever workspace, for the gateway.
pub async fn load(conn: &mut Conn, id: UpstreamId) -> Result<Option<Upstream>> {
    conn.query(BY_ID).bind(id).optional().await
}

/// Writes a new target.
pub async fn insert_target(conn: &mut Conn, target: &Target) -> Result<()> {
    conn.query(INSERT_TARGET)
        .bind(target.id)
        .bind(target.workspace_id)
        .bind(target.upstream_id)
        .bind(target.url.as_str())
        .bind(target.weight)
        .bind(target.enabled)
        .bind(target.created_at)
        .run()
        .await
        .map(drop)
}

/// Changes address, weight and whether it is on; `false` when it is gone.
pub async fn update_target(conn: &mut Conn, target: &Target) -> Result<bool> {
    let touched = conn
        .query(UPDATE_TARGET)
        .bind(target.id)
        .bind(target.upstream_id)
        .bind(target.url.as_str())
        .bind(target.weight)
        .bind(target.enabled)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes a target of an upstream; `false` when it is gone.
pub async fn delete_target(conn: &mut Conn, upstream: UpstreamId, id: TargetId) -> Result<bool> {
    let touched = conn
        .query(DELETE_TARGET)
        .bind(id)
        .bind(upstream)
        .run()
        .await?;
    Ok(touched == 1)
}

/// The targets of an upstream, oldest first, then by address.
pub async fn targets(conn: &mut Conn, upstream: UpstreamId) -> Result<Vec<Target>> {
    conn.query(TARGETS).bind(upstream).all().await
}

/// Every target of a workspace, by upstream.
pub async fn targets_of_workspace(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Target>> {
    conn.query(TARGETS_OF_WORKSPACE).bind(workspace).all().await
}

/// Every target of every workspace, by upstream, for the gateway.
pub fn all_targets(conn: &mut Conn) -> BoxStream<'_, Result<Target>> {
    conn.query(EVERY_TARGET).stream()
}

/// The API versions that send their requests to an upstream.
pub async fn users(conn: &mut Conn, workspace: WorkspaceId, id: UpstreamId) -> Result<Vec<User>> {
    conn.query(USERS).bind(id).bind(workspace).all().await
}

/// Where a list by name begins.
pub const FROM_THE_START: (&str, UpstreamId) = ("", Id::NIL);
