//! Credentials of other kinds than keys, from their rows to a request that they open, and to the second in which they stop.

use data_encoding::BASE64;
use domain::Clock;
use domain::credential::{basic_holder, hmac_holder, sealing_purpose};
use domain::id::CredentialId;
use gateway::Config;
use gateway::config::TlsVersion;
use rustls::version::TLS13;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::seal::Sealer;
use uuid::Uuid;

use crate::attached::Attached;
use crate::catalogue::Cell::{Bytes, Id, Text};
use crate::catalogue::STANDARD;
use crate::client::{Answer, call};
use crate::papers::Authority;
use crate::secure;
use crate::world::{Started, World, eventually};

const BASIC: u128 = 501;
const HMAC: u128 = 502;
const PATH: &str = "/shop/any/x";

impl World {
    /// A credential of the first caller, found by this hash.
    pub(crate) async fn credential(&self, id: u128, kind: &str, hash: &[u8], sealed: &[u8]) {
        let cells = [
            ("application_id", Id(101)),
            ("kind", Text(kind)),
            ("label", Text("")),
            ("hash", Bytes(hash)),
            ("sealed", Bytes(sealed)),
            ("prefix", Text("")),
            ("last_four", Text("")),
            ("state", Text("active")),
            ("replaced_by", Id(0)),
            ("created_by", Id(1)),
            ("revoked_by", Id(0)),
        ];
        self.put("credential", id, &cells).await;
    }
}

async fn credential(world: &World, id: u128, kind: &str, look_up: &str, sealed: &[u8]) {
    let hash = Sha256::digest(look_up.as_bytes());
    world.credential(id, kind, &hash, sealed).await;
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

/// What of a GET is signed.
pub(crate) struct Signed<'a> {
    pub(crate) path: &'a str,
    /// `Content-Type`; empty for none.
    pub(crate) kind: &'a str,
    /// Empty for none.
    pub(crate) nonce: &'a str,
}

/// `Signature-Input` and `Signature` of a GET, made now.
pub(crate) fn sign(secret: &[u8], signed: &Signed<'_>) -> [String; 2] {
    let now = Clock::system().now().seconds();
    let (mut names, mut lines) = (String::new(), String::new());
    let mut add = |name: &str, value: &str| {
        names.push_str(&format!(" \"{name}\""));
        lines.push_str(&format!("\"{name}\": {value}\n"));
    };
    add("@method", "GET");
    add("@authority", "api.test");
    add("@path", signed.path);
    add("@query", "?");
    if !signed.kind.is_empty() {
        add("content-type", signed.kind);
    }
    let nonce = match signed.nonce {
        "" => String::new(),
        nonce => format!(";nonce=\"{nonce}\""),
    };
    let names = names.trim_start();
    let parameters = format!("({names});created={now};keyid=\"ghk_one\"{nonce}");
    let base = format!("{lines}\"@signature-params\": {parameters}");
    let mac = BASE64.encode(&hmac(secret, base.as_bytes()));
    [
        format!("Signature-Input: s={parameters}"),
        format!("Signature: s=:{mac}:"),
    ]
}

fn signed(secret: &[u8], path: &str) -> [String; 2] {
    let (kind, nonce) = ("", "");
    sign(secret, &Signed { path, kind, nonce })
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

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_opens_for_its_application_until_it_is_revoked() {
    let world = World::new().await;
    world.active(1, STANDARD).await;
    let authority = Authority::new();
    world.authority(80, &authority).await;
    let server = authority.issue(&["api.test"]);
    let asks = Some(("optional", 80));
    world
        .certificate(70, &server, &["api.test"], "server", asks)
        .await;
    let own = authority.issue(&["client"]);
    let shown = Sha256::digest(own.certificate.der());
    world.credential(503, "mtls", &shown, b"").await;
    let gateway = secure::start(&world, TlsVersion::V1_2).await;
    let policy = Attached::to_route(600, 41, "mtls_auth", json!({}));
    world.attach(&gateway, &policy).await;

    let client = authority.client(&[&TLS13], Some(&own), &[]);
    let ask = async || secure::get(secure::address(&gateway), &client, "api.test", PATH).await;
    let answer = ask().await;
    assert_eq!(answer.status, 200);
    let application = Uuid::from_u128(101).to_string();
    assert_eq!(answer.json()["headers"]["x-application-id"], application);

    let statement = "UPDATE credential SET state = 'revoked' WHERE id = ?";
    world.change("credential", 503, statement).await;
    world.settled(&gateway).await;
    let answer = ask().await;
    assert_eq!(answer.problem(), (401, "credential_revoked".to_owned()));
    gateway.running.shutdown().await;
}
