//! Holding the platform against what was declared: one process at a time, under a lease.

use std::time::Duration;

use domain::actor::Actor;
use operations::Platform;
use operations::declared::{self, Standing};
use uuid::Uuid;

/// How often there is a look.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// How long the lease is held: longer than the wait, so that the same process keeps it.
const LEASE: Duration = Duration::from_secs(35 * 60);

/// Looks until it is dropped. `holder` is this process.
pub async fn run(platform: &Platform, holder: Uuid) {
    loop {
        // what was just started has nothing new to tell
        tokio::time::sleep(EVERY).await;
        if let Err(error) = look(platform, holder).await {
            tracing::warn!(
                "the configuration could not be held against what was declared: {error}"
            );
        }
    }
}

/// Looks once, unless another process does; how many declarations the platform differs from.
pub async fn look(platform: &Platform, holder: Uuid) -> operations::Result<usize> {
    let now = platform.now();
    let workspace = platform.settings.workspace;
    let mut tx = platform.db.begin().await?;
    let mine = store::leases::take(&mut tx, "drift", workspace, holder, now + LEASE, now).await?;
    tx.commit().await?;
    if !mine {
        return Ok(0);
    }
    let all = Box::pin(declared::check(platform, &Actor::system(workspace))).await?;
    let drifted = all
        .iter()
        .filter(|one| matches!(one.standing, Standing::Drifted(_)));
    Ok(drifted.count())
}
