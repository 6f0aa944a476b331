//! `/upstreams`: where requests go.

mod form;

use askama::Template;
use axum::extract::Path;
use domain::access::Permission;
use domain::id::UpstreamId;
use gateway_snapshot::settings::UpstreamSettings;
use operations::upstreams::{self, Upstream};
use serde_json::json;

use self::form::{form_of, hidden_ids, input, security, settings_form, target_fields};
use super::deletion::Deletion;
use super::products::end::{again, telling, typed};
use super::upstream_settings;
use crate::admin::{Admin, show, show_form};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{ConfirmPage, FormPage, FormSection, Kind, Pages, Threshold, UpstreamStanding};
use crate::say;

#[derive(Template)]
#[template(path = "pages/upstreams.html")]
struct Upstreams {
    layout: Layout,
    head: Threshold,
    upstreams: Vec<Upstream>,
    pages: Pages,
    may_write: bool,
}

/// The list.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let page = upstreams::list(&admin.platform, &admin.actor, &query.paging(50)).await?;
    let shown = say::many(&say::len(&page.items), "upstream", "upstreams");
    show(&Upstreams {
        layout: admin.layout("Upstreams", Some(Screen::Upstreams)),
        head: Threshold::new("Upstreams")
            .lede("Where requests go: a group of targets that answer the same."),
        pages: query.pages("/upstreams", shown, page.next.as_deref()),
        upstreams: page.items,
        may_write: admin.may(Permission::CatalogWrite),
    })
}

/// The empty form.
pub(crate) async fn new(admin: Admin) -> Answer {
    let form = settings_form(&UpstreamSettings::default());
    page(&admin, None, &form).await
}

/// Makes one.
pub(crate) async fn create(admin: Admin, mut form: Form) -> Answer {
    let made = match input(&mut form, &UpstreamSettings::default()) {
        Ok(input) => upstreams::create(&admin.platform, &admin.actor, input).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(upstream) => done(
            "/upstreams",
            &format!("Made the upstream {}", upstream.name),
        ),
        Err(error) => page(&admin, None, &form.refused(error)?).await,
    }
}

/// The form of one that is there.
pub(crate) async fn edit(admin: Admin, Path(upstream): Path<String>) -> Answer {
    let upstream = upstreams::find(&admin.platform, &admin.actor, id(&upstream)?).await?;
    page(&admin, Some(&upstream), &form_of(&upstream)).await
}

/// Changes it.
pub(crate) async fn save(admin: Admin, Path(upstream): Path<String>, mut form: Form) -> Answer {
    let upstream: UpstreamId = id(&upstream)?;
    let before = upstreams::find(&admin.platform, &admin.actor, upstream).await?;
    let saved = match input(&mut form, &before.settings) {
        Ok(input) => {
            upstreams::update(
                &admin.platform,
                &admin.actor,
                upstream,
                form.version(),
                input,
            )
            .await
        }
        Err(error) => Err(error),
    };
    match saved {
        Ok(upstream) => done(
            "/upstreams",
            &format!("Saved {}; nodes have it within a second", upstream.name),
        ),
        Err(error) => {
            let form = form.refused(error)?;
            let now = upstreams::find(&admin.platform, &admin.actor, upstream).await?;
            let form = form.compared_with(&form_of(&now));
            page(&admin, Some(&now), &form).await
        }
    }
}

/// Asks before it is deleted.
pub(crate) async fn ask_delete(admin: Admin, Path(upstream): Path<String>) -> Answer {
    show(&confirm(&admin, id(&upstream)?, None).await?)
}

/// Deletes it.
pub(crate) async fn delete(admin: Admin, Path(upstream): Path<String>, form: Form) -> Answer {
    let upstream: UpstreamId = id(&upstream)?;
    let found = upstreams::find(&admin.platform, &admin.actor, upstream).await?;
    let deleted = match typed(&form, found.name.as_str()) {
        Ok(()) => upstreams::delete(&admin.platform, &admin.actor, upstream, form.version()).await,
        Err(error) => Err(error),
    };
    match deleted {
        Ok(()) => done(
            "/upstreams",
            &format!("Deleted the upstream {}", found.name),
        ),
        Err(error) => again(confirm(&admin, upstream, Some(error)).await?),
    }
}

async fn page(admin: &Admin, upstream: Option<&Upstream>, form: &Form) -> Answer {
    let mut sections = vec![
        FormSection::new(
            "Shown as",
            "",
            vec![
                form.field(Kind::Text, "name", "Name"),
                form.field(Kind::Text, "slug", "Name in addresses")
                    .mono()
                    .optional(),
            ],
        ),
        FormSection {
            more: hidden_ids(form),
            ..FormSection::new(
                "Targets",
                "Addresses that answer the same. A row without an address is left out.",
                target_fields(form),
            )
        },
        FormSection::new(
            "How it is spoken to",
            "What is verified and shown counts where an address begins with https.",
            security(admin, form).await?,
        ),
    ];
    sections.extend(upstream_settings::sections(form));
    let title = upstream.map_or_else(|| "New upstream".to_owned(), |one| one.name.to_string());
    let (action, call) = match upstream {
        Some(one) => {
            let users = upstreams::users(&admin.platform, &admin.actor, one.id).await?;
            let standing = upstreams::standing(&admin.platform, &admin.actor, one.id).await?;
            let told = UpstreamStanding { standing };
            sections.insert(
                2,
                FormSection {
                    more: told.to_string(),
                    ..FormSection::new("How they do", "As each node sees it.", Vec::new())
                },
            );
            sections.push(FormSection {
                title: "Used by".to_owned(),
                lede: if users.is_empty() {
                    "No API version.".to_owned()
                } else {
                    users.join(", ")
                },
                fields: Vec::new(),
                more: format!(
                    "<div><a class=\"button\" data-size=\"small\" data-kind=\"danger\" href=\"/upstreams/{}/delete\">Delete</a></div>",
                    one.id
                ),
            });
            (
                format!("/upstreams/{}", one.id),
                admin.api_call(
                    "PUT",
                    format!("/api/v1/upstreams/{}", one.id),
                    Some(json!({
                        "name": one.name, "settings": one.settings,
                        "targets": one.targets.iter().map(|target| json!({
                            "id": target.id, "url": target.url, "weight": target.weight, "enabled": target.enabled,
                        })).collect::<Vec<_>>(),
                    })),
                ),
            )
        }
        None => (
            "/upstreams/-/new".to_owned(),
            admin.api_call(
                "POST",
                "/api/v1/upstreams",
                Some(json!({ "name": form.text("name"), "targets": [{ "url": form.text("targets/0/url") }] })),
            ),
        ),
    };
    let page = FormPage {
        layout: admin.layout(&title, Some(Screen::Upstreams)),
        head: Threshold::new(title).below("Upstreams", "/upstreams"),
        notice: form.head(&FormPage::fields(&sections)),
        action,
        hidden: vec![("version", form.version().to_string())],
        sections,
        submit: if upstream.is_some() {
            "Save the upstream"
        } else {
            "Make the upstream"
        }
        .to_owned(),
        cancel: "/upstreams".to_owned(),
        api_call: Some(call),
        after: String::new(),
        tabs: Vec::new(),
    };
    show_form(form.came_back(), &page)
}

async fn confirm(
    admin: &Admin,
    id: UpstreamId,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let upstream = upstreams::find(&admin.platform, &admin.actor, id).await?;
    let users = upstreams::users(&admin.platform, &admin.actor, id).await?;
    let deletion = Deletion {
        what: "upstream",
        name: upstream.name.as_str(),
        screen: Screen::Upstreams,
        list: ("Upstreams", "/upstreams"),
        path: format!("/upstreams/{id}"),
        api: format!("/api/v1/upstreams/{id}"),
        consequence: "An upstream that an API version uses stays.",
        impact: &[
            ("API versions that use it", users.len()),
            ("targets", upstream.targets.len()),
        ],
        version: upstream.version,
    };
    Ok(deletion.page(admin, error))
}
