//! Credentials of other kinds than keys, from their rows to a request that they open, and to the second in which they stop.

use data_encoding::BASE64;
use domain::Clock;
use domain::credential::{basic_holder, hmac_holder, sealing_purpose};
use domain::id::CredentialId;
use gateway::Config;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::seal::Sealer;
use uuid::Uuid;

use crate::attached::Attached;
use crate::catalogue::Cell::{Bytes, Id, Text};
use crate::catalogue::STANDARD;
use crate::client::{Answer, call};
use crate::world::{Started, World, eventually};

const BASIC: u128 = 501;
const HMAC: u128 = 502;
const PATH: &str = "/shop/any/x";

/// A credential of the first caller.
async fn credential(world: &World, id: u128, kind: &str, look_up: &str, sealed: &[u8]) {
    let hash = Sha256::digest(look_up.as_bytes());
    let cells = [
        ("application_id", Id(101)),
        ("kind", Text(kind)),
        ("label", Text("")),
        ("hash", Bytes(&hash)),
        ("sealed", Bytes(sealed)),
        ("prefix", Text("")),
        ("last_four", Text("")),
        ("state", Text("active")),
        ("replaced_by", Id(0)),
        ("created_by", Id(1)),
        ("revoked_by", Id(0)),
    ];
    world.put("credential", id, &cells).await;
}

async fn get(gateway: &Started, lines: &[&str]) -> Answer {
    call(gateway.address, "GET", PATH, lines, b"").await
}

/// Takes the credential back, and waits until the gateway says so.
async fn revoke(world: &World, gateway: &Started, id: u128, lines: &[&str]) {
    let statement = "UPDATE credential SET state = 'revoked' WHERE id = ?";
    world.change("credential", id, statement).await;
    eventually("the credential is refused", async || {
        let answer = get(gateway, lines).await;
        answer.status == 401 && answer.problem().1 == "credential_revoked"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_until_it_is_revoked() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let look_up = basic_holder("app_one", "gh_basic_secret");
    credential(&world, BASIC, "basic", &look_up, b"").await;
    let gateway = world.start().await;
    let policy = Attached::to_route(600, 41, "basic_auth", json!({}));
    world.attach(&gateway, &policy).await;

    let basic = |text: &str| format!("Authorization: Basic {}", BASE64.encode(text.as_bytes()));
    let good = basic("app_one:gh_basic_secret");
    assert_eq!(get(&gateway, &[&good]).await.status, 200);
    let wrong = get(&gateway, &[&basic("app_one:gh_basic_secreT")]).await;
    assert_eq!(wrong.problem(), (401, "credential_unknown".to_owned()));
    assert!(wrong.header("www-authenticate").starts_with("Basic "));
    let with_key = get(&gateway, &[&format!("X-API-Key: {key}")]).await;
    assert_eq!(with_key.problem(), (401, "credential_missing".to_owned()));

    revoke(&world, &gateway, BASIC, &[&good]).await;
    gateway.running.shutdown().await;
}

/// HMAC with SHA-256 (RFC 2104) of a key that is shorter than a block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        for (place, one) in block.iter_mut().zip(key) {
            *place ^= one;
        }
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message);
    let outer = Sha256::new().chain_update(pad(0x5c));
    outer.chain_update(inner.finalize()).finalize().to_vec()
}

/// `Signature-Input` and `Signature` of a GET of this path, made now.
fn signed(secret: &[u8], path: &str) -> [String; 2] {
    let now = Clock::system().now().seconds();
    let parameters = format!(
        "(\"@method\" \"@authority\" \"@path\" \"@query\");created={now};keyid=\"ghk_one\""
    );
    let base = format!(
        "\"@method\": GET\n\"@authority\": api.test\n\"@path\": {path}\n\"@query\": ?\n\"@signature-params\": {parameters}"
    );
    let mac = BASE64.encode(&hmac(secret, base.as_bytes()));
    [
        format!("Signature-Input: s={parameters}"),
        format!("Signature: s=:{mac}:"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_secret_verifies_signatures_until_it_is_revoked() {
    let world = World::new().await;
    world.active(1, STANDARD).await;
    let sealer = Sealer::new([7; 32]);
    let secret = b"gh_hmac_secret";
    let purpose = sealing_purpose(CredentialId::new(Uuid::from_u128(HMAC)));
    let sealed = sealer.seal([1; 24], &purpose, secret);
    credential(&world, HMAC, "hmac", &hmac_holder("ghk_one"), &sealed).await;
    let gateway = Started::new(Config {
        sealer: Some(sealer),
        ..world.config()
    })
    .await;
    let policy = Attached::to_route(600, 41, "hmac_auth", json!({}));
    world.attach(&gateway, &policy).await;

    let [input, signature] = signed(secret, PATH);
    let good = [input.as_str(), signature.as_str()];
    assert_eq!(get(&gateway, &good).await.status, 200);
    let [input, signature] = signed(secret, "/shop/any/y");
    let other_path = get(&gateway, &[&input, &signature]).await;
    assert_eq!(other_path.problem(), (401, "signature_invalid".to_owned()));
    let [input, signature] = signed(b"another secret", PATH);
    let other_secret = get(&gateway, &[&input, &signature]).await;
    assert_eq!(
        other_secret.problem(),
        (401, "signature_invalid".to_owned())
    );

    revoke(&world, &gateway, HMAC, &good).await;
    gateway.running.shutdown().await;
}
