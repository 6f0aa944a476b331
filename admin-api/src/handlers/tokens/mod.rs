//! Tokens for this API.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;

use serde::{Deserialize, Serialize};
use store::api_tokens::ApiToken;
use utoipa::ToSchema;
use uuid::Uuid;

/// A token. Its text is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Token {
    /// Its id.
    id: Uuid,
    /// What it is for.
    name: String,
    /// Whose it is.
    account_name: String,
    /// Prefix and last four characters.
    hint: String,
    /// What it may do.
    scopes: Vec<String>,
    /// When it was made.
    created_at: String,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
}

impl From<ApiToken> for Token {
    fn from(row: ApiToken) -> Self {
        Self {
            id: row.id.uuid(),
            name: row.name.to_string(),
            account_name: row.account_name.to_string(),
            hint: format!("{}…{}", row.prefix, row.last_four),
            scopes: row.scopes.0.iter().map(|scope| scope.to_string()).collect(),
            created_at: row.created_at.to_string(),
            expires_at: row.expires_at.map(|v| v.to_string()),
            last_used_at: row.last_used_at.map(|v| v.to_string()),
            revoked_at: row.revoked_at.map(|v| v.to_string()),
        }
    }
}

/// A token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is for.
    pub(super) name: String,
    /// What it may do; all that the caller may when left out.
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    /// When it ends (RFC 3339); never when left out.
    #[serde(default)]
    pub(super) expires_at: Option<String>,
}

/// A new token, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownToken {
    /// The token.
    #[serde(flatten)]
    pub(super) token: Token,
    /// Its text. It cannot be shown again.
    pub(super) text: String,
}
