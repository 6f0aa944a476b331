//! What the passing of time does to keys: reminders before they end, and the end of overlaps. Jobs call these.

use std::time::Duration;

use domain::Timestamp;
use domain::account::Face;
use domain::actor::Actor;
use domain::credential::{CredentialState, KeyHint};
use serde_json::json;
use store::credentials::{Credential, Expiring};

use super::write::save;
use crate::error::Result;
use crate::platform::Platform;
use crate::words;

const DAY: Duration = Duration::from_secs(86_400);
/// How long before its end a key's owner is reminded, in days.
const DAYS_BEFORE: [u32; 3] = [14, 7, 1];
/// How many keys are looked at in one go.
const BATCH: i64 = 200;

/// Reminds owners of keys that end in 14 days, in 7 and in 1; each once. Answers how many mails were written.
pub async fn remind(platform: &Platform, actor: &Actor) -> Result<usize> {
    let now = platform.now();
    let until = now + DAY * DAYS_BEFORE[0];
    let mut conn = platform.db.read().await?;
    let near = store::credentials::expiring(&mut conn, actor.workspace, now, until, BATCH).await?;
    drop(conn);
    let mut reminded = 0;
    for key in near.iter().filter(|key| is_due(key, now)) {
        reminded += usize::from(remind_of(platform, actor, key, now).await?);
    }
    Ok(reminded)
}

/// Revokes replaced keys whose overlap is over (the gateway refuses them already). Answers how many.
pub async fn sweep(platform: &Platform, actor: &Actor) -> Result<usize> {
    let mut work = platform.begin(actor).await?;
    let at = work.at();
    let over = store::credentials::overdue(work.conn(), actor.workspace, at, BATCH).await?;
    for before in &over {
        let after = Credential {
            state: CredentialState::Revoked,
            revoked_at: Some(at),
            ..before.clone()
        };
        save(
            &mut work,
            "credential.revoked",
            before,
            after,
            "the overlap is over",
        )
        .await?;
    }
    work.commit().await?;
    Ok(over.len())
}

/// Whether a day of reminding has come since the last reminder.
fn is_due(key: &Expiring, now: Timestamp) -> bool {
    let days = DAYS_BEFORE.iter().rev();
    let mut moments = days.map(|days| key.expires_at - DAY * *days);
    let Some(latest) = moments.find(|moment| *moment <= now) else {
        return false;
    };
    key.reminded_at.is_none_or(|at| at < latest)
}

async fn remind_of(
    platform: &Platform,
    actor: &Actor,
    key: &Expiring,
    now: Timestamp,
) -> Result<bool> {
    let mut work = platform.begin(actor).await?;
    if !store::credentials::remind(work.conn(), actor.workspace, key.id, now).await? {
        return Ok(false);
    }
    let path = format!("/applications/{}", key.application_id);
    let hint = KeyHint {
        prefix: key.prefix.clone(),
        last_four: key.last_four.clone(),
    };
    let left = left(key.expires_at.since(now));
    let payload = json!({
        "label": key.label,
        "shown": hint.to_string(),
        "application": key.application_name,
        "left": left,
        "expires": words::moment(key.expires_at),
        "last_used": key.last_used_at.map(words::moment),
        "link": platform.settings.link(Face::Portal, &path),
    });
    work.mail("key_expires", &key.owner_email, payload);
    let title = format!("The key {} ends in {left}", key.label);
    work.notify(key.owner_id, "key_expires", &title, "", &path);
    work.commit().await?;
    Ok(true)
}

/// `13 days`, `5 hours`
fn left(span: Duration) -> String {
    let hours = span.as_secs().div_ceil(3_600);
    let (number, unit) = match hours {
        48.. => (hours / 24, "day"),
        _ => (hours, "hour"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}
