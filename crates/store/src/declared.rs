//! What declarations made: the tag of each thing, and who would feel it if a thing went.

use domain::id::{ApiVersionId, ApplicationId, SubscriptionId, WorkspaceId};
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    OF_WORKSPACE = "SELECT kind, entity_id, tag FROM declared WHERE workspace_id = $1";
    FORGET = "DELETE FROM declared WHERE workspace_id = $1 AND kind = $2 AND entity_id = $3";
    REMEMBER = "INSERT INTO declared (workspace_id, kind, entity_id, tag) VALUES ($1, $2, $3, $4)";
    CALLS = "SELECT api_version_id, subscription_id, application_id, CAST(SUM(requests) AS BIGINT) AS requests \
        FROM usage_hour WHERE workspace_id = $1 AND hour >= $2 GROUP BY api_version_id, subscription_id, application_id";
}

record! {
    /// The tag of a thing.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Declared {
        /// What kind of thing.
        pub kind: String,
        /// Which one.
        pub entity_id: Uuid,
        /// Its tag.
        pub tag: String,
    }
}

record! {
    /// How often an application called a version through a subscription.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Calls {
        /// What was called.
        pub api_version_id: ApiVersionId,
        /// Through what.
        pub subscription_id: SubscriptionId,
        /// By whom; nil for nobody known.
        pub application_id: ApplicationId,
        /// How often.
        pub requests: i64,
    }
}

/// Every tag of a workspace.
pub async fn of_workspace(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Declared>> {
    conn.query(OF_WORKSPACE).bind(workspace).all().await
}

/// Takes the tag from a thing.
pub async fn forget(conn: &mut Conn, workspace: WorkspaceId, kind: &str, id: Uuid) -> Result<()> {
    let query = conn.query(FORGET).bind(workspace).bind(kind).bind(id);
    query.run().await.map(drop)
}

/// Gives a thing its one tag.
pub async fn remember(
    conn: &mut Conn,
    workspace: WorkspaceId,
    kind: &str,
    id: Uuid,
    tag: &str,
) -> Result<()> {
    forget(conn, workspace, kind, id).await?;
    let query = conn.query(REMEMBER).bind(workspace).bind(kind).bind(id);
    query.bind(tag).run().await.map(drop)
}

/// Who called what since an hour, counted from the epoch.
pub async fn calls(conn: &mut Conn, workspace: WorkspaceId, since_hour: i64) -> Result<Vec<Calls>> {
    conn.query(CALLS).bind(workspace).bind(since_hour).all().await
}
