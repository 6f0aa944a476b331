//! Tokens that are bound to a key of the client (RFC 9449).

use std::time::Duration;

use domain::actor::Actor;
use operations::oauth::{self, Asker, Code, TokenRequest};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use testkit::{ClientKey, TestPlatform, each_platform};

use super::stage::{Stage, asking, claims, redemption, refreshing};

/// A proof for the token endpoint, with these changes.
fn proof(key: &ClientKey, p: &TestPlatform, id: &str, changes: &Value) -> String {
    let endpoint = format!("{}/oauth/token", oauth::issuer(&p.settings));
    let now = p.now().seconds();
    let mut claims = json!({"jti": id, "htm": "POST", "htu": endpoint, "iat": now});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    key.prove(&claims)
}

/// The same request with a proof.
fn proven(key: &ClientKey, p: &TestPlatform, id: &str, request: TokenRequest) -> TokenRequest {
    TokenRequest {
        proof: Some(proof(key, p, id, &json!({}))),
        ..request
    }
}

#[tokio::test]
async fn a_token_is_bound_to_the_key_that_was_proven() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        let key = ClientKey::new();
        let asked = proven(&key, &p, "one", asking("client_credentials"));
        let tokens = stage.ask(&p, asked.clone()).await.ok().unwrap();
        assert_eq!(tokens.token_type, "DPoP");
        assert_eq!(
            claims(&tokens.access_token)["cnf"],
            json!({"jkt": key.thumbprint()})
        );
        let asker = Asker::Client(stage.presented());
        let told = oauth::introspect(&p, &asker, tokens.access_token.reveal()).await;
        let told = told.map_err(|e| e.to_string()).unwrap();
        assert_eq!(
            (&told["token_type"], &told["cnf"]["jkt"]),
            (&json!("DPoP"), &json!(key.thumbprint()))
        );
        let again = stage.ask(&p, asked).await;
        assert_eq!(again.err(), Some(Code::InvalidDpopProof), "it is good once");
        let plain = stage.ask(&p, asking("client_credentials")).await;
        let plain = plain.ok().unwrap();
        assert_eq!(plain.token_type, "Bearer");
        assert!(claims(&plain.access_token).get("cnf").is_none());

        let now = p.now().seconds();
        for changes in [
            json!({"htm": "GET"}),
            json!({"htu": "https://elsewhere.example/oauth/token"}),
            json!({"htu": format!("{}/oauth/revoke", oauth::issuer(&p.settings))}),
            json!({"iat": now - 120}),
            json!({"iat": now + 31}),
        ] {
            let refused = TokenRequest {
                proof: Some(proof(&key, &p, "two", &changes)),
                ..asking("client_credentials")
            };
            let refused = stage.ask(&p, refused).await;
            assert_eq!(refused.err(), Some(Code::InvalidDpopProof), "{changes}");
        }
        let good = proven(&key, &p, "two", asking("client_credentials"));
        assert!(stage.ask(&p, good).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_of_a_client_without_a_secret_needs_its_key() {
    each_platform(async |p| {
        let stage = Stage::new(&p, false).await;
        stage.subscribe(&p, None).await;
        let (key, other) = (ClientKey::new(), ClientKey::new());
        let code = stage.code(&p, "read").await;
        let redeemed = proven(&key, &p, "one", redemption(&code));
        let first = stage.ask(&p, redeemed).await.ok().unwrap();
        let token = first.refresh_token.as_ref().unwrap();
        assert_eq!(
            stage.ask(&p, refreshing(token)).await.err(),
            Some(Code::InvalidGrant)
        );
        let foreign = proven(&other, &p, "two", refreshing(token));
        assert_eq!(stage.ask(&p, foreign).await.err(), Some(Code::InvalidGrant));
        // neither used it up
        let second = proven(&key, &p, "two", refreshing(token));
        let second = stage.ask(&p, second).await.ok().unwrap();
        assert_eq!(second.token_type, "DPoP");
        let token = second.refresh_token.as_ref().unwrap();
        assert_eq!(
            stage.ask(&p, refreshing(token)).await.err(),
            Some(Code::InvalidGrant)
        );
        let third = proven(&key, &p, "three", refreshing(token));
        assert!(stage.ask(&p, third).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_client_with_a_secret_may_change_its_key() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, None).await;
        let code = stage.code(&p, "read").await;
        let redeemed = proven(&ClientKey::new(), &p, "one", redemption(&code));
        let first = stage.ask(&p, redeemed).await.ok().unwrap();
        let next = ClientKey::new();
        let token = first.refresh_token.as_ref().unwrap();
        let second = stage.ask(&p, proven(&next, &p, "one", refreshing(token)));
        let second = second.await.ok().unwrap();
        assert_eq!(
            claims(&second.access_token)["cnf"]["jkt"],
            next.thumbprint()
        );
        let plain = stage.refresh(&p, &second).await.ok().unwrap();
        assert_eq!(plain.token_type, "Bearer");
    })
    .await;
}

#[tokio::test]
async fn proofs_are_forgotten_when_they_are_too_old() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        let key = ClientKey::new();
        let proof = proof(&key, &p, "one", &json!({"iat": p.now().seconds() + 20}));
        let asked = TokenRequest {
            proof: Some(proof),
            ..asking("client_credentials")
        };
        assert!(stage.ask(&p, asked.clone()).await.is_ok());
        let system = Actor::system(p.settings.workspace);
        let hash: [u8; 32] = {
            let mut hash = Sha256::new();
            hash.update(key.thumbprint());
            hash.update("one");
            hash.finalize().into()
        };
        let is_known = async || {
            let mut work = p.begin(&system).await.unwrap();
            let (workspace, at) = (work.workspace(), work.at());
            let taken = store::dpop_proofs::take(work.conn(), workspace, hash, at).await;
            !taken.unwrap()
        };
        p.wait(Duration::from_secs(139));
        oauth::forget(&p, &system).await.unwrap();
        assert_eq!(
            stage.ask(&p, asked.clone()).await.err(),
            Some(Code::InvalidDpopProof)
        );
        assert!(is_known().await);
        p.wait(Duration::from_secs(62));
        oauth::forget(&p, &system).await.unwrap();
        assert!(!is_known().await);
        assert_eq!(
            stage.ask(&p, asked).await.err(),
            Some(Code::InvalidDpopProof)
        );
    })
    .await;
}
