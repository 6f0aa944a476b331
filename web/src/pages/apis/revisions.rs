//! `/apis/{api}/{version}/revisions`: the documents that the version had, and what each one changed.

use askama::Template;
use axum::extract::Path;
use domain::id::SpecRevisionId;
use openapi::Finding;
use operations::import::{self, Revision};

use super::super::import::preview::{mark, place as place_of};
use super::super::products::product_form::refused;
use super::place::{Place, Tab};
use crate::admin::{Admin, show};
use crate::answer::{Answer, done};
use crate::form::{Form, id};
use crate::layout::Layout;
use crate::parts::Threshold;
use crate::say;

#[derive(Template)]
#[template(path = "pages/api_revisions.html")]
struct Revisions {
    layout: Layout,
    head: Threshold,
    tabs: Vec<(&'static str, String, bool)>,
    revisions: Vec<Revision>,
    findings: Vec<Finding>,
    place: Place,
}

/// The first characters of a checksum.
fn short(checksum: &str) -> &str {
    checksum.get(..12).unwrap_or(checksum)
}

/// The tab.
pub(crate) async fn get(admin: Admin, Path((api, label)): Path<(String, String)>) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let (platform, actor) = (&admin.platform, &admin.actor);
    show(&Revisions {
        layout: place.layout(&admin, "Revisions"),
        head: place.head(),
        tabs: place.tabs(Tab::Revisions),
        revisions: import::history(platform, actor, place.version.id).await?,
        findings: import::findings(platform, actor, place.version.id).await?,
        place,
    })
}

/// Takes a former document again, as the next revision.
pub(crate) async fn revert(
    admin: Admin,
    Path((api, label, revision)): Path<(String, String, String)>,
    form: Form,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let revision: SpecRevisionId = id(&revision)?;
    let back = format!("{}/revisions", place.path());
    let reverted = import::revert(
        &admin.platform,
        &admin.actor,
        place.version.id,
        form.version(),
        revision,
    );
    match reverted.await {
        Ok(done_) => done(
            &back,
            &match done_.revision {
                Some(number) => format!("The former document is revision {number} now"),
                None => "It is the document that the version has already".to_owned(),
            },
        ),
        Err(error) => refused(&back, error),
    }
}
