//! The keys that sign access tokens: several at a time, so that none is used before everybody knows it, and none is gone
//! before its last token has ended.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::id::{SigningKeyId, WorkspaceId};
use domain::oauth::{ACCESS_LIFE, KEY_PURPOSE};
use serde_json::{Value, json};
use store::Conn;
use store::signing_keys::SigningKey as Row;

use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::signing_keys;

/// How long a new key is shown before it signs: longer than anybody keeps the set.
const LEAD: Duration = Duration::from_secs(600);
/// How long a key signs before the next one is made.
const SIGNS: Duration = Duration::from_secs(90 * 86_400);
/// How far clocks may be apart when the last token of a key ends.
const MARGIN: Duration = Duration::from_secs(60);

/// Makes the first key. Called at start, so that gateways know it before the first token.
pub async fn ensure_key(platform: &Platform, workspace: WorkspaceId) -> Result<()> {
    let mut conn = platform.db.read().await?;
    let found = store::signing_keys::newest(&mut conn, workspace, KEY_PURPOSE).await?;
    drop(conn);
    if found.is_some() {
        return Ok(());
    }
    let mut work = platform.begin(&Actor::system(workspace)).await?;
    let found = store::signing_keys::newest(work.conn(), workspace, KEY_PURPOSE).await?;
    if found.is_none() {
        signing_keys::add(platform, &mut work, KEY_PURPOSE).await?;
        work.commit().await?;
    }
    Ok(())
}

/// Makes the key that signs next: it is published at once and used ten minutes later.
pub async fn rotate(platform: &Platform, actor: &Actor) -> Result<SigningKeyId> {
    need(actor, Permission::SystemWrite)?;
    let mut work = platform.begin(actor).await?;
    let id = signing_keys::add(platform, &mut work, KEY_PURPOSE).await?;
    work.commit().await?;
    Ok(id)
}

/// What time does to keys: a new one every 90 days, and the end of those whose last token has ended. For jobs.
pub async fn tend(platform: &Platform, actor: &Actor) -> Result<()> {
    let mut work = platform.begin(actor).await?;
    let (workspace, now) = (work.workspace(), work.at());
    let keys = store::signing_keys::of_purpose(work.conn(), workspace, KEY_PURPOSE).await?;
    let Some(newest) = keys.first() else {
        return Ok(());
    };
    if newest.created_at + SIGNS <= now {
        signing_keys::add(platform, &mut work, KEY_PURPOSE).await?;
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
    let keys = keys.iter().map(|key| {
        json!({
            "kty": "OKP", "crv": "Ed25519", "x": BASE64URL_NOPAD.encode(&key.public_key),
            "kid": key.id, "use": "sig", "alg": "EdDSA",
        })
    });
    Ok(json!({ "keys": keys.collect::<Vec<_>>() }))
}

/// The key that signs now, with its id.
pub(super) async fn signing(
    platform: &Platform,
    conn: &mut Conn,
    workspace: WorkspaceId,
) -> Result<(SigningKeyId, ed25519_dalek::SigningKey)> {
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
