//! What the person behind a token allowed OAuth clients.

pub(crate) mod list;
pub(crate) mod withdraw;

use serde::Serialize;
use store::oauth_grants::Line;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a person allowed a client.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Authorisation {
    /// Its id.
    id: Uuid,
    /// The client's credential.
    credential_id: Uuid,
    /// What the client is called.
    client: String,
    /// The client's application.
    application_id: Uuid,
    /// The application's name.
    application: String,
    /// What was allowed.
    scopes: Vec<String>,
    /// When it was first allowed (RFC 3339).
    created_at: String,
    /// When it was last allowed (RFC 3339).
    updated_at: String,
}

impl From<Line> for Authorisation {
    fn from(line: Line) -> Self {
        let scopes = line.scopes.split_whitespace();
        Self {
            id: line.id.uuid(),
            credential_id: line.credential_id.uuid(),
            client: line.client_label,
            application_id: line.application_id.uuid(),
            application: line.application_name,
            scopes: scopes.map(str::to_owned).collect(),
            created_at: line.created_at.to_string(),
            updated_at: line.updated_at.to_string(),
        }
    }
}

/// All that is in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Authorisations {
    /// The latest first.
    pub(super) items: Vec<Authorisation>,
}
