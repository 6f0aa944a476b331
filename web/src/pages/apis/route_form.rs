//! `/apis/{api}/{version}/routes/new` and `.../routes/{id}`: what a route matches, and what becomes of it.

use axum::extract::Path;
use domain::api::PathKind;
use domain::id::{OperationId, RouteId};
use gateway_snapshot::condition::Condition;
use gateway_snapshot::settings::{Access, Authentication, Redirect, RouteSettings};
use operations::routes::{self, Input};
use serde_json::json;
use store::routes::Route;

use super::super::products::product_form::refused;
use super::place::Place;
use crate::admin::{Admin, show_form};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, id};
use crate::layout::Screen;
use crate::parts::{Choice, FormPage, FormSection, Kind, Threshold};

/// The empty form.
pub(crate) async fn new(admin: Admin, Path((api, label)): Path<(String, String)>) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let settings = RouteSettings::default();
    let form = Form::of([
        ("methods", "GET".to_owned()),
        ("path", "/".to_owned()),
        ("path_kind", PathKind::Template.to_string()),
        ("access", "subscription".to_owned()),
        ("authentication", "any".to_owned()),
        ("strip", settings.strip_base_path.to_string()),
        ("max_body", (settings.max_body_bytes / 1024).to_string()),
        ("priority", "0".to_owned()),
        ("redirect_status", "308".to_owned()),
        ("redirect_query", "true".to_owned()),
        ("direct", settings.direct_exchange.to_string()),
    ]);
    page(&admin, &place, None, &form)
}

/// Makes a route.
pub(crate) async fn create(
    admin: Admin,
    Path((api, label)): Path<(String, String)>,
    mut form: Form,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let made = match input(&mut form, None) {
        Ok(input) => routes::create(&admin.platform, &admin.actor, place.version.id, input).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(route) => done(
            &format!("{}/routes", place.path()),
            &format!("Made the route {}", route.name),
        ),
        Err(error) => page(&admin, &place, None, &form.refused(error)?),
    }
}

/// The form of a route that is there.
pub(crate) async fn edit(
    admin: Admin,
    Path((api, label, route)): Path<(String, String, String)>,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let route = routes::find(&admin.platform, &admin.actor, id(&route)?).await?;
    belongs(&place, &route)?;
    page(&admin, &place, Some(&route), &form_of(&route))
}

/// Changes it.
pub(crate) async fn save(
    admin: Admin,
    Path((api, label, route)): Path<(String, String, String)>,
    mut form: Form,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let route: RouteId = id(&route)?;
    let before = routes::find(&admin.platform, &admin.actor, route).await?;
    let saved = match input(&mut form, Some(&before)) {
        Ok(input) => {
            routes::update(&admin.platform, &admin.actor, route, form.version(), input).await
        }
        Err(error) => Err(error),
    };
    match saved {
        Ok(route) => done(
            &format!("{}/routes", place.path()),
            &format!("Saved the route {}", route.name),
        ),
        Err(error) => {
            let form = form.refused(error)?.compared_with(&form_of(&before));
            page(&admin, &place, Some(&before), &form)
        }
    }
}

/// Deletes it.
pub(crate) async fn delete(
    admin: Admin,
    Path((api, label, route)): Path<(String, String, String)>,
    form: Form,
) -> Answer {
    let route: RouteId = id(&route)?;
    let back = format!("/apis/{api}/{label}/routes");
    match routes::delete(&admin.platform, &admin.actor, route, form.version()).await {
        Ok(()) => done(&back, "Deleted the route with its policies"),
        Err(error) => refused(&back, error),
    }
}

fn settings(route: &Route) -> RouteSettings {
    serde_json::from_value(route.settings.0.clone()).unwrap_or_default()
}

fn form_of(route: &Route) -> Form {
    let settings = settings(route);
    Form::of([
        ("name", route.name.clone()),
        ("methods", route.methods.0.join(", ")),
        ("path", route.path.clone()),
        ("path_kind", route.path_kind.to_string()),
        ("priority", route.priority.to_string()),
        (
            "access",
            match settings.access {
                Access::Open => "open".to_owned(),
                Access::Authenticated => "authenticated".to_owned(),
                Access::Subscription => "subscription".to_owned(),
            },
        ),
        (
            "authentication",
            match settings.authentication {
                Authentication::Any => "any".to_owned(),
                Authentication::All => "all".to_owned(),
            },
        ),
        ("strip", settings.strip_base_path.to_string()),
        ("rewrite", settings.rewrite.unwrap_or_default()),
        ("settings/headers", lines_of(&settings.headers)),
        ("settings/query", lines_of(&settings.query)),
        (
            "settings/redirect",
            settings
                .redirect
                .as_ref()
                .map_or_else(String::new, |redirect| redirect.to.clone()),
        ),
        (
            "redirect_status",
            settings
                .redirect
                .as_ref()
                .map_or(308, |redirect| redirect.status)
                .to_string(),
        ),
        (
            "redirect_query",
            settings
                .redirect
                .as_ref()
                .is_none_or(|redirect| redirect.keep_query)
                .to_string(),
        ),
        ("max_body", (settings.max_body_bytes / 1024).to_string()),
        ("direct", settings.direct_exchange.to_string()),
        ("version", route.version.to_string()),
    ])
}

fn input(form: &mut Form, before: Option<&Route>) -> Result<Input, operations::Error> {
    let priority = form.whole("priority");
    let max_body = form.whole("max_body");
    let headers = conditions(form, "settings/headers");
    let query = conditions(form, "settings/query");
    form.check()?;
    let redirect = form.some("settings/redirect").map(|to| Redirect {
        to,
        status: form.parse("redirect_status").unwrap_or(308),
        keep_query: form.is("redirect_query"),
    });
    let settings = RouteSettings {
        access: match form.get("access") {
            "open" => Access::Open,
            "authenticated" => Access::Authenticated,
            _ => Access::Subscription,
        },
        authentication: match form.get("authentication") {
            "all" => Authentication::All,
            _ => Authentication::Any,
        },
        strip_base_path: form.is("strip"),
        rewrite: form.some("rewrite"),
        max_body_bytes: u64::try_from(max_body).unwrap_or(0).saturating_mul(1024),
        headers,
        query,
        redirect,
        direct_exchange: form.is("direct"),
    };
    Ok(Input {
        name: form.some("name"),
        methods: form.lines("methods"),
        path: form.text("path"),
        path_kind: form.parse("path_kind").unwrap_or(PathKind::Template),
        priority,
        settings,
        operation: before
            .map(|route| route.operation_id)
            .filter(|id: &OperationId| !id.is_nil()),
        enabled: before.is_none_or(|route| route.enabled),
    })
}

/// Conditions, a line each.
fn lines_of(conditions: &[Condition]) -> String {
    let lines: Vec<String> = conditions.iter().map(Condition::to_string).collect();
    lines.join("\n")
}

fn conditions(form: &mut Form, name: &str) -> Vec<Condition> {
    let text = form.get(name).to_owned();
    let mut conditions = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match line.parse::<Condition>() {
            Ok(condition) => conditions.push(condition),
            Err(error) => form.refuse(name, error.to_string()),
        }
    }
    conditions
}

fn page(admin: &Admin, place: &Place, route: Option<&Route>, form: &Form) -> Answer {
    let kinds = PathKind::ALL
        .iter()
        .map(|kind| {
            let label = match kind {
                PathKind::Exact => "the whole path",
                PathKind::Prefix => "the path and everything below it",
                PathKind::Template => "a template: {name} is one segment",
                PathKind::Regex => "a regular expression over the whole path",
            };
            Choice::new(kind.as_str(), label)
        })
        .collect();
    let access = vec![
        Choice::new("subscription", "Subscribers")
            .hint("A key of an application that is subscribed."),
        Choice::new("authenticated", "Known callers").hint(
            "A credential that an authentication policy takes; no subscription is asked for.",
        ),
        Choice::new("open", "Everybody")
            .hint("No key is asked for, and nothing is counted for anybody."),
    ];
    let authentication = vec![
        Choice::new("any", "any: the first credential found decides"),
        Choice::new("all", "all of them, for one application"),
    ];
    let matched = vec![
        form.field(Kind::Text, "methods", "Methods")
            .mono()
            .optional()
            .hint("With commas; empty for every method."),
        form.field(Kind::Text, "path", "Path")
            .mono()
            .hint(format!("Comes after {}.", place.version.base_path)),
        form.field(Kind::Select(kinds), "path_kind", "Read as"),
        form.field(Kind::Area(2), "settings/headers", "Headers")
            .mono()
            .optional()
            .hint("One on a line: X-Beta, !X-Robot, X-Beta = 1, Accept-Language ^= de, X-Tenant ~ t-[0-9]+."),
        form.field(Kind::Area(2), "settings/query", "Query")
            .mono()
            .optional()
            .hint("In the same way: page, version = 2."),
        form.field(Kind::Number, "priority", "Priority")
            .hint("Routes with a higher one are tried first. Leave it at 0 while the more exact path should win."),
        form.field(Kind::Text, "name", "Name")
            .optional()
            .hint("Method and path when empty."),
    ];
    let onward = vec![
        form.field(Kind::Checkbox, "strip", "Remove the base path")
            .hint(format!(
                "The upstream gets the path without {}.",
                place.version.base_path
            )),
        form.field(Kind::Text, "rewrite", "Path that the upstream gets instead")
            .mono()
            .optional()
            .hint("May hold the {parameters} of the path."),
        form.field(Kind::Number, "max_body", "Largest request body")
            .affix("KiB"),
        form.field(Kind::Checkbox, "direct", "May take the direct exchange")
            .hint("Unless a node has it switched off. Leave it out for an upstream that does not get along with it."),
    ];
    let statuses = [301, 302, 303, 307, 308]
        .map(|status: u16| Choice::new(status.to_string(), status.to_string()));
    let elsewhere = vec![
        form.field(Kind::Text, "settings/redirect", "Path or URL")
            .mono()
            .optional()
            .hint("May hold the {parameters} of the path. The upstream is not asked then."),
        form.field(Kind::Select(statuses.into()), "redirect_status", "Status"),
        form.field(Kind::Checkbox, "redirect_query", "Keep the query"),
    ];
    let sections = vec![
        FormSection::new("Matches", "", matched),
        FormSection::new(
            "Who may call it",
            "",
            vec![
                form.field(Kind::Radio(access), "access", "Callers"),
                form.field(
                    Kind::Select(authentication),
                    "authentication",
                    "Several authentication policies",
                ),
            ],
        ),
        FormSection::new("Sent on as", "", onward),
        FormSection::new("Or callers are sent to", "", elsewhere),
    ];
    let back = format!("{}/routes", place.path());
    let title = route.map_or_else(|| "New route".to_owned(), |route| route.name.clone());
    let mut copy = form.clone();
    let body = input(&mut copy, route).ok().map(|input| {
        json!({
            "name": input.name, "methods": input.methods, "path": input.path, "path_kind": input.path_kind,
            "priority": input.priority, "settings": input.settings, "enabled": input.enabled,
        })
    });
    let (action, call, after) = match route {
        Some(route) => (
            format!("{back}/{}", route.id),
            admin.api_call("PUT", format!("/api/v1/routes/{}", route.id), body),
            if place.may_write {
                delete_form(&back, route)
            } else {
                String::new()
            },
        ),
        None => (
            format!("{back}/new"),
            admin.api_call(
                "POST",
                format!("/api/v1/versions/{}/routes", place.version.id),
                body,
            ),
            String::new(),
        ),
    };
    let page = FormPage {
        layout: admin.layout(&title, Some(Screen::Apis)),
        head: Threshold::new(title)
            .below("APIs", "/apis")
            .below(place.name(), place.path())
            .below("Routes", &back),
        notice: form.head(&FormPage::fields(&sections)),
        action,
        hidden: vec![("version", form.version().to_string())],
        sections,
        submit: if route.is_some() {
            "Save the route"
        } else {
            "Make the route"
        }
        .to_owned(),
        cancel: back,
        api_call: Some(call),
        after,
        tabs: Vec::new(),
    };
    show_form(form.came_back(), &page)
}

fn delete_form(back: &str, route: &Route) -> String {
    format!(
        "<form class=\"after\" method=\"post\" action=\"{back}/{}/delete\"><input type=\"hidden\" name=\"version\" value=\"{}\">\
         <button class=\"button\" data-kind=\"danger\" type=\"submit\" data-tone=\"bad\" data-confirm=\"Delete this route?\" \
         data-confirm-detail=\"Requests to it answer 404 within a second. Its policies go with it.\">Delete the route</button></form>",
        route.id, route.version
    )
}

/// Whether an address names a route of this version.
fn belongs(place: &Place, route: &Route) -> Result<(), Fault> {
    if route.api_version_id == place.version.id {
        Ok(())
    } else {
        Err(operations::Error::not_found("route", route.id).into())
    }
}
