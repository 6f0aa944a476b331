//! Tokens that are bound to a key of the client (RFC 9449).

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use domain::actor::Actor;
use operations::oauth::{self, Asker, Code, TokenRequest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use testkit::{TestPlatform, each_platform};

use super::stage::{Stage, asking, claims, redemption, refreshing};

/// A key of a client.
struct ClientKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl ClientKey {
    fn new() -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let made = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).unwrap();
        Self { pair, random }
    }

    /// Its members in the order of RFC 7638.
    fn public(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({"crv": "P-256", "kty": "EC", "x": text(x), "y": text(y)})
    }

    fn thumbprint(&self) -> String {
        let members = self.public().to_string();
        BASE64URL_NOPAD.encode(&Sha256::digest(members.as_bytes()))
    }

    /// A proof for the token endpoint, with these changes.
    fn proof(&self, p: &TestPlatform, id: &str, changes: &Value) -> String {
        let endpoint = format!("{}/oauth/token", oauth::issuer(&p.settings));
        let now = p.now().seconds();
        let mut claims = json!({"jti": id, "htm": "POST", "htu": endpoint, "iat": now});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let head = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.public()});
        let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", encode(&head), encode(&claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }

    /// The same request with a proof.
    fn proven(&self, p: &TestPlatform, id: &str, request: TokenRequest) -> TokenRequest {
        TokenRequest {
            proof: Some(self.proof(p, id, &json!({}))),
            ..request
        }
    }
}

#[tokio::test]
async fn a_token_is_bound_to_the_key_that_was_proven() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        let key = ClientKey::new();
        let asked = key.proven(&p, "one", asking("client_credentials"));
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
                proof: Some(key.proof(&p, "two", &changes)),
                ..asking("client_credentials")
            };
            let refused = stage.ask(&p, refused).await;
            assert_eq!(refused.err(), Some(Code::InvalidDpopProof), "{changes}");
        }
        let good = key.proven(&p, "two", asking("client_credentials"));
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
        let redeemed = key.proven(&p, "one", redemption(&code));
        let first = stage.ask(&p, redeemed).await.ok().unwrap();
        let token = first.refresh_token.as_ref().unwrap();
        assert_eq!(
            stage.ask(&p, refreshing(token)).await.err(),
            Some(Code::InvalidGrant)
        );
        let foreign = other.proven(&p, "two", refreshing(token));
        assert_eq!(stage.ask(&p, foreign).await.err(), Some(Code::InvalidGrant));
        // neither used it up
        let second = key.proven(&p, "two", refreshing(token));
        let second = stage.ask(&p, second).await.ok().unwrap();
        assert_eq!(second.token_type, "DPoP");
        let token = second.refresh_token.as_ref().unwrap();
        assert_eq!(
            stage.ask(&p, refreshing(token)).await.err(),
            Some(Code::InvalidGrant)
        );
        let third = key.proven(&p, "three", refreshing(token));
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
        let redeemed = ClientKey::new().proven(&p, "one", redemption(&code));
        let first = stage.ask(&p, redeemed).await.ok().unwrap();
        let next = ClientKey::new();
        let token = first.refresh_token.as_ref().unwrap();
        let second = stage.ask(&p, next.proven(&p, "one", refreshing(token)));
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
        let proof = key.proof(&p, "one", &json!({"iat": p.now().seconds() + 20}));
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
