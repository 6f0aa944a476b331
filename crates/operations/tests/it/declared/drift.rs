//! What was applied is held against what is there: in step, drifted since, and by whom.

use std::time::Duration;

use domain::access::Role;
use domain::actor::Actor;
use operations::audit::{self, AuditFilter};
use operations::declared::{self, Choice, Declared, Kind, Request, Standing};
use operations::{Error, Paging, apis, policies, upstreams};
use testkit::{TestPlatform, each_platform};

use super::{HARBOR, applied, cli, of, written};

async fn looked(platform: &TestPlatform) -> Vec<Declared> {
    platform.wait(Duration::from_secs(60));
    Box::pin(declared::check(platform, &cli()))
        .await
        .expect("a look")
}

async fn lines(platform: &TestPlatform, action: &str) -> usize {
    let filter = AuditFilter {
        action: Some(action.to_owned()),
        ..AuditFilter::default()
    };
    let page = audit::list(platform, &cli(), &filter, &Paging::default()).await;
    page.expect("the log").items.len()
}

/// Renames the upstream of the example by hand.
async fn rename(platform: &TestPlatform, who: &Actor, name: &str) {
    platform.wait(Duration::from_secs(60));
    let all = upstreams::list(platform, who, &Paging::first(5)).await;
    let one = all.expect("upstreams").items.remove(0);
    let input = upstreams::Input {
        name: name.to_owned(),
        slug: Some(one.slug.to_string()),
        settings: one.settings.clone(),
        targets: one
            .targets
            .iter()
            .map(|target| upstreams::TargetInput {
                weight: target.weight,
                ..upstreams::TargetInput::at(target.url.clone())
            })
            .collect(),
    };
    upstreams::update(platform, who, one.id, one.version, input)
        .await
        .expect("it is renamed");
}

#[tokio::test]
async fn what_is_changed_by_hand_is_told_with_who_and_once() {
    each_platform(async |platform| {
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let fresh = looked(&platform).await;
        assert_eq!(fresh[0].standing, Standing::InStep, "{fresh:#?}");
        assert_eq!(
            (fresh[0].tag.as_str(), fresh[0].applied_by.as_str()),
            ("harbor", "cli")
        );

        let ines = platform.admin("ines@harbor.example").await;
        rename(&platform, &ines, "By hand").await;
        let seen = looked(&platform).await;
        let Standing::Drifted(since) = seen[0].standing else {
            panic!("{seen:#?}");
        };
        assert_eq!(seen[0].differing, 1, "{seen:#?}");
        let difference = &seen[0].differences[0];
        assert_eq!(
            (difference.how, difference.name.as_str()),
            (Kind::Changed, "rates")
        );
        assert_eq!(difference.members[0].name, "name");
        let by = difference.by.as_ref().expect("the log knows");
        assert_eq!(
            (by.name.as_str(), by.action.as_str()),
            (ines.name.as_str(), "upstream.updated")
        );

        let later = looked(&platform).await;
        assert_eq!(
            later[0].standing,
            Standing::Drifted(since),
            "since the first time"
        );
        assert_eq!(lines(&platform, "configuration.drifted").await, 1);

        rename(&platform, &ines, "rates").await;
        assert_eq!(looked(&platform).await[0].standing, Standing::InStep);
        assert_eq!(lines(&platform, "configuration.restored").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_gone_is_told_with_who_took_it() {
    each_platform(async |platform| {
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let ines = platform.admin("ines@harbor.example").await;
        platform.wait(Duration::from_secs(60));
        let all = policies::list(&platform, &ines, policies::Place::Global).await;
        let one = all.expect("policies").remove(0);
        policies::delete(&platform, &ines, one.id, one.version)
            .await
            .expect("it is deleted");
        let seen = looked(&platform).await;
        let gone: Vec<_> = seen[0]
            .differences
            .iter()
            .filter(|one| one.how == Kind::Missing)
            .collect();
        assert_eq!(gone.len(), 1, "{seen:#?}");
        let by = gone[0].by.as_ref().expect("the log knows");
        assert_eq!(by.action, "policy.deleted");
    })
    .await;
}

#[tokio::test]
async fn what_was_not_looked_at_does_not_count() {
    each_platform(async |platform| {
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let only = Request {
            choice: Choice {
                prune: false,
                select: vec!["api *".to_owned()],
            },
            ..of(written(&HARBOR.replace("name: Shipping", "name: Parcels")))
        };
        applied(&platform, only).await.expect("it is applied");
        let ines = platform.admin("ines@harbor.example").await;
        rename(&platform, &ines, "By hand").await;
        assert_eq!(looked(&platform).await[0].standing, Standing::InStep);
        let api = apis::list(&platform, &ines, "", &Paging::first(5)).await;
        assert_eq!(api.expect("APIs").items[0].api.name.as_str(), "Parcels");
    })
    .await;
}

#[tokio::test]
async fn each_tag_is_held_to_its_own_and_a_dry_run_is_not_remembered() {
    each_platform(async |platform| {
        let dry = Request {
            dry_run: true,
            ..of(written(HARBOR))
        };
        applied(&platform, dry).await.expect("it is told");
        assert_eq!(looked(&platform).await, []);
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let other =
            "gatehouse: 1\nupstreams: [{slug: other, targets: [{url: 'https://x.example'}]}]";
        applied(&platform, of(written(other)))
            .await
            .expect("it is applied");
        let again = applied(&platform, of(written(other)))
            .await
            .expect("it is applied");
        assert!(!again.applied);
        let seen = looked(&platform).await;
        let tags: Vec<&str> = seen.iter().map(|one| one.tag.as_str()).collect();
        assert_eq!(tags, ["", "harbor"]);
        assert!(
            seen.iter().all(|one| one.standing == Standing::InStep),
            "{seen:#?}"
        );
        let first = seen[0].id;
        declared::forget(&platform, &cli(), first)
            .await
            .expect("it is forgotten");
        assert_eq!(looked(&platform).await.len(), 1);
        let twice = declared::forget(&platform, &cli(), first).await;
        assert!(matches!(twice, Err(Error::NotFound { .. })));
    })
    .await;
}

#[tokio::test]
async fn who_may_not_read_the_log_is_not_told_who_it_was() {
    each_platform(async |platform| {
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let ines = platform.admin("ines@harbor.example").await;
        rename(&platform, &ines, "By hand").await;
        looked(&platform).await;
        let viewer = platform
            .person("vera@harbor.example", &[Role::Viewer])
            .await;
        let seen = declared::list(&platform, &viewer).await.expect("a list");
        assert!(matches!(seen[0].standing, Standing::Drifted(_)));
        assert_eq!(seen[0].differences[0].by, None);
        let look = Box::pin(declared::check(&platform, &viewer)).await;
        assert!(matches!(look, Err(Error::Forbidden { .. })));
        let mia = platform.developer("mia@quay.example").await;
        let seen = declared::list(&platform, &mia).await;
        assert!(matches!(seen, Err(Error::Forbidden { .. })));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_any_more_is_said_and_is_no_failure() {
    each_platform(async |platform| {
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        // as a newer program would have kept it
        let mut tx = platform.db.begin().await.expect("a transaction");
        let row = store::declarations::list(&mut tx, cli().workspace)
            .await
            .expect("a list")
            .remove(0);
        let content = br#"{"choice":{"prune":false,"select":[]},"rows":{},"declaration":{"gatehouse":1,"novelties":[]}}"#;
        store::declarations::put(&mut tx, &row, content.to_vec())
            .await
            .expect("it is kept");
        tx.commit().await.expect("it is kept");
        let seen = looked(&platform).await;
        let Standing::Unknown(problem) = &seen[0].standing else {
            panic!("{seen:#?}");
        };
        assert!(problem.contains("novelties"), "{problem}");
    })
    .await;
}
