//! A small gateway without sockets: entities in, one call at a time through every phase.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::api::{Lifecycle, PathKind, PlanState, PolicyScope, ProductState};
use domain::credential::{CredentialKind, CredentialState};
use domain::id::{Id, OperationId};
use domain::limit::{Period, Quota, RateLimit, Window};
use domain::subscription::{ApplicationState, SubscriptionState};
use domain::{Clock, Timestamp};
use gateway_policies::cache::store::CacheStore;
use gateway_policies::counters::Counters;
use gateway_policies::dice::Dice;
use gateway_policies::quotas::{Charge, Quotas};
use gateway_policies::request::Request;
use gateway_policies::response::Response;
use gateway_policies::services::{Offline, Services};
use gateway_policies::upstream::UpstreamRequest;
use gateway_snapshot::flow::{Admission, Passage};
use gateway_snapshot::live::{Found, Live};
use gateway_snapshot::model::{
    ApiVersion, Application, Credential, Entity, Plan, Policy, Product, Route, Subscription,
};
use gateway_snapshot::settings::RouteSettings;
use http::Method;
use pingora_http::{RequestHeader, ResponseHeader};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub(crate) const KEY: &str = "gh_live_a_key_for_tests";

/// 2026-11-20T17:30:00Z
const START: Timestamp = Timestamp::from_seconds(1_795_195_800);

pub(crate) fn id<T>(n: u128) -> Id<T> {
    Id::new(Uuid::from_u128(n))
}

pub(crate) fn policy(n: u128, kind: &str, scope: PolicyScope, on: u128, config: &str) -> Entity {
    Entity::Policy(Policy {
        id: id(n),
        kind: kind.into(),
        scope,
        scope_id: Uuid::from_u128(on),
        config: config.into(),
        position: 0,
        enabled: true,
        conditions: String::new(),
        on_error: None,
    })
}

/// One API version at `/a` with one route, sold under one plan (60 a minute, 1 000 a month) to one application.
fn entities() -> Vec<Entity> {
    vec![
        Entity::ApiVersion(ApiVersion {
            id: id(2),
            api: id(1_002),
            api_slug: "things".into(),
            api_name: "Things".into(),
            label: "v1".into(),
            lifecycle: Lifecycle::Published,
            upstream: None,
            hosts: Vec::new(),
            base_path: "/a".into(),
            deprecated_at: None,
            sunset_at: None,
            successor_url: None,
        }),
        Entity::Route(Route {
            id: id(3),
            api_version: id(2),
            operation: OperationId::NIL,
            name: "things".into(),
            methods: vec!["GET".into()],
            path: "/things/{id}".into(),
            path_kind: PathKind::Template,
            priority: 0,
            settings: RouteSettings::default(),
            enabled: true,
        }),
        Entity::Product(Product {
            id: id(4),
            slug: "things".into(),
            state: ProductState::Published,
            items: vec![id(2)],
        }),
        Entity::Plan(Plan {
            id: id(5),
            product: id(4),
            slug: "plan-5".into(),
            state: PlanState::Active,
            rate_limits: vec![RateLimit {
                requests: 60,
                window: Window::Minute,
            }],
            quota: Some(Quota {
                requests: 1_000,
                period: Period::Month,
            }),
            scopes: None,
        }),
        Entity::Application(Application {
            id: id(6),
            name: "App".into(),
            state: ApplicationState::Active,
        }),
        Entity::Subscription(Subscription {
            id: id(7),
            application: id(6),
            product: id(4),
            plan: id(5),
            state: SubscriptionState::Active,
        }),
        Entity::Credential(Credential {
            id: id(8),
            application: id(6),
            kind: CredentialKind::ApiKey,
            sealed: Vec::new(),
            hash: Sha256::digest(KEY.as_bytes()).into(),
            state: CredentialState::Active,
            expires_at: None,
        }),
    ]
}

pub(crate) struct World {
    pub(crate) live: Arc<Live>,
    pub(crate) services: Services,
    pub(crate) clock: Clock,
}

/// What came of a call.
pub(crate) struct Call {
    /// `through`, `answered 204`, or the code of the refusal.
    pub(crate) outcome: String,
    /// Request line and headers that the upstream got.
    pub(crate) sent: String,
    /// Headers that the caller got.
    pub(crate) answer: Vec<String>,
    pub(crate) charges: Vec<Charge>,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.answer.iter();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl World {
    pub(crate) fn new(change: impl FnOnce(&mut Vec<Entity>)) -> Self {
        let live = Arc::new(Live::new());
        let mut entities = entities();
        change(&mut entities);
        live.replace(1, entities).unwrap();
        Self {
            services: Services {
                credentials: live.clone(),
                counters: Arc::new(Counters::new(1_000)),
                quotas: Arc::new(Quotas::default()),
                slots: Arc::default(),
                proofs: Arc::default(),
                dice: Arc::new(Dice::seeded(1)),
                cache: Arc::new(CacheStore::new(1 << 20)),
                secrets: Arc::new(Offline),
                fetch: Arc::new(Offline),
                upstreams: Arc::new(Offline),
                background: Arc::new(Offline),
            },
            live,
            clock: Clock::manual(START),
        }
    }

    pub(crate) fn get(&self, target: &str, headers: &[(&str, &str)]) -> Call {
        self.call("GET", target, headers)
    }

    pub(crate) fn call(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Call {
        let mut header = RequestHeader::build(method, target.as_bytes(), None).unwrap();
        for (name, value) in headers {
            header.append_header((*name).to_owned(), *value).unwrap();
        }
        let path = header.uri.path().to_owned();
        let request = Request::new(&header, "api.example", &path, "192.0.2.7".parse().unwrap());
        let method: Method = method.parse().unwrap();
        let Found::Route(route) = self.live.find(&method, "api.example", &path) else {
            panic!("{method} {path} has no route");
        };
        let mut passage = Passage::new(route, self.clock.now());
        let admitted = ready(passage.admit(&request, &self.live, &self.services));
        let mut response = ResponseHeader::build(200, None).unwrap();
        let mut sent = String::new();
        let outcome = match admitted {
            Ok(Admission::Through) => {
                let mut copy = header.clone();
                let target = passage.route.upstream_path(&path).unwrap().into_owned();
                let query = header
                    .uri
                    .query()
                    .map(|q| format!("?{q}"))
                    .unwrap_or_default();
                copy.set_uri(format!("{target}{query}").parse().unwrap());
                let mut upstream = UpstreamRequest::new(&mut copy);
                ready(passage.upstream(&request, &mut upstream, &self.services)).unwrap();
                sent = format!("{} {}", copy.method, copy.uri);
                for (name, value) in &copy.headers {
                    sent = format!("{sent}\n{name}: {}", value.to_str().unwrap());
                }
                "through".to_owned()
            }
            Ok(Admission::Body(_)) => panic!("no policy here wants a body"),
            Ok(Admission::Answer(answer)) => {
                for (name, value) in answer.headers {
                    response.append_header(name, value).unwrap();
                }
                format!("answered {}", answer.status.as_u16())
            }
            Err(failure) => {
                for (name, value) in failure.headers {
                    response.append_header(name, value).unwrap();
                }
                failure.refusal.to_string()
            }
        };
        let mut view = if outcome == "through" {
            Response::from_upstream(&mut response)
        } else {
            Response::from_gateway(&mut response)
        };
        ready(passage.respond(&request, &mut view, &self.services)).unwrap();
        let lines = response.headers.iter();
        Call {
            outcome,
            sent,
            answer: lines
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                .collect(),
            charges: passage.exchange.charges.to_vec(),
        }
    }
}

/// The result of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("no policy here waits"),
    }
}
