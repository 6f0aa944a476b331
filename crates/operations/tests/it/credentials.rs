//! Keys: shown once, rotated with an overlap, taken back; never kept.

use std::time::Duration;

use domain::credential::{
    CredentialKind, CredentialState, basic_holder, hmac_holder, is_key_shaped, jwt_holder,
    sealing_purpose,
};
use domain::id::CredentialId;
use operations::Error;
use operations::credentials::{self, KeyState, MOST_LIVE, NewKey, Overlap, Shown, Wanted};
use operations::secrets::{is_key, sha256};
use store::credentials::Credential;
use testkit::{TestPlatform, each_platform};

use crate::shop::Shop;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

async fn key(platform: &TestPlatform, shop: &Shop, life: Option<Duration>) -> Shown {
    let new = NewKey {
        application: shop.application,
        label: "Production".to_owned(),
        expires_at: life.map(|life| platform.now() + life),
    };
    credentials::create(platform, &shop.dev, &new)
        .await
        .unwrap()
}

async fn row(platform: &TestPlatform, shop: &Shop, id: CredentialId) -> Credential {
    let mut conn = platform.db.read().await.unwrap();
    let found = store::credentials::find(&mut conn, shop.dev.workspace, id).await;
    found.unwrap().unwrap()
}

#[tokio::test]
async fn only_hash_and_hint_of_a_key_are_kept() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let shown = key(&p, &shop, None).await;
        let secret = shown.secret.reveal();
        assert!(is_key_shaped(secret) && is_key("gh_live_", secret));
        let row = row(&p, &shop, shown.id).await;
        assert_eq!(row.hash, sha256(secret));
        assert_eq!(row.prefix, secret[..12]);
        assert_eq!(row.last_four, secret[secret.len() - 4..]);
        let mut conn = p.db.read().await.unwrap();
        let filter = store::audit::AuditFilter::default();
        let audit = store::audit::list(&mut conn, shop.dev.workspace, &filter, None, 100).await;
        for line in audit.unwrap() {
            let text = format!("{line:?}");
            assert!(!text.contains(&secret[12..40]), "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_rotated_key_is_taken_until_its_overlap_ends() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let old = key(&p, &shop, None).await;
        let new = credentials::rotate(&p, &shop.dev, old.id, None, Overlap::Day, None)
            .await
            .unwrap();
        assert_ne!(new.secret.reveal(), old.secret.reveal());
        let kept = row(&p, &shop, old.id).await;
        assert_eq!(kept.state, CredentialState::Rotating);
        assert_eq!(
            (kept.expires_at, kept.replaced_by),
            (Some(p.now() + DAY), new.id)
        );
        let again = credentials::rotate(&p, &shop.dev, old.id, None, Overlap::Day, None).await;
        assert!(matches!(again, Err(Error::WrongState(_))));

        credentials::extend(&p, &shop.dev, old.id, None, Overlap::Week)
            .await
            .unwrap();
        assert_eq!(
            row(&p, &shop, old.id).await.expires_at,
            Some(p.now() + 7 * DAY)
        );
        p.wait(7 * DAY);
        let seen = credentials::find(&p, &shop.dev, old.id).await.unwrap();
        assert_eq!(seen.state, KeyState::Expired);
        let late = credentials::extend(&p, &shop.dev, old.id, None, Overlap::Week).await;
        assert!(matches!(late, Err(Error::WrongState(_))));
        let system = domain::actor::Actor::system(shop.dev.workspace);
        assert_eq!(credentials::sweep(&p, &system).await.unwrap(), 1);
        assert_eq!(credentials::sweep(&p, &system).await.unwrap(), 0);
        assert_eq!(row(&p, &shop, old.id).await.state, CredentialState::Revoked);
    })
    .await;
}

#[tokio::test]
async fn a_rotation_without_overlap_revokes_at_once() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let old = key(&p, &shop, Some(30 * DAY)).await;
        p.wait(10 * DAY);
        let new =
            credentials::rotate(&p, &shop.dev, old.id, None, Overlap::Now, Some("2027")).await;
        let new = new.unwrap();
        assert_eq!(
            (new.label.as_str(), new.expires_at),
            ("2027", Some(p.now() + 30 * DAY))
        );
        assert_eq!(row(&p, &shop, old.id).await.state, CredentialState::Revoked);
        let kept =
            credentials::rotate(&p, &shop.dev, new.id, None, Overlap::UntilRevoked, None).await;
        kept.unwrap();
        assert_eq!(row(&p, &shop, new.id).await.expires_at, new.expires_at);
    })
    .await;
}

#[tokio::test]
async fn revoked_keys_stay_revoked() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let shown = key(&p, &shop, None).await;
        credentials::revoke(&p, &shop.dev, shown.id, None, "leaked")
            .await
            .unwrap();
        credentials::revoke(&p, &shop.dev, shown.id, None, "")
            .await
            .unwrap();
        let row = row(&p, &shop, shown.id).await;
        assert_eq!(
            (row.state, row.revoked_at),
            (CredentialState::Revoked, Some(p.now()))
        );
        let edit = credentials::edit(&p, &shop.dev, shown.id, None, "x", None).await;
        assert!(matches!(edit, Err(Error::WrongState(_))));
        let turn = credentials::rotate(&p, &shop.dev, shown.id, None, Overlap::Now, None).await;
        assert!(matches!(turn, Err(Error::WrongState(_))));
    })
    .await;
}

#[tokio::test]
async fn an_application_has_at_most_twenty_keys() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let mut last = None;
        for _ in 0..MOST_LIVE {
            last = Some(key(&p, &shop, None).await.id);
        }
        let new = NewKey {
            application: shop.application,
            label: "One more".to_owned(),
            expires_at: None,
        };
        let full = credentials::create(&p, &shop.dev, &new).await;
        assert!(matches!(full, Err(Error::WrongState(_))));
        credentials::revoke(&p, &shop.dev, last.unwrap(), None, "")
            .await
            .unwrap();
        credentials::create(&p, &shop.dev, &new).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn owners_are_reminded_once_for_each_day_of_reminding() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        key(&p, &shop, Some(20 * DAY)).await;
        let system = domain::actor::Actor::system(shop.dev.workspace);
        let mut mailed = Vec::new();
        for day in 0..=20 {
            for _ in 0..2 {
                if credentials::remind(&p, &system).await.unwrap() == 1 {
                    mailed.push(day);
                }
            }
            p.wait(DAY);
        }
        assert_eq!(mailed, [6, 13, 19]);
    })
    .await;
}

#[tokio::test]
async fn ends_in_the_past_are_refused() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let new = NewKey {
            application: shop.application,
            label: String::new(),
            expires_at: Some(p.now() - HOUR),
        };
        let error = credentials::create(&p, &shop.dev, &new).await;
        assert_eq!(error.map(drop).unwrap_err().to_string(), "label is empty");
        let new = NewKey {
            label: "x".to_owned(),
            ..new
        };
        let error = credentials::create(&p, &shop.dev, &new).await;
        assert_eq!(
            error.map(drop).unwrap_err().to_string(),
            "expires_at lies in the past"
        );
    })
    .await;
}

async fn issue(
    p: &TestPlatform,
    shop: &Shop,
    wanted: &Wanted,
) -> Result<credentials::Issued, Error> {
    credentials::issue(p, &shop.dev, shop.application, "Crane", None, wanted).await
}

#[tokio::test]
async fn a_password_is_kept_as_a_hash_of_both_its_halves() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let made = issue(&p, &shop, &Wanted::Basic).await.unwrap();
        let name = made.facts["username"].as_str().unwrap().to_owned();
        let password = made.secret.unwrap();
        assert!(is_key("gh_basic_", password.reveal()));
        let kept = row(&p, &shop, made.id).await;
        assert_eq!(kept.hash, sha256(&basic_holder(&name, password.reveal())));
        assert_eq!((kept.kind, kept.sealed.len()), (CredentialKind::Basic, 0));
        let next = credentials::rotate(&p, &shop.dev, made.id, None, Overlap::Day, None);
        let next = next.await.unwrap();
        assert_eq!(next.kind, CredentialKind::Basic);
        assert_ne!(next.facts["username"], name.as_str());
    })
    .await;
}

#[tokio::test]
async fn a_signing_secret_is_sealed_for_its_credential_alone() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let made = issue(&p, &shop, &Wanted::Hmac).await.unwrap();
        let secret = made.secret.unwrap();
        let kept = row(&p, &shop, made.id).await;
        let key_id = made.facts["key_id"].as_str().unwrap();
        assert_eq!(kept.hash, sha256(&hmac_holder(key_id)));
        let opened = p.sealer.open(&sealing_purpose(made.id), &kept.sealed);
        assert_eq!(opened.unwrap(), secret.reveal().as_bytes());
        let other = sealing_purpose(CredentialId::NIL);
        assert!(p.sealer.open(&other, &kept.sealed).is_err());
        let text = format!("{:?}", kept.facts.0);
        assert!(!text.contains(secret.reveal()), "{text}");
    })
    .await;
}

#[tokio::test]
async fn issuers_and_certificates_speak_for_one_application_once() {
    each_platform(async |p| {
        let shop = Shop::open(&p).await;
        let wanted = Wanted::JwtIssuer {
            issuer: "https://idp.example".to_owned(),
            subject: "crane".to_owned(),
        };
        let made = issue(&p, &shop, &wanted).await.unwrap();
        assert!(made.secret.is_none());
        let kept = row(&p, &shop, made.id).await;
        assert_eq!(
            kept.hash,
            sha256(&jwt_holder("https://idp.example", "crane"))
        );
        for refused in [
            wanted,
            Wanted::JwtIssuer {
                issuer: " ".to_owned(),
                subject: "x".to_owned(),
            },
            Wanted::Mtls("no certificate".to_owned()),
            Wanted::Mtls("-----BEGIN PRIVATE KEY-----".to_owned()),
        ] {
            let again = issue(&p, &shop, &refused).await.err();
            assert!(matches!(again, Some(Error::Invalid(_))), "{refused:?}");
        }
        let rotated = credentials::rotate(&p, &shop.dev, made.id, None, Overlap::Day, None).await;
        assert!(matches!(rotated, Err(Error::WrongState(_))));
        credentials::revoke(&p, &shop.dev, made.id, None, "")
            .await
            .unwrap();
    })
    .await;
}
