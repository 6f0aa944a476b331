//! `/apis/{api}/{version}/routes`: what the gateway matches for the version.

use askama::Template;
use axum::extract::Path;
use domain::id::RouteId;
use operations::routes;
use store::routes::Route;

use super::super::products::product_form::refused;
use super::place::{Place, Tab};
use crate::admin::{Admin, show};
use crate::answer::{Answer, done};
use crate::form::{Form, Query, id};
use crate::layout::Layout;
use crate::parts::Threshold;

#[derive(Template)]
#[template(path = "pages/api_routes.html")]
struct Routes {
    layout: Layout,
    head: Threshold,
    tabs: Vec<(&'static str, String, bool)>,
    place: Place,
    routes: Vec<Route>,
    all: usize,
    query: Form,
}

impl Routes {
    fn full(&self, route: &Route) -> String {
        routes::path::full(&self.place.version.base_path, &route.path)
    }
}

/// Whether everybody may call it.
fn is_open(route: &Route) -> bool {
    route
        .settings
        .0
        .get("access")
        .and_then(|access| access.as_str())
        == Some("open")
}

/// Shows them.
pub(crate) async fn get(
    admin: Admin,
    Path((api, label)): Path<(String, String)>,
    Query(query): Query,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let mut routes = routes::list(&admin.platform, &admin.actor, place.version.id).await?;
    let all = routes.len();
    let text = query.text("q").to_lowercase();
    if !text.is_empty() {
        routes.retain(|route| {
            route.name.to_lowercase().contains(&text) || route.path.to_lowercase().contains(&text)
        });
    }
    show(&Routes {
        layout: place.layout(&admin, "Routes"),
        head: place.head(),
        tabs: place.tabs(Tab::Routes),
        place,
        routes,
        all,
        query,
    })
}

/// Switches one on or off.
pub(crate) async fn switch(
    admin: Admin,
    Path((api, label, route)): Path<(String, String, String)>,
    form: Form,
) -> Answer {
    let route: RouteId = id(&route)?;
    let back = format!("/apis/{api}/{label}/routes");
    let (platform, actor) = (&admin.platform, &admin.actor);
    let switched = if form.is("on") {
        routes::enable(platform, actor, route, form.version()).await
    } else {
        routes::disable(platform, actor, route, form.version()).await
    };
    match switched {
        Ok(route) if route.enabled => done(&back, &format!("{} is matched again", route.name)),
        Ok(route) => done(&back, &format!("{} is not matched any more", route.name)),
        Err(error) => refused(&back, error),
    }
}
