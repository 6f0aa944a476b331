//! Each API's own product: made when the first plan is to be hung on one of its versions.

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::{Lifecycle, ProductState};
use domain::change::ChangeKind;
use domain::id::{ApiId, ApiVersionId};
use domain::text::Slug;
use store::apis::Api;
use store::products::{Item, Product};

use super::{insert, save};
use crate::access::need;
use crate::apis;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

/// The products that hold a version: those whose plans open it.
pub async fn holding(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
) -> Result<Vec<Product>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    Ok(store::products::of_api_version(&mut conn, actor.workspace, version).await?)
}

/// The product on which the plans of a version are made: one that holds it already, or its API's own, which is made. That one
/// stays a draft, or goes on the shelf with [`ProductState::Published`] where the version is on the gateway.
pub async fn offer(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
    wanted: ProductState,
) -> Result<Product> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let workspace = actor.workspace;
    let row = store::api_versions::find(work.conn(), workspace, version)
        .await?
        .ok_or_else(|| Error::not_found("API version", version))?;
    let holding = store::products::of_api_version(work.conn(), workspace, version).await?;
    if let Some(product) = holding.into_iter().next() {
        return Ok(product);
    }
    let api = apis::load(work.conn(), workspace, row.api_id).await?;
    let state = match row.lifecycle {
        Lifecycle::Published | Lifecycle::Deprecated => wanted,
        Lifecycle::Draft | Lifecycle::Retired => ProductState::Draft,
    };
    let product = offer_version(platform, &mut work, &api, version, state).await?;
    work.commit().await?;
    Ok(product)
}

/// Puts a version into its API's own product, which is made when there is none, inside a change that is under way. On
/// publication (`ProductState::Published`) a product that was a draft goes on the shelf; a retired one stays off it.
pub async fn offer_version(
    platform: &Platform,
    work: &mut Work,
    api: &Api,
    version: ApiVersionId,
    state: ProductState,
) -> Result<Product> {
    let workspace = work.workspace();
    let mut product = match own_of_api(work, api.id).await? {
        Some(product) => product,
        None => make(platform, work, api).await?,
    };
    if product.state == ProductState::Draft && state == ProductState::Published {
        let published = Product {
            state,
            ..product.clone()
        };
        product = save(work, "product.published", &product, published).await?;
    }
    let item = Item {
        product_id: product.id,
        api_version_id: version,
    };
    if store::products::add_item(work.conn(), workspace, item).await? {
        work.changed(ChangeKind::Product, product.id);
    }
    Ok(product)
}

/// The API's own product.
async fn own_of_api(work: &mut Work, api: ApiId) -> Result<Option<Product>> {
    let workspace = work.workspace();
    Ok(store::products::find_own(work.conn(), workspace, api).await?)
}

async fn make(platform: &Platform, work: &mut Work, api: &Api) -> Result<Product> {
    let product = Product {
        id: platform.new_id(),
        workspace_id: work.workspace(),
        slug: free_slug(work, &api.slug).await?,
        name: api.name.clone(),
        summary: api.summary.clone(),
        visibility: api.visibility,
        state: ProductState::Draft,
        api_id: api.id,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    insert(work, &product).await?;
    Ok(product)
}

/// The API's own slug, or the first `-2`, `-3`, ... of it that no product has.
async fn free_slug(work: &mut Work, wanted: &Slug) -> Result<Slug> {
    let workspace = work.workspace();
    let mut slug = wanted.clone();
    for number in 2_u32.. {
        let found = store::products::find_by_slug(work.conn(), workspace, &slug).await?;
        if found.is_none() {
            break;
        }
        let stem: String = wanted.as_str().chars().take(52).collect();
        slug = Slug::suggest(&format!("{stem} {number}")).unwrap_or(slug);
    }
    Ok(slug)
}
