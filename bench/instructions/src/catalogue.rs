//! What the gateway serves: an open route, and a hundred routes for callers with a key, a subscription, limits and a quota.

use std::net::SocketAddr;

use domain::api::{Lifecycle, PathKind, PlanState, ProductState};
use domain::credential::{CredentialKind, CredentialState};
use domain::id::{Id, OperationId};
use domain::limit::{Period, Quota, RateLimit, Window};
use domain::subscription::{ApplicationState, SubscriptionState};
use gateway_snapshot::model::{
    ApiVersion, Application, Credential, Entity, Plan, Product, Route, Subscription, Target,
    Upstream,
};
use gateway_snapshot::settings::{Access, RouteSettings, UpstreamSettings};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The key of the caller.
pub(crate) const KEY: &str = "a key that is only known here";

/// Everything.
pub(crate) fn entities(upstream: SocketAddr) -> Vec<Entity> {
    let mut all = vec![
        Entity::Upstream(Upstream {
            id: id(1),
            slug: "upstream".to_owned(),
            settings: UpstreamSettings::default(),
            targets: vec![Target {
                id: id(2),
                url: format!("http://{upstream}"),
                weight: 1,
                enabled: true,
            }],
        }),
        version(3, "plain", "/plain"),
        version(4, "api", "/api"),
        route(10, 3, "/small", Access::Open),
    ];
    all.extend((0..100).map(|n| route(100 + n, 4, &format!("/{n}/small"), Access::Subscription)));
    all.extend(caller());
    all
}

fn id<T>(n: u128) -> Id<T> {
    Id::new(Uuid::from_u128(n))
}

fn version(n: u128, name: &str, base_path: &str) -> Entity {
    Entity::ApiVersion(ApiVersion {
        id: id(n),
        api: id(1_000 + n),
        api_slug: name.to_owned(),
        api_name: name.to_owned(),
        label: "v1".to_owned(),
        lifecycle: Lifecycle::Published,
        upstream: Some(id(1)),
        hosts: Vec::new(),
        base_path: base_path.to_owned(),
        deprecated_at: None,
        sunset_at: None,
        successor_url: None,
    })
}

fn route(n: u128, version: u128, path: &str, access: Access) -> Entity {
    Entity::Route(Route {
        id: id(n),
        api_version: id(version),
        operation: OperationId::NIL,
        name: path.to_owned(),
        methods: vec!["GET".to_owned()],
        path: path.to_owned(),
        path_kind: PathKind::Exact,
        priority: 0,
        settings: RouteSettings {
            access,
            ..RouteSettings::default()
        },
        enabled: true,
    })
}

/// An application with a subscription to a plan with limits, and its key.
fn caller() -> Vec<Entity> {
    vec![
        Entity::Product(Product {
            id: id(20),
            slug: "product".to_owned(),
            state: ProductState::Published,
            items: vec![id(4)],
        }),
        Entity::Plan(Plan {
            id: id(21),
            product: id(20),
            slug: "gold".to_owned(),
            state: PlanState::Active,
            rate_limits: vec![RateLimit {
                requests: 1_000_000,
                window: Window::Minute,
            }],
            quota: Some(Quota {
                requests: 1_000_000_000,
                period: Period::Month,
            }),
            scopes: None,
        }),
        Entity::Application(Application {
            id: id(22),
            name: "caller".to_owned(),
            state: ApplicationState::Active,
        }),
        Entity::Subscription(Subscription {
            id: id(23),
            application: id(22),
            product: id(20),
            plan: id(21),
            state: SubscriptionState::Active,
        }),
        Entity::Credential(Credential {
            id: id(24),
            application: id(22),
            kind: CredentialKind::ApiKey,
            hash: Sha256::digest(KEY.as_bytes()).into(),
            sealed: Vec::new(),
            state: CredentialState::Active,
            expires_at: None,
        }),
    ]
}
