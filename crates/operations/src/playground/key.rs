//! The key that signs playground tokens: made once, its private half sealed.

use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::id::{SigningKeyId, WorkspaceId};
use store::signing_keys::SigningKey as Row;

use crate::error::{Error, Result};
use crate::platform::Platform;

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
    let seed = platform
        .sealer
        .open(&sealed_for(row.id), &row.sealed_private_key)
        .map_err(Error::Seal)?;
    let seed =
        <[u8; 32]>::try_from(seed).map_err(|_| Error::Seal(store::seal::SealError::Damaged))?;
    Ok((row.id, ed25519_dalek::SigningKey::from_bytes(&seed)))
}

async fn make(platform: &Platform, workspace: WorkspaceId) -> Result<()> {
    let actor = Actor::system(workspace);
    let mut work = platform.begin(&actor).await?;
    let found = store::signing_keys::newest(work.conn(), workspace, PURPOSE).await?;
    if found.is_some() {
        return Ok(());
    }
    let id: SigningKeyId = platform.new_id();
    let seed = platform.random.bytes::<32>();
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    let row = Row {
        id,
        workspace_id: workspace,
        purpose: PURPOSE.to_owned(),
        public_key: key.verifying_key().to_bytes().to_vec(),
        sealed_private_key: platform
            .sealer
            .seal(platform.random.bytes(), &sealed_for(id), &seed),
        created_at: work.at(),
        retired_at: None,
    };
    store::signing_keys::insert(work.conn(), row).await?;
    work.changed(ChangeKind::SigningKey, id);
    work.audit(
        "signing_key.created",
        "signing_key",
        id,
        PURPOSE,
        None,
        None,
    );
    work.commit().await?;
    Ok(())
}

fn sealed_for(id: SigningKeyId) -> String {
    format!("signing_key:{id}")
}
