//! Sessions: who is in, for how long, and how one is ended.

use std::time::Duration;

use domain::access::Role;
use domain::account::Face;
use domain::actor::Who;
use domain::id::DEFAULT_WORKSPACE;
use operations::error::{Error, SignInError};
use operations::sign_in::{self, sessions};
use testkit::each_platform;

use crate::accounts::{PASSWORD, enter, is_in, reset};

const NOOR: &str = "noor@pier9.example";
const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn wrong_passwords_and_unknown_addresses_are_one_answer() {
    each_platform(async |p| {
        p.developer(NOOR).await;
        reset(&p, NOOR, PASSWORD).await;
        for (email, password) in [
            (NOOR, "not the password"),
            ("nobody@pier9.example", PASSWORD),
            ("no address", PASSWORD),
        ] {
            let refused = enter(&p, Face::Portal, email, password).await;
            assert!(matches!(refused, Err(Error::SignIn(SignInError::Wrong))));
        }
    })
    .await;
}

#[tokio::test]
async fn sessions_end_when_idle_and_when_old() {
    each_platform(async |p| {
        p.developer(NOOR).await;
        reset(&p, NOOR, PASSWORD).await;
        let idle = enter(&p, Face::Portal, NOOR, PASSWORD).await.unwrap();
        let busy = enter(&p, Face::Portal, NOOR, PASSWORD).await.unwrap();
        for _ in 0..2 {
            p.wait(13 * DAY);
            assert!(is_in(&p, &busy).await);
        }
        assert!(!is_in(&p, &idle).await);
        p.wait(4 * DAY);
        assert!(!is_in(&p, &busy).await);
    })
    .await;
}

#[tokio::test]
async fn a_cookie_of_one_face_is_nothing_on_the_other() {
    each_platform(async |p| {
        let roles = [Role::Viewer];
        p.person(NOOR, &roles).await;
        reset(&p, NOOR, PASSWORD).await;
        let portal = enter(&p, Face::Portal, NOOR, PASSWORD).await.unwrap();
        let token = portal.token.reveal();
        let there = sign_in::session(&p, Face::Admin, token, Default::default()).await;
        assert!(there.unwrap().is_none());
        // In the portal even the platform team acts without its roles.
        assert!(
            matches!(portal.signed_in.actor.who, Who::Account { roles, .. } if roles.is_empty())
        );
        let admin = enter(&p, Face::Admin, NOOR, PASSWORD).await.unwrap();
        assert_eq!(admin.signed_in.roles, roles);
    })
    .await;
}

#[tokio::test]
async fn a_role_that_was_revoked_is_gone_with_the_next_request() {
    each_platform(async |p| {
        let actor = p.person(NOOR, &[Role::Viewer]).await;
        reset(&p, NOOR, PASSWORD).await;
        let opened = enter(&p, Face::Admin, NOOR, PASSWORD).await.unwrap();
        let id = actor.account().unwrap();
        let mut tx = p.db.begin().await.unwrap();
        store::roles::revoke(&mut tx, DEFAULT_WORKSPACE, id, Role::Viewer)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let token = opened.token.reveal();
        let next = sign_in::session(&p, Face::Admin, token, Default::default()).await;
        assert!(next.unwrap().is_none());
        let again = enter(&p, Face::Admin, NOOR, PASSWORD).await;
        assert!(matches!(again, Err(Error::SignIn(SignInError::NoRole))));
    })
    .await;
}

#[tokio::test]
async fn people_see_and_end_their_own_sessions_only() {
    each_platform(async |p| {
        let stranger = p.developer("eve@evil.example").await;
        p.developer(NOOR).await;
        reset(&p, NOOR, PASSWORD).await;
        let mut opened = Vec::new();
        for _ in 0..3 {
            opened.push(enter(&p, Face::Portal, NOOR, PASSWORD).await.unwrap());
        }
        let noor = opened[0].signed_in.actor.clone();
        assert_eq!(sessions::list(&p, &noor).await.unwrap().len(), 3);
        let second = opened[1].signed_in.session;
        let theft = sessions::end(&p, &stranger, second).await;
        assert!(matches!(theft, Err(Error::NotFound { .. })));
        sessions::end(&p, &noor, second).await.unwrap();
        assert!(!is_in(&p, &opened[1]).await);
        let keep = opened[0].signed_in.session;
        assert_eq!(sessions::end_others(&p, &noor, keep).await.unwrap(), 1);
        assert!(is_in(&p, &opened[0]).await);
        sign_in::sign_out(&p, opened[0].token.reveal())
            .await
            .unwrap();
        assert!(!is_in(&p, &opened[0]).await);
    })
    .await;
}

#[tokio::test]
async fn the_last_use_is_written_at_most_once_a_minute() {
    each_platform(async |p| {
        p.developer(NOOR).await;
        reset(&p, NOOR, PASSWORD).await;
        let opened = enter(&p, Face::Portal, NOOR, PASSWORD).await.unwrap();
        let actor = &opened.signed_in.actor;
        let seen = async || sessions::list(&p, actor).await.unwrap()[0].last_seen_at;
        let at_first = seen().await;
        p.wait(Duration::from_secs(59));
        assert!(is_in(&p, &opened).await);
        assert_eq!(seen().await, at_first);
        p.wait(Duration::from_secs(1));
        assert!(is_in(&p, &opened).await);
        assert_eq!(seen().await, p.now());
    })
    .await;
}
