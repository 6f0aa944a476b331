//! Stories about who calls.

use domain::Clock;
use rustls::version::TLS13;
use serde_json::{Value, json};

use super::scene::{BASIC, CLIENT, SECRET, Scene, basic, refused};
use crate::access_tokens;
use crate::credential_kinds::{Signed, sign};
use crate::secure;

pub(super) async fn stories(scene: &mut Scene) {
    key_auth(scene).await;
    basic_auth(scene).await;
    jwt(scene).await;
    oauth2(scene).await;
    introspection(scene).await;
    hmac_auth(scene).await;
    mtls_auth(scene).await;
}

const LINE: &str = "GET /shop/any/x";

async fn key_auth(scene: &mut Scene) {
    scene.example("key_auth", 0).await;
    let named = format!("X-Harbor-Key: {}", scene.key);
    assert_eq!(scene.bare(LINE, &[&named], "").await.status, 200);
    let bearer = format!("Authorization: Bearer {}", scene.key);
    let answer = scene.bare(LINE, &[&bearer], "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.json()["headers"]["authorization"].is_null());
    refused(&scene.ask(LINE, &[], "").await, 401, "credential_missing");

    scene.example("key_auth", 1).await;
    assert_eq!(scene.ask(LINE, &[], "").await.status, 200);
    let target = format!("{LINE}?api_key={}&page=2", scene.key);
    let answer = scene.bare(&target, &[], "").await;
    assert_eq!(
        answer.json()["target"],
        "/any/x?page=2",
        "the key goes no further"
    );
    refused(
        &scene.bare(&format!("{LINE}?api_key=wrong"), &[], "").await,
        401,
        "credential_unknown",
    );
}

async fn oauth2(scene: &mut Scene) {
    scene.example("oauth2", 0).await;
    let bearer = |scope: &str| format!("Authorization: Bearer {}", access_tokens::token(1, scope));
    let answer = scene
        .bare(LINE, &[&bearer("containers:read"), "X-Person: ada"], "")
        .await;
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    let seen = answer.json()["headers"].clone();
    assert_eq!(
        seen["x-person"], "kim",
        "the caller's own header is removed"
    );
    assert!(seen["authorization"].is_null());
    let narrow = scene.bare(LINE, &[&bearer("containers")], "").await;
    refused(&narrow, 403, "scope_missing");
    let none = scene.bare(LINE, &[], "").await;
    refused(&none, 401, "credential_missing");
}

async fn basic_auth(scene: &mut Scene) {
    scene.example("basic_auth", 0).await;
    assert_eq!(scene.bare(LINE, &[&basic(BASIC)], "").await.status, 200);
    let wrong = scene.bare(LINE, &[&basic("harbor:another")], "").await;
    refused(&wrong, 401, "credential_unknown");
    let none = scene.bare(LINE, &[], "").await;
    refused(&none, 401, "credential_missing");
    assert!(none.header("www-authenticate").contains("Harbor API"));
}

fn claims(issuer: String, more: &Value) -> Value {
    let now = Clock::system().now().seconds();
    let mut claims = json!({ "iss": issuer, "iat": now, "exp": now + 600, "sub": "ada" });
    let members = claims.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    claims
}

async fn jwt(scene: &mut Scene) {
    scene.example("jwt", 0).await;
    let issuer = || format!("{}/realms/harbor", scene.elsewhere.origin());
    let good = json!({
        "azp": CLIENT, "aud": "harbor-api", "scope": "containers:read containers:write",
        "realm_access": { "roles": "captain" },
    });
    let with = |name: &str, value: Value| {
        let mut claims = claims(issuer(), &good);
        claims[name] = value;
        scene.elsewhere.issuer.bearer("JWT", &claims)
    };
    let token = scene
        .elsewhere
        .issuer
        .bearer("JWT", &claims(issuer(), &good));
    let answer = scene.bare(LINE, &[&token, "X-User: somebody"], "").await;
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    let seen = answer.json()["headers"].clone();
    assert_eq!(
        (&seen["x-user"], &seen["x-roles"]),
        (&json!("ada"), &json!("captain"))
    );
    assert!(seen["authorization"].is_null());
    for (token, status, code) in [
        (with("aud", json!("another-api")), 401, "token_invalid"),
        (with("scope", json!("containers")), 403, "scope_missing"),
        (with("exp", json!(1)), 401, "token_expired"),
        (
            with("iss", json!("https://elsewhere.example")),
            401,
            "token_invalid",
        ),
        (with("azp", json!("nobody")), 403, "application_unknown"),
    ] {
        refused(&scene.bare(LINE, &[&token], "").await, status, code);
    }
    assert_eq!(scene.elsewhere.asked("discovery"), 1);
    assert_eq!(scene.elsewhere.asked("keys"), 1, "the keys were kept");

    scene.example("jwt", 1).await;
    let issuer = scene.elsewhere.origin();
    let good = claims(issuer.clone(), &json!({ "client_id": CLIENT }));
    let bearer = |kind: &str, claims: &Value| scene.elsewhere.issuer.bearer(kind, claims);
    assert_eq!(
        scene
            .bare(LINE, &[&bearer("at+jwt", &good)], "")
            .await
            .status,
        200
    );
    refused(
        &scene.bare(LINE, &[&bearer("JWT", &good)], "").await,
        401,
        "token_invalid",
    );
    let now = Clock::system().now().seconds();
    let long = claims(issuer, &json!({ "client_id": CLIENT, "exp": now + 7_200 }));
    refused(
        &scene.bare(LINE, &[&bearer("at+jwt", &long)], "").await,
        401,
        "token_invalid",
    );

    scene.example("jwt", 2).await;
    let own = scene
        .elsewhere
        .issuer
        .bearer("JWT", &claims(CLIENT.to_owned(), &json!({})));
    assert_eq!(scene.bare(LINE, &[&own], "").await.status, 200);
    let other = scene
        .elsewhere
        .issuer
        .bearer("JWT", &claims("another".to_owned(), &json!({})));
    refused(&scene.bare(LINE, &[&other], "").await, 401, "token_invalid");
}

async fn introspection(scene: &mut Scene) {
    scene.example("oauth2_introspection", 0).await;
    let good = "Authorization: Bearer good";
    for _ in 0..3 {
        let answer = scene.bare(LINE, &[good], "").await;
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
    }
    assert_eq!(
        scene.elsewhere.asked("introspect"),
        1,
        "the answer was kept"
    );
    let bad = scene
        .bare(LINE, &["Authorization: Bearer revoked"], "")
        .await;
    refused(&bad, 401, "token_invalid");
    assert_eq!(scene.elsewhere.asked("introspect"), 2);
}

async fn hmac_auth(scene: &mut Scene) {
    scene.example("hmac_auth", 0).await;
    const KIND: &str = "Content-Type: text/plain";
    let signed = |path: &str, nonce: &str| {
        sign(
            SECRET,
            &Signed {
                path,
                kind: "text/plain",
                nonce,
            },
        )
    };
    let [input, signature] = signed("/shop/any/x", "0123456789");
    let lines = [KIND, &input, &signature];
    assert_eq!(scene.bare(LINE, &lines, "").await.status, 200);
    refused(
        &scene.bare(LINE, &lines, "").await,
        401,
        "signature_invalid",
    );
    let [input, signature] = signed("/shop/any/y", "1234567890");
    refused(
        &scene.bare(LINE, &[KIND, &input, &signature], "").await,
        401,
        "signature_invalid",
    );
    let [input, signature] = signed("/shop/any/x", "2345678901");
    let other = ["Content-Type: text/html", &input, &signature];
    refused(
        &scene.bare(LINE, &other, "").await,
        401,
        "signature_invalid",
    );
}

async fn mtls_auth(scene: &mut Scene) {
    scene.example("mtls_auth", 0).await;
    let address = secure::address(&scene.gateway);
    let known = scene
        .authority
        .client(&[&TLS13], Some(&scene.certificate), &[]);
    let answer = secure::get(address, &known, "tls.test", "/shop/any/x").await;
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    let subject = answer.json()["headers"]["x-client-subject"].clone();
    assert!(
        subject.as_str().unwrap().contains("O=Harbor Ltd"),
        "{subject}"
    );
    let nobody = scene.authority.client(&[&TLS13], None, &[]);
    let answer = secure::get(address, &nobody, "tls.test", "/shop/any/x").await;
    refused(&answer, 401, "credential_missing");
    // signed by the same authority, and given to the platform by nobody
    let stranger = scene.authority.issue_to(&["client"], "Harbor Ltd");
    let unknown = scene.authority.client(&[&TLS13], Some(&stranger), &[]);
    let answer = secure::get(address, &unknown, "tls.test", "/shop/any/x").await;
    refused(&answer, 401, "credential_unknown");
}
