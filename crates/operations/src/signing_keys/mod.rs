//! Keys that sign: made here, the private half sealed, and opened again to sign.

mod made;
mod pair;

use domain::change::ChangeKind;
use domain::id::SigningKeyId;
use serde_json::json;
use store::seal::SealError;
use store::signing_keys::SigningKey as Row;

pub(crate) use made::Made;
pub(crate) use pair::Pair;

use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

/// Keeps a key that was made for a purpose.
pub(crate) async fn add(
    platform: &Platform,
    work: &mut Work,
    purpose: &str,
    made: &Made,
) -> Result<SigningKeyId> {
    let id: SigningKeyId = platform.new_id();
    let row = Row {
        id,
        workspace_id: work.workspace(),
        purpose: purpose.to_owned(),
        algorithm: made.algorithm,
        public_key: made.public.clone(),
        sealed_private_key: platform.sealer.seal(
            platform.random.bytes(),
            &sealed_for(id),
            &made.private,
        ),
        created_at: work.at(),
        retired_at: None,
    };
    store::signing_keys::insert(work.conn(), row).await?;
    work.changed(ChangeKind::SigningKey, id);
    let after = json!({ "algorithm": made.algorithm });
    let action = "signing_key.created";
    work.audit(action, "signing_key", id, purpose, None, Some(after));
    Ok(id)
}

/// A key that can sign.
pub(crate) fn open(platform: &Platform, row: &Row) -> Result<Pair> {
    let private = platform
        .sealer
        .open(&sealed_for(row.id), &row.sealed_private_key)
        .map_err(Error::Seal)?;
    Pair::read(row.algorithm, &private).ok_or(Error::Seal(SealError::Damaged))
}

fn sealed_for(id: SigningKeyId) -> String {
    format!("signing_key:{id}")
}
