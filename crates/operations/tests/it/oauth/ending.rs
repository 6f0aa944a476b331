//! How tokens end, and who learns of them.

use std::time::Duration;

use domain::account::AccountState;
use domain::actor::{Actor, Origin};
use operations::Error;
use operations::credentials::{self, Wanted};
use operations::oauth::client::Presented;
use operations::oauth::{self, Asker, Code, OauthError, grants};
use operations::secrets::Secret;
use testkit::each_platform;

use super::stage::{Stage, asking, client, told};

#[tokio::test]
async fn tokens_are_taken_back_by_the_client_and_by_the_person() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, None).await;
        let revoke = async |token: &Secret| {
            told(oauth::revoke(&p, Origin::default(), &stage.presented(), token.reveal()).await)
        };
        let tokens = stage
            .redeem(&p, &stage.code(&p, "read").await)
            .await
            .ok()
            .unwrap();
        revoke(&tokens.access_token).await.unwrap();
        assert!(!stage.is_active(&p, &tokens.access_token).await);
        let next = stage.refresh(&p, &tokens).await.ok().unwrap();
        assert!(stage.is_active(&p, &next.access_token).await);
        revoke(next.refresh_token.as_ref().unwrap()).await.unwrap();
        assert!(!stage.is_active(&p, &next.access_token).await);
        assert_eq!(
            stage.refresh(&p, &next).await.err(),
            Some(Code::InvalidGrant)
        );
        revoke(&Secret::new("nothing of ours")).await.unwrap();

        let other = client(&p, &stage.shop, true).await;
        let foreign = Presented {
            client_id: other.facts["client_id"].as_str().unwrap().to_owned(),
            secret: other.secret,
        };
        let tokens = stage
            .redeem(&p, &stage.code(&p, "read").await)
            .await
            .ok()
            .unwrap();
        let refused = oauth::revoke(
            &p,
            Origin::default(),
            &foreign,
            tokens.access_token.reveal(),
        )
        .await;
        assert_eq!(told(refused).err(), Some(Code::UnauthorizedClient));

        let grant = grants::mine(&p, &stage.person).await.unwrap()[0].id;
        let stranger = grants::withdraw(&p, &stage.shop.dev, grant).await;
        assert!(matches!(stranger, Err(Error::NotFound { .. })));
        grants::withdraw(&p, &stage.person, grant).await.unwrap();
        assert!(grants::mine(&p, &stage.person).await.unwrap().is_empty());
        assert!(!stage.is_active(&p, &tokens.access_token).await);
        assert_eq!(
            stage.refresh(&p, &tokens).await.err(),
            Some(Code::InvalidGrant)
        );
    })
    .await;
}

#[tokio::test]
async fn others_learn_nothing_about_a_token() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        let tokens = stage
            .ask(&p, asking("client_credentials"))
            .await
            .ok()
            .unwrap();
        let ask = async |asker: Asker| {
            let told_of = oauth::introspect(&p, &asker, tokens.access_token.reveal()).await;
            told_of.map(|told| told["active"] == true)
        };
        assert!(matches!(
            ask(Asker::Team(stage.shop.admin.clone())).await,
            Ok(true)
        ));
        let dev = ask(Asker::Team(stage.shop.dev.clone())).await;
        assert!(matches!(
            dev,
            Err(OauthError::Failed(Error::Forbidden { .. }))
        ));
        let application = crate::shop::application(&p, &stage.person, "Other").await;
        let wanted = Wanted::OauthClient {
            redirect_uris: Vec::new(),
            is_confidential: true,
        };
        let other =
            credentials::issue(&p, &stage.person, application, "Other", None, &wanted).await;
        let other = other.map_err(|e| e.to_string()).ok().unwrap();
        let presented = Presented {
            client_id: other.facts["client_id"].as_str().unwrap().to_owned(),
            secret: other.secret,
        };
        assert!(matches!(ask(Asker::Client(presented)).await, Ok(false)));
        p.wait(Duration::from_secs(900));
        assert!(!stage.is_active(&p, &tokens.access_token).await);
    })
    .await;
}

#[tokio::test]
async fn what_has_ended_is_forgotten_and_the_suspended_get_nothing() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, None).await;
        let tokens = stage
            .redeem(&p, &stage.code(&p, "read").await)
            .await
            .ok()
            .unwrap();
        let presented = stage.presented();
        oauth::revoke(
            &p,
            Origin::default(),
            &presented,
            tokens.access_token.reveal(),
        )
        .await
        .ok()
        .unwrap();
        let system = Actor::system(p.settings.workspace);
        let known = async || {
            let mut conn = p.db.read().await.unwrap();
            store::oauth_revocations::all(&mut conn)
                .await
                .unwrap()
                .len()
        };
        oauth::forget(&p, &system).await.unwrap();
        assert_eq!(known().await, 1);
        p.wait(Duration::from_secs(960));
        oauth::forget(&p, &system).await.unwrap();
        assert_eq!(known().await, 0);

        let account = stage.person.account().unwrap();
        let mut work = p.begin(&system).await.unwrap();
        let (workspace, at) = (p.settings.workspace, work.at());
        let (from, to) = (AccountState::Active, AccountState::Suspended);
        store::accounts::set_state(work.conn(), workspace, account, from, to, at)
            .await
            .unwrap();
        work.commit().await.unwrap();
        assert_eq!(
            stage.refresh(&p, &tokens).await.err(),
            Some(Code::InvalidGrant)
        );
    })
    .await;
}
