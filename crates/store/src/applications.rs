//! Applications: the callers, owned by people.

use domain::Timestamp;
use domain::id::{AccountId, ApplicationId, WorkspaceId};
use domain::subscription::ApplicationState;
use domain::text::Name;
use futures_util::stream::BoxStream;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// A caller.
    #[derive(Debug, Clone)]
    pub struct Application {
        /// Its id.
        pub id: ApplicationId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Who owns it.
        pub owner_id: AccountId,
        /// Its name.
        pub name: Name,
        /// What it is for.
        pub description: String,
        /// Whether its credentials are taken.
        pub state: ApplicationState,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

record! {
    /// An application as a line of a list.
    #[derive(Debug, Clone)]
    pub struct Line {
        /// Its id.
        pub id: ApplicationId,
        /// Who owns it.
        pub owner_id: AccountId,
        /// The owner's name.
        pub owner_name: String,
        /// The owner's address.
        pub owner_email: String,
        /// Its name.
        pub name: Name,
        /// What it is for.
        pub description: String,
        /// Whether its credentials are taken.
        pub state: ApplicationState,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
        /// Subscriptions that are pending, active or suspended.
        pub open_subscriptions: i64,
        /// Credentials that are not revoked.
        pub live_credentials: i64,
        /// When a credential of it was last seen.
        pub last_used_at: Option<Timestamp>,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, owner_id, name, description, state, created_at, updated_at, version FROM application ",
            $rest
        )
    };
}

// As the gateway sees it: whoever is shut out calls nothing.
macro_rules! served {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.workspace_id, a.owner_id, a.name, a.description, \
             CASE WHEN o.state = 'suspended' THEN 'suspended' ELSE a.state END AS state, a.created_at, a.updated_at, \
             a.version FROM application AS a JOIN account AS o ON o.id = a.owner_id ",
            $rest
        )
    };
}

macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.owner_id, o.name AS owner_name, o.email AS owner_email, a.name, a.description, a.state, \
             a.created_at, a.updated_at, a.version, \
             (SELECT CAST(COUNT(*) AS BIGINT) FROM subscription AS s WHERE s.application_id = a.id \
              AND s.state IN ('pending', 'active', 'suspended')) AS open_subscriptions, \
             (SELECT CAST(COUNT(*) AS BIGINT) FROM credential AS c WHERE c.application_id = a.id \
              AND c.state <> 'revoked') AS live_credentials, \
             (SELECT CAST(MAX(c.last_used_at) AS BIGINT) FROM credential AS c WHERE c.application_id = a.id) AS last_used_at \
             FROM application AS a JOIN account AS o ON o.id = a.owner_id WHERE a.workspace_id = $1 ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO application (id, workspace_id, owner_id, name, description, state, created_at, updated_at, \
              version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    UPDATE = "UPDATE application SET owner_id = $4, name = $5, description = $6, state = $7, updated_at = $8, \
              version = version + 1 WHERE id = $1 AND workspace_id = $2 AND version = $3";
    LOCK = "UPDATE application SET version = version WHERE id = $1 AND workspace_id = $2";
    DELETE = "DELETE FROM application WHERE id = $1 AND workspace_id = $2 AND version = $3";
    FIND = select!("WHERE id = $1 AND workspace_id = $2");
    SERVED = served!("WHERE a.id = $1 AND a.workspace_id = $2");
    ALL_SERVED = served!("ORDER BY a.id");
    IDS_OF_OWNER = "SELECT id FROM application WHERE owner_id = $1 AND workspace_id = $2 ORDER BY id";
    FIND_LINE = lines!("AND a.id = $2");
    OF_OWNER = lines!("AND a.owner_id = $2 ORDER BY a.name, a.id");
    LIST = lines!("AND (a.name > $2 OR (a.name = $2 AND a.id > $3)) AND (a.state = $4 OR $4 IS NULL) \
                   AND (a.owner_id = $5 OR $5 IS NULL) \
                   AND (glob($6, a.name) OR glob($6, o.email_key) \
                        OR glob($6, o.name) OR $6 IS NULL) \
                   AND (a.id IN (SELECT c.application_id FROM credential AS c WHERE c.workspace_id = $1 AND c.prefix = $7) \
                        OR $7 IS NULL) \
                   ORDER BY a.name, a.id LIMIT $8");
    COUNT_OWNED = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM application WHERE workspace_id = $1 AND owner_id = $2";
}

/// Which applications a list shows. `None` is "any".
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Where they stand.
    pub state: Option<ApplicationState>,
    /// Who owns them.
    pub owner: Option<AccountId>,
    /// A part of the name, or of the owner's name or address.
    pub text: Option<&'a str>,
    /// The prefix of one of their keys (see `KeyHint`).
    pub key_prefix: Option<&'a str>,
}

/// Adds an application.
pub async fn insert(conn: &mut Conn, a: &Application) -> Result<()> {
    conn.query(INSERT)
        .bind(a.id)
        .bind(a.workspace_id)
        .bind(a.owner_id)
        .bind(a.name.as_str())
        .bind(a.description.as_str())
        .bind(a.state)
        .bind(a.created_at)
        .bind(a.updated_at)
        .bind(a.version)
        .run()
        .await
        .map(drop)
}

/// Writes an application over the one of the same id and version; false when somebody else changed it, or it is gone.
pub async fn update(conn: &mut Conn, a: &Application) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(a.id)
        .bind(a.workspace_id)
        .bind(a.version)
        .bind(a.owner_id)
        .bind(a.name.as_str())
        .bind(a.description.as_str())
        .bind(a.state)
        .bind(a.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Holds the application as it is until the transaction ends, so that what is counted under it stays true; false when it is
/// gone.
pub async fn lock(conn: &mut Conn, workspace: WorkspaceId, id: ApplicationId) -> Result<bool> {
    let query = conn.query(LOCK).bind(id).bind(workspace);
    Ok(query.run().await? == 1)
}

/// Deletes an application with its credentials; its subscriptions must be gone before.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApplicationId,
    version: i64,
) -> Result<bool> {
    let query = conn.query(DELETE).bind(id).bind(workspace).bind(version);
    Ok(query.run().await? == 1)
}

/// The application of this id.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApplicationId,
) -> Result<Option<Application>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// The application of this id, with what a list says of it.
pub async fn find_line(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApplicationId,
) -> Result<Option<Line>> {
    conn.query(FIND_LINE)
        .bind(workspace)
        .bind(id)
        .optional()
        .await
}

/// A person's applications, by name.
pub async fn of_owner(
    conn: &mut Conn,
    workspace: WorkspaceId,
    owner: AccountId,
) -> Result<Vec<Line>> {
    conn.query(OF_OWNER).bind(workspace).bind(owner).all().await
}

/// Applications by name, behind the one that `after` names.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    filter: &Filter<'_>,
    after: (&str, ApplicationId),
    limit: i64,
) -> Result<Vec<Line>> {
    conn.query(LIST)
        .bind(workspace)
        .bind(after.0)
        .bind(after.1)
        .bind(filter.state)
        .bind(filter.owner)
        .bind(filter.text.map(crate::search::pattern))
        .bind(filter.key_prefix)
        .bind(limit)
        .all()
        .await
}

/// How many applications a person owns.
pub async fn count_owned(conn: &mut Conn, workspace: WorkspaceId, owner: AccountId) -> Result<i64> {
    let query = conn.query(COUNT_OWNED).bind(workspace).bind(owner);
    Ok(query.one::<(i64,)>().await?.0)
}

/// Every application of every workspace, for the gateway: one whose owner is suspended is suspended.
pub fn all(conn: &mut Conn) -> BoxStream<'_, Result<Application>> {
    conn.query(ALL_SERVED).stream()
}

/// The application of this id as [`all`] has it.
pub async fn served(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApplicationId,
) -> Result<Option<Application>> {
    conn.query(SERVED).bind(id).bind(workspace).optional().await
}

/// Which applications a person owns.
pub async fn ids_of_owner(
    conn: &mut Conn,
    workspace: WorkspaceId,
    owner: AccountId,
) -> Result<Vec<ApplicationId>> {
    let query = conn.query(IDS_OF_OWNER).bind(owner).bind(workspace);
    let rows = query.all::<Only>().await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

record! {
    /// Nothing but an id.
    struct Only {
        id: ApplicationId,
    }
}
