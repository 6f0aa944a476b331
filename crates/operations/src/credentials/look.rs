//! Looking at keys: never at their secrets.

use std::time::Duration;

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::credential::{CredentialState, KEY_PREFIX, KeyHint};
use domain::id::{ApplicationId, CredentialId};
use store::credentials::Line;

use super::write::missing;
use crate::access::need;
use crate::applications::reach;
use crate::error::{Error, Result};
use crate::paging::{Page, Paging};
use crate::platform::Platform;

/// A key, and where it stands at this moment.
#[derive(Debug, Clone)]
pub struct Key {
    /// What is kept of it.
    pub line: Line,
    /// Where it stands.
    pub state: KeyState,
    /// Its first and last characters.
    pub hint: KeyHint,
    /// Calls with it in the last hour that the request log holds; nothing where that was not asked.
    pub calls_last_hour: Option<i64>,
}

/// Where a key stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Taken.
    Active,
    /// Replaced, and still taken.
    Rotating,
    /// Past its end.
    Expired,
    /// Taken back.
    Revoked,
}

impl KeyState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Rotating => "rotating",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    fn of(line: &Line, now: Timestamp) -> Self {
        let over = line.expires_at.is_some_and(|end| end <= now);
        match line.state {
            CredentialState::Revoked => Self::Revoked,
            _ if over => Self::Expired,
            CredentialState::Rotating => Self::Rotating,
            CredentialState::Active => Self::Active,
        }
    }
}

impl Key {
    fn of(line: Line, now: Timestamp) -> Self {
        Self {
            state: KeyState::of(&line, now),
            hint: KeyHint {
                prefix: line.prefix.clone(),
                last_four: line.last_four.clone(),
            },
            calls_last_hour: None,
            line,
        }
    }
}

/// The keys of an application, the latest first, with the calls of the last hour on each.
pub async fn of_application(
    platform: &Platform,
    actor: &Actor,
    application: ApplicationId,
) -> Result<Vec<Key>> {
    let mut conn = platform.db.read().await?;
    reach::readable(&mut conn, actor, application).await?;
    let (workspace, now) = (actor.workspace, platform.now());
    let lines = store::credentials::of_application(&mut conn, workspace, application).await?;
    let since = now - Duration::from_secs(3_600);
    let calls =
        store::request_log::count_by_credential(&mut conn, workspace, application, since).await?;
    let keys = lines.into_iter().map(|line| {
        let seen = calls.iter().find(|c| c.credential_id == line.id);
        let seen = seen.map_or(0, |c| c.calls);
        Key {
            calls_last_hour: Some(seen),
            ..Key::of(line, now)
        }
    });
    Ok(keys.collect())
}

/// A key of one's own, or anybody's with the permission.
pub async fn find(platform: &Platform, actor: &Actor, id: CredentialId) -> Result<Key> {
    let mut conn = platform.db.read().await?;
    let line = store::credentials::find_line(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| missing(id))?;
    reach::readable(&mut conn, actor, line.application_id)
        .await
        .map_err(|error| match error {
            Error::NotFound { .. } => missing(id),
            other => other,
        })?;
    Ok(Key::of(line, platform.now()))
}

/// Keys of everybody, the latest first.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    state: Option<CredentialState>,
    text: &str,
    paging: &Paging,
) -> Result<Page<Key>> {
    need(actor, Permission::ConsumersRead)?;
    let after = paging.cursor::<(i64, CredentialId)>()?;
    let after = after.map(|(at, id)| (Timestamp::from_micros(at), id));
    let text = Some(text.trim()).filter(|text| !text.is_empty());
    let mut conn = platform.db.read().await?;
    let rows = store::credentials::list(
        &mut conn,
        actor.workspace,
        state,
        text,
        after,
        paging.probe(),
    )
    .await?;
    let page = paging.page(rows, |line| (line.created_at.micros(), line.id));
    let now = platform.now();
    Ok(page.map(|line| Key::of(line, now)))
}

/// The keys that begin like this text: at least the first twelve characters of a key.
pub async fn by_prefix(platform: &Platform, actor: &Actor, text: &str) -> Result<Vec<Key>> {
    need(actor, Permission::ConsumersRead)?;
    let prefix: String = text.trim().chars().take(KEY_PREFIX.len() + 4).collect();
    if !prefix.starts_with(KEY_PREFIX) {
        return Ok(Vec::new());
    }
    let mut conn = platform.db.read().await?;
    let rows = store::credentials::by_prefix(&mut conn, actor.workspace, &prefix).await?;
    let now = platform.now();
    Ok(rows.into_iter().map(|line| Key::of(line, now)).collect())
}
