//! What is on offer, as a visitor or developer sees it: published products within sight, with the plans that take
//! subscriptions.

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::{PlanState, ProductState, Visibility};
use domain::id::{ApiVersionId, PlanId, ProductId};
use store::Conn;
use store::plans::Plan;
use store::products::{NamedItem, Product};

use crate::error::{Error, Result};
use crate::platform::Platform;

/// A product on the shelf.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// The product.
    pub product: Product,
    /// The API versions in it.
    pub items: Vec<NamedItem>,
    /// The plans that take subscriptions, in order, with their forms and terms.
    pub plans: Vec<Plan>,
}

/// The products on the shelf that hold an API version.
pub async fn shelves_of(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
) -> Result<Vec<Shelf>> {
    let mut conn = platform.db.read().await?;
    shelves_with(&mut conn, actor, version).await
}

/// See [`shelves_of`].
pub(crate) async fn shelves_with(
    conn: &mut Conn,
    actor: &Actor,
    version: ApiVersionId,
) -> Result<Vec<Shelf>> {
    let products = store::products::of_api_version(conn, actor.workspace, version).await?;
    let mut shelves = Vec::new();
    for product in products.into_iter().filter(|product| sees(actor, product)) {
        shelves.push(fill(conn, product).await?);
    }
    Ok(shelves)
}

/// A product on the shelf. One that is not there, or not for this actor, is not told apart.
pub async fn shelf(platform: &Platform, actor: &Actor, id: ProductId) -> Result<Shelf> {
    let mut conn = platform.db.read().await?;
    let product = store::products::find(&mut conn, actor.workspace, id)
        .await?
        .filter(|product| sees(actor, product))
        .ok_or_else(|| Error::not_found("product", id))?;
    fill(&mut conn, product).await
}

/// The product on the shelf that a plan belongs to, when the plan takes subscriptions: for the page that asks for it.
pub async fn shelf_with(platform: &Platform, actor: &Actor, plan: PlanId) -> Result<Shelf> {
    let missing = || Error::not_found("plan", plan);
    let mut conn = platform.db.read().await?;
    let found = store::plans::find(&mut conn, actor.workspace, plan).await?;
    let found = found.ok_or_else(missing)?;
    let product = store::products::find(&mut conn, actor.workspace, found.product_id)
        .await?
        .filter(|product| sees(actor, product))
        .ok_or_else(missing)?;
    let shelf = fill(&mut conn, product).await?;
    if shelf.plans.iter().any(|other| other.id == plan) {
        Ok(shelf)
    } else {
        Err(missing())
    }
}

async fn fill(conn: &mut Conn, product: Product) -> Result<Shelf> {
    let workspace = product.workspace_id;
    let mut plans = store::plans::of_product(conn, workspace, product.id).await?;
    plans.retain(|plan| plan.state == PlanState::Active);
    Ok(Shelf {
        items: store::products::items_of(conn, workspace, product.id).await?,
        plans,
        product,
    })
}

fn sees(actor: &Actor, product: &Product) -> bool {
    let within_sight = match product.visibility {
        Visibility::Public => true,
        Visibility::Registered => actor.account().is_some(),
        Visibility::Hidden => false,
    };
    let on_shelf = product.state == ProductState::Published;
    on_shelf && (within_sight || actor.may(Permission::CatalogRead))
}
