//! `/apis/{api}/{version}/import`: the next document of a version, shown as a difference before it is taken.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use operations::import::{self, Comparison, Source};

use super::super::import::bring::{Bring, fields, keep, kept};
use super::super::import::preview::{mark, place as place_of};
use super::super::import::upload::Upload;
use super::place::Place;
use crate::admin::{Admin, show_form};
use crate::answer::{Answer, done};
use crate::dashboard::Dashboard;
use crate::form::{Form, Query};
use crate::layout::Layout;
use crate::parts::{ApiCall, Notice, Threshold};
use crate::say;

#[derive(Template)]
#[template(path = "pages/api_reimport.html")]
struct Difference {
    layout: Layout,
    head: Threshold,
    notice: Option<Notice>,
    place: Place,
    token: String,
    version: i64,
    comparison: Comparison,
    call: ApiCall,
}

impl Difference {
    fn breaking(&self) -> usize {
        self.comparison
            .changes
            .iter()
            .filter(|change| change.breaking)
            .count()
    }
}

/// The form for the document.
pub(crate) async fn get(
    admin: Admin,
    Path((api, label)): Path<(String, String)>,
    Query(query): Query,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    bring(&admin, &place, &query)
}

/// Reads the document and goes on to the difference.
pub(crate) async fn post(
    State(dashboard): State<Dashboard>,
    admin: Admin,
    Path((api, label)): Path<(String, String)>,
    upload: Upload,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let Some(source) = upload.source else {
        let mut form = upload.form;
        form.refuse("url", "choose a file, paste a document or give an address");
        return bring(&admin, &place, &form);
    };
    match import::compare(&admin.platform, &admin.actor, place.version.id, source).await {
        Ok(comparison) => {
            let token = keep(&dashboard, &admin, comparison.source);
            Ok(Redirect::to(&format!("{}/import/{token}", place.path())).into_response())
        }
        Err(error) => bring(&admin, &place, &upload.form.refused(error)?),
    }
}

/// The difference.
pub(crate) async fn difference(
    State(dashboard): State<Dashboard>,
    admin: Admin,
    Path((api, label, token)): Path<(String, String, String)>,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    page(&dashboard, &admin, place, token, &Form::default()).await
}

/// Takes the document over.
pub(crate) async fn take(
    State(dashboard): State<Dashboard>,
    admin: Admin,
    Path((api, label, token)): Path<(String, String, String)>,
    form: Form,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let source = Source::Bytes(kept(&dashboard, &admin, &token)?);
    let taken = import::reimport(
        &admin.platform,
        &admin.actor,
        place.version.id,
        form.version(),
        source,
    );
    match taken.await {
        Ok(done_) => {
            let said = match done_.revision {
                Some(number) => format!(
                    "Revision {number} is in force: {} added, {} removed, {} moved",
                    say::many(&say::len(&done_.routes_added), "route", "routes"),
                    done_.routes_removed.len(),
                    done_.routes_moved.len()
                ),
                None => {
                    "It is the document that the version has already; nothing changed".to_owned()
                }
            };
            done(&format!("{}/revisions", place.path()), &said)
        }
        Err(error) => {
            let form = form.refused(error)?;
            page(&dashboard, &admin, place, token, &form).await
        }
    }
}

fn bring(admin: &Admin, place: &Place, form: &Form) -> Answer {
    let (url, text) = fields(form);
    let page = Bring {
        layout: place.layout(admin, "Import"),
        head: Threshold::new("Import the next document")
            .below("APIs", "/apis")
            .below(place.name(), place.path())
            .lede("You see what is different for callers before anything changes. Routes follow their operations; what was edited by hand stays."),
        notice: form.head(&[&url, &text]),
        action: format!("{}/import", place.path()),
        url,
        text,
        call: admin.api_call(
            "PUT",
            format!("/api/v1/versions/{}/document", place.version.id),
            Some(serde_json::json!({ "url": "https://example.com/openapi.yaml" })),
        )
        .at(place.version.version),
        new: false,
    };
    show_form(form.came_back(), &page)
}

async fn page(
    dashboard: &Dashboard,
    admin: &Admin,
    place: Place,
    token: String,
    form: &Form,
) -> Answer {
    let source = Source::Bytes(kept(dashboard, admin, &token)?);
    let comparison =
        import::compare(&admin.platform, &admin.actor, place.version.id, source).await?;
    let page = Difference {
        layout: place.layout(admin, "Import"),
        head: Threshold::new("What the document changes")
            .below("APIs", "/apis")
            .below(place.name(), place.path())
            .below("Import", format!("{}/import", place.path())),
        notice: form.head(&[]),
        version: place.version.version,
        call: admin
            .api_call(
                "PUT",
                format!("/api/v1/versions/{}/document", place.version.id),
                Some(serde_json::json!({ "document": "…" })),
            )
            .at(place.version.version),
        place,
        token,
        comparison,
    };
    show_form(form.came_back(), &page)
}
