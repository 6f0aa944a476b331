//! A person's own sessions: seeing them, ending them.

use domain::actor::Actor;
use domain::id::SessionId;
use store::sessions::ListedSession;

use crate::Platform;
use crate::access::in_person;
use crate::error::{Error, Result};

/// Where the person is signed in, last used first.
pub async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<ListedSession>> {
    let account = in_person(actor)?;
    let mut conn = platform.db.read().await?;
    Ok(store::sessions::list(&mut conn, actor.workspace, account, platform.now()).await?)
}

/// Ends one of the person's sessions.
pub async fn end(platform: &Platform, actor: &Actor, id: SessionId) -> Result<()> {
    let account = in_person(actor)?;
    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    if !store::sessions::end(work.conn(), workspace, account, id).await? {
        return Err(Error::not_found("session", id));
    }
    work.audit("session.ended", "session", id, &actor.name, None, None);
    work.commit().await?;
    Ok(())
}

/// Ends all of the person's sessions but this one; how many.
pub async fn end_others(platform: &Platform, actor: &Actor, keep: SessionId) -> Result<u64> {
    let account = in_person(actor)?;
    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    let ended = store::sessions::end_others(work.conn(), workspace, account, keep).await?;
    if ended > 0 {
        work.audit(
            "session.others_ended",
            "account",
            account,
            &actor.name,
            None,
            None,
        );
    }
    work.commit().await?;
    Ok(ended)
}
