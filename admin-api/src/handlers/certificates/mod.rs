//! What the gateway shows to callers and to upstreams. Keys come in and never out.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod update;

use domain::certificate::{CertificateUse, ClientAuth};
use faces::problem::Problem;
use operations::certificates as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A certificate; its key stays in the store.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Certificate {
    /// Its id.
    id: Uuid,
    /// Its name for people.
    name: String,
    /// What it is shown to: `server` (callers) or `client` (upstreams).
    used_for: String,
    /// The host names in it; `*.` begins a wildcard.
    names: Vec<String>,
    /// The chain, PEM, the certificate itself first.
    chain: String,
    /// SHA-256 of the certificate, hexadecimal.
    fingerprint: String,
    /// Who issued it.
    issuer: String,
    /// `RSA 2048`, `ECDSA P-256`, `Ed25519`.
    key_kind: String,
    /// From when it holds (RFC 3339).
    not_before: String,
    /// Until when it holds (RFC 3339).
    not_after: String,
    /// Whether callers of its hosts show a certificate: `none`, `optional` or `required`.
    client_auth: String,
    /// The authority that signs those.
    client_ca: Option<Uuid>,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<rows::Certificate> for Certificate {
    fn from(row: rows::Certificate) -> Self {
        Self {
            id: row.id.uuid(),
            name: row.name,
            used_for: row.used_for.to_string(),
            names: row.names,
            chain: row.chain,
            fingerprint: row.fingerprint,
            issuer: row.issuer,
            key_kind: row.key_kind,
            not_before: row.not_before.to_string(),
            not_after: row.not_after.to_string(),
            client_auth: row.client_auth.to_string(),
            client_ca: row.client_ca.map(|id| id.uuid()),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// A certificate to upload.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCertificate {
    /// Its name for people.
    name: String,
    /// What it is shown to: `server` (callers) or `client` (upstreams); `server` when left out.
    #[serde(default)]
    used_for: Option<String>,
    /// The chain, PEM, the certificate itself first.
    chain: String,
    /// Its private key, PEM, not encrypted.
    key: String,
    /// Whether callers of its hosts show a certificate: `none`, `optional` or `required`; `none` when left out.
    #[serde(default)]
    client_auth: Option<String>,
    /// The authority that signs those.
    #[serde(default)]
    client_ca: Option<Uuid>,
}

impl NewCertificate {
    fn read(self) -> Result<(CertificateUse, rows::Input), Problem> {
        let used_for = match &self.used_for {
            Some(text) => text
                .parse()
                .map_err(|error| operations::Error::invalid("used_for", error))?,
            None => CertificateUse::Server,
        };
        let input = rows::Input {
            name: self.name,
            chain: Some(self.chain),
            key: Some(self.key),
            client_auth: client_auth(self.client_auth.as_deref())?,
            client_ca: self.client_ca.map(Into::into),
        };
        Ok((used_for, input))
    }
}

/// What a certificate is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateChange {
    /// Its name for people.
    name: String,
    /// The new chain, PEM; the one that is there stays when left out.
    #[serde(default)]
    chain: Option<String>,
    /// The new private key, PEM; given with the chain.
    #[serde(default)]
    key: Option<String>,
    /// Whether callers of its hosts show a certificate: `none`, `optional` or `required`; `none` when left out.
    #[serde(default)]
    client_auth: Option<String>,
    /// The authority that signs those.
    #[serde(default)]
    client_ca: Option<Uuid>,
}

impl CertificateChange {
    fn read(self) -> Result<rows::Input, Problem> {
        Ok(rows::Input {
            name: self.name,
            chain: self.chain,
            key: self.key,
            client_auth: client_auth(self.client_auth.as_deref())?,
            client_ca: self.client_ca.map(Into::into),
        })
    }
}

fn client_auth(text: Option<&str>) -> Result<Option<ClientAuth>, operations::Error> {
    text.map(|text| {
        text.parse()
            .map_err(|error| operations::Error::invalid("client_auth", error))
    })
    .transpose()
}
