//! The keys that sign: how they follow each other, and what they sign with.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use domain::actor::Actor;
use domain::oauth::SigningAlgorithm;
use gateway_policies::jose::algorithm::Algorithm;
use gateway_policies::jose::compact::Compact;
use gateway_policies::jose::key_set::KeySet;
use operations::oauth;
use operations::platform::Ingredients;
use operations::settings::Settings;
use operations::{Error, Platform};
use serde_json::{Value, json};
use testkit::{TestPlatform, each_platform};

use super::stage::{Stage, asking};

/// What the tokens of now are signed with; each is verified with the key set that everybody sees.
async fn signs(p: &TestPlatform, stage: &Stage) -> String {
    let tokens = stage.ask(p, asking("client_credentials")).await;
    let text = tokens.ok().unwrap().access_token;
    let token = Compact::parse(text.reveal()).unwrap();
    let set = oauth::jwks(p).await.unwrap().to_string();
    let set = KeySet::parse(set.as_bytes(), &[]).unwrap();
    assert_eq!(set.verify(&token, &Algorithm::ALL), Ok(()));
    assert!(stage.is_active(p, &text).await);
    token.algorithm
}

/// The same platform after a start with another choice.
fn signing_with(p: &TestPlatform, token_signing: SigningAlgorithm) -> Platform {
    Platform::new(Ingredients {
        db: p.db.clone(),
        clock: p.clock.clone(),
        random: p.random.clone(),
        sealer: p.sealer.clone(),
        settings: Settings {
            token_signing,
            ..p.settings.clone()
        },
        outbound: p.outbound.clone(),
    })
}

#[tokio::test]
async fn the_settings_say_what_the_next_key_signs_with() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        assert_eq!(signs(&p, &stage).await, "RS256");
        let mut old = "RS256";
        for algorithm in [SigningAlgorithm::ES256, SigningAlgorithm::EdDSA] {
            p.wait(Duration::from_secs(1_700));
            let changed = signing_with(&p, algorithm);
            for _ in 0..2 {
                oauth::ensure_key(&changed, p.settings.workspace)
                    .await
                    .unwrap();
            }
            assert_eq!(signs(&p, &stage).await, old, "shown before it signs");
            let told = oauth::metadata(&p).await.unwrap();
            let both = json!([algorithm, old]);
            assert_eq!(told["access_token_signing_alg_values_supported"], both);
            p.wait(Duration::from_secs(600));
            assert_eq!(signs(&p, &stage).await, algorithm.as_str());
            p.wait(Duration::from_secs(960));
            let system = Actor::system(p.settings.workspace);
            oauth::tend(&changed, &system).await.unwrap();
            old = algorithm.as_str();
            let told = oauth::metadata(&p).await.unwrap();
            assert_eq!(
                told["access_token_signing_alg_values_supported"],
                json!([old])
            );
        }
    })
    .await;
}

#[tokio::test]
async fn keys_change_without_a_token_that_nobody_can_check() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        let kid = async || {
            let tokens = stage
                .ask(&p, asking("client_credentials"))
                .await
                .ok()
                .unwrap();
            let header = tokens
                .access_token
                .reveal()
                .split('.')
                .next()
                .unwrap()
                .to_owned();
            let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            header["kid"].as_str().unwrap().to_owned()
        };
        let shown = async || {
            let set = oauth::jwks(&p).await.unwrap();
            set["keys"].as_array().unwrap().len()
        };
        let system = Actor::system(p.settings.workspace);
        let old = kid().await;
        let refused = oauth::rotate(&p, &stage.shop.dev).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        p.wait(Duration::from_secs(60));
        let new = oauth::rotate(&p, &stage.shop.admin)
            .await
            .unwrap()
            .to_string();
        assert_eq!(
            (kid().await, shown().await),
            (old.clone(), 2),
            "shown before it signs"
        );
        p.wait(Duration::from_secs(600));
        assert_eq!(kid().await, new);
        oauth::tend(&p, &system).await.unwrap();
        assert_eq!(shown().await, 2, "tokens of the old key are still good");
        p.wait(Duration::from_secs(960));
        oauth::tend(&p, &system).await.unwrap();
        assert_eq!((kid().await, shown().await), (new, 1));
        p.wait(Duration::from_secs(91 * 86_400));
        oauth::tend(&p, &system).await.unwrap();
        assert_eq!(shown().await, 2, "a new one every 90 days");
    })
    .await;
}
