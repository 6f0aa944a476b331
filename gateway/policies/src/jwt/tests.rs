//! Tests of `jwt`.

use std::sync::Arc;

use domain::credential::{CredentialKind, jwt_holder};
use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::exchange::Exchange;
use crate::jose::making::{self, Signer};
use crate::policy::Policy;
use crate::trial::{
    NOW, Table, World, anonymous, caller, compile, errors, header, sent, services, services_in,
    settled, view,
};

pub(super) const ISSUER: &str = "https://idp.example";
pub(super) const JWKS: &str = "https://idp.example/keys";

pub(super) fn table() -> Table {
    let mut table = Table::default();
    table.put(
        CredentialKind::JwtIssuer,
        &jwt_holder(ISSUER, "app"),
        Ok(caller()),
    );
    table.put(
        CredentialKind::JwtIssuer,
        &jwt_holder(ISSUER, "gone"),
        Err(Refusal::CredentialRevoked),
    );
    table
}

pub(super) fn claims() -> Value {
    json!({"iss": ISSUER, "client_id": "app", "exp": NOW.seconds() + 60, "scope": "read", "sub": "kim", "roles": ["a", "b"]})
}

pub(super) fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn fixed(signer: &Signer) -> Value {
    json!({"issuer": ISSUER, "keys": [signer.jwk("k")]})
}

pub(super) fn ask(
    policy: &dyn Policy,
    token: &str,
    world: &Arc<World>,
    exchange: &mut Exchange,
) -> Option<Refusal> {
    let authorization = format!("Bearer {token}");
    let header = header("GET", "/", &[("Authorization", &authorization)]);
    let services = services_in(table(), world);
    let verdict = settled(policy.request(&view(&header), exchange, &services));
    assert_eq!(exchange.caller.is_some(), verdict.is_ok());
    assert_eq!(exchange.claims.is_some(), verdict.is_ok());
    verdict.err().map(|failure| {
        let challenged = failure
            .headers
            .iter()
            .any(|(name, _)| name == "www-authenticate");
        assert!(challenged || failure.refusal.status() != 401, "{failure}");
        failure.refusal
    })
}

fn refusal(config: Value, token: &str) -> Option<Refusal> {
    let policy = compile("jwt", config);
    ask(policy.as_ref(), token, &Arc::default(), &mut anonymous())
}

#[test]
fn tokens_of_the_issuer_find_their_application() {
    for signer in [making::ed25519(1), making::p256(), making::p384()] {
        assert_eq!(refusal(fixed(&signer), &signer.token("k", &claims())), None);
    }
    let secret = "a secret of at least thirty-two bytes";
    let shared = Signer::Secret(ring::hmac::HMAC_SHA256, secret.as_bytes().to_vec());
    let config = json!({"issuer": ISSUER, "secret": secret});
    assert_eq!(
        refusal(config.clone(), &shared.token("any", &claims())),
        None
    );
    let other = Signer::Secret(ring::hmac::HMAC_SHA256, vec![7; 32]);
    assert_eq!(
        refusal(config, &other.token("any", &claims())),
        Some(Refusal::TokenInvalid)
    );
}

#[test]
fn nothing_else_is_taken() {
    let (signer, other) = (making::ed25519(1), making::ed25519(2));
    let good = signer.token("k", &claims());
    let (invalid, unknown) = (
        Some(Refusal::TokenInvalid),
        Some(Refusal::ApplicationUnknown),
    );
    for (token, expected) in [
        (other.token("k", &claims()), invalid),
        (signer.token("other", &claims()), invalid),
        (good.replace('.', ".."), invalid),
        (format!("{good}A"), invalid),
        ("opaque".into(), invalid),
        (
            signer.token_with(&json!({"alg": "none"}), &claims()),
            invalid,
        ),
        (
            signer.token_with(&json!({"alg": "EdDSA", "jwk": signer.jwk("k")}), &claims()),
            invalid,
        ),
        (
            signer.token("k", &with("iss", json!("https://other.example"))),
            invalid,
        ),
        (
            signer.token("k", &with("exp", json!("9999999999"))),
            invalid,
        ),
        (
            signer.token("k", &with("exp", json!(NOW.seconds() - 31))),
            Some(Refusal::TokenExpired),
        ),
        (
            signer.token("k", &with("nbf", json!(NOW.seconds() + 31))),
            invalid,
        ),
        (signer.token("k", &json!([1])), invalid),
        (
            signer.token("k", &with("client_id", json!("stranger"))),
            unknown,
        ),
        (
            signer.token("k", &with("client_id", json!(["app"]))),
            unknown,
        ),
        (signer.token("k", &with("client_id", json!(""))), unknown),
        (
            signer.token("k", &with("client_id", json!("gone"))),
            Some(Refusal::CredentialRevoked),
        ),
    ] {
        assert_eq!(refusal(fixed(&signer), &token), expected, "{token}");
    }
}

#[test]
fn scopes_audiences_types_and_claims_are_asked_for() {
    let signer = making::ed25519(1);
    let mut config = fixed(&signer);
    for (key, value) in [
        ("scopes", json!(["read"])),
        ("audiences", json!(["api"])),
        ("types", json!(["AT+JWT"])),
        ("claims", json!({"roles": "b"})),
    ] {
        config[key] = value;
    }
    let at = json!({"alg": "EdDSA", "kid": "k", "typ": "application/at+jwt"});
    let good = with("aud", json!(["x", "api"]));
    assert_eq!(
        refusal(config.clone(), &signer.token_with(&at, &good)),
        None
    );
    assert_eq!(
        refusal(config.clone(), &signer.token("k", &good)),
        Some(Refusal::TokenInvalid)
    );
    assert_eq!(
        refusal(config.clone(), &signer.token_with(&at, &claims())),
        Some(Refusal::TokenInvalid)
    );
    for (name, value) in [("scope", json!("write")), ("roles", json!(["a"]))] {
        let mut lacking = good.clone();
        lacking[name] = value;
        let found = refusal(config.clone(), &signer.token_with(&at, &lacking));
        assert_eq!(found, Some(Refusal::ScopeMissing), "{name}");
    }
}

#[test]
fn without_a_token_nothing_is_decided_about_one() {
    let policy = compile("jwt", fixed(&making::ed25519(1)));
    for headers in [
        vec![],
        vec![("Authorization", "Basic YTpi")],
        vec![("Authorization", "Bearer ")],
        vec![("Authorization", "Bearer gh_live_0123456789")],
        vec![("Authorization", "Bearer ghp_abc.def.ghi")],
    ] {
        let header = header("GET", "/?access_token=x", &headers);
        let services = services(table());
        let mut exchange = anonymous();
        let verdict = settled(policy.request(&view(&header), &mut exchange, &services));
        let failure = verdict.unwrap_err();
        assert_eq!(failure.refusal, Refusal::CredentialMissing, "{headers:?}");
    }
}

#[test]
fn the_upstream_gets_claims_and_never_the_callers_own_word() {
    let signer = making::ed25519(1);
    let mut config = fixed(&signer);
    config["claim_headers"] = json!({"X-User": "sub", "X-Roles": "roles", "X-None": "none"});
    let policy = compile("jwt", config);
    let token = signer.token("k", &with("sub", json!("kim")));
    let mut exchange = anonymous();
    assert_eq!(
        ask(policy.as_ref(), &token, &Arc::default(), &mut exchange),
        None
    );
    let authorization = format!("Bearer {token}");
    let request = header(
        "GET",
        "/",
        &[
            ("Authorization", &authorization),
            ("X-User", "root"),
            ("X-None", "spoofed"),
            ("X-Other", "1"),
        ],
    );
    let text = sent(policy.as_ref(), &request, &mut exchange);
    assert!(
        text.contains("x-user: kim") && text.contains("x-roles: a,b"),
        "{text}"
    );
    assert!(
        !text.contains("root") && !text.contains("spoofed") && !text.contains("authorization"),
        "{text}"
    );
    let text = sent(policy.as_ref(), &request, &mut anonymous());
    assert!(!text.contains("root") && text.contains("x-other"), "{text}");
    let line_break = with("sub", json!("kim\r\nX-Admin: 1"));
    let mut exchange = anonymous();
    ask(
        policy.as_ref(),
        &signer.token("k", &line_break),
        &Arc::default(),
        &mut exchange,
    );
    assert!(
        !sent(policy.as_ref(), &request, &mut exchange)
            .to_lowercase()
            .contains("x-admin")
    );
}

#[test]
fn configurations_that_could_be_misread_are_refused() {
    let jwk = making::ed25519(1).jwk("k");
    for (config, words) in [
        (json!({}), "says not where the keys are"),
        (json!({"issuer": "idp"}), "is not a URL"),
        (
            json!({"issuer": ISSUER, "jwks_url": JWKS, "keys": [jwk]}),
            "several places",
        ),
        (json!({"jwks_url": JWKS}), "issuer: is needed"),
        (
            json!({"issuer": ISSUER, "secret": "short"}),
            "secret: is shorter",
        ),
        (
            json!({"issuer": ISSUER, "algorithms": ["HS256"]}),
            "need `secret`",
        ),
        (
            json!({"issuer": ISSUER, "algorithms": ["none"]}),
            "algorithms[0]",
        ),
        (
            json!({"issuer": ISSUER, "secret": "x".repeat(64), "algorithms": ["HS256", "RS256"]}),
            "one of HS256",
        ),
        (
            json!({"issuer": ISSUER, "keys": [{"kty": "oct", "k": "AAAA"}]}),
            "keys[0]",
        ),
        (
            json!({"issuer": ISSUER, "keys": [{"kty": "OKP", "crv": "Ed25519", "x": jwk["x"], "d": "AA"}]}),
            "private key",
        ),
        (
            json!({"issuer": ISSUER, "clock_skew_seconds": 301}),
            "at most 300",
        ),
        (
            json!({"issuer": ISSUER, "claim_headers": {"Host": "sub"}}),
            "claim_headers.Host",
        ),
        (json!({"issuer": ISSUER, "header": "a b"}), "header: "),
    ] {
        let found = errors("jwt", &config);
        assert!(found.contains(words), "{config}: {found}");
    }
}

/// A table with an application whose tokens are verified with this key.
fn holding(name: &str, jwk: &Value) -> Table {
    let mut table = Table::default();
    let text = jwt_holder(name, name);
    table.put(CredentialKind::JwtIssuer, &text, Ok(caller()));
    let hash = crate::holder::hash(&text);
    table.secrets.insert(hash, jwk.to_string().into_bytes());
    table
}

fn own(table: Table, token: &str) -> Option<Refusal> {
    let policy = compile(
        "jwt",
        json!({"application_keys": true, "application_claim": "iss"}),
    );
    let authorization = format!("Bearer {token}");
    let header = header("GET", "/", &[("Authorization", &authorization)]);
    let verdict = settled(policy.request(&view(&header), &mut anonymous(), &services(table)));
    verdict.err().map(|failure| failure.refusal)
}

#[test]
fn each_application_signs_with_its_own_key() {
    let claims = json!({"iss": "shop", "exp": NOW.seconds() + 60});
    let secret = "a secret of at least thirty-two bytes";
    let shared = Signer::Secret(ring::hmac::HMAC_SHA256, secret.as_bytes().to_vec());
    let k = data_encoding::BASE64URL_NOPAD.encode(secret.as_bytes());
    let oct = json!({"kty": "oct", "alg": "HS256", "k": k});
    let token = shared.token("any", &claims);
    assert_eq!(own(holding("shop", &oct), &token), None);
    let public = making::p256();
    let signed = public.token("another name", &claims);
    assert_eq!(own(holding("shop", &public.jwk("k")), &signed), None);
    // the key of one application opens for no other, and no key for nobody
    let invalid = Some(Refusal::TokenInvalid);
    assert_eq!(own(holding("shop", &public.jwk("k")), &token), invalid);
    assert_eq!(own(holding("other", &oct), &token), invalid);
    let mut without = holding("shop", &oct);
    without.secrets.clear();
    assert_eq!(own(without, &token), invalid);
    let bare = shared.token("any", &json!({"exp": NOW.seconds() + 60}));
    assert_eq!(
        own(holding("shop", &oct), &bare),
        Some(Refusal::ApplicationUnknown)
    );
    let vague = json!({"kty": "oct", "k": k});
    assert_eq!(
        own(holding("shop", &vague), &token),
        Some(Refusal::PolicyFailed)
    );
}
