//! `/products`: every product with its plans.

use askama::Template;
use axum::extract::State;
use domain::access::Permission;
use operations::products::{self, Whole};
use store::plans::Plan;

use crate::admin::{Admin, show};
use crate::answer::Answer;
use crate::dashboard::Dashboard;
use crate::form::Query;
use crate::layout::{Layout, Screen};
use crate::parts::{Pages, Threshold};
use crate::say;

#[derive(Template)]
#[template(path = "pages/products.html")]
struct Products {
    layout: Layout,
    head: Threshold,
    products: Vec<Whole>,
    pages: Pages,
    may_write: bool,
    portal: String,
}

impl Products {
    fn open_of(&self, whole: &Whole, plan: &Plan) -> String {
        say::count(&whole.open_of(plan))
    }
}

/// Shows the products.
pub(crate) async fn get(State(_): State<Dashboard>, admin: Admin, Query(query): Query) -> Answer {
    let paging = query.paging(20);
    let page = products::list(&admin.platform, &admin.actor, None, None, &paging).await?;
    let mut wholes = Vec::with_capacity(page.items.len());
    for product in &page.items {
        wholes.push(products::find(&admin.platform, &admin.actor, product.id).await?);
    }
    let shown = say::many(&say::len(&wholes), "product", "products");
    show(&Products {
        layout: admin.layout("Products and plans", Some(Screen::Products)),
        head: Threshold::new("Products and plans")
            .lede("A product is what the portal offers; a plan says on what terms."),
        pages: query.pages("/products", shown, page.next.as_deref()),
        products: wholes,
        may_write: admin.may(Permission::CatalogWrite),
        portal: admin.platform.settings.portal_url.to_string(),
    })
}
