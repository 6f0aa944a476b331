//! The OAuth 2 server: what a client gets, for whom, and how it ends. On both databases.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use domain::account::AccountState;
use domain::actor::{Actor, Origin};
use domain::change::ChangeKind;
use operations::credentials::{self, Issued, Overlap, Wanted};
use operations::oauth::authorize::{self, Rejected, Request};
use operations::oauth::client::Presented;
use operations::oauth::{self, Asker, Code, OauthError, TokenRequest, Tokens, grants};
use operations::plans;
use operations::secrets::Secret;
use operations::{Error, applications};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use testkit::{TestPlatform, each_platform};

use crate::shop::{Shop, input, plan, request};

const BACK: &str = "https://app.example/back?from=us";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A shop with keys, and a client of the developer's application.
struct Stage {
    shop: Shop,
    client: Issued,
    person: Actor,
}

impl Stage {
    async fn new(p: &TestPlatform, is_confidential: bool) -> Self {
        let shop = Shop::open(p).await;
        oauth::ensure_key(p, shop.dev.workspace).await.unwrap();
        let client = client(p, &shop, is_confidential).await;
        let person = p.developer("kim@street.example").await;
        Self {
            shop,
            client,
            person,
        }
    }

    /// Subscribes the application to a plan with these scopes.
    async fn subscribe(&self, p: &TestPlatform, scopes: Option<&[&str]>) {
        let terms = plans::Input {
            scopes: scopes.map(|all| all.iter().map(|&one| one.to_owned()).collect()),
            ..input("Tokens", domain::api::Approval::Instant)
        };
        let plan = plan(p, &self.shop.admin, self.shop.product, &terms).await;
        let asked = request(self.shop.application, plan.id);
        operations::subscriptions::request(p, &self.shop.dev, &asked)
            .await
            .unwrap();
    }

    fn client_id(&self) -> &str {
        self.client.facts["client_id"].as_str().unwrap()
    }

    fn presented(&self) -> Presented {
        Presented {
            client_id: self.client_id().to_owned(),
            secret: self.client.secret.clone(),
        }
    }

    async fn ask(&self, p: &TestPlatform, asked: TokenRequest) -> Result<Tokens, Code> {
        told(oauth::token(p, Origin::default(), &self.presented(), &asked).await)
    }

    fn authorization(&self, scope: &str) -> Request {
        Request {
            response_type: "code".to_owned(),
            client_id: self.client_id().to_owned(),
            redirect_uri: BACK.to_owned(),
            scope: scope.to_owned(),
            state: "s&1".to_owned(),
            code_challenge: BASE64URL_NOPAD.encode(&Sha256::digest(VERIFIER)),
            code_challenge_method: "S256".to_owned(),
        }
    }

    /// A code that the person consented to.
    async fn code(&self, p: &TestPlatform, scope: &str) -> String {
        let request = self.authorization(scope);
        let question = authorize::read(p, &self.person, &request).await;
        let question = question.map_err(|e| e.to_string()).ok().unwrap();
        let back = question.allow(p, &self.person).await.unwrap();
        assert!(
            back.starts_with("https://app.example/back?from=us&code="),
            "{back}"
        );
        parameter(&back, "code").unwrap()
    }

    async fn redeem(&self, p: &TestPlatform, code: &str) -> Result<Tokens, Code> {
        self.ask(p, redemption(code)).await
    }

    async fn refresh(&self, p: &TestPlatform, tokens: &Tokens) -> Result<Tokens, Code> {
        let token = tokens.refresh_token.as_ref().unwrap();
        self.ask(p, refreshing(token)).await
    }

    async fn is_active(&self, p: &TestPlatform, token: &Secret) -> bool {
        let asker = Asker::Client(self.presented());
        let told = oauth::introspect(p, &asker, token.reveal()).await;
        told.map_err(|e| e.to_string()).unwrap()["active"] == true
    }
}

async fn client(p: &TestPlatform, shop: &Shop, is_confidential: bool) -> Issued {
    let wanted = Wanted::OauthClient {
        redirect_uris: vec![BACK.to_owned()],
        is_confidential,
    };
    let issued = credentials::issue(p, &shop.dev, shop.application, "Desk", None, &wanted).await;
    issued.map_err(|e| e.to_string()).ok().unwrap()
}

fn told<T>(result: Result<T, OauthError>) -> Result<T, Code> {
    result.map_err(|error| match error {
        OauthError::Refused { code, .. } => code,
        OauthError::Failed(error) => panic!("{error}"),
    })
}

fn asking(grant_type: &str) -> TokenRequest {
    TokenRequest {
        grant_type: Some(grant_type.to_owned()),
        ..TokenRequest::default()
    }
}

fn redemption(code: &str) -> TokenRequest {
    TokenRequest {
        code: Some(code.to_owned()),
        redirect_uri: Some(BACK.to_owned()),
        code_verifier: Some(VERIFIER.to_owned()),
        ..asking("authorization_code")
    }
}

fn refreshing(token: &Secret) -> TokenRequest {
    TokenRequest {
        refresh_token: Some(token.reveal().to_owned()),
        ..asking("refresh_token")
    }
}

fn parameter(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).unwrap();
    let mut pairs = url.query_pairs();
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

fn claims(token: &Secret) -> Value {
    let part = token.reveal().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

async fn actions(p: &TestPlatform) -> Vec<String> {
    let mut conn = p.db.read().await.unwrap();
    let filter = store::audit::AuditFilter::default();
    let workspace = p.settings.workspace;
    let lines = store::audit::list(&mut conn, workspace, &filter, None, 100).await;
    lines.unwrap().into_iter().map(|line| line.action).collect()
}

#[tokio::test]
async fn a_client_gets_a_token_for_itself() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, Some(&["read", "list"])).await;
        let tokens = stage
            .ask(&p, asking("client_credentials"))
            .await
            .ok()
            .unwrap();
        assert!(tokens.refresh_token.is_none());
        assert_eq!(tokens.scope, "read list");
        let claims = claims(&tokens.access_token);
        assert_eq!(claims["iss"], oauth::issuer(&p.settings));
        assert_eq!(claims["sub"], claims["client_id"]);
        assert_eq!(
            claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
            900
        );
        assert!(stage.is_active(&p, &tokens.access_token).await);

        let narrow = TokenRequest {
            scope: Some("list".to_owned()),
            ..asking("client_credentials")
        };
        assert_eq!(stage.ask(&p, narrow).await.ok().unwrap().scope, "list");
        let wide = TokenRequest {
            scope: Some("read delete".to_owned()),
            ..asking("client_credentials")
        };
        assert_eq!(stage.ask(&p, wide).await.err(), Some(Code::InvalidScope));
        assert_eq!(
            stage.ask(&p, asking("password")).await.err(),
            Some(Code::UnsupportedGrantType)
        );
        assert_eq!(
            stage.ask(&p, TokenRequest::default()).await.err(),
            Some(Code::InvalidRequest)
        );
        assert!(actions(&p).await.contains(&"oauth_token.issued".to_owned()));

        let secret = stage.client.secret.as_ref().unwrap().reveal().to_owned();
        let mut conn = p.db.read().await.unwrap();
        let row =
            store::credentials::find(&mut conn, stage.shop.dev.workspace, stage.client.id).await;
        let row = row.unwrap().unwrap();
        assert_eq!(row.secret_hash, Sha256::digest(&secret).to_vec());
        assert!(!row.facts.0.to_string().contains(&secret[12..]));
    })
    .await;
}

#[tokio::test]
async fn a_client_must_prove_itself_and_be_in_force() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        let asked = asking("client_credentials");
        let with = async |client_id: &str, secret: Option<&str>| {
            let presented = Presented {
                client_id: client_id.to_owned(),
                secret: secret.map(Secret::new),
            };
            told(oauth::token(&p, Origin::default(), &presented, &asked).await).err()
        };
        let secret = stage.client.secret.clone().unwrap();
        let id = stage.client_id();
        assert_eq!(with(id, Some(secret.reveal())).await, None);
        assert_eq!(
            with(id, Some("gh_oauth_else")).await,
            Some(Code::InvalidClient)
        );
        assert_eq!(with(id, None).await, Some(Code::InvalidClient));
        assert_eq!(
            with("ghc_none", Some(secret.reveal())).await,
            Some(Code::InvalidClient)
        );
        let application = stage.shop.application;
        let suspended = applications::suspend(&p, &stage.shop.admin, application, 1, "test").await;
        let version = suspended.unwrap().version;
        assert_eq!(
            with(id, Some(secret.reveal())).await,
            Some(Code::UnauthorizedClient)
        );
        applications::resume(&p, &stage.shop.admin, application, version)
            .await
            .unwrap();
        credentials::revoke(&p, &stage.shop.dev, stage.client.id, None, "")
            .await
            .unwrap();
        assert_eq!(
            with(id, Some(secret.reveal())).await,
            Some(Code::InvalidClient)
        );

        let public = Stage {
            client: client(&p, &stage.shop, false).await,
            ..stage
        };
        assert!(public.client.secret.is_none());
        let for_itself = public.ask(&p, asking("client_credentials")).await;
        assert_eq!(for_itself.err(), Some(Code::UnauthorizedClient));
        let rotated = credentials::rotate(
            &p,
            &public.shop.dev,
            public.client.id,
            None,
            Overlap::Day,
            None,
        );
        assert!(matches!(rotated.await, Err(Error::WrongState(_))));
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_rotated_with_an_overlap() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        let new = credentials::rotate(
            &p,
            &stage.shop.dev,
            stage.client.id,
            None,
            Overlap::Hour,
            None,
        )
        .await;
        let new = new.map_err(|e| e.to_string()).ok().unwrap();
        let presented = Presented {
            client_id: new.facts["client_id"].as_str().unwrap().to_owned(),
            secret: Some(new.secret.clone()),
        };
        let asked = asking("client_credentials");
        let given = oauth::token(&p, Origin::default(), &presented, &asked).await;
        assert!(given.is_ok());
        assert!(stage.ask(&p, asking("client_credentials")).await.is_ok());
        p.wait(Duration::from_secs(3_600));
        let over = stage.ask(&p, asking("client_credentials")).await;
        assert_eq!(over.err(), Some(Code::InvalidClient));
    })
    .await;
}

#[tokio::test]
async fn a_person_consents_and_the_code_is_good_once() {
    each_platform(async |p| {
        let stage = Stage::new(&p, false).await;
        stage.subscribe(&p, None).await;
        let code = stage.code(&p, "read list").await;

        for wrong in [
            TokenRequest {
                code_verifier: Some("x".repeat(43)),
                ..redemption(&code)
            },
            TokenRequest {
                redirect_uri: Some("https://app.example/back".to_owned()),
                ..redemption(&code)
            },
            redemption("another"),
        ] {
            assert_eq!(stage.ask(&p, wrong).await.err(), Some(Code::InvalidGrant));
        }
        let without = TokenRequest {
            code_verifier: None,
            ..redemption(&code)
        };
        assert_eq!(
            stage.ask(&p, without).await.err(),
            Some(Code::InvalidRequest)
        );
        let other = client(&p, &stage.shop, false).await;
        let other = Presented {
            client_id: other.facts["client_id"].as_str().unwrap().to_owned(),
            secret: None,
        };
        let stolen = oauth::token(&p, Origin::default(), &other, &redemption(&code)).await;
        assert_eq!(told(stolen).err(), Some(Code::InvalidGrant));

        let tokens = stage.redeem(&p, &code).await.ok().unwrap();
        let claims = claims(&tokens.access_token);
        assert_eq!(claims["sub"], stage.person.account().unwrap().to_string());
        assert_eq!(tokens.scope, "read list");
        assert_eq!(
            stage.redeem(&p, &code).await.err(),
            Some(Code::InvalidGrant)
        );
        let after = stage.refresh(&p, &tokens).await;
        assert_eq!(
            after.err(),
            Some(Code::InvalidGrant),
            "a code that comes twice ends what it gave"
        );
        let mine = grants::mine(&p, &stage.person).await.unwrap();
        assert_eq!((mine.len(), mine[0].scopes.as_str()), (1, "read list"));
        assert!(
            actions(&p)
                .await
                .contains(&"oauth_grant.allowed".to_owned())
        );

        let late = stage.code(&p, "read").await;
        p.wait(Duration::from_secs(60));
        assert_eq!(
            stage.redeem(&p, &late).await.err(),
            Some(Code::InvalidGrant)
        );
    })
    .await;
}

#[tokio::test]
async fn only_a_request_that_can_be_answered_is_shown() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, Some(&["read"])).await;
        let good = stage.authorization("read");
        let ask = async |request: Request| authorize::read(&p, &stage.person, &request).await.err();
        assert!(ask(good.clone()).await.is_none());
        for request in [
            Request {
                client_id: "ghc_none".to_owned(),
                ..good.clone()
            },
            Request {
                redirect_uri: "https://app.example/back".to_owned(),
                ..good.clone()
            },
            Request {
                redirect_uri: "https://evil.example/".to_owned(),
                ..good.clone()
            },
        ] {
            assert!(matches!(ask(request).await, Some(Rejected::Told(_))));
        }
        for (request, error) in [
            (
                Request {
                    response_type: "token".to_owned(),
                    ..good.clone()
                },
                "unsupported_response_type",
            ),
            (
                Request {
                    code_challenge_method: "plain".to_owned(),
                    ..good.clone()
                },
                "invalid_request",
            ),
            (
                Request {
                    code_challenge: String::new(),
                    ..good.clone()
                },
                "invalid_request",
            ),
            (
                Request {
                    scope: "read delete".to_owned(),
                    ..good.clone()
                },
                "invalid_scope",
            ),
        ] {
            let Some(Rejected::SentBack(back)) = ask(request).await else {
                panic!("{error} is for the client");
            };
            assert_eq!(parameter(&back, "error").as_deref(), Some(error));
            assert_eq!(parameter(&back, "state").as_deref(), Some("s&1"));
            assert_eq!(parameter(&back, "iss"), Some(oauth::issuer(&p.settings)));
        }
        let question = authorize::read(&p, &stage.person, &good)
            .await
            .ok()
            .unwrap();
        let no = question.refused(&p);
        assert_eq!(parameter(&no, "error").as_deref(), Some("access_denied"));
        let visitor = authorize::read(&p, &p.visitor(), &good).await.err();
        assert!(matches!(
            visitor,
            Some(Rejected::Failed(Error::SignInNeeded))
        ));
    })
    .await;
}

#[tokio::test]
async fn refresh_tokens_take_turns_and_a_second_use_ends_all() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, None).await;
        let code = stage.code(&p, "read list").await;
        let first = stage.redeem(&p, &code).await.ok().unwrap();
        let fewer = TokenRequest {
            scope: Some("list".to_owned()),
            ..refreshing(first.refresh_token.as_ref().unwrap())
        };
        let second = stage.ask(&p, fewer).await.ok().unwrap();
        assert_eq!(second.scope, "list");
        let third = stage.refresh(&p, &second).await.ok().unwrap();
        assert_eq!(third.scope, "read list", "what was granted stays granted");
        assert!(
            stage
                .is_active(&p, third.refresh_token.as_ref().unwrap())
                .await
        );
        assert!(
            !stage
                .is_active(&p, second.refresh_token.as_ref().unwrap())
                .await
        );
        assert!(stage.is_active(&p, &third.access_token).await);

        assert_eq!(
            stage.refresh(&p, &first).await.err(),
            Some(Code::InvalidGrant)
        );
        assert_eq!(
            stage.refresh(&p, &third).await.err(),
            Some(Code::InvalidGrant)
        );
        assert!(!stage.is_active(&p, &third.access_token).await);
        let mut conn = p.db.read().await.unwrap();
        let family = claims(&third.access_token)["family"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            store::oauth_revocations::load(&mut conn, family)
                .await
                .unwrap()
                .is_some()
        );
        let lines = store::changes::since(&mut conn, 0, 1_000).await.unwrap();
        let is_told =
            |kind: ChangeKind, id| lines.iter().any(|l| l.kind == kind && l.entity_id == id);
        assert!(
            is_told(ChangeKind::OauthRevocation, family),
            "gateways hear of it"
        );
        assert!(
            actions(&p)
                .await
                .contains(&"oauth_tokens.revoked".to_owned())
        );

        let wider = TokenRequest {
            scope: Some("delete".to_owned()),
            ..refreshing(
                stage
                    .redeem(&p, &stage.code(&p, "read").await)
                    .await
                    .ok()
                    .unwrap()
                    .refresh_token
                    .as_ref()
                    .unwrap(),
            )
        };
        assert_eq!(stage.ask(&p, wider).await.err(), Some(Code::InvalidScope));
    })
    .await;
}

#[tokio::test]
async fn tokens_are_taken_back_by_the_client_and_by_the_person() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, None).await;
        let revoke = async |token: &Secret| {
            told(oauth::revoke(&p, Origin::default(), &stage.presented(), token.reveal()).await)
        };
        let tokens = stage
            .redeem(&p, &stage.code(&p, "read").await)
            .await
            .ok()
            .unwrap();
        revoke(&tokens.access_token).await.unwrap();
        assert!(!stage.is_active(&p, &tokens.access_token).await);
        let next = stage.refresh(&p, &tokens).await.ok().unwrap();
        assert!(stage.is_active(&p, &next.access_token).await);
        revoke(next.refresh_token.as_ref().unwrap()).await.unwrap();
        assert!(!stage.is_active(&p, &next.access_token).await);
        assert_eq!(
            stage.refresh(&p, &next).await.err(),
            Some(Code::InvalidGrant)
        );
        revoke(&Secret::new("nothing of ours")).await.unwrap();

        let other = client(&p, &stage.shop, true).await;
        let foreign = Presented {
            client_id: other.facts["client_id"].as_str().unwrap().to_owned(),
            secret: other.secret,
        };
        let tokens = stage
            .redeem(&p, &stage.code(&p, "read").await)
            .await
            .ok()
            .unwrap();
        let refused = oauth::revoke(
            &p,
            Origin::default(),
            &foreign,
            tokens.access_token.reveal(),
        )
        .await;
        assert_eq!(told(refused).err(), Some(Code::UnauthorizedClient));

        let grant = grants::mine(&p, &stage.person).await.unwrap()[0].id;
        let stranger = grants::withdraw(&p, &stage.shop.dev, grant).await;
        assert!(matches!(stranger, Err(Error::NotFound { .. })));
        grants::withdraw(&p, &stage.person, grant).await.unwrap();
        assert!(grants::mine(&p, &stage.person).await.unwrap().is_empty());
        assert!(!stage.is_active(&p, &tokens.access_token).await);
        assert_eq!(
            stage.refresh(&p, &tokens).await.err(),
            Some(Code::InvalidGrant)
        );
    })
    .await;
}

#[tokio::test]
async fn others_learn_nothing_about_a_token() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        let tokens = stage
            .ask(&p, asking("client_credentials"))
            .await
            .ok()
            .unwrap();
        let ask = async |asker: Asker| {
            let told_of = oauth::introspect(&p, &asker, tokens.access_token.reveal()).await;
            told_of.map(|told| told["active"] == true)
        };
        assert!(matches!(
            ask(Asker::Team(stage.shop.admin.clone())).await,
            Ok(true)
        ));
        let dev = ask(Asker::Team(stage.shop.dev.clone())).await;
        assert!(matches!(
            dev,
            Err(OauthError::Failed(Error::Forbidden { .. }))
        ));
        let application = crate::shop::application(&p, &stage.person, "Other").await;
        let wanted = Wanted::OauthClient {
            redirect_uris: Vec::new(),
            is_confidential: true,
        };
        let other =
            credentials::issue(&p, &stage.person, application, "Other", None, &wanted).await;
        let other = other.map_err(|e| e.to_string()).ok().unwrap();
        let presented = Presented {
            client_id: other.facts["client_id"].as_str().unwrap().to_owned(),
            secret: other.secret,
        };
        assert!(matches!(ask(Asker::Client(presented)).await, Ok(false)));
        p.wait(Duration::from_secs(900));
        assert!(!stage.is_active(&p, &tokens.access_token).await);
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

#[tokio::test]
async fn what_has_ended_is_forgotten_and_the_suspended_get_nothing() {
    each_platform(async |p| {
        let stage = Stage::new(&p, true).await;
        stage.subscribe(&p, None).await;
        let tokens = stage
            .redeem(&p, &stage.code(&p, "read").await)
            .await
            .ok()
            .unwrap();
        let presented = stage.presented();
        oauth::revoke(
            &p,
            Origin::default(),
            &presented,
            tokens.access_token.reveal(),
        )
        .await
        .ok()
        .unwrap();
        let system = Actor::system(p.settings.workspace);
        let known = async || {
            let mut conn = p.db.read().await.unwrap();
            store::oauth_revocations::all(&mut conn)
                .await
                .unwrap()
                .len()
        };
        oauth::forget(&p, &system).await.unwrap();
        assert_eq!(known().await, 1);
        p.wait(Duration::from_secs(960));
        oauth::forget(&p, &system).await.unwrap();
        assert_eq!(known().await, 0);

        let account = stage.person.account().unwrap();
        let mut work = p.begin(&system).await.unwrap();
        let (workspace, at) = (p.settings.workspace, work.at());
        let (from, to) = (AccountState::Active, AccountState::Suspended);
        store::accounts::set_state(work.conn(), workspace, account, from, to, at)
            .await
            .unwrap();
        work.commit().await.unwrap();
        assert_eq!(
            stage.refresh(&p, &tokens).await.err(),
            Some(Code::InvalidGrant)
        );
    })
    .await;
}
