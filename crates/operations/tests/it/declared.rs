//! Configuration as code: applied, exported, compared.

use std::sync::Mutex;

use declaration::{Answers, Declaration, Syntax};
use domain::actor::Actor;
use domain::id::DEFAULT_WORKSPACE;
use operations::Error;
use operations::declared::{self, Action, Choice, Request, Selection};
use testkit::{TestPlatform, each_platform};

fn cli() -> Actor {
    Actor {
        name: "cli".to_owned(),
        ..Actor::system(DEFAULT_WORKSPACE)
    }
}

fn written(text: &str) -> Declaration {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("all.yaml");
    std::fs::write(&path, text).expect("it is written");
    let draft = declaration::read(&path).expect("it is read");
    draft.resolve(&Answers::new()).expect("it is sound")
}

async fn applied(platform: &TestPlatform, request: Request) -> Result<declared::Report, Error> {
    Box::pin(declared::apply(platform, &cli(), request, &|_, _| {})).await
}

fn of(declaration: Declaration) -> Request {
    Request {
        declaration,
        ..Request::default()
    }
}

async fn exported(platform: &TestPlatform) -> (String, String, Declaration) {
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

const HARBOR: &str = r#"
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

#[tokio::test]
async fn what_is_exported_and_applied_elsewhere_is_exported_the_same() {
    let before: Mutex<Option<(String, String)>> = Mutex::new(None);
    each_platform(async |platform| {
        let first = applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        assert!(first.applied && first.revision.is_some());
        let (text, hash, _) = exported(&platform).await;
        assert_eq!(hash, first.after);
        assert!(
            !text.contains("a-secret-of-the-upstream") && !text.contains("a signing secret"),
            "{text}"
        );
        // the second platform is the wiped one: nothing is on it but the same master key
        let wiped = TestPlatform::fresh().await;
        applied(&wiped, of(written(&text)))
            .await
            .expect("an export can be applied");
        let (again, same, _) = exported(&wiped).await;
        assert_eq!(again, text);
        assert_eq!(same, hash);
        // and both databases hold the same
        let other = before
            .lock()
            .expect("no panic")
            .replace((text.clone(), hash.clone()));
        if let Some(other) = other {
            assert_eq!(other, (text, hash));
        }
    })
    .await;
}

#[tokio::test]
async fn a_second_apply_changes_nothing_and_takes_no_revision() {
    each_platform(async |platform| {
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let second = applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        assert_eq!(second.lines, [], "{:#?}", second.lines);
        assert!(!second.applied && second.revision.is_none());
        assert_eq!(second.before, second.after);
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_tells_and_writes_nothing() {
    each_platform(async |platform| {
        let (_, hash, _) = exported(&platform).await;
        let dry = Request {
            dry_run: true,
            ..of(written(HARBOR))
        };
        let report = applied(&platform, dry).await.expect("it is told");
        assert!(report.differs() && !report.applied);
        assert!(
            report
                .lines
                .iter()
                .all(|line| line.action == Action::Create)
        );
        assert_eq!(exported(&platform).await.1, hash);
    })
    .await;
}

#[tokio::test]
async fn only_what_carries_the_tag_is_pruned() {
    each_platform(async |platform| {
        let mut foreign = written(
            "gatehouse: 1\nupstreams: [{slug: by-hand, targets: [{url: 'https://x.example'}]}]",
        );
        applied(&platform, of(foreign.clone()))
            .await
            .expect("it is applied");
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let mut less = written(HARBOR);
        less.apis[0].versions[1]
            .routes
            .retain(|route| route.path != "/health");
        less.policies.pop();
        let kept = applied(
            &platform,
            Request {
                dry_run: true,
                ..of(less.clone())
            },
        )
        .await
        .expect("it is told");
        assert!(!kept.differs(), "{:#?}", kept.lines);
        let prune = Choice {
            prune: true,
            ..Choice::default()
        };
        let pruned = Request {
            choice: prune.clone(),
            confirmed: true,
            ..of(less)
        };
        let report = applied(&platform, pruned).await.expect("it is pruned");
        let gone: Vec<String> = report
            .lines
            .iter()
            .filter(|line| line.action == Action::Delete)
            .map(|line| format!("{} {}", line.kind.as_str(), line.name))
            .collect();
        assert_eq!(gone.len(), 3, "{gone:?}");
        assert!(
            gone.contains(&"route shipping/v2/GET /health".to_owned()),
            "{gone:?}"
        );
        let (_, _, all) = exported(&platform).await;
        assert!(all.upstreams.iter().any(|one| one.slug == "by-hand"));
        foreign.tag = None;
        let untagged = applied(
            &platform,
            Request {
                choice: prune,
                ..of(foreign)
            },
        )
        .await;
        assert!(matches!(untagged, Err(Error::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn who_would_be_cut_off_is_counted_and_must_be_confirmed() {
    each_platform(async |platform| {
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let mut less = written(HARBOR);
        less.apis[0].versions[1].lifecycle = domain::api::Lifecycle::Retired;
        less.apis[0].versions[0].successor = None;
        let refused = applied(&platform, of(less.clone())).await;
        let Err(Error::WrongState(told)) = refused else {
            panic!("{refused:?}")
        };
        assert!(told.contains("cut off 1 applications"), "{told}");
        let confirmed = Request {
            confirmed: true,
            ..of(less)
        };
        assert!(
            applied(&platform, confirmed)
                .await
                .expect("it was confirmed")
                .applied
        );
    })
    .await;
}

#[tokio::test]
async fn the_loser_of_two_applies_is_told_and_nothing_is_half_done() {
    each_platform(async |platform| {
        let (_, seen, _) = exported(&platform).await;
        let expecting = |declaration| Request {
            expected: Some(seen.clone()),
            ..of(declaration)
        };
        let other = written(
            "gatehouse: 1\nupstreams: [{slug: other, targets: [{url: 'https://x.example'}]}]",
        );
        let (one, two) = tokio::join!(
            applied(&platform, expecting(written(HARBOR))),
            applied(&platform, expecting(other)),
        );
        let lost = [&one, &two]
            .into_iter()
            .filter(|outcome| outcome.is_err())
            .count();
        assert_eq!(lost, 1, "{one:?} {two:?}");
        let (_, _, all) = exported(&platform).await;
        match one {
            Ok(_) => assert!(
                all.upstreams
                    .iter()
                    .all(|upstream| upstream.slug == "rates")
            ),
            Err(_) => assert!(all.apis.is_empty() && all.upstreams.len() == 1),
        }
    })
    .await;
}

#[tokio::test]
async fn what_fails_in_the_middle_leaves_nothing_behind() {
    each_platform(async |platform| {
        let mut bad = written(HARBOR);
        // the last thing that is written: a route for an operation that the document lacks
        bad.apis[0].versions[1].routes[0].operation = Some("nothing".to_owned());
        let (_, hash, _) = exported(&platform).await;
        assert!(applied(&platform, of(bad)).await.is_err());
        assert_eq!(exported(&platform).await.1, hash);
    })
    .await;
}

#[tokio::test]
async fn another_declarations_things_are_left_to_it() {
    each_platform(async |platform| {
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let mut thief = written(HARBOR);
        thief.tag = Some("thief".to_owned());
        let Err(Error::Invalid(fields)) = applied(&platform, of(thief)).await else {
            panic!("it was taken over");
        };
        assert!(
            fields[0].message.contains("carries the tag `harbor`"),
            "{fields:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn applies_are_audited_under_the_name_of_the_command_line() {
    each_platform(async |platform| {
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let paging = operations::Paging::default();
        let filter = operations::audit::AuditFilter::default();
        let page = operations::audit::list(&platform, &cli(), &filter, &paging)
            .await
            .expect("the log");
        assert!(
            page.items
                .iter()
                .any(|event| event.action == "configuration.applied")
        );
        assert!(
            page.items.iter().all(|event| event.actor_name == "cli"),
            "{page:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn the_example_of_the_documentation_is_applied() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/harbor");
    let builder = testkit::PlatformBuilder::default().settings(|settings| {
        settings.upstreams = outbound::Policy::default().with_private_networks();
    });
    builder
        .each(async |platform| {
            let draft = declaration::read(std::path::Path::new(folder)).expect("it is read");
            let answers: Answers = draft
                .references()
                .iter()
                .map(|reference| match reference {
                    declaration::Reference::Variable {
                        otherwise: Some(text),
                        ..
                    } => (reference.clone(), Ok(text.clone())),
                    other => panic!("{other} has no default"),
                })
                .collect();
            let all = draft.resolve(&answers).expect("it is sound");
            let report = applied(&platform, of(all.clone()))
                .await
                .expect("it is applied");
            assert!(report.applied);
            let (_, _, held) = exported(&platform).await;
            assert_eq!((held.apis.len(), held.products.len()), (2, 2));
            assert!(held.apis.iter().all(|api| api.versions[0].routes.len() > 1));
            assert!(held.products.iter().any(|product| product.plans.len() == 3));
            let again = applied(&platform, of(all)).await.expect("it is applied");
            assert_eq!(again.lines, [], "{:#?}", again.lines);
        })
        .await;
}

#[tokio::test]
async fn secrets_are_read_from_vault_and_its_refusals_are_told() {
    use axum::http::{HeaderMap, StatusCode};
    use axum::{Json, Router, routing::get};
    use declaration::Reference;

    let secret = |headers: HeaderMap| async move {
        if headers
            .get("x-vault-token")
            .is_none_or(|token| token != "let-me-in")
        {
            return (
                StatusCode::FORBIDDEN,
                Json(serde_json::json!({ "errors": ["permission denied"] })),
            );
        }
        let data = serde_json::json!({ "data": { "data": { "token": "from the vault" }, "metadata": {} } });
        (StatusCode::OK, Json(data))
    };
    let router = Router::new().route("/v1/secret/data/edge/tls", get(secret));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let reference = |path: &str, field: &str| Reference::Vault {
        path: path.to_owned(),
        field: field.to_owned(),
    };
    let wanted = [
        reference("secret/edge/tls", "token"),
        reference("secret/edge/tls", "other"),
        reference("secret/nothing", "token"),
    ];
    let vault = declared::Vault::new(&address, "let-me-in").expect("a vault");
    let answers = vault.read(wanted.to_vec()).await;
    assert_eq!(answers[&wanted[0]], Ok("from the vault".to_owned()));
    assert_eq!(answers[&wanted[1]], Err("has no field `other`".to_owned()));
    assert_eq!(answers[&wanted[2]], Err("is not there".to_owned()));
    let stranger = declared::Vault::new(&address, "wrong").expect("a vault");
    let answers = stranger.read(vec![wanted[0].clone()]).await;
    assert_eq!(
        answers[&wanted[0]],
        Err("may not be read with this token".to_owned())
    );
    server.abort();
}

#[tokio::test]
async fn a_declaration_is_compiled_without_a_store_under_ids_that_stay() {
    use gateway_snapshot::model::Entity;

    let platform = TestPlatform::fresh().await;
    let compiled = |text: &str| declared::compile(&platform.means(), written(text));
    let first = compiled(HARBOR).expect("it is compiled");
    assert_eq!(first, compiled(HARBOR).expect("it is compiled"));
    let hash = operations::secrets::sha256("gh_live_0123456789abcdefghijklmnopqrstuvwxyzAB");
    let known = |entity: &Entity| matches!(entity, Entity::Credential(one) if one.hash == hash);
    assert!(first.iter().any(known));
    let routes = first.iter().filter(|one| matches!(one, Entity::Route(_)));
    assert_eq!(routes.count(), 4);
    let changed = HARBOR.replace("requests: 60,", "requests: 61,");
    let ids = |all: &[Entity]| all.iter().map(Entity::id).collect::<Vec<_>>();
    assert_eq!(
        ids(&first),
        ids(&compiled(&changed).expect("it is compiled"))
    );
    let dangling = HARBOR.replace("upstream: rates", "upstream: ratse");
    let flaws = compiled(&dangling).expect_err("it was taken").to_string();
    assert!(flaws.contains("did you mean `rates`?"), "{flaws}");
}
