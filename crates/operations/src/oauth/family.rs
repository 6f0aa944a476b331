//! All tokens that come from one consent: the next of them, and the end of all.

use std::time::Duration;

use domain::change::ChangeKind;
use domain::id::OauthGrantId;
use domain::oauth::ACCESS_LIFE;
use serde_json::json;
use store::oauth_grants::Grant;
use store::oauth_revocations::Revocation;
use store::refresh_tokens::RefreshToken;
use uuid::Uuid;

use super::client::Client;
use crate::error::Result;
use crate::platform::Platform;
use crate::secrets::{Secret, sha256};
use crate::work::Work;

/// How every refresh token begins.
pub(super) const PREFIX: &str = "gh_refresh_";
/// How long a refresh token is good; each use gives one with as long a life.
const LIFE: Duration = Duration::from_secs(30 * 86_400);
/// How much longer than the last token a revocation is kept: clocks may be apart.
const MARGIN: Duration = Duration::from_secs(60);

/// What the next refresh token of a family is for.
pub(super) struct Next<'a> {
    /// What the person allowed.
    pub(super) grant: OauthGrantId,
    /// The family.
    pub(super) family: Uuid,
    /// What it is good for.
    pub(super) scopes: &'a str,
    /// The thumbprint of the key that its client must prove: only where the client has no secret (RFC 9449, section 5).
    pub(super) key: Option<&'a str>,
}

/// Makes the next refresh token of a family.
pub(super) async fn next(platform: &Platform, work: &mut Work, next: Next<'_>) -> Result<Secret> {
    let token = platform.random.key(PREFIX);
    let at = work.at();
    let row = RefreshToken {
        token_hash: sha256(token.reveal()),
        workspace_id: work.workspace(),
        grant_id: next.grant,
        family_id: next.family,
        scopes: next.scopes.to_owned(),
        key_thumbprint: next.key.unwrap_or_default().to_owned(),
        created_at: at,
        expires_at: at + LIFE,
        used_at: None,
        revoked_at: None,
    };
    store::refresh_tokens::insert(work.conn(), row).await?;
    Ok(token)
}

/// Has every gateway refuse the access tokens that carry an id, until the last of them has ended.
pub(super) async fn refuse(work: &mut Work, id: Uuid) -> Result<()> {
    let at = work.at();
    let row = Revocation {
        id,
        workspace_id: work.workspace(),
        created_at: at,
        expires_at: at + ACCESS_LIFE + MARGIN,
    };
    store::oauth_revocations::insert(work.conn(), row).await?;
    work.changed(ChangeKind::OauthRevocation, id);
    Ok(())
}

/// Takes back all that came from one consent.
pub(super) async fn revoke(
    work: &mut Work,
    client: &Client,
    grant: OauthGrantId,
    family: Uuid,
    reason: &str,
) -> Result<()> {
    let (workspace, at) = (work.workspace(), work.at());
    store::refresh_tokens::revoke_family(work.conn(), workspace, family, at).await?;
    refuse(work, family).await?;
    let after = json!({ "client_id": client.facts.client_id, "family": family, "reason": reason });
    let name = &client.credential.label;
    work.audit(
        "oauth_tokens.revoked",
        "oauth_grant",
        grant,
        name,
        None,
        Some(after),
    );
    Ok(())
}

/// Takes everything back because a code or a refresh token came twice: one of the two who have it is not the client.
pub(super) async fn stolen(
    work: &mut Work,
    client: &Client,
    grant: &Grant,
    family: Uuid,
    what: &str,
) -> Result<()> {
    let reason = format!("{what} was used twice");
    revoke(work, client, grant.id, family, &reason).await?;
    let title = format!("{} has to ask you again", client.application.name.as_str());
    let body = format!(
        "{what} of “{}” was used twice, so all its tokens for you were revoked. Nothing is to be done unless you did not expect it.",
        client.credential.label
    );
    let kind = "oauth_tokens_revoked";
    work.notify(
        grant.account_id,
        kind,
        &title,
        &body,
        "/account/authorisations",
    );
    Ok(())
}
