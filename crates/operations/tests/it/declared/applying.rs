//! Applied, exported, compared.

use std::sync::Mutex;

use operations::Error;
use operations::declared::{Action, Choice, Request};
use testkit::{TestPlatform, each_platform};

use super::{HARBOR, applied, cli, exported, of, written};

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
