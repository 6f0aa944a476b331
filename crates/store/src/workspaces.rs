//! Workspaces: the tenants that everything belongs to. There is one, until others are asked for.

use domain::Timestamp;
use domain::id::{DEFAULT_WORKSPACE, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    ENSURE = "INSERT INTO workspace (id, slug, name, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    LIST = "SELECT id, slug, name FROM workspace ORDER BY slug";
}

record! {
    /// A workspace.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Workspace {
        /// Its id.
        pub id: WorkspaceId,
        /// Its name in URLs.
        pub slug: String,
        /// Its name for people.
        pub name: String,
    }
}

/// Makes the default workspace where it is not there yet.
pub async fn ensure_default(conn: &mut Conn, now: Timestamp) -> Result<()> {
    conn.query(ENSURE)
        .bind(DEFAULT_WORKSPACE)
        .bind("default")
        .bind("Default")
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Every workspace.
pub async fn list(conn: &mut Conn) -> Result<Vec<Workspace>> {
    conn.query(LIST).all().await
}
