//! How much there is of everything: what the dashboard's frame and its first page tell.

use domain::id::WorkspaceId;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// How much there is in a workspace.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Counts {
        /// APIs.
        pub apis: i64,
        /// Versions that are drafts.
        pub drafts: i64,
        /// Versions on the gateway: published or deprecated.
        pub served: i64,
        /// Plans that can be subscribed to.
        pub plans: i64,
        /// Accounts that wait for approval.
        pub accounts_waiting: i64,
        /// Subscriptions in force.
        pub subscriptions: i64,
        /// Mails that did not leave.
        pub mails_failed: i64,
    }
}

statements! {
    COUNTS = "SELECT \
              (SELECT COUNT(*) FROM api WHERE workspace_id = $1) AS apis, \
              (SELECT COUNT(*) FROM api_version WHERE workspace_id = $1 AND lifecycle = 'draft') AS drafts, \
              (SELECT COUNT(*) FROM api_version WHERE workspace_id = $1 AND lifecycle IN ('published', 'deprecated')) AS served, \
              (SELECT COUNT(*) FROM plan WHERE workspace_id = $1 AND state = 'active') AS plans, \
              (SELECT COUNT(*) FROM account WHERE workspace_id = $1 AND state = 'pending_approval') AS accounts_waiting, \
              (SELECT COUNT(*) FROM subscription WHERE workspace_id = $1 AND state = 'active') AS subscriptions, \
              (SELECT COUNT(*) FROM outbox_event WHERE workspace_id = $1 AND state = 'failed') AS mails_failed";
}

/// How much there is in a workspace.
pub async fn of_workspace(conn: &mut Conn, workspace: WorkspaceId) -> Result<Counts> {
    conn.query(COUNTS).bind(workspace).one().await
}
