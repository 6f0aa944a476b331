//! Secrets in HashiCorp Vault's KV engine, version 2, read over HTTP by the guarded client.

use std::collections::BTreeMap;
use std::time::Duration;

use declaration::{Answers, Reference};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use outbound::{Client, Limits, Policy};
use serde_json::Value;
use url::Url;

use crate::error::{Error, Result};

/// How long one secret may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer, in bytes.
const LARGEST: usize = 1 << 20;

/// A Vault and the token for it.
pub struct Vault {
    address: Url,
    token: HeaderValue,
    client: Client,
}

impl Vault {
    /// A Vault at an address that the operator named: that host is reached even where it is private, and no other.
    pub fn new(address: &str, token: &str) -> Result<Self> {
        let address: Url = address
            .trim()
            .parse()
            .map_err(|error| Error::invalid("vault", error))?;
        let host = address
            .host_str()
            .ok_or_else(|| Error::invalid("vault", "has no host"))?;
        let policy = Policy {
            allowed_hosts: vec![host.to_owned()],
            ..Policy::default()
        };
        let mut token = HeaderValue::from_str(token.trim())
            .map_err(|_| Error::invalid("vault_token", "cannot stand in a header"))?;
        token.set_sensitive(true);
        Ok(Self {
            client: Client::new(policy).map_err(Error::Fetch)?,
            address,
            token,
        })
    }

    /// Reads secrets, each path once.
    pub async fn read(&self, references: Vec<Reference>) -> Answers {
        let mut paths: BTreeMap<String, std::result::Result<Value, String>> = BTreeMap::new();
        let mut answers = Answers::new();
        for reference in references {
            let Reference::Vault { path, field } = &reference else {
                continue;
            };
            if !paths.contains_key(path) {
                let found = self.secret(path).await;
                paths.insert(path.clone(), found);
            }
            let answer = match paths.get(path) {
                Some(Ok(data)) => match data.get(field) {
                    Some(Value::String(text)) => Ok(text.clone()),
                    Some(other) => Ok(other.to_string()),
                    None => Err(format!("has no field `{field}`")),
                },
                Some(Err(message)) => Err(message.clone()),
                None => Err("was not read".to_owned()),
            };
            answers.insert(reference, answer);
        }
        answers
    }

    /// `secret/edge/tls` is read at `/v1/secret/data/edge/tls`.
    async fn secret(&self, path: &str) -> std::result::Result<Value, String> {
        let (mount, rest) = path.split_once('/').ok_or("has no mount")?;
        let mut url = self.address.clone();
        url.path_segments_mut()
            .map_err(|()| "has an address that is no base")?
            .pop_if_empty()
            .extend(["v1", mount, "data"])
            .extend(rest.split('/'));
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("x-vault-token"), self.token.clone());
        let limits = Limits {
            time: PATIENCE,
            size: LARGEST,
        };
        let answer = self
            .client
            .send_once(Method::GET, &url, headers, Vec::new().into(), limits)
            .await
            .map_err(|error| format!("could not be read: {error}"))?;
        match answer.status.as_u16() {
            200 => {}
            404 => return Err("is not there".to_owned()),
            403 => return Err("may not be read with this token".to_owned()),
            other => return Err(format!("was answered with status {other}")),
        }
        let mut body: Value =
            serde_json::from_slice(&answer.body).map_err(|error| format!("is no JSON: {error}"))?;
        match body.pointer_mut("/data/data") {
            Some(data) => Ok(data.take()),
            None => Err("is not a secret of the KV engine, version 2".to_owned()),
        }
    }
}
