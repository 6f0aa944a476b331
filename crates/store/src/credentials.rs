//! Credentials of applications. Of a key only its SHA-256 and a hint are kept.

use domain::Timestamp;
use domain::credential::{CredentialKind, CredentialState};
use domain::id::{AccountId, ApplicationId, CredentialId, WorkspaceId};
use futures_util::stream::BoxStream;
use serde_json::Value;
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// A secret of an application.
    #[derive(Clone)]
    pub struct Credential {
        /// Its id.
        pub id: CredentialId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Whose it is.
        pub application_id: ApplicationId,
        /// What kind of secret.
        pub kind: CredentialKind,
        /// What people call it.
        pub label: String,
        /// SHA-256 of the secret, of the certificate, or of the kind's look-up text (see `domain::credential`).
        pub hash: [u8; 32],
        /// What anybody may see of it, by kind: the user name, the key id, the certificate's subject, issuer and subject.
        pub facts: Json<Value>,
        /// The secret of an `hmac` credential, or the own key of a `jwt_issuer`, sealed for `domain::credential::sealing_purpose`;
        /// empty for the others.
        pub sealed: Vec<u8>,
        /// SHA-256 of the secret of an `oauth_client` that has one; empty for all others.
        pub secret_hash: Vec<u8>,
        /// The first characters of the secret.
        pub prefix: String,
        /// The last characters of the secret.
        pub last_four: String,
        /// Where it stands. One past `expires_at` keeps its state and is refused all the same.
        pub state: CredentialState,
        /// The one that came in its place; nil for none.
        pub replaced_by: CredentialId,
        /// Who made it; nil for the platform.
        pub created_by: AccountId,
        /// When it was made.
        pub created_at: Timestamp,
        /// From when on it is refused.
        pub expires_at: Option<Timestamp>,
        /// When the gateway last saw it.
        pub last_used_at: Option<Timestamp>,
        /// When its owner was last reminded that it expires.
        pub reminded_at: Option<Timestamp>,
        /// When it was taken back.
        pub revoked_at: Option<Timestamp>,
        /// Who took it back; nil for the platform.
        pub revoked_by: AccountId,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

record! {
    /// A credential whose end is near, with whom to tell.
    #[derive(Debug, Clone)]
    pub struct Expiring {
        /// Its id.
        pub id: CredentialId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// What people call it.
        pub label: String,
        /// The first characters of the secret.
        pub prefix: String,
        /// The last characters of the secret.
        pub last_four: String,
        /// From when on it is refused.
        pub expires_at: Timestamp,
        /// When the gateway last saw it.
        pub last_used_at: Option<Timestamp>,
        /// When its owner was last reminded.
        pub reminded_at: Option<Timestamp>,
        /// Whose it is.
        pub application_id: ApplicationId,
        /// The application's name.
        pub application_name: String,
        /// Who owns the application.
        pub owner_id: AccountId,
        /// The owner's name.
        pub owner_name: String,
        /// The owner's address.
        pub owner_email: String,
    }
}

record! {
    /// A credential as a line of a list, without its hash.
    #[derive(Debug, Clone)]
    pub struct Line {
        /// Its id.
        pub id: CredentialId,
        /// Whose it is.
        pub application_id: ApplicationId,
        /// The application's name.
        pub application_name: String,
        /// The name of the application's owner.
        pub owner_name: String,
        /// What kind of secret.
        pub kind: CredentialKind,
        /// What people call it.
        pub label: String,
        /// See [`Credential::facts`].
        pub facts: Json<Value>,
        /// The first characters of the secret.
        pub prefix: String,
        /// The last characters of the secret.
        pub last_four: String,
        /// Where it stands; see [`Credential::state`].
        pub state: CredentialState,
        /// The one that came in its place; nil for none.
        pub replaced_by: CredentialId,
        /// Who made it; empty for the platform.
        pub created_by_name: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// From when on it is refused.
        pub expires_at: Option<Timestamp>,
        /// When the gateway last saw it.
        pub last_used_at: Option<Timestamp>,
        /// When it was taken back.
        pub revoked_at: Option<Timestamp>,
        /// Who took it back; empty for the platform.
        pub revoked_by_name: String,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, application_id, kind, label, hash, facts, sealed, secret_hash, prefix, last_four, state, replaced_by, created_by, \
             created_at, expires_at, last_used_at, reminded_at, revoked_at, revoked_by, updated_at, version FROM credential ",
            $rest
        )
    };
}

macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.application_id, a.name AS application_name, o.name AS owner_name, c.kind, c.label, c.facts, c.prefix, \
             c.last_four, c.state, c.replaced_by, COALESCE(m.name, '') AS created_by_name, c.created_at, c.expires_at, \
             c.last_used_at, c.revoked_at, COALESCE(k.name, '') AS revoked_by_name, c.updated_at, c.version \
             FROM credential AS c JOIN application AS a ON a.id = c.application_id JOIN account AS o ON o.id = a.owner_id \
             LEFT JOIN account AS m ON m.id = c.created_by LEFT JOIN account AS k ON k.id = c.revoked_by \
             WHERE c.workspace_id = $1 AND ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO credential (id, workspace_id, application_id, kind, label, hash, prefix, last_four, state, \
              replaced_by, created_by, created_at, expires_at, last_used_at, reminded_at, revoked_at, revoked_by, \
              updated_at, version, facts, sealed, secret_hash) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)";
    UPDATE = "UPDATE credential SET label = $4, state = $5, replaced_by = $6, expires_at = $7, revoked_at = $8, \
              revoked_by = $9, updated_at = $10, version = version + 1 \
              WHERE id = $1 AND workspace_id = $2 AND version = $3";
    RESTATE = "UPDATE credential SET facts = $4, sealed = $5, secret_hash = $6, prefix = $7, last_four = $8 \
              WHERE id = $1 AND workspace_id = $2 AND version = $3";
    FIND = select!("WHERE id = $1 AND workspace_id = $2");
    BY_HASH = select!("WHERE hash = $1");
    OF_APPLICATION = lines!("c.application_id = $2 ORDER BY c.created_at DESC, c.id DESC");
    FIND_LINE = lines!("c.id = $2");
    BY_PREFIX = lines!("c.prefix = $2 ORDER BY c.created_at DESC, c.id DESC LIMIT 50");
    LIST = lines!("(c.created_at < $2 OR (c.created_at = $2 AND c.id < $3) OR $2 IS NULL) AND (c.state = $4 OR $4 IS NULL) \
                   AND (glob($5, c.label) OR glob($5, a.name) \
                        OR glob($5, o.email_key) OR $5 IS NULL) \
                   ORDER BY c.created_at DESC, c.id DESC LIMIT $6");
    COUNT_LIVE = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM credential WHERE application_id = $1 AND workspace_id = $2 \
                  AND state <> 'revoked' AND (expires_at IS NULL OR expires_at > $3)";
    TOUCH = "UPDATE credential SET last_used_at = $3 WHERE id = $1 AND workspace_id = $2 \
             AND (last_used_at IS NULL OR last_used_at < $3)";
    EXPIRING = "SELECT c.id, c.workspace_id, c.label, c.prefix, c.last_four, c.expires_at, c.last_used_at, c.reminded_at, \
                a.id AS application_id, a.name AS application_name, o.id AS owner_id, o.name AS owner_name, \
                o.email AS owner_email FROM credential AS c JOIN application AS a ON a.id = c.application_id \
                JOIN account AS o ON o.id = a.owner_id WHERE c.workspace_id = $1 AND c.state = 'active' \
                AND c.expires_at > $2 AND c.expires_at <= $3 ORDER BY c.expires_at, c.id LIMIT $4";
    REMIND = "UPDATE credential SET reminded_at = $3 WHERE id = $1 AND workspace_id = $2 \
              AND (reminded_at IS NULL OR reminded_at < $3)";
    OVERDUE = select!("WHERE workspace_id = $1 AND state = 'rotating' AND expires_at <= $2 ORDER BY expires_at, id LIMIT $3");
    ALL_CREDENTIALS = select!("ORDER BY id");
}

/// Adds a credential.
pub async fn insert(conn: &mut Conn, c: &Credential) -> Result<()> {
    conn.query(INSERT)
        .bind(c.id)
        .bind(c.workspace_id)
        .bind(c.application_id)
        .bind(c.kind)
        .bind(c.label.as_str())
        .bind(c.hash)
        .bind(c.prefix.as_str())
        .bind(c.last_four.as_str())
        .bind(c.state)
        .bind(c.replaced_by)
        .bind(c.created_by)
        .bind(c.created_at)
        .bind(c.expires_at)
        .bind(c.last_used_at)
        .bind(c.reminded_at)
        .bind(c.revoked_at)
        .bind(c.revoked_by)
        .bind(c.updated_at)
        .bind(c.version)
        .bind(c.facts.clone())
        .bind(c.sealed.as_slice())
        .bind(c.secret_hash.as_slice())
        .run()
        .await
        .map(drop)
}

/// The credential that is found by this hash, of whichever workspace: hashes are unique.
pub async fn by_hash(conn: &mut Conn, hash: &[u8; 32]) -> Result<Option<Credential>> {
    conn.query(BY_HASH).bind(*hash).optional().await
}

/// Writes a credential's label, state and end over the one of the same id and version; false when somebody else changed
/// it, or it is gone.
pub async fn update(conn: &mut Conn, c: &Credential) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(c.id)
        .bind(c.workspace_id)
        .bind(c.version)
        .bind(c.label.as_str())
        .bind(c.state)
        .bind(c.replaced_by)
        .bind(c.expires_at)
        .bind(c.revoked_at)
        .bind(c.revoked_by)
        .bind(c.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Writes what a credential says of itself, and its secret, over the one of the same id and version, which stays at that
/// version; false when somebody else changed it, or it is gone.
pub async fn restate(conn: &mut Conn, c: &Credential) -> Result<bool> {
    let touched = conn
        .query(RESTATE)
        .bind(c.id)
        .bind(c.workspace_id)
        .bind(c.version)
        .bind(c.facts.clone())
        .bind(c.sealed.as_slice())
        .bind(c.secret_hash.as_slice())
        .bind(c.prefix.as_str())
        .bind(c.last_four.as_str())
        .run()
        .await?;
    Ok(touched == 1)
}

/// The credential of this id.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: CredentialId,
) -> Result<Option<Credential>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// The credentials of an application, the latest first.
pub async fn of_application(
    conn: &mut Conn,
    workspace: WorkspaceId,
    application: ApplicationId,
) -> Result<Vec<Line>> {
    let query = conn.query(OF_APPLICATION).bind(workspace);
    query.bind(application).all().await
}

/// The credential of this id, as a line of a list.
pub async fn find_line(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: CredentialId,
) -> Result<Option<Line>> {
    let query = conn.query(FIND_LINE).bind(workspace).bind(id);
    query.optional().await
}

/// The latest credentials whose secret begins with these twelve characters (see `KeyHint`).
pub async fn by_prefix(conn: &mut Conn, workspace: WorkspaceId, prefix: &str) -> Result<Vec<Line>> {
    let query = conn.query(BY_PREFIX).bind(workspace).bind(prefix);
    query.all().await
}

/// Credentials of all applications, the latest first, behind the one that `after` names, whose label, application or
/// owner's address holds `text`.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    state: Option<CredentialState>,
    text: Option<&str>,
    after: Option<(Timestamp, CredentialId)>,
    limit: i64,
) -> Result<Vec<Line>> {
    conn.query(LIST)
        .bind(workspace)
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(state)
        .bind(text.map(crate::search::pattern))
        .bind(limit)
        .all()
        .await
}

/// How many credentials of an application are taken at `now`.
pub async fn count_live(
    conn: &mut Conn,
    workspace: WorkspaceId,
    application: ApplicationId,
    now: Timestamp,
) -> Result<i64> {
    let query = conn.query(COUNT_LIVE).bind(application).bind(workspace);
    Ok(query.bind(now).one::<(i64,)>().await?.0)
}

/// Notes when credentials were last seen; never goes back. In the order of their ids, so that two nodes do not wait for
/// each other in a circle.
pub async fn touch(
    conn: &mut Conn,
    workspace: WorkspaceId,
    seen: &[(CredentialId, Timestamp)],
) -> Result<()> {
    let mut seen = seen.to_vec();
    seen.sort_unstable();
    for (id, at) in seen {
        let query = conn.query(TOUCH).bind(id).bind(workspace).bind(at);
        query.run().await?;
    }
    Ok(())
}

/// Credentials that end after `now` and not after `until`, the next one first.
pub async fn expiring(
    conn: &mut Conn,
    workspace: WorkspaceId,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Expiring>> {
    let query = conn.query(EXPIRING).bind(workspace).bind(now);
    query.bind(until).bind(limit).all().await
}

/// Notes that the owner was reminded; false when somebody did so at that time or later.
pub async fn remind(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: CredentialId,
    at: Timestamp,
) -> Result<bool> {
    let query = conn.query(REMIND).bind(id).bind(workspace).bind(at);
    Ok(query.run().await? == 1)
}

/// Replaced credentials whose overlap has ended and that are not revoked yet.
pub async fn overdue(
    conn: &mut Conn,
    workspace: WorkspaceId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Credential>> {
    let query = conn.query(OVERDUE).bind(workspace).bind(now);
    query.bind(limit).all().await
}

/// Every credential of every workspace, for the gateway (revoked ones too: it says "revoked", not "unknown").
pub fn all(conn: &mut Conn) -> BoxStream<'_, Result<Credential>> {
    conn.query(ALL_CREDENTIALS).stream()
}
