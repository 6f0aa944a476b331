//! Access tokens that are bound to a key of the client (RFC 9449), through a whole gateway.

use data_encoding::BASE64URL_NOPAD;
use domain::Clock;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use testkit::ClientKey;

use crate::access_tokens::{bound, world};
use crate::attached::Attached;
use crate::client::{Answer, call};
use crate::world::Started;

/// A proof for a token at an address.
fn proof(key: &ClientKey, id: &str, token: &str, address: &str) -> String {
    key.prove(&json!({
        "jti": id, "htm": "GET", "htu": address, "iat": Clock::system().now().seconds(),
        "ath": BASE64URL_NOPAD.encode(&Sha256::digest(token.as_bytes())),
    }))
}

async fn get(gateway: &Started, lines: &[String]) -> Answer {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    call(gateway.address, "GET", "/shop/any/x?a=1", &lines, b"").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_token_opens_to_who_holds_its_key() {
    let world = world().await;
    let gateway = world.start().await;
    let config = json!({"operation_scopes": false});
    let policy = Attached::to_route(600, 41, "oauth2", config);
    world.attach(&gateway, &policy).await;
    let (key, other) = (ClientKey::new(), ClientKey::new());
    let token = bound(1, &key.thumbprint());
    let here = "http://api.test/shop/any/x";
    let with = |scheme: &str, proof: &str| {
        [
            format!("Authorization: {scheme} {token}"),
            format!("DPoP: {proof}"),
        ]
    };
    let good = proof(&key, "one", &token, here);
    let answer = get(&gateway, &with("DPoP", &good)).await;
    assert_eq!(answer.status, 200);
    let seen = answer.json()["headers"].clone();
    assert!(seen.get("dpop").is_none() && seen.get("authorization").is_none());
    let used = get(&gateway, &with("DPoP", &good)).await;
    assert_eq!(used.problem(), (401, "proof_invalid".to_owned()));
    let challenge = used.header("www-authenticate");
    let expected = "DPoP error=\"invalid_dpop_proof\", algs=\"ES256";
    assert!(challenge.starts_with(expected), "{challenge}");
    for (proof, code) in [
        (proof(&other, "two", &token, here), "proof_invalid"),
        (proof(&key, "two", "another", here), "proof_invalid"),
        (
            proof(&key, "two", &token, "http://api.test/shop/any/y"),
            "proof_invalid",
        ),
        (
            proof(&key, "two", &token, "https://api.test/shop/any/x"),
            "proof_invalid",
        ),
    ] {
        let refused = get(&gateway, &with("DPoP", &proof)).await;
        assert_eq!(refused.problem(), (401, code.to_owned()));
    }
    let fresh = proof(&key, "two", &token, here);
    let bearer = get(&gateway, &with("Bearer", &fresh)).await;
    assert_eq!(bearer.problem(), (401, "token_invalid".to_owned()));
    let bare = [format!("Authorization: DPoP {token}")];
    let bare = get(&gateway, &bare).await;
    assert_eq!(bare.problem(), (401, "proof_invalid".to_owned()));
    let again = get(&gateway, &with("DPoP", &fresh)).await;
    assert_eq!(again.status, 200, "the proof was not used up");
    gateway.running.shutdown().await;
}
