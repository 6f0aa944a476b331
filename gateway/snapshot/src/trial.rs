//! What the tests of the crate share: entities with as few words as they need.

use domain::api::{Lifecycle, PathKind, PlanState, PolicyScope, ProductState};
use domain::credential::{CredentialKind, CredentialState};
use domain::id::{Id, OperationId};
use domain::limit::{Quota, RateLimit, Window};
use domain::subscription::{ApplicationState, SubscriptionState};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::model::{
    ApiVersion, Application, Credential, Entity, Plan, Policy, Product, Route, Subscription,
    Target, Upstream,
};
use crate::settings::{RouteSettings, UpstreamSettings};

pub(crate) fn id<T>(n: u128) -> Id<T> {
    Id::new(Uuid::from_u128(n))
}

pub(crate) fn upstream(n: u128) -> Upstream {
    Upstream {
        id: id(n),
        slug: format!("upstream-{n}"),
        settings: UpstreamSettings::default(),
        targets: vec![Target {
            id: id(n),
            url: format!("http://127.0.0.1:{}/base/", 9_000 + n),
            weight: 1,
            enabled: true,
        }],
    }
}

pub(crate) fn version(n: u128, base_path: &str) -> ApiVersion {
    ApiVersion {
        id: id(n),
        api: id(n + 1_000),
        api_slug: format!("api-{n}"),
        api_name: format!("API {n}"),
        label: "v1".into(),
        lifecycle: Lifecycle::Published,
        upstream: Some(id(1)),
        hosts: Vec::new(),
        base_path: base_path.into(),
        deprecated_at: None,
        sunset_at: None,
        successor_url: None,
    }
}

/// `GET,POST /path`: without methods it takes all.
pub(crate) fn route(n: u128, version: u128, line: &str, kind: PathKind) -> Route {
    let (methods, path) = line.split_once(' ').unwrap_or(("", line));
    Route {
        id: id(n),
        api_version: id(version),
        operation: OperationId::NIL,
        name: line.into(),
        methods: methods
            .split(',')
            .filter(|m| !m.is_empty())
            .map(String::from)
            .collect(),
        path: path.into(),
        path_kind: kind,
        priority: 0,
        settings: RouteSettings::default(),
        enabled: true,
    }
}

pub(crate) fn policy(n: u128, kind: &str, scope: PolicyScope, on: u128, config: &str) -> Policy {
    Policy {
        id: id(n),
        kind: kind.into(),
        scope,
        scope_id: Uuid::from_u128(on),
        config: config.into(),
        position: 0,
        enabled: true,
        conditions: String::new(),
        on_error: None,
    }
}

pub(crate) fn product(n: u128, items: &[u128]) -> Product {
    Product {
        id: id(n),
        slug: format!("product-{n}"),
        state: ProductState::Published,
        items: items.iter().map(|n| id(*n)).collect(),
    }
}

pub(crate) fn plan(n: u128, product: u128, per_minute: u64, quota: Option<Quota>) -> Plan {
    Plan {
        id: id(n),
        product: id(product),
        slug: format!("plan-{n}"),
        state: PlanState::Active,
        rate_limits: vec![RateLimit {
            requests: per_minute,
            window: Window::Minute,
        }],
        quota,
        scopes: None,
    }
}

pub(crate) fn application(n: u128) -> Application {
    Application {
        id: id(n),
        name: format!("App {n}"),
        state: ApplicationState::Active,
    }
}

pub(crate) fn subscription(n: u128, application: u128, product: u128, plan: u128) -> Subscription {
    Subscription {
        id: id(n),
        application: id(application),
        product: id(product),
        plan: id(plan),
        state: SubscriptionState::Active,
    }
}

pub(crate) fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

pub(crate) fn credential(n: u128, application: u128, key: &str) -> Credential {
    Credential {
        id: id(n),
        application: id(application),
        kind: CredentialKind::ApiKey,
        sealed: Vec::new(),
        hash: hash(key),
        state: CredentialState::Active,
        expires_at: None,
    }
}

/// One API version at `/a` with one route, sold under one plan to one application with the key `key`.
pub(crate) fn small() -> Vec<Entity> {
    vec![
        Entity::Upstream(upstream(1)),
        Entity::ApiVersion(version(2, "/a")),
        Entity::Route(route(3, 2, "GET,POST /things/{id}", PathKind::Template)),
        Entity::Product(product(4, &[2])),
        Entity::Plan(plan(5, 4, 60, None)),
        Entity::Application(application(6)),
        Entity::Subscription(subscription(7, 6, 4, 5)),
        Entity::Credential(credential(8, 6, "key")),
    ]
}
