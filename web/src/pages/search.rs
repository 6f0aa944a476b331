//! `/search`: names, key prefixes and request ids, over everything that one may see.

use askama::Template;
use axum::response::{IntoResponse, Redirect};
use domain::access::Permission;
use operations::credentials;
use operations::users::{self, AccountFilter};
use operations::{Paging, apis, applications, request_log};

use crate::admin::{Admin, show};
use crate::answer::Answer;
use crate::form::Query;
use crate::layout::{Layout, Screen};
use crate::parts::Threshold;

/// How many of a kind are shown.
const MOST: u32 = 10;

struct Hit {
    icon: &'static str,
    title: String,
    text: String,
    href: String,
}

#[derive(Template)]
#[template(path = "pages/search.html")]
struct Search {
    layout: Layout,
    head: Threshold,
    text: String,
    hits: Vec<Hit>,
    screens: Vec<Screen>,
}

/// Searches.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let text = query.text("q");
    let (platform, actor) = (&admin.platform, &admin.actor);
    let few = Paging::first(MOST);
    let mut hits = Vec::new();
    if admin.may(Permission::UsageRead)
        && text.len() >= 12
        && let Ok(request) = request_log::find(platform, actor, &text).await
    {
        return Ok(Redirect::to(&format!("/log/{}", request.request_id)).into_response());
    }
    if !text.is_empty() && admin.may(Permission::ConsumersRead) {
        if text.starts_with("gh_") {
            for key in credentials::by_prefix(platform, actor, &text).await? {
                hits.push(Hit {
                    icon: "key",
                    title: key.hint.to_string(),
                    text: key.line.application_name.clone(),
                    href: format!("/applications/{}", key.line.application_id),
                });
            }
        }
        let search = applications::Search {
            text: text.clone(),
            ..applications::Search::default()
        };
        for line in applications::list(platform, actor, &search, &few)
            .await?
            .items
        {
            hits.push(Hit {
                icon: "application",
                title: line.name.to_string(),
                text: line.owner_name.clone(),
                href: format!("/applications/{}", line.id),
            });
        }
        let filter = AccountFilter {
            text: Some(text.clone()),
            ..AccountFilter::default()
        };
        for user in users::list(platform, actor, &filter, &few).await?.items {
            hits.push(Hit {
                icon: "user",
                title: user.name.clone(),
                text: user.email.clone(),
                href: format!("/developers/{}", user.id),
            });
        }
    }
    if !text.is_empty() && admin.may(Permission::CatalogRead) {
        for one in apis::list(platform, actor, &text, &few).await?.items {
            hits.push(Hit {
                icon: "api",
                title: one.api.name.to_string(),
                text: one.api.summary.clone(),
                href: format!("/apis/{}", one.api.slug),
            });
        }
    }
    let mut layout = admin.layout("Search", None);
    layout.query = text.clone();
    let wanted = text.to_lowercase();
    let screens = layout
        .groups()
        .iter()
        .flat_map(|group| group.screens)
        .copied()
        .filter(|screen| !wanted.is_empty() && screen.label().to_lowercase().contains(&wanted))
        .collect();
    show(&Search {
        layout,
        head: Threshold::new("Search"),
        text,
        hits,
        screens,
    })
}
