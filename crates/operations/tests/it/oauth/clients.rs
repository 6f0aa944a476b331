//! What clients get for themselves, and what they must show for it.

use std::time::Duration;

use domain::actor::Origin;
use operations::credentials::{self, Overlap};
use operations::oauth::client::Presented;
use operations::oauth::{self, Code, TokenRequest};
use operations::secrets::Secret;
use operations::{Error, applications};
use sha2::{Digest as _, Sha256};
use testkit::each_platform;

use super::stage::{Stage, actions, asking, claims, client, told};

#[tokio::test]
async fn a_client_gets_a_token_for_itself() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, Some(&["read", "list"])).await;
        let tokens = stage
            .ask(&p, asking("client_credentials"))
            .await
            .ok()
            .unwrap();
        assert!(tokens.refresh_token.is_none());
        assert_eq!(tokens.scope, "read list");
        let claims = claims(&tokens.access_token);
        assert_eq!(claims["iss"], oauth::issuer(&p.settings));
        assert_eq!(claims["sub"], claims["client_id"]);
        assert_eq!(
            claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
            900
        );
        assert!(stage.is_active(&p, &tokens.access_token).await);

        let narrow = TokenRequest {
            scope: Some("list".to_owned()),
            ..asking("client_credentials")
        };
        assert_eq!(stage.ask(&p, narrow).await.ok().unwrap().scope, "list");
        let wide = TokenRequest {
            scope: Some("read delete".to_owned()),
            ..asking("client_credentials")
        };
        assert_eq!(stage.ask(&p, wide).await.err(), Some(Code::InvalidScope));
        assert_eq!(
            stage.ask(&p, asking("password")).await.err(),
            Some(Code::UnsupportedGrantType)
        );
        assert_eq!(
            stage.ask(&p, TokenRequest::default()).await.err(),
            Some(Code::InvalidRequest)
        );
        assert!(actions(&p).await.contains(&"oauth_token.issued".to_owned()));

        let secret = stage.client.secret.as_ref().unwrap().reveal().to_owned();
        let mut conn = p.db.read().await.unwrap();
        let row =
            store::credentials::find(&mut conn, stage.shop.dev.workspace, stage.client.id).await;
        let row = row.unwrap().unwrap();
        assert_eq!(row.secret_hash, Sha256::digest(&secret).to_vec());
        assert!(!row.facts.0.to_string().contains(&secret[12..]));
    })
    .await;
}

#[tokio::test]
async fn a_client_must_prove_itself_and_be_in_force() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        let asked = asking("client_credentials");
        let with = async |client_id: &str, secret: Option<&str>| {
            let presented = Presented {
                client_id: client_id.to_owned(),
                secret: secret.map(Secret::new),
            };
            told(oauth::token(&p, Origin::default(), &presented, &asked).await).err()
        };
        let secret = stage.client.secret.clone().unwrap();
        let id = stage.client_id();
        assert_eq!(with(id, Some(secret.reveal())).await, None);
        assert_eq!(
            with(id, Some("gh_oauth_else")).await,
            Some(Code::InvalidClient)
        );
        assert_eq!(with(id, None).await, Some(Code::InvalidClient));
        assert_eq!(
            with("ghc_none", Some(secret.reveal())).await,
            Some(Code::InvalidClient)
        );
        let application = stage.shop.application;
        let suspended = applications::suspend(&p, &stage.shop.admin, application, 1, "test").await;
        let version = suspended.unwrap().version;
        assert_eq!(
            with(id, Some(secret.reveal())).await,
            Some(Code::UnauthorizedClient)
        );
        applications::resume(&p, &stage.shop.admin, application, version)
            .await
            .unwrap();
        credentials::revoke(&p, &stage.shop.dev, stage.client.id, None, "")
            .await
            .unwrap();
        assert_eq!(
            with(id, Some(secret.reveal())).await,
            Some(Code::InvalidClient)
        );

        let public = Stage {
            client: client(&p, &stage.shop, false).await,
            ..stage
        };
        assert!(public.client.secret.is_none());
        let for_itself = public.ask(&p, asking("client_credentials")).await;
        assert_eq!(for_itself.err(), Some(Code::UnauthorizedClient));
        let rotated = credentials::rotate(
            &p,
            &public.shop.dev,
            public.client.id,
            None,
            Overlap::Day,
            None,
        );
        assert!(matches!(rotated.await, Err(Error::WrongState(_))));
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_rotated_with_an_overlap() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        let new = credentials::rotate(
            &p,
            &stage.shop.dev,
            stage.client.id,
            None,
            Overlap::Hour,
            None,
        )
        .await;
        let new = new.map_err(|e| e.to_string()).ok().unwrap();
        let presented = Presented {
            client_id: new.facts["client_id"].as_str().unwrap().to_owned(),
            secret: Some(new.secret.clone()),
        };
        let asked = asking("client_credentials");
        let given = oauth::token(&p, Origin::default(), &presented, &asked).await;
        assert!(given.is_ok());
        assert!(stage.ask(&p, asking("client_credentials")).await.is_ok());
        p.wait(Duration::from_secs(3_600));
        let over = stage.ask(&p, asking("client_credentials")).await;
        assert_eq!(over.err(), Some(Code::InvalidClient));
    })
    .await;
}
