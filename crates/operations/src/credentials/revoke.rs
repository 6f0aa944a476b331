//! Taking a key back: refused for good, on every node within a second.

use domain::account::Face;
use domain::actor::Actor;
use domain::credential::CredentialState;
use domain::id::{AccountId, CredentialId};
use domain::text::paragraph;
use serde_json::json;
use store::credentials::Credential;

use super::write::{changeable, owner, save, shown};
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::words;

/// The longest reason, in characters.
const REASON_MOST: usize = 1_000;

/// Takes a key back. One that is revoked stays so.
pub async fn revoke(
    platform: &Platform,
    actor: &Actor,
    id: CredentialId,
    seen: Option<i64>,
    reason: &str,
) -> Result<()> {
    let reason = paragraph(reason, REASON_MOST).map_err(|e| Error::invalid("reason", e))?;
    let mut work = platform.begin(actor).await?;
    let (before, application) = changeable(&mut work, actor, id, seen).await?;
    if before.state == CredentialState::Revoked {
        return Ok(());
    }
    let at = work.at();
    let by = actor.account().unwrap_or(AccountId::NIL);
    let after = Credential {
        state: CredentialState::Revoked,
        revoked_at: Some(at),
        revoked_by: by,
        ..before.clone()
    };
    save(&mut work, "credential.revoked", &before, after, &reason).await?;
    let (_, email) = owner(&mut work, &application).await?;
    let path = format!("/applications/{}", application.id);
    let payload = json!({
        "label": before.label,
        "shown": shown(&before),
        "application": application.name,
        "revoked_by": actor.name,
        "when": words::moment(at),
        "link": platform.settings.link(Face::Portal, &path),
    });
    work.mail("key_revoked", &email, payload);
    if by != application.owner_id {
        let title = format!("The key {} was revoked", before.label);
        work.notify(application.owner_id, "key_revoked", &title, &reason, &path);
    }
    work.commit().await?;
    Ok(())
}
