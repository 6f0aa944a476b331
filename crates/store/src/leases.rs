//! Leases on jobs that only one process should run at a time.

use domain::Timestamp;
use domain::id::WorkspaceId;
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;

statements! {
    TAKE = "INSERT INTO job_lease (name, workspace_id, holder, held_until) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until \
        WHERE job_lease.holder = excluded.holder OR job_lease.held_until <= $5";
}

/// Takes or renews the lease on a job until a moment; false while another holder has it.
pub async fn take(
    conn: &mut Conn,
    name: &str,
    workspace: WorkspaceId,
    holder: Uuid,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(TAKE)
        .bind(name)
        .bind(workspace)
        .bind(holder)
        .bind(until)
        .bind(now)
        .run()
        .await?;
    Ok(touched == 1)
}
