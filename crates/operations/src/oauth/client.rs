//! Clients: credentials of applications that ask for tokens, and how they prove themselves (RFC 6749, section 2.3).

use domain::Timestamp;
use domain::actor::{Actor, Origin, Who};
use domain::credential::{CredentialKind, CredentialState, KeyHint, oauth_holder};
use domain::subscription::ApplicationState;
use serde::{Deserialize, Serialize};
use store::Conn;
use store::applications::Application;
use store::credentials::Credential;

use super::error::{Code, OauthError};
use crate::error::{Error, Result};
use crate::secrets::{Secret, sha256};

/// What anybody may see of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientFacts {
    /// What it is called in requests.
    pub client_id: String,
    /// Whether it has a secret.
    pub confidential: bool,
    /// Where people may be sent back to.
    pub redirect_uris: Vec<String>,
}

impl ClientFacts {
    /// The facts of a credential that is a client.
    pub fn of(credential: &Credential) -> Result<Self> {
        serde_json::from_value(credential.facts.0.clone()).map_err(|_| {
            Error::WrongState(format!(
                "credential `{}` is not an OAuth client",
                credential.label
            ))
        })
    }
}

/// What is shown of a client in lists: how its id begins and ends. The id is no secret.
pub(crate) fn hint(client_id: &str) -> KeyHint {
    let part = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let end = client_id.len().checked_sub(4).filter(|end| *end >= 12);
    KeyHint {
        prefix: part(client_id.get(..client_id.len().min(12))),
        last_four: part(end.and_then(|end| client_id.get(end..))),
    }
}

/// A client in force.
#[derive(Clone)]
pub struct Client {
    /// What is kept of it.
    pub credential: Credential,
    /// Whose it is.
    pub application: Application,
    /// What anybody may see of it.
    pub facts: ClientFacts,
}

impl Client {
    /// The client as who acts.
    pub(super) fn actor(&self, origin: Origin) -> Actor {
        Actor {
            workspace: self.credential.workspace_id,
            who: Who::Client {
                id: self.credential.id,
            },
            name: format!("{} ({})", self.credential.label, self.facts.client_id),
            request: origin,
        }
    }
}

/// What a client says of itself.
pub struct Presented {
    /// Its id.
    pub client_id: String,
    /// Its secret, where it sent one.
    pub secret: Option<Secret>,
}

/// Why there is no client of this id that could be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoClient {
    /// None, or one that was revoked or has ended: from outside these are the same.
    #[error("there is no client of this id, or it was revoked")]
    Unknown,
    /// The platform team shut its application out.
    #[error("the client's application is suspended")]
    Suspended,
}

/// The client of this id, if it is in force.
pub(super) async fn find(
    conn: &mut Conn,
    client_id: &str,
    now: Timestamp,
) -> Result<std::result::Result<Client, NoClient>> {
    let hash = sha256(&oauth_holder(client_id));
    let found = store::credentials::by_hash(conn, &hash).await?;
    let Some(credential) = found.filter(|credential| is_in_force(credential, now)) else {
        return Ok(Err(NoClient::Unknown));
    };
    let (workspace, application) = (credential.workspace_id, credential.application_id);
    let application = store::applications::find(conn, workspace, application).await?;
    let Some(application) = application else {
        return Ok(Err(NoClient::Unknown));
    };
    if application.state == ApplicationState::Suspended {
        return Ok(Err(NoClient::Suspended));
    }
    Ok(Ok(Client {
        facts: ClientFacts::of(&credential)?,
        credential,
        application,
    }))
}

/// The client that proved itself: with its secret, or, where it has none, by its id alone.
pub(super) async fn authenticate(
    conn: &mut Conn,
    presented: &Presented,
    now: Timestamp,
) -> Result<Client, OauthError> {
    let refuse = |description: &str| Err(OauthError::refused(Code::InvalidClient, description));
    let client = match find(conn, &presented.client_id, now).await? {
        Ok(client) => client,
        Err(NoClient::Unknown) => return refuse("the client id or its secret is wrong"),
        Err(suspended) => {
            let code = Code::UnauthorizedClient;
            return Err(OauthError::refused(code, suspended.to_string()));
        }
    };
    match (&presented.secret, client.facts.confidential) {
        (None, false) => Ok(client),
        (None, true) => refuse("this client has a secret, and must send it"),
        (Some(_), false) => refuse("this client has no secret; send its id alone"),
        // Hashes of random secrets: how long the comparison takes tells nothing that could be used.
        (Some(secret), true) if client.credential.secret_hash == sha256(secret.reveal()) => {
            Ok(client)
        }
        (Some(_), true) => refuse("the client id or its secret is wrong"),
    }
}

fn is_in_force(credential: &Credential, now: Timestamp) -> bool {
    credential.kind == CredentialKind::OauthClient
        && credential.state != CredentialState::Revoked
        && credential.expires_at.is_none_or(|end| now < end)
}
