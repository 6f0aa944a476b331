//! Signing in with somebody else's word, against a provider on loopback.

use std::time::Duration;

use domain::access::Role;
use domain::account::{AccountState, Face};
use domain::id::DEFAULT_WORKSPACE;
use domain::{Clock, Timestamp};
use operations::accounts;
use operations::error::{Error, SignInError};
use operations::sign_in::ProviderError;
use operations::sign_in::providers::{self, Answer, Begun, Finished};
use testkit::{PlatformBuilder, TestPlatform};

use crate::accounts::{PASSWORD, enter, new_account};
use crate::provider::{Consent, LocalProvider};

const NOOR: Consent = Consent {
    subject: "noor-1",
    email: "noor@pier9.example",
    is_verified: true,
    audience: "gatehouse",
};

#[tokio::test]
async fn a_stranger_gets_an_account_and_the_same_person_gets_it_again() {
    each(async |p, provider| {
        for slug in ["acme", "github"] {
            let first = arrive(&p, &provider, Face::Portal, slug, NOOR)
                .await
                .unwrap();
            assert_eq!(first.return_to, "/apis");
            let again = arrive(&p, &provider, Face::Portal, slug, NOOR)
                .await
                .unwrap();
            assert_eq!(
                first.opened.signed_in.account,
                again.opened.signed_in.account
            );
        }
        // Both providers lead to one account: the address is the same, and each has verified it.
        let mut conn = p.db.read().await.unwrap();
        let noor = store::accounts::find_by_email(&mut conn, DEFAULT_WORKSPACE, NOOR.email)
            .await
            .unwrap()
            .unwrap();
        let linked = store::identities::list(&mut conn, DEFAULT_WORKSPACE, noor.id).await;
        assert_eq!(linked.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_not_verified_links_nobody() {
    each(async |p, provider| {
        p.developer(NOOR.email).await;
        for slug in ["acme", "github"] {
            let consent = Consent {
                is_verified: false,
                ..NOOR
            };
            let refused = arrive(&p, &provider, Face::Portal, slug, consent).await;
            let refused = refused.err().unwrap();
            assert!(matches!(
                refused,
                Error::SignIn(SignInError::NoVerifiedAddress)
            ));
        }
    })
    .await;
}

#[tokio::test]
async fn the_password_of_whoever_signed_up_unproven_is_dropped() {
    each(async |p, provider| {
        accounts::sign_up(&p, &p.visitor(), new_account(NOOR.email), "")
            .await
            .unwrap();
        arrive(&p, &provider, Face::Portal, "acme", NOOR)
            .await
            .unwrap();
        let mut conn = p.db.read().await.unwrap();
        let noor = store::accounts::find_by_email(&mut conn, DEFAULT_WORKSPACE, NOOR.email)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(noor.state, AccountState::Active);
        drop(conn);
        let squatter = enter(&p, Face::Portal, NOOR.email, PASSWORD).await;
        assert!(matches!(squatter, Err(Error::SignIn(SignInError::Wrong))));
    })
    .await;
}

#[tokio::test]
async fn the_dashboard_makes_no_accounts() {
    each(async |p, provider| {
        let stranger = arrive(&p, &provider, Face::Admin, "acme", NOOR).await;
        assert!(matches!(
            stranger.err().unwrap(),
            Error::SignIn(SignInError::NoAccount)
        ));
        p.person(NOOR.email, &[Role::Viewer]).await;
        let member = arrive(&p, &provider, Face::Admin, "acme", NOOR)
            .await
            .unwrap();
        assert_eq!(member.opened.signed_in.roles, [Role::Viewer]);
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_good_once_in_time_in_the_browser_that_asked() {
    each(async |p, provider| {
        let ask = async || begin(&p, Face::Portal, "acme").await;
        let end = async |face, answer: Answer, browser: &str| {
            providers::finish(&p, &p.visitor(), face, "acme", answer, browser, "")
                .await
                .err()
        };
        let is_no_attempt = |error| matches!(error, Some(Error::SignIn(SignInError::NoAttempt)));
        let (begun, other) = (ask().await, ask().await);
        let answer = provider.consent(&begun.url, NOOR);
        let elsewhere = end(Face::Portal, answer.clone(), other.browser.reveal()).await;
        assert!(is_no_attempt(elsewhere));
        // That answer is spent now, also for the right browser.
        let spent = end(Face::Portal, answer, begun.browser.reveal()).await;
        assert!(is_no_attempt(spent));
        let begun = ask().await;
        let answer = provider.consent(&begun.url, NOOR);
        let face = end(Face::Admin, answer, begun.browser.reveal()).await;
        assert!(is_no_attempt(face));
        let begun = ask().await;
        let answer = provider.consent(&begun.url, NOOR);
        p.wait(Duration::from_secs(600));
        let late = end(Face::Portal, answer, begun.browser.reveal()).await;
        assert!(is_no_attempt(late));
    })
    .await;
}

#[tokio::test]
async fn what_the_provider_says_must_hold() {
    each(async |p, provider| {
        let wrong_audience = Consent {
            audience: "somebody-else",
            ..NOOR
        };
        let refused = arrive(&p, &provider, Face::Portal, "acme", wrong_audience).await;
        assert!(matches!(
            refused.err().unwrap(),
            Error::SignIn(SignInError::Provider(ProviderError::Token(_)))
        ));
        // The code of one sign-in in the answer to another: nonce and PKCE belong to the other.
        let (one, other) = (
            begin(&p, Face::Portal, "acme").await,
            begin(&p, Face::Portal, "acme").await,
        );
        let stolen = provider.consent(&other.url, NOOR);
        let answer = Answer {
            code: stolen.code,
            ..provider.consent(&one.url, NOOR)
        };
        let browser = one.browser.reveal();
        let refused =
            providers::finish(&p, &p.visitor(), Face::Portal, "acme", answer, browser, "").await;
        assert!(matches!(
            refused.err().unwrap(),
            Error::SignIn(SignInError::Provider(ProviderError::Exchange(_)))
        ));
        let begun = begin(&p, Face::Portal, "acme").await;
        let answer = Answer {
            error: Some("access_denied".to_owned()),
            ..provider.consent(&begun.url, NOOR)
        };
        let browser = begun.browser.reveal();
        let denied =
            providers::finish(&p, &p.visitor(), Face::Portal, "acme", answer, browser, "").await;
        assert!(matches!(
            denied.err().unwrap(),
            Error::SignIn(SignInError::Provider(ProviderError::Refused(e))) if e == "access_denied"
        ));
        let unknown = providers::begin(&p, &p.visitor(), Face::Portal, "nobody", "/").await;
        assert!(matches!(
            unknown.err().unwrap(),
            Error::SignIn(SignInError::NoProvider(_))
        ));
    })
    .await;
}

async fn begin(p: &TestPlatform, face: Face, slug: &str) -> Begun {
    providers::begin(p, &p.visitor(), face, slug, "/apis")
        .await
        .unwrap()
}

async fn arrive(
    p: &TestPlatform,
    provider: &LocalProvider,
    face: Face,
    slug: &str,
    consent: Consent,
) -> operations::Result<Finished> {
    let begun = begin(p, face, slug).await;
    let answer = provider.consent(&begun.url, consent);
    let browser = begun.browser.reveal();
    providers::finish(p, &p.visitor(), face, slug, answer, browser, "Firefox").await
}

/// Runs a test on both databases, beside a provider that tells the platform's time.
async fn each(test: impl AsyncFn(TestPlatform, LocalProvider)) {
    let start: Timestamp = testkit::START.parse().unwrap();
    let clock = Clock::manual(start);
    let provider = LocalProvider::start(clock.clone()).await;
    let offered = vec![provider.as_oidc(), provider.as_github()];
    PlatformBuilder::default()
        .settings(|settings| settings.providers = offered)
        .each(async |p| test(p, provider.clone()).await)
        .await;
}
