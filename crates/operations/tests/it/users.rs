//! People, for the platform team.

use domain::access::Role;
use domain::account::{AccountState, Face};
use domain::actor::Actor;
use domain::id::DEFAULT_WORKSPACE;
use operations::error::{Error, SignInError};
use operations::secrets::Secret;
use operations::users::{self, AccountFilter, NewUser, Team};
use operations::{Paging, accounts};
use testkit::{TestPlatform, each_platform};

use crate::accounts::{PASSWORD, enter, is_in, link_token, reset};

#[tokio::test]
async fn a_new_user_chooses_the_password_by_the_link() {
    each_platform(async |p| {
        let admin = p.admin("ada@harbor.example").await;
        let made = users::create(&p, &admin, new_user("Ines@harbor.example", None))
            .await
            .unwrap();
        let link = made.link.unwrap();
        assert!(link.starts_with("http://127.0.0.1:8001/welcome?token="));
        let (token, password) = (link_token(&link), Secret::new(PASSWORD));
        accounts::choose_password(&p, &p.visitor(), &token, password)
            .await
            .unwrap();
        let opened = enter(&p, Face::Admin, "ines@harbor.example", PASSWORD).await;
        assert_eq!(opened.unwrap().signed_in.roles, [Role::ApiOwner]);
        let twice = users::create(&p, &admin, new_user("ines@HARBOR.example", None)).await;
        assert!(
            matches!(twice, Err(Error::Invalid(f)) if f[0].message == "has an account already")
        );
    })
    .await;
}

#[tokio::test]
async fn only_the_command_line_sets_passwords() {
    each_platform(async |p| {
        let admin = p.admin("ada@harbor.example").await;
        let refused = users::create(&p, &admin, new_user("x@harbor.example", Some(PASSWORD))).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
        let system = Actor::system(DEFAULT_WORKSPACE);
        let made = users::create(&p, &system, new_user("x@harbor.example", Some(PASSWORD)))
            .await
            .unwrap();
        assert!(made.link.is_none());
        enter(&p, Face::Admin, "x@harbor.example", PASSWORD)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_last_admin_cannot_be_removed() {
    each_platform(async |p| {
        let (ada, bo) = (
            p.admin("ada@x.example").await,
            p.admin("bo@x.example").await,
        );
        let (ada_id, bo_id) = (ada.account().unwrap(), bo.account().unwrap());
        // Each tries to remove the other at the same time: one of them must fail.
        let (one, other) = tokio::join!(
            users::revoke_role(&p, &ada, bo_id, Role::Admin),
            users::revoke_role(&p, &bo, ada_id, Role::Admin)
        );
        assert_ne!(one.is_ok(), other.is_ok());
        let (actor, last) = if one.is_ok() {
            (ada, ada_id)
        } else {
            (bo, bo_id)
        };
        let role = users::revoke_role(&p, &actor, last, Role::Admin).await;
        assert!(matches!(role, Err(Error::WrongState(_))));
        let out = users::suspend(&p, &actor, last, "").await;
        assert!(matches!(out, Err(Error::WrongState(_))));
        let user = users::find(&p, &actor, last).await.unwrap();
        assert_eq!(
            (user.state, user.roles),
            (AccountState::Active, vec![Role::Admin])
        );
    })
    .await;
}

#[tokio::test]
async fn who_is_suspended_is_out_at_once_and_can_come_back() {
    each_platform(async |p| {
        let admin = p.admin("ada@harbor.example").await;
        let noor = p.developer("noor@pier9.example").await.account().unwrap();
        reset(&p, "noor@pier9.example", PASSWORD).await;
        let opened = enter(&p, Face::Portal, "noor@pier9.example", PASSWORD)
            .await
            .unwrap();
        users::suspend(&p, &admin, noor, "spam").await.unwrap();
        assert!(!is_in(&p, &opened).await);
        let again = enter(&p, Face::Portal, "noor@pier9.example", PASSWORD).await;
        assert!(matches!(again, Err(Error::SignIn(SignInError::Suspended))));
        users::resume(&p, &admin, noor).await.unwrap();
        enter(&p, Face::Portal, "noor@pier9.example", PASSWORD)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn people_are_found_by_name_state_and_team_page_by_page() {
    each_platform(async |p| {
        let admin = p.admin("ada@harbor.example").await;
        for n in 0..5 {
            p.developer(&format!("dev{n}@pier9.example")).await;
        }
        let count = async |filter: AccountFilter| pages(&p, &admin, &filter).await;
        assert_eq!(count(AccountFilter::default()).await, 6);
        let team = AccountFilter {
            team: Team::Members,
            ..AccountFilter::default()
        };
        assert_eq!(count(team).await, 1);
        let text = AccountFilter {
            text: Some("PIER9".to_owned()),
            ..AccountFilter::default()
        };
        assert_eq!(count(text).await, 5);
        let odd = AccountFilter {
            text: Some("%".to_owned()),
            ..AccountFilter::default()
        };
        assert_eq!(count(odd).await, 0);
        let dev = p.developer("eve@pier9.example").await;
        let refused = users::list(&p, &dev, &AccountFilter::default(), &Paging::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
    })
    .await;
}

/// How many there are, two by two; none twice.
async fn pages(p: &TestPlatform, actor: &Actor, filter: &AccountFilter) -> usize {
    let mut paging = Paging::first(2);
    let mut seen = Vec::new();
    loop {
        let page = users::list(p, actor, filter, &paging).await.unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.into_iter().map(|user| user.id));
        if page.next.is_none() {
            break;
        }
        paging.after = page.next;
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all);
    all
}

fn new_user(email: &str, password: Option<&str>) -> NewUser {
    NewUser {
        email: email.to_owned(),
        name: "Ines".to_owned(),
        roles: vec![Role::ApiOwner],
        password: password.map(Secret::new),
    }
}
