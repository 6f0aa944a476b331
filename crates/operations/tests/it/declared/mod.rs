//! Configuration as code: what the tests of it share.

mod applying;
mod clients;
mod drift;
mod elsewhere;

use declaration::{Answers, Declaration, Syntax};
use domain::actor::Actor;
use domain::id::DEFAULT_WORKSPACE;
use operations::Error;
use operations::declared::{self, Request, Selection};
use testkit::TestPlatform;

pub(in crate::declared) fn cli() -> Actor {
    Actor {
        name: "cli".to_owned(),
        ..Actor::system(DEFAULT_WORKSPACE)
    }
}

pub(in crate::declared) fn written(text: &str) -> Declaration {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("all.yaml");
    std::fs::write(&path, text).expect("it is written");
    let draft = declaration::read(&path).expect("it is read");
    draft.resolve(&Answers::new()).expect("it is sound")
}

pub(in crate::declared) async fn applied(
    platform: &TestPlatform,
    request: Request,
) -> Result<declared::Report, Error> {
    Box::pin(declared::apply(platform, &cli(), request, &|_, _| {})).await
}

pub(in crate::declared) fn of(declaration: Declaration) -> Request {
    Request {
        declaration,
        ..Request::default()
    }
}

pub(in crate::declared) async fn exported(
    platform: &TestPlatform,
) -> (String, String, Declaration) {
    let selection = Selection {
        tag: None,
        applications: true,
    };
    let found = declared::export(platform, &cli(), &selection)
        .await
        .expect("an export");
    let text = declaration::one_file(&found.declaration, Syntax::Yaml).expect("it is written");
    (text, found.hash, found.declaration)
}

pub(in crate::declared) const HARBOR: &str = r#"
gatehouse: 1
tag: harbor
upstreams:
  - slug: rates
    settings: { retries: 3, protocol: auto }
    targets: [{ url: "https://b.rates.example" }, { url: "https://a.rates.example", weight: 10 }]
policies:
  - kind: correlation_id
  - kind: request_size_limit
    config: { max_body_bytes: 100000 }
apis:
  - slug: shipping
    name: Shipping
    summary: Rates and labels.
    tags: [Parcels]
    policies:
      - kind: upstream_auth
        config: { header: { name: X-Upstream-Key, value: "a-secret-of-the-upstream" } }
    versions:
      - label: v1
        lifecycle: deprecated
        sunset_at: 2027-05-01T00:00:00Z
        successor: v2
        upstream: rates
        base_path: /shipping/v1
        routes: [{ methods: [GET], path: /rates }]
      - label: v2
        upstream: rates
        base_path: /shipping/v2
        document:
          text: |
            openapi: 3.1.0
            info: { title: Shipping, version: 2.0.0 }
            paths:
              /rates: { get: { operationId: listRates, responses: { "200": { description: fine } } } }
              /labels: { post: { operationId: makeLabel, responses: { "200": { description: fine } } } }
        routes_from_document: true
        routes:
          - methods: [GET]
            path: /health
            settings: { access: open }
            policies: [{ kind: cors, config: { origins: ["https://harbor.example"] } }]
products:
  - slug: parcels
    own_of: shipping
    versions: [shipping/v2, shipping/v1]
    plans:
      - slug: sandbox
        rate_limits: [{ requests: 60, window: minute }]
      - slug: gold
        approval: reviewed
        quota: { requests: 10000, period: month }
        questions: [{ label: What for?, answer: text, max_length: 100, required: true }]
applications:
  - name: Storefront
    owner: noor@pier.example
    subscriptions: [{ product: parcels, plan: sandbox }]
    policies:
      - kind: acl
        config: { allow: [{ products: [parcels] }] }
    credentials:
      - { label: Production, secret: "gh_live_0123456789abcdefghijklmnopqrstuvwxyzAB" }
      - { label: Signer, kind: hmac, key_id: signer-1, secret: "a signing secret" }
"#;
