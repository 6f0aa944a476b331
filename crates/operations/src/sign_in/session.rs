//! Sessions: from a sign-in to a cookie's token, and from that to the actor of each request.

use std::time::Duration;

use domain::Timestamp;
use domain::access::Role;
use domain::account::{AccountState, Face};
use domain::actor::{Actor, Origin, Who};
use domain::id::{AccountId, SessionId};
use serde_json::json;
use store::accounts::Account;
use store::sessions::{NewSession, OpenSession};

use crate::Platform;
use crate::error::{Error, Result, SignInError};
use crate::secrets::{Secret, sha256};
use crate::sign_in::password::admit;

/// Who is signed in, as of this request.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The account as the actor of operations. On the portal it carries no roles: who is in the platform team acts
    /// there as a developer.
    pub actor: Actor,
    /// This session.
    pub session: SessionId,
    /// The account.
    pub account: AccountId,
    /// What the person is called.
    pub name: String,
    /// The person's address.
    pub email: String,
    /// The roles in the platform team; none on the portal.
    pub roles: Vec<Role>,
}

/// A session that was just opened.
pub struct Opened {
    /// What goes into the cookie. Nobody can tell it again.
    pub token: Secret,
    /// Who is signed in.
    pub signed_in: SignedIn,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
}

/// Who stands at the door.
#[derive(Clone, Copy)]
pub(crate) struct Visitor<'a> {
    /// Workspace and origin.
    pub(crate) actor: &'a Actor,
    /// Which door.
    pub(crate) face: Face,
    /// What the browser calls itself.
    pub(crate) user_agent: &'a str,
}

/// How long a session lives without a request, and at most.
const fn lifetimes(face: Face) -> (Duration, Duration) {
    const HOUR: u64 = 3600;
    const DAY: u64 = 24 * HOUR;
    match face {
        Face::Portal => (Duration::from_secs(14 * DAY), Duration::from_secs(30 * DAY)),
        Face::Admin => (Duration::from_secs(12 * HOUR), Duration::from_secs(7 * DAY)),
    }
}

/// How exactly the last use of a session is kept: a write per request would be too many.
const SEEN: Duration = Duration::from_secs(60);

/// Opens a session for an account that proved who it is, `how`.
pub(crate) async fn open(
    platform: &Platform,
    visitor: Visitor<'_>,
    account: &Account,
    how: &str,
) -> Result<Opened> {
    admit(account.state)?;
    let Visitor { actor, face, .. } = visitor;
    let roles = {
        let mut conn = platform.db.read().await?;
        roles(&mut conn, face, account.workspace_id, account.id).await?
    };
    if face == Face::Admin && roles.is_empty() {
        return Err(SignInError::NoRole.into());
    }
    let who = Actor {
        workspace: account.workspace_id,
        who: Who::Account {
            id: account.id,
            roles: roles.clone(),
        },
        name: account.name.clone(),
        request: actor.request.clone(),
    };
    let (token, session) = (platform.random.token(), platform.new_id());
    let mut work = platform.begin(&who).await?;
    let (at, workspace) = (work.at(), work.workspace());
    let expires_at = at + lifetimes(face).1;
    let row = NewSession {
        id: session,
        workspace,
        account: account.id,
        face,
        token_hash: sha256(token.reveal()),
        user_agent: cut(visitor.user_agent),
        ip: &actor.request.ip,
        at,
        expires_at,
    };
    store::sessions::insert(work.conn(), row).await?;
    store::accounts::signed_in(work.conn(), workspace, account.id, at).await?;
    let told = json!({"face": face, "with": how});
    work.audit(
        "account.signed_in",
        "account",
        account.id,
        &account.name,
        None,
        Some(told),
    );
    work.commit().await?;
    Ok(Opened {
        token,
        signed_in: SignedIn {
            actor: who,
            session,
            account: account.id,
            name: account.name.clone(),
            email: account.email.clone(),
            roles,
        },
        expires_at,
    })
}

/// Who a cookie's token belongs to, if its session goes on and its account may still sign in. Roles are read anew
/// each time: one that was revoked is gone with the next request.
pub async fn session(
    platform: &Platform,
    face: Face,
    token: &str,
    origin: Origin,
) -> Result<Option<SignedIn>> {
    let now = platform.now();
    let mut conn = platform.db.read().await?;
    let found = store::sessions::find(&mut conn, sha256(token), face).await?;
    let Some(open) = found.filter(|open| goes_on(open, face, now)) else {
        return Ok(None);
    };
    let roles = roles(&mut conn, face, open.workspace_id, open.account_id).await?;
    drop(conn);
    if face == Face::Admin && roles.is_empty() {
        return Ok(None);
    }
    if now.since(open.last_seen_at) >= SEEN {
        note_use(platform, &open, now, &origin.ip).await;
    }
    Ok(Some(SignedIn {
        actor: Actor {
            workspace: open.workspace_id,
            who: Who::Account {
                id: open.account_id,
                roles: roles.clone(),
            },
            name: open.account_name.clone(),
            request: origin,
        },
        session: open.id,
        account: open.account_id,
        name: open.account_name,
        email: open.account_email,
        roles,
    }))
}

/// Ends the session of a cookie's token.
pub async fn sign_out(platform: &Platform, token: &str) -> Result<()> {
    let mut tx = platform.db.begin().await?;
    store::sessions::end_by_token(&mut tx, sha256(token)).await?;
    Ok(tx.commit().await?)
}

fn goes_on(open: &OpenSession, face: Face, now: Timestamp) -> bool {
    open.account_state == AccountState::Active
        && now < open.expires_at
        && now.since(open.last_seen_at) < lifetimes(face).0
}

async fn roles(
    conn: &mut store::Conn,
    face: Face,
    workspace: domain::id::WorkspaceId,
    account: AccountId,
) -> Result<Vec<Role>> {
    match face {
        Face::Portal => Ok(Vec::new()),
        Face::Admin => Ok(store::roles::of(conn, workspace, account).await?),
    }
}

/// A request is answered even when this cannot be written: a database that takes no writes can still be read.
async fn note_use(platform: &Platform, open: &OpenSession, now: Timestamp, ip: &str) {
    let noted = async {
        let mut tx = platform.db.begin().await?;
        store::sessions::seen(&mut tx, open.id, now, ip).await?;
        tx.commit().await?;
        Ok::<_, Error>(())
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the use of a session was not noted");
    }
}

/// Browsers' names are kept for people to tell their sessions apart: the beginning is enough.
fn cut(user_agent: &str) -> &str {
    let end = user_agent
        .char_indices()
        .nth(250)
        .map_or(user_agent.len(), |(at, _)| at);
    &user_agent[..end]
}
