//! Products: bundles of API versions on offer.

use domain::Timestamp;
use domain::api::{Lifecycle, ProductState, Visibility};
use domain::id::{ApiId, ApiVersionId, ProductId, WorkspaceId};
use domain::text::{Name, Slug};
use futures_util::stream::BoxStream;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// A bundle of API versions on offer.
    #[derive(Debug, Clone)]
    pub struct Product {
        /// Its id.
        pub id: ProductId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Its name in URLs, unique in the workspace.
        pub slug: Slug,
        /// Its name for people.
        pub name: Name,
        /// One sentence.
        pub summary: String,
        /// Who sees it in the portal.
        pub visibility: Visibility,
        /// Whether it is on offer.
        pub state: ProductState,
        /// The API whose own product this is; nil for a bundle.
        pub api_id: ApiId,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

record! {
    /// That a product holds an API version.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Item {
        /// Which product.
        pub product_id: ProductId,
        /// Which version.
        pub api_version_id: ApiVersionId,
    }
}

record! {
    /// An API version in a product, with its names.
    #[derive(Debug, Clone)]
    pub struct NamedItem {
        /// Which version.
        pub api_version_id: ApiVersionId,
        /// Its API.
        pub api_id: ApiId,
        /// The API's name in URLs.
        pub api_slug: Slug,
        /// The API's name for people.
        pub api_name: Name,
        /// The version's label.
        pub label: String,
        /// Where the version stands.
        pub lifecycle: Lifecycle,
        /// Under which path the gateway answers for it.
        pub base_path: String,
    }
}

macro_rules! columns {
    () => {
        "p.id, p.workspace_id, p.slug, p.name, p.summary, p.visibility, p.state, p.api_id, p.created_at, p.updated_at, \
         p.version"
    };
}

statements! {
    INSERT = "INSERT INTO product (id, workspace_id, slug, name, summary, visibility, state, api_id, created_at, \
              updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    UPDATE = "UPDATE product SET slug = $4, name = $5, summary = $6, visibility = $7, state = $8, updated_at = $9, \
              version = version + 1 WHERE id = $1 AND workspace_id = $2 AND version = $3";
    SET_API = "UPDATE product SET api_id = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2";
    DELETE = "DELETE FROM product WHERE id = $1 AND workspace_id = $2 AND version = $3";
    FIND = concat!("SELECT ", columns!(), " FROM product AS p WHERE p.id = $1 AND p.workspace_id = $2");
    FIND_BY_SLUG = concat!("SELECT ", columns!(), " FROM product AS p WHERE p.slug = $1 AND p.workspace_id = $2");
    FIND_OWN = concat!("SELECT ", columns!(), " FROM product AS p WHERE p.api_id = $1 AND p.workspace_id = $2 \
                       ORDER BY p.created_at, p.id LIMIT 1");
    LIST = concat!("SELECT ", columns!(), " FROM product AS p WHERE p.workspace_id = $1 \
                   AND (p.name > $2 OR (p.name = $2 AND p.id > $3)) AND (p.state = $4 OR $4 IS NULL) \
                   AND (glob($5, p.name) OR glob($5, p.slug) OR $5 IS NULL) \
                   ORDER BY p.name, p.id LIMIT $6");
    OF_API_VERSION = concat!("SELECT ", columns!(), " FROM product AS p JOIN product_item AS i ON i.product_id = p.id \
                   WHERE i.api_version_id = $1 AND p.workspace_id = $2 ORDER BY p.name, p.id");
    ALL_PRODUCTS = concat!("SELECT ", columns!(), " FROM product AS p ORDER BY p.id");
    ADD_ITEM = "INSERT INTO product_item (product_id, api_version_id, workspace_id) VALUES ($1, $2, $3) \
                ON CONFLICT (product_id, api_version_id) DO NOTHING";
    REMOVE_ITEM = "DELETE FROM product_item WHERE product_id = $1 AND api_version_id = $2 AND workspace_id = $3";
    ITEMS_OF = "SELECT i.api_version_id, v.api_id, a.slug AS api_slug, a.name AS api_name, v.label, v.lifecycle, v.base_path \
                FROM product_item AS i JOIN api_version AS v ON v.id = i.api_version_id JOIN api AS a ON a.id = v.api_id \
                WHERE i.product_id = $1 AND i.workspace_id = $2 ORDER BY a.name, v.created_at, v.id";
    ITEMS = "SELECT product_id, api_version_id FROM product_item WHERE product_id = $1 ORDER BY api_version_id";
    ALL_ITEMS = "SELECT product_id, api_version_id FROM product_item ORDER BY product_id, api_version_id";
    FIND_VERSION = "SELECT v.id AS api_version_id, v.api_id, a.slug AS api_slug, a.name AS api_name, v.label, v.lifecycle, v.base_path \
                    FROM api_version AS v JOIN api AS a ON a.id = v.api_id WHERE v.id = $1 AND v.workspace_id = $2";
}

/// Adds a product.
pub async fn insert(conn: &mut Conn, p: &Product) -> Result<()> {
    conn.query(INSERT)
        .bind(p.id)
        .bind(p.workspace_id)
        .bind(p.slug.as_str())
        .bind(p.name.as_str())
        .bind(p.summary.as_str())
        .bind(p.visibility)
        .bind(p.state)
        .bind(p.api_id)
        .bind(p.created_at)
        .bind(p.updated_at)
        .bind(p.version)
        .run()
        .await
        .map(drop)
}

/// Writes a product over the one of the same id and version; false when somebody else changed it, or it is gone.
pub async fn update(conn: &mut Conn, p: &Product) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(p.id)
        .bind(p.workspace_id)
        .bind(p.version)
        .bind(p.slug.as_str())
        .bind(p.name.as_str())
        .bind(p.summary.as_str())
        .bind(p.visibility)
        .bind(p.state)
        .bind(p.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Names the API whose own product this is; nil for a bundle.
pub async fn set_api(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ProductId,
    api: ApiId,
) -> Result<()> {
    let query = conn.query(SET_API).bind(workspace).bind(id).bind(api);
    query.run().await.map(drop)
}

/// Deletes a product with its items and plans; false when somebody else changed it, or it is gone. Fails with
/// `Error::Reference` while a subscription names it.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ProductId,
    version: i64,
) -> Result<bool> {
    let query = conn.query(DELETE).bind(id).bind(workspace).bind(version);
    Ok(query.run().await? == 1)
}

/// The product of this id.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ProductId,
) -> Result<Option<Product>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// The product of this name.
pub async fn find_by_slug(
    conn: &mut Conn,
    workspace: WorkspaceId,
    slug: &Slug,
) -> Result<Option<Product>> {
    let query = conn.query(FIND_BY_SLUG).bind(slug.as_str());
    query.bind(workspace).optional().await
}

/// The API's own product: the one that was made with it.
pub async fn find_own(
    conn: &mut Conn,
    workspace: WorkspaceId,
    api: ApiId,
) -> Result<Option<Product>> {
    conn.query(FIND_OWN)
        .bind(api)
        .bind(workspace)
        .optional()
        .await
}

/// Products by name, behind the one that `after` names, whose name holds `text`.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    state: Option<ProductState>,
    text: Option<&str>,
    after: (&str, ProductId),
    limit: i64,
) -> Result<Vec<Product>> {
    conn.query(LIST)
        .bind(workspace)
        .bind(after.0)
        .bind(after.1)
        .bind(state)
        .bind(text.map(crate::search::pattern))
        .bind(limit)
        .all()
        .await
}

/// The products that hold this API version.
pub async fn of_api_version(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<Vec<Product>> {
    let query = conn.query(OF_API_VERSION).bind(version);
    query.bind(workspace).all().await
}

/// Puts an API version into a product; false when it was in it.
pub async fn add_item(conn: &mut Conn, workspace: WorkspaceId, item: Item) -> Result<bool> {
    let query = conn.query(ADD_ITEM).bind(item.product_id);
    Ok(query
        .bind(item.api_version_id)
        .bind(workspace)
        .run()
        .await?
        == 1)
}

/// Takes an API version out of a product; false when it was not in it.
pub async fn remove_item(conn: &mut Conn, workspace: WorkspaceId, item: Item) -> Result<bool> {
    let query = conn.query(REMOVE_ITEM).bind(item.product_id);
    Ok(query
        .bind(item.api_version_id)
        .bind(workspace)
        .run()
        .await?
        == 1)
}

/// The API versions in a product, with their names.
pub async fn items_of(
    conn: &mut Conn,
    workspace: WorkspaceId,
    product: ProductId,
) -> Result<Vec<NamedItem>> {
    conn.query(ITEMS_OF)
        .bind(product)
        .bind(workspace)
        .all()
        .await
}

/// An API version with its names, as it would stand in a product.
pub async fn find_version(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<Option<NamedItem>> {
    conn.query(FIND_VERSION)
        .bind(version)
        .bind(workspace)
        .optional()
        .await
}

/// The API versions in one product, for the gateway.
pub async fn items(conn: &mut Conn, product: ProductId) -> Result<Vec<Item>> {
    conn.query(ITEMS).bind(product).all().await
}

/// Every product of every workspace, for the gateway.
pub fn all(conn: &mut Conn) -> BoxStream<'_, Result<Product>> {
    conn.query(ALL_PRODUCTS).stream()
}

/// Every item of every product, for the gateway.
pub fn all_items(conn: &mut Conn) -> BoxStream<'_, Result<Item>> {
    conn.query(ALL_ITEMS).stream()
}
