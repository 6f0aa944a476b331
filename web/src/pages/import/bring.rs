//! `/import`: a file, a paste or an address.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use domain::access::Permission;
use operations::Error;

use super::upload::Upload;
use crate::admin::{Admin, show_form};
use crate::answer::{Answer, Fault};
use crate::dashboard::Dashboard;
use crate::form::{Form, Query};
use crate::layout::{Layout, Screen};
use crate::parts::{ApiCall, Field, Kind, Notice, Threshold};

#[derive(Template)]
#[template(path = "pages/import.html")]
pub(crate) struct Bring {
    pub(crate) layout: Layout,
    pub(crate) head: Threshold,
    pub(crate) notice: Option<Notice>,
    pub(crate) action: String,
    pub(crate) url: Field,
    pub(crate) text: Field,
    pub(crate) call: ApiCall,
    pub(crate) new: bool,
}

/// The empty form.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    if !admin.may(Permission::CatalogWrite) {
        return Err(Error::Forbidden {
            permission: Permission::CatalogWrite,
        }
        .into());
    }
    page(&admin, &query)
}

/// Reads the document and goes on to its preview.
pub(crate) async fn post(
    State(dashboard): State<Dashboard>,
    admin: Admin,
    upload: Upload,
) -> Answer {
    let Some(source) = upload.source else {
        let mut form = upload.form;
        form.refuse("url", "choose a file, paste a document or give an address");
        return page(&admin, &form);
    };
    let read = operations::import::preview(&admin.platform, &admin.actor, source).await;
    match read {
        Ok(preview) => {
            let token = keep(&dashboard, &admin, preview.source);
            Ok(Redirect::to(&format!("/import/{token}")).into_response())
        }
        Err(error) => page(&admin, &upload.form.refused(error)?),
    }
}

/// Keeps a document for the next step.
pub(crate) fn keep(dashboard: &Dashboard, admin: &Admin, source: Vec<u8>) -> String {
    let token = admin.platform.random.token().reveal().to_owned();
    let whose = admin.signed_in.account;
    dashboard
        .stash
        .keep(token.clone(), whose, admin.now(), source);
    token
}

/// The document of a former step.
pub(crate) fn kept(dashboard: &Dashboard, admin: &Admin, token: &str) -> Result<Vec<u8>, Fault> {
    let whose = admin.signed_in.account;
    dashboard
        .stash
        .find(token, whose, admin.now())
        .ok_or_else(|| {
            Fault::Unreadable(
                axum::http::StatusCode::GONE,
                "The document is not kept any more: that is done for an hour and until the program restarts. Import it again."
                    .to_owned(),
            )
        })
}

/// The fields of both pages that take a document.
pub(crate) fn fields(form: &Form) -> (Field, Field) {
    (
        form.field(Kind::Url, "url", "An address")
            .mono()
            .optional()
            .hint("Fetched by the server; private addresses are refused."),
        form.field(Kind::Area(10), "text", "The document itself")
            .mono()
            .optional()
            .hint("JSON or YAML."),
    )
}

fn page(admin: &Admin, form: &Form) -> Answer {
    let (url, text) = fields(form);
    let page = Bring {
        layout: admin.layout("Import a document", Some(Screen::Apis)),
        head: Threshold::new("Import a document")
            .below("APIs", "/apis")
            .lede("OpenAPI 2.0 to 3.1, JSON or YAML, up to 64 MB. Nothing is created before you have seen what it makes."),
        notice: form.head(&[&url, &text]),
        action: "/import".to_owned(),
        url,
        text,
        call: admin.api_call(
            "POST",
            "/api/v1/imports/preview",
            Some(serde_json::json!({ "url": "https://example.com/openapi.yaml" })),
        ),
        new: true,
    };
    show_form(form.came_back(), &page)
}
