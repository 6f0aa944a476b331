//! Certificates over the API: uploaded, told with the reason when not, replaced, and never handed out with their key.

use std::sync::OnceLock;

use axum::http::Method;
use domain::access::Role;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use serde_json::{Value, json};

use crate::house::House;

/// A certificate and its key, PEM.
pub(crate) struct Pair {
    pub(crate) pem: String,
    key: String,
}

/// An authority, made once.
pub(crate) fn authority() -> &'static Pair {
    static MADE: OnceLock<Pair> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        signed(params)
    })
}

fn server(name: &str) -> Pair {
    signed(CertificateParams::new(vec![name.to_owned()]).unwrap())
}

fn signed(params: CertificateParams) -> Pair {
    let key = KeyPair::generate().unwrap();
    Pair {
        pem: params.self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    }
}

async fn post(house: &House, token: &str, path: &str, body: &Value) -> (u16, Value, String) {
    let answer = house
        .call(
            Method::POST,
            path,
            Some(token),
            None,
            Some(body.to_string()),
        )
        .await;
    (answer.status.as_u16(), answer.json(), answer.text)
}

/// Uploads an authority and a certificate; their ids.
pub(crate) async fn upload(house: &House, token: &str) -> (String, String) {
    let ca = json!({ "name": "Harbor authority", "bundle": authority().pem });
    let (status, ca, text) = post(house, token, "/api/v1/cas", &ca).await;
    assert_eq!(status, 201, "{text}");
    let pair = server("b.test");
    let body = json!({ "name": "b.test", "chain": pair.pem, "key": pair.key });
    let (status, certificate, text) = post(house, token, "/api/v1/certificates", &body).await;
    assert_eq!(status, 201, "{text}");
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    (id(&ca), id(&certificate))
}

/// Orders a certificate; the order's id.
pub(crate) async fn order(house: &House, token: &str) -> String {
    let body =
        json!({ "names": ["Shop.Example.COM", "api.example.com"], "challenge": "tls-alpn-01" });
    let (status, made, text) = post(house, token, "/api/v1/acme-orders", &body).await;
    assert_eq!(status, 201, "{text}");
    assert_eq!(
        made["names"],
        json!(["api.example.com", "shop.example.com"])
    );
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_certificate_is_ordered_hurried_and_no_longer_renewed() {
    let house = House::build().await;
    let token = house.token(Some(Role::ApiOwner)).await;
    let path = format!("/api/v1/acme-orders/{}", order(&house, &token).await);
    let call = async |method: Method, path: &str, version: Option<&str>| {
        house.call(method, path, Some(&token), version, None).await
    };
    let made = call(Method::GET, &path, None).await.json();
    assert_eq!(
        (&made["state"], &made["certificate"]),
        (&json!("waiting"), &json!(null))
    );
    let retry = format!("{path}/retry");
    let hurried = call(Method::POST, &retry, Some("\"1\"")).await;
    assert_eq!(
        (hurried.status.as_u16(), hurried.header("etag")),
        (200, "\"2\"")
    );
    assert_eq!(
        call(Method::POST, &retry, Some("\"1\""))
            .await
            .status
            .as_u16(),
        412
    );
    assert_eq!(
        call(Method::DELETE, &path, Some("\"2\""))
            .await
            .status
            .as_u16(),
        204
    );
    assert_eq!(call(Method::GET, &path, None).await.status.as_u16(), 404);
}

#[tokio::test]
async fn an_order_that_no_server_would_take_is_refused_with_the_reason() {
    let house = House::build().await;
    let token = house.token(Some(Role::ApiOwner)).await;
    order(&house, &token).await;
    for (names, reason) in [
        (json!([]), "needs 1 to 20 host names"),
        (json!(["*.example.com"]), "is a wildcard"),
        (json!(["localhost"]), "is no public host name"),
        (json!(["192.0.2.1"]), "is no public host name"),
        (json!(["api.example.com"]), "is in another order"),
    ] {
        let body = json!({ "names": names });
        let (status, _, text) = post(&house, &token, "/api/v1/acme-orders", &body).await;
        assert_eq!(status, 422, "{text}");
        assert!(text.contains(reason), "{reason}: {text}");
    }
}

#[tokio::test]
async fn a_certificate_is_uploaded_replaced_and_deleted() {
    let house = House::build().await;
    let token = house.token(Some(Role::ApiOwner)).await;
    let pair = server("a.test");
    let body = json!({ "name": "a.test", "chain": pair.pem, "key": pair.key });
    let (status, made, text) = post(&house, &token, "/api/v1/certificates", &body).await;
    assert_eq!(status, 201, "{text}");
    assert_eq!(made["names"], json!(["a.test"]));
    assert_eq!(made["used_for"], "server");
    assert!(
        !text.contains("PRIVATE KEY") && made.get("key").is_none(),
        "{text}"
    );

    let next = server("a2.test");
    let path = format!("/api/v1/certificates/{}", made["id"].as_str().unwrap());
    let change = json!({ "name": "a.test", "chain": next.pem, "key": next.key }).to_string();
    let answer = house
        .call(
            Method::PUT,
            &path,
            Some(&token),
            Some("\"1\""),
            Some(change),
        )
        .await;
    assert_eq!(
        answer.json()["names"],
        json!(["a2.test"]),
        "{}",
        answer.text
    );
    let stale = house
        .call(Method::DELETE, &path, Some(&token), Some("\"1\""), None)
        .await;
    assert_eq!(stale.status.as_u16(), 412, "{}", stale.text);
    let gone = house
        .call(Method::DELETE, &path, Some(&token), Some("\"2\""), None)
        .await;
    assert_eq!(gone.status.as_u16(), 204, "{}", gone.text);
}

#[tokio::test]
async fn what_does_not_fit_is_told() {
    let house = House::build().await;
    let token = house.token(Some(Role::ApiOwner)).await;
    let (one, other) = (server("a.test"), server("a.test"));
    for (chain, key, expected) in [
        (
            one.pem.as_str(),
            other.key.as_str(),
            "does not belong to the certificate",
        ),
        (one.pem.as_str(), "none", "holds no private key"),
        ("none", one.key.as_str(), "holds no certificate"),
    ] {
        let body = json!({ "name": "a.test", "chain": chain, "key": key });
        let (status, _, text) = post(&house, &token, "/api/v1/certificates", &body).await;
        assert_eq!(status, 422, "{text}");
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("PRIVATE KEY-----\\n"), "{text}");
    }
}
