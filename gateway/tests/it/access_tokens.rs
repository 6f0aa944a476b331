//! Access tokens of the platform's own OAuth server, from rows to a request that they open, and to the second in which they stop.

use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use domain::Clock;
use domain::credential::oauth_holder;
use ed25519_dalek::{Signer as _, SigningKey};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::attached::Attached;
use crate::catalogue::Cell::{Bytes, Id, Number, Text};
use crate::catalogue::STANDARD;
use crate::client::{Answer, call};
use crate::world::{Started, World, eventually};

const KEY: u128 = 700;
const CLIENT: u128 = 501;
const PATH: &str = "/shop/any/x";
/// What R2 of the targets asks for.
const WITHIN: Duration = Duration::from_secs(1);

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// A token with this id, and these scopes.
pub(crate) fn token(id: u128, scope: &str) -> String {
    let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": Uuid::from_u128(KEY)});
    signed(&header, &claims(id, scope), |message| {
        signer().sign(message).to_bytes().to_vec()
    })
}

/// A token that is bound to the key with this thumbprint.
pub(crate) fn bound(id: u128, thumbprint: &str) -> String {
    let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": Uuid::from_u128(KEY)});
    let mut claims = claims(id, "read");
    claims["cnf"] = json!({ "jkt": thumbprint });
    signed(&header, &claims, |message| {
        signer().sign(message).to_bytes().to_vec()
    })
}

fn claims(id: u128, scope: &str) -> Value {
    let now = Clock::system().now().seconds();
    json!({
        "iss": "http://portal.test:8002", "sub": "kim", "aud": "http://gateway.test", "client_id": "ghc_one",
        "iat": now, "exp": now + 900, "jti": Uuid::from_u128(id), "scope": scope,
        "grant": Uuid::from_u128(800), "family": Uuid::from_u128(801),
    })
}

/// A compact JWS.
pub(crate) fn signed(
    header: &Value,
    claims: &Value,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> String {
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = sign(signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// A world with a signing key, and a client of the first caller's application.
pub(crate) async fn world() -> World {
    let world = World::new().await;
    world.active(1, STANDARD).await;
    issue(&world, CLIENT).await;
    world
}

/// Adds the signing key, and the client as a credential of the first caller's application.
pub(crate) async fn issue(world: &World, client_id: u128) {
    let public = signer().verifying_key().to_bytes();
    let key = [
        ("purpose", Text("oauth")),
        ("public_key", Bytes(&public)),
        ("sealed_private_key", Bytes(b"")),
        ("created_at", Number(0)),
    ];
    world.put_bare("signing_key", KEY, &key).await;
    let hash = Sha256::digest(oauth_holder("ghc_one").as_bytes());
    let client = [
        ("application_id", Id(101)),
        ("kind", Text("oauth_client")),
        ("label", Text("")),
        ("hash", Bytes(&hash)),
        ("prefix", Text("")),
        ("last_four", Text("")),
        ("state", Text("active")),
        ("replaced_by", Id(0)),
        ("created_by", Id(1)),
        ("revoked_by", Id(0)),
    ];
    world.put("credential", client_id, &client).await;
}

async fn get(gateway: &Started, token: &str) -> Answer {
    let line = format!("Authorization: Bearer {token}");
    call(gateway.address, "GET", PATH, &[&line], b"").await
}

fn policy(config: Value) -> Attached<'static> {
    Attached::to_route(600, 41, "oauth2", config)
}

/// Waits until the token is refused like this, and says how long that took.
async fn refused(gateway: &Started, token: &str, status: u16, code: &str) {
    let begun = Instant::now();
    eventually("the token is refused", async || {
        let answer = get(gateway, token).await;
        answer.status != 200 && answer.problem() == (status, code.to_owned())
    })
    .await;
    let took = begun.elapsed();
    assert!(took < WITHIN, "{code} took {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_until_it_is_revoked() {
    let world = world().await;
    let gateway = world.start().await;
    let config = json!({"scopes": ["read"], "operation_scopes": false});
    world.attach(&gateway, &policy(config)).await;

    let good = token(1, "read write");
    assert_eq!(get(&gateway, &good).await.status, 200);
    let narrow = get(&gateway, &token(2, "write")).await;
    assert_eq!(narrow.problem(), (403, "scope_missing".to_owned()));
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"read\"";
    assert_eq!(narrow.header("www-authenticate"), challenge);
    let none = call(gateway.address, "GET", PATH, &[], b"").await;
    assert_eq!(none.problem(), (401, "credential_missing".to_owned()));
    assert_eq!(none.header("www-authenticate"), "Bearer");
    let bad = get(&gateway, &format!("{good}A")).await;
    assert_eq!(bad.problem(), (401, "token_invalid".to_owned()));
    assert_eq!(
        bad.header("www-authenticate"),
        "Bearer error=\"invalid_token\""
    );

    let later = Clock::system().now().micros() + 960_000_000;
    for (revoked, left) in [(1, Some(token(3, "read"))), (801, None)] {
        let statement = format!(
            "INSERT INTO oauth_revocation (id, workspace_id, created_at, expires_at) \
             SELECT ?, id, 0, {later} FROM workspace"
        );
        world.change("oauth_revocation", revoked, &statement).await;
        let revoked = if left.is_some() {
            &good
        } else {
            &token(4, "read")
        };
        refused(&gateway, revoked, 401, "credential_revoked").await;
        if let Some(left) = left {
            assert_eq!(get(&gateway, &left).await.status, 200, "others go on");
        }
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_signs_with_its_own_algorithm() {
    let world = world().await;
    let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let made = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).unwrap();
    let key = [
        ("purpose", Text("oauth")),
        ("algorithm", Text("ES256")),
        ("public_key", Bytes(pair.public_key().as_ref())),
        ("sealed_private_key", Bytes(b"")),
        ("created_at", Number(0)),
    ];
    world.put_bare("signing_key", KEY + 1, &key).await;
    let gateway = world.start().await;
    let config = json!({"operation_scopes": false});
    world.attach(&gateway, &policy(config)).await;
    let ask = async |alg: &str, kid: u128| {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": Uuid::from_u128(kid)});
        let token = signed(&header, &claims(1, ""), |message| {
            pair.sign(&random, message).unwrap().as_ref().to_vec()
        });
        get(&gateway, &token).await
    };
    assert_eq!(ask("ES256", KEY + 1).await.status, 200);
    assert_eq!(get(&gateway, &token(2, "")).await.status, 200);
    let refused = (401, "token_invalid".to_owned());
    for (alg, kid) in [
        ("EdDSA", KEY + 1),
        ("RS256", KEY + 1),
        ("none", KEY + 1),
        ("ES256", KEY),
        ("EdDSA", KEY),
    ] {
        assert_eq!(ask(alg, kid).await.problem(), refused, "{alg} {kid}");
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_and_people_close_what_a_token_opened() {
    let world = world().await;
    let gateway = world.start().await;
    let config = json!({"scopes": ["read"], "operation_scopes": false});
    world.attach(&gateway, &policy(config)).await;
    let good = token(1, "read");
    assert_eq!(get(&gateway, &good).await.status, 200);

    let narrowed = "UPDATE plan SET scopes = '[\"list\"]' WHERE id = ?";
    world.change("plan", STANDARD, narrowed).await;
    refused(&gateway, &good, 403, "scope_missing").await;
    let widened = "UPDATE plan SET scopes = '[\"list\",\"read\"]' WHERE id = ?";
    world.change("plan", STANDARD, widened).await;
    eventually("the plan allows it again", async || {
        get(&gateway, &good).await.status == 200
    })
    .await;

    let suspend = "UPDATE subscription SET state = 'suspended' WHERE id = ?";
    world.change("subscription", 301, suspend).await;
    refused(&gateway, &good, 403, "subscription_suspended").await;
    let resume = "UPDATE subscription SET state = 'active' WHERE id = ?";
    world.change("subscription", 301, resume).await;
    eventually("the subscription is in force again", async || {
        get(&gateway, &good).await.status == 200
    })
    .await;

    let revoke = "UPDATE credential SET state = 'revoked' WHERE id = ?";
    world.change("credential", CLIENT, revoke).await;
    refused(&gateway, &good, 401, "credential_revoked").await;

    // the operation of the route stands in no document that could be read: nobody knows what it needs
    let fresh = policy(json!({}));
    world.detach(&gateway, 600).await;
    world.attach(&gateway, &fresh).await;
    let reinstate = "UPDATE credential SET state = 'active' WHERE id = ?";
    world.change("credential", CLIENT, reinstate).await;
    eventually("the policy fails closed", async || {
        get(&gateway, &good).await.problem() == (500, "policy_failed".to_owned())
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_retired_signs_nothing_any_more() {
    let world = world().await;
    let gateway = world.start().await;
    let config = json!({"operation_scopes": false});
    world.attach(&gateway, &policy(config)).await;
    let good = token(1, "");
    assert_eq!(get(&gateway, &good).await.status, 200);
    let retire = "UPDATE signing_key SET retired_at = 1 WHERE id = ?";
    world.change("signing_key", KEY, retire).await;
    refused(&gateway, &good, 401, "token_invalid").await;
    gateway.running.shutdown().await;
}
