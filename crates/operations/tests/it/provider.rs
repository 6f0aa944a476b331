//! A sign-in provider on loopback: OpenID Connect with discovery, keys and signed id tokens, and GitHub's two APIs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::DateTime;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use domain::Clock;
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet,
    CoreJwsSigningAlgorithm,
};
use openidconnect::{
    Audience, EmptyAdditionalClaims, EndUserEmail, IssuerUrl, JsonWebKeyId, Nonce,
    PrivateSigningKey as _, StandardClaims, SubjectIdentifier,
};
use operations::secrets::{Secret, sha256};
use operations::settings::{Provider, ProviderKind};
use operations::sign_in::providers::Answer;
use serde_json::{Value, json};
use url::Url;

/// Who consents, in the provider's eyes.
#[derive(Clone)]
pub(crate) struct Consent {
    pub(crate) subject: &'static str,
    pub(crate) email: &'static str,
    pub(crate) is_verified: bool,
    /// Whom the id token is for; the client that asked, unless a test wants otherwise.
    pub(crate) audience: &'static str,
}

#[derive(Clone)]
struct Grant {
    consent: Consent,
    nonce: String,
    challenge: String,
}

/// The provider. Stops with the test's runtime.
#[derive(Clone)]
pub(crate) struct LocalProvider {
    base: Url,
    clock: Clock,
    key: Arc<CoreEdDsaPrivateSigningKey>,
    grants: Arc<Mutex<HashMap<String, Grant>>>,
}

impl LocalProvider {
    /// Starts on a port of the system's choice; tells the time of `clock`.
    pub(crate) async fn start(clock: Clock) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        // An Ed25519 private key in PKCS #8 (RFC 8410) is this prefix and the seed.
        let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        der.extend([9; 32]);
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            BASE64.encode(&der)
        );
        let kid = Some(JsonWebKeyId::new("k1".to_owned()));
        let this = Self {
            base: base.parse().unwrap(),
            clock,
            key: Arc::new(CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, kid).unwrap()),
            grants: Arc::default(),
        };
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/login/oauth/access_token", post(github_token))
            .route("/user", get(github_user))
            .route("/user/emails", get(github_emails))
            .with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        this
    }

    pub(crate) fn as_oidc(&self) -> Provider {
        self.provider(
            "acme",
            ProviderKind::Oidc {
                issuer: self.base.clone(),
            },
        )
    }

    pub(crate) fn as_github(&self) -> Provider {
        let (site, api) = (self.base.clone(), self.base.clone());
        self.provider("github", ProviderKind::GitHub { site, api })
    }

    fn provider(&self, slug: &str, kind: ProviderKind) -> Provider {
        Provider {
            slug: slug.to_owned(),
            label: "Acme".to_owned(),
            kind,
            client_id: "gatehouse".to_owned(),
            client_secret: Secret::new("client-secret"),
            faces: domain::account::Face::ALL.to_vec(),
        }
    }

    /// The person says yes on the page that the browser was sent to: what the redirect brings back.
    pub(crate) fn consent(&self, url: &Url, consent: Consent) -> Answer {
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(query["client_id"], "gatehouse");
        assert_eq!(query["code_challenge_method"], "S256");
        let mut grants = self.grants.lock().unwrap();
        let code = format!("code-{}", grants.len());
        let grant = Grant {
            consent,
            nonce: query.get("nonce").cloned().unwrap_or_default(),
            challenge: query["code_challenge"].clone(),
        };
        grants.insert(code.clone(), grant);
        Answer {
            state: query["state"].clone(),
            code,
            error: None,
        }
    }

    /// A code is good once, and only with the verifier of its challenge.
    fn redeem(&self, form: &HashMap<String, String>) -> Option<Grant> {
        let grant = self.grants.lock().unwrap().remove(form.get("code")?)?;
        let given = BASE64URL_NOPAD.encode(&sha256(form.get("code_verifier")?));
        (given == grant.challenge).then_some(grant)
    }
}

async fn discovery(State(p): State<LocalProvider>) -> Json<Value> {
    let base = p.base.as_str().trim_end_matches('/');
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
    }))
}

async fn keys(State(p): State<LocalProvider>) -> Json<CoreJsonWebKeySet> {
    Json(CoreJsonWebKeySet::new(vec![p.key.as_verification_key()]))
}

type Refused = (StatusCode, Json<Value>);

fn refused() -> Refused {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({"error": "invalid_grant"})),
    )
}

async fn token(
    State(p): State<LocalProvider>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Json<Value>, Refused> {
    let grant = p.redeem(&form).ok_or_else(refused)?;
    let issuer = p.base.as_str().trim_end_matches('/').to_owned();
    let now = DateTime::from_timestamp_micros(p.clock.now().micros()).unwrap();
    let subject = SubjectIdentifier::new(grant.consent.subject.to_owned());
    let email = EndUserEmail::new(grant.consent.email.to_owned());
    let claims = CoreIdTokenClaims::new(
        IssuerUrl::new(issuer).unwrap(),
        vec![Audience::new(grant.consent.audience.to_owned())],
        now + Duration::from_secs(300),
        now,
        StandardClaims::new(subject)
            .set_email(Some(email))
            .set_email_verified(Some(grant.consent.is_verified)),
        EmptyAdditionalClaims {},
    )
    .set_nonce(Some(Nonce::new(grant.nonce)));
    let algorithm = CoreJwsSigningAlgorithm::EdDsa;
    let id_token = CoreIdToken::new(claims, &*p.key, algorithm, None, None).unwrap();
    Ok(Json(json!({
        "access_token": "a", "token_type": "Bearer", "id_token": id_token.to_string(),
    })))
}

async fn github_token(
    State(p): State<LocalProvider>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Json<Value>, Refused> {
    let grant = p.redeem(&form).ok_or_else(refused)?;
    let who = format!("{} {}", grant.consent.email, grant.consent.is_verified);
    let token = BASE64URL_NOPAD.encode(who.as_bytes());
    Ok(Json(
        json!({"access_token": token, "token_type": "bearer", "scope": "read:user"}),
    ))
}

async fn github_user() -> Json<Value> {
    Json(json!({"id": 4711, "login": "noor", "name": null}))
}

async fn github_emails(headers: axum::http::HeaderMap) -> Json<Value> {
    let bearer = headers["authorization"].to_str().unwrap();
    let token = bearer.strip_prefix("Bearer ").unwrap();
    let who = String::from_utf8(BASE64URL_NOPAD.decode(token.as_bytes()).unwrap()).unwrap();
    let (email, verified) = who.split_once(' ').unwrap();
    Json(json!([
        {"email": "other@x.example", "primary": false, "verified": true},
        {"email": email, "primary": true, "verified": verified == "true"},
    ]))
}
