//! Applications: whose they are, and what goes with them.

use domain::actor::Actor;
use domain::subscription::ApplicationState;
use operations::applications::{self, Input, Search};
use operations::credentials::{self, NewKey};
use operations::plans::Open;
use operations::subscriptions as subs;
use operations::usage::{Only, Preset, Query, Range, Scope};
use operations::{Error, Paging, playground, request_log, usage};
use testkit::each_platform;

use crate::shop::{Shop, request};

fn named(name: &str) -> Input {
    Input {
        name: name.to_owned(),
        description: String::new(),
    }
}

/// Everything that a person could try on something of somebody else's answers as if it were not there.
#[tokio::test]
async fn what_is_somebody_elses_is_not_there() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let subscription = shop.ask(&p, shop.sandbox.id).await;
        let key = NewKey {
            application: shop.application,
            label: "Production".to_owned(),
            expires_at: None,
        };
        let credential = credentials::create(&p, &shop.dev, &key).await.unwrap().id;
        let stranger = p.developer("eve@else.example").await;
        let (who, app) = (&stranger, shop.application);
        let scope = Scope::Application(app);
        let query = Query {
            scope,
            range: Range::Last(Preset::Hour),
            only: Only::default(),
        };
        let plan = shop.standard.id;
        let search = request_log::Search::default();
        let paging = Paging::default();
        let overlap = credentials::Overlap::Now;
        let results: Vec<(&str, Result<(), Error>)> = vec![
            ("find", applications::find(&p, who, app).await.map(drop)),
            (
                "update",
                applications::update(&p, who, app, 1, &named("x"))
                    .await
                    .map(drop),
            ),
            ("impact", applications::impact(&p, who, app).await.map(drop)),
            (
                "delete",
                applications::delete(&p, who, app, 1, Open::Cancel).await,
            ),
            (
                "subscribe",
                subs::request(&p, who, &request(app, plan)).await.map(drop),
            ),
            (
                "subscriptions",
                subs::of_application(&p, who, app).await.map(drop),
            ),
            (
                "subscription",
                subs::find(&p, who, subscription).await.map(drop),
            ),
            (
                "withdraw",
                subs::withdraw(&p, who, subscription, None).await.map(drop),
            ),
            (
                "cancel",
                subs::cancel(&p, who, subscription, None, "")
                    .await
                    .map(drop),
            ),
            (
                "change",
                subs::change_plan(&p, who, subscription, None, plan, &[], true)
                    .await
                    .map(drop),
            ),
            (
                "new key",
                credentials::create(&p, who, &key).await.map(drop),
            ),
            (
                "keys",
                credentials::of_application(&p, who, app).await.map(drop),
            ),
            (
                "key",
                credentials::find(&p, who, credential).await.map(drop),
            ),
            (
                "edit key",
                credentials::edit(&p, who, credential, None, "x", None).await,
            ),
            (
                "rotate",
                credentials::rotate(&p, who, credential, None, overlap, None)
                    .await
                    .map(drop),
            ),
            (
                "extend",
                credentials::extend(&p, who, credential, None, overlap).await,
            ),
            (
                "revoke",
                credentials::revoke(&p, who, credential, None, "").await,
            ),
            ("usage", usage::report(&p, who, &query).await.map(drop)),
            ("quotas", usage::quotas(&p, who, app).await.map(drop)),
            (
                "log",
                request_log::list(&p, who, scope, &search, &paging)
                    .await
                    .map(drop),
            ),
            (
                "token",
                playground::issue(&p, who, app, shop.version)
                    .await
                    .map(drop),
            ),
        ];
        for (what, result) in results {
            assert!(matches!(result, Err(Error::NotFound { .. })), "{what}");
        }
        assert!(applications::own(&p, who).await.unwrap().is_empty());
        assert!(subs::own(&p, who).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn lists_of_everybody_need_a_permission() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let (who, paging) = (&shop.dev, Paging::default());
        let everything = Query {
            scope: Scope::Everything,
            range: Range::Last(Preset::Hour),
            only: Only::default(),
        };
        let refused = |actor: Actor| {
            let (p, paging) = (&p, &paging);
            async move {
                [
                    applications::list(p, &actor, &Search::default(), paging)
                        .await
                        .map(drop),
                    subs::inbox(p, &actor, &subs::Inbox::default(), paging)
                        .await
                        .map(drop),
                    credentials::list(p, &actor, None, "", paging)
                        .await
                        .map(drop),
                    usage::report(p, &actor, &everything).await.map(drop),
                    operations::nodes::list(p, &actor).await.map(drop),
                ]
            }
        };
        for result in refused(who.clone()).await {
            assert!(matches!(result, Err(Error::Forbidden { .. })));
        }
        for result in refused(p.visitor()).await {
            assert!(matches!(result, Err(Error::SignInNeeded)));
        }
        for result in refused(shop.admin.clone()).await {
            result.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn deleting_one_takes_what_hangs_on_it_only_when_asked_to() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let subscription = shop.ask(&p, shop.sandbox.id).await;
        let app = shop.application;
        let refused = applications::delete(&p, &shop.dev, app, 1, Open::Refuse).await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            "application `Pier 9` has 1 open subscription"
        );
        applications::delete(&p, &shop.dev, app, 1, Open::Cancel)
            .await
            .unwrap();
        assert!(applications::find(&p, &shop.dev, app).await.is_err());
        assert!(subs::find(&p, &shop.admin, subscription).await.is_err());
        let mut conn = p.db.read().await.unwrap();
        let lines = store::changes::since(&mut conn, 0, 100).await.unwrap();
        for id in [app.uuid(), subscription.uuid()] {
            let last = lines
                .iter()
                .rev()
                .find(|line| line.entity_id == id)
                .unwrap();
            assert!(last.deleted);
        }
    })
    .await;
}

#[tokio::test]
async fn found_by_name_owner_and_key() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let key = NewKey {
            application: shop.application,
            label: "Production".to_owned(),
            expires_at: None,
        };
        let key = credentials::create(&p, &shop.dev, &key).await.unwrap();
        crate::shop::application(&p, &shop.admin, "Other").await;
        let secret = key.secret.reveal().to_owned();
        for text in ["pier", "NOOR@", &key.hint.prefix, &secret, ""] {
            let search = Search {
                text: text.to_owned(),
                ..Search::default()
            };
            let page = applications::list(&p, &shop.admin, &search, &Paging::default()).await;
            let found = page.unwrap().items.len();
            assert_eq!(found, if text.is_empty() { 2 } else { 1 }, "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn suspended_ones_get_no_keys_and_their_owner_is_told() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let app = shop.application;
        let own = applications::suspend(&p, &shop.dev, app, 1, "").await;
        assert!(matches!(own, Err(Error::Forbidden { .. })));
        let after = applications::suspend(&p, &shop.admin, app, 1, "Abuse")
            .await
            .unwrap();
        assert_eq!(after.state, ApplicationState::Suspended);
        let key = NewKey {
            application: app,
            label: "Production".to_owned(),
            expires_at: None,
        };
        let refused = credentials::create(&p, &shop.dev, &key).await;
        assert!(matches!(refused, Err(Error::WrongState(_))));
        let mut conn = p.db.read().await.unwrap();
        let owner = shop.dev.account().unwrap();
        let told = store::notifications::unread(&mut conn, shop.dev.workspace, owner).await;
        assert_eq!(told.unwrap(), 1);
    })
    .await;
}
