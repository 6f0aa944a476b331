//! From a bearer token to the actor of a request.

use std::time::Duration;

use domain::Timestamp;
use domain::access::Permission;
use domain::account::AccountState;
use domain::actor::{Actor, Origin, Who};
use domain::id::{AccountId, WorkspaceId};
use store::Conn;
use store::api_tokens::PresentedToken;

use crate::Platform;
use crate::error::{Error, Result};
use crate::secrets::{is_key, sha256};
use crate::tokens::PREFIX;

/// How exactly the last use is kept: a write per request would be too many.
const USED: Duration = Duration::from_secs(60);

/// Who presents this token, if it is good. What it may do is its scopes, cut to what its owner may do now.
pub async fn authenticate(
    platform: &Platform,
    text: &str,
    origin: Origin,
) -> Result<Option<Actor>> {
    if !is_key(PREFIX, text) {
        return Ok(None);
    }
    let now = platform.now();
    let mut conn = platform.db.read().await?;
    let found = store::api_tokens::find_presented(&mut conn, sha256(text)).await?;
    let Some(token) = found.filter(|token| is_good(token, now)) else {
        return Ok(None);
    };
    let allowed = permissions(&mut conn, token.workspace_id, token.account_id).await?;
    drop(conn);
    let used = token.last_used_at.map(|at| now.since(at));
    if used.is_none_or(|since| since >= USED) {
        note_use(platform, &token, now).await;
    }
    let held = token.scopes.0.iter().copied();
    Ok(Some(Actor {
        workspace: token.workspace_id,
        who: Who::Token {
            id: token.id,
            account: token.account_id,
            permissions: held.filter(|scope| allowed.contains(scope)).collect(),
        },
        name: format!("{} ({})", token.name, token.account_name),
        request: origin,
    }))
}

/// What the roles of an account allow.
pub(crate) async fn permissions(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Vec<Permission>> {
    let roles = store::roles::of(conn, workspace, account).await?;
    let all = Permission::ALL.iter().copied();
    Ok(all
        .filter(|permission| roles.iter().any(|role| role.allows(*permission)))
        .collect())
}

fn is_good(token: &PresentedToken, now: Timestamp) -> bool {
    token.revoked_at.is_none()
        && token.expires_at.is_none_or(|end| now < end)
        && token.account_state == AccountState::Active
}

/// A request is answered even when this cannot be written.
async fn note_use(platform: &Platform, token: &PresentedToken, now: Timestamp) {
    let noted = async {
        let mut tx = platform.db.begin().await?;
        store::api_tokens::used(&mut tx, token.id, now).await?;
        tx.commit().await?;
        Ok::<_, Error>(())
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the use of a token was not noted");
    }
}
