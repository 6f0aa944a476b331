//! The key that signs playground tokens: made once, its private half sealed.

use domain::actor::Actor;
use domain::id::{SigningKeyId, WorkspaceId};
use domain::oauth::SigningAlgorithm;
use store::seal::SealError;

use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::signing_keys::{self, Made, Pair};

/// What the key is for, in the store.
pub const PURPOSE: &str = "playground";

/// Makes the key when there is none. Called at start, so that the gateway knows it before the first token.
pub async fn ensure_key(platform: &Platform, workspace: WorkspaceId) -> Result<()> {
    let mut conn = platform.db.read().await?;
    if store::signing_keys::newest(&mut conn, workspace, PURPOSE)
        .await?
        .is_some()
    {
        return Ok(());
    }
    drop(conn);
    make(platform, workspace).await
}

/// The key that signs, with its id.
pub(super) async fn signing_key(
    platform: &Platform,
    workspace: WorkspaceId,
) -> Result<(SigningKeyId, ed25519_dalek::SigningKey)> {
    ensure_key(platform, workspace).await?;
    let mut conn = platform.db.read().await?;
    let row = store::signing_keys::newest(&mut conn, workspace, PURPOSE)
        .await?
        .ok_or_else(|| Error::not_found("signing key", PURPOSE))?;
    match signing_keys::open(platform, &row)? {
        Pair::Ed25519(key) => Ok((row.id, *key)),
        Pair::Rsa(_) | Pair::P256(_) => Err(Error::Seal(SealError::Damaged)),
    }
}

async fn make(platform: &Platform, workspace: WorkspaceId) -> Result<()> {
    let actor = Actor::system(workspace);
    let mut work = platform.begin(&actor).await?;
    let found = store::signing_keys::newest(work.conn(), workspace, PURPOSE).await?;
    if found.is_some() {
        return Ok(());
    }
    let made = Made::new(&platform.random, SigningAlgorithm::EdDSA).await;
    signing_keys::add(platform, &mut work, PURPOSE, &made).await?;
    work.commit().await?;
    Ok(())
}
