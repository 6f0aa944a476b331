//! Upstreams: addresses that may be named, and what keeps one from going.

use std::collections::HashMap;

use domain::id::TargetId;
use operations::upstreams::{self, Input, TargetInput};
use operations::{Error, Paging};
use testkit::{PlatformBuilder, each_platform};

use crate::rates::{self, on_sqlite};

fn input(name: &str, urls: &[&str]) -> Input {
    Input {
        name: name.to_owned(),
        slug: None,
        settings: Default::default(),
        targets: urls.iter().map(|url| TargetInput::at(*url)).collect(),
    }
}

#[tokio::test]
async fn targets_are_replaced_and_keep_their_ids() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let urls = ["https://a.example", "https://b.example/v1/"];
        let made = upstreams::create(&p, &admin, input("Labels", &urls))
            .await
            .unwrap();
        assert_eq!(made.targets[1].url, "https://b.example/v1");
        let mut next = input("Labels EU", &["https://c.example", "https://b.example/v1"]);
        next.targets[1].weight = 7;
        let after = upstreams::update(&p, &admin, made.id, 1, next)
            .await
            .unwrap();
        let kept = after
            .targets
            .iter()
            .find(|target| target.id == made.targets[1].id)
            .unwrap();
        assert_eq!((kept.weight, after.targets.len(), after.version), (7, 2, 2));
        assert!(
            after
                .targets
                .iter()
                .all(|target| target.url != "https://a.example")
        );
        let late = upstreams::update(&p, &admin, made.id, 1, input("Late", &[]))
            .await
            .unwrap_err();
        assert!(
            matches!(
                late,
                Error::Conflict {
                    what: "upstream",
                    current_version: 2
                }
            ),
            "{late:?}"
        );
        let page = upstreams::list(&p, &admin, &Paging::default())
            .await
            .unwrap();
        assert_eq!(page.items, [after]);
    })
    .await;
}

#[tokio::test]
async fn addresses_may_change_places() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let made = upstreams::create(
            &p,
            &admin,
            input("Two", &["https://a.example", "https://b.example"]),
        )
        .await
        .unwrap();
        let ids = |upstream: &upstreams::Upstream| -> HashMap<String, TargetId> {
            let pairs = upstream.targets.iter().map(|it| (it.url.clone(), it.id));
            pairs.collect()
        };
        let before = ids(&made);
        let mut next = input("Two", &["https://a.example", "https://b.example"]);
        next.targets[0].id = Some(before["https://b.example"]);
        next.targets[1].id = Some(before["https://a.example"]);
        let after = upstreams::update(&p, &admin, made.id, 1, next)
            .await
            .unwrap();
        let after = ids(&after);
        assert_eq!(after["https://a.example"], before["https://b.example"]);
        assert_eq!(after["https://b.example"], before["https://a.example"]);
    })
    .await;
}

#[tokio::test]
async fn one_that_is_used_stays() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let made = rates::import(&p, &admin).await;
        let id = made.version.upstream_id.unwrap();
        let refused = upstreams::delete(&p, &admin, id, 1).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "upstream `shipping-rates` is used by Shipping Rates API v2"
        );
        operations::versions::delete(&p, &admin, made.version.id, 1)
            .await
            .unwrap();
        upstreams::delete(&p, &admin, id, 1).await.unwrap();
        assert!(matches!(
            upstreams::find(&p, &admin, id).await,
            Err(Error::NotFound { .. })
        ));
    })
    .await;
}

#[tokio::test]
async fn loopback_is_for_platforms_that_allow_it() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let local = || input("Local", &["https://a.example", "http://127.0.0.1:9000"]);
        let refused = upstreams::create(&p, &admin, local())
            .await
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with("targets/1/url leads to a loopback address"),
            "{refused}"
        );
    })
    .await;
    let open = PlatformBuilder::default()
        .settings(|settings| settings.upstreams = outbound::Policy::default().with_loopback());
    let p = open.over(testkit::TestDb::sqlite().await);
    let admin = p.admin("ines@harbor.example").await;
    upstreams::create(&p, &admin, input("Local", &["http://localhost:9000"]))
        .await
        .unwrap();
}

#[tokio::test]
async fn bounds_are_held() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let mut bad = input("Bad", &["https://a.example", "https://A.example:443/"]);
        bad.settings.connect_timeout_ms = 0;
        bad.settings.retries = 200;
        bad.targets[0].weight = -1;
        let Err(Error::Invalid(fields)) = upstreams::create(&p, &admin, bad).await else {
            panic!("it was taken");
        };
        let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(
            names,
            [
                "settings/connect_timeout_ms",
                "settings/retries",
                "targets/0/weight",
                "targets/1/url"
            ]
        );
    })
    .await;
}
