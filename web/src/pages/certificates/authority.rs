//! `/authorities/...`: uploading, replacing and deleting a bundle of authorities.

use axum::extract::Path;
use domain::id::CaId;
use operations::cas::{self, Ca, Input};
use serde_json::json;

use crate::admin::{Admin, show, show_form};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, id};
use crate::layout::Screen;
use crate::pages::deletion::Deletion;
use crate::pages::products::end::{again, telling, typed};
use crate::parts::{ConfirmPage, FormPage, FormSection, Kind, Threshold};

/// The empty form.
pub(crate) async fn new(admin: Admin) -> Answer {
    page(&admin, None, &Form::of::<0>([]))
}

/// Uploads one.
pub(crate) async fn create(admin: Admin, form: Form) -> Answer {
    match cas::create(&admin.platform, &admin.actor, input(&form)).await {
        Ok(made) => done("/certificates", &format!("Uploaded {}", made.name)),
        Err(error) => page(&admin, None, &form.refused(error)?),
    }
}

/// The form of one that is there.
pub(crate) async fn edit(admin: Admin, Path(ca): Path<String>) -> Answer {
    let found = cas::find(&admin.platform, &admin.actor, id(&ca)?).await?;
    page(&admin, Some(&found), &form_of(&found))
}

/// Replaces it.
pub(crate) async fn save(admin: Admin, Path(ca): Path<String>, form: Form) -> Answer {
    let ca: CaId = id(&ca)?;
    let saved = cas::update(
        &admin.platform,
        &admin.actor,
        ca,
        form.version(),
        input(&form),
    )
    .await;
    match saved {
        Ok(saved) => done("/certificates", &format!("Saved {}", saved.name)),
        Err(error) => {
            let form = form.refused(error)?;
            let now = cas::find(&admin.platform, &admin.actor, ca).await?;
            let form = form.compared_with(&form_of(&now));
            page(&admin, Some(&now), &form)
        }
    }
}

/// Asks before it is deleted.
pub(crate) async fn ask_delete(admin: Admin, Path(ca): Path<String>) -> Answer {
    show(&confirm(&admin, id(&ca)?, None).await?)
}

/// Deletes it.
pub(crate) async fn delete(admin: Admin, Path(ca): Path<String>, form: Form) -> Answer {
    let ca: CaId = id(&ca)?;
    let found = cas::find(&admin.platform, &admin.actor, ca).await?;
    let deleted = match typed(&form, &found.name) {
        Ok(()) => cas::delete(&admin.platform, &admin.actor, ca, form.version()).await,
        Err(error) => Err(error),
    };
    match deleted {
        Ok(()) => done(
            "/certificates",
            &format!("Deleted the authority {}", found.name),
        ),
        Err(error) => again(confirm(&admin, ca, Some(error)).await?),
    }
}

fn input(form: &Form) -> Input {
    Input {
        name: form.text("name"),
        bundle: form.text("bundle"),
    }
}

fn form_of(ca: &Ca) -> Form {
    Form::of([
        ("name", ca.name.clone()),
        ("bundle", ca.bundle.clone()),
        ("version", ca.version.to_string()),
    ])
}

fn page(admin: &Admin, ca: Option<&Ca>, form: &Form) -> Answer {
    let mut sections = vec![
        FormSection::new("Shown as", "", vec![form.field(Kind::Text, "name", "Name")]),
        FormSection::new(
            "Certificates",
            "Whoever shows a certificate that one of these signed is believed.",
            vec![
                form.field(Kind::Area(12), "bundle", "Authorities")
                    .mono()
                    .hint("PEM, one after the other. Each must be allowed to sign."),
            ],
        ),
    ];
    if let Some(one) = ca {
        sections.push(FormSection {
            title: "Whom it names".to_owned(),
            lede: one.subjects.join(", "),
            fields: Vec::new(),
            more: format!(
                "<div><a class=\"button\" data-size=\"small\" data-kind=\"danger\" href=\"/authorities/{}/delete\">Delete</a></div>",
                one.id
            ),
        });
    }
    let title = ca.map_or_else(|| "New authority".to_owned(), |one| one.name.clone());
    let body = json!({ "name": form.text("name"), "bundle": "-----BEGIN CERTIFICATE-----…" });
    let (action, call) = match ca {
        Some(one) => (
            format!("/authorities/{}", one.id),
            admin.api_call("PUT", format!("/api/v1/cas/{}", one.id), Some(body)),
        ),
        None => (
            "/authorities/-/new".to_owned(),
            admin.api_call("POST", "/api/v1/cas", Some(body)),
        ),
    };
    let page = FormPage {
        layout: admin.layout(&title, Some(Screen::Certificates)),
        head: Threshold::new(title).below("Certificates", "/certificates"),
        notice: form.head(&FormPage::fields(&sections)),
        action,
        hidden: vec![("version", form.version().to_string())],
        sections,
        submit: if ca.is_some() {
            "Save the authority"
        } else {
            "Upload the authority"
        }
        .to_owned(),
        cancel: "/certificates".to_owned(),
        api_call: Some(call),
        after: String::new(),
        tabs: Vec::new(),
    };
    show_form(form.came_back(), &page)
}

async fn confirm(
    admin: &Admin,
    id: CaId,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let found = cas::find(&admin.platform, &admin.actor, id).await?;
    let deletion = Deletion {
        what: "authority",
        name: &found.name,
        screen: Screen::Certificates,
        list: ("Certificates", "/certificates"),
        path: format!("/authorities/{id}"),
        api: format!("/api/v1/cas/{id}"),
        consequence: "An authority that a certificate or an upstream is verified with stays.",
        impact: &[("certificates in it", found.subjects.len())],
        version: found.version,
    };
    Ok(deletion.page(admin, error))
}
