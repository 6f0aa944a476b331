//! Signing up, proving an address, choosing passwords, being let in.

use std::time::Duration;

use domain::account::{AccountState, Face, LinkPurpose};
use domain::id::DEFAULT_WORKSPACE;
use operations::accounts::{self, NewAccount};
use operations::error::{Error, LinkError, SignInError};
use operations::secrets::Secret;
use operations::settings::SignUp;
use operations::sign_in::{self, Attempt, Opened};
use store::outbox::OutboxEvent;
use testkit::{PlatformBuilder, TestPlatform, each_platform};

pub(crate) const PASSWORD: &str = "brass lantern on the quay";
const NOOR: &str = "Noor@Pier9.example";
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_verified_account_signs_in_and_an_unverified_one_does_not() {
    each_platform(async |p| {
        sign_up(&p, NOOR).await.unwrap();
        let early = enter(&p, Face::Portal, NOOR, PASSWORD).await;
        assert!(matches!(early, Err(Error::SignIn(SignInError::Unverified))));
        let token = token(&last_mail(&p, "verify_address").await);
        let seen =
            accounts::look_up_link(&p, DEFAULT_WORKSPACE, &token, &[LinkPurpose::VerifyAddress])
                .await
                .unwrap();
        assert_eq!(seen.email, NOOR);
        let done = accounts::verify(&p, &p.visitor(), &token).await.unwrap();
        assert_eq!(done.state, AccountState::Active);
        // The address is one whatever its spelling.
        let opened = enter(&p, Face::Portal, "noor@pier9.example", PASSWORD).await;
        assert_eq!(opened.unwrap().signed_in.name, "Noor");
    })
    .await;
}

#[tokio::test]
async fn a_link_says_whether_it_is_unknown_expired_or_used() {
    each_platform(async |p| {
        sign_up(&p, NOOR).await.unwrap();
        let first = token(&last_mail(&p, "verify_address").await);
        let link = |token: String| {
            let (p, visitor) = (&p, p.visitor());
            async move {
                match accounts::verify(p, &visitor, &token).await {
                    Err(Error::Link(error)) => error,
                    other => panic!("{other:?}"),
                }
            }
        };
        assert_eq!(link("x".repeat(43)).await, LinkError::Unknown);
        p.wait(25 * HOUR);
        // Housekeeping does not make an old link a strange one.
        let mut tx = p.db.begin().await.unwrap();
        store::email_tokens::forget_expired(&mut tx, p.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(link(first.clone()).await, LinkError::Expired);
        accounts::resend(&p, &p.visitor(), NOOR, "").await.unwrap();
        // The newer link replaced the older one.
        assert_eq!(link(first).await, LinkError::Used);
        let second = token(&last_mail(&p, "verify_address").await);
        accounts::verify(&p, &p.visitor(), &second).await.unwrap();
        assert_eq!(link(second).await, LinkError::Used);
    })
    .await;
}

#[tokio::test]
async fn a_link_is_used_once_however_many_press_the_button() {
    each_platform(async |p| {
        sign_up(&p, NOOR).await.unwrap();
        let token = token(&last_mail(&p, "verify_address").await);
        let visitor = p.visitor();
        let (one, other) = tokio::join!(
            accounts::verify(&p, &visitor, &token),
            accounts::verify(&p, &visitor, &token)
        );
        assert_ne!(one.is_ok(), other.is_ok());
    })
    .await;
}

#[tokio::test]
async fn the_answer_does_not_tell_who_has_an_account() {
    each_platform(async |p| {
        p.developer(NOOR).await;
        sign_up(&p, NOOR).await.unwrap();
        assert_eq!(last_mail(&p, "account_exists").await.recipient, NOOR);
        let nobody = "nobody@pier9.example";
        accounts::request_reset(&p, &p.visitor(), Face::Portal, nobody)
            .await
            .unwrap();
        accounts::resend(&p, &p.visitor(), nobody, "")
            .await
            .unwrap();
        assert_eq!(mails(&p).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_flooded_with_mails() {
    each_platform(async |p| {
        p.developer(NOOR).await;
        for _ in 0..8 {
            accounts::request_reset(&p, &p.visitor(), Face::Portal, NOOR)
                .await
                .unwrap();
        }
        assert_eq!(mails(&p).await.len(), 5);
        p.wait(2 * HOUR);
        accounts::request_reset(&p, &p.visitor(), Face::Portal, NOOR)
            .await
            .unwrap();
        assert_eq!(mails(&p).await.len(), 6);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    each_platform(async |p| {
        p.developer(NOOR).await;
        reset(&p, NOOR, PASSWORD).await;
        let opened = enter(&p, Face::Portal, NOOR, PASSWORD).await.unwrap();
        assert!(is_in(&p, &opened).await);
        reset(&p, NOOR, "a quite different lantern").await;
        assert!(!is_in(&p, &opened).await);
        let old = enter(&p, Face::Portal, NOOR, PASSWORD).await;
        assert!(matches!(old, Err(Error::SignIn(SignInError::Wrong))));
    })
    .await;
}

#[tokio::test]
async fn changing_the_password_needs_the_old_one_and_keeps_this_session() {
    each_platform(async |p| {
        p.developer(NOOR).await;
        reset(&p, NOOR, PASSWORD).await;
        let here = enter(&p, Face::Portal, NOOR, PASSWORD).await.unwrap();
        let there = enter(&p, Face::Portal, NOOR, PASSWORD).await.unwrap();
        let change = async |current: &str, new: &str| {
            let (actor, session) = (&here.signed_in.actor, here.signed_in.session);
            let (current, new) = (Secret::new(current), Secret::new(new));
            accounts::change_password(&p, actor, session, current, new).await
        };
        let wrong = change("not the password", "tin lantern on the quay").await;
        assert!(matches!(wrong, Err(Error::Invalid(f)) if f[0].field == "current"));
        let weak = change(PASSWORD, "password1234").await;
        assert!(matches!(weak, Err(Error::Invalid(f)) if f[0].field == "password"));
        change(PASSWORD, "tin lantern on the quay").await.unwrap();
        assert!(is_in(&p, &here).await);
        assert!(!is_in(&p, &there).await);
    })
    .await;
}

#[tokio::test]
async fn everything_wrong_with_a_form_is_told_at_once() {
    testkit::on_sqlite(async |db| {
        let p = PlatformBuilder::default().over(db);
        let new = NewAccount {
            email: "noor".to_owned(),
            name: "x".repeat(200),
            password: Secret::new("short"),
        };
        let Err(Error::Invalid(fields)) = accounts::sign_up(&p, &p.visitor(), new, "").await else {
            panic!("that was taken");
        };
        let names: Vec<&str> = fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(names, ["email", "name", "password"]);
    })
    .await;
}

#[tokio::test]
async fn an_account_waits_where_the_platform_asks_for_approval() {
    PlatformBuilder::default()
        .settings(|s| s.sign_up = SignUp::Approved)
        .each(async |p| {
            let admin = p.admin("ada@harbor.example").await;
            sign_up(&p, NOOR).await.unwrap();
            let token = token(&last_mail(&p, "verify_address").await);
            let done = accounts::verify(&p, &p.visitor(), &token).await.unwrap();
            assert_eq!(done.state, AccountState::PendingApproval);
            assert_eq!(
                operations::notifications::unread(&p, &admin).await.unwrap(),
                1
            );
            let early = enter(&p, Face::Portal, NOOR, PASSWORD).await;
            assert!(matches!(
                early,
                Err(Error::SignIn(SignInError::PendingApproval))
            ));
            let dev = p.developer("dev@x.example").await;
            let by_dev = accounts::approve(&p, &dev, done.account).await;
            assert!(matches!(by_dev, Err(Error::Forbidden { .. })));
            accounts::approve(&p, &admin, done.account).await.unwrap();
            assert_eq!(last_mail(&p, "account_approved").await.recipient, NOOR);
            enter(&p, Face::Portal, NOOR, PASSWORD).await.unwrap();
            let again = accounts::refuse(&p, &admin, done.account, "no").await;
            assert!(matches!(again, Err(Error::WrongState(_))));
        })
        .await;
}

#[tokio::test]
async fn the_first_admin_is_made_once_within_fifteen_minutes() {
    each_platform(async |p| {
        let late = link_token(&accounts::set_up_link(&p).await.unwrap().unwrap());
        p.wait(Duration::from_secs(15 * 60));
        let set_up = async |token: &str, email: &str| {
            accounts::set_up(&p, &p.visitor(), token, new_account(email)).await
        };
        let expired = set_up(&late, "ada@harbor.example").await;
        assert!(matches!(expired, Err(Error::Link(LinkError::Expired))));
        let good = link_token(&accounts::set_up_link(&p).await.unwrap().unwrap());
        set_up(&good, "ada@harbor.example").await.unwrap();
        let twice = set_up(&good, "eve@harbor.example").await;
        assert!(matches!(twice, Err(Error::Link(LinkError::Used))));
        assert!(accounts::set_up_link(&p).await.unwrap().is_none());
        let opened = enter(&p, Face::Admin, "ada@harbor.example", PASSWORD).await;
        assert_eq!(
            opened.unwrap().signed_in.roles,
            [domain::access::Role::Admin]
        );
    })
    .await;
}

pub(crate) fn new_account(email: &str) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        name: "Noor".to_owned(),
        password: Secret::new(PASSWORD),
    }
}

async fn sign_up(p: &TestPlatform, email: &str) -> operations::Result<()> {
    accounts::sign_up(p, &p.visitor(), new_account(email), "").await
}

pub(crate) async fn enter(
    p: &TestPlatform,
    face: Face,
    email: &str,
    password: &str,
) -> operations::Result<Opened> {
    let attempt = Attempt {
        face,
        email: email.to_owned(),
        password: Secret::new(password),
        user_agent: "Firefox".to_owned(),
    };
    sign_in::with_password(p, &p.visitor(), attempt).await
}

/// Whether a session's cookie still says who somebody is.
pub(crate) async fn is_in(p: &TestPlatform, opened: &Opened) -> bool {
    sign_in::session(p, Face::Portal, opened.token.reveal(), Default::default())
        .await
        .unwrap()
        .is_some()
}

/// Sets a password by a mailed link.
pub(crate) async fn reset(p: &TestPlatform, email: &str, password: &str) {
    accounts::request_reset(p, &p.visitor(), Face::Portal, email)
        .await
        .unwrap();
    let token = token(&last_mail(p, "reset_password").await);
    accounts::choose_password(p, &p.visitor(), &token, Secret::new(password))
        .await
        .unwrap();
}

pub(crate) async fn mails(p: &TestPlatform) -> Vec<OutboxEvent> {
    let mut conn = p.db.read().await.unwrap();
    store::outbox::list(&mut conn, DEFAULT_WORKSPACE, None, None, None, 100)
        .await
        .unwrap()
}

pub(crate) async fn last_mail(p: &TestPlatform, kind: &str) -> OutboxEvent {
    let all = mails(p).await;
    let mut of_kind: Vec<_> = all.into_iter().filter(|mail| mail.kind == kind).collect();
    assert!(!of_kind.is_empty(), "no mail `{kind}`");
    of_kind.remove(0)
}

pub(crate) fn token(mail: &OutboxEvent) -> String {
    link_token(mail.payload["link"].as_str().unwrap())
}

pub(crate) fn link_token(link: &str) -> String {
    link.split_once("?token=").unwrap().1.to_owned()
}
