//! Where the stories of the examples play: a gateway with callers of all kinds, an upstream, and services elsewhere.

use std::collections::BTreeSet;
use std::io::Write as _;

use data_encoding::BASE64;
use domain::credential::{basic_holder, hmac_holder, jwt_holder, sealing_purpose};
use domain::id::CredentialId;
use gateway::Config;
use gateway::config::{SecureListen, TlsVersion};
use gateway_policies::registry;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::access_tokens;
use crate::attached::Attached;
use crate::catalogue::{STANDARD, TINY};
use crate::client::{Answer, call};
use crate::elsewhere::Elsewhere;
use crate::papers::{Authority, Issued, sealer};
use crate::world::{Started, World};

/// The route that every example is attached to: `/shop/any`.
const ROUTE: u128 = 41;
const POLICY: u128 = 600;
/// The name and the password of the first caller, and the secret that it signs with.
pub(super) const BASIC: &str = "harbor:a-password";
pub(super) const SECRET: &[u8] = b"a secret to sign with";
/// By what tokens name the first caller.
pub(super) const CLIENT: &str = "crane";
/// Upstreams that examples name, all of them played by one server.
const UPSTREAMS: [&str; 7] = [
    "catalogue-replica",
    "customers",
    "orders",
    "orders-blue",
    "orders-green",
    "orders-next",
    "warehouse",
];

pub(super) struct Scene {
    pub(super) world: World,
    pub(super) gateway: Started,
    pub(super) elsewhere: Elsewhere,
    pub(super) authority: Authority,
    /// The client certificate of the first caller.
    pub(super) certificate: Issued,
    /// Keys of a caller of the plan `standard`, and of one of the plan `tiny`.
    pub(super) key: String,
    pub(super) other_key: String,
    told: BTreeSet<(String, usize)>,
    is_attached: bool,
}

impl Scene {
    pub(super) async fn new() -> Self {
        let world = World::new().await;
        let key = world.active(1, STANDARD).await;
        let other_key = world.active(2, TINY).await;
        let elsewhere = Elsewhere::start().await;
        for (number, slug) in (700..).step_by(2).zip(UPSTREAMS) {
            world.more_upstream(number, slug, elsewhere.address).await;
        }
        let issuer = |at: &str| jwt_holder(&format!("{}{at}", elsewhere.origin()), CLIENT);
        let (name, password) = BASIC.split_once(':').unwrap();
        let authority = Authority::new();
        let certificate = authority.issue_to(&["client"], "Harbor Ltd");
        let purpose = sealing_purpose(CredentialId::new(Uuid::from_u128(502)));
        let sealed = sealer().seal([1; 24], &purpose, SECRET);
        let purpose = sealing_purpose(CredentialId::new(Uuid::from_u128(507)));
        let own = elsewhere.issuer.jwk().to_string();
        let own = sealer().seal([2; 24], &purpose, own.as_bytes());
        let hash = |text: &str| Sha256::digest(text.as_bytes()).to_vec();
        let none: &[u8] = &[];
        let shown = Sha256::digest(certificate.certificate.der()).to_vec();
        for (id, kind, hash, sealed) in [
            (501, "basic", hash(&basic_holder(name, password)), none),
            (502, "hmac", hash(&hmac_holder("ghk_one")), &sealed[..]),
            (503, "jwt_issuer", hash(&issuer("/realms/harbor")), none),
            (504, "jwt_issuer", hash(&issuer("")), none),
            (505, "mtls", shown, none),
            (507, "jwt_issuer", hash(&jwt_holder(CLIENT, CLIENT)), &own),
        ] {
            world.credential(id, kind, &hash, sealed).await;
        }
        access_tokens::issue(&world, 506).await;
        world.authority(80, &authority).await;
        let server = authority.issue(&["tls.test"]);
        world
            .certificate(70, &server, &["tls.test"], "server", Some(("optional", 80)))
            .await;
        world.shop_document().await;
        let gateway = Started::new(Config {
            listen_tls: vec![SecureListen {
                address: "127.0.0.1:0".parse().unwrap(),
                minimum: TlsVersion::V1_2,
            }],
            sealer: Some(sealer()),
            outbound: outbound::Policy::default().with_loopback(),
            trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
            ..world.config()
        })
        .await;
        Self {
            world,
            gateway,
            elsewhere,
            authority,
            certificate,
            key,
            other_key,
            told: BTreeSet::new(),
            is_attached: false,
        }
    }

    /// Attaches an example of a page in place of the one before.
    pub(super) async fn example(&mut self, kind: &str, number: usize) {
        self.example_with(kind, number, &[]).await;
    }

    /// With other texts in places where the page has ids and files of its reader.
    pub(super) async fn example_with(&mut self, kind: &str, number: usize, own: &[(&str, &str)]) {
        let (_, found) = registry::find(kind).unwrap();
        let mut blocks = found.readme.split("```json\n").skip(1);
        let block = blocks.nth(number).and_then(|rest| rest.split("```").next());
        let mut text = block.expect("the page has so many examples").to_owned();
        for (theirs, ours) in own {
            assert!(text.contains(theirs), "{kind} {number}: {theirs}");
            text = text.replace(theirs, ours);
        }
        for host in ["login", "tokens", "auth", "opa"] {
            let public = format!("https://{host}.example.com");
            text = text.replace(&public, &self.elsewhere.origin());
        }
        let config: Value = serde_json::from_str(&text).unwrap();
        self.detach().await;
        let policy = Attached::to_route(POLICY, ROUTE, kind, config);
        self.world.attach(&self.gateway, &policy).await;
        self.is_attached = true;
        let status = self.gateway.status().await;
        assert_eq!(status["snapshot_problem"], Value::Null, "{kind} {number}");
        self.told.insert((kind.to_owned(), number));
    }

    async fn detach(&mut self) {
        if std::mem::take(&mut self.is_attached) {
            self.world.detach(&self.gateway, POLICY).await;
        }
    }

    /// Stops, and says which examples were told.
    pub(super) async fn end(mut self) -> BTreeSet<(String, usize)> {
        self.detach().await;
        self.gateway.running.shutdown().await;
        self.told
    }

    /// A request of the first caller, by its key. `line` is `GET /shop/any/x`.
    pub(super) async fn ask(&self, line: &str, headers: &[&str], body: &str) -> Answer {
        let own = format!("X-API-Key: {}", self.key);
        let all: Vec<&str> = headers.iter().copied().chain([own.as_str()]).collect();
        self.bare(line, &all, body).await
    }

    /// A request without a key.
    pub(super) async fn bare(&self, line: &str, headers: &[&str], body: &str) -> Answer {
        let (method, target) = line.split_once(' ').unwrap();
        call(
            self.gateway.address,
            method,
            target,
            headers,
            body.as_bytes(),
        )
        .await
    }

    /// A JSON body to the upstream that sends bodies back.
    pub(super) async fn post(&self, body: &Value) -> Answer {
        let json = ["Content-Type: application/json"];
        self.ask("POST /shop/any/mirror", &json, &body.to_string())
            .await
    }

    /// What the upstream saw of a header.
    pub(super) async fn seen(&self, name: &str, headers: &[&str]) -> String {
        let answer = self.ask("GET /shop/any/x", headers, "").await;
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        answer.json()["headers"][name]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// `Authorization` with a name and a password.
pub(super) fn basic(text: &str) -> String {
    format!("Authorization: Basic {}", BASE64.encode(text.as_bytes()))
}

/// The code of a refusal, with its status.
#[track_caller]
pub(super) fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.problem(), (status, code.to_owned()));
}

/// A file for the time of a test.
pub(super) fn file(suffix: &str, content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(suffix).tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}
