//! Policies: attaching, ordering, and what is in force.

use operations::policies::{self, Aside, New, Place};
use operations::{Error, routes};
use serde_json::{Value, json};
use testkit::each_platform;

use crate::rates::{self, on_sqlite};

fn new(kind: &str, place: Place, config: Value) -> New {
    New {
        kind: kind.to_owned(),
        place,
        config,
        aside: Aside::default(),
        enabled: true,
    }
}

#[tokio::test]
async fn the_narrowest_stands_in_for_the_wider_ones() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let made = rates::import(&p, &admin).await;
        let wide = new("key_auth", Place::Global, json!({ "bearer": true }));
        policies::create(&p, &admin, wide).await.unwrap();
        let cors = new(
            "cors",
            Place::Api(made.api.id),
            json!({ "origins": ["https://pier.example"] }),
        );
        policies::create(&p, &admin, cors).await.unwrap();
        let route = routes::list(&p, &admin, made.version.id)
            .await
            .unwrap()
            .remove(0);
        let on_route = new(
            "key_auth",
            Place::Route(route.id),
            json!({ "query": ["key"] }),
        );
        let on_route = policies::create(&p, &admin, on_route).await.unwrap();

        let told = |all: Vec<policies::Effective>| -> Vec<(String, String, bool)> {
            all.into_iter()
                .map(|it| (it.policy.kind, it.origin.scope.to_string(), it.runs))
                .collect()
        };
        let row = |kind: &str, scope: &str, runs| (kind.to_owned(), scope.to_owned(), runs);
        let version = told(
            policies::of_version(&p, &admin, made.version.id)
                .await
                .unwrap(),
        );
        let expected = [
            row("cors", "api", true),
            row("key_auth", "global", false),
            row("key_auth", "version", true),
        ];
        assert_eq!(version, expected);
        policies::disable(&p, &admin, on_route.id, 1).await.unwrap();
        let on_it = told(policies::of_route(&p, &admin, route.id).await.unwrap());
        assert_eq!(on_it.last(), Some(&row("key_auth", "route", false)));
        assert_eq!(on_it[..3], expected);
        policies::enable(&p, &admin, on_route.id, 2).await.unwrap();
        let on_it = told(policies::of_route(&p, &admin, route.id).await.unwrap());
        assert_eq!(
            on_it[2..],
            [
                row("key_auth", "version", false),
                row("key_auth", "route", true)
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn policies_are_moved_inside_their_scope() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let kind = || {
            new(
                "cors",
                Place::Global,
                json!({ "origins": ["https://pier.example"] }),
            )
        };
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(policies::create(&p, &admin, kind()).await.unwrap().id);
        }
        let moved = policies::move_to(&p, &admin, ids[2], 1, 0).await.unwrap();
        let order: Vec<_> = moved.iter().map(|row| row.id).collect();
        assert_eq!(order, [ids[2], ids[0], ids[1]]);
        let listed = policies::list(&p, &admin, Place::Global).await.unwrap();
        assert_eq!(
            listed
                .iter()
                .map(|row| (row.id, row.position))
                .collect::<Vec<_>>(),
            [(ids[2], 0), (ids[0], 1), (ids[1], 2)]
        );
        policies::delete(&p, &admin, ids[0], 1).await.unwrap();
        let changed = policies::update(
            &p,
            &admin,
            ids[1],
            1,
            json!({ "origins": ["*"] }),
            Aside::default(),
            false,
        )
        .await
        .unwrap();
        assert!(!changed.enabled && changed.version == 2);
        let late = policies::delete(&p, &admin, ids[1], 1).await.unwrap_err();
        assert!(
            matches!(
                late,
                Error::Conflict {
                    what: "policy",
                    current_version: 2
                }
            ),
            "{late:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn every_described_kind_can_be_attached_by_its_schema() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let kinds = policies::kinds();
        assert!(kinds.iter().any(|kind| kind.kind == "rate_limit"));
        for kind in kinds {
            assert!(
                kind.schema.is_object() && !kind.scopes.is_empty() && !kind.readme.is_empty(),
                "{}",
                kind.kind
            );
            let wrong = new(kind.kind, Place::Global, json!({ "no such key": 1 }));
            let error = policies::create(&p, &admin, wrong).await.unwrap_err();
            assert!(error.to_string().contains("no such key"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn scopes_must_fit_and_be_there() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let on_plan = new("key_auth", Place::Plan(p.new_id()), json!({}));
        let refused = policies::create(&p, &admin, on_plan).await.unwrap_err();
        assert!(
            refused
                .to_string()
                .starts_with("scope is plan; `key_auth` can be attached to"),
            "{refused}"
        );
        let nowhere = new("key_auth", Place::Version(p.new_id()), json!({}));
        let refused = policies::create(&p, &admin, nowhere).await.unwrap_err();
        assert!(
            matches!(
                refused,
                Error::NotFound {
                    what: "API version",
                    ..
                }
            ),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn secrets_of_a_configuration_are_kept_sealed() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let config = json!({ "basic": { "username": "gate", "password": "open sesame" } });
        let made = policies::create(&p, &admin, new("upstream_auth", Place::Global, config));
        let made = made.await.unwrap();
        let kept = made.config.0["basic"]["password"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(kept.starts_with("sealed:v1:"), "{kept}");
        assert_eq!(made.config.0["basic"]["username"], "gate");
        let bytes = data_encoding::BASE64.decode(&kept.as_bytes()["sealed:v1:".len()..]);
        let opened = p.sealer.open("policy_secret", &bytes.unwrap()).unwrap();
        assert_eq!(opened, b"open sesame");
        let same = made.config.0.clone();
        let saved = policies::update(
            &p,
            &admin,
            made.id,
            made.version,
            same,
            Aside::default(),
            true,
        )
        .await;
        assert_eq!(saved.unwrap().config.0["basic"]["password"], kept.as_str());
        let mut conn = p.db.read().await.unwrap();
        let filter = store::audit::AuditFilter::default();
        let audit = store::audit::list(&mut conn, admin.workspace, &filter, None, 100).await;
        assert!(!format!("{:?}", audit.unwrap()).contains("open sesame"));
    })
    .await;
}
