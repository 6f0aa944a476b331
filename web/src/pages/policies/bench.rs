//! `/policies`, `/policies/at/{scope}` and the tab of a version: the chain, the form of one policy, and its JSON.

use askama::Template;
use axum::extract::Path;
use domain::access::Permission;
use domain::api::PolicyScope;
use operations::policies::{self, Aside, Described, Place as Scope};
use operations::{apis, versions};
use serde_json::Value;
use store::policies::Policy;

use super::super::apis::place::{Place, Tab};
use super::schema;
use super::{aside, at};
use crate::admin::{Admin, show_form};
use crate::answer::{Answer, Fault};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{ApiCall, Field, Notice, Threshold};

/// A policy in the chain.
pub(crate) struct Link {
    policy: Policy,
    origin: String,
    own: bool,
    runs: bool,
    conditional: bool,
}

/// What is open beside the chain.
struct Opened {
    kind: &'static str,
    summary: &'static str,
    readme: &'static str,
    /// None while it is being made.
    policy: Option<Policy>,
    fields: Option<Vec<Field>>,
    aside: Vec<Field>,
    json: String,
    own: bool,
    origin: String,
    call: ApiCall,
}

#[derive(Template)]
#[template(path = "pages/policies.html")]
struct Bench {
    layout: Layout,
    head: Threshold,
    tabs: Vec<(&'static str, String, bool)>,
    notice: Option<Notice>,
    at: String,
    here: String,
    chain: Vec<Link>,
    kinds: Vec<Described>,
    opened: Option<Opened>,
    may_write: bool,
}

/// `/policies`: what holds for every request.
pub(crate) async fn global(admin: Admin, Query(query): Query) -> Answer {
    page(&admin, Scope::Global, &query).await
}

/// `/policies/at/{scope}`.
pub(crate) async fn scope(admin: Admin, Path(scope): Path<String>, Query(query): Query) -> Answer {
    page(&admin, at::parse(&scope)?, &query).await
}

/// `/apis/{api}/{version}/policies`.
pub(crate) async fn version(
    admin: Admin,
    Path((api, label)): Path<(String, String)>,
    Query(query): Query,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    page(&admin, Scope::Version(place.version.id), &query).await
}

/// The page of a scope; `policy` in the form opens one, `new` a kind that is to be made.
pub(crate) async fn page(admin: &Admin, scope: Scope, form: &Form) -> Answer {
    let frame = frame(admin, scope).await?;
    let chain = chain(admin, scope).await?;
    let opened = opened(admin, scope, &chain, form)?;
    let fields: Vec<&Field> = opened
        .iter()
        .flat_map(|opened| opened.fields.iter().flatten().chain(&opened.aside))
        .collect();
    let page = Bench {
        notice: form.head(&fields),
        layout: admin.layout(frame.title, Some(frame.screen)),
        head: frame.head,
        tabs: frame.tabs,
        at: at::write(scope),
        here: frame.here,
        kinds: policies::kinds()
            .into_iter()
            .filter(|kind| kind.scopes.contains(&scope.scope()))
            .collect(),
        chain,
        may_write: admin.may(Permission::CatalogWrite),
        opened,
    };
    show_form(form.came_back(), &page)
}

struct Frame {
    title: String,
    screen: Screen,
    head: Threshold,
    tabs: Vec<(&'static str, String, bool)>,
    here: String,
}

async fn frame(admin: &Admin, scope: Scope) -> Result<Frame, Fault> {
    if let Scope::Version(version) = scope {
        let version = versions::find(&admin.platform, &admin.actor, version).await?;
        let api = apis::find(&admin.platform, &admin.actor, version.api_id).await?;
        let place = Place::find(admin, api.api.slug.as_str(), &version.label).await?;
        return Ok(Frame {
            title: format!("Policies, {}", place.name()),
            screen: Screen::Apis,
            head: place.head(),
            tabs: place.tabs(Tab::Policies),
            here: format!("{}/policies", place.path()),
        });
    }
    if scope.scope() == PolicyScope::Global {
        return Ok(Frame {
            title: "Policies".to_owned(),
            screen: Screen::Policies,
            head: Threshold::new("Policies").lede(
                "What holds for every request. APIs, versions, routes, products, plans and applications can have their own; the narrower one wins.",
            ),
            tabs: Vec::new(),
            here: "/policies".to_owned(),
        });
    }
    let title = format!("Policies of this {}", scope.scope());
    Ok(Frame {
        head: Threshold::new(&title).below("Policies", "/policies"),
        title,
        screen: Screen::Policies,
        tabs: Vec::new(),
        here: format!("/policies/at/{}", at::write(scope)),
    })
}

async fn chain(admin: &Admin, scope: Scope) -> Result<Vec<Link>, Fault> {
    let (platform, actor) = (&admin.platform, &admin.actor);
    let effective = match scope {
        Scope::Version(version) => policies::of_version(platform, actor, version).await?,
        Scope::Route(route) => policies::of_route(platform, actor, route).await?,
        scope => {
            let own = policies::list(platform, actor, scope).await?;
            return Ok(own
                .into_iter()
                .map(|policy| Link {
                    runs: policy.enabled,
                    conditional: is_conditional(&policy),
                    origin: scope.scope().to_string(),
                    own: true,
                    policy,
                })
                .collect());
        }
    };
    Ok(effective
        .into_iter()
        .map(|one| Link {
            origin: one.origin.scope.to_string(),
            own: one.own,
            runs: one.runs,
            conditional: is_conditional(&one.policy),
            policy: one.policy,
        })
        .collect())
}

fn opened(
    admin: &Admin,
    scope: Scope,
    chain: &[Link],
    form: &Form,
) -> Result<Option<Opened>, Fault> {
    let (described, link) = if let Some(kind) = form.some("new") {
        (described(&kind)?, None)
    } else {
        let link = match form.some("policy") {
            Some(text) => {
                let wanted = id(&text)?;
                chain.iter().find(|link| link.policy.id == wanted)
            }
            None => chain.iter().find(|link| link.own).or(chain.first()),
        };
        let Some(link) = link else { return Ok(None) };
        (described(&link.policy.kind)?, Some(link))
    };
    let mut filled = form.clone();
    let config = link.map_or(Value::Object(serde_json::Map::new()), |link| {
        link.policy.config.0.clone()
    });
    if !form.came_back() {
        schema::begin(&mut filled, &described.schema, &config);
        let beside = link.map_or_else(Aside::default, |link| Aside::from(&link.policy));
        aside::begin(&mut filled, &beside);
        filled.set("json", format!("{config:#}"));
    }
    let policy = link.map(|link| link.policy.clone());
    let call = match &policy {
        Some(policy) => admin.api_call(
            "PUT",
            format!("/api/v1/policies/{}", policy.id),
            Some(serde_json::json!({
                "config": config, "enabled": policy.enabled, "name": policy.name,
                "conditions": policy.conditions.0, "on_error": policy.on_error,
            })),
        )
        .at(policy.version),
        None => admin.api_call(
            "POST",
            "/api/v1/policies",
            Some(serde_json::json!({
                "kind": described.kind, "scope": scope.scope(), "scope_id": scope.id(), "config": config,
            })),
        ),
    };
    Ok(Some(Opened {
        kind: described.kind,
        summary: described.summary,
        readme: described.readme,
        fields: schema::fields(&filled, &described.schema),
        aside: aside::fields(&filled),
        json: filled.get("json").to_owned(),
        own: link.is_none_or(|link| link.own),
        origin: link.map(|link| link.origin.clone()).unwrap_or_default(),
        policy,
        call,
    }))
}

fn is_conditional(policy: &Policy) -> bool {
    let conditions = policy.conditions.0.as_object();
    conditions.is_some_and(|parts| !parts.is_empty())
}

/// A kind of the registry.
pub(crate) fn described(kind: &str) -> Result<Described, Fault> {
    policies::kinds()
        .into_iter()
        .find(|described| described.kind == kind)
        .ok_or_else(|| operations::Error::not_found("policy", kind).into())
}
