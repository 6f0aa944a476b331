//! Where a version stands: what publishing needs, what stands in its way, and how it ends.

use std::time::Duration;

use domain::actor::Actor;
use domain::api::{Lifecycle, Visibility};
use domain::change::ChangeKind;
use operations::policies::{self, Place};
use operations::versions::lifecycle::{self, Deprecation};
use operations::versions::{self, Input};
use operations::{Error, apis, import, routes, upstreams};
use serde_json::{Value, json};
use store::api_versions::ApiVersion;
use testkit::{TestPlatform, each_platform};

use crate::rates::{self, another, on_sqlite};
use crate::shop::Shop;

fn api(name: &str) -> apis::Input {
    apis::Input {
        name: name.to_owned(),
        slug: None,
        summary: String::new(),
        description: String::new(),
        visibility: Visibility::Public,
        tags: Vec::new(),
        owner: None,
    }
}

/// A draft that says nowhere where its requests go.
async fn without_upstream(p: &TestPlatform, admin: &Actor, name: &str) -> ApiVersion {
    let of = apis::create(p, admin, api(name)).await.unwrap();
    let input = Input {
        label: "v1".to_owned(),
        upstream: None,
        hosts: Vec::new(),
        base_path: format!("/{}", name.to_lowercase()),
    };
    versions::create(p, admin, of.id, input).await.unwrap()
}

fn fields(error: Error) -> Vec<(String, String)> {
    match error {
        Error::Invalid(fields) => fields
            .into_iter()
            .map(|it| (it.field, it.message))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn publishing_names_each_thing_that_is_missing() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let of = apis::create(&p, &admin, api("Empty")).await.unwrap();
        let input = Input {
            label: "v1".to_owned(),
            upstream: None,
            hosts: Vec::new(),
            base_path: "/empty".to_owned(),
        };
        let draft = versions::create(&p, &admin, of.id, input.clone())
            .await
            .unwrap();
        let missing = lifecycle::publish(&p, &admin, draft.id, 1)
            .await
            .unwrap_err();
        let names: Vec<String> = fields(missing)
            .into_iter()
            .map(|(field, _)| field)
            .collect();
        assert_eq!(names, ["upstream_id", "routes"]);

        let upstream = upstreams::Input {
            name: "Nowhere".to_owned(),
            slug: None,
            settings: Default::default(),
            targets: Vec::new(),
        };
        let upstream = upstreams::create(&p, &admin, upstream).await.unwrap();
        let input = Input {
            upstream: Some(upstream.id),
            ..input
        };
        let draft = versions::update(&p, &admin, draft.id, 1, input)
            .await
            .unwrap();
        let get = routes::Input::template("get", "/things");
        routes::create(&p, &admin, draft.id, get).await.unwrap();
        let missing = lifecycle::publish(&p, &admin, draft.id, 2)
            .await
            .unwrap_err();
        let expected = "has no enabled target: add one to upstream `nowhere`";
        assert_eq!(
            fields(missing),
            [("upstream_id".to_owned(), expected.to_owned())]
        );
    })
    .await;
}

#[tokio::test]
async fn a_version_that_answers_by_itself_needs_no_upstream() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let draft = without_upstream(&p, &admin, "Closed").await;
        let mut made = Vec::new();
        for path in ["/ended", "/moved", "/open"] {
            let route = routes::Input::template("get", path);
            made.push(routes::create(&p, &admin, draft.id, route).await.unwrap());
        }
        let attach = async |kind: &str, place, config, conditions| {
            let new = policies::New {
                kind: kind.to_owned(),
                place,
                config,
                aside: policies::Aside {
                    conditions,
                    ..policies::Aside::default()
                },
                enabled: true,
            };
            policies::create(&p, &admin, new).await.unwrap()
        };
        let missing = async || {
            let refused = lifecycle::publish(&p, &admin, draft.id, 1).await;
            let [(field, message)] = &fields(refused.unwrap_err())[..] else {
                panic!("one thing is missing");
            };
            assert_eq!(field, "upstream_id");
            message.clone()
        };
        let needs = |names: &str| {
            format!("is missing: choose where requests go; no policy answers {names}")
        };
        assert_eq!(
            missing().await,
            needs("`GET /ended`, `GET /moved`, `GET /open`")
        );
        let [ended, moved, open] = [0, 1, 2].map(|n: usize| Place::Route(made[n].id));
        attach("request_termination", ended, json!({}), Value::Null).await;
        let in_the_clear = json!({ "to": "https://harbor.example", "only_http": true });
        let redirect = attach("redirect", moved, in_the_clear, Value::Null).await;
        let only_post = json!({ "methods": ["POST"] });
        let sometimes = attach("mock_response", open, json!({}), only_post).await;
        assert_eq!(missing().await, needs("`GET /moved`, `GET /open`"));

        let always = json!({ "to": "https://harbor.example" });
        let aside = policies::Aside::default();
        policies::update(&p, &admin, redirect.id, 1, always, aside, true)
            .await
            .unwrap();
        // the narrower one stands in for the wider one, although it answers only some
        let of_all = Place::Api(draft.api_id);
        let mock = attach("mock_response", of_all, json!({}), Value::Null).await;
        assert_eq!(missing().await, needs("`GET /open`"));
        policies::disable(&p, &admin, sometimes.id, 1)
            .await
            .unwrap();
        // what lets requests pass when it fails does not answer each of them
        for (version, on_error) in [(1, "open"), (2, "closed")] {
            let aside = policies::Aside {
                on_error: on_error.to_owned(),
                ..policies::Aside::default()
            };
            policies::update(&p, &admin, mock.id, version, json!({}), aside, true)
                .await
                .unwrap();
            if on_error == "open" {
                assert_eq!(missing().await, needs("`GET /open`"));
            }
        }
        let published = lifecycle::publish(&p, &admin, draft.id, 1).await.unwrap();
        assert_eq!(published.lifecycle, Lifecycle::Published);
    })
    .await;
}

#[tokio::test]
async fn what_is_published_without_an_upstream_stays_answered() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let of = without_upstream(&p, &admin, "Closed").await;
        let route = async |path: &str| {
            let input = routes::Input::template("get", path);
            routes::create(&p, &admin, of.id, input).await
        };
        let attach = async |kind: &str, place, conditions| {
            let new = policies::New {
                kind: kind.to_owned(),
                place,
                config: json!({}),
                aside: policies::Aside {
                    conditions,
                    ..policies::Aside::default()
                },
                enabled: true,
            };
            policies::create(&p, &admin, new).await
        };
        let refuses = |done: Error, route: &str| match done {
            Error::WrongState(message) => {
                assert!(message.starts_with("version `Closed v1` is on the gateway"));
                assert!(
                    message.contains(&format!("would answer `{route}`")),
                    "{message}"
                );
            }
            other => panic!("{other:?}"),
        };
        let a = route("/a").await.unwrap();
        let all = attach("mock_response", Place::Version(of.id), Value::Null)
            .await
            .unwrap();
        lifecycle::publish(&p, &admin, of.id, 1).await.unwrap();

        // what answered goes, or gives way to what answers only some
        let gone = policies::disable(&p, &admin, all.id, 1).await;
        refuses(gone.unwrap_err(), "GET /a");
        let gone = policies::delete(&p, &admin, all.id, 1).await;
        refuses(gone.unwrap_err(), "GET /a");
        let only_post = json!({ "methods": ["POST"] });
        let aside = policies::Aside {
            conditions: only_post.clone(),
            ..policies::Aside::default()
        };
        let some = policies::update(&p, &admin, all.id, 1, json!({}), aside, true).await;
        refuses(some.unwrap_err(), "GET /a");
        let narrower = attach("mock_response", Place::Route(a.id), only_post).await;
        refuses(narrower.unwrap_err(), "GET /a");

        // what is answered otherwise may go
        let b = route("/b").await.unwrap();
        attach("request_termination", Place::Route(a.id), Value::Null)
            .await
            .unwrap();
        let gone = policies::disable(&p, &admin, all.id, 1).await;
        refuses(gone.unwrap_err(), "GET /b");
        let b = routes::disable(&p, &admin, b.id, b.version).await.unwrap();
        policies::disable(&p, &admin, all.id, 1).await.unwrap();

        // and a route that nothing answers does not come
        let on = routes::enable(&p, &admin, b.id, b.version).await;
        refuses(on.unwrap_err(), "GET /b");
        refuses(route("/c").await.unwrap_err(), "GET /c");
    })
    .await;
}

#[tokio::test]
async fn a_refusal_names_only_some_of_many_routes() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let draft = without_upstream(&p, &admin, "Many").await;
        for number in 0..7 {
            let route = routes::Input::template("get", &format!("/{number}"));
            routes::create(&p, &admin, draft.id, route).await.unwrap();
        }
        let refused = lifecycle::publish(&p, &admin, draft.id, 1).await;
        let (_, message) = fields(refused.unwrap_err()).remove(0);
        assert!(message.ends_with("`GET /4` and 2 more"), "{message}");
    })
    .await;
}

#[tokio::test]
async fn a_version_goes_through_its_life() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let (made, first) = rates::publish(&p, &admin).await;
        assert_eq!(first.published_at, Some(p.now()));
        let again = lifecycle::publish(&p, &admin, first.id, first.version)
            .await
            .unwrap_err();
        assert_eq!(
            again.to_string(),
            "Shipping Rates API v2 is published already"
        );

        let mut next = another("Shipping Rates API", "/shipping-rates/v3");
        (next.api, next.label) = (Some(made.api.id), Some("v3".to_owned()));
        let second = import::create(&p, &admin, next).await.unwrap().version;
        let how = Deprecation {
            sunset_at: Some(p.now() + Duration::from_secs(90 * 86_400)),
            successor: Some(second.id),
        };
        let early = lifecycle::deprecate(&p, &admin, first.id, 2, how)
            .await
            .unwrap_err();
        assert!(
            early
                .to_string()
                .starts_with("successor_id is not published"),
            "{early}"
        );
        lifecycle::publish(&p, &admin, second.id, 1).await.unwrap();

        let past = Deprecation {
            sunset_at: Some(p.now()),
            successor: None,
        };
        let past = lifecycle::deprecate(&p, &admin, first.id, 2, past)
            .await
            .unwrap_err();
        assert_eq!(past.to_string(), "sunset_at is in the past");
        let old = lifecycle::deprecate(&p, &admin, first.id, 2, how)
            .await
            .unwrap();
        assert_eq!(
            (old.lifecycle, old.deprecated_at),
            (Lifecycle::Deprecated, Some(p.now()))
        );
        p.wait(Duration::from_secs(60));
        let moved = Deprecation {
            sunset_at: None,
            ..how
        };
        let moved = lifecycle::deprecate(&p, &admin, first.id, 3, moved)
            .await
            .unwrap();
        assert_eq!(
            (moved.deprecated_at, moved.sunset_at),
            (old.deprecated_at, None)
        );
        let gone = lifecycle::retire(&p, &admin, first.id, 4).await.unwrap();
        assert_eq!(
            (gone.lifecycle, gone.retired_at),
            (Lifecycle::Retired, Some(p.now()))
        );
        let draft = lifecycle::unpublish(&p, &admin, first.id, 5)
            .await
            .unwrap_err();
        assert!(matches!(draft, Error::WrongState(_)), "{draft:?}");
        let back = lifecycle::publish(&p, &admin, first.id, 5).await.unwrap();
        assert_eq!(
            (back.retired_at, back.published_at),
            (None, first.published_at)
        );
    })
    .await;
}

#[tokio::test]
async fn two_admins_do_not_overwrite_each_other() {
    each_platform(async |p| {
        let ines = p.admin("ines@harbor.example").await;
        let tomas = p.admin("tomas@harbor.example").await;
        let of = apis::create(&p, &ines, api("Rates")).await.unwrap();
        apis::update(&p, &ines, of.id, 1, api("Rates of Ines"))
            .await
            .unwrap();
        let late = apis::update(&p, &tomas, of.id, 1, api("Rates of Tomas"))
            .await
            .unwrap_err();
        assert!(
            matches!(
                late,
                Error::Conflict {
                    what: "API",
                    current_version: 2
                }
            ),
            "{late:?}"
        );
        let kept = apis::find(&p, &ines, of.id).await.unwrap();
        assert_eq!(kept.api.name.as_str(), "Rates of Ines");
        let late = apis::delete(&p, &tomas, of.id, 1).await.unwrap_err();
        assert!(matches!(late, Error::Conflict { .. }));
    })
    .await;
}

#[tokio::test]
async fn one_place_belongs_to_one_version() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        rates::publish(&p, &admin).await;
        let same = import::create(&p, &admin, another("Copy", "/shipping-rates/v2")).await.unwrap();
        let refused = lifecycle::publish(&p, &admin, same.version.id, 1).await.unwrap_err();
        let (field, message) = fields(refused).remove(0);
        assert_eq!(field, "base_path");
        assert!(message.contains("Shipping Rates API v2 is on the gateway"), "{message}");

        let mut elsewhere = another("Copy elsewhere", "/shipping-rates/v2");
        elsewhere.hosts = vec!["rates.example.com".to_owned()];
        let elsewhere = import::create(&p, &admin, elsewhere).await.unwrap();
        lifecycle::publish(&p, &admin, elsewhere.version.id, 1).await.unwrap();

        let above = import::create(&p, &admin, another("Above", "/shipping-rates")).await.unwrap();
        let below = routes::Input::template("GET", "/v2/carriers/{other}");
        routes::create(&p, &admin, above.version.id, below).await.unwrap();
        let refused = lifecycle::publish(&p, &admin, above.version.id, 1).await.unwrap_err();
        let (_, message) = fields(refused).remove(0);
        let expected = "route `GET /v2/carriers/{other}` matches the same requests as route `GET /carriers/{code}` of \
                        Shipping Rates API v2";
        assert!(message.contains(expected), "{message}");
    })
    .await;
}

#[tokio::test]
async fn two_publishers_at_once_get_one_place() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let one = import::create(&p, &admin, another("One", "/same")).await;
        let other = import::create(&p, &admin, another("Other", "/same")).await;
        let (one, other) = (one.unwrap().version.id, other.unwrap().version.id);
        let (one, other) = tokio::join!(
            lifecycle::publish(&p, &admin, one, 1),
            lifecycle::publish(&p, &admin, other, 1)
        );
        assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1);
        let refused = one.err().or(other.err()).unwrap();
        assert_eq!(fields(refused)[0].0, "base_path");
    })
    .await;
}

#[tokio::test]
async fn what_is_subscribed_to_stays() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let subscription = shop.ask(&p, shop.sandbox.id).await;
        let version = versions::find(&p, &shop.admin, shop.version).await.unwrap();
        let at = version.version;
        let refused = versions::delete(&p, &shop.admin, version.id, at)
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains("has 1 open subscription;"),
            "{refused}"
        );
        let of = apis::find(&p, &shop.admin, version.api_id)
            .await
            .unwrap()
            .api;
        let refused = apis::delete(&p, &shop.admin, of.id, of.version)
            .await
            .unwrap_err();
        assert!(matches!(refused, Error::InUse(_)), "{refused:?}");

        operations::subscriptions::cancel(&p, &shop.dev, subscription, None, "")
            .await
            .unwrap();
        apis::delete(&p, &shop.admin, of.id, of.version)
            .await
            .unwrap();
        let gone = versions::find(&p, &shop.admin, version.id)
            .await
            .unwrap_err();
        assert!(matches!(gone, Error::NotFound { .. }));
        let mut conn = p.db.read().await.unwrap();
        let last = store::changes::revision(&mut conn).await.unwrap();
        let lines = store::changes::since(&mut conn, last - 1, 100)
            .await
            .unwrap();
        let told = |kind, deleted| {
            lines
                .iter()
                .any(|it| it.kind == kind && it.deleted == deleted)
        };
        assert!(
            told(ChangeKind::ApiVersion, true) && told(ChangeKind::Product, false),
            "{lines:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn slugs_are_made_and_kept_apart() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let first = apis::create(&p, &admin, api("Shipping Rates"))
            .await
            .unwrap();
        let second = apis::create(&p, &admin, api("Shipping rates!"))
            .await
            .unwrap();
        assert_eq!(
            (first.slug.as_str(), second.slug.as_str()),
            ("shipping-rates", "shipping-rates-2")
        );
        let taken = apis::Input {
            slug: Some("shipping-rates".to_owned()),
            ..api("Third")
        };
        let error = apis::create(&p, &admin, taken).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "slug `shipping-rates` belongs to another API"
        );
        let page = apis::list(&p, &admin, "RATES!", &operations::Paging::default())
            .await
            .unwrap();
        assert_eq!(page.items.len(), 1);
    })
    .await;
}
