//! What a person is asked, and what a code is good for.

use std::time::Duration;

use domain::actor::Origin;
use operations::Error;
use operations::oauth::authorize::{self, Rejected, Request};
use operations::oauth::client::Presented;
use operations::oauth::{self, Code, TokenRequest, grants};
use testkit::each_platform;

use super::stage::{Stage, actions, claims, client, parameter, redemption, told};

#[tokio::test]
async fn a_person_consents_and_the_code_is_good_once() {
    each_platform(async |p| {
        let stage = Stage::new(&p, false).await;
        stage.subscribe(&p, None).await;
        let code = stage.code(&p, "read list").await;

        for wrong in [
            TokenRequest {
                code_verifier: Some("x".repeat(43)),
                ..redemption(&code)
            },
            TokenRequest {
                redirect_uri: Some("https://app.example/back".to_owned()),
                ..redemption(&code)
            },
            redemption("another"),
        ] {
            assert_eq!(stage.ask(&p, wrong).await.err(), Some(Code::InvalidGrant));
        }
        let without = TokenRequest {
            code_verifier: None,
            ..redemption(&code)
        };
        assert_eq!(
            stage.ask(&p, without).await.err(),
            Some(Code::InvalidRequest)
        );
        let other = client(&p, &stage.shop, false).await;
        let other = Presented {
            client_id: other.facts["client_id"].as_str().unwrap().to_owned(),
            secret: None,
        };
        let stolen = oauth::token(&p, Origin::default(), &other, &redemption(&code)).await;
        assert_eq!(told(stolen).err(), Some(Code::InvalidGrant));

        let tokens = stage.redeem(&p, &code).await.ok().unwrap();
        let claims = claims(&tokens.access_token);
        assert_eq!(claims["sub"], stage.person.account().unwrap().to_string());
        assert_eq!(tokens.scope, "read list");
        assert_eq!(
            stage.redeem(&p, &code).await.err(),
            Some(Code::InvalidGrant)
        );
        let after = stage.refresh(&p, &tokens).await;
        assert_eq!(
            after.err(),
            Some(Code::InvalidGrant),
            "a code that comes twice ends what it gave"
        );
        let mine = grants::mine(&p, &stage.person).await.unwrap();
        assert_eq!((mine.len(), mine[0].scopes.as_str()), (1, "read list"));
        assert!(
            actions(&p)
                .await
                .contains(&"oauth_grant.allowed".to_owned())
        );

        let late = stage.code(&p, "read").await;
        p.wait(Duration::from_secs(60));
        assert_eq!(
            stage.redeem(&p, &late).await.err(),
            Some(Code::InvalidGrant)
        );
    })
    .await;
}

#[tokio::test]
async fn only_a_request_that_can_be_answered_is_shown() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, Some(&["read"])).await;
        let good = stage.authorization("read");
        let ask = async |request: Request| authorize::read(&p, &stage.person, &request).await.err();
        assert!(ask(good.clone()).await.is_none());
        for request in [
            Request {
                client_id: "ghc_none".to_owned(),
                ..good.clone()
            },
            Request {
                redirect_uri: "https://app.example/back".to_owned(),
                ..good.clone()
            },
            Request {
                redirect_uri: "https://evil.example/".to_owned(),
                ..good.clone()
            },
        ] {
            assert!(matches!(ask(request).await, Some(Rejected::Told(_))));
        }
        for (request, error) in [
            (
                Request {
                    response_type: "token".to_owned(),
                    ..good.clone()
                },
                "unsupported_response_type",
            ),
            (
                Request {
                    code_challenge_method: "plain".to_owned(),
                    ..good.clone()
                },
                "invalid_request",
            ),
            (
                Request {
                    code_challenge: String::new(),
                    ..good.clone()
                },
                "invalid_request",
            ),
            (
                Request {
                    scope: "read delete".to_owned(),
                    ..good.clone()
                },
                "invalid_scope",
            ),
        ] {
            let Some(Rejected::SentBack(back)) = ask(request).await else {
                panic!("{error} is for the client");
            };
            assert_eq!(parameter(&back, "error").as_deref(), Some(error));
            assert_eq!(parameter(&back, "state").as_deref(), Some("s&1"));
            assert_eq!(parameter(&back, "iss"), Some(oauth::issuer(&p.settings)));
        }
        let question = authorize::read(&p, &stage.person, &good)
            .await
            .ok()
            .unwrap();
        let no = question.refused(&p);
        assert_eq!(parameter(&no, "error").as_deref(), Some("access_denied"));
        let visitor = authorize::read(&p, &p.visitor(), &good).await.err();
        assert!(matches!(
            visitor,
            Some(Rejected::Failed(Error::SignInNeeded))
        ));
    })
    .await;
}
