//! Subscriptions: the state machine, what is refused, who hears of it.

use std::time::Duration;

use domain::actor::Actor;
use domain::api::{Approval, PlanState};
use domain::id::{PlanId, SubscriptionId};
use domain::subscription::SubscriptionState;
use operations::plans::{self, Open};
use operations::subscriptions::{self as subs, Decision, Inbox, Request};
use operations::{Error, Paging, versions};
use testkit::{TestPlatform, each_platform};

use crate::shop::{Shop, answer, input, plan, request};

async fn state(platform: &TestPlatform, shop: &Shop, id: SubscriptionId) -> SubscriptionState {
    let detail = subs::find(platform, &shop.dev, id).await.unwrap();
    detail.line.state
}

async fn mails(platform: &TestPlatform) -> Vec<(String, String)> {
    let mut conn = platform.db.read().await.unwrap();
    let workspace = domain::id::DEFAULT_WORKSPACE;
    let rows = store::outbox::list(&mut conn, workspace, None, None, None, 100)
        .await
        .unwrap();
    let mut mails: Vec<_> = rows.into_iter().map(|m| (m.kind, m.recipient)).collect();
    mails.sort();
    mails
}

fn mail(kind: &str, to: &str) -> (String, String) {
    (kind.to_owned(), to.to_owned())
}

#[tokio::test]
async fn instant_plans_begin_at_once() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.sandbox.id).await;
        let detail = subs::find(&p, &shop.dev, id).await.unwrap();
        assert_eq!(detail.line.state, SubscriptionState::Active);
        assert_eq!(detail.line.started_at, Some(p.now()));
        let kinds: Vec<_> = detail.events.iter().map(|e| e.kind.as_str()).collect();
        assert_eq!(kinds, ["requested", "started"]);
        assert_eq!(mails(&p).await, []);
    })
    .await;
}

#[tokio::test]
async fn reviewed_plans_wait_for_somebody_who_may_decide() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.standard.id).await;
        assert_eq!(state(&p, &shop, id).await, SubscriptionState::Pending);
        assert_eq!(
            mails(&p).await,
            [mail("subscription_requested", "ines@harbor.example")]
        );
        let own = subs::approve(&p, &shop.dev, id, None, "").await;
        assert!(matches!(own, Err(Error::Forbidden { .. })));

        p.wait(Duration::from_secs(3_600));
        let inbox = subs::inbox(&p, &shop.admin, &Inbox::default(), &Paging::default()).await;
        let inbox = inbox.unwrap().items;
        assert_eq!((inbox.len(), inbox[0].id), (1, id));
        subs::approve(&p, &shop.admin, id, Some(inbox[0].version), "Fine.")
            .await
            .unwrap();
        assert_eq!(state(&p, &shop, id).await, SubscriptionState::Active);
        assert_eq!(subs::waiting(&p, &shop.admin).await.unwrap(), 0);
        assert!(
            mails(&p)
                .await
                .contains(&mail("subscription_approved", "noor@pier.example"))
        );
        let again = subs::reject(&p, &shop.admin, id, None, "No.").await;
        assert!(matches!(again, Err(Error::WrongState(_))));
    })
    .await;
}

#[tokio::test]
async fn refusals_need_a_reason_and_end_it() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.standard.id).await;
        let without = subs::reject(&p, &shop.admin, id, None, "  ").await;
        assert!(matches!(without, Err(Error::Invalid(_))));
        subs::reject(&p, &shop.admin, id, None, "Not yet registered")
            .await
            .unwrap();
        let detail = subs::find(&p, &shop.dev, id).await.unwrap();
        assert_eq!(detail.line.state, SubscriptionState::Rejected);
        assert_eq!(detail.line.reason, "Not yet registered");
        assert_eq!(detail.line.decided_by_name, "ines");
        assert!(
            mails(&p)
                .await
                .contains(&mail("subscription_refused", "noor@pier.example"))
        );
        // Ended: it can be asked for again.
        shop.ask(&p, shop.standard.id).await;
    })
    .await;
}

#[tokio::test]
async fn one_open_subscription_for_each_application_and_product() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.sandbox.id).await;
        let second = request(shop.application, shop.standard.id);
        let error = subs::request(&p, &shop.dev, &second).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "application `Pier 9` has a subscription to payments already; it is active"
        );
        subs::cancel(&p, &shop.dev, id, None, "").await.unwrap();
        subs::request(&p, &shop.dev, &second).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn forms_must_be_filled_in_and_terms_accepted() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let empty = request(shop.application, shop.partner.id);
        let error = subs::request(&p, &shop.dev, &empty).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "answers/use must be answered; accepts_terms must be accepted"
        );
        let filled = Request {
            answers: vec![answer("use", "Coffee")],
            accepts_terms: true,
            ..empty
        };
        let id = subs::request(&p, &shop.dev, &filled).await.unwrap().id;
        let detail = subs::find(&p, &shop.admin, id).await.unwrap();
        assert_eq!(detail.line.answers[0].question, "What will you sell?");
        assert!(detail.events.iter().any(|e| e.kind == "terms_accepted"));
    })
    .await;
}

#[tokio::test]
async fn suspended_ones_are_resumed_but_not_by_their_owner() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.sandbox.id).await;
        let own = subs::suspend(&p, &shop.dev, id, None, "mine").await;
        assert!(matches!(own, Err(Error::Forbidden { .. })));
        subs::suspend(&p, &shop.admin, id, None, "Too many errors")
            .await
            .unwrap();
        assert_eq!(state(&p, &shop, id).await, SubscriptionState::Suspended);
        assert!(
            subs::suspend(&p, &shop.admin, id, None, "again")
                .await
                .is_err()
        );
        subs::resume(&p, &shop.admin, id, None).await.unwrap();
        assert_eq!(state(&p, &shop, id).await, SubscriptionState::Active);
        subs::cancel(&p, &shop.admin, id, None, "Bye")
            .await
            .unwrap();
        assert!(subs::resume(&p, &shop.admin, id, None).await.is_err());
        assert!(subs::cancel(&p, &shop.dev, id, None, "").await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_reviewed_change_leaves_the_old_plan_in_force() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.sandbox.id).await;
        let change =
            async |plan: PlanId| subs::change_plan(&p, &shop.dev, id, None, plan, &[], false).await;
        change(shop.standard.id).await.unwrap();
        let line = subs::find(&p, &shop.dev, id).await.unwrap().line;
        assert_eq!(line.state, SubscriptionState::Active);
        assert_eq!((line.plan_id, line.waiting), (shop.sandbox.id, true));
        assert_eq!(subs::waiting(&p, &shop.admin).await.unwrap(), 1);

        subs::reject(&p, &shop.admin, id, None, "Not now")
            .await
            .unwrap();
        let line = subs::find(&p, &shop.dev, id).await.unwrap().line;
        assert_eq!(
            (line.state, line.plan_id),
            (SubscriptionState::Active, shop.sandbox.id)
        );
        assert!(!line.waiting);

        change(shop.standard.id).await.unwrap();
        subs::approve(&p, &shop.admin, id, None, "").await.unwrap();
        let line = subs::find(&p, &shop.dev, id).await.unwrap().line;
        assert_eq!((line.plan_id, line.waiting), (shop.standard.id, false));
        assert!(line.next_plan_id.is_nil());

        change(shop.sandbox.id).await.unwrap();
        let line = subs::find(&p, &shop.dev, id).await.unwrap().line;
        assert_eq!((line.plan_id, line.waiting), (shop.sandbox.id, false));
    })
    .await;
}

#[tokio::test]
async fn what_was_withdrawn_is_not_approved() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.standard.id).await;
        subs::withdraw(&p, &shop.dev, id, None).await.unwrap();
        let late = subs::approve(&p, &shop.admin, id, None, "").await;
        assert!(matches!(late, Err(Error::WrongState(_))));
        assert_eq!(state(&p, &shop, id).await, SubscriptionState::Cancelled);
    })
    .await;
}

#[tokio::test]
async fn many_are_decided_each_for_itself() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let first = shop.ask(&p, shop.standard.id).await;
        let other = crate::shop::application(&p, &shop.dev, "Other").await;
        let second = request(other, shop.standard.id);
        let second = subs::request(&p, &shop.dev, &second).await.unwrap().id;
        subs::withdraw(&p, &shop.dev, first, None).await.unwrap();
        let yes = Decision::Approve {
            note: String::new(),
        };
        let results = subs::decide_all(&p, &shop.admin, &[first, second], &yes)
            .await
            .unwrap();
        let fine: Vec<_> = results.iter().map(|(_, result)| result.is_ok()).collect();
        assert_eq!(fine, [false, true]);
    })
    .await;
}

#[tokio::test]
async fn retired_plans_authorise_nothing() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.sandbox.id).await;
        let sandbox = &shop.sandbox;
        let used = plans::retire(&p, &shop.admin, sandbox.id, sandbox.version, Open::Refuse).await;
        assert_eq!(
            used.unwrap_err().to_string(),
            "plan `sandbox` has 1 open subscription"
        );
        let retired =
            plans::retire(&p, &shop.admin, sandbox.id, sandbox.version, Open::Cancel).await;
        assert_eq!(retired.unwrap().state, PlanState::Retired);
        assert_eq!(state(&p, &shop, id).await, SubscriptionState::Cancelled);
        let new = subs::request(&p, &shop.dev, &request(shop.application, sandbox.id)).await;
        assert_eq!(
            new.unwrap_err().to_string(),
            "plan `sandbox` is retired and takes no new subscriptions"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_retired_takes_no_subscriptions() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let version = versions::find(&p, &shop.admin, shop.version).await.unwrap();
        versions::lifecycle::retire(&p, &shop.admin, shop.version, version.version)
            .await
            .unwrap();
        let ask = request(shop.application, shop.sandbox.id);
        let refused = subs::request(&p, &shop.dev, &ask).await.unwrap_err();
        assert!(refused.to_string().contains("retired"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn edits_of_what_somebody_else_changed_are_refused() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.standard.id).await;
        let seen = subs::find(&p, &shop.admin, id).await.unwrap().line.version;
        subs::approve(&p, &shop.admin, id, Some(seen), "")
            .await
            .unwrap();
        let late = subs::suspend(&p, &shop.admin, id, Some(seen), "late").await;
        assert!(matches!(late, Err(Error::Conflict { .. })));
    })
    .await;
}

#[tokio::test]
async fn says_who_decides_and_how_long_it_takes() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        for n in 1..=3 {
            let name = format!("Plan {n}");
            let plan = plan(
                &p,
                &shop.admin,
                shop.product,
                &input(&name, Approval::Reviewed),
            )
            .await;
            let id = shop.ask(&p, plan.id).await;
            p.wait(Duration::from_secs(n * 3_600));
            subs::reject(&p, &shop.admin, id, None, "No.")
                .await
                .unwrap();
        }
        let known = subs::who_decides(&p, &shop.dev, shop.product)
            .await
            .unwrap();
        assert_eq!(known.names, ["ines"]);
        let usual = known.usual.unwrap();
        assert_eq!(usual.median, Duration::from_secs(2 * 3_600));
        assert_eq!(
            (usual.p90, usual.decisions),
            (Duration::from_secs(3 * 3_600), 3)
        );
    })
    .await;
}

#[tokio::test]
async fn every_change_is_in_the_feed_and_the_audit_log() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.standard.id).await;
        let act = async |actor: &Actor, name: &str| {
            let before = revision(&p).await;
            match name {
                "approved" => subs::approve(&p, actor, id, None, "").await.map(drop),
                "suspended" => subs::suspend(&p, actor, id, None, "x").await.map(drop),
                "resumed" => subs::resume(&p, actor, id, None).await.map(drop),
                _ => subs::cancel(&p, actor, id, None, "").await.map(drop),
            }
            .unwrap();
            let mut conn = p.db.read().await.unwrap();
            let lines = store::changes::since(&mut conn, before, 10).await.unwrap();
            assert!(
                lines.iter().any(|line| line.entity_id == id.uuid()),
                "{name}"
            );
            let filter = store::audit::AuditFilter {
                action: Some(format!("subscription.{name}")),
                entity_id: Some(id.uuid()),
                ..Default::default()
            };
            let workspace = domain::id::DEFAULT_WORKSPACE;
            let audit = store::audit::list(&mut conn, workspace, &filter, None, 10).await;
            assert_eq!(audit.unwrap().len(), 1, "{name}");
        };
        for name in ["approved", "suspended", "resumed", "cancelled"] {
            act(&shop.admin, name).await;
        }
    })
    .await;
}

async fn revision(platform: &TestPlatform) -> i64 {
    let mut conn = platform.db.read().await.unwrap();
    store::changes::revision(&mut conn).await.unwrap()
}

#[tokio::test]
async fn two_who_act_at_once_do_not_both_win() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let ask = request(shop.application, shop.standard.id);
        let (one, two) = tokio::join!(
            subs::request(&p, &shop.dev, &ask),
            subs::request(&p, &shop.dev, &ask)
        );
        assert!(one.is_ok() != two.is_ok());
        let lost = if one.is_ok() {
            two.as_ref()
        } else {
            one.as_ref()
        };
        assert!(matches!(lost, Err(Error::WrongState(_))), "{lost:?}");

        let id = one.or(two).unwrap().id;
        let (yes, no) = tokio::join!(
            subs::approve(&p, &shop.admin, id, None, ""),
            subs::reject(&p, &shop.admin, id, None, "No.")
        );
        assert!(yes.is_ok() != no.is_ok());
        let stands = state(&p, &shop, id).await;
        assert_eq!(stands == SubscriptionState::Active, yes.is_ok());
    })
    .await;
}

/// A plan that is being retired is not subscribed to in the same moment.
#[tokio::test]
async fn no_subscription_slips_in_while_its_plan_is_retired() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let ask = request(shop.application, shop.sandbox.id);
        let (id, version) = (shop.sandbox.id, shop.sandbox.version);
        let (asked, retired) = tokio::join!(
            subs::request(&p, &shop.dev, &ask),
            plans::retire(&p, &shop.admin, id, version, Open::Refuse)
        );
        assert!(asked.is_ok() != retired.is_ok(), "{asked:?} {retired:?}");
    })
    .await;
}
