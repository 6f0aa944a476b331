//! What developers are told when somebody else changes what they call: by mail and by a message in the portal.

use domain::actor::Actor;
use domain::api::ProductState;
use domain::id::DEFAULT_WORKSPACE;
use operations::credentials::{self, NewKey, Overlap};
use operations::subscriptions as subs;
use operations::versions::lifecycle::{self, Deprecation};
use operations::{Paging, accounts, notifications, products, users};
use store::outbox::OutboxEvent;
use testkit::{TestPlatform, each_platform};

use crate::rates;
use crate::shop::{self, Shop};

const NOOR: &str = "noor@pier.example";

/// The mails of a kind to an address.
async fn mails(platform: &TestPlatform, kind: &str, to: &str) -> Vec<OutboxEvent> {
    let mut conn = platform.db.read().await.unwrap();
    let rows = store::outbox::list(&mut conn, DEFAULT_WORKSPACE, None, None, None, 100).await;
    let mut rows = rows.unwrap();
    rows.retain(|mail| mail.kind == kind && mail.recipient == to);
    rows
}

/// Title and link of the newest message of a person.
async fn newest(platform: &TestPlatform, actor: &Actor) -> (String, String) {
    let page = notifications::list(platform, actor, &Paging::default()).await;
    let message = page.unwrap().items.into_iter().next().unwrap();
    (message.title, message.link)
}

#[tokio::test]
async fn an_owner_hears_of_suspension_resumption_and_end() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.sandbox.id).await;
        subs::suspend(&p, &shop.admin, id, None, "The bill is open.")
            .await
            .unwrap();
        let told = mails(&p, "subscription_suspended", NOOR).await;
        assert_eq!(told[0].payload["reason"], "The bill is open.");
        let link = format!("/subscriptions/{id}");
        assert!(told[0].payload["link"].as_str().unwrap().ends_with(&link));
        let (title, place) = newest(&p, &shop.dev).await;
        assert_eq!(
            title,
            "The subscription of Pier 9 to payments was suspended"
        );
        assert_eq!(place, link);
        subs::resume(&p, &shop.admin, id, None).await.unwrap();
        assert_eq!(mails(&p, "subscription_resumed", NOOR).await.len(), 1);
        subs::cancel(&p, &shop.admin, id, None, "Bye")
            .await
            .unwrap();
        assert_eq!(mails(&p, "subscription_cancelled", NOOR).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn who_did_it_is_not_told() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.sandbox.id).await;
        subs::cancel(&p, &shop.dev, id, None, "").await.unwrap();
        assert!(mails(&p, "subscription_cancelled", NOOR).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_change_of_plan_by_the_team_is_told() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.standard.id).await;
        subs::approve(&p, &shop.admin, id, None, "").await.unwrap();
        subs::change_plan(&p, &shop.admin, id, None, shop.sandbox.id, &[], false)
            .await
            .unwrap();
        let told = mails(&p, "subscription_plan_changed", NOOR).await;
        assert_eq!(told[0].payload["plan"], "Sandbox");
        let (title, _) = newest(&p, &shop.dev).await;
        assert_eq!(title, "Pier 9 is on the plan Sandbox of payments now");
    })
    .await;
}

#[tokio::test]
async fn subscribers_hear_of_the_end_of_a_version_once_each() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        shop.ask(&p, shop.sandbox.id).await;
        let second = shop::application(&p, &shop.dev, "Till").await;
        subs::request(&p, &shop.dev, &shop::request(second, shop.sandbox.id))
            .await
            .unwrap();
        lifecycle::retire(&p, &shop.admin, shop.version, 1)
            .await
            .unwrap();
        let told = mails(&p, "version_retired", NOOR).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].payload["version"], "payments v1");
        assert_eq!(told[0].payload["applications"], "Pier 9, Till");
        let (title, link) = newest(&p, &shop.dev).await;
        assert_eq!(
            (title.as_str(), link.as_str()),
            ("payments v1 is retired", "/apis/payments")
        );
    })
    .await;
}

#[tokio::test]
async fn a_deprecation_names_its_day() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let dev = p.developer(NOOR).await;
        let version = rates::publish(&p, &admin).await.1;
        let draft = ProductState::Draft;
        let product = products::offer(&p, &admin, version.id, draft)
            .await
            .unwrap();
        assert_eq!(product.state, draft, "nobody asked for more");
        let held = products::holding(&p, &admin, version.id).await.unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].id, product.id);
        let again = products::offer(&p, &admin, version.id, ProductState::Published);
        assert_eq!(
            again.await.unwrap().id,
            product.id,
            "the version is on one product already"
        );
        products::publish(&p, &admin, product.id, product.version)
            .await
            .unwrap();
        let plan = shop::input("Free", domain::api::Approval::Instant);
        let plan = shop::plan(&p, &admin, product.id, &plan).await;
        let application = shop::application(&p, &dev, "Pier 9").await;
        subs::request(&p, &dev, &shop::request(application, plan.id))
            .await
            .unwrap();
        let how = Deprecation {
            sunset_at: Some(p.now() + std::time::Duration::from_secs(86_400)),
            successor: None,
        };
        lifecycle::deprecate(&p, &admin, version.id, version.version, how)
            .await
            .unwrap();
        let told = mails(&p, "version_deprecated", NOOR).await;
        assert!(told[0].payload["ends"].as_str().unwrap().ends_with("UTC"));
    })
    .await;
}

#[tokio::test]
async fn a_key_that_the_team_rotates_is_told() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let new = NewKey {
            application: shop.application,
            label: "Production".to_owned(),
            expires_at: None,
        };
        let made = credentials::create(&p, &shop.dev, &new).await.unwrap();
        credentials::rotate(&p, &shop.admin, made.id, None, Overlap::Day, None)
            .await
            .unwrap();
        assert_eq!(mails(&p, "key_rotated", NOOR).await.len(), 1);
        let (title, _) = newest(&p, &shop.dev).await;
        assert!(
            title.starts_with("The key Production was rotated"),
            "{title}"
        );
    })
    .await;
}

#[tokio::test]
async fn an_account_that_is_shut_out_is_told_and_its_applications_are_in_the_feed() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let account = shop.dev.account().unwrap();
        let served = async || {
            let mut conn = p.db.read().await.unwrap();
            let found =
                store::applications::served(&mut conn, DEFAULT_WORKSPACE, shop.application).await;
            (
                found.unwrap().unwrap().state.to_string(),
                store::changes::revision(&mut conn).await.unwrap(),
            )
        };
        let (state, before) = served().await;
        assert_eq!(state, "active");
        users::suspend(&p, &shop.admin, account, "Spam.")
            .await
            .unwrap();
        let (state, stopped) = served().await;
        assert_eq!(state, "suspended");
        assert!(stopped > before, "nodes hear of it");
        let told = mails(&p, "account_suspended", NOOR).await;
        assert_eq!(told[0].payload["reason"], "Spam.");
        users::resume(&p, &shop.admin, account).await.unwrap();
        let (state, again) = served().await;
        assert_eq!(state, "active");
        assert!(again > stopped, "nodes hear of it");
        assert_eq!(mails(&p, "account_resumed", NOOR).await.len(), 1);
        assert!(accounts::profile(&p, &shop.dev).await.is_ok());
    })
    .await;
}
