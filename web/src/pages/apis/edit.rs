//! `/apis/{api}/{version}/settings` and `/apis/{api}/-/edit`: where the version is, and how the API is shown.

use axum::extract::Path;
use domain::api::Visibility;
use operations::apis::{self, WithVersions};
use operations::{Paging, upstreams, versions};
use serde_json::json;
use store::api_versions::ApiVersion;
use store::apis::Api;

use super::place::{Place, Tab};
use crate::admin::{Admin, show_form};
use crate::answer::{Answer, done};
use crate::form::{Form, id};
use crate::layout::Screen;
use crate::parts::{Choice, FormPage, FormSection, Kind, Threshold};

/// The tab with the version's form; a link leads to the API's own.
pub(crate) async fn version(admin: Admin, Path((api, label)): Path<(String, String)>) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let form = form_of_version(&place.version);
    version_page(&admin, &place, &form).await
}

/// Changes the version.
pub(crate) async fn save_version(
    admin: Admin,
    Path((api, label)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let input = versions::Input {
        label: form.text("label"),
        upstream: form.some("upstream").and_then(|text| id(&text).ok()),
        hosts: form.lines("hosts"),
        base_path: form.text("base_path"),
    };
    let saved = versions::update(
        &admin.platform,
        &admin.actor,
        place.version.id,
        form.version(),
        input,
    );
    match saved.await {
        Ok(version) => done(
            &format!("/apis/{api}/{}", version.label),
            "Saved; what is on the gateway has it within a second",
        ),
        Err(error) => {
            let form = form
                .refused(error)?
                .compared_with(&form_of_version(&place.version));
            version_page(&admin, &place, &form).await
        }
    }
}

fn form_of_version(version: &ApiVersion) -> Form {
    Form::of([
        ("label", version.label.clone()),
        (
            "upstream",
            version
                .upstream_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
        ),
        ("hosts", version.hosts.0.join("\n")),
        ("base_path", version.base_path.clone()),
        ("version", version.version.to_string()),
    ])
}

async fn version_page(admin: &Admin, place: &Place, form: &Form) -> Answer {
    let all = upstreams::list(&admin.platform, &admin.actor, &Paging::first(200)).await?;
    let mut choices = vec![Choice::new("", "none yet")];
    choices.extend(
        all.items
            .iter()
            .map(|upstream| Choice::new(upstream.id.to_string(), upstream.name.as_str())),
    );
    let fields = vec![
        form.field(Kind::Text, "label", "Version")
            .mono()
            .hint("Stands in the portal's addresses; changing it changes them."),
        form.field(Kind::Text, "base_path", "Base path")
            .mono()
            .hint("What stands before the path of each route: / or /shipping/v2."),
        form.field(Kind::Area(2), "hosts", "Hosts")
            .mono()
            .optional()
            .hint("One a line, *.example.com for all below; empty for every host."),
        form.field(Kind::Select(choices), "upstream", "Upstream")
            .hint("Where its requests go."),
    ];
    let sections = vec![FormSection {
        more: format!(
            "<p><a href=\"/apis/{}/-/edit\">Name, summary, tags and who sees it</a> belong to the API and hold for all its versions.</p>",
            place.api.slug
        ),
        ..FormSection::new("On the gateway", "", fields)
    }];
    let body = json!({
        "label": form.text("label"), "base_path": form.text("base_path"), "hosts": form.lines("hosts"),
        "upstream_id": form.some("upstream"),
    });
    let mut head = place.head();
    head.lede = String::new();
    let page = FormPage {
        layout: place.layout(admin, "Settings"),
        head,
        notice: form.head(&FormPage::fields(&sections)),
        action: format!("{}/settings", place.path()),
        hidden: vec![("version", form.version().to_string())],
        sections,
        submit: "Save the version".to_owned(),
        cancel: place.path(),
        api_call: Some(admin.api_call(
            "PUT",
            format!("/api/v1/versions/{}", place.version.id),
            Some(body),
        )),
        after: String::new(),
        tabs: place.tabs(Tab::Settings),
    };
    show_form(form.came_back(), &page)
}

/// The API's own form.
pub(crate) async fn api(admin: Admin, Path(api): Path<String>) -> Answer {
    let found = apis::find_by_slug(&admin.platform, &admin.actor, &api).await?;
    let form = form_of_api(&found.api);
    api_page(&admin, &found, &form)
}

/// Changes the API.
pub(crate) async fn save_api(admin: Admin, Path(api): Path<String>, form: Form) -> Answer {
    let found = apis::find_by_slug(&admin.platform, &admin.actor, &api).await?;
    let input = apis::Input {
        name: form.text("name"),
        slug: form.some("slug"),
        summary: form.text("summary"),
        description: form.get("description").to_owned(),
        visibility: form.parse("visibility").unwrap_or(Visibility::Hidden),
        tags: form.lines("tags"),
        owner: Some(found.api.owner_id).filter(|owner| !owner.is_nil()),
    };
    let saved = apis::update(
        &admin.platform,
        &admin.actor,
        found.api.id,
        form.version(),
        input,
    );
    match saved.await {
        Ok(api) => done(
            &format!("/apis/{}", api.slug),
            &format!("Saved the API {}", api.name),
        ),
        Err(error) => {
            let form = form.refused(error)?.compared_with(&form_of_api(&found.api));
            api_page(&admin, &found, &form)
        }
    }
}

fn form_of_api(api: &Api) -> Form {
    Form::of([
        ("name", api.name.to_string()),
        ("slug", api.slug.to_string()),
        ("summary", api.summary.clone()),
        ("description", api.description.clone()),
        ("visibility", api.visibility.to_string()),
        ("tags", api.tags.0.join(", ")),
        ("version", api.version.to_string()),
    ])
}

/// Who sees something in the portal, as choices.
pub(crate) fn visibilities() -> Vec<Choice> {
    vec![
        Choice::new(Visibility::Public.as_str(), "Everybody"),
        Choice::new(Visibility::Registered.as_str(), "Whoever is signed in"),
        Choice::new(
            Visibility::Hidden.as_str(),
            "Nobody outside the platform team",
        ),
    ]
}

fn api_page(admin: &Admin, found: &WithVersions, form: &Form) -> Answer {
    let shown = vec![
        form.field(Kind::Text, "name", "Name"),
        form.field(Kind::Text, "slug", "Name in addresses").mono(),
        form.field(Kind::Area(2), "summary", "In a sentence")
            .optional()
            .hint("Stands on its card in the catalogue."),
        form.field(Kind::Text, "tags", "Tags")
            .optional()
            .hint("With commas; the first is its shelf in the catalogue."),
        form.field(Kind::Area(8), "description", "What it does")
            .optional()
            .hint("Markdown."),
    ];
    let sections = vec![
        FormSection::new("In the portal", "", shown),
        FormSection::new(
            "Who sees it",
            "",
            vec![form.field(Kind::Radio(visibilities()), "visibility", "Visibility")],
        ),
    ];
    let back = format!("/apis/{}", found.api.slug);
    let body = json!({
        "name": form.text("name"), "slug": form.text("slug"), "summary": form.text("summary"),
        "visibility": form.get("visibility"), "tags": form.lines("tags"),
    });
    let title = found.api.name.to_string();
    let page = FormPage {
        layout: admin.layout(&title, Some(Screen::Apis)),
        head: Threshold::new(title).below("APIs", "/apis"),
        notice: form.head(&FormPage::fields(&sections)),
        action: format!("{back}/-/edit"),
        hidden: vec![("version", form.version().to_string())],
        sections,
        submit: "Save the API".to_owned(),
        cancel: if found.versions.is_empty() {
            "/apis".to_owned()
        } else {
            back
        },
        api_call: Some(admin.api_call("PUT", format!("/api/v1/apis/{}", found.api.id), Some(body))),
        after: String::new(),
        tabs: Vec::new(),
    };
    show_form(form.came_back(), &page)
}
