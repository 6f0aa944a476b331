//! What the tests begin with: a shop with keys and a client, and the way to tokens.

use data_encoding::BASE64URL_NOPAD;
use domain::actor::{Actor, Origin};
use operations::credentials::{self, Issued, Wanted};
use operations::oauth::authorize::{self, Request};
use operations::oauth::client::Presented;
use operations::oauth::{self, Asker, Code, OauthError, TokenRequest, Tokens};
use operations::plans;
use operations::secrets::Secret;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use testkit::TestPlatform;

use crate::shop::{Shop, input, plan, request};

const BACK: &str = "https://app.example/back?from=us";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A shop with keys, and a client of the developer's application.
pub(super) struct Stage {
    pub(super) shop: Shop,
    pub(super) client: Issued,
    pub(super) person: Actor,
}

impl Stage {
    pub(super) async fn new(p: &TestPlatform, is_confidential: bool) -> Self {
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
    pub(super) async fn subscribe(&self, p: &TestPlatform, scopes: Option<&[&str]>) {
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

    pub(super) fn client_id(&self) -> &str {
        self.client.facts["client_id"].as_str().unwrap()
    }

    pub(super) fn presented(&self) -> Presented {
        Presented {
            client_id: self.client_id().to_owned(),
            secret: self.client.secret.clone(),
        }
    }

    pub(super) async fn ask(&self, p: &TestPlatform, asked: TokenRequest) -> Result<Tokens, Code> {
        told(oauth::token(p, Origin::default(), &self.presented(), &asked).await)
    }

    pub(super) fn authorization(&self, scope: &str) -> Request {
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
    pub(super) async fn code(&self, p: &TestPlatform, scope: &str) -> String {
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

    pub(super) async fn redeem(&self, p: &TestPlatform, code: &str) -> Result<Tokens, Code> {
        self.ask(p, redemption(code)).await
    }

    pub(super) async fn refresh(&self, p: &TestPlatform, tokens: &Tokens) -> Result<Tokens, Code> {
        let token = tokens.refresh_token.as_ref().unwrap();
        self.ask(p, refreshing(token)).await
    }

    pub(super) async fn is_active(&self, p: &TestPlatform, token: &Secret) -> bool {
        let asker = Asker::Client(self.presented());
        let told = oauth::introspect(p, &asker, token.reveal()).await;
        told.map_err(|e| e.to_string()).unwrap()["active"] == true
    }
}

pub(super) async fn client(p: &TestPlatform, shop: &Shop, is_confidential: bool) -> Issued {
    let wanted = Wanted::OauthClient {
        redirect_uris: vec![BACK.to_owned()],
        is_confidential,
    };
    let issued = credentials::issue(p, &shop.dev, shop.application, "Desk", None, &wanted).await;
    issued.map_err(|e| e.to_string()).ok().unwrap()
}

pub(super) fn told<T>(result: Result<T, OauthError>) -> Result<T, Code> {
    result.map_err(|error| match error {
        OauthError::Refused { code, .. } => code,
        OauthError::Failed(error) => panic!("{error}"),
    })
}

pub(super) fn asking(grant_type: &str) -> TokenRequest {
    TokenRequest {
        grant_type: Some(grant_type.to_owned()),
        ..TokenRequest::default()
    }
}

pub(super) fn redemption(code: &str) -> TokenRequest {
    TokenRequest {
        code: Some(code.to_owned()),
        redirect_uri: Some(BACK.to_owned()),
        code_verifier: Some(VERIFIER.to_owned()),
        ..asking("authorization_code")
    }
}

pub(super) fn refreshing(token: &Secret) -> TokenRequest {
    TokenRequest {
        refresh_token: Some(token.reveal().to_owned()),
        ..asking("refresh_token")
    }
}

pub(super) fn parameter(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).unwrap();
    let mut pairs = url.query_pairs();
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

pub(super) fn claims(token: &Secret) -> Value {
    let part = token.reveal().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

pub(super) async fn actions(p: &TestPlatform) -> Vec<String> {
    let mut conn = p.db.read().await.unwrap();
    let filter = store::audit::AuditFilter::default();
    let workspace = p.settings.workspace;
    let lines = store::audit::list(&mut conn, workspace, &filter, None, 100).await;
    lines.unwrap().into_iter().map(|line| line.action).collect()
}
