//! Keeping house: what has had its time is dropped. One process at a time, under a lease.

use std::time::Duration;

use domain::actor::Actor;
use operations::Platform;
use uuid::Uuid;

/// How often there is a look at what can go.
const EVERY: Duration = Duration::from_secs(600);
/// How long the lease is held: longer than the wait, so that the same process keeps it.
const LEASE: Duration = Duration::from_secs(1_500);
/// How long mails that were sent stay in the outbox.
const SENT_MAILS: Duration = Duration::from_secs(30 * 86_400);

/// How long a sign-up waits for its address to be proven.
const UNVERIFIED: Duration = Duration::from_secs(30 * 86_400);
/// How long lines of the change feed stay; a node that was away for longer reloads fully.
const FEED: Duration = Duration::from_secs(7 * 86_400);

/// Keeps house until it is dropped. `holder` is this process.
pub async fn run(platform: &Platform, holder: Uuid) {
    loop {
        if let Err(error) = keep(platform, holder).await {
            tracing::warn!("keeping house failed: {error}");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Keeps house once, unless another process does.
pub async fn keep(platform: &Platform, holder: Uuid) -> operations::Result<()> {
    let now = platform.now();
    let workspace = platform.settings.workspace;
    let mut tx = platform.db.begin().await?;
    let mine =
        store::leases::take(&mut tx, "housekeeping", workspace, holder, now + LEASE, now).await?;
    tx.commit().await?;
    if !mine {
        return Ok(());
    }
    let mut tx = platform.db.begin().await?;
    store::outbox::forget_before(&mut tx, now - SENT_MAILS).await?;
    store::sessions::forget_expired(&mut tx, now).await?;
    store::email_tokens::forget_expired(&mut tx, now).await?;
    store::sign_in_attempts::forget_expired(&mut tx, now).await?;
    store::idempotency_keys::forget_expired(&mut tx, now).await?;
    store::accounts::forget_unverified(&mut tx, now - UNVERIFIED).await?;
    store::changes::forget_before(&mut tx, now - FEED).await?;
    tx.commit().await?;
    let system = Actor::system(workspace);
    operations::usage::forget(platform).await?;
    operations::nodes::forget(platform).await?;
    operations::cache::forget(platform).await?;
    operations::oauth::forget(platform, &system).await?;
    operations::oauth::tend(platform, &system).await?;
    operations::credentials::sweep(platform, &system).await?;
    operations::credentials::remind(platform, &system).await?;
    Ok(())
}
