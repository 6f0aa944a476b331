//! The keys that sign access tokens: several at a time, so that none is used before everybody knows it, and none is gone
//! before its last token has ended.

use std::time::Duration;

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::id::{SigningKeyId, WorkspaceId};
use domain::oauth::{ACCESS_LIFE, KEY_PURPOSE, SigningAlgorithm};
use serde_json::{Value, json};
use store::Conn;
use store::signing_keys::SigningKey as Row;

use super::jwk;
use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::signing_keys::{self, Made, Pair};

/// How long a new key is shown before it signs: longer than anybody keeps the set.
const LEAD: Duration = Duration::from_secs(600);
/// How long a key signs before the next one is made.
const SIGNS: Duration = Duration::from_secs(90 * 86_400);
/// How far clocks may be apart when the last token of a key ends.
const MARGIN: Duration = Duration::from_secs(60);

/// Makes the first key, and the next one where the newest is of another algorithm than the settings ask for. Called at start, so
/// that gateways know the first before the first token.
pub async fn ensure_key(platform: &Platform, workspace: WorkspaceId) -> Result<()> {
    let algorithm = platform.settings.token_signing;
    let is_wanted = |key: Option<Row>| key.is_some_and(|key| key.algorithm == algorithm);
    let mut conn = platform.db.read().await?;
    let found = store::signing_keys::newest(&mut conn, workspace, KEY_PURPOSE).await?;
    drop(conn);
    if is_wanted(found) {
        return Ok(());
    }
    let made = Made::new(&platform.random, algorithm).await;
    let mut work = platform.begin(&Actor::system(workspace)).await?;
    let found = store::signing_keys::newest(work.conn(), workspace, KEY_PURPOSE).await?;
    if !is_wanted(found) {
        signing_keys::add(platform, &mut work, KEY_PURPOSE, &made).await?;
        work.commit().await?;
    }
    Ok(())
}

/// Makes the key that signs next: it is published at once and used ten minutes later.
pub async fn rotate(platform: &Platform, actor: &Actor) -> Result<SigningKeyId> {
    need(actor, Permission::SystemWrite)?;
    let made = Made::new(&platform.random, platform.settings.token_signing).await;
    let mut work = platform.begin(actor).await?;
    let id = signing_keys::add(platform, &mut work, KEY_PURPOSE, &made).await?;
    work.commit().await?;
    Ok(id)
}

/// What time does to keys: a new one every 90 days, and the end of those whose last token has ended. For jobs.
pub async fn tend(platform: &Platform, actor: &Actor) -> Result<()> {
    let is_due = |keys: &[Row], now| {
        keys.first()
            .is_some_and(|key| key.created_at + SIGNS <= now)
    };
    let mut conn = platform.db.read().await?;
    let keys = store::signing_keys::of_purpose(&mut conn, actor.workspace, KEY_PURPOSE).await?;
    drop(conn);
    // made before the transaction, which holds others up
    let made = if is_due(&keys, platform.now()) {
        Some(Made::new(&platform.random, platform.settings.token_signing).await)
    } else {
        None
    };
    let mut work = platform.begin(actor).await?;
    let (workspace, now) = (work.workspace(), work.at());
    let keys = store::signing_keys::of_purpose(work.conn(), workspace, KEY_PURPOSE).await?;
    if let Some(made) = made.filter(|_| is_due(&keys, now)) {
        signing_keys::add(platform, &mut work, KEY_PURPOSE, &made).await?;
    }
    for over in over(&keys, now) {
        if store::signing_keys::retire(work.conn(), workspace, over, now).await? {
            work.changed(ChangeKind::SigningKey, over);
            let action = "signing_key.retired";
            work.audit(action, "signing_key", over, KEY_PURPOSE, None, None);
        }
    }
    work.commit().await?;
    Ok(())
}

/// The public keys (RFC 7517): those that sign, that will, and that did.
pub async fn jwks(platform: &Platform) -> Result<Value> {
    let mut conn = platform.db.read().await?;
    let workspace = platform.settings.workspace;
    let keys = store::signing_keys::of_purpose(&mut conn, workspace, KEY_PURPOSE).await?;
    let keys: Vec<Value> = keys.iter().map(jwk::public).collect();
    Ok(json!({ "keys": keys }))
}

/// What the keys of the set sign with, each once, that of the newest first.
pub(super) async fn algorithms(platform: &Platform) -> Result<Vec<SigningAlgorithm>> {
    let mut conn = platform.db.read().await?;
    let workspace = platform.settings.workspace;
    let keys = store::signing_keys::of_purpose(&mut conn, workspace, KEY_PURPOSE).await?;
    let mut algorithms = Vec::new();
    for key in keys {
        if !algorithms.contains(&key.algorithm) {
            algorithms.push(key.algorithm);
        }
    }
    Ok(algorithms)
}

/// The key that signs now, with its id.
pub(super) async fn signing(
    platform: &Platform,
    conn: &mut Conn,
    workspace: WorkspaceId,
) -> Result<(SigningKeyId, Pair)> {
    let keys = store::signing_keys::of_purpose(conn, workspace, KEY_PURPOSE).await?;
    let key = signer(&keys, platform.now())
        .ok_or_else(|| Error::not_found("signing key", KEY_PURPOSE))?;
    Ok((key.id, signing_keys::open(platform, key)?))
}

/// Of keys, the newest first: the newest that has been shown for long enough, or else the oldest.
fn signer(keys: &[Row], now: Timestamp) -> Option<&Row> {
    let shown = keys.iter().find(|key| key.created_at + LEAD <= now);
    shown.or(keys.last())
}

/// The keys behind the one that signs whose last token has ended.
fn over(keys: &[Row], now: Timestamp) -> Vec<SigningKeyId> {
    let Some(signer) = signer(keys, now) else {
        return Vec::new();
    };
    if signer.created_at + LEAD + ACCESS_LIFE + MARGIN > now {
        return Vec::new();
    }
    let older = keys.iter().skip_while(|key| key.id != signer.id).skip(1);
    older.map(|key| key.id).collect()
}
