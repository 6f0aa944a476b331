//! What a person allowed clients, and taking that back.

use domain::actor::Actor;
use domain::id::OauthGrantId;
use serde_json::json;
use store::oauth_grants::Line;

use super::family;
use crate::access::person;
use crate::error::{Error, Result};
use crate::platform::Platform;

/// What the person who acts allows now, the latest first.
pub async fn mine(platform: &Platform, actor: &Actor) -> Result<Vec<Line>> {
    let account = person(actor)?;
    let mut conn = platform.db.read().await?;
    Ok(store::oauth_grants::of_account(&mut conn, actor.workspace, account).await?)
}

/// Takes back what one allowed: every token that came from it is refused within a second. What was withdrawn stays so.
pub async fn withdraw(platform: &Platform, actor: &Actor, id: OauthGrantId) -> Result<()> {
    let account = person(actor)?;
    let missing = || Error::not_found("authorisation", id);
    let mut work = platform.begin(actor).await?;
    let (workspace, at) = (work.workspace(), work.at());
    let grant = store::oauth_grants::find(work.conn(), workspace, id).await?;
    let grant = grant
        .filter(|grant| grant.account_id == account)
        .ok_or_else(missing)?;
    if !store::oauth_grants::withdraw(work.conn(), workspace, id, at).await? {
        return Ok(());
    }
    store::refresh_tokens::revoke_grant(work.conn(), workspace, id, at).await?;
    family::refuse(&mut work, id.uuid()).await?;
    let found = store::credentials::find(work.conn(), workspace, grant.credential_id).await?;
    let name = found.map(|client| client.label).unwrap_or_default();
    let before = json!({ "scopes": grant.scopes, "credential_id": grant.credential_id });
    let action = "oauth_grant.withdrawn";
    work.audit(action, "oauth_grant", id, &name, Some(before), None);
    work.commit().await?;
    Ok(())
}
