//! What the portal reads: who sees what, pages, search, documents and changes.

use std::time::Duration;

use domain::actor::Actor;
use domain::api::{Lifecycle, Visibility};
use operations::catalog::{self, Filter, Format};
use operations::versions::lifecycle;
use operations::{Error, Paging, apis, import};
use testkit::{TestPlatform, each_platform};

use crate::rates::{self, another, on_sqlite, source};

/// A published API of this visibility.
async fn published(p: &TestPlatform, admin: &Actor, title: &str, visibility: Visibility) {
    let mut new = another(title, &format!("/{}", title.to_lowercase()));
    new.visibility = visibility;
    new.tags = vec!["Shipping".to_owned()];
    let made = import::create(p, admin, new).await.unwrap();
    lifecycle::publish(p, admin, made.version.id, 1)
        .await
        .unwrap();
}

#[tokio::test]
async fn everybody_sees_what_is_for_them() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let developer = p.developer("noor@pier.example").await;
        published(&p, &admin, "Open", Visibility::Public).await;
        published(&p, &admin, "Members", Visibility::Registered).await;
        published(&p, &admin, "Secret", Visibility::Hidden).await;
        import::create(&p, &admin, another("Unready", "/unready"))
            .await
            .unwrap();

        let check = async |actor: &Actor, expected: &[&str]| {
            let listing = catalog::list(&p, actor, &Filter::default()).await.unwrap();
            let names: Vec<&str> = listing.entries.iter().map(|it| it.name.as_str()).collect();
            assert_eq!(names, expected);
            assert_eq!(listing.entries[0].operations, 5);
            let found = catalog::search(&p, actor, "carrier", 50).await.unwrap();
            let mut found: Vec<&str> = found
                .operations
                .iter()
                .map(|it| it.api_name.as_str())
                .collect();
            found.dedup();
            assert_eq!(found, expected);
            for slug in ["open", "members", "secret", "unready"] {
                let seen = catalog::api(&p, actor, slug, None).await;
                let expected = expected.iter().any(|name| name.to_lowercase() == slug);
                assert_eq!(seen.is_ok(), expected, "{slug}");
                let seen = catalog::operation(&p, actor, slug, None, "get-rate").await;
                assert_eq!(seen.is_ok(), expected, "{slug}");
            }
            let changes = catalog::recent_changes(&p, actor, 10).await.unwrap();
            assert_eq!(changes.len(), expected.len());
        };
        check(&p.visitor(), &["Open"]).await;
        check(&developer, &["Members", "Open"]).await;
        check(&admin, &["Members", "Open", "Secret"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_page_has_what_callers_need() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        rates::publish(&p, &admin).await;
        let visitor = p.visitor();
        let page = catalog::api(&p, &visitor, "shipping-rates", None)
            .await
            .unwrap();
        assert_eq!(page.base_url, "http://127.0.0.1:8000/shipping-rates/v2");
        assert_eq!(page.credential.name, "X-Rates-Key");
        let groups: Vec<(&str, usize)> = page
            .index
            .groups
            .iter()
            .map(|group| (group.title.as_str(), group.operations.len()))
            .collect();
        assert_eq!(groups, [("Rates", 2), ("Carriers", 2), ("Operations", 1)]);
        let overview = page.overview.expect("a document");
        assert_eq!(overview.info.version.as_deref(), Some("2.1.0"));

        let one = catalog::operation(&p, &visitor, "shipping-rates", Some("v2"), "get-rate")
            .await
            .unwrap();
        assert_eq!(
            (one.page.title.as_str(), one.page.parameters.len()),
            ("Get a price", 1)
        );
        assert!(
            one.api
                .operations
                .contains(&(one.id, "get-rate".to_owned()))
        );
        let missing = catalog::operation(&p, &visitor, "shipping-rates", None, "nothing")
            .await
            .unwrap_err();
        assert!(matches!(
            missing,
            Error::NotFound {
                what: "operation",
                ..
            }
        ));
        let missing = catalog::api(&p, &visitor, "shipping-rates", Some("v9"))
            .await
            .unwrap_err();
        assert!(matches!(
            missing,
            Error::NotFound {
                what: "API version",
                ..
            }
        ));
        let missing = catalog::api(&p, &visitor, "../etc", None)
            .await
            .unwrap_err();
        assert!(matches!(missing, Error::NotFound { what: "API", .. }));
    })
    .await;
}

#[tokio::test]
async fn a_successor_is_shown_until_it_is_gone() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let (made, first) = rates::publish(&p, &admin).await;
        let mut next = another("Shipping Rates API", "/shipping-rates/v3");
        (next.api, next.label) = (Some(made.api.id), Some("v3".to_owned()));
        p.wait(Duration::from_secs(1));
        let second = import::create(&p, &admin, next).await.unwrap().version;
        let second = lifecycle::publish(&p, &admin, second.id, 1).await.unwrap();
        let how = lifecycle::Deprecation {
            sunset_at: None,
            successor: Some(second.id),
        };
        lifecycle::deprecate(&p, &admin, first.id, first.version, how)
            .await
            .unwrap();
        let page = async |label| {
            catalog::api(&p, &p.visitor(), "shipping-rates", label)
                .await
                .unwrap()
        };
        assert_eq!(page(None).await.version.label, "v3");
        let old = page(Some("v2")).await;
        assert_eq!(
            old.successor,
            Some(("shipping-rates".to_owned(), "v3".to_owned()))
        );
        assert_eq!(
            old.versions
                .iter()
                .map(|it| it.lifecycle)
                .collect::<Vec<_>>(),
            [Lifecycle::Published, Lifecycle::Deprecated]
        );
        operations::versions::delete(&p, &admin, second.id, second.version)
            .await
            .unwrap();
        let old = page(None).await;
        assert_eq!((old.version.label.as_str(), old.successor), ("v2", None));
    })
    .await;
}

#[tokio::test]
async fn search_takes_every_character_for_itself() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        rates::publish(&p, &admin).await;
        let visitor = p.visitor();
        let find = async |query: &str| {
            let found = catalog::search(&p, &visitor, query, 10).await.unwrap();
            let operations: Vec<String> = found.operations.into_iter().map(|it| it.slug).collect();
            (found.apis.len(), operations)
        };
        assert_eq!(find("GET a price").await, (0, vec!["get-rate".to_owned()]));
        assert_eq!(find("shipping").await, (1, Vec::new()));
        assert_eq!(find("rate_id").await, (0, vec!["get-rate".to_owned()]));
        for nothing in ["", "  ", "%", "_ates", "\\", "'; DROP TABLE api; --", "\0"] {
            let (apis, operations) = find(nothing).await;
            let only_underscore = nothing == "_ates";
            assert!(
                apis == 0 && (operations.is_empty() || !only_underscore),
                "{nothing:?}: {operations:?}"
            );
        }
        assert_eq!(find("price carriers nothing").await, (0, Vec::new()));
    })
    .await;
}

#[tokio::test]
async fn search_knows_capitals_of_every_script() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let mut new = another("Čašni Účty", "/ucty");
        new.slug = Some("ucty".to_owned());
        let made = import::create(&p, &admin, new).await.unwrap();
        lifecycle::publish(&p, &admin, made.version.id, 1)
            .await
            .unwrap();
        for query in ["čašni", "ČAŠNI", "účTY", "ni ú"] {
            let found = catalog::search(&p, &p.visitor(), query, 10).await.unwrap();
            assert_eq!(found.apis.len(), 1, "{query}");
            let listed = apis::list(&p, &admin, query, &Paging::default()).await;
            let by_words = query == "ni ú" || listed.unwrap().items.len() == 1;
            assert!(by_words, "{query}");
        }
        for nothing in ["casni", "č.šni", "č_šni", "[č]"] {
            let found = catalog::search(&p, &p.visitor(), nothing, 10).await;
            assert!(found.unwrap().apis.is_empty(), "{nothing}");
        }
    })
    .await;
}

#[tokio::test]
async fn documents_name_the_gateway() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        rates::publish(&p, &admin).await;
        let visitor = p.visitor();
        let get = async |format| {
            catalog::document(&p, &visitor, "shipping-rates", None, format)
                .await
                .unwrap()
        };
        let source = get(Format::Uploaded).await;
        assert_eq!(source.content, rates::FIRST.as_bytes());
        let json = get(Format::Json).await;
        assert_eq!(json.file_name, "shipping-rates-v2.json");
        let json: serde_json::Value = serde_json::from_slice(&json.content).unwrap();
        assert_eq!(
            json["servers"][0]["url"],
            "http://127.0.0.1:8000/shipping-rates/v2"
        );
        let yaml = String::from_utf8(get(Format::Yaml).await.content).unwrap();
        assert!(
            yaml.contains("operationId: getRate") && !yaml.contains("rates.harbor.example"),
            "{yaml}"
        );
    })
    .await;
}

#[tokio::test]
async fn changes_are_told_with_the_breaking_ones_first() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let (made, version) = rates::publish(&p, &admin).await;
        import::reimport(
            &p,
            &admin,
            made.version.id,
            version.version,
            source(&rates::second()),
        )
        .await
        .unwrap();
        let log = catalog::changelog(&p, &p.visitor(), "shipping-rates", None)
            .await
            .unwrap();
        assert_eq!(log.iter().map(|it| it.number).collect::<Vec<_>>(), [2, 1]);
        assert!(log[0].changes[0].breaking && log[1].changes.is_empty());
        let owner = apis::find(&p, &admin, made.api.id).await.unwrap();
        assert_eq!(owner.versions.len(), 1);
    })
    .await;
}
