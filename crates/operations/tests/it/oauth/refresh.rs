//! Refresh tokens, each good once.

use domain::change::ChangeKind;
use operations::oauth::{Code, TokenRequest};
use testkit::each_platform;

use super::stage::{Stage, actions, claims, refreshing};

#[tokio::test]
async fn refresh_tokens_take_turns_and_a_second_use_ends_all() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, None).await;
        let code = stage.code(&p, "read list").await;
        let first = stage.redeem(&p, &code).await.ok().unwrap();
        let fewer = TokenRequest {
            scope: Some("list".to_owned()),
            ..refreshing(first.refresh_token.as_ref().unwrap())
        };
        let second = stage.ask(&p, fewer).await.ok().unwrap();
        assert_eq!(second.scope, "list");
        let third = stage.refresh(&p, &second).await.ok().unwrap();
        assert_eq!(third.scope, "read list", "what was granted stays granted");
        assert!(
            stage
                .is_active(&p, third.refresh_token.as_ref().unwrap())
                .await
        );
        assert!(
            !stage
                .is_active(&p, second.refresh_token.as_ref().unwrap())
                .await
        );
        assert!(stage.is_active(&p, &third.access_token).await);

        assert_eq!(
            stage.refresh(&p, &first).await.err(),
            Some(Code::InvalidGrant)
        );
        assert_eq!(
            stage.refresh(&p, &third).await.err(),
            Some(Code::InvalidGrant)
        );
        assert!(!stage.is_active(&p, &third.access_token).await);
        let mut conn = p.db.read().await.unwrap();
        let family = claims(&third.access_token)["family"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            store::oauth_revocations::load(&mut conn, family)
                .await
                .unwrap()
                .is_some()
        );
        let lines = store::changes::since(&mut conn, 0, 1_000).await.unwrap();
        let is_told =
            |kind: ChangeKind, id| lines.iter().any(|l| l.kind == kind && l.entity_id == id);
        assert!(
            is_told(ChangeKind::OauthRevocation, family),
            "gateways hear of it"
        );
        assert!(
            actions(&p)
                .await
                .contains(&"oauth_tokens.revoked".to_owned())
        );

        let wider = TokenRequest {
            scope: Some("delete".to_owned()),
            ..refreshing(
                stage
                    .redeem(&p, &stage.code(&p, "read").await)
                    .await
                    .ok()
                    .unwrap()
                    .refresh_token
                    .as_ref()
                    .unwrap(),
            )
        };
        assert_eq!(stage.ask(&p, wider).await.err(), Some(Code::InvalidScope));
    })
    .await;
}
