//! A change writes all of its rows or none, and everybody hears of it.

use domain::change::ChangeKind;
use domain::id::DEFAULT_WORKSPACE;
use operations::audit::AuditFilter;
use operations::{Paging, audit, notifications, outbox};
use serde_json::json;
use testkit::each_platform;
use uuid::Uuid;

#[tokio::test]
async fn a_change_is_all_or_nothing() {
    each_platform(async |p| {
        let admin = p.admin("ada@harbor.example").await;
        let noor = p.developer("noor@pier9.example").await;
        let id = Uuid::from_u128(7);
        let mut heard = p.changes.subscribe();
        for is_committed in [false, true] {
            let mut work = p.begin(&admin).await.unwrap();
            work.audit(
                "plan.created",
                "plan",
                id,
                "Gold",
                None,
                Some(json!({"price": "1"})),
            );
            work.mail("verify_address", "noor@pier9.example", json!({"link": "x"}));
            let to = noor.account().unwrap();
            work.notify(to, "plan.created", "A plan", "", "/plans");
            work.changed(ChangeKind::Plan, id);
            work.removed(ChangeKind::Plan, id);
            if is_committed {
                let revision = work.commit().await.unwrap().unwrap();
                assert_eq!(*heard.borrow_and_update(), revision);
                let mut conn = p.db.read().await.unwrap();
                let lines = store::changes::since(&mut conn, revision - 1, 10)
                    .await
                    .unwrap();
                assert_eq!(lines.len(), 1, "one line a thing");
                assert!(lines[0].deleted);
            } else {
                drop(work);
                assert!(!heard.has_changed().unwrap());
            }
            let rows = usize::from(is_committed);
            let filter = AuditFilter {
                action: Some("plan.".to_owned()),
                ..AuditFilter::default()
            };
            let (first, all) = (Paging::default(), outbox::Filter::default());
            let lines = audit::list(&p, &admin, &filter, &first)
                .await
                .unwrap()
                .items;
            assert_eq!(lines.len(), rows);
            let mails = outbox::list(&p, &admin, &all, &first).await.unwrap().items;
            assert_eq!(mails.len(), rows);
            assert!(
                mails.iter().all(|mail| mail.payload.is_null()),
                "no links in lists"
            );
            let notices = notifications::list(&p, &noor, &first).await.unwrap().items;
            assert_eq!(notices.len(), rows);
        }
    })
    .await;
}

#[tokio::test]
async fn ids_of_one_moment_are_in_the_order_in_which_they_were_made() {
    testkit::on_sqlite(async |db| {
        let p = testkit::PlatformBuilder::default().over(db);
        let ids: Vec<domain::id::PlanId> = (0..1000).map(|_| p.new_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.uuid().get_version_num() == 7));
        let moment = ids[999].uuid().as_u128() >> 80;
        let millis = u128::try_from(p.now().micros() / 1000).unwrap();
        assert_eq!(moment, millis);
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_is_filtered_and_kept_from_developers() {
    each_platform(async |p| {
        let (admin, dev) = (
            p.admin("ada@x.example").await,
            p.developer("noor@x.example").await,
        );
        for n in 0..5_u128 {
            let mut work = p.begin(&admin).await.unwrap();
            let (kind, name) = if n % 2 == 0 {
                ("plan", "Gold")
            } else {
                ("api", "Tide_s")
            };
            work.audit(
                &format!("{kind}.created"),
                kind,
                Uuid::from_u128(n),
                name,
                None,
                None,
            );
            work.commit().await.unwrap();
        }
        let count = async |filter: AuditFilter| {
            let mut paging = Paging::first(2);
            let mut n = 0;
            loop {
                let page = audit::list(&p, &admin, &filter, &paging).await.unwrap();
                n += page.items.len();
                paging.after = page.next;
                if paging.after.is_none() {
                    return n;
                }
            }
        };
        let any = AuditFilter::default;
        assert_eq!(count(any()).await, 5);
        assert_eq!(
            count(AuditFilter {
                entity_kind: Some("plan".to_owned()),
                ..any()
            })
            .await,
            3
        );
        assert_eq!(
            count(AuditFilter {
                entity_id: Some(Uuid::from_u128(1)),
                ..any()
            })
            .await,
            1
        );
        assert_eq!(
            count(AuditFilter {
                text: Some("tide_".to_owned()),
                ..any()
            })
            .await,
            2
        );
        assert_eq!(
            count(AuditFilter {
                text: Some("tide%".to_owned()),
                ..any()
            })
            .await,
            0
        );
        assert_eq!(
            count(AuditFilter {
                until: Some(p.now()),
                ..any()
            })
            .await,
            0
        );
        assert_eq!(
            count(AuditFilter {
                from: Some(p.now()),
                ..any()
            })
            .await,
            5
        );
        assert!(
            audit::list(&p, &dev, &any(), &Paging::default())
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn messages_are_read_by_their_owner() {
    each_platform(async |p| {
        let (noor, eve) = (
            p.developer("noor@x.example").await,
            p.developer("eve@x.example").await,
        );
        for _ in 0..3 {
            let mut work = p.begin(&eve).await.unwrap();
            work.notify(noor.account().unwrap(), "x", "Title", "", "");
            work.commit().await.unwrap();
        }
        let id = notifications::list(&p, &noor, &Paging::default())
            .await
            .unwrap()
            .items[0]
            .id;
        notifications::mark_read(&p, &eve, id).await.unwrap();
        assert_eq!(notifications::unread(&p, &noor).await.unwrap(), 3);
        notifications::mark_read(&p, &noor, id).await.unwrap();
        assert_eq!(notifications::unread(&p, &noor).await.unwrap(), 2);
        notifications::mark_all_read(&p, &noor).await.unwrap();
        assert_eq!(notifications::unread(&p, &noor).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_is_sent_by_one_sender() {
    each_platform(async |p| {
        let admin = p.admin("ada@x.example").await;
        let mut work = p.begin(&admin).await.unwrap();
        work.mail("welcome", "noor@x.example", json!({}));
        work.commit().await.unwrap();
        let due = async || {
            let mut conn = p.db.read().await.unwrap();
            store::outbox::due(&mut conn, p.now(), 10).await.unwrap()
        };
        let event = due().await.remove(0);
        let claim = async |event| {
            let mut tx = p.db.begin().await.unwrap();
            let until = p.now() + std::time::Duration::from_secs(60);
            let mine = store::outbox::claim(&mut tx, event, until).await.unwrap();
            tx.commit().await.unwrap();
            mine
        };
        assert!(claim(&event).await);
        assert!(!claim(&event).await, "somebody else has it");
        assert!(due().await.is_empty());
        // The sender died: after a minute the message is anybody's again.
        p.wait(std::time::Duration::from_secs(60));
        let event = due().await.remove(0);
        assert!(claim(&event).await);
        let mut tx = p.db.begin().await.unwrap();
        store::outbox::mark_failed(&mut tx, event.id, "no route", None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(due().await.is_empty());
        outbox::retry(&p, &admin, event.id).await.unwrap();
        assert_eq!(due().await.len(), 1);
        let mut conn = p.db.read().await.unwrap();
        let kept = store::outbox::find(&mut conn, DEFAULT_WORKSPACE, event.id)
            .await
            .unwrap();
        assert_eq!(kept.unwrap().attempts, 0);
    })
    .await;
}
