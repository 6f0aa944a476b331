//! What is sent for each kind, and with which configuration it is on: the first example of its page, where nothing better is said.

use bytes::Bytes;
use data_encoding::BASE64;
use domain::credential::{basic_holder, hmac_holder, jwt_holder, oauth_holder};
use gateway_policies::request::{ClientCertificate, Scheme};
use gateway_snapshot::settings::Access;
use http::{HeaderName, HeaderValue};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::catalogue::NOW;

/// What is sent, and answered.
pub(crate) struct Case {
    pub(crate) config: String,
    pub(crate) method: &'static str,
    pub(crate) target: &'static str,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Bytes,
    pub(crate) answer_headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) answer: Bytes,
    /// Who may call while the policy is on. While a way of authentication is off, everybody may.
    pub(crate) access: Access,
    /// The text by whose SHA-256 the caller is found, with the kind of credential.
    pub(crate) held: Option<(&'static str, [u8; 32])>,
    pub(crate) certificate: Option<ClientCertificate>,
}

impl Case {
    /// How the caller reached the gateway.
    pub(crate) fn scheme(&self) -> Scheme {
        Scheme::Https
    }
}

/// The key of the caller.
pub(crate) const KEY: &str = "gh_live_0123456789012345678901234567890abcdef";
const SECRET: &[u8] = b"a secret to sign requests with, long enough for it";

/// An order of about one kilobyte.
fn order() -> Value {
    let lines: Vec<Value> = (0..12)
        .map(|n| json!({ "sku": format!("sku-{n:04}"), "count": n, "note": "by the north gate" }))
        .collect();
    json!({ "id": 7, "lines": lines, "user": { "id": 7, "name": "Ada" }, "card": { "number": "4111111111111111" } })
}

/// The case of a kind.
pub(crate) fn of(kind: &str, readme: &str) -> Case {
    let mut case = Case {
        config: first_example(readme),
        method: "GET",
        target: "/shop/orders/7?page=2",
        headers: Vec::new(),
        body: Bytes::new(),
        answer_headers: vec![(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )],
        answer: Bytes::from(order().to_string()),
        access: Access::Subscription,
        held: None,
        certificate: None,
    };
    for (name, value) in [
        ("host", "api.test"),
        ("user-agent", "curl/8.5.0"),
        ("accept", "application/json"),
        ("x-api-key", KEY),
    ] {
        case.with(name, value);
    }
    match kind {
        "key_auth" => case.authenticates(json!({ "headers": ["X-API-Key"] }), None),
        "basic_auth" => {
            let text = BASE64.encode(b"harbor:password");
            case.with("authorization", &format!("Basic {text}"));
            let held = hash(&basic_holder("harbor", "password"));
            case.authenticates(json!({}), Some(("basic", held)));
        }
        "jwt" => case.token(),
        "oauth2" => case.access_token(),
        "oauth2_introspection" => {
            case.with("authorization", "Bearer opaque");
            let config: Value = serde_json::from_str(&case.config).unwrap();
            let held = hash(&jwt_holder("https://login.example.com", "crane"));
            case.authenticates(config, Some(("jwt_issuer", held)));
        }
        "hmac_auth" => case.signature(),
        "mtls_auth" => {
            case.certificate = Some(ClientCertificate {
                fingerprint: [7; 32],
                der: Bytes::new(),
                subject: "CN=crane,O=Harbor Ltd".into(),
            });
            let config: Value = serde_json::from_str(&case.config).unwrap();
            case.authenticates(config, Some(("mtls", [7; 32])));
        }
        "acl" => {
            case.config =
                json!({ "allow": [{ "products": [uuid::Uuid::from_u128(4).to_string()] }] })
                    .to_string()
        }
        "ip_restriction" => {
            case.config = json!({ "allow": ["192.0.2.0/24", "2001:db8::/32"] }).to_string()
        }
        "bot_detection" => case.config = "{}".into(),
        "cors" => case.with("origin", "https://app.example.com"),
        "redirect" => case.config = json!({ "only_http": true }).to_string(),
        "traffic_split" => {
            case.config = json!({ "branches": [{ "name": "a", "weight": 95 }, { "name": "b", "weight": 5 }], "sticky": "application" }).to_string();
        }
        "mirror" => case.config = json!({ "upstream": "shop", "percent": 100 }).to_string(),
        "fault_injection" => {
            case.config = json!({ "abort": { "percent": 0.0001, "status": 503 } }).to_string()
        }
        "request_size_limit" => case.posts(order().to_string(), "application/json"),
        "request_transform" => {
            case.posts(order().to_string(), "application/json");
            case.config = json!({
                "headers": { "set": { "X-User": "{{ claims.sub | default('nobody') }}" } },
                "body": { "remove": ["/card"], "set": { "/path": "{{ request.path }}" } },
            })
            .to_string();
        }
        "response_transform" => {
            case.config = json!({ "body": { "json": { "data": "{{ body }}", "status": "{{ response.status }}" } } }).to_string();
        }
        "mask" => {
            case.config =
                json!({ "fields": [{ "path": "/card/number", "action": "keep_last" }] }).to_string()
        }
        "request_validator" => {
            case.posts(order().to_string(), "application/json");
            case.config = "{}".into();
        }
        "response_validator" | "mock_response" => case.config = "{}".into(),
        "json_threat_protection" => {
            case.posts(order().to_string(), "application/json");
            case.config = "{}".into();
        }
        "xml_threat_protection" => {
            let lines = "<line sku='a1' count='3'>by the north gate</line>".repeat(16);
            case.posts(format!("<order>{lines}</order>"), "application/xml");
            case.config = "{}".into();
        }
        "xml_json" => {
            case.posts(order().to_string(), "application/json");
            case.config = json!({ "request": "json_to_xml" }).to_string();
        }
        "upstream_auth" => {
            case.config =
                json!({ "basic": { "username": "gatehouse", "password": "a secret" } }).to_string();
        }
        "cache" => {
            let value = HeaderValue::from_static("max-age=3600");
            case.answer_headers
                .push((http::header::CACHE_CONTROL, value));
        }
        "composite" => {
            let call =
                |name: &str| json!({ "name": name, "upstream": "shop", "path": "/orders/7" });
            case.config = json!({
                "calls": [call("one"), call("two"), call("three")],
                "answer": { "json": { "one": "{{ calls.one.body }}", "two": "{{ calls.two.body.id }}" } },
            })
            .to_string();
        }
        "response_rate_limit" => {
            let value = HeaderValue::from_static("tokens=2, images=1");
            case.answer_headers
                .push((HeaderName::from_static("x-usage"), value));
            case.config = json!({ "limits": [
                { "unit": "tokens", "amount": 1_000_000, "window": "minute" },
                { "unit": "images", "amount": 1_000_000, "window": "hour" },
            ] })
            .to_string();
        }
        "rate_limit" => {
            case.config = json!({ "limits": [
                { "requests": 1_000, "window": "second" },
                { "requests": 60_000, "window": "minute" },
            ] })
            .to_string();
        }
        "geo" => {
            case.config = json!({ "networks": { "DE": ["192.0.2.0/24"], "FR": ["198.51.100.0/24"] }, "allow": ["DE"], "header": "X-Country" }).to_string();
        }
        "request_termination" => {
            case.config = json!({ "status": 503, "message": "back at nine" }).to_string()
        }
        _ => {}
    }
    case
}

/// Who signs tokens.
pub(crate) fn signer() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap()
}

fn bearer(header: &Value, claims: &Value) -> String {
    let text = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let part = |value: &Value| text(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = text(signer().sign(signed.as_bytes()).as_ref());
    format!("Bearer {signed}.{signature}")
}

impl Case {
    fn with(&mut self, name: &str, value: &str) {
        self.headers.push((name.parse().unwrap(), value.to_owned()));
    }

    fn posts(&mut self, body: String, media_type: &str) {
        self.method = "POST";
        self.with("content-type", media_type);
        self.with("content-length", &body.len().to_string());
        self.body = Bytes::from(body);
    }

    fn authenticates(&mut self, config: Value, held: Option<(&'static str, [u8; 32])>) {
        self.config = config.to_string();
        self.access = Access::Authenticated;
        self.held = held.or(Some(("api_key", hash(KEY))));
    }

    /// A token that Ed25519 signs, with a key that is given.
    fn token(&mut self) {
        let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": "one" });
        let claims = json!({
            "iss": "https://login.example.com", "aud": "harbor-api", "client_id": "crane", "sub": "ada",
            "iat": NOW.seconds(), "exp": NOW.seconds() + 3_600, "scope": "orders:read orders:write",
        });
        self.with("authorization", &bearer(&header, &claims));
        let x = data_encoding::BASE64URL_NOPAD.encode(signer().public_key().as_ref());
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "one", "x": x });
        let held = hash(&jwt_holder("https://login.example.com", "crane"));
        let config = json!({ "issuer": "https://login.example.com", "keys": [key], "audiences": ["harbor-api"], "scopes": ["orders:read"] });
        self.authenticates(config, Some(("jwt_issuer", held)));
    }

    /// A token of the platform's own server.
    fn access_token(&mut self) {
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": uuid::Uuid::from_u128(40) });
        let claims = json!({
            "iss": "https://portal.example.com", "aud": "https://api.example.com", "client_id": "ghc_one", "sub": "ghc_one",
            "iat": NOW.seconds(), "exp": NOW.seconds() + 900, "scope": "orders:read orders:write",
            "jti": uuid::Uuid::from_u128(41),
        });
        self.with("authorization", &bearer(&header, &claims));
        let held = hash(&oauth_holder("ghc_one"));
        let config = json!({ "scopes": ["orders:read"] });
        self.authenticates(config, Some(("oauth_client", held)));
    }

    /// A signature over method, authority, path and query.
    fn signature(&mut self) {
        let parameters = format!(
            "(\"@method\" \"@authority\" \"@path\" \"@query\");created={};keyid=\"ghk_one\"",
            NOW.seconds()
        );
        let base = format!(
            "\"@method\": GET\n\"@authority\": api.test\n\"@path\": /shop/orders/7\n\"@query\": ?page=2\n\"@signature-params\": {parameters}"
        );
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET);
        let mac = BASE64.encode(ring::hmac::sign(&key, base.as_bytes()).as_ref());
        self.with("signature-input", &format!("s={parameters}"));
        self.with("signature", &format!("s=:{mac}:"));
        self.authenticates(json!({}), Some(("hmac", hash(&hmac_holder("ghk_one")))));
    }
}

/// The secret of the `hmac` credential, as it is kept: here as it is.
pub(crate) fn sealed() -> Vec<u8> {
    SECRET.to_vec()
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn first_example(readme: &str) -> String {
    let block = readme.split("```json\n").nth(1).unwrap();
    block.split("```").next().unwrap().to_owned()
}
