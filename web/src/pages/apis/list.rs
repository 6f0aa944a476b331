//! `/apis`: every API with its versions.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};
use domain::access::Permission;
use domain::api::Lifecycle;
use operations::apis::{self, WithVersions};

use super::super::overview::{Step, steps};
use crate::admin::{Admin, show};
use crate::answer::Answer;
use crate::form::{Form, Query};
use crate::layout::{Layout, Screen};
use crate::parts::{Pages, Threshold};
use crate::say;

#[derive(Template)]
#[template(path = "pages/apis.html")]
struct Apis {
    layout: Layout,
    head: Threshold,
    query: Form,
    apis: Vec<WithVersions>,
    pages: Pages,
    may_write: bool,
    steps: Vec<Step>,
}

impl Apis {
    fn drafts_only(&self) -> bool {
        self.query.get("state") == "draft"
    }
}

/// Shows them.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let text = query.text("q");
    let page = apis::list(&admin.platform, &admin.actor, &text, &query.paging(50)).await?;
    let mut apis = page.items;
    if query.get("state") == "draft" {
        apis.retain(|api| {
            api.versions
                .iter()
                .any(|version| version.lifecycle == Lifecycle::Draft)
        });
    }
    let shown = say::many(&say::len(&apis), "API", "APIs");
    show(&Apis {
        layout: admin.layout("APIs", Some(Screen::Apis)),
        head: Threshold::new("APIs"),
        pages: query.pages("/apis", shown, page.next.as_deref()),
        query,
        apis,
        may_write: admin.may(Permission::CatalogWrite),
        steps: steps(&admin),
    })
}

/// `/apis/{api}`: on to its newest version.
pub(crate) async fn newest(admin: Admin, Path(api): Path<String>) -> Answer {
    let found = apis::find_by_slug(&admin.platform, &admin.actor, &api).await?;
    let target = match found.versions.first() {
        Some(version) => format!("/apis/{api}/{}", version.label),
        None => format!("/apis/{api}/-/edit"),
    };
    Ok(Redirect::to(&target).into_response())
}
