//! Products: bundles of API versions on offer, each API with one of its own.

mod items;
mod own;
mod shelf;

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::{ProductState, Visibility};
use domain::change::ChangeKind;
use domain::id::{ApiId, ProductId};
use domain::text::{Name, Slug, paragraph};
use serde_json::{Value, json};
use store::plans::{OpenCount, Plan};
use store::products::{NamedItem, Product};

pub use items::{add_item, remove_item};
pub use own::{holding, offer, offer_version};
pub(crate) use shelf::shelves_with;
pub use shelf::{Shelf, shelf, shelf_with, shelves_of};

use crate::access::need;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::paging::{Page, Paging};
use crate::platform::Platform;
use crate::words::counted;
use crate::work::Work;

/// The longest summary, in characters.
pub const SUMMARY_MOST: usize = 300;

/// What a person says of a product.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name for people.
    pub name: String,
    /// Its name in URLs; made from the name when empty.
    pub slug: String,
    /// One sentence.
    pub summary: String,
    /// Who sees it in the portal.
    pub visibility: Visibility,
}

/// A product with what is in it and who uses it.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The product.
    pub product: Product,
    /// The API versions in it.
    pub items: Vec<NamedItem>,
    /// Its plans, in order.
    pub plans: Vec<Plan>,
    /// How many open subscriptions its plans have; plans without any are left out.
    pub open: Vec<OpenCount>,
}

impl Whole {
    /// How many open subscriptions a plan of it has.
    pub fn open_of(&self, plan: &Plan) -> i64 {
        let count = self.open.iter().find(|count| count.plan_id == plan.id);
        count.map_or(0, |count| count.open)
    }
}

/// Makes a product without anything in it, off the shelf.
pub async fn create(platform: &Platform, actor: &Actor, input: &Input) -> Result<Product> {
    need(actor, Permission::CatalogWrite)?;
    let checked = check(input)?;
    let mut work = platform.begin(actor).await?;
    let product = Product {
        id: platform.new_id(),
        workspace_id: actor.workspace,
        slug: checked.slug,
        name: checked.name,
        summary: checked.summary,
        visibility: input.visibility,
        state: ProductState::Draft,
        api_id: ApiId::NIL,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    insert(&mut work, &product).await?;
    work.commit().await?;
    Ok(product)
}

/// Names the API whose own product this is.
pub(crate) async fn own(
    platform: &Platform,
    actor: &Actor,
    id: ProductId,
    api: ApiId,
) -> Result<()> {
    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    let found = store::products::find(work.conn(), workspace, id).await?;
    let before = found.ok_or_else(|| Error::not_found("product", id))?;
    if before.api_id != api {
        store::products::set_api(work.conn(), workspace, id, api).await?;
        work.changed(ChangeKind::Product, id);
    }
    work.commit().await.map(drop)
}

/// Changes what a product is called and who sees it.
pub async fn update(
    platform: &Platform,
    actor: &Actor,
    id: ProductId,
    version: i64,
    input: &Input,
) -> Result<Product> {
    need(actor, Permission::CatalogWrite)?;
    let checked = check(input)?;
    let mut work = platform.begin(actor).await?;
    let before = held(&mut work, id, version).await?;
    let after = Product {
        slug: checked.slug,
        name: checked.name,
        summary: checked.summary,
        visibility: input.visibility,
        ..before.clone()
    };
    let after = save(&mut work, "product.updated", &before, after).await?;
    work.commit().await?;
    Ok(after)
}

/// Puts a product on the shelf.
pub async fn publish(
    platform: &Platform,
    actor: &Actor,
    id: ProductId,
    version: i64,
) -> Result<Product> {
    turn(platform, actor, id, version, ProductState::Published).await
}

/// Takes a product off the shelf; what is subscribed goes on.
pub async fn retire(
    platform: &Platform,
    actor: &Actor,
    id: ProductId,
    version: i64,
) -> Result<Product> {
    turn(platform, actor, id, version, ProductState::Retired).await
}

/// Deletes a product that nobody is, or was, subscribed to, with its plans.
pub async fn delete(platform: &Platform, actor: &Actor, id: ProductId, version: i64) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let product = held(&mut work, id, version).await?;
    let conn = work.conn();
    let open = store::subscriptions::open_of_product(conn, actor.workspace, id).await?;
    let any = store::subscriptions::any_of_product(conn, actor.workspace, id).await?;
    if any > 0 {
        let what = match open {
            0 => format!("{} that ended", counted(any, "subscription")),
            _ => counted(open, "open subscription"),
        };
        return Err(Error::InUse(format!(
            "product `{}` has {what}; retire it instead",
            product.slug.as_str()
        )));
    }
    let plans = store::plans::of_product(conn, actor.workspace, id).await?;
    store::products::delete(conn, actor.workspace, id, version).await?;
    for plan in plans {
        work.removed(ChangeKind::Plan, plan.id);
    }
    work.removed(ChangeKind::Product, id);
    work.audit(
        "product.deleted",
        "product",
        id,
        product.name.as_str(),
        Some(facts(&product)),
        None,
    );
    work.commit().await?;
    Ok(())
}

/// A product with everything in it.
pub async fn find(platform: &Platform, actor: &Actor, id: ProductId) -> Result<Whole> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let product = store::products::find(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("product", id))?;
    Ok(Whole {
        items: store::products::items_of(&mut conn, actor.workspace, id).await?,
        plans: store::plans::of_product(&mut conn, actor.workspace, id).await?,
        open: store::plans::open_of_product(&mut conn, actor.workspace, id).await?,
        product,
    })
}

/// Products by name, in one state or in any, whose name holds the text.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    state: Option<ProductState>,
    text: Option<&str>,
    paging: &Paging,
) -> Result<Page<Product>> {
    need(actor, Permission::CatalogRead)?;
    let (name, id) = paging.cursor::<(String, ProductId)>()?.unwrap_or_default();
    let mut conn = platform.db.read().await?;
    let rows = store::products::list(
        &mut conn,
        actor.workspace,
        state,
        text,
        (&name, id),
        paging.probe(),
    )
    .await?;
    Ok(paging.page(rows, |product| (product.name.clone(), product.id)))
}

struct Checked {
    name: Name,
    slug: Slug,
    summary: String,
}

fn check(input: &Input) -> Result<Checked> {
    let mut fields = Fields::new();
    let name: Option<Name> = fields.parse("name", &input.name);
    let slug = slug(&mut fields, &input.slug, &input.name);
    let summary = fields.check("summary", paragraph(&input.summary, SUMMARY_MOST));
    match (name, slug, summary) {
        (Some(name), Some(slug), Some(summary)) => Ok(Checked {
            name,
            slug,
            summary,
        }),
        _ => Err(fields.into_error()),
    }
}

/// The slug as given, or one made from the name.
pub(crate) fn slug(fields: &mut Fields, given: &str, name: &str) -> Option<Slug> {
    if !given.trim().is_empty() {
        return fields.parse("slug", given);
    }
    let made = Slug::suggest(name);
    if made.is_none() {
        fields.refuse("slug", "is empty, and none can be made from the name");
    }
    made
}

async fn insert(work: &mut Work, product: &Product) -> Result<()> {
    store::products::insert(work.conn(), product)
        .await
        .map_err(|error| taken(error, product))?;
    work.changed(ChangeKind::Product, product.id);
    work.audit(
        "product.created",
        "product",
        product.id,
        product.name.as_str(),
        None,
        Some(facts(product)),
    );
    Ok(())
}

async fn turn(
    platform: &Platform,
    actor: &Actor,
    id: ProductId,
    version: i64,
    state: ProductState,
) -> Result<Product> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = held(&mut work, id, version).await?;
    if before.state == state {
        return Ok(before);
    }
    let after = Product {
        state,
        ..before.clone()
    };
    let action = format!("product.{state}");
    let after = save(&mut work, &action, &before, after).await?;
    work.commit().await?;
    Ok(after)
}

/// The product, when it is at this version.
async fn held(work: &mut Work, id: ProductId, version: i64) -> Result<Product> {
    let workspace = work.workspace();
    let product = store::products::find(work.conn(), workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("product", id))?;
    if product.version != version {
        return Err(conflict(product.version));
    }
    Ok(product)
}

async fn save(work: &mut Work, action: &str, before: &Product, after: Product) -> Result<Product> {
    let mut after = Product {
        updated_at: work.at(),
        ..after
    };
    let written = store::products::update(work.conn(), &after)
        .await
        .map_err(|error| taken(error, &after))?;
    if !written {
        return Err(conflict(before.version + 1));
    }
    after.version += 1;
    work.changed(ChangeKind::Product, after.id);
    work.audit(
        action,
        "product",
        after.id,
        after.name.as_str(),
        Some(facts(before)),
        Some(facts(&after)),
    );
    Ok(after)
}

const fn conflict(current_version: i64) -> Error {
    Error::Conflict {
        what: "product",
        current_version,
    }
}

fn taken(error: store::Error, product: &Product) -> Error {
    if error.is_taken("product") {
        let slug = product.slug.as_str();
        return Error::invalid("slug", format!("`{slug}` is the name of another product"));
    }
    error.into()
}

fn facts(p: &Product) -> Value {
    json!({
        "slug": p.slug, "name": p.name, "summary": p.summary, "visibility": p.visibility, "state": p.state,
    })
}
