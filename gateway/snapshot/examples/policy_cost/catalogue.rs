//! One API with one route, one plan and one caller.

use std::sync::Arc;

use domain::Timestamp;
use domain::api::{Lifecycle, PathKind, PlanState, PolicyScope, ProductState};
use domain::credential::{CredentialKind, CredentialState};
use domain::id::Id;
use domain::oauth::{KEY_PURPOSE, SigningAlgorithm};
use domain::subscription::{ApplicationState, SubscriptionState};
use gateway_policies::kind::Stage;
use gateway_policies::registry;
use gateway_snapshot::model::{
    ApiVersion, Application, Contract, Credential, Entity, Plan, Policy, Product, Route,
    SigningKey, Subscription, Target, Upstream,
};
use gateway_snapshot::settings::{Access, RouteSettings, UpstreamSettings};
use ring::signature::KeyPair as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::cases::{Case, KEY, sealed, signer};

/// When the first request comes.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn id<T>(n: u128) -> Id<T> {
    Id::new(Uuid::from_u128(n))
}

/// What is configured: with the policy when there is a configuration for it.
pub(crate) fn entities(case: &Case, kind: &str, config: Option<&str>) -> Vec<Entity> {
    let (_, found) = registry::find(kind).unwrap();
    let access = match config {
        None if found.stage == Stage::Authenticate => Access::Open,
        _ => case.access,
    };
    let mut all = vec![
        Entity::Upstream(Upstream {
            id: id(1),
            slug: "shop".into(),
            settings: UpstreamSettings::default(),
            targets: vec![Target {
                id: id(1),
                url: "http://127.0.0.1:9000/".into(),
                weight: 1,
                enabled: true,
            }],
        }),
        Entity::ApiVersion(ApiVersion {
            id: id(2),
            api: id(20),
            api_slug: "shop".into(),
            api_name: "Shop".into(),
            label: "v1".into(),
            lifecycle: Lifecycle::Published,
            upstream: Some(id(1)),
            hosts: Vec::new(),
            base_path: "/shop".into(),
            deprecated_at: None,
            sunset_at: None,
            successor_url: None,
        }),
        Entity::Contract(contract()),
        Entity::Route(Route {
            id: id(3),
            api_version: id(2),
            operation: id(30),
            name: "orders".into(),
            methods: Vec::new(),
            path: "/orders/{id}".into(),
            path_kind: PathKind::Template,
            priority: 0,
            settings: RouteSettings {
                access,
                ..RouteSettings::default()
            },
            enabled: true,
        }),
        Entity::Product(Product {
            id: id(4),
            slug: "shop".into(),
            state: ProductState::Published,
            items: vec![id(2)],
        }),
        Entity::Plan(Plan {
            id: id(5),
            product: id(4),
            slug: "standard".into(),
            state: PlanState::Active,
            rate_limits: Vec::new(),
            quota: None,
            scopes: None,
        }),
        Entity::SigningKey(SigningKey {
            id: id(40),
            purpose: KEY_PURPOSE.into(),
            algorithm: SigningAlgorithm::EdDSA,
            public_key: signer().public_key().as_ref().to_vec(),
            retired_at: None,
        }),
        Entity::Application(Application {
            id: id(6),
            name: "Crane".into(),
            state: ApplicationState::Active,
        }),
        Entity::Subscription(Subscription {
            id: id(7),
            application: id(6),
            product: id(4),
            plan: id(5),
            state: SubscriptionState::Active,
        }),
    ];
    let key: [u8; 32] = Sha256::digest(KEY.as_bytes()).into();
    let own = case.held.filter(|(kind, _)| *kind != "api_key");
    let held = [("api_key", key)].into_iter().chain(own);
    all.extend(held.zip(8..).map(|((kind, hash), n)| {
        Entity::Credential(Credential {
            id: id(n),
            application: id(6),
            kind: kind.parse::<CredentialKind>().unwrap(),
            sealed: if kind == "hmac" { sealed() } else { Vec::new() },
            hash,
            state: CredentialState::Active,
            expires_at: None,
        })
    }));
    all.extend(config.map(|config| {
        Entity::Policy(Policy {
            id: id(40),
            kind: kind.into(),
            scope: PolicyScope::Route,
            scope_id: Uuid::from_u128(3),
            config: config.into(),
            position: 0,
            enabled: true,
            conditions: String::new(),
            on_error: None,
        })
    }));
    all
}

/// The document, with the operation that the route stands for.
fn contract() -> Contract {
    let order = json!({ "type": "object", "required": ["lines"], "properties": {
        "id": { "type": "integer" },
        "lines": { "type": "array", "items": { "type": "object", "required": ["sku"], "properties": {
            "sku": { "type": "string", "minLength": 2 }, "count": { "type": "integer", "maximum": 100 } } } },
        "user": { "type": "object", "properties": { "name": { "type": "string" } } },
    } });
    let content =
        json!({ "application/json": { "schema": order, "example": { "id": 1, "lines": [] } } });
    let operation = json!({
        "operationId": "order",
        "parameters": [{ "name": "page", "in": "query", "schema": { "type": "integer" } }],
        "requestBody": { "content": content },
        "responses": { "200": { "description": "ok", "content": content } },
    });
    let document: Value = json!({
        "openapi": "3.1.0", "info": { "title": "Shop", "version": "1" },
        "paths": { "/orders/{id}": { "post": operation } },
    });
    let bytes = document.to_string();
    let document = openapi::parse(bytes.as_bytes(), &openapi::Limits::default()).unwrap();
    let wants = openapi::contract::Wants {
        requests: true,
        responses: true,
        examples: true,
        scopes: false,
    };
    let contract = openapi::contract::of(&document, wants, |_| true).unwrap();
    let keys = contract.operations.iter().map(|one| one.key.clone());
    Contract {
        api_version: id(2),
        operations: keys.map(|key| (id(30), key)).collect(),
        document: Arc::from(serde_json::to_string(&contract).unwrap()),
    }
}
