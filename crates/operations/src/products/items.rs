//! What is in a product: API versions, put in and taken out.

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::Lifecycle;
use domain::change::ChangeKind;
use domain::id::{ApiVersionId, ProductId};
use serde_json::json;
use store::products::{Item, NamedItem, Product};

use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::words::counted;
use crate::work::Work;

/// Puts an API version into a product. One that is in it stays in it.
pub async fn add_item(
    platform: &Platform,
    actor: &Actor,
    product: ProductId,
    api_version: ApiVersionId,
) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let (product, item) = both(&mut work, product, api_version).await?;
    let row = Item {
        product_id: product.id,
        api_version_id: api_version,
    };
    if store::products::add_item(work.conn(), actor.workspace, row).await? {
        note(&mut work, "product.item_added", &product, &item);
    }
    work.commit().await?;
    Ok(())
}

/// Takes an API version out of a product, unless somebody could be calling it.
pub async fn remove_item(
    platform: &Platform,
    actor: &Actor,
    product: ProductId,
    api_version: ApiVersionId,
) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let (product, item) = both(&mut work, product, api_version).await?;
    let conn = work.conn();
    let open = store::subscriptions::open_of_product(conn, actor.workspace, product.id).await?;
    let is_called = matches!(item.lifecycle, Lifecycle::Published | Lifecycle::Deprecated);
    if open > 0 && is_called {
        return Err(Error::InUse(format!(
            "product `{}` has {} that may call {} {}; retire that version first",
            product.slug.as_str(),
            counted(open, "open subscription"),
            item.api_name.as_str(),
            item.label
        )));
    }
    let row = Item {
        product_id: product.id,
        api_version_id: api_version,
    };
    if !store::products::remove_item(conn, actor.workspace, row).await? {
        return Err(Error::not_found("API version in this product", api_version));
    }
    note(&mut work, "product.item_removed", &product, &item);
    work.commit().await?;
    Ok(())
}

async fn both(
    work: &mut Work,
    product: ProductId,
    version: ApiVersionId,
) -> Result<(Product, NamedItem)> {
    let workspace = work.workspace();
    let conn = work.conn();
    let found = store::products::find(conn, workspace, product)
        .await?
        .ok_or_else(|| Error::not_found("product", product))?;
    let item = store::products::find_version(conn, workspace, version)
        .await?
        .ok_or_else(|| Error::not_found("API version", version))?;
    Ok((found, item))
}

fn note(work: &mut Work, action: &str, product: &Product, item: &NamedItem) {
    let facts = json!({ "api": item.api_slug, "version": item.label, "api_version_id": item.api_version_id });
    work.changed(ChangeKind::Product, product.id);
    work.audit(
        action,
        "product",
        product.id,
        product.name.as_str(),
        None,
        Some(facts),
    );
}
