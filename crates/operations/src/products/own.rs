//! Each API's own product: made with its first version, so that a plan can be hung on it at once.

use domain::api::ProductState;
use domain::change::ChangeKind;
use domain::id::{ApiId, ApiVersionId};
use domain::text::Slug;
use store::apis::Api;
use store::products::{Item, Product};

use super::{insert, save};
use crate::error::Result;
use crate::platform::Platform;
use crate::work::Work;

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
pub async fn own_of_api(work: &mut Work, api: ApiId) -> Result<Option<Product>> {
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
