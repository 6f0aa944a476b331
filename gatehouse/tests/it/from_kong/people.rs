//! Five hundred consumers with the credentials that they had at Kong, and how each shows its own.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use domain::Clock;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// How many there are.
pub(super) const MANY: usize = 500;

/// A consumer, by its number.
#[derive(Clone, Copy)]
pub(super) struct Consumer(pub(super) usize);

/// The first consumer of a kind in all of some groups and none of others.
pub(super) fn with(holds: impl Fn(Consumer) -> bool) -> Consumer {
    (0..MANY).map(Consumer).find(|one| holds(*one)).unwrap()
}

impl Consumer {
    pub(super) fn name(self) -> String {
        format!("shop-{:03}", self.0)
    }

    fn secret(self, what: &str) -> String {
        let digest = Sha256::digest(format!("{what} of {}", self.name()));
        format!("{what}.{}", &HEXLOWER.encode(&digest)[..40])
    }

    pub(super) fn has_key(self) -> bool {
        self.0 % 5 < 2
    }

    pub(super) fn has_password(self) -> bool {
        self.0 % 5 == 2 || self.0.is_multiple_of(10)
    }

    pub(super) fn has_token(self) -> bool {
        self.0 % 5 == 3
    }

    pub(super) fn has_signature(self) -> bool {
        self.0 % 5 == 4
    }

    pub(super) fn groups(self) -> Vec<&'static str> {
        let all = [
            ("staff", 3),
            ("writers", 4),
            ("auditors", 7),
            ("suspects", 11),
        ];
        let own = all
            .iter()
            .filter(|(_, every)| self.0.is_multiple_of(*every));
        own.map(|(group, _)| *group).collect()
    }

    pub(super) fn is_in(self, group: &str) -> bool {
        self.groups().contains(&group)
    }

    pub(super) fn key(self) -> String {
        self.secret("key")
    }

    /// `Authorization` with name and password.
    pub(super) fn basic(self) -> String {
        let pair = format!("{}:{}", self.name(), self.secret("password"));
        format!("Basic {}", BASE64.encode(pair.as_bytes()))
    }

    /// `Authorization` with a token, signed with its own secret (HS256).
    pub(super) fn bearer(self, secret_of: Consumer) -> String {
        let end = Clock::system().now().seconds() + 300;
        let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!(
            "{}.{}",
            part(json!({ "alg": "HS256", "typ": "JWT" })),
            part(json!({ "iss": format!("issuer-{}", self.0), "exp": end }))
        );
        let mac = hmac(secret_of.secret("token").as_bytes(), signed.as_bytes());
        format!("Bearer {signed}.{}", BASE64URL_NOPAD.encode(&mac))
    }

    /// `Signature-Input` and `Signature` of a GET (RFC 9421).
    pub(super) fn signature(self, authority: &str, path: &str) -> [String; 2] {
        let now = Clock::system().now().seconds();
        let parameters = format!(
            "(\"@method\" \"@authority\" \"@path\" \"@query\");created={now};keyid=\"{}\"",
            self.name()
        );
        let base = format!(
            "\"@method\": GET\n\"@authority\": {authority}\n\"@path\": {path}\n\"@query\": ?\n\"@signature-params\": {parameters}"
        );
        let mac = hmac(self.secret("signature").as_bytes(), base.as_bytes());
        let signature = format!("s=:{}:", BASE64.encode(&mac));
        [format!("s={parameters}"), signature]
    }

    /// What decK writes down of it.
    pub(super) fn declared(self) -> Value {
        let name = self.name();
        let groups: Vec<_> = self
            .groups()
            .into_iter()
            .map(|group| json!({ "group": group }))
            .collect();
        let mut made = json!({ "username": name, "acls": groups, "tags": ["shop"] });
        if self.0.is_multiple_of(2) {
            made["custom_id"] = json!(format!("crm-{}", self.0));
        }
        if self.has_key() {
            made["keyauth_credentials"] = json!([{ "key": self.key() }]);
        }
        if self.has_password() {
            let password = self.secret("password");
            made["basicauth_credentials"] = json!([{ "username": name, "password": password }]);
        }
        if self.has_token() {
            let (key, secret) = (format!("issuer-{}", self.0), self.secret("token"));
            made["jwt_secrets"] = json!([{ "key": key, "secret": secret, "algorithm": "HS256" }]);
        }
        if self.has_signature() {
            let secret = self.secret("signature");
            made["hmacauth_credentials"] = json!([{ "username": name, "secret": secret }]);
        }
        if self == SLOW {
            made["groups"] = json!([{ "name": "slow" }]);
        }
        made
    }
}

impl PartialEq for Consumer {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// The one in the consumer group that is slowed down; it has a key and is in no group of the access lists.
pub(super) const SLOW: Consumer = Consumer(5);

/// HMAC with SHA-256 (RFC 2104) of a key that is no longer than a block.
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
