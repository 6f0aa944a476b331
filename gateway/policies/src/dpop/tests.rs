//! Tests of tokens that are bound to a key, as the policies take them.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::credential::{CredentialKind, jwt_holder};
use domain::refusal::Refusal;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::exchange::Exchange;
use crate::jose::dpop::LIFE;
use crate::jose::key::Key;
use crate::jose::making::{self, Signer};
use crate::policy::Failure;
use crate::services::Services;
use crate::trial::{NOW, Table, anonymous, caller, compile, header, run, sent, services};

const ISSUER: &str = "https://idp.example";
const HERE: &str = "http://api.example.com/tides";

/// An issuer, a client with a key of its own, and the policy that takes the issuer's tokens.
struct Scene {
    issuer: Signer,
    client: Signer,
    services: Services,
    config: Value,
}

impl Scene {
    fn new() -> Self {
        let mut table = Table::default();
        let holder = jwt_holder(ISSUER, "app");
        table.put(CredentialKind::JwtIssuer, &holder, Ok(caller()));
        let issuer = making::ed25519(1);
        Self {
            config: json!({"issuer": ISSUER, "keys": [issuer.jwk("k")]}),
            issuer,
            client: making::p256(),
            services: services(table),
        }
    }

    fn thumbprint(&self) -> String {
        let key = Key::from_jwk(&self.client.jwk("c"), &[]).unwrap();
        key.thumbprint().unwrap()
    }

    /// A token with this `cnf`.
    fn token(&self, cnf: &Value) -> String {
        let mut claims = json!({"iss": ISSUER, "client_id": "app", "exp": NOW.seconds() + 60});
        if !cnf.is_null() {
            claims["cnf"] = cnf.clone();
        }
        self.issuer.token("k", &claims)
    }

    fn bound(&self) -> String {
        self.token(&json!({"jkt": self.thumbprint()}))
    }

    /// A proof for a token at this address, with these changes.
    fn proof(&self, id: &str, token: &str, changes: &Value) -> String {
        let hash = BASE64URL_NOPAD.encode(&Sha256::digest(token.as_bytes()));
        let mut claims =
            json!({"jti": id, "htm": "GET", "htu": HERE, "iat": NOW.seconds(), "ath": hash});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let head = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.client.jwk("c")});
        self.client.token_with(&head, &claims)
    }

    fn ask(&self, authorization: &str, proofs: &[&str]) -> Result<Exchange, Failure> {
        let mut headers = vec![
            ("Authorization", authorization),
            ("Host", "api.example.com"),
        ];
        headers.extend(proofs.iter().map(|proof| ("DPoP", *proof)));
        let request = header("GET", "/tides?day=1", &headers);
        let policy = compile("jwt", self.config.clone());
        let mut exchange = anonymous();
        run(policy.as_ref(), &request, &mut exchange, &self.services)?;
        let upstream = sent(policy.as_ref(), &request, &mut exchange).to_lowercase();
        assert!(!upstream.contains("authorization"), "{upstream}");
        let is_bound = exchange.claims.as_deref().is_some_and(super::is_bound);
        assert_eq!(upstream.contains("dpop"), !is_bound && !proofs.is_empty());
        Ok(exchange)
    }

    fn refusal(&self, authorization: &str, proofs: &[&str]) -> Option<(Refusal, String)> {
        let failure = self.ask(authorization, proofs).err()?;
        let mut headers = failure.headers.iter();
        let challenge = headers.find(|(name, _)| name == "www-authenticate");
        let challenge = challenge.map_or("", |(_, value)| value.to_str().unwrap());
        Some((failure.refusal, challenge.to_owned()))
    }
}

const ALGORITHMS: &str = "algs=\"ES256 ES384 EdDSA RS256 RS384 RS512 PS256 PS384 PS512\"";

#[test]
fn a_bound_token_opens_with_a_fresh_proof_once() {
    let scene = Scene::new();
    let token = scene.bound();
    let authorization = format!("DPoP {token}");
    let proof = scene.proof("one", &token, &json!({}));
    let exchange = scene.ask(&authorization, &[&proof]).unwrap();
    assert!(exchange.caller.is_some());
    let used = (
        Refusal::ProofInvalid,
        format!("DPoP error=\"invalid_dpop_proof\", {ALGORITHMS}"),
    );
    assert_eq!(scene.refusal(&authorization, &[&proof]), Some(used.clone()));
    let another = scene.proof("two", &token, &json!({}));
    assert_eq!(scene.refusal(&authorization, &[&another]), None);
    let twice = [another.as_str(), another.as_str()];
    for proofs in [&[][..], &["x.y.z"], &twice] {
        assert_eq!(scene.refusal(&authorization, proofs), Some(used.clone()));
    }
    for changes in [
        json!({"htm": "POST"}),
        json!({"htu": "https://api.example.com/tides"}),
        json!({"htu": "http://api.example.com/other"}),
        json!({"ath": "x"}),
        json!({"iat": NOW.seconds() - LIFE}),
        json!({"iat": NOW.seconds() + 31}),
    ] {
        let proof = scene.proof("three", &token, &changes);
        let refused = scene.refusal(&authorization, &[&proof]);
        assert_eq!(refused, Some(used.clone()), "{changes}");
    }
    // none of these used the proof up
    let good = scene.proof("three", &token, &json!({"htu": format!("{HERE}?x=1#y")}));
    assert_eq!(scene.refusal(&authorization, &[&good]), None);
}

#[test]
fn the_key_of_the_proof_is_that_of_the_token() {
    let mut scene = Scene::new();
    let token = scene.bound();
    scene.client = making::p256();
    let proof = scene.proof("one", &token, &json!({}));
    let refused = scene.refusal(&format!("DPoP {token}"), &[&proof]);
    assert_eq!(
        refused.map(|(refusal, _)| refusal),
        Some(Refusal::ProofInvalid)
    );
}

#[test]
fn a_bound_token_is_no_bearer_token_and_the_other_way_round() {
    let mut scene = Scene::new();
    let (bound, plain) = (scene.bound(), scene.token(&Value::Null));
    let invalid = |text: &str| Some((Refusal::TokenInvalid, text.to_owned()));
    let dpop = format!("DPoP error=\"invalid_token\", {ALGORITHMS}");
    let proof = scene.proof("one", &bound, &json!({}));
    let bearer = format!("Bearer {bound}");
    assert_eq!(scene.refusal(&bearer, &[]), invalid(&dpop));
    assert_eq!(scene.refusal(&bearer, &[&proof]), invalid(&dpop));
    let of_plain = scene.proof("two", &plain, &json!({}));
    let behind = format!("DPoP {plain}");
    assert_eq!(scene.refusal(&behind, &[&of_plain]), invalid(&dpop));
    let odd = scene.token(&json!({"jkt": 1}));
    let behind = format!("DPoP {odd}");
    assert_eq!(scene.refusal(&behind, &[&proof]), invalid(&dpop));
    // a proof that nobody asked for is the upstream's
    let plainly = format!("Bearer {plain}");
    assert_eq!(scene.refusal(&plainly, &[&of_plain]), None);

    scene.config["require_dpop"] = json!(true);
    assert_eq!(scene.refusal(&plainly, &[]), invalid(&dpop));
    assert_eq!(scene.refusal(&format!("DPoP {bound}"), &[&proof]), None);
    assert_eq!(
        scene.refusal("Basic YTpi", &[]),
        Some((Refusal::CredentialMissing, format!("DPoP {ALGORITHMS}")))
    );
}

#[test]
fn a_token_that_has_expired_uses_no_proof_up() {
    let scene = Scene::new();
    let claims = json!({"iss": ISSUER, "client_id": "app", "exp": NOW.seconds() - 60, "cnf": {"jkt": scene.thumbprint()}});
    let token = scene.issuer.token("k", &claims);
    let proof = scene.proof("one", &token, &json!({}));
    let refused = scene.refusal(&format!("DPoP {token}"), &[&proof]);
    let challenge = format!("DPoP error=\"invalid_token\", {ALGORITHMS}");
    assert_eq!(refused, Some((Refusal::TokenExpired, challenge)));
    let taken = Arc::clone(&scene.services.proofs);
    assert!(taken.0.is_empty());
}
