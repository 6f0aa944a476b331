//! Standing orders for certificates that are got and renewed by ACME.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod retry;
pub(crate) mod show;

use operations::acme as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A standing order: the certificate for these names is got, and renewed after two thirds of its life.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AcmeOrder {
    /// Its id.
    id: Uuid,
    /// The host names.
    names: Vec<String>,
    /// How they are proven: `http-01` or `tls-alpn-01`.
    challenge: String,
    /// The certificate, once there is one.
    certificate: Option<Uuid>,
    /// `waiting`, `issued` or `failed`.
    state: String,
    /// Why the last attempt failed; empty after one that did not.
    last_error: String,
    /// Attempts that failed since the last that did not.
    attempts: i64,
    /// When it is tried again, or renewed (RFC 3339).
    next_attempt_at: String,
    /// When the certificate in force was issued (RFC 3339).
    issued_at: Option<String>,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<rows::Order> for AcmeOrder {
    fn from(row: rows::Order) -> Self {
        Self {
            id: row.id.uuid(),
            names: row.names,
            challenge: row.challenge.to_string(),
            certificate: row.certificate.map(|id| id.uuid()),
            state: row.state.to_string(),
            last_error: row.last_error,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at.to_string(),
            issued_at: row.issued_at.map(|at| at.to_string()),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// What is ordered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAcmeOrder {
    /// Host names, no wildcards.
    names: Vec<String>,
    /// How they are proven: `http-01` (port 80 of the host is a gateway's) or `tls-alpn-01` (port 443 is); `http-01` when left out.
    #[serde(default)]
    challenge: Option<String>,
}

impl NewAcmeOrder {
    fn read(self) -> Result<rows::Input, operations::Error> {
        let challenge = self.challenge.map(|text| {
            text.parse()
                .map_err(|error| operations::Error::invalid("challenge", error))
        });
        Ok(rows::Input {
            names: self.names,
            challenge: challenge.transpose()?,
        })
    }
}
