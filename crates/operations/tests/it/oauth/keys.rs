//! The keys that sign: how they follow each other, and what they sign with.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use domain::actor::Actor;
use operations::Error;
use operations::oauth;
use serde_json::Value;
use testkit::each_platform;

use super::stage::{Stage, asking};

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
