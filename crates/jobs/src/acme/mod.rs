//! Carrying out standing orders for certificates by ACME (RFC 8555): one process at a time, under a lease.

mod client;
mod issue;
mod jws;

use std::time::Duration;

use operations::Platform;
use operations::acme::{self, Order};
use uuid::Uuid;

pub use client::{AcmeError, Problem};

/// How often there is a look at what is due when nobody says that there is something.
const LOOK: Duration = Duration::from_secs(30);
/// How long one order may take.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long the lease is held: longer than one order takes.
const LEASE: Duration = Duration::from_secs(240);
/// Orders that are read at a time.
const BATCH: i64 = 10;

/// Carries orders out until it is dropped. `holder` is this process.
pub async fn run(platform: &Platform, holder: Uuid) {
    if platform.settings.acme.missing().is_some() {
        return std::future::pending().await;
    }
    loop {
        if let Err(error) = fulfil_due(platform, holder).await {
            tracing::warn!("orders for certificates could not be carried out: {error}");
        }
        let _ = tokio::time::timeout(LOOK, platform.acme.notified()).await;
    }
}

/// Carries out what is due now, unless another process does; how many orders it tried.
pub async fn fulfil_due(platform: &Platform, holder: Uuid) -> operations::Result<usize> {
    let mut tried = 0;
    for order in acme::due(platform, BATCH).await? {
        if !hold(platform, holder).await? {
            break;
        }
        // another process may have carried it out since it was read
        let due = acme::due(platform, BATCH).await?;
        if due
            .iter()
            .any(|other| other.id == order.id && other.version == order.version)
        {
            fulfil(platform, &order).await?;
            tried += 1;
        }
    }
    Ok(tried)
}

async fn hold(platform: &Platform, holder: Uuid) -> operations::Result<bool> {
    let now = platform.now();
    let workspace = platform.settings.workspace;
    let mut tx = platform.db.begin().await?;
    let mine = store::leases::take(&mut tx, "acme", workspace, holder, now + LEASE, now).await?;
    tx.commit().await?;
    Ok(mine)
}

async fn fulfil(platform: &Platform, order: &Order) -> operations::Result<()> {
    let issued = tokio::time::timeout(PATIENCE, issue::issue(platform, order)).await;
    let outcome = match issued {
        Ok(Ok(pair)) => match acme::issued(platform, order, &pair.chain, &pair.key).await {
            Ok(()) => Ok(()),
            Err(error @ operations::Error::WrongState(_)) => Err(error.to_string()),
            Err(error) => return Err(error),
        },
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!(
            "the server did not come to an end within {} seconds",
            PATIENCE.as_secs()
        )),
    };
    match outcome {
        Ok(()) => {
            tracing::info!(names = ?order.names, "a certificate was issued");
            Ok(())
        }
        Err(reason) => {
            tracing::warn!(names = ?order.names, %reason, "a certificate was not issued");
            acme::failed(platform, order, &reason).await
        }
    }
}
