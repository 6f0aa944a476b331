//! Keys that sign: made here, the private half sealed, and opened again to sign.

use domain::change::ChangeKind;
use domain::id::SigningKeyId;
use store::signing_keys::SigningKey as Row;

use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

/// Makes a key for a purpose.
pub(crate) async fn add(
    platform: &Platform,
    work: &mut Work,
    purpose: &str,
) -> Result<SigningKeyId> {
    let id: SigningKeyId = platform.new_id();
    let seed = platform.random.bytes::<32>();
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    let row = Row {
        id,
        workspace_id: work.workspace(),
        purpose: purpose.to_owned(),
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
        purpose,
        None,
        None,
    );
    Ok(id)
}

/// The private half of a key.
pub(crate) fn open(platform: &Platform, row: &Row) -> Result<ed25519_dalek::SigningKey> {
    let seed = platform
        .sealer
        .open(&sealed_for(row.id), &row.sealed_private_key)
        .map_err(Error::Seal)?;
    let seed =
        <[u8; 32]>::try_from(seed).map_err(|_| Error::Seal(store::seal::SealError::Damaged))?;
    Ok(ed25519_dalek::SigningKey::from_bytes(&seed))
}

fn sealed_for(id: SigningKeyId) -> String {
    format!("signing_key:{id}")
}
