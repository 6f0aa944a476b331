//! Playground tokens: for whom, for what, and that the public key in the store verifies them.

use std::time::Duration;

use domain::id::ApiVersionId;
use operations::playground::{self, PURPOSE, TokenError};
use operations::{Error, subscriptions as subs};
use testkit::each_platform;

use crate::shop::{Shop, api};

#[tokio::test]
async fn a_token_is_bound_to_person_and_subscription() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let without = playground::issue(&p, &shop.dev, shop.application, shop.version).await;
        assert!(matches!(without, Err(Error::WrongState(_))));
        let id = shop.ask(&p, shop.sandbox.id).await;
        let issued = playground::issue(&p, &shop.dev, shop.application, shop.version).await;
        let issued = issued.map_err(|e| e.to_string()).ok().unwrap();
        assert_eq!(issued.expires_at, p.now() + Duration::from_secs(900));

        let mut conn = p.db.read().await.unwrap();
        let key = store::signing_keys::newest(&mut conn, shop.dev.workspace, PURPOSE).await;
        let key = key.unwrap().unwrap();
        let public: [u8; 32] = key.public_key.clone().try_into().unwrap();
        let verify = |now| {
            let find = |kid| (kid == key.id).then_some(public);
            playground::verify(issued.token.reveal(), now, find)
        };
        let claims = verify(p.now()).unwrap();
        assert_eq!((claims.sub, claims.app), (id, shop.application));
        assert_eq!(Some(claims.acc), shop.dev.account());
        assert_eq!(verify(issued.expires_at), Err(TokenError::Expired));
        assert_ne!(key.sealed_private_key.len(), 32);
    })
    .await;
}

#[tokio::test]
async fn only_what_the_subscription_holds_can_be_tried() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let id = shop.ask(&p, shop.sandbox.id).await;
        let (_, other) = api(&p, &shop.admin, "rates").await;
        let tried = async |version: ApiVersionId| {
            playground::issue(&p, &shop.dev, shop.application, version)
                .await
                .is_ok()
        };
        let under = async |version: ApiVersionId| {
            let issued = playground::issue_under(&p, &shop.dev, id, version).await;
            issued.is_ok_and(|issued| issued.subscription == id)
        };
        assert!(tried(shop.version).await && under(shop.version).await);
        assert!(!tried(other).await && !under(other).await);
        let stranger = p.developer("sam@dock.example").await;
        let foreign = playground::issue_under(&p, &stranger, id, shop.version).await;
        assert!(matches!(foreign, Err(Error::WrongState(_))));
        let choices = playground::choices(&p, &shop.dev, shop.version)
            .await
            .unwrap();
        assert_eq!((choices.len(), choices[0].works), (1, true));
        subs::suspend(&p, &shop.admin, id, None, "x").await.unwrap();
        assert!(!tried(shop.version).await && !under(shop.version).await);
        let choices = playground::choices(&p, &shop.dev, shop.version)
            .await
            .unwrap();
        assert!(!choices[0].works);
    })
    .await;
}
