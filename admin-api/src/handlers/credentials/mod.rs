//! Credentials: secrets of applications.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod rotate;
pub(crate) mod show;

use operations::credentials::{Key, Overlap, Shown};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A credential. The secret itself is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Credential {
    /// Its id.
    id: Uuid,
    /// The application.
    application_id: Uuid,
    /// api_key.
    kind: String,
    /// What it is for.
    label: String,
    /// Prefix and last four characters.
    hint: String,
    /// active, rotating, expired or revoked.
    state: String,
    /// When it was made.
    created_at: String,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<Key> for Credential {
    fn from(row: Key) -> Self {
        Self {
            id: row.line.id.uuid(),
            application_id: row.line.application_id.uuid(),
            kind: row.line.kind.to_string(),
            label: row.line.label,
            hint: row.hint.to_string(),
            state: state(row.state).to_owned(),
            created_at: row.line.created_at.to_string(),
            expires_at: row.line.expires_at.map(|at| at.to_string()),
            last_used_at: row.line.last_used_at.map(|at| at.to_string()),
            version: row.line.version,
        }
    }
}

const fn state(state: operations::credentials::KeyState) -> &'static str {
    use operations::credentials::KeyState as S;
    match state {
        S::Active => "active",
        S::Rotating => "rotating",
        S::Expired => "expired",
        S::Revoked => "revoked",
    }
}

/// A new key, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewSecret {
    /// Its id.
    id: Uuid,
    /// What it is for.
    label: String,
    /// The key. It cannot be shown again.
    secret: String,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

impl From<Shown> for NewSecret {
    fn from(shown: Shown) -> Self {
        Self {
            id: shown.id.uuid(),
            label: shown.label,
            secret: shown.secret.reveal().to_owned(),
            expires_at: shown.expires_at.map(|at| at.to_string()),
        }
    }
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCredential {
    /// What it is for.
    pub(super) label: String,
    /// When it ends (RFC 3339); never when left out.
    #[serde(default)]
    pub(super) expires_at: Option<String>,
}

/// How a key is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// How long the old key goes on: now, hour, day, week or until_revoked.
    pub(super) overlap: String,
    /// The new key's label; the old one's when left out.
    #[serde(default)]
    pub(super) label: Option<String>,
}

impl Rotation {
    pub(super) fn overlap(&self) -> Result<Overlap, faces::problem::Problem> {
        Ok(match self.overlap.as_str() {
            "now" => Overlap::Now,
            "hour" => Overlap::Hour,
            "day" => Overlap::Day,
            "week" => Overlap::Week,
            "until_revoked" => Overlap::UntilRevoked,
            _ => {
                let message = "is one of now, hour, day, week, until_revoked";
                return Err(operations::Error::invalid("overlap", message).into());
            }
        })
    }
}

/// All credentials of an application.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Credentials {
    /// The newest first.
    pub(super) items: Vec<Credential>,
}
