//! `/upstreams`: where requests go.

use askama::Template;
use axum::extract::Path;
use domain::access::Permission;
use domain::certificate::CertificateUse;
use domain::id::UpstreamId;
use gateway_snapshot::settings::{Protocol, UpstreamSettings, UpstreamTls};
use operations::upstreams::{self, Input, TargetInput, Upstream};
use operations::{Paging, cas, certificates};
use serde_json::json;

use super::deletion::Deletion;
use super::products::end::{again, telling, typed};
use super::upstream_settings;
use crate::admin::{Admin, show, show_form};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{
    Choice, ConfirmPage, Field, FormPage, FormSection, Kind, Pages, Threshold, UpstreamStanding,
};
use crate::say;

/// Rows for targets beyond those that are there.
const SPARE: usize = 2;

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

fn settings_form(settings: &UpstreamSettings) -> Form {
    let mut form = Form::default();
    upstream_settings::fill(&mut form, settings);
    form.set("protocol", protocol(settings.protocol));
    form.set("unverified", (!settings.tls.verify).to_string());
    form.set("ca", id_of(settings.tls.ca));
    form.set("client_certificate", id_of(settings.tls.client_certificate));
    form.set(
        "server_name",
        settings.tls.server_name.clone().unwrap_or_default(),
    );
    form
}

fn form_of(upstream: &Upstream) -> Form {
    let mut form = settings_form(&upstream.settings)
        .with("name", upstream.name.as_str())
        .with("slug", upstream.slug.as_str())
        .with("version", upstream.version.to_string());
    for (n, target) in upstream.targets.iter().enumerate() {
        form.set(&format!("targets/{n}/id"), target.id.to_string());
        form.set(&format!("targets/{n}/url"), target.url.clone());
        form.set(&format!("targets/{n}/weight"), target.weight.to_string());
        form.set(&format!("targets/{n}/enabled"), target.enabled.to_string());
    }
    form
}

fn input(form: &mut Form, before: &UpstreamSettings) -> Result<Input, operations::Error> {
    let mut settings = upstream_settings::read(form, before)?;
    settings.protocol = match form.get("protocol") {
        "http2" => Protocol::Http2,
        "auto" => Protocol::Auto,
        _ => Protocol::Http1,
    };
    settings.tls = UpstreamTls {
        verify: !form.is("unverified"),
        ca: form.parse("ca"),
        client_certificate: form.parse("client_certificate"),
        server_name: form.some("server_name"),
    };
    let mut targets = Vec::new();
    for n in 0..form.rows("targets") {
        let at = |name: &str| format!("targets/{n}/{name}");
        let Some(url) = form.some(&at("url")) else {
            continue;
        };
        let weight = if form.some(&at("weight")).is_none() {
            100
        } else {
            form.whole(&at("weight"))
        };
        targets.push(TargetInput {
            id: form.parse(&at("id")),
            url,
            weight,
            enabled: form.is(&at("enabled")),
        });
    }
    form.check()?;
    Ok(Input {
        name: form.text("name"),
        slug: form.some("slug"),
        settings,
        targets,
    })
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

fn target_fields(form: &Form) -> Vec<Field> {
    let mut fields = Vec::new();
    for n in 0..form.rows("targets") + SPARE {
        let at = |name: &str| format!("targets/{n}/{name}");
        let is_new = form.get(&at("url")).is_empty();
        let url = form
            .field(Kind::Url, &at("url"), &format!("Target {}", n + 1))
            .mono()
            .optional();
        fields.push(if n == 0 {
            url.hint("Such as https://rates.internal:8443/v1, or http+srv://_rates._tcp.internal where SRV records say where it is.")
        } else {
            url
        });
        fields.push(
            form.field(Kind::Number, &at("weight"), "Weight")
                .optional()
                .hint("Its share of the requests; 100 when empty."),
        );
        let enabled = form.field(Kind::Checkbox, &at("enabled"), "Takes requests");
        fields.push(if is_new {
            enabled.value("true")
        } else {
            enabled
        });
    }
    fields
}

/// The ids of the targets that are there; they are UUIDs, so they are safe as they are.
fn hidden_ids(form: &Form) -> String {
    (0..form.rows("targets"))
        .filter_map(|n| {
            let name = format!("targets/{n}/id");
            let id: domain::id::TargetId = form.parse(&name)?;
            Some(format!(
                "<input type=\"hidden\" name=\"{name}\" value=\"{id}\">"
            ))
        })
        .collect()
}

/// Authorities and certificates that can be chosen.
const PAPERS: u32 = 200;

async fn security(admin: &Admin, form: &Form) -> Result<Vec<Field>, Fault> {
    let first = Paging::first(PAPERS);
    let mut authorities = vec![Choice::new("", "Those that the machine trusts")];
    for ca in cas::list(&admin.platform, &admin.actor, &first)
        .await?
        .items
    {
        authorities.push(Choice::new(ca.id.to_string(), ca.name));
    }
    let mut shown = vec![Choice::new("", "None")];
    let known = certificates::list(&admin.platform, &admin.actor, &first).await?;
    for one in known.items {
        if one.used_for == CertificateUse::Client {
            shown.push(Choice::new(one.id.to_string(), one.name));
        }
    }
    let protocols = vec![
        Choice::new("http1", "HTTP/1.1"),
        Choice::new("http2", "HTTP/2").hint("Also without TLS; what gRPC needs."),
        Choice::new("auto", "HTTP/2 where it agrees").hint("Asked in the TLS handshake."),
    ];
    Ok(vec![
        form.field(Kind::Radio(protocols), "protocol", "Protocol"),
        form.field(
            Kind::Checkbox,
            "unverified",
            "Its certificate is not verified",
        )
        .hint("Whoever stands between reads and changes everything. For trials only."),
        form.field(Kind::Select(authorities), "ca", "Signed by"),
        form.field(
            Kind::Select(shown),
            "client_certificate",
            "Certificate shown to it",
        ),
        form.field(Kind::Text, "server_name", "Name that is verified")
            .mono()
            .optional()
            .hint("Instead of the address’s host."),
    ])
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http1 => "http1",
        Protocol::Http2 => "http2",
        Protocol::Auto => "auto",
    }
}

fn id_of<T>(id: Option<domain::Id<T>>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
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
