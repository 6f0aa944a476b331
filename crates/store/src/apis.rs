//! APIs: published contracts, each with its versions.

use domain::Timestamp;
use domain::api::Visibility;
use domain::id::{AccountId, ApiId, ProductId, WorkspaceId};
use domain::text::{Name, Slug};
use sqlx::types::Json;
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// A published contract.
    #[derive(Debug, Clone)]
    pub struct Api {
        /// Its id.
        pub id: ApiId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Its name in URLs, unique in the workspace.
        pub slug: Slug,
        /// Its name for people.
        pub name: Name,
        /// One sentence for the card in the catalogue.
        pub summary: String,
        /// What it does, in Markdown.
        pub description: String,
        /// Who sees it in the portal.
        pub visibility: Visibility,
        /// Words to filter by.
        pub tags: Json<Vec<String>>,
        /// Who answers for it; nil for the platform team.
        pub owner_id: AccountId,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

record! {
    /// An API as its card in the catalogue shows it.
    #[derive(Debug, Clone)]
    pub struct Card {
        /// Its id.
        pub id: ApiId,
        /// Its name in URLs.
        pub slug: String,
        /// Its name for people.
        pub name: String,
        /// One sentence.
        pub summary: String,
        /// Who sees it in the portal.
        pub visibility: Visibility,
        /// Words to filter by.
        pub tags: Json<Vec<String>>,
    }
}

macro_rules! columns {
    () => {
        "id, workspace_id, slug, name, summary, description, visibility, tags, owner_id, created_at, updated_at, \
         version"
    };
}

statements! {
    INSERT = concat!("INSERT INTO api (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    UPDATE = "UPDATE api SET slug = $4, name = $5, summary = $6, description = $7, visibility = $8, tags = $9,
        owner_id = $10, updated_at = $11, version = version + 1 WHERE id = $1 AND workspace_id = $2 AND version = $3";
    DELETE = "DELETE FROM api WHERE id = $1 AND workspace_id = $2 AND version = $3";
    FIND = concat!("SELECT ", columns!(), " FROM api WHERE id = $1 AND workspace_id = $2");
    FIND_BY_SLUG = concat!("SELECT ", columns!(), " FROM api WHERE slug = $1 AND workspace_id = $2");
    LIST = concat!("SELECT ", columns!(), " FROM api
        WHERE workspace_id = $1 AND (name > $2 OR (name = $2 AND id > $3))
        AND (glob($4, name) OR glob($4, slug))
        ORDER BY name, id LIMIT $5");
    CARDS = "SELECT id, slug, name, summary, visibility, tags FROM api WHERE workspace_id = $1
        ORDER BY lower(name), id LIMIT $2";
    OPEN_SUBSCRIPTIONS = "SELECT COUNT(DISTINCT s.id) FROM subscription s
        JOIN product_item i ON i.product_id = s.product_id
        JOIN api_version v ON v.id = i.api_version_id
        WHERE v.api_id = $1 AND v.workspace_id = $2 AND s.state IN ('pending', 'active', 'suspended')";
    PRODUCTS = "SELECT DISTINCT i.product_id FROM product_item i
        JOIN api_version v ON v.id = i.api_version_id
        WHERE v.api_id = $1 AND v.workspace_id = $2";
}

/// Writes a new API.
pub async fn insert(conn: &mut Conn, api: &Api) -> Result<()> {
    conn.query(INSERT)
        .bind(api.id)
        .bind(api.workspace_id)
        .bind(api.slug.as_str())
        .bind(api.name.as_str())
        .bind(api.summary.as_str())
        .bind(api.description.as_str())
        .bind(api.visibility)
        .bind(api.tags.clone())
        .bind(api.owner_id)
        .bind(api.created_at)
        .bind(api.updated_at)
        .bind(api.version)
        .run()
        .await
        .map(drop)
}

/// Changes what can be edited; `false` when `api.version` is no longer the stored one.
pub async fn update(conn: &mut Conn, api: &Api) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(api.id)
        .bind(api.workspace_id)
        .bind(api.version)
        .bind(api.slug.as_str())
        .bind(api.name.as_str())
        .bind(api.summary.as_str())
        .bind(api.description.as_str())
        .bind(api.visibility)
        .bind(api.tags.clone())
        .bind(api.owner_id)
        .bind(api.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes an API with its versions; `false` when `version` is no longer the stored one.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApiId,
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

/// One API.
pub async fn find(conn: &mut Conn, workspace: WorkspaceId, id: ApiId) -> Result<Option<Api>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// One API by its name in URLs.
pub async fn find_by_slug(
    conn: &mut Conn,
    workspace: WorkspaceId,
    slug: &Slug,
) -> Result<Option<Api>> {
    conn.query(FIND_BY_SLUG)
        .bind(slug.as_str())
        .bind(workspace)
        .optional()
        .await
}

/// At most `limit` APIs by name, after the one named `after` with that id, whose name or slug is like `pattern`
/// (from [`search::pattern`](crate::search::pattern)).
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    after: (&str, ApiId),
    pattern: &str,
    limit: i64,
) -> Result<Vec<Api>> {
    conn.query(LIST)
        .bind(workspace)
        .bind(after.0)
        .bind(after.1)
        .bind(pattern)
        .bind(limit)
        .all()
        .await
}

/// How many open subscriptions reach a version of this API through a product.
pub async fn open_subscriptions(conn: &mut Conn, workspace: WorkspaceId, id: ApiId) -> Result<i64> {
    let (count,): (i64,) = conn
        .query(OPEN_SUBSCRIPTIONS)
        .bind(id)
        .bind(workspace)
        .one()
        .await?;
    Ok(count)
}

/// The products that hold a version of this API.
pub async fn products(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApiId,
) -> Result<Vec<ProductId>> {
    let rows: Vec<(Uuid,)> = conn.query(PRODUCTS).bind(id).bind(workspace).all().await?;
    Ok(rows.into_iter().map(|(id,)| ProductId::new(id)).collect())
}

/// The cards of at most `limit` APIs, by name.
pub async fn cards(conn: &mut Conn, workspace: WorkspaceId, limit: i64) -> Result<Vec<Card>> {
    conn.query(CARDS).bind(workspace).bind(limit).all().await
}
