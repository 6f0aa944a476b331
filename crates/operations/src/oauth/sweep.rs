//! What has had its time: codes, refresh tokens, proofs, and revocations whose last token has ended.

use std::time::Duration;

use domain::actor::Actor;
use domain::change::ChangeKind;

use crate::error::Result;
use crate::platform::Platform;

/// How long a code is remembered after its end, so that one that comes twice is noticed.
const CODES: Duration = Duration::from_secs(86_400);
/// How long a proof is remembered after its end: clocks may be apart.
const PROOFS: Duration = Duration::from_secs(60);
/// How many revocations go at once.
const BATCH: i64 = 1_000;

/// Forgets it. For jobs.
pub async fn forget(platform: &Platform, actor: &Actor) -> Result<()> {
    let mut work = platform.begin(actor).await?;
    let (workspace, now) = (work.workspace(), work.at());
    store::oauth_codes::forget_expired(work.conn(), now - CODES).await?;
    store::refresh_tokens::forget_expired(work.conn(), now).await?;
    store::dpop_proofs::forget_expired(work.conn(), now - PROOFS).await?;
    let over = store::oauth_revocations::over(work.conn(), workspace, now, BATCH).await?;
    for revocation in over {
        store::oauth_revocations::delete(work.conn(), workspace, revocation.id).await?;
        work.removed(ChangeKind::OauthRevocation, revocation.id);
    }
    work.commit().await?;
    Ok(())
}
