//! `/apis/{api}/{version}/subscriptions`: who may call the version.

use askama::Template;
use axum::extract::Path;
use store::subscription_lines::Line;

use super::danger::subscribers;
use super::place::{Place, Tab};
use crate::admin::{Admin, show};
use crate::answer::Answer;
use crate::layout::Layout;
use crate::parts::Threshold;
use crate::say;

#[derive(Template)]
#[template(path = "pages/api_subscriptions.html")]
struct Subscriptions {
    layout: Layout,
    head: Threshold,
    tabs: Vec<(&'static str, String, bool)>,
    place: Place,
    lines: Vec<Line>,
}

/// The tab.
pub(crate) async fn get(admin: Admin, Path((api, label)): Path<(String, String)>) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    show(&Subscriptions {
        layout: place.layout(&admin, "Subscriptions"),
        head: place.head(),
        tabs: place.tabs(Tab::Subscriptions),
        lines: subscribers(&admin, &place).await?,
        place,
    })
}
