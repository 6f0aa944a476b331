//! The endpoints over a database of their own: forms in, JSON by the standards out.

#![expect(
    clippy::unwrap_used,
    reason = "in a helper of tests, as in a test, it says where what failed"
)]

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use data_encoding::BASE64;
use http_body_util::BodyExt as _;
use operations::applications;
use operations::credentials::{self, Issued, Wanted};
use serde_json::Value;
use testkit::{PlatformBuilder, TestDb, TestPlatform};
use tower::ServiceExt as _;

struct House {
    platform: TestPlatform,
    router: axum::Router,
    client: Issued,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn error(&self) -> (u16, &str) {
        let code = self.body["error"].as_str().unwrap_or_default();
        (self.status.as_u16(), code)
    }
}

impl House {
    async fn build() -> Self {
        let platform = PlatformBuilder::default().over(TestDb::sqlite().await);
        let workspace = platform.settings.workspace;
        operations::oauth::ensure_key(&platform, workspace)
            .await
            .unwrap();
        let dev = platform.developer("noor@pier.example").await;
        let input = applications::Input {
            name: "Pier 9".to_owned(),
            description: String::new(),
        };
        let application = applications::create(&platform, &dev, &input).await.unwrap();
        let wanted = Wanted::OauthClient {
            redirect_uris: Vec::new(),
            is_confidential: true,
        };
        let client =
            credentials::issue(&platform, &dev, application.id, "Desk", None, &wanted).await;
        Self {
            router: oauth::router((*platform).clone()),
            client: client.map_err(|error| error.to_string()).ok().unwrap(),
            platform,
        }
    }

    fn id(&self) -> &str {
        self.client.facts["client_id"].as_str().unwrap()
    }

    fn basic(&self) -> String {
        let secret = self.client.secret.as_ref().unwrap().reveal();
        let pair = format!("{}:{secret}", self.id());
        format!("Basic {}", BASE64.encode(pair.as_bytes()))
    }

    async fn call(&self, method: Method, path: &str, authorization: &str, form: &str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded");
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        let request = request.body(Body::from(form.to_owned())).unwrap();
        self.send(request).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    async fn post(&self, path: &str, authorization: &str, form: &str) -> Answer {
        self.call(Method::POST, path, authorization, form).await
    }
}

#[tokio::test]
async fn a_token_is_given_explained_and_taken_back() {
    let house = House::build().await;
    let basic = house.basic();
    let given = house
        .post("/oauth/token", &basic, "grant_type=client_credentials")
        .await;
    assert_eq!(given.status, 200, "{}", given.body);
    assert_eq!(given.header("cache-control"), "no-store");
    assert_eq!(given.header("access-control-allow-origin"), "*");
    assert_eq!(given.body["token_type"], "Bearer");
    assert_eq!(given.body["expires_in"], 900);
    let form = format!("token={}", given.body["access_token"].as_str().unwrap());
    let told = house.post("/oauth/introspect", &basic, &form).await;
    assert_eq!(
        (told.status.as_u16(), &told.body["active"]),
        (200, &true.into())
    );
    assert_eq!(told.body["client_id"], house.id());
    assert_eq!(told.header("access-control-allow-origin"), "");
    let revoked = house.post("/oauth/revoke", &basic, &form).await;
    assert_eq!((revoked.status.as_u16(), revoked.body), (200, Value::Null));
    let told = house.post("/oauth/introspect", &basic, &form).await;
    assert_eq!(told.body, serde_json::json!({"active": false}));
}

#[tokio::test]
async fn refusals_are_those_of_the_standard() {
    let house = House::build().await;
    let basic = house.basic();
    let wrong = format!("Basic {}", BASE64.encode(b"ghc_none:secret"));
    let by_form = format!(
        "grant_type=client_credentials&client_id={}&client_secret=x",
        house.id()
    );
    let both = format!(
        "grant_type=client_credentials&client_secret=x&client_id={}",
        house.id()
    );
    for (path, authorization, form, expected) in [
        ("/oauth/token", basic.as_str(), "", (400, "invalid_request")),
        (
            "/oauth/token",
            &basic,
            "grant_type=password",
            (400, "unsupported_grant_type"),
        ),
        (
            "/oauth/token",
            &basic,
            "grant_type=a&grant_type=a",
            (400, "invalid_request"),
        ),
        (
            "/oauth/token",
            &basic,
            "grant_type=refresh_token",
            (400, "invalid_request"),
        ),
        (
            "/oauth/token",
            &basic,
            "grant_type=refresh_token&refresh_token=x",
            (400, "invalid_grant"),
        ),
        (
            "/oauth/token",
            &basic,
            "grant_type=client_credentials&scope=read",
            (400, "invalid_scope"),
        ),
        ("/oauth/token", &basic, &both, (400, "invalid_request")),
        (
            "/oauth/token",
            &wrong,
            "grant_type=client_credentials",
            (401, "invalid_client"),
        ),
        ("/oauth/token", "", &by_form, (401, "invalid_client")),
        (
            "/oauth/token",
            "",
            "grant_type=client_credentials",
            (401, "invalid_client"),
        ),
        (
            "/oauth/token",
            "Digest x",
            "grant_type=client_credentials",
            (401, "invalid_client"),
        ),
        ("/oauth/revoke", &basic, "", (400, "invalid_request")),
        (
            "/oauth/introspect",
            "Bearer gh_admin_x",
            "token=x",
            (401, "invalid_token"),
        ),
        ("/oauth/introspect", "", "token=x", (401, "invalid_client")),
    ] {
        let answer = house.post(path, authorization, form).await;
        assert_eq!(answer.error(), expected, "{path} {form}");
        let challenged = answer.header("www-authenticate");
        let scheme = authorization.split(' ').next().unwrap();
        let expected = match (expected.0, scheme) {
            (401, "Bearer") => "Bearer error=\"invalid_token\"",
            (401, "Basic" | "Digest") => "Basic realm=\"oauth\"",
            _ => "",
        };
        assert_eq!(challenged, expected, "{path} {form}");
    }
    let get = house.call(Method::GET, "/oauth/token", &basic, "").await;
    assert_eq!(get.status, 405);
}

#[tokio::test]
async fn a_proof_must_be_one_and_good() {
    let house = House::build().await;
    let ask = async |proofs: &[&str]| {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri("/oauth/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", house.basic());
        for proof in proofs {
            request = request.header("dpop", *proof);
        }
        let request = request.body(Body::from("grant_type=client_credentials"));
        house.send(request.unwrap()).await
    };
    assert_eq!(ask(&[]).await.status, 200);
    for proofs in [&["a.b.c"][..], &[""], &["a.b.c", "a.b.c"]] {
        let answer = ask(proofs).await;
        assert_eq!(answer.error(), (400, "invalid_dpop_proof"), "{proofs:?}");
    }
}

#[tokio::test]
async fn whoever_asks_too_often_waits() {
    let house = House::build().await;
    let form = "grant_type=client_credentials&client_id=ghc_guessed&client_secret=x";
    let mut last = house.post("/oauth/token", "", form).await;
    for _ in 0..120 {
        last = house.post("/oauth/token", "", form).await;
    }
    assert_eq!(last.error(), (429, "temporarily_unavailable"));
    assert_ne!(last.header("retry-after"), "");
}

#[tokio::test]
async fn libraries_find_everything() {
    let house = House::build().await;
    let path = "/.well-known/oauth-authorization-server";
    let metadata = house.call(Method::GET, path, "", "").await.body;
    let issuer = operations::oauth::issuer(&house.platform.settings);
    assert_eq!(metadata["issuer"], issuer);
    assert_eq!(
        metadata["code_challenge_methods_supported"],
        serde_json::json!(["S256"])
    );
    for name in [
        "token_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
    ] {
        let address = metadata[name].as_str().unwrap();
        let path = address.strip_prefix(&issuer).unwrap();
        assert_eq!(house.post(path, "", "token=x").await.status, 401, "{name}");
    }
    let keys = house.call(Method::GET, "/oauth/jwks.json", "", "").await;
    assert_eq!(keys.header("cache-control"), "public, max-age=300");
    let key = &keys.body["keys"][0];
    assert_eq!((&key["kty"], &key["alg"]), (&"RSA".into(), &"RS256".into()));
    assert_eq!(key["e"], "AQAB");
    assert!(key.get("d").is_none());
    for (name, expected) in [
        ("access_token_signing_alg_values_supported", "RS256"),
        ("dpop_signing_alg_values_supported", "ES256"),
    ] {
        assert_eq!(metadata[name][0], expected, "{name}");
    }
    let preflight = house.call(Method::OPTIONS, "/oauth/token", "", "").await;
    assert_eq!(preflight.status, 204);
    assert_eq!(
        preflight.header("access-control-allow-headers"),
        "authorization, content-type, dpop"
    );
}
