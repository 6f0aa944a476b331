//! Bearer tokens of the admin API.

use std::time::Duration;

use domain::access::{Permission, Role};
use domain::actor::{Actor, Who};
use domain::id::DEFAULT_WORKSPACE;
use operations::Paging;
use operations::error::Error;
use operations::tokens::{self, Created, NewToken, Whose};
use operations::users::{self, NewUser};
use testkit::{TestPlatform, each_platform};

#[tokio::test]
async fn a_token_may_what_its_owner_may_and_no_more() {
    each_platform(async |p| {
        let admin = p.admin("ada@harbor.example").await;
        let ines = p.person("ines@harbor.example", &[Role::ApiOwner]).await;
        let refused = make(&p, &ines, vec![Permission::SystemWrite]).await;
        assert!(matches!(refused, Err(Error::Invalid(f)) if f[0].field == "scopes"));
        let scopes = vec![Permission::CatalogRead, Permission::CatalogWrite];
        let made = make(&p, &ines, scopes.clone()).await.unwrap();
        assert_eq!(permissions(&p, &made).await, Some(scopes));
        // The owner becomes a viewer: the token shrinks with the next request.
        let id = ines.account().unwrap();
        users::assign_role(&p, &admin, id, Role::Viewer)
            .await
            .unwrap();
        users::revoke_role(&p, &admin, id, Role::ApiOwner)
            .await
            .unwrap();
        assert_eq!(
            permissions(&p, &made).await,
            Some(vec![Permission::CatalogRead])
        );
        users::suspend(&p, &admin, id, "").await.unwrap();
        assert_eq!(permissions(&p, &made).await, None);
    })
    .await;
}

#[tokio::test]
async fn revoked_expired_and_altered_tokens_are_refused() {
    each_platform(async |p| {
        let admin = p.admin("ada@harbor.example").await;
        let read = || vec![Permission::CatalogRead];
        let revoked = make(&p, &admin, read()).await.unwrap();
        tokens::revoke(&p, &admin, revoked.token.id).await.unwrap();
        assert_eq!(permissions(&p, &revoked).await, None);
        let again = tokens::revoke(&p, &admin, revoked.token.id).await;
        assert!(matches!(again, Err(Error::WrongState(_))));
        let soon = NewToken {
            expires_at: Some(p.now() + Duration::from_secs(60)),
            ..new_token(read())
        };
        let expiring = tokens::create(&p, &admin, soon).await.unwrap();
        assert!(permissions(&p, &expiring).await.is_some());
        p.wait(Duration::from_secs(60));
        assert_eq!(permissions(&p, &expiring).await, None);
        let text = expiring.text.reveal().replace("gh_admin_", "gh_live_");
        assert!(
            tokens::authenticate(&p, &text, Default::default())
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn tokens_belong_to_their_makers() {
    each_platform(async |p| {
        let admin = p.admin("ada@harbor.example").await;
        let ines = p.person("ines@harbor.example", &[Role::Viewer]).await;
        let eve = p.person("eve@harbor.example", &[Role::Viewer]).await;
        let made = make(&p, &ines, vec![Permission::CatalogRead])
            .await
            .unwrap();
        let theft = tokens::revoke(&p, &eve, made.token.id).await;
        assert!(matches!(theft, Err(Error::NotFound { .. })));
        let count = async |actor: &Actor, whose| {
            let page = tokens::list(&p, actor, whose, &Paging::default()).await;
            page.map(|page| page.items.len())
        };
        assert_eq!(count(&eve, Whose::Mine).await.unwrap(), 0);
        assert!(matches!(
            count(&eve, Whose::Everybodys).await,
            Err(Error::Forbidden { .. })
        ));
        assert_eq!(count(&admin, Whose::Everybodys).await.unwrap(), 1);
        // Tokens make no tokens, developers have none, the command line makes them for others.
        let token = actor(&p, &made).await.unwrap();
        let child = make(&p, &token, vec![Permission::CatalogRead]).await;
        let said = child.err().unwrap();
        assert!(matches!(said, Error::PersonNeeded(_)), "{said}");
        assert!(said.to_string().contains("a token makes no tokens"));
        let dev = p.developer("noor@pier9.example").await;
        let none = make(&p, &dev, vec![Permission::CatalogRead]).await;
        assert!(matches!(none, Err(Error::Forbidden { .. })));
        let for_ines = NewToken {
            account: ines.account(),
            ..new_token(vec![Permission::CatalogRead])
        };
        tokens::create(&p, &Actor::system(DEFAULT_WORKSPACE), for_ines)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_token_that_would_open_nothing_is_not_made() {
    each_platform(async |p| {
        let system = Actor::system(DEFAULT_WORKSPACE);
        let new = NewUser {
            email: "ines@harbor.example".to_owned(),
            name: "Ines".to_owned(),
            roles: vec![Role::Viewer],
            password: None,
        };
        let unproven = users::create(&p, &system, new).await.unwrap().id;
        let admin = p.admin("ada@harbor.example").await;
        let shut_out = p.person("eve@harbor.example", &[Role::Viewer]).await;
        let shut_out = shut_out.account().unwrap();
        users::suspend(&p, &admin, shut_out, "").await.unwrap();
        let developer = p.developer("noor@pier9.example").await.account().unwrap();
        for (account, why) in [
            (unproven, "the address is not confirmed yet"),
            (shut_out, "the account is suspended"),
            (developer, "the account has no role"),
        ] {
            let new = NewToken {
                account: Some(account),
                ..new_token(vec![Permission::CatalogRead])
            };
            let refused = tokens::create(&p, &system, new).await.err().unwrap();
            assert!(matches!(refused, Error::WrongState(_)), "{refused}");
            assert!(refused.to_string().contains(why), "{refused}");
        }
    })
    .await;
}

fn new_token(scopes: Vec<Permission>) -> NewToken {
    NewToken {
        name: "deploy".to_owned(),
        scopes,
        expires_at: None,
        account: None,
    }
}

async fn make(
    p: &TestPlatform,
    actor: &Actor,
    scopes: Vec<Permission>,
) -> operations::Result<Created> {
    tokens::create(p, actor, new_token(scopes)).await
}

async fn actor(p: &TestPlatform, made: &Created) -> Option<Actor> {
    tokens::authenticate(p, made.text.reveal(), Default::default())
        .await
        .unwrap()
}

async fn permissions(p: &TestPlatform, made: &Created) -> Option<Vec<Permission>> {
    match actor(p, made).await?.who {
        Who::Token { permissions, .. } => Some(permissions),
        other => panic!("{other:?}"),
    }
}
