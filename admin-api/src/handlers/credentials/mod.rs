//! Credentials: secrets of applications.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod revoke_many;
pub(crate) mod rotate;
pub(crate) mod show;

use domain::credential::CredentialKind;
use faces::problem::Problem;
use operations::applications::Proof;
use operations::credentials::{Issued, Key, Overlap, Shown, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::word;

/// A credential. The secret itself is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Credential {
    /// Its id.
    id: Uuid,
    /// The application.
    application_id: Uuid,
    /// api_key, basic, hmac, mtls, jwt_issuer or oauth_client.
    kind: String,
    /// What it is for.
    label: String,
    /// What anybody may see of it: `username` of basic, `key_id` of hmac, `subject` and `fingerprint` of mtls, `issuer` and
    /// `subject` of jwt_issuer, `client_id`, `confidential` and `redirect_uris` of oauth_client.
    facts: Value,
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
            facts: row.line.facts.0,
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

/// A new credential, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewSecret {
    /// Its id.
    id: Uuid,
    /// api_key, basic, hmac, mtls, jwt_issuer or oauth_client.
    kind: String,
    /// What it is for.
    label: String,
    /// What goes with the secret: `username` of basic, `key_id` of hmac, `client_id` of oauth_client; and what is
    /// kept of the other kinds.
    facts: Value,
    /// The key, password or signing secret. It cannot be shown again. Certificates and issuers have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

impl From<Shown> for NewSecret {
    fn from(shown: Shown) -> Self {
        Self {
            id: shown.id.uuid(),
            kind: shown.kind.to_string(),
            label: shown.label,
            facts: shown.facts,
            secret: Some(shown.secret.reveal().to_owned()),
            expires_at: shown.expires_at.map(|at| at.to_string()),
        }
    }
}

impl From<Issued> for NewSecret {
    fn from(issued: Issued) -> Self {
        Self {
            id: issued.id.uuid(),
            kind: issued.kind.to_string(),
            label: issued.label,
            facts: issued.facts,
            secret: issued.secret.map(|secret| secret.reveal().to_owned()),
            expires_at: issued.expires_at.map(|at| at.to_string()),
        }
    }
}

/// A credential to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCredential {
    /// What it is for.
    pub(super) label: String,
    /// When it ends (RFC 3339); never when left out. A certificate's own end counts in any case.
    #[serde(default)]
    pub(super) expires_at: Option<String>,
    /// api_key (when left out), basic, hmac, mtls, jwt_issuer or oauth_client.
    #[serde(default)]
    kind: Option<String>,
    /// Of api_key: the SHA-256 of a key that the application has already, as 64 digits of base 16; nothing is made then, and
    /// nothing shown. For who brings callers in from elsewhere.
    #[serde(default)]
    hash: Option<String>,
    /// Of mtls: the client's certificate, as PEM.
    #[serde(default)]
    certificate: Option<String>,
    /// Of jwt_issuer: who issues the tokens (`iss`).
    #[serde(default)]
    issuer: Option<String>,
    /// Of jwt_issuer: what the tokens say in the claim that names the application, such as a client id.
    #[serde(default)]
    subject: Option<String>,
    /// Of oauth_client: where people may be sent back to, each address in full. May be left out for a client that only
    /// stands for itself.
    #[serde(default)]
    redirect_uris: Option<Vec<String>>,
    /// Of oauth_client: whether it can keep a secret; so when left out.
    #[serde(default)]
    confidential: Option<bool>,
}

impl NewCredential {
    /// The same as a part of an application.
    pub(crate) fn proof(&self) -> Result<Proof, Problem> {
        let expires_at = self.expires_at.as_deref();
        Ok(Proof {
            label: self.label.clone(),
            expires_at: expires_at.map(|at| word("expires_at", at)).transpose()?,
            wanted: self.wanted()?,
        })
    }

    /// The kind, with what it needs and nothing else.
    pub(super) fn wanted(&self) -> Result<Wanted, Problem> {
        let kind = match self.kind.as_deref() {
            Some(kind) => word("kind", kind)?,
            None => CredentialKind::ApiKey,
        };
        let needs: &[&str] = match kind {
            CredentialKind::Mtls => &["certificate"],
            CredentialKind::JwtIssuer => &["issuer", "subject"],
            _ => &[],
        };
        let take = |name: &'static str, value: &Option<String>| match value {
            Some(_) if !needs.contains(&name) => Err(operations::Error::invalid(
                name,
                format!("is not for a credential of kind {kind}"),
            )),
            None if needs.contains(&name) => Err(operations::Error::invalid(name, "is needed")),
            value => Ok(value.clone().unwrap_or_default()),
        };
        if self.hash.is_some() && kind != CredentialKind::ApiKey {
            let problem = format!("is not for a credential of kind {kind}");
            return Err(operations::Error::invalid("hash", problem).into());
        }
        let certificate = take("certificate", &self.certificate)?;
        let issuer = take("issuer", &self.issuer)?;
        let subject = take("subject", &self.subject)?;
        let is_client = kind == CredentialKind::OauthClient;
        for (name, is_given) in [
            ("redirect_uris", self.redirect_uris.is_some()),
            ("confidential", self.confidential.is_some()),
        ] {
            if is_given && !is_client {
                let problem = format!("is not for a credential of kind {kind}");
                return Err(operations::Error::invalid(name, problem).into());
            }
        }
        Ok(match kind {
            CredentialKind::OauthClient => Wanted::OauthClient {
                redirect_uris: self.redirect_uris.clone().unwrap_or_default(),
                is_confidential: self.confidential.unwrap_or(true),
            },
            CredentialKind::ApiKey => match &self.hash {
                Some(digits) => Wanted::known_key(digits)?,
                None => Wanted::ApiKey,
            },
            CredentialKind::Basic => Wanted::Basic,
            CredentialKind::Hmac => Wanted::Hmac,
            CredentialKind::Mtls => Wanted::Mtls(certificate),
            CredentialKind::JwtIssuer => Wanted::JwtIssuer { issuer, subject },
        })
    }
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
