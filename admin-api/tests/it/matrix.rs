//! Who may call what: every endpoint of the document, for every role, on things that are not there and on things of
//! others. An endpoint that is missing in [`TABLE`] fails the test.

use std::collections::BTreeSet;

use axum::http::Method;
use domain::access::{Permission as P, Role};
use domain::actor::Actor;
use operations::credentials::{self, Wanted};
use serde_json::{Value, json};
use store::oauth_grants::{self, Grant};

use crate::config;
use crate::house::House;
use crate::journey::{self, DOCUMENT};
use crate::papers;

/// What a call needs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// A token, whatever it may.
    Token,
    /// A person, signed in: no token will do.
    Person,
    /// This permission, whether the thing exists or not.
    May(P),
    /// The first to know that the thing exists, the second to do it: for others it is not there.
    Reach(P, P),
    /// To be the person it belongs to: for everybody else it is not there.
    Own,
}
use Need::{May, Own, Person, Reach, Token};

/// Methods and paths below `/api/v1`, what they need, and a body where they take one.
#[rustfmt::skip]
pub(crate) const TABLE: &[(&str, &str, Need, &str)] = &[
    ("GET", "/accounts", May(P::ConsumersRead), ""),
    ("POST", "/accounts", May(P::SystemWrite), r#"{"email":"new@harbor.example","name":"New"}"#),
    ("POST", "/accounts/batches", May(P::SystemWrite), r#"{"items":[]}"#),
    ("GET", "/accounts/{account}", May(P::ConsumersRead), ""),
    ("POST", "/accounts/{account}/approve", May(P::RequestsDecide), ""),
    ("POST", "/accounts/{account}/suspend", May(P::SystemWrite), r#"{"reason":"test"}"#),
    ("POST", "/accounts/{account}/resume", May(P::SystemWrite), ""),
    ("PUT", "/accounts/{account}/roles/{role}", May(P::SystemWrite), ""),
    ("DELETE", "/accounts/{account}/roles/{role}", May(P::SystemWrite), ""),
    ("GET", "/acme-orders", May(P::CatalogRead), ""),
    ("POST", "/acme-orders", May(P::CatalogWrite), r#"{"names":["new.example.com"]}"#),
    ("GET", "/acme-orders/{acme_order}", May(P::CatalogRead), ""),
    ("DELETE", "/acme-orders/{acme_order}", May(P::CatalogWrite), ""),
    ("POST", "/acme-orders/{acme_order}/retry", May(P::CatalogWrite), ""),
    ("GET", "/apis", May(P::CatalogRead), ""),
    ("POST", "/apis", May(P::CatalogWrite), r#"{"name":"Another"}"#),
    ("GET", "/apis/{api}", May(P::CatalogRead), ""),
    ("PUT", "/apis/{api}", May(P::CatalogWrite), r#"{"name":"Parcels"}"#),
    ("DELETE", "/apis/{api}", May(P::CatalogWrite), ""),
    ("POST", "/apis/{api}/versions", May(P::CatalogWrite), r#"{"label":"v9","base_path":"/v9"}"#),
    ("GET", "/applications", May(P::ConsumersRead), ""),
    ("POST", "/applications", May(P::ConsumersWrite), r#"{"name":"Another"}"#),
    ("POST", "/applications/batches", May(P::ConsumersWrite), r#"{"items":[]}"#),
    ("GET", "/applications/{application}", Reach(P::ConsumersRead, P::ConsumersRead), ""),
    ("PUT", "/applications/{application}", Reach(P::ConsumersRead, P::ConsumersWrite), r#"{"name":"Shop"}"#),
    ("DELETE", "/applications/{application}", Reach(P::ConsumersRead, P::ConsumersWrite), ""),
    ("POST", "/applications/{application}/suspend", May(P::ConsumersWrite), r#"{"reason":"test"}"#),
    ("POST", "/applications/{application}/resume", May(P::ConsumersWrite), ""),
    ("GET", "/applications/{application}/credentials", Reach(P::ConsumersRead, P::ConsumersRead), ""),
    ("POST", "/applications/{application}/credentials", Reach(P::ConsumersRead, P::ConsumersWrite), r#"{"label":"test"}"#),
    ("GET", "/audit", May(P::AuditRead), ""),
    ("GET", "/authorisations", Token, ""),
    ("DELETE", "/authorisations/{authorisation}", Own, ""),
    ("POST", "/cache/purges", May(P::CatalogWrite), r#"{"tag":"prices"}"#),
    ("GET", "/cas", May(P::CatalogRead), ""),
    ("POST", "/cas", May(P::CatalogWrite), r#"{"name":"Own","bundle":"none"}"#),
    ("GET", "/cas/{ca}", May(P::CatalogRead), ""),
    ("PUT", "/cas/{ca}", May(P::CatalogWrite), "{\"name\":\"Own\",\"bundle\":BUNDLE}"),
    ("DELETE", "/cas/{ca}", May(P::CatalogWrite), ""),
    ("GET", "/certificates", May(P::CatalogRead), ""),
    ("POST", "/certificates", May(P::CatalogWrite), r#"{"name":"a.test","chain":"none","key":"none"}"#),
    ("GET", "/certificates/{certificate}", May(P::CatalogRead), ""),
    ("PUT", "/certificates/{certificate}", May(P::CatalogWrite), r#"{"name":"a.test"}"#),
    ("DELETE", "/certificates/{certificate}", May(P::CatalogWrite), ""),
    ("GET", "/config", May(P::CatalogWrite), ""),
    ("POST", "/config", May(P::CatalogWrite), r#"{"gatehouse":1}"#),
    ("GET", "/config/declarations", May(P::CatalogRead), ""),
    ("POST", "/config/declarations/check", May(P::CatalogWrite), ""),
    ("DELETE", "/config/declarations/{declaration}", May(P::CatalogWrite), ""),
    ("GET", "/credentials/{credential}", Reach(P::ConsumersRead, P::ConsumersRead), ""),
    ("POST", "/credentials/{credential}/rotate", Reach(P::ConsumersRead, P::ConsumersWrite), r#"{"overlap":"day"}"#),
    ("POST", "/credentials/{credential}/revoke", Reach(P::ConsumersRead, P::ConsumersWrite), r#"{"reason":"test"}"#),
    ("POST", "/credentials/revocations", May(P::ConsumersWrite), r#"{"credential_ids":[],"reason":"test"}"#),
    ("POST", "/imports", May(P::CatalogWrite), "{\"document\":DOCUMENT}"),
    ("POST", "/imports/preview", May(P::CatalogWrite), "{\"document\":DOCUMENT}"),
    ("GET", "/versions/{version_id}/document", May(P::CatalogRead), ""),
    ("PUT", "/versions/{version_id}/document", May(P::CatalogWrite), "{\"document\":DOCUMENT}"),
    ("POST", "/versions/{version_id}/document/compare", May(P::CatalogWrite), "{\"document\":DOCUMENT}"),
    ("GET", "/me", Token, ""),
    ("GET", "/nodes", May(P::SystemRead), ""),
    ("POST", "/oauth-keys", May(P::SystemWrite), ""),
    ("GET", "/outbox", May(P::AuditRead), ""),
    ("POST", "/outbox/{message}/retry", May(P::SystemWrite), ""),
    ("GET", "/plans/{plan}", May(P::CatalogRead), ""),
    ("PUT", "/plans/{plan}", May(P::CatalogWrite), r#"{"name":"Standard","slug":"standard"}"#),
    ("DELETE", "/plans/{plan}", May(P::CatalogWrite), ""),
    ("POST", "/plans/{plan}/retire", May(P::CatalogWrite), ""),
    ("GET", "/policies?scope=global", May(P::CatalogRead), ""),
    ("POST", "/policies", May(P::CatalogWrite), r#"{"kind":"key_auth","scope":"global","config":{}}"#),
    ("GET", "/policies/{policy}", May(P::CatalogRead), ""),
    ("PUT", "/policies/{policy}", May(P::CatalogWrite), r#"{"config":{},"enabled":true}"#),
    ("DELETE", "/policies/{policy}", May(P::CatalogWrite), ""),
    ("GET", "/policy-kinds", May(P::CatalogRead), ""),
    ("GET", "/routes/{route}/policies", May(P::CatalogRead), ""),
    ("POST", "/dry-runs", May(P::CatalogRead), r#"{"method":"GET","host":"localhost","path":"/"}"#),
    ("GET", "/products", May(P::CatalogRead), ""),
    ("POST", "/products", May(P::CatalogWrite), r#"{"name":"More","slug":"more"}"#),
    ("GET", "/products/{product}", May(P::CatalogRead), ""),
    ("PUT", "/products/{product}", May(P::CatalogWrite), r#"{"name":"Parcels","slug":"parcels"}"#),
    ("DELETE", "/products/{product}", May(P::CatalogWrite), ""),
    ("PUT", "/products/{product}/items/{version_id}", May(P::CatalogWrite), ""),
    ("DELETE", "/products/{product}/items/{version_id}", May(P::CatalogWrite), ""),
    ("GET", "/products/{product}/plans", May(P::CatalogRead), ""),
    ("POST", "/products/{product}/plans", May(P::CatalogWrite), r#"{"name":"Large","slug":"large"}"#),
    ("POST", "/products/{product}/publish", May(P::CatalogWrite), ""),
    ("POST", "/products/{product}/retire", May(P::CatalogWrite), ""),
    ("GET", "/requests", May(P::UsageRead), ""),
    ("GET", "/routes/{route}", May(P::CatalogRead), ""),
    ("PUT", "/routes/{route}", May(P::CatalogWrite), r#"{"path":"/parcels"}"#),
    ("DELETE", "/routes/{route}", May(P::CatalogWrite), ""),
    ("GET", "/subscriptions", May(P::ConsumersRead), ""),
    ("POST", "/subscriptions", Reach(P::ConsumersRead, P::ConsumersWrite), r#"{"application_id":"{application}","plan_id":"{plan}"}"#),
    ("POST", "/subscriptions/batches", May(P::ConsumersWrite), r#"{"items":[]}"#),
    ("POST", "/subscriptions/decisions", May(P::RequestsDecide), r#"{"subscription_ids":[],"decision":"approve"}"#),
    ("GET", "/subscriptions/{subscription}", Reach(P::ConsumersRead, P::ConsumersRead), ""),
    ("POST", "/subscriptions/{subscription}/approve", May(P::RequestsDecide), r#"{"reason":"test"}"#),
    ("POST", "/subscriptions/{subscription}/reject", May(P::RequestsDecide), r#"{"reason":"test"}"#),
    ("POST", "/subscriptions/{subscription}/suspend", May(P::ConsumersWrite), r#"{"reason":"test"}"#),
    ("POST", "/subscriptions/{subscription}/resume", May(P::ConsumersWrite), ""),
    ("POST", "/subscriptions/{subscription}/plan", Reach(P::ConsumersRead, P::ConsumersWrite), r#"{"plan_id":"00000000-0000-0000-0000-000000000001"}"#),
    ("POST", "/subscriptions/{subscription}/cancel", Reach(P::ConsumersRead, P::ConsumersWrite), r#"{"reason":"test"}"#),
    ("GET", "/tokens", Token, ""),
    ("POST", "/tokens", Person, r#"{"name":"test","scopes":["catalog:read"]}"#),
    ("DELETE", "/tokens/{token}", Reach(P::SystemWrite, P::SystemWrite), ""),
    ("GET", "/upstreams", May(P::CatalogRead), ""),
    ("POST", "/upstreams", May(P::CatalogWrite), r#"{"name":"More","targets":[{"url":"https://parcels.example.com"}]}"#),
    ("GET", "/upstreams/{upstream}", May(P::CatalogRead), ""),
    ("PUT", "/upstreams/{upstream}", May(P::CatalogWrite), r#"{"name":"More","targets":[{"url":"https://parcels.example.com"}]}"#),
    ("DELETE", "/upstreams/{upstream}", May(P::CatalogWrite), ""),
    ("GET", "/usage", May(P::UsageRead), ""),
    ("GET", "/versions/{version_id}", May(P::CatalogRead), ""),
    ("PUT", "/versions/{version_id}", May(P::CatalogWrite), r#"{"label":"v1","base_path":"/v1"}"#),
    ("DELETE", "/versions/{version_id}", May(P::CatalogWrite), ""),
    ("POST", "/versions/{version_id}/publish", May(P::CatalogWrite), ""),
    ("POST", "/versions/{version_id}/unpublish", May(P::CatalogWrite), ""),
    ("POST", "/versions/{version_id}/deprecate", May(P::CatalogWrite), "{}"),
    ("POST", "/versions/{version_id}/retire", May(P::CatalogWrite), ""),
    ("GET", "/versions/{version_id}/routes", May(P::CatalogRead), ""),
    ("POST", "/versions/{version_id}/routes", May(P::CatalogWrite), r#"{"path":"/more"}"#),
];

/// What may come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// 401
    SignIn,
    /// 403
    Forbidden,
    /// 404
    Missing,
    /// Done, or refused for what the thing is now.
    Let,
}

impl Verdict {
    pub(crate) fn of(status: u16) -> Option<Self> {
        match status {
            401 => Some(Self::SignIn),
            403 => Some(Self::Forbidden),
            404 => Some(Self::Missing),
            200..=299 | 409 | 412 | 422 => Some(Self::Let),
            _ => None,
        }
    }

    pub(crate) fn expected(need: Need, held: &[P], exists: bool) -> Self {
        let has = |permission| held.contains(&permission);
        match need {
            Need::Person => Self::Forbidden,
            Need::May(permission) if !has(permission) => Self::Forbidden,
            Need::Reach(read, _) if !has(read) || !exists => Self::Missing,
            Need::Reach(_, write) if !has(write) => Self::Forbidden,
            Need::Own => Self::Missing,
            _ if !exists => Self::Missing,
            _ => Self::Let,
        }
    }
}

/// A table of things: their names in paths, and their ids.
pub(crate) type Things = Vec<(&'static str, String)>;

pub(crate) fn fill(text: &str, things: &Things) -> String {
    let text = text.replace("DOCUMENT", &json!(DOCUMENT).to_string());
    let text = text.replace("BUNDLE", &json!(papers::authority().pem).to_string());
    things.iter().fold(text, |text, (name, id)| {
        text.replace(&format!("{{{name}}}"), id)
    })
}

/// Things that are not there.
fn nothing() -> Things {
    let names = [
        "account",
        "acme_order",
        "api",
        "application",
        "authorisation",
        "ca",
        "certificate",
        "credential",
        "declaration",
        "message",
        "plan",
        "policy",
        "product",
        "route",
        "subscription",
        "token",
        "upstream",
        "version_id",
    ];
    let mut things: Things = names
        .into_iter()
        .map(|name| (name, "0198a000-0000-7000-8000-000000000001".to_owned()))
        .collect();
    things.push(("role", "viewer".to_owned()));
    things
}

/// Things of others.
pub(crate) async fn foreign(house: &House) -> Things {
    let keeper = house.token(Some(Role::Admin)).await;
    let made = journey::walk(house, &keeper).await;
    let list = async |path: String| -> Value {
        let answer = house
            .call(
                Method::GET,
                &format!("/api/v1{path}"),
                Some(&keeper),
                None,
                None,
            )
            .await;
        answer.json()["items"][0]["id"].clone()
    };
    let text = |id: Value| id.as_str().unwrap().to_owned();
    let eve = house.platform.developer("eve@pier.example").await;
    let policies = format!("/policies?scope=version&scope_id={}", made.version);
    let routes = format!("/versions/{}/routes", made.version);
    let (ca, certificate) = papers::upload(house, &keeper).await;
    let grant = allowed(house, &eve, &made.application).await;
    config::applied(house, &keeper, r#"{"gatehouse":1,"tag":"matrix"}"#).await;
    vec![
        ("authorisation", grant),
        (
            "declaration",
            text(list("/config/declarations".to_owned()).await),
        ),
        ("route", text(list(routes).await)),
        ("policy", text(list(policies).await)),
        ("upstream", text(list("/upstreams".to_owned()).await)),
        ("token", text(list("/tokens".to_owned()).await)),
        ("message", text(list("/outbox".to_owned()).await)),
        ("account", eve.account().unwrap().uuid().to_string()),
        ("acme_order", papers::order(house, &keeper).await),
        ("ca", ca),
        ("certificate", certificate),
        ("api", made.api),
        ("version_id", made.version),
        ("product", made.product),
        ("plan", made.plan),
        ("application", made.application),
        ("subscription", made.subscription),
        ("credential", made.credential),
        ("role", "viewer".to_owned()),
    ]
}

/// What somebody allowed an OAuth client.
async fn allowed(house: &House, person: &Actor, application: &str) -> String {
    let wanted = Wanted::OauthClient {
        redirect_uris: Vec::new(),
        is_confidential: true,
    };
    let application = application.parse().unwrap();
    let client = credentials::issue(
        &house.platform,
        &house.admin,
        application,
        "Desk",
        None,
        &wanted,
    );
    let now = house.platform.now();
    let grant = Grant {
        id: house.platform.new_id(),
        workspace_id: person.workspace,
        account_id: person.account().unwrap(),
        credential_id: client.await.ok().unwrap().id,
        scopes: "read".to_owned(),
        created_at: now,
        updated_at: now,
        withdrawn_at: None,
    };
    let mut tx = house.platform.db.begin().await.unwrap();
    oauth_grants::insert(&mut tx, &grant).await.unwrap();
    tx.commit().await.unwrap();
    grant.id.to_string()
}

/// Calls everything with one token; tells what came back that should not have.
async fn wrong(
    house: &House,
    role: Option<Role>,
    token: &str,
    things: &Things,
    there: bool,
) -> Vec<String> {
    let held = role.map_or(&[][..], Role::permissions);
    let mut wrong = Vec::new();
    for (verb, path, need, body) in TABLE {
        let method: Method = verb.parse().unwrap();
        let named = path.contains('{') || body.contains("{application}");
        let url = format!("/api/v1{}", fill(path, things));
        let body = Some(fill(body, things)).filter(|body| !body.is_empty());
        // A version that nothing is at: whoever is let through changes nothing.
        let answer = house
            .call(method, &url, Some(token), Some("\"99\""), body)
            .await;
        let expected = Verdict::expected(*need, held, there || !named);
        if Verdict::of(answer.status.as_u16()) != Some(expected) {
            wrong.push(format!(
                "{role:?} {verb} {path}: {} not {expected:?}: {}",
                answer.status, answer.text
            ));
        }
    }
    wrong
}

pub(crate) const ROLES: [Option<Role>; 5] = [
    None,
    Some(Role::Viewer),
    Some(Role::Approver),
    Some(Role::ApiOwner),
    Some(Role::Admin),
];

#[test]
fn the_table_holds_every_endpoint() {
    let document: Value = serde_json::from_str(&admin_api::document_json()).unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for verb in ["get", "put", "post", "delete", "patch", "head", "options"] {
            if item.get(verb).is_some() {
                let path = path.strip_prefix("/api/v1").unwrap();
                described.insert((verb.to_uppercase(), path.to_owned()));
            }
        }
    }
    let known: BTreeSet<_> = TABLE
        .iter()
        .map(|(verb, path, ..)| {
            (
                (*verb).to_owned(),
                path.split('?').next().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(described, known);
    assert_eq!(TABLE.len(), known.len(), "an endpoint stands twice");
}

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let house = House::build().await;
    for (verb, path, ..) in TABLE {
        let url = format!("/api/v1{}", fill(path, &nothing()));
        let answer = house
            .call(verb.parse().unwrap(), &url, None, None, None)
            .await;
        let verdict = Verdict::of(answer.status.as_u16());
        assert_eq!(
            verdict,
            Some(Verdict::SignIn),
            "{verb} {path}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn each_role_on_what_is_not_there() {
    let house = House::build().await;
    let mut all = Vec::new();
    for role in ROLES {
        let token = house.token(role).await;
        all.extend(wrong(&house, role, &token, &nothing(), false).await);
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[tokio::test]
async fn each_role_on_what_others_own() {
    let mut all = Vec::new();
    for role in ROLES {
        let house = House::build().await;
        let things = foreign(&house).await;
        let token = match role {
            Some(Role::Admin) => house.second_admin().await,
            other => house.token(other).await,
        };
        all.extend(wrong(&house, role, &token, &things, true).await);
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
